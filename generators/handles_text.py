"""A case about handles as component text, with everything needed to run it.

Definition *n* is the component `$D<n>`, instance *n* of the root `$i<n>`. A component imports and exports its resource
types as `h<n>`, its records and variants as `n<n>`, imports functions as `c<n>` and exports them as `f<n>`. The root
exports `run-<n>`, which carries out a script in instance *n*, and the instance's log under the prefix `i<n>`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from fact.model.types import Prim
from fact.model.values import Handle, Value
from generators.blueprint import Signature
from generators.components import LOG_FUNCTIONS, Rendered
from generators.handles import (
    SCRIPT,
    Call,
    Definition,
    FromHost,
    HandleBlueprint,
    HostDrop,
    Instance,
    Run,
    resources_in,
    with_script,
)
from generators.handles_guests import Encoder, Guest, runtime_fields
from generators.layout import lower_needs_realloc, needs_memory
from generators.typetext import TypeNames, constructed, nominal_parts, value_types
from generators.valtypes import BorrowOf, OwnOf, Type, is_nominal
from generators.values import value

DROP = "(drop)"
"""In the place of an export's name: the host drops the handle that is the only argument."""

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
    components = [_Component(d, definition, guests.get(d)) for d, definition in enumerate(blueprint.definitions)]
    most = max(definition.types for definition in blueprint.definitions)
    lines = ["(component $root", f"(core module $runtime\n{runtime_fields(most)[:-1]})"]
    lines += [component.text() for component in components]
    for i, instance in enumerate(blueprint.instances):
        lines.append(_instance(i, instance, blueprint, components))
    for i in range(len(blueprint.instances)):
        if not blueprint.definition(i).relay:
            lines.append(f'(export "run-{i}" (func $i{i} "run"))')
            lines += [f'(export "i{i}-{name}" (func $i{i} "{name}"))' for name, _ in LOG_FUNCTIONS]
    for i, t in dict.fromkeys((s.instance, t) for n, s in enumerate(blueprint.exports)
                              for t in resources_in(blueprint.exported(n))):
        lines.append(f'(export "h{i}-{t}" (type $i{i} "h{t}"))')
    lines += [f'(export "x{n}" (func $i{s.instance} "f{s.index}"))' for n, s in enumerate(blueprint.exports)]
    return "\n".join(lines).replace("\n", "\n  ") + ")\n"


def _instance(i: int, instance: Instance, blueprint: HandleBlueprint, components: list[_Component]) -> str:
    given = "".join(f' (with "h{n}" (type $i{s.instance} "h{s.index}"))' for n, s in enumerate(instance.types))
    imported = components[instance.definition].types.labels
    named: set[Type] = set()
    for n, source in enumerate(instance.functions):
        given += f' (with "c{n}" (func $i{source.instance} "f{source.index}"))'
        here = nominal_types(blueprint.definitions[instance.definition].imports[n])
        there = nominal_types(blueprint.definition(source.instance).exports[source.index])
        labels = components[blueprint.instances[source.instance].definition].types.labels
        for t, same in zip(here, there, strict=True):
            if t not in named:
                named.add(t)
                given += f' (with "n{imported[t]}" (type $i{source.instance} "n{labels[same]}"))'
    return f"(instance $i{i} (instantiate $D{instance.definition}{given}))"


def nominal_types(s: Signature) -> tuple[Type, ...]:
    """The records and variants in a function's type; equal ones as often as they occur under different handles."""
    return tuple(u for t in value_types(s) for u in constructed(t) if is_named(u))


def is_named(t: Type) -> bool:
    return is_nominal(t) and t in nominal_parts(Signature((t,)))


class _Names(TypeNames):
    """The names of the value types of a definition; *labels* numbers its records and variants."""

    def __init__(self, number: int, definition: Definition) -> None:
        self.number = number
        imports = [with_script(s) for s in definition.imports]
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


@dataclass(slots=True)
class _Component:
    """The text of one definition."""

    number: int
    definition: Definition
    guest: Guest | None
    types: _Names = field(init=False)

    def __post_init__(self) -> None:
        self.types = _Names(self.number, self.definition)

    def text(self) -> str:
        return "\n".join([f"(component $D{self.number}", *self.lines()]).replace("\n", "\n  ") + ")"

    def lines(self) -> Iterator[str]:
        definition = self.definition
        mentioned = {u for s in definition.imports for t in value_types(with_script(s)) for u in constructed(t)}
        yield from (f'(import "h{n}" (type $h{n} (sub resource)))' for n in range(definition.imported))
        yield from self.value_types([t for t in self.types.names if t in mentioned])
        for n, s in enumerate(definition.imports):
            yield f'(import "c{n}" (func $c{n}{self.types.function(with_script(s))}))'
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
            destructor = f' (dtor (core func $runtime "destroy{n}"))' if resource.destructor else ""
            yield f"(type $h{n}.is (resource (rep i32){destructor}))"
            yield f'(export $h{n} "h{n}" (type $h{n}.is))'

    def guest_lines(self, guest: Guest) -> Iterator[str]:
        memory = '(memory (core memory $runtime "memory"))'
        realloc = '(realloc (core func $runtime "realloc"))'
        fields = guest.fields()
        for name in guest.needed:
            number = int(name.lstrip("newrpdoc"))
            if name.startswith("c"):
                s = with_script(self.definition.imports[number])
                options = f" {memory}" + (f" {realloc}" if lower_needs_realloc(s) else "")
                yield f"(core func ${name}.lowered (canon lower (func $c{number}){options}))"
            else:
                yield f"(core func ${name}.lowered (canon resource.{name.rstrip('0123456789')} $h{number}))"
        exports = "".join(f' (export "{name}" (func ${name}.lowered))' for name in guest.needed)
        given = ' (with "runtime" (instance $runtime))'
        given += f' (with "imports" (instance{exports}))' if guest.needed else ""
        yield f"(core module $guest\n{fields[:-1]})"
        yield f"(core instance $guest (instantiate $guest{given}))"
        for n, f in enumerate(self.definition.functions):
            s = with_script(f.signature)
            assert needs_memory(s)
            post = f' (post-return (core func $guest "post{n}"))' if f.post_return else ""
            yield (f"(func $f{n}{self.types.function(s)}\n"
                   f'    (canon lift (core func $guest "f{n}") {memory} {realloc}{post}))')
            yield f'(export "f{n}" (func $f{n}))'
        yield (f"(func $run{self.types.function(RUN)}\n"
               f'    (canon lift (core func $runtime "run") {memory} {realloc}))')
        yield '(export "run" (func $run))'
        for name, type in LOG_FUNCTIONS:
            yield f'(func ${name} {type} (canon lift (core func $runtime "{name}")))'
            yield f'(export "{name}" (func ${name}))'
