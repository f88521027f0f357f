"""Every scalar with every kind of bits, as a parameter, as a result, and through memory.

CanonicalABI.md, "Flat Lifting" (lift_flat), "Loading" (load) and "Storing" (store).
"""

from __future__ import annotations

import pytest
import wasmtime
from adapters_harness import World, as_bits, as_flat, core_type_of, func, function, memory

from fact.model.plan import Options
from fact.model.traps import TrapReason

# type, the bits that core code passes, the bits that must arrive
FLAT = [
    *(("bool", bits, int(bits > 0)) for bits in (0, 1, 2, 0x100, 0x80000000, 0xFFFFFFFF)),
    ("u8", 0, 0), ("u8", 0x7F, 0x7F), ("u8", 0x80, 0x80), ("u8", 0xFF, 0xFF), ("u8", 0x100, 0), ("u8", 0x1FF, 0xFF),
    ("u8", 0xFFFFFF80, 0x80), ("u8", 0xFFFFFFFF, 0xFF),
    ("s8", 0, 0), ("s8", 0x7F, 0x7F), ("s8", 0x80, 0xFFFFFF80), ("s8", 0xFF, 0xFFFFFFFF), ("s8", 0x17F, 0x7F),
    ("s8", 0xFFFFFF00, 0), ("s8", 0xFFFFFF7F, 0x7F), ("s8", 0xFFFFFF80, 0xFFFFFF80),
    ("u16", 0x7FFF, 0x7FFF), ("u16", 0x8000, 0x8000), ("u16", 0xFFFF, 0xFFFF), ("u16", 0x10000, 0),
    ("u16", 0xFFFF8000, 0x8000), ("u16", 0x12345678, 0x5678), ("u16", 0x100, 0x100),
    ("s16", 0x7FFF, 0x7FFF), ("s16", 0x8000, 0xFFFF8000), ("s16", 0xFFFF, 0xFFFFFFFF), ("s16", 0x17FFF, 0x7FFF),
    ("s16", 0xFFFF0000, 0), ("s16", 0x80, 0x80), ("s16", 0xFFFF8000, 0xFFFF8000),
    *((t, bits, bits) for t in ("u32", "s32") for bits in (0, 1, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF)),
    *((t, bits, bits) for t in ("u64", "s64") for bits in (0, 1, 1 << 32, (1 << 63) - 1, 1 << 63, (1 << 64) - 1)),
    # zeros, the least subnormal, one, the greatest, infinities
    *(("f32", bits, bits) for bits in (0, 0x80000000, 1, 0x3F800000, 0x7F7FFFFF, 0x7F800000, 0xFF800000)),
    *(("f64", bits, bits) for bits in (0, 1 << 63, 1, 0x3FF << 52, (0x7FF << 52) - 1, 0x7FF << 52, 0xFFF << 52)),
    *(("char", bits, bits) for bits in (0, 0x41, 0xD7FF, 0xE000, 0xFFFF, 0x10000, 0x10FFFF)),
]
NANS = [
    *(("f32", bits) for bits in (0x7FC00000, 0x7F800001, 0xFFFFFFFF)),
    *(("f64", bits) for bits in (0x7FF8 << 48, (0x7FF << 52) + 1, (1 << 64) - 1)),
]
NOT_CHARS = [0xD800, 0xDBFF, 0xDC00, 0xDFFF, 0x110000, 0x80000041, 0xFFFFFFFF]

# type, the bytes in the caller's memory, the bytes that must be in the callee's
IN_MEMORY = [
    ("bool", b"\x00", b"\x00"), ("bool", b"\x01", b"\x01"), ("bool", b"\x02", b"\x01"), ("bool", b"\x80", b"\x01"),
    *((t, data, data) for t in ("u8", "s8") for data in (b"\x00", b"\x7f", b"\x80", b"\xff")),
    *((t, data, data) for t in ("u16", "s16") for data in (b"\x34\x12", b"\xff\x7f", b"\x00\x80", b"\xff\xff")),
    *((t, data, data) for t in ("u32", "s32") for data in (b"\x78\x56\x34\x12", b"\x00\x00\x00\x80", b"\xff" * 4)),
    *((t, data, data) for t in ("u64", "s64") for data in (bytes(range(1, 9)), b"\x00" * 7 + b"\x80", b"\xff" * 8)),
    ("f32", b"\x00\x00\x00\x80", b"\x00\x00\x00\x80"), ("f32", b"\x01\x00\x00\x00", b"\x01\x00\x00\x00"),
    ("f64", b"\x00" * 7 + b"\x80", b"\x00" * 7 + b"\x80"), ("f64", bytes(range(1, 9)), bytes(range(1, 9))),
    *(("char", data, data) for data in (b"A\x00\x00\x00", b"\xff\xd7\x00\x00", b"\xff\xff\x10\x00")),
]


def one_value(t: str) -> World:
    """Caller `call(bits) -> bits`, callee `f: func(x: T) -> T` that keeps what it `seen` and returns `answer`."""
    core = core_type_of(t)
    world = World()
    app, greeter = world.component("app"), world.component("greeter")
    callee = world.core(greeter, f"""(module
        (global $seen (export "seen") (mut i64) (i64.const -1))
        (global $answer (export "answer") (mut i64) (i64.const 0))
        (func (export "f") (param $x {core}) (result {core})
            (global.set $seen {as_bits(core, "(local.get $x)")})
            {as_flat(core, "(global.get $answer)")}))""")
    f = world.lower(app, world.lift(greeter, function(callee, "f"), func(f"x: {t} -> {t}")))
    world.adapters(f)
    argument = as_flat(core, "(local.get $bits)")
    world.core(app, f"""(module (import "" "f" (func $f (param {core}) (result {core})))
        (func (export "call") (param $bits i64) (result i64) {as_bits(core, f"(call $f {argument})")}))""", f)
    return world


def exchange(t: str, argument: int, answer: int) -> tuple[int, int]:
    """What the callee saw, and what the caller got."""
    running = one_value(t).run()
    running.core[0]["answer"].set_value(running.store, wasmtime.Val.i64(answer))
    got = running.call(1, "call", argument)
    return running.core[0]["seen"].value(running.store) % 2**64, got % 2**64


@pytest.mark.parametrize(("t", "bits", "canonical"), FLAT)
def test_a_flat_parameter_arrives_canonical(t: str, bits: int, canonical: int) -> None:
    seen, _ = exchange(t, bits, 0)
    assert seen == canonical


@pytest.mark.parametrize(("t", "bits", "canonical"), FLAT)
def test_a_flat_result_arrives_canonical(t: str, bits: int, canonical: int) -> None:
    _, got = exchange(t, 0, bits)
    assert got == canonical


@pytest.mark.parametrize(("t", "bits"), NANS)
def test_a_nan_stays_a_nan(t: str, bits: int) -> None:
    exponent = 0xFF << 23 if t == "f32" else 0x7FF << 52
    fraction = (1 << (23 if t == "f32" else 52)) - 1
    for arrived in exchange(t, bits, bits):
        assert arrived & exponent == exponent
        assert arrived & fraction


@pytest.mark.parametrize("bits", NOT_CHARS)
def test_what_is_no_char_traps_where_it_is_lifted(bits: int) -> None:
    """CanonicalABI.md, "Loading": convert_i32_to_char."""
    running = one_value("char").run()
    assert running.trap(lambda: running.call(1, "call", bits)) == (TrapReason.INVALID_CHAR, "param x")
    assert running.core[0]["seen"].value(running.store) == -1  # the callee never ran


@pytest.mark.parametrize("bits", NOT_CHARS)
def test_what_is_no_char_traps_as_a_result(bits: int) -> None:
    running = one_value("char").run()
    running.core[0]["answer"].set_value(running.store, wasmtime.Val.i64(bits))
    assert running.trap(lambda: running.call(1, "call", 0x41)) == (TrapReason.INVALID_CHAR, "result")


def through_memory(t: str) -> World:
    """Sixteen u8 and one T, too many to be flat. The callee is given its own memory's address 1024."""
    world = World()
    app, greeter = world.component("app"), world.component("greeter")
    caller = world.core(app, '(module (memory (export "memory") 1))', name="memory")
    callee = world.core(greeter, """(module (memory (export "memory") 1)
        (func (export "realloc") (param i32 i32 i32 i32) (result i32) (i32.const 1024))
        (func (export "f") (param i32)))""")
    params = ", ".join(f"p{i}: u8" for i in range(16)) + f", last: {t}"
    options = Options(memory=memory(callee), realloc=function(callee, "realloc"))
    f = world.lower(
        app, world.lift(greeter, function(callee, "f"), func(params), options), Options(memory=memory(caller))
    )
    world.adapters(f)
    return world


@pytest.mark.parametrize(("t", "data", "stored"), IN_MEMORY)
def test_a_field_in_memory_arrives_canonical(t: str, data: bytes, stored: bytes) -> None:
    running = through_memory(t).run()
    running.write(0, 64, bytes(range(200, 216)) + data)
    running.write(1, 1024, b"\xee" * 32)
    running.call_adapter(0, 64)
    assert running.read(1, 1024, 16) == bytes(range(200, 216))
    assert running.read(1, 1024 + 16, len(stored)) == stored
    assert running.read(1, 1024 + 16 + len(stored), 8) == b"\xee" * 8


@pytest.mark.parametrize("bits", NOT_CHARS)
def test_what_is_no_char_traps_in_memory(bits: int) -> None:
    running = through_memory("char").run()
    running.write(0, 64 + 16, bits.to_bytes(4, "little"))
    assert running.trap(lambda: running.call_adapter(0, 64)) == (TrapReason.INVALID_CHAR, "param last")
