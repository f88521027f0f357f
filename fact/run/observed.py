"""The reference under observation: as `ReferenceLinkage`, with an `Observer` around every function."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

from fact.abi import (
    CanonicalOptions,
    ComponentInstance,
    CoreFunc,
    CoreValue,
    FuncInst,
    Handles,
    HandleState,
    OnResolve,
    OnStart,
    ResourceHandle,
    Violation,
)
from fact.model.plan import InstanceExport, InstantiateModule, Options
from fact.model.types import PtrType
from fact.model.values import Value
from fact.run.derive import Derivation
from fact.run.host import Host
from fact.run.linkage import ReferenceLinkage
from fact.run.observer import Entered, HandleUse, Observer
from fact.run.raw import CoreMemory, Signature


class ObservedLinkage(ReferenceLinkage):
    """What an observer sees of a memory, it sees through views of its own: the reference must notice growth itself."""

    def __init__(self, derivation: Derivation, host: Host, observer: Observer) -> None:
        self.observer = observer
        self._observed_lifts: dict[int, FuncInst] = {}
        self._views: dict[InstanceExport, CoreMemory] = {}
        super().__init__(derivation, host)

    def component_instance(self, index: int, parent: ComponentInstance | None) -> ComponentInstance:
        instance = super().component_instance(index, parent)
        if self.plan.resources:
            instance.handles = ObservedHandles(instance.handles, self.observer, index)
        return instance

    def instantiate_module(self, step: InstantiateModule) -> None:
        if step.module not in self.derivation.starting:
            super().instantiate_module(step)
            return
        self.observer.enter(Entered("start", step.instance), ())
        try:
            super().instantiate_module(step)
        except BaseException as error:
            self.observer.fail(error)
            raise
        self.observer.leave(())

    def define_resource(self, index: int) -> None:
        super().define_resource(index)
        made = self.resource_types[index]
        if made.dtor is not None:
            entered = Entered("destructor", index, self.plan.resources[index].dtor)
            made.dtor = observed(self.observer, entered, made.dtor)

    def options(self, options: Options, post_return: Signature) -> CanonicalOptions:
        made = super().options(options, post_return)
        if made.realloc is None:
            return made
        entered = Entered("realloc", -1, options.realloc, self.view(options))
        return replace(made, realloc=observed(self.observer, entered, made.realloc))

    def view(self, options: Options) -> CoreMemory | None:
        return None if options.memory is None else self._view(options.memory, options.pointer)

    def _view(self, item: InstanceExport, pointer: PtrType) -> CoreMemory:
        if (memory := self._views.get(item)) is None:
            memory = self._views[item] = CoreMemory(self.store.state, self.extern(item), pointer)
        return memory

    # -- functions

    def lift(self, index: int) -> FuncInst:
        if (func_inst := self._observed_lifts.get(index)) is None:
            entered = Entered("lift", index, None, self.view(self.plan.lifts[index].options))
            func_inst = observed_func(self.observer, entered, super().lift(index))
            self._observed_lifts[index] = func_inst
        return func_inst

    def lift_options(self, index: int) -> CanonicalOptions:
        made = super().lift_options(index)
        if made.post_return is None:
            return made
        entered = Entered("post-return", index, self.plan.lifts[index].options.post_return)
        return replace(made, post_return=observed(self.observer, entered, made.post_return))

    def callee(self, index: int) -> CoreFunc:
        entered = Entered("callee", index, self.plan.lifts[index].callee)
        return observed(self.observer, entered, super().callee(index))

    def host_func(self, index: int) -> FuncInst:
        return observed_func(self.observer, Entered("host import", index), super().host_func(index))

    def host_lower_function(self, index: int) -> CoreFunc:
        entered = Entered("host lower", index, None, self.view(self.plan.host_lowers[index].options))
        return observed(self.observer, entered, super().host_lower_function(index))

    def adapter_function(self, index: int) -> CoreFunc:
        entered = Entered("adapter", index, None, self.view(self.plan.adapters[index].options))
        return observed(self.observer, entered, super().adapter_function(index))

    def builtin_function(self, index: int) -> CoreFunc:
        return observed(self.observer, Entered("built-in", index), super().builtin_function(index))


def observed(observer: Observer, entered: Entered, function: CoreFunc) -> CoreFunc:
    enter, leave, fail = observer.enter, observer.leave, observer.fail

    def call(args: Sequence[CoreValue]) -> Sequence[CoreValue]:
        enter(entered, args)
        try:
            results = function(args)
        except BaseException as error:
            fail(error)
            raise
        leave(results)
        return results

    return call


def observed_func(observer: Observer, entered: Entered, func: FuncInst) -> FuncInst:
    enter, leave, fail = observer.enter, observer.leave, observer.fail

    def func_inst(on_start: OnStart, on_resolve: OnResolve, caller: ComponentInstance | None) -> None:
        def start() -> Sequence[Value]:
            values = on_start()
            observer.arguments(values)
            return values

        def resolve(values: Sequence[Value]) -> None:
            observer.results(values)
            on_resolve(values)
            observer.resolved()

        enter(entered, ())
        try:
            func(start, resolve, caller)
        except BaseException as error:
            fail(error)
            raise
        leave(())

    return func_inst


class ObservedHandles:
    """The handle table of component instance *instance*, which is kept in *handles*."""

    __slots__ = ("_handles", "_instance", "_observer")

    def __init__(self, handles: Handles, observer: Observer, instance: int) -> None:
        self._handles = handles
        self._observer = observer
        self._instance = instance

    def get(self, i: int, /) -> HandleState:
        return self._seen("get", i, self._handles.get)

    def add(self, e: ResourceHandle, /) -> int:
        i = self._handles.add(e)
        self._observer.handle("add", self._instance, i, e)
        return i

    def remove(self, i: int, /) -> HandleState:
        return self._seen("remove", i, self._handles.remove)

    def entries(self) -> Iterator[tuple[int, HandleState | None]]:
        return self._handles.entries()

    def _seen(self, use: HandleUse, i: int, ask: Callable[[int], HandleState]) -> HandleState:
        try:
            element = ask(i)
        except Violation:
            self._observer.handle(use, self._instance, i, None)
            raise
        self._observer.handle(use, self._instance, i, element)
        return element
