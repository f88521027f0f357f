"""What wasmtime says of each violation of the canonical ABI, at the host's boundary and in fused adapters.

Each is held against the specification's reason: exactly where wasmtime's words tell, else within their family.
"""

from __future__ import annotations

import struct

import pytest
from native_components import (
    AT,
    Sent,
    argument_from_host,
    argument_to_guest,
    argument_to_host,
    assemble,
    lifts,
    outcome,
    pointed,
    result_from_host,
    result_to_guest,
    result_to_host,
)

from fact.errors import Unsupported
from fact.model.traps import TrapReason
from fact.model.values import Value
from fuzz.engines.native import NativeEngine
from fuzz.engines.native_traps import reasons_meant_by, same_family, trap_from

ENCODINGS = ("utf8", "utf16", "latin1+utf16")
TAG = 1 << 31


@pytest.fixture(scope="module")
def engine() -> NativeEngine:
    return NativeEngine()


# -- lifting: CanonicalABI.md, Loading and Flat Lifting


MISALIGNED, OUT_OF_BOUNDS = TrapReason.POINTER_MISALIGNED, TrapReason.POINTER_OUT_OF_BOUNDS


@pytest.mark.parametrize(("encoding", "pointer", "length", "reason"), [
    ("utf8", 65536, 0, None), ("utf8", 65536, 1, OUT_OF_BOUNDS), ("utf8", 65537, 0, OUT_OF_BOUNDS),
    ("utf8", 0xFFFFFFFF, 0, OUT_OF_BOUNDS), ("utf8", 0xFFFFFFFF, 16, OUT_OF_BOUNDS),
    ("utf8", 0, 0x0FFFFFFF, OUT_OF_BOUNDS), ("utf8", 0, 0x10000000, TrapReason.STRING_TOO_LONG),
    ("utf8", 65537, 0xFFFFFFFF, TrapReason.STRING_TOO_LONG),
    ("utf16", 65536, 0, None), ("utf16", 65536, 1, OUT_OF_BOUNDS), ("utf16", 65538, 0, OUT_OF_BOUNDS),
    ("utf16", 1, 0, MISALIGNED), ("utf16", 1, 1, MISALIGNED), ("utf16", 65537, 1, MISALIGNED),
    ("utf16", 0, 0x07FFFFFF, OUT_OF_BOUNDS), ("utf16", 0, 0x08000000, TrapReason.STRING_TOO_LONG),
    ("utf16", 0, 0x80000001, TrapReason.STRING_TOO_LONG),
    ("latin1+utf16", 1, 0, MISALIGNED), ("latin1+utf16", 1, 1, MISALIGNED), ("latin1+utf16", 65536, 1, OUT_OF_BOUNDS),
    ("latin1+utf16", 0, 0x0FFFFFFF, OUT_OF_BOUNDS), ("latin1+utf16", 0, 0x10000000, TrapReason.STRING_TOO_LONG),
    ("latin1+utf16", 1, TAG | 1, MISALIGNED), ("latin1+utf16", 65536, TAG, None),
    ("latin1+utf16", 65536, TAG | 1, OUT_OF_BOUNDS), ("latin1+utf16", 65538, TAG, OUT_OF_BOUNDS),
    ("latin1+utf16", 0, TAG | 0x08000000, TrapReason.STRING_TOO_LONG),
])
def test_ranges_of_strings(
    engine: NativeEngine, encoding: str, pointer: int, length: int, reason: TrapReason | None
) -> None:
    """load_string_from_range. wasmtime has the same words for too long and out of bounds."""
    words = OUT_OF_BOUNDS if reason is TrapReason.STRING_TOO_LONG else reason
    for edge, text in lifts(pointed("string", pointer, length, encoding=encoding), *ENCODINGS).items():
        assert outcome(engine, text) is words, edge
    assert reason is words or (reason and words and same_family(reason, words))


@pytest.mark.parametrize(("encoding", "content", "reason"), [
    *(("utf8", content, TrapReason.INVALID_UTF8) for content in (
        b"a\xff", b"\xed\xa0\x80", b"\xe2\x82", b"\xc0\x80", b"\xf4\x90\x80\x80", b"\x80", b"ab\xf0\x9f\x98")),
    *((encoding, content, TrapReason.INVALID_UTF16) for encoding in ("utf16", "latin1+utf16") for content in (
        b"\x00\xd8", b"\x00\xdc", b"\x00\xd8\x00\xd8", b"a\0\x00\xdc\x00\xd8", b"\x00\xd8a\0")),
])
def test_contents_of_strings(
    engine: NativeEngine, encoding: str, content: bytes, reason: TrapReason
) -> None:
    """load_string_from_range."""
    length = {"utf8": len(content), "utf16": len(content) // 2, "latin1+utf16": TAG | len(content) // 2}[encoding]
    for edge, text in lifts(pointed("string", AT, length, content, encoding), *ENCODINGS).items():
        assert outcome(engine, text) is reason, edge


@pytest.mark.parametrize(("type", "pointer", "length", "reason"), [
    ("(list u8)", 65536, 0, None), ("(list u8)", 65536, 1, OUT_OF_BOUNDS), ("(list u8)", 65537, 0, OUT_OF_BOUNDS),
    ("(list u8)", 0xFFFFFFFF, 2, OUT_OF_BOUNDS), ("(list u8)", 0, 0x0FFFFFFF, OUT_OF_BOUNDS),
    ("(list u8)", 0, 0x10000000, TrapReason.LIST_TOO_LONG), ("(list u8)", 0, 0xFFFFFFFF, TrapReason.LIST_TOO_LONG),
    ("(list u32)", 2, 0, MISALIGNED), ("(list u32)", 2, 1, MISALIGNED), ("(list u32)", 65536, 0, None),
    ("(list u32)", 65540, 0, OUT_OF_BOUNDS), ("(list u32)", 0, 0x40000000, TrapReason.LIST_TOO_LONG),
    ("(list u64)", 4, 0, MISALIGNED), ("(list u64)", 65528, 2, OUT_OF_BOUNDS),
    ("(list char)", 2, 0, MISALIGNED), ("(list char)", 65536, 1, OUT_OF_BOUNDS),
    ("(list bool)", 65537, 0, OUT_OF_BOUNDS), ("(list string)", 2, 0, MISALIGNED),
    ("(list string)", 65532, 1, OUT_OF_BOUNDS), ("(list (tuple u8 u32))", 65532, 1, OUT_OF_BOUNDS),
    ("(list (tuple u8 u32))", 0, 0x20000000, TrapReason.LIST_TOO_LONG),
    ("(map char u8)", 2, 0, MISALIGNED), ("(map char u8)", 65532, 1, OUT_OF_BOUNDS),
    ("(map char u8)", 0, 0x20000000, TrapReason.LIST_TOO_LONG),
])
def test_ranges_of_lists(
    engine: NativeEngine, type: str, pointer: int, length: int, reason: TrapReason | None
) -> None:
    """load_list_from_range. wasmtime has the same words for too long and out of bounds."""
    words = OUT_OF_BOUNDS if reason is TrapReason.LIST_TOO_LONG else reason
    for edge, text in lifts(pointed(type, pointer, length)).items():
        assert outcome(engine, text) is words, edge
    assert reason is words or (reason and words and same_family(reason, words))


@pytest.mark.parametrize(("type", "content", "reason"), [
    ("(list char)", struct.pack("<II", 0x61, 0xD800), TrapReason.INVALID_CHAR),
    ("(list char)", struct.pack("<II", 0x61, 0x110000), TrapReason.INVALID_CHAR),
    ("(list (result))", b"\1\2", TrapReason.INVALID_DISCRIMINANT),
    ("(list (option u8))", b"\1\0\2\0", TrapReason.INVALID_DISCRIMINANT),
    ("(list string)", struct.pack("<IIII", AT, 1, 65536, 1), OUT_OF_BOUNDS),
    ("(list string)", struct.pack("<IIIIB", AT, 0, AT + 16, 1, 0xFF), TrapReason.INVALID_UTF8),
    ("(list (list u16))", struct.pack("<IIII", 0, 1, 1, 0), MISALIGNED),
    ("(map char u8)", struct.pack("<IIII", 0x61, 1, 0xDFFF, 1), TrapReason.INVALID_CHAR),
    ("(list bool)", b"\2\xff", None),
])
def test_elements(engine: NativeEngine, type: str, content: bytes, reason: TrapReason | None) -> None:
    """load_list_from_valid_range. A bool that is neither 0 nor 1 is true."""
    for edge, text in lifts(pointed(type, AT, 2, content)).items():
        assert outcome(engine, text) is reason, edge


ENUM_257 = f"(enum {' '.join(f'{chr(34)}l{i}{chr(34)}' for i in range(257))})"


@pytest.mark.parametrize("sent", [
    Sent("(result)", (2,)), Sent("(result)", (0xFFFFFFFF,)),
    Sent("(option u8)", (2, 0), b"\2\0"), Sent("(option u8)", (0xFFFFFFFF, 0), b"\xff\0"),
    Sent("(result u8)", (2, 0), b"\2\0"),
    Sent("$t", (2,), definition='(enum "a" "b")'), Sent("$t", (256,), definition='(enum "a" "b")'),
    Sent("$t", (257,), definition=ENUM_257), Sent("$t", (65536,), definition=ENUM_257),
    Sent("$t", (2, 0), b"\2\0", definition='(variant (case "a") (case "b" u8))'),
    Sent("(list $t)", (AT, 1), struct.pack("<II", AT, 1), ((AT, b"\1\1"),), definition=ENUM_257),
])
def test_discriminants(engine: NativeEngine, sent: Sent) -> None:
    """load_variant, lift_flat_variant."""
    for edge, text in lifts(sent).items():
        assert outcome(engine, text) is TrapReason.INVALID_DISCRIMINANT, edge


def test_what_does_not_trap(engine: NativeEngine) -> None:
    """load_flags, lift_flat_flags: bits past the last label. A discriminant in memory is as wide as its type says."""
    for sent in (Sent("$t", (0xFF,), definition='(flags "a" "b")'), Sent("bool", (0xFF,)), Sent("u8", (0x1FF,))):
        for edge, text in lifts(sent).items():
            assert outcome(engine, text) is None, (sent, edge)
    wide = Sent("(option u8)", (256, 0), b"\0\1")
    assert outcome(engine, result_to_host(wide)) is None
    assert outcome(engine, argument_to_host(wide)) is TrapReason.INVALID_DISCRIMINANT


# -- areas and realloc: CanonicalABI.md, Lifting and Lowering Values; Storing

PAIR = Sent("(tuple u32 u32)", (1, 2))


@pytest.mark.parametrize(("pointer", "reason"), [
    (65528, None), (65532, OUT_OF_BOUNDS), (65536, OUT_OF_BOUNDS), (0xFFFFFFFC, OUT_OF_BOUNDS), (2, MISALIGNED),
    (65538, MISALIGNED), (0xFFFFFFFF, MISALIGNED),
])
def test_areas_of_results(engine: NativeEngine, pointer: int, reason: TrapReason | None) -> None:
    """lift_flat_values of what the callee returned; lower_flat_values to where the caller wants it."""
    assert outcome(engine, result_to_host(PAIR, pointer=pointer)) is reason
    assert outcome(engine, result_to_guest(PAIR, pointer=pointer)) is reason
    assert outcome(engine, result_to_guest(PAIR, area=pointer)) is reason
    assert outcome(engine, result_from_host(PAIR, area=pointer), answer=(1, 2)) is reason


REALLOC_MISALIGNED, REALLOC_OUT = TrapReason.REALLOC_MISALIGNED, TrapReason.REALLOC_OUT_OF_BOUNDS
TWO: dict[str, tuple[Value, bytes]] = {
    "string": ("ab", b"ab"), "(list u8)": ((1, 2), b"\1\2"), "(list u32)": ((1, 2), struct.pack("<II", 1, 2)),
    "(list string)": (("", "b"), struct.pack("<II", 0, 0) + struct.pack("<II", AT, 1)),
    "(map u8 u16)": (((1, 2), (3, 4)), struct.pack("<HHHH", 1, 2, 3, 4)),
}


@pytest.mark.parametrize(("type", "encoding", "size", "alignment"), [
    ("string", "utf8", 2, 1), ("string", "utf16", 4, 2), ("string", "latin1+utf16", 2, 2), ("(list u8)", "utf8", 2, 1),
    ("(list u32)", "utf8", 8, 4), ("(list string)", "utf8", 16, 4), ("(map u8 u16)", "utf8", 8, 2),
])
@pytest.mark.parametrize("empty", [False, True])
def test_what_realloc_returns(
    engine: NativeEngine, type: str, encoding: str, size: int, alignment: int, empty: bool
) -> None:
    """store_string_into_range, store_list_into_range; for nothing at all too."""
    nothing: Value = "" if type == "string" else ()
    value, content = (nothing, b"") if empty else TWO[type]
    end = 65536 - (0 if empty else size)
    sent = pointed(type, AT, 0 if empty else 2, content)
    results: list[tuple[int, TrapReason | None]] = [
        (end, None), (end + alignment, REALLOC_OUT), (-alignment & 0xFFFFFFFF, REALLOC_OUT)]
    if alignment > 1:
        results += [(1, REALLOC_MISALIGNED), (65537, REALLOC_MISALIGNED)]
    for pointer, reason in results:
        body = f"(i32.const {pointer})"
        if type == "(list string)" and reason is None:
            continue  # its elements' strings would lie there too
        assert outcome(engine, argument_from_host(sent, encoding, body), [value]) is reason
        assert outcome(engine, result_from_host(sent, encoding, body), answer=value) is reason
        for text in (argument_to_guest(sent, encoding, body), result_to_guest(sent, encoding, body)):
            fused = outcome(engine, text)
            assert fused is reason or (fused and reason and same_family(fused, reason))


@pytest.mark.parametrize("kind", ["unreachable", "(throw $t)"])
def test_what_realloc_raises(engine: NativeEngine, kind: str) -> None:
    """canon lift, call_and_trap_on_throw."""
    reason = TrapReason.UNREACHABLE if kind == "unreachable" else TrapReason.UNCAUGHT_EXCEPTION
    sent = pointed("string", AT, 1, b"a")
    assert outcome(engine, with_tag(argument_from_host(sent, realloc=kind)), ["a"]) is reason
    assert outcome(engine, with_tag(result_from_host(sent, realloc=kind)), answer="a") is reason
    assert outcome(engine, with_tag(argument_to_guest(sent, realloc=kind))) is reason
    assert outcome(engine, with_tag(result_to_guest(sent, realloc=kind))) is reason


def with_tag(text: str) -> str:
    return text.replace("(global $top", "(tag $t) (global $top")


GROWING = "(i32.mul (memory.grow (i32.const 1)) (i32.const 65536))"


@pytest.mark.parametrize("to", ENCODINGS)
@pytest.mark.parametrize("encoding", ENCODINGS)
def test_realloc_may_grow_the_memory(engine: NativeEngine, encoding: str, to: str) -> None:
    """store_string_into_range: each call's result is held against the memory's size after it."""
    content = ("é☃\U0001f600x" * 30).encode("utf8" if encoding == "utf8" else "utf-16-le")
    length = {"utf8": len(content), "utf16": len(content) // 2, "latin1+utf16": TAG | len(content) // 2}[encoding]
    sent = pointed("string", AT, length, content, encoding)
    assert outcome(engine, argument_to_guest(sent, to, GROWING)) is None
    assert outcome(engine, result_to_guest(sent, to, GROWING)) is None
    assert outcome(engine, result_from_host(sent, to, GROWING), answer="é☃" * 40) is None


# -- handles; every trap about them that a guest can run into is in test_engines_resources.py


@pytest.mark.parametrize(("text", "reasons"), [
    ("unknown handle index 1", {TrapReason.UNKNOWN_HANDLE}), ("unknown handle index", {TrapReason.UNKNOWN_HANDLE}),
    ("handle index 1 used with the wrong type", {TrapReason.WRONG_RESOURCE_TYPE}),
    ("used with the wrong type", {TrapReason.WRONG_RESOURCE_TYPE}),
    ("cannot lift own resource from a borrow", {TrapReason.HANDLE_NOT_OWNED}),
    ("cannot remove owned resource while borrowed", {TrapReason.HANDLE_LENT}),
    ("borrow handles still remain at the end of the call", {TrapReason.BORROWS_LEFT}),
])
def test_what_scripts_expect_of_handles_stands_for_one_reason(text: str, reasons: set[TrapReason]) -> None:
    assert reasons_meant_by(text) == reasons


def test_a_full_table_is_told_from_wasmtimes_own_limit(engine: NativeEngine) -> None:
    """Table State: Table.add traps past 2^28 - 1 elements. A store of wasmtime 50 holds 99,999 handles: no trap of the
    specification's."""
    assert trap_from("cannot allocate another handle: index overflow").reason is TrapReason.HANDLE_TABLE_FULL
    text = """(component
      (type $r (resource (rep i32))) (core func $new (canon resource.new $r))
      (core module $M (import "" "new" (func $new (param i32) (result i32)))
        (func (export "f") (param i32) (result i32) (local $last i32)
          (loop $more (local.set $last (call $new (i32.const 7)))
            (br_if $more (local.tee 0 (i32.sub (local.get 0) (i32.const 1)))))
          (local.get $last)))
      (core instance $m (instantiate $M (with "" (instance (export "new" (func $new))))))
      (func (export "f") (param "n" u32) (result u32) (canon lift (core func $m "f"))))"""
    loaded = engine.load(assemble(text))
    assert loaded.instantiate(lambda path, type, args: None).invoke("f", [99_999]) == 99_999
    with pytest.raises(Unsupported, match="as many handles"):
        loaded.instantiate(lambda path, type, args: None).invoke("f", [100_000])
