"""A case about handles as component text, with everything needed to run it.

Definition *n* is the component `$D<n>`, instance *n* of the root `$i<n>`. A component imports and exports its resource
types as `h<n>`, its records and variants as `n<n>`, imports functions as `c<n>` and exports them as `f<n>`. The root
exports `run-<n>`, which carries out a script in instance *n*, and the instance's log under the prefix `i<n>`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from fact.model.types import Prim
from fact.model.values import Handle, Value
from generators.blueprint import Signature
from generators.components import LOG_FUNCTIONS, Rendered
from generators.handles import (
    Call,
    Definition,
    Dropping,
    FromHost,
    HandleBlueprint,
    HostDrop,
    Instance,
    Noting,
    Run,
    Storing,
)
from generators.handles_guests import Encoder, Guest
from generators.handles_runtime import runtime_fields
from generators.handles_values import SCRIPT, resources_in, with_script
from generators.layout import lower_needs_realloc, needs_memory
from generators.typetext import TypeNames, constructed, nominal_parts, value_types
from generators.valtypes import BorrowOf, OwnOf, Type, is_nominal
from generators.values import value

_MEMORY = '(memory (core memory $runtime "memory"))'
_REALLOC = '(realloc (core func $runtime "realloc"))'

DROP = "(drop)"
"""In the place of an export's name: the host drops the handle that is the only argument."""

NOTE = '(param "rep" u32)'
"""What a function for another instance's destructors is given."""

RUN = Signature((SCRIPT,))
"""The type of the root's exports."""


def render(blueprint: HandleBlueprint) -> Rendered:
    """The component's text and what belongs to it; a pure function of *blueprint*."""
    encoder = Encoder(blueprint)
    calls = tuple(_call(blueprint, call, encoder) for call in blueprint.calls)
    return Rendered(component_text(blueprint, encoder.guests), calls, log_prefixes(blueprint), {})


def signatures(blueprint: HandleBlueprint) -> tuple[Signature, ...]:
    """The type of what each call calls."""
    return tuple(_signature(blueprint, call) for call in blueprint.calls)


def _signature(blueprint: HandleBlueprint, call: Call) -> Signature:
    match call:
        case Run():
            return RUN
        case FromHost(export=export):
            source = blueprint.exports[export]
            return with_script(blueprint.linked(source.instance, blueprint.exported(export)))
        case HostDrop():
            return Signature((OwnOf(0),))


def _call(blueprint: HandleBlueprint, call: Call, encoder: Encoder) -> tuple[str, tuple[Value, ...]]:
    if isinstance(call, HostDrop):
        return DROP, (Handle(call.handle),)
    words = encoder.words(blueprint.enters(call), call.script)
    if isinstance(call, Run):
        return f"run-{call.instance}", (words,)
    params = blueprint.exported(call.export).params
    return f"x{call.export}", (*(value(t, image) for t, image in zip(params, call.args, strict=True)), words)


def log_prefixes(blueprint: HandleBlueprint) -> tuple[str, ...]:
    return tuple(f"i{i}" for i in range(len(blueprint.instances)) if not blueprint.definition(i).relay)


def component_text(blueprint: HandleBlueprint, guests: dict[int, Guest]) -> str:
    """*guests* know the scripts that instances are to carry out."""
    noted = {blueprint.instances[i.noted].definition for i in blueprint.instances if i.noted is not None}
    components = [
        _Component(definition, guests.get(d), _Names(d, definition, blueprint.parent and d == 0), d in noted)
        for d, definition in enumerate(blueprint.definitions)
    ]
    most = max(definition.types for definition in blueprint.definitions)
    lines = ["(component $root", f"(core module $runtime\n{runtime_fields(most, bool(noted))[:-1]})"]
    parent = components[0] if blueprint.parent else None
    if parent is not None:
        lines += parent.before_children()
    lines += [component.text() for component in components if component is not parent]
    for i, instance in enumerate(blueprint.instances):
        if parent is None or i > 0:
            lines.append(_instance(i, instance, blueprint, components))
    if parent is not None:
        lines += parent.after_children(blueprint.instances[0])
    for i in range(len(blueprint.instances)):
        if not blueprint.definition(i).relay:
            lines.append(f'(export "run-{i}" {_named(blueprint, i, "func", "run")})')
            lines += [f'(export "i{i}-{name}" {_named(blueprint, i, "func", name)})' for name, _ in LOG_FUNCTIONS]
    lines += _exports(blueprint)
    return "\n".join(lines).replace("\n", "\n  ") + ")\n"


def _exports(blueprint: HandleBlueprint) -> Iterator[str]:
    """The functions for the host, by exported names of the resource types."""
    linked = [blueprint.linked(s.instance, blueprint.exported(n)) for n, s in enumerate(blueprint.exports)]
    for number in dict.fromkeys(r for s in linked for r in resources_in(s)):
        i, t = divmod(number, 1 << 8)
        yield f'(export $x{number} "h{i}-{t}" {_named(blueprint, i, "type", f"h{t}")})'
    names = _Inline()
    for n, (source, s) in enumerate(zip(blueprint.exports, linked, strict=True)):
        function = _named(blueprint, source.instance, "func", f"f{source.index}")
        yield f'(export "x{n}" {function} (func{names.function(with_script(s))}))'


def _named(blueprint: HandleBlueprint, instance: int, sort: str, name: str) -> str:
    """An export of an instance, or what the parent calls by that name."""
    return f"({sort} ${name})" if blueprint.parent and instance == 0 else f'({sort} $i{instance} "{name}")'


def _instance(i: int, instance: Instance, blueprint: HandleBlueprint, components: list[_Component]) -> str:
    given = "".join(f' (with "h{n}" {_named(blueprint, s.instance, "type", f"h{s.index}")})'
                    for n, s in enumerate(instance.types))
    imported = components[instance.definition].types.labels
    named: set[Type] = set()
    for n, source in enumerate(instance.functions):
        given += f' (with "c{n}" {_named(blueprint, source.instance, "func", f"f{source.index}")})'
        here = nominal_types(blueprint.definitions[instance.definition].imports[n])
        there = nominal_types(blueprint.definition(source.instance).exports[source.index])
        labels = components[blueprint.instances[source.instance].definition].types.labels
        for t, same in zip(here, there, strict=True):
            if t not in named:
                named.add(t)
                name = components[0].types.names[same] if blueprint.parent and source.instance == 0 else ""
                type = f"(type {name})" if name else f'(type $i{source.instance} "n{labels[same]}")'
                given += f' (with "n{imported[t]}" {type})'
    if instance.noted is not None:
        given += f' (with "note" {_named(blueprint, instance.noted, "func", "note")})'
    return f"(instance $i{i} (instantiate $D{instance.definition}{given}))"


def nominal_types(s: Signature) -> tuple[Type, ...]:
    """The records and variants in a function's type; equal ones as often as they occur under different handles."""
    return tuple(u for t in value_types(s) for u in constructed(t) if is_named(u))


def is_named(t: Type) -> bool:
    return is_nominal(t) and t in nominal_parts(Signature((t,)))


class _Names(TypeNames):
    """The names of the value types of a definition; *labels* numbers its records and variants.

    *is_root*: it has no imports, though there are functions that its guest calls.
    """

    def __init__(self, number: int, definition: Definition, is_root: bool) -> None:
        self.number = number
        imports = [] if is_root else [with_script(s) for s in definition.imports]
        self.imported = tuple(dict.fromkeys(t for s in imports for t in nominal_types(s)))
        found = dict.fromkeys(
            u for s in (*imports, RUN, *map(with_script, definition.exports)) for t in value_types(s)
            for u in constructed(t) if not isinstance(u, OwnOf | BorrowOf)
        )
        self.names: dict[Type, str] = {t: f"$D{number}.v{i}" for i, t in enumerate(found)}
        self.labels: dict[Type, int] = {t: i for i, t in enumerate(t for t in found if is_named(t))}

    def name(self, t: Type) -> str:
        return self.text(t) if isinstance(t, Prim | OwnOf | BorrowOf) else self.names[t]

    def label(self, t: Type) -> str:
        return f"n{self.labels[t]}"


class _Inline(TypeNames):
    """Types that are written out wherever they are used: there are no records and variants."""

    def __init__(self) -> None:
        self.names = {}

    def name(self, t: Type) -> str:
        match t:
            case OwnOf(resource=resource):
                return f"(own $x{resource})"
            case BorrowOf(resource=resource):
                return f"(borrow $x{resource})"
        return self.text(t)


@dataclass(slots=True)
class _Component:
    """The text of one definition. *noted*: others' destructors call it."""

    definition: Definition
    guest: Guest | None
    types: _Names
    noted: bool

    def text(self) -> str:
        return "\n".join([f"(component $D{self.types.number}", *self.lines()]).replace("\n", "\n  ") + ")"

    def lines(self) -> Iterator[str]:
        definition = self.definition
        mentioned = {u for s in definition.imports for t in value_types(with_script(s)) for u in constructed(t)}
        yield from (f'(import "h{n}" (type $h{n} (sub resource)))' for n in range(definition.imported))
        yield from self.value_types([t for t in self.types.names if t in mentioned])
        for n, s in enumerate(definition.imports):
            yield f'(import "c{n}" (func $c{n}{self.types.function(with_script(s))}))'
        if definition.notes:
            yield f'(import "note" (func $noted {NOTE}))'
        yield from (f'(export "h{n}" (type $h{n}))' for n in range(definition.imported))
        if self.guest is not None:
            yield "(alias outer $root $runtime (core module $runtime))"
            yield "(core instance $runtime (instantiate $runtime))"
            yield from self.resources()
        yield from self.value_types([t for t in self.types.names if t not in mentioned])
        if self.guest is None:
            yield from (f'(export "f{n}" (func $c{n}))' for n in range(len(definition.imports)))
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
                    yield f"(core func {destructor} (canon lower (func $noted)))"
            clause = f" (dtor (core func {destructor}))" if resource.destructor else ""
            yield f"(type $h{n}.is (resource (rep i32){clause}))"
            yield f'(export $h{n} "h{n}" (type $h{n}.is))'

    def guest_lines(self, guest: Guest) -> Iterator[str]:
        yield f"(core module $guest\n{guest.fields()[:-1]})"
        yield from self.lowered(guest)
        yield from self.guest_instance(f"(instance{_needed(guest)})" if guest.needed else "")
        yield from self.lifted()
        yield '(export "run" (func $run))'
        yield from (f'(export "f{n}" (func $f{n}))' for n in range(len(self.definition.functions)))
        yield from (f'(export "{name}" (func ${name}))' for name, _ in LOG_FUNCTIONS)
        if self.noted:
            yield '(export "note" (func $note))'

    # -- the parent: the root itself, whose guest calls its children through a table

    def before_children(self) -> Iterator[str]:
        guest = self.guest
        assert guest is not None
        yield "(core instance $runtime (instantiate $runtime))"
        yield from self.resources()
        yield from self.value_types(list(self.types.names))
        yield f"(core module $guest\n{guest.fields()[:-1]})"
        if guest.needed:
            yield f"(core module $shim\n{_shim(guest)})"
            yield "(core instance $shim (instantiate $shim))"
        yield from self.guest_instance("(instance $shim)" if guest.needed else "")
        yield from self.lifted()

    def after_children(self, instance: Instance) -> Iterator[str]:
        guest = self.guest
        assert guest is not None
        for n, s in enumerate(instance.types):
            yield f'(alias export $i{s.instance} "h{s.index}" (type $h{n}))'
        for n, s in enumerate(instance.functions):
            yield f'(alias export $i{s.instance} "f{s.index}" (func $c{n}))'
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
            return "lower (func $noted)"
        if name.startswith("context"):
            return f"{name} i32 0"
        kind, number = name.rstrip("0123456789"), int(name.lstrip("newrpdoc"))
        if kind != "c":
            return f"resource.{kind} $h{number}"
        s = with_script(self.definition.imports[number])
        options = f" {_MEMORY}" + (f" {_REALLOC}" if lower_needs_realloc(s) else "")
        return f"lower (func $c{number}){options}"

    def guest_instance(self, imports: str) -> Iterator[str]:
        given = ' (with "runtime" (instance $runtime))' + (f' (with "imports" {imports})' if imports else "")
        yield f"(core instance $guest (instantiate $guest{given}))"

    def lifted(self) -> Iterator[str]:
        for n, f in enumerate(self.definition.functions):
            s = with_script(f.signature)
            assert needs_memory(s)
            post = f' (post-return (core func $guest "post{n}"))' if f.post_return else ""
            yield (f"(func $f{n}{self.types.function(s)}\n"
                   f'    (canon lift (core func $guest "f{n}") {_MEMORY} {_REALLOC}{post}))')
        yield (f"(func $run{self.types.function(RUN)}\n"
               f'    (canon lift (core func $runtime "run") {_MEMORY} {_REALLOC}))')
        for name, type in LOG_FUNCTIONS:
            yield f'(func ${name} {type} (canon lift (core func $runtime "{name}")))'
        if self.noted:
            yield f'(func $note {NOTE} (canon lift (core func $runtime "note")))'


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
