"""Where in a component's text things stand: core modules, types and their names."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from generators.blueprint import Blueprint, Code, Definition, Guest
from generators.codetext import CodeTypes, module_homes
from generators.guests import Modules, core_modules
from generators.hostile_choices import Hostile
from generators.typetext import TypeNames
from generators.valtypes import Type


def placed(blueprint: Blueprint) -> Places:
    """Of everything in *blueprint*."""
    places = Places(blueprint)
    places.collect_modules()
    places.collect_types()
    places.collect_import_types()
    return places


@dataclass(slots=True)
class Places:
    """The core modules, types and names of the definitions of one blueprint."""

    blueprint: Blueprint
    homes: dict[int, dict[str, str]] = field(default_factory=dict)
    """By definition, the modules defined in it: fields -> name. Equal modules of one definition are one."""
    modules: dict[tuple[int, int, str], tuple[int, str]] = field(default_factory=dict)
    """By definition, item and role: the module's home and name."""
    types: dict[int, TypeNames] = field(default_factory=dict)
    """By definition."""
    fields: dict[Code, str] = field(default_factory=dict)
    """Of the guests' modules."""
    types_further_out: dict[tuple[int, int], tuple[int, str, str]] = field(default_factory=dict)
    """By definition and import, of imports' types: where, of what sort, and their names."""
    import_types: dict[int, list[str]] = field(default_factory=dict)
    """By definition, the types of imports of those inside."""
    code: CodeTypes = field(init=False)

    def __post_init__(self) -> None:
        self.code = CodeTypes(self.blueprint, self.types, self.fields)

    def collect_types(self) -> None:
        given: dict[int, tuple[Type, ...]] = {}
        for d in range(len(self.blueprint.definitions)):
            self.types[d] = TypeNames(self.blueprint, d, given)
            given[d] = self.types[d].needed

    def collect_modules(self) -> None:
        hostile: dict[tuple[int, int], list[Hostile]] = {}
        for h in self.blueprint.hostile:
            hostile.setdefault((h.place.definition, h.place.item), []).append(h)
        elsewhere = module_homes(self.blueprint)
        rendered: dict[tuple[int, int], Modules] = {}
        for d, definition in enumerate(self.blueprint.definitions):
            for i, item in enumerate(definition.items):
                if isinstance(item, Guest):
                    chain, code = self.blueprint.chain(d), Code(d, i)
                    if item.memory != "shared":
                        rendered.update(_with_tenants(d, i, definition, hostile))
                    for role, fields in rendered[d, i]:
                        home = chain[min(item.levels, len(chain) - 1)]
                        if role == "guest":
                            self.fields[code] = fields
                            home = elsewhere.get(code, home)
                        known = self.homes.setdefault(home, {})
                        name = known.setdefault(fields, f"${role}{d}.{i}")
                        self.modules[d, i, role] = home, name

    def collect_import_types(self) -> None:
        """Those that are defined further out."""
        for d, definition in enumerate(self.blueprint.definitions):
            for i, used in enumerate(definition.imports):
                if used.levels and (text := self.code.alone(d, used)) is not None:
                    chain, name = self.blueprint.chain(d), f"$D{d}.import{i}"
                    home = chain[min(used.levels, len(chain) - 1)]
                    sort = "instance" if used.code is None else "component" if used.code.item is None else "core module"
                    self.types_further_out[d, i] = home, sort, name
                    core = "core " if sort == "core module" else ""
                    self.import_types.setdefault(home, []).append(f"({core}type {name} {text})")


def _with_tenants(
    d: int, i: int, definition: Definition, hostile: Mapping[tuple[int, int], Sequence[Hostile]]
) -> dict[tuple[int, int], Modules]:
    """The modules of the guest that is item *i*, and of those that share its memory."""
    places = [i, *(k for k, other in enumerate(definition.items)
                   if isinstance(other, Guest) and other.memory == "shared" and other.lender == i)]
    guests = [(item, hostile.get((d, k), ())) for k in places if isinstance(item := definition.items[k], Guest)]
    return dict(zip([(d, k) for k in places], core_modules(*guests[0], guests[1:]), strict=True))
