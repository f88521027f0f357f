"""A case about handles, operation by operation, and without what nothing uses."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import count

from msgspec.structs import replace

from generators.blueprint import Answer, Behaviour, Signature
from generators.frozen import put
from generators.handles import (
    HOST,
    Call,
    Definition,
    Dropping,
    FromHost,
    Group,
    HandleBlueprint,
    HostDrop,
    HostImport,
    Instance,
    Noting,
    Resource,
    Run,
    Source,
)
from generators.handles_script import Drop, Empty, Fill, Hook, Invoke, New, Op, Rep, Script
from generators.handles_values import renumbered, renumbered_signature, resources_in


def script_of(call: Call) -> Script:
    return () if isinstance(call, HostDrop) else call.script


def with_script(call: Call, script: Script) -> Call:
    return call if isinstance(call, HostDrop) else replace(call, script=script)


def with_definition(b: HandleBlueprint, d: int, definition: Definition) -> HandleBlueprint:
    return replace(b, definitions=put(b.definitions, d, definition))


# -- operations, numbered in order


def numbered_operations(b: HandleBlueprint) -> list[tuple[int, Op]]:
    """Every operation with the instance that carries it out."""
    found: list[tuple[int, Op]] = []

    def noted(instance: int, op: Op) -> Op:
        found.append((instance, op))
        return op

    with_operations(b, noted)
    return found


def with_operation(b: HandleBlueprint, number: int, changed: Op) -> HandleBlueprint:
    numbers = count()
    return with_operations(b, lambda _, op: changed if next(numbers) == number else op)


def with_operations(b: HandleBlueprint, change: Callable[[int, Op], Op]) -> HandleBlueprint:
    """*change* is given the instance and the operation, inner ones first: their instances are found by what the outer
    ones were."""
    def changed(instance: int, script: Script) -> Script:
        return tuple(change(instance, _with_inner_script(b, instance, op, changed)) for op in script)

    return replace(b, calls=tuple(with_script(c, changed(*entered(b, c))) for c in b.calls))


def _with_inner_script(
    b: HandleBlueprint, instance: int, op: Op, changed: Callable[[int, Script], Script]
) -> Op:
    """*op* of *instance*, the script in it, if it has any, *changed* as that of the instance which carries it out."""
    match op:
        case Invoke(callee=callee, script=script):
            return replace(op, script=changed(b.callee(instance, callee).instance, script))
        case Hook(script=script):
            return replace(op, script=changed(instance, script))
    return op


def entered(b: HandleBlueprint, call: Call) -> tuple[int, Script]:
    return (0, ()) if isinstance(call, HostDrop) else (b.enters(call), call.script)


# -- what nothing uses


@dataclass(slots=True)
class _Used:
    """What is used, by definition: numbers of imports, functions and types; numbers of instances; and of the host's
    functions and types. A relay's functions are its imports, one set."""

    blueprint: HandleBlueprint
    imports: list[set[int]]
    functions: list[set[int]]
    types: list[set[int]]
    instances: set[int]
    host_functions: set[int] = field(default_factory=set)
    host_types: set[int] = field(default_factory=set)

    @classmethod
    def nothing(cls, blueprint: HandleBlueprint) -> _Used:
        imports, functions, types = ([set[int]() for _ in blueprint.definitions] for _ in range(3))
        functions = [k if d.relay else f for d, k, f in zip(blueprint.definitions, imports, functions, strict=True)]
        return cls(blueprint, imports, functions, types, set())

    @classmethod
    def everything(cls, blueprint: HandleBlueprint) -> _Used:
        used = cls.nothing(blueprint)
        for d, definition in enumerate(blueprint.definitions):
            used.imports[d].update(range(len(definition.imports)))
            used.functions[d].update(range(len(definition.exports)))
            used.types[d].update(range(definition.types))
        used.instances.update(range(len(blueprint.instances)))
        used.host_functions.update(range(len(blueprint.host_functions)))
        used.host_types.update(range(blueprint.host_types))
        return used

    def sets(self) -> list[set[int]]:
        """Its parts, from those that need others to those that others need."""
        of_host = (self.host_types, self.host_functions)
        return [self.instances, *of_host, *reversed([*self.types, *self.functions, *self.imports])]

    def mark(self) -> None:
        """From the scripts on, then from the last instance to the first: each is given things by those before it."""
        b = self.blueprint
        for call in b.calls:
            if isinstance(call, FromHost):
                self.mark_source(b.exports[call.export], self.functions)
            if not isinstance(call, HostDrop):
                self.instances.add(b.enters(call))
        for instance, op in numbered_operations(b):
            d = b.instances[instance].definition
            match op:
                case Invoke(callee=callee):
                    self.imports[d].add(callee)
                    if (entered := b.callee(instance, callee).instance) != HOST:
                        self.instances.add(entered)
                case New(type=t) | Drop(type=t) | Rep(type=t) | Fill(type=t) | Empty(type=t):
                    self.types[d].add(t)
        before = None
        while before != (before := self.state()):
            for i in reversed(range(len(b.instances))):
                if i in self.instances:
                    self.mark_instance(i)
            for f in self.host_functions:
                self.host_types.update(resources_in(b.host_functions[f].signature))

    def state(self) -> tuple[int, ...]:
        return tuple(map(len, self.sets()))

    def mark_instance(self, i: int) -> None:
        b, instance = self.blueprint, self.blueprint.instances[i]
        d = instance.definition
        definition = b.definitions[d]
        signatures = [definition.imports[k] for k in self.imports[d]]
        signatures += [] if definition.relay else [definition.functions[f].signature for f in self.functions[d]]
        for s in signatures:
            self.types[d].update(resources_in(s))
        for k in self.imports[d]:
            self.mark_source(instance.functions[k], self.functions)
        for t in sorted(self.types[d]):
            if t < definition.imported:
                self.mark_source(instance.types[t], self.types)
            else:
                self.mark_destructor(i, t)

    def mark_destructor(self, i: int, type: int) -> None:
        instance = self.blueprint.instances[i]
        match self.blueprint.destructor(Source(i, type)):
            case Dropping(type=dropped):
                self.types[instance.definition].add(dropped)
            case Noting():
                assert instance.noted is not None, "given to who imports it"
                if instance.noted != HOST:
                    self.instances.add(instance.noted)

    def mark_source(self, source: Source, exports: list[set[int]]) -> None:
        if source.instance == HOST:
            (self.host_types if exports is self.types else self.host_functions).add(source.index)
            return
        self.instances.add(source.instance)
        exports[self.blueprint.instances[source.instance].definition].add(source.index)


def only_what_is_used(b: HandleBlueprint) -> Iterator[HandleBlueprint]:
    """Without imports, functions, types, instances and definitions that no call comes to."""
    used = _Used.nothing(b)
    used.mark()
    if used.instances:
        yield _with(used)


def less_that_is_not_used(b: HandleBlueprint) -> Iterator[HandleBlueprint]:
    """Without one instance, import, function or type that no call comes to: its being there may be what matters."""
    for part, one in present(b):
        if (smaller := without_unused(b, part, one)) is not None:
            yield smaller


def present(b: HandleBlueprint) -> list[tuple[int, int]]:
    """Everything that `without_unused` can be asked to leave out."""
    parts = _Used.everything(b).sets()
    return [(part, one) for part, numbers in enumerate(parts) for one in sorted(numbers, reverse=True)]


def without_unused(b: HandleBlueprint, part: int, one: int) -> HandleBlueprint | None:
    """Without one thing that is there (`present`); None if something comes to it, or nothing would be left."""
    used = _Used.everything(b)
    used.sets()[part].remove(one)
    used.mark()
    return _with(used) if used.instances and one not in used.sets()[part] else None


def _with(used: _Used) -> HandleBlueprint:
    """Its blueprint with what is used alone; that has an instance."""
    b = used.blueprint
    definitions = sorted({b.instances[i].definition for i in used.instances})
    instances = sorted(used.instances)

    host_functions, host_types = sorted(used.host_functions), sorted(used.host_types)

    def source(s: Source, exports: list[set[int]]) -> Source:
        if s.instance == HOST:
            return Source(HOST, (host_types if exports is used.types else host_functions).index(s.index))
        kept = sorted(exports[b.instances[s.instance].definition])
        return Source(instances.index(s.instance), kept.index(s.index))

    def own_types(d: int) -> list[int]:
        return [t for t in used.types[d] if t >= b.definitions[d].imported]

    def instance(i: int) -> Instance:
        old = b.instances[i]
        d = old.definition
        types = tuple(source(s, used.types) for n, s in enumerate(old.types) if n in used.types[d])
        functions = tuple(source(s, used.functions) for n, s in enumerate(old.functions) if n in used.imports[d])
        noted = any(isinstance(b.destructor(Source(i, t)), Noting) for t in own_types(d))
        note = old.noted if noted else None
        note = note if note in (None, HOST) else instances.index(note)
        return Instance(definitions.index(d), types, functions, note)

    def operation(i: int, op: Op) -> Op:
        d = b.instances[i].definition
        match op:
            case Invoke(callee=callee):
                return replace(op, callee=sorted(used.imports[d]).index(callee))
            case New(type=t) | Drop(type=t) | Rep(type=t) | Fill(type=t) | Empty(type=t):
                return replace(op, type=sorted(used.types[d]).index(t))
        return op

    calls = with_operations(b, operation).calls
    exports = sorted({call.export for call in b.calls if isinstance(call, FromHost)})

    def renumbered_call(call: Call) -> Call:
        match call:
            case Run(instance=i):
                return replace(call, instance=instances.index(i))
            case FromHost(export=export):
                return replace(call, export=exports.index(export))
        return call

    made = tuple(map(instance, instances))
    return HandleBlueprint(
        tuple(_only(b.definitions[d], used, d) for d in definitions), made,
        tuple(map(renumbered_call, calls)), tuple(source(b.exports[e], used.functions) for e in exports),
        b.parent and 0 in used.instances, len(host_types),
        tuple(_with_types(b.host_functions[f], host_types.index) for f in host_functions),
        b.host_note if any(i.noted == HOST for i in made) else None, tuple(_groups(b.groups, instances)),
    )


def _with_types(f: HostImport, number: Callable[[int], int]) -> HostImport:
    behaviour: Behaviour = f.behaviour
    if isinstance(behaviour, Answer) and behaviour.type is not None:
        behaviour = replace(behaviour, type=renumbered(behaviour.type, number))
    return HostImport(renumbered_signature(f.signature, number), behaviour)


def _groups(groups: tuple[Group, ...], instances: list[int]) -> Iterator[Group]:
    """Around those of their members that are among *instances*."""
    for group in groups:
        there = [n for n, i in enumerate(instances) if i in group.members]
        if there:
            yield replace(group, first=there[0], count=len(there))


def _only(definition: Definition, used: _Used, d: int) -> Definition:
    types = sorted(used.types[d])
    imported = sum(1 for t in types if t < definition.imported)

    def typed(s: Signature) -> Signature:
        return renumbered_signature(s, types.index)

    def resource(r: Resource) -> Resource:
        return Resource(Dropping(types.index(r.destructor.type))) if isinstance(r.destructor, Dropping) else r

    return Definition(
        imported, tuple(typed(definition.imports[k]) for k in sorted(used.imports[d])),
        tuple(resource(definition.resources[t - definition.imported]) for t in types[imported:]),
        tuple(replace(f, signature=typed(f.signature)) for n, f in enumerate(definition.functions)
              if n in used.functions[d]),
        definition.relay, tuple(n for n, k in enumerate(sorted(used.imports[d])) if k in definition.hosts),
        definition.memory64,
    )
