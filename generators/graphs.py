"""Cases about component graphs, as frozen, JSON-able data: a component as its definitions, one after the other.

Each definition that makes something has a number, unique in the case; others refer to it by that number, from the same
component or, by way of an `Outer` alias, from one inside. Core code is data too
(`generators.graphs_core`).

Every memory has the same bytes below `REALLOCATED` (`generators.graphs_code`), so that any memory serves any function.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal, TypeAlias

import msgspec

from generators.blueprint import Encoding, HostFunction, Signature
from generators.graphs_core import Code, CoreSort, CoreType
from generators.valtypes import Image, Type

LOG = 0
"""The number of each component's core instance with the log; it is there if anything refers to it."""

Sort: TypeAlias = Literal["func", "instance", "component", "core module", "type"]


# -- types of what components import and export


class FuncType(msgspec.Struct, frozen=True, array_like=True, tag_field="is", tag="func"):
    signature: Signature


class ModuleType(msgspec.Struct, frozen=True, array_like=True, tag_field="is", tag="module"):
    """*imports*: instance, field and type; *exports*: name and type."""

    imports: tuple[tuple[str, str, CoreType], ...]
    exports: tuple[tuple[str, CoreType], ...]


class InstanceType(msgspec.Struct, frozen=True, array_like=True, tag_field="is", tag="instance"):
    exports: tuple[tuple[str, ExternType], ...]


class ComponentType(msgspec.Struct, frozen=True, array_like=True, tag_field="is", tag="component"):
    """*logs*: the prefixes of the logs that it exports besides."""

    imports: tuple[tuple[str, ExternType], ...]
    exports: tuple[tuple[str, ExternType], ...]
    logs: tuple[str, ...] = ()


class Bound(msgspec.Struct, frozen=True, array_like=True, tag_field="is", tag="eq"):
    """A type that is equal to *type*."""

    type: Type


class AnyResource(msgspec.Struct, frozen=True, array_like=True, tag_field="is", tag="resource"):
    """A resource type. In signatures beside it, `OwnOf(n)` and `BorrowOf(n)` mean export number -1 - n of the
    instance type, or, where n is not negative, definition n."""


ExternType: TypeAlias = FuncType | ModuleType | InstanceType | ComponentType | Bound | AnyResource


# -- definitions


class Module(msgspec.Struct, frozen=True, array_like=True, tag_field="is", tag="module"):
    id: int
    code: Code


class CoreInstance(msgspec.Struct, frozen=True, array_like=True, tag_field="is", tag="core-instance"):
    """*args* are core instances by name."""

    id: int
    module: int
    args: tuple[tuple[str, int], ...] = ()


class Parts(msgspec.Struct, frozen=True, array_like=True, tag_field="is", tag="parts"):
    """A core instance of inline exports."""

    id: int
    exports: tuple[tuple[str, CoreSort, int], ...]


class CoreAlias(msgspec.Struct, frozen=True, array_like=True, tag_field="is", tag="core-alias"):
    id: int
    sort: CoreSort
    instance: int
    name: str


class Outer(msgspec.Struct, frozen=True, array_like=True, tag_field="is", tag="outer"):
    """An alias of definition *of* of an enclosing component: a core module, component or type."""

    id: int
    sort: Sort
    of: int


class Lift(msgspec.Struct, frozen=True, array_like=True, tag_field="is", tag="lift"):
    id: int
    signature: Signature
    callee: int
    memory: int | None = None
    realloc: int | None = None
    post_return: int | None = None
    encoding: Encoding | None = None


class Lower(msgspec.Struct, frozen=True, array_like=True, tag_field="is", tag="lower"):
    id: int
    func: int
    memory: int | None = None
    realloc: int | None = None
    encoding: Encoding | None = None


class Resource(msgspec.Struct, frozen=True, array_like=True, tag_field="is", tag="resource-type"):
    id: int
    destructor: int | None = None


class BuiltIn(msgspec.Struct, frozen=True, array_like=True, tag_field="is", tag="built-in"):
    """*resource* of those that are about resources."""

    id: int
    kind: Literal["resource.new", "resource.rep", "resource.drop", "context.get", "context.set"]
    resource: int | None = None


class TypeDefinition(msgspec.Struct, frozen=True, array_like=True, tag_field="is", tag="type"):
    """A name for a type of functions or values."""

    id: int
    type: FuncType | Bound


class Component(msgspec.Struct, frozen=True, array_like=True, tag_field="is", tag="component"):
    id: int
    body: tuple[Definition, ...]


class Instance(msgspec.Struct, frozen=True, array_like=True, tag_field="is", tag="instance"):
    """*args*: name, sort and number."""

    id: int
    component: int
    args: tuple[tuple[str, Sort, int], ...] = ()


class Bundle(msgspec.Struct, frozen=True, array_like=True, tag_field="is", tag="bundle"):
    """An instance of inline exports."""

    id: int
    exports: tuple[tuple[str, Sort, int], ...]


class Alias(msgspec.Struct, frozen=True, array_like=True, tag_field="is", tag="alias"):
    id: int
    sort: Sort
    instance: int
    name: str


class Import(msgspec.Struct, frozen=True, array_like=True, tag_field="is", tag="import"):
    id: int
    name: str
    type: ExternType


class Export(msgspec.Struct, frozen=True, array_like=True, tag_field="is", tag="export"):
    """What is exported is there under number *id* as well."""

    id: int
    name: str
    sort: Sort
    item: int


Definition: TypeAlias = (
    Module | CoreInstance | Parts | CoreAlias | Outer | Lift | Lower | Resource | BuiltIn | TypeDefinition | Component
    | Instance | Bundle | Alias | Import | Export
)


class HostCall(msgspec.Struct, frozen=True, array_like=True):
    """*export* is a path whose parts are joined by `#`, *args* are images."""

    export: str
    signature: Signature
    args: tuple[Image, ...] = ()


class GraphBlueprint(msgspec.Struct, frozen=True, tag_field="is", tag="graphs", omit_defaults=True):
    body: tuple[Definition, ...]
    calls: tuple[HostCall, ...] = ()
    host: tuple[HostFunction, ...] = ()


def references(d: Definition) -> tuple[int, ...]:
    """The numbers that a definition refers to; a component those that its definitions do, of others than its own."""
    match d:
        case CoreInstance(module=module, args=args):
            return (module, *(i for _, i in args))
        case Parts(exports=exports) | Bundle(exports=exports):
            return tuple(i for _, _, i in exports)
        case CoreAlias(instance=i) | Alias(instance=i) | Outer(of=i) | Export(item=i):
            return (i,)
        case Lift(callee=callee, memory=m, realloc=r, post_return=p, signature=s):
            return (callee, *(i for i in (m, r, p) if i is not None), *handle_types(s))
        case Lower(func=func, memory=m, realloc=r):
            return (func, *(i for i in (m, r) if i is not None))
        case Resource(destructor=i) | BuiltIn(resource=i):
            return () if i is None else (i,)
        case Instance(component=component, args=args):
            return (component, *(i for _, _, i in args))
        case TypeDefinition(type=t):
            return handle_types(t.signature) if isinstance(t, FuncType) else ()
        case Import(type=t):
            return tuple(_mentioned(t))
        case Component(body=body):
            own = {inner.id for inner in walk(body)}
            return tuple(i for inner in body for i in references(inner) if i not in own)
    return ()


def handle_types(s: Signature) -> tuple[int, ...]:
    """The definitions that the handles among its parameters and result are of."""
    types = s.params if s.result is None else (*s.params, s.result)
    return tuple(n for t in types if (n := getattr(t, "resource", -1)) >= 0)


def _mentioned(t: ExternType) -> Iterator[int]:
    match t:
        case FuncType(signature):
            yield from handle_types(signature)
        case InstanceType(exports):
            for _, inner in exports:
                yield from _mentioned(inner)


def walk(body: tuple[Definition, ...]) -> Iterator[Definition]:
    """All definitions, also those of components inside, each before what it contains."""
    for d in body:
        yield d
        if isinstance(d, Component):
            yield from walk(d.body)
