"""Whether a core module's element and data sections hold an active segment."""

from __future__ import annotations

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


def has_active_element_segment(reader: Reader) -> bool:
    """Reads element segments until one is active. Bit 0 of the flags: passive or declarative; bit 2: expressions."""
    for _ in range(reader.count()):
        offset = reader.offset
        flags = reader.u32()
        if flags > 7:
            raise Malformed(f"unknown element segment flags {flags:#x}", offset)
        if not flags & 1:
            return True
        if flags & 4:
            value_type(reader)
            reader.vector(skip_constant_expression)
        else:
            reader.byte()
            reader.vector(Reader.u32)
    return False


def has_active_data_segment(reader: Reader) -> bool:
    """Reads data segments until one is active."""
    for _ in range(reader.count()):
        offset = reader.offset
        flags = reader.u32()
        if flags > 2:
            raise Malformed(f"unknown data segment flags {flags:#x}", offset)
        if flags != 1:
            return True
        reader.skip(reader.u32())
    return False


def skip_constant_expression(reader: Reader) -> None:
    """Skips instructions up to and including `end`; `Unsupported` for one that no constant expression has."""
    while (opcode := reader.byte()) != END:
        if opcode in SIGNED_OPERANDS:
            reader.signed(SIGNED_OPERANDS[opcode])
        elif opcode in INDEX_OPERANDS:
            reader.u32()
        elif opcode in OPERAND_SIZES:
            reader.skip(OPERAND_SIZES[opcode])
        elif opcode == REF_NULL:
            skip_heap_type(reader)
        elif opcode in (0xFB, 0xFD):
            _skip_prefixed(reader, opcode)
        elif opcode not in ARITHMETIC:
            raise Unsupported(f"instruction {opcode:#04x} in a constant expression", reader.offset - 1)


def _skip_prefixed(reader: Reader, prefix: int) -> None:
    offset = reader.offset - 1
    opcode = reader.u32()
    if prefix == 0xFD and opcode == 12:
        reader.skip(16)
    elif prefix == 0xFB and opcode in GC_INDEX_OPERANDS:
        for _ in range(GC_INDEX_OPERANDS[opcode]):
            reader.u32()
    else:
        raise Unsupported(f"instruction {prefix:#04x} {opcode} in a constant expression", offset)
