"""A part of one case about handles in another: a call with all that it needs, operations, or the shape of a type."""

from __future__ import annotations

from random import Random

from msgspec.structs import replace

from generators.blueprint import Answer, Behaviour, Signature
from generators.frozen import put
from generators.handles import (
    HOST,
    Call,
    FromHost,
    Group,
    HandleBlueprint,
    HostDrop,
    HostImport,
    Instance,
    Run,
    Source,
)
from generators.handles_script import Invoke
from generators.handles_used import only_what_is_used
from generators.handles_values import renumbered, renumbered_signature
from generators.mutation.handles_nested import done_by
from generators.mutation.handles_places import places, with_script_at
from generators.mutation.handles_types import Freshly, functions_of, retyped
from generators.mutation.handles_values import HandleChange
from generators.valtypes import BorrowOf, OwnOf, Type, walk


def with_call(first: HandleBlueprint, second: HandleBlueprint, random: Random) -> HandleChange:
    """A call of *second*, with the instances that it comes to, beside those of *first*."""
    if second.parent or not second.calls:
        return None
    n = random.randrange(len(second.calls))
    needed = second.calls[: n + 1] if isinstance(second.calls[n], HostDrop | FromHost) else second.calls[n : n + 1]
    part = next(iter(only_what_is_used(replace(second, calls=needed))), None)
    if part is None:
        return None
    at = random.choice((0, len(first.calls)))
    return beside(first, part, at), f"call {n} of the other case, with {len(part.instances)} instances"


def beside(first: HandleBlueprint, second: HandleBlueprint, at: int) -> HandleBlueprint:
    """Both cases in one root; the calls of *second* before call *at*."""
    definitions, instances = len(first.definitions), len(first.instances)
    types, functions, exports = first.host_types, len(first.host_functions), len(first.exports)

    def moved(s: Source, of_host: int) -> Source:
        return Source(HOST, s.index + of_host) if s.instance == HOST else Source(s.instance + instances, s.index)

    def instance(i: Instance) -> Instance:
        noted = i.noted if i.noted in (None, HOST) else i.noted + instances
        return Instance(i.definition + definitions, tuple(moved(s, types) for s in i.types),
                        tuple(moved(s, functions) for s in i.functions), noted)

    def of_host(f: HostImport) -> HostImport:
        behaviour: Behaviour = f.behaviour
        if isinstance(behaviour, Answer) and behaviour.type is not None:
            behaviour = replace(behaviour, type=renumbered(behaviour.type, lambda r: r + types))
        return HostImport(renumbered_signature(f.signature, lambda r: r + types), behaviour)

    def call(c: Call) -> Call:
        match c:
            case Run(instance=i):
                return replace(c, instance=i + instances)
            case FromHost(export=export):
                return replace(c, export=export + exports)
        return c

    calls = tuple(map(call, second.calls))
    return replace(
        first, definitions=(*first.definitions, *second.definitions),
        instances=(*first.instances, *map(instance, second.instances)),
        calls=(*first.calls[:at], *calls, *first.calls[at:]),
        exports=(*first.exports, *(moved(s, functions) for s in second.exports)),
        host_types=types + second.host_types,
        host_functions=(*first.host_functions, *map(of_host, second.host_functions)),
        host_note=first.host_note if first.host_note is not None else second.host_note,
        groups=(*first.groups, *(Group(g.first + instances, g.count, g.holds) for g in second.groups)),
    )


def with_operations_of(first: HandleBlueprint, second: HandleBlueprint, random: Random) -> HandleChange:
    """Operations of *second* done in *first*, as far as there are such types and imports; handles as they come."""
    sources = [p for p in places(second) if p.script]
    targets = places(first)
    if not sources or not targets:
        return None
    source, target = random.choice(sources), random.choice(targets)
    position = random.randrange(len(source.script))
    ops = source.script[position : position + random.choice((1, 2, 4))]
    made = tuple(done_by(first, target.instance, ops, random))
    at = random.randrange(len(target.script) + 1)
    script = (*target.script[:at], *made, *target.script[at:])
    said = f"operations of {source} of the other case, {target}"
    return (with_script_at(first, target, script), said) if made else None


def with_shape_of(first: HandleBlueprint, second: HandleBlueprint, random: Random) -> HandleChange:
    """A parameter or result of a function of *first* with the shape that one of *second* has."""
    here, there = functions_of(first), functions_of(second)
    if not here or not there:
        return None
    d, n, s = random.choice(here)
    shapes = [t for _, _, other in there for t in (*other.params, other.result) if t is not None]
    own = [k for k, u in enumerate(_handles(s))]
    if not shapes or not own:
        return None
    shape, k = random.choice(shapes), random.choice(own)
    of_result = s.result is not None and random.random() < 0.3

    def shaped(s: Signature) -> Type:
        resource = _handles(s)[k].resource
        t = renumbered(shape, lambda _: resource)
        return _given(t) if of_result else t

    p = random.randrange(len(s.params)) if s.params else 0

    def change(s: Signature) -> Signature:
        if of_result:
            return replace(s, result=shaped(s))
        return replace(s, params=put(s.params, p, shaped(s)) if s.params else (shaped(s),))

    def call(op: Invoke, s: Signature) -> Invoke:
        if of_result:
            return op
        made = Freshly(op, random)
        image = made.image(shaped(s))
        return made.with_args(put(op.args, p, image) if op.args else (image,))

    return retyped(first, d, n, change, call, random, "the shape of another case's type")


def _handles(s: Signature) -> list[OwnOf | BorrowOf]:
    types = s.params if s.result is None else (*s.params, s.result)
    return [u for t in types for u in walk(t) if isinstance(u, OwnOf | BorrowOf)]


def _given(t: Type) -> Type:
    """With owned handles for borrowed ones."""
    return t if not any(isinstance(u, BorrowOf) for u in walk(t)) else OwnOf(
        next(u.resource for u in walk(t) if isinstance(u, BorrowOf)))
