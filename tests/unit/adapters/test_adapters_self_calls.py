"""A component that calls itself: source and destination may be one memory, and realloc may return anything in it.

CanonicalABI.md, "canon lift": all arguments are lifted (by on_start) before any is lowered; "Embedding": Store.lift.
"""

from __future__ import annotations

import struct

import pytest
from adapters_pair import Pair

from fact.model.traps import TrapReason
from fact.model.types import FuncType, List, Option, Prim, PtrType, Tuple, ValType

P = Prim
WIDTHS: list[PtrType] = ["i32", "i64"]
PACK = {"i32": "<II", "i64": "<QQ"}


def itself(
    params: tuple[ValType, ...], result: ValType | None = None, pointer: PtrType = "i32", encoding: str = "utf8",
    other: str = "utf8"
) -> Pair:
    ft = FuncType(tuple((f"p{i}", t) for i, t in enumerate(params)), result)
    return Pair(ft, pointer, pointer, (encoding, other), within_one=True)


@pytest.mark.parametrize("pointer", WIDTHS)
@pytest.mark.parametrize("shift", [-9, -1, 0, 1, 4, 8, 15, 100])
def test_a_list_may_be_moved_over_itself(pointer: PtrType, shift: int) -> None:
    pair = itself((List(P.U8),), pointer=pointer)
    data = bytes(range(200))
    pair.put(1000, data)
    pair.force(1000 + shift, 0)
    pair.call(1000, len(data))
    assert pair.received == [1000 + shift, len(data)]
    assert pair.callee_bytes(1000 + shift, len(data)) == data


@pytest.mark.parametrize("pointer", WIDTHS)
def test_lowering_the_first_does_not_change_the_second(pointer: PtrType) -> None:
    """Every realloc returns where the second list is: the last one lowered is what is there in the end."""
    pair = itself((List(P.U16), List(P.U16)), pointer=pointer)
    pair.put(1000, b"firstfirst")
    pair.put(2000, b"the second")
    pair.force(2000, 0)
    pair.call(1000, 5, 2000, 5)
    assert pair.callee_bytes(2000, 10) == b"the second"


@pytest.mark.parametrize("pointer", WIDTHS)
def test_a_list_of_lists_whose_table_is_overwritten(pointer: PtrType) -> None:
    """The first realloc, for the table, returns where the elements are."""
    pair = itself((List(List(P.U8)),), pointer=pointer)
    step = struct.calcsize(PACK[pointer])
    pair.put(1024, b"abcdefgh" * 8)
    pair.put(512, struct.pack(PACK[pointer], 1024, 3) + struct.pack(PACK[pointer], 1027, 5))
    heap = 1024 if pointer == "i32" else 1032
    pair.running.core[0]["top"].set_value(pair.running.store, heap)
    pair.call(512, 2)
    table, count = pair.received
    assert (table, count) == (heap, 2)
    assert pair.reallocs(0) == [(step // 2, 2 * step), (1, 3), (1, 5)]
    items = [struct.unpack(PACK[pointer], pair.callee_bytes(table + i * step, step)) for i in range(2)]
    assert [pair.callee_bytes(p, n) for p, n in items] == [b"abc", b"defgh"]


@pytest.mark.parametrize("pointer", WIDTHS)
def test_spilled_parameters_with_lists(pointer: PtrType) -> None:
    types: tuple[ValType, ...] = (*[P.U32] * 15, List(P.BOOL), Option(List(P.U8)))
    pair = itself(types, pointer=pointer)
    layout = {"i32": "<15IIIB3xII", "i64": "<15I4xQQB7xQQ"}[pointer]
    pair.put(3000, b"\x00\x05\x01")
    pair.put(3100, b"spilled")
    pair.put(1024, struct.pack(layout, *range(15), 3000, 3, 1, 3100, 7))
    pair.running.core[0]["top"].set_value(pair.running.store, 1032)  # over the area itself
    pair.call(1024)
    fields = struct.unpack(layout, pair.callee_bytes(pair.received[0], struct.calcsize(layout)))
    assert fields[:15] == tuple(range(15))
    assert pair.callee_bytes(fields[15], fields[16]) == b"\x00\x01\x01"
    assert pair.callee_bytes(fields[18], fields[19]) == b"spilled"


@pytest.mark.parametrize(("encoding", "other"), [
    ("utf8", "utf8"), ("utf8", "utf16"), ("utf16", "latin1+utf16"), ("latin1+utf16", "latin1+utf16"),
    ("latin1+utf16", "utf8"),
])
@pytest.mark.parametrize("pointer", WIDTHS)
def test_strings_keep_their_realloc_calls(encoding: str, other: str, pointer: PtrType) -> None:
    """As between two components: what is staged is staged as it was."""
    text = "Gr\u00fc\u00dfe aus dem Scratch"
    units, data = {
        "utf8": (len(text.encode()), text.encode()), "utf16": (len(text), text.encode("utf-16-le")),
        "latin1+utf16": (len(text) | 1 << (31 if pointer == "i32" else 63), text.encode("utf-16-le")),
    }[encoding]
    if encoding == "latin1+utf16":
        units -= 1 << (32 if pointer == "i32" else 64)
    within = itself((P.STRING,), pointer=pointer, encoding=encoding, other=other)
    apart = Pair.param(P.STRING, pointer, pointer, (encoding, other))
    for pair in (within, apart):
        pair.put(600, data)
        pair.call(600, units)
    assert within.received == apart.received
    assert within.reallocs(0) == apart.reallocs(1)
    size = 2 * len(data)
    assert within.callee_bytes(within.received[0], 24) == apart.callee_bytes(apart.received[0], 24), size


@pytest.mark.parametrize("pointer", WIDTHS)
def test_a_result_may_overlap_where_it_goes(pointer: PtrType) -> None:
    """The callee's pointer, its list and the return area: all over each other."""
    pair = itself((), Tuple((P.U64, List(P.U8))), pointer)
    layout = {"i32": "<QII", "i64": "<QQQ"}[pointer]
    pair.put(1024, struct.pack(layout, 77, 1030, 9))
    expected = bytearray(pair.caller_bytes(1000, 100))
    listed = expected[30:39]
    expected[32:40] = struct.pack("<Q", 77)  # as store_record goes: the number, the list's elements, where they are
    expected[33:42] = listed
    expected[40:32 + struct.calcsize(layout)] = struct.pack(PACK[pointer], 1033, 9)
    pair.answer(1024)
    pair.force(1033, 0)
    pair.call(1032)
    assert pair.caller_bytes(1000, 100) == expected


def test_much_is_staged_and_the_scratch_memory_used_again() -> None:
    pair = itself((List(P.U8),))
    data = bytes(range(250)) * 80
    pair.put(100_000, data)
    for _ in range(3):
        pair.call(100_000, 20_000)
        assert pair.callee_bytes(pair.received[0], 20_000) == data
    scratch = pair.running.support[1]["scratch.i32"]["memory"].size(pair.running.store)
    assert scratch <= 2


def test_all_is_checked_before_any_realloc() -> None:
    pair = itself((List(P.U8), List(P.CHAR)))
    pair.put(512, struct.pack("<I", 0xD800))
    assert pair.trap(0, 4, 512, 1) == (TrapReason.INVALID_CHAR, "param p1[]")
    assert pair.reallocs(0) == []


def test_core_values_alone_need_no_scratch_memory() -> None:
    pair = itself((P.U8, Option(P.F64)))
    pair.call(0x1FF, 1, 0.5)
    assert pair.received[:2] == [0xFF, 1]
    assert "scratch" not in pair.running.compiled[0].wat
