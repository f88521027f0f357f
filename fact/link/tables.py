"""The tables of a plan while it is being made: whatever is entered gets the next index."""

from __future__ import annotations

from fact.errors import Unsupported
from fact.link.environment import Path
from fact.link.items import ComponentItem, HostFunc, LiftedFunc, ModuleInstance, ModuleItem, ResourceItem
from fact.link.limits import MAX_INSTANCES, Limits
from fact.model.plan import (
    Adapter,
    AdapterRef,
    Builtin,
    BuiltinKind,
    BuiltinRef,
    ComponentInstance,
    CoreItem,
    DefineResource,
    Exported,
    HostImport,
    HostLower,
    HostLowerRef,
    InstanceExport,
    InstantiateModule,
    Lift,
    Options,
    Plan,
    Resource,
    Step,
)
from fact.model.syntax import CoreExport, CoreModule
from fact.model.types import CoreFuncType, FuncType, PtrType

MAX_NAME = 240
"""Characters; names of nested instances have those of all around them in front."""


def shortened(name: str) -> str:
    """*name*, the middle of a long one left out."""
    return name if len(name) <= MAX_NAME else f"{name[: MAX_NAME // 2]}...{name[-MAX_NAME // 2 :]}"


class Tables:
    """Grows while definitions are read; `plan` is what has been entered."""

    def __init__(self) -> None:
        self.limits = Limits()
        self.component_instances: list[ComponentInstance] = []
        self.modules: list[CoreModule] = []
        self.steps: list[Step] = []
        self.lifts: list[Lift] = []
        self.adapters: list[Adapter] = []
        self.host_imports: list[HostImport] = []
        self.host_lowers: list[HostLower] = []
        self.resources: list[Resource] = []
        self.builtins: list[Builtin] = []
        self._core_instances: list[ModuleItem] = []
        self._module_items: dict[int, ModuleItem] = {}
        self._module_exports: list[dict[str, CoreExport]] = []
        self._host_resources: dict[Path, ResourceItem] = {}
        self._names: dict[str, int] = {}

    def plan(self, exports: tuple[tuple[str, Exported], ...]) -> Plan:
        return Plan(
            component_instances=tuple(self.component_instances),
            modules=tuple(self.modules),
            steps=tuple(self.steps),
            lifts=tuple(self.lifts),
            adapters=tuple(self.adapters),
            host_imports=tuple(self.host_imports),
            host_lowers=tuple(self.host_lowers),
            exports=exports,
            resources=tuple(self.resources),
            builtins=tuple(self.builtins),
        )

    def unique(self, name: str) -> str:
        """*name*, with a number behind it if it was asked for before."""
        found = shortened(name)
        while (count := self._names.get(found, 0) + 1) > 1:
            self._names[found] = count
            found = f"{found}.{count}"
        self._names[found] = 1
        return found

    # -- instances and modules

    def component_instance(self, component: ComponentItem, parent: int | None, name: str) -> ComponentInstance:
        index = len(self.component_instances)
        if index == MAX_INSTANCES:
            raise Unsupported(f"more than {MAX_INSTANCES} component instances", component.syntax.offset)
        self.component_instances.append(ComponentInstance(index, parent, self.unique(name)))
        return self.component_instances[-1]

    def module(self, module: CoreModule) -> ModuleItem:
        """One entry per definition, however many times the component around it is instantiated."""
        item = self._module_items.get(id(module))
        if item is None:
            item = self._module_items[id(module)] = ModuleItem(len(self.modules))
            self.modules.append(module)
            self._module_exports.append({export.name: export for export in module.exports})
        return item

    def core_instance(self, module: ModuleItem, args: tuple[CoreItem, ...], owner: int, name: str) -> ModuleInstance:
        index = len(self._core_instances)
        if index == MAX_INSTANCES:
            raise Unsupported(f"more than {MAX_INSTANCES} core instances")
        self._core_instances.append(module)
        self.steps.append(InstantiateModule(index, module.index, args, owner, shortened(name)))
        return ModuleInstance(index, self._module_exports[module.index])

    def pointer(self, memory: InstanceExport) -> PtrType:
        """The type of addresses in *memory*, from its module's export: of a memory of its own, or an imported one."""
        return self._module_exports[self._core_instances[memory.instance].index][memory.name].pointer or "i32"

    # -- functions

    def lift(self, callee: CoreItem, t: FuncType, options: Options, instance: int, name: str) -> LiftedFunc:
        self.lifts.append(Lift(len(self.lifts), callee, t, options, instance, name))
        return LiftedFunc(len(self.lifts) - 1, t)

    def lower(self, callee: LiftedFunc | HostFunc, options: Options, caller: int) -> AdapterRef | HostLowerRef:
        match callee:
            case LiftedFunc(lift, t):
                adapter = Adapter(len(self.adapters), lift, t, options, caller, self.lifts[lift].name)
                self.adapters.append(adapter)
                return AdapterRef(adapter.index)
            case HostFunc(host_import, t):
                name = self.host_imports[host_import].name
                lower = HostLower(len(self.host_lowers), host_import, t, options, caller, name)
                self.host_lowers.append(lower)
                return HostLowerRef(lower.index)

    def host_func(self, path: Path, t: FuncType) -> HostFunc:
        self.host_imports.append(HostImport(len(self.host_imports), path, t))
        return HostFunc(len(self.host_imports) - 1, t)

    def builtin(
        self, kind: BuiltinKind, instance: int, t: CoreFuncType, name: str, resource: int | None = None, slot: int = 0
    ) -> BuiltinRef:
        self.builtins.append(Builtin(len(self.builtins), kind, instance, t, name, resource, slot))
        return BuiltinRef(len(self.builtins) - 1)

    # -- resources

    def resource(self, instance: int, name: str, dtor: CoreItem | None) -> ResourceItem:
        index = len(self.resources)
        self.resources.append(Resource(index, self.unique(name), instance, dtor))
        if dtor is not None:
            self.steps.append(DefineResource(index))
        return ResourceItem(index)

    def host_resource(self, path: Path) -> ResourceItem:
        """The host's resource type at *path*, the same however often it is asked for."""
        item = self._host_resources.get(path)
        if item is None:
            item = self._host_resources[path] = ResourceItem(len(self.resources))
            self.resources.append(Resource(item.index, self.unique("#".join(path)), None, None, path))
        return item
