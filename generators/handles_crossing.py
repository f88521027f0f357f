"""How handles cross between instances in the model of a case: lifted out of one table, lowered into another.

From CanonicalABI.md: own and borrow in "Loading" and "Storing", lends in "Subtask State", borrows left over in "Tasks".
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from fact.model.traps import Trap, TrapReason
from generators.handles import Source
from generators.handles_builtins import new, typed
from generators.handles_instances import Instances
from generators.handles_script import AT_A_TIME, RETURNED
from generators.handles_state import Held, Task, fresh_rep
from generators.handles_values import handles_in, moved_in, parts_of, slots_in
from generators.valtypes import BorrowOf, Image, MapOf, OwnOf, Type, kind_of


def lifted(
    model: Instances, instance: int, types: Sequence[Type], images: Sequence[Image], handles: Sequence[int],
    lenders: list[Held],
) -> list[tuple[Source, int]]:
    """Resource types and representations of *handles*, in order."""
    kinds = [h for t, image in zip(types, images, strict=True) for h in handles_in(t, image)]
    if len(kinds) > 1:
        model.met.add("several handles in a call")
    return [_lift(model, instance, t, handle, lenders) for t, handle in zip(kinds, handles, strict=True)]


def _lift(model: Instances, instance: int, t: OwnOf | BorrowOf, index: int, lenders: list[Held]) -> tuple[Source, int]:
    """A borrowed handle is lent; an owned one leaves the table."""
    held = typed(model, instance, t.resource, index)
    if isinstance(t, BorrowOf):
        held.lends += 1
        lenders.append(held)
        model.met.add(f"{held.kind} passed as borrow")
        return held.resource, held.rep
    if held.lends:
        model.met.add(f"{held.kind} passed as own while lent")
        raise Trap(TrapReason.HANDLE_LENT)
    if not held.own:
        model.met.add("borrow passed as own")
        raise Trap(TrapReason.HANDLE_NOT_OWNED)
    model.holders[instance].remove(index)
    return held.resource, held.rep


def lower(
    model: Instances, instance: int, parts: Sequence[Type], values: Sequence[tuple[Source, int]], task: Task | None,
    to: int,
) -> None:
    """Handles go into *instance*'s table, with a realloc for each list; without *task* there are no borrows."""
    holder, left, indices = model.holders[instance], iter(values), []
    for part in parts:
        if not isinstance(part, OwnOf | BorrowOf):
            model.realloc(instance)
            continue
        resource, rep = next(left)
        if isinstance(part, BorrowOf) and resource.instance == instance:
            model.met.add("borrow to who implements it")
            indices.append(rep)
            continue
        scope = task if isinstance(part, BorrowOf) else None
        if scope is not None:
            scope.borrows += 1
        indices.append(holder.add(Held(resource, rep, scope)))
    for i, handle in enumerate(indices):
        model.keep(instance, handle, to + i % AT_A_TIME)


def lifted_result(model: Instances, source: Source, task: Task) -> tuple[list[Type], list[tuple[Source, int]]]:
    """Lists, strings and handles in the function's result, and the handles' values."""
    function = model.blueprint.definition(source.instance).functions[source.index]
    result, values = function.signature.result, list[tuple[Source, int]]()
    lists: list[Type] = []
    if result is not None:
        image = function.returns
        slots = zip(handles_in(result, image), slots_in(result, image), strict=True)
        handles = [_outgoing(model, source.instance, t, slot) for t, slot in slots]
        note_places(model, (result,), (image,), "result")
        model.doing = "result"
        values = lifted(model, source.instance, (result,), (image,), handles, [])
        lists = list(moved_in(result, image))
    if task.borrows:
        model.doing = "return"
        raise Trap(TrapReason.BORROWS_LEFT)
    return lists, values


def _outgoing(model: Instances, instance: int, t: OwnOf | BorrowOf, slot: int) -> int:
    """What register *slot* beyond `RETURNED` holds, or a new resource."""
    holder = model.holders[instance]
    register = RETURNED + slot % AT_A_TIME
    handle, holder.registers[register] = holder.registers[register], 0
    if handle or t.resource < model.blueprint.definition(instance).imported:
        return handle
    holder.fresh += 1
    return new(model, instance, t.resource, fresh_rep(model.blueprint.definition(instance), t.resource, holder.fresh))


def note_places(model: Instances, types: Sequence[Type], images: Sequence[Image], where: str) -> None:
    """Tests count in what values, and *where* in a signature, handles cross."""
    for t, image in zip(types, images, strict=True):
        model.met.update(f"{kind} {place}, {where}" for kind, place in places(t, image))


def places(t: Type, image: Image, inside: str = "itself") -> Iterator[tuple[str, str]]:
    """Kind and place of each handle in a value: what it lies in."""
    if isinstance(t, OwnOf | BorrowOf):
        yield "own" if isinstance(t, OwnOf) else "borrow", inside
    elif isinstance(t, MapOf) and isinstance(image, tuple):
        for pair in image:
            assert isinstance(pair, tuple)
            yield from places(t.value, pair[1], "in map")
    elif isinstance(image, tuple):
        for part, inner in parts_of(t, image):
            yield from places(part, inner, f"in {kind_of(t)}")
