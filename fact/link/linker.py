"""Component syntax to `Plan`: instantiates a component tree symbolically.

Explainer.md, "Component Definitions" to "Import and Export Definitions": definitions are read in order, each adds to an
index space; an `instance` definition instantiates a component with the items given for its imports. Here nothing
runs: a core instantiation becomes a step, a lift or lower a table entry, everything else is looked up and gone.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import assert_never, cast

from fact.errors import LinkError, Unsupported
from fact.link.items import (
    ComponentItem,
    CoreBundle,
    CoreInstanceItem,
    FuncItem,
    HostFunc,
    InstanceItem,
    InstanceTypeItem,
    Item,
    LiftedFunc,
    ModuleInstance,
    ModuleItem,
    Scope,
)
from fact.link.prune import prune
from fact.link.types import bounded_type, func_type, instance_shape, resolve_type
from fact.model.plan import (
    Adapter,
    AdapterRef,
    ComponentInstance,
    CoreItem,
    Exported,
    ExportedFunc,
    ExportedHostFunc,
    ExportedInstance,
    ExportedOther,
    HostImport,
    HostLower,
    HostLowerRef,
    InstanceExport,
    InstantiateModule,
    Lift,
    Options,
    Plan,
)
from fact.model.syntax import (
    AliasCoreExport,
    AliasExport,
    AliasOuter,
    CanonLift,
    CanonLower,
    CanonOptions,
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
    Sort,
    SortIndex,
    TypeDef,
)
from fact.model.types import FuncType, PtrType

MAX_NESTING = 200
"""Instances within instances; toolchains and validators stop at 100."""

MAX_INSTANCES = 10_000
"""Component instances, and core instances: a short component can ask for exponentially many."""


def link(component: Component) -> Plan:
    """The plan of *component*, its imports left to the host. Not partitioned yet.

    Raises `Unsupported` for a construct outside the README's table, `LinkError` for a component that validation
    should have refused.
    """
    linker = _Linker()
    root = linker.instantiate(ComponentItem(component, None), None, linker.host_item, "root", 0)
    return prune(
        Plan(
            component_instances=tuple(linker.component_instances),
            modules=tuple(linker.modules),
            steps=tuple(linker.steps),
            lifts=tuple(linker.lifts),
            adapters=tuple(linker.adapters),
            host_imports=tuple(linker.host_imports),
            host_lowers=tuple(linker.host_lowers),
            exports=_exported(root),
        )
    )


def _exported(instance: InstanceItem) -> tuple[tuple[str, Exported], ...]:
    def export(sort: Sort, item: Item) -> Exported:
        match item:
            case LiftedFunc(lift, _):
                return ExportedFunc(lift)
            case HostFunc(host_import, _):
                return ExportedHostFunc(host_import)
            case InstanceItem():
                return ExportedInstance(_exported(item))
            case _:
                return ExportedOther(sort)

    return tuple((name, export(sort, item)) for name, (sort, item) in instance.exports.items())


ImportResolver = Callable[[Import, Scope], Item]


@dataclass(slots=True)
class _Frame:
    """One component instance being made: its scope, its exports so far, and how its imports are satisfied."""

    index: int
    name: str
    depth: int
    syntax: Component
    scope: Scope
    resolve: ImportResolver
    exports: dict[str, tuple[Sort, Item]] = field(default_factory=dict)

    def label(self, sort: Sort, index: int, otherwise: str) -> str:
        """The name that the component's name section gives to an index."""
        return self.syntax.names.get(SortIndex(sort, index), otherwise)


class _Linker:
    """The tables of the plan being made."""

    def __init__(self) -> None:
        self.component_instances: list[ComponentInstance] = []
        self.modules: list[CoreModule] = []
        self.steps: list[InstantiateModule] = []
        self.lifts: list[Lift] = []
        self.adapters: list[Adapter] = []
        self.host_imports: list[HostImport] = []
        self.host_lowers: list[HostLower] = []
        self._module_indices: dict[int, int] = {}
        self._names: dict[str, int] = {}

    # -- component instances

    def instantiate(
        self, component: ComponentItem, parent: int | None, resolve: ImportResolver, name: str, depth: int
    ) -> InstanceItem:
        if depth > MAX_NESTING:
            raise Unsupported(f"components nested more than {MAX_NESTING} deep", component.syntax.offset)
        index = len(self.component_instances)
        if index == MAX_INSTANCES:
            raise Unsupported(f"more than {MAX_INSTANCES} component instances", component.syntax.offset)
        frame = _Frame(index, self._unique(name), depth, component.syntax, Scope(component.scope), resolve)
        self.component_instances.append(ComponentInstance(index, parent, frame.name))
        for definition in component.syntax.definitions:
            try:
                self._define(frame, definition)
            except LinkError as error:
                if error.offset is not None:
                    raise
                raise LinkError(f"in {frame.name}: {error}", definition.offset) from None
        return InstanceItem(frame.exports)

    def _unique(self, name: str) -> str:
        count = self._names[name] = self._names.get(name, 0) + 1
        return name if count == 1 else self._unique(f"{name}.{count}")

    def _define(self, frame: _Frame, definition: Definition) -> None:
        scope = frame.scope
        match definition:
            case AliasCoreExport(_, sort, index, name):
                scope.add(sort, cast(CoreInstanceItem, scope.get(Sort.CORE_INSTANCE, index)).get(name, sort))
            case Export(_, name, item, t):
                self._export(frame, name, item, t)
            case CanonLift():
                self._lift(frame, definition)
            case AliasExport(_, sort, index, name):
                scope.add(sort, cast(InstanceItem, scope.get(Sort.INSTANCE, index)).get(name, sort))
            case TypeDef(offset, t):
                scope.add(Sort.TYPE, resolve_type(t, scope, offset))
            case Import(_, _, t):
                scope.add(t.sort, frame.resolve(definition, scope))
            case CanonLower():
                self._lower(frame, definition)
            case CoreInstantiate():
                scope.add(Sort.CORE_INSTANCE, self._instantiate_module(frame, definition))
            case CoreInlineExports():
                scope.add(Sort.CORE_INSTANCE, _core_bundle(scope, definition))
            case CoreModule():
                scope.add(Sort.CORE_MODULE, self._module(definition))
            case Instantiate():
                scope.add(Sort.INSTANCE, self._instantiate_component(frame, definition))
            case Component():
                scope.add(Sort.COMPONENT, ComponentItem(definition, scope))
            case AliasOuter(_, sort, count, index):
                scope.add(sort, scope.enclosing(count).get(sort, index))
            case InlineExports(_, exports):
                items = {name: (item.sort, scope.get(item.sort, item.index)) for name, item in exports}
                scope.add(Sort.INSTANCE, InstanceItem(items))
            case CoreTypeDef(_, core_type):
                scope.add(Sort.CORE_TYPE, core_type)
            case CoreModuleType():
                scope.add(Sort.CORE_TYPE, definition)
            case CanonResource(offset, builtin, _):
                raise Unsupported(f"canon {builtin}", offset)
            case _:
                assert_never(definition)

    def _instantiate_component(self, frame: _Frame, definition: Instantiate) -> InstanceItem:
        component = cast(ComponentItem, frame.scope.get(Sort.COMPONENT, definition.component))
        given = {name: (item.sort, frame.scope.get(item.sort, item.index)) for name, item in definition.args}

        def argument(wanted: Import, scope: Scope) -> Item:
            found = given.get(wanted.name)
            if found is None or found[0] is not wanted.type.sort:
                if wanted.type.sort is Sort.TYPE:
                    return bounded_type(wanted.type, scope, wanted.offset)
                raise LinkError(f"the {wanted.type.sort} import {wanted.name!r} is not given")
            return _seen_as(found[1], wanted.type, scope)

        index = len(frame.scope.spaces[Sort.INSTANCE])
        fallback = component.syntax.name or f"instance{index}"
        name = f"{frame.name}.{frame.label(Sort.INSTANCE, index, fallback)}"
        return self.instantiate(component, frame.index, argument, name, frame.depth + 1)

    def _export(self, frame: _Frame, name: str, item: SortIndex, t: ExternType | None) -> None:
        found = frame.scope.get(item.sort, item.index)
        if t is not None:
            found = _seen_as(found, t, frame.scope)
        frame.scope.add(item.sort, found)
        frame.exports[name] = item.sort, found

    # -- core modules

    def _module(self, module: CoreModule) -> ModuleItem:
        """One entry per definition, however many times the component around it is instantiated."""
        index = self._module_indices.setdefault(id(module), len(self.modules))
        if index == len(self.modules):
            self.modules.append(module)
        return ModuleItem(index)

    def _instantiate_module(self, frame: _Frame, definition: CoreInstantiate) -> ModuleInstance:
        scope = frame.scope
        module_index = cast(ModuleItem, scope.get(Sort.CORE_MODULE, definition.module)).index
        module = self.modules[module_index]
        given = {
            name: cast(CoreInstanceItem, scope.get(Sort.CORE_INSTANCE, instance)) for name, instance in definition.args
        }
        args = []
        for wanted in module.imports:
            if wanted.module not in given:
                raise LinkError(f"the core module import {wanted.module!r} is not given")
            args.append(given[wanted.module].get(wanted.name, wanted.sort))
        number = len(scope.spaces[Sort.CORE_INSTANCE])
        name = f"{frame.name}.{frame.label(Sort.CORE_INSTANCE, number, module.name or f'core{number}')}"
        index = len(self.steps)
        if index == MAX_INSTANCES:
            raise Unsupported(f"more than {MAX_INSTANCES} core instances", definition.offset)
        self.steps.append(InstantiateModule(index, module_index, tuple(args), frame.index, name))
        return ModuleInstance(index, {export.name: export.sort for export in module.exports})

    # -- canonical definitions

    def _lift(self, frame: _Frame, definition: CanonLift) -> None:
        t = func_type(frame.scope, definition.type)
        number = len(frame.scope.spaces[Sort.FUNC])
        callee = cast(CoreItem, frame.scope.get(Sort.CORE_FUNC, definition.core_func))
        name = frame.label(Sort.FUNC, number, callee.name if isinstance(callee, InstanceExport) else f"func{number}")
        options = self._options(frame.scope, definition.options)
        self.lifts.append(Lift(len(self.lifts), callee, t, options, frame.index, name))
        frame.scope.add(Sort.FUNC, LiftedFunc(len(self.lifts) - 1, t))

    def _lower(self, frame: _Frame, definition: CanonLower) -> None:
        callee = cast(FuncItem, frame.scope.get(Sort.FUNC, definition.func))
        options = self._options(frame.scope, definition.options)
        ref: AdapterRef | HostLowerRef
        match callee:
            case LiftedFunc(lift, t):
                name = self.lifts[lift].name
                ref = AdapterRef(len(self.adapters))
                self.adapters.append(Adapter(ref.index, lift, t, options, frame.index, name))
            case HostFunc(host_import, t):
                name = self.host_imports[host_import].name
                ref = HostLowerRef(len(self.host_lowers))
                self.host_lowers.append(HostLower(ref.index, host_import, t, options, frame.index, name))
        frame.scope.add(Sort.CORE_FUNC, ref)

    def _options(self, scope: Scope, options: CanonOptions) -> Options:
        def item(sort: Sort, index: int | None) -> CoreItem | None:
            return None if index is None else cast(CoreItem, scope.get(sort, index))

        memory = item(Sort.CORE_MEMORY, options.memory)
        assert memory is None or isinstance(memory, InstanceExport)
        return Options(
            string_encoding=options.string_encoding or "utf8",
            memory=memory,
            realloc=item(Sort.CORE_FUNC, options.realloc),
            post_return=item(Sort.CORE_FUNC, options.post_return),
            pointer="i32" if memory is None else self._pointer(memory),
        )

    def _pointer(self, memory: InstanceExport) -> PtrType:
        """The type of addresses in *memory*, from its module's export: of a memory of its own, or an imported one."""
        module = self.modules[self.steps[memory.instance].module]
        return next(export.pointer or "i32" for export in module.exports if export.name == memory.name)

    # -- the host's side

    def host_item(self, wanted: Import, scope: Scope) -> Item:
        """What the host gives for an import of the root component."""
        match wanted.type.sort:
            case Sort.FUNC:
                assert wanted.type.index is not None
                return self._host_func((wanted.name,), func_type(scope, wanted.type.index))
            case Sort.INSTANCE:
                assert wanted.type.index is not None
                t = scope.get(Sort.TYPE, wanted.type.index)
                assert isinstance(t, InstanceTypeItem)
                return self._host_instance((wanted.name,), t)
            case Sort.TYPE:
                return bounded_type(wanted.type, scope, wanted.offset)
            case sort:
                raise Unsupported(f"{sort} import of the root component", wanted.offset)

    def _host_func(self, path: tuple[str, ...], t: FuncType) -> HostFunc:
        self.host_imports.append(HostImport(len(self.host_imports), path, t))
        return HostFunc(len(self.host_imports) - 1, t)

    def _host_instance(self, path: tuple[str, ...], t: InstanceTypeItem) -> InstanceItem:
        exports: dict[str, tuple[Sort, Item]] = {}
        for name, (sort, item) in instance_shape(t).items():
            match item:
                case FuncType() if sort is Sort.FUNC:
                    exports[name] = sort, self._host_func((*path, name), item)
                case InstanceTypeItem() if sort is Sort.INSTANCE:
                    exports[name] = sort, self._host_instance((*path, name), item)
                case _:
                    exports[name] = sort, item
        return InstanceItem(exports)


def _core_bundle(scope: Scope, definition: CoreInlineExports) -> CoreBundle:
    return CoreBundle(
        {
            (name, item.sort): cast(CoreItem, scope.get(item.sort, item.index))
            for name, item in definition.exports
        }
    )


def _seen_as(item: Item, t: ExternType, scope: Scope) -> Item:
    """*item* under an ascribed type: labels of a function come from the type it is seen through."""
    match item:
        case LiftedFunc(lift) if t.index is not None:
            return LiftedFunc(lift, func_type(scope, t.index))
        case HostFunc(host_import) if t.index is not None:
            return HostFunc(host_import, func_type(scope, t.index))
        case _:
            return item


__all__ = ["MAX_NESTING", "link"]
