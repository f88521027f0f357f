"""Smaller cases about handles: functions of plainer types, of guests and of the host, and shorter lists."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import count

from msgspec.structs import replace

from fuzz.minimise.handles_used import numbered_operations, with_operation, with_operations
from generators.blueprint import Answer, Behaviour, EchoArgument, Signature
from generators.frozen import put
from generators.handles import HOST, Call, Definition, FromHost, Function, HandleBlueprint, HostImport, Source, may_have
from generators.handles_script import Invoke, Op, Raw
from generators.handles_values import slots_in, with_slots
from generators.valtypes import BorrowOf, Image, OwnOf, element_of, walk


def fewer_params(b: HandleBlueprint) -> Iterator[HandleBlueprint]:
    """Or no result."""
    for d, n, signature in _functions(b):
        for p in range(len(signature.params)):
            yield _with_signature(b, d, n, _without_param(p), _without_arg(p))
        if signature.result is not None:
            yield _with_signature(b, d, n, _without_result, _same)


def plainer_types(b: HandleBlueprint) -> Iterator[HandleBlueprint]:
    """The first or the last handle in a parameter or result, in its place."""
    for d, n, signature in _functions(b):
        for p, t in enumerate(signature.params):
            handles = [u for u in walk(t) if isinstance(u, OwnOf | BorrowOf)]
            for which in {0, len(handles) - 1} if handles and handles != [t] else ():
                yield _with_signature(b, d, n, _with_handle(p, which), _with_handle_arg(p, which))
        if signature.result is not None and not isinstance(signature.result, OwnOf):
            yield _with_signature(b, d, n, _with_plain_result, _same)


def all_plain(b: HandleBlueprint) -> HandleBlueprint:
    """Every parameter and result the first handle in it, or gone if there is none."""
    for d, n, signature in _functions(b):
        for p, t in reversed(list(enumerate(signature.params))):
            handles = [u for u in walk(t) if isinstance(u, OwnOf | BorrowOf)]
            if not handles:
                b = _with_signature(b, d, n, _without_param(p), _without_arg(p))
            elif handles != [t]:
                b = _with_signature(b, d, n, _with_handle(p, 0), _with_handle_arg(p, 0))
        if signature.result is not None and not isinstance(signature.result, OwnOf):
            b = _with_signature(b, d, n, _with_plain_result, _same)
    return b


def _functions(b: HandleBlueprint) -> Iterator[tuple[int, int, Signature]]:
    """Definition, number and type of each; the host's first."""
    yield from ((HOST, n, f.signature) for n, f in enumerate(b.host_functions))
    for d, definition in enumerate(b.definitions):
        yield from ((d, n, f.signature) for n, f in enumerate(definition.functions))


def shorter_lists(b: HandleBlueprint) -> Iterator[HandleBlueprint]:
    for number, (instance, op) in enumerate(numbered_operations(b)):
        if isinstance(op, Invoke):
            signature = b.definition(instance).imports[op.callee]
            for p, (t, image) in enumerate(zip(signature.params, op.args, strict=True)):
                if element_of(t) is not None and isinstance(image, tuple):
                    for i in range(len(image)):
                        args = put(op.args, p, image[:i] + image[i + 1 :])
                        yield with_operation(b, number, _compacted(replace(op, args=args), signature))


_OfSignature = Callable[[Signature], Signature]
_OfCall = Callable[[Invoke, Signature], Invoke]
"""Of a call and the type that the function still has."""


def _without_param(p: int) -> _OfSignature:
    return lambda s: replace(s, params=s.params[:p] + s.params[p + 1 :])


def _without_arg(p: int) -> _OfCall:
    return lambda op, _: replace(op, args=op.args[:p] + op.args[p + 1 :])


def _same(op: Invoke, _: Signature) -> Invoke:
    return op


def _without_result(s: Signature) -> Signature:
    return replace(s, result=None)


def _with_handle(p: int, which: int) -> _OfSignature:
    def change(s: Signature) -> Signature:
        handle = [u for u in walk(s.params[p]) if isinstance(u, OwnOf | BorrowOf)][which]
        return replace(s, params=put(s.params, p, handle))

    return change


def _with_handle_arg(p: int, which: int) -> _OfCall:
    """The value's first or last handle; without any, no handle."""
    def change(op: Invoke, s: Signature) -> Invoke:
        slots = slots_in(s.params[p], op.args[p])
        slot = slots[-1 if which else 0] if slots else len(op.handles)
        handles = op.handles if slots else (*op.handles, Raw(0))
        return replace(op, args=put(op.args, p, slot), handles=handles)

    return change


def _with_plain_result(s: Signature) -> Signature:
    assert s.result is not None
    handles = [u for u in walk(s.result) if isinstance(u, OwnOf)]
    return replace(s, result=handles[0] if handles else None)


def _with_signature(b: HandleBlueprint, d: int, n: int, change: _OfSignature, call: _OfCall) -> HandleBlueprint:
    """Function *n* of definition *d* (or of the host) with another type wherever it is imported, and calls to match."""
    origins = _origins(b)

    def changed(number: int, definition: Definition) -> Definition:
        imports = tuple(change(s) if origins[number][k] == (d, n) else s for k, s in enumerate(definition.imports))
        functions = definition.functions
        if number == d:
            signature = change(functions[n].signature)
            functions = put(functions, n, _retyped(functions[n], signature))
        return replace(definition, imports=imports, functions=functions)

    def from_host(c: Call) -> Call:
        """As a call from a guest, with the handles' numbers in place of operands."""
        if not isinstance(c, FromHost) or _origin(b, b.behind(b.exports[c.export])) != (d, n):
            return c
        old = b.exported(c.export)
        numbers = [slot for t, image in zip(old.params, c.args, strict=True) for slot in slots_in(t, image)]
        order = count()
        args = tuple(with_slots(t, image, order) for t, image in zip(old.params, c.args, strict=True))
        new = _compacted(call(Invoke(0, args, tuple(map(Raw, numbers))), old), change(old))
        held = iter([handle.number for handle in new.handles])
        return replace(c, args=tuple(with_slots(t, i, held) for t, i in zip(change(old).params, new.args, strict=True)))

    whole = replace(
        b, definitions=tuple(changed(i, definition) for i, definition in enumerate(b.definitions)),
        calls=tuple(map(from_host, b.calls)),
        host_functions=tuple(_of_host(f, change(f.signature)) if (d, n) == (HOST, i) else f
                             for i, f in enumerate(b.host_functions)),
    )

    def called(instance: int, op: Op) -> Op:
        if not isinstance(op, Invoke) or origins[b.instances[instance].definition][op.callee] != (d, n):
            return op
        old = b.definition(instance).imports[op.callee]
        return _compacted(call(op, old), change(old))

    return with_operations(whole, called)


def _retyped(f: Function, signature: Signature) -> Function:
    f = replace(f, form=f.form if may_have(f.form, signature) else "plain")
    if signature.result == f.signature.result:
        return replace(f, signature=signature)
    slots = [] if f.signature.result is None else slots_in(f.signature.result, f.returns)
    returns: Image = slots[0] if slots and signature.result is not None else 0
    return replace(f, signature=signature, returns=returns)


def _of_host(f: HostImport, signature: Signature) -> HostImport:
    """With an answer for its result; what it gave back it makes if it must."""
    behaviour: Behaviour = f.behaviour
    match behaviour:
        case EchoArgument() if signature.result is None:
            behaviour = Answer()
        case EchoArgument(index=index) if signature.params[index : index + 1] != (signature.result,):
            behaviour = Answer(signature.result, 1)
        case Answer(type=t, image=image) if signature.result != t and t is not None:
            slots = slots_in(t, image)
            behaviour = Answer(signature.result, slots[0] if slots and signature.result is not None else 0)
    return HostImport(signature, behaviour)


def _origins(b: HandleBlueprint) -> list[list[tuple[int, int]]]:
    """By definition and import: the definition that has the function, and its number there."""
    found: list[list[tuple[int, int]]] = [[] for _ in b.definitions]
    for i, instance in enumerate(b.instances):
        found[instance.definition] = [_origin(b, b.callee(i, k)) for k in range(len(instance.functions))]
    return found


def _origin(b: HandleBlueprint, source: Source) -> tuple[int, int]:
    """*source* as a function of a definition, or of the host."""
    return HOST if source.instance == HOST else b.instances[source.instance].definition, source.index


def _compacted(op: Invoke, s: Signature) -> Invoke:
    """Its handles numbered in order, without those that no argument has any more."""
    slots = [slot for t, image in zip(s.params, op.args, strict=True) for slot in slots_in(t, image)]
    numbers = iter(range(len(slots)))
    args = tuple(with_slots(t, image, numbers) for t, image in zip(s.params, op.args, strict=True))
    return replace(op, args=args, handles=tuple(op.handles[slot] for slot in slots))
