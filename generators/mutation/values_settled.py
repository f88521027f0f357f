"""What a changed case needs to be in order: guests that can be wired, hostile choices that have a place, calls that
end."""

from __future__ import annotations

from msgspec.structs import replace

from generators.blueprint import Blueprint, Definition, Guest, Step
from generators.frozen import put
from generators.hostile import conflict
from generators.hostile_choices import (
    RESULT,
    START,
    Damaged,
    Hostile,
    Leaving,
    Meddling,
    RawArgument,
    RawResult,
    Reentry,
    ResultPointer,
    SpilledPadding,
    SpilledPointer,
)
from generators.hostile_places import shows_floats
from generators.layout import needs_memory, spills, spills_result
from generators.mutation.values_bounds import exports_nothing_of_the_host, is_modest, stays_known
from generators.rewriting.parts import steps_of
from generators.runtime import has_realloc
from generators.types import NARROW
from generators.valtypes import is_scalar

MOST_HOSTILE = 3
"""Choices in one case."""

DEEPEST = 3
"""Levels of recursion."""


def settled(before: Blueprint, b: Blueprint) -> Blueprint | None:
    """*b*, a changed *before*, with guests as they can be wired and without hostile choices that have no place; None if
    it would take too long, is too large, or has what not every engine knows although *before* had not."""
    definitions = tuple(_definition(b, d, definition) for d, definition in enumerate(b.definitions))
    if any(new is not old for new, old in zip(definitions, b.definitions, strict=True)):
        b = replace(b, definitions=definitions)
    if b.hostile:
        b = replace(b, hostile=_fitting(b))
    return b if is_modest(before, b) and exports_nothing_of_the_host(b) and stays_known(before, b) else None


# -- guests


def _definition(b: Blueprint, d: int, definition: Definition) -> Definition:
    items = definition.items
    for i, item in enumerate(items):
        if isinstance(item, Guest):
            changed = _guest(b, d, i, item, items[:i])
            if changed != item:
                items = put(items, i, changed)
    return definition if items is definition.items else replace(definition, items=items)


def _guest(b: Blueprint, d: int, i: int, guest: Guest, before: tuple[object, ...]) -> Guest:
    late = [used.ref.source == "item" and used.ref.index >= i for used in guest.imports]
    if guest.memory == "shared":
        guest = _sharing(guest, before)
    if any(late) and guest.lowering == "direct":
        guest = replace(guest, lowering="indirect")
    if guest.start and guest.lowering == "indirect":
        guest = replace(guest, start=())
    with_memory = any(used.options or needs_memory(used.signature) for used in guest.imports)
    if guest.lowering == "direct" and guest.memory == "own" and with_memory:
        guest = replace(guest, memory="imported")
    if any(late):
        guest = _bounded(b, d, i, guest, late)
    return guest


def _sharing(guest: Guest, before: tuple[object, ...]) -> Guest:
    """In the memory of a guest before it that has one, or in its own."""
    lender = before[guest.lender] if guest.lender < len(before) else None
    if not isinstance(lender, Guest) or lender.memory == "shared":
        return replace(guest, memory="imported", lender=0, realloc="own")
    return replace(guest, memory64=lender.memory64, allocator=lender.allocator)


def _bounded(b: Blueprint, d: int, i: int, guest: Guest, late: list[bool]) -> Guest:
    """Steps that call what comes later are taken to some depth only."""
    reentries = {(h.place.function, h.step) for h in b.hostile
                 if isinstance(h, Reentry) and (h.place.definition, h.place.item) == (d, i)}

    def bounded(f: int, n: int, step: Step) -> Step:
        if not late[step.callee] or (f, n) in reentries:
            return step
        depth = min(max(step.depth, 1), DEEPEST)
        return replace(step, depth=depth, over=step.over if depth == 1 else None)

    functions = tuple(
        replace(function, steps=tuple(bounded(f, n, step) for n, step in enumerate(function.steps)))
        for f, function in enumerate(guest.functions)
    )
    return replace(guest, functions=functions)


# -- hostile choices


def _fitting(b: Blueprint) -> tuple[Hostile, ...]:
    kept: list[Hostile] = []
    for h in b.hostile[-MOST_HOSTILE:]:
        if _has_place(b, h) and not shows_floats(b, h) and not any(conflict(h, other) for other in kept):
            kept.append(h)
    return tuple(kept)


def _has_place(b: Blueprint, h: Hostile) -> bool:
    place = h.place
    guest = b.guest(place)
    if place.function >= len(guest.functions):
        return False
    steps = steps_of(guest, place.function)
    match h:
        case Leaving(callee=callee):
            return callee < len(guest.imports)
        case Meddling(where="post-return", what="calls realloc"):
            return has_realloc(guest)
    if not isinstance(h, RawArgument | Damaged | SpilledPointer | ResultPointer | SpilledPadding | Reentry | RawResult):
        return True
    if isinstance(h, RawResult) or h.step == RESULT:
        return place.function != START and _in_result(guest, h)
    if h.step >= len(steps):
        return False
    signature = guest.imports[steps[h.step].callee].signature
    match h:
        case RawArgument(argument=argument):
            return argument < len(signature.params) and signature.params[argument] in NARROW
        case Damaged(argument=argument):
            return argument < len(signature.params)
        case SpilledPointer():
            return spills(signature)
        case ResultPointer():
            return spills_result(signature)
    return True


def _in_result(guest: Guest, h: Hostile) -> bool:
    signature = guest.functions[h.place.function].signature
    match h:
        case RawResult():
            return signature.result is not None and is_scalar(signature.result)
        case ResultPointer():
            return spills_result(signature)
    return signature.result is not None
