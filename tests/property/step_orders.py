"""A plan with its steps in another order."""

from __future__ import annotations

from dataclasses import replace
from random import Random

from fact.link.phases import graph
from fact.model.plan import InstantiateAdapters, Plan


def another_order(plan: Plan, random: Random) -> Plan:
    """*plan* with its steps in some order that is allowed."""
    whole = graph(plan)
    waiting = {node: set(before) for node, before in enumerate(whole.before)}
    steps = []
    while waiting:
        free = [node for node, before in waiting.items() if not before & waiting.keys()]
        node = random.choice(free)
        del waiting[node]
        if node < whole.steps:
            steps.append(plan.steps[node])
    return replace(plan, steps=tuple(steps))


def moved(one: Plan, other: Plan) -> bool:
    """Whether their steps have another order, adapter modules apart."""
    first, second = ([s for s in plan.steps if not isinstance(s, InstantiateAdapters)] for plan in (one, other))
    return first != second
