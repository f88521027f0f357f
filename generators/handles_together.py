"""Operations that belong together: a hook and what sets it off, a store and a look, a loan and a call back.

Functions add to *made* what they have run as an instance, at some depth of calls, and raise `Trap` when it traps.
"""

from __future__ import annotations

from functools import partial
from typing import Literal, TypeAlias

from generators.blueprint import Signature
from generators.drawing import often, pick, seldom
from generators.handles import HOST, Source
from generators.handles_mistakes import leaving, no_such_handle, planned_ways, trap_of_its_own
from generators.handles_operations import Operations
from generators.handles_script import FAILING, RECEIVED, Copy, Drop, Hook, Invoke, Look, New, Op, Raw, Reg, Rep, Script
from generators.handles_values import handles_in, resources_in
from generators.valtypes import BorrowOf, OwnOf, walk

Where: TypeAlias = Literal["destructor", "realloc", "post-return"]
HOOKS: tuple[Where, ...] = ("destructor", "destructor", "realloc", "post-return")
TOGETHER = ("destroy", "ambush", "store", "hook", "fill", "call back")


def special(ops: Operations, instance: int, made: list[Op], depth: int) -> None:
    """Any of these, or a mistake that is planned."""
    ways = planned_ways(ops) if seldom(ops.draw, 2) else ()
    together = ops.axes.among("handle operation", TOGETHER)
    if ops.blueprint.parent and instance == 0 and "call back" in together:
        together = (*together, *("call back",) * len(together))
    match pick(ops.draw, ways or together):
        case "destroy":
            _destroying(ops, instance, made, depth)
        case "ambush":
            _ambush(ops, instance, made, depth)
        case "store":
            _storing(ops, instance, made, depth)
        case "hook":
            ops.run(instance, _hook_for_later(ops, instance), made, depth)
        case "call back" if ops.blueprint.parent and instance == 0:
            _lending(ops, made, depth)
        case "fill" if own := ops.own_types(instance):
            for _ in range(pick(ops.draw, (2, 1))):
                ops.run(instance, ops.fill(instance, own), made, depth)
        case "trap" if ops.choices.errs("trap", 1):
            ops.run(instance, trap_of_its_own(ops), made, depth)
        case _ if (wrong := no_such_handle(ops, instance)) is not None:
            ops.run(instance, wrong, made, depth)


def _storing(ops: Operations, instance: int, made: list[Op], depth: int) -> None:
    """Between `context.set` and `context.get` a thread that does the same: in a destructor, realloc, or call."""
    def run(*those: Op) -> None:
        for op in those:
            ops.run(instance, op, made, depth)

    def hook(where: Where) -> Hook:
        return Hook(where, (Look(), ops.store(), Look()))

    run(*(Look(),) * seldom(ops.draw, 3), ops.store())
    destroyed, returned, called = ops.choices.with_destructors(instance), *_calls_that_store(ops, instance, depth)
    ways = ["destructor"] * bool(destroyed) + ["realloc"] * 2 * bool(returned) + ["call"] * 3 * bool(called)
    match pick(ops.draw, (*ways, "post-return")):
        case "destructor":
            type, register = pick(ops.draw, destroyed), pick(ops.draw, range(RECEIVED))
            run(hook("destructor"), New(type, ops.rep(instance, type), register), Drop(type, Reg(register)))
        case "realloc":
            ops.call_of(instance, returned, made, depth, hook("realloc"))
        case "call":
            ops.call_of(instance, called, made, depth)
        case "post-return":
            run(hook("post-return"))
    run(Look())


def _calls_that_store(ops: Operations, instance: int, depth: int) -> tuple[list[int], list[int]]:
    """Imports whose results take reallocs, and those that come back to *instance* or may."""
    able = ops.able(instance, depth)
    back = [c for c in able if ops.blueprint.parent or ops.blueprint.callee(instance, c).instance == instance]
    return [c for c in able if ops.reallocs(instance, c)], back


def _destroying(ops: Operations, instance: int, made: list[Op], depth: int) -> None:
    """A resource that is made and dropped, whose destructor calls, drops, makes another, or traps."""
    types = ops.choices.with_destructors(instance)
    if not types:
        return
    type = pick(ops.draw, types)
    ops.run(instance, New(type, ops.rep(instance, type), 7), made, depth)
    if ops.blueprint.destructor(Source(instance, type)) is True:
        _hook_destructor(ops, instance, type, made, depth)
    ops.run(instance, Drop(type, Reg(7)), made, depth)


def _hook_destructor(ops: Operations, instance: int, type: int, made: list[Op], depth: int) -> None:
    """Of the resource in register 7."""
    mine = ops.model.holders[instance].registers[7]
    ways: list[Op] = [New(t, ops.rep(instance, t), 6) for t in ops.own_types(instance)[:2]]
    for index, held in list(ops.model.holders[instance].held())[-4:]:
        if index != mine and not held.lends and ops.choices.can_be_destroyed(instance, held.resource, held.rep):
            ways += [ops.drop(instance, index, held)] * 2
    ways += [call for c in ops.able(instance, depth) if (call := _call_in_destructor(ops, instance, c, mine))] * 2
    if ops.choices.errs("trap", 1):
        ways = [*FAILING]
    elif (wrong := ops.choices.wrong_handle("resource.drop", 3, instance, OwnOf(type))) is not None:
        ways = [Drop(type, wrong)]
    script = (pick(ops.draw, ways),) if ways else ()
    ops.run(instance, Hook("destructor", script), made, depth)


def _call_in_destructor(ops: Operations, instance: int, callee: int, mine: int) -> Invoke | None:
    """A call with nothing of *mine*, whose callee drops what it is lent, and does no more."""
    signature, source = ops.blueprint.definition(instance).imports[callee], ops.blueprint.callee(instance, callee)
    made = ops.choices.guest_args(instance, callee)
    if made is None or any(ops.model.holders[instance].value(h) == mine for h in made[1]) or len(made[1]) > 4:
        return None
    given = [t for p, image in zip(signature.params, made[0], strict=True) for t in handles_in(p, image)]
    if source.instance == HOST:
        return Invoke(callee, *made, (), 0)
    there = ops.blueprint.definition(source.instance)
    result = there.functions[source.index].signature.result
    if result is not None and any(r < there.imported for r in resources_in(Signature((result,)))):
        return None
    resources = [ops.blueprint.resource(instance, t.resource) for t in given]
    drops = tuple(
        Drop(ops.choices.known_as(source.instance, r), Reg(RECEIVED + n))
        for n, (t, r) in enumerate(zip(given, resources, strict=True))
        if isinstance(t, BorrowOf) and r.instance != source.instance
    )
    return Invoke(callee, *made, drops, 0)


def _ambush(ops: Operations, instance: int, made: list[Op], depth: int) -> None:
    """A call during which a realloc or post-return of the callee's, or the caller's own realloc, does something:
    what traps is a mistake. Owned handles are on their way as a rule."""
    able = ops.able(instance, depth)
    imports = ops.blueprint.definition(instance).imports
    guests = [c for c in able if ops.blueprint.callee(instance, c).instance != HOST]
    owned = [c for c in guests if any(isinstance(t, OwnOf) for p in imports[c].params for t in walk(p))]
    returned = [c for c in able if ops.reallocs(instance, c)]
    if returned and seldom(ops.draw, 2):
        hook = Hook("realloc", _in_ambush(ops, instance))
        ops.call_of(instance, returned, made, depth, hook)
    elif guests:
        posted = [c for c in guests if ops.posts(instance, c)] if seldom(ops.draw, 2) else []
        callee = pick(ops.draw, posted or owned or guests)
        there = ops.blueprint.callee(instance, callee)
        where: Where = "post-return" if ops.posts(instance, callee) and often(ops.draw, 3) else "realloc"
        hook = Hook(where, _in_ambush(ops, there.instance))
        ops.planted = lambda there, inner, depth: ops.run(there, hook, inner, depth)
        for _ in range(1 if where == "post-return" else 2):
            if callee in ops.able(instance, depth):
                ops.call_of(instance, [callee], made, depth)
        ops.planted = None


def _in_ambush(ops: Operations, instance: int) -> Script:
    """What does no harm where an instance may not leave, or ends the case."""
    ways: list[Op] = [Look(), Copy(Raw(0), 7)]
    if ops.choices.errs("trap", 1):
        ways = [*FAILING]
    elif ops.choices.errs("leave", 1):
        ways = leaving(ops, instance) or ways
    return (pick(ops.draw, ways),)


def _hook_for_later(ops: Operations, instance: int) -> Op:
    """What the guest does some time in a destructor, or where it may not leave: with handles that it has now."""
    holder = ops.model.holders[instance]
    where = pick(ops.draw, HOOKS)
    ways: list[Op] = [Look()]
    if where == "destructor":
        ways = [New(t, ops.rep(instance, t), 0) for t in ops.own_types(instance)]
        ways += [ops.drop(instance, index, held) for index, held in list(holder.held())[-3:]]
    elif ops.choices.errs("leave", 2):
        ways = leaving(ops, instance)
    for index, held in list(holder.held())[-3:]:
        if held.resource.instance == instance:
            ways.append(Rep(held.resource.index, ops.choices.operand(instance, index)))
    return Hook(where, (pick(ops.draw, ways),) if ways else ())


def _lending(ops: Operations, made: list[Op], depth: int) -> None:
    """The parent lends to a child, which calls it: what is lent may then not be dropped, passed on or returned."""
    imports = ops.blueprint.definition(0).imports
    able = [c for c in ops.able(0, depth)
            if any(isinstance(t, BorrowOf) for p in imports[c].params for t in walk(p))
            and _calls_parent(ops, ops.blueprint.callee(0, c).instance)]
    if able:
        ops.planted = partial(_call_back, ops)
        ops.call_of(0, able, made, depth)
        ops.planted = None


def _call_back(ops: Operations, child: int, made: list[Op], depth: int) -> None:
    """*child* calls the parent, which then, if it returns something, may do nothing else."""
    able = [c for c in _calls_parent(ops, child) if c in ops.able(child, depth)]
    returned = [c for c in able if ops.blueprint.definition(child).imports[c].result is not None]
    if able:
        ops.quiet = bool(returned) and seldom(ops.draw, 2)
        ops.call_of(child, returned if ops.quiet else able, made, depth)
        ops.quiet = False


def _calls_parent(ops: Operations, child: int) -> list[int]:
    """The imports of *child* that are the parent's."""
    imports = ops.blueprint.definition(child).imports
    return [c for c in range(len(imports)) if ops.blueprint.callee(child, c).instance == 0]
