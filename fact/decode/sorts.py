"""Sorts and the indices that go with them. Binary.md, "Instance Definitions"."""

from __future__ import annotations

from fact.decode.reader import Reader
from fact.errors import Unsupported
from fact.model.syntax import Sort, SortIndex

CORE_SORTS = {
    0x00: Sort.CORE_FUNC,
    0x01: Sort.CORE_TABLE,
    0x02: Sort.CORE_MEMORY,
    0x03: Sort.CORE_GLOBAL,
    0x04: Sort.CORE_TAG,
    0x10: Sort.CORE_TYPE,
    0x11: Sort.CORE_MODULE,
    0x12: Sort.CORE_INSTANCE,
}
SORTS = {0x01: Sort.FUNC, 0x02: Sort.VALUE, 0x03: Sort.TYPE, 0x04: Sort.COMPONENT, 0x05: Sort.INSTANCE}


def core_sort(reader: Reader) -> Sort:
    byte = reader.byte()
    sort = CORE_SORTS.get(byte)
    if sort is None:
        raise reader.unknown("core sort", byte)
    return sort


def any_sort(reader: Reader) -> Sort:
    """A sort, `value` among them."""
    byte = reader.byte()
    if byte == 0x00:
        return core_sort(reader)
    sort = SORTS.get(byte)
    if sort is None:
        raise reader.unknown("sort", byte)
    return sort


def sort(reader: Reader) -> Sort:
    """A sort; `Unsupported` for values."""
    offset = reader.offset
    found = any_sort(reader)
    if found is Sort.VALUE:
        raise Unsupported("value", offset)
    return found


def core_sort_index(reader: Reader) -> SortIndex:
    return SortIndex(core_sort(reader), reader.u32())


def sort_index(reader: Reader) -> SortIndex:
    return SortIndex(sort(reader), reader.u32())
