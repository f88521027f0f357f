"""Faults in handles that the compiler or the linker makes: tables, lending, borrows, destructors and resource types."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from dataclasses import fields, is_dataclass, replace
from typing import Any

from faulty import AdapterFault, Fault, Hunt, PlanFault
from faulty_focus_handles import CALLED_BACK, HANDLES, HANDLES_WHERE_NATIVE_AGREES, HOLDING
from faulty_text import EXPRESSION, editing, editing_support, never_trapping, substitution, without_traps

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
)
