"""Lists and maps: CanonicalABI.md, "Loading" (load_list...), "Storing" (store_list...), flat lifting and lowering."""

from __future__ import annotations

import math
import struct
from functools import partial

import pytest
from abi_guests import Guest, lifted, loaded, reading, violation

from fact.abi import MAX_LIFTED_BYTES, MAX_LIST_BYTE_LENGTH, flatten_type, load, lower_flat, store
from fact.errors import Unsupported
from fact.model.traps import TrapReason
from fact.model.types import EnumType, List, Map, Option, Prim, PtrType, Tuple, ValType
from fact.model.values import Case, Value, same_value

SCALARS: list[tuple[Prim, tuple[Value, ...], str]] = [
    (Prim.BOOL, (True, False), "0100"),
    (Prim.U8, (0, 255), "00ff"),
    (Prim.S8, (-128, 127), "807f"),
    (Prim.U16, (1, 65535), "0100ffff"),
    (Prim.S16, (-2, 1), "feff0100"),
    (Prim.U32, (1, 0xFFFF_FFFF), "01000000ffffffff"),
    (Prim.S32, (-2, 1), "feffffff01000000"),
    (Prim.U64, (1, (1 << 64) - 1), "0100000000000000ffffffffffffffff"),
    (Prim.S64, (-2, 1), "feffffffffffffff0100000000000000"),
    (Prim.F32, (-0.0, 1.5), "000000800000c03f"),
    (Prim.F64, (-0.0, 5e-324), "00000000000000800100000000000000"),
    (Prim.CHAR, ("a", "\U0010ffff"), "61000000ffff1000"),
]


@pytest.mark.parametrize(("t", "value", "stored"), SCALARS, ids=[str(t) for t, _, _ in SCALARS])
def test_scalars_lie_side_by_side_little_endian(t: Prim, value: tuple[Value, ...], stored: str) -> None:
    guest, data = Guest(), bytes.fromhex(stored)
    assert lower_flat(guest.cx, value, List(t)) == [256, 2]
    assert guest.calls == [(0, 0, len(data) // 2, len(data))]
    assert guest.bytes_at(256, len(data)) == data
    assert same_value(lifted(reading(data), List(t), 0, 2), value)
    assert same_value(tuple(load(reading(data), i * len(data) // 2, t) for i in range(2)), value)


def test_bools_in_a_list_are_true_but_for_zero() -> None:
    assert lifted(reading(bytes([0, 1, 2, 0x80])), List(Prim.BOOL), 0, 4) == (False, True, True, True)


@pytest.mark.parametrize(("t", "nan", "canonical"), [(Prim.F32, "010080ff", "0000c07f"),
                                                     (Prim.F64, "010000000000f4ff", "000000000000f87f")])
def test_nans_in_a_list_are_canonical(t: Prim, nan: str, canonical: str) -> None:
    values = lifted(reading(bytes.fromhex(nan)), List(t), 0, 1)
    assert isinstance(values, tuple)
    (value,) = values
    assert isinstance(value, float)
    assert struct.pack(">d", value).hex() == "7ff8000000000000"
    guest = Guest()
    lower_flat(guest.cx, (struct.unpack("<d", bytes.fromhex("010000000000f4ff"))[0],), List(t))
    assert guest.bytes_at(256, len(nan) // 2).hex() == canonical
    assert math.isnan(value)


@pytest.mark.parametrize("code", [0xD800, 0xDFFF, 0x11_0000, 0xFFFF_FFFF])
def test_the_first_bad_char_of_a_list_is_the_one_that_traps(code: int) -> None:
    data = b"".join(c.to_bytes(4, "little") for c in (0x61, 0xD7FF, code, 0xDC00))
    assert violation(lambda: lifted(reading(data), List(Prim.CHAR), 0, 4)) == (TrapReason.INVALID_CHAR, (2,))


def test_chars_that_would_pair_as_surrogates_trap() -> None:
    data = (0xD83D).to_bytes(4, "little") + (0xDE00).to_bytes(4, "little")
    assert violation(lambda: lifted(reading(data), List(Prim.CHAR), 0, 2)) == (TrapReason.INVALID_CHAR, (0,))


PAIR = Tuple((Prim.U8, Prim.U32))


def test_elements_are_their_size_apart() -> None:
    data = bytes.fromhex("01aaaaaa02000000" "03bbbbbb04000000")
    assert lifted(reading(data), List(PAIR), 0, 2) == ((1, 2), (3, 4))
    guest = Guest()
    lower_flat(guest.cx, ((1, 2), (3, 4)), List(PAIR))
    assert guest.bytes_at(256, 16).hex() == "0100000002000000" "0300000004000000"


@pytest.mark.parametrize(("element", "size"), [(Prim.U8, 1), (Prim.U32, 4), (PAIR, 8), (Prim.STRING, 8)])
def test_byte_length_is_limited_before_anything_else_is_checked(element: ValType, size: int) -> None:
    cx, most = reading(b"\xff" * 8), MAX_LIST_BYTE_LENGTH // size
    assert violation(lambda: lifted(cx, List(element), 1 << 20, most))[0] is TrapReason.POINTER_OUT_OF_BOUNDS
    assert violation(lambda: lifted(cx, List(element), (1 << 20) + 1, most + 1))[0] is TrapReason.LIST_TOO_LONG


def test_lengths_that_would_wrap_around_are_too_long() -> None:
    assert violation(lambda: lifted(reading(b""), List(Prim.U32), 0, 1 << 30))[0] is TrapReason.LIST_TOO_LONG
    cx = reading(b"", "utf8", "i64")
    assert violation(lambda: lifted(cx, List(Prim.U64), 0, 1 << 61))[0] is TrapReason.LIST_TOO_LONG


def test_the_limit_is_on_the_sources_layout() -> None:
    n = MAX_LIST_BYTE_LENGTH // 8
    narrow = violation(lambda: lifted(reading(b""), List(Prim.STRING), 8, n))
    wide = violation(lambda: lifted(reading(b"", "utf8", "i64"), List(Prim.STRING), 8, n))
    assert (narrow[0], wide[0]) == (TrapReason.POINTER_OUT_OF_BOUNDS, TrapReason.LIST_TOO_LONG)


def test_alignment_is_checked_before_bounds_and_for_no_elements_too() -> None:
    cx = reading(bytes(8))
    assert violation(lambda: lifted(cx, List(Prim.U16), 1, 0))[0] is TrapReason.POINTER_MISALIGNED
    assert violation(lambda: lifted(cx, List(Prim.U16), 0xFFFF_FFFF, 9))[0] is TrapReason.POINTER_MISALIGNED


def test_bounds_are_checked_before_content_and_for_no_elements_too() -> None:
    cx = reading(b"\xff" * 8)
    assert lifted(cx, List(Prim.CHAR), 8, 0) == ()
    for ptr, length in ((12, 0), (8, 1), (0, 3), (0xFFFF_FFFC, 1)):
        found = violation(partial(lifted, cx, List(Prim.CHAR), ptr, length))
        assert found[0] is TrapReason.POINTER_OUT_OF_BOUNDS


@pytest.mark.parametrize(
    ("pointer", "stored"), [("i32", "00010000" "03000000"), ("i64", "0001000000000000" "0300000000000000")]
)
def test_lists_are_stored_as_pointer_and_length(pointer: PtrType, stored: str) -> None:
    guest = Guest("utf8", pointer)
    store(guest.cx, (7, 8, 9), List(Prim.U8), 32)
    assert guest.bytes_at(32, len(stored) // 2).hex() == stored
    assert load(guest.cx, 32, List(Prim.U8)) == (7, 8, 9)


def test_no_elements_are_allocated_too() -> None:
    guest = Guest()
    assert lower_flat(guest.cx, (), List(Prim.U64)) == [256, 0]
    assert guest.calls == [(0, 0, 8, 0)]


@pytest.mark.parametrize(
    ("block", "reason"),
    [(252, TrapReason.REALLOC_MISALIGNED), (4088, TrapReason.REALLOC_OUT_OF_BOUNDS),
     (4090, TrapReason.REALLOC_MISALIGNED)],
)
def test_reallocs_result_is_checked_for_alignment_then_bounds(block: int, reason: TrapReason) -> None:
    guest = Guest(blocks=[block])
    assert violation(lambda: lower_flat(guest.cx, (1, 2), List(Prim.U64))) == (reason, ())


def test_a_list_is_allocated_before_what_its_elements_need() -> None:
    guest = Guest()
    lower_flat(guest.cx, (("a", "bc"), ()), List(List(Prim.STRING)))
    assert guest.calls == [(0, 0, 4, 16), (0, 0, 4, 16), (0, 0, 1, 1), (0, 0, 1, 2), (0, 0, 4, 0)]


# -- fixed length


def test_lists_of_fixed_length_are_in_line() -> None:
    t = List(Prim.U16, 3)
    guest = Guest()
    store(guest.cx, (1, 2, 3), t, 8)
    assert (guest.calls, guest.bytes_at(8, 6).hex()) == ([], "010002000300")
    assert loaded(bytes.fromhex("010002000300"), t) == (1, 2, 3)
    assert lower_flat(guest.cx, (1, 2, 3), t) == [1, 2, 3]
    assert lifted(guest.cx, t, 0x1_0001, 2, 3) == (1, 2, 3)


def test_long_lists_of_fixed_length_are_loaded_and_stored() -> None:
    t, value = List(Tuple((Prim.U8, Prim.U8)), 2000), ((1, 2),) * 2000
    guest = Guest()
    store(guest.cx, value, t, 0)
    assert guest.bytes_at(0, 4000) == b"\1\2" * 2000
    assert load(guest.cx, 0, t) == value


def test_flat_types_of_an_enormous_list_are_refused() -> None:
    with pytest.raises(Unsupported, match="fixed-length lists that flatten to more than"):
        flatten_type(List(Prim.U8, 1 << 27), "i32")


def test_bad_elements_of_a_fixed_list_are_named_by_their_index() -> None:
    t = List(Prim.CHAR, 3)
    flat = violation(lambda: lifted(reading(b""), t, 0x61, 0x62, 0xD800))
    in_memory = violation(lambda: loaded(bytes.fromhex("6100000000d8000000d80000"), t))
    assert (flat, in_memory) == ((TrapReason.INVALID_CHAR, (2,)), (TrapReason.INVALID_CHAR, (1,)))


# -- maps


def test_a_map_is_a_list_of_pairs_whose_keys_may_repeat() -> None:
    t, value = Map(Prim.U8, Prim.U16), ((1, 2), (1, 3))
    guest = Guest()
    assert lower_flat(guest.cx, value, t) == [256, 2]
    assert guest.bytes_at(256, 8).hex() == "01000200" "01000300"
    assert lifted(guest.cx, t, 256, 2) == value


# -- what shares memory


def test_elements_may_be_shared_and_overlap() -> None:
    inner = (16).to_bytes(4, "little") + (4).to_bytes(4, "little")
    assert lifted(reading(inner * 2 + b"abcd"), List(List(Prim.U8)), 0, 2) == (tuple(b"abcd"),) * 2


def test_lists_that_share_memory_without_measure_are_refused() -> None:
    level = b"".join((0).to_bytes(4, "little") + (4096).to_bytes(4, "little") for _ in range(4096))
    with pytest.raises(Unsupported, match=f"lists and strings worth more than {MAX_LIFTED_BYTES} bytes"):
        lifted(reading(level), List(List(List(Prim.U64))), 0, 4096)


def test_elements_that_are_not_scalars_count_for_more() -> None:
    cx = reading(bytes(2))
    cx.lifted = MAX_LIFTED_BYTES - 24
    assert lifted(cx, List(Option(Prim.U8)), 0, 1) == (Case("none"),)
    cx.lifted = MAX_LIFTED_BYTES - 23
    with pytest.raises(Unsupported):
        lifted(cx, List(Option(Prim.U8)), 0, 1)


# -- elements that are not scalars


def test_bad_elements_are_named_by_their_index() -> None:
    t = List(EnumType(("a", "b")))
    assert violation(lambda: lifted(reading(bytes([0, 1, 2])), t, 0, 3)) == (TrapReason.INVALID_DISCRIMINANT, (2,))
    assert lifted(reading(bytes([0, 1])), t, 0, 2) == (Case("a"), Case("b"))


def test_a_bad_block_of_an_element_is_named_by_its_index() -> None:
    guest = Guest(blocks=[256, 512, 4096])
    assert violation(lambda: lower_flat(guest.cx, ("a", "b"), List(Prim.STRING))) == (
        TrapReason.REALLOC_OUT_OF_BOUNDS, (1,)
    )
