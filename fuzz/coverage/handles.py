"""What becomes of handles: each use, with what the table held.

CanonicalABI.md, "Table State", "Resource State", "Loading" (lift_own, lift_borrow), "Storing" (lower_own,
lower_borrow), "canon resource.new", ".rep", ".drop".
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product

from fact.abi import HandleState
from fact.model.plan import Plan
from fact.model.traps import TrapReason
from fact.model.types import Borrow, FuncType, Own, ValType, parts
from fact.run import HandleUse
from fuzz.coverage.groups import Excluded, Group, named

_HELD = ("own", "own that is lent", "borrow", "borrow that is lent")
_NOTHING = ("index 0", "an index never handed out", "an index that was freed")
_WRONG = "a handle of another type"
_LIFTS = ("lift_own of a param", "lift_own of a result", "lift_borrow")
_USES = ("resource.rep", "resource.drop", *_LIFTS)
_TABLES = (2, 8, 32)
"""Handles in one table at a time."""


class HandleUses:
    """The tables of all component instances of one instance of a plan. What is used is noted once it is known whether
    the type was the right one."""

    def __init__(self, plan: Plan, found: set[str]) -> None:
        self.plan = plan
        self.found = found
        self.given: dict[int, set[int]] = {}
        self.held: dict[int, int] = {}
        self.pending = ""
        self.last_owned = False

    def use(self, use: HandleUse, doing: str, instance: int, index: int, element: HandleState | None) -> None:
        """*doing*: the built-in, or `param` or `result` for what is lifted or lowered."""
        self.settle(None)
        if use == "add":
            assert element is not None, "what is added is there"
            self._added(doing, instance, index, element)
            return
        what = doing if doing.startswith("resource.") else (
            "lift_borrow" if use == "get" else f"lift_own of a {doing}"
        )
        if element is None:
            self.found.add(f"handle: {what} of {self._nothing(instance, index)}")
            return
        if use == "remove":
            self.held[instance] = self.held.get(instance, 1) - 1
            if not self.held[instance]:
                self.found.add("handle: a table is empty again")
        self.last_owned = element.own
        kind = "own" if element.own else "borrow"
        self.pending = f"handle: {what} of {kind}{' that is lent' if element.num_lends else ''}"

    def settle(self, reason: TrapReason | None) -> None:
        """The last use is over, with a trap for *reason* if there is one."""
        if self.pending:
            if reason is TrapReason.WRONG_RESOURCE_TYPE:
                self.pending = f"{self.pending.partition(' of own')[0].partition(' of borrow')[0]} of {_WRONG}"
            self.found.add(self.pending)
            self.pending = ""

    def _added(self, doing: str, instance: int, index: int, element: HandleState) -> None:
        given = self.given.setdefault(instance, set())
        self.found.add(f"handle: index {'used again' if index in given else 'of its own'}")
        given.add(index)
        self.held[instance] = held = self.held.get(instance, 0) + 1
        self.found.update(f"handle: {n} handles in a table" for n in _TABLES if held >= n)
        if doing == "resource.new":
            self.found.add("handle: resource.new")
        elif element.own:
            implements = self.plan.resources[element.rt].instance == instance
            self.found.add(f"handle: lower_own of a {doing}, to {'who implements it' if implements else 'another'}")
        else:
            self.found.add("handle: lower_borrow, to another")

    def destructor_runs(self, resource: int, builtin: int | None) -> None:
        """*builtin* dropped the last owner, or the host did."""
        dropper = None if builtin is None else self.plan.builtins[builtin].instance
        self._destructor("runs", resource, dropper)

    def dropped(self, builtin: int) -> None:
        """The built-in resource.drop has returned."""
        made = self.plan.builtins[builtin]
        assert made.resource is not None, "resource.drop is of a resource"
        resource = self.plan.resources[made.resource]
        if self.last_owned and resource.instance is None:
            self.found.add("handle: a host's resource dropped")
        elif self.last_owned and resource.dtor is None:
            self._destructor("is none", resource.index, made.instance)

    def _destructor(self, what: str, resource: int, dropper: int | None) -> None:
        implementer = self.plan.resources[resource].instance
        whom = DROPPERS[2 if dropper is None else 0 if dropper == implementer else 1]
        self.found.add(f"handle: destructor {what}, dropped by {whom}")

    def _nothing(self, instance: int, index: int) -> str:
        if index == 0:
            return _NOTHING[0]
        return _NOTHING[2] if index in self.given.get(instance, ()) else _NOTHING[1]


def passing(plan: Plan, t: FuncType, caller: int | None, callee: int | None) -> Iterator[str]:
    """What a call of a function of type *t* has to do with handles; None is the host."""
    if not plan.resources or not t.has_handles:
        return
    for kind in (Own, Borrow):
        for top, types in (("param", t.param_types), ("result", () if t.result is None else (t.result,))):
            held = _resources(types, kind)
            word = "own" if kind is Own else "borrow"
            if held and None in (caller, callee):
                to_host = (callee is None) == (top == "param")
                yield f"handle: {word} {'to' if to_host else 'from'} the host"
            if kind is Borrow and callee is not None and any(plan.resources[r].instance == callee for r in held):
                yield "handle: lower_borrow, to who implements it"


def _resources(ts: tuple[ValType, ...], kind: type[Own | Borrow]) -> set[int]:
    """Of the handles of a kind in *ts*. Types are small graphs that can be huge trees: each node is looked at once."""
    left, seen, found = list(ts), set[int](), set[int]()
    while left:
        t = left.pop()
        if isinstance(t, kind):
            found.add(t.resource)
        if id(t) not in seen:
            seen.add(id(t))
            left.extend(parts(t))
    return found


DROPPERS = ("its implementer", "another instance", "the host")
DESTRUCTORS = ("runs", "is none")

HANDLES = Group(
    "handle", "uses of handles with what the table held there, tables, destructors",
    named(
        "handle",
        "resource.new",
        *(f"{use} of {held}" for use, held in product(_USES, (*_HELD, *_NOTHING, _WRONG))
          if (use, held.partition(" that")[0]) != ("resource.rep", "borrow")),
        *(f"lower_own of a {top}, to {whom}" for top in ("param", "result")
          for whom in ("who implements it", "another")),
        "lower_borrow, to another", "lower_borrow, to who implements it",
        "index used again", "index of its own", "a table is empty again",
        *(f"{n} handles in a table" for n in _TABLES),
        *(f"destructor {what}, dropped by {whom}" for what, whom in product(DESTRUCTORS, DROPPERS)
          if (what, whom) != ("is none", "the host")),
        "a host's resource dropped", "several in one call",
        "own from the host", "own to the host", "borrow from the host", "borrow to the host",
    ),
)

EXCLUDED = (
    Excluded("handle: resource.rep of borrow", "only who implements a type asks for representations, and is lent them"),
    Excluded("handle: destructor is none, dropped by the host", "then nothing happens that could be seen"),
    Excluded("handle: borrows in results", "validation allows borrows in parameters only"),
)
