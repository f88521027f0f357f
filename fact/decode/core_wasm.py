"""The grammar of core WebAssembly that components and core modules share: types, imports and exports.

Function types are decoded, and of memories how wide their addresses are; of every other type only as much as it takes
to find its end.
"""

from __future__ import annotations

from dataclasses import dataclass

from fact.decode.reader import Reader
from fact.errors import Unsupported
from fact.model.syntax import CoreTypeDef, Sort
from fact.model.types import CoreFuncType, CoreValType, PtrType

VALUE_TYPES: dict[int, CoreValType] = {
    0x7F: "i32",
    0x7E: "i64",
    0x7D: "f32",
    0x7C: "f64",
    0x7B: "v128",
    0x70: "funcref",
    0x6F: "externref",
    **dict.fromkeys((0x68, 0x69, 0x6A, 0x6B, 0x6C, 0x6D, 0x6E, 0x71, 0x72, 0x73, 0x74, 0x75), "ref"),
}
NULLABLE_REFERENCE, REFERENCE = 0x63, 0x64
SHARED, EXACT = 0x65, 0x62

LOG_PAGE_SIZE = 16

REC, SUB, SUB_FINAL = 0x4E, 0x50, 0x4F
PACKED_TYPES = (0x78, 0x77)

KINDS = {
    0x00: Sort.CORE_FUNC,
    0x01: Sort.CORE_TABLE,
    0x02: Sort.CORE_MEMORY,
    0x03: Sort.CORE_GLOBAL,
    0x04: Sort.CORE_TAG,
}


# -- value types


def value_type(reader: Reader) -> CoreValType:
    byte = reader.byte()
    found = VALUE_TYPES.get(byte)
    if found is not None:
        return found
    if byte in (NULLABLE_REFERENCE, REFERENCE):
        heap = skip_heap_type(reader)
        return VALUE_TYPES[heap] if byte == NULLABLE_REFERENCE and heap in (0x70, 0x6F) else "ref"
    if byte == SHARED:
        reader.byte()
        return "ref"
    raise reader.unknown("core value type", byte)


def skip_heap_type(reader: Reader) -> int:
    """Skips a heap type; returns its first byte."""
    first = reader.peek()
    if first in (SHARED, EXACT):
        reader.byte()
    reader.signed(33)
    return first


# -- defined types


def rec_type(reader: Reader) -> list[CoreTypeDef]:
    """`core:rectype`: every type of the group, in order."""
    if reader.peek() != REC:
        return [sub_type(reader)]
    reader.byte()
    return list(reader.vector(sub_type))


def sub_type(reader: Reader) -> CoreTypeDef:
    offset = reader.offset
    if reader.peek() in (SUB, SUB_FINAL):
        reader.byte()
        reader.vector(Reader.u32)
    return CoreTypeDef(offset, composite_type(reader))


def composite_type(reader: Reader) -> CoreFuncType | None:
    """A function type; None for any other composite type."""
    opcode = reader.byte()
    if opcode == SHARED:
        opcode = reader.byte()
    match opcode:
        case 0x60:  # func
            return CoreFuncType(reader.vector(value_type), reader.vector(value_type))
        case 0x5F:  # struct
            reader.vector(_skip_field)
        case 0x5E:  # array
            _skip_field(reader)
        case 0x5D:  # cont
            skip_heap_type(reader)
        case 0x4C | 0x4D:
            raise Unsupported("custom descriptor in a core type", reader.offset - 1)
        case _:
            raise reader.unknown("core type", opcode)
    return None


def _skip_field(reader: Reader) -> None:
    if reader.peek() in PACKED_TYPES:
        reader.byte()
    else:
        value_type(reader)
    reader.byte()


# -- imports and exports


@dataclass(frozen=True, slots=True)
class Limits:
    """Of a memory or table: the type of its addresses, and how many bytes or elements it has at least."""

    pointer: PtrType
    minimum: int


@dataclass(frozen=True, slots=True)
class ExternKind:
    """The type of an import or of a declared export: *type* is a function's or a tag's type index, *limits* those of a
    memory or table."""

    offset: int
    sort: Sort
    type: int | None
    limits: Limits | None = None

    @property
    def pointer(self) -> PtrType | None:
        """The type of a memory's addresses."""
        return self.limits.pointer if self.limits is not None and self.sort is Sort.CORE_MEMORY else None


def extern_kind(reader: Reader) -> ExternKind:
    """`core:externtype`."""
    offset = reader.offset
    kind = reader.byte()
    match KINDS.get(kind):
        case Sort.CORE_FUNC:
            return ExternKind(offset, Sort.CORE_FUNC, reader.u32())
        case Sort.CORE_TABLE:
            return ExternKind(offset, Sort.CORE_TABLE, None, table_type(reader))
        case Sort.CORE_MEMORY:
            return ExternKind(offset, Sort.CORE_MEMORY, None, memory_type(reader))
        case Sort.CORE_GLOBAL:
            value_type(reader)
            reader.byte()
            return ExternKind(offset, Sort.CORE_GLOBAL, None)
        case Sort.CORE_TAG:
            reader.expect(0x00, "tag attribute")
            return ExternKind(offset, Sort.CORE_TAG, reader.u32())
    if kind == 0x20:
        raise Unsupported("core import of an exact function", offset)
    raise reader.unknown("kind of core import or export", kind)


def import_group(reader: Reader) -> list[tuple[str, str, ExternKind]]:
    """One entry of an import section: module, name and kind; several when it is in one of the compact forms."""
    module, name = reader.name(), reader.name()
    form = reader.peek()
    if name or form not in (0x7E, 0x7F):
        return [(module, name, extern_kind(reader))]
    reader.byte()
    if form == 0x7F:
        return [(module, *item) for item in reader.vector(_compact_item)]
    kind = extern_kind(reader)
    return [(module, name, kind) for name in reader.vector(Reader.name)]


def _compact_item(reader: Reader) -> tuple[str, ExternKind]:
    return reader.name(), extern_kind(reader)


def table_type(reader: Reader) -> Limits:
    value_type(reader)
    pointer, minimum, _ = _limits(reader)
    return Limits(pointer, minimum)


def memory_type(reader: Reader) -> Limits:
    pointer, minimum, page = _limits(reader)
    return Limits(pointer, minimum * page)


def _limits(reader: Reader) -> tuple[PtrType, int, int]:
    """The type of addresses, the minimum, and the size of a page. Maximum, shared, 64-bit and custom page size are
    bits 0 to 3 of the flags."""
    flags = reader.byte()
    if flags > 0x0F:
        raise reader.unknown("limits flags", flags)
    minimum = reader.unsigned(64)
    if flags & 0x01:
        reader.unsigned(64)
    page = 1 << min(reader.u32(), LOG_PAGE_SIZE) if flags & 0x08 else 1 << LOG_PAGE_SIZE
    return "i64" if flags & 0x04 else "i32", minimum, page
