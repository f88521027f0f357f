"""Which steps have to stay in their order, apart from what each is given: the ones that somebody could observe.

Instantiating a core module that has no start function and whose segments are known to be in bounds runs no code and
cannot trap, so that nobody can tell when it happened, with one exception: its segments may write to a memory or table
that it imports, and code that runs earlier or later may look there.
"""

from __future__ import annotations

from collections.abc import Iterator

from fact.link.reach import written_and_read
from fact.model.plan import DefineResource, InstantiateModule, Plan
from fact.model.syntax import CoreModule


def written_order(plan: Plan) -> Iterator[tuple[int, int]]:
    """Pairs of positions in `plan.steps` of which the first comes first: every step after the one before."""
    return ((i - 1, i) for i in range(1, len(plan.steps)))


def observable_order(plan: Plan) -> Iterator[tuple[int, int]]:
    """Pairs of positions in `plan.steps` of which the first comes first: as much of the order as can be observed.

    - Steps that run code or may trap stay in their order.
    - Two steps that write to what they import stay in their order, where that may be the same.
    - A step that runs code, and one that writes to what that code may reach, stay in their order.
    - A resource is defined before code that came after its definition: only that can drop one.
    """
    last_pinned: int | None = None
    resources: list[int] = []
    for i, step in enumerate(plan.steps):
        match step:
            case DefineResource():
                resources.append(i)
            case InstantiateModule() if observable(module := plan.modules[step.module]):
                if last_pinned is not None:
                    yield last_pinned, i
                last_pinned = i
                if module.has_start:
                    yield from ((resource, i) for resource in resources)
                    resources = []
    yield from written_and_read(plan)


def observable(module: CoreModule) -> bool:
    """Whether instantiating *module* runs code or may trap or fail."""
    return module.has_start or module.may_fail or (module.has_active_segments and not module.segments_in_bounds)
