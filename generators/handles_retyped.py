"""A function of a case about handles with another type wherever it is imported, and its calls to match."""

from __future__ import annotations

from collections.abc import Callable
from itertools import count

from msgspec.structs import replace

from generators.blueprint import Answer, Behaviour, EchoArgument, Signature
from generators.frozen import put
from generators.handles import HOST, Call, Definition, FromHost, Function, HandleBlueprint, HostImport, Source, may_have
from generators.handles_script import Invoke, Op, Raw
from generators.handles_used import with_operations
from generators.handles_values import slots_in, with_slots
from generators.valtypes import Image

OfSignature = Callable[[Signature], Signature]
OfCall = Callable[[Invoke, Signature], Invoke]
"""Of a call and the type that the function still has."""


def with_signature(b: HandleBlueprint, d: int, n: int, change: OfSignature, call: OfCall) -> HandleBlueprint:
    """Function *n* of definition *d* (or of the host) with another type wherever it is imported, and calls to match."""
    found = origins(b)

    def changed(number: int, definition: Definition) -> Definition:
        imports = tuple(change(s) if found[number][k] == (d, n) else s for k, s in enumerate(definition.imports))
        functions = definition.functions
        if number == d:
            signature = change(functions[n].signature)
            functions = put(functions, n, _retyped(functions[n], signature))
        return replace(definition, imports=imports, functions=functions)

    def from_host(c: Call) -> Call:
        """As a call from a guest, with the handles' numbers in place of operands."""
        if not isinstance(c, FromHost) or origin(b, b.behind(b.exports[c.export])) != (d, n):
            return c
        old = b.exported(c.export)
        numbers = [slot for t, image in zip(old.params, c.args, strict=True) for slot in slots_in(t, image)]
        order = count()
        args = tuple(with_slots(t, image, order) for t, image in zip(old.params, c.args, strict=True))
        new = compacted(call(Invoke(0, args, tuple(map(Raw, numbers))), old), change(old))
        held = iter([handle.number for handle in new.handles])
        return replace(c, args=tuple(with_slots(t, i, held) for t, i in zip(change(old).params, new.args, strict=True)))

    whole = replace(
        b, definitions=tuple(changed(i, definition) for i, definition in enumerate(b.definitions)),
        calls=tuple(map(from_host, b.calls)),
        host_functions=tuple(_of_host(f, change(f.signature)) if (d, n) == (HOST, i) else f
                             for i, f in enumerate(b.host_functions)),
    )

    def called(instance: int, op: Op) -> Op:
        if not isinstance(op, Invoke) or found[b.instances[instance].definition][op.callee] != (d, n):
            return op
        old = b.definition(instance).imports[op.callee]
        return compacted(call(op, old), change(old))

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


def origins(b: HandleBlueprint) -> list[list[tuple[int, int]]]:
    """By definition and import: the definition that has the function, and its number there."""
    found: list[list[tuple[int, int]]] = [[] for _ in b.definitions]
    for i, instance in enumerate(b.instances):
        found[instance.definition] = [origin(b, b.callee(i, k)) for k in range(len(instance.functions))]
    return found


def origin(b: HandleBlueprint, source: Source) -> tuple[int, int]:
    """*source* as a function of a definition, or of the host."""
    return HOST if source.instance == HOST else b.instances[source.instance].definition, source.index


def compacted(op: Invoke, s: Signature) -> Invoke:
    """Its handles numbered in order, without those that no argument has any more."""
    slots = [slot for t, image in zip(s.params, op.args, strict=True) for slot in slots_in(t, image)]
    numbers = iter(range(len(slots)))
    args = tuple(with_slots(t, image, numbers) for t, image in zip(s.params, op.args, strict=True))
    return replace(op, args=args, handles=tuple(op.handles[slot] for slot in slots))
