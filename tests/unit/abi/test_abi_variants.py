"""Variants and flags: CanonicalABI.md, "Alignment" (discriminant_type), "Loading", "Storing", "Flattening" (join),
"Flat Lifting" (CoerceValueIter), "Flat Lowering"."""

from __future__ import annotations

import pytest
from abi_guests import Guest, lifted, loaded, reading, violation

from fact.abi import CoreValue, alignment, elem_size, flatten_type, load, lower_flat, store
from fact.model.traps import TrapReason
from fact.model.types import CoreValType, EnumType, Flags, Option, Prim, Record, Result, Tuple, ValType, Variant
from fact.model.values import Case, Value, same_value


def enum(n: int) -> EnumType:
    return EnumType(tuple(f"e{i}" for i in range(n)))


@pytest.mark.parametrize(("n", "size"), [(1, 1), (2, 1), (255, 1), (256, 1), (257, 2), (65536, 2), (65537, 4)])
def test_discriminants_are_as_wide_as_the_number_of_cases_needs(n: int, size: int) -> None:
    t = enum(n)
    assert (alignment(t, "i32"), elem_size(t, "i32"), flatten_type(t, "i32")) == (size, size, ("i32",))
    guest, last = Guest(size=16), Case(f"e{n - 1}")
    guest.memory.data[:] = b"\xaa" * 16
    store(guest.cx, last, t, 8)
    assert guest.bytes_at(0, 16) == b"\xaa" * 8 + (n - 1).to_bytes(size, "little") + b"\xaa" * (8 - size)
    assert load(guest.cx, 8, t) == last


@pytest.mark.parametrize("n", [1, 2, 255, 257, 65537])
def test_discriminants_at_the_number_of_cases_trap_flat_and_in_memory(n: int) -> None:
    t = enum(n)
    bad = (TrapReason.INVALID_DISCRIMINANT, ())
    assert violation(lambda: lifted(reading(b""), t, n)) == bad
    assert violation(lambda: lifted(reading(b""), t, 0xFFFF_FFFF)) == bad
    assert violation(lambda: loaded(n.to_bytes(4, "little"), t)) == bad


def test_flat_discriminants_are_not_truncated() -> None:
    assert violation(lambda: lifted(reading(b""), enum(2), 256))[0] is TrapReason.INVALID_DISCRIMINANT
    assert loaded(bytes([1, 1]), enum(2)) == Case("e1")


@pytest.mark.parametrize(
    ("t", "align", "size", "payload_at"),
    [
        (Option(Prim.U8), 1, 2, 1),
        (Option(Prim.U64), 8, 16, 8),
        (Variant((("a", Prim.U16), ("b", Tuple((Prim.U8,) * 5)))), 2, 8, 2),
        (Variant((("a", Prim.U8), *((f"c{i}", None) for i in range(256)))), 2, 4, 2),
        (Result(None, None), 1, 1, 1),
    ],
)
def test_payloads_begin_at_the_greatest_alignment_of_a_case(t: ValType, align: int, size: int, payload_at: int) -> None:
    assert (alignment(t, "i32"), elem_size(t, "i32")) == (align, size)
    label = {"option": "some", "result": "ok"}.get(str(t).partition("<")[0], "a")
    value = Case(label) if isinstance(t, Result) else Case(label, 5)
    guest = Guest(size=32)
    store(guest.cx, value, t, 0)
    stored = bytearray(32)
    if isinstance(t, Option):
        stored[0] = 1
    if not isinstance(t, Result):
        stored[payload_at] = 5
    assert guest.memory.data == stored
    assert load(guest.cx, 0, t) == value


def test_stored_variants_leave_the_bytes_of_other_cases_alone() -> None:
    guest = Guest(size=16)
    guest.memory.data[:] = b"\xaa" * 16
    store(guest.cx, Case("none"), Option(Prim.U64), 0)
    assert guest.memory.data == b"\0" + b"\xaa" * 15


def test_only_the_payload_of_the_case_at_hand_is_checked() -> None:
    t = Result(Prim.CHAR, None)
    assert lifted(reading(b""), t, 1, 0xD800) == Case("error")
    assert violation(lambda: lifted(reading(b""), t, 0, 0xD800)) == (TrapReason.INVALID_CHAR, ("ok",))
    assert violation(lambda: loaded(bytes.fromhex("0000000000d80000"), t)) == (TrapReason.INVALID_CHAR, ("ok",))


# -- joined slots

JOINED = Variant((("i", Prim.U32), ("f", Prim.F32), ("l", Prim.S64), ("d", Prim.F64), ("c", Prim.S8), ("n", None)))


def payloads(*ts: ValType) -> Variant:
    return Variant(tuple((f"c{i}", t) for i, t in enumerate(ts)))


@pytest.mark.parametrize(
    ("ts", "flat"),
    [
        ((Prim.U32, Prim.F32), ("i32",)),
        ((Prim.F32, Prim.U8), ("i32",)),
        ((Prim.F32, Prim.F32), ("f32",)),
        ((Prim.F64, Prim.F64), ("f64",)),
        ((Prim.F32, Prim.F64), ("i64",)),
        ((Prim.U32, Prim.U64), ("i64",)),
        ((Prim.F64, Prim.U64), ("i64",)),
        ((Prim.F64, Prim.U32), ("i64",)),
        ((Prim.U32, Prim.F32, Prim.F64), ("i64",)),
        ((Prim.U8, Tuple((Prim.F32, Prim.F64))), ("i32", "f64")),
        ((Prim.STRING, Prim.U64), ("i64", "i32")),
    ],
)
def test_slots_of_several_cases_are_joined(ts: tuple[ValType, ...], flat: tuple[CoreValType, ...]) -> None:
    assert flatten_type(payloads(*ts), "i32") == ("i32", *flat)


@pytest.mark.parametrize(
    ("value", "slot", "others"),
    [
        (Case("i", 0xFFFF_FFFF), 0xFFFF_FFFF, 0x1234_5678_FFFF_FFFF),
        (Case("f", -0.0), 0x8000_0000, 0xFFFF_FFFF_8000_0000),
        (Case("l", -1), 0xFFFF_FFFF_FFFF_FFFF, 0xFFFF_FFFF_FFFF_FFFF),
        (Case("d", -0.0), 0x8000_0000_0000_0000, 0x8000_0000_0000_0000),
        (Case("c", -1), 0xFFFF_FFFF, 0xABCD_0000_0000_01FF),
        (Case("n"), 0, 0x7777),
    ],
)
def test_payloads_are_coerced_to_a_joined_slot_and_back(value: Case, slot: int, others: int) -> None:
    flat = lower_flat(Guest().cx, value, JOINED)
    assert flat[1:] == [slot]
    assert same_value(lifted(reading(b""), JOINED, *flat), value)
    assert same_value(lifted(reading(b""), JOINED, flat[0], others), value)


def test_floats_in_a_narrow_joined_slot_are_their_bits() -> None:
    t = Variant((("i", Prim.U32), ("f", Prim.F32)))
    assert lower_flat(Guest().cx, Case("f", 1.0), t) == [1, 0x3F80_0000]
    assert lifted(reading(b""), t, 1, 0x3F80_0000) == Case("f", 1.0)


def test_nans_in_joined_slots_are_canonical() -> None:
    nan = float("nan")
    assert lower_flat(Guest().cx, Case("f", nan), JOINED)[1] == 0x7FC0_0000
    assert lower_flat(Guest().cx, Case("d", nan), JOINED)[1] == 0x7FF8_0000_0000_0000


def test_joined_slots_join_again_in_an_outer_variant() -> None:
    t = Variant((("v", Variant((("i", Prim.U32), ("f", Prim.F32)))), ("t", Tuple((Prim.U8, Prim.F64)))))
    assert flatten_type(t, "i32") == ("i32", "i32", "i64")
    value = Case("v", Case("f", 1.0))
    assert lower_flat(Guest().cx, value, t) == [0, 1, 0x3F80_0000]
    assert lifted(reading(b""), t, 0, 1, 0xFFFF_FFFF_3F80_0000) == value


def test_all_slots_are_taken_whatever_the_case() -> None:
    t = Record((("v", Variant((("a", Tuple((Prim.U8, Prim.U8))), ("b", Prim.U8), ("c", None)))), ("after", Prim.U8)))
    for flat, value in [((0, 1, 2, 9), (Case("a", (1, 2)), 9)), ((1, 1, 7, 9), (Case("b", 1), 9)),
                        ((2, 7, 7, 9), (Case("c"), 9))]:
        assert lifted(reading(b""), t, *flat) == value


def test_pointers_in_joined_slots_are_of_the_memorys_type() -> None:
    t = Variant((("s", Prim.STRING), ("f", Prim.F32)))
    assert flatten_type(t, "i64") == ("i32", "i64", "i64")
    assert lifted(reading(b"hi", "utf8", "i64"), t, 0, 0, 2) == Case("s", "hi")
    assert lower_flat(Guest("utf8", "i64").cx, Case("f", 1.0), t) == [1, 0x3F80_0000, 0]


def test_unused_slots_of_floats_are_zero() -> None:
    flat: list[CoreValue] = lower_flat(Guest().cx, Case("none"), Option(Tuple((Prim.F32, Prim.F64))))
    assert flat == [0, 0, 0]


# -- flags


def flags(n: int) -> Flags:
    return Flags(tuple(f"b{i}" for i in range(n)))


@pytest.mark.parametrize(("n", "size"), [(1, 1), (8, 1), (9, 2), (16, 2), (17, 4), (32, 4)])
def test_flags_are_as_wide_as_their_labels_need(n: int, size: int) -> None:
    t, value = flags(n), frozenset(("b0", f"b{n - 1}"))
    bits = 1 | 1 << (n - 1)
    assert (alignment(t, "i32"), elem_size(t, "i32"), flatten_type(t, "i32")) == (size, size, ("i32",))
    guest = Guest(size=8)
    guest.memory.data[:] = b"\xaa" * 8
    store(guest.cx, value, t, 0)
    assert guest.memory.data == bits.to_bytes(size, "little") + b"\xaa" * (8 - size)
    assert lower_flat(guest.cx, value, t) == [bits]
    assert load(guest.cx, 0, t) == lifted(guest.cx, t, bits) == value


@pytest.mark.parametrize("n", [1, 7, 9, 31])
def test_bits_past_the_last_label_are_dropped(n: int) -> None:
    all_set: Value = frozenset(f"b{i}" for i in range(n))
    assert lifted(reading(b""), flags(n), 0xFFFF_FFFF) == all_set
    assert loaded(b"\xff" * 4, flags(n)) == all_set
