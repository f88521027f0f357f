"""Sites and messages of traps: the grammar in `fact.model.traps.Trap`; order of checks in CanonicalABI.md, "Lifting and
Lowering Values"."""

from __future__ import annotations

import pytest
from abi_guests import Guest, reading

from fact.abi import (
    ComponentInstance,
    CoreValue,
    CoreValueIter,
    OnResolve,
    OnStart,
    flat_functype,
    lift,
    lift_flat_values,
    lower,
    lower_flat_values,
)
from fact.model.traps import Trap, TrapReason
from fact.model.types import FuncType, List, Map, Option, Prim, Record, Result, Tuple, ValType

PERSON = Record((("name", Prim.CHAR), ("age", Prim.U8)))
NAMED = Record((("name", Prim.STRING), ("age", Prim.U8)))
BAD = (0xD800).to_bytes(4, "little")


def trap_of(t: ValType, data: bytes, *flat: CoreValue) -> Trap:
    ts = flat_functype(FuncType((("xs", t),), None), "lower").params
    with pytest.raises(Trap) as trap:
        lift_flat_values(reading(data), 16, CoreValueIter(flat), ts)
    return trap.value


@pytest.mark.parametrize(
    ("t", "data", "flat", "site", "message"),
    [
        (Prim.CHAR, b"", (0xD800,), "param xs", None),
        (PERSON, b"", (0xD800, 0), "param xs.name", None),
        (Tuple((Prim.U8, PERSON)), b"", (0, 0xD800, 0), "param xs.1.name", None),
        (Option(Prim.CHAR), b"", (1, 0xD800), "param xs.some", None),
        (Result(None, PERSON), b"", (1, 0xD800, 0), "param xs.error.name", None),
        (List(PERSON), bytes(24) + BAD + bytes(4), (0, 4), "param xs[].name",
         "invalid-char at param xs[3].name: 0xd800"),
        (List(Prim.CHAR, 2), b"", (0, 0xD800), "param xs[]", "invalid-char at param xs[1]: 0xd800"),
        (Map(Prim.CHAR, Prim.U8), bytes(8) + BAD + bytes(4), (0, 2), "param xs[].0",
         "invalid-char at param xs[1].0: 0xd800"),
        (Map(Prim.U8, Prim.CHAR), bytes(4) + BAD, (0, 1), "param xs[].1", "invalid-char at param xs[0].1: 0xd800"),
        (List(List(Prim.CHAR)), bytes.fromhex("0000000000000000" "1000000002000000") + bytes(4) + BAD, (0, 2),
         "param xs[][]", "invalid-char at param xs[1][1]: 0xd800"),
    ],
)
def test_sites_are_static_and_messages_name_the_element(
    t: ValType, data: bytes, flat: tuple[CoreValue, ...], site: str, message: str | None
) -> None:
    trap = trap_of(t, data, *flat)
    assert (trap.reason, trap.site, trap.message) == (TrapReason.INVALID_CHAR, site, message)
    assert str(trap) == (message or f"invalid-char at {site}")


def test_a_bad_pointer_is_at_the_list_or_string_itself() -> None:
    strings = bytes.fromhex("0800000000000000" "ff00000001000000")
    trap = trap_of(List(Prim.STRING), strings, 0, 2)
    assert (trap.reason, trap.site) == (TrapReason.POINTER_OUT_OF_BOUNDS, "param xs[]")
    assert trap.message == "pointer-out-of-bounds at param xs[1]: 0xff"
    assert trap_of(List(Prim.STRING), strings, 2, 0).site == "param xs"


def test_a_bad_discriminant_is_at_the_variant_itself() -> None:
    trap = trap_of(List(Option(Prim.U8)), bytes([1, 0, 2, 0]), 0, 2)
    assert (trap.site, trap.message) == ("param xs[]", "invalid-discriminant at param xs[1]: 0x2")


@pytest.mark.parametrize(("data", "expected"), [("ff", "0xff"), ("61e282", "0xe2")])
def test_messages_of_bad_text_name_the_offending_byte(data: str, expected: str) -> None:
    raw = bytes.fromhex(data)
    area = (8).to_bytes(4, "little") + len(raw).to_bytes(4, "little") + raw
    trap = trap_of(List(Prim.STRING), area, 0, 1)
    assert (trap.site, trap.message) == ("param xs[]", f"invalid-utf8 at param xs[0]: {expected}")


def test_everything_is_lifted_before_anything_is_lowered() -> None:
    ft = FuncType((("a", Prim.STRING), ("b", Prim.CHAR)), None)
    callee = Guest()
    func_inst = lift(lambda _: (), flat_functype(ft, "lift"), callee.cx.opts, ComponentInstance())
    core = lower(func_inst, flat_functype(ft, "lower"), reading(b"hi").opts, ComponentInstance())
    with pytest.raises(Trap) as trap:
        core([0, 2, 0xD800])
    assert (trap.value.reason, trap.value.site) == (TrapReason.INVALID_CHAR, "param b")
    assert callee.calls == []


def test_checks_are_in_the_order_of_the_parts() -> None:
    t = Tuple((Prim.STRING, Prim.CHAR))
    assert trap_of(t, b"", 1, 1, 0xD800).site == "param xs.0"
    assert trap_of(List(t), b"\xff" * 12, 0, 1).reason is TrapReason.STRING_TOO_LONG


def test_reallocs_fault_is_at_the_string_that_needed_it() -> None:
    ts = flat_functype(FuncType((("a", Prim.U8), ("who", List(NAMED))), None), "lift").params
    guest = Guest(blocks=[256, 512, 4096])
    with pytest.raises(Trap) as trap:
        lower_flat_values(guest.cx, 16, [1, (("x", 1), ("y", 2))], ts)
    assert (trap.value.reason, trap.value.site) == (TrapReason.REALLOC_OUT_OF_BOUNDS, "param who[].name")
    assert trap.value.message == "realloc-out-of-bounds at param who[1].name: 0x1000"


# -- results in memory

TO_STRING = FuncType((), Prim.STRING)
BAD_POINTERS = [(2, TrapReason.POINTER_MISALIGNED), (4092, TrapReason.POINTER_OUT_OF_BOUNDS)]


@pytest.mark.parametrize(("ptr", "reason"), BAD_POINTERS)
def test_the_area_that_a_callee_returns_is_checked(ptr: int, reason: TrapReason) -> None:
    func_inst = lift(lambda _: (ptr,), flat_functype(TO_STRING, "lift"), Guest().cx.opts, ComponentInstance())
    with pytest.raises(Trap) as trap:
        func_inst(lambda: (), lambda _: None, None)
    assert (trap.value.reason, trap.value.site) == (reason, "result")


@pytest.mark.parametrize(("ptr", "reason"), BAD_POINTERS)
def test_the_callers_return_pointer_is_checked_when_the_result_is_there(ptr: int, reason: TrapReason) -> None:
    order: list[str] = []
    caller = Guest()

    def called(on_start: OnStart, on_resolve: OnResolve, _: object) -> None:
        on_start()
        order.append("called")
        on_resolve(["x"])

    core = lower(called, flat_functype(TO_STRING, "lower"), caller.cx.opts, ComponentInstance())
    with pytest.raises(Trap) as trap:
        core([ptr])
    assert (trap.value.reason, trap.value.site, order, caller.calls) == (reason, "result", ["called"], [])


def test_return_pointer_follows_spilled_params() -> None:
    ft = FuncType(tuple((f"p{i}", Prim.U8) for i in range(17)), Prim.STRING)
    flat = flat_functype(ft, "lower")
    assert (flat.core.params, flat.core.results) == (("i32", "i32"), ())
    caller = Guest()
    caller.memory.data[:17] = bytes(range(17))
    core = lower(
        lambda on_start, on_resolve, _: on_resolve([f"sum {sum(map(int, on_start()))}"]),  # type: ignore[arg-type]
        flat, caller.cx.opts, ComponentInstance(),
    )
    assert core([0, 64]) == []
    assert caller.bytes_at(64, 8).hex() == "0001000007000000"
    assert caller.bytes_at(256, 7) == b"sum 136"
