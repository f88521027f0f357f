"""Smaller cases about handles to try in place of one, the boldest first."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import chain, pairwise

from msgspec.structs import replace

from fuzz.minimise.calls import fewer_calls, one_call
from fuzz.minimise.handles_merged import merged
from fuzz.minimise.handles_types import all_plain, fewer_params, plainer_types, shorter_lists
from generators.frozen import put
from generators.handles import HandleBlueprint, HostDrop, Resource, Run
from generators.handles_script import (
    RETURNED,
    Copy,
    Drop,
    Empty,
    Fill,
    Hook,
    Invoke,
    New,
    Op,
    Raw,
    Reg,
    Rep,
    Script,
    Store,
    operations,
)
from generators.handles_used import (
    entered,
    less_that_is_not_used,
    numbered_operations,
    only_what_is_used,
    script_of,
    with_definition,
    with_operation,
    with_script,
)

HandleReduction = Callable[[HandleBlueprint], Iterator[HandleBlueprint]]


def handle_reductions() -> tuple[HandleReduction, ...]:
    """In the order in which they pay."""
    return (
        one_call, fewer_calls, only_what_is_used, joined_calls, at_once, come_back, without_relays, ungrouped, merged,
        straight, fewer_operations, made_here, less_that_is_not_used, fewer_params, shorter_lists, plainer_types,
        plainer_functions, plainer_operations,
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
                yield put(script, i, replace(op, script=inner))


def _with_appended(b: HandleBlueprint, instance: int, script: Script, run: Run) -> Iterator[Script]:
    """*script* of *instance*, with what *run* does at the end of what its instance does, the last time first."""
    if instance == run.instance:
        yield (*script, *run.script)
    for i, op in reversed(list(enumerate(script))):
        if isinstance(op, Invoke):
            for inner in _with_appended(b, b.callee(instance, op.callee).instance, op.script, run):
                yield put(script, i, replace(op, script=inner))


def straight(b: HandleBlueprint) -> Iterator[HandleBlueprint]:
    """What a callee does, asked for by the host."""
    for i, call in enumerate(b.calls):
        for op in script_of(call):
            if isinstance(op, Invoke) and op.script and not isinstance(call, HostDrop):
                inner = Run(b.callee(b.enters(call), op.callee).instance, op.script)
                yield replace(b, calls=put(b.calls, i, inner))


def come_back(b: HandleBlueprint) -> Iterator[HandleBlueprint]:
    """In place of a call, what the caller does when it is called meanwhile."""
    for i, call in enumerate(b.calls):
        for script in _come_back(b, *entered(b, call)):
            yield replace(b, calls=put(b.calls, i, with_script(call, script)))


def _come_back(b: HandleBlueprint, instance: int, script: Script) -> Iterator[Script]:
    for n, op in enumerate(script):
        if isinstance(op, Invoke):
            callee = b.callee(instance, op.callee).instance
            found = list(_done_by(b, instance, callee, op.script))
            for meanwhile in (tuple(chain(*found)), *found) if found else ():
                yield (*script[:n], *meanwhile, *script[n + 1 :])
                for dropped in _dropped(b, instance, meanwhile):
                    yield (*script[:n], *dropped, *script[n + 1 :])
            for inner in _come_back(b, callee, op.script):
                yield put(script, n, replace(op, script=inner))


def _dropped(b: HandleBlueprint, instance: int, script: Script) -> Iterator[Script]:
    """*script* with handles dropped, of whatever type, where it put them out to return them."""
    if any(isinstance(op, Copy) and op.to >= RETURNED for op in script):
        for t in range(b.definition(instance).types):
            yield tuple(Drop(t, op.handle) if isinstance(op, Copy) and op.to >= RETURNED else op for op in script)


def _done_by(b: HandleBlueprint, instance: int, at: int, script: Script) -> Iterator[Script]:
    """The outermost scripts of *instance* in *script*, which instance *at* carries out."""
    if at == instance:
        yield script
        return
    for op in script:
        if isinstance(op, Invoke):
            yield from _done_by(b, instance, b.callee(at, op.callee).instance, op.script)


def fewer_operations(b: HandleBlueprint) -> Iterator[HandleBlueprint]:
    """Without some, or with what a hook waits to do done at once."""
    for i, call in enumerate(b.calls):
        for fewer in _fewer(script_of(call)):
            yield replace(b, calls=put(b.calls, i, with_script(call, fewer)))


def _fewer(script: Script) -> Iterator[Script]:
    """Half of it at first; then without one or what it holds, the last first: what others need comes before them."""
    half = len(script) // 2
    if half > 1:
        yield script[:half]
        yield script[half:]
    for i, op in reversed(list(enumerate(script))):
        yield script[:i] + script[i + 1 :]
        if isinstance(op, Hook):
            yield (*script[:i], *op.script, *script[i + 1 :])
        if isinstance(op, Invoke | Hook):
            inner_ones = _fewer(op.script)
            for inner in chain([()], inner_ones) if len(op.script) > 1 else inner_ones:
                yield put(script, i, replace(op, script=inner))


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


def made_here(b: HandleBlueprint) -> Iterator[HandleBlueprint]:
    """In place of what a callee returns a resource that the caller makes, of a type of its own or of a new one: where
    an instance less will do then."""
    for number, (instance, op) in enumerate(numbered_operations(b)):
        if isinstance(op, Invoke) and b.definition(instance).imports[op.callee].result is not None:
            d = b.instances[instance].definition
            definition = b.definitions[d]
            more = replace(definition, resources=(*definition.resources, Resource(False)))
            for t in range(definition.imported, definition.types + 1):
                whole = b if t < definition.types else with_definition(b, d, more)
                for smaller in only_what_is_used(with_operation(whole, number, New(t, 1, op.to))):
                    if len(smaller.instances) < len(b.instances):
                        yield smaller


def ungrouped(b: HandleBlueprint) -> Iterator[HandleBlueprint]:
    """Without component definitions around instances: all of them, or one."""
    if len(b.groups) > 1:
        yield replace(b, groups=())
    for n, group in enumerate(b.groups):
        yield replace(b, groups=b.groups[:n] + b.groups[n + 1 :])
        if group.holds:
            yield replace(b, groups=put(b.groups, n, replace(group, holds=False)))


# -- plainer things


def at_once(b: HandleBlueprint) -> Iterator[HandleBlueprint]:
    """Plain types, and functions and resources with nothing about them: both, or one of the two."""
    for plain in (_all_bare(all_plain(b)), all_plain(b), _all_bare(b)):
        if plain != b:
            yield from only_what_is_used(plain)


def _all_bare(b: HandleBlueprint) -> HandleBlueprint:
    """Without destructors, post-returns, names of other forms and 64-bit memories."""
    bare = (replace(
        d, resources=(Resource(False),) * len(d.resources), memory64=False,
        functions=tuple(replace(f, post_return=False, form="plain") for f in d.functions),
    ) for d in b.definitions)
    noted = tuple(replace(i, noted=None) for i in b.instances)
    return replace(b, definitions=tuple(bare), instances=noted, host_note=None)


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
                    yield replace(op, handles=put(handles, i, Raw(0)))
        case Hook():
            if op.where != "destructor":
                yield replace(op, where="destructor")


def plainer_functions(b: HandleBlueprint) -> Iterator[HandleBlueprint]:
    for d, definition in enumerate(b.definitions):
        if definition.memory64:
            yield with_definition(b, d, replace(definition, memory64=False))
        for n, resource in enumerate(definition.resources):
            for destructor in _plainer_destructors(resource):
                plain = put(definition.resources, n, Resource(destructor))
                yield from only_what_is_used(with_definition(b, d, replace(definition, resources=plain)))
        for n, f in enumerate(definition.functions):
            if f.post_return:
                fewer = put(definition.functions, n, replace(f, post_return=False))
                yield with_definition(b, d, replace(definition, functions=fewer))
            if f.form != "plain":
                plain_one = put(definition.functions, n, replace(f, form="plain"))
                yield with_definition(b, d, replace(definition, functions=plain_one))


def _plainer_destructors(resource: Resource) -> tuple[bool, ...]:
    if resource.destructor is False:
        return ()
    return (False,) if resource.destructor is True else (False, True)
