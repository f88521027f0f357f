"""Leaving out may-enter flags is not observable (CanonicalABI.md, "Component Instances").

The specification's `may_enter_from`, `enter_from` and `leave_to` are played on made-up plans, along every chain of
calls up to some length: once with all flags, once with those of `reenterable` alone. The same calls must trap.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fact.adapters import entered, reenterable
from fact.model.plan import Adapter, ComponentInstance, InstanceExport, Lift, Options, Plan
from fact.model.syntax import Sort
from fact.model.types import FuncType

NOTHING = FuncType((), None)
LONGEST_CHAIN = 5


@st.composite
def plans(draw: st.DrawFn) -> Plan:
    """Any tree of up to six instances, any calls between them: also those that no component could express."""
    parents = [None, *(draw(st.integers(0, i)) for i in range(draw(st.integers(1, 5))))]
    instances = tuple(ComponentInstance(i, parent, f"i{i}") for i, parent in enumerate(parents))
    callee = InstanceExport(0, "f", Sort.CORE_FUNC)
    lifts = tuple(Lift(i, callee, NOTHING, Options(), i, f"f{i}") for i in range(len(instances)))
    edge = st.tuples(st.integers(0, len(instances) - 1), st.integers(0, len(instances) - 1))
    edges = draw(st.lists(edge, min_size=1, max_size=7, unique=True))
    adapters = tuple(Adapter(i, b, NOTHING, Options(), a, f"a{i}") for i, (a, b) in enumerate(edges))
    return Plan(instances, (), (), lifts, adapters, (), (), ())


def self_and_ancestors(plan: Plan, instance: int) -> set[int]:
    parent = plan.component_instances[instance].parent
    return {instance} | (set() if parent is None else self_and_ancestors(plan, parent))


def traps(plan: Plan, handled: frozenset[int]) -> set[tuple[int, ...]]:
    """The chains of adapters, from the host's call of some instance on, whose last call finds a flag of *handled*
    cleared."""

    def chains(at: int, running: frozenset[int], chain: tuple[int, ...]) -> Iterator[tuple[int, ...]]:
        if len(chain) > LONGEST_CHAIN:
            return
        for adapter in plan.adapters:
            if adapter.caller == at:
                callee = plan.lifts[adapter.lift].instance
                entering = self_and_ancestors(plan, callee) - self_and_ancestors(plan, at)
                longer = (*chain, adapter.index)
                if entering & running & handled:
                    yield longer
                else:
                    yield from chains(callee, running | entering, longer)

    return {
        chain
        for first in plan.component_instances
        for chain in chains(first.index, frozenset(self_and_ancestors(plan, first.index)), (-1 - first.index,))
    }


@pytest.mark.property
@settings(max_examples=300, deadline=None)
@given(plans())
def test_flags_that_are_left_out_are_never_found_cleared(plan: Plan) -> None:
    assert reenterable(plan) <= entered(plan)
    assert traps(plan, reenterable(plan)) == traps(plan, entered(plan))
