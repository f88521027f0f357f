"""Core type section, and core module types. Binary.md, "Type Definitions": `core:type`."""

from __future__ import annotations

from fact.decode.core_wasm import SUB, ExternKind, extern_kind, import_group, rec_type
from fact.decode.reader import Reader
from fact.decode.scopes import Scope, func_type
from fact.model.syntax import CoreExport, CoreImport, CoreModuleType, CoreTypeDef, Sort
from fact.model.types import CoreFuncType

MODULE_TYPE = 0x50
SUB_PREFIX = 0x00


def core_type(reader: Reader, scope: Scope) -> list[CoreTypeDef | CoreModuleType]:
    """`core:deftype`; a recursion group defines one core type for each of its members."""
    if reader.peek() == MODULE_TYPE:
        module = module_type(reader, scope)
        scope.core_types.append(None)
        return [module]
    return [*defined_type(reader, scope)]


def defined_type(reader: Reader, scope: Scope) -> list[CoreTypeDef]:
    """`core:rectype`, or a non-final `sub`, whose opcode 0x50 is told from a module type's by a 0x00 before it."""
    offset = reader.offset
    if reader.peek() == SUB_PREFIX:
        reader.byte()
        if reader.peek() != SUB:
            raise reader.unknown("core type", SUB_PREFIX)
        (sub,) = rec_type(reader)
        group = [CoreTypeDef(offset, sub.type)]
    else:
        group = rec_type(reader)
    scope.define(group)
    return group


def module_type(reader: Reader, scope: Scope) -> CoreModuleType:
    """`core:moduletype`. Its declarations refer to core types of its own only; outer ones come in by alias."""
    offset = reader.offset
    reader.expect(MODULE_TYPE, "core type")
    inner = scope.inner(offset)
    imports: list[CoreImport] = []
    exports: list[CoreExport] = []
    for _ in range(reader.count()):
        match reader.byte():
            case 0x00:
                for module, name, kind in import_group(reader):
                    imports.append(CoreImport(module, name, kind.sort, _func_type(kind, inner), kind.pointer))
            case 0x01:
                # A module type may not hold another one, and the standard tools write `sub` without its prefix here.
                defined_type(reader, inner)
            case 0x02:
                _outer_alias(reader, inner)
            case 0x03:
                name, kind = reader.name(), extern_kind(reader)
                exports.append(CoreExport(name, kind.sort, _func_type(kind, inner), kind.pointer))
            case other:
                raise reader.unknown("declaration in a core module type", other, "0x00 to 0x03")
    return CoreModuleType(offset, tuple(imports), tuple(exports))


def _func_type(kind: ExternKind, scope: Scope) -> CoreFuncType | None:
    if kind.sort is not Sort.CORE_FUNC or kind.type is None:
        return None
    return func_type(scope.core_types, kind.type, kind.offset)


def _outer_alias(reader: Reader, scope: Scope) -> None:
    offset = reader.offset
    reader.expect(0x10, "sort of an alias in a core module type")
    reader.expect(0x01, "alias in a core module type")
    scope.define_alias(reader.u32(), reader.u32(), offset)
