"""Definitions and items that come in between: whoever refers to what stands behind them has its new number."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from msgspec.structs import replace

from generators.blueprint import Blueprint, Child, Code, Definition, Guest, Import, Item, Ref, in_text
from generators.hostile_choices import Hostile
from generators.rewriting.parts import with_refs


def with_item_inserted(b: Blueprint, d: int, at: int, item: Item) -> Blueprint:
    """*b* with *item* before item *at* of definition *d*. *item* itself refers to what is before it."""
    def moved(i: int) -> int:
        return i + (i >= at)

    def code(old: Code) -> Code:
        return Code(d, moved(old.item)) if old.definition == d and old.item is not None else old

    def ref(here: int, old: Ref) -> Ref:
        if (named := old.code) is not None:
            return in_text(code(named))
        return replace(old, index=moved(old.index)) if here == d and old.source == "item" else old

    definitions = [_renumbered(definition, partial(ref, n), code) for n, definition in enumerate(b.definitions)]
    items = [replace(old, lender=moved(old.lender)) if isinstance(old, Guest) and old.memory == "shared" else old
             for old in definitions[d].items]
    definitions[d] = replace(definitions[d], items=(*items[:at], item, *items[at:]))

    def hostile(h: Hostile) -> Hostile:
        return replace(h, place=replace(h.place, item=moved(h.place.item))) if h.place.definition == d else h

    return replace(b, definitions=tuple(definitions), hostile=tuple(map(hostile, b.hostile)))


def with_definitions_inserted(b: Blueprint, at: int, new: tuple[Definition, ...]) -> Blueprint:
    """*b* with *new* before definition *at*. Those that *new* refer to have their new numbers there."""
    def moved(d: int) -> int:
        return d + len(new) * (d >= at)

    definitions = [renumbered(definition, moved) for definition in b.definitions]
    hostile = tuple(replace(h, place=replace(h.place, definition=moved(h.place.definition))) for h in b.hostile)
    return replace(b, definitions=(*definitions[:at], *new, *definitions[at:]), hostile=hostile)


def renumbered(definition: Definition, moved: Callable[[int], int]) -> Definition:
    """*definition* where definitions have the numbers that *moved* gives for theirs."""
    def code(old: Code) -> Code:
        return Code(moved(old.definition), old.item)

    def ref(old: Ref) -> Ref:
        return old if (named := old.code) is None else in_text(code(named))

    changed = _renumbered(definition, ref, code)
    items = tuple(
        replace(item, definition=moved(item.definition)) if isinstance(item, Child) else item for item in changed.items
    )
    home = None if definition.home is None else moved(definition.home)
    return replace(changed, home=home, items=items)


def _renumbered(definition: Definition, ref: Callable[[Ref], Ref], code: Callable[[Code], Code]) -> Definition:
    def imported(used: Import) -> Import:
        if used.code is None and not used.library:
            return used
        return replace(used, code=used.code and code(used.code), library=tuple((n, code(c)) for n, c in used.library))

    return replace(with_refs(definition, ref), imports=tuple(map(imported, definition.imports)))
