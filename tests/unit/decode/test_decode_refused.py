"""What is refused: gated constructs by name, bad bytes by what is wrong with them, both with the byte offset."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from decode_samples import CORE_PREAMBLE, PREAMBLE, assemble, component, nested, nested_types, section

from fact.decode import decode, decode_core_module, layer
from fact.errors import Malformed, Unsupported
from fact.model.syntax import AliasOuter, Component

BUILTINS = """
  task.cancel | task.return | subtask.cancel | subtask.drop
  | stream.new 0 | stream.read 0 | stream.write 0 | stream.cancel-read 0 | stream.cancel-write 0
  | stream.drop-readable 0 | stream.drop-writable 0 | stream.forward 0
  | future.new 0 | future.read 0 | future.write 0 | future.cancel-read 0 | future.cancel-write 0
  | future.drop-readable 0 | future.drop-writable 0 | future.forward 0
  | error-context.new | error-context.debug-message | error-context.drop
  | waitable-set.new | waitable-set.wait (memory (core memory 0)) | waitable-set.poll (memory (core memory 0))
  | waitable-set.drop | waitable.join | backpressure.inc | backpressure.dec
  | thread.index | thread.new-indirect 0 (core table 0) | thread.resume-later | thread.suspend | thread.yield
  | thread.suspend-then-resume | thread.yield-then-resume | thread.suspend-then-promote | thread.yield-then-promote
  | thread.spawn-ref 0 | thread.spawn-indirect 0 (core table 0)
"""


def refused(binary: bytes) -> Unsupported:
    with pytest.raises(Unsupported) as caught:
        decode(binary)
    return caught.value


def malformed(binary: bytes) -> Malformed:
    with pytest.raises(Malformed) as caught:
        decode(binary)
    return caught.value


# -- gated constructs


@pytest.mark.parametrize("builtin", [text.strip() for text in BUILTINS.split("|")])
def test_async_builtins_by_name(builtin: str) -> None:
    error = refused(assemble(f"(component (core func (canon {builtin})))"))
    assert error.construct == f"canon {builtin.split()[0]}"
    assert error.offset == 11


def test_thread_available_parallelism() -> None:
    """The text format spells it with an underscore, Binary.md with a hyphen."""
    error = refused(assemble("(component (core func (canon thread.available_parallelism)))"))
    assert error.construct == "canon thread.available-parallelism"


@pytest.mark.parametrize(
    ("text", "construct", "opcode"),
    [
        ('(import "f" (func async))', "async function type", 0x43),
        ("(type (stream u8))", "stream type", 0x66),
        ("(type (future))", "future type", 0x65),
        ("(type error-context)", "error-context type", 0x64),
        ("(type (list error-context))", "error-context type", 0x64),
        ('(type (func (param "e" error-context)))', "error-context type", 0x64),
        ("(core func (canon lower (func 0) async))", "canonical option async", 0x06),
        ("(core func (canon lower (func 0) (callback (core func 0))))", "canonical option callback", 0x07),
        ("(core func (canon lower (func 0) (core-type 0)))", "canonical option core-type", 0x08),
        ("(core func (canon lower (func 0) gc))", "canonical option gc", 0x09),
        ("(start 0)", "component start function", 0x09),
        ('(import "v" (value u8))', "value", 0x02),
        ('(export "v" (value 0))', "value", 0x02),
        ('(instance (export "v" (value 0)))', "value", 0x02),
        ('(instance (instantiate 0 (with "v" (value 0))))', "value", 0x02),
        ('(alias export 0 "v" (value))', "value", 0x02),
    ],
)
def test_gated_constructs_by_name(text: str, construct: str, opcode: int) -> None:
    binary = assemble(f"(component {text})")
    error = refused(binary)
    assert error.construct == construct
    assert error.offset is not None
    assert binary[error.offset] == opcode


def test_a_value_section() -> None:
    error = refused(component(section(12, b"\x01\x7d\x01\x05")))
    assert (error.construct, error.offset) == ("value", 8)


def test_offsets_of_refusals_are_absolute_in_nested_components() -> None:
    binary = assemble("(component (core module) (component (component (core func (canon task.cancel)))))")
    assert refused(binary).offset == binary.rindex(b"\x01\x05") + 1


# -- nesting


def test_a_hundred_scopes_are_decoded() -> None:
    found = decode(nested(100))
    depth = 0
    while found.definitions:
        (inner,) = found.definitions
        assert isinstance(inner, Component)
        found = inner
        depth += 1
    assert depth == 100
    assert len(decode(nested_types(100)).definitions) == 1


@pytest.mark.parametrize("build", [nested, nested_types])
def test_ten_thousand_scopes_are_refused(build: Callable[[int], bytes]) -> None:
    assert "deeper than 128" in refused(build(10_000)).construct


# -- preambles


def test_layer() -> None:
    assert layer(CORE_PREAMBLE) == "core module"
    assert layer(assemble("(component)")) == "component"
    assert layer(b"") is None
    assert layer(b"\0asm\x01\0\0") is None
    assert layer(b"(component)") is None
    assert layer(b"\0asm\x0c\0\x01\0") is None


@pytest.mark.parametrize(
    ("binary", "message", "offset"),
    [
        (b"", "not a component: cut short after 0 bytes", 0),
        (b"\0asm\x0d", "not a component: cut short after 5 bytes", 5),
        (b"(component)", "not a component: wrong magic number", 0),
        (b"\0asm\x0c\0\x01\0", "not a component: wrong version, expected 00 61 73 6d 0d 00 01 00", 4),
        (CORE_PREAMBLE, "expected a component, found a core module", 4),
        (component(section(4, CORE_PREAMBLE)), "expected a component, found a core module", 14),
        (component(section(1, PREAMBLE)), "expected a core module, found a component", 14),
    ],
)
def test_preambles(binary: bytes, message: str, offset: int) -> None:
    error = malformed(binary)
    assert error.message.startswith(message)
    assert error.offset == offset


def test_a_component_is_not_a_core_module() -> None:
    with pytest.raises(Malformed, match="expected a core module, found a component"):
        decode_core_module(PREAMBLE, 0)


# -- integers, names, vectors, sections


def index(encoded: bytes) -> int:
    """The component index of an outer alias, from its LEB128."""
    (alias,) = decode(component(section(6, b"\x01\x04\x02\x00" + encoded))).definitions
    assert isinstance(alias, AliasOuter)
    return alias.index


@pytest.mark.parametrize(
    ("encoded", "value"),
    [(b"\x7f", 127), (b"\x80\x01", 128), (b"\x81\x80\x80\x80\x00", 1), (b"\xff\xff\xff\xff\x0f", 2**32 - 1)],
)
def test_u32(encoded: bytes, value: int) -> None:
    assert index(encoded) == value


@pytest.mark.parametrize("encoded", [b"\x80\x80\x80\x80\x80\x00", b"\xff\xff\xff\xff\x1f", b"\x80\x80\x80\x80\x10"])
def test_u32_of_more_than_32_bits(encoded: bytes) -> None:
    assert malformed(component(section(6, b"\x01\x04\x02\x00" + encoded))).offset == 18


@pytest.mark.parametrize(
    ("sections", "message", "offset"),
    [
        (section(7, b"\x01\x70\xff\x7f"), "expected a primitive value type or a type index", 12),
        (section(7, b"\x01\x70\x80\x80\x80\x80\x20"), "integer does not fit s33", 16),
        (section(7, b"\x01\x6e\x01\x02a\xff"), "name is not UTF-8", 15),
        (section(7, b"\x01\x6e\x01\x09a"), "expected a name of 9 bytes, found 1: cut short", 15),
        (section(7, b"\xff\xff\xff\xff\x0f\x7f"), "vector of 4294967295 elements in 1 bytes", 10),
        (section(7, b"\x01\x72\x00"), "record without members", 12),
        (section(7, b"\x01\x71\x00"), "variant without members", 12),
        (section(7, b"\x01\x6f\x00"), "tuple without members", 12),
        (section(7, b"\x01\x6e\x00"), "flags without members", 12),
        (section(7, b"\x01\x6d\x00"), "enum without members", 12),
        (section(7, b"\x01\x6e\x21" + b"\x01a" * 33), "flags with 33 labels, at most 32", 12),
        (section(7, b"\x01\x67\x7d\x00"), "fixed-length list of length 0", 13),
        (section(7, b"\x01\x71\x01\x01a\x00\x01"), "unknown end of a variant case 0x01, expected 0x00", 16),
        (section(7, b"\x01\x40\x00\x01\x01"), "unknown number of named results 0x01, expected 0x00", 14),
        (section(7, b"\x01\x40\x00\x02"), "unknown result list 0x02", 13),
        (section(7, b"\x01\x6b\x05\x00"), "1 bytes left over at the end of the type section", 13),
        (section(7, b"\x02\x7f"), "vector of 2 elements in 1 bytes", 10),
        (section(7, b"\x01\x62"), "unknown type 0x62", 11),
        (section(7, b"\x01\x42\x01\x03\x00\x01a\x03\x01"), "unknown declaration in a type 0x03", 13),
        (section(7, b"\x01\x42\x01\x02\x00\x00\x01\x00\x01a"), "alias of a core instance's export inside a type", 14),
        (section(3, b"\x01\x00\x60\x00\x00"), "unknown core type 0x00", 11),
        (section(3, b"\x01\x50\x01\x00\x01a\x01b\x00\x00"), "core type 0 is not a function type", 18),
        (section(3, b"\x01\x50\x01\x02\x10\x01\x02\x00"), "outer alias 2 scopes outwards: there are only 1", 14),
        (section(3, b"\x01\x50\x01\x02\x10\x01\xff\xff\xff\xff\x0f\x00"), "outer alias 4294967295 scopes", 14),
        (section(3, b"\x01\x50\x01\x02\x10\x01\x01\x00"), "outer alias of core type 0: only 0 are defined", 14),
        (section(2, b"\x01\x02"), "unknown core instance 0x02", 11),
        (section(2, b"\x01\x00\x00\x01\x01a\x00\x00"), "unknown sort of a core instantiation argument 0x00", 16),
        (section(2, b"\x01\x01\x01\x01a\x05\x00"), "unknown core sort 0x05", 15),
        (section(5, b"\x01\x02"), "unknown instance 0x02", 11),
        (section(6, b"\x01\x06"), "unknown sort 0x06", 11),
        (section(6, b"\x01\x01\x03"), "unknown alias target 0x03", 12),
        (section(6, b"\x01\x01\x01\x00\x00"), "alias of a core instance's export cannot have sort func", 11),
        (section(6, b"\x01\x01\x02\x00\x00"), "outer alias cannot have sort func", 11),
        (section(8, b"\x01\x43"), "unknown canonical definition 0x43", 11),
        (section(8, b"\x01\x0a\x7d\x00"), "unknown type of a value in context storage 0x7d, expected i32 or i64", 12),
        (section(8, b"\x01\x0b\x7f\x02"), "context slot 2: there are 2", 13),
        (section(8, b"\x01\x00\x01"), "unknown sort of a canon lift 0x01, expected 0x00", 12),
        (section(8, b"\x01\x01\x00\x00\x01\x0a"), "unknown canonical option 0x0a", 15),
        (section(8, b"\x01\x01\x00\x00\x02\x00\x01"), "option string-encoding given twice", 16),
        (section(8, b"\x01\x01\x00\x00\x02\x03\x00\x03\x00"), "option memory given twice", 17),
        (section(10, b"\x01\x03\x01a\x01\x00"), "unknown form of an import or export name 0x03", 11),
        (section(10, b"\x01\x02\x01a\x01\x03\x01b\x01\x00"), "unknown name attribute 0x03", 15),
        (section(10, b"\x01\x00\x01a\x06\x00"), "unknown type of an import or export 0x06", 14),
        (section(10, b"\x01\x00\x01a\x03\x02"), "unknown type bound 0x02", 15),
        (section(10, b"\x01\x00\x01a\x00\x10\x00"), "unknown core sort of an import or export 0x10", 15),
        (section(11, b"\x01\x00\x01a\x01\x00\x02"), "unknown presence byte 0x02, expected 0x00 or 0x01", 16),
        (section(13, b""), "unknown component section 0x0d", 8),
        (b"\x07\x05\x01\x7f", "expected 5 bytes, found 2: cut short", 12),
        (section(0, b"\x05ab"), "expected a name of 5 bytes", 13),
    ],
)
def test_malformed(sections: bytes, message: str, offset: int) -> None:
    error = malformed(component(sections))
    assert error.message.startswith(message)
    assert error.offset == offset


def test_offsets_of_malformed_bytes_are_absolute_in_nested_components() -> None:
    bad = component(section(7, b"\x01\x62"))
    assert malformed(component(section(4, bad))).offset == 11 + 10
    assert malformed(component(section(4, component(section(4, bad))))).offset == 11 + 20
