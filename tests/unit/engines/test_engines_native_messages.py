"""What wasmtime's messages stand for: reasons of traps, and families of those that it cannot tell apart."""

from __future__ import annotations

import pytest

from fact.model.traps import TrapReason
from fuzz.engines.native_traps import reasons_meant_by, same_family, trap_from


def test_a_message_nobody_mapped_is_kept_whole() -> None:
    message = "error while executing at wasm backtrace:\n    0: m!f\n\nCaused by:\n    wasm trap: cast failure\n"
    trap = trap_from(message)
    assert trap.reason is TrapReason.UNMAPPED
    assert trap.message == message.strip()


@pytest.mark.parametrize(("frame", "cause", "reason"), [
    ("0:     0x31 - m!<wasm function 0>", "wasm trap: out of bounds memory access", TrapReason.MEMORY_OUT_OF_BOUNDS),
    ("0:     0x31 - <unknown>!<wasm function 9>", "wasm trap: out of bounds memory access",
     TrapReason.POINTER_OUT_OF_BOUNDS),
    ("0:     0x31 - <unknown>!<wasm function 9>",
     "0: memory fault at wasm address 0x10000 in linear memory of size 0x10000\n"
     "    1: wasm trap: out of bounds memory access", TrapReason.MEMORY_OUT_OF_BOUNDS),
])
def test_a_guests_fault_and_an_adapters_check_have_the_same_last_line(
    frame: str, cause: str, reason: TrapReason
) -> None:
    message = f"error while executing at wasm backtrace:\n    {frame}\n\nCaused by:\n    {cause}\n"
    assert trap_from(message).reason is reason


@pytest.mark.parametrize(("a", "b", "same"), [
    (TrapReason.POINTER_OUT_OF_BOUNDS, TrapReason.STRING_TOO_LONG, True),
    (TrapReason.POINTER_OUT_OF_BOUNDS, TrapReason.LIST_TOO_LONG, True),
    (TrapReason.POINTER_MISALIGNED, TrapReason.REALLOC_MISALIGNED, True),
    (TrapReason.STRING_TOO_LONG, TrapReason.LIST_TOO_LONG, False),
    (TrapReason.MEMORY_OUT_OF_BOUNDS, TrapReason.STRING_TOO_LONG, False),
    (TrapReason.POINTER_MISALIGNED, TrapReason.STRING_TOO_LONG, False),
    (TrapReason.INVALID_UTF8, TrapReason.INVALID_UTF16, False),
])
def test_families_hold_what_wasmtime_cannot_tell_apart_and_no_more(a: TrapReason, b: TrapReason, same: bool) -> None:
    assert same_family(a, b) is same_family(b, a) is same


@pytest.mark.parametrize(("text", "meant"), [
    ("unreachable", {TrapReason.UNREACHABLE}),
    ("wasm trap: cannot enter component instance", {TrapReason.CANNOT_ENTER}),
    ("undefined element", {TrapReason.TABLE_OUT_OF_BOUNDS}),
    ("out of bounds", {TrapReason.POINTER_OUT_OF_BOUNDS, TrapReason.MEMORY_OUT_OF_BOUNDS,
                       TrapReason.TABLE_OUT_OF_BOUNDS}),
    ("uninitialized element 2", {TrapReason.INDIRECT_CALL_TO_NULL}),
    ("string content out-of-bounds", {TrapReason.POINTER_OUT_OF_BOUNDS}),
    ("invalid utf-8", {TrapReason.INVALID_UTF8}),
    ("discriminant 2 out of range [0..2)", {TrapReason.INVALID_DISCRIMINANT}),
    ("unpaired surrogate found", {TrapReason.INVALID_UTF16}),
    ("deadlock detected", set()),
    ("", set()),
])
def test_expected_texts_stand_for_reasons(text: str, meant: set[TrapReason]) -> None:
    assert reasons_meant_by(text) == meant
