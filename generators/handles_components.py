"""The text of one component definition of a case about handles, and of the parent, which is the root itself.

A component imports and exports its resource types as `h<n>`, its records and variants as `n<n>`, imports functions as
`c<n>` and exports them as `f<n>`, unless their names are of another form. The text of a definition depends on nothing
around it but `$root`'s `RUNTIME`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from fact.model.types import Prim
from generators.blueprint import Signature
from generators.handles import Definition, Dropping, Form, Noting, Storing
from generators.handles_guests import Guest
from generators.handles_values import SCRIPT, resources_in
from generators.layout import Pointer, lower_needs_realloc, needs_memory
from generators.logs import LOG_FUNCTIONS
from generators.typetext import TypeNames, constructed, nominal_parts, value_types
from generators.valtypes import BorrowOf, OwnOf, Type, is_nominal

_MEMORY = '(memory (core memory $runtime "memory"))'
_REALLOC = '(realloc (core func $runtime "realloc"))'

NOTE = '(param "rep" u32)'
"""What a function for another instance's destructors is given."""

RUNTIME: dict[Pointer, str] = {"i32": "$runtime", "i64": "$runtime64"}
"""The core modules of the root that guests stand on, by the type of their memory's addresses."""

RUN = Signature((SCRIPT,))
"""The type of the root's exports."""


def formed(plain: str, form: Form, s: Signature, taken: set[str]) -> str:
    """A function's name of that form, its resource types being called `h<n>`; *plain* where that name is *taken*."""
    match form:
        case "plain":
            return plain
        case "constructor":
            name = f"[constructor]h{resources_in(s)[0]}"
        case _:
            name = f"[{form}]h{resources_in(s)[0]}.{plain}"
    return plain if name in taken else name


def labelled(text: str, form: Form) -> str:
    """A function type as text, its first parameter called `self` if it is a method's."""
    return text.replace('(param "p0"', '(param "self"', 1) if form == "method" else text


def nominal_types(s: Signature) -> tuple[Type, ...]:
    """The records and variants in a function's type; equal ones as often as they occur under different handles."""
    return tuple(u for t in value_types(s) for u in constructed(t) if is_named(u))


def is_named(t: Type) -> bool:
    return is_nominal(t) and t in nominal_parts(Signature((t,)))


class Names(TypeNames):
    """The names of the value types of a definition; *labels* numbers its records and variants.

    *is_root*: it has no imports, though there are functions that its guest calls.
    """

    def __init__(self, number: int, definition: Definition, is_root: bool) -> None:
        self.number = number
        imports = [] if is_root else list(map(definition.import_type, range(len(definition.imports))))
        self.imported = tuple(dict.fromkeys(t for s in imports for t in nominal_types(s)))
        found = dict.fromkeys(
            u for s in (*imports, RUN, *definition.export_types) for t in value_types(s)
            for u in constructed(t) if not isinstance(u, OwnOf | BorrowOf)
        )
        self.names: dict[Type, str] = {t: f"$D{number}.v{i}" for i, t in enumerate(found)}
        self.labels: dict[Type, int] = {t: i for i, t in enumerate(t for t in found if is_named(t))}

    def name(self, t: Type) -> str:
        return self.text(t) if isinstance(t, Prim | OwnOf | BorrowOf) else self.names[t]

    def label(self, t: Type) -> str:
        return f"n{self.labels[t]}"


@dataclass(slots=True)
class Component:
    """The text of one definition. *noted*: others' destructors call it. *forms* are those of the names of what it
    imports; of what it exports, functions of its own types have such names. *note* is the function for its destructors.
    """

    definition: Definition
    guest: Guest | None
    types: Names
    noted: bool
    forms: Sequence[Form]
    note: str
    import_names: list[str] = field(init=False)
    export_names: list[str] = field(init=False)

    def __post_init__(self) -> None:
        definition = self.definition
        self.import_names = _names("c", definition.imports, self.forms)
        of_own: list[Form] = [f.form if resources_in(f.signature)[:1] >= [definition.imported] else "plain"
                  for f in definition.functions]
        plain: list[Form] = ["plain"] * len(definition.imports)
        self.export_names = _names("f", definition.exports, plain if definition.relay else of_own)

    @property
    def export_forms(self) -> Sequence[Form]:
        return self.forms if self.definition.relay else [f.form for f in self.definition.functions]

    def text(self) -> str:
        return "\n".join([f"(component $D{self.types.number}", *self.lines()]).replace("\n", "\n  ") + ")"

    def lines(self) -> Iterator[str]:
        definition = self.definition
        imports = [definition.import_type(n) for n in range(len(definition.imports))]
        mentioned = {u for s in imports for t in value_types(s) for u in constructed(t)}
        yield from (f'(import "h{n}" (type $h{n} (sub resource)))' for n in range(definition.imported))
        yield from self.value_types([t for t in self.types.names if t in mentioned])
        for n, (s, name, form) in enumerate(zip(imports, self.import_names, self.forms, strict=True)):
            yield f'(import "{name}" (func $c{n}{labelled(self.types.function(s), form)}))'
        if definition.notes:
            yield f'(import "note" (func {self.note} {NOTE}))'
        yield from (f'(export "h{n}" (type $h{n}))' for n in range(definition.imported))
        if self.guest is not None:
            yield f"(alias outer $root {RUNTIME[definition.pointer]} (core module $runtime))"
            yield "(core instance $runtime (instantiate $runtime))"
            yield from self.resources()
        yield from self.value_types([t for t in self.types.names if t not in mentioned])
        if self.guest is None:
            yield from (f'(export "{name}" (func $c{n}))' for n, name in enumerate(self.export_names))
        else:
            yield from self.guest_lines(self.guest)

    def value_types(self, types: list[Type]) -> Iterator[str]:
        for t in types:
            name, text = self.types.names[t], self.types.text(t)
            if t in self.types.imported:
                yield f"(type {name}.is {text})"
                yield f'(import "{self.types.label(t)}" (type {name} (eq {name}.is)))'
                yield f'(export "{self.types.label(t)}" (type {name}))'
            elif t in self.types.labels:
                yield f"(type {name}.is {text})"
                yield f'(export {name} "{self.types.label(t)}" (type {name}.is))'
            else:
                yield f"(type {name} {text})"

    def resources(self) -> Iterator[str]:
        for n, resource in enumerate(self.definition.resources, self.definition.imported):
            destructor = f'$runtime "destroy{n}"'
            match resource.destructor:
                case Dropping(type=type):
                    destructor = f"$destroy{n}"
                    yield f"(core func {destructor} (canon resource.drop $h{type}))"
                case Storing():
                    destructor = f"$destroy{n}"
                    yield f"(core func {destructor} (canon context.set i32 0))"
                case Noting():
                    destructor = f"$destroy{n}"
                    yield f"(core func {destructor} (canon lower (func {self.note})))"
            clause = f" (dtor (core func {destructor}))" if resource.destructor else ""
            yield f"(type $h{n}.is (resource (rep i32){clause}))"
            yield f'(export $h{n} "h{n}" (type $h{n}.is))'

    def guest_lines(self, guest: Guest) -> Iterator[str]:
        yield f"(core module $guest\n{guest.fields()[:-1]})"
        yield from self.lowered(guest)
        yield from self.guest_instance(f"(instance{_needed(guest)})" if guest.needed else "")
        yield from self.lifted()
        yield '(export "run" (func $run))'
        yield from (f'(export "{name}" (func $f{n}))' for n, name in enumerate(self.export_names))
        yield from (f'(export "{name}" (func ${name}))' for name, _ in LOG_FUNCTIONS)
        if self.noted:
            yield '(export "note" (func $note))'

    # -- the parent: the root itself, whose guest calls its children through a table

    def before_children(self) -> Iterator[str]:
        guest = self.guest
        assert guest is not None
        yield f"(core instance $runtime (instantiate {RUNTIME[self.definition.pointer]}))"
        yield from self.resources()
        yield from self.value_types(list(self.types.names))
        yield f"(core module $guest\n{guest.fields()[:-1]})"
        if guest.needed:
            yield f"(core module $shim\n{_shim(guest)})"
            yield "(core instance $shim (instantiate $shim))"
        yield from self.guest_instance("(instance $shim)" if guest.needed else "")
        yield from self.lifted()

    def after_children(self) -> Iterator[str]:
        """When its imported types and functions have got their names."""
        guest = self.guest
        assert guest is not None
        if guest.needed:
            yield from self.lowered(guest)
            yield f"(core module $fixup\n{_fixup(guest)})"
            table = ' (export "table" (table $shim "table"))'
            yield f'(core instance (instantiate $fixup (with "" (instance{table}{_needed(guest)}))))'

    # -- parts of either

    def lowered(self, guest: Guest) -> Iterator[str]:
        for name in guest.needed:
            yield f"(core func ${name}.lowered (canon {self.canon(name)}))"

    def canon(self, name: str) -> str:
        """The definition of what the guest imports as *name*."""
        if name == "note":
            return f"lower (func {self.note})"
        if name.startswith("context"):
            return f"{name} i32 0"
        kind, number = name.rstrip("0123456789"), int(name.lstrip("newrpdoc"))
        if kind != "c":
            return f"resource.{kind} $h{number}"
        s = self.definition.import_type(number)
        options = (f" {_MEMORY}" if needs_memory(s) else "") + (f" {_REALLOC}" if lower_needs_realloc(s) else "")
        return f"lower (func $c{number}){options}"

    def guest_instance(self, imports: str) -> Iterator[str]:
        given = ' (with "runtime" (instance $runtime))' + (f' (with "imports" {imports})' if imports else "")
        yield f"(core instance $guest (instantiate $guest{given}))"

    def lifted(self) -> Iterator[str]:
        for n, (f, s) in enumerate(zip(self.definition.functions, self.definition.export_types, strict=True)):
            assert needs_memory(s)
            post = f' (post-return (core func $guest "post{n}"))' if f.post_return else ""
            yield (f"(func $f{n}{labelled(self.types.function(s), f.form)}\n"
                   f'    (canon lift (core func $guest "f{n}") {_MEMORY} {_REALLOC}{post}))')
        yield (f"(func $run{self.types.function(RUN)}\n"
               f'    (canon lift (core func $runtime "run") {_MEMORY} {_REALLOC}))')
        for name, type in LOG_FUNCTIONS:
            yield f'(func ${name} {type} (canon lift (core func $runtime "{name}")))'
        if self.noted:
            yield f'(func $note {NOTE} (canon lift (core func $runtime "note")))'


def _names(letter: str, signatures: Sequence[Signature], forms: Sequence[Form]) -> list[str]:
    found: list[str] = []
    for n, (s, form) in enumerate(zip(signatures, forms, strict=True)):
        found.append(formed(f"{letter}{n}", form, s, set(found)))
    return found


def _needed(guest: Guest) -> str:
    return "".join(f' (export "{name}" (func ${name}.lowered))' for name in guest.needed)


def _shim(guest: Guest) -> str:
    """Functions that call what stands in the table under their number."""
    text = f'  (table (export "table") {len(guest.needed)} funcref)'
    for n, (name, type) in enumerate(guest.needed.items()):
        passed = "".join(f" (local.get {i})" for i in range(type.count("param")))
        text += f'\n  (func (export "{name}") {type}\n    (call_indirect {type}{passed} (i32.const {n})))'
    return text


def _fixup(guest: Guest) -> str:
    text = "".join(f'  (import "" "{name}" (func ${name} {type}))\n' for name, type in guest.needed.items())
    table = f'  (import "" "table" (table {len(guest.needed)} funcref))\n'
    return f"{text}{table}  (elem (i32.const 0) func{''.join(f' ${name}' for name in guest.needed)})"
