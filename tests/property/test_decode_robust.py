"""The decoder on arbitrary and on damaged bytes: its own errors and no others."""

from __future__ import annotations

import wasmtime
from hypothesis import given
from hypothesis import strategies as st

from fact.decode import decode, decode_core_module
from fact.decode.reader import Reader
from fact.errors import Malformed, Unsupported

PREAMBLE = b"\0asm\x0d\x00\x01\x00"
CORE_PREAMBLE = b"\0asm\x01\x00\x00\x00"
SAMPLE = bytes(
    wasmtime.wat2wasm("""
      (component $sample
        (import "log" (func $log (param "line" (list (tuple u8 string))) (result (option char))))
        (import "shop" (instance (export "item" (type (sub resource))) (export "n" (func (result u64)))))
        (core type (module (import "a" "b" (func (param i32))) (export "m" (memory 1))))
        (component $inner
          (core module $m
            (type (struct (field i8)))
            (import "env" "f" (func (param i64) (result f32)))
            (table 1 funcref) (memory (export "memory") 1)
            (elem funcref (ref.null func))
            (data (i32.const 8) "seed")
            (func (export "run") (result i32) (i32.const 3)))
          (core instance $i (instantiate $m))
          (alias core export $i "run" (core func $run))
          (type $run-type (func (result u32)))
          (func $run (type $run-type) (canon lift (core func $run)))
          (export "run" (func $run)))
        (instance $one (instantiate $inner (with "log" (func $log))))
        (export "one" (instance $one)))""")
)


def try_both(binary: bytes) -> None:
    for read in (decode, decode_core_module):
        try:
            read(binary)
        except (Malformed, Unsupported) as error:
            assert error.offset is not None
            assert 0 <= error.offset <= len(binary)


@given(st.binary(max_size=200), st.sampled_from([b"", PREAMBLE, CORE_PREAMBLE]))
def test_arbitrary_bytes(binary: bytes, preamble: bytes) -> None:
    try_both(preamble + binary)


@given(st.integers(0, 13), st.binary(max_size=100), st.sampled_from([PREAMBLE, CORE_PREAMBLE]))
def test_one_section_of_arbitrary_bytes(number: int, body: bytes, preamble: bytes) -> None:
    try_both(preamble + bytes([number, len(body)]) + body)


@given(st.lists(st.tuples(st.integers(8, len(SAMPLE) - 1), st.binary(max_size=5), st.integers(0, 5)), max_size=4))
def test_damaged_components(edits: list[tuple[int, bytes, int]]) -> None:
    binary = SAMPLE
    for position, inserted, removed in edits:
        binary = binary[:position] + inserted + binary[position + removed :]
    try_both(binary)


@given(st.integers(0, 2**32 - 1), st.integers(0, 4))
def test_unsigned_leb128_round_trip(value: int, padding: int) -> None:
    """Core specification, "Values: Integers": any length up to five bytes."""
    size = max(1, -(-value.bit_length() // 7))
    size = min(5, size + padding)
    encoded = bytes((value >> 7 * i) & 0x7F | (0x80 if i < size - 1 else 0) for i in range(size))
    reader = Reader(encoded)
    assert reader.u32() == value
    assert reader.remaining == 0


@given(st.integers(-(2**32), 2**32 - 1), st.integers(0, 4))
def test_signed_leb128_round_trip(value: int, padding: int) -> None:
    """Core specification, "Values: Integers": s33, as heap types and type indices have it."""
    size = min(5, (value if value >= 0 else ~value).bit_length() // 7 + 1 + padding)
    encoded = bytes((value >> 7 * i) & 0x7F | (0x80 if i < size - 1 else 0) for i in range(size))
    reader = Reader(encoded)
    assert reader.signed(33) == value
    assert reader.remaining == 0
