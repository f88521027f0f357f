"""CanonicalABI.md, "Loading": strings, which remember how they were encoded."""

from __future__ import annotations

from typing import Literal, TypeAlias

from fact.abi.context import LiftLowerContext
from fact.abi.layout import align_to
from fact.abi.options import ptr_size
from fact.abi.violation import Violation, trap_if
from fact.model.traps import TrapReason
from fact.model.types import PtrType

SimpleEncoding: TypeAlias = Literal["utf8", "utf16", "latin1"]


class String(str):
    """A lifted string, with the hints that lowering it goes by: what encoding it had and how many code units.

    The specification's `String` is a tuple of the text, the encoding and the *tagged* number of code units. Which bit
    is the tag depends on the memory the string came from, and that may have other pointers than the one it
    goes to. So the tag is taken off when the string is loaded: *simple_encoding* is what latin1+utf16 turned out to be.
    """

    __slots__ = ("code_units", "encoding", "simple_encoding")

    encoding: str
    simple_encoding: SimpleEncoding
    code_units: int

    def __new__(cls, text: str, encoding: str, simple_encoding: SimpleEncoding, code_units: int) -> String:
        string = super().__new__(cls, text)
        string.encoding = encoding
        string.simple_encoding = simple_encoding
        string.code_units = code_units
        return string


def string_of_host(text: str) -> String:
    """A string that comes from the host, which keeps its strings in UTF-8."""
    return String(text, "utf8", "utf8", len(text.encode("utf-8")))


def utf16_tag(ptr_type: PtrType) -> int:
    return 1 << (ptr_size(ptr_type) * 8 - 1)


MAX_STRING_BYTE_LENGTH = (1 << 28) - 1


def load_string_from_range(cx: LiftLowerContext, ptr: int, tagged_code_units: int) -> String:
    """Raises `Violation`."""
    tag = utf16_tag(cx.memory.ptr_type)
    simple_encoding: SimpleEncoding
    match cx.opts.string_encoding:
        case "utf8":
            alignment, simple_encoding, code_units = 1, "utf8", tagged_code_units
        case "utf16":
            alignment, simple_encoding, code_units = 2, "utf16", tagged_code_units
        case "latin1+utf16":
            alignment = 2
            if tagged_code_units & tag:
                simple_encoding, code_units = "utf16", tagged_code_units ^ tag
            else:
                simple_encoding, code_units = "latin1", tagged_code_units
    byte_length = 2 * code_units if simple_encoding == "utf16" else code_units

    trap_if(byte_length > MAX_STRING_BYTE_LENGTH, TrapReason.STRING_TOO_LONG, byte_length)
    trap_if(ptr != align_to(ptr, alignment), TrapReason.POINTER_MISALIGNED, ptr)
    trap_if(ptr + byte_length > len(cx.memory), TrapReason.POINTER_OUT_OF_BOUNDS, ptr)
    cx.admit(byte_length)
    text = decode(cx.memory[ptr : ptr + byte_length], simple_encoding)
    return String(text, cx.opts.string_encoding, simple_encoding, code_units)


def decode(data: bytes | bytearray | memoryview, encoding: SimpleEncoding) -> str:
    match encoding:
        case "utf8":
            codec, reason = "utf-8", TrapReason.INVALID_UTF8
        case "utf16":
            codec, reason = "utf-16-le", TrapReason.INVALID_UTF16
        case "latin1":
            return str(data, "latin-1")
    try:
        return str(data, codec)
    except UnicodeDecodeError as error:
        raise Violation(reason, found=data[error.start]) from None
