"""From types at a place in a call to shapes."""

from __future__ import annotations

from functools import lru_cache

from fact.abi import align_to, alignment, despecialize, elem_size, flatten_type
from fact.model.types import Borrow, Flags, List, Own, Prim, PtrType, Record, ValType, Variant
from fuzz.coverage import layout
from fuzz.coverage.compounds import FixedListShape, ListShape, RecordShape, VariantShape
from fuzz.coverage.leaves import FlagsShape, HandleShape, ScalarShape, StringShape
from fuzz.coverage.places import Boundary, Place, Top, constructor, joined_types, type_feature
from fuzz.coverage.shape import Shape


class Shaper:
    """Makes shapes for values at one end of a call: *encoding* and *pointer* are the options of the side that lifts, or
    where the host passes the values, of the side that lowers."""

    def __init__(self, top: Top, boundary: Boundary, encoding: str, pointer: PtrType) -> None:
        self.top: Top = top
        self.boundary: Boundary = boundary
        self.encoding = encoding
        self.pointer: PtrType = pointer
        self._made: dict[tuple[int, Place, bool], tuple[ValType, Shape]] = {}

    def shape(self, t: ValType, place: Place, stored: bool = False) -> Shape:
        """*stored*: as an element of a list, whose size counts."""
        key = id(t), place, stored
        if (made := self._made.get(key)) is None:
            made = self._made[key] = t, self._shape(t, place, stored)  # *t* stays: nothing else can take its identity
        return made[1]

    def _shape(self, t: ValType, place: Place, stored: bool) -> Shape:
        if isinstance(t, Prim):
            return leaf(t, place, self.top, self.boundary, self.encoding)
        static: tuple[str, ...] = (type_feature(t, self.top, place, self.boundary),)
        in_memory = place not in ("flat", "flat payload")
        fundamental = despecialize(t)
        match fundamental:
            case List(element, None):
                of = self.shape(element, "element", True)
                return ListShape(place, static, constructor(t), element, of, self.pointer)
            case List(element):
                return FixedListShape(place, static, fundamental, self.shape(element, place), self.pointer)
            case Record(fields):
                if in_memory:
                    static += tuple(layout.of_fields(fields, self.pointer))
                    if stored:
                        static += tuple(layout.of_element(t, record_end(fields, self.pointer), self.pointer))
                shapes = tuple([self.shape(field, place) for _, field in fields])
                return RecordShape(place, static, fundamental, shapes, self.pointer)
            case Variant(cases):
                return self._variant(fundamental, cases, place, static)
            case Flags():
                return FlagsShape(place, (*static, *layout.of_flags(fundamental)), fundamental)
            case Own() | Borrow():
                return HandleShape(place, static)
        raise AssertionError(f"{t} is not linked")

    def _variant(
        self, t: Variant, cases: tuple[tuple[str, ValType | None], ...], place: Place, static: tuple[str, ...]
    ) -> Shape:
        inner: Place = "flat payload" if place in ("flat", "flat payload") else "memory payload"
        static += tuple(layout.of_cases(len(cases)))
        payloads = [payload for _, payload in cases if payload is not None]
        if inner == "memory payload" and payloads:
            align = max(alignment(payload, self.pointer) for payload in payloads)
            static += (layout.of_payload(len(cases), align),)
        if inner == "flat payload":
            static += tuple(joined_types([flatten_type(p, self.pointer) for p in payloads]))
        shapes = tuple([None if payload is None else self.shape(payload, inner) for _, payload in cases])
        return VariantShape(place, static, t, shapes, self.pointer, self.boundary)


@lru_cache(maxsize=4096)
def leaf(t: Prim, place: Place, top: Top, boundary: Boundary, encoding: str) -> Shape:
    """There are few: they serve all crossings."""
    static = (type_feature(t, top, place, boundary),)
    return StringShape(place, static, encoding) if t is Prim.STRING else ScalarShape(t, place, static)


def record_end(fields: tuple[tuple[str, ValType], ...], pointer: PtrType) -> int:
    """Where the last field ends."""
    end = 0
    for _, t in fields:
        end = align_to(end, alignment(t, pointer)) + elem_size(t, pointer)
    return end
