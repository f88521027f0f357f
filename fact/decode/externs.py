"""Import and export sections. Binary.md, "Import and Export Definitions" and `externtype`."""

from __future__ import annotations

from fact.decode.reader import Reader
from fact.decode.sorts import sort_index
from fact.errors import Unsupported
from fact.model.syntax import Export, ExportDecl, ExternType, Import, Sort, TypeBound

EXTERN_SORTS = {0x01: Sort.FUNC, 0x04: Sort.COMPONENT, 0x05: Sort.INSTANCE}
MODULE_SORT = 0x11


def import_(reader: Reader) -> Import:
    return Import(reader.offset, extern_name(reader), extern_type(reader))


def export(reader: Reader) -> Export:
    return Export(reader.offset, extern_name(reader), sort_index(reader), reader.optional(extern_type))


def export_declaration(reader: Reader) -> ExportDecl:
    return ExportDecl(reader.offset, extern_name(reader), extern_type(reader))


def extern_name(reader: Reader) -> str:
    """`nameattributes`: the name alone. Attributes have no part in linking or execution and are dropped."""
    form = reader.byte()
    if form > 0x02:
        raise reader.unknown("form of an import or export name", form, "0x00, 0x01 or 0x02")
    name = reader.name()
    if form == 0x02:
        reader.vector(_attribute)
    return name


def _attribute(reader: Reader) -> str:
    kind = reader.byte()
    if kind > 0x02:
        raise reader.unknown("name attribute", kind, "implements, versionsuffix or external-id (0x00 to 0x02)")
    return reader.name()


def extern_type(reader: Reader) -> ExternType:
    offset = reader.offset
    opcode = reader.byte()
    found = EXTERN_SORTS.get(opcode)
    if found is not None:
        return ExternType(found, reader.u32())
    match opcode:
        case 0x00:
            reader.expect(MODULE_SORT, "core sort of an import or export")
            return ExternType(Sort.CORE_MODULE, reader.u32())
        case 0x02:
            raise Unsupported("value", offset)
        case 0x03:
            return ExternType(Sort.TYPE, None, _type_bound(reader))
        case _:
            raise reader.unknown("type of an import or export", opcode)


def _type_bound(reader: Reader) -> TypeBound:
    match reader.byte():
        case 0x00:
            return TypeBound(reader.u32())
        case 0x01:
            return TypeBound(None)
        case other:
            raise reader.unknown("type bound", other, "0x00 (eq) or 0x01 (sub resource)")
