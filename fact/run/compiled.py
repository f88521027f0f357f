"""Linkage by generated adapter modules: flags in globals, so that adapters and the host's boundary see one truth."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from wasmtime import Module, WasmtimeError

from fact.abi import ComponentInstance, CoreFunc, CoreValue
from fact.errors import LinkError
from fact.model.plan import (
    AdapterImport,
    CompiledAdapterModule,
    FlagImport,
    InstanceExport,
    ScratchMemory,
    SupportImport,
    SupportModule,
    TrapImport,
)
from fact.model.traps import Trap, TrapReason
from fact.model.types import CoreFuncType
from fact.run.derive import Derivation
from fact.run.engine import Profile, compile_module, compile_support_module
from fact.run.host import Host
from fact.run.linkage import Linkage
from fact.run.raw import CoreFlag, CoreInstance, CoreStore, Extern, signature

TRAP = CoreFuncType(("i32", "i32"), ())


@dataclass(frozen=True, slots=True)
class ReadySupportModule:
    """A support module, compiled, and the memories that it is to work on."""

    module: Module
    memories: tuple[InstanceExport, ...]
    name: str


@dataclass(frozen=True, slots=True)
class ReadyAdapterModule:
    """An adapter module, compiled. Its functions are exported as `adapter:N`."""

    module: Module
    imports: tuple[AdapterImport, ...]
    sites: tuple[str, ...]
    support: tuple[ReadySupportModule, ...]
    name: str


def ready_adapter_module(compiled: CompiledAdapterModule, metered: bool, profile: Profile) -> ReadyAdapterModule:
    """Raises `LinkError` when a text is not a module."""

    def ready(support: SupportModule) -> ReadySupportModule:
        with not_compiling(f"support module {support.name}"):
            module = compile_support_module(support.wat, metered, profile)
        return ReadySupportModule(module, support.memories, support.name)

    name = f"adapter module {compiled.index}"
    with not_compiling(name):
        module = compile_module(compiled.wat, metered, profile)
    return ReadyAdapterModule(module, compiled.imports, compiled.sites, tuple(map(ready, compiled.support)), name)


@contextmanager
def not_compiling(name: str) -> Iterator[None]:
    try:
        yield
    except WasmtimeError as error:
        raise LinkError(f"{name} does not compile: {error}") from error


class SharedComponentInstance(ComponentInstance):
    """A component instance whose flags are core globals."""

    __slots__ = ("may_enter_flag", "may_leave_flag")

    def __init__(self, parent: ComponentInstance | None, store: CoreStore) -> None:
        self.may_enter_flag = CoreFlag(store)
        self.may_leave_flag = CoreFlag(store)
        super().__init__(parent)

    @property
    def may_enter(self) -> bool:
        return self.may_enter_flag.get()

    @may_enter.setter
    def may_enter(self, value: bool) -> None:
        self.may_enter_flag.set(value)

    @property
    def may_leave(self) -> bool:
        return self.may_leave_flag.get()

    @may_leave.setter
    def may_leave(self, value: bool) -> None:
        self.may_leave_flag.set(value)


class CompiledLinkage(Linkage):
    """Adapters are exports of adapter modules, instantiated where the plan's steps say."""

    def __init__(
        self, derivation: Derivation, host: Host, ready: tuple[ReadyAdapterModule, ...], shared: frozenset[int]
    ) -> None:
        """*shared* are the component instances whose flags some adapter module imports."""
        self._ready = ready
        self._shared = shared
        self._adapter_instances: dict[int, CoreInstance] = {}
        self._support_instances: dict[ReadySupportModule, CoreInstance] = {}
        self._scratch: dict[str, CoreInstance] = {}
        super().__init__(derivation, host)

    def component_instance(self, index: int, parent: ComponentInstance | None) -> ComponentInstance:
        if index in self._shared:
            return SharedComponentInstance(parent, self.store)
        return super().component_instance(index, parent)

    def instantiate_adapters(self, adapter_module: int) -> None:
        ready = self._ready[adapter_module]
        support = [self.support(module) for module in ready.support]
        imports = [self.adapter_import(item, ready, support) for item in ready.imports]
        instance = self.instantiate(ready.module, imports, ready.name)
        for adapter in self.plan.adapter_modules[adapter_module].adapters:
            self._adapter_instances[adapter] = instance

    def adapter_import(
        self, item: AdapterImport, ready: ReadyAdapterModule, support: Sequence[CoreInstance]
    ) -> Extern:
        match item:
            case FlagImport(flag, instance):
                return self.flag(flag, instance)
            case TrapImport():
                return self.store.host_function(trap_function(ready.sites), signature(TRAP))
            case SupportImport(index, name):
                return support[index].export(name)
            case ScratchMemory():
                return self.memory_extern(item)
            case _:
                return self.extern(item)

    def support(self, ready: ReadySupportModule) -> CoreInstance:
        """One instance for the adapter modules that lean on the same module over the same memories."""
        if (instance := self._support_instances.get(ready)) is None:
            memories = [self.memory_extern(memory) for memory in ready.memories]
            instance = self._support_instances[ready] = self.instantiate(
                ready.module, memories, f"support module {ready.name}"
            )
            self._scratch[ready.name] = instance
        return instance

    def memory_extern(self, item: InstanceExport) -> Extern:
        """A memory of a guest, or the scratch memory of a support module that is there already."""
        return self._scratch[item.name].export("memory") if isinstance(item, ScratchMemory) else self.extern(item)

    def flag(self, flag: str, instance: int) -> Extern:
        shared = self.component_instances[instance]
        assert isinstance(shared, SharedComponentInstance), "every instance with an imported flag is shared"
        return (shared.may_enter_flag if flag == "may_enter" else shared.may_leave_flag).extern

    def adapter(self, index: int) -> Extern:
        try:
            return self._adapter_instances[index].export(f"adapter:{index}")
        except KeyError:
            raise LinkError(f"adapter {index} is not there at this step") from None


def shared_instances(ready: Sequence[ReadyAdapterModule]) -> frozenset[int]:
    return frozenset(item.instance for module in ready for item in module.imports if isinstance(item, FlagImport))


def trap_function(sites: tuple[str, ...]) -> CoreFunc:
    """`trap(reason, site)` of one adapter module; a *site* that is not in *sites*, or empty there, is none."""

    def trap(args: Sequence[CoreValue]) -> Sequence[CoreValue]:
        reason, site = map(int, args)
        place = sites[site] if site < len(sites) else ""
        raise Trap(TrapReason.from_code(reason), place or None)

    return trap
