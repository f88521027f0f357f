"""Component syntax to `Plan`: instantiates a component tree symbolically.

Explainer.md, "Component Definitions" to "Import and Export Definitions": definitions are read in order, each adds to an
index space; an `instance` definition instantiates a component with the items given for its imports. Here nothing
runs: a core instantiation becomes a step, a lift or lower a table entry, everything else is looked up and gone.
"""

from __future__ import annotations

from dataclasses import replace
from typing import assert_never, cast

from fact.errors import LinkError, Unsupported
from fact.link import canon
from fact.link.declared import Given, Source, imported, instance_of_declared, seen_as
from fact.link.environment import Environment
from fact.link.frame import Frame
from fact.link.host import Host
from fact.link.items import (
    ComponentItem,
    CoreBundle,
    CoreInstanceItem,
    HostFunc,
    InstanceItem,
    Item,
    LiftedFunc,
    ModuleInstance,
    ModuleItem,
    ResourceItem,
    Scope,
)
from fact.link.limits import MAX_NESTING, PLAN_ENTRY, Limits
from fact.link.prune import prune
from fact.link.tables import Tables
from fact.link.types import resolve_type
from fact.model.plan import (
    CoreItem,
    Exported,
    ExportedFunc,
    ExportedHostFunc,
    ExportedInstance,
    ExportedModule,
    ExportedOther,
    ExportedResource,
    Plan,
)
from fact.model.syntax import (
    AliasCoreExport,
    AliasExport,
    AliasOuter,
    CanonContext,
    CanonLift,
    CanonLower,
    CanonResource,
    Component,
    CoreInlineExports,
    CoreInstantiate,
    CoreModule,
    CoreModuleType,
    CoreTypeDef,
    Definition,
    Export,
    ExternType,
    Import,
    InlineExports,
    Instantiate,
    ResourceType,
    Sort,
    TypeDef,
)

NO_ENVIRONMENT = Environment()


def link(component: Component, environment: Environment = NO_ENVIRONMENT) -> Plan:
    """The plan of *component*, its imports left to the host and to *environment*. Not partitioned yet.

    Raises `Unsupported` for a construct outside the README's table and for a module or component that the root imports
    and *environment* does not give; `LinkError` for a component that validation should have refused.
    """
    tables = Tables()
    root = _instantiate(tables, ComponentItem(component, None), Host(tables, environment))
    return prune(tables.plan(_exported(root, tables.limits)))


def _exported(instance: InstanceItem, limits: Limits, depth: int = 0) -> tuple[tuple[str, Exported], ...]:
    limits.spend(PLAN_ENTRY * len(instance.exports))
    if depth > MAX_NESTING:
        raise Unsupported(f"exported instances nested more than {MAX_NESTING} deep")
    return tuple([(name, _export_of(sort, item, limits, depth)) for name, (sort, item) in instance.exports.items()])


def _export_of(sort: Sort, item: Item, limits: Limits, depth: int) -> Exported:
    match item:
        case LiftedFunc(lift, _):
            return ExportedFunc(lift)
        case HostFunc(host_import, _):
            return ExportedHostFunc(host_import)
        case InstanceItem():
            return ExportedInstance(_exported(item, limits, depth + 1))
        case ModuleItem(module):
            return ExportedModule(module)
        case ResourceItem(resource):
            return ExportedResource(resource)
        case _:
            return ExportedOther(sort)


# -- component instances


def _instantiate(tables: Tables, root: ComponentItem, imports: Source) -> InstanceItem:
    """An instance of *root*. The stack holds the component instances being made, each inside the one before it."""
    stack = [_frame(tables, root, imports, None, "root")]
    while True:
        frame = stack[-1]
        inner = _read_definitions(tables, frame)
        if inner is not None:
            stack.append(inner)
            continue
        stack.pop()
        instance = _finished(tables, frame)
        if not stack:
            return instance
        stack[-1].scope.add(Sort.INSTANCE, instance)


def _frame(tables: Tables, component: ComponentItem, imports: Source, parent: Frame | None, name: str) -> Frame:
    depth = 0 if parent is None else parent.depth + 1
    if depth > MAX_NESTING:
        raise Unsupported(f"components nested more than {MAX_NESTING} deep", component.syntax.offset)
    made = tables.component_instance(component, None if parent is None else parent.index, name)
    scope = Scope(component.scope, tables.limits)
    return Frame(made.index, made.name, depth, component, imports, scope)


def _read_definitions(tables: Tables, frame: Frame) -> Frame | None:
    """Reads on to the next component that *frame* instantiates: its frame, or None at the end of the definitions."""
    for definition in frame.rest:
        try:
            if isinstance(definition, Instantiate):
                return _inner_frame(tables, frame, definition)
            _define(tables, frame, definition)
        except LinkError as error:
            if error.offset is not None:
                raise
            raise LinkError(f"in {frame.name}: {error}", definition.offset) from None
        except Unsupported as error:
            if error.offset is not None:
                raise
            raise Unsupported(error.construct, definition.offset) from None
    return None


def _inner_frame(tables: Tables, frame: Frame, definition: Instantiate) -> Frame:
    scope = frame.scope
    component = cast(ComponentItem, scope.get(Sort.COMPONENT, definition.component))
    scope.limits.spend(len(definition.args))
    args = {name: (item.sort, scope.get(item.sort, item.index)) for name, item in definition.args}
    fallback = component.syntax.name or f"instance{len(scope.spaces[Sort.INSTANCE])}"
    name = f"{frame.name}.{frame.label(Sort.INSTANCE, fallback)}"
    return _frame(tables, component, Given(InstanceItem(args), "import"), frame, name)


def _finished(tables: Tables, frame: Frame) -> InstanceItem:
    """The instance whose definitions have all been read, seen as its component is."""
    instance = InstanceItem(frame.exports)
    if len(set(frame.resources)) < len(frame.resources):
        tables.component_instances[frame.index] = replace(tables.component_instances[frame.index], given_twice=True)
    seen = frame.component.seen_as
    if seen is None:
        return instance
    try:
        return instance_of_declared(seen, frame.imports, instance)
    except LinkError as error:
        raise LinkError(f"in {frame.name}: {error}", frame.component.syntax.offset) from None


# -- definitions


def _define(tables: Tables, frame: Frame, definition: Definition) -> None:
    scope = frame.scope
    match definition:
        case AliasCoreExport(_, sort, index, name):
            scope.add(sort, cast(CoreInstanceItem, scope.get(Sort.CORE_INSTANCE, index)).get(name, sort))
        case Export():
            _export(frame, definition)
        case CanonLift():
            canon.lift(tables, frame, definition)
        case AliasExport(_, sort, index, name):
            scope.add(sort, cast(InstanceItem, scope.get(Sort.INSTANCE, index)).get(name, sort))
        case TypeDef(_, ResourceType() as t):
            canon.define_resource(tables, frame, t)
        case TypeDef(_, t):
            scope.add(Sort.TYPE, resolve_type(t, scope))
        case Import(_, name, t):
            item = imported(frame.imports, name, t, scope)
            frame.resources.extend(_abstract(item, t))
            scope.add(t.sort, item)
        case CanonLower():
            canon.lower(tables, frame, definition)
        case CoreInstantiate():
            scope.add(Sort.CORE_INSTANCE, _instantiate_module(tables, frame, definition))
        case CoreInlineExports():
            scope.add(Sort.CORE_INSTANCE, _core_bundle(scope, definition))
        case CoreModule():
            scope.add(Sort.CORE_MODULE, tables.module(definition))
        case Component():
            scope.add(Sort.COMPONENT, ComponentItem(definition, scope))
        case AliasOuter(_, sort, count, index):
            scope.add(sort, scope.enclosing(count).get(sort, index))
        case InlineExports(_, exports):
            scope.limits.spend(len(exports))
            items = {name: (item.sort, scope.get(item.sort, item.index)) for name, item in exports}
            scope.add(Sort.INSTANCE, InstanceItem(items))
        case CoreTypeDef(_, core_type):
            scope.add(Sort.CORE_TYPE, core_type)
        case CoreModuleType():
            scope.add(Sort.CORE_TYPE, definition)
        case CanonResource():
            canon.resource_builtin(tables, frame, definition)
        case CanonContext():
            canon.context_builtin(tables, frame, definition)
        case Instantiate():
            raise AssertionError("the stack of frames takes these")
        case _:
            assert_never(definition)


def _abstract(item: Item, t: ExternType) -> list[int]:
    """The resource types given for an import of type *t*: what it calls a type that it knows is not among them."""
    match item:
        case ResourceItem(resource) if t.bound is not None and t.bound.eq is None:
            return [resource]
        case InstanceItem(exports):
            inside = {part.index for _, part in exports.values() if isinstance(part, ResourceItem)}
            return sorted(inside)
        case _:
            return []


def _export(frame: Frame, definition: Export) -> None:
    sort = definition.item.sort
    item = frame.scope.get(sort, definition.item.index)
    if definition.type is not None:
        if definition.type.sort is not sort:
            raise LinkError(f"the export {definition.name!r} of a {sort} is declared as a {definition.type.sort}")
        item = seen_as(item, definition.type, frame.scope)
    frame.scope.add(sort, item)
    frame.exports[definition.name] = sort, item


def _instantiate_module(tables: Tables, frame: Frame, definition: CoreInstantiate) -> ModuleInstance:
    scope = frame.scope
    module_item = cast(ModuleItem, scope.get(Sort.CORE_MODULE, definition.module))
    module = tables.modules[module_item.index]
    scope.limits.spend(len(definition.args) + len(module.imports))
    given = {
        name: cast(CoreInstanceItem, scope.get(Sort.CORE_INSTANCE, instance)) for name, instance in definition.args
    }
    args = []
    for wanted in module.imports:
        if wanted.module not in given:
            raise LinkError(f"the core module import {wanted.module!r} is not given")
        args.append(given[wanted.module].get(wanted.name, wanted.sort))
    fallback = module.name or f"core{len(scope.spaces[Sort.CORE_INSTANCE])}"
    name = f"{frame.name}.{frame.label(Sort.CORE_INSTANCE, fallback)}"
    return tables.core_instance(module_item, tuple(args), frame.index, name)


def _core_bundle(scope: Scope, definition: CoreInlineExports) -> CoreBundle:
    scope.limits.spend(len(definition.exports))
    return CoreBundle(
        {
            (name, item.sort): cast(CoreItem, scope.get(item.sort, item.index))
            for name, item in definition.exports
        }
    )
