"""Types at the places where a rule changes: numbers of cases, joined slots, padding, depth, width.

By the scalars and constructors of a case. Each form is a function from `Making` to a type; which constructors it needs
stands beside it in `FORM`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import count
from typing import TypeAlias

from hypothesis import strategies as st

from fact.model.types import Prim
from generators.drawing import pick, seldom, several
from generators.layout import CORE, FLAT_LIMIT, SIZE, flat
from generators.valtypes import (
    EnumOf,
    Form,
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

MANY_CASES = (257, 256, 255, 300, 257, 256, 255, 1000)
MOST_CASES = 10_000
"""More cases no variant or enum may have, by validation: there is none whose discriminant takes 4 bytes."""

PAYLOADS_OF_MANY = 6
"""Cases with a payload among many."""

DEPTHS = (5, 4, 6, 8, 12, 7, 10)
WIDTHS = (40, 20, 33, 64)


@dataclass(frozen=True, slots=True)
class Making:
    """*part* draws any type that may be part of another; *scalars* and *kinds* are those of the case, without those
    that `palette` leaves out."""

    draw: st.DrawFn
    scalars: tuple[Prim, ...]
    kinds: tuple[Kind, ...]
    part: Callable[[], Type]

    def pick(self, options: Sequence[Type]) -> Type:
        return pick(self.draw, options)

    def scalar(self) -> Prim:
        return pick(self.draw, self.scalars)

    def of_size(self, *sizes: int) -> Prim:
        """A scalar of one of these sizes, which are alignments as well; any scalar if there is none."""
        return pick(self.draw, tuple(t for t in self.scalars if SIZE[t] in sizes) or self.scalars)

    def any_of(self, *kinds: Kind) -> Kind:
        """One of *kinds*, at least one of which the case has."""
        return pick(self.draw, tuple(kind for kind in kinds if kind in self.kinds))

    def once_in(self, times: int) -> bool:
        return seldom(self.draw, times)


def many_cases(m: Making) -> Type:
    """More cases than usual: one byte for the discriminant, or two. Payloads are few, at the ends or anywhere."""
    number = MOST_CASES if m.once_in(60) else pick(m.draw, MANY_CASES)
    if m.any_of("enum", "variant") == "enum":
        return EnumOf(number)
    cases: list[Type | None] = [None] * number
    if m.once_in(2):
        return VariantOf(tuple(cases))
    places = (0, number - 1, 1, number - 2, 127, 128, 254, number // 2)
    for payload in several(m.draw, m.part, least=1, most=PAYLOADS_OF_MANY, more=(3, 2, 1)):
        cases[pick(m.draw, places)] = payload
    return VariantOf(tuple(cases))


def joined(m: Making) -> Type:
    """Payloads whose core values differ, slot by slot, and so have to share them."""
    by_core = {core: tuple(t for t in m.scalars if CORE[t] == core) for core in ("i32", "f32", "f64", "i64")}
    cores = tuple(core for core, types in by_core.items() if types)
    first, step = pick(m.draw, range(len(cores))), pick(m.draw, (1, 2, 3))
    firsts = count(first, step)

    def payload() -> Type:
        further = [pick(m.draw, cores) for _ in range(pick(m.draw, (0, 0, 1, 2)))]
        row = [pick(m.draw, by_core[core]) for core in (cores[next(firsts) % len(cores)], *further)]
        if len(row) == 1:
            return row[0]
        return TupleOf(tuple(row)) if "tuple" in m.kinds else RecordOf(tuple(row)) if "record" in m.kinds else row[0]

    kind = m.any_of("variant", "result")
    if kind == "result":
        return ResultOf(payload(), payload())
    cases: list[Type | None] = [*several(m.draw, payload, least=2, most=4, more=(1, 2))]
    if "option" in m.kinds and m.once_in(2):
        cases[0] = OptionOf(cases[0] or m.scalar())
    if m.once_in(3):
        cases.append(None)
    return VariantOf(tuple(cases))


def padded(m: Making) -> Type:
    """1 to 7 bytes of nothing between fields, and at the end."""
    fields: list[Type] = []
    for _ in range(pick(m.draw, (1, 1, 2))):
        fields += _bytes(m, pick(m.draw, range(1, 8)))
        fields.append(m.of_size(8) if m.once_in(2) else m.of_size(2, 4, 8))
    listed = "list" in m.kinds and m.once_in(2)
    if listed or m.once_in(2):
        fields += _bytes(m, pick(m.draw, range(1, 8)))
    t = RecordOf(tuple(fields)) if m.any_of("record", "tuple") == "record" else TupleOf(tuple(fields))
    return ListOf(t) if listed else t


def _bytes(m: Making, number: int) -> Iterator[Type]:
    """Small scalars of so many bytes together, or a byte more."""
    left = number
    while left > 0:
        filler = m.of_size(1, 2) if left > 1 else m.of_size(1)
        yield filler
        left -= SIZE[filler]


def behind_a_discriminant(m: Making) -> Type:
    """A payload of each alignment behind a discriminant of 1 byte, or of 2, with others in its place."""
    number = pick(m.draw, (3, 2, 257, 4, 257, 300))
    cases: list[Type | None] = [None] * number
    cases[-1] = m.of_size(pick(m.draw, (1, 2, 4, 8)))
    if m.once_in(2):
        cases[0] = m.of_size(1, 2)
    if m.once_in(2):
        cases[number // 2] = m.part()
    t = VariantOf(tuple(cases))
    if "record" in m.kinds and m.once_in(3):
        return RecordOf((m.of_size(1), t, m.of_size(1)))
    return ListOf(t) if "list" in m.kinds and m.once_in(2) else t


def no_payload(m: Making) -> Type:
    """Cases without payloads, beside large ones or none at all."""
    if m.any_of("result", "variant") == "result":
        large = _row(m, (4, 2, 8))
        ways = (ResultOf(), ResultOf(large), ResultOf(None, large), ResultOf(), ResultOf(None, m.part()))
        t: Type = pick(m.draw, ways)
    else:
        none = pick(m.draw, (1, 2, 3))
        t = VariantOf((None,) * none if m.once_in(2) else (*(None,) * none, _row(m, (4, 2, 8)), None, m.scalar()))
    return ListOf(t) if "list" in m.kinds and m.once_in(4) else t


def _row(m: Making, lengths: Sequence[int]) -> Type:
    """Several scalars in one, if the case can have that."""
    scalars = tuple(m.scalar() for _ in range(pick(m.draw, lengths)))
    return TupleOf(scalars) if "tuple" in m.kinds else RecordOf(scalars) if "record" in m.kinds else scalars[0]


def odd_elements(m: Making) -> Type:
    """Lists whose elements take no power of two of bytes, and lists of lists."""
    if m.once_in(4):
        return ListOf(ListOf(m.part()))
    size = pick(m.draw, (1, 4, 2, 8))
    fields: list[Type] = [m.of_size(size) for _ in range(pick(m.draw, (3, 5, 6, 7)))]
    if m.once_in(3):
        fields[-1] = m.part()
    kind = m.any_of("tuple", "record")
    return ListOf(TupleOf(tuple(fields)) if kind == "tuple" else RecordOf(tuple(fields)))


def fits_flat(m: Making) -> Type:
    """Flattens to exactly as many core values as parameters may, or one less or more; or to two."""
    wanted = pick(m.draw, (FLAT_LIMIT, FLAT_LIMIT + 1, FLAT_LIMIT - 1, 2))
    fields: list[Type] = []
    if m.once_in(2) and len(flat(part := m.part(), "i32")) <= wanted:
        fields.append(part)
    missing = wanted - sum(len(flat(f, "i32")) for f in fields)
    row = tuple(m.scalar() for _ in range(min(3, missing)))
    fields += [row[i % len(row)] for i in range(missing)]
    return RecordOf(tuple(fields)) if m.any_of("record", "tuple") == "record" else TupleOf(tuple(fields))


def one_part(m: Making) -> Type:
    """Records and tuples of one field, in each other; variants of one case: they flatten to what is in them."""
    t = m.part()
    for _ in range(pick(m.draw, (1, 2, 3))):
        match m.any_of("record", "tuple", "variant"):
            case "record":
                t = RecordOf((t,))
            case "tuple":
                t = TupleOf((t,))
            case _:
                t = VariantOf((t,))
    return t


def wide(m: Making) -> Type:
    """Records of many fields; tuples of tuples."""
    if m.any_of("record", "tuple") == "tuple" and m.once_in(2):
        rows = tuple(_row(m, (2, 3, 1, 4)) for _ in range(pick(m.draw, (3, 2, 5))))
        return TupleOf((*rows, TupleOf(rows[:2])))
    parts = several(m.draw, m.part, least=2, most=4, more=(2, 1))
    fields = tuple(parts[i % len(parts)] for i in range(pick(m.draw, WIDTHS)))
    return RecordOf(fields) if m.any_of("record", "tuple") == "record" else TupleOf(fields)


def deep(m: Making) -> Type:
    """Constructors in each other."""
    t = m.part() if m.once_in(2) else m.scalar()
    depth = pick(m.draw, DEPTHS)
    ways = tuple(kind for kind in _AROUND if kind in m.kinds)
    if m.once_in(3):
        ways = (pick(m.draw, ways),)
    for level in range(depth):
        t = _AROUND[pick(m.draw, ways)](t, m.scalars[level % len(m.scalars)])
        if len(flat(t, "i32")) > 3 * FLAT_LIMIT:
            break
    return t


_AROUND: dict[Kind, Callable[[Type, Prim], Type]] = {
    "option": lambda t, _: OptionOf(t),
    "record": lambda t, beside: RecordOf((beside, t)),
    "variant": lambda t, beside: VariantOf((beside, t, None)),
    "result": lambda t, _: ResultOf(None, t),
    "list": lambda t, _: ListOf(t),
    "tuple": lambda t, beside: TupleOf((t, beside)),
    "map": lambda t, _: MapOf(Prim.STRING, t),
    "fixed-length list": lambda t, _: ListOf(t, 1),
}


def in_line(m: Making) -> Type:
    """Lists of fixed length, of and in what is no scalar."""
    t = ListOf(m.part(), pick(m.draw, (2, 1, 3, 5, 16, 17)))
    inside = ListOf(t, 2) if m.once_in(3) else t
    match m.any_of("fixed-length list", "variant", "list", "option", "record"):
        case "variant":
            return VariantOf((m.scalar(), inside, None))
        case "list":
            return ListOf(inside)
        case "option":
            return OptionOf(inside)
        case "record":
            return RecordOf((m.of_size(1), inside, m.of_size(1, 2)))
        case _:
            return inside


_Needs: TypeAlias = tuple[tuple[Kind, ...], ...]

FORM: dict[Form, tuple[Callable[[Making], Type], _Needs]] = {
    "many cases": (many_cases, (("enum", "variant"),)),
    "joined": (joined, (("variant", "result"),)),
    "padded": (padded, (("record", "tuple"),)),
    "behind a discriminant": (behind_a_discriminant, (("variant",),)),
    "no payload": (no_payload, (("result", "variant"),)),
    "odd elements": (odd_elements, (("list",), ("tuple", "record"))),
    "fits flat": (fits_flat, (("record", "tuple"),)),
    "one part": (one_part, (("record", "tuple", "variant"),)),
    "wide": (wide, (("record", "tuple"),)),
    "deep": (deep, (("option", "record", "variant", "result", "list", "tuple", "map", "fixed-length list"),)),
    "in line": (in_line, (("fixed-length list",),)),
}
"""By name: how to make a type of that form, and of what constructors it needs one each."""


def possible(forms: Sequence[Form], kinds: tuple[Kind, ...]) -> tuple[Form, ...]:
    """Those of *forms* that can be made by *kinds*."""
    return tuple(f for f in forms if all(any(kind in kinds for kind in needed) for needed in FORM[f][1]))


def of_form(form: Form, m: Making) -> Type:
    """A type of that form, which must be `possible`."""
    return FORM[form][0](m)
