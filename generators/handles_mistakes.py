"""Operations that are mistakes, or may be: wrong handles, borrowed for owned, leaving where that may not be, traps.

Which mistakes a case still has to make is in `handles_choices`: `Mistakes`.
"""

from __future__ import annotations

from generators.drawing import pick
from generators.handles import HOST, Source
from generators.handles_operations import Operations
from generators.handles_script import FAILING, RECEIVED, Drop, Invoke, New, Op, Rep
from generators.handles_state import Held
from generators.valtypes import OwnOf, walk

MADE_BY = {
    "leave": ("ambush", "ambush", "hook"), "trap": ("trap", "ambush", "ambush", "destroy", "destroy", "destroy"),
    "resource.drop": ("wrong", "wrong", "destroy"), "resource.rep": ("wrong",),
}
"""By the place of a mistake, what makes it."""


def planned_ways(ops: Operations) -> tuple[str, ...]:
    """How the mistakes that are planned can be made."""
    return tuple(way for place, ways in MADE_BY.items() if ops.choices.plans(place) for way in ways)


def trap_of_its_own(ops: Operations) -> Op:
    """The guest traps of its own accord."""
    return pick(ops.draw, FAILING)


def no_such_handle(ops: Operations, instance: int) -> Op | None:
    """`resource.drop` or `resource.rep` of what is no such handle, if there is to be a mistake."""
    definition = ops.blueprint.definition(instance)
    if not definition.types:
        return None
    type = OwnOf(pick(ops.draw, range(definition.types)))
    own = type.resource >= definition.imported
    if own and (handle := ops.choices.wrong_handle("resource.rep", 1, instance, type)) is not None:
        return Rep(type.resource, handle)
    handle = ops.choices.wrong_handle("resource.drop", 1, instance, type)
    return None if handle is None else Drop(type.resource, handle)


def tempting(ops: Operations, instance: int, held: list[tuple[int, Held]], depth: int) -> list[Op]:
    """What seldom can go wrong: a borrowed handle where an owned one is asked for, and the destructor of an
    instance that runs."""
    def barred(h: Held) -> bool:
        return h.own and not h.lends and h.resource.instance not in (HOST, instance) and not ops.model.may_enter(
            h.resource.instance, instance)

    ways: list[Op] = [ops.drop(instance, index, h) for index, h in held if barred(h)]
    borrowed = {h.resource: index for index, h in held if not h.own}
    for callee, s in enumerate(ops.blueprint.definition(instance).imports if borrowed and depth < 4 else ()):
        asked = [t for p in s.params for t in walk(p)]
        if (any(isinstance(t, OwnOf) and ops.blueprint.resource(instance, t.resource) in borrowed for t in asked)
                and ops.model.may_enter(ops.blueprint.callee(instance, callee).instance, instance)):
            ways += _passing_borrowed(ops, instance, callee, borrowed)
    return ways


def _passing_borrowed(ops: Operations, instance: int, callee: int, borrowed: dict[Source, int]) -> list[Op]:
    """A call that passes borrowed handles wherever owned ones of their types are asked for, if there is one."""
    made = ops.choices.guest_args(instance, callee, borrowed)
    return [] if made is None else [Invoke(callee, *made, (), pick(ops.draw, range(RECEIVED)))]


def leaving(ops: Operations, instance: int) -> list[Op]:
    """What may not be done in a realloc or post-return."""
    held = list(ops.model.holders[instance].held())[-2:]
    ways: list[Op] = [New(t, 5, 7) for t in ops.own_types(instance)[:1]]
    ways += [ops.drop(instance, index, h) for index, h in held]
    for callee in range(len(ops.blueprint.definition(instance).imports)):
        if (args := ops.choices.guest_args(instance, callee)) is not None:
            ways.append(Invoke(callee, *args, (), 7))
    return ways
