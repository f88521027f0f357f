"""What can be wrong with a value in memory, as a short list of checks in the order in which lifting makes them.

CanonicalABI.md, "Loading". Offsets count from the value's address; paths are what comes after the value's own site.
A value that cannot be wrong has no checks.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import TypeAlias

from fact.adapters.moves import INLINE_WEIGHT, UNROLLED_WEIGHT
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


@dataclass(frozen=True, slots=True)
class CheckChars:
    """*count* chars in a row."""

    at: int
    count: int
    path: str


@dataclass(frozen=True, slots=True)
class CheckCases:
    """*count* discriminants of *size* bytes in a row, each below *cases*."""

    at: int
    count: int
    size: int
    cases: int
    path: str


@dataclass(frozen=True, slots=True)
class CheckString:
    at: int
    path: str


@dataclass(frozen=True, slots=True)
class CheckHandle:
    """Lifts the handle: an owned one is gone from its table then, of another it is known that it is lent."""

    at: int
    type: Own | Borrow
    path: str


@dataclass(frozen=True, slots=True)
class CheckList:
    at: int
    shape: ListShape
    path: str


@dataclass(frozen=True, slots=True)
class CheckWithin:
    """A value large enough for a function of its own."""

    at: int
    shape: Shape
    path: str


@dataclass(frozen=True, slots=True)
class CheckSwitch:
    """A case's payload, by the discriminant, which has been checked. Offsets and paths in *groups* count from the
    variant; cases with the same checks are one group, those with none are left out."""

    at: int
    size: int
    count: int
    groups: tuple[tuple[tuple[int, ...], Checks], ...]
    path: str


@dataclass(frozen=True, slots=True)
class CheckRepeat:
    """*checks* for each of *count* elements, *stride* bytes apart."""

    at: int
    count: int
    stride: int
    checks: Checks
    path: str


Check: TypeAlias = (
    CheckChars | CheckCases | CheckString | CheckHandle | CheckList | CheckWithin | CheckSwitch | CheckRepeat
)
Checks: TypeAlias = tuple[Check, ...]


def weight(checks: Iterable[Check]) -> int:
    """About how many instructions *checks* take."""
    return sum(map(_weight, checks))


def _weight(check: Check) -> int:
    match check:
        case CheckSwitch(groups=groups):
            return 2 + sum(1 + weight(checks) for _, checks in groups)
        case CheckRepeat(checks=checks):
            return 4 + weight(checks)
        case CheckWithin():
            return 1
        case _:
            return 3


def placed(checks: Iterable[Check], at: int, path: str) -> list[Check]:
    """*checks* for a value at this offset and this path."""
    return [replace(check, at=check.at + at, path=path + check.path) for check in checks]


@dataclass(slots=True)
class CheckTable:
    """The checks of each shape with each pointer type, worked out once."""

    _found: dict[tuple[int, PtrType], Checks] = field(default_factory=dict)

    def of(self, shape: Shape, pointer: PtrType) -> Checks:
        key = (id(shape), pointer)
        if (found := self._found.get(key)) is None:
            found = self._found[key] = tuple(self._make(shape, pointer))
        return found

    def within(self, shape: Shape, pointer: PtrType) -> Checks:
        """As `of`, as a part of something larger: by a function of its own if it takes much."""
        checks = self.of(shape, pointer)
        return checks if weight(checks) <= INLINE_WEIGHT else (CheckWithin(0, shape, ""),)

    def _make(self, shape: Shape, pointer: PtrType) -> Sequence[Check]:
        match shape:
            case ScalarShape(prim=prim):
                return (CheckChars(0, 1, ""),) if prim is Prim.CHAR else ()
            case FlagsShape():
                return ()
            case StringShape():
                return (CheckString(0, ""),)
            case HandleShape(type=t):
                return (CheckHandle(0, t, ""),)
            case ListShape():
                return (CheckList(0, shape, ""),)
            case RecordShape(fields=fields):
                return [
                    check
                    for (label, part), offset in zip(fields, shape.offsets(pointer), strict=True)
                    for check in placed(self.within(part, pointer), offset, f".{label}")
                ]
            case ArrayShape():
                return self._array(shape, pointer)
            case VariantShape():
                return self._variant(shape, pointer)

    def _array(self, shape: ArrayShape, pointer: PtrType) -> Sequence[Check]:
        checks = self.within(shape.element, pointer)
        stride = shape.element.layout(pointer).size
        match checks:
            case ():
                return ()
            case (CheckChars(0, count, path),) if 4 * count == stride:
                return (CheckChars(0, count * shape.length, f"[]{path}"),)
            case (CheckCases(0, count, size, cases, path),) if size * count == stride:
                return (CheckCases(0, count * shape.length, size, cases, f"[]{path}"),)
        if shape.length * weight(checks) > UNROLLED_WEIGHT and shape.length > 1:
            return (CheckRepeat(0, shape.length, stride, tuple(placed(checks, 0, "[]")), ""),)
        return [check for i in range(shape.length) for check in placed(checks, i * stride, "[]")]

    def _variant(self, shape: VariantShape, pointer: PtrType) -> Sequence[Check]:
        size, count, at = shape.discriminant_size, len(shape.cases), shape.payload_offset(pointer)
        head = () if shape.fills_discriminant else (CheckCases(0, 1, size, count, ""),)
        groups: dict[Checks, list[int]] = {}
        for case, label, payload in shape.payloads():
            if checks := self.within(payload, pointer):
                moved = tuple(placed(checks, at, f".{label}"))
                groups.setdefault(moved, []).append(case)
        if not groups:
            return head
        return (*head, CheckSwitch(0, size, count, tuple((tuple(c), checks) for checks, c in groups.items()), ""))
