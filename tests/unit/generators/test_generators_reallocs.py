"""Hostile reallocs and post-returns: what the specification makes of each, on every engine."""

from __future__ import annotations

from collections.abc import Sequence
from typing import get_args

import pytest
from hostile_pairs import CALLEE, CALLER, EVERY, OURS, Ended, Pair, callee_place, check

from fact.model.traps import TrapReason
from fact.model.types import Prim
from fuzz.engines.base import Engine
from generators.blueprint import Encoding
from generators.hostile_choices import Fault, Hostile, Leaving, Meddling, PointerKind, ReallocKind, ReallocResult
from generators.operands import Const
from generators.valtypes import Image, ListOf, TupleOf, Type

ODD, OUT = TrapReason.REALLOC_MISALIGNED, TrapReason.REALLOC_OUT_OF_BOUNDS
STATIC = 0x5000


def two_lists(
    hostile: Hostile, expected: Ended, t: Type = Prim.U32, engines: Sequence[Engine] = EVERY, wide: bool = False
) -> None:
    """The callee gets two lists, and returns the first as it then is."""
    calls: tuple[tuple[Image, ...], ...] = (((1, 2), (3, 4)),)
    pair = Pair((ListOf(t),) * 2, ListOf(t), calls, wide=(False, wide), hostile=(hostile,))
    check(pair, [expected], engines)


def test_every_kind_of_pointer_is_here() -> None:
    known = {kind for alias in get_args(ReallocKind) for kind in get_args(alias)}
    assert known == {*POINTERS, "high", "highest", "old", "forgets", "fresh pages"}


POINTERS: dict[ReallocKind, tuple[Ended, Ended]] = {
    "odd": (ODD, (1, 2)), "half": (ODD, (1, 2)), "last fit": ((3, 4), (3, 4)), "one past": (OUT, OUT),
    "at end": (OUT, OUT), "past end": (OUT, OUT), "odd end": (ODD, OUT), "wrapping": (OUT, OUT),
    "last": (OUT, OUT), "null": ((3, 4), (3, 4)),
    "previous": ((3, 4), (3, 4)), "static": ((STATIC, 2), (STATIC & 0xFF, STATIC >> 8)),
}
"""What becomes of the first of two lists of u32s, and of u8s. Blocks of u8s that lie one byte further on still lie side
by side. What the callee itself writes to 0x5000 is its result: that address, and the length 2."""


@pytest.mark.parametrize("kind", POINTERS)
def test_what_realloc_may_return(kind: ReallocKind) -> None:
    """CanonicalABI.md, "Storing": store_list_into_range traps for the alignment, then for the end; what lies in a block
    is written before the next one is asked for."""
    of_u32s, of_u8s = POINTERS[kind]
    two_lists(ReallocResult(CALLEE, kind), of_u32s)
    two_lists(ReallocResult(CALLEE, kind), of_u8s, Prim.U8)


@pytest.mark.parametrize("kind", ["high", "highest"])
def test_pointers_past_4_gib(kind: PointerKind) -> None:
    two_lists(ReallocResult(CALLEE, kind), OUT, engines=OURS, wide=True)


def test_only_after_some_calls() -> None:
    """CanonicalABI.md, "Storing": every call's result is looked at."""
    for after, expected in ((0, OUT), (1, OUT), (2, (1, 2))):
        two_lists(ReallocResult(CALLEE, "past end", after), expected)
        failing: Ended = TrapReason.UNREACHABLE if after < 2 else (1, 2)
        two_lists(Fault(CALLEE, "realloc", "unreachable", after), failing)
    two_lists(ReallocResult(CALLEE, "null", 1), (1, 2))


def test_a_page_for_each_block_while_there_are_pages() -> None:
    """The third block is where `memory.grow` failed: at -1, which only bytes may be at, and memory ends before it."""
    t = ListOf(Prim.U32)
    three: tuple[tuple[Image, ...], ...] = (((1, 2), (3,), (4,)),)
    fresh = (ReallocResult(CALLEE, "fresh pages"),)
    two_lists(fresh[0], (1, 2))
    check(Pair((t, t, t), t, three, hostile=fresh), [ODD])
    check(Pair((ListOf(Prim.U8),) * 3, None, three, None, hostile=fresh), [OUT])


@pytest.mark.parametrize(("caller", "callee", "text", "calls", "forgotten"), [
    ("utf16", "utf8", "aé", 3, "\0\0\0"), ("latin1+utf16", "utf8", "aéé", 3, "\0" * 5), ("utf8", "utf16", "é", 2, "\0"),
    ("utf8", "latin1+utf16", "aĀ", 3, "\0\0"), ("utf16", "latin1+utf16", "aĀ", 2, "\0Ā"),
    ("utf8", "latin1+utf16", "aé", 2, "\0\0"), ("latin1+utf16", "latin1+utf16", "éé", 2, "\0\0"),
])
def test_blocks_that_stay_and_blocks_that_lose_what_was_in_them(
    caller: Encoding, callee: Encoding, text: str, calls: int, forgotten: str
) -> None:
    """CanonicalABI.md, "Storing": what is in a block when it grows or shrinks is not written again.

    *calls* is how often realloc is called: when it grows (as é takes two bytes, as Ā is not Latin-1), and when it
    turns out too large.
    """
    def stored(hostile: Hostile, expected: str) -> None:
        pair = Pair((Prim.STRING,), Prim.STRING, ((text,),), caller=caller, callee=callee, hostile=(hostile,))
        check(pair, [expected])

    stored(ReallocResult(CALLEE, "old"), text)
    stored(ReallocResult(CALLEE, "forgets"), forgotten)
    stored(ReallocResult(CALLEE, "forgets", calls), text)


@pytest.mark.parametrize(("what", "expected"), [
    ("grows", (1, 2)), ("writes before", (0xFFFF_FFFF, 0xFFFF_FFFF)), ("writes behind", (1, 2)),
])
def test_a_realloc_that_meddles(what: str, expected: Ended) -> None:
    """The eight bytes before the second block are the first, which is written by then."""
    two_lists(Meddling(CALLEE, "realloc", what), expected)  # type: ignore[arg-type]


FAULTS: dict[str, TrapReason] = {
    "unreachable": TrapReason.UNREACHABLE, "divide by zero": TrapReason.INTEGER_DIVIDE_BY_ZERO,
    "throw": TrapReason.UNCAUGHT_EXCEPTION, "out of bounds": TrapReason.MEMORY_OUT_OF_BOUNDS,
}


@pytest.mark.parametrize("kind", FAULTS)
@pytest.mark.parametrize("where", ["realloc", "post-return", "body"])
def test_faults(where: str, kind: str) -> None:
    """CanonicalABI.md, "canon lift": call_and_trap_on_throw, of the callee, realloc and post-return."""
    t = ListOf(Prim.U8)
    place = CALLEE if where == "realloc" else callee_place()
    fault = Fault(place, where, kind)  # type: ignore[arg-type]
    check(Pair((t,), t, (((1,),),), post_return=True, hostile=(fault,)), [FAULTS[kind]])
    result_first = Pair((t,), t, (((1,),),), post_return=True, hostile=(Fault(CALLER, "realloc", "unreachable"), fault))
    first = TrapReason.UNREACHABLE if where == "post-return" else FAULTS[kind]
    check(result_first, [first])


def test_a_realloc_cannot_leave() -> None:
    """CanonicalABI.md, "canon lower": trap_if(not may_leave), which is cleared while values are lowered."""
    t = ListOf(Prim.U8)
    check(Pair((), t, ((),), Const(t, (1,)), hostile=(Leaving(CALLER, "realloc", 0),)), [TrapReason.CANNOT_LEAVE])
    late = Leaving(CALLER, "realloc", 0, after=1)
    check(Pair((), t, ((),), Const(t, (1,)), hostile=(late,)), [(1,)])


@pytest.mark.parametrize("what", ["grows", "writes over the result", "calls realloc"])
def test_a_post_return_that_meddles_comes_too_late(what: str) -> None:
    """CanonicalABI.md, "canon lift": post-return is called when the results are lifted and lowered."""
    for t, image in ((ListOf(Prim.U32), (1, 2)), (TupleOf((Prim.STRING, Prim.U64)), ("né", 7))):
        meddling = Meddling(callee_place(), "post-return", what)  # type: ignore[arg-type]
        check(Pair((t,), t, ((image,),), post_return=True, hostile=(meddling,)), [image])
