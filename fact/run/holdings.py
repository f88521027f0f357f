"""What the host holds of the resources that guests define, and handles on their way across the host's boundary.

Inside `fact.abi` the value of a handle is the representation. The host does not see those of guests: it is given
`Handle` numbers.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TypeAlias, cast

from fact.abi import Subtask, contains_handle, despecialize
from fact.model.plan import Resource
from fact.model.types import Borrow, List, Own, Record, ValType, Variant
from fact.model.values import BadHandle, Case, Handle, Value

HandleType: TypeAlias = Own | Borrow


@dataclass(slots=True, eq=False)
class Held:
    """A handle in the host's hands: to a resource of type *rt*, lent to *num_lends* calls that have not ended."""

    rt: int
    rep: int
    own: bool
    num_lends: int = 0


class Holdings:
    """The handles that the host has been given by one instance, numbered from 1 on in the order of lifting."""

    def __init__(self, resources: Sequence[Resource]) -> None:
        self._resources = resources
        self._held: dict[int, Held] = {}
        self._given = 0

    # -- from guests to the host

    def receive(self, ts: Sequence[ValType], vs: Sequence[Value]) -> list[Value]:
        """*vs*, of types *ts*, for the host: with handles where there are representations."""
        return [replaced(t, v, self._give) for t, v in zip(ts, vs, strict=True)]

    @contextmanager
    def received(self, ts: Sequence[ValType], vs: Sequence[Value]) -> Iterator[list[Value]]:
        """As `receive`; the borrowed ones are the host's for as long as it is open."""
        before = self._given
        values = self.receive(ts, vs)
        numbers = range(before + 1, self._given + 1)
        try:
            yield values
        finally:
            for number in numbers:
                if (held := self._held.get(number)) and not held.own:
                    del self._held[number]

    def _give(self, t: HandleType, rep: Value) -> Value:
        if self._resources[t.resource].instance is None:
            return Handle(cast(int, rep))
        self._given += 1
        self._held[self._given] = Held(t.resource, cast(int, rep), isinstance(t, Own))
        return Handle(self._given)

    # -- from the host to guests

    @contextmanager
    def passed(self, ts: Sequence[ValType], vs: Sequence[Value]) -> Iterator[list[Value]]:
        """Gives *vs*, of types *ts*, with representations where there are handles, and lends for as long as it is open.

        The owned ones are the host's no longer. `BadHandle` when the host does not hold what it passes; then all stays
        as it was.
        """
        owned: set[int] = set()
        lending = Subtask()

        def pass_on(t: HandleType, v: Value) -> Value:
            return self._pass(t, v, owned, lending)

        try:
            values = [replaced(t, v, pass_on) for t, v in zip(ts, vs, strict=True)]
            for number in owned:
                del self._held[number]
            yield values
        finally:
            lending.deliver_resolve()

    def release(self, handle: Handle) -> Held:
        """What *handle* stands for; it is the host's no longer. `BadHandle` if the host does not own it."""
        held = self._owned(handle.number)
        del self._held[handle.number]
        return held

    def _pass(self, t: HandleType, v: Value, owned: set[int], lending: Subtask) -> Value:
        """The representation; the number is noted in *owned*, or the handle lent to *lending*."""
        if not isinstance(v, Handle):
            raise ValueError(f"{v!r} is not a handle")
        resource = self._resources[t.resource]
        if resource.instance is None:
            return representation(v.number)
        if v.number in owned:
            raise BadHandle(f"handle {v} is passed on already, as an owned one, in the same call")
        held = self._owned(v.number) if isinstance(t, Own) else self._find(v.number)
        if held.rt != t.resource:
            has = self._resources[held.rt].name
            raise BadHandle(f"handle {v} is of resource type `{has}`, where one of `{resource.name}` is expected")
        if isinstance(t, Own):
            owned.add(v.number)
        else:
            lending.add_lender(held)
        return held.rep

    def _find(self, number: int) -> Held:
        if held := self._held.get(number):
            return held
        if 1 <= number <= self._given:
            raise BadHandle(f"handle #{number} is not held any longer: passed on, dropped, or borrowed until a return")
        raise BadHandle(f"handle #{number} was never given to the host, which has been given {self._given}")

    def _owned(self, number: int) -> Held:
        held = self._find(number)
        if not held.own:
            raise BadHandle(f"handle #{number} is borrowed; only one that is owned can be passed on or dropped")
        if held.num_lends:
            raise BadHandle(f"handle #{number} is lent; it can be passed on or dropped when that call has ended")
        return held


def representation(number: int) -> int:
    if not 0 <= number < 1 << 32:
        raise ValueError(f"{number} is no representation of a resource: an unsigned 32-bit integer")
    return number


def replaced(t: ValType, v: Value, replace: Callable[[HandleType, Value], Value]) -> Value:
    """*v*, a value of type *t*, with what *replace* makes of each handle in it, in the order of lifting."""
    if not contains_handle(t):
        return v
    match despecialize(t):
        case Own() | Borrow() as handle:
            return replace(handle, v)
        case List(element, _):
            return tuple([replaced(element, e, replace) for e in cast(Sequence[Value], v)])
        case Record(fields):
            parts = zip(fields, cast(Sequence[Value], v), strict=True)
            return tuple([replaced(f, part, replace) for (_, f), part in parts])
        case Variant(cases):
            case, payload = cast(Case, v), dict(cases)[cast(Case, v).label]
            return case if payload is None else Case(case.label, replaced(payload, cast(Value, case.payload), replace))
    raise AssertionError(f"{t} contains no handle")
