"""Faults in plans: what a wrong linker or partition would make."""

from __future__ import annotations

from dataclasses import replace

from faulty import Hunt, PlanFault
from faulty_focus import ONE_TYPE
from faulty_focus_pairs import SIBLINGS, SPILLED, TWINS

from fact.model.plan import Adapter, HostLower, InstanceExport, InstantiateAdapters, InstantiateModule, Lift, Plan


def swap_callees(plan: Plan) -> Plan:
    """Of the first two lifts in one component instance that have the same type."""
    for a in plan.lifts:
        for b in plan.lifts[a.index + 1 :]:
            if a.instance == b.instance and a.type == b.type and a.callee != b.callee:
                return replace(plan, lifts=tuple(_with_callee_of(lift, a, b) for lift in plan.lifts))
    return plan


def _with_callee_of(lift: Lift, a: Lift, b: Lift) -> Lift:
    return replace(lift, callee=b.callee if lift is a else a.callee) if lift is a or lift is b else lift


def link_wrong_instance(plan: Plan) -> Plan:
    """Each adapter with an earlier instance of its callee's module, where there is one."""
    modules = {s.instance: s.module for s in plan.steps if isinstance(s, InstantiateModule)}

    def wrong(adapter: Adapter) -> Adapter:
        lift = plan.lifts[adapter.lift]
        for other in plan.lifts:
            match lift.callee, other.callee:
                case InstanceExport(right, name), InstanceExport(left, other_name) if (
                    left < right and name == other_name and modules[left] == modules[right] and other.type == lift.type
                ):
                    return replace(adapter, lift=other.index)
        return adapter

    return replace(plan, adapters=tuple(map(wrong, plan.adapters)))


def instantiate_adapters_late(plan: Plan) -> Plan:
    """Each adapter module right after the first core module that is given one of its adapters."""
    late = {m.due: m.index for m in plan.adapter_modules if m.due is not None}
    steps = [s for s in plan.steps if not (isinstance(s, InstantiateAdapters) and s.adapter_module in late.values())]
    for due, module in late.items():
        first_use = next(s for s in steps if isinstance(s, InstantiateModule) and s.instance == due)
        steps.insert(steps.index(first_use) + 1, InstantiateAdapters(module))
    return replace(plan, steps=tuple(steps))


def read_from_callees_memory(plan: Plan) -> Plan:
    """Each adapter's memory option is that of its lift, where both have one."""

    def wrong(adapter: Adapter) -> Adapter:
        memory = plan.lifts[adapter.lift].options.memory
        if memory is None or adapter.options.memory is None:
            return adapter
        return replace(adapter, options=replace(adapter.options, memory=memory))

    return replace(plan, adapters=tuple(map(wrong, plan.adapters)))


def swap_host_functions(plan: Plan) -> Plan:
    """The first two host imports of one type."""
    for a in plan.host_imports:
        for b in plan.host_imports[a.index + 1 :]:
            if a.type == b.type:
                swapped = {a.index: b.index, b.index: a.index}
                return replace(plan, host_lowers=tuple(_with_host_import(h, swapped) for h in plan.host_lowers))
    return plan


def _with_host_import(lower: HostLower, swapped: dict[int, int]) -> HostLower:
    return replace(lower, host_import=swapped.get(lower.host_import, lower.host_import))


PLAN_FAULTS = (
    PlanFault(
        name="wrong callee",
        description="two lifts of one instance and one type have each other's core function",
        section="canon lift: callee",
        hunt=Hunt(5, TWINS),
        edit=swap_callees,
    ),
    PlanFault(
        name="wrong instance linked",
        description="a lowered function belongs to another instance of the same definition",
        section="Explainer.md, Instance Definitions",
        hunt=Hunt(5, SIBLINGS),
        edit=link_wrong_instance,
    ),
    PlanFault(
        name="adapters too late",
        description="an adapter module is instantiated after the first core module that needs it",
        section="Explainer.md, Core Instance Definitions",
        hunt=Hunt(20),
        edit=instantiate_adapters_late,
    ),
    PlanFault(
        name="wrong memory",
        description="spilled parameters are read from the callee's memory in place of the caller's",
        section="Canonical ABI Options: memory",
        hunt=Hunt(100, SPILLED),
        edit=read_from_callees_memory,
    ),
    PlanFault(
        name="wrong host function",
        description="two host imports of one type have each other's function",
        section="canon lower: callee",
        hunt=Hunt(200, ONE_TYPE),
        within="reference",
        edit=swap_host_functions,
    ),
)
