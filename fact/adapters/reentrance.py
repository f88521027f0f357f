"""Which may-enter flags an adapter has to test and set (CanonicalABI.md, "Component Instances").

An adapter, or a resource.drop on its way to a destructor, enters every instance in the entering set of its callee: the
callee and all it is nested in, less those that the caller is in as well. The specification has each of them tested,
cleared, and set again afterwards. It remarks that a flag may be left alone if its instance can never be entered a
second time; `reenterable` decides when.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from fact.model.plan import Builtin, Plan, Resource


def entering_set(plan: Plan, callee: int, caller: int) -> tuple[int, ...]:
    """The component instances that a call from instance *caller* to *callee* enters, innermost first."""
    around = plan.ancestors(caller)
    return tuple(instance for instance in plan.ancestors(callee) if instance not in around)


def calls(plan: Plan) -> Iterator[tuple[int, int]]:
    """(caller, callee) of each way that leads from one component instance into the code of another: an adapter, or a
    resource.drop, which calls the destructor in the instance that implements the resource."""
    yield from ((adapter.caller, plan.lifts[adapter.lift].instance) for adapter in plan.adapters)
    for builtin, resource in drops(plan):
        if resource.instance is not None and resource.dtor is not None:
            yield builtin.instance, resource.instance


def entries(plan: Plan) -> Iterator[tuple[int, int]]:
    """`calls`, and drops of resources without destructor, which look at the flags all the same."""
    yield from calls(plan)
    for builtin, resource in drops(plan):
        if resource.instance is not None and resource.dtor is None:
            yield builtin.instance, resource.instance


def drops(plan: Plan) -> Iterator[tuple[Builtin, Resource]]:
    """Each resource.drop of *plan*, with its resource."""
    for builtin in plan.builtins:
        if builtin.kind == "resource.drop":
            assert builtin.resource is not None, "resource.drop has a resource"
            yield builtin, plan.resources[builtin.resource]


def entered(plan: Plan) -> frozenset[int]:
    """Every component instance that is entered from another: the flags that the specification itself has handled."""
    return frozenset(
        instance for caller, callee in entries(plan) for instance in entering_set(plan, callee, caller)
    )


def reenterable(plan: Plan) -> frozenset[int]:
    """The instances in `entered` whose flags matter: those that may be entered again while they run.

    Take an instance X and all that is nested in it. While X runs, core code can run only in instances that this group
    reaches by adapters and destructors, each of which leads from a caller to a callee. X is entered again only by one
    of these from outside the group to a member of it, so if none with a caller within reach does that, none ever finds
    X's flag cleared, and neither the test nor the stores can be observed by one.

    The host sees the flags too. It tests the root's first of all, which is cleared for as long as anything in it
    runs and which no adapter enters, so it would trap whatever X's flag says. That leans on what the host does, and so
    the rule does not: X counts as reenterable if anything within its reach calls a function of the host, or drops a
    resource of the host's.
    """
    children = _successors((c.parent, c.index) for c in plan.component_instances if c.parent is not None)
    callees, entered_from = _successors(calls(plan)), _successors(entries(plan))
    host_callers = {lower.caller for lower in plan.host_lowers}
    host_callers |= {builtin.instance for builtin, resource in drops(plan) if resource.instance is None}

    calling_host = _closure(host_callers, _reversed(callees))
    in_circles = _leading_to_circles(entered_from)

    def can_be_entered_again(instance: int) -> bool:
        group = _closure([instance], children)
        if not group.isdisjoint(calling_host):
            return True
        if len(group) == 1 and instance not in in_circles:
            return False
        within_reach = _closure(group, callees)
        return any(not entered_from.get(caller, set()).isdisjoint(group) for caller in within_reach - group)

    return frozenset(instance for instance in entered(plan) if can_be_entered_again(instance))


def _reversed(successors: dict[int, set[int]]) -> dict[int, set[int]]:
    found: dict[int, set[int]] = {}
    for node, following in successors.items():
        for other in following:
            found.setdefault(other, set()).add(node)
    return found


def _leading_to_circles(callees: dict[int, set[int]]) -> set[int]:
    """The nodes from which a circle of more than one can be come to: what is left when those that call nobody else are
    taken away, again and again."""
    callers = _reversed(callees)
    others = {node: len(following - {node}) for node, following in callees.items()}
    left = callers.keys() | callees.keys()
    waiting = [node for node in left if not others.get(node)]
    while waiting:
        node = waiting.pop()
        left.discard(node)
        for caller in callers.get(node, set()) - {node}:
            others[caller] -= 1
            if not others[caller]:
                waiting.append(caller)
    return left


def _successors(pairs: Iterable[tuple[int, int]]) -> dict[int, set[int]]:
    found: dict[int, set[int]] = {}
    for one, next_one in pairs:
        found.setdefault(one, set()).add(next_one)
    return found


def _closure(start: Iterable[int], successors: dict[int, set[int]]) -> set[int]:
    found = set(start)
    waiting = list(found)
    while waiting:
        new = successors.get(waiting.pop(), set()) - found
        found |= new
        waiting += new
    return found
