"""What the hostile layer comes to, counted over drawn blueprints; and that an axis switches a kind off."""

from __future__ import annotations

from collections import Counter
from functools import lru_cache
from typing import get_args

import pytest
from wasmtime import wat2wasm

from fact.model.types import Prim
from generators import blueprints, from_json, render, to_json
from generators.axes import EVERYTHING, HOSTILE, Axes
from generators.blueprint import Blueprint
from generators.damage import OF_64_BITS, can_be_damaged, ways_to_damage
from generators.hostile import WEIGHTS
from generators.hostile_choices import (
    RESULT,
    START,
    Damage,
    Damaged,
    Fault,
    Hostile,
    Leaving,
    Meddling,
    Place,
    PointerKind,
    RawArgument,
    RawResult,
    ReallocKind,
    ReallocResult,
    Reentry,
    ResultPointer,
    SpilledPadding,
    SpilledPointer,
)
from generators.hostile_text import CLASSES
from generators.stream import examples
from generators.valtypes import FlagsOf, ListOf, OptionOf, Type, walk

DRAWN = 900

OF_PARTS = {"discriminant", "flags", "scalar", "junk"}
"""Kinds that only the type of what is damaged tells apart."""


@lru_cache(maxsize=1)
def drawn() -> tuple[Blueprint, ...]:
    return tuple(examples(8, DRAWN, blueprints(max_components=4)))


@lru_cache(maxsize=1)
def hostile() -> tuple[Hostile, ...]:
    return tuple(h for b in drawn() for h in b.hostile)


def kinds(h: Hostile) -> str | None:
    """The axis that *h* was drawn by; None where that depends on the type."""
    match h:
        case Damaged(damage="content"):
            return "text"
        case Damaged(damage="length" | "both" | "tag"):
            return "length"
        case Damaged(damage="pointer" | "empty"):
            return "pointer"
        case Damaged():
            return None
        case RawArgument():
            return "raw argument"
        case RawResult():
            return "raw result"
        case SpilledPointer():
            return "spilled arguments"
        case ResultPointer(step=step):
            return "area of a callee" if step == RESULT else "area of a caller"
        case SpilledPadding():
            return "padding"
        case ReallocResult():
            return "realloc pointer"
        case Meddling(where=where):
            return f"{where} meddles"
        case Leaving(where=where):
            return f"{where} leaves"
        case Fault(where="realloc" | "post-return" as where):
            return f"{where} fails"
        case Fault(place=Place(function=function)):
            return "start fails" if function == START else "fault"
        case Reentry():
            return "re-entrance"


def test_about_two_in_five_are_hostile_in_one_or_two_places() -> None:
    places = Counter(len(b.hostile) for b in drawn())
    assert set(places) == {0, 1, 2}
    assert 0.28 * DRAWN < places[1] + places[2] < 0.45 * DRAWN
    assert places[1] > 2 * places[2]


def test_every_kind_is_drawn() -> None:
    """None less than once in 300 cases, apart from start functions that fail: those come about as often as that, so
    that chance may halve it."""
    found = Counter(filter(None, map(kinds, hostile())))
    assert set(found) | OF_PARTS == set(HOSTILE)
    least = {kind: DRAWN / (600 if kind == "start fails" else 300) for kind in found}
    assert not {kind: n for kind, n in found.items() if n < least[kind]}


def test_pointers_reallocs_and_texts_of_every_kind() -> None:
    """By themselves, wherever they are: no pointer is only ever drawn in one place."""
    pointers = Counter(h.pointer for h in hostile() if isinstance(h, Damaged | SpilledPointer | ResultPointer))
    assert set(get_args(PointerKind)) - set(OF_64_BITS) <= set(pointers)
    of_realloc = {h.pointer for h in hostile() if isinstance(h, ReallocResult)}
    every = {kind for alias in get_args(ReallocKind) for kind in get_args(alias)}
    assert len(every - of_realloc - set(OF_64_BITS)) <= 2, f"some came once or twice, not drawn: {every - of_realloc}"
    assert {h.after for h in hostile() if isinstance(h, ReallocResult)} == {0, 1, 2, 3}
    assert set(get_args(Damage)) - {h.damage for h in hostile() if isinstance(h, Damaged)} <= {"tag", "both"}
    assert {h.kind for h in hostile() if isinstance(h, Fault)} == {"unreachable", "divide by zero", "throw",
                                                                   "out of bounds"}


@pytest.mark.parametrize("kind", HOSTILE)
def test_an_axis_by_itself(kind: str) -> None:
    """With all others off only it is drawn."""
    alone = Axes(frozenset(("hostile", other) for other in HOSTILE if other != kind))
    found = 0
    for b in examples(9, 500, blueprints(max_components=6, axes=alone)):
        assert {kinds(h) or kind for h in b.hostile} <= {kind}
        assert kind in OF_PARTS or None not in map(kinds, b.hostile)
        found += bool(b.hostile)
        if found == 2:
            break
    assert found


def test_axes_have_the_names_of_kinds() -> None:
    assert {*WEIGHTS, "re-entrance"} == set(HOSTILE)
    assert EVERYTHING.among("invalid text", CLASSES) == CLASSES


@pytest.mark.parametrize(("t", "ways"), [
    (Prim.U32, set()), (Prim.U8, {"scalar"}), (Prim.STRING, {"text", "length", "pointer"}),
    (ListOf(Prim.F64), {"length", "pointer"}), (FlagsOf(3), {"flags"}), (OptionOf(Prim.F32), {"discriminant", "junk"}),
    (ListOf(OptionOf(Prim.CHAR)), {"length", "pointer", "discriminant", "junk", "scalar"}),
])
def test_what_can_be_wrong_with_a_type(t: Type, ways: set[str]) -> None:
    assert ways_to_damage(t) == ways and can_be_damaged(t) == bool(ways)


def test_blocks_overlap_only_where_no_float_is_lowered() -> None:
    """The bytes of a NaN are any engine's own choice, and what overlaps would show them to a guest (CanonicalABI.md,
    Storing: `maybe_scramble_nan64`)."""
    overlapping = ("odd", "half", "last fit", "null", "static", "previous")
    met = 0
    for b in drawn():
        for h in b.hostile:
            blocks = isinstance(h, ReallocResult) and h.pointer in overlapping
            blocks |= isinstance(h, Meddling) and h.what == "writes before"
            blocks |= isinstance(h, ResultPointer) and h.pointer == "arguments" and h.step == RESULT
            if blocks:
                guest = b.guest(h.place)
                given = [t for f in guest.functions for t in f.signature.params]
                given += [i.signature.result for i in guest.imports if i.signature.result is not None]
                assert not any(u in (Prim.F32, Prim.F64) for t in given for u in walk(t))
                met += 1
    assert met > 20


def test_they_are_text_and_json() -> None:
    """Everything drawn is rendered, assembles, and is the same after a round through JSON."""
    chosen = [b for b in drawn() if b.hostile][:60]
    for b in chosen:
        assert from_json(to_json(b)) == b
        wat2wasm(render(b).text)
