"""Functions of component graphs that call others: lifts of lowers, components that pass calls on, and who begins."""

from __future__ import annotations

from generators.graphs import (
    Lift,
)
from generators.graphs_effects import lifted
from generators.graphs_facts import (
    CoreFn,
    Facts,
    Fn,
)
from generators.graphs_guests import (
    caller,
)
from generators.graphs_roles import calling, lift, lower
from generators.graphs_scope import Item, Scope
from generators.graphs_signatures import SIGNATURES, signature_of
from generators.layout import needs_memory


def lift_of(scope: Scope, item: Item) -> None:
    """A lift of *item*, of the plainest type that it can have."""
    facts = item.facts
    assert isinstance(facts, CoreFn)
    signature, callee = signature_of(facts.type), scope.use(item)
    made = lifted(signature, facts, None, None)
    if scope.shared.aborts or not made.late:
        scope.add("func", made, lambda n: Lift(n, signature, callee))


def relay(scope: Scope) -> None:
    """A component whose function calls one that it is given; mostly it is called in turn."""
    shared = scope.shared
    found = scope.some("func", lambda f: isinstance(f, Fn) and scope.callable(f) and not f.late and not f.handles
                       and not needs_memory(f.signature))
    item = shared.pick(found[::-1][:4]) if found else lift(scope, SIGNATURES[0], kinds=("own",))
    facts = item.facts
    assert isinstance(facts, Fn)
    if not scope.callable(facts):
        return
    inner = Scope(shared, scope)
    through = calling(inner, lower(inner, inner.imported("func", facts, item, "f0")))
    assert isinstance(through.facts, CoreFn)
    again, callee = lifted(facts.signature, through.facts, None, None), inner.use(through)
    inner.export(inner.add("func", again, lambda n: Lift(n, facts.signature, callee)), "f0")
    component, _ = inner.closed()
    scope.instance(component, inner.args)
    if not shared.seldom(3) and scope.callable(scope.items[-1].facts):
        lower(scope, scope.items[-1])


def main(scope: Scope) -> None:
    """A function that calls adapters, up to three."""
    def fair(f: Facts) -> bool:
        return isinstance(f, CoreFn) and f.kind == "adapter" and scope.callable(f) and not any(
            w.startswith("handle") for w in f.wants)

    if not scope.some("core func", fair):
        relay(scope)
    found = scope.some("core func", fair)[::-1]
    if found:
        callees = found[: scope.shared.pick((1, 2, 3))]
        callee = caller(scope, callees)
        lift_of(scope, callee)
