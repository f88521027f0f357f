"""Other types: of a function, with whoever has to agree on it; of a value, wherever it occurs; and more or fewer
parameters."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random

from generators.blueprint import Blueprint, Signature
from generators.frozen import put
from generators.layout import FLAT_LIMIT, flat, needs_memory
from generators.mutation.images import converted, fresh_image
from generators.mutation.types import changed_type, fresh_type, is_modest
from generators.mutation.values_bodies import LIVE, running
from generators.mutation.values_bounds import is_known_to_all
from generators.mutation.words import Found, Weighted, said_signature, said_type
from generators.rewriting.retyping import Change, retyped
from generators.rewriting.slots import Slot, groups, signatures, slots, twins
from generators.types import SCALAR_TYPES
from generators.typetext import value_types
from generators.valtypes import Image, Type, is_nominal, parts, replaced, walk

MOST_PARAMS = 20

_TRIES = 6


# -- one group of functions


def part(b: Blueprint, random: Random) -> Found:
    """A part of one parameter or result, for all who have to agree on it."""
    group = a_group(b, random)
    if group is None:
        return None
    slots_, old = group
    positions = [*range(len(old.params)), *(-1,) * (old.result is not None)]
    if not positions:
        return None
    at = random.choice(positions)
    before = old.params[at] if at >= 0 else old.result
    assert before is not None
    others = all_types(b)
    for _ in range(_TRIES):
        t = changed_type(before, random, others)
        if t != before:
            new = Signature(put(old.params, at, t), old.result) if at >= 0 else Signature(old.params, t)
            told = f"{said_type(before)} -> {said_type(t)}"
            return retyped_group(b, slots_, old, new, same_parameters(old), random, told)
    return None


def anew(b: Blueprint, random: Random) -> Found:
    """A type that is made anew for a parameter or the result, or for both a parameter and the result."""
    group = a_group(b, random)
    if group is None:
        return None
    slots_, old = group
    t = fresh_type(random, not is_known_to_all(b))
    at = random.randrange(-1, len(old.params))
    params = put(old.params, at, t) if at >= 0 else old.params
    new = Signature(params, t if at < 0 or random.random() < 0.4 else old.result)
    return retyped_group(b, slots_, old, new, same_parameters(old), random, f"{said_type(t)}, made anew")


def parameter_added(b: Blueprint, random: Random) -> Found:
    group = a_group(b, random)
    if group is None or len(group[1].params) >= MOST_PARAMS:
        return None
    slots_, old = group
    at = random.randrange(len(old.params) + 1)
    t = random.choice([*all_types(b), *SCALAR_TYPES] if random.random() < 0.7 else SCALAR_TYPES)
    new = Signature((*old.params[:at], t, *old.params[at:]), old.result)
    kept = same_parameters(old)
    told = f"parameter {at}: {said_type(t)} added"
    return retyped_group(b, slots_, old, new, (*kept[:at], None, *kept[at:]), random, told)


def parameter_removed(b: Blueprint, random: Random) -> Found:
    group = a_group(b, random)
    if group is None or not group[1].params:
        return None
    slots_, old = group
    at = random.randrange(len(old.params))
    kept = same_parameters(old)
    kept = (*kept[:at], *kept[at + 1 :])
    new = Signature(tuple(old.params[k] for k in kept if k is not None), old.result)
    return retyped_group(b, slots_, old, new, kept, random, f"parameter {at} removed")


def parameters_permuted(b: Blueprint, random: Random) -> Found:
    group = a_group(b, random)
    if group is None or len(group[1].params) < 2:
        return None
    slots_, old = group
    kept = tuple(random.sample(range(len(old.params)), len(old.params)))
    new = Signature(tuple(old.params[k] for k in kept), old.result)
    return retyped_group(b, slots_, old, new, kept, random, "parameters in another order")


def result(b: Blueprint, random: Random) -> Found:
    """Another result, or none: often one of the parameters' types, so that it can be handed back."""
    group = a_group(b, random)
    if group is None:
        return None
    slots_, old = group
    able: list[Type | None] = [*old.params, *all_types(b), random.choice(SCALAR_TYPES), None]
    t = random.choice([t for t in able if t != old.result])
    return retyped_group(b, slots_, old, Signature(old.params, t), same_parameters(old), random,
                    f"result {said_type(old.result)} -> {said_type(t)}")


def flattened(b: Blueprint, random: Random) -> Found:
    """So many scalars more, or parameters less, that as many core values are passed as can be, or one more."""
    group = a_group(b, random)
    if group is None:
        return None
    slots_, old = group
    wanted = FLAT_LIMIT + random.choice((0, 1, 1, -1))
    params, kept, left = [], [], wanted
    for k, t in enumerate(old.params):
        if len(flat(t, "i32")) <= left:
            params.append(t)
            kept.append(k)
            left -= len(flat(t, "i32"))
    scalars = [random.choice(SCALAR_TYPES) for _ in range(3)]
    new = Signature((*params, *(scalars[n % 3] for n in range(left))), old.result)
    return retyped_group(b, slots_, old, new, (*kept, *(None,) * left), random, f"{wanted} flat parameters")


def alike(b: Blueprint, random: Random) -> Found:
    """The type of another function of the case."""
    group = a_group(b, random)
    if group is None:
        return None
    slots_, old = group
    others = [s for s in signatures(b) if s != old]
    if not others:
        return None
    return as_signature(b, slots_, old, random.choice(others), random, "the type of another function")


# -- everywhere


def everywhere(b: Blueprint, random: Random) -> Found:
    """One value type, in all types that mention it."""
    found = all_types(b) if random.random() < 0.7 else [t for s in signatures(b) for t in value_types(s)]
    if not found:
        return None
    old = random.choice(found)
    others = [t for t in all_types(b) if t != old and old not in walk(t)]
    new = next((t for _ in range(_TRIES) if (t := changed_type(old, random, others)) != old), old)
    if new == old or not is_modest(new):
        return None
    changes: dict[Slot, Change] = {}
    for slot, s in slots(b):
        other = Signature(tuple(replaced(t, old, new) for t in s.params),
                          None if s.result is None else replaced(s.result, old, new))
        if other != s:
            if not all(map(is_modest, value_types(other))):
                return None
            changes[slot] = _change(s, other, same_parameters(s), random)
    if not _can_stand(b, changes):
        return None
    return retyped(b, changes), f"everywhere {said_type(old)} -> {said_type(new)}"


# -- parts


def all_types(b: Blueprint) -> list[Type]:
    """What is no scalar, in the types of the case's functions."""
    found: dict[Type, None] = {}
    for s in signatures(b):
        for t in value_types(s):
            found.update(dict.fromkeys(u for u in walk(t) if parts(u) or u not in SCALAR_TYPES))
    return list(found)


def a_group(b: Blueprint, random: Random) -> tuple[tuple[Slot, ...], Signature] | None:
    """Slots that agree, and the type in them: mostly of functions that run, of many slots more often than of few."""
    found = groups(b)
    if not found:
        return None
    if random.random() < LIVE:
        ran = running(b)
        found = [group for group in found if any((s.definition, s.item, s.part) in ran for s in group
                                                 if s.kind == "function")] or found
    (group,) = random.choices(found, [min(len(group), 6) for group in found])
    types = dict(slots(b))
    return group, types[group[0]]


def same_parameters(old: Signature) -> tuple[int | None, ...]:
    return tuple(range(len(old.params)))


def _change(old: Signature, new: Signature, kept: Sequence[int | None], random: Random) -> Change:
    def fresh(t: Type) -> Image:
        return fresh_image(t, random)

    def image(before: Type, after: Type, i: Image) -> Image:
        return converted(before, after, i, fresh)

    return Change(old, new, tuple(kept), image, fresh)


def retyped_group(
    b: Blueprint, group: Sequence[Slot], old: Signature, new: Signature, kept: Sequence[int | None], random: Random,
    told: str,
) -> Found:
    """*new* for *old* in all slots of *group*, its parameters made of the old ones *kept*."""
    if new == old:
        return None
    changes = dict.fromkeys(group, _change(old, new, kept, random))
    if not _can_stand(b, changes):
        return None
    where = group[0]
    return retyped(b, changes), f"{said_signature(old)} of definition {where.definition}: {told}"


def as_signature(
    b: Blueprint, group: Sequence[Slot], old: Signature, new: Signature, random: Random, told: str
) -> Found:
    """*new* for *old*, its parameters made of the old ones in their places."""
    kept = tuple(k if k < len(old.params) else None for k in range(len(new.params)))
    return retyped_group(b, group, old, new, kept, random, told)


def _can_stand(b: Blueprint, changes: dict[Slot, Change]) -> bool:
    """What is lifted again has neither memory nor realloc; components that pass for each other call no type by a
    name."""
    if any(slot.kind == "relift" and needs_memory(change.new) for slot, change in changes.items()):
        return False
    alike = {d for pair in twins(b) for d in pair}
    return not any(slot.definition in alike and any(map(is_nominal, value_types(change.new)))
                   for slot, change in changes.items())


TYPE_CHANGES: Weighted = (
    (36, part), (16, anew), (8, parameter_added), (8, parameter_removed), (3, parameters_permuted), (12, result),
    (4, flattened), (4, alike), (20, everywhere),
)
