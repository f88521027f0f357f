"""Functions at a boundary: their types as shapes, by the options on both sides."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import cast

from fact.abi import MAX_FLAT_PARAMS, MAX_FLAT_RESULTS, CoreValue, Memory, alignment, elem_size, flatten_type
from fact.model.plan import Options, Plan
from fact.model.types import FuncType, PtrType, Record, ValType
from fact.model.values import Value
from fuzz.coverage import calls, pointers
from fuzz.coverage.groups import Excluded, Group, named
from fuzz.coverage.handles import passing
from fuzz.coverage.junk import Stop
from fuzz.coverage.places import CONSTRUCTORS, Boundary, Place, Top
from fuzz.coverage.shape import Raw, Shape, Walk
from fuzz.coverage.shapes import Shaper

_PLACES: tuple[Place, ...] = ("flat", "flat payload", "in memory", "memory payload", "element")
_SITE = re.compile(r"(?:param ([^.\[]+)|result)(.*)")
_STEP = re.compile(r"\[\]|\.[^.\[]+")


class Values:
    """The parameters, or the result, of functions of one type: *shapes* in order, flat or *spilled*."""

    __slots__ = ("alignment", "area", "destination", "flat_count", "labels", "pointer", "shapes", "side", "size",
                 "spilled", "top", "whole")

    def __init__(
        self, fields: Sequence[tuple[str, ValType]], top: Top, boundary: Boundary, encoding: str, pointer: PtrType,
        destination: str,
    ) -> None:
        self.top: Top = top
        self.side = f"{boundary} {top}"
        self.pointer: PtrType = pointer
        self.destination = destination
        self.flat_count = sum(len(flatten_type(t, pointer)) for _, t in fields)
        self.spilled = self.flat_count > (MAX_FLAT_PARAMS if top == "param" else MAX_FLAT_RESULTS)
        self.area = "params area" if top == "param" else "returned area"
        shaper = Shaper(top, boundary, encoding, pointer)
        place: Place = "in memory" if self.spilled else "flat"
        self.shapes = tuple([shaper.shape(t, place) for _, t in fields])
        self.alignment, self.size = 1, 0
        self.whole: Shape | None = None
        """Of what lies in the area."""
        if self.spilled:
            record = Record(tuple(fields))
            self.alignment, self.size = alignment(record, pointer), elem_size(record, pointer)
            self.whole = shaper.shape(record, place)
            self.whole.static = self.whole.static[1:]
        self.labels = {label: i for i, (label, _) in enumerate(fields)}

    def walk(self, values: Sequence[Value], found: set[str]) -> Walk:
        """Notes what *values* tell, which are lifted or the host's."""
        w = Walk(found, self.destination)
        if self.whole is not None:
            found.update(self.whole.static)
        for shape, v in zip(self.shapes, values, strict=True):
            shape.walk(v, w)
        return w

    def look(self, values: Sequence[CoreValue], memory: Memory | None) -> Raw:
        """What core values tell that are to be lifted."""
        raw = Raw(memory, self.pointer)
        if not self.spilled and not self.flat_count:
            return raw
        try:
            if self.whole is None:
                i = 0
                for shape in self.shapes:
                    i = shape.flat(values, i, raw)
                return raw
            begin = cast(int, values[0])
            if pointers.of_area(self.area, begin, self.size, self.alignment, raw.size, self.pointer, raw.found):
                self.whole.at(begin, raw)
            else:
                raw.bad_area = True
        except Stop:
            pass
        return raw

    def place(self, label: str, rest: str) -> str:
        """Where the part is that the *rest* of a site leads to, from the value called *label*."""
        shape = self.shapes[self.labels[label]]
        for step in _STEP.findall(rest):
            part = shape.part(step if step == "[]" else step[1:])
            assert part is not None, f"a site goes on with {step}"
            shape = part
        return shape.place


class Crossing:
    """A function that is called across a boundary. *params* and *result* are as the side sees them that lifts them;
    *called* are the features of any call."""

    __slots__ = ("_lowered_labels", "boundary", "called", "params", "result", "result_area", "widths")

    def __init__(
        self, type: FuncType, names: tuple[str, ...], boundary: Boundary, outer: tuple[str, PtrType] | None,
        inner: tuple[str, PtrType] | None,
    ) -> None:
        self.boundary: Boundary = boundary
        up, down = outer or inner, inner or outer
        assert up is not None and down is not None, "one side is a guest"
        result = () if type.result is None else (("result", type.result),)
        self.params = Values(type.params, "param", boundary, *up, "host" if inner is None else inner[0])
        self.result = Values(result, "result", boundary, *down, "host" if outer is None else outer[0])
        self._lowered_labels = dict(zip(names, (label for label, _ in type.params), strict=True))
        self.result_area: tuple[int, int, PtrType] | None = None
        """Size, alignment and pointers of the area that a caller points to."""
        if outer is not None and type.result is not None and self.result.spilled:
            self.result_area = elem_size(type.result, outer[1]), alignment(type.result, outer[1]), outer[1]
        count = self.result.flat_count
        self.called = (
            f"flat: {calls.params(self.params.flat_count)} params, {boundary}",
            f"flat: {calls.results(count)} result{'s' * (count != 1)}, {boundary}",
        )
        if boundary == "adapter":
            self.widths = (f"memory: {up[1]} to {down[1]}, params", f"memory: {down[1]} to {up[1]}, result")
        else:
            self.widths = (f"memory: {up[1]}, {boundary}",) * 2

    def place(self, site: str, lowered: bool) -> str:
        """Where in a value the *site* of a trap is. Labels of parameters are the callee's for what is *lowered*."""
        found = _SITE.match(site)
        assert found is not None, f"{site} is a site"
        param, rest = found.groups()
        if param is None:
            return self.result.place("result", rest)
        return self.params.place(self._lowered_labels[param] if lowered else param, rest)


@lru_cache(maxsize=512)
def _crossing(
    type: FuncType, names: tuple[str, ...], boundary: Boundary, outer: tuple[str, PtrType] | None,
    inner: tuple[str, PtrType] | None,
) -> Crossing:
    return Crossing(type, names, boundary, outer, inner)


_EXPORTERS = ("the root", "a child", "a grandchild")


class Crossings:
    """Those of *plan*, each with the features of any call of it."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self._made: dict[tuple[str, int], tuple[Crossing, tuple[str, ...]]] = {}

    def of(self, role: str, index: int) -> tuple[Crossing, tuple[str, ...]]:
        """That of a `lift` that the host calls, an `adapter` or a `host lower`."""
        if (made := self._made.get((role, index))) is None:
            crossing, features = self._of(role, index)
            made = self._made[role, index] = crossing, (*crossing.called, *features)
        return made

    def _of(self, role: str, index: int) -> tuple[Crossing, tuple[str, ...]]:
        plan = self.plan
        match role:
            case "lift":
                lift = plan.lifts[index]
                whose = _EXPORTERS[min(len(plan.ancestors(lift.instance)) - 1, 2)]
                crossing = _crossing(lift.type, _labels(lift.type), "export", None, _options(lift.options))
                called = f"call: the host calls a function of {whose}"
                return crossing, (called, *passing(plan, lift.type, None, lift.instance))
            case "adapter":
                adapter = plan.adapters[index]
                lift = plan.lifts[adapter.lift]
                crossing = _crossing(
                    adapter.type, _labels(lift.type), "adapter", _options(adapter.options), _options(lift.options)
                )
                called = f"call: an instance calls {calls.relation(plan, adapter.caller, lift.instance)}"
                return crossing, (called, *passing(plan, adapter.type, adapter.caller, lift.instance))
            case _:
                lower = plan.host_lowers[index]
                crossing = _crossing(lower.type, _labels(lower.type), "host import", _options(lower.options), None)
                return crossing, tuple(passing(plan, lower.type, lower.caller, None))


def _labels(type: FuncType) -> tuple[str, ...]:
    return tuple([label for label, _ in type.params])


def _options(options: Options) -> tuple[str, PtrType]:
    return options.string_encoding, options.pointer


# -- what is possible

_NOT_FLAT_RESULTS = frozenset({"string", "list", "map", "option"})


def _types() -> list[str]:
    boundaries: tuple[Boundary, ...] = ("export", "adapter", "host import")
    tops: tuple[Top, ...] = ("param", "result")
    return [
        f"{constructor} {top} {place}, {boundary}"
        for constructor in CONSTRUCTORS for top in tops for place in _PLACES for boundary in boundaries
        if top == "param" or not (
            constructor == "borrow" or place == "flat payload" or (place == "flat" and constructor in _NOT_FLAT_RESULTS)
        )
    ]


TYPES = Group(
    "type", "each constructor by the place of its values: as core values, in them as the payload of a variant, in the "
    "area of spilled values, there or further in as a payload, or in the elements of a list",
    named("type", *_types()),
)

EXCLUDED = (
    Excluded("type: string, list, map, option as flat result, any type as flat payload of a result",
             "a single core value is returned as such; they have two"),
    Excluded("type: borrow in results", "validation allows borrows in parameters only"),
)
