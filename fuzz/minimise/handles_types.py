"""Smaller cases about handles: functions of plainer types, of guests and of the host, and shorter lists."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec.structs import replace

from generators.blueprint import Signature
from generators.frozen import put
from generators.handles import HOST, HandleBlueprint
from generators.handles_retyped import OfCall, OfSignature, compacted, with_signature
from generators.handles_script import Invoke, Raw
from generators.handles_used import numbered_operations, with_operation
from generators.handles_values import slots_in
from generators.valtypes import BorrowOf, OwnOf, element_of, walk


def fewer_params(b: HandleBlueprint) -> Iterator[HandleBlueprint]:
    """Or no result."""
    for d, n, signature in _functions(b):
        for p in range(len(signature.params)):
            yield with_signature(b, d, n, _without_param(p), _without_arg(p))
        if signature.result is not None:
            yield with_signature(b, d, n, _without_result, _same)


def plainer_types(b: HandleBlueprint) -> Iterator[HandleBlueprint]:
    """The first or the last handle in a parameter or result, in its place."""
    for d, n, signature in _functions(b):
        for p, t in enumerate(signature.params):
            handles = [u for u in walk(t) if isinstance(u, OwnOf | BorrowOf)]
            for which in {0, len(handles) - 1} if handles and handles != [t] else ():
                yield with_signature(b, d, n, _with_handle(p, which), _with_handle_arg(p, which))
        if signature.result is not None and not isinstance(signature.result, OwnOf):
            yield with_signature(b, d, n, _with_plain_result, _same)


def all_plain(b: HandleBlueprint) -> HandleBlueprint:
    """Every parameter and result the first handle in it, or gone if there is none."""
    for d, n, signature in _functions(b):
        for p, t in reversed(list(enumerate(signature.params))):
            handles = [u for u in walk(t) if isinstance(u, OwnOf | BorrowOf)]
            if not handles:
                b = with_signature(b, d, n, _without_param(p), _without_arg(p))
            elif handles != [t]:
                b = with_signature(b, d, n, _with_handle(p, 0), _with_handle_arg(p, 0))
        if signature.result is not None and not isinstance(signature.result, OwnOf):
            b = with_signature(b, d, n, _with_plain_result, _same)
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
                        yield with_operation(b, number, compacted(replace(op, args=args), signature))


def _without_param(p: int) -> OfSignature:
    return lambda s: replace(s, params=s.params[:p] + s.params[p + 1 :])


def _without_arg(p: int) -> OfCall:
    return lambda op, _: replace(op, args=op.args[:p] + op.args[p + 1 :])


def _same(op: Invoke, _: Signature) -> Invoke:
    return op


def _without_result(s: Signature) -> Signature:
    return replace(s, result=None)


def _with_handle(p: int, which: int) -> OfSignature:
    def change(s: Signature) -> Signature:
        handle = [u for u in walk(s.params[p]) if isinstance(u, OwnOf | BorrowOf)][which]
        return replace(s, params=put(s.params, p, handle))

    return change


def _with_handle_arg(p: int, which: int) -> OfCall:
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
