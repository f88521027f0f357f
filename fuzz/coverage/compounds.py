"""Shapes of types with parts: lists, records, variants."""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

from fact.abi import CoreValue, align_to, alignment, elem_size, flatten_type, ptr_size
from fact.model.types import CoreValType, List, PtrType, Record, ValType, Variant
from fact.model.values import Case, Value
from fuzz.coverage import junk, layout, pointers, scalars
from fuzz.coverage.junk import Stop
from fuzz.coverage.leaves import ScalarShape
from fuzz.coverage.places import LENGTHS, Boundary, Place, elements, joins, length_class
from fuzz.coverage.shape import Raw, Shape, Walk, elements_at

SCALARS_LOOKED_AT = 64

ELEMENTS_WALKED, BLOCKS_WALKED = 1000, 256
"""Elements of a list that are looked at once they are lifted; of lists after so many strings and lists, one is."""


class ListShape(Shape):
    """Of any length; *kind* is `list` or `map`."""

    __slots__ = ("align", "bulk", "element", "kind", "lengths", "size")

    def __init__(self, place: Place, static: tuple[str, ...], kind: str, t: ValType, element: Shape,
                 pointer: PtrType) -> None:
        super().__init__(place, static)
        self.kind = kind
        self.element = element
        self.align, self.size = alignment(t, pointer), elem_size(t, pointer)
        self.bulk = element.prim if isinstance(element, ScalarShape) else None
        of = "map entries" if kind == "map" else elements(t)
        self.lengths = {length: f"list: {length} {of}" for length in LENGTHS}

    def walk(self, v: Value, w: Walk) -> None:
        vs = cast(Sequence[Value], v)
        w.found.update(self.static)
        w.found.add(self.lengths[length_class(len(vs))])
        w.block("list", 1)
        if not vs:
            return
        if self.bulk is not None:
            w.found.update(self.element.static)
            w.found.update(scalars.edges(self.bulk, vs[:SCALARS_LOOKED_AT]))
            return
        if self.kind == "map" and len({key for key, _ in cast("Sequence[tuple[Value, Value]]", vs)}) < len(vs):
            w.found.add("list: map with a key twice")
        walk, most = self.element.walk, ELEMENTS_WALKED if len(w.blocks) < BLOCKS_WALKED else 1
        for e in vs[:most]:
            walk(e, w)
        w.cut |= len(vs) > most

    def flat(self, values: Sequence[CoreValue], i: int, raw: Raw) -> int:
        self._range(cast(int, values[i]), cast(int, values[i + 1]), raw)
        return i + 2

    def at(self, address: int, raw: Raw) -> None:
        n = ptr_size(raw.pointer)
        self._range(raw.int(address, n), raw.int(address + n, n), raw)

    def _range(self, begin: int, length: int, raw: Raw) -> None:
        if not pointers.of_range("list", begin, length * self.size, self.align, raw.size, raw.pointer, raw.found):
            raise Stop
        elements_at(self.element, begin, length, self.size, raw)

    def part(self, step: str) -> Shape | None:
        return self.element if step == "[]" else None


class FixedListShape(Shape):
    __slots__ = ("element", "length", "size")

    def __init__(self, place: Place, static: tuple[str, ...], t: List, element: Shape, pointer: PtrType) -> None:
        super().__init__(place, static)
        assert t.length is not None
        self.element, self.length, self.size = element, t.length, elem_size(t.element, pointer)
        self.telling = element.telling

    def walk(self, v: Value, w: Walk) -> None:
        w.found.update(self.static)
        for e in cast(Sequence[Value], v):
            self.element.walk(e, w)

    def flat(self, values: Sequence[CoreValue], i: int, raw: Raw) -> int:
        for _ in range(self.length):
            i = self.element.flat(values, i, raw)
        return i

    def at(self, address: int, raw: Raw) -> None:
        elements_at(self.element, address, self.length, self.size, raw)

    def part(self, step: str) -> Shape | None:
        return self.element if step == "[]" else None

class RecordShape(Shape):
    __slots__ = ("fields", "labels", "offsets")

    def __init__(self, place: Place, static: tuple[str, ...], t: Record, fields: tuple[Shape, ...],
                 pointer: PtrType) -> None:
        super().__init__(place, static)
        self.fields = fields
        self.telling = any(shape.telling for shape in fields)
        self.labels = {label: shape for (label, _), shape in zip(t.fields, fields, strict=True)}
        offsets, end = [], 0
        for _, field in t.fields:
            offsets.append(align_to(end, alignment(field, pointer)))
            end = offsets[-1] + elem_size(field, pointer)
        self.offsets = tuple(zip(offsets, fields, strict=True))

    def walk(self, v: Value, w: Walk) -> None:
        w.found.update(self.static)
        for shape, field in zip(self.fields, cast(Sequence[Value], v), strict=True):
            shape.walk(field, w)

    def flat(self, values: Sequence[CoreValue], i: int, raw: Raw) -> int:
        for shape in self.fields:
            i = shape.flat(values, i, raw)
        return i

    def at(self, address: int, raw: Raw) -> None:
        for offset, shape in self.offsets:
            shape.at(address + offset, raw)

    def part(self, step: str) -> Shape | None:
        return self.labels.get(step)


class VariantShape(Shape):
    __slots__ = ("cases", "flat_types", "joined", "labels", "offset", "size")

    def __init__(self, place: Place, static: tuple[str, ...], t: Variant, cases: tuple[Shape | None, ...],
                 pointer: PtrType, boundary: Boundary) -> None:
        super().__init__(place, static)
        self.cases = cases
        self.labels = {label: i for i, (label, _) in enumerate(t.cases)}
        self.size = layout.discriminant_size(len(cases))
        payloads = [p for _, p in t.cases if p is not None]
        align = max((alignment(p, pointer) for p in payloads), default=1)
        self.offset = align_to(self.size, align)
        self.flat_types = flatten_type(t, pointer)[1:] if place in ("flat", "flat payload") else ()
        self.joined: tuple[tuple[tuple[str, ...], tuple[CoreValType, ...]], ...] = ()
        """For each case what its slots tell, and their own types."""
        if place in ("flat", "flat payload"):
            own = [() if p is None else flatten_type(p, pointer) for _, p in t.cases]
            self.joined = tuple((tuple(joins(types, self.flat_types, boundary)), types) for types in own)

    def walk(self, v: Value, w: Walk) -> None:
        case = cast(Case, v)
        i = self.labels[case.label]
        w.found.update(self.static)
        if self.joined:
            w.found.update(self.joined[i][0])
        if i == len(self.cases) - 1 and len(self.cases) in layout.CASES:
            w.found.add(f"layout: value of the last of {len(self.cases)} case{'s' * (i > 0)}")
        shape = self.cases[i]
        if shape is not None:
            shape.walk(cast(Value, case.payload), w)

    def flat(self, values: Sequence[CoreValue], i: int, raw: Raw) -> int:
        case = cast(int, values[i])
        junk.discriminant(case, len(self.cases), 1 << 32, "flat", raw.found)
        shape, end = self.cases[case], i + 1 + len(self.flat_types)
        types = self.joined[case][1]
        junk.slots(values[i + 1 : end], types, self.flat_types, raw.found)
        if shape is not None:
            shape.flat(junk.decoded(values[i + 1 : end], types, self.flat_types), 0, raw)
        return end

    def at(self, address: int, raw: Raw) -> None:
        case = raw.int(address, self.size)
        junk.discriminant(case, len(self.cases), 1 << 8 * self.size, "in memory", raw.found)
        shape = self.cases[case]
        if shape is not None:
            shape.at(address + self.offset, raw)

    def part(self, step: str) -> Shape | None:
        i = self.labels.get(step)
        return None if i is None else self.cases[i]
