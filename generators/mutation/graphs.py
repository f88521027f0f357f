"""Mutations of the family graphs: one change, after which everything is looked at again.

What the generator knows of what it draws is worked out once more (`graphs_learned`): whether all fits, what calls come
to, whether they may trap.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from random import Random
from typing import TypeAlias

from generators.graphs import GraphBlueprint, walk
from generators.graphs_cases import paths
from generators.graphs_repair import repaired
from generators.mutation import graphs_calls as calls
from generators.mutation import graphs_code as code
from generators.mutation import graphs_edges as edges
from generators.mutation import graphs_grown as grown
from generators.mutation import graphs_modules as modules
from generators.mutation import graphs_options as options
from generators.mutation import graphs_roles as roles
from generators.mutation import graphs_splices as splices
from generators.mutation import graphs_types as types
from generators.mutation import graphs_values as values
from generators.mutation.graphs_fitting import UnfitError
from generators.mutation.graphs_learned import whole
from generators.mutation.graphs_places import GraphChange
from generators.mutation.words import Kind, Mutated

TRIES = 24

MANY_TRAPS = 0.4
"""The share of calls."""

MOST_COST = 80
"""Calls that one call comes to, at most."""
FEW_DEFINITIONS, MOST_DEFINITIONS = 30, 160
MOST_CALLS = 7

Change: TypeAlias = Callable[[GraphBlueprint, Random], GraphChange]
Splice: TypeAlias = Callable[[GraphBlueprint, GraphBlueprint, Random], GraphChange]

CHANGES: dict[Kind, Sequence[tuple[int, Change]]] = {
    "type": ((4, types.other_value_type), (2, types.other_function_type)),
    "value": ((4, values.other_argument), (1, values.other_answer)),
    "option": ((3, options.other_encoding), (3, roles.other_option)),
    "edge": (
        (5, roles.other_filler), (5, grown.more_definitions), (3, grown.more_exports), (2, edges.other_order),
        (3, edges.another), (1, edges.shared), (2, edges.elsewhere), (3, edges.fewer_definitions),
        (1, edges.fewer_exports), (1, edges.only_what_is_called), (2, grown.more_calls), (2, values.other_calls),
    ),
    "instruction": (
        (6, calls.more_calls), (2, code.more_steps), (2, code.fewer_steps), (1, code.moved_step),
        (2, code.other_operand), (1, code.other_area), (1, code.other_tail), (1, modules.other_start),
        (2, modules.other_parts),
    ),
    "hostile": ((2, code.other_argument_in_code), (2, code.other_return), (1, code.failing)),
}
"""Each as often as its number says, within its kind."""

SPLICES: Sequence[tuple[int, Splice]] = ((1, splices.with_call),)

_ODDS: dict[Kind, int] = {"type": 10, "value": 10, "option": 12, "edge": 36, "instruction": 24, "hostile": 8}


def mutated_graph(blueprint: GraphBlueprint, random: Random) -> Mutated | None:
    before, kinds = _judged(blueprint, random), list(_ODDS)
    for kind in random.choices(kinds, list(_ODDS.values()), k=TRIES):
        (_, change), = random.choices(CHANGES[kind], [weight for weight, _ in CHANGES[kind]])
        if (made := _settled(blueprint, before, kind, change(blueprint, random), random)) is not None:
            return made
    return None


def crossed_graphs(first: GraphBlueprint, second: GraphBlueprint, random: Random) -> Mutated | None:
    before = _judged(first, random)
    for _, splice in random.choices(SPLICES, [weight for weight, _ in SPLICES], k=TRIES // 2):
        if (made := _settled(first, before, "splice", splice(first, second, random), random)) is not None:
            return made
    return None


def _settled(
    blueprint: GraphBlueprint, before: _Judged, kind: Kind, found: GraphChange, random: Random
) -> Mutated | None:
    if found is None or found[0] == blueprint or not _of_fair_size(blueprint, found[0], random):
        return None
    return Mutated(found[0], kind, found[1]) if _acceptable(before, found[0], random, kind == "hostile") else None


def _of_fair_size(before: GraphBlueprint, after: GraphBlueprint, random: Random) -> bool:
    """Whether there is something to call, and not too much of everything: what is large seldom grows."""
    sizes = [sum(1 for _ in walk(b.body)) for b in (before, after)]
    grows = sizes[1] > sizes[0] and random.random() * sizes[1] > FEW_DEFINITIONS
    return 0 < len(after.calls) <= MOST_CALLS and sizes[1] <= MOST_DEFINITIONS and not grows


_Judged: TypeAlias = "tuple[float, float] | str"
"""The share of calls that may trap, and what the costliest comes to; or why the case does not fit."""


def _judged(b: GraphBlueprint, random: Random) -> _Judged:
    try:
        known = whole(b, random)
    except UnfitError as unfit:
        return str(unfit)
    effects = {path: f.effects for path, f in paths(known.root.exports)}
    called = [effects[call.export] for call in b.calls]
    traps = sum(e.traps for e in called) / max(1, len(called))
    costs = [e.cost for e in (*effects.values(), *known.starting)]
    return (1 if any(e.traps for e in known.starting) else traps, max(costs, default=0))


def _acceptable(before: _Judged, after: GraphBlueprint, random: Random, meant: bool) -> bool:
    """Whether it is valid, and as a rule no more of its calls trap. *meant*: that something goes wrong. What did not
    fit before, as far as that can be told, need not fit now."""
    judged = _judged(after, random)
    if isinstance(judged, str) or isinstance(before, str):
        return judged == before and repaired(after) == after
    traps, cost = judged
    chance = 0.5 if meant else 0.15
    tolerated = traps <= before[0] or random.random() < (chance if traps <= MANY_TRAPS else chance / 5)
    return cost <= max(MOST_COST, before[1]) and tolerated
