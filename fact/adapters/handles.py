"""Handles of resources: lifting and lowering them, and what a call does for those it borrows.

CanonicalABI.md, "Loading" (lift_own, lift_borrow), "Storing" (lower_own, lower_borrow), "Subtask State", "Tasks". The
tables are in a support module, one instance a store; reasons and sites of traps are decided here. The first walk over
the values lifts every handle in its order, which takes the owned ones out of their table and lends the others; the
representations then wait in locals, or in a queue if they come from memory, for the second walk to lower them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from importlib.resources import files

from fact.adapters.function import Function, helper
from fact.adapters.scope import Helper, ModuleScope
from fact.adapters.wat import Block, Line, Note, get, i32
from fact.model.plan import HANDLES
from fact.model.traps import TrapReason
from fact.model.types import Borrow, CoreFuncType, CoreValType, Own

UNKNOWN, WRONG_TYPE, LENT, BORROWED = 1, 2, 3, 4
"""How an access to a handle went, if not well; see `support/handles.wat`."""

_ON_BORROW = {UNKNOWN: TrapReason.UNKNOWN_HANDLE, WRONG_TYPE: TrapReason.WRONG_RESOURCE_TYPE}
_ON_DROP = {**_ON_BORROW, LENT: TrapReason.HANDLE_LENT}
_ON_OWN = {**_ON_DROP, BORROWED: TrapReason.HANDLE_NOT_OWNED}


# -- values


def lift(fn: Function, t: Own | Borrow, instance: int, index: str, path: str) -> str:
    """The representation behind *index*, an expression, in the table of *instance*."""
    return fn.call(_lift_helper(fn.scope, t, instance), [index], path)


def lower(fn: Function, t: Own | Borrow, instance: int, rep: str, path: str) -> str:
    """The handle for *rep*, an expression, in the table of *instance*. Who implements a resource is lent the
    representation itself."""
    if isinstance(t, Borrow) and fn.scope.plan.resources[t.resource].instance == instance:
        return rep
    return fn.call(_lower_helper(fn.scope, t, instance), [rep], path)


def _lift_helper(scope: ModuleScope, t: Own | Borrow, instance: int) -> Helper:
    """Lifts the handle `index`; the result is the representation."""

    def body(fn: Function) -> Iterator[Line]:
        name, reasons = ("remove", _ON_OWN) if isinstance(t, Own) else ("lend", _ON_BORROW)
        yield from found(fn, name, t.resource, instance, get("$index"), reasons, get("$site"))
        yield get("$rep")

    name = f"lift.{scope.plan.with_names(str(t))}.{scope.instance_name(instance)}"
    return helper(scope, ("lift handle", t, instance), name, [("$index", "i32")], " (result i32)", body)


def _lower_helper(scope: ModuleScope, t: Own | Borrow, instance: int) -> Helper:
    """Makes a handle for `rep`; the result is its index."""

    def body(fn: Function) -> Iterator[Line]:
        name = "add" if isinstance(t, Own) else "add_borrow"
        yield from added(fn, name, t.resource, instance, get("$rep"), get("$site"))
        yield get("$index")

    name = f"lower.{scope.plan.with_names(str(t))}.{scope.instance_name(instance)}"
    return helper(scope, ("lower handle", t, instance), name, [("$rep", "i32")], " (result i32)", body)


def found(
    fn: Function, name: str, resource: int, instance: int, index: str, reasons: Mapping[int, TrapReason], site: str
) -> Iterator[Line]:
    """Sets new locals `$outcome` and `$rep` to what function *name* of the tables says of handle *index*, and traps for
    outcomes with *reasons*; *index* and *site* are expressions."""
    scope = fn.scope
    outcome, rep = fn.local("outcome", "i32"), fn.local("rep", "i32")
    yield f"(call {table_function(scope, name, 3, 2)} {_table(scope, instance)} {index} {_resource(scope, resource)})"
    yield f"(local.set {rep})"
    yield f"(local.set {outcome})"
    yield Note("-- 0: well; else why not, see support-handles.wat")
    traps = [
        line
        for number, reason in reasons.items()
        for line in scope.trap_at(f"(i32.eq {get(outcome)} {i32(number)})", reason, site)
    ]
    yield Block(f"(if {get(outcome)}", (Block("(then", tuple(traps)),))


def added(fn: Function, name: str, resource: int, instance: int, rep: str, site: str) -> Iterator[Line]:
    """Sets a new local `$index` to the handle that function *name* of the tables makes of *rep*; it and *site* are
    expressions."""
    scope = fn.scope
    index = fn.local("index", "i32")
    arguments = [_table(scope, instance), _resource(scope, resource), rep, *([i32(0)] if name == "add" else [])]
    yield f"(local.set {index} (call {table_function(scope, name, len(arguments), 1)} {' '.join(arguments)}))"
    yield from scope.trap_at(f"(i32.eqz {get(index)})", TrapReason.HANDLE_TABLE_FULL, site)


def queue(scope: ModuleScope, rep: str) -> str:
    """Puts *rep*, an expression, at the end of the queue."""
    return f"(call {table_function(scope, 'queue', 1, 0)} {rep})"


def next_rep(scope: ModuleScope) -> str:
    """The representation that is taken from the front of the queue."""
    return f"(call {table_function(scope, 'next', 0, 1)})"


# -- built-ins


def representation(fn: Function, resource: int, instance: int, index: str) -> Iterator[Line]:
    """Sets `$rep` for resource.rep."""
    return found(fn, "rep", resource, instance, index, _ON_BORROW, fn.scope.site(""))


def dropped(fn: Function, resource: int, instance: int, index: str) -> Iterator[Line]:
    """Takes *index* out for resource.drop: `$outcome` is `BORROWED` afterwards if it was not owned."""
    return found(fn, "remove", resource, instance, index, _ON_DROP, fn.scope.site(""))


# -- calls


def mark(scope: ModuleScope) -> str:
    return f"(call {table_function(scope, 'mark', 0, 1)})"


def give_back(scope: ModuleScope, instance: int, since: str) -> str:
    """Gives back what *instance* has lent since local *since* was set to `mark`."""
    return f"(call {table_function(scope, 'give_back', 2, 0)} {_table(scope, instance)} {get(since)})"


def open_scope(scope: ModuleScope) -> str:
    return f"(drop (call {table_function(scope, 'open_scope', 0, 1)}))"


def close_scope(scope: ModuleScope) -> Iterator[Line]:
    """Traps if borrows are left."""
    left = f"(call {table_function(scope, 'close_scope', 0, 1)})"
    return scope.trap_if(left, TrapReason.BORROWS_LEFT)


# -- the support module


def table_function(scope: ModuleScope, name: str, params: int, results: int) -> str:
    """The function *name* of the tables: everything is an i32."""
    word: tuple[CoreValType, ...] = ("i32",)
    return scope.support(HANDLES, support_text(), (), name, CoreFuncType(word * params, word * results))


@cache
def support_text() -> str:
    return files("fact.adapters").joinpath("support", f"{HANDLES}.wat").read_text(encoding="utf8")


def _table(scope: ModuleScope, instance: int) -> str:
    return i32(instance, scope.instance_name(instance))


def _resource(scope: ModuleScope, resource: int) -> str:
    return i32(resource, scope.plan.resources[resource].name)
