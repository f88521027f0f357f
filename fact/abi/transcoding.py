"""CanonicalABI.md, "Storing": strings, with the calls of realloc that each pair of encodings makes.

What is in memory when realloc is called is what the guest's realloc sees and may carry elsewhere, so text is written in
the steps of the specification, though each step at once.
"""

from __future__ import annotations

from typing import TypeAlias

from fact.abi.context import LiftLowerContext
from fact.abi.layout import align_to
from fact.abi.strings import String, utf16_tag
from fact.abi.violation import trap_if
from fact.model.traps import TrapReason

PtrAndLength: TypeAlias = tuple[int, int]
"""Where a string begins, and its number of code units, tagged."""


def store_string_into_range(cx: LiftLowerContext, v: String) -> PtrAndLength:
    """Raises `Violation`."""
    src_code_units = v.code_units
    match cx.opts.string_encoding, v.encoding, v.simple_encoding:
        case "utf8", _, "utf8":
            return store_string_copy(cx, v, src_code_units, 1, 1, "utf-8")
        case "utf8", _, "utf16":
            return store_utf16_to_utf8(cx, v, src_code_units)
        case "utf8", _, "latin1":
            return store_latin1_to_utf8(cx, v, src_code_units)
        case "utf16", _, "utf8":
            return store_utf8_to_utf16(cx, v, src_code_units)
        case "utf16", _, _:
            return store_string_copy(cx, v, src_code_units, 2, 2, "utf-16-le")
        case "latin1+utf16", "latin1+utf16", "latin1":
            return store_string_copy(cx, v, src_code_units, 1, 2, "latin-1")
        case "latin1+utf16", "latin1+utf16", _:
            return store_probably_utf16_to_latin1_or_utf16(cx, v, src_code_units)
        case _:
            return store_string_to_latin1_or_utf16(cx, v, src_code_units)


def allocate_string(cx: LiftLowerContext, alignment: int, byte_length: int) -> int:
    return checked(cx, cx.allocate(alignment, byte_length), alignment, byte_length)


def reallocate_string(cx: LiftLowerContext, old: int, old_byte_length: int, alignment: int, byte_length: int) -> int:
    return checked(cx, cx.reallocate(old, old_byte_length, alignment, byte_length), alignment, byte_length)


def checked(cx: LiftLowerContext, ptr: int, alignment: int, byte_length: int) -> int:
    """*ptr*, which realloc has returned."""
    trap_if(ptr != align_to(ptr, alignment), TrapReason.REALLOC_MISALIGNED, ptr)
    trap_if(ptr + byte_length > len(cx.memory), TrapReason.REALLOC_OUT_OF_BOUNDS, ptr)
    return ptr


def store_string_copy(
    cx: LiftLowerContext, src: str, src_code_units: int, dst_code_unit_size: int, dst_alignment: int, dst_encoding: str
) -> PtrAndLength:
    dst_byte_length = dst_code_unit_size * src_code_units
    ptr = allocate_string(cx, dst_alignment, dst_byte_length)
    cx.memory[ptr : ptr + dst_byte_length] = src.encode(dst_encoding)
    return ptr, src_code_units


def store_utf16_to_utf8(cx: LiftLowerContext, src: str, src_code_units: int) -> PtrAndLength:
    worst_case_size = src_code_units * 3
    return store_string_to_utf8(cx, src, src_code_units, worst_case_size)


def store_latin1_to_utf8(cx: LiftLowerContext, src: str, src_code_units: int) -> PtrAndLength:
    worst_case_size = src_code_units * 2
    return store_string_to_utf8(cx, src, src_code_units, worst_case_size)


def store_string_to_utf8(cx: LiftLowerContext, src: str, src_code_units: int, worst_case_size: int) -> PtrAndLength:
    ptr = allocate_string(cx, 1, src_code_units)
    encoded = src.encode("utf-8")
    i = prefix_length(src, "ascii")
    cx.memory[ptr : ptr + i] = encoded[:i]
    if i == len(src):
        return ptr, src_code_units
    ptr = reallocate_string(cx, ptr, src_code_units, 1, worst_case_size)
    cx.memory[ptr + i : ptr + len(encoded)] = encoded[i:]
    if worst_case_size > len(encoded):
        ptr = reallocate_string(cx, ptr, worst_case_size, 1, len(encoded))
    return ptr, len(encoded)


def prefix_length(src: str, encoding: str) -> int:
    """How many code points *src* begins with that *encoding*, of one byte each, can express."""
    try:
        return len(src.encode(encoding))
    except UnicodeEncodeError as error:
        return error.start


def store_utf8_to_utf16(cx: LiftLowerContext, src: str, src_code_units: int) -> PtrAndLength:
    worst_case_size = 2 * src_code_units
    ptr = allocate_string(cx, 2, worst_case_size)
    encoded = src.encode("utf-16-le")
    cx.memory[ptr : ptr + len(encoded)] = encoded
    if len(encoded) < worst_case_size:
        ptr = reallocate_string(cx, ptr, worst_case_size, 2, len(encoded))
    return ptr, len(encoded) // 2


def store_string_to_latin1_or_utf16(cx: LiftLowerContext, src: str, src_code_units: int) -> PtrAndLength:
    ptr = allocate_string(cx, 2, src_code_units)
    dst_byte_length = prefix_length(src, "latin-1")
    cx.memory[ptr : ptr + dst_byte_length] = src[:dst_byte_length].encode("latin-1")
    if dst_byte_length < len(src):
        return inflate(cx, src, src_code_units, ptr, dst_byte_length)
    if dst_byte_length < src_code_units:
        ptr = reallocate_string(cx, ptr, src_code_units, 2, dst_byte_length)
    return ptr, dst_byte_length


def inflate(
    cx: LiftLowerContext, src: str, src_code_units: int, ptr: int, dst_byte_length: int
) -> PtrAndLength:
    """Goes on in UTF-16 where Latin-1, of which *dst_byte_length* bytes are in memory, ends to suffice."""
    worst_case_size = 2 * src_code_units
    ptr = reallocate_string(cx, ptr, src_code_units, 2, worst_case_size)
    inflated = bytearray(2 * dst_byte_length)
    inflated[::2] = cx.memory[ptr : ptr + dst_byte_length]  # whatever realloc has left there
    cx.memory[ptr : ptr + len(inflated)] = bytes(inflated)
    encoded = src.encode("utf-16-le")
    cx.memory[ptr + len(inflated) : ptr + len(encoded)] = encoded[len(inflated) :]
    if worst_case_size > len(encoded):
        ptr = reallocate_string(cx, ptr, worst_case_size, 2, len(encoded))
    return ptr, len(encoded) // 2 | utf16_tag(cx.memory.ptr_type)


def store_probably_utf16_to_latin1_or_utf16(cx: LiftLowerContext, src: str, src_code_units: int) -> PtrAndLength:
    src_byte_length = 2 * src_code_units
    ptr = allocate_string(cx, 2, src_byte_length)
    encoded = src.encode("utf-16-le")
    cx.memory[ptr : ptr + len(encoded)] = encoded
    if prefix_length(src, "latin-1") < len(src):
        return ptr, src_code_units | utf16_tag(cx.memory.ptr_type)
    latin1_size = len(encoded) // 2
    cx.memory[ptr : ptr + latin1_size] = src.encode("latin-1")
    ptr = reallocate_string(cx, ptr, src_byte_length, 1, latin1_size)
    return ptr, latin1_size
