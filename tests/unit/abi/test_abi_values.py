"""CanonicalABI.md, "Loading", "Storing", "Flat Lifting", "Flat Lowering" and "Lifting and Lowering Values"."""

from __future__ import annotations

import math
import struct
from collections.abc import Callable, Sequence

import pytest

from fact.abi import (
    CanonicalOptions,
    ComponentInstance,
    CoreValue,
    CoreValueIter,
    LiftLowerContext,
    MemInst,
    ValueTypes,
    Violation,
    lift_flat,
    lift_flat_values,
    load,
    lower_flat,
    lower_flat_values,
    store,
)
from fact.model.traps import Trap, TrapReason
from fact.model.types import Prim
from fact.model.values import Value, same_value

Realloc = Callable[[Sequence[CoreValue]], Sequence[CoreValue]]


def context(data: bytes = b"", realloc: Realloc | None = None) -> LiftLowerContext:
    return LiftLowerContext(CanonicalOptions(memory=MemInst(bytearray(data)), realloc=realloc), ComponentInstance())


def lifted(t: Prim, *flat: CoreValue) -> Value:
    return lift_flat(context(), CoreValueIter(flat), t)


@pytest.mark.parametrize(
    ("t", "core", "value"),
    [
        (Prim.U8, 0xFFFF_FF01, 1),
        (Prim.S8, 0x0000_0180, -128),
        (Prim.S8, 0xFFFF_FF7F, 127),
        (Prim.U16, 0x1234_8000, 0x8000),
        (Prim.S16, 0x1234_8000, -0x8000),
        (Prim.U32, 0xFFFF_FFFF, 0xFFFF_FFFF),
        (Prim.S32, 0xFFFF_FFFF, -1),
        (Prim.S32, 0x7FFF_FFFF, 0x7FFF_FFFF),
        (Prim.U64, 1 << 63, 1 << 63),
        (Prim.S64, 1 << 63, -(1 << 63)),
    ],
)
def test_flat_integers_are_truncated_to_their_type(t: Prim, core: int, value: int) -> None:
    assert lifted(t, core) == value


@pytest.mark.parametrize(("core", "value"), [(0, False), (1, True), (2, True), (0x8000_0000, True), (256, True)])
def test_any_flat_i32_but_zero_is_true(core: int, value: bool) -> None:
    assert lifted(Prim.BOOL, core) is value


@pytest.mark.parametrize("core", [0, 0xD7FF, 0xE000, 0x10FFFF])
def test_scalar_values_are_chars(core: int) -> None:
    assert lifted(Prim.CHAR, core) == chr(core)


@pytest.mark.parametrize("core", [0xD800, 0xDFFF, 0x110000, 0xFFFF_FFFF])
def test_surrogates_and_what_is_past_unicode_are_not_chars(core: int) -> None:
    with pytest.raises(Violation) as flat:
        lifted(Prim.CHAR, core)
    with pytest.raises(Violation) as loaded:
        load(context(core.to_bytes(4, "little")), 0, Prim.CHAR)
    assert flat.value.reason is loaded.value.reason is TrapReason.INVALID_CHAR


def bits(f: CoreValue) -> int:
    return int.from_bytes(struct.pack("<d", f), "little")


def test_nans_are_canonical_flat_and_in_memory() -> None:
    nan32, nan64 = (0xFF80_0001).to_bytes(4, "little"), (0xFFF4_0000_0000_0001).to_bytes(8, "little")
    odd = struct.unpack("<d", nan64)[0]
    cx = context(nan64)
    for value in (
        lifted(Prim.F32, odd), lifted(Prim.F64, odd), load(context(nan32), 0, Prim.F32), load(cx, 0, Prim.F64),
        *lower_flat(cx, odd, Prim.F32), *lower_flat(cx, odd, Prim.F64),
    ):
        assert isinstance(value, float)
        assert bits(value) == 0x7FF8_0000_0000_0000
    store(cx, odd, Prim.F64, 0)
    assert bytes(cx.memory[0:8]) == (0x7FF8_0000_0000_0000).to_bytes(8, "little")
    store(cx, odd, Prim.F32, 4)
    assert bytes(cx.memory[4:8]) == (0x7FC0_0000).to_bytes(4, "little")


def test_floats_other_than_nan_keep_their_bits() -> None:
    for value in (-0.0, math.inf, 5e-324, 1.5):
        assert same_value(lifted(Prim.F64, value), value)


@pytest.mark.parametrize(
    ("t", "value", "flat"),
    [
        (Prim.S8, -1, 0xFFFF_FFFF), (Prim.S16, -2, 0xFFFF_FFFE), (Prim.S32, -(1 << 31), 1 << 31),
        (Prim.S64, -1, (1 << 64) - 1), (Prim.U8, 255, 255), (Prim.BOOL, True, 1), (Prim.CHAR, "é", 0xE9),
    ],
)
def test_flat_lowering_is_unsigned_and_sign_extended(t: Prim, value: Value, flat: int) -> None:
    assert lower_flat(context(), value, t) == [flat]


@pytest.mark.parametrize(
    ("t", "value", "stored"),
    [
        (Prim.BOOL, True, "01"), (Prim.S8, -1, "ff"), (Prim.U16, 0x0102, "0201"), (Prim.S32, -2, "feffffff"),
        (Prim.U64, 1, "0100000000000000"), (Prim.S64, -1, "ffffffffffffffff"), (Prim.F32, 1.0, "0000803f"),
        (Prim.F64, -0.0, "0000000000000080"), (Prim.CHAR, "\U0010ffff", "ffff1000"),
    ],
)
def test_store_writes_little_endian_and_nothing_else(t: Prim, value: Value, stored: str) -> None:
    cx = context(bytes([0xAA]) * 24)
    store(cx, value, t, 8)
    after = 8 + len(stored) // 2
    assert bytes(cx.memory[8:after]).hex() == stored
    assert bytes(cx.memory[0:8]) + bytes(cx.memory[after:24]) == bytes([0xAA]) * (24 - len(stored) // 2)
    assert load(cx, 8, t) == value


def test_bool_loads_as_true_from_any_byte_but_zero() -> None:
    assert [load(context(bytes([b])), 0, Prim.BOOL) for b in (0, 1, 2, 0x80)] == [False, True, True, True]


# -- spilled values

SPILLED = ValueTypes.of((*((f"param {i}", Prim.U32) for i in range(16)), ("param z", Prim.CHAR)), "params", "i32")
VALUES: list[Value] = [*range(100, 116), "z"]
AREA = b"".join(i.to_bytes(4, "little") for i in [*range(100, 116), ord("z")])


def lift_spilled(cx: LiftLowerContext, ptr: int) -> list[Value]:
    return lift_flat_values(cx, 16, CoreValueIter([ptr]), SPILLED)


def trap_of(call: Callable[[], object]) -> tuple[TrapReason, str | None]:
    with pytest.raises(Trap) as trap:
        call()
    return trap.value.reason, trap.value.site


def test_spilled_params_are_loaded_through_the_pointer_up_to_the_last_byte() -> None:
    assert lift_spilled(context(bytes(4) + AREA), 4) == VALUES


def test_misaligned_pointer_traps_before_bounds_are_looked_at() -> None:
    assert trap_of(lambda: lift_spilled(context(AREA), 0xFFFF_FFFE)) == (TrapReason.POINTER_MISALIGNED, "params")


@pytest.mark.parametrize("ptr", [4, 68, 0xFFFF_FFFC])
def test_pointer_past_the_bounds_traps(ptr: int) -> None:
    assert trap_of(lambda: lift_spilled(context(AREA), ptr)) == (TrapReason.POINTER_OUT_OF_BOUNDS, "params")


def test_trap_inside_the_area_names_the_param() -> None:
    area = AREA[:-4] + (0xD800).to_bytes(4, "little")
    assert trap_of(lambda: lift_spilled(context(area), 0)) == (TrapReason.INVALID_CHAR, "param z")


def test_trap_in_a_flat_value_names_the_param() -> None:
    ts = ValueTypes.of((("param who", Prim.U8), ("param c", Prim.CHAR)), "params", "i32")
    flat = CoreValueIter([1, 0x110000])
    assert trap_of(lambda: lift_flat_values(context(), 16, flat, ts)) == (TrapReason.INVALID_CHAR, "param c")


def test_spilled_params_are_lowered_into_one_allocation() -> None:
    calls: list[tuple[CoreValue, ...]] = []

    def realloc(args: Sequence[CoreValue]) -> list[CoreValue]:
        calls.append(tuple(args))
        return [8]

    cx = context(bytes(8 + len(AREA)), realloc)
    assert lower_flat_values(cx, 16, VALUES, SPILLED) == [8]
    assert calls == [(0, 0, 4, 68)]
    assert bytes(cx.memory[8:76]) == AREA


@pytest.mark.parametrize(
    ("ptr", "reason"),
    [(2, TrapReason.REALLOC_MISALIGNED), (12, TrapReason.REALLOC_OUT_OF_BOUNDS),
     (0xFFFF_FFFF, TrapReason.REALLOC_MISALIGNED), (0xFFFF_FFFC, TrapReason.REALLOC_OUT_OF_BOUNDS)],
)
def test_what_realloc_returns_is_checked(ptr: int, reason: TrapReason) -> None:
    cx = context(bytes(8 + len(AREA)), lambda _: [ptr])
    assert trap_of(lambda: lower_flat_values(cx, 16, VALUES, SPILLED)) == (reason, "params")


def test_bounds_are_those_after_realloc_has_grown_the_memory() -> None:
    memory = MemInst(bytearray(8))

    def realloc(_: Sequence[CoreValue]) -> list[CoreValue]:
        memory.data.extend(bytes(len(AREA)))
        return [8]

    cx = LiftLowerContext(CanonicalOptions(memory=memory, realloc=realloc), ComponentInstance())
    assert lower_flat_values(cx, 16, VALUES, SPILLED) == [8]
    assert bytes(memory.data[8:]) == AREA


def test_realloc_may_not_leave_and_its_own_traps_carry_no_site() -> None:
    def realloc(_: Sequence[CoreValue]) -> list[CoreValue]:
        assert not cx.inst.may_leave
        raise Trap(TrapReason.UNREACHABLE)

    cx = context(AREA, realloc)
    assert trap_of(lambda: lower_flat_values(cx, 16, VALUES, SPILLED)) == (TrapReason.UNREACHABLE, None)


# -- results past one flat value, which no scalar function has but the rules provide for

PAIR = ValueTypes.of((("result", Prim.U8), ("result", Prim.U32)), "result", "i32")


def test_results_are_lowered_where_the_callers_pointer_says() -> None:
    cx = context(bytes(16))
    assert lower_flat_values(cx, 1, [7, 9], PAIR, CoreValueIter([8])) == []
    assert bytes(cx.memory[8:16]) == b"\7\0\0\0\t\0\0\0"


@pytest.mark.parametrize(
    ("ptr", "reason"), [(9, TrapReason.POINTER_MISALIGNED), (12, TrapReason.POINTER_OUT_OF_BOUNDS)]
)
def test_the_callers_result_pointer_is_checked(ptr: int, reason: TrapReason) -> None:
    cx = context(bytes(16))
    assert trap_of(lambda: lower_flat_values(cx, 1, [7, 9], PAIR, CoreValueIter([ptr]))) == (reason, "result")
