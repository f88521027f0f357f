"""Changes of options in cases about handles: destructors, post-returns, memories, forms of names, held definitions."""

from __future__ import annotations

from random import Random

from msgspec.structs import replace

from generators.blueprint import Answer, HostTrap
from generators.frozen import put
from generators.handles import (
    HOST,
    Dropping,
    Form,
    HandleBlueprint,
    Noting,
    Resource,
    Storing,
    may_have,
)
from generators.handles_used import with_definition
from generators.mutation.handles_values import HandleChange

_FORMS: tuple[Form, ...] = ("plain", "constructor", "method", "static")


def other_post_return(b: HandleBlueprint, random: Random) -> HandleChange:
    there = [(d, n) for d, definition in enumerate(b.definitions) for n in range(len(definition.functions))]
    if not there:
        return None
    d, n = random.choice(there)
    functions = b.definitions[d].functions
    has = not functions[n].post_return
    changed = replace(b.definitions[d], functions=put(functions, n, replace(functions[n], post_return=has)))
    return with_definition(b, d, changed), f"function {n} of definition {d} {'has a' if has else 'has no'} post-return"


def other_form(b: HandleBlueprint, random: Random) -> HandleChange:
    """The form of a function's name."""
    there = [(d, n, form) for d, definition in enumerate(b.definitions) for n, f in enumerate(definition.functions)
             for form in _FORMS if form != f.form and may_have(form, f.signature)]
    if not there:
        return None
    d, n, form = random.choice(there)
    functions = b.definitions[d].functions
    changed = replace(b.definitions[d], functions=put(functions, n, replace(functions[n], form=form)))
    return with_definition(b, d, changed), f"function {n} of definition {d} from {functions[n].form} to {form}"


def other_memory(b: HandleBlueprint, random: Random) -> HandleChange:
    """Of 64-bit addresses, or of these no more: not every engine has them."""
    wide = [d for d, definition in enumerate(b.definitions) if definition.memory64]
    narrow = [d for d, definition in enumerate(b.definitions) if not definition.relay and not definition.memory64]
    if wide and random.random() < 0.6:
        d = random.choice(wide)
    elif narrow and random.random() < 0.15:
        d = random.choice(narrow)
    else:
        return None
    changed = replace(b.definitions[d], memory64=not b.definitions[d].memory64)
    return with_definition(b, d, changed), f"addresses of definition {d} from {64 if d in wide else 32} bits"


def other_destructor(b: HandleBlueprint, random: Random) -> HandleChange:
    """None, the guest's own, a built-in, or somebody else's function."""
    there = [(d, n) for d, definition in enumerate(b.definitions) for n in range(len(definition.resources))]
    if not there:
        return None
    d, n = random.choice(there)
    definition = b.definitions[d]
    type = definition.imported + n
    old = definition.resources[n].destructor
    ways: list[Resource] = [Resource(True), Resource(False), Resource(Storing())]
    ways += [Resource(Dropping(t)) for t in range(type)][-2:]
    if definition.notes or (found := _noted(b, d)) is not None:
        ways.append(Resource(Noting()))
    new = random.choice([r for r in ways if r.destructor != old])
    changed = with_definition(b, d, replace(definition, resources=put(definition.resources, n, new)))
    if changed.definitions[d].notes != definition.notes:
        noted = None if definition.notes else found
        changed = replace(changed, instances=tuple(
            replace(i, noted=noted) if i.definition == d else i for i in changed.instances))
        changed = _with_note(changed)
    return changed, f"the destructor of type {type} of definition {d} from {_name(old)} to {_name(new.destructor)}"


def _noted(b: HandleBlueprint, d: int) -> int | None:
    """Who can implement the destructors of all instances of definition *d*."""
    first = next((i for i, instance in enumerate(b.instances) if instance.definition == d), 0)
    before = [i for i in range(first) if not b.definition(i).relay]
    return before[-1] if before else HOST


def _with_note(b: HandleBlueprint) -> HandleBlueprint:
    """With a function of the host's for destructors if there is to be one."""
    needed = any(i.noted == HOST for i in b.instances)
    return replace(b, host_note=(b.host_note or Answer()) if needed else None)


def other_noted(b: HandleBlueprint, random: Random) -> HandleChange:
    """Another who implements an instance's destructors; or the host's function for them traps, or does not."""
    there = [i for i, instance in enumerate(b.instances) if instance.noted is not None]
    if not there:
        return None
    i = random.choice(there)
    if b.instances[i].noted == HOST and random.random() < 0.3:
        note = Answer() if isinstance(b.host_note, HostTrap) else HostTrap()
        return replace(b, host_note=note), f"the host's note {'returns' if isinstance(note, Answer) else 'traps'}"
    noted = random.choice((HOST, *range(i)))
    changed = put(b.instances, i, replace(b.instances[i], noted=noted))
    return _with_note(replace(b, instances=changed)), f"instance {i} has its destructors noted by {_who(noted)}"


def other_holding(b: HandleBlueprint, random: Random) -> HandleChange:
    """Whether a group holds the definitions that only it has instances of."""
    if not b.groups:
        return None
    n = random.randrange(len(b.groups))
    changed = put(b.groups, n, replace(b.groups[n], holds=not b.groups[n].holds))
    return replace(b, groups=changed), f"group {n} {'holds' if changed[n].holds else 'does not hold'} its definitions"


def _name(destructor: object) -> str:
    return {True: "its own", False: "none"}.get(destructor, type(destructor).__name__) if isinstance(
        destructor, bool) else type(destructor).__name__.lower()


def _who(instance: int) -> str:
    return "the host" if instance == HOST else f"instance {instance}"
