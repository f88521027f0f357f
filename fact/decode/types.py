"""Type section. Binary.md, "Type Definitions": `type`."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from fact.decode.aliases import alias
from fact.decode.core_types import core_type
from fact.decode.core_wasm import value_type as core_value_type
from fact.decode.externs import export_declaration, import_
from fact.decode.reader import Reader
from fact.decode.scopes import Scope
from fact.errors import Malformed, Unsupported
from fact.model.syntax import (
    AliasCoreExport,
    AliasExport,
    AliasOuter,
    ComponentType,
    Declaration,
    DefType,
    InstanceType,
    ResourceType,
    TypeDef,
)
from fact.model.types import (
    Borrow,
    EnumType,
    Flags,
    FuncType,
    List,
    Map,
    Option,
    Own,
    Prim,
    Record,
    Result,
    Tuple,
    TypeIndex,
    ValType,
    Variant,
)

PRIMITIVES = {
    0x7F: Prim.BOOL,
    0x7E: Prim.S8,
    0x7D: Prim.U8,
    0x7C: Prim.S16,
    0x7B: Prim.U16,
    0x7A: Prim.S32,
    0x79: Prim.U32,
    0x78: Prim.S64,
    0x77: Prim.U64,
    0x76: Prim.F32,
    0x75: Prim.F64,
    0x74: Prim.CHAR,
    0x73: Prim.STRING,
}
GATED = {
    0x64: "error-context type",
    0x65: "future type",
    0x66: "stream type",
    0x43: "async function type",
}
MAX_FLAGS = 32

T = TypeVar("T")


def type_definition(reader: Reader, scope: Scope) -> TypeDef:
    return TypeDef(reader.offset, _defined_type(reader, scope))


def _defined_type(reader: Reader, scope: Scope) -> DefType:
    opcode = reader.byte()
    if opcode in PRIMITIVES:
        return PRIMITIVES[opcode]
    if opcode in _SHAPES:
        return _SHAPES[opcode](reader)
    match opcode:
        case 0x41:
            return ComponentType(_declarations(reader, scope.inner(reader.offset - 1), _component_declaration))
        case 0x42:
            return InstanceType(_declarations(reader, scope.inner(reader.offset - 1), _instance_declaration))
        case _ if opcode in GATED:
            raise Unsupported(GATED[opcode], reader.offset - 1)
        case _:
            raise reader.unknown("type", opcode)


# -- value types


def value_type(reader: Reader) -> ValType:
    """`valtype`: a primitive, or a type index."""
    first = reader.peek()
    if first in PRIMITIVES:
        reader.byte()
        return PRIMITIVES[first]
    if first in GATED:
        raise Unsupported(GATED[first], reader.offset)
    offset = reader.offset
    index = reader.signed(33)
    if index < 0:
        raise Malformed("expected a primitive value type or a type index", offset)
    return TypeIndex(index)


def _record(reader: Reader) -> Record:
    return Record(_non_empty(reader, _labelled_type, "record"))


def _variant(reader: Reader) -> Variant:
    return Variant(_non_empty(reader, _case, "variant"))


def _list(reader: Reader) -> List:
    return List(value_type(reader))


def _fixed_length_list(reader: Reader) -> List:
    element = value_type(reader)
    offset = reader.offset
    length = reader.u32()
    if length == 0:
        raise Malformed("fixed-length list of length 0", offset)
    return List(element, length)


def _tuple(reader: Reader) -> Tuple:
    return Tuple(_non_empty(reader, value_type, "tuple"))


def _flags(reader: Reader) -> Flags:
    offset = reader.offset
    labels = _non_empty(reader, Reader.name, "flags")
    if len(labels) > MAX_FLAGS:
        raise Malformed(f"flags with {len(labels)} labels, at most {MAX_FLAGS} are possible", offset)
    return Flags(labels)


def _enum(reader: Reader) -> EnumType:
    return EnumType(_non_empty(reader, Reader.name, "enum"))


def _option(reader: Reader) -> Option:
    return Option(value_type(reader))


def _result(reader: Reader) -> Result:
    return Result(reader.optional(value_type), reader.optional(value_type))


def _own(reader: Reader) -> Own:
    return Own(reader.u32())


def _borrow(reader: Reader) -> Borrow:
    return Borrow(reader.u32())


def _map(reader: Reader) -> Map:
    return Map(value_type(reader), value_type(reader))


def _labelled_type(reader: Reader) -> tuple[str, ValType]:
    return reader.name(), value_type(reader)


def _case(reader: Reader) -> tuple[str, ValType | None]:
    label, payload = reader.name(), reader.optional(value_type)
    reader.expect(0x00, "end of a variant case")
    return label, payload


def _non_empty(reader: Reader, element: Callable[[Reader], T], what: str) -> tuple[T, ...]:
    offset = reader.offset
    found = reader.vector(element)
    if not found:
        raise Malformed(f"{what} without members", offset)
    return found


# -- functions and resources


def _func_type(reader: Reader) -> FuncType:
    return FuncType(reader.vector(_labelled_type), _result_list(reader))


def _result_list(reader: Reader) -> ValType | None:
    match reader.byte():
        case 0x00:
            return value_type(reader)
        case 0x01:
            reader.expect(0x00, "number of named results")
            return None
        case other:
            raise reader.unknown("result list", other, "0x00 or 0x01")


def _resource_type(reader: Reader) -> ResourceType:
    return ResourceType(core_value_type(reader), reader.optional(Reader.u32))


# -- component and instance types


def _declarations(
    reader: Reader, scope: Scope, declaration: Callable[[Reader, Scope], list[Declaration]]
) -> tuple[Declaration, ...]:
    found: list[Declaration] = []
    for _ in range(reader.count()):
        found += declaration(reader, scope)
    return tuple(found)


def _component_declaration(reader: Reader, scope: Scope) -> list[Declaration]:
    if reader.peek() == 0x03:
        reader.byte()
        return [import_(reader)]
    return _instance_declaration(reader, scope)


def _instance_declaration(reader: Reader, scope: Scope) -> list[Declaration]:
    match reader.byte():
        case 0x00:
            return [*core_type(reader, scope)]
        case 0x01:
            return [type_definition(reader, scope)]
        case 0x02:
            return [_type_alias(reader, scope)]
        case 0x04:
            return [export_declaration(reader)]
        case other:
            raise reader.unknown("declaration in a type", other)


def _type_alias(reader: Reader, scope: Scope) -> AliasExport | AliasOuter:
    found = alias(reader, scope)
    if isinstance(found, AliasCoreExport):
        raise Malformed("alias of a core instance's export inside a type", found.offset)
    return found


_SHAPES: dict[int, Callable[[Reader], ValType | FuncType | ResourceType]] = {
    0x72: _record,
    0x71: _variant,
    0x70: _list,
    0x6F: _tuple,
    0x6E: _flags,
    0x6D: _enum,
    0x6B: _option,
    0x6A: _result,
    0x69: _own,
    0x68: _borrow,
    0x67: _fixed_length_list,
    0x63: _map,
    0x40: _func_type,
    0x3F: _resource_type,
}
