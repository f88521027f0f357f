"""Alias section. Binary.md, "Alias Definitions"."""

from __future__ import annotations

from fact.decode.reader import Reader
from fact.decode.scopes import Scope
from fact.decode.sorts import CORE_SORTS, sort
from fact.errors import Malformed
from fact.model.syntax import AliasCoreExport, AliasExport, AliasOuter, Sort

OUTER_SORTS = (Sort.CORE_MODULE, Sort.CORE_TYPE, Sort.TYPE, Sort.COMPONENT)


def alias(reader: Reader, scope: Scope) -> AliasExport | AliasCoreExport | AliasOuter:
    offset = reader.offset
    aliased = sort(reader)
    match reader.byte():
        case 0x00:
            return AliasExport(offset, aliased, reader.u32(), reader.name())
        case 0x01 if aliased in CORE_SORTS.values():
            return AliasCoreExport(offset, aliased, reader.u32(), reader.name())
        case 0x01:
            raise Malformed(f"alias of a core instance's export cannot have sort {aliased}", offset)
        case 0x02 if aliased in OUTER_SORTS:
            found = AliasOuter(offset, aliased, reader.u32(), reader.u32())
            if aliased is Sort.CORE_TYPE:
                scope.define_alias(found.count, found.index, offset)
            return found
        case 0x02:
            raise Malformed(f"outer alias cannot have sort {aliased}", offset)
        case other:
            raise reader.unknown("alias target", other, "0x00, 0x01 or 0x02")
