"""One instantiation of a plan: core instances, and the functions between them and the host."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence

from wasmtime import Module, WasmtimeError

from fact.abi import (
    CanonicalOptions,
    ComponentInstance,
    CoreFunc,
    CoreValue,
    FuncInst,
    OnResolve,
    OnStart,
    ResourceType,
    builtin,
    canon_context_get,
    canon_context_set,
    canon_resource_drop,
    canon_resource_new,
    canon_resource_rep,
    lift,
    lower,
    to_host,
)
from fact.errors import LinkError
from fact.model.plan import (
    AdapterRef,
    Builtin,
    BuiltinRef,
    CoreItem,
    DefineResource,
    HostImport,
    HostLowerRef,
    InstanceExport,
    InstantiateAdapters,
    InstantiateModule,
    Options,
    Resource,
)
from fact.model.traps import Trap, TrapReason
from fact.model.types import FuncType, PtrType
from fact.model.values import BadHandle, Value, check_value
from fact.run.derive import DESTRUCTOR, REALLOC, Derivation
from fact.run.engine import engine
from fact.run.holdings import Holdings
from fact.run.host import DroppingHost, Host
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
        self.resource_types: list[ResourceType] = []
        self.component_instances = self.make_component_instances()
        self.resource_types.extend(map(self.resource_type, self.plan.resources))
        self.holdings = Holdings(self.plan.resources)
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
        name = self.plan.component_instances[index].name
        return ComponentInstance(parent, self.resource_types, self.derivation.reentrance, name=name)

    def resource_type(self, resource: Resource) -> ResourceType:
        if resource.instance is None:
            return ResourceType(None, host_drop(self.host, resource), resource.name)
        return ResourceType(self.component_instances[resource.instance], name=resource.name)

    # -- steps

    def carry_out(self) -> None:
        """All steps of the plan. Raises `Trap`, and `LinkError` for what a valid component cannot do."""
        for step in self.plan.steps:
            match step:
                case InstantiateModule():
                    self.instantiate_module(step)
                case InstantiateAdapters(adapter_module):
                    self.instantiate_adapters(adapter_module)
                case DefineResource(resource):
                    self.define_resource(resource)

    def instantiate_module(self, step: InstantiateModule) -> None:
        """Instantiates a core module; while its start function runs, its component instance counts as entered.

        The specification leaves open which instances are entered during instantiation, but `Store.lower` presupposes
        the current one and its ancestors. So start functions can call adapters of siblings, children and parents.
        """
        module = self.derivation.modules[step.module]
        assert module is not None, "derive compiles every module that a step instantiates"
        imports = [self.extern(item) for item in step.args]
        owner = self.component_instances[step.owner]
        if step.module not in self.derivation.starting:
            self._core_instances[step.instance] = self.instantiate(module, imports, step.name)
            return
        owner.enter_from(None)
        task = owner.open_task()
        self._core_instances[step.instance] = self.instantiate(module, imports, step.name)
        owner.close_task(task)
        owner.leave_to(None)

    def instantiate(self, module: Module, imports: Sequence[Extern], name: str) -> CoreInstance:
        try:
            return self.store.instantiate(module, imports)
        except WasmtimeError as error:
            raise LinkError(f"core instance {name} cannot be made: {error}") from error

    def ended(self) -> None:  # noqa: B027
        """After a trap nothing runs in this store any more. For whoever needs to know it: to be extended."""

    @abstractmethod
    def instantiate_adapters(self, adapter_module: int) -> None: ...

    def define_resource(self, index: int) -> None:
        """The destructor of resource *index* exists. For whoever else needs to know it: to be extended."""
        dtor = self.plan.resources[index].dtor
        assert dtor is not None, "only resources with a destructor have a step"
        self.resource_types[index].dtor = self.function(dtor, signature(DESTRUCTOR))

    # -- items

    def extern(self, item: CoreItem) -> Extern:
        match item:
            case InstanceExport(instance, name, _):
                return self.export(instance, name)
            case AdapterRef(index):
                return self.adapter(index)
            case HostLowerRef(index):
                return self.host_lower(index)
            case BuiltinRef(index):
                return self.builtin(index)

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

    @abstractmethod
    def builtin(self, index: int) -> Extern: ...

    def lift(self, index: int) -> FuncInst:
        """Lift *index*, run by the reference: for the host's calls in, and for the reference's adapters."""
        if (func_inst := self._lifts.get(index)) is None:
            plan, ready = self.plan.lifts[index], self.derivation.lifts[index]
            func_inst = self._lifts[index] = lift(
                self.callee(index), ready.ft, self.lift_options(index), self.component_instances[plan.instance]
            )
        return func_inst

    def callee(self, index: int) -> CoreFunc:
        """The core function that lift *index* calls."""
        return self.function(self.plan.lifts[index].callee, self.derivation.lifts[index].core)

    def lift_options(self, index: int) -> CanonicalOptions:
        return self.options(self.plan.lifts[index].options, self.derivation.lifts[index].post_return)

    def host_func(self, index: int) -> FuncInst:
        """Host import *index* as a component function."""
        imported = self.plan.host_imports[index]
        if self.passes_handles(imported.type):
            return with_handles(self.host, imported, self.holdings)
        return host_func_inst(self.host, imported)

    def passes_handles(self, t: FuncType) -> bool:
        """Whether values of type *t* have to be looked through for handles at the host's boundary."""
        return bool(self.plan.resources) and t.has_handles

    def host_lower(self, index: int) -> Extern:
        if (extern := self._host_lowers.get(index)) is None:
            function, type = self.host_lower_function(index), self.derivation.host_lowers[index].core
            extern = self._host_lowers[index] = self.store.host_function(function, type)
        return extern

    def host_lower_function(self, index: int) -> CoreFunc:
        plan, ready = self.plan.host_lowers[index], self.derivation.host_lowers[index]
        return lower(
            self.host_func(plan.host_import),
            ready.ft,
            self.options(plan.options, ready.post_return),
            self.component_instances[plan.caller],
        )


def host_func_inst(host: Host, imported: HostImport) -> FuncInst:
    """The component function that *host* provides. What it raises other than `Trap` is a trap with reason HOST."""

    def func_inst(on_start: OnStart, on_resolve: OnResolve, _caller: ComponentInstance | None) -> None:
        on_resolve(call_host(host, imported, list(map(to_host, on_start()))))

    return func_inst


def with_handles(host: Host, imported: HostImport, holdings: Holdings) -> FuncInst:
    """As `host_func_inst`. A handle in the result that is not the host's to pass is a trap with reason HOST too."""
    params, results = imported.type.param_types, () if imported.type.result is None else (imported.type.result,)

    def func_inst(on_start: OnStart, on_resolve: OnResolve, _caller: ComponentInstance | None) -> None:
        with holdings.received(params, list(map(to_host, on_start()))) as args:
            result = call_host(host, imported, args)
        try:
            with holdings.passed(results, result) as values:
                on_resolve(values)
        except BadHandle as bad:
            raise Trap(TrapReason.HOST, message=f"host function {imported.name}: {bad}") from bad

    return func_inst


def host_drop(host: Host, resource: Resource) -> CoreFunc:
    """The destructor of a resource type of the host's; it does nothing if *host* does not want to know."""
    def dtor(args: Sequence[CoreValue]) -> Sequence[CoreValue]:
        if not isinstance(host, DroppingHost):
            return ()
        (rep,) = args
        try:
            host.drop(resource.path, int(rep))
        except (Trap, RecursionError):
            raise
        except Exception as error:
            raise Trap(TrapReason.HOST, message=f"drop of a host's {'#'.join(resource.path)}: {error}") from error
        return ()

    return dtor


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
        self._builtins: dict[int, Extern] = {}

    def instantiate_adapters(self, adapter_module: int) -> None:
        """There are no adapter modules: each adapter is made by itself."""

    def adapter(self, index: int) -> Extern:
        if (extern := self._adapters.get(index)) is None:
            function, type = self.adapter_function(index), self.derivation.adapters[index].core
            extern = self._adapters[index] = self.store.host_function(function, type)
        return extern

    def adapter_function(self, index: int) -> CoreFunc:
        plan, ready = self.plan.adapters[index], self.derivation.adapters[index]
        return lower(
            self.lift(plan.lift),
            ready.ft,
            self.options(plan.options, ready.post_return),
            self.component_instances[plan.caller],
        )

    def builtin(self, index: int) -> Extern:
        if (extern := self._builtins.get(index)) is None:
            type = signature(self.plan.builtins[index].type)
            extern = self._builtins[index] = self.store.host_function(self.builtin_function(index), type)
        return extern

    def builtin_function(self, index: int) -> CoreFunc:
        plan = self.plan.builtins[index]
        return core_builtin(plan, self.component_instances[plan.instance])


def core_builtin(plan: Builtin, inst: ComponentInstance) -> CoreFunc:
    """CanonicalABI.md, "canon resource.new" to "canon context.set"."""
    match plan.kind:
        case "resource.new":
            return builtin(canon_resource_new, inst, plan.resource)
        case "resource.rep":
            return builtin(canon_resource_rep, inst, plan.resource)
        case "resource.drop":
            return builtin(canon_resource_drop, inst, plan.resource)
        case "context.get":
            return builtin(canon_context_get, inst, plan.slot)
        case "context.set":
            return builtin(canon_context_set, inst, plan.slot)
