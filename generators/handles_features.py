"""Small facts about what a case about handles exercises: what its scripts do, as the model has it."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product

from fact.model.traps import Trap, TrapReason
from generators.handles import HandleBlueprint, Hook, HostDrop, operations
from generators.handles_model import Model

_PLACES = ("itself", *(f"in {kind}" for kind in ("list", "record", "tuple", "variant", "option", "result")))
_TRAPS = {
    TrapReason.UNKNOWN_HANDLE: ("resource.rep", "resource.drop", "param", "result"),
    TrapReason.WRONG_RESOURCE_TYPE: ("resource.rep", "resource.drop", "param", "result"),
    TrapReason.HANDLE_LENT: ("resource.drop", "param", "result"),
    TrapReason.HANDLE_NOT_OWNED: ("param", "result"),
    TrapReason.BORROWS_LEFT: ("return",),
    TrapReason.CANNOT_LEAVE: ("resource.new", "resource.drop"),
    TrapReason.CANNOT_ENTER: ("call", "resource.drop"),
    TrapReason.UNREACHABLE: ("guest",),
}

HANDLE_FEATURES: tuple[str, ...] = tuple(f"handles: {fact}" for fact in (
    *(f"{kind} {place}, {where}"
      for kind, place, where in product(("own", "borrow"), _PLACES, ("param", "spilled param"))),
    *(f"own {place}, result" for place in _PLACES),
    "resource.new", "resource.rep of own", "resource.drop of own", "resource.drop of borrow",
    "resource.drop of own that is lent", "resource.drop of borrow that is lent",
    "index used again", "filled", "table grown", "emptied upwards", "emptied downwards",
    "own passed as borrow", "borrow passed as borrow", "borrow passed as own", "own passed as own while lent",
    "borrow passed as own while lent", "borrow to who implements it", "several handles in a call",
    "wrong type: another of the component's", "wrong type: another instance's", "wrong type: another component's",
    "destructor, dropped inside", "destructor, dropped elsewhere", "destructor, dropped by the host", "no destructor",
    *(f"destructor is {what}" for what in ("resource.drop", "context.set", "an adapter")),
    "context.set", *(f"context.get in {where}{more}" for where in ("call", "realloc", "destructor", "post-return")
                     for more in ("", ", stored outside")),
    *(f"context.get after {what}" for what in ("call", "realloc", "destructor")),
    "own to the host", "own from the host", "borrow from the host", "dropped by the host",
    *(f"script {way} {where}" for way in ("for", "in") for where in ("destructor", "realloc", "post-return")),
    *(f"trap {reason.value}, {where}" for reason, places in _TRAPS.items() for where in places),
    *(f"{n} instances" for n in (2, 3, 4)),
    "two instances of one definition", "parent", "child calls parent", "self call", "relay", "relay of a relay",
    "one resource under two names",
))
"""Every feature of this family."""


def handle_features(blueprint: HandleBlueprint) -> frozenset[str]:
    """A subset of `HANDLE_FEATURES`."""
    found = (f"handles: {fact}" for part in (_met(blueprint), _shape(blueprint)) for fact in part)
    return frozenset(found).intersection(HANDLE_FEATURES)


def _met(blueprint: HandleBlueprint) -> Iterator[str]:
    model = Model(blueprint)
    for call in blueprint.calls:
        try:
            model.call(call)
        except Trap as trap:
            yield f"trap {trap.reason.value}, {model.doing}"
            yield from model.met
            model = Model(blueprint)
    yield from model.met


def _shape(blueprint: HandleBlueprint) -> Iterator[str]:
    yield f"{len(blueprint.instances)} instances"
    if len(blueprint.definitions) < len(blueprint.instances):
        yield "two instances of one definition"
    if blueprint.parent:
        yield "parent"
    scripts = (call.script for call in blueprint.calls if not isinstance(call, HostDrop))
    yield from (f"script for {op.where}" for script in scripts for op in operations(script) if isinstance(op, Hook))
    for i, instance in enumerate(blueprint.instances):
        known = [blueprint.resource(i, t) for t in range(blueprint.definition(i).types)]
        if len(set(known)) < len(known):
            yield "one resource under two names"
        if blueprint.definition(i).relay:
            yield "relay"
            if any(blueprint.definition(s.instance).relay for s in instance.functions):
                yield "relay of a relay"
