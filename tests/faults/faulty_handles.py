"""Faults in handles: tables, lending, borrows, destructors and resource types, in every stage that deals with them."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import fields, is_dataclass, replace
from typing import Any

from faulty import AdapterFault, Fault, Function, Hunt, PlanFault, ReferenceFault
from faulty_focus_handles import CALLED_BACK, HANDLES, HANDLES_WHERE_NATIVE_AGREES, HOLDING
from faulty_text import EXPRESSION, editing, editing_support, never_trapping, substitution, without_traps

from fact.abi.builtins import destructor
from fact.abi.canon import canon_lower
from fact.abi.context import LiftLowerContext
from fact.abi.flat import CoreValueIter
from fact.abi.flattening import MAX_FLAT_PARAMS, MAX_FLAT_RESULTS
from fact.abi.handles import lift_borrow, lift_own, lower_borrow
from fact.abi.table import ResourceHandle, Table
from fact.abi.tasks import Subtask
from fact.abi.values import lift_flat_values, lower_flat_values
from fact.model.plan import BUILTINS, CompiledAdapterModule, Plan
from fact.model.types import Borrow, Own

# -- the support module of handle tables

_LENDS = (
    r"\(i32\.store \$entries offset=8 \(local\.get \$entry\)"
    r" \(i32\.{op} \(i32\.load [^()]*\([^()]*\)\) \(i32\.const 1\)\)\)"
)
_LENT = r"\(if \(i32\.load \$entries offset=8 [^;]*?\(i32\.const 3\) \(i32\.const 0\)\)\)\)"
_FREED = r" \(i32\.store \$tables offset=12 \(local\.get \$table\) \(local\.get \$index\)\)"
_OF_ANOTHER_TYPE = (
    rf"\(if \(i32\.ne \(i32\.load \$entries \(local\.get \$entry\)\) {EXPRESSION}\)"
    r" \(then \(return \(i32\.const 2\) \(i32\.const 0\)\)\)\)"
)


def in_export(name: str, edit: Callable[[str], str]) -> Callable[[str], str]:
    """*edit* of the function that the support module exports under that name."""
    pattern = re.compile(rf'\(func (?:\S+ )?\(export "{name}"\) .*?(?= \(; |\s*\(func |\)$)')
    return lambda text: pattern.sub(lambda found: edit(found[0]), text)


def table_fault(name: str, description: str, section: str, hunt: Hunt, edit: Callable[[str], str]) -> AdapterFault:
    wrong = editing_support("handles", edit)
    return AdapterFault(name=name, description=description, section=section, hunt=hunt, edit=wrong)


_LAST_FIRST = (
    '(func (export "next") (result i32)'
    " (global.set $queue_end (i32.sub (global.get $queue_end) (i32.const 4)))"
    " (i32.load $queue (global.get $queue_end))))"
)

# -- built-ins and adapters


def of_built_ins(edit: Callable[[CompiledAdapterModule], CompiledAdapterModule]) -> Callable[
    [CompiledAdapterModule], CompiledAdapterModule
]:
    """*edit* of the module that holds the built-ins."""
    return lambda module: edit(module) if module.index == BUILTINS else module


_DESTROY = rf"\(call_indirect \$destructors \(param i32\) \(local\.get \$rep\) {EXPRESSION}\)"


# -- plans


def with_types(item: Any, number: Callable[[int], int]) -> Any:
    """A plan's table, with other numbers for the resource types in it."""
    if isinstance(item, Own | Borrow):
        return replace(item, resource=number(item.resource))
    if isinstance(item, tuple):
        return tuple(with_types(part, number) for part in item)
    if is_dataclass(item) and not isinstance(item, type):
        return replace(item, **{f.name: with_types(getattr(item, f.name), number) for f in fields(item)})
    return item


def merged(plan: Plan) -> Plan:
    """The first types that instances define are one type, so are the second ones, and so on."""
    first: dict[int, int] = {}
    defined: Counter[int | None] = Counter()
    numbers = {}
    for r in plan.resources:
        numbers[r.index] = first.setdefault(defined[r.instance], r.index)
        defined[r.instance] += 1
    if all(a == b for a, b in numbers.items()):
        return plan
    types = {"lifts": plan.lifts, "adapters": plan.adapters}
    changed = {name: with_types(table, numbers.__getitem__) for name, table in types.items()}
    builtins = tuple(b if b.resource is None else replace(b, resource=numbers[b.resource]) for b in plan.builtins)
    return replace(plan, builtins=builtins, **changed)


def with_the_first_destructor(plan: Plan) -> Plan:
    """Every destructor is that of the first resource type that has one."""
    found = [r.dtor for r in plan.resources if r.dtor is not None]
    return replace(plan, resources=tuple(r if r.dtor is None else replace(r, dtor=found[0]) for r in plan.resources))


# -- the reference


def first_freed_first(_right: Function) -> Function:
    def wrong(self: Table, e: Any) -> int:
        if not self.free:
            self.array.append(e)
            return len(self.array) - 1
        i = self.free.pop(0)
        self.array[i] = e
        return i

    return wrong


def from_zero_on(right: Function) -> Function:
    def wrong(self: Table) -> None:
        right(self)
        self.array.clear()

    return wrong


def without_removing(_right: Function) -> Function:
    def wrong(cx: LiftLowerContext, i: int, t: Own) -> int:
        return int(cx.inst.handles.get(i).rep)

    return wrong


def as_a_handle(_right: Function) -> Function:
    def wrong(cx: LiftLowerContext, rep: Any, t: Borrow) -> int:
        scope: Any = cx.borrow_scope
        scope.num_borrows += 1
        return cx.inst.handles.add(ResourceHandle(t.resource, rep, own=False, borrow_scope=scope))

    return wrong


def as_if_owned(right: Function) -> Function:
    def wrong(cx: LiftLowerContext, i: int, t: Own) -> int:
        h = cx.inst.handles.get(i)
        if not h.own and h.borrow_scope is not None and h.num_lends == 0 and h.rt == t.resource:
            h.borrow_scope.num_borrows -= 1
            return int(cx.inst.handles.remove(i).rep)
        return int(right(cx, i, t))

    return wrong


def lent_for_lifting_only(_right: Function) -> Function:
    """`canon_lower`, with the handles given back before the callee runs."""
    def wrong(callee: Any, ft: Any, opts: Any, inst: Any, flat_args: Sequence[Any]) -> list[Any]:
        subtask = Subtask()
        cx = LiftLowerContext(opts, inst, subtask)
        args = CoreValueIter(flat_args)
        flat_results: list[Any] = []

        def on_start() -> list[Any]:
            values = lift_flat_values(cx, MAX_FLAT_PARAMS, args, ft.params)
            subtask.deliver_resolve()
            return values

        def on_resolve(result: Sequence[Any]) -> None:
            flat_results.extend(lower_flat_values(cx, MAX_FLAT_RESULTS, result, ft.result, args))

        callee(on_start, on_resolve, inst)
        return flat_results

    return wrong


def owned_only(_right: Function) -> Function:
    def wrong(cx: LiftLowerContext, i: int, t: Borrow) -> int:
        h: Any = cx.inst.handles.get(i)
        if h.own:
            assert isinstance(cx.borrow_scope, Subtask)
            cx.borrow_scope.add_lender(h)
        return int(h.rep)

    return wrong


def never_enters(right: Function) -> Function:
    """The destructor runs without being entered by a call."""
    def wrong(rt: Any) -> Function:
        def func_inst(on_start: Any, on_resolve: Any, _caller: Any) -> None:
            task = rt.impl.open_task()
            if rt.dtor is not None:
                rt.dtor(list(on_start()))
            rt.impl.close_task(task)
            on_resolve([])

        return func_inst if rt.impl is not None else right(rt)

    return wrong


_TABLE = "Table State"
_LIFT_OWN = "Loading: lift_own"

HANDLE_FAULTS: tuple[Fault, ...] = (
    table_fault(
        "lending not counted", "a handle that is lent does not count as lent", "Subtask State: add_lender",
        Hunt(400, HOLDING), in_export("lend", substitution(_LENDS.replace("{op}", "add"), "")),
    ),
    table_fault(
        "lends not given back", "what a call has borrowed stays lent", "Subtask State: deliver_resolve",
        Hunt(400, HOLDING), in_export("give_back", substitution(_LENDS.replace("{op}", "sub"), "")),
    ),
    table_fault(
        "handles not taken out", "a handle stays when it is passed on or dropped", f"{_LIFT_OWN}; canon resource.drop",
        Hunt(400, HOLDING), in_export("remove", substitution(r"\(call \$free [^;]*?\(local\.get \$entry\)\) ", "")),
    ),
    table_fault(
        "own of another type", "handles of any type are passed on and dropped", f"{_LIFT_OWN}; canon resource.drop",
        Hunt(400, HOLDING), in_export("remove", substitution(_OF_ANOTHER_TYPE, "")),
    ),
    table_fault(
        "borrow of another type", "handles of any type are lent", "Loading: lift_borrow",
        Hunt(400, HOLDING), in_export("lend", substitution(_OF_ANOTHER_TYPE, "")),
    ),
    table_fault(
        "rep of another type", "the representation of handles of any type is told", "canon resource.rep",
        Hunt(400, HOLDING), in_export("rep", substitution(_OF_ANOTHER_TYPE, "")),
    ),
    table_fault(
        "lent handles move", "a handle that is lent can be passed on and dropped", f"{_LIFT_OWN}; canon resource.drop",
        Hunt(400, HOLDING),
        in_export("remove", substitution(_LENT, "")),
    ),
    table_fault(
        "indices not used again", "what is freed is never handed out again", f"{_TABLE}: Table.remove",
        Hunt(400, HOLDING), substitution(_FREED, ""),
    ),
    table_fault(
        "handles lost by growth", "a table that moves when it grows loses what is in it", f"{_TABLE}: Table.add",
        Hunt(400, HOLDING), substitution(r"\(memory\.copy \$entries [^;]*?\(local\.get \$size\)\)", "(nop)"),
    ),
    table_fault(
        "dropped borrows count", "a borrow that is dropped still counts as held",
        "canon resource.drop; Tasks: Task.return_", Hunt(400, HOLDING),
        in_export("remove", substitution(rf"\(i32\.store \$stack \(local\.get \$scope\) {EXPRESSION}\)", "")),
    ),
    table_fault(
        "handles in reverse", "several handles of a call are lowered with each other's representations",
        "Lifting and Lowering Values: lower_flat_values", Hunt(400, HOLDING),
        substitution(r'\(func \(export "next"\).*$', _LAST_FIRST),
    ),
    AdapterFault(
        name="borrow passed as own",
        description="a borrowed handle can be passed as an owned one",
        section=_LIFT_OWN,
        hunt=Hunt(400, HOLDING),
        edit=never_trapping("handle-not-owned"),
    ),
    AdapterFault(
        name="borrows left",
        description="a call may return though it holds borrowed handles",
        section="Tasks: Task.return_",
        hunt=Hunt(400, HOLDING),
        edit=never_trapping("borrows-left"),
    ),
    AdapterFault(
        name="destructor skipped",
        description="no destructor runs",
        section="canon resource.drop",
        hunt=Hunt(400, HOLDING),
        edit=of_built_ins(editing(substitution(_DESTROY, "(nop)"))),
    ),
    AdapterFault(
        name="destructor run twice",
        description="destructors run twice",
        section="canon resource.drop",
        hunt=Hunt(400, HOLDING),
        edit=of_built_ins(editing(substitution(f"({_DESTROY})", r"\1 \1"))),
    ),
    AdapterFault(
        name="destructor given the index",
        description="destructors are given the handle in place of the representation",
        section="canon resource.drop",
        hunt=Hunt(400, HOLDING),
        edit=of_built_ins(editing(substitution(
            r"(\(call_indirect \$destructors \(param i32\)) \(local\.get \$rep\)", r"\1 (local.get $index)"))),
    ),
    AdapterFault(
        name="destructor on drop of a borrow",
        description="the destructor runs when a borrowed handle is dropped",
        section="canon resource.drop",
        hunt=Hunt(400, HOLDING),
        edit=of_built_ins(editing(substitution(
            r"\(i32\.ne \(local\.get \$outcome\) \(i32\.const 4 \(; a borrow ;\)\)\)", "(i32.const 1)"))),
    ),
    AdapterFault(
        name="built-ins leave",
        description="resource.new and resource.drop do not ask whether their component may leave",
        section="canon resource.new; canon resource.drop",
        hunt=Hunt(1000, HANDLES, calls=2),
        edit=of_built_ins(editing(without_traps("cannot-leave"))),
    ),
    AdapterFault(
        name="destructor enters anyway",
        description="a destructor runs though its component is running",
        section="canon resource.drop; Embedding: Store.lift",
        hunt=Hunt(60, CALLED_BACK),
        edit=of_built_ins(editing(without_traps("cannot-enter"))),
    ),
    PlanFault(
        name="types of two instances are one",
        description="what is the first, or n-th, resource type in all instances is one type",
        section="Explainer.md, Resource types (generative); Resource State",
        hunt=Hunt(250, HANDLES_WHERE_NATIVE_AGREES, ("native",)),
        edit=merged,
    ),
    PlanFault(
        name="linker: types of two instances are one",
        description="what is the first, or n-th, resource type in all instances is one type",
        section="Explainer.md, Resource types (generative); Resource State",
        hunt=Hunt(250, HANDLES_WHERE_NATIVE_AGREES, ("native",)),
        within="reference",
        edit=merged,
    ),
    PlanFault(
        name="linker: wrong destructor",
        description="the destructor of another resource type runs",
        section="canon resource.drop",
        hunt=Hunt(60, HANDLES_WHERE_NATIVE_AGREES, ("native",)),
        within="reference",
        edit=with_the_first_destructor,
    ),
    ReferenceFault(
        name="reference: first freed first",
        description="indices are used again in the order in which they were freed",
        section=f"{_TABLE}: Table.add",
        hunt=Hunt(400, HOLDING),
        owner=Table,
        function=Table.add,
        wrong=first_freed_first,
    ),
    ReferenceFault(
        name="reference: indices from 0 on",
        description="index 0 is handed out",
        section=f"{_TABLE}: Table",
        hunt=Hunt(400, HOLDING),
        owner=Table,
        function=Table.__init__,
        wrong=from_zero_on,
    ),
    ReferenceFault(
        name="reference: own not taken out",
        description="an owned handle that is passed on stays",
        section=_LIFT_OWN,
        hunt=Hunt(400, HOLDING),
        function=lift_own,
        wrong=without_removing,
    ),
    ReferenceFault(
        name="reference: implementer given a handle",
        description="who implements a resource type is given a handle in place of the representation",
        section="Storing: lower_borrow",
        hunt=Hunt(400, HOLDING),
        function=lower_borrow,
        wrong=as_a_handle,
    ),
    ReferenceFault(
        name="reference: borrow taken for owned",
        description="a borrowed handle is passed on as an owned one, and is gone",
        section=_LIFT_OWN,
        hunt=Hunt(400, HOLDING),
        function=lift_own,
        wrong=as_if_owned,
    ),
    ReferenceFault(
        name="reference: given back too early",
        description="handles are given back before the call that borrows them has begun",
        section="canon lower; Subtask State: deliver_resolve",
        hunt=Hunt(60, CALLED_BACK),
        function=canon_lower,
        wrong=lent_for_lifting_only,
    ),
    ReferenceFault(
        name="reference: any type borrowed, borrows not lent",
        description="a handle of any type can be lent, and one that is borrowed does not count as lent",
        section="Loading: lift_borrow",
        hunt=Hunt(400, HOLDING),
        function=lift_borrow,
        wrong=owned_only,
    ),
    ReferenceFault(
        name="reference: destructor enters anyway",
        description="a destructor runs though its component is running",
        section="canon resource.drop; Embedding: Store.lift",
        hunt=Hunt(60, CALLED_BACK),
        function=destructor,
        wrong=never_enters,
    ),
)
