"""The partition is the least one: against a brute force search over everything that the order of steps allows."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis_profiles import times
from time_limit import repeated

from fact.link import packing, partition
from fact.link.needs import adapter_memories, adapter_needs, option_items, with_options
from fact.link.order import observable_order, written_order
from fact.link.phases import Graph, Order, graph
from fact.model.plan import (
    Adapter,
    AdapterRef,
    ComponentInstance,
    CoreItem,
    DefineResource,
    HostImport,
    HostLower,
    HostLowerRef,
    InstanceExport,
    InstantiateAdapters,
    InstantiateModule,
    Lift,
    Options,
    Plan,
    Resource,
    Step,
)
from fact.model.syntax import CoreModule, Sort
from fact.model.types import FuncType, Prim

QUIET = CoreModule(0, b"", (), (), False, False)
STARTS = CoreModule(0, b"", (), (), True, False)
MAY_TRAP = CoreModule(0, b"", (), (), False, True)
WRITES = CoreModule(0, b"", (), (), False, True, None, True, True)
MODULES = QUIET, STARTS, MAY_TRAP, WRITES

TEXT = FuncType((("text", Prim.STRING),), None)
NUMBER = FuncType((("number", Prim.U32),), None)


@st.composite
def plans(
    draw: st.DrawFn,
    kinds: Sequence[int] = (0, 0, 0, 0, 0, 0, 1, 2, 3),
    lowers: int = 2,
    types: Sequence[FuncType] = (TEXT, NUMBER),
    memories: Sequence[bool] = (False, True),
) -> Plan:
    """Four to eight steps, up to seven adapters and *lowers* host lowers; whatever refers to something comes after it,
    and often soon after it."""
    steps: list[Step] = []
    lifts: list[Lift] = []
    adapters: list[Adapter] = []
    resources: list[Resource] = []
    host_lowers: list[HostLower] = []
    instances = 0

    def index(count: int) -> int:
        return draw(st.sampled_from((count - 1, count - 1, *range(count))))

    def export() -> InstanceExport:
        return InstanceExport(index(instances), "x", Sort.CORE_FUNC)

    def memory() -> InstanceExport | None:
        if not draw(st.sampled_from(memories)):
            return None
        return InstanceExport(draw(st.integers(0, instances - 1)), "m", Sort.CORE_MEMORY)

    def item() -> CoreItem:
        if adapters and draw(st.integers(0, 3)):
            return AdapterRef(index(len(adapters)))
        if host_lowers and draw(st.booleans()):
            return HostLowerRef(index(len(host_lowers)))
        return export()

    for _ in range(draw(st.integers(4, 8))):
        if instances and draw(st.integers(0, 3)):
            t = draw(st.sampled_from(types))
            callee = export() if draw(st.integers(0, 2)) else item()
            lifts.append(Lift(len(lifts), callee, t, Options(memory=memory()), 0, f"f{len(lifts)}"))
            caller, name = draw(st.integers(0, 1)), f"a{len(adapters)}"
            adapters.append(Adapter(len(adapters), len(lifts) - 1, t, Options(memory=memory()), caller, name))
        if instances and len(host_lowers) < lowers and draw(st.booleans()):
            options = Options(memory=memory(), realloc=item())
            host_lowers.append(HostLower(len(host_lowers), 0, TEXT, options, 0, f"h{len(host_lowers)}"))
        if instances and draw(st.integers(0, 5)) == 0:
            resources.append(Resource(len(resources), f"r{len(resources)}", 0, item()))
            steps.append(DefineResource(len(resources) - 1))
        else:
            args = tuple(item() for _ in range(draw(st.sampled_from((0, 1, 1))))) if instances else ()
            steps.append(InstantiateModule(instances, draw(st.sampled_from(kinds)), args, 0, f"i{instances}"))
            instances += 1
    return Plan(
        (ComponentInstance(0, None, "root"), ComponentInstance(1, 0, "root.one")), MODULES, tuple(steps), tuple(lifts),
        tuple(adapters), (HostImport(0, ("h",), TEXT),), tuple(host_lowers), (), resources=tuple(resources),
    )


def fewest_batches(whole: Graph) -> int:
    """Over every order that *whole* allows, the least number of rows of adapters with neither a step nor a host lower
    in between. Definitions are there as soon as they can be: they cost nothing and end no row."""
    everything = (1 << len(whole.before)) - 1
    wanted = [sum(1 << other for other in nodes) for nodes in whole.before]
    definitions = range(whole.steps + whole.adapters, whole.host_lowers)
    others = {node: whole.adapter(node) is not None for node in range(len(wanted)) if node not in definitions}

    def can_be(node: int, done: int) -> bool:
        return not done >> node & 1 and wanted[node] & done == wanted[node]

    @cache
    def fewest(done: int, making: bool) -> int:
        for node in definitions:
            done |= can_be(node, done) << node
        if done == everything:
            return 0
        return min(
            fewest(done | 1 << node, adapter) + (adapter and not making)
            for node, adapter in others.items()
            if can_be(node, done)
        )

    return fewest(0, False)


def made_of(plan: Plan, items: Sequence[CoreItem]) -> set[CoreItem | int]:
    """What the host lowers among *items* are made of, which has to be there before they are."""
    lowers = [plan.host_lowers[item.index] for item in items if isinstance(item, HostLowerRef)]
    found = with_options(plan, [item for lower in lowers for item in option_items(lower.options)])
    return {
        item.instance if isinstance(item, InstanceExport) else item
        for item in found
        if not isinstance(item, HostLowerRef)
    }


def check(plan: Plan, order: Order) -> Plan:
    """Partitions *plan*; what comes out keeps the order, and makes everything once and in time."""
    made = partition(plan, order=order)
    assert sorted(a for m in made.adapter_modules for a in m.adapters) == list(range(len(plan.adapters)))
    steps: list[Step] = [step for step in made.steps if not isinstance(step, InstantiateAdapters)]
    assert sorted(map(plan.steps.index, steps)) == list(range(len(plan.steps)))
    for first, second in order(plan):
        assert steps.index(plan.steps[first]) < steps.index(plan.steps[second])
    there: set[CoreItem | int] = set()
    for step in made.steps:
        match step:
            case InstantiateAdapters(index):
                members = made.adapter_modules[index].adapters
                needed = [need for a in members for need in adapter_needs(plan, plan.adapters[a])]
                assert made_of(plan, needed) <= there
                there |= {AdapterRef(a) for a in members}
            case InstantiateModule(instance, _, args):
                needed = list(args)
                assert not needed or instance not in there
                there.add(instance)
            case DefineResource(resource):
                dtor = plan.resources[resource].dtor
                needed = [] if dtor is None else [dtor]
        assert made_of(plan, needed) <= there
        for item in needed:
            if not isinstance(item, HostLowerRef):
                assert (item.instance if isinstance(item, InstanceExport) else item) in there
    return made


@repeated
def test_no_order_that_is_allowed_needs_fewer_adapter_modules() -> None:
    found: list[tuple[int, int]] = []

    @given(plans())
    @times(3)
    def every(plan: Plan) -> None:
        made = check(plan, observable_order)
        fewest = fewest_batches(graph(plan, observable_order))
        as_written = len(partition(plan, order=written_order).adapter_modules)
        assert len(made.adapter_modules) == fewest <= as_written
        found.append((fewest, as_written))

    every()
    assert sum(fewest >= 2 for fewest, _ in found) >= 100
    assert sum(fewest >= 3 for fewest, _ in found) >= 10
    assert sum(fewest < as_written for fewest, as_written in found) >= 10


def windows(plan: Plan) -> list[tuple[int, int]]:
    """For each adapter the gaps in which it can be made; gap g is right before step g."""
    made = {step.instance: i for i, step in enumerate(plan.steps) if isinstance(step, InstantiateModule)}
    needs = [adapter_needs(plan, adapter) for adapter in plan.adapters]

    def ready(adapter: int) -> int:
        return max(
            made[n.instance] + 1 if isinstance(n, InstanceExport) else ready(n.index)
            for n in needs[adapter]
            if isinstance(n, InstanceExport | AdapterRef)
        )

    def due(adapter: int) -> int:
        uses = [i for i, step in enumerate(plan.steps) if AdapterRef(adapter) in given_to(plan, step)]
        callers = [due(a) for a, own in enumerate(needs) if AdapterRef(adapter) in own]
        return min([*uses, *callers], default=len(plan.steps))

    return [(ready(a), due(a)) for a in range(len(plan.adapters))]


def given_to(plan: Plan, step: Step) -> tuple[CoreItem | None, ...]:
    match step:
        case InstantiateModule():
            return step.args
        case DefineResource(resource):
            return (plan.resources[resource].dtor,)
    return ()


@repeated
def test_with_no_step_moved_it_is_the_fewest_points_that_hit_every_window() -> None:
    found: list[int] = []

    @given(plans(lowers=0))
    @times(1.5)
    def every(plan: Plan) -> None:
        spans = windows(plan)
        gaps = range(len(plan.steps) + 1)
        fewest = next(
            n
            for n in range(len(gaps) + 1)
            if any(all(any(a <= p <= b for p in points) for a, b in spans) for points in combinations(gaps, n))
        )
        made = check(plan, written_order)
        assert len(made.adapter_modules) == fewest
        assert [step for step in made.steps if not isinstance(step, InstantiateAdapters)] == list(plan.steps)
        found.append(fewest)

    every()
    assert sum(fewest >= 2 for fewest in found) >= 60


@given(plans(kinds=(1, 2)))
@times(0.5)
def test_steps_that_run_code_or_may_trap_never_change_places(plan: Plan) -> None:
    made = check(plan, observable_order)
    instances = [step.instance for step in made.steps if isinstance(step, InstantiateModule)]
    assert instances == sorted(instances)


def memories(plan: Plan, adapter: int) -> frozenset[InstanceExport]:
    return adapter_memories(plan, plan.adapters[adapter], adapter_needs(plan, plan.adapters[adapter]))


@repeated
def test_no_module_needs_more_memories_than_it_may_have() -> None:
    more: list[int] = []

    @given(plans(types=(TEXT,), memories=(True,)), st.integers(3, 4))
    @times(1.5)
    def every(plan: Plan, limit: int) -> None:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(packing, "MAX_MEMORIES", limit)
            made = check(plan, observable_order)
        for module in made.adapter_modules:
            assert len(set().union(*(memories(plan, a) for a in module.adapters))) <= limit
        more.append(len(made.adapter_modules) - len(partition(plan).adapter_modules))

    every()
    assert sum(n > 0 for n in more) >= 15, "the limit makes a difference"
