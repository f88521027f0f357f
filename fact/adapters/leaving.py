"""Which may-leave flags an adapter has to test, clear and set (CanonicalABI.md, "canon lower", "Lifting and Lowering
Context", "canon lift").

The flag of an instance is cleared while a realloc or a post-return of that instance runs, and tested when the instance
calls a lower, resource.new or resource.drop. `confinable` leaves out the flags that nothing ever clears and those that
nothing ever tests.
"""

from __future__ import annotations

from fact.model.plan import Adapter, HostLower, Plan

LEAVING = ("resource.new", "resource.drop")
"""The built-ins that may not be called from inside a realloc or a post-return."""


def confinable(plan: Plan) -> frozenset[int]:
    """The component instances with a lower, or a built-in that leaves, to call and something that may not call it.

    The host is a caller and a callee like others: it lowers into lifts that are exported, and its functions are called
    by lowers.
    """
    lowers: list[Adapter | HostLower] = [*plan.adapters, *plan.host_lowers]
    leaving = {lower.caller for lower in lowers} | {b.instance for b in plan.builtins if b.kind in LEAVING}
    confined = {lower.caller for lower in lowers if lower.options.realloc is not None} | {
        lift.instance
        for lift in plan.lifts
        if lift.options.realloc is not None or lift.options.post_return is not None
    }
    return frozenset(leaving & confined)


def everywhere(plan: Plan) -> frozenset[int]:
    """Every component instance: the flags that the specification itself has handled."""
    return frozenset(instance.index for instance in plan.component_instances)
