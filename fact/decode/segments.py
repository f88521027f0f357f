"""A core module's element and data segments, and constant expressions."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from fact.decode.core_wasm import skip_heap_type, value_type
from fact.decode.reader import Reader
from fact.errors import Malformed, Unsupported

END = 0x0B
OPERAND_SIZES = {0x43: 4, 0x44: 8}
SIGNED_OPERANDS = {0x41: 32, 0x42: 64}
INDEX_OPERANDS = (0x23, 0xD2)
REF_NULL = 0xD0
ARITHMETIC = (0x6A, 0x6B, 0x6C, 0x7C, 0x7D, 0x7E)
GC_INDEX_OPERANDS = {0: 1, 1: 1, 6: 1, 7: 1, 8: 2, 26: 0, 27: 0, 28: 0}
"""Operands of struct.new, struct.new_default, array.new, array.new_default, array.new_fixed, the two conversions
between any and extern, and ref.i31."""
ALLOCATING = (0, 1, 6, 7, 8)


@dataclass(frozen=True, slots=True)
class Constant:
    """What is known of a constant expression: its *value* if it is one number, unsigned; whether it *allocates*."""

    value: int | None
    allocates: bool


@dataclass(frozen=True, slots=True)
class Segment:
    """*size* elements or bytes for memory or table *index*, from *at* on, which is None if it is not a plain number.
    *index* is None where there is none: the segment is passive or declarative. *allocates* when computing it does."""

    index: int | None
    at: int | None
    size: int
    allocates: bool


def element_segments(reader: Reader) -> Iterator[Segment]:
    """Of the element section. Bit 0 of the flags: passive or declarative; bit 1: the table is given; bit 2: elements
    are expressions."""
    for _ in range(reader.count()):
        offset = reader.offset
        flags = reader.u32()
        if flags > 7:
            raise Malformed(f"unknown element segment flags {flags:#x}", offset)
        active = not flags & 1
        table = reader.u32() if flags & 3 == 2 else 0
        at = constant_expression(reader) if active else None
        if flags & 3:
            value_type(reader) if flags & 4 else reader.byte()
        if flags & 4:
            elements = reader.vector(constant_expression)
            size, allocates = len(elements), any(e.allocates for e in elements)
        else:
            size, allocates = len(reader.vector(Reader.u32)), False
        if at is None:
            yield Segment(None, None, size, allocates)
        else:
            yield Segment(table, at.value, size, at.allocates or allocates)


def active_data_segments(reader: Reader) -> Iterator[Segment]:
    """Of the data section: a passive one is just bytes."""
    for _ in range(reader.count()):
        offset = reader.offset
        flags = reader.u32()
        if flags > 2:
            raise Malformed(f"unknown data segment flags {flags:#x}", offset)
        memory = reader.u32() if flags == 2 else 0
        at = constant_expression(reader) if flags != 1 else None
        size = reader.u32()
        reader.skip(size)
        if at is not None:
            yield Segment(memory, at.value, size, at.allocates)


def constant_expression(reader: Reader) -> Constant:
    """Reads instructions up to and including `end`; `Unsupported` for one that no constant expression has."""
    value: int | None = None
    allocates, instructions = False, 0
    while (opcode := reader.byte()) != END:
        instructions += 1
        if opcode in SIGNED_OPERANDS:
            bits = SIGNED_OPERANDS[opcode]
            value = reader.signed(bits) % (1 << bits)
        elif opcode in INDEX_OPERANDS:
            reader.u32()
        elif opcode in OPERAND_SIZES:
            reader.skip(OPERAND_SIZES[opcode])
        elif opcode == REF_NULL:
            skip_heap_type(reader)
        elif opcode in (0xFB, 0xFD):
            allocates |= _prefixed(reader, opcode)
        elif opcode not in ARITHMETIC:
            raise Unsupported(f"instruction {opcode:#04x} in a constant expression", reader.offset - 1)
    return Constant(value if instructions == 1 else None, allocates)


def _prefixed(reader: Reader, prefix: int) -> bool:
    """Reads the rest of an instruction; whether it allocates."""
    offset = reader.offset - 1
    opcode = reader.u32()
    if prefix == 0xFD and opcode == 12:
        reader.skip(16)
    elif prefix == 0xFB and opcode in GC_INDEX_OPERANDS:
        for _ in range(GC_INDEX_OPERANDS[opcode]):
            reader.u32()
    else:
        raise Unsupported(f"instruction {prefix:#04x} {opcode} in a constant expression", offset)
    return prefix == 0xFB and opcode in ALLOCATING
