"""Blueprints with one part replaced, and what their parts are."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from msgspec.structs import replace

from generators.blueprint import (
    Blueprint,
    Bundle,
    Child,
    Definition,
    Export,
    Function,
    Guest,
    Item,
    Ref,
    Relift,
    Step,
)
from generators.frozen import put
from generators.hostile_choices import START


def items_of(b: Blueprint) -> Iterator[tuple[int, int, Item]]:
    """Every item, by definition and number in it."""
    for d, definition in enumerate(b.definitions):
        for i, item in enumerate(definition.items):
            yield d, i, item


def guests_of(b: Blueprint) -> Iterator[tuple[int, int, Guest]]:
    for d, i, item in items_of(b):
        if isinstance(item, Guest):
            yield d, i, item


def guest_at(b: Blueprint, d: int, i: int) -> Guest:
    item = b.definitions[d].items[i]
    assert isinstance(item, Guest)
    return item


def steps_of(guest: Guest, function: int) -> tuple[Step, ...]:
    """Of function *function*, or of the start function (`START`)."""
    return guest.start if function == START else guest.functions[function].steps


def with_steps(guest: Guest, function: int, steps: tuple[Step, ...]) -> Guest:
    """*guest* with these steps in place of those that `steps_of` gives."""
    if function == START:
        return replace(guest, start=steps)
    return with_function(guest, function, replace(guest.functions[function], steps=steps))


def with_function(guest: Guest, number: int, function: Function) -> Guest:
    return replace(guest, functions=put(guest.functions, number, function))


def with_refs(definition: Definition, change: Callable[[Ref], Ref]) -> Definition:
    """*definition* with every reference in it changed."""
    items: list[Item] = []
    for item in definition.items:
        match item:
            case Guest(imports=imports, module=module):
                lowered = tuple(replace(used, ref=change(used.ref)) for used in imports)
                items.append(replace(item, imports=lowered, module=module and change(module)))
            case Child(args=args, given=given, surplus=surplus):
                items.append(replace(item, args=tuple(map(change, args)), given=given and change(given),
                                     surplus=tuple(map(change, surplus))))
            case Bundle(entries=entries):
                items.append(replace(item, entries=tuple((name, change(ref)) for name, ref in entries)))
            case Relift(ref=ref):
                items.append(replace(item, ref=change(ref)))
    exports = tuple(Export(export.name, change(export.ref)) for export in definition.exports)
    return replace(definition, items=tuple(items), exports=exports)


def with_item(b: Blueprint, d: int, i: int, item: Item) -> Blueprint:
    definition = b.definitions[d]
    items = put(definition.items, i, item)
    return with_definition(b, d, replace(definition, items=items))


def with_definition(b: Blueprint, d: int, definition: Definition) -> Blueprint:
    return replace(b, definitions=put(b.definitions, d, definition))
