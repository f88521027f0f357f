"""Where the instances of a case about handles stand: in the root, or in component definitions around some of them.

A *scope* is the root or a group. It imports what those within are given from outside: resource types `$in-r<n>`,
records and variants `$in-n<n>`, functions `$in-c<n>`; the root has them from the host. A group exports all that its
members export, export *e* of its member number *m* as `i<m>-<e>`; its members may stand in groups within it. Two groups
of the same text are two instances of one definition.

Explainer.md, "Import and Export Definitions"; Binary.md, "Alias Definitions".
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from fact.model.types import Prim
from generators.blueprint import Signature
from generators.handles import HOST, HandleBlueprint, Source, canonical
from generators.handles_components import NOTE, Component, labelled, nominal_types
from generators.handles_values import renumbered, resources_in, with_script
from generators.logs import LOG_FUNCTIONS
from generators.typetext import TypeNames
from generators.valtypes import BorrowOf, EnumOf, FlagsOf, OwnOf, RecordOf, Type, VariantOf


@dataclass(frozen=True, slots=True)
class Whole:
    """A blueprint with the text of its definitions; *noted* are the instances whose `note` others' destructors call."""

    blueprint: HandleBlueprint
    components: tuple[Component, ...]
    noted: frozenset[int]

    def component(self, instance: int) -> Component:
        return self.components[self.blueprint.instances[instance].definition]

    def linked(self, instance: int, t: Type) -> Type:
        """A type of *instance* or of the host, with numbers of resource types that mean the same in every instance."""
        return renumbered(t, lambda r: canonical(self.blueprint.resource(instance, r)))

    def linked_type(self, function: Source) -> Signature:
        """The whole type of a function, with such numbers."""
        s = self.blueprint.linked(function.instance, self.blueprint.exported_by(function))
        return s if self.blueprint.behind(function).instance == HOST else with_script(s)


class ScopeTypes(TypeNames):
    """Types that are written out wherever they are used, but for those that *names* has: resource types by number,
    records and variants."""

    def __init__(self, resources: Mapping[int, str], names: dict[Type, str]) -> None:
        self.resources, self.names = resources, names

    def name(self, t: Type) -> str:
        match t:
            case Prim():
                return t.value
            case OwnOf(resource=resource):
                return f"(own {self.resources[resource]})"
            case BorrowOf(resource=resource):
                return f"(borrow {self.resources[resource]})"
            case RecordOf() | VariantOf() | EnumOf() | FlagsOf():
                return self.names[t]
        return self.text(t)


@dataclass(slots=True)
class Scope:
    """*first* is the number of its first member; *content* are instances and scopes within, in order. What it imports:
    *resources* by their numbers, *nominal* types by what they are, each with where it comes from first, *functions*,
    and functions for destructors of the instances *notes*."""

    whole: Whole
    first: int
    count: int
    content: list[int | Scope] = field(default_factory=list)
    holds: frozenset[int] = frozenset()
    resources: dict[int, Source] = field(default_factory=dict)
    nominal: dict[Type, tuple[int, Type]] = field(default_factory=dict)
    functions: dict[Source, None] = field(default_factory=dict)
    notes: dict[int, None] = field(default_factory=dict)

    # -- what it imports

    def import_all(self) -> None:
        """What its members are given from outside, in order."""
        blueprint = self.whole.blueprint
        for inner in self.content:
            if isinstance(inner, Scope):
                inner.import_all()
                for source in inner.resources.values():
                    self.import_resource(source)
                for function in inner.functions:
                    self.import_function(function)
                for note in inner.notes:
                    self.import_note(note)
                continue
            instance = blueprint.instances[inner]
            for source in instance.types:
                self.import_resource(source)
            for function in instance.functions:
                self.import_function(function)
            if instance.noted is not None:
                self.import_note(instance.noted)

    def import_resource(self, source: Source) -> None:
        if not self.has(source.instance):
            resource = self.whole.blueprint.resource(source.instance, source.index)
            self.resources.setdefault(canonical(resource), source)

    def import_function(self, function: Source) -> None:
        if self.has(function.instance):
            return
        blueprint, instance = self.whole.blueprint, function.instance
        for t in resources_in(blueprint.exported_by(function)):
            self.import_resource(Source(instance, t))
        for nominal in nominal_types(blueprint.exported_by(function)):
            self.nominal.setdefault(self.whole.linked(instance, nominal), (instance, nominal))
        self.functions.setdefault(function)

    def import_note(self, instance: int) -> None:
        if not self.has(instance):
            self.notes.setdefault(instance)

    def has(self, instance: int) -> bool:
        return self.first <= instance < self.first + self.count

    # -- what is in it, by name

    def path(self, instance: int, export: str) -> tuple[str, str]:
        """The instance in this scope and its export that is *export* of *instance*."""
        groups = 0
        for inner in self.content:
            if isinstance(inner, int):
                if inner == instance:
                    component = self.whole.component(instance)
                    name = component.export_names[int(export[1:])] if export[0] == "f" else export
                    return f"$i{instance - self.first}", name
                continue
            if inner.has(instance):
                return f"$g{groups}", f"i{instance - inner.first}-{export}"
            groups += 1
        raise AssertionError(f"no instance {instance} here")

    def item(self, sort: str, instance: int, export: str) -> str:
        """An export of an instance, or what the parent calls by that name."""
        if self.whole.blueprint.parent and instance == 0:
            return f"({sort} ${export})"
        inner, name = self.path(instance, export)
        return f'({sort} {inner} "{name}")'

    def type(self, source: Source) -> str:
        if self.has(source.instance):
            return self.item("type", source.instance, f"h{source.index}")
        return f"(type {self.imported_resource(source)})"

    def imported_resource(self, source: Source) -> str:
        number = canonical(self.whole.blueprint.resource(source.instance, source.index))
        return f"$in-r{list(self.resources).index(number)}"

    def function(self, source: Source) -> str:
        if self.has(source.instance):
            return self.item("func", source.instance, f"f{source.index}")
        return f"(func $in-c{list(self.functions).index(source)})"

    def nominal_type(self, instance: int, t: Type) -> str:
        """A record or variant in the type of a function that *instance*, or the host, exports."""
        if not self.has(instance):
            return f"(type $in-n{list(self.nominal).index(self.whole.linked(instance, t))})"
        types = self.whole.component(instance).types
        if self.whole.blueprint.parent and instance == 0:
            return f"(type {types.names[t]})"
        return self.item("type", instance, f"n{types.labels[t]}")

    def note(self, instance: int) -> str:
        if self.has(instance):
            return self.item("func", instance, "note")
        return f"(func $in-note{list(self.notes).index(instance)})"

    # -- text

    def import_lines(self, names: Mapping[Source, str]) -> Iterator[str]:
        """*names* are those of the functions."""
        types = self.types()
        yield from (f'(import "r{n}" (type $in-r{n} (sub resource)))' for n in range(len(self.resources)))
        for n, t in enumerate(self.nominal):
            yield f"(type $in-n{n}.is {types.text(t)})"
            yield f'(import "n{n}" (type $in-n{n} (eq $in-n{n}.is)))'
        for n, f in enumerate(self.functions):
            text = labelled(types.function(self.whole.linked_type(f)), self.whole.blueprint.form(f))
            yield f'(import "{names[f]}" (func $in-c{n}{text}))'
        for n, _ in enumerate(self.notes):
            yield f'(import "note{n or ""}" (func $in-note{n} {NOTE}))'

    def types(self) -> ScopeTypes:
        return ScopeTypes({r: f"$in-r{n}" for n, r in enumerate(self.resources)},
                          {t: f"$in-n{n}" for n, t in enumerate(self.nominal)})

    def content_lines(self) -> Iterator[str]:
        """The definitions that it holds, and its instances; not the parent."""
        for d in sorted(self.holds):
            yield self.whole.components[d].text()
        texts: dict[str, str] = {}
        groups = 0
        for inner in self.content:
            if isinstance(inner, Scope):
                text = "\n".join(inner.lines())
                if text not in texts:
                    texts[text] = f"$G{len(texts)}"
                    yield f"(component {texts[text]}\n{text})".replace("\n", "\n  ")
                yield f"(instance $g{groups} (instantiate {texts[text]}{self.given_to_scope(inner)}))"
                groups += 1
            elif inner or not self.whole.blueprint.parent:
                definition = self.whole.blueprint.instances[inner].definition
                yield f"(instance $i{inner - self.first} (instantiate $D{definition}{self.given_to(inner)}))"

    def given_to(self, i: int) -> str:
        """The arguments of instance *i*."""
        blueprint, component = self.whole.blueprint, self.whole.component(i)
        instance = blueprint.instances[i]
        given = [f'(with "h{n}" {self.type(s)})' for n, s in enumerate(instance.types)]
        named: set[Type] = set()
        for n, source in enumerate(instance.functions):
            given.append(f'(with "{component.import_names[n]}" {self.function(source)})')
            here = nominal_types(component.definition.imports[n])
            there = nominal_types(blueprint.exported_by(source))
            for t, same in zip(here, there, strict=True):
                if t not in named:
                    named.add(t)
                    type = self.nominal_type(source.instance, same)
                    given.append(f'(with "n{component.types.labels[t]}" {type})')
        if instance.noted is not None:
            given.append(f'(with "note" {self.note(instance.noted)})')
        return "".join(f" {one}" for one in given)

    def given_to_scope(self, inner: Scope) -> str:
        given = [f'(with "r{n}" {self.type(s)})' for n, s in enumerate(inner.resources.values())]
        given += [f'(with "n{n}" {self.nominal_type(*of)})' for n, of in enumerate(inner.nominal.values())]
        given += [f'(with "c{n}" {self.function(f)})' for n, f in enumerate(inner.functions)]
        given += [f'(with "note{n or ""}" {self.note(i)})' for n, i in enumerate(inner.notes)]
        return "".join(f" {one}" for one in given)

    def lines(self) -> Iterator[str]:
        """The text of a group."""
        yield from self.import_lines({f: f"c{n}" for n, f in enumerate(self.functions)})
        yield from self.content_lines()
        yield from self.export_lines()

    def export_lines(self) -> Iterator[str]:
        """All that its members export; first types, then functions, by the names that types have outside."""
        blueprint, types = self.whole.blueprint, self.types()
        resources, members = dict(types.resources), range(self.first, self.first + self.count)
        types.resources = resources
        for i in members:
            for t in range(blueprint.definition(i).types):
                number = canonical(blueprint.resource(i, t))
                name = "" if number in resources else f"$out-{i - self.first}-{t} "
                if name:
                    resources[number] = name[:-1]
                yield f'(export {name}"i{i - self.first}-h{t}" {self.item("type", i, f"h{t}")})'
        for i in members:
            labels = self.whole.component(i).types.labels
            for nominal in dict.fromkeys(u for s in blueprint.definition(i).exports for u in nominal_types(s)):
                name, linked = f"$out-{i - self.first}-n{labels[nominal]}", self.whole.linked(i, nominal)
                yield f"(type {name}.is {types.text(linked)})"
                yield f'(export {name} "i{i - self.first}-n{labels[nominal]}" (type {name}.is))'
                types.names.setdefault(linked, name)
        for i in members:
            yield from self.function_exports(i, types)

    def function_exports(self, i: int, types: ScopeTypes) -> Iterator[str]:
        prefix = f"i{i - self.first}"
        for f, form in enumerate(self.whole.component(i).export_forms):
            text = labelled(types.function(self.whole.linked_type(Source(i, f))), form)
            yield f'(export "{prefix}-f{f}" {self.item("func", i, f"f{f}")} (func{text}))'
        plain = [] if self.whole.blueprint.definition(i).relay else ["run", *(name for name, _ in LOG_FUNCTIONS)]
        for name in (*plain, *["note"] * (i in self.whole.noted)):
            yield f'(export "{prefix}-{name}" {self.item("func", i, name)})'


def scopes(whole: Whole) -> Scope:
    """The root, with all that is in it."""
    blueprint = whole.blueprint
    root = Scope(whole, 0, len(blueprint.instances))
    groups = [Scope(whole, g.first, g.count) for g in blueprint.groups]
    for i in range(len(blueprint.instances)):
        outer = root
        for g in blueprint.around(i):
            if groups[g].first == i:
                outer.content.append(groups[g])
            outer = groups[g]
        outer.content.append(i)
    for d in range(len(blueprint.definitions)):
        if not (blueprint.parent and d == 0):
            holder = _holder(blueprint, d)
            scope = root if holder is None else groups[holder]
            scope.holds |= {d}
    for t in range(blueprint.host_types):
        root.import_resource(Source(HOST, t))
    for f in range(len(blueprint.host_functions)):
        root.import_function(Source(HOST, f))
    root.import_all()
    return root


def _holder(blueprint: HandleBlueprint, definition: int) -> int | None:
    """The innermost group that holds the definition."""
    instances = {i for i, instance in enumerate(blueprint.instances) if instance.definition == definition}
    holders = [n for n, g in enumerate(blueprint.groups) if g.holds and instances and instances <= set(g.members)]
    return holders[-1] if holders else None
