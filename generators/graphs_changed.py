"""Component graphs with other numbers for definitions, and with another type of functions everywhere."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

import msgspec
from msgspec.structs import replace

from generators.blueprint import Signature
from generators.graphs import (
    Component,
    ComponentType,
    Definition,
    FuncType,
    GraphBlueprint,
    HostCall,
    Import,
    InstanceType,
    Lift,
    Module,
    ModuleType,
    TypeDefinition,
)
from generators.graphs_core import Code, CoreFunc, CoreImport, Function, Indirect
from generators.graphs_facts import lifted_type, lowered_type
from generators.valtypes import BorrowOf, Image, OwnOf, Type

_NUMBERS = ("module", "instance", "callee", "memory", "realloc", "post_return", "func", "destructor", "item",
            "component", "of", "resource")


def redirected(d: Definition, stands: Mapping[int, int]) -> Definition:
    """*d*, referring to others in place of some definitions; a component's inner definitions too."""
    if isinstance(d, Component):
        return replace(d, body=tuple(redirected(inner, stands) for inner in d.body))
    changes: dict[str, Any] = {}
    for name in _NUMBERS:
        number = getattr(d, name, None)
        if isinstance(number, int) and number in stands:
            changes[name] = stands[number]
    for name in ("args", "exports"):
        if isinstance(entries := getattr(d, name, None), tuple):
            changes[name] = tuple((*e[:-1], stands.get(e[-1], e[-1])) for e in entries)
    if isinstance(d, Lift):
        changes["signature"] = _of_others(d.signature, stands)
    if isinstance(d, Import) and isinstance(d.type, FuncType):
        changes["type"] = FuncType(_of_others(d.type.signature, stands))
    return replace(d, **changes) if changes else d


def _of_others(s: Signature, stands: Mapping[int, int]) -> Signature:
    """*s* with handles of other types."""
    def changed(t: Type) -> Type:
        return replace(t, resource=stands.get(t.resource, t.resource)) if isinstance(t, OwnOf | BorrowOf) else t

    return Signature(tuple(map(changed, s.params)), None if s.result is None else changed(s.result))


OfArguments: TypeAlias = Callable[[Signature, Signature, tuple[Image, ...]], tuple[Image, ...]]
"""Of a type, another, and the arguments of a call; those for the other type."""


def remaining(old: Signature, new: Signature, args: tuple[Image, ...]) -> tuple[Image, ...]:
    """The arguments of the parameters that are still there."""
    rest, found = list(zip(old.params, args, strict=True)), []
    for t in new.params:
        while rest and rest[0][0] != t:
            rest.pop(0)
        found.append(rest.pop(0)[1])
    return tuple(found)


def retyped(
    b: GraphBlueprint, old: Signature, new: Signature, arguments: OfArguments = remaining
) -> GraphBlueprint:
    """*b* with *new* for the type *old* wherever that stands, and for the types of core functions that come of it. The
    log's keeps its own; the host's calls get what *arguments* makes of theirs."""
    core = {lifted_type(old): lifted_type(new), lowered_type(old): lowered_type(new)}

    def changed(x: Any) -> Any:
        if isinstance(x, Signature):
            return new if x == old else x
        if isinstance(x, CoreFunc):
            return core.get(x, x)
        if (isinstance(x, CoreImport) and x.instance == "log") or (isinstance(x, tuple) and x[:1] == ("log",)):
            return x
        if isinstance(x, tuple):
            return tuple(map(changed, x))
        if isinstance(x, HostCall):
            if x.signature != old:
                return x
            return replace(x, signature=new, args=arguments(old, new, x.args))
        if isinstance(x, msgspec.Struct) and type(x) in _WITH_TYPES:
            return replace(x, **{f: changed(getattr(x, f)) for f in x.__struct_fields__})
        return x

    result: GraphBlueprint = changed(b)
    return result


_WITH_TYPES = frozenset((
    GraphBlueprint, Component, Module, Lift, Import, TypeDefinition, FuncType, InstanceType, ComponentType, ModuleType,
    Code, CoreImport, Function, Indirect,
))
