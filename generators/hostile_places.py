"""Where in a blueprint each kind of hostile choice can go."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Literal, TypeAlias, get_args

from hypothesis import strategies as st

from fact.model.types import Prim
from generators.axes import EVERYTHING, Axes
from generators.blueprint import (
    RESULT,
    START,
    AreaKind,
    Blueprint,
    Encoding,
    Fault,
    Function,
    Guest,
    Hostile,
    Leaving,
    Meddling,
    Place,
    RawArgument,
    RawResult,
    ReallocKind,
    ReallocResult,
    ResultPointer,
    Signature,
    SpilledPadding,
    SpilledPointer,
    Step,
)
from generators.damage import JUNK, RAW, damaged, pointers_for, ways_to_damage
from generators.drawing import pick
from generators.layout import lower_needs_realloc, spills, spills_result, takes_pointers
from generators.runtime import has_realloc
from generators.types import NARROW
from generators.valtypes import Type, is_scalar, walk
from generators.wiring import Node

Made: TypeAlias = Callable[[st.DrawFn], Hostile]


@dataclass(frozen=True, slots=True)
class Choice:
    """Something hostile that can be drawn, in or for the function at *place*."""

    place: Place
    made: Made


Found: TypeAlias = dict[str, dict[object, Choice]]
"""By kind and place."""

_Where: TypeAlias = Literal["body", "after steps", "post-return", "realloc"]
_Meddling: TypeAlias = Literal["grows", "writes before", "writes behind", "writes over the result", "calls realloc"]
_Fault: TypeAlias = Literal["unreachable", "divide by zero", "throw", "out of bounds"]
_OVER_THE_RESULT: _Meddling = "writes over the result"
_FAULTS: tuple[_Fault, ...] = get_args(_Fault)

_OVERLAPPING: tuple[ReallocKind, ...] = ("odd", "half", "last fit", "null", "static", "previous")
"""What realloc may return without a trap though another block, or something else, is there."""

_IN_REALLOCS: tuple[ReallocKind, ...] = ("static", "previous", "old", "forgets", "fresh pages")
_OVER_THE_SOURCE: tuple[ReallocKind, ...] = ("static",)
"""Where a component passes itself what its guest has there."""

_AFTER = (0, 0, 0, 1, 2, 3)
_FEW = (0, 0, 1, 2)
"""Calls of realloc before it goes wrong."""


def choices(blueprint: Blueprint, nodes: Sequence[Node], axes: Axes = EVERYTHING) -> dict[str, list[Choice]]:
    """The hostile choices that there are by kind (`generators.axes.HOSTILE`), for *nodes*: guests' functions."""
    found: Found = {}
    for node in nodes:
        assert node.place is not None and node.function is not None
        itself = any(callee.owner is node.owner for _, callee in node.calls())
        _Places(found, blueprint.guest(node.place), node.place, node.function, itself, axes).add_all()
    return {kind: list(there.values()) for kind, there in found.items()}


class _Places:
    """What one function, its post-return and its guest's realloc can do. *itself*: it calls a function of its own
    component instance."""

    def __init__(
        self, found: Found, guest: Guest, place: Place, function: Function, itself: bool, axes: Axes
    ) -> None:
        self.found, self.guest, self.place, self.function, self.axes = found, guest, place, function, axes
        self.pointers = pointers_for(guest.pointer)
        self.itself = itself

    def add(self, kind: str, key: object, made: Made) -> None:
        self.found.setdefault(kind, {}).setdefault(key, Choice(self.place, made))

    def add_all(self) -> None:
        for n, step in enumerate(self.function.steps):
            self.step(n, step)
        where: list[_Where] = ["body"] if self.place.function == START else ["body", "after steps"]
        self.add("fault", self.place, lambda draw: Fault(self.place, pick(draw, where), pick(draw, _FAULTS)))
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
        signature = used.signature
        for argument, t in enumerate(signature.params):
            if not is_scalar(t):
                self.value(n, argument, t, used.encoding)
            elif t in NARROW:
                self.add("raw argument", (place, n, argument), partial(_raw_argument, place, n, argument, t))
        if spills(signature):
            self.add("spilled arguments", (place, n),
                     lambda draw: SpilledPointer(place, n, pick(draw, self.pointers)))
        if spills_result(signature):
            kinds = self.areas(not _has_floats(_types(signature)))
            self.add("area of a caller", (place, n), lambda draw: ResultPointer(place, n, pick(draw, kinds)))
        if spills(signature) or not all(map(is_scalar, signature.params)):
            self.add("padding", (place, n), lambda draw: SpilledPadding(place, n, pick(draw, JUNK)))

    def result(self, t: Type) -> None:
        place = self.place
        if is_scalar(t):
            if t in NARROW:
                self.add("raw result", place, lambda draw: RawResult(place, pick(draw, RAW[t])))
            return
        self.value(RESULT, 0, t, self.function.encoding)
        self.add("padding", (place, RESULT), lambda draw: SpilledPadding(place, RESULT, pick(draw, JUNK)))
        if spills_result(self.function.signature):
            overlap = spills(self.function.signature) and not _is_given_floats(self.guest)
            kinds = self.areas(overlap)
            self.add("area of a callee", place, lambda draw: ResultPointer(place, RESULT, pick(draw, kinds)))

    def areas(self, overlap: bool) -> tuple[AreaKind, ...]:
        """A result where arguments were lets a guest see other bytes of them, which may be a NaN's."""
        return (*self.pointers, "arguments", "arguments") if overlap else self.pointers

    def value(self, step: int, argument: int, t: Type, encoding: Encoding | None) -> None:
        for way in ways_to_damage(t):
            choice = partial(
                damaged, place=self.place, step=step, argument=argument, t=t, encoding=encoding or "utf8",
                p=self.guest.pointer, way=way, axes=self.axes,
            )
            likely = 2 if way == "text" and encoding in (None, "utf8") else 1
            for again in range(likely):
                self.add(way, (self.place, step, argument, again), choice)

    # -- functions of its own

    def post_return(self) -> None:
        place, callees = self.place, tuple(range(len(self.guest.imports)))
        ways: list[_Meddling] = ["grows"]
        if has_realloc(self.guest):
            ways.append("calls realloc")
        if spills_result(self.function.signature):
            ways += 4 * [_OVER_THE_RESULT]
        for again in range(len(ways)):
            self.add("post-return meddles", (place, again),
                     lambda draw: Meddling(place, "post-return", pick(draw, ways)))
        self.add("post-return fails", place, lambda draw: Fault(place, "post-return", pick(draw, _FAULTS)))
        if callees:
            self.add("post-return leaves", place, lambda draw: Leaving(place, "post-return", pick(draw, callees)))

    def realloc(self) -> None:
        place, callees = Place(self.place.definition, self.place.item), tuple(range(len(self.guest.imports)))
        floats = _is_given_floats(self.guest)
        likely: tuple[ReallocKind, ...] = (*self.pointers, "null", *_IN_REALLOCS, *(_OVER_THE_SOURCE * 8 * self.itself))
        kinds: tuple[ReallocKind, ...] = tuple(k for k in likely if not (floats and k in _OVERLAPPING))
        ways: tuple[_Meddling, ...] = ("grows", "writes behind", *(() if floats else ("writes before",) * 2))
        self.add("realloc pointer", place, lambda draw: ReallocResult(place, pick(draw, kinds), pick(draw, _AFTER)))
        self.add("realloc meddles", place,
                 lambda draw: Meddling(place, "realloc", pick(draw, ways), pick(draw, _FEW)))
        self.add("realloc fails", place,
                 lambda draw: Fault(place, "realloc", pick(draw, _FAULTS), pick(draw, _FEW)))
        if callees and _calls_own_realloc(self.guest, self.function):
            self.add("realloc leaves", place,
                     lambda draw: Leaving(place, "realloc", pick(draw, callees), pick(draw, _FEW)))


def _raw_argument(place: Place, step: int, argument: int, t: Prim, draw: st.DrawFn) -> Hostile:
    return RawArgument(place, step, argument, pick(draw, RAW[t]))


# -- who calls realloc, and what it is given


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
