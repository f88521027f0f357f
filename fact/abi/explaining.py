"""What a trap over handles, entering or leaving tells people: the state it was found in, by name, a line each.

CanonicalABI.md, "Table State", "Resource State", "Component Instances". Made when something traps, never before.
"""

from __future__ import annotations

from collections.abc import Iterable

from fact.abi.instances import ComponentInstance
from fact.abi.table import HandleState
from fact.abi.tasks import BorrowScope
from fact.model.traps import Trap, TrapReason

SHOWN = 8
"""How many handles are listed at most, and how many tables."""

OVER_HANDLES = frozenset({
    TrapReason.UNKNOWN_HANDLE, TrapReason.WRONG_RESOURCE_TYPE, TrapReason.HANDLE_LENT, TrapReason.HANDLE_NOT_OWNED,
    TrapReason.BORROWS_LEFT, TrapReason.HANDLE_TABLE_FULL,
})


def handle_used(inst: ComponentInstance, use: str, i: int, h: HandleState | None, wanted: str) -> tuple[str, ...]:
    """*inst* uses index *i* of its table, where *h* is, as a *wanted*: `root.clerk passes on index 1 as own item`."""
    entries = dict(inst.handles.entries())
    if h is None:
        found = f"it holds nothing there: {absence(i, entries)}"
    else:
        entries[i] = h
        found = f"it holds there: {handle_text(inst, h)}"
    return f"{inst.name} {use} index {i} as {wanted}; {found}", table_text(inst, entries)


def absence(i: int, entries: dict[int, HandleState | None]) -> str:
    """Why there is no handle at index *i*; *entries* are all indices that were ever handed out."""
    if i in entries:
        return "it was freed, by a drop or by passing the handle on"
    if i == 0:
        return "index 0 is never handed out"
    return f"never handed out ({f'1 to {max(entries)} were' if entries else 'none was'})"


def borrows_left(inst: ComponentInstance, task: BorrowScope) -> Trap:
    """*inst* returns from *task* and has not dropped all that it was lent."""
    left = [(i, h) for i, h in inst.handles.entries() if h is not None and not h.own and h.borrow_scope == task]
    count = "1 handle that was" if task.num_borrows == 1 else f"{task.num_borrows} handles that were"
    still = f"{inst.name} returns, but has not dropped {count} lent to this call: {listed(inst, left)}"
    return Trap(TrapReason.BORROWS_LEFT, state=(still, handles_of(inst)))


def table_full(inst: ComponentInstance) -> tuple[str, ...]:
    return f"{inst.name} cannot be given another handle", handles_of(inst)


def cannot_enter(inst: ComponentInstance, caller: ComponentInstance | None) -> Trap:
    running = [entered.name for entered in inst.entering_set(caller) if not entered.may_enter]
    by = "the host" if caller is None else caller.name
    verb = "is" if len(running) == 1 else "are"
    state = f"{by} calls {inst.name}, but {' and '.join(running)} {verb} entered already, or ended by a trap"
    return Trap(TrapReason.CANNOT_ENTER, state=(state,))


def cannot_leave(inst: ComponentInstance) -> Trap:
    return Trap(TrapReason.CANNOT_LEAVE, state=(f"{inst.name} is in a realloc or a post-return function",))


def tables(instances: Iterable[ComponentInstance]) -> tuple[str, ...]:
    """The handle tables that hold something, for whoever does not know which handle a trap is over."""
    holding = [inst for inst in instances if any(h is not None for _, h in inst.handles.entries())]
    more = (f"and {len(holding) - SHOWN} more component instances that hold handles",) if len(holding) > SHOWN else ()
    return (*map(handles_of, holding[:SHOWN]), *more)


# -- words


def handles_of(inst: ComponentInstance) -> str:
    """The handle table of *inst*: `handles of root.clerk: 1 own ...`."""
    return table_text(inst, dict(inst.handles.entries()))


def table_text(inst: ComponentInstance, entries: dict[int, HandleState | None]) -> str:
    held = [(i, h) for i, h in sorted(entries.items()) if h is not None]
    return f"handles of {inst.name}: {listed(inst, held)}"


def listed(inst: ComponentInstance, handles: Iterable[tuple[int, HandleState]]) -> str:
    """`1 own root.shop.item (rep 7); 2 borrow ...; 3 more`."""
    all_of_them = list(handles)
    told = [f"{i} {handle_text(inst, h)}" for i, h in all_of_them[:SHOWN]]
    if len(all_of_them) > SHOWN:
        told.append(f"{len(all_of_them) - SHOWN} more")
    return "; ".join(told) or "none"


def handle_text(inst: ComponentInstance, h: HandleState) -> str:
    """`own root.shop.item (rep 7), lent once`."""
    lent = "" if h.num_lends == 0 else ", lent once" if h.num_lends == 1 else f", lent {h.num_lends} times"
    return f"{'own' if h.own else 'borrow'} {inst.resources[h.rt].name} (rep {h.rep}){lent}"
