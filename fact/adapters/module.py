"""Adapter modules: the parts put together."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from fact.adapters.builtins import builtins, context_storage
from fact.adapters.call import adapter_function
from fact.adapters.exceptions import throwing_instances
from fact.adapters.leaving import confinable
from fact.adapters.reentrance import reenterable
from fact.adapters.scope import TRAP, ModuleScope, core_instance
from fact.adapters.wat import Block, Line, Names, Note, render
from fact.model.plan import (
    BUILTINS,
    SCRATCH,
    Adapter,
    AdapterImport,
    AdapterModule,
    CompiledAdapterModule,
    ContextImport,
    FlagImport,
    InstanceExport,
    Lift,
    Plan,
    ScratchMemory,
)
from fact.model.settings import Reentrance
from fact.model.types import PtrType


def compile_adapters(
    plan: Plan,
    *,
    reentrance: Reentrance = Reentrance.GUARDED,
    guarded: Callable[[Plan], frozenset[int]] = reenterable,
    confined: Callable[[Plan], frozenset[int]] = confinable,
) -> tuple[CompiledAdapterModule, ...]:
    """Each of `plan.adapter_modules` as the text of a core module that exports adapter N as `adapter:N`. If the plan
    has built-ins, their module comes first: it has index `BUILTINS` and exports built-in N as `builtin:N`.

    Where *reentrance* is free, no may-enter flag is looked at. Otherwise *guarded* gives the component instances whose
    may-enter flags adapters handle: `reenterable`, which leaves out those that cannot matter, or `entered`, which
    leaves out none. *confined* gives those whose may-leave flags they handle: `confinable`, or `everywhere`. Raises
    `Unsupported`, naming the type, for a type that adapters cannot carry, and `LinkError` for a plan that validation
    should have refused.
    """
    facts = _Facts(
        plan,
        frozenset() if reentrance is Reentrance.FREE else guarded(plan),
        confined(plan),
        throwing_instances(plan),
        context_storage(plan),
        _pointers(plan),
        reentrance,
    )
    adapters = tuple(_compile(facts, module) for module in plan.adapter_modules)
    return (_compile_builtins(facts), *adapters) if plan.builtins else adapters


@dataclass(frozen=True, slots=True)
class _Facts:
    """What holds for all adapter modules of a plan."""

    plan: Plan
    guarded: frozenset[int]
    confined: frozenset[int]
    throwing: frozenset[int]
    context: dict[int, tuple[ContextImport, ...]]
    pointers: dict[InstanceExport, PtrType]
    reentrance: Reentrance

    def scope(self, names: Names, functions: dict[int, str]) -> ModuleScope:
        return ModuleScope(
            self.plan, names, functions, self.guarded, self.confined, self.throwing, self.context, self.pointers,
            self.reentrance,
        )


def _pointers(plan: Plan) -> dict[InstanceExport, PtrType]:
    found: dict[InstanceExport, PtrType] = {scratch: pointer for pointer, scratch in SCRATCH.items()}
    definitions: list[Lift | Adapter] = [*plan.lifts, *plan.adapters]
    for definition in definitions:
        if (memory := definition.options.memory) is not None:
            found[memory] = definition.options.pointer
    return found


def _compile(facts: _Facts, module: AdapterModule) -> CompiledAdapterModule:
    plan = facts.plan
    names = Names((TRAP,))
    groups = _alike(plan, module)
    functions = {
        number: name for group in groups for name in [names.unique(plan.adapters[group[0]].name)] for number in group
    }
    scope = facts.scope(names, functions)
    adapters = [("", *adapter_function(scope, plan.adapters[group[0]], group)) for group in groups]
    return _assemble(scope, module.index, adapters, lambda items: _header(plan, module, _needs(plan, items)))


def _compile_builtins(facts: _Facts) -> CompiledAdapterModule:
    scope = facts.scope(Names((TRAP,)), {})
    functions = [("", *lines) for lines in builtins(scope)]
    return _assemble(scope, BUILTINS, functions, lambda _: (Note("the built-ins of all component instances"),))


def _assemble(
    scope: ModuleScope, index: int, parts: Iterable[Iterable[Line]],
    header: Callable[[tuple[AdapterImport, ...]], Iterable[Line]],
) -> CompiledAdapterModule:
    """The module of *parts*, which are written, and what *scope* has collected for them."""
    helpers = tuple(scope.helpers())
    imports = scope.imports()
    body: tuple[Line, ...] = (*(i.text for i in imports), *(line for lines in parts for line in lines), *helpers)
    items = tuple(i.item for i in imports)
    text = render((*header(items), Block("(module", body)))
    return CompiledAdapterModule(index, "\n".join(text) + "\n", items, scope.sites(), scope.support_modules())


def _alike(plan: Plan, module: AdapterModule) -> list[tuple[int, ...]]:
    """The adapters of *module*, those together that only differ in number and name: they share one function."""
    groups: dict[object, list[int]] = {}
    for number in module.adapters:
        adapter = plan.adapters[number]
        groups.setdefault(_substance(plan, adapter), []).append(number)
    return [tuple(group) for group in groups.values()]


def _substance(plan: Plan, adapter: Adapter) -> object:
    lift = plan.lifts[adapter.lift]
    return adapter.caller, adapter.type, adapter.options, lift.callee, lift.type, lift.options, lift.instance


# -- the header


def _needs(plan: Plan, imports: tuple[object, ...]) -> list[str]:
    """The names of the component instances that *imports* belong to."""
    owners = {
        core_instance(plan, item.instance).owner if isinstance(item, InstanceExport) else item.instance
        for item in imports
        if isinstance(item, FlagImport | ContextImport | InstanceExport) and not isinstance(item, ScratchMemory)
    }
    return [plan.component_instances[owner].name for owner in sorted(owners)]


def _header(plan: Plan, module: AdapterModule, needs: list[str]) -> Iterator[Line]:
    yield Note(f"adapter module {module.index} of {len(plan.adapter_modules)} (counted from 0)")
    yield Note(f"  needs: {', '.join(needs)}")
    if module.ready < 0:
        yield Note("  ready: from the start")
    else:
        yield Note(f"  ready: after core instance {module.ready}, {core_instance(plan, module.ready).name}")
    if module.due is None:
        yield Note("  due: when everything else is there; no step uses it")
    else:
        yield Note(f"  due: before core instance {module.due}, {core_instance(plan, module.due).name}")
