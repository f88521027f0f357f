"""One instantiation of a plan: core instances, and the functions between them and the host."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence

from wasmtime import Module, WasmtimeError

from fact.abi import CanonicalOptions, ComponentInstance, CoreFunc, FuncInst, OnResolve, OnStart, lift, lower, to_host
from fact.errors import LinkError
from fact.model.plan import (
    AdapterRef,
    CoreItem,
    HostImport,
    HostLowerRef,
    InstanceExport,
    InstantiateAdapters,
    InstantiateModule,
    Options,
)
from fact.model.traps import Trap, TrapReason
from fact.model.types import PtrType
from fact.model.values import Value, check_value
from fact.run.derive import REALLOC, Derivation
from fact.run.engine import engine
from fact.run.host import Host
from fact.run.raw import CoreInstance, CoreMemory, CoreStore, Extern, Signature, core_function, signature


class Linkage(ABC):
    """The runtime side of a plan's tables. What the plan names is made when it is first asked for.

    Nothing made here refers back to the linkage, so that the store goes as soon as the linkage does.
    """

    def __init__(self, derivation: Derivation, host: Host) -> None:
        self.derivation = derivation
        self.plan = derivation.plan
        self.host = host
        self.store = CoreStore(engine(derivation.metered, derivation.profile))
        self.component_instances = self.make_component_instances()
        self._core_instances: dict[int, CoreInstance] = {}
        self._memories: dict[InstanceExport, CoreMemory] = {}
        self._lifts: dict[int, FuncInst] = {}
        self._host_lowers: dict[int, Extern] = {}

    def make_component_instances(self) -> list[ComponentInstance]:
        made: list[ComponentInstance] = []
        for instance in self.plan.component_instances:
            parent = None if instance.parent is None else made[instance.parent]
            made.append(self.component_instance(instance.index, parent))
        return made

    def component_instance(self, index: int, parent: ComponentInstance | None) -> ComponentInstance:
        return ComponentInstance(parent)

    # -- steps

    def carry_out(self) -> None:
        """All steps of the plan. Raises `Trap`, and `LinkError` for what a valid component cannot do."""
        for step in self.plan.steps:
            match step:
                case InstantiateModule():
                    self.instantiate_module(step)
                case InstantiateAdapters(adapter_module):
                    self.instantiate_adapters(adapter_module)

    def instantiate_module(self, step: InstantiateModule) -> None:
        """Instantiates a core module; while its start function runs, its component instance counts as entered.

        The specification leaves open which instances are entered during instantiation, but `Store.lower` presupposes
        the current one and its ancestors. So start functions can call adapters of siblings, children and parents.
        """
        module = self.derivation.modules[step.module]
        assert module is not None, "derive compiles every module that a step instantiates"
        imports = [self.extern(item) for item in step.args]
        owner = self.component_instances[step.owner]
        if step.module in self.derivation.starting:
            owner.enter_from(None)
        self._core_instances[step.instance] = self.instantiate(module, imports, step.name)
        if step.module in self.derivation.starting:
            owner.leave_to(None)

    def instantiate(self, module: Module, imports: Sequence[Extern], name: str) -> CoreInstance:
        try:
            return self.store.instantiate(module, imports)
        except WasmtimeError as error:
            raise LinkError(f"core instance {name} cannot be made: {error}") from error

    @abstractmethod
    def instantiate_adapters(self, adapter_module: int) -> None: ...

    # -- items

    def extern(self, item: CoreItem) -> Extern:
        match item:
            case InstanceExport(instance, name, _):
                return self.export(instance, name)
            case AdapterRef(index):
                return self.adapter(index)
            case HostLowerRef(index):
                return self.host_lower(index)

    def export(self, instance: int, name: str) -> Extern:
        try:
            return self._core_instances[instance].export(name)
        except KeyError:
            raise LinkError(f"core instance {instance} has no export `{name}` at this step") from None

    def function(self, item: CoreItem, type: Signature) -> CoreFunc:
        return core_function(self.store.state, self.extern(item), type)

    def memory(self, item: InstanceExport, pointer: PtrType) -> CoreMemory:
        if (memory := self._memories.get(item)) is None:
            memory = self._memories[item] = CoreMemory(self.store.state, self.extern(item), pointer)
        return memory

    def options(self, options: Options, post_return: Signature) -> CanonicalOptions:
        return CanonicalOptions(
            options.string_encoding,
            None if options.memory is None else self.memory(options.memory, options.pointer),
            None if options.realloc is None else self.function(options.realloc, signature(REALLOC[options.pointer])),
            None if options.post_return is None else self.function(options.post_return, post_return),
        )

    # -- canonical definitions

    @abstractmethod
    def adapter(self, index: int) -> Extern: ...

    def lift(self, index: int) -> FuncInst:
        """Lift *index*, run by the reference: for the host's calls in, and for the reference's adapters."""
        if (func_inst := self._lifts.get(index)) is None:
            plan, ready = self.plan.lifts[index], self.derivation.lifts[index]
            func_inst = self._lifts[index] = lift(
                self.function(plan.callee, ready.core),
                ready.ft,
                self.options(plan.options, ready.post_return),
                self.component_instances[plan.instance],
            )
        return func_inst

    def host_lower(self, index: int) -> Extern:
        if (extern := self._host_lowers.get(index)) is None:
            plan, ready = self.plan.host_lowers[index], self.derivation.host_lowers[index]
            function = lower(
                host_func_inst(self.host, self.plan.host_imports[plan.host_import]),
                ready.ft,
                self.options(plan.options, ready.post_return),
                self.component_instances[plan.caller],
            )
            extern = self._host_lowers[index] = self.store.host_function(function, ready.core)
        return extern


def host_func_inst(host: Host, imported: HostImport) -> FuncInst:
    """The component function that *host* provides. What it raises other than `Trap` is a trap with reason HOST."""

    def func_inst(on_start: OnStart, on_resolve: OnResolve, _caller: ComponentInstance | None) -> None:
        on_resolve(call_host(host, imported, list(map(to_host, on_start()))))

    return func_inst


def call_host(host: Host, imported: HostImport, args: Sequence[Value]) -> list[Value]:
    try:
        value = host(imported.path, imported.type, args)
        return [] if imported.type.result is None else [check_value(imported.type.result, value)]
    except (Trap, RecursionError):
        raise
    except Exception as error:
        raise Trap(TrapReason.HOST, message=f"host function {imported.name}: {error}") from error


class ReferenceLinkage(Linkage):
    """Every adapter is one host function that runs the reference: a `canon lower` over a `canon lift`."""

    def __init__(self, derivation: Derivation, host: Host) -> None:
        super().__init__(derivation, host)
        self._adapters: dict[int, Extern] = {}

    def instantiate_adapters(self, adapter_module: int) -> None:
        """There are no adapter modules: each adapter is made by itself."""

    def adapter(self, index: int) -> Extern:
        if (extern := self._adapters.get(index)) is None:
            plan, ready = self.plan.adapters[index], self.derivation.adapters[index]
            function = lower(
                self.lift(plan.lift),
                ready.ft,
                self.options(plan.options, ready.post_return),
                self.component_instances[plan.caller],
            )
            extern = self._adapters[index] = self.store.host_function(function, ready.core)
        return extern
