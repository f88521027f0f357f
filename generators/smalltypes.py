"""Types of small cases: one part at one place, as a parameter or a result.

The part is of any kind, the rare kinds as often as the others; the place says what lies around it and where the values
then are: core values, a payload, a field, an element, memory past the flat limit. So every kind comes to every place.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias, get_args

from hypothesis import strategies as st

from fact.model.types import Prim
from generators.axes import Axes
from generators.drawing import often, pick, seldom
from generators.layout import CORE, FLAT_LIMIT, SIZE
from generators.types import ENUM_SIZES, FLAGS_SIZES, is_small
from generators.valtypes import (
    EnumOf,
    FlagsOf,
    Kind,
    ListOf,
    MapOf,
    OptionOf,
    RecordOf,
    ResultOf,
    TupleOf,
    Type,
    VariantOf,
)

At: TypeAlias = Literal["alone", "payload", "field", "element", "spilled", "spilled payload"]

PLACES: tuple[At, ...] = get_args(At)

AROUND_ONE_BYTE = (256, 255, 257)
"""Cases whose numbers just fit one byte, and one more or less."""

_FLAGS = (*FLAGS_SIZES, 8, 16, 16, 17, 17)

_PARTS: dict[str, int] = {
    "scalar": 10, "string": 14, "list": 10, "variant": 7, "option": 2, "result": 3, "enum": 4, "flags": 4, "record": 2,
    "tuple": 2, "map": 2, "fixed-length list": 1,
}
"""How often each kind is the part."""


@dataclass(frozen=True, slots=True)
class SmallTypes:
    """*scalars*, the simplest first, and *kinds*: what types are made of."""

    draw: st.DrawFn
    scalars: tuple[Prim, ...]
    kinds: tuple[Kind, ...]
    axes: Axes

    def placed(self) -> tuple[Type, bool]:
        """A type; and whether it is to be beside so much that parameters spill."""
        part = self.part()
        alone = (*("alone",) * 3, *PLACES[1:]) if isinstance(part, Prim) else PLACES
        at = pick(self.draw, self.axes.among("place", alone))
        whole = self.around(at, part)
        return (whole if is_small(whole) else part), at in ("spilled", "spilled payload")

    def part(self) -> Type:
        return self.of_kind(pick(self.draw, [k for k, n in _PARTS.items() if self.has(k) for _ in range(n)]))

    def has(self, kind: str) -> bool:
        return kind == "scalar" or kind in self.kinds

    def scalar(self) -> Prim:
        return pick(self.draw, self.scalars)

    def inner(self) -> Type:
        """What is in a part: a scalar, or seldom something of any kind that holds none."""
        if often(self.draw, 3):
            return self.scalar()
        return self.of_kind(pick(self.draw, [k for k in ("string", "enum", "flags") if self.has(k)] or ["scalar"]))

    def of_kind(self, kind: str) -> Type:
        match kind:
            case "string":
                return Prim.STRING
            case "list":
                return ListOf(self.inner())
            case "fixed-length list":
                return ListOf(self.inner(), pick(self.draw, (2, 1, 3, 17)))
            case "map":
                keys = (Prim.STRING, *(t for t in self.scalars if t not in (Prim.F32, Prim.F64)))
                return MapOf(pick(self.draw, keys), self.inner())
            case "record":
                return RecordOf(self.row())
            case "tuple":
                return TupleOf(self.row())
            case "variant":
                return self.variant()
            case "enum":
                return EnumOf(pick(self.draw, (*ENUM_SIZES, *AROUND_ONE_BYTE)))
            case "option":
                return OptionOf(self.inner())
            case "result":
                return ResultOf(self.perhaps(), self.perhaps())
            case "flags":
                return FlagsOf(pick(self.draw, _FLAGS))
        return self.scalar()

    def row(self) -> tuple[Type, ...]:
        """A few fields; or one, and 1 to 7 small ones, so that the whole ends with padding."""
        if seldom(self.draw, 3):
            small = tuple(t for t in self.scalars if SIZE[t] == 1) or self.scalars
            return (self.scalar(), *(pick(self.draw, small),) * pick(self.draw, range(1, 8)))
        return tuple(self.inner() for _ in range(pick(self.draw, (2, 1, 3, 5))))

    def perhaps(self) -> Type | None:
        return self.inner() if often(self.draw, 4) else None

    def variant(self) -> Type:
        """A few cases, or 255 to 257 of them, or two whose payloads share a slot and are of other core types."""
        match pick(self.draw, (0, 1, 2, 2)):
            case 0:
                return VariantOf((self.inner(), *(self.perhaps() for _ in range(pick(self.draw, (1, 2, 3))))))
            case 1:
                number, payload = pick(self.draw, AROUND_ONE_BYTE), self.inner()
                if seldom(self.draw, 3):
                    return VariantOf((payload,) * 255 + (None,) * (number - 255))
                return VariantOf((payload, *(None,) * (number - 2), self.inner()))
        first = self.scalar()
        others = tuple(t for t in self.scalars if CORE[t] != CORE[first])
        second = pick(self.draw, others) if others else self.scalar()
        return VariantOf((first, second)) if seldom(self.draw, 2) else VariantOf((first, second, None))

    def around(self, at: str, part: Type) -> Type:
        """*part* at the place *at*, as far as there are the kinds to make it."""
        match at:
            case "payload" | "spilled payload":
                return self.one_of(part, self.payloads(part))
            case "field":
                return self.one_of(part, self.rows(part))
            case "element":
                inside = self.one_of(part, self.rows(part)) if seldom(self.draw, 3) else part
                return ListOf(inside) if "list" in self.kinds else inside
        return part

    def payloads(self, part: Type) -> dict[Kind, Callable[[], Type]]:
        """By kind, where it is a payload; in one time of three of a case past the first."""
        return {
            "option": lambda: OptionOf(part),
            "result": lambda: ResultOf(None, part) if seldom(self.draw, 3) else ResultOf(part, self.perhaps()),
            "variant": lambda: VariantOf((self.scalar(), part) if seldom(self.draw, 3) else (part, self.perhaps())),
        }

    def rows(self, part: Type) -> dict[Kind, Callable[[], Type]]:
        """By kind, where it is a field: something is behind it."""
        fields = (part, self.scalar()) if often(self.draw, 3) else (self.scalar(), part, part)
        return {"record": lambda: RecordOf(fields), "tuple": lambda: TupleOf(fields)}

    def one_of(self, part: Type, ways: dict[Kind, Callable[[], Type]]) -> Type:
        able = [make for kind, make in ways.items() if kind in self.kinds]
        return pick(self.draw, able)() if able else part


def padded_out(params: Sequence[Type], scalars: Sequence[Prim]) -> tuple[Type, ...]:
    """*params* and so many scalars that together they are too many to be core values, whatever *params* flatten to."""
    return (*params, *(scalars[n % len(scalars)] for n in range(FLAT_LIMIT)))
