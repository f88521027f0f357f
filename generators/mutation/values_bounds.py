"""How large a changed case may be, how long it may take, and who has to know all that is in it."""

from __future__ import annotations

from generators.blueprint import Blueprint, Guest, to_json
from generators.layout import needs_memory
from generators.mutation.types import has_fixed_lists
from generators.rewriting.parts import guests_of
from generators.rewriting.slots import signatures
from generators.typetext import value_types
from generators.wiring import called, functions, instances, wire

MOST_COST, MOST_INSTANCES, MOST_ITEMS, MOST_DEFINITIONS = 60, 24, 40, 16
"""Calls that a call by the host, or a start function, comes to; component instances; items and definitions."""

USUAL_SIZE, MOST_SIZE = 6_000, 24_000
"""Of a case as JSON. From the first on what grows is to be kept the less often the larger it is."""


def size_of(b: Blueprint) -> int:
    return len(to_json(b))


def is_modest(before: Blueprint, b: Blueprint) -> bool:
    """Whether *b* is within all bounds, or was out of them before it was changed, and no less."""
    most = (MOST_COST, MOST_INSTANCES, MOST_ITEMS, MOST_DEFINITIONS, MOST_SIZE)
    now = _extent(b)
    if all(n <= limit for n, limit in zip(now, most, strict=True)):
        return True
    return all(n <= max(limit, old) for n, limit, old in zip(now, most, _extent(before), strict=True))


def _extent(b: Blueprint) -> tuple[int, int, int, int, int]:
    root = wire(b)
    everything = list(instances(root))
    costs = [1 + sum(step.rounds * callee.cost for step, callee in start.calls())
             for instance in everything for start in instance.starts]
    costs += [node.cost for node in called(b, root)]
    items = sum(len(definition.items) for definition in b.definitions)
    return max(costs, default=0), len(everything), items, len(b.definitions), size_of(b)


def exports_nothing_of_the_host(b: Blueprint) -> bool:
    """Whether the root has no function of the host's among its exports, which not every engine could have."""
    return not any(node.kind == "host" for _, node in functions(wire(b).exports))


def stays_known(before: Blueprint, b: Blueprint) -> bool:
    """Whether every engine can take part in *b*, if in *before*."""
    return is_known_to_all(b) or not is_known_to_all(before)


def is_known_to_all(b: Blueprint) -> bool:
    """Whether options name no 64-bit memory, and no list has a fixed length."""
    return not any(_is_wide(guest) for _, _, guest in guests_of(b)) and not any(
        map(has_fixed_lists, {t for s in signatures(b) for t in value_types(s)})
    )


def _is_wide(guest: Guest) -> bool:
    lifts = guest.memory64 and any(f.options or needs_memory(f.signature) for f in guest.functions)
    return lifts or any(guest.pointer_of(used) == "i64" and (used.options or needs_memory(used.signature))
                        for used in guest.imports)
