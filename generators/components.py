"""A blueprint as component text, with everything needed to run it.

Definition *n* is the component `$D<n>`, item *n* of a definition `$i<n>`, import *n* `$import<n>`. Every guest lifts
its log as `log-count: func() -> u32`, `log-entry: func(i: u32) -> u64` and `log-digest: func() -> u64`; a definition
exports them for all the guests inside, under a prefix that tells them apart, up to the root.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from fact.model.values import Value
from generators.blueprint import (
    Behaviour,
    Blueprint,
    Bundle,
    Child,
    Code,
    Definition,
    Guest,
    Import,
    Item,
    Ref,
    Relift,
    Signature,
    in_text,
)
from generators.codetext import Typed, refs
from generators.layout import lower_needs_realloc, needs_memory, takes_pointers
from generators.logs import LOG_FUNCTIONS, log_prefixes, logs, qualified
from generators.placing import Places, placed
from generators.referring import Referring
from generators.runtime import borrows_realloc
from generators.seconds import has_second, is_elsewhere
from generators.typetext import TypeNames, import_signatures, is_whole, mentions_nominal, provided
from generators.valtypes import Type
from generators.values import value
from generators.wiring import called, wire


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
    return _definition(placed(blueprint), blueprint.root) + "\n"


def _definition(text: Places, d: int) -> str:
    """The text of definition *d* and of those inside it, without a newline at the end."""
    definition = text.blueprint.definitions[d]
    lines = [f"(component $D{d}"]
    lines += [f"(core module {name}\n{fields[:-1]})" for fields, name in text.homes.get(d, {}).items()]
    types = text.types[d]
    lines += types.lines(None if definition.home is None else text.types[definition.home])
    lines += [f"(type $D{d}.t{i} (func{types.function(s)}))" for i, s in enumerate(definition.types)]
    lines += text.import_types.get(d, ())
    lines += [_definition(text, inner) for inner, other in enumerate(text.blueprint.definitions) if other.home == d]
    lines += _Body(text, d, definition, Referring(text, d, definition)).lines()
    return "\n".join(lines).replace("\n", "\n  ") + ")"


@dataclass(slots=True)
class _Body:
    """What one definition holds after its modules, types and inner definitions."""

    text: Places
    number: int
    definition: Definition
    to: Referring
    """How it refers to things."""

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
            yield from self.import_(i, used, typed)
        for code in dict.fromkeys(code for ref in refs(self.definition) if (code := ref.code) is not None):
            yield from self.to.sight(code)
        pending: dict[int, Guest] = {}
        for i, item in enumerate(self.definition.items):
            yield from self.item(i, item, typed)
            if isinstance(item, Guest) and item.lowering == "indirect" and item.imports:
                pending[i] = item
            for waiting in [w for w, guest in pending.items() if _last_item(guest) <= i]:
                yield from self.fixup(waiting, pending.pop(waiting))
        yield from self.exports()

    def import_(self, i: int, used: Import, typed: Typed) -> Iterator[str]:
        if (type_name := self.text.types_further_out.get((self.number, i))) is not None:
            home, sort, name = type_name
            yield from self.to.outer(home, f"{'core ' if sort == 'core module' else ''}type", name)
            yield f'(import "{used.name}" ({sort} $import{i} (type {name})))'
        elif used.name in self.types.members:
            yield f'(import "{used.name}" {self.types.instance(used, f" $import{i}")})'
        else:
            as_named = self.typed if any(map(mentions_nominal, import_signatures([used]))) else typed
            yield f'(import "{used.name}" {self.text.code.described(used.tree, as_named, f" $import{i}")})'

    def item(self, i: int, item: Item, typed: Typed) -> Iterator[str]:
        match item:
            case Guest():
                yield from self.guest(i, item, typed)
            case Child(definition=definition, args=args):
                code = in_text(Code(definition)) if item.given is None else item.given
                component = self.to.called(code, f"$i{i}.component")
                yield from self.to.named(code, "component", component)
                imports = self.text.blueprint.definitions[definition].imports
                inner = self.text.types[definition]
                given = "".join(
                    f' (with "{label}" {self.type_given(i, t)})'
                    for t in inner.imported for label in inner.import_labels(t)
                )
                for used, arg in zip(imports, args, strict=True):
                    if used.name in inner.members:
                        yield self.with_types(i, used, arg, inner.members[used.name])
                        given += f' (with "{used.name}" (instance $i{i}.{used.name}))'
                    else:
                        given += f' (with "{used.name}" {self.to.ref(arg)})'
                given += "".join(f' (with "surplus{n}" {self.to.ref(ref)})' for n, ref in enumerate(item.surplus))
                yield f"(instance $i{i} (instantiate {component}{given}))"
            case Bundle(entries=entries):
                exports = "".join(f' (export "{name}" {self.to.ref(ref)})' for name, ref in entries)
                yield f"(instance $i{i}{exports})"
            case Relift(ref=ref, signature=signature):
                yield f"(core func $i{i}.lowered (canon lower {self.to.ref(ref)}))"
                yield f"(func $i{i}{typed(signature)} (canon lift (core func $i{i}.lowered)))"

    def guest(self, i: int, guest: Guest, typed: Typed) -> Iterator[str]:
        given = ""
        if guest.memory == "imported":
            yield from self.instance(i, "runtime", "")
        if guest.memory != "own":
            given = f' (with "runtime" (instance {self.memory_of(i, guest)}))'
        if has_second(guest) and is_elsewhere(guest):
            yield from self.instance(i, "store", "")
            given += f' (with "store" (instance $i{i}.store))'
        if guest.imports and guest.lowering == "indirect":
            yield from self.instance(i, "shim", "")
            given += f' (with "dep" (instance $i{i}.shim))'
        elif guest.imports:
            yield from self.lowers(i, guest)
            given += f' (with "dep" (instance{_lowered(i, guest)}))'
        yield from self.instance(i, "guest", given)
        memory = f'(memory (core memory {self.memory_of(i, guest)} "memory"))'
        lends = guest.realloc == "lender's" and borrows_realloc(guest)
        realloc = f'{self.memory_of(i, guest) if lends else f"$i{i}.guest"} "realloc"'
        for n, function in enumerate(guest.functions):
            options = f" string-encoding={function.encoding}" if function.encoding else ""
            if function.options or needs_memory(function.signature):
                options += f" {memory}"
            if function.options or takes_pointers(function.signature):
                options += f" (realloc (core func {realloc}))"
            if function.post_return:
                options += f' (post-return (core func $i{i}.guest "post{n}"))'
            yield (f'(func $i{i}.f{n}{typed(function.signature)}\n'
                   f'    (canon lift (core func $i{i}.guest "f{n}"){options}))')
        for name, type_text in LOG_FUNCTIONS:
            yield f'(func $i{i}.{name} {type_text} (canon lift (core func {self.memory_of(i, guest)} "{name}")))'

    def memory_of(self, i: int, guest: Guest) -> str:
        """The core instance that has the memory of item *i*, its allocator and its log."""
        if guest.memory == "shared":
            lender = self.definition.items[guest.lender]
            assert isinstance(lender, Guest)
            return self.memory_of(guest.lender, lender)
        return f"$i{i}.{'runtime' if guest.memory == 'imported' else 'guest'}"

    def instance(self, i: int, role: str, given: str) -> Iterator[str]:
        home, name = self.text.modules[self.number, i, role]
        guest = self.definition.items[i]
        if role == "guest" and isinstance(guest, Guest) and guest.module is not None:
            name = self.to.called(guest.module, f"$i{i}.module")
            yield from self.to.named(guest.module, "core module", name)
        else:
            yield from self.to.outer(home, "core module", name)
        yield f"(core instance $i{i}.{role} (instantiate {name}{given}))"

    def lowers(self, i: int, guest: Guest) -> Iterator[str]:
        for n, used in enumerate(guest.imports):
            options = f" string-encoding={used.encoding}" if used.encoding else ""
            second = guest.uses_second(used)
            store = f"$i{i}.{'store' if is_elsewhere(guest) else 'guest'}"
            memory = f'{store} "memory2"' if second else f'{self.memory_of(i, guest)} "memory"'
            if used.options or needs_memory(used.signature):
                options += f" (memory (core memory {memory}))"
            if lower_needs_realloc(used.signature):
                owner = f"$i{i}.guest" if guest.lowering == "indirect" else self.memory_of(i, guest)
                realloc = f'{store} "realloc2"' if second else f'{owner} "realloc"'
                options += f" (realloc (core func {realloc}))"
            yield f"(core func $i{i}.c{n} (canon lower {self.to.ref(used.ref)}{options}))"

    def fixup(self, i: int, guest: Guest) -> Iterator[str]:
        yield from self.lowers(i, guest)
        given = f'{_lowered(i, guest)} (export "table" (table $i{i}.shim "table"))'
        yield from self.instance(i, "fixup", f' (with "" (instance{given}))')

    def exports(self) -> Iterator[str]:
        is_root = self.definition.home is None
        for export in self.definition.exports:
            tree = provided(self.text.blueprint, self.definition, export.ref)
            as_exported = self.types.exported_function if "again" in self.types.naming else self.typed
            ascribed = f" {self.text.code.described(tree, as_exported)}" if mentions_nominal(tree) else ""
            yield f'(export "{export.name}" {self.to.ref(export.ref)}{ascribed})'
        if "of instances" in self.types.naming:
            yield from self.types_of_instances()
        for prefix, (i, inner) in logs(self.text.blueprint, self.number):
            own = isinstance(self.definition.items[i], Guest)
            outside = qualified("root", prefix) if is_root and own else prefix
            for name, _ in LOG_FUNCTIONS:
                source = f"$i{i}.{name}" if own else f'$i{i} "{qualified(inner, name)}"'
                yield f'(export "{qualified(outside, name)}" (func {source}))'

    def types_of_instances(self) -> Iterator[str]:
        """Exports the types that instances export, those that are made here and those that are imported."""
        for i, used in enumerate(self.definition.imports):
            for t, member in self.types.members.get(used.name, {}).items():
                if is_whole(t):
                    yield f'(export "of-import{i}-{member}" (type $import{i} "{member}"))'
        for i, item in enumerate(self.definition.items):
            if isinstance(item, Child) and item.given is None:
                inner = self.text.types[item.definition]
                for t in inner.names:
                    if (label := inner.given(t)) is not None and is_whole(t):
                        yield f'(export "of-i{i}-{label}" (type $i{i} "{label}"))'

    def with_types(self, i: int, used: Import, arg: Ref, types: dict[Type, str]) -> str:
        """An instance that has the functions that item *i* wants of *arg*, and their *types* as well."""
        functions = (
            f' (export "{name}" {self.to.ref(Ref(arg.source, arg.index, (*arg.path, name)))})'
            for name, _ in used.members
        )
        named = (f' (export "{label}" {self.type_given(i, t)})' for t, label in types.items())
        return f"(instance $i{i}.{used.name}{''.join((*functions, *named))})"

    def type_given(self, i: int, t: Type) -> str:
        """A type as an argument for item *i*: the definition's own, or what an instance before it exports."""
        if "of instances" in self.types.naming:
            for before, item in enumerate(self.definition.items[:i]):
                if isinstance(item, Child) and item.given is None:
                    label = self.text.types[item.definition].given(t)
                    if label is not None:
                        return f'(type $i{before} "{label}")'
        return f"(type {self.types.name(t)})"


def _last_item(guest: Guest) -> int:
    """The number of the last item that the guest's imports come from; -1 for none."""
    return max((used.ref.index for used in guest.imports if used.ref.source == "item"), default=-1)


def _lowered(i: int, guest: Guest) -> str:
    return "".join(f' (export "c{n}" (func $i{i}.c{n}))' for n in range(len(guest.imports)))
