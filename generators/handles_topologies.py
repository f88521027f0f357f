"""Topologies for cases about handles: definitions and instances, drawn one after the other, and images of values."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from hypothesis import strategies as st
from msgspec.structs import replace

from fact.model.types import Prim
from generators.blueprint import Signature
from generators.drawing import often, pick, seldom
from generators.handles import (
    Definition,
    Dropping,
    Function,
    HandleBlueprint,
    Instance,
    Noting,
    Resource,
    Source,
    Storing,
)
from generators.handles_values import renumbered_signature, resources_in
from generators.typetext import value_types
from generators.valtypes import (
    BorrowOf,
    Image,
    ListOf,
    OptionOf,
    OwnOf,
    RecordOf,
    ResultOf,
    TupleOf,
    Type,
    VariantOf,
    cases_of,
    element_of,
    fields_of,
    is_nominal,
)

PADDING = TupleOf((Prim.U8,) * 17)
"""With it, parameters go through memory."""


@dataclass(slots=True)
class Topology:
    """Instances, each made of those before it."""

    draw: st.DrawFn
    definitions: list[Definition] = field(default_factory=list)
    instances: list[Instance] = field(default_factory=list)
    parent: bool = False

    @property
    def blueprint(self) -> HandleBlueprint:
        return HandleBlueprint(tuple(self.definitions), tuple(self.instances), parent=self.parent)

    def made(self, count: int) -> HandleBlueprint:
        self.parent = seldom(self.draw, 4)
        if count > 2 and often(self.draw, 3):
            self.lending()
        else:
            self.defined((), ())
        while (left := count - len(self.instances)) > 0:
            match pick(self.draw, ("new", "new", "new", "again", "again", "relay")) if left > 1 else "new":
                case "again":
                    self.again()
                case "relay":
                    self.relay()
                case _:
                    self.client()
        if self.parent:
            self.adopt()
        return self.blueprint

    def lending(self) -> None:
        """An owner, a middleman to whom handles are passed and lent, who can pass and lend them back, and a client."""
        self.defined((), (), passing=True)
        self.client([Source(0, f) for f in range(len(self.definitions[0].functions))], passing=True)
        middle = len(self.definitions[1].functions)
        self.client([Source(1, f) for f in (middle - 2, middle - 1)])

    def passing(self) -> tuple[Function, ...]:
        """Functions that take a handle of the first type: borrowed, owned."""
        return (Function(Signature((self.shape(lambda: BorrowOf(0)),))),
                Function(Signature((self.shape(lambda: OwnOf(0)),))))

    def adopt(self) -> None:
        """Gives the parent functions of its children; the numbers of its own types move up."""
        before = self.blueprint
        there = [Source(i, f) for i in range(1, len(self.instances)) for f in range(len(before.definition(i).exports))]
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
        self.definitions[0] = Definition(moved, imports, resources, own)
        self.instances[0] = Instance(0, tuple(types), functions)
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
        definition = Definition(len(types), imports, resources, (*makers, *others))
        note = pick(self.draw, noted) if definition.notes else None
        self.instances.append(Instance(len(self.definitions), types, functions, note))
        self.definitions.append(definition)

    def able_to_note(self) -> list[int]:
        """The instances that can implement another's destructors."""
        return [i for i, instance in enumerate(self.instances) if not self.definitions[instance.definition].relay]

    def resource(self, number: int, noted: bool) -> Resource:
        """A type, which may drop handles of those before it. *noted*: its destructor can be another instance's."""
        if not seldom(self.draw, 8):
            return Resource(often(self.draw, 4))
        ways: list[Dropping | Storing | Noting] = [Storing(), *map(Dropping, range(number))]
        return Resource(pick(self.draw, [*ways, Noting()] if noted else ways))

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
        definition = self.instances[instance].definition
        return [i for i, other in enumerate(self.instances) if other.definition == definition]

    def relay(self) -> None:
        provider = pick(self.draw, range(len(self.instances)))
        definition = self.definitions[self.instances[provider].definition]
        types = tuple(Source(provider, t) for t in range(definition.types))
        functions = tuple(Source(provider, f) for f in range(len(definition.exports)))
        self.instances.append(Instance(len(self.definitions), types, functions))
        self.definitions.append(Definition(len(types), definition.exports, relay=True))

    def client(self, found: Sequence[Source] = (), passing: bool = False) -> None:
        """A new definition that imports *found*, or some functions, at least one."""
        before = self.blueprint
        there = [Source(i, f) for i in reversed(range(len(self.instances)))
                 for f in range(len(before.definition(i).exports))]
        found = found or [pick(self.draw, there) for _ in range(pick(self.draw, (2, 3, 1, 4)))]
        mentioned = [before.resource(s.instance, r) for s in found
                     for r in resources_in(before.exported_by(s))]
        makers = [_maker_of(before, resource) for resource in dict.fromkeys(mentioned) if often(self.draw, 8)]
        functions = tuple(dict.fromkeys((*makers, *found)))
        types: list[Source] = []
        imports = []
        for source in functions:
            signature = before.exported_by(source)
            apart = seldom(self.draw, 24)
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
        """Functions for the host, makers among them; none with records and variants."""
        blueprint = self.blueprint
        able = [Source(i, f) for i in range(len(self.instances)) for f, s in enumerate(blueprint.definition(i).exports)
                if not any(map(is_nominal, value_types(s)))]
        makers = [s for s in able if not blueprint.exported_by(s).params][:2]
        return tuple(dict.fromkeys((*makers, *(pick(self.draw, able) for _ in range(2 if able else 0)))))

    def maker(self, type: int) -> Function:
        """A function that gives out new resources of one of the definition's own types."""
        result = self.shape(lambda: OwnOf(type))
        return Function(Signature((), result), Images(self.draw).image(result), seldom(self.draw, 4))

    def function(self, imported: int, types: int) -> Function:
        """One that takes handles, of imported types as a rule."""
        count = pick(self.draw, (1, 2, 1, 0, 3))
        params = tuple(self.shape(lambda: self.handle(imported, types)) for _ in range(count))
        if seldom(self.draw, 6):
            params = (*params, PADDING if often(self.draw, 3) else Prim.U8)
        if often(self.draw, 3):
            return Function(Signature(params))
        result = self.shape(lambda: OwnOf(pick(self.draw, range(types))))
        return Function(Signature(params, result), Images(self.draw).image(result), seldom(self.draw, 4))

    def handle(self, imported: int, types: int) -> Type:
        type = pick(self.draw, range(imported if imported and often(self.draw, 4) else types))
        return BorrowOf(type) if seldom(self.draw, 2) else OwnOf(type)

    def shape(self, handle: Callable[[], Type]) -> Type:
        return pick(self.draw, _SHAPES)(handle)


def _maker_of(blueprint: HandleBlueprint, resource: Source) -> Source:
    """The function that gives out new resources of that type."""
    return Source(resource.instance, resource.index - blueprint.definition(resource.instance).imported)


_Shape = Callable[[Callable[[], Type]], Type]
_SHAPES: tuple[_Shape, ...] = (
    *[lambda h: h()] * 6,
    lambda h: OptionOf(h()),
    lambda h: ListOf(h()),
    lambda h: ListOf(h()),
    lambda h: RecordOf((h(), Prim.U64)),
    lambda h: TupleOf((h(), h())),
    lambda h: VariantOf((h(), None, h(), Prim.U64)),
    lambda h: ResultOf(h(), h()),
    lambda h: ListOf(TupleOf((Prim.U8, h()))),
    lambda h: OptionOf(ListOf(h())),
)


@dataclass(slots=True)
class Images:
    """Images in which handles are numbered from *handles* on; if it can be, of those that are *there*."""

    draw: st.DrawFn
    there: Callable[[OwnOf | BorrowOf], bool] = lambda _: True
    handles: int = 0

    def possible(self, t: Type) -> bool:
        """Whether there is a value of the type."""
        if isinstance(t, OwnOf | BorrowOf):
            return self.there(t)
        if (cases := cases_of(t)) is not None:
            return any(c is None or self.possible(c) for c in cases)
        return all(map(self.possible, fields_of(t) or ()))

    def image(self, t: Type) -> Image:
        if isinstance(t, OwnOf | BorrowOf):
            self.handles += 1
            return self.handles - 1
        if t == PADDING:
            return tuple(range(17))
        if (element := element_of(t)) is not None:
            count = pick(self.draw, (1, 2, 0, 3)) if self.possible(element) else 0
            return tuple(self.image(element) for _ in range(count))
        if (fields := fields_of(t)) is not None:
            return tuple(self.image(f) for f in fields)
        if (cases := cases_of(t)) is not None:
            able = [n for n, c in enumerate(cases) if c is None or self.possible(c)] or range(len(cases))
            case = pick(self.draw, able[::-1])
            payload = cases[case]
            return (case, 0 if payload is None else self.image(payload))
        return 5


def emptied(t: Type) -> Image | None:
    """A value without handles; None for a type that has none."""
    if element_of(t) is not None:
        return ()
    for case, payload in enumerate(cases_of(t) or ()):
        if payload is None:
            return (case, 0)
        if payload is Prim.U64:
            return (case, 5)
    return None
