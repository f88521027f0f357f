"""Mutations of the family handles: one change, then the case is made whole again.

Handle errors are traps, hence a case is never invalid for what its scripts do. But after a trap nothing of a call runs:
where fewer calls return than before, operations are mended (`handles_replayed`), or something else is tried, as a rule.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from random import Random
from typing import TypeAlias

from generators.handles import Dropping, HandleBlueprint
from generators.handles_script import operations
from generators.handles_used import script_of
from generators.handles_values import resources_in
from generators.mutation import handles_edges as edges
from generators.mutation import handles_grown as grown
from generators.mutation import handles_instructions as instructions
from generators.mutation import handles_nested as nested
from generators.mutation import handles_options as options
from generators.mutation import handles_splices as splices
from generators.mutation import handles_types as types
from generators.mutation import handles_values as values
from generators.mutation.handles_replayed import Ran, replayed
from generators.mutation.words import Kind, Mutated

TRIES = 16

MOST_OPERATIONS = 60
MOST_CALLS = 6
MOST_INSTANCES = 9

FAIR_SHARE = 0.5
"""Of calls that return."""

Change: TypeAlias = Callable[[HandleBlueprint, Random], values.HandleChange]
Splice: TypeAlias = Callable[[HandleBlueprint, HandleBlueprint, Random], values.HandleChange]

CHANGES: dict[Kind, Sequence[tuple[int, Change]]] = {
    "type": ((4, types.other_parameter), (2, types.other_parameters), (2, types.other_result)),
    "value": (
        (3, values.other_number), (4, values.other_arguments), (1, values.other_result), (1, values.other_answer),
    ),
    "option": (
        (2, options.other_post_return), (2, options.other_form), (1, options.other_memory),
        (4, options.other_destructor), (1, options.other_noted), (1, options.other_holding),
    ),
    "edge": (
        (3, edges.other_source), (2, edges.other_provider), (3, edges.other_callee), (2, edges.more_imports),
        (2, edges.other_groups), (1, edges.other_parent), (3, edges.less), (1, edges.without_instance),
        (1, edges.without_import), (3, grown.more_instances), (2, grown.more_groups), (2, grown.more_functions),
        (1, grown.more_types), (1, grown.more_of_hosts), (2, grown.more_exports), (1, grown.fewer_exports),
    ),
    "instruction": (
        (8, instructions.inserted), (4, instructions.taken_out), (1, instructions.swapped), (1, instructions.repeated),
        (2, instructions.moved), (2, instructions.other_handle), (1, instructions.other_register), (2, nested.hooked),
        (1, nested.unhooked), (2, nested.delegated), (1, nested.done_here), (3, grown.more_calls),
        (3, grown.other_calls),
    ),
    "hostile": ((2, instructions.spoiled), (3, instructions.mistaken), (1, instructions.failing)),
}
"""Each as often as its number says, within its kind."""

SPLICES: Sequence[tuple[int, Splice]] = (
    (2, splices.with_call), (3, splices.with_operations_of), (2, splices.with_shape_of),
)

_ODDS: dict[Kind, int] = {"type": 14, "value": 14, "option": 10, "edge": 20, "instruction": 28, "hostile": 14}


def mutated_handles(blueprint: HandleBlueprint, random: Random) -> Mutated | None:
    before, kinds = replayed(blueprint, random), list(_ODDS)
    for kind in random.choices(kinds, list(_ODDS.values()), k=TRIES):
        (_, change), = random.choices(CHANGES[kind], [weight for weight, _ in CHANGES[kind]])
        if (made := _settled(before, kind, change(blueprint, random), random)) is not None:
            return made
    return None


def crossed_handles(first: HandleBlueprint, second: HandleBlueprint, random: Random) -> Mutated | None:
    before = replayed(first, random)
    for _, splice in random.choices(SPLICES, [weight for weight, _ in SPLICES], k=TRIES):
        if (made := _settled(before, "splice", splice(first, second, random), random)) is not None:
            return made
    return None


def _settled(before: Ran, kind: Kind, found: values.HandleChange, random: Random) -> Mutated | None:
    """What was found, made whole; None if it cannot be, is too large or no change, and mostly if fewer calls return."""
    if found is None:
        return None
    after, said = found
    if not within_bounds(after) or not after.fits() or not _parent_first(after):
        return None
    ran = replayed(after, random)
    if not _tolerated(before, ran, random, 0.4 if kind == "hostile" else 0.1):
        ran = replayed(after, random, mended=True)
        if not _tolerated(before, ran, random, 0.1):
            return None
    if not ran.blueprint.calls or ran.blueprint == before.blueprint:
        return None
    return Mutated(ran.blueprint, kind, said)


def _tolerated(before: Ran, after: Ran, random: Random, chance: float) -> bool:
    """Whether no fewer calls return; else by *chance*, a smaller one where only a few return then."""
    return after.share >= before.share or random.random() < (chance if after.share >= FAIR_SHARE else chance / 5)


def _parent_first(b: HandleBlueprint) -> bool:
    """Whether what the parent has for its children is of its own types: what it imports has no name yet."""
    if not b.parent:
        return True
    parent = b.definitions[0]
    used = [r for f in parent.functions for r in resources_in(f.signature)]
    used += [r.destructor.type for r in parent.resources if isinstance(r.destructor, Dropping)]
    used += [s.index for instance in b.instances for s in instance.types if s.instance == 0]
    return all(r >= parent.imported for r in used)


def within_bounds(b: HandleBlueprint) -> bool:
    """Whether a case is of a fair size."""
    count = sum(1 for call in b.calls for _ in operations(script_of(call)))
    return count <= MOST_OPERATIONS and len(b.calls) <= MOST_CALLS and len(b.instances) <= MOST_INSTANCES
