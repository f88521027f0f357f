"""Topologies for cases about handles: definitions and instances, drawn one after the other."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from hypothesis import strategies as st
from msgspec.structs import replace

from fact.model.types import Prim
from generators.axes import EVERYTHING, Axes
from generators.blueprint import Answer, Behaviour, HostTrap, Signature
from generators.drawing import often, pick, seldom
from generators.handles import (
    HOST,
    Definition,
    Dropping,
    Form,
    Function,
    Group,
    HandleBlueprint,
    HostImport,
    Instance,
    Noting,
    Resource,
    Source,
    Storing,
    may_have,
)
from generators.handles_host import host_functions
from generators.handles_images import PADDING, Images, Shapes
from generators.handles_values import renumbered_signature, resources_in
from generators.typetext import value_types
from generators.valtypes import BorrowOf, Image, OwnOf, Type, is_nominal

MOST_INSTANCES = 8
FIXED = 20
"""Once in so many cases there may be lists of fixed length, which wasmtime's package refuses."""
WIDE = 24
"""And 64-bit memories, which it refuses too."""


@dataclass(slots=True)
class Topology:
    """Instances, each made of those before it and of what the host has."""

    draw: st.DrawFn
    axes: Axes = EVERYTHING
    definitions: list[Definition] = field(default_factory=list)
    instances: list[Instance] = field(default_factory=list)
    parent: bool = False
    fixed: bool = False
    wide: bool = False
    host: tuple[HostImport, ...] = ()
    host_types: int = 0
    host_note: Behaviour | None = None
    groups: list[Group] = field(default_factory=list)

    @property
    def blueprint(self) -> HandleBlueprint:
        note = self.host_note if any(i.noted == HOST for i in self.instances) else None
        return HandleBlueprint(
            tuple(self.definitions), tuple(self.instances), parent=self.parent, host_types=self.host_types,
            host_functions=self.host, host_note=note, groups=tuple(self.groups),
        )

    def made(self, count: int) -> HandleBlueprint:
        """As many instances, or some more."""
        self.begin()
        while (left := count - len(self.instances)) > 0:
            ways = self.axes.among("handle topology", ("new", "new", "new", "again", "again", "relay", "copy", "copy"))
            match pick(self.draw, ways) if left > 1 else "new":
                case "again":
                    self.again()
                case "relay":
                    self.relay()
                case "copy" if len(self.instances) - self.parent > 1:
                    self.copy()
                case _:
                    self.client()
        if self.axes.on("handle topology", "groups") and seldom(self.draw, 3):
            self.group()
        if self.parent:
            self.adopt()
        return self.blueprint

    def begin(self) -> None:
        self.fixed = seldom(self.draw, FIXED)
        self.wide = self.axes.on("handle topology", "64-bit memories") and seldom(self.draw, WIDE)
        self.parent = self.axes.on("handle topology", "parent") and seldom(self.draw, 6)
        if self.axes.on("handle topology", "host") and seldom(self.draw, 3):
            self.host_types = pick(self.draw, (1, 1, 2))
            self.host = host_functions(self.draw, self.axes, self.host_types)
        self.host_note = HostTrap() if seldom(self.draw, 5) else Answer()
        if self.axes.on("handle topology", "lending") and often(self.draw, 3):
            self.lending()
        elif self.host and not self.parent:
            self.client()
        else:
            self.defined((), ())

    def lending(self) -> None:
        """An owner, a middleman to whom handles are passed and lent, who can pass and lend them back, and a client."""
        self.defined((), (), passing=True)
        self.client([Source(0, f) for f in range(len(self.definitions[0].functions))], passing=True)
        middle = len(self.definitions[1].functions)
        self.client([Source(1, f) for f in (middle - 2, middle - 1, middle - 3)])

    def passing(self) -> tuple[Function, ...]:
        """Functions that take a handle of the first type: borrowed, owned; and one that takes two."""
        ways: tuple[Type, ...] = (BorrowOf(0), OwnOf(0))
        other = pick(self.draw, ways)
        made: list[tuple[Type, ...]] = [(self.shape(lambda: other), self.shape(lambda: OwnOf(0)))]
        made += [(self.shape(lambda: BorrowOf(0)),), (self.shape(lambda: OwnOf(0)),)]
        results = [self.shape(lambda: OwnOf(0)) if seldom(self.draw, 2) else None, None, None]
        return tuple(
            Function(Signature((*params, *self.padding()), result),
                     0 if result is None else Images(self.draw).image(result), seldom(self.draw, 3))
            for params, result in zip(made, results, strict=True)
        )

    def padding(self) -> tuple[Type, ...]:
        """Sometimes as much that parameters go through memory."""
        if not seldom(self.draw, 3):
            return ()
        return (PADDING,) if often(self.draw, 4) else (Prim.U8,)

    def adopt(self) -> None:
        """Gives the parent functions of its children; the numbers of its own types move up."""
        before = self.blueprint
        there = [Source(i, f) for i in range(1, len(self.instances)) for f in range(len(before.definition(i).exports))]
        there = [s for s in there if before.behind(s).instance != HOST]
        count = pick(self.draw, (2, 3, 1)) if there else 0
        functions = tuple(dict.fromkeys(pick(self.draw, there) for _ in range(count)))
        found = [(s, before.exported_by(s)) for s in functions]
        used = dict.fromkeys(before.resource(s.instance, r) for s, signature in found for r in resources_in(signature))
        types = [r for r in used if r.instance != 0]
        old, moved = self.definitions[0], len(types)

        def number(resource: Source) -> int:
            return moved + resource.index if resource.instance == 0 else types.index(resource)

        def typed(source: Source, signature: Signature) -> Signature:
            return renumbered_signature(signature, lambda r: number(before.resource(source.instance, r)))

        imports = tuple(typed(source, signature) for source, signature in found)
        own = tuple(replace(f, signature=renumbered_signature(f.signature, lambda r: r + moved)) for f in old.functions)
        resources = tuple(
            Resource(Dropping(r.destructor.type + moved)) if isinstance(r.destructor, Dropping) else r
            for r in old.resources
        )
        self.definitions[0] = replace(old, imported=moved, imports=imports, resources=resources, functions=own)
        self.instances[0] = replace(self.instances[0], types=tuple(types), functions=functions)
        for i, instance in enumerate(self.instances[1:], 1):
            shifted = tuple(Source(0, s.index + moved) if s.instance == 0 else s for s in instance.types)
            self.instances[i] = replace(instance, types=shifted)

    def defined(
        self, types: tuple[Source, ...], functions: tuple[Source, ...], imports: tuple[Signature, ...] = (),
        passing: bool = False,
    ) -> None:
        least = 0 if types else 1
        noted = self.able_to_note()
        resources = tuple(self.resource(len(types) + n, bool(noted)) for n in range(pick(self.draw, (1, least, 2))))
        makers = tuple(self.maker(t) for t in range(len(types), len(types) + len(resources)))
        known = len(types) + len(resources)
        count = 1 if passing else pick(self.draw, (2, 1, 3))
        others = tuple(self.function(len(types), known) for _ in range(count))
        others = (*others, *self.passing()) if passing else others
        functions_of_host = tuple(n for n, f in enumerate(functions) if self.blueprint.behind(f).instance == HOST)
        wide = self.wide and seldom(self.draw, 2)
        definition = Definition(
            len(types), imports, resources, (*makers, *others), hosts=functions_of_host, memory64=wide,
        )
        note = pick(self.draw, noted) if definition.notes else None
        self.instances.append(Instance(len(self.definitions), types, functions, note))
        self.definitions.append(definition)

    def able_to_note(self) -> list[int]:
        """The instances that can implement another's destructors, and the host; not for the parent, whose destructors
        are there before it."""
        if self.parent and not self.instances:
            return [HOST] if self.axes.on("destructor", "host's") else []
        there = [i for i, instance in enumerate(self.instances) if not self.definitions[instance.definition].relay]
        host = [HOST] * len(there or [HOST]) if self.axes.on("destructor", "host's") else []
        return [*there, *host] if self.axes.on("destructor", "another's") else host

    def resource(self, number: int, noted: bool) -> Resource:
        """A type, which may drop handles of those before it. *noted*: its destructor can be somebody else's."""
        if not seldom(self.draw, 5):
            return Resource(not self.axes.on("destructor", "none") or often(self.draw, 4))
        ways = self.axes.among("destructor", ("resource.drop", "context.set", "somebody else's"))
        match pick(self.draw, ways):
            case "resource.drop" if number:
                return Resource(Dropping(pick(self.draw, range(number))))
            case "somebody else's" if noted:
                return Resource(Noting())
        return Resource(Storing())

    def again(self) -> None:
        """An instance of a definition that there is, where possible of other instances than before."""
        if self.parent and len(self.instances) == 1:
            self.client()
            return
        last = pick(self.draw, self.instances[self.parent :])
        others = {s.instance: pick(self.draw, self.alike(s.instance)) for s in (*last.types, *last.functions)}
        moved = replace(
            last, types=tuple(Source(others[s.instance], s.index) for s in last.types),
            functions=tuple(Source(others[s.instance], s.index) for s in last.functions),
        )
        self.instances.append(moved)
        if not self.blueprint.fits():
            self.instances[-1] = last

    def alike(self, instance: int) -> list[int]:
        if instance == HOST:
            return [HOST]
        definition = self.instances[instance].definition
        return [i for i, other in enumerate(self.instances) if other.definition == definition]

    def relay(self) -> None:
        provider = pick(self.draw, range(len(self.instances)))
        definition = self.definitions[self.instances[provider].definition]
        types = tuple(Source(provider, t) for t in range(definition.types))
        functions = tuple(Source(provider, f) for f in range(len(definition.exports)))
        self.instances.append(Instance(len(self.definitions), types, functions))
        hosts = tuple(n for n, f in enumerate(functions) if self.blueprint.behind(f).instance == HOST)
        self.definitions.append(Definition(len(types), definition.exports, relay=True, hosts=hosts))

    def copy(self) -> None:
        """Instances in a row once more, a group each time: two instances of one definition around them."""
        last = len(self.instances)
        first = last - pick(self.draw, range(1, min(last - self.parent, 3) + 1))
        by = last - first

        def moved(source: Source) -> Source:
            return Source(source.instance + by, source.index) if source.instance >= first else source

        for instance in self.instances[first:last]:
            noted = instance.noted if instance.noted is None or instance.noted < first else instance.noted + by
            self.instances.append(Instance(
                instance.definition, tuple(map(moved, instance.types)), tuple(map(moved, instance.functions)), noted,
            ))
        if any(first in g.members or last - 1 in g.members for g in self.groups):
            return
        if self.axes.on("handle topology", "groups"):
            self.groups = sorted([*self.groups, Group(first, by), Group(last, by)], key=_outer_first)

    def group(self) -> None:
        """Up to three definitions around instances in a row, within each other or apart."""
        for _ in range(pick(self.draw, (1, 2, 3, 2))):
            everything = range(int(self.parent), len(self.instances))
            members = pick(self.draw, (everything, *[group.members for group in self.groups for _ in range(2)]))
            if not members:
                return
            first = pick(self.draw, members)
            count = pick(self.draw, range(members.stop - first, 0, -1))
            added = Group(first, count, self.axes.on("handle topology", "held definitions") and seldom(self.draw, 2))
            groups = sorted([*self.groups, added], key=_outer_first)
            if replace(self.blueprint, groups=tuple(groups)).groups_nest():
                self.groups = groups

    def client(self, found: Sequence[Source] = (), passing: bool = False) -> None:
        """A new definition that imports *found*, or some functions, at least one."""
        before = self.blueprint
        there = [Source(i, f) for i in reversed(range(len(self.instances)))
                 for f in range(len(before.definition(i).exports))]
        there += [Source(HOST, f) for f in range(len(self.host))] * (2 + (len(there) > 8))
        found = found or [pick(self.draw, there) for _ in range(pick(self.draw, (2, 3, 1, 4)))]
        mentioned = [before.resource(s.instance, r) for s in found
                     for r in resources_in(before.exported_by(s))]
        makers = [_maker_of(before, resource) for resource in dict.fromkeys(mentioned) if often(self.draw, 8)]
        functions = tuple(dict.fromkeys((*filter(None, makers), *found)))
        types: list[Source] = []
        imports = []
        for source in functions:
            signature = before.exported_by(source)
            apart = self.axes.on("handle topology", "two names") and seldom(self.draw, 24)
            numbers = {}
            for r in resources_in(signature):
                same = [n for n, t in enumerate(types)
                        if before.resource(t.instance, t.index) == before.resource(source.instance, r)]
                if not same or apart:
                    types.append(Source(source.instance, r))
                numbers[r] = len(types) - 1 if not same or apart else same[0]
            imports.append(renumbered_signature(signature, numbers.__getitem__))
        self.defined(tuple(types), functions, tuple(imports), passing)

    def exports(self) -> tuple[Source, ...]:
        """Functions for the host, makers among them, and such as take handles as a rule; none with records and
        variants, and none of the host's."""
        blueprint = self.blueprint
        able = [Source(i, f) for i in range(len(self.instances)) for f, s in enumerate(blueprint.definition(i).exports)
                if not any(map(is_nominal, value_types(s))) and blueprint.behind(Source(i, f)).instance != HOST]
        makers = [s for s in able if not blueprint.exported_by(s).params][:2]
        likely = [s for s in able if any(resources_in(Signature((p,))) for p in blueprint.exported_by(s).params)]
        others = [pick(self.draw, likely if likely and often(self.draw, 4) else able) for _ in range(3 if able else 0)]
        return tuple(dict.fromkeys((*makers, *others)))

    def maker(self, type: int) -> Function:
        """A function that gives out new resources of one of the definition's own types."""
        result = self.shape(lambda: OwnOf(type))
        form: Form = "constructor" if may_have("constructor", Signature((), result)) and self.formed() else "plain"
        return Function(Signature((), result), self.returned(result), seldom(self.draw, 3), form)

    def formed(self) -> bool:
        """Whether a function's name tells what it does to a resource type."""
        return self.axes.on("handle topology", "names") and seldom(self.draw, 3)

    def function(self, imported: int, types: int) -> Function:
        """One that takes handles, of imported types as a rule."""
        count = pick(self.draw, (1, 2, 1, 0, 3))
        params = tuple(self.shape(lambda: self.handle(imported, types)) for _ in range(count))
        params = (*params, *self.padding())
        form: Form = "plain"
        if params and self.formed():
            ways: tuple[Form, ...] = ("method", "static", "plain")
            form = next(way for way in ways if may_have(way, Signature(params)))
        if often(self.draw, 3):
            return Function(Signature(params), form=form)
        known = [*range(types), *resources_in(Signature(params))]
        result = self.shape(lambda: OwnOf(pick(self.draw, known)))
        return Function(Signature(params, result), self.returned(result), seldom(self.draw, 3), form)

    def returned(self, result: Type) -> Image:
        return Images(self.draw, few=False).image(result)

    def handle(self, imported: int, types: int) -> Type:
        type = pick(self.draw, range(imported if imported and often(self.draw, 4) else types))
        return BorrowOf(type) if seldom(self.draw, 2) else OwnOf(type)

    def shape(self, handle: Callable[[], Type]) -> Type:
        return Shapes(self.draw, self.axes, self.fixed).around(handle)


def _maker_of(blueprint: HandleBlueprint, resource: Source) -> Source | None:
    """The function that gives out new resources of that type, if there is one in its place; the host's makers come
    first."""
    if resource.instance == HOST:
        return resource if resource.index < len(blueprint.host_functions) else None
    definition = blueprint.definition(resource.instance)
    made = Source(resource.instance, resource.index - definition.imported)
    return made if made.index < len(definition.functions) else None


def _outer_first(group: Group) -> tuple[int, int]:
    return group.first, -group.count
