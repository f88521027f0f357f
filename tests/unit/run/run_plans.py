"""Plans made by hand from core modules in text, for the tests of this room."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import pytest
import wasmtime
from run_components import nobody as no_host

from fact.model.plan import (
    Adapter,
    AdapterModule,
    AdapterRef,
    ComponentInstance,
    CoreItem,
    Exported,
    ExportedFunc,
    HostImport,
    HostLower,
    HostLowerRef,
    InstanceExport,
    InstantiateAdapters,
    InstantiateModule,
    Lift,
    Options,
    Plan,
    Step,
)
from fact.model.syntax import CoreExport, CoreImport, CoreModule, Sort
from fact.model.traps import Trap
from fact.model.types import CoreFuncType, FuncType, Prim, PtrType
from fact.model.values import Value
from fact.run import Instance, prepare_reference

_CONFIG = wasmtime.Config()
_CONFIG.wasm_exceptions = True
_CONFIG.wasm_function_references = True
_CONFIG.wasm_gc = True
_ENGINE = wasmtime.Engine(_CONFIG)
_SORTS = {
    wasmtime.FuncType: Sort.CORE_FUNC,
    wasmtime.MemoryType: Sort.CORE_MEMORY,
    wasmtime.TableType: Sort.CORE_TABLE,
    wasmtime.GlobalType: Sort.CORE_GLOBAL,
}


def func(*params: Prim, result: Prim | None = None) -> FuncType:
    """Parameters are labelled a, b, c..."""
    return FuncType(tuple((chr(ord("a") + i), t) for i, t in enumerate(params)), result)


def core_type(type: object) -> CoreFuncType | None:
    if not isinstance(type, wasmtime.FuncType):
        return None
    return CoreFuncType(tuple(map(str, type.params)), tuple(map(str, type.results)))  # type: ignore[arg-type]


def pointer(type: object) -> PtrType | None:
    if not isinstance(type, wasmtime.MemoryType):
        return None
    return "i64" if type.is_64 else "i32"


def core_module(wat: str) -> CoreModule:
    binary = bytes(wasmtime.wat2wasm(wat))
    module = wasmtime.Module(_ENGINE, binary)
    return CoreModule(
        0,
        binary,
        tuple(
            CoreImport(i.module, i.name or "", _SORTS[type(i.type)], core_type(i.type), pointer(i.type))
            for i in module.imports
        ),
        tuple(CoreExport(e.name, _SORTS[type(e.type)], core_type(e.type), pointer(e.type)) for e in module.exports),
        has_start="(start" in wat,
        has_active_segments="(data (" in wat or "(elem (" in wat,
    )


def item(instance: int, name: str, sort: Sort = Sort.CORE_FUNC) -> InstanceExport:
    return InstanceExport(instance, name, sort)


def memory(instance: int, name: str = "memory") -> InstanceExport:
    return InstanceExport(instance, name, Sort.CORE_MEMORY)


@dataclass
class PlanBuilder:
    """Grows a plan definition by definition; component instance 0, the root, is there from the start."""

    component_instances: list[ComponentInstance] = field(default_factory=lambda: [ComponentInstance(0, None, "root")])
    modules: list[CoreModule] = field(default_factory=list)
    steps: list[Step] = field(default_factory=list)
    lifts: list[Lift] = field(default_factory=list)
    adapters: list[Adapter] = field(default_factory=list)
    host_imports: list[HostImport] = field(default_factory=list)
    host_lowers: list[HostLower] = field(default_factory=list)
    adapter_modules: list[AdapterModule] = field(default_factory=list)
    exports: list[tuple[str, Exported]] = field(default_factory=list)

    def component(self, parent: int = 0) -> int:
        index = len(self.component_instances)
        self.component_instances.append(ComponentInstance(index, parent, f"root.c{index}"))
        return index

    def core(self, wat: str, *args: CoreItem, owner: int = 0) -> int:
        """Instantiates a core module of its own."""
        instance = sum(isinstance(step, InstantiateModule) for step in self.steps)
        self.modules.append(core_module(wat))
        self.steps.append(InstantiateModule(instance, len(self.modules) - 1, args, owner, f"m{instance}"))
        return instance

    def lift(self, callee: CoreItem, type: FuncType, owner: int = 0, **options: object) -> int:
        index = len(self.lifts)
        self.lifts.append(Lift(index, callee, type, Options(**options), owner, f"lift{index}"))  # type: ignore[arg-type]
        return index

    def lower(self, lift: int, caller: int = 0, type: FuncType | None = None, **options: object) -> AdapterRef:
        index = len(self.adapters)
        seen = type or self.lifts[lift].type
        self.adapters.append(Adapter(index, lift, seen, Options(**options), caller, f"lower{index}"))  # type: ignore[arg-type]
        return AdapterRef(index)

    def host(self, name: str, type: FuncType) -> int:
        index = len(self.host_imports)
        self.host_imports.append(HostImport(index, (name,), type))
        return index

    def lower_host(self, host_import: int, caller: int = 0, **options: object) -> HostLowerRef:
        index = len(self.host_lowers)
        imported = self.host_imports[host_import]
        self.host_lowers.append(
            HostLower(index, host_import, imported.type, Options(**options), caller, imported.name)  # type: ignore[arg-type]
        )
        return HostLowerRef(index)

    def adapter_module(self, *adapters: AdapterRef) -> None:
        """Instantiates the next adapter module at this step."""
        index = len(self.adapter_modules)
        self.adapter_modules.append(AdapterModule(index, tuple(a.index for a in adapters), -1, None))
        self.steps.append(InstantiateAdapters(index))

    def export(self, name: str, lift: int) -> None:
        self.exports.append((name, ExportedFunc(lift)))

    def plan(self) -> Plan:
        return Plan(
            tuple(self.component_instances), tuple(self.modules), tuple(self.steps), tuple(self.lifts),
            tuple(self.adapters), tuple(self.host_imports), tuple(self.host_lowers), tuple(self.exports),
            tuple(self.adapter_modules),
        )


def chain(length: int) -> Plan:
    """`f: func(u32) -> u32` through *length* components: the first returns its argument, each other adds 1."""
    builder = PlanBuilder()
    u32 = func(Prim.U32, result=Prim.U32)
    lift = None
    for _ in range(length):
        owner = builder.component()
        if lift is None:
            core = builder.core('(module (func (export "f") (param i32) (result i32) local.get 0))', owner=owner)
        else:
            core = builder.core(
                """(module (import "" "f" (func $f (param i32) (result i32)))
                (func (export "f") (param i32) (result i32) (i32.add (call $f (local.get 0)) (i32.const 1))))""",
                builder.lower(lift, owner),
                owner=owner,
            )
        lift = builder.lift(item(core, "f"), u32, owner)
    assert lift is not None
    builder.export("f", lift)
    return builder.plan()


U32 = func(Prim.U32, result=Prim.U32)
NOTHING = func()


def start(plan: Plan) -> Instance:
    return prepare_reference(plan).instantiate(no_host)


def trap_of(instance: Instance, function: str = "f", *args: Value) -> Trap:
    with pytest.raises(Trap) as trap:
        instance.invoke(function, args)
    return trap.value


def one(wat: str, type: FuncType = NOTHING, **options: Any) -> Plan:
    """A component that exports core function `f` of one module."""
    builder = PlanBuilder()
    core = builder.core(wat)
    builder.export("f", builder.lift(item(core, "f"), type, **options))
    return builder.plan()
