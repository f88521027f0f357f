"""Types at a place in a call, with what a value of each tells: once lifted (`walk`), and as raw core values and bytes
before that (`flat`, `at`).

The raw side is read by these classes on their own, and stops where lifting would trap.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from functools import lru_cache
from typing import Literal, TypeAlias, cast

from fact.abi import CoreValue, Memory, align_to, alignment, despecialize, elem_size, flatten_type, ptr_size
from fact.model.types import (
    Borrow,
    CoreValType,
    EnumType,
    Flags,
    List,
    Map,
    Option,
    Own,
    Prim,
    PtrType,
    Record,
    Result,
    Tuple,
    ValType,
    Variant,
)
from fact.model.values import Case, Value
from fuzz.coverage import junk, layout, pointers, scalars, text
from fuzz.coverage.junk import Stop

Place: TypeAlias = Literal["flat", "flat payload", "in memory", "memory payload", "element"]
Top: TypeAlias = Literal["param", "result"]
Boundary: TypeAlias = Literal["export", "adapter", "host import"]

LOOKED_AT = 16
"""Elements of a list whose raw bytes are looked at: those at the beginning."""

SCALARS_LOOKED_AT = 64

ELEMENTS_WALKED, BLOCKS_WALKED = 1000, 256
"""Elements of a list that are looked at once they are lifted; of lists after so many strings and lists, one is."""


class Raw:
    """Core values on their way into lifting: what was found, and the memory they point to."""

    __slots__ = ("found", "memory", "pointer", "size")

    def __init__(self, found: set[str], memory: Memory | None, pointer: PtrType) -> None:
        self.found = found
        self.memory = memory
        self.pointer: PtrType = pointer
        self.size = 0 if memory is None else len(memory)

    def bytes(self, at: int, n: int) -> bytes:
        assert self.memory is not None, "validation requires the memory option"
        return bytes(self.memory[at : at + n])

    def int(self, at: int, n: int) -> int:
        return int.from_bytes(self.bytes(at, n), "little")


class Walk:
    """Values on their way: what was found, what they become strings in, and the blocks that storing them asks for.

    Of *blocks* each is what it is for (`string`, `list`) and how often it calls realloc.
    """

    __slots__ = ("blocks", "destination", "found", "handles")

    def __init__(self, found: set[str], destination: str) -> None:
        self.found = found
        self.destination = destination
        self.blocks: list[tuple[str, int]] = []
        self.handles = 0


class Shape(ABC):
    """A type at a place. *static* are the features of any value that gets there."""

    __slots__ = ("place", "static", "telling")

    def __init__(self, place: Place, static: tuple[str, ...]) -> None:
        self.place = place
        self.static = static
        self.telling = True
        """Whether bytes in memory may tell anything."""

    @abstractmethod
    def walk(self, v: Value, w: Walk) -> None:
        """Notes what *v* tells."""

    @abstractmethod
    def flat(self, values: Sequence[CoreValue], i: int, raw: Raw) -> int:
        """Notes what the core values from *i* on tell; the index after the last of this shape. Raises `Stop`."""

    @abstractmethod
    def at(self, address: int, raw: Raw) -> None:
        """Notes what the bytes at *address*, which is in bounds, tell. Raises `Stop`."""

    def part(self, _step: str) -> Shape | None:
        """The part that a step of a site leads to."""
        return None


class ScalarShape(Shape):
    __slots__ = ("edges", "feature", "look", "prim", "size")

    def __init__(self, prim: Prim, place: Place, static: tuple[str, ...]) -> None:
        super().__init__(place, static)
        self.prim = prim
        (self.feature,) = static
        self.edges = scalars.EDGES.get(prim)
        self.size = elem_size(prim, "i32")
        self.look = junk.LOOKS.get(prim)
        self.telling = prim in junk.IN_MEMORY

    def walk(self, v: Value, w: Walk) -> None:
        w.found.add(self.feature)
        if self.edges is None:
            w.found.update(scalars.edges(self.prim, (v,)))
        elif v in self.edges:
            w.found.add(self.edges[v])

    def flat(self, values: Sequence[CoreValue], i: int, raw: Raw) -> int:
        if self.look is not None:
            self.look(values[i], "flat", raw.found)
        return i + 1

    def at(self, address: int, raw: Raw) -> None:
        if self.look is not None and self.telling:
            self.look(raw.int(address, self.size), "in memory", raw.found)


class StringShape(Shape):
    __slots__ = ("encoding",)

    def __init__(self, place: Place, static: tuple[str, ...], encoding: str) -> None:
        super().__init__(place, static)
        self.encoding = encoding
        """Of the side that lifts."""

    def walk(self, v: Value, w: Walk) -> None:
        w.found.update(self.static)
        found, calls = text.facts(cast(str, v), w.destination)
        w.found.update(found)
        w.blocks.append(("string", calls))

    def flat(self, values: Sequence[CoreValue], i: int, raw: Raw) -> int:
        self._range(cast(int, values[i]), cast(int, values[i + 1]), raw)
        return i + 2

    def at(self, address: int, raw: Raw) -> None:
        n = ptr_size(raw.pointer)
        self._range(raw.int(address, n), raw.int(address + n, n), raw)

    def _range(self, begin: int, tagged: int, raw: Raw) -> None:
        tag = 1 << (ptr_size(raw.pointer) * 8 - 1)
        units, unit = tagged, 2 if self.encoding == "utf16" else 1
        if self.encoding == "latin1+utf16" and tagged & tag:
            units, unit = tagged ^ tag, 2
        align = 1 if self.encoding == "utf8" else 2
        if not pointers.of_range("string", begin, units * unit, align, raw.size, raw.pointer, raw.found):
            raise Stop


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
        w.blocks.append(("list", 1))
        if not vs:
            return
        if self.bulk is not None:
            w.found.update(self.element.static)
            w.found.update(scalars.edges(self.bulk, vs[:SCALARS_LOOKED_AT]))
            return
        if self.kind == "map" and len({key for key, _ in cast("Sequence[tuple[Value, Value]]", vs)}) < len(vs):
            w.found.add("list: map with a key twice")
        walk = self.element.walk
        for e in vs[: ELEMENTS_WALKED if len(w.blocks) < BLOCKS_WALKED else 1]:
            walk(e, w)

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


def elements_at(element: Shape, begin: int, length: int, size: int, raw: Raw) -> None:
    if element.telling:
        for at in range(begin, begin + min(length, LOOKED_AT) * size, size):
            element.at(at, raw)


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


def joins(have: tuple[CoreValType, ...], slots: tuple[CoreValType, ...], boundary: Boundary) -> set[str]:
    """What tells the payload of a case whose flat types are *have*, in the slots of all cases."""
    found = {f"flat: {a} in a slot of {b}, {boundary}" for a, b in zip(have, slots, strict=False) if a != b}
    if len(have) < len(slots):
        found.add(f"flat: unused slots, {boundary}")
    return found


class FlagsShape(Shape):
    __slots__ = ("count", "size")

    def __init__(self, place: Place, static: tuple[str, ...], t: Flags) -> None:
        super().__init__(place, static)
        self.count = len(t.labels)
        self.size = layout.flags_size(self.count)

    def walk(self, v: Value, w: Walk) -> None:
        w.found.update(self.static)
        chosen = len(cast("frozenset[str]", v))
        if chosen in (0, self.count):
            w.found.add("value: flags, all set" if chosen else "value: flags, none set")

    def flat(self, values: Sequence[CoreValue], i: int, raw: Raw) -> int:
        junk.flags(cast(int, values[i]), self.count, "flat", raw.found)
        return i + 1

    def at(self, address: int, raw: Raw) -> None:
        junk.flags(raw.int(address, self.size), self.count, "in memory", raw.found)


class HandleShape(Shape):
    __slots__ = ()

    def __init__(self, place: Place, static: tuple[str, ...]) -> None:
        super().__init__(place, static)
        self.telling = False

    def walk(self, _v: Value, w: Walk) -> None:
        w.found.update(self.static)
        w.handles += 1

    def flat(self, _values: Sequence[CoreValue], i: int, _raw: Raw) -> int:
        return i + 1

    def at(self, _address: int, _raw: Raw) -> None:
        pass


# -- from types


LENGTHS = ("no", "one", "2 to 15", "16 to 255", "256 and more")


def length_class(n: int) -> str:
    return "no" if n == 0 else "one" if n == 1 else "2 to 15" if n < 16 else "16 to 255" if n < 256 else "256 and more"


ELEMENTS = ("bytes", "scalars", "strings or lists", "compounds", "handles")


def elements(t: ValType) -> str:
    """What a list of *t* is a list of."""
    match despecialize(t):
        case Prim.BOOL | Prim.U8 | Prim.S8:
            return "bytes"
        case Prim.STRING | List(_, None):
            return "strings or lists"
        case Prim():
            return "scalars"
        case Own() | Borrow():
            return "handles"
        case _:
            return "compounds"


CONSTRUCTORS = (
    *map(str, Prim), "list", "fixed-length list", "map", "record", "tuple", "variant", "enum", "option", "result",
    "flags", "own", "borrow",
)


def constructor(t: ValType) -> str:
    match t:
        case Prim():
            return str(t)
        case List(_, None):
            return "list"
        case List():
            return "fixed-length list"
        case Map():
            return "map"
        case Record():
            return "record"
        case Tuple():
            return "tuple"
        case Variant():
            return "variant"
        case EnumType():
            return "enum"
        case Option():
            return "option"
        case Result():
            return "result"
        case Flags():
            return "flags"
        case Own():
            return "own"
        case Borrow():
            return "borrow"
    raise AssertionError(f"{t} is not linked")


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


def type_feature(t: ValType, top: Top, place: Place, boundary: Boundary) -> str:
    return f"type: {constructor(t)} {top} {place}, {boundary}"


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


def joined_types(payloads: Sequence[tuple[CoreValType, ...]]) -> set[str]:
    """Which core types come together in a slot."""
    found: set[str] = set()
    for i in range(max(map(len, payloads), default=0)):
        types = sorted({p[i] for p in payloads if len(p) > i})
        found.update(f"flat: {a} joined with {b}" for n, a in enumerate(types) for b in types[n + 1 :])
    return found

