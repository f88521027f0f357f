"""Changes of who provides whom in cases about handles: sources of types and functions, callees, groups, the parent."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from random import Random

from msgspec.structs import replace

from generators.frozen import put
from generators.handles import HOST, HandleBlueprint, HostDrop, Instance, Source
from generators.handles_script import Hook, Invoke, Op, Script
from generators.handles_used import entered, only_what_is_used, present, with_definition, with_script, without_unused
from generators.handles_values import renumbered_signature, resources_in
from generators.mutation.handles_places import state_at, with_operation_at
from generators.mutation.handles_replayed import scripts_in
from generators.mutation.handles_values import HandleChange, some_operation


def other_source(b: HandleBlueprint, random: Random) -> HandleChange:
    """Where an instance has a function, or a type, from: somebody else who has the same or an equal one."""
    i = random.randrange(len(b.instances))
    instance = b.instances[i]
    if instance.types and random.random() < 0.3:
        n = random.randrange(len(instance.types))
        old, same = instance.types[n], b.resource(i, n)
        types = [s for s in _types(b, i) if s != old and b.resource(s.instance, s.index) == same]
        if not types:
            return None
        new = random.choice(types)
        changed = replace(instance, types=put(instance.types, n, new))
        return replace(b, instances=put(b.instances, i, changed)), f"type {n} of instance {i} is {_said(new)}"
    if not instance.functions:
        return None
    n = random.randrange(len(instance.functions))
    wanted = b.linked(i, b.definition(i).imports[n])
    functions = [s for s in _functions(b, i) if s != instance.functions[n]
                 and b.linked(s.instance, b.exported_by(s)) == wanted]
    if not functions:
        return None
    new = random.choice(functions)
    changed = replace(instance, functions=put(instance.functions, n, new))
    return replace(b, instances=put(b.instances, i, changed)), f"function {n} of instance {i} is {_said(new)}"


def _types(b: HandleBlueprint, i: int) -> Iterator[Source]:
    yield from (Source(HOST, t) for t in range(b.host_types))
    yield from (Source(j, t) for j in _givers(b, i) for t in range(b.definition(j).types))


def _functions(b: HandleBlueprint, i: int) -> Iterator[Source]:
    yield from (Source(HOST, f) for f in range(len(b.host_functions)))
    yield from (Source(j, f) for j in _givers(b, i) for f in range(len(b.definition(j).exports)))


def _givers(b: HandleBlueprint, i: int) -> range:
    """The instances that *i* can be given things of."""
    return range(1, len(b.instances)) if b.parent and i == 0 else range(i)


def other_provider(b: HandleBlueprint, random: Random) -> HandleChange:
    """All that an instance has of another it has of one of the same definition, and of who is made of that one."""
    pairs = [(old, new) for old, a in enumerate(b.instances) for new, c in enumerate(b.instances)
             if old != new and a.definition == c.definition]
    if not pairs:
        return None
    old, new = random.choice(pairs)
    users = [i for i, instance in enumerate(b.instances)
             if any(s.instance == old for s in (*instance.types, *instance.functions)) and new in _givers(b, i)]
    if not users:
        return None
    i = random.choice(users)
    changed = _elsewhere(b.instances[i], old, new)
    return replace(b, instances=put(b.instances, i, changed)), f"instance {i} has of {new} what it had of {old}"


def _elsewhere(instance: Instance, old: int, new: int) -> Instance:
    def moved(s: Source) -> Source:
        return Source(new, s.index) if s.instance == old else s

    return replace(instance, types=tuple(map(moved, instance.types)), functions=tuple(map(moved, instance.functions)))


def other_callee(b: HandleBlueprint, random: Random) -> HandleChange:
    """A call of another import, with what is there to pass; its script stays where the same definition carries it
    out."""
    if (found := some_operation(b, random, Invoke)) is None:
        return None
    place, position, op = found
    assert isinstance(op, Invoke)
    definition = b.definition(place.instance)
    others = [k for k in range(len(definition.imports)) if k != op.callee]
    model = state_at(b, place, position) if others else None
    if model is None:
        return None
    callee = random.choice(others)
    args = scripts_in(b, model, random).choices.guest_args(place.instance, callee)
    if args is None:
        return None
    before, after = b.callee(place.instance, op.callee), b.callee(place.instance, callee)
    script = op.script if after.instance != HOST and before.instance != HOST and (
        b.instances[before.instance].definition == b.instances[after.instance].definition) else ()
    changed = Invoke(callee, *args, script, op.to)
    said = f"the call at {position} is of import {callee}, not {op.callee}, {place}"
    return with_operation_at(b, place, position, changed), said


def more_imports(b: HandleBlueprint, random: Random) -> HandleChange:
    """A definition imports another function, of types that it knows or of new ones of the one instance's."""
    d = random.randrange(len(b.definitions))
    definition = b.definitions[d]
    users = [i for i, instance in enumerate(b.instances) if instance.definition == d]
    if definition.relay or len(definition.imports) > 7 or not users:
        return None
    first = users[0]
    there = [s for s in _functions(b, first) if s not in b.instances[first].functions]
    if not there:
        return None
    source = random.choice(there)
    signature = b.exported_by(source)
    known = {b.resource(first, t): t for t in range(definition.types)}
    needed = [r for r in resources_in(signature) if b.resource(source.instance, r) not in known]
    if needed and (definition.resources or len(users) > 1):
        return None
    for n, r in enumerate(needed):
        known[b.resource(source.instance, r)] = definition.imported + n
    s = renumbered_signature(signature, lambda r: known[b.resource(source.instance, r)])
    hosts = (*definition.hosts, len(definition.imports)) if b.behind(source).instance == HOST else definition.hosts
    types = tuple(Source(source.instance, r) for r in needed)
    changed = replace(definition, imported=definition.imported + len(needed), imports=(*definition.imports, s),
                      hosts=hosts)
    grown = with_definition(b, d, changed)
    for i in users:
        found = _equal_source(b, i, first, source)
        if found is None:
            return None
        old = b.instances[i]
        new = replace(old, types=(*old.types, *types), functions=(*old.functions, found))
        grown = replace(grown, instances=put(grown.instances, i, new))
    return grown, f"definition {d} imports {_said(source)}"


def _equal_source(b: HandleBlueprint, i: int, first: int, source: Source) -> Source | None:
    """What instance *i* can be given in the way of *source*, which its sister *first* is given."""
    if i == first:
        return source
    there = [s for s in _functions(b, i) if s.index == source.index and (s.instance == source.instance or (
        HOST not in (s.instance, source.instance)
        and b.instances[s.instance].definition == b.instances[source.instance].definition))]
    return there[-1] if there else None


def other_groups(b: HandleBlueprint, random: Random) -> HandleChange:
    """A group less, or around one instance more or less at one end."""
    if not b.groups:
        return None
    n = random.randrange(len(b.groups))
    group = b.groups[n]
    first, count = random.choice((
        (group.first, group.count - 1), (group.first + 1, group.count - 1), (group.first - 1, group.count + 1),
        (group.first, group.count + 1), (0, 0),
    ))
    if count <= 0:
        return replace(b, groups=b.groups[:n] + b.groups[n + 1 :]), f"group {n} undone"
    if first < b.parent or first + count > len(b.instances):
        return None
    groups = sorted(put(b.groups, n, replace(group, first=first, count=count)), key=lambda g: (g.first, -g.count))
    return replace(b, groups=tuple(groups)), f"group {n} is around {first} to {first + count - 1}"


def other_parent(b: HandleBlueprint, random: Random) -> HandleChange:
    """Instance 0 is the root itself, or a component beside the others."""
    said = "instance 0 is no more the root" if b.parent else "instance 0 is the root"
    return replace(b, parent=not b.parent), said


# -- less


def less(b: HandleBlueprint, random: Random) -> HandleChange:
    """Without an instance, import, function or type that no call comes to; or without all of them."""
    if random.random() < 0.2:
        return next(((smaller, "only what is used") for smaller in only_what_is_used(b)), None)
    for part, one in random.sample(there := present(b), min(4, len(there))):
        if (smaller := without_unused(b, part, one)) is not None:
            return smaller, "without something that is not used"
    return None


def without_instance(b: HandleBlueprint, random: Random) -> HandleChange:
    """What an instance does is not done, and it goes if nobody has anything of it."""
    i = random.randrange(len(b.instances))

    def gone(instance: int, op: Op) -> bool:
        return isinstance(op, Invoke) and b.callee(instance, op.callee).instance == i

    left = tuple(c for c in b.calls if isinstance(c, HostDrop) or b.enters(c) != i)
    fewer = without_operations(replace(b, calls=left), gone)
    return next(((smaller, f"without what instance {i} does") for smaller in only_what_is_used(fewer)), None)


def without_import(b: HandleBlueprint, random: Random) -> HandleChange:
    """A definition does not call one of the functions that it imports."""
    there = [(d, k) for d, definition in enumerate(b.definitions) for k in range(len(definition.imports))]
    if not there:
        return None
    d, k = random.choice(there)

    def gone(instance: int, op: Op) -> bool:
        return b.instances[instance].definition == d and isinstance(op, Invoke) and op.callee == k

    fewer = without_operations(b, gone)
    return next(((smaller, f"definition {d} does not call import {k}") for smaller in only_what_is_used(fewer)), None)


def without_operations(b: HandleBlueprint, gone: Callable[[int, Op], bool]) -> HandleBlueprint:
    """Without those of which *gone* is true, given the instance that carries them out."""
    def kept(instance: int, script: Script) -> Script:
        found: list[Op] = []
        for op in script:
            if gone(instance, op):
                continue
            match op:
                case Invoke(callee=callee, script=inner) if inner:
                    op = replace(op, script=kept(b.callee(instance, callee).instance, inner))
                case Hook(script=inner):
                    op = replace(op, script=kept(instance, inner))
            found.append(op)
        return tuple(found)

    return replace(b, calls=tuple(with_script(c, kept(*entered(b, c))) for c in b.calls))


def _said(source: Source) -> str:
    return f"{source.index} of {'the host' if source.instance == HOST else f'instance {source.instance}'}"
