"""Where in a blueprint each kind of hostile choice can go."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Literal, TypeAlias, get_args

from hypothesis import strategies as st

from fact.model.types import Prim
from generators.axes import EVERYTHING, Axes
from generators.blueprint import Blueprint, Encoding, Function, Guest, Signature, Step
from generators.damage import JUNK, OF_64_BITS, damaged, drawn_raw, pointers_for, ways_to_damage
from generators.drawing import pick
from generators.hostile_choices import (
    RESULT,
    START,
    AreaKind,
    Fault,
    Hostile,
    Leaving,
    Meddling,
    Place,
    RawArgument,
    RawResult,
    ReallocKind,
    ReallocResult,
    ResultPointer,
    SpilledPadding,
    SpilledPointer,
)
from generators.layout import lower_needs_realloc, spills, spills_result, takes_pointers
from generators.runtime import has_realloc
from generators.types import NARROW
from generators.valtypes import Type, is_scalar, walk
from generators.wiring import Node

Made: TypeAlias = Callable[[st.DrawFn], Hostile]


@dataclass(frozen=True, slots=True)
class Choice:
    """Something hostile that can be drawn, in or for the function at *place*; *weight*: how likely among others."""

    place: Place
    made: Made
    weight: int = 1


Found: TypeAlias = dict[str, dict[object, Choice]]
"""By kind and place."""

_Where: TypeAlias = Literal["body", "after steps", "post-return", "realloc"]
_Meddling: TypeAlias = Literal["grows", "writes before", "writes behind", "writes over the result", "calls realloc"]
_Fault: TypeAlias = Literal["unreachable", "divide by zero", "throw", "out of bounds"]
_OVER_THE_RESULT: _Meddling = "writes over the result"
_FAULTS: tuple[_Fault, ...] = get_args(_Fault)

_OVERLAPPING: tuple[ReallocKind, ...] = ("odd", "half", "last fit", "null", "static", "previous")
"""What realloc may return without a trap though another block, or something else, is there."""

_REALLOCS: dict[str, tuple[ReallocKind, ...]] = {
    "misaligned": ("odd", "half"),
    "out of bounds": ("one past", "at end", "past end", "odd end", "wrapping", "last", "high", "highest"),
    "0": ("null",), "to the end": ("last fit",), "overlapping": ("static", "previous"), "moved": ("forgets", "old"),
    "in fresh pages": ("fresh pages",),
    "in place": ("old",),
}
_OVER_THE_SOURCE: ReallocKind = "static"
"""Where a component passes itself what its guest has there."""

_AFTER = (0, 0, 0, 1, 1, 1, 2, 3)
_FEW = (0, 0, 1, 2)
"""Calls of realloc before it goes wrong."""


def choices(blueprint: Blueprint, nodes: Sequence[Node], axes: Axes = EVERYTHING) -> dict[str, list[Choice]]:
    """The hostile choices that there are by kind (`generators.axes.HOSTILE`), for *nodes*: guests' functions."""
    found: Found = {}
    inner = {callee.place for node in nodes for _, callee in node.calls()}
    for node in nodes:
        assert node.place is not None
        sharing = blueprint.in_one_memory(node.place)
        _Places(found, node, sharing, 3 if node.place in inner else 1, axes).add_all()
    return {kind: list(there.values()) for kind, there in found.items()}


class _Places:
    """What one function, its post-return and its guest's realloc can do. *guests*: its own, and those that share its
    memory. *weight*: more if guests call it, for adapters are where our engines' opinions differ most from one
    another's."""

    def __init__(self, found: Found, node: Node, guests: Sequence[Guest], weight: int, axes: Axes) -> None:
        assert node.place is not None and node.function is not None
        self.found, self.guest, self.weight, self.axes = found, guests[0], weight, axes
        self.given_floats = any(map(_is_given_floats, guests))
        self.place, self.function = node.place, node.function
        self.pointers = pointers_for(guests[0].pointer)
        self.itself = any(callee.owner is node.owner for _, callee in node.calls())
        self.adapters = {step.callee for step, callee in node.calls() if callee.kind != "host"}
        self.is_answered = _is_given_pointers(guests[0], node.function)

    def add(self, kind: str, key: object, made: Made, weight: int = 1) -> None:
        self.found.setdefault(kind, {}).setdefault(key, Choice(self.place, made, weight))

    def add_all(self) -> None:
        for n, step in enumerate(self.function.steps):
            self.step(n, step)
        where: list[_Where] = ["body"] if self.place.function == START else ["body", "after steps"]
        self.add("start fails" if self.place.function == START else "fault", self.place,
                 lambda draw: Fault(self.place, pick(draw, where), pick(draw, _FAULTS)))
        if calls_realloc(self.guest, self.function):
            self.realloc()
        if self.place.function == START:
            return
        if self.function.signature.result is not None:
            self.result(self.function.signature.result)
        if self.function.post_return:
            self.post_return()

    # -- values

    def step(self, n: int, step: Step) -> None:
        place, used = self.place, self.guest.imports[step.callee]
        signature, weight = used.signature, 3 if step.callee in self.adapters else 1
        if self.guest.uses_second(used):  # what is passed is made anew in the second memory
            return
        for argument, t in enumerate(signature.params):
            if not is_scalar(t):
                self.value(n, argument, t, used.encoding, weight)
            elif t in NARROW:
                self.add("raw argument", (place, n, argument), partial(_raw_argument, place, n, argument, t),
                         weight * (3 if t is Prim.CHAR else 1))
        if spills(signature):
            self.add("spilled arguments", (place, n),
                     lambda draw: SpilledPointer(place, n, pick(draw, self.pointers)), weight)
        if spills_result(signature):
            kinds = self.areas(not _has_floats(_types(signature)))
            self.add("area of a caller", (place, n), lambda draw: ResultPointer(place, n, pick(draw, kinds)), weight)
        if spills(signature) or not all(map(is_scalar, signature.params)):
            self.add("padding", (place, n), lambda draw: SpilledPadding(place, n, pick(draw, JUNK)))

    def result(self, t: Type) -> None:
        place = self.place
        if is_scalar(t):
            if t in NARROW:
                self.add("raw result", place, lambda draw: RawResult(place, drawn_raw(draw, t)),
                         self.weight * (3 if t is Prim.CHAR else 1))
            return
        self.value(RESULT, 0, t, self.function.encoding, self.weight)
        self.add("padding", (place, RESULT), lambda draw: SpilledPadding(place, RESULT, pick(draw, JUNK)))
        if spills_result(self.function.signature):
            overlap = spills(self.function.signature) and not self.given_floats
            kinds = self.areas(overlap)
            self.add("area of a callee", place, lambda draw: ResultPointer(place, RESULT, pick(draw, kinds)),
                     self.weight)

    def areas(self, overlap: bool) -> tuple[AreaKind, ...]:
        """A result where arguments were lets a guest see other bytes of them, which may be a NaN's."""
        return (*self.pointers, "arguments", "arguments") if overlap else self.pointers

    def value(self, step: int, argument: int, t: Type, encoding: Encoding | None, weight: int) -> None:
        for way in ways_to_damage(t):
            choice = partial(
                damaged, place=self.place, step=step, argument=argument, t=t, encoding=encoding or "utf8",
                p=self.guest.pointer, way=way, axes=self.axes,
            )
            more = 2 if way == "text" and encoding in (None, "utf8") else 1
            self.add(way, (self.place, step, argument), choice, weight * more)

    # -- functions of its own

    def post_return(self) -> None:
        place, callees = self.place, tuple(range(len(self.guest.imports)))
        ways: list[_Meddling] = ["grows"]
        if has_realloc(self.guest):
            ways.append("calls realloc")
        if spills_result(self.function.signature):
            ways += 4 * [_OVER_THE_RESULT]
        self.add("post-return meddles", place, lambda draw: Meddling(place, "post-return", pick(draw, ways)), len(ways))
        self.add("post-return fails", place, lambda draw: Fault(place, "post-return", pick(draw, _FAULTS)))
        if callees:
            self.add("post-return leaves", place, lambda draw: Leaving(place, "post-return", pick(draw, callees)))

    def realloc(self) -> None:
        place, callees = Place(self.place.definition, self.place.item), tuple(range(len(self.guest.imports)))
        floats, weight = self.given_floats, max(self.weight, 3 * self.is_answered)
        kinds = self.reallocs(floats)
        ways: tuple[_Meddling, ...] = ("grows", "writes behind", *(() if floats else ("writes before",) * 2))
        self.add("realloc pointer", place,
                 lambda draw: ReallocResult(place, pick(draw, pick(draw, kinds)), pick(draw, _AFTER)), weight)
        self.add("realloc meddles", place,
                 lambda draw: Meddling(place, "realloc", pick(draw, ways), pick(draw, _FEW)), weight)
        self.add("realloc fails", place,
                 lambda draw: Fault(place, "realloc", pick(draw, _FAULTS), pick(draw, _FEW)), weight)
        if callees and _calls_own_realloc(self.guest, self.function):
            self.add("realloc leaves", place,
                     lambda draw: Leaving(place, "realloc", pick(draw, callees), pick(draw, _FEW)), weight)

    def reallocs(self, floats: bool) -> list[list[ReallocKind]]:
        """What realloc can return, in groups, what traps several times; *floats* are among what it is for."""
        no = (*(OF_64_BITS if self.guest.pointer == "i32" else ()), *(_OVERLAPPING if floats else ()))
        found = [[kind for kind in group if kind not in no] for group in _REALLOCS.values()]
        found += [*found[:1] * 2, *found[1:2] * 3, found[2]]
        if self.itself and not floats:
            found += 6 * [[_OVER_THE_SOURCE]]
        return [group for group in found if group]


def _raw_argument(place: Place, step: int, argument: int, t: Prim, draw: st.DrawFn) -> Hostile:
    return RawArgument(place, step, argument, drawn_raw(draw, t))


def shows_floats(blueprint: Blueprint, h: Hostile) -> bool:
    """Whether *h* lets a guest see other bytes than a float's own, where there are floats (`_is_given_floats`)."""
    match h:
        case ReallocResult(pointer=pointer) if pointer in _OVERLAPPING:
            return _given_floats(blueprint, h.place)
        case Meddling(where="realloc", what="writes before"):
            return _given_floats(blueprint, h.place)
        case ResultPointer(pointer="arguments"):
            guest = blueprint.guest(h.place)
            if h.step == RESULT:
                return _given_floats(blueprint, h.place)
            steps = guest.start if h.place.function == START else guest.functions[h.place.function].steps
            return _has_floats(_types(guest.imports[steps[h.step].callee].signature))
    return False


# -- who calls realloc, and what it is given


def _given_floats(blueprint: Blueprint, place: Place) -> bool:
    return any(map(_is_given_floats, blueprint.in_one_memory(place)))



def calls_realloc(guest: Guest, function: Function) -> bool:
    """Whether a call of *function* comes to a realloc of *guest*, wherever it is defined."""
    return takes_pointers(function.signature) or _is_given_pointers(guest, function)


def _calls_own_realloc(guest: Guest, function: Function) -> bool:
    """Whether it comes to the one that can call imports."""
    return takes_pointers(function.signature) or (guest.lowering == "indirect" and _is_given_pointers(guest, function))


def _is_given_pointers(guest: Guest, function: Function) -> bool:
    return any(lower_needs_realloc(guest.imports[step.callee].signature) for step in function.steps)


def _is_given_floats(guest: Guest) -> bool:
    """Blocks that overlap let a guest see a float's bytes elsewhere, and those of a NaN are any engine's own choice
    (CanonicalABI.md, Storing: `maybe_scramble_nan64`)."""
    results = (used.signature.result for used in guest.imports)
    return _has_floats([*(t for f in guest.functions for t in f.signature.params), *(t for t in results if t)])


def _has_floats(types: Sequence[Type]) -> bool:
    return any(part in (Prim.F32, Prim.F64) for t in types for part in walk(t))


def _types(signature: Signature) -> tuple[Type, ...]:
    return signature.params if signature.result is None else (*signature.params, signature.result)
