"""Canonical definitions: lifts, lowers and built-ins become entries of the plan.

CanonicalABI.md, "Canonical Definitions".
"""

from __future__ import annotations

from typing import cast

from fact.errors import LinkError, Unsupported
from fact.link.frame import Frame
from fact.link.items import FuncItem
from fact.link.tables import Tables
from fact.link.types import func_type, resource_type
from fact.model.plan import BuiltinKind, CoreItem, InstanceExport, Options
from fact.model.syntax import CanonContext, CanonLift, CanonLower, CanonOptions, CanonResource, ResourceType, Sort
from fact.model.types import CoreFuncType

RESOURCE_BUILTINS: dict[BuiltinKind, CoreFuncType] = {
    "resource.new": CoreFuncType(("i32",), ("i32",)),
    "resource.rep": CoreFuncType(("i32",), ("i32",)),
    "resource.drop": CoreFuncType(("i32",), ()),
}
"""Core types, of resources whose representation is an i32."""


def define_resource(tables: Tables, frame: Frame, t: ResourceType) -> None:
    """A resource type of this component instance's own. Explainer.md, "Type Definitions": they are generative."""
    if t.rep != "i32":
        raise Unsupported(f"resource with representation {t.rep}")
    index = len(frame.scope.spaces[Sort.TYPE])
    name = f"{frame.name}.{frame.exported_type(index) or frame.label(Sort.TYPE, f'resource{index}')}"
    dtor = None if t.dtor is None else cast(CoreItem, frame.scope.get(Sort.CORE_FUNC, t.dtor))
    frame.scope.add(Sort.TYPE, tables.resource(frame.index, name, dtor))


def lift(tables: Tables, frame: Frame, definition: CanonLift) -> None:
    t = func_type(frame.scope, definition.type)
    number = len(frame.scope.spaces[Sort.FUNC])
    callee = cast(CoreItem, frame.scope.get(Sort.CORE_FUNC, definition.core_func))
    otherwise = callee.name if isinstance(callee, InstanceExport) else f"func{number}"
    name = frame.label(Sort.FUNC, otherwise)
    options = _options(tables, frame, definition.options)
    frame.scope.add(Sort.FUNC, tables.lift(callee, t, options, frame.index, name))


def lower(tables: Tables, frame: Frame, definition: CanonLower) -> None:
    callee = cast(FuncItem, frame.scope.get(Sort.FUNC, definition.func))
    frame.scope.limits.spend_on_lower(callee.type)
    options = _options(tables, frame, definition.options)
    frame.scope.add(Sort.CORE_FUNC, tables.lower(callee, options, frame.index))


def resource_builtin(tables: Tables, frame: Frame, definition: CanonResource) -> None:
    kind = cast(BuiltinKind, definition.builtin)
    resource = resource_type(frame.scope, definition.type)
    name = f"{kind} {tables.resources[resource].name}"
    frame.scope.add(
        Sort.CORE_FUNC, tables.builtin(kind, frame.index, RESOURCE_BUILTINS[kind], name, resource=resource)
    )


def context_builtin(tables: Tables, frame: Frame, definition: CanonContext) -> None:
    kind = cast(BuiltinKind, definition.builtin)
    frame.context_type = frame.context_type or definition.type
    if definition.type != frame.context_type:
        other = f"those before it have {frame.context_type}, and all of a component have to be of one type"
        raise LinkError(f"{kind} {definition.type} {definition.slot}: {other}")
    value = (definition.type,)
    t = CoreFuncType((), value) if kind == "context.get" else CoreFuncType(value, ())
    name = f"{kind} {definition.type} {definition.slot}"
    frame.scope.add(Sort.CORE_FUNC, tables.builtin(kind, frame.index, t, name, slot=definition.slot))


def _options(tables: Tables, frame: Frame, options: CanonOptions) -> Options:
    def item(sort: Sort, index: int | None) -> CoreItem | None:
        return None if index is None else cast(CoreItem, frame.scope.get(sort, index))

    memory = item(Sort.CORE_MEMORY, options.memory)
    assert memory is None or isinstance(memory, InstanceExport)
    return Options(
        string_encoding=options.string_encoding or "utf8",
        memory=memory,
        realloc=item(Sort.CORE_FUNC, options.realloc),
        post_return=item(Sort.CORE_FUNC, options.post_return),
        pointer="i32" if memory is None else tables.pointer(memory),
    )
