"""Variants, enums, options and results, flat and in memory.

CanonicalABI.md, "Flat Lifting" (lift_flat_variant), "Flat Lowering" (lower_flat_variant), "Loading" and "Storing".
"""

from __future__ import annotations

import struct
from typing import Any

import pytest
from adapters_pair import Pair

from fact.adapters.dispatch import Branch, dispatch, membership
from fact.model.traps import TrapReason
from fact.model.types import EnumType, FuncType, List, Option, Prim, PtrType, Record, Result, Tuple, ValType, Variant

P = Prim
WIDTHS: list[tuple[PtrType, PtrType]] = [("i32", "i32"), ("i32", "i64"), ("i64", "i32"), ("i64", "i64")]


def variant(*payloads: ValType | None) -> Variant:
    return Variant(tuple((f"c{i}", payload) for i, payload in enumerate(payloads)))


def f32(x: float) -> int:
    return int.from_bytes(struct.pack("<f", x), "little")


def f64(x: float) -> int:
    return int.from_bytes(struct.pack("<d", x), "little")


# -- flat

NONE, U8, F32, U64, F64, PAIR = range(6)
MIXED = variant(None, P.U8, P.F32, P.U64, P.F64, Tuple((P.S16, P.F32)))
JUNK = 0x7777_7777_8888_8888


@pytest.mark.parametrize(
    ("case", "slots", "expected"),
    [
        (NONE, (JUNK, 0x55), (0, 0)),
        (U8, (JUNK | 0xFF, 0x55), (0xFF, 0)),
        (F32, (0x1234_5678_0000_0000 | f32(1.5), 0x55), (f32(1.5), 0)),
        (U64, (JUNK, 0x55), (JUNK, 0)),
        (F64, (f64(-2.5), 0x55), (f64(-2.5), 0)),
        (PAIR, (0x1111_1111_0000_8001, f32(0.25)), (0xFFFF_8001, f32(0.25))),
    ],
)
def test_joined_slots(case: int, slots: tuple[int, int], expected: tuple[int, int]) -> None:
    """What a case does not use is ignored on the way in and zero on the way out; what it uses has its own width."""
    pair = Pair.param(MIXED)
    assert pair.given == ("i32", "i64", "f32")
    pair.call(case, slots[0], struct.unpack("<f", slots[1].to_bytes(4, "little"))[0])
    assert pair.received == [case, *expected]


@pytest.mark.parametrize("case", [6, 255, 256, 0x7FFFFFFF, -1])
def test_a_flat_discriminant_is_checked_whole(case: int) -> None:
    """CanonicalABI.md, "Flat Lifting": the i32, not the byte that it would be in memory."""
    assert Pair.param(MIXED).trap(case, 0, 0.0) == (TrapReason.INVALID_DISCRIMINANT, "param x")


def test_256_cases_leave_no_spare_discriminant_in_memory_but_many_flat() -> None:
    enum = EnumType(tuple(f"e{i}" for i in range(256)))
    pair = Pair.param(enum)
    pair.call(255)
    assert pair.trap(256) == (TrapReason.INVALID_DISCRIMINANT, "param x")


@pytest.mark.parametrize("n", [2, 255, 256, 257, 65_536, 65_537])
def test_enums_of_many_cases(n: int) -> None:
    pair = Pair(FuncType((("x", EnumType(tuple(f"e{i}" for i in range(n)))),), P.BOOL))
    pair.call(n - 1)
    assert pair.received == [n - 1]
    assert pair.trap(n) == (TrapReason.INVALID_DISCRIMINANT, "param x")


def test_a_payload_is_checked_in_its_own_case_only() -> None:
    pair = Pair.param(Result(P.CHAR, Tuple((P.U8, P.CHAR))))
    assert pair.trap(0, 0xD800, 0) == (TrapReason.INVALID_CHAR, "param x.ok")
    pair.call(0, 0x41, 0xD800)
    assert pair.received == [0, 0x41, 0]
    assert pair.trap(1, 0, 0xD800) == (TrapReason.INVALID_CHAR, "param x.error.1")
    pair.call(1, 0xD800, 0x41)
    assert pair.received == [1, 0, 0x41]


@pytest.mark.parametrize("widths", WIDTHS, ids="-to-".join)
def test_pointers_of_different_widths_join_differently(widths: tuple[PtrType, PtrType]) -> None:
    """list | tuple<f32, f64>: i32 and i64 here, i64 and i64 there."""
    pair = Pair.param(Result(List(P.U8), Tuple((P.F32, P.F64))), *widths)
    high = 0x5555_5555 << 32 if widths[0] == "i64" else 0
    pair.put(2000, b"list")
    pair.call(0, 2000, 4)
    assert pair.received[0] == 0 and pair.received[2] == 4
    assert pair.callee_bytes(pair.received[1], 4) == b"list"
    pair.call(1, high | f32(1.25), f64(6.5))
    assert pair.received == [1, f32(1.25), f64(6.5)]


@pytest.mark.parametrize("widths", WIDTHS, ids="-to-".join)
def test_options_in_options(widths: tuple[PtrType, PtrType]) -> None:
    pair = Pair.param(Option(Option(Result(P.F64, List(P.U8)))), *widths)
    pair.put(64, b"abc")
    as_slot = f64(0.5)
    pair.call(0, 9, 9, as_slot, 9)
    assert pair.received == [0, 0, 0, 0, 0]
    pair.call(1, 0, 9, as_slot, 9)
    assert pair.received == [1, 0, 0, 0, 0]
    pair.call(1, 1, 0, as_slot, 9)
    assert pair.received == [1, 1, 0, as_slot, 0]
    assert pair.trap(1, 1, 2, as_slot, 9) == (TrapReason.INVALID_DISCRIMINANT, "param x.some.some")
    assert pair.trap(1, 2, 0, as_slot, 9) == (TrapReason.INVALID_DISCRIMINANT, "param x.some")
    assert pair.trap(1, 1, 1, 1 << 20, 1) == (TrapReason.POINTER_OUT_OF_BOUNDS, "param x.some.some.error")
    pair.call(1, 1, 1, 64, 3)
    assert pair.received[:3] + pair.received[4:] == [1, 1, 1, 3]
    assert pair.callee_bytes(pair.received[3], 3) == b"abc"


def test_lists_in_two_cases_of_two_parameters() -> None:
    """Each has slots of its own."""
    either = Result(List(P.U8), Tuple((P.U8, List(P.U8))))
    pair = Pair(FuncType((("x", either), ("y", either), ("z", List(P.U8))), None))
    pair.put(100, b"onetwothree")
    pair.call(0, 100, 3, 77, 1, 5, 103, 3, 106, 5)
    x_case, x, x_length, x_unused, y_case, y_number, y, y_length, z, z_length = pair.received
    assert (x_case, x_length, x_unused, y_case, y_number, y_length, z_length) == (0, 3, 0, 1, 5, 3, 5)
    assert [pair.callee_bytes(p, n) for p, n in ((x, 3), (y, 3), (z, 5))] == [b"one", b"two", b"three"]
    assert [size for _, size in pair.reallocs()] == [3, 3, 5]


@pytest.mark.parametrize("t", [variant(None, None, None), variant(None), Result(None, None)], ids=str)
def test_a_result_that_is_a_case_alone_is_flat(t: ValType) -> None:
    pair = Pair.result(t)
    count = len(t.cases) if isinstance(t, Variant) else 2
    pair.answer(count - 1)
    assert pair.call() == count - 1
    pair.answer(count)
    assert pair.trap() == (TrapReason.INVALID_DISCRIMINANT, "result")


# -- in memory


def through_memory(t: ValType, data: bytes, size: int, widths: tuple[PtrType, PtrType] = ("i32", "i32")) -> bytes:
    """One element of a list, moved into memory full of 0xee."""
    pair = Pair.param(List(t), *widths)
    pair.put(512, data)
    pair.put_result(0, b"\xee" * (1 << 16))
    pair.call(512, 1)
    return pair.callee_bytes(pair.received[0], size)


@pytest.mark.parametrize(
    ("t", "data", "expected"),
    [
        (Option(P.U32), "00 aaaaaa 11223344", "00 eeeeee eeeeeeee"),
        (Option(P.U32), "01 aaaaaa 11223344", "01 eeeeee 11223344"),
        (Option(P.BOOL), "01 44", "01 01"), (Option(P.BOOL), "00 44", "00 ee"),
        (Result(P.U8, P.U16), "00 aa 11 aa", "00 ee 11 ee"), (Result(P.U8, P.U16), "01 aa 1122", "01 ee 1122"),
        (variant(P.U8, P.S8, P.U8), "02 aa", "02 aa"),
        (variant(None, P.U64, P.U8), "01 aaaaaaaaaaaaaa 1122334455667788", "01 eeeeeeeeeeeeee 1122334455667788"),
        (variant(None, P.U64, P.U8), "02 aaaaaaaaaaaaaa 1122334455667788", "02 eeeeeeeeeeeeee 11eeeeeeeeeeeeee"),
        (variant(None, P.U64, P.U8), "00 aaaaaaaaaaaaaa 1122334455667788", "00 eeeeeeeeeeeeee eeeeeeeeeeeeeeee"),
        (Tuple((P.U8, Option(P.U16), P.U8)), "11 aa 00 aa 2222 33 aa", "11 ee 00 ee eeee 33 ee"),
        (Tuple((P.U8, Option(P.U8))), "11 01 22", "11 01 22"),
        (Option(Option(P.U8)), "01 00 22", "01 00 ee"), (Option(Option(P.U8)), "01 01 22", "01 01 22"),
        (List(Option(P.U8), 3), "00 11 01 22 00 33", "00 ee 01 22 00 ee"),
        (List(Option(P.U8), 20), "00 11 01 22" * 10, "00 ee 01 22" * 10),
    ],
)
@pytest.mark.parametrize("widths", WIDTHS, ids="-to-".join)
def test_a_payload_that_is_not_there_is_not_written(
    t: ValType, data: str, expected: str, widths: tuple[PtrType, PtrType]
) -> None:
    wanted = bytes.fromhex(expected)
    assert through_memory(t, bytes.fromhex(data), len(wanted), widths) == wanted


@pytest.mark.parametrize(("n", "size"), [(3, 1), (257, 2), (65_537, 4)])
def test_discriminants_of_every_width(n: int, size: int) -> None:
    t = Tuple((Variant(tuple((f"c{i}", P.U8 if i == n - 1 else None) for i in range(n))), P.U8))
    pair = Pair.param(List(t))
    for case, payload in ((n - 1, 0x11), (n - 2, 0xEE)):
        pair.put(512, case.to_bytes(size, "little") + b"\x11")
        pair.put_result(0, b"\xee" * (1 << 16))
        pair.call(512, 1)
        got = pair.callee_bytes(pair.received[0], size + 1)
        assert (int.from_bytes(got[:size], "little"), got[size]) == (case, payload)
    pair.put(512, n.to_bytes(size, "little"))
    assert pair.trap(512, 1) == (TrapReason.INVALID_DISCRIMINANT, "param x[].0")


@pytest.mark.parametrize("widths", WIDTHS, ids="-to-".join)
def test_payloads_in_memory_move_with_the_width_of_pointers(widths: tuple[PtrType, PtrType]) -> None:
    source, destination = widths
    layout = {"i32": "<B3xII", "i64": "<B7xQQ"}
    pair = Pair.param(List(Option(List(P.U8))), *widths)
    pair.put(800, b"payload")
    pair.put(512, struct.pack(layout[source], 1, 800, 7))
    pair.call(512, 1)
    case, pointer, length = struct.unpack(
        layout[destination], pair.callee_bytes(pair.received[0], struct.calcsize(layout[destination]))
    )
    assert (case, pair.callee_bytes(pointer, length)) == (1, b"payload")
    pair.put(512, struct.pack(layout[source], 1, 1 << 17, 1))
    assert pair.trap(512, 1) == (TrapReason.POINTER_OUT_OF_BOUNDS, "param x[].some")


def test_sites_within_helpers_are_those_of_the_value_at_hand() -> None:
    """One helper serves both fields."""
    deep = List(Record((("name", Option(List(P.CHAR))), ("kind", EnumType(("a", "b"))))))
    pair = Pair.param(Record((("old", deep), ("new", deep))))
    pair.put(256, struct.pack("<B3xIIB3x", 1, 512, 1, 1))  # good
    pair.put(272, struct.pack("<B3xIIB3x", 1, 516, 1, 1))  # a bad char
    pair.put(288, struct.pack("<B3xIIB3x", 0, 0, 0, 2))  # a bad case
    pair.put(512, struct.pack("<II", 0x41, 0xD800))
    pair.call(256, 1, 256, 1)
    assert pair.trap(256, 2, 256, 1) == (TrapReason.INVALID_CHAR, "param x.old[].name.some[]")
    assert pair.trap(256, 1, 256, 2) == (TrapReason.INVALID_CHAR, "param x.new[].name.some[]")
    assert pair.trap(288, 1, 272, 1) == (TrapReason.INVALID_DISCRIMINANT, "param x.old[].kind")
    assert pair.trap(256, 1, 288, 1) == (TrapReason.INVALID_DISCRIMINANT, "param x.new[].kind")


# -- choosing a branch


@pytest.mark.parametrize(
    ("cases", "expected"),
    [((1,), "x"), ((0,), "(i32.eqz x)"), ((0, 2), "(i32.and (i32.shr_u (i32.const 0x5) x) (i32.const 1))")],
)
def test_conditions_of_an_option_or_a_variant_of_three(cases: tuple[int, ...], expected: str) -> None:
    count = 2 if cases == (1,) else 3
    assert membership("x", count, cases) == expected


def test_scattered_cases_of_many_have_no_simple_condition() -> None:
    assert membership("x", 33, (0, 2)) is None


@pytest.mark.parametrize("count", [2, 3, 5, 33, 257])
@pytest.mark.parametrize("branches", [1, 2, 3, 5])
def test_every_case_finds_its_branch(count: int, branches: int) -> None:
    import wasmtime

    from fact.adapters.wat import render

    cases: dict[int, list[int]] = {}
    for case in range(count):
        cases.setdefault((case * case + case // 3) % (branches + 1), []).append(case)
    chosen = [
        Branch(tuple(numbers), f"branch {b}", (f"(local.set 1 (i32.const {b + 1}))",))
        for b, numbers in cases.items() if b < branches
    ]
    body = "\n".join(render(dispatch("(local.get 0)", count, chosen)))
    text = f'(module (func (export "f") (param i32) (result i32) (local i32)\n{body}\n(local.get 1)))'
    store = wasmtime.Store()
    module = wasmtime.Module(store.engine, bytes(wasmtime.wat2wasm(text)))
    f: Any = wasmtime.Instance(store, module, []).exports(store)["f"]
    assert [f(store, case) for case in range(count)] == [
        next((b + 1 for b, numbers in cases.items() if case in numbers and b < branches), 0) for case in range(count)
    ]
