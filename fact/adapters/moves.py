"""What moving a value from memory to memory amounts to, once the source has been checked: a short list of operations.

CanonicalABI.md, "Loading" and "Storing", fused. Offsets count from the value's address on either side; paths are
what comes after the value's own site. Operations are in the specification's order, and neighbouring bytes that need
nothing but copying are one operation. No operation reads padding or writes a byte that the specification leaves alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import TypeAlias

from fact.adapters.shapes import (
    ArrayShape,
    FlagsShape,
    HandleShape,
    ListShape,
    RecordShape,
    ScalarShape,
    Shape,
    StringShape,
    VariantShape,
)
from fact.model.types import Borrow, Own, Prim, PtrType

INLINE_WEIGHT = 40
"""About how many instructions a value may take before it gets a function of its own."""

UNROLLED_WEIGHT = 16
"""The same for a list of fixed length before it becomes a loop."""


@dataclass(frozen=True, slots=True)
class Copy:
    """*size* bytes as they are."""

    source: int
    destination: int
    size: int
    path: str = field(compare=False)


@dataclass(frozen=True, slots=True)
class Bools:
    """*count* bytes, each to become 0 or 1."""

    source: int
    destination: int
    count: int
    path: str = field(compare=False)


@dataclass(frozen=True, slots=True)
class Masked:
    """An integer of *size* bytes of which only the bits of *mask* count."""

    source: int
    destination: int
    size: int
    mask: int
    path: str = field(compare=False)


@dataclass(frozen=True, slots=True)
class MoveString:
    source: int
    destination: int
    path: str


@dataclass(frozen=True, slots=True)
class MoveHandle:
    """What stands in the source has been lifted; its representation is the next in the queue."""

    source: int
    destination: int
    type: Own | Borrow
    path: str


@dataclass(frozen=True, slots=True)
class MoveList:
    source: int
    destination: int
    shape: ListShape
    path: str


@dataclass(frozen=True, slots=True)
class MoveWithin:
    """A value large enough for a function of its own."""

    source: int
    destination: int
    shape: Shape
    path: str


@dataclass(frozen=True, slots=True)
class Switch:
    """A case's payload, by the discriminant of *size* bytes in the source, below *count*. Offsets and paths in
    *groups* count from the variant; cases with the same moves are one group, those without a payload are left out."""

    source: int
    destination: int
    size: int
    count: int
    groups: tuple[tuple[tuple[int, ...], Moves], ...]
    path: str


@dataclass(frozen=True, slots=True)
class Repeat:
    """*moves* for each of *count* elements, *strides* bytes apart in source and destination."""

    source: int
    destination: int
    count: int
    strides: tuple[int, int]
    moves: Moves
    path: str


Move: TypeAlias = Copy | Bools | Masked | MoveString | MoveHandle | MoveList | MoveWithin | Switch | Repeat
Moves: TypeAlias = tuple[Move, ...]


def weight(moves: Iterable[Move]) -> int:
    """About how many instructions *moves* take."""
    return sum(map(_weight, moves))


def _weight(move: Move) -> int:
    match move:
        case Copy(size=size):
            return -(-min(size, 64) // 16)
        case MoveString() | MoveHandle() | MoveList():
            return 4
        case Switch(groups=groups):
            return 2 + sum(1 + weight(moves) for _, moves in groups)
        case Repeat(moves=moves):
            return 4 + weight(moves)
        case Bools() | Masked() | MoveWithin():
            return 1


def placed(moves: Iterable[Move], source: int, destination: int, path: str) -> list[Move]:
    """*moves* for a value at these offsets and this path."""
    return [
        replace(move, source=move.source + source, destination=move.destination + destination, path=path + move.path)
        for move in moves
    ]


def joined(moves: Iterable[Move]) -> Moves:
    """*moves* with neighbours made one where that changes nothing."""
    found: list[Move] = []
    for move in moves:
        last = found[-1] if found else None
        match last, move:
            case Copy(source, destination, size, path), Copy() if (
                (move.source, move.destination) == (source + size, destination + size)
            ):
                found[-1] = Copy(source, destination, size + move.size, _span(path, move.path))
            case Bools(source, destination, count, path), Bools() if (
                (move.source, move.destination) == (source + count, destination + count)
            ):
                found[-1] = Bools(source, destination, count + move.count, _span(path, move.path))
            case _:
                found.append(move)
    return tuple(found)


def _span(first: str, last: str) -> str:
    return f"{first.partition(' to ')[0]} to {last.rpartition(' to ')[2]}"


@dataclass(slots=True)
class MoveTable:
    """The moves of each shape between each two pointer types, worked out once."""

    _found: dict[tuple[int, PtrType, PtrType], Moves] = field(default_factory=dict)

    def of(self, shape: Shape, source: PtrType, destination: PtrType) -> Moves:
        """Of a value of *shape* with pointers of type *source* to one with pointers of type *destination*."""
        key = (id(shape), source, destination)
        if (found := self._found.get(key)) is None:
            found = self._found[key] = joined(self._make(shape, source, destination))
        return found

    def within(self, shape: Shape, source: PtrType, destination: PtrType) -> Moves:
        """As `of`, as a part of something larger: by a function of its own if it takes much."""
        moves = self.of(shape, source, destination)
        return moves if weight(moves) <= INLINE_WEIGHT else (MoveWithin(0, 0, shape, ""),)

    def _make(self, shape: Shape, source: PtrType, destination: PtrType) -> Sequence[Move]:
        match shape:
            case ScalarShape(prim=Prim.BOOL):
                return (Bools(0, 0, 1, ""),)
            case ScalarShape():
                return (Copy(0, 0, shape.layout(source).size, ""),)
            case FlagsShape():
                size = shape.layout(source).size
                return (Copy(0, 0, size, ""),) if shape.mask is None else (Masked(0, 0, size, shape.mask, ""),)
            case StringShape():
                return (MoveString(0, 0, ""),)
            case HandleShape(type=t):
                return (MoveHandle(0, 0, t, ""),)
            case ListShape():
                return (MoveList(0, 0, shape, ""),)
            case RecordShape(fields=fields):
                offsets = zip(shape.offsets(source), shape.offsets(destination), strict=True)
                return [
                    move
                    for (label, part), (s, d) in zip(fields, offsets, strict=True)
                    for move in placed(self.within(part, source, destination), s, d, f".{label}")
                ]
            case ArrayShape():
                return self._array(shape, source, destination)
            case VariantShape():
                return self._variant(shape, source, destination)

    def _array(self, shape: ArrayShape, source: PtrType, destination: PtrType) -> Sequence[Move]:
        moves = self.within(shape.element, source, destination)
        strides = shape.element.layout(source).size, shape.element.layout(destination).size
        match moves:
            case (Copy(0, 0, size),) if (size, size) == strides:
                return (Copy(0, 0, size * shape.length, "[]"),)
            case (Bools(0, 0, count),) if (count, count) == strides:
                return (Bools(0, 0, count * shape.length, "[]"),)
        if shape.length * weight(moves) > UNROLLED_WEIGHT and shape.length > 1:
            return (Repeat(0, 0, shape.length, strides, tuple(placed(moves, 0, 0, "[]")), ""),)
        return [
            move for i in range(shape.length) for move in placed(moves, i * strides[0], i * strides[1], "[]")
        ]

    def _variant(self, shape: VariantShape, source: PtrType, destination: PtrType) -> Sequence[Move]:
        size, count = shape.discriminant_size, len(shape.cases)
        s, d = shape.payload_offset(source), shape.payload_offset(destination)
        groups: dict[Moves, list[int]] = {}
        for case, label, payload in shape.payloads():
            moves = tuple(placed(self.within(payload, source, destination), s, d, f".{label}"))
            groups.setdefault(moves, []).append(case)
        head = Copy(0, 0, size, "")
        match list(groups.items()):
            case []:
                return (head,)
            case [(moves, cases)] if len(cases) == count:
                return (head, *moves)
        switch = tuple((tuple(cases), moves) for moves, cases in groups.items())
        return (head, Switch(0, 0, size, count, switch, ""))
