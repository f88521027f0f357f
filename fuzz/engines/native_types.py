"""Types of a compiled component as wasmtime tells them, in the words of `fact.model.types`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

import wasmtime
import wasmtime.component as wc
from wasmtime.component._types import ComponentExtern

from fact.model.types import FuncType, Prim, ValType
from fuzz.engines.native_raw import is_async


@dataclass(frozen=True, slots=True)
class Other:
    """Something at the component's boundary that is no function of scalars; *construct* names it."""

    construct: str
    is_function: bool = False


Item: TypeAlias = "FuncType | Other | Items"
Items: TypeAlias = "dict[str, Item]"
"""Imports or exports by name; those of an instance are nested."""

Path: TypeAlias = tuple[str, ...]


def items(externs: dict[str, ComponentExtern], engine: wasmtime.Engine) -> Items:
    """Imports or exports without the types among them."""
    found: Items = {}
    for name, extern in externs.items():
        match extern.ty:
            case wc.FuncType() as function:
                found[name] = _function(function)
            case wc.ComponentInstanceType() as instance:
                found[name] = items(instance.exports(engine), engine)
            case wc.ModuleType():
                found[name] = Other("core module")
            case wc.ComponentType():
                found[name] = Other("component")
            case wc.ResourceType():
                found[name] = Other("resource type")
    return found


def functions(tree: Items) -> dict[Path, FuncType | Other]:
    """Everything but instances, by path."""
    found: dict[Path, FuncType | Other] = {}
    for name, item in tree.items():
        if isinstance(item, dict):
            found.update({(name, *path): inner for path, inner in functions(item).items()})
        else:
            found[name,] = item
    return found


_SCALARS: dict[type[wc.ValType], Prim] = {
    wc.Bool: Prim.BOOL, wc.S8: Prim.S8, wc.U8: Prim.U8, wc.S16: Prim.S16, wc.U16: Prim.U16, wc.S32: Prim.S32,
    wc.U32: Prim.U32, wc.S64: Prim.S64, wc.U64: Prim.U64, wc.F32: Prim.F32, wc.F64: Prim.F64, wc.Char: Prim.CHAR,
}


def _function(function: wc.FuncType) -> FuncType | Other:
    if is_async(function):
        return Other("async function type", is_function=True)
    try:
        params = tuple((name, _scalar(t)) for name, t in function.params)
        return FuncType(params, None if function.result is None else _scalar(function.result))
    except _NotScalar as other:
        return Other(str(other), is_function=True)


class _NotScalar(Exception):
    pass


def _scalar(t: wc.ValType) -> ValType:
    if type(t) in _SCALARS:
        return _SCALARS[type(t)]
    raise _NotScalar(f"{type(t).__name__.removesuffix('Type').lower()} type")
