"""What `resource.new`, `resource.drop` and the check of a handle's type do in the model of a case, down to destructors.

From CanonicalABI.md, "canon resource.new", "canon resource.drop", "canon resource.rep".
"""

from __future__ import annotations

from fact.model.traps import Trap, TrapReason
from generators.blueprint import HostTrap
from generators.handles import HOST, Dropping, Noting, Source, Storing
from generators.handles_instances import Instances
from generators.handles_state import DESTROYED, NOTED, Held


def new(model: Instances, instance: int, type: int, rep: int) -> int:
    """`resource.new`: the index of a new handle."""
    model.leave(instance, "resource.new")
    holder = model.holders[instance]
    model.met.add("index used again" if holder.free else "resource.new")
    resource = model.blueprint.resource(instance, type)
    model.made[resource, rep] += 1
    return holder.add(Held(resource, rep))


def typed(model: Instances, instance: int, type: int, index: int) -> Held:
    """What *index* is a handle to, which must be of the type that *instance* knows as *type*."""
    held = model.holders[instance].get(index)
    if held.resource != model.blueprint.resource(instance, type):
        model.met.add("wrong type: " + _difference(model, held.resource, model.blueprint.resource(instance, type)))
        raise Trap(TrapReason.WRONG_RESOURCE_TYPE)
    return held


def _difference(model: Instances, a: Source, b: Source) -> str:
    """Whose *a* is, as seen from who asks for *b*."""
    if a.instance == b.instance:
        return "another of the component's"
    if HOST in (a.instance, b.instance):
        return "the host's"
    ours, theirs = (model.blueprint.instances[s.instance].definition for s in (a, b))
    return "another instance's" if ours == theirs and a.index == b.index else "another component's"


def drop(model: Instances, instance: int, type: int, index: int) -> None:
    """`resource.drop`, with the destructor if the handle was owned."""
    model.leave(instance, "resource.drop")
    held = typed(model, instance, type, index)
    if held.lends:
        model.met.add(f"resource.drop of {held.kind} that is lent")
        raise Trap(TrapReason.HANDLE_LENT)
    model.holders[instance].remove(index)
    model.met.add(f"resource.drop of {held.kind}")
    if held.scope is not None:
        held.scope.borrows -= 1
        return
    destroy(model, held.resource, held.rep, instance)


def destroy(model: Instances, resource: Source, rep: int, instance: int) -> None:
    """*instance* drops the last handle."""
    model.doing = "resource.drop"
    if resource.instance == HOST:
        model.destroyed[resource, rep] += 1
        model.met.add("dropped, the host is told")
        return
    with model.entering(resource.instance, instance):
        _run_destructor(model, resource, rep, instance)


def _run_destructor(model: Instances, resource: Source, rep: int, instance: int) -> None:
    """Of a resource that *instance* drops."""
    model.destroyed[resource, rep] += 1
    destructor = model.blueprint.destructor(resource)
    if destructor is False:
        model.met.add("no destructor")
        return
    model.met.add(f"destructor, dropped {_where(instance, resource)}")
    with model.thread(resource.instance, "destructor"):
        match destructor:
            case Dropping(type=type):
                model.met.add("destructor is resource.drop")
                drop(model, resource.instance, type, rep)
            case Storing():
                model.met.add("destructor is context.set")
                model.threads[-1].stored = True
            case Noting():
                model.met.add("destructor is an adapter")
                _note(model, resource.instance, rep)
            case True:
                model.holders[resource.instance].log += [DESTROYED << 32 | resource.index, rep]
                model.hooked(resource.instance, "destructor")


def _note(model: Instances, instance: int, rep: int) -> None:
    """*instance*'s destructor calls the one that notes it."""
    model.leave(instance, "call")
    noted = model.blueprint.instances[instance].noted
    assert noted is not None, "given to who imports it"
    if noted == HOST:
        model.met.add("destructor is the host's")
        if isinstance(model.blueprint.host_note, HostTrap):
            raise Trap(TrapReason.HOST)
        return
    with model.entering(noted, instance), model.thread(noted, "call"):
        model.holders[noted].log += [NOTED << 32, rep]
        model.hooked(noted, "destructor")


def _where(instance: int, resource: Source) -> str:
    if instance == HOST:
        return "by the host"
    return "inside" if instance == resource.instance else "elsewhere"
