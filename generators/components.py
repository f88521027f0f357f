"""A blueprint as component text, with everything needed to run it.

Definition *n* is the component `$D<n>`, item *n* of a definition `$i<n>`, import *n* `$import<n>`. Every guest lifts
its log as `log-count: func() -> u32`, `log-entry: func(i: u32) -> u64` and `log-digest: func() -> u64`; a definition
exports them for all the guests inside, under a prefix that tells them apart, up to the root.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import TypeAlias

from fact.model.values import Value
from generators.blueprint import (
    Behaviour,
    Blueprint,
    Bundle,
    Child,
    Definition,
    Guest,
    Hostile,
    Import,
    Item,
    Ref,
    Relift,
    Signature,
)
from generators.guests import core_modules
from generators.layout import lower_needs_realloc, needs_memory, takes_pointers
from generators.typetext import Tree, TypeNames, import_signatures, mentions_nominal, provided
from generators.valtypes import Type
from generators.values import value
from generators.wiring import called, wire

LOG_FUNCTIONS = (
    ("log-count", "(result u32)"), ("log-entry", '(param "i" u32) (result u64)'), ("log-digest", "(result u64)")
)

_Typed: TypeAlias = Callable[[Signature], str]
"""A function type as this definition writes it."""


@dataclass(frozen=True, slots=True)
class Rendered:
    """*calls* are exports (parts of a path joined by `#`) with arguments; *host* the behaviour of each import by path.

    For every prefix in *log_prefixes* the component exports `<prefix>-log-count`, `-log-entry` and `-log-digest`.
    """

    text: str
    calls: tuple[tuple[str, tuple[Value, ...]], ...]
    log_prefixes: tuple[str, ...]
    host: dict[tuple[str, ...], Behaviour]


def render(blueprint: Blueprint) -> Rendered:
    """The component's text and what belongs to it; a pure function of *blueprint*."""
    nodes = called(blueprint, wire(blueprint))
    calls = tuple(
        (call.export, tuple(value(t, image) for t, image in zip(node.signature.params, call.args, strict=True)))
        for call, node in zip(blueprint.calls, nodes, strict=True)
    )
    return Rendered(component_text(blueprint), calls, log_prefixes(blueprint),
                    {h.path: h.behaviour for h in blueprint.host})


def component_text(blueprint: Blueprint) -> str:
    text = _Text(blueprint)
    text.collect_modules()
    text.collect_types()
    return text.definition(blueprint.root) + "\n"


def log_prefixes(blueprint: Blueprint) -> tuple[str, ...]:
    """The prefixes of the root's log exports; `root` for a guest of the root itself."""
    items = blueprint.definitions[blueprint.root].items
    return tuple(
        _qualified("root", prefix) if isinstance(items[i], Guest) else prefix
        for prefix, (i, _) in _logs(blueprint, blueprint.root)
    )


def _logs(blueprint: Blueprint, definition: int) -> list[tuple[str, tuple[int, str]]]:
    """The prefix of each log that the definition exports, and the item and that item's prefix that it comes from."""
    items = blueprint.definitions[definition].items
    own = [i for i, item in enumerate(items) if isinstance(item, Guest)]
    logs = [("" if len(own) == 1 else f"g{i}", (i, "")) for i in own]
    for i, item in enumerate(items):
        if isinstance(item, Child):
            logs.extend((_qualified(f"c{i}", p), (i, p)) for p, _ in _logs(blueprint, item.definition))
    return logs


def _qualified(prefix: str, rest: str) -> str:
    return "-".join(part for part in (prefix, rest) if part)


@dataclass(slots=True)
class _Text:
    """Renders the definitions of one blueprint; holds where each core module is defined."""

    blueprint: Blueprint
    homes: dict[int, dict[str, str]] = field(default_factory=dict)
    """By definition, the modules defined in it: fields -> name. Equal modules of one definition are one."""
    modules: dict[tuple[int, int, str], tuple[int, str]] = field(default_factory=dict)
    """By definition, item and role: the module's home and name."""
    types: dict[int, TypeNames] = field(default_factory=dict)
    """By definition."""

    def collect_types(self) -> None:
        given: dict[int, tuple[Type, ...]] = {}
        for d in range(len(self.blueprint.definitions)):
            self.types[d] = TypeNames(self.blueprint, d, given)
            given[d] = self.types[d].imported

    def collect_modules(self) -> None:
        hostile: dict[tuple[int, int], list[Hostile]] = {}
        for h in self.blueprint.hostile:
            hostile.setdefault((h.place.definition, h.place.item), []).append(h)
        for d, definition in enumerate(self.blueprint.definitions):
            for i, item in enumerate(definition.items):
                if isinstance(item, Guest):
                    home = self.blueprint.chain(d)[item.levels]
                    for role, fields in core_modules(item, hostile.get((d, i), ())):
                        known = self.homes.setdefault(home, {})
                        name = known.setdefault(fields, f"${role}{d}.{i}")
                        self.modules[d, i, role] = home, name

    def definition(self, d: int) -> str:
        """The text of definition *d* and of those inside it, without a newline at the end."""
        definition = self.blueprint.definitions[d]
        lines = [f"(component $D{d}"]
        lines += [f"(core module {name}\n{fields[:-1]})" for fields, name in self.homes.get(d, {}).items()]
        types = self.types[d]
        lines += types.lines()
        lines += [f"(type $D{d}.t{i} (func{types.function(s)}))" for i, s in enumerate(definition.types)]
        lines += [self.definition(inner) for inner, other in enumerate(self.blueprint.definitions) if other.home == d]
        lines += _Body(self, d, definition).lines()
        return "\n".join(lines).replace("\n", "\n  ") + ")"


@dataclass(slots=True)
class _Body:
    """What one definition holds after its modules, types and inner definitions."""

    text: _Text
    number: int
    definition: Definition
    aliased: set[str] = field(default_factory=set)

    @property
    def types(self) -> TypeNames:
        return self.text.types[self.number]

    def typed(self, signature: Signature) -> str:
        """In imports and exports: by types of the definition's own."""
        if signature in self.definition.types:
            return f" (type $D{self.number}.t{self.definition.types.index(signature)})"
        return self.types.function(signature)

    def lines(self) -> Iterator[str]:
        types = {s: f"$D{self.number}.t{i}" for i, s in enumerate(self.definition.types)}
        chain = self.text.blueprint.chain(self.number)
        for levels in self.definition.outer_types:
            home = chain[levels]
            for i, signature in enumerate(self.text.blueprint.definitions[home].types):
                name = f"$D{home}.t{i}"
                yield f"(alias outer $D{home} {name} (type {name}))"
                types.setdefault(signature, name)

        def typed(signature: Signature) -> str:
            return f" (type {types[signature]})" if signature in types else self.types.function(signature)

        for i, used in enumerate(self.definition.imports):
            yield _import(i, used, self.typed if any(map(mentions_nominal, import_signatures([used]))) else typed)
        pending: dict[int, Guest] = {}
        for i, item in enumerate(self.definition.items):
            yield from self.item(i, item, typed)
            if isinstance(item, Guest) and item.lowering == "indirect" and item.imports:
                pending[i] = item
            for waiting in [w for w, guest in pending.items() if _last_item(guest) <= i]:
                yield from self.fixup(waiting, pending.pop(waiting))
        yield from self.exports()

    def item(self, i: int, item: Item, typed: _Typed) -> Iterator[str]:
        match item:
            case Guest():
                yield from self.guest(i, item, typed)
            case Child(definition=definition, args=args):
                home = self.text.blueprint.definitions[definition].home
                if home != self.number and (alias := f"$D{definition}") not in self.aliased:
                    self.aliased.add(alias)
                    yield f"(alias outer $D{home} {alias} (component {alias}))"
                imports = self.text.blueprint.definitions[definition].imports
                inner = self.text.types[definition]
                given = "".join(f' (with "{inner.label(t)}" (type {self.types.name(t)}))' for t in inner.imported)
                given += "".join(
                    f' (with "{used.name}" {self.ref(arg, "instance" if used.signature is None else "func")})'
                    for used, arg in zip(imports, args, strict=True)
                )
                yield f"(instance $i{i} (instantiate $D{definition}{given}))"
            case Bundle(entries=entries):
                exports = "".join(f' (export "{name}" {self.ref(ref, "func")})' for name, ref in entries)
                yield f"(instance $i{i}{exports})"
            case Relift(ref=ref, signature=signature):
                yield f"(core func $i{i}.lowered (canon lower {self.ref(ref, 'func')}))"
                yield f"(func $i{i}{typed(signature)} (canon lift (core func $i{i}.lowered)))"

    def guest(self, i: int, guest: Guest, typed: _Typed) -> Iterator[str]:
        given = ""
        if guest.memory == "imported":
            yield from self.instance(i, "runtime", "")
            given = f' (with "runtime" (instance $i{i}.runtime))'
        if guest.imports and guest.lowering == "indirect":
            yield from self.instance(i, "shim", "")
            given += f' (with "dep" (instance $i{i}.shim))'
        elif guest.imports:
            yield from self.lowers(i, guest)
            given += f' (with "dep" (instance{_lowered(i, guest)}))'
        yield from self.instance(i, "guest", given)
        memory = f"(memory (core memory {_memory(i, guest)}))"
        for n, function in enumerate(guest.functions):
            options = f" string-encoding={function.encoding}" if function.encoding else ""
            if function.options or needs_memory(function.signature):
                options += f" {memory}"
            if function.options or takes_pointers(function.signature):
                options += f' (realloc (core func $i{i}.guest "realloc"))'
            if function.post_return:
                options += f' (post-return (core func $i{i}.guest "post{n}"))'
            yield (f'(func $i{i}.f{n}{typed(function.signature)}\n'
                   f'    (canon lift (core func $i{i}.guest "f{n}"){options}))')
        source = "runtime" if guest.memory == "imported" else "guest"
        for name, type_text in LOG_FUNCTIONS:
            yield f'(func $i{i}.{name} {type_text} (canon lift (core func $i{i}.{source} "{name}")))'

    def instance(self, i: int, role: str, given: str) -> Iterator[str]:
        home, name = self.text.modules[self.number, i, role]
        if home != self.number and name not in self.aliased:
            self.aliased.add(name)
            yield f"(alias outer $D{home} {name} (core module {name}))"
        yield f"(core instance $i{i}.{role} (instantiate {name}{given}))"

    def lowers(self, i: int, guest: Guest) -> Iterator[str]:
        for n, used in enumerate(guest.imports):
            options = f" string-encoding={used.encoding}" if used.encoding else ""
            if used.options or needs_memory(used.signature):
                options += f" (memory (core memory {_memory(i, guest)}))"
            if lower_needs_realloc(used.signature):
                role = "guest" if guest.lowering == "indirect" or guest.memory == "own" else "runtime"
                options += f' (realloc (core func $i{i}.{role} "realloc"))'
            yield f"(core func $i{i}.c{n} (canon lower {self.ref(used.ref, 'func')}{options}))"

    def fixup(self, i: int, guest: Guest) -> Iterator[str]:
        yield from self.lowers(i, guest)
        given = f'{_lowered(i, guest)} (export "table" (table $i{i}.shim "table"))'
        yield from self.instance(i, "fixup", f' (with "" (instance{given}))')

    def exports(self) -> Iterator[str]:
        is_root = self.definition.home is None
        for export in self.definition.exports:
            tree = provided(self.text.blueprint, self.definition, export.ref)
            sort = "instance" if isinstance(tree, dict) else "func"
            ascribed = f" {self.described(tree)}" if mentions_nominal(tree) else ""
            yield f'(export "{export.name}" {self.ref(export.ref, sort)}{ascribed})'
        for prefix, (i, inner) in _logs(self.text.blueprint, self.number):
            own = isinstance(self.definition.items[i], Guest)
            outside = _qualified("root", prefix) if is_root and own else prefix
            for name, _ in LOG_FUNCTIONS:
                source = f"$i{i}.{name}" if own else f'$i{i} "{_qualified(inner, name)}"'
                yield f'(export "{_qualified(outside, name)}" (func {source}))'

    def ref(self, ref: Ref, sort: str) -> str:
        path = ref.path
        if ref.source == "import":
            name = f"$import{ref.index}"
        elif isinstance(self.definition.items[ref.index], Guest):
            name, path = f"$i{ref.index}.{path[0]}", ()
        else:
            name = f"$i{ref.index}"
        return f"({sort} {name}{''.join(f' {chr(34)}{p}{chr(34)}' for p in path)})"

    def described(self, tree: Tree) -> str:
        """The type of a function or instance."""
        if not isinstance(tree, dict):
            return f"(func{self.typed(tree)})"
        return f"""(instance{"".join(f' (export "{name}" {self.described(t)})' for name, t in tree.items())})"""


def _import(i: int, used: Import, typed: _Typed) -> str:
    if used.signature is not None:
        return f'(import "{used.name}" (func $import{i}{typed(used.signature)}))'
    members = "".join(f' (export "{name}" (func{typed(signature)}))' for name, signature in used.members)
    return f'(import "{used.name}" (instance $import{i}{members}))'


def _last_item(guest: Guest) -> int:
    """The number of the last item that the guest's imports come from; -1 for none."""
    return max((used.ref.index for used in guest.imports if used.ref.source == "item"), default=-1)


def _lowered(i: int, guest: Guest) -> str:
    return "".join(f' (export "c{n}" (func $i{i}.c{n}))' for n in range(len(guest.imports)))


def _memory(i: int, guest: Guest) -> str:
    return f'$i{i}.{"runtime" if guest.memory == "imported" else "guest"} "memory"'
