"""Leaving out may-enter flags is not observable (CanonicalABI.md, "Component Instances").

The specification's `may_enter_from`, `enter_from` and `leave_to` are played on made-up plans, along every chain of
calls up to some length: once with all flags, once with those of `reenterable` alone. The same calls must trap.
"""

from __future__ import annotations

from collections.abc import Iterator

from hypothesis import given
from hypothesis import strategies as st
from hypothesis_profiles import times

from fact.adapters import entered, reenterable
from fact.model.plan import Adapter, Builtin, ComponentInstance, InstanceExport, Lift, Options, Plan, Resource
from fact.model.syntax import Sort
from fact.model.types import CoreFuncType, FuncType

NOTHING = FuncType((), None)
LONGEST_CHAIN = 5


@st.composite
def plans(draw: st.DrawFn) -> Plan:
    """Any tree of up to six instances, any calls and drops between them: also those that no component could express."""
    parents = [None, *(draw(st.integers(0, i)) for i in range(draw(st.integers(1, 5))))]
    instances = tuple(ComponentInstance(i, parent, f"i{i}") for i, parent in enumerate(parents))
    callee = InstanceExport(0, "f", Sort.CORE_FUNC)
    lifts = tuple(Lift(i, callee, NOTHING, Options(), i, f"f{i}") for i in range(len(instances)))
    edge = st.tuples(st.integers(0, len(instances) - 1), st.integers(0, len(instances) - 1))
    edges = draw(st.lists(edge, min_size=1, max_size=7, unique=True))
    count = draw(st.integers(0, len(edges)))
    adapters = tuple(Adapter(i, b, NOTHING, Options(), a, f"a{i}") for i, (a, b) in enumerate(edges[:count]))
    resources = tuple(
        Resource(i, f"r{i}", b, draw(st.sampled_from([None, callee]))) for i, (_, b) in enumerate(edges[count:])
    )
    drops = tuple(
        Builtin(i, "resource.drop", a, CoreFuncType(("i32",), ()), f"d{i}", i) for i, (a, _) in enumerate(edges[count:])
    )
    return Plan(instances, (), (), lifts, adapters, (), (), (), resources=resources, builtins=drops)


def edges_of(plan: Plan) -> list[tuple[int, int, bool]]:
    """Caller, callee, and whether code runs in it: of each adapter, then of each drop."""
    found = [(a.caller, plan.lifts[a.lift].instance, True) for a in plan.adapters]
    for builtin, resource in zip(plan.builtins, plan.resources, strict=True):
        assert resource.instance is not None
        found.append((builtin.instance, resource.instance, resource.dtor is not None))
    return found


def self_and_ancestors(plan: Plan, instance: int) -> set[int]:
    parent = plan.component_instances[instance].parent
    return {instance} | (set() if parent is None else self_and_ancestors(plan, parent))


def traps(plan: Plan, handled: frozenset[int]) -> set[tuple[int, ...]]:
    """The chains of calls and drops, from the host's call of some instance on, whose last one finds a flag of *handled*
    cleared."""
    edges = edges_of(plan)

    def chains(at: int, running: frozenset[int], chain: tuple[int, ...]) -> Iterator[tuple[int, ...]]:
        if len(chain) > LONGEST_CHAIN:
            return
        for number, (caller, callee, runs) in enumerate(edges):
            if caller == at:
                entering = self_and_ancestors(plan, callee) - self_and_ancestors(plan, at)
                longer = (*chain, number)
                if entering & running & handled:
                    yield longer
                elif runs:
                    yield from chains(callee, running | entering, longer)

    return {
        chain
        for first in plan.component_instances
        for chain in chains(first.index, frozenset(self_and_ancestors(plan, first.index)), (-1 - first.index,))
    }


@times(3)
@given(plans())
def test_flags_that_are_left_out_are_never_found_cleared(plan: Plan) -> None:
    assert reenterable(plan) <= entered(plan)
    assert traps(plan, reenterable(plan)) == traps(plan, entered(plan))
