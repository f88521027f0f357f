"""Where wasmtime 50 differs from the specification: what corpus/findings show, held down to the engine alone.

When one of these fails after an update of wasmtime, its entry in corpus/known has had its day.
"""

from __future__ import annotations

import struct

import pytest
from native_components import AREA, AT, Sent, argument_to_guest, lifts, outcome, pointed, result_to_guest

from fact.model.traps import TrapReason
from fuzz.engines.native import NativeEngine

MISALIGNED, OUT_OF_BOUNDS = TrapReason.POINTER_MISALIGNED, TrapReason.POINTER_OUT_OF_BOUNDS
TAG = 1 << 31


@pytest.fixture(scope="module")
def engine() -> NativeEngine:
    return NativeEngine()


def test_wasmtime_checks_bounds_of_a_list_before_its_alignment_at_the_hosts_boundary(engine: NativeEngine) -> None:
    """load_list_from_range has it the other way round, and so have wasmtime's adapters."""
    reasons = {edge: outcome(engine, text) for edge, text in lifts(pointed("(list u32)", 65537, 1)).items()}
    assert reasons == {
        "result to host": OUT_OF_BOUNDS, "argument to host": OUT_OF_BOUNDS,
        "argument to guest, utf8": MISALIGNED, "result to guest, utf8": MISALIGNED,
    }


@pytest.mark.parametrize("sent", [
    pointed("(list u32)", 2, 0x10000000), pointed("string", 1, 0x08000000, encoding="utf16"),
])
def test_wasmtime_has_no_limit_of_length_before_alignment(engine: NativeEngine, sent: Sent) -> None:
    """load_string_from_range and load_list_from_range would have these too long."""
    assert outcome(engine, argument_to_guest(sent)) is MISALIGNED


def test_wasmtime_moves_lists_longer_than_the_limit(engine: NativeEngine) -> None:
    """load_list_from_range, MAX_LIST_BYTE_LENGTH: 4096 elements of 65,536 bytes are 2^28."""
    payload = "u64 " * 8191
    sent = Sent("(list (option (tuple " + payload + ")))", (0, 4096), struct.pack("<II", 0, 4096))
    assert outcome(engine, argument_to_guest(sent, realloc="(i32.const 0)", pages=(4096, 4096))) is None


@pytest.mark.parametrize("area", [2, 65532])
def test_wasmtime_checks_the_callers_area_before_it_lifts_the_result(engine: NativeEngine, area: int) -> None:
    """canon lower: lift_flat_values of the result comes first, and finds no char."""
    sent = Sent("(tuple char u8)", (0xD800, 0), struct.pack("<II", 0xD800, 0))
    assert outcome(engine, result_to_guest(sent, area=AREA)) is TrapReason.INVALID_CHAR
    assert outcome(engine, result_to_guest(sent, area=area)) in (MISALIGNED, OUT_OF_BOUNDS)


def test_wasmtime_allocates_before_it_has_lifted(engine: NativeEngine) -> None:
    """canon lift: all arguments are lifted before realloc is called."""
    for sent, reason in (
        (pointed("(list char)", AT, 1, b"\0\xd8\0\0"), TrapReason.INVALID_CHAR),
        (pointed("string", AT, 1, b"\xff"), TrapReason.INVALID_UTF8),
    ):
        assert outcome(engine, argument_to_guest(sent)) is reason
        assert outcome(engine, argument_to_guest(sent, realloc="unreachable")) is TrapReason.UNREACHABLE


def test_wasmtime_wants_a_shrunk_latin1_string_aligned_to_two(engine: NativeEngine) -> None:
    """store_probably_utf16_to_latin1_or_utf16: the last realloc has alignment 1 and no check of alignment."""
    odd_if_shrinking = "(i32.add (i32.const 1024) (i32.ne (local.get 0) (i32.const 0)))"
    sent = pointed("string", AT, TAG | 1, b"a\0", "latin1+utf16")
    assert outcome(engine, argument_to_guest(sent, "latin1+utf16", odd_if_shrinking)) is MISALIGNED
    trap_unless_one = """(if (local.get 0) (then (if (i32.ne (local.get 2) (i32.const 1)) (then unreachable))))
      (i32.const 1024)"""
    assert outcome(engine, argument_to_guest(sent, "latin1+utf16", trap_unless_one)) is TrapReason.UNREACHABLE
