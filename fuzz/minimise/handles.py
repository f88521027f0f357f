"""Smaller cases about handles to try in place of one, the boldest first."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import chain, count, pairwise

from msgspec.structs import replace

from fuzz.minimise.calls import fewer_calls, one_call
from fuzz.minimise.handles_used import (
    entered,
    less_that_is_not_used,
    numbered_operations,
    only_what_is_used,
    script_of,
    with_operation,
    with_operations,
    with_script,
)
from generators.blueprint import Signature
from generators.handles import (
    HOST,
    Call,
    Copy,
    Definition,
    Drop,
    Empty,
    Fill,
    FromHost,
    Function,
    HandleBlueprint,
    Hook,
    HostDrop,
    Invoke,
    New,
    Op,
    Raw,
    Reg,
    Rep,
    Resource,
    Run,
    Script,
    Source,
    Store,
    may_have,
    operations,
)
from generators.handles_values import slots_in, with_slots
from generators.valtypes import BorrowOf, Image, OwnOf, element_of, walk

HandleReduction = Callable[[HandleBlueprint], Iterator[HandleBlueprint]]


def handle_reductions() -> tuple[HandleReduction, ...]:
    """In the order in which they pay."""
    return (
        one_call, fewer_calls, only_what_is_used, joined_calls, straight, come_back, fewer_operations,
        without_relays, ungrouped, less_that_is_not_used, fewer_params, shorter_lists, plainer_types, plainer_functions,
        plainer_operations,
    )


def handle_size(b: HandleBlueprint) -> tuple[int, int, int]:
    """What small means: calls, component instances, operations."""
    return len(b.calls), len(b.instances), sum(1 for call in b.calls for _ in operations(script_of(call)))


# -- fewer things


def joined_calls(b: HandleBlueprint) -> Iterator[HandleBlueprint]:
    """What the host has an instance do, as part of the call before or after: done by the same instance, or when it is
    called."""
    for i, (first, second) in enumerate(pairwise(b.calls)):
        if isinstance(second, Run) and not isinstance(first, HostDrop):
            for script in _with_appended(b, b.enters(first), first.script, second):
                yield replace(b, calls=(*b.calls[:i], replace(first, script=script), *b.calls[i + 2 :]))
        if isinstance(first, Run) and not isinstance(second, HostDrop):
            instance = b.enters(second)
            for script in _with_inserted(b, instance, second.script, first):
                yield replace(b, calls=(*b.calls[:i], replace(second, script=script), *b.calls[i + 2 :]))


def _with_inserted(b: HandleBlueprint, instance: int, script: Script, run: Run) -> Iterator[Script]:
    """*script* of *instance*, with what *run* does wherever its instance comes to act."""
    if instance == run.instance:
        yield (*run.script, *script)
    for i, op in enumerate(script):
        if isinstance(op, Invoke):
            for inner in _with_inserted(b, b.callee(instance, op.callee).instance, op.script, run):
                yield (*script[:i], replace(op, script=inner), *script[i + 1 :])


def _with_appended(b: HandleBlueprint, instance: int, script: Script, run: Run) -> Iterator[Script]:
    """*script* of *instance*, with what *run* does at the end of what its instance does, the last time first."""
    if instance == run.instance:
        yield (*script, *run.script)
    for i, op in reversed(list(enumerate(script))):
        if isinstance(op, Invoke):
            for inner in _with_appended(b, b.callee(instance, op.callee).instance, op.script, run):
                yield (*script[:i], replace(op, script=inner), *script[i + 1 :])


def straight(b: HandleBlueprint) -> Iterator[HandleBlueprint]:
    """What a callee does, asked for by the host."""
    for i, call in enumerate(b.calls):
        for op in script_of(call):
            if isinstance(op, Invoke) and op.script and not isinstance(call, HostDrop):
                inner = Run(b.callee(b.enters(call), op.callee).instance, op.script)
                yield replace(b, calls=(*b.calls[:i], inner, *b.calls[i + 1 :]))


def come_back(b: HandleBlueprint) -> Iterator[HandleBlueprint]:
    """In place of a call, what the caller does when it is called meanwhile."""
    for i, call in enumerate(b.calls):
        for script in _come_back(b, *entered(b, call)):
            yield replace(b, calls=(*b.calls[:i], with_script(call, script), *b.calls[i + 1 :]))


def _come_back(b: HandleBlueprint, instance: int, script: Script) -> Iterator[Script]:
    for n, op in enumerate(script):
        if isinstance(op, Invoke):
            callee = b.callee(instance, op.callee).instance
            found = list(_done_by(b, instance, callee, op.script))
            for meanwhile in (tuple(chain(*found)), *found) if found else ():
                yield (*script[:n], *meanwhile, *script[n + 1 :])
            for inner in _come_back(b, callee, op.script):
                yield (*script[:n], replace(op, script=inner), *script[n + 1 :])


def _done_by(b: HandleBlueprint, instance: int, at: int, script: Script) -> Iterator[Script]:
    """The outermost scripts of *instance* in *script*, which instance *at* carries out."""
    if at == instance:
        yield script
        return
    for op in script:
        if isinstance(op, Invoke):
            yield from _done_by(b, instance, b.callee(at, op.callee).instance, op.script)


def fewer_operations(b: HandleBlueprint) -> Iterator[HandleBlueprint]:
    for i, call in enumerate(b.calls):
        for fewer in _fewer(script_of(call)):
            yield replace(b, calls=(*b.calls[:i], with_script(call, fewer), *b.calls[i + 1 :]))


def _fewer(script: Script) -> Iterator[Script]:
    half = len(script) // 2
    if half > 1:
        yield script[half:]
        yield script[:half]
    for i, op in enumerate(script):
        yield script[:i] + script[i + 1 :]
        if isinstance(op, Invoke | Hook):
            for inner in _fewer(op.script):
                yield (*script[:i], replace(op, script=inner), *script[i + 1 :])


def without_relays(b: HandleBlueprint) -> Iterator[HandleBlueprint]:
    """Types and functions straight from where a relay has them from."""
    for i in range(len(b.instances)):
        if b.definition(i).relay:
            relay = b.instances[i]
            direct = tuple(replace(
                instance,
                types=tuple(relay.types[s.index] if s.instance == i else s for s in instance.types),
                functions=tuple(relay.functions[s.index] if s.instance == i else s for s in instance.functions),
            ) for instance in b.instances)
            if (whole := replace(b, instances=direct)).fits():
                yield from only_what_is_used(whole)
    if b.parent and (apart := replace(b, parent=False)).fits():
        yield from only_what_is_used(apart)


def ungrouped(b: HandleBlueprint) -> Iterator[HandleBlueprint]:
    """Without component definitions around instances: all of them, or one."""
    if len(b.groups) > 1:
        yield replace(b, groups=())
    for n, group in enumerate(b.groups):
        yield replace(b, groups=b.groups[:n] + b.groups[n + 1 :])
        if group.holds:
            yield replace(b, groups=(*b.groups[:n], replace(group, holds=False), *b.groups[n + 1 :]))


# -- plainer things


def plainer_operations(b: HandleBlueprint) -> Iterator[HandleBlueprint]:
    for number, (_, op) in enumerate(numbered_operations(b)):
        for plain in _plainer(op):
            if plain != op:
                yield with_operation(b, number, plain)


def _plainer(op: Op) -> Iterator[Op]:
    match op:
        case New():
            yield replace(op, rep=1)
        case Store():
            yield replace(op, value=1)
        case Fill(count=most) | Empty(count=most):
            yield from (replace(op, count=n) for n in (1, most // 2, most - 1) if n < most)
        case Drop(handle=Raw()) | Rep(handle=Raw()) | Copy(handle=Raw()):
            yield replace(op, handle=Raw(0))
        case Drop(handle=Reg(beside=beside, bit=bit)) | Rep(handle=Reg(beside=beside, bit=bit)) if beside or bit:
            yield replace(op, handle=Raw(0))
        case Invoke(handles=handles):
            for i, handle in enumerate(handles):
                if handle != Raw(0) and (isinstance(handle, Raw) or handle.beside or handle.bit):
                    yield replace(op, handles=(*handles[:i], Raw(0), *handles[i + 1 :]))
        case Hook():
            if op.where != "destructor":
                yield replace(op, where="destructor")


def plainer_functions(b: HandleBlueprint) -> Iterator[HandleBlueprint]:
    for d, definition in enumerate(b.definitions):
        for n, resource in enumerate(definition.resources):
            for destructor in _plainer_destructors(resource):
                plain = (*definition.resources[:n], Resource(destructor), *definition.resources[n + 1 :])
                yield from only_what_is_used(_with_definition(b, d, replace(definition, resources=plain)))
        for n, f in enumerate(definition.functions):
            if f.post_return:
                fewer = (*definition.functions[:n], replace(f, post_return=False), *definition.functions[n + 1 :])
                yield _with_definition(b, d, replace(definition, functions=fewer))
            if f.form != "plain":
                plain_one = (*definition.functions[:n], replace(f, form="plain"), *definition.functions[n + 1 :])
                yield _with_definition(b, d, replace(definition, functions=plain_one))


def _plainer_destructors(resource: Resource) -> tuple[bool, ...]:
    if resource.destructor is False:
        return ()
    return (False,) if resource.destructor is True else (False, True)


def fewer_params(b: HandleBlueprint) -> Iterator[HandleBlueprint]:
    for d, definition in enumerate(b.definitions):
        for n, f in enumerate(definition.functions):
            for p in range(len(f.signature.params)):
                yield _with_signature(b, d, n, _without_param(p), _without_arg(p))
            if f.signature.result is not None:
                yield _with_signature(b, d, n, _without_result, _same)


def plainer_types(b: HandleBlueprint) -> Iterator[HandleBlueprint]:
    """The first or the last handle in a parameter or result, in its place."""
    for d, definition in enumerate(b.definitions):
        for n, f in enumerate(definition.functions):
            for p, t in enumerate(f.signature.params):
                handles = [u for u in walk(t) if isinstance(u, OwnOf | BorrowOf)]
                for which in {0, len(handles) - 1} if handles and handles != [t] else ():
                    yield _with_signature(b, d, n, _with_handle(p, which), _with_handle_arg(p, which))
            if f.signature.result is not None and not isinstance(f.signature.result, OwnOf):
                yield _with_signature(b, d, n, _with_plain_result, _same)


def shorter_lists(b: HandleBlueprint) -> Iterator[HandleBlueprint]:
    for number, (instance, op) in enumerate(numbered_operations(b)):
        if isinstance(op, Invoke):
            signature = b.definition(instance).imports[op.callee]
            for p, (t, image) in enumerate(zip(signature.params, op.args, strict=True)):
                if element_of(t) is not None and isinstance(image, tuple):
                    for i in range(len(image)):
                        args = (*op.args[:p], image[:i] + image[i + 1 :], *op.args[p + 1 :])
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
        return replace(s, params=(*s.params[:p], handle, *s.params[p + 1 :]))

    return change


def _with_handle_arg(p: int, which: int) -> _OfCall:
    """The value's first or last handle; without any, no handle."""
    def change(op: Invoke, s: Signature) -> Invoke:
        slots = slots_in(s.params[p], op.args[p])
        slot = slots[-1 if which else 0] if slots else len(op.handles)
        handles = op.handles if slots else (*op.handles, Raw(0))
        return replace(op, args=(*op.args[:p], slot, *op.args[p + 1 :]), handles=handles)

    return change


def _with_plain_result(s: Signature) -> Signature:
    assert s.result is not None
    handles = [u for u in walk(s.result) if isinstance(u, OwnOf)]
    return replace(s, result=handles[0] if handles else None)


def _with_signature(b: HandleBlueprint, d: int, n: int, change: _OfSignature, call: _OfCall) -> HandleBlueprint:
    """Function *n* of definition *d* with another type, wherever it is imported, and the calls of it to match."""
    function = b.definitions[d].functions[n]
    origins = _origins(b)

    def changed(number: int, definition: Definition) -> Definition:
        imports = tuple(change(s) if origins[number][k] == (d, n) else s for k, s in enumerate(definition.imports))
        functions = definition.functions
        if number == d:
            signature = change(function.signature)
            functions = (*functions[:n], _retyped(function, signature), *functions[n + 1 :])
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


def _with_definition(b: HandleBlueprint, d: int, definition: Definition) -> HandleBlueprint:
    return replace(b, definitions=(*b.definitions[:d], definition, *b.definitions[d + 1 :]))
