"""Interface types as adapters see them: despecialised, laid out and flattened once.

CanonicalABI.md, "Despecialization", "Alignment", "Element Size" and "Flattening". Shapes are compared by identity:
`Shapes` makes one for each type, however it is spelt.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import TypeAlias

from fact.errors import Unsupported
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
from fact.model.values import cases_of

MAX_FLAT = 16
"""The most core values that anything is ever passed as."""

POINTER_SIZES: dict[PtrType, int] = {"i32": 4, "i64": 8}

Flat: TypeAlias = tuple[CoreValType, ...]


@dataclass(frozen=True, slots=True)
class Layout:
    """Bytes in memory."""

    size: int
    align: int


@dataclass(frozen=True, slots=True)
class ByPointer:
    """What a shape is with pointers of either type. *flat* is None for more than `MAX_FLAT` values."""

    layout: Layout
    flat: Flat | None


@dataclass(frozen=True, slots=True, eq=False)
class _Shape:
    i32: ByPointer = field(repr=False)
    i64: ByPointer = field(repr=False)
    dynamic: bool
    """Whether it holds strings or lists: something that realloc is called for."""

    def by(self, pointer: PtrType) -> ByPointer:
        return self.i32 if pointer == "i32" else self.i64

    def layout(self, pointer: PtrType) -> Layout:
        return self.by(pointer).layout

    def flat(self, pointer: PtrType) -> Flat | None:
        return self.by(pointer).flat


@dataclass(frozen=True, slots=True, eq=False)
class ScalarShape(_Shape):
    prim: Prim


@dataclass(frozen=True, slots=True, eq=False)
class FlagsShape(_Shape):
    count: int

    @property
    def mask(self) -> int | None:
        """The bits that are flags; None when that is all there are in memory."""
        return None if self.count == 8 * self.i32.layout.size else (1 << self.count) - 1


@dataclass(frozen=True, slots=True, eq=False)
class StringShape(_Shape):
    pass


@dataclass(frozen=True, slots=True, eq=False)
class HandleShape(_Shape):
    """`own<resource>` or `borrow<resource>`."""

    type: Own | Borrow


@dataclass(frozen=True, slots=True, eq=False)
class ListShape(_Shape):
    element: Shape
    name: str


@dataclass(frozen=True, slots=True, eq=False)
class ArrayShape(_Shape):
    """A list of fixed length."""

    element: Shape
    length: int


@dataclass(frozen=True, slots=True, eq=False)
class RecordShape(_Shape):
    fields: tuple[tuple[str, Shape], ...]

    def offsets(self, pointer: PtrType) -> list[int]:
        return offsets([shape for _, shape in self.fields], pointer)


@dataclass(frozen=True, slots=True, eq=False)
class VariantShape(_Shape):
    cases: tuple[tuple[str, Shape | None], ...]
    discriminant_size: int

    def joined(self, pointer: PtrType) -> Flat:
        """The flat types behind the discriminant."""
        flat = self.flat(pointer)
        assert flat is not None, "only asked for what is passed flat"
        return flat[1:]

    def payload_offset(self, pointer: PtrType) -> int:
        widest = max((s.layout(pointer).align for _, s in self.cases if s is not None), default=1)
        return align_to(self.discriminant_size, widest)

    def payloads(self) -> Iterator[tuple[int, str, Shape]]:
        """The cases with a payload, each with its number."""
        return ((i, label, payload) for i, (label, payload) in enumerate(self.cases) if payload is not None)

    @property
    def fills_discriminant(self) -> bool:
        """Whether a discriminant loaded from memory is always that of a case."""
        return len(self.cases) == 1 << 8 * self.discriminant_size


Shape: TypeAlias = (
    ScalarShape | FlagsShape | StringShape | HandleShape | ListShape | ArrayShape | RecordShape | VariantShape
)


# -- sizes


def align_to(address: int, multiple: int) -> int:
    return -(-address // multiple) * multiple


def offsets(shapes: Iterable[Shape], pointer: PtrType) -> list[int]:
    """Of the fields of a record."""
    found: list[int] = []
    end = 0
    for layout in (shape.layout(pointer) for shape in shapes):
        found.append(align_to(end, layout.align))
        end = found[-1] + layout.size
    return found


def record_layout(shapes: Iterable[Shape], pointer: PtrType) -> Layout:
    end, widest = 0, 1
    for layout in (shape.layout(pointer) for shape in shapes):
        end = align_to(end, layout.align) + layout.size
        widest = max(widest, layout.align)
    return Layout(align_to(end, widest), widest)


def record_flat(shapes: Iterable[Shape], pointer: PtrType) -> Flat | None:
    found: list[CoreValType] = []
    for flat in (shape.flat(pointer) for shape in shapes):
        if flat is None or len(found) + len(flat) > MAX_FLAT:
            return None
        found += flat
    return tuple(found)


def discriminant_size(cases: int) -> int:
    return 1 if cases <= 1 << 8 else 2 if cases <= 1 << 16 else 4


def _variant_layout(payloads: list[Shape], cases: int, pointer: PtrType) -> Layout:
    discriminant = discriminant_size(cases)
    layouts = {shape.layout(pointer) for shape in payloads}
    widest = max((layout.align for layout in layouts), default=1)
    largest = max((layout.size for layout in layouts), default=0)
    align = max(discriminant, widest)
    return Layout(align_to(align_to(discriminant, widest) + largest, align), align)


def _variant_flat(payloads: list[Shape], pointer: PtrType) -> Flat | None:
    joined: list[CoreValType] = []
    for flat in {shape.flat(pointer): None for shape in payloads}:
        if flat is None:
            return None
        joined[:] = [*map(_join, joined, flat), *joined[len(flat):], *flat[len(joined):]]
    return ("i32", *joined) if len(joined) < MAX_FLAT else None


def _join(a: CoreValType, b: CoreValType) -> CoreValType:
    return a if a == b else "i32" if {a, b} == {"i32", "f32"} else "i64"


_SCALAR_SIZES = {
    Prim.BOOL: 1, Prim.S8: 1, Prim.U8: 1, Prim.S16: 2, Prim.U16: 2, Prim.S32: 4, Prim.U32: 4, Prim.F32: 4,
    Prim.CHAR: 4, Prim.S64: 8, Prim.U64: 8, Prim.F64: 8,
}
_SCALAR_FLAT: dict[Prim, CoreValType] = {Prim.S64: "i64", Prim.U64: "i64", Prim.F32: "f32", Prim.F64: "f64"}


def _both(layout: Callable[[PtrType], Layout], flat: Callable[[PtrType], Flat | None]) -> tuple[ByPointer, ByPointer]:
    return ByPointer(layout("i32"), flat("i32")), ByPointer(layout("i64"), flat("i64"))


def _pair(pointer: PtrType) -> Layout:
    """A pointer and a length."""
    return Layout(2 * POINTER_SIZES[pointer], POINTER_SIZES[pointer])


# -- making them


@dataclass(slots=True)
class Shapes:
    """The shapes of one compilation, one for each type."""

    _by_type: dict[ValType, Shape] = field(default_factory=dict)
    _by_parts: dict[object, Shape] = field(default_factory=dict)

    def of(self, t: ValType) -> Shape:
        """Raises `Unsupported`, naming the type, for one that adapters cannot carry."""
        if (shape := self._by_type.get(t)) is None:
            shape = self._by_type[t] = self._make(t)
        return shape

    def record(self, fields: Iterable[tuple[str, Shape]]) -> RecordShape:
        parts = tuple(fields)
        key = ("record", tuple((label, id(shape)) for label, shape in parts))
        if (found := self._by_parts.get(key)) is None:
            shapes = [shape for _, shape in parts]
            both = _both(lambda p: record_layout(shapes, p), lambda p: record_flat(shapes, p))
            found = self._by_parts[key] = RecordShape(*both, any(s.dynamic for s in shapes), parts)
        assert isinstance(found, RecordShape)
        return found

    def _make(self, t: ValType) -> Shape:
        match t:
            case Prim.STRING:
                return StringShape(*_both(_pair, lambda p: (p, p)), True)
            case Prim():
                size = _SCALAR_SIZES[t]
                flat = (_SCALAR_FLAT.get(t, "i32"),)
                return ScalarShape(*_both(lambda _: Layout(size, size), lambda _: flat), False, t)
            case Flags(labels):
                return self._flags(len(labels))
            case Own() | Borrow():
                return HandleShape(*_both(lambda _: Layout(4, 4), lambda _: ("i32",)), False, t)
            case List(element, None):
                return self._list(self.of(element), f"list<{kind(element)}>")
            case List(element, length) if length is not None:
                return self._array(self.of(element), length)
            case Map(key, value):
                return self._list(self.of(Tuple((key, value))), f"map<{kind(key)}, {kind(value)}>")
            case Record(fields):
                return self.record((label, self.of(f)) for label, f in fields)
            case Tuple(elements):
                return self.record((str(i), self.of(e)) for i, e in enumerate(elements))
            case Variant() | EnumType() | Option() | Result():
                return self._variant((label, None if c is None else self.of(c)) for label, c in cases_of(t))
        raise Unsupported(f"type {t}")

    def _flags(self, count: int) -> Shape:
        size = 1 if count <= 8 else 2 if count <= 16 else 4
        return self._by_parts.setdefault(
            ("flags", count), FlagsShape(*_both(lambda _: Layout(size, size), lambda _: ("i32",)), False, count)
        )

    def _list(self, element: Shape, name: str) -> Shape:
        return self._by_parts.setdefault(
            ("list", id(element)), ListShape(*_both(_pair, lambda p: (p, p)), True, element, name)
        )

    def _array(self, element: Shape, length: int) -> Shape:
        def layout(pointer: PtrType) -> Layout:
            of_element = element.layout(pointer)
            return Layout(length * of_element.size, of_element.align)

        def flat(pointer: PtrType) -> Flat | None:
            of_element = element.flat(pointer)
            return None if of_element is None or length * len(of_element) > MAX_FLAT else of_element * length

        return self._by_parts.setdefault(
            ("array", id(element), length), ArrayShape(*_both(layout, flat), element.dynamic, element, length)
        )

    def _variant(self, cases: Iterable[tuple[str, Shape | None]]) -> Shape:
        parts = tuple(cases)
        key = ("variant", tuple((label, id(shape)) for label, shape in parts))
        if (found := self._by_parts.get(key)) is None:
            payloads = list({id(shape): shape for _, shape in parts if shape is not None}.values())
            count = len(parts)
            both = _both(lambda p: _variant_layout(payloads, count, p), lambda p: _variant_flat(payloads, p))
            dynamic = any(s.dynamic for s in payloads)
            found = self._by_parts[key] = VariantShape(*both, dynamic, parts, discriminant_size(count))
        return found


def kind(t: ValType) -> str:
    """*t* in a word or a few; `Plan.with_names` puts in the names of resources."""
    match t:
        case Prim() | Own() | Borrow():
            return str(t)
        case List(element):
            return f"list<{kind(element)}>"
        case EnumType():
            return "enum"
    return type(t).__name__.lower()


def nested(shape: Shape) -> Iterator[Shape]:
    """The shapes directly within *shape*."""
    match shape:
        case ListShape(element=element) | ArrayShape(element=element):
            yield element
        case RecordShape(fields=fields):
            yield from (part for _, part in fields)
        case VariantShape(cases=cases):
            yield from (part for _, part in cases if part is not None)


def inside_out(shape: Shape) -> list[Shape]:
    """*shape* and all within it, each once, what is inside before what is outside."""
    found: dict[int, Shape] = {}
    waiting = [(shape, False)]
    while waiting:
        at, done = waiting.pop()
        if done:
            found[id(at)] = at
        elif id(at) not in found:
            waiting.append((at, True))
            waiting += [(part, False) for part in nested(at)]
    return list(found.values())
