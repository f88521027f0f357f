"""Plans made by hand, and a small executor for them: no decoder, no linker, and nobody's opinion but the guests'."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any, cast

import wasmtime

from fact.adapters import compile_adapters, confinable, reenterable
from fact.model.plan import (
    Adapter,
    AdapterImport,
    AdapterModule,
    AdapterRef,
    CompiledAdapterModule,
    ComponentInstance,
    CoreItem,
    FlagImport,
    HostImport,
    HostLower,
    HostLowerRef,
    InstanceExport,
    InstantiateAdapters,
    InstantiateModule,
    Lift,
    Options,
    Plan,
    ScratchMemory,
    Step,
    SupportImport,
    TrapImport,
)
from fact.model.syntax import CoreModule, Sort
from fact.model.traps import Trap, TrapReason
from fact.model.types import FuncType, Prim

ENGINE = wasmtime.Engine()


def func(text: str) -> FuncType:
    """`a: u8, b: char -> s16` as a function type of scalars."""
    params, _, result = text.partition("->")
    labelled = [p.split(":") for p in params.split(",") if p.strip()]
    return FuncType(
        tuple((label.strip(), Prim(t.strip())) for label, t in labelled),
        Prim(result.strip()) if result.strip() else None,
    )


def function(instance: int, name: str) -> InstanceExport:
    return InstanceExport(instance, name, Sort.CORE_FUNC)


def memory(instance: int, name: str = "memory") -> InstanceExport:
    return InstanceExport(instance, name, Sort.CORE_MEMORY)


@dataclass
class World:
    """A plan that grows by one thing a call; every method that makes something returns what refers to it."""

    component_instances: list[ComponentInstance] = field(
        default_factory=lambda: [ComponentInstance(0, None, "root")]
    )
    modules: list[CoreModule] = field(default_factory=list)
    steps: list[Step] = field(default_factory=list)
    lifts: list[Lift] = field(default_factory=list)
    lowers: list[Adapter] = field(default_factory=list)
    host_imports: list[HostImport] = field(default_factory=list)
    host_lowers: list[HostLower] = field(default_factory=list)
    adapter_modules: list[AdapterModule] = field(default_factory=list)

    def component(self, name: str, parent: int = 0) -> int:
        index = len(self.component_instances)
        full = f"{self.component_instances[parent].name}.{name}"
        self.component_instances.append(ComponentInstance(index, parent, full))
        return index

    def core(self, owner: int, wat: str, *args: AdapterImport, name: str = "main") -> int:
        """Unlike a real core module, one here may be given flags as well."""
        instance = len(self._module_steps())
        self.modules.append(CoreModule(0, bytes(wasmtime.wat2wasm(wat)), (), (), False, False))
        full = f"{self.component_instances[owner].name}.{name}"
        items = cast(tuple[CoreItem, ...], args)
        self.steps.append(InstantiateModule(instance, len(self.modules) - 1, items, owner, full))
        return instance

    def lift(self, instance: int, callee: CoreItem, t: FuncType, options: Options | None = None,
             name: str = "f") -> int:
        self.lifts.append(Lift(len(self.lifts), callee, t, options or Options(), instance, name))
        return len(self.lifts) - 1

    def lower(self, caller: int, lift: int, options: Options | None = None, t: FuncType | None = None,
              name: str | None = None) -> AdapterRef:
        lifted = self.lifts[lift]
        self.lowers.append(
            Adapter(len(self.lowers), lift, t or lifted.type, options or Options(), caller, name or lifted.name)
        )
        return AdapterRef(len(self.lowers) - 1)

    def host_lower(self, caller: int, t: FuncType, name: str = "host") -> HostLowerRef:
        self.host_imports.append(HostImport(len(self.host_imports), (name,), t))
        self.host_lowers.append(
            HostLower(len(self.host_lowers), len(self.host_imports) - 1, t, Options(), caller, name)
        )
        return HostLowerRef(len(self.host_lowers) - 1)

    def adapters(self, *refs: AdapterRef) -> None:
        """The adapter module of *refs* is instantiated here: due before the next core instance, if one follows."""
        index, step = len(self.adapter_modules), len(self._module_steps())
        self.adapter_modules.append(AdapterModule(index, tuple(r.index for r in refs), step - 1, step))
        self.steps.append(InstantiateAdapters(index))

    def plan(self) -> Plan:
        end = len(self._module_steps())
        modules = tuple(m if m.due != end else replace(m, due=None) for m in self.adapter_modules)
        return Plan(
            tuple(self.component_instances), tuple(self.modules), tuple(self.steps), tuple(self.lifts),
            tuple(self.lowers), tuple(self.host_imports), tuple(self.host_lowers), (), modules,
        )

    def run(
        self,
        guarded: Callable[[Plan], frozenset[int]] = reenterable,
        confined: Callable[[Plan], frozenset[int]] = confinable,
        **host: Callable[..., Any],
    ) -> Running:
        plan = self.plan()
        return Running(plan, compile_adapters(plan, guarded=guarded, confined=confined), host)

    def _module_steps(self) -> list[InstantiateModule]:
        return [step for step in self.steps if isinstance(step, InstantiateModule)]


class Running:
    """A plan, instantiated step by step on wasmtime's core API. *host* serves host lowers by name."""

    def __init__(
        self, plan: Plan, compiled: tuple[CompiledAdapterModule, ...], host: dict[str, Callable[..., Any]]
    ) -> None:
        self.plan, self.compiled, self.host = plan, compiled, host
        self.store = wasmtime.Store(ENGINE)
        self.support: tuple[list[Any], dict[str, Any]] = [], {}
        self.globals: dict[FlagImport, wasmtime.Global] = {}
        self.core: dict[int, Any] = {}
        self.adapter: dict[int, Any] = {}
        for step in plan.steps:
            match step:
                case InstantiateModule(instance, module, args):
                    self.core[instance] = self._instance(plan.modules[module].binary, args)
                case InstantiateAdapters(index):
                    self._instantiate_adapters(compiled[index])

    def _instantiate_adapters(self, compiled: CompiledAdapterModule) -> None:
        support: list[Any] = []
        self.support = support, {}
        for module in compiled.support:
            support.append(self._instance(bytes(wasmtime.wat2wasm(module.wat)), module.memories))
            self.support[1][module.name] = support[-1]
        exports = self._instance(bytes(wasmtime.wat2wasm(compiled.wat)), compiled.imports, compiled.sites)
        for number in self.plan.adapter_modules[compiled.index].adapters:
            self.adapter[number] = exports[f"adapter:{number}"]

    def _instance(self, binary: bytes, args: tuple[AdapterImport, ...], sites: tuple[str, ...] = ()) -> Any:
        items = [self._item(arg, sites) for arg in args]
        return wasmtime.Instance(self.store, wasmtime.Module(ENGINE, binary), items).exports(self.store)

    def _item(self, item: AdapterImport, sites: tuple[str, ...]) -> Any:
        match item:
            case ScratchMemory(name=name):
                return self.support[1][name]["memory"]
            case SupportImport(number, name):
                return self.support[0][number][name]
            case InstanceExport(instance, name):
                return self.core[instance][name]
            case AdapterRef(index):
                return self.adapter[index]
            case HostLowerRef(index):
                return self._host_func(self.plan.host_lowers[index])
            case FlagImport():
                return self._flag(item)
            case TrapImport():
                return wasmtime.Func(self.store, _type("ii", ""), lambda reason, site: _trap(reason, sites[site]))

    def _host_func(self, lower: HostLower) -> Any:
        """Of types that flatten to i32."""
        t = _type("i" * len(lower.type.params), "" if lower.type.result is None else "i")
        return wasmtime.Func(self.store, t, self.host[lower.name])

    def _flag(self, item: FlagImport) -> wasmtime.Global:
        if item not in self.globals:
            t = wasmtime.GlobalType(wasmtime.ValType.i32(), True)
            self.globals[item] = wasmtime.Global(self.store, t, wasmtime.Val.i32(1))
        return self.globals[item]

    # -- what tests do with it

    def call(self, instance: int, name: str, *args: int) -> Any:
        return self.core[instance][name](self.store, *args)

    def call_adapter(self, number: int, *args: int) -> Any:
        return self.adapter[number](self.store, *args)

    def trap(self, call: Callable[[], Any]) -> tuple[TrapReason, str | None]:
        """The reason and site of the trap that *call* ends with."""
        try:
            value = call()
        except Trap as trap:
            return trap.reason, trap.site
        raise AssertionError(f"returned {value!r} instead of trapping")

    def flag(self, flag: str, instance: int) -> int:
        return int(self._flag(FlagImport(flag, instance)).value(self.store))

    def set_flag(self, flag: str, instance: int, value: int) -> None:
        self._flag(FlagImport(flag, instance)).set_value(self.store, wasmtime.Val.i32(value))

    def flags(self) -> dict[tuple[str, str], int]:
        """Every flag that an adapter imports, by its name and its component instance's."""
        names = {c.index: c.name for c in self.plan.component_instances}
        return {(f.flag, names[f.instance]): int(g.value(self.store)) for f, g in self.globals.items()}

    def read(self, instance: int, address: int, length: int, name: str = "memory") -> bytes:
        return bytes(self.core[instance][name].read(self.store, address, address + length))

    def write(self, instance: int, address: int, data: bytes, name: str = "memory") -> None:
        self.core[instance][name].write(self.store, data, address)

    def pages(self, instance: int) -> int:
        return int(self.core[instance]["memory"].size(self.store))


def _trap(reason: int, site: str) -> None:
    raise Trap(TrapReason.from_code(reason), site or None)


def _type(params: str, results: str) -> wasmtime.FuncType:
    kinds = {"i": wasmtime.ValType.i32(), "I": wasmtime.ValType.i64()}
    return wasmtime.FuncType([kinds[c] for c in params], [kinds[c] for c in results])


def core_type_of(t: str) -> str:
    """Which of the four core types carries a scalar: CanonicalABI.md, "Flattening"."""
    return {"s64": "i64", "u64": "i64", "f32": "f32", "f64": "f64"}.get(t, "i32")


def as_flat(core: str, bits: str) -> str:
    """WAT: the i64 expression *bits* as a core value of type *core*."""
    return {
        "i32": f"(i32.wrap_i64 {bits})",
        "i64": bits,
        "f32": f"(f32.reinterpret_i32 (i32.wrap_i64 {bits}))",
        "f64": f"(f64.reinterpret_i64 {bits})",
    }[core]


def as_bits(core: str, value: str) -> str:
    """WAT: the core value *value* of type *core* as an i64."""
    return {
        "i32": f"(i64.extend_i32_u {value})",
        "i64": value,
        "f32": f"(i64.extend_i32_u (i32.reinterpret_f32 {value}))",
        "f64": f"(i64.reinterpret_f64 {value})",
    }[core]
