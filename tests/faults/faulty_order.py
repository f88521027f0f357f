"""Faults in what comes before what, and in whose: calls, destructors, start functions, options of one definition."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import pairwise

from faulty import AdapterFault, CompilerFault, Fault, Function, Hunt, PlanFault
from faulty_focus_handles import HOLDING
from faulty_focus_pairs import (
    ASKING,
    MEDDLING_POST_RETURN,
    NO_RESULT,
    STARTING,
    THROUGH_THE_PARENT,
    THROWING,
    TWO_ALLOCATORS,
    TWO_MEMORIES,
)
from faulty_text import EXPRESSION, SET_MAY_LEAVE, editing, editing_support, functions, substitution

from fact.adapters.builtins import _BuiltIn
from fact.adapters.call import _Call
from fact.adapters.reentrance import entering_set
from fact.adapters.wat import Line, Note, call
from fact.model.plan import InstanceExport, InstantiateModule, Options, Plan, Step

# -- calls


def post_return_first(right: Function) -> Function:
    """In front of everything that is done with the result."""
    def wrong(self: _Call, arguments: Sequence[str]) -> Iterator[Line]:
        t = self.passing.signature.lift_type(self.lift.options.pointer)
        if self.lift.options.post_return is None or not t.results:
            yield from right(self, arguments)
            return
        callee = self.scope.core_func(self.lift.callee, "callee", t)
        returned = self.passing.fn.local("result", t.results[0])
        lines, value = self.passing.result(returned)
        inside = [f"(local.set {returned} {call(callee, list(arguments))})", *self.post_return(returned), *lines]
        yield from self.scope.in_new_thread(self.lift.instance, inside)
        yield from self.go_back()
        yield f"(return {value})" if value else "(return)"

    return wrong


def only_with_a_result(right: Function) -> Function:
    return lambda self, result: right(self, result) if result else iter(())


def never_catching(_right: Function) -> Function:
    return lambda self: False


def without_ancestors(right: Function) -> Function:
    return lambda plan, callee, caller: right(plan, callee, caller)[:1]


_REALLOC_OF_RESULT = re.compile(
    rf"(\(local\.set \S+ \(call [^() ]*realloc[^() ]*(?: {EXPRESSION})+\)\)){SET_MAY_LEAVE}"
)


def may_leave_after_results(text: str) -> str:
    """What follows on realloc where a result is moved."""
    def wrong(function: str) -> str:
        before, found, after = function.partition("(; -- lift result")
        return before + found + _REALLOC_OF_RESULT.sub(r"\1", after)

    return "".join(map(wrong, functions(text)))


# -- destructors


def of_the_implementer_alone(right: Function) -> Function:
    def wrong(self: _BuiltIn) -> Iterator[Line]:
        if self.resource.instance == self.builtin.instance:
            yield from right(self)
        else:
            yield Note("-- not ours")

    return wrong


# -- plans


def with_realloc_of_the_first(plan: Plan) -> Plan:
    """Each lift has the realloc of the first one of its component instance that has the same memory or another."""
    first: dict[int, Options] = {}
    lifts = []
    for lift in plan.lifts:
        if lift.options.realloc is not None:
            found = first.setdefault(lift.instance, lift.options)
            if found.pointer == lift.options.pointer:
                lift = replace(lift, options=replace(lift.options, realloc=found.realloc))
        lifts.append(lift)
    return replace(plan, lifts=tuple(lifts))


def with_memory_of_the_first(plan: Plan) -> Plan:
    """Each lower has the memory of the first one in its component instance."""
    first: dict[tuple[int, str], InstanceExport] = {}
    adapters = []
    for adapter in plan.adapters:
        if adapter.options.memory is not None:
            found = first.setdefault((adapter.caller, adapter.options.pointer), adapter.options.memory)
            adapter = replace(adapter, options=replace(adapter.options, memory=found))
        adapters.append(adapter)
    return replace(plan, adapters=tuple(adapters))


def _starts(plan: Plan, step: Step) -> bool:
    return isinstance(step, InstantiateModule) and plan.modules[step.module].has_start


def _independent(a: Step, b: Step) -> bool:
    """Whether *b* is given nothing of *a*."""
    if not isinstance(a, InstantiateModule) or not isinstance(b, InstantiateModule):
        return False
    return a.instance not in {item.instance for item in b.args if isinstance(item, InstanceExport)}


def start_functions_swapped(plan: Plan) -> Plan:
    """The first two neighbours that run start functions and of which the second needs nothing of the first."""
    steps = list(plan.steps)
    for n, (a, b) in enumerate(pairwise(steps)):
        if _starts(plan, a) and _starts(plan, b) and _independent(a, b):
            steps[n : n + 2] = b, a
            return replace(plan, steps=tuple(steps))
    return plan


def tables_filled_late(plan: Plan) -> Plan:
    """What writes into another's table or memory does so after the start function that comes next."""
    steps = list(plan.steps)
    for n, (a, b) in enumerate(pairwise(steps)):
        if isinstance(a, InstantiateModule) and _starts(plan, b) and _independent(a, b):
            module = plan.modules[a.module]
            if module.has_active_segments and not module.has_start:
                steps[n : n + 2] = b, a
                return replace(plan, steps=tuple(steps))
    return plan


ORDER_FAULTS: tuple[Fault, ...] = (
    CompilerFault(
        name="post-return before the result is lifted",
        description="post-return is called first, and then the result is taken from where it was",
        section="canon lift: post_return comes after on_resolve",
        hunt=Hunt(150, MEDDLING_POST_RETURN),
        owner=_Call,
        function=_Call.call_callee,
        wrong=post_return_first,
    ),
    CompilerFault(
        name="post-return of nothing skipped",
        description="post-return is not called where there is no result",
        section="canon lift: post_return",
        hunt=Hunt(60, NO_RESULT),
        owner=_Call,
        function=_Call.post_return,
        wrong=only_with_a_result,
    ),
    CompilerFault(
        name="exceptions come through",
        description="what a guest throws goes on through the adapter to the guest that has called",
        section="canon lift: call_and_trap_on_throw",
        hunt=Hunt(20, THROWING),
        owner=_Call,
        function=_Call.catches,
        wrong=never_catching,
    ),
    CompilerFault(
        name="parents not entered",
        description="a call enters the callee, and not the instances that this is nested in",
        section="Component Instances: entering_set",
        hunt=Hunt(5, THROUGH_THE_PARENT, components=3),  # who is entered again, its child, and who calls both
        function=entering_set,
        wrong=without_ancestors,
    ),
    AdapterFault(
        name="may-leave stays cleared after a result",
        description="may-leave is not set again after a realloc for a result",
        section="Lifting and Lowering Context: reallocate",
        hunt=Hunt(60, ASKING),
        edit=editing(may_leave_after_results),
    ),
    CompilerFault(
        name="destructor of the implementer's drops alone",
        description="a destructor does not run when another component drops the handle",
        section="canon resource.drop",
        hunt=Hunt(400, HOLDING),
        owner=_BuiltIn,
        function=_BuiltIn.call_destructor,
        wrong=of_the_implementer_alone,
    ),
    AdapterFault(
        name="last of several given back",
        description="of the handles that a call has borrowed only the last is given back",
        section="Subtask State: deliver_resolve",
        hunt=Hunt(400, HOLDING),
        edit=editing_support("handles", substitution(
            r"(\(i32\.sub \(i32\.load \$entries offset=8 \(local\.get \$entry\)\) \(i32\.const 1\)\)\)) \(br \$next\)",
            r"\1 (global.set $top (local.get $mark))",
        )),
    ),
    AdapterFault(
        name="freed indices forgotten",
        description="of several indices that were freed only the last is handed out again",
        section="Table State: Table.add, Table.remove",
        hunt=Hunt(400, HOLDING),
        edit=editing_support("handles", substitution(
            r"(\(i32\.store \$entries offset=4 \(local\.get \$entry\)) "
            r"\(i32\.load \$tables offset=12 \(local\.get \$table\)\)\)", r"\1 (i32.const 0))",
        )),
    ),
    PlanFault(
        name="realloc of the first lift",
        description="all lifts of a component instance have the realloc of the first",
        section="Canonical ABI Options: realloc",
        hunt=Hunt(5, TWO_ALLOCATORS),
        edit=with_realloc_of_the_first,
    ),
    PlanFault(
        name="memory of the first lower",
        description="all lowers in a component instance have the memory of the first",
        section="Canonical ABI Options: memory",
        hunt=Hunt(5, TWO_MEMORIES),
        edit=with_memory_of_the_first,
    ),
    PlanFault(
        name="start functions in another order",
        description="of two core modules with start functions that need nothing of each other the second comes first",
        section="Explainer.md, Core Instance Definitions",
        hunt=Hunt(5, STARTING),
        edit=start_functions_swapped,
    ),
    PlanFault(
        name="tables filled late",
        description="a module that fills in another's table is instantiated after the next start function",
        section="Explainer.md, Core Instance Definitions",
        hunt=Hunt(1000, components=3),  # whose table it is, who has the start function, and what stands between
        edit=tables_filled_late,
    ),
)
