"""Core instance section. Binary.md, "Instance Definitions": `core:instance`."""

from __future__ import annotations

from fact.decode.reader import Reader
from fact.decode.sorts import core_sort_index
from fact.model.syntax import CoreInlineExports, CoreInstantiate, SortIndex

INSTANCE_SORT = 0x12


def core_instance(reader: Reader) -> CoreInstantiate | CoreInlineExports:
    offset = reader.offset
    match reader.byte():
        case 0x00:
            return CoreInstantiate(offset, reader.u32(), reader.vector(_argument))
        case 0x01:
            return CoreInlineExports(offset, reader.vector(_inline_export))
        case other:
            raise reader.unknown("core instance", other, "0x00 or 0x01")


def _argument(reader: Reader) -> tuple[str, int]:
    name = reader.name()
    reader.expect(INSTANCE_SORT, "sort of a core instantiation argument")
    return name, reader.u32()


def _inline_export(reader: Reader) -> tuple[str, SortIndex]:
    return reader.name(), core_sort_index(reader)
