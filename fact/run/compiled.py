"""Linkage by generated adapter modules: flags, storage of threads and handle tables in core wasm, so that adapters,
built-ins and the host's boundary see one truth."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from wasmtime import Module, WasmtimeError

from fact.abi import OVER_HANDLES, BorrowScope, ComponentInstance, CoreFunc, CoreValue, ResourceType, tables
from fact.errors import LinkError
from fact.model.plan import (
    BUILTINS,
    HANDLES,
    AdapterImport,
    CompiledAdapterModule,
    ContextImport,
    FlagImport,
    HostDropImport,
    InstanceExport,
    ScratchMemory,
    SupportImport,
    SupportModule,
    TrapImport,
)
from fact.model.settings import Reentrance
from fact.model.traps import Trap, TrapReason
from fact.model.types import CoreFuncType, CoreValType
from fact.run.branches import BranchCounts
from fact.run.derive import DESTRUCTOR, Derivation
from fact.run.engine import Profile, compile_module, compile_support_module
from fact.run.handles import HandleTables, SharedHandles, SharedScope
from fact.run.host import Host
from fact.run.linkage import Linkage
from fact.run.raw import CoreFlag, CoreGlobal, CoreInstance, Extern, set_element, signature

TRAP = CoreFuncType(("i32", "i32"), ())


@dataclass(frozen=True, slots=True)
class ReadySupportModule:
    """A support module, compiled, and the memories that it is to work on."""

    module: Module
    memories: tuple[InstanceExport, ...]
    name: str


@dataclass(frozen=True, slots=True)
class ReadyAdapterModule:
    """An adapter module, compiled. Its functions are exported as `adapter:N`, those of the module of the built-ins as
    `builtin:N`."""

    index: int
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

    name = "the module of the built-ins" if compiled.index == BUILTINS else f"adapter module {compiled.index}"
    with not_compiling(name):
        module = compile_module(compiled.wat, metered, profile)
    support = tuple(map(ready, compiled.support))
    return ReadyAdapterModule(compiled.index, module, compiled.imports, compiled.sites, support, name)


@contextmanager
def not_compiling(name: str) -> Iterator[None]:
    try:
        yield
    except WasmtimeError as error:
        raise LinkError(f"{name} does not compile: {error}") from error


@dataclass(frozen=True, slots=True)
class Shared:
    """The state that generated code and the host's boundary share: *flags* are the component instances whose flags some
    module imports, *storage* has the types of the slots of storage by component instance and slot, *handles* is the
    module of the handle tables."""

    flags: frozenset[int]
    storage: dict[int, dict[int, CoreValType]]
    handles: ReadySupportModule | None


def shared_state(ready: Sequence[ReadyAdapterModule]) -> Shared:
    flags: set[int] = set()
    storage: dict[int, dict[int, CoreValType]] = {}
    for module in ready:
        for item in module.imports:
            if isinstance(item, FlagImport):
                flags.add(item.instance)
            elif isinstance(item, ContextImport):
                storage.setdefault(item.instance, {})[item.slot] = item.type
    handles = (support for module in ready for support in module.support if support.name == HANDLES)
    return Shared(frozenset(flags), storage, next(handles, None))


class LocalFlag:
    """A flag that no generated code looks at."""

    __slots__ = ("_value",)

    def get(self) -> bool:
        return self._value

    def set(self, value: bool) -> None:
        self._value = value


class SharedComponentInstance(ComponentInstance):
    """A component instance whose flags, handles and storage are in core wasm as far as generated code works on them."""

    __slots__ = ("kept", "may_enter_flag", "may_leave_flag", "shared_storage", "tables")

    def __init__(
        self, parent: ComponentInstance | None, resources: Sequence[ResourceType], reentrance: Reentrance,
        flags: tuple[CoreFlag | LocalFlag, CoreFlag | LocalFlag], handles: SharedHandles | None,
        storage: dict[int, CoreGlobal], name: str,
    ) -> None:
        """*flags* are may-enter and may-leave; *storage* has the global of each slot that is looked at."""
        self.may_enter_flag, self.may_leave_flag = flags
        self.shared_storage = storage
        self.kept: list[list[int]] = []
        """The storage of the threads that wait for the one that runs."""
        self.tables = None if handles is None else handles.tables
        super().__init__(parent, resources, reentrance, handles, name)

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

    def open_task(self) -> BorrowScope:
        if self.shared_storage:
            self.kept.append([slot.get() for slot in self.shared_storage.values()])
            for slot in self.shared_storage.values():
                slot.set(0)
        return super().open_task() if self.tables is None else SharedScope(self.tables)

    def close_task(self, task: BorrowScope) -> None:
        if isinstance(task, SharedScope):
            task.close()
        else:
            super().close_task(task)
        if self.shared_storage:
            for slot, value in zip(self.shared_storage.values(), self.kept.pop(), strict=True):
                slot.set(value)


class CompiledLinkage(Linkage):
    """Adapters are exports of adapter modules, instantiated where the plan's steps say."""

    def __init__(
        self, derivation: Derivation, host: Host, ready: tuple[ReadyAdapterModule, ...], shared: Shared,
        branches: BranchCounts | None = None,
    ) -> None:
        self._branches = branches
        self._ready = {module.index: module for module in ready}
        self._shared = shared
        self._tables: HandleTables | None = None
        self._builtins: CoreInstance | None = None
        self._adapter_instances: dict[int, CoreInstance] = {}
        self._support_instances: dict[ReadySupportModule, CoreInstance] = {}
        self._scratch: dict[str, CoreInstance] = {}
        super().__init__(derivation, host)

    def make_component_instances(self) -> list[ComponentInstance]:
        if self._shared.handles is not None:
            self._tables = HandleTables(self.store, self.support(self._shared.handles))
        return super().make_component_instances()

    def component_instance(self, index: int, parent: ComponentInstance | None) -> ComponentInstance:
        storage = {slot: CoreGlobal(self.store, t) for slot, t in self._shared.storage.get(index, {}).items()}
        with_flags = index in self._shared.flags
        if not (storage or self._tables or with_flags):
            return super().component_instance(index, parent)
        flags = (CoreFlag(self.store), CoreFlag(self.store)) if with_flags else (LocalFlag(), LocalFlag())
        handles = None if self._tables is None else SharedHandles(self._tables, index)
        return SharedComponentInstance(
            parent, self.resource_types, self.derivation.reentrance, flags, handles, storage,
            self.plan.component_instances[index].name,
        )

    def carry_out(self) -> None:
        if BUILTINS in self._ready:
            self._builtins = self.instantiate_ready(BUILTINS)
        super().carry_out()

    def define_resource(self, index: int) -> None:
        super().define_resource(index)
        dtor = self.plan.resources[index].dtor
        if self._builtins is not None and dtor is not None:
            set_element(self.store.state, self._builtins.export("destructors"), index, self.extern(dtor))

    def instantiate_ready(self, index: int) -> CoreInstance:
        ready = self._ready[index]
        support = [self.support(module) for module in ready.support]
        imports = [self.adapter_import(item, ready, support) for item in ready.imports]
        instance = self.instantiate(ready.module, imports, ready.name)
        if self._branches is not None:
            self._branches.watch(self.store, index, instance)
        return instance

    def ended(self) -> None:
        if self._branches is not None:
            self._branches.ended(self.store)

    def instantiate_adapters(self, adapter_module: int) -> None:
        instance = self.instantiate_ready(adapter_module)
        for adapter in self.plan.adapter_modules[adapter_module].adapters:
            self._adapter_instances[adapter] = instance

    def adapter_import(
        self, item: AdapterImport, ready: ReadyAdapterModule, support: Sequence[CoreInstance]
    ) -> Extern:
        match item:
            case FlagImport(flag, instance):
                return self.flag(flag, instance)
            case TrapImport():
                return self.store.host_function(trap_function(ready.sites, self.component_instances), signature(TRAP))
            case SupportImport(index, name):
                return support[index].export(name)
            case ScratchMemory():
                return self.memory_extern(item)
            case ContextImport(slot, instance):
                return self.shared_instance(instance).shared_storage[slot].extern
            case HostDropImport(resource):
                dtor = self.resource_types[resource].dtor
                assert dtor is not None, "of a host's type"
                return self.store.host_function(dtor, signature(DESTRUCTOR))
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
            if self._branches is not None:
                self._branches.watch(self.store, ready.name, instance)
        return instance

    def memory_extern(self, item: InstanceExport) -> Extern:
        """A memory of a guest, or the scratch memory of a support module that is there already."""
        return self._scratch[item.name].export("memory") if isinstance(item, ScratchMemory) else self.extern(item)

    def flag(self, flag: str, instance: int) -> Extern:
        shared = self.shared_instance(instance)
        found = shared.may_enter_flag if flag == "may_enter" else shared.may_leave_flag
        assert isinstance(found, CoreFlag), "every instance with an imported flag has flags in core wasm"
        return found.extern

    def shared_instance(self, instance: int) -> SharedComponentInstance:
        shared = self.component_instances[instance]
        assert isinstance(shared, SharedComponentInstance), "every instance with something imported is shared"
        return shared

    def adapter(self, index: int) -> Extern:
        try:
            return self._adapter_instances[index].export(f"adapter:{index}")
        except KeyError:
            raise LinkError(f"adapter {index} is not there at this step") from None

    def builtin(self, index: int) -> Extern:
        if self._builtins is None:
            raise LinkError(f"built-in {index} is not among the compiled modules")
        return self._builtins.export(f"builtin:{index}")


def trap_function(sites: tuple[str, ...], instances: Sequence[ComponentInstance]) -> CoreFunc:
    """`trap(reason, site)` of one adapter module; a *site* that is not in *sites*, or empty there, is none.

    A trap over a handle tells what all handle tables hold: generated code does not say which handle it was.
    """

    def trap(args: Sequence[CoreValue]) -> Sequence[CoreValue]:
        code, site = map(int, args)
        reason = TrapReason.from_code(code)
        place = sites[site] if site < len(sites) else ""
        state = tables(instances) if reason in OVER_HANDLES else ()
        if reason is TrapReason.HANDLE_NOT_OWNED:
            state = (*state, "the borrow that was passed on as owned is out of its table already")
        raise Trap(reason, place or None, state=state)

    return trap
