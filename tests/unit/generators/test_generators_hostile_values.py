"""Hostile numbers, pointers and lengths: what the specification makes of each, on every engine."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hostile_pairs import EVERY, OURS, Ended, Pair, callee_place, caller_place, check

from fact.model.traps import TrapReason
from fact.model.types import Prim
from fact.model.values import Case, Value
from generators.blueprint import Encoding
from generators.damage import JUNK, RAW
from generators.hostile_choices import (
    RESULT,
    AreaKind,
    Damage,
    Damaged,
    Hostile,
    PointerKind,
    RawArgument,
    RawResult,
    ResultPointer,
    SpilledPadding,
    SpilledPointer,
)
from generators.operands import Const, Param
from generators.valtypes import (
    EnumOf,
    FlagsOf,
    Image,
    ListOf,
    MapOf,
    OptionOf,
    RecordOf,
    TupleOf,
    Type,
    VariantOf,
)
from generators.values import value

CHAR, DISCRIMINANT = TrapReason.INVALID_CHAR, TrapReason.INVALID_DISCRIMINANT
ODD, OUT = TrapReason.POINTER_MISALIGNED, TrapReason.POINTER_OUT_OF_BOUNDS


def one(t: Type, image: Image, path: tuple[int, ...], numbers: Sequence[int], spilled: bool = False) -> Pair:
    """The caller passes *image* with each of *numbers* at *path*, through memory if *spilled*."""
    more = 16 * spilled
    hostile = tuple(Damaged(caller_place(i), 0, 0, image, path, "bits", number) for i, number in enumerate(numbers))
    return Pair((t, *(Prim.U8,) * more), t, ((image, *(0,) * more),) * len(numbers), hostile=hostile)


# -- scalars


NARROW: dict[Prim, dict[int, Ended]] = {
    Prim.BOOL: {2: True, 0x80: True, 0x100: True, 0x8000_0000: True, 0xFFFF_FFFE: True},
    Prim.U8: {0x100: 0, 0x1FF: 0xFF, 0x8000: 0, 0xFFFF_FF80: 0x80, 0xFFFF_FFFF: 0xFF},
    Prim.S8: {0x80: -128, 0xFF: -1, 0x100: 0, 0x17F: 127, 0x180: -128, 0xFFFF_FF7F: 127, 0x8000_0000: 0},
    Prim.U16: {0x1_0000: 0, 0x1_FFFF: 0xFFFF, 0xFFFF_8000: 0x8000, 0x8000_0000: 0},
    Prim.S16: {0x8000: -32768, 0xFFFF: -1, 0x1_7FFF: 32767, 0x1_8000: -32768, 0xFFFF_7FFF: 32767, 0x7FFF_FFFF: -1},
    Prim.CHAR: {0xD7FF: "\ud7ff", 0xD800: CHAR, 0xDBFF: CHAR, 0xDC00: CHAR, 0xDFFF: CHAR, 0xE000: "\ue000",
                0x10_FFFF: "\U0010ffff", 0x11_0000: CHAR, 0x20_0061: CHAR, 0x8000_0041: CHAR, 0xFFFF_FFFF: CHAR},
}
"""What the core value is lifted to."""


@pytest.mark.parametrize("t", NARROW, ids=str)
def test_junk_bits_of_flat_scalars(t: Prim) -> None:
    """CanonicalABI.md, "Flat Lifting": lift_flat_signed and _unsigned wrap, any nonzero i32 is true; "Loading":
    convert_i32_to_char."""
    numbers = NARROW[t]
    assert set(numbers) <= set(RAW[t])
    arguments = tuple(RawArgument(caller_place(i), 0, 0, bits) for i, bits in enumerate(numbers))
    check(Pair((t,), t, ((1,),) * len(numbers), hostile=arguments), list(numbers.values()))
    results = tuple(RawResult(callee_place(i), bits) for i, bits in enumerate(numbers))
    check(Pair((), t, ((),) * len(numbers), Const(t, 1), hostile=results), list(numbers.values()))


@pytest.mark.parametrize("t", NARROW, ids=str)
def test_junk_in_memory_is_cut_to_the_size(t: Prim) -> None:
    """CanonicalABI.md, "Loading": load_int of one or two bytes; a bool is its byte, a char has all four."""
    width = {Prim.BOOL: 8, Prim.U8: 8, Prim.S8: 8, Prim.U16: 16, Prim.S16: 16, Prim.CHAR: 32}[t]
    expected = [(bool(bits & 0xFF) if t is Prim.BOOL else lifted) for bits, lifted in NARROW[t].items()]
    assert width == 32 or all(isinstance(lifted, int) for lifted in expected)
    whole: list[Ended] = [e if isinstance(e, TrapReason) or e is None else (e, "a") for e in expected]
    t2 = TupleOf((t, Prim.CHAR))
    check(one(t2, (1, 0x61), (0,), tuple(NARROW[t]), spilled=True), whole)


@pytest.mark.parametrize("position", [0, 3, 15, 16, 17, 32, 39])
def test_one_bad_char_in_a_list(position: int) -> None:
    """CanonicalABI.md, "Loading": each element is loaded; wherever it stands, and limits are none."""
    image = (0x10_FFFF, 0xD7FF, 0xE000, 0x61) * 10
    text = [chr(code) for code in image]
    numbers = (0xD800, 0xDFFF, 0x11_0000, 0xFFFF_FFFF, 0xD7FF, 0xE000)
    fine: list[Ended] = [(*text[:position], chr(n), *text[position + 1 :]) for n in numbers[4:]]
    check(one(ListOf(Prim.CHAR), image, (position,), numbers), [CHAR, CHAR, CHAR, CHAR, *fine])


# -- discriminants and flags


@pytest.mark.parametrize(("t", "image", "last"), [
    (EnumOf(3), 2, Case("c2")), (EnumOf(256), 255, Case("c255")), (EnumOf(257), 256, Case("c256")),
    (OptionOf(Prim.U8), (1, 7), Case("some", 7)), (VariantOf((Prim.U64, None, Prim.F32)), (1, 0), Case("c1")),
])
def test_discriminants_past_the_last_case(t: Type, image: Image, last: Value) -> None:
    """CanonicalABI.md, "Flat Lifting": lift_flat_variant looks at all 32 bits."""
    count = {"c2": 3, "c255": 256, "c256": 257, "some": 2, "c1": 3}[last.label] if isinstance(last, Case) else 0
    numbers = (count - 1 if last != Case("c1") else 1, count, count + 1, 0xFF if count < 0xFF else 0xFFFF,
               0x1_0000, 0x8000_0000, 0xFFFF_FFFF)
    check(one(t, image, (), numbers), [last] + [DISCRIMINANT] * 6)


@pytest.mark.parametrize(("count", "numbers", "expected"), [
    (3, (3, 4, 0xFF, 0x100, 0x102, 0x103), [DISCRIMINANT] * 3 + [Case("c0"), Case("c2"), DISCRIMINANT]),
    (255, (255, 256, 0xFFFF_FFFF), [DISCRIMINANT, Case("c0"), DISCRIMINANT]),
    (256, (256, 0x1FF, 0xFFFF_FFFF), [Case("c0"), Case("c255"), Case("c255")]),
    (257, (257, 258, 0xFFFF, 0x1_0000, 0x1_0100, 0x1_0101), [DISCRIMINANT] * 3 + [Case("c0"), Case("c256"),
                                                                                  DISCRIMINANT]),
])
def test_discriminants_in_memory_have_a_width(count: int, numbers: tuple[int, ...], expected: list[Ended]) -> None:
    """CanonicalABI.md, "Loading": load_variant loads as many bytes as discriminant_type has."""
    inside: list[Ended] = [e if isinstance(e, TrapReason) or e is None else (Case("c1"), e) for e in expected]
    check(one(ListOf(EnumOf(count)), (1, 0), (1,), numbers), inside)


@pytest.mark.parametrize(("count", "image", "numbers"), [
    (3, 0b101, (0b1101, 0xFFFF_FFFD, 0x8000_0005)), (8, 0x81, (0x181, 0xFFFF_FF81)),
    (9, 0x101, (0x301, 0x8000_0101)), (17, 0x1_0001, (0x3_0001, 0xFFFF_0001)), (32, 0x8000_0001, (0x8000_0001,)),
])
def test_flags_past_the_last_are_dropped(count: int, image: int, numbers: tuple[int, ...]) -> None:
    """CanonicalABI.md, "Loading": unpack_flags_from_int looks at no further bits."""
    names = frozenset(f"b{i}" for i in range(count) if image >> i & 1)
    check(one(FlagsOf(count), image, (), numbers), [names] * len(numbers))
    check(one(ListOf(FlagsOf(count)), (image, image), (1,), numbers), [(names, names)] * len(numbers))


# -- what is not to be looked at


JOINED: tuple[tuple[Type, Image], ...] = (
    (OptionOf(Prim.STRING), (0, 0)), (OptionOf(Prim.CHAR), (0, 0)), (OptionOf(ListOf(Prim.U64)), (0, 0)),
    (OptionOf(OptionOf(EnumOf(3))), (0, 0)),
    (VariantOf((Prim.F32, Prim.U64, Prim.S8)), (0, 0x3F80_0000)), (VariantOf((Prim.F32, Prim.U64, Prim.S8)), (2, -1)),
    (VariantOf((Prim.F32, Prim.S32)), (0, 0x3F80_0000)), (VariantOf((Prim.CHAR, Prim.F64)), (0, 0x10_FFFF)),
    (VariantOf((None, RecordOf((Prim.U8, Prim.STRING, Prim.F64)))), (0, 0)),
    (VariantOf((Prim.U8, RecordOf((Prim.U64, Prim.CHAR)))), (0, 200)),
)


@pytest.mark.parametrize(("t", "image"), JOINED)
def test_junk_where_no_value_is_changes_nothing(t: Type, image: Image) -> None:
    """CanonicalABI.md, "Flat Lifting": what a case does not use is skipped, wrap_i64_to_i32; "Loading": the payload of
    another case, and padding, are not loaded."""
    spilled: tuple[tuple[Type, ...], tuple[Image, ...]] = ((Prim.U8,) * 16, (0,) * 16)
    three = TupleOf((t, Prim.U8, t))
    for whole, made, (types, values) in (
        (t, image, ((), ())), (ListOf(t), (image, image), ((), ())), (three, (image, 1, image), spilled)
    ):
        hostile: list[Hostile] = []
        for n, byte in enumerate(JUNK):
            hostile.append(Damaged(caller_place(2 * n), 0, 0, made, (), "junk", byte))
            hostile.append(SpilledPadding(caller_place(2 * n + 1), 0, byte))
        pair = Pair((whole, *types), whole, ((made, *values),) * 2 * len(JUNK), hostile=tuple(hostile))
        check(pair, [value(whole, made)] * 2 * len(JUNK))


# -- pointers and lengths


OF_LISTS: dict[PointerKind, tuple[Ended, Ended, Ended]] = {
    "odd": (ODD, (2, 3, 0), ODD), "half": (ODD, (1, 2, 3), ODD), "last fit": ((1, 2, 3), (1, 2, 3), ()),
    "one past": (OUT, OUT, OUT), "at end": (OUT, OUT, ()), "past end": (OUT, OUT, OUT), "wrapping": (OUT, OUT, OUT),
    "last": (OUT, OUT, OUT), "null": ((0, 0, 0), (0, 0, 0), ()),
}
"""What becomes of lists of three u32s, of three u8s, and of no u32 at all."""


@pytest.mark.parametrize(("spilled", "wide"), [(0, False), (16, False), (0, True)])
@pytest.mark.parametrize("which", [0, 1, 2])
def test_pointers_of_lists(which: int, spilled: int, wide: bool) -> None:
    """CanonicalABI.md, "Loading": load_list_from_range traps for the alignment, then for the end; of empty ones too."""
    t, image = ((Prim.U32, (1, 2, 3)), (Prim.U8, (1, 2, 3)), (Prim.U32, ()))[which]
    damages: tuple[Damage, ...] = ("pointer",) if image else ("pointer", "empty")
    for damage in damages:
        made = image if damage == "pointer" else (1, 2, 3)
        bad = tuple(Damaged(caller_place(i), 0, 0, made, (), damage, pointer=kind) for i, kind in enumerate(OF_LISTS))
        pair = Pair((ListOf(t), *(Prim.U8,) * spilled), ListOf(t), ((made, *(0,) * spilled),) * len(bad),
                    wide=(wide, False), hostile=bad)
        check(pair, [ends[which] for ends in OF_LISTS.values()], OURS if wide else EVERY)


@pytest.mark.parametrize(("encoding", "kind", "expected"), [
    ("utf8", "odd", "bc\0"), ("utf16", "odd", ODD), ("latin1+utf16", "odd", ODD), ("utf16", "half", ODD),
    ("latin1+utf16", "last fit", "abc"), ("utf8", "one past", OUT), ("latin1+utf16", "one past", OUT),
    ("utf8", "wrapping", OUT), ("utf16", "last", OUT), ("utf8", "null", "\0\0\0"), ("latin1+utf16", "null", "\0\0\0"),
])
def test_pointers_of_strings(encoding: Encoding, kind: PointerKind, expected: Ended) -> None:
    """CanonicalABI.md, "Loading": load_string_from_range; latin1+utf16 is aligned to 2 whatever it holds."""
    bad = Damaged(caller_place(), 0, 0, "abc", (), "pointer", pointer=kind)
    check(Pair((Prim.STRING,), Prim.STRING, (("abc",),), caller=encoding, hostile=(bad,)), [expected])


TOO_LONG, LIST_TOO_LONG = TrapReason.STRING_TOO_LONG, TrapReason.LIST_TOO_LONG


@pytest.mark.parametrize(("encoding", "lengths", "expected"), [
    ("utf8", ((1 << 28) - 1, 1 << 28, (1 << 32) - 1), [OUT, TOO_LONG, TOO_LONG]),
    ("utf16", ((1 << 27) - 1, 1 << 27, (1 << 31) - 1, 1 << 31), [OUT, TOO_LONG, TOO_LONG, TOO_LONG]),
    ("latin1+utf16", ((1 << 28) - 1, 1 << 28, 1 << 31, 1 << 31 | (1 << 27) - 1, 1 << 31 | 1 << 27),
     [OUT, TOO_LONG, "", OUT, TOO_LONG]),
])
def test_lengths_of_strings(encoding: Encoding, lengths: tuple[int, ...], expected: list[Ended]) -> None:
    """CanonicalABI.md, "Loading": MAX_STRING_BYTE_LENGTH is 2^28 - 1 bytes, and comes before the pointer."""
    damages: tuple[Damage, ...] = ("length", "both")
    for damage in damages:
        bad = tuple(Damaged(caller_place(i), 0, 0, "", (), damage, n, "wrapping") for i, n in enumerate(lengths))
        pair = Pair((Prim.STRING,), Prim.STRING, (("",),) * len(lengths), caller=encoding, hostile=bad)
        check(pair, [OUT if damage == "both" and e == "" else e for e in expected])


@pytest.mark.parametrize(("t", "lengths", "expected"), [
    (Prim.U8, ((1 << 28) - 1, 1 << 28, (1 << 32) - 1), [OUT, LIST_TOO_LONG, LIST_TOO_LONG]),
    (Prim.U32, ((1 << 26) - 1, 1 << 26, 1 << 30, (1 << 30) + 1, 1 << 31), [OUT] + [LIST_TOO_LONG] * 4),
    (TupleOf((Prim.U32,) * 3), ((1 << 28) // 12, (1 << 28) // 12 + 1, (1 << 32) // 12 + 1),
     [OUT, LIST_TOO_LONG, LIST_TOO_LONG]),
])
def test_lengths_of_lists(t: Type, lengths: tuple[int, ...], expected: list[Ended]) -> None:
    """CanonicalABI.md, "Loading": MAX_LIST_BYTE_LENGTH, of a product that does not wrap at 32 bits."""
    bad = tuple(Damaged(caller_place(i), 0, 0, (), (), "length", n) for i, n in enumerate(lengths))
    check(Pair((ListOf(t),), ListOf(t), (((),),) * len(lengths), hostile=bad), expected)
    wide = Pair((ListOf(t),), ListOf(t), (((),),), wide=(True, False),
                hostile=(Damaged(caller_place(), 0, 0, (), (), "length", 1 << 62),))
    check(wide, [LIST_TOO_LONG], OURS)


@pytest.mark.parametrize(("t", "image", "path"), [
    (ListOf(ListOf(Prim.U16)), ((1,), (2,), (3,)), (1,)), (MapOf(Prim.STRING, Prim.U8), (("a", 1), ("b", 2)), (1, 0)),
    (ListOf(Prim.STRING), ("a", "b", "c"), (2,)), (RecordOf((Prim.U8, ListOf(Prim.U64))), (1, (2,)), (1,)),
    (OptionOf(ListOf(Prim.U32)), (1, (2,)), (0,)), (MapOf(Prim.U8, ListOf(Prim.U8)), ((1, (2,)),), (0, 1)),
])
def test_pointers_inside_of_others(t: Type, image: Image, path: tuple[int, ...]) -> None:
    """CanonicalABI.md, "Loading": of elements, keys, values, fields and payloads as of the whole."""
    kinds: tuple[PointerKind, ...] = ("past end", "wrapping", "one past")
    bad = tuple(Damaged(caller_place(i), 0, 0, image, path, "pointer", pointer=kind) for i, kind in enumerate(kinds))
    check(Pair((t,), t, ((image,),) * 3, hostile=bad), [OUT] * 3)


# -- areas


AREAS: tuple[tuple[AreaKind, Ended], ...] = (
    ("odd", ODD), ("half", ODD), ("one past", OUT), ("at end", OUT), ("past end", OUT), ("wrapping", OUT),
    ("last", OUT),
)


@pytest.mark.parametrize(("kind", "expected"), AREAS)
def test_areas_that_trap(kind: AreaKind, expected: Ended) -> None:
    """CanonicalABI.md, "Lifting and Lowering Values": lift_flat_values and lower_flat_values trap for alignment, then
    for the end; -16 is aligned."""
    right = [expected]
    t = TupleOf((Prim.U64, Prim.U32))
    spilled = (t, *(Prim.U8,) * 16)
    assert kind != "arguments"
    hostile: tuple[Hostile, ...] = (ResultPointer(caller_place(), 0, kind),)
    check(Pair((t,), t, (((1, 2),),), hostile=hostile), right)
    check(Pair((t,), t, (((1, 2),),), hostile=(ResultPointer(callee_place(), RESULT, kind),)), right)
    check(Pair(spilled, None, (((1, 2), *(0,) * 16),), hostile=(SpilledPointer(caller_place(), 0, kind),)), right)


def test_areas_that_do_not_trap() -> None:
    """The same section: the last place that fits, address 0, and what is somewhere else already are as good as any."""
    t = TupleOf((Prim.U64, Prim.U32))
    spilled, args = (t, *(Prim.U8,) * 16), ((1, 2), *range(16))
    anywhere: list[AreaKind] = ["last fit", "null", "arguments"]
    for area in anywhere:
        check(Pair(spilled, t, (args,), hostile=(ResultPointer(caller_place(), 0, area),)), [(1, 2)])
    back: list[tuple[AreaKind, Ended]] = [("last fit", (1, 2)), ("null", (0, 0)), ("arguments", (1, 2))]
    for area, got in back:
        check(Pair(spilled, t, (args,), Param(0), hostile=(ResultPointer(callee_place(), RESULT, area),)), [got])
    there: list[tuple[PointerKind, Ended]] = [("last fit", (1, 2)), ("null", (0, 0))]
    for kind, got in there:
        check(Pair(spilled, t, (args,), Param(0), hostile=(SpilledPointer(caller_place(), 0, kind),)), [got])
