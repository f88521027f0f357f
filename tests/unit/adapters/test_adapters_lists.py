"""Lists: where they are, how long, what is in them, and how they are copied.

CanonicalABI.md, "Loading" (load_list_from_range) and "Storing" (store_list_into_range).
"""

from __future__ import annotations

import struct

import pytest
from adapters_pair import GUEST_MEMORY, HEAP, Pair

from fact.model.traps import TrapReason
from fact.model.types import EnumType, Flags, List, Map, Option, Prim, PtrType, Record, Tuple, ValType

P = Prim
WIDTHS: list[tuple[PtrType, PtrType]] = [("i32", "i32"), ("i32", "i64"), ("i64", "i32"), ("i64", "i64")]
SIZES = [*range(36), 47, 48, 49, 63, 64, 65, 66, 96, 127, 128, 129, 1000, 4099]
MAX_LIST_BYTE_LENGTH = (1 << 28) - 1


def pattern(n: int) -> bytes:
    return bytes((i * 7 + 3) % 251 for i in range(n))


def moved(t: ValType, data: bytes, count: int, widths: tuple[PtrType, PtrType] = ("i32", "i32")) -> bytes:
    """The elements of *t* in the callee's memory, which was filled with 0xee, for *data* in the caller's."""
    pair = Pair.param(List(t), *widths)
    return moved_by(pair, data, count)


def moved_by(pair: Pair, data: bytes, count: int, start: int = 8 * 129) -> bytes:
    pair.put(start - 16, b"\x55" * (len(data) + 64))
    pair.put(start, data)
    before = bytes([0xEE]) * (len(data) * 2 + 64)
    pair.put_result(HEAP - 32, before)
    pair.call(start, count)
    ((_, size),) = pair.reallocs()
    pointer, length = pair.received
    assert length == count
    around = pair.callee_bytes(pointer - 16, size + 32)
    assert around[:16] + around[-16:] == b"\xee" * 32, "bytes around the list were written"
    return around[16:-16]


@pytest.mark.parametrize("widths", WIDTHS, ids="-to-".join)
def test_bytes_of_any_number(widths: tuple[PtrType, PtrType]) -> None:
    """Every way there is to copy: by loads and stores that overlap, and by the engine."""
    pair = Pair.param(List(P.U8), *widths)
    for n in SIZES:
        data = pattern(n)
        pair.put(1001, data)
        pair.put_result(0, b"\xee" * GUEST_MEMORY)
        pair.call(1001, n)
        pointer, length = pair.received
        assert length == n
        assert pair.callee_bytes(pointer - 8, n + 16) == b"\xee" * 8 + data + b"\xee" * 8
    assert pair.reallocs() == [(1, n) for n in SIZES]


@pytest.mark.parametrize(
    ("t", "size", "align"),
    [(P.S16, 2, 2), (P.U32, 4, 4), (P.F32, 4, 4), (P.F64, 8, 8), (P.S64, 8, 8), (Tuple((P.U32, P.U32, P.U64)), 16, 8),
     (List(P.U16, 3), 6, 2), (Flags(tuple("abcdefgh")), 1, 1),
     (Record((("a", P.U16), ("b", P.U16), ("c", P.U16))), 6, 2)],
    ids=str,
)
@pytest.mark.parametrize("count", [0, 1, 2, 3, 5, 40])
def test_elements_that_are_copied_as_they_are(t: ValType, size: int, align: int, count: int) -> None:
    data = pattern(size * count)
    pair = Pair.param(List(t))
    assert moved_by(pair, data, count) == data
    assert pair.reallocs() == [(align, size * count)]


@pytest.mark.parametrize("count", [*range(40), 63, 64, 65, 130])
def test_bools_become_0_or_1(count: int) -> None:
    """CanonicalABI.md, "Loading": convert_int_to_bool."""
    data = bytes((0, 1, 2, 0x80, 0xFF)[i * i % 5] for i in range(count))
    assert moved(P.BOOL, data, count) == bytes(min(b, 1) for b in data)


@pytest.mark.parametrize("count", [1, 2, 3, 4, 5, 9, 16, 33])
@pytest.mark.parametrize("widths", WIDTHS, ids="-to-".join)
@pytest.mark.parametrize("labels", [1, 3, 9, 12, 17, 31])
def test_flags_lose_what_is_no_flag(labels: int, count: int, widths: tuple[PtrType, PtrType]) -> None:
    """CanonicalABI.md, "Loading": unpack_flags_from_int."""
    size = 1 if labels <= 8 else 2 if labels <= 16 else 4
    data = pattern(size * count)
    expected = b"".join(
        (int.from_bytes(data[i:i + size], "little") & ((1 << labels) - 1)).to_bytes(size, "little")
        for i in range(0, len(data), size)
    )
    assert moved(Flags(tuple(f"l{i}" for i in range(labels))), data, count, widths) == expected


@pytest.mark.parametrize(
    ("t", "written"),
    [
        (Tuple((P.U8, P.U32)), "w...wwww"), (Tuple((P.U32, P.U8)), "wwwww..."),
        (Tuple((P.U8, P.U64)), "w.......wwwwwwww"),
        (Record((("a", P.U8), ("b", P.U32), ("c", P.U16))), "w...wwwwww.."), (Tuple((P.U16, P.BOOL)), "wwb."),
        (Tuple((P.BOOL, P.F64, P.BOOL, P.U16)), "b.......wwwwwwwwb.ww...."),
        (List(Tuple((P.U16, P.U8)), 5), "www." * 5),
        (Tuple((P.U8, P.U16, P.U8)), "w.www."), (Tuple((List(P.U8, 39), P.U16)), "w" * 39 + ".ww"),
        (Tuple((P.U64, List(P.BOOL, 201))), "w" * 8 + "b" * 201 + "." * 7),
    ],
    ids=lambda x: str(x)[:50],
)
@pytest.mark.parametrize("count", [1, 2, 3, 4, 5, 7, 8, 17])
def test_padding_is_neither_read_nor_written(t: ValType, written: str, count: int) -> None:
    """CanonicalABI.md, "Storing": store_record stores fields and nothing else."""
    data = pattern(len(written) * count)
    rules = written * count
    expected = bytes({"w": b, "b": min(b, 1), ".": 0xEE}[rule] for b, rule in zip(data, rules, strict=True))
    for widths in (("i32", "i32"), ("i64", "i32")):
        assert moved(t, data, count, widths) == expected


# -- chars and cases

CHARS = [0, 0x41, 0xD7FF, 0xE000, 0xFFFF, 0x10000, 0x10FFFF]


@pytest.mark.parametrize("count", [1, 3, 4, 5, 7, 15, 16, 17, 33])
def test_chars_in_every_place(count: int) -> None:
    """CanonicalABI.md, "Loading": convert_i32_to_char. The list ends where the memory does."""
    pair = Pair.param(List(P.CHAR))
    start = GUEST_MEMORY - 4 * count
    for shift in range(len(CHARS)):
        chars = [CHARS[(i + shift) % len(CHARS)] for i in range(count)]
        pair.put(start, struct.pack(f"<{count}I", *chars))
        pair.call(start, count)
        assert pair.callee_bytes(pair.received[0], 4 * count) == struct.pack(f"<{count}I", *chars)
    for place in range(count):
        for bad in (0xD800, 0xDFFF, 0x110000, 0xFFFFFFFF):
            pair.put(start, struct.pack(f"<{count}I", *(bad if i == place else 0x20AC for i in range(count))))
            assert pair.trap(start, count) == (TrapReason.INVALID_CHAR, "param x[]")


@pytest.mark.parametrize(("labels", "size"), [(2, 1), (5, 1), (200, 1), (257, 2), (60_000, 2), (65_537, 4)])
@pytest.mark.parametrize("count", [1, 15, 16, 17, 70])
def test_cases_in_every_place(labels: int, size: int, count: int) -> None:
    """CanonicalABI.md, "Loading": load_variant."""
    pair = _enums(labels)
    for place in {0, 1, count // 2, count - 1} & set(range(count)):
        for case in (labels - 1, labels):
            cases = [case if i == place else 1 for i in range(count)]
            pair.put(512, b"".join(c.to_bytes(size, "little") for c in cases))
            if case == labels:
                assert pair.trap(512, count) == (TrapReason.INVALID_DISCRIMINANT, "param x[]")
            else:
                pair.call(512, count)
                assert pair.callee_bytes(pair.received[0], size * count) == pair.caller_bytes(512, size * count)


_ENUMS: dict[int, Pair] = {}


def _enums(labels: int) -> Pair:
    if labels not in _ENUMS:
        _ENUMS[labels] = Pair.param(List(EnumType(tuple(f"e{i}" for i in range(labels)))))
    return _ENUMS[labels]


def test_a_discriminant_that_has_no_spare_value_is_copied() -> None:
    data = bytes(range(256))
    assert moved(EnumType(tuple(f"e{i}" for i in range(256))), data, 256) == data


# -- where lists are


@pytest.mark.parametrize("pointer", ["i32", "i64"])
@pytest.mark.parametrize(
    ("t", "size", "align"),
    [(P.U8, 1, 1), (P.CHAR, 4, 4), (P.U64, 8, 8), (Tuple((P.U32, P.CHAR, P.BOOL)), 12, 4)],
    ids=str,
)
def test_too_long_then_misaligned_then_out_of_bounds(t: ValType, size: int, align: int, pointer: PtrType) -> None:
    """CanonicalABI.md, "Loading": load_list_from_range, whatever the content; also for no elements."""
    pair = Pair.param(List(t), pointer)
    longest = MAX_LIST_BYTE_LENGTH // size
    site = "param x"
    for length in (longest + 1, (1 << 32) - 1, *([1 << 61, (1 << 64) - 1] if pointer == "i64" else [])):
        for start in (1, 0, GUEST_MEMORY + 1):
            assert pair.trap(start, _signed(length, pointer)) == (TrapReason.LIST_TOO_LONG, site)
    if align > 1:
        for start in (align // 2, GUEST_MEMORY + 1):
            assert pair.trap(start, 0) == (TrapReason.POINTER_MISALIGNED, site)
    far = (1 << 32) - 8 if pointer == "i32" else (1 << 64) - 8
    beyond = [(GUEST_MEMORY, 1), (GUEST_MEMORY + align, 0), (0, longest), (far, 1), (far, 0), (far, longest)]
    for start, length in beyond:
        assert pair.trap(_signed(start, pointer), length) == (TrapReason.POINTER_OUT_OF_BOUNDS, site)
    pair.call(GUEST_MEMORY, 0)
    assert pair.received == [HEAP, 0]


def _signed(value: int, pointer: PtrType) -> int:
    bits = 32 if pointer == "i32" else 64
    value %= 1 << bits
    return value - (1 << bits) if value >> (bits - 1) else value


def test_the_memory_may_have_grown() -> None:
    pair = Pair.param(List(P.U8))
    assert pair.trap(GUEST_MEMORY, 5) == (TrapReason.POINTER_OUT_OF_BOUNDS, "param x")
    pair.running.core[0]["memory"].grow(pair.running.store, 1)
    pair.put(GUEST_MEMORY, b"there")
    pair.call(GUEST_MEMORY, 5)
    assert pair.callee_bytes(pair.received[0], 5) == b"there"


# -- what realloc returns


@pytest.mark.parametrize("callee", ["i32", "i64"])
@pytest.mark.parametrize("t", [P.U32, P.BOOL, Tuple((P.U8, P.U32)), Option(P.U32), List(P.U8)], ids=str)
def test_what_realloc_returns_is_checked(t: ValType, callee: PtrType) -> None:
    """CanonicalABI.md, "Storing": store_list_into_range; also for no bytes at all."""
    pair = Pair.param(List(t), "i32", callee)
    if t is not P.BOOL:
        pair.force(HEAP + 1)
        assert pair.trap(64, 0) == (TrapReason.REALLOC_MISALIGNED, "param x")
    for pointer, count in ((GUEST_MEMORY, 1), (GUEST_MEMORY + 8, 0), ((1 << 32) - 8, 2), ((1 << 32) - 8, 0)):
        pair.force(pointer)
        assert pair.trap(64, count) == (TrapReason.REALLOC_OUT_OF_BOUNDS, "param x")
    if callee == "i64":
        pair.force((1 << 64) - 16)
        assert pair.trap(64, 4) == (TrapReason.REALLOC_OUT_OF_BOUNDS, "param x")
    pair.force(GUEST_MEMORY)
    pair.call(64, 0)


# -- lists in lists


@pytest.mark.parametrize("widths", WIDTHS, ids="-to-".join)
def test_lists_of_lists_call_realloc_from_the_outside_in(widths: tuple[PtrType, PtrType]) -> None:
    source, destination = widths
    pair = Pair.param(List(List(P.U16)), *widths)
    pack = {"i32": "<II", "i64": "<QQ"}
    items = [b"", b"ab", b"abcdefghijklmnopqrstuvwx", b"cd"]
    pair.put(4000, b"".join(items))
    table, at = b"", 4000
    for item in items:
        table += struct.pack(pack[source], at, len(item) // 2)
        at += len(item)
    pair.put(256, table)
    pair.call(256, len(items))
    step = struct.calcsize(pack[destination])
    assert pair.reallocs() == [(step // 2, step * len(items)), *((2, len(item)) for item in items)]
    pointer, length = pair.received
    found = [struct.unpack(pack[destination], pair.callee_bytes(pointer + step * i, step)) for i in range(length)]
    assert [pair.callee_bytes(p, 2 * n) for p, n in found] == items


@pytest.mark.parametrize("widths", WIDTHS, ids="-to-".join)
@pytest.mark.parametrize(
    ("t", "size"),
    [(P.BOOL, 1), (Tuple((P.U8, P.U32)), 8), (Option(P.U8), 2), (P.CHAR, 4), (Flags(("a", "b")), 1)],
    ids=str,
)
def test_loops_within_loops(t: ValType, size: int, widths: tuple[PtrType, PtrType]) -> None:
    """Lists of lists of lists of what is moved by a loop, or in bulk."""
    source, destination = widths
    pair = Pair.param(List(List(List(t))), *widths)
    pack = {"i32": "<II", "i64": "<QQ"}
    step, new_step = struct.calcsize(pack[source]), struct.calcsize(pack[destination])
    counts = [[0, 3], [], [20, 1, 5]]
    at, leaves, middles, outer = 8192, b"", b"", b""
    middle_at = 4096
    for row in counts:
        outer += struct.pack(pack[source], middle_at, len(row))
        for count in row:
            middles += struct.pack(pack[source], at + len(leaves), count)
            leaves += bytes([1, 0, 0, 0] * (size * count))[: size * count]
            middle_at += step
    for address, data in ((1024, outer), (4096, middles), (at, leaves)):
        pair.put(address, data)
    pair.call(1024, len(counts))

    def items(pointer: int, length: int) -> list[tuple[int, ...]]:
        data = pair.callee_bytes(pointer, new_step * length)
        return list(struct.iter_unpack(pack[destination], data))

    rows = [items(*row) for row in items(*pair.received)]
    assert [[length for _, length in row] for row in rows] == counts
    sizes = [new_step * 3]
    for row in counts:
        sizes += [new_step * len(row), *(size * count for count in row)]
    assert [n for _, n in pair.reallocs()] == sizes
    assert pair.callee_bytes(rows[2][0][0], 1) == b"\x01"


def test_nothing_is_allocated_before_the_last_element_is_checked() -> None:
    """Everything is lifted before anything is lowered: CanonicalABI.md, "canon lift"."""
    pair = Pair.param(List(List(P.CHAR)))
    pair.put(256, struct.pack("<IIII", 512, 1, 516, 1) + bytes(512 - 256 - 16) + struct.pack("<II", 0x41, 0xD800))
    assert pair.trap(256, 2) == (TrapReason.INVALID_CHAR, "param x[][]")
    assert pair.reallocs() == []
    pair.put(264, struct.pack("<II", 513, 1))
    assert pair.trap(256, 2) == (TrapReason.POINTER_MISALIGNED, "param x[]")


def test_maps_are_lists_of_pairs() -> None:
    """CanonicalABI.md, "Despecialization": MapType. Nothing is looked up, nothing dropped."""
    pair = Pair.param(Map(P.CHAR, List(P.U8)))
    pair.put(512, b"onetwo")
    pair.put(256, struct.pack("<IIIIII", 0x41, 512, 3, 0x41, 515, 3))
    pair.call(256, 2)
    assert pair.reallocs() == [(4, 24), (1, 3), (1, 3)]
    first, second = struct.unpack("<IIIIII", pair.callee_bytes(pair.received[0], 24))[1::3]
    assert pair.callee_bytes(first, 3) + pair.callee_bytes(second, 3) == b"onetwo"
    pair.put(268, struct.pack("<I", 0xDC00))
    assert pair.trap(256, 2) == (TrapReason.INVALID_CHAR, "param x[].0")
    pair.put(264, struct.pack("<III", 1 << 28, 0x41, 515))
    assert pair.trap(256, 2) == (TrapReason.LIST_TOO_LONG, "param x[].1")


# -- results


@pytest.mark.parametrize("widths", WIDTHS, ids="-to-".join)
def test_a_list_as_result(widths: tuple[PtrType, PtrType]) -> None:
    """The callee's pointer, then what is in it, then the caller's return pointer, then realloc."""
    caller, callee = widths
    pair = Pair.result(List(P.CHAR), caller, callee)
    pack = {"i32": "<II", "i64": "<QQ"}
    step = struct.calcsize(pack[callee])
    pair.put_result(512, struct.pack(pack[callee], 640, 2))
    pair.put_result(640, struct.pack("<II", 0x41, 0x42))
    pair.answer(512)
    size = struct.calcsize(pack[caller])
    pair.call(96)
    pointer, length = struct.unpack(pack[caller], pair.caller_bytes(96, size))
    assert pair.caller_bytes(pointer, 4 * length) == struct.pack("<II", 0x41, 0x42)
    assert pair.reallocs(0) == [(4, 8)]
    assert pair.trap(97) == (TrapReason.POINTER_MISALIGNED, "result")
    assert pair.trap(GUEST_MEMORY) == (TrapReason.POINTER_OUT_OF_BOUNDS, "result")
    pair.put_result(644, struct.pack("<I", 0x110000))
    assert pair.trap(97) == (TrapReason.INVALID_CHAR, "result[]")
    pair.answer(512 + step // 2 - 1)
    assert pair.trap(97) == (TrapReason.POINTER_MISALIGNED, "result")
    pair.answer(GUEST_MEMORY)
    assert pair.trap(96) == (TrapReason.POINTER_OUT_OF_BOUNDS, "result")
    assert len(pair.reallocs(0)) == 1
