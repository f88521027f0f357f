"""Instance section. Binary.md, "Instance Definitions": `instance`."""

from __future__ import annotations

from fact.decode.externs import extern_name
from fact.decode.reader import Reader
from fact.decode.sorts import sort_index
from fact.model.syntax import InlineExports, Instantiate, SortIndex


def instance(reader: Reader) -> Instantiate | InlineExports:
    offset = reader.offset
    match reader.byte():
        case 0x00:
            return Instantiate(offset, reader.u32(), reader.vector(_argument))
        case 0x01:
            return InlineExports(offset, reader.vector(_inline_export))
        case other:
            raise reader.unknown("instance", other, "0x00 or 0x01")


def _argument(reader: Reader) -> tuple[str, SortIndex]:
    return reader.name(), sort_index(reader)


def _inline_export(reader: Reader) -> tuple[str, SortIndex]:
    return extern_name(reader), sort_index(reader)
