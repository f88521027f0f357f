"""Cases about handles with more in them: instances, functions, resource types, exports, calls."""

from __future__ import annotations

from random import Random

from msgspec.structs import replace

from fact.model.traps import Trap
from generators.axes import EVERYTHING
from generators.blueprint import Answer
from generators.drawing import ByChance
from generators.frozen import put
from generators.handles import HOST, Call, FromHost, HandleBlueprint, HostDrop, Run, Source
from generators.handles_host import host_functions
from generators.handles_model import Model
from generators.handles_script import Op
from generators.handles_topologies import Topology
from generators.handles_used import with_definition
from generators.handles_values import resources_in
from generators.mutation.handles_replayed import scripts_in
from generators.mutation.handles_values import HandleChange
from generators.mutation.words import said, said_signature
from generators.typetext import value_types
from generators.valtypes import is_nominal

MOST_FUNCTIONS = 9
"""Of a definition, or of the host's."""

WAYS = ("client", "client", "again", "relay", "copy")


def topology_of(b: HandleBlueprint, random: Random) -> Topology:
    """What draws more of the same."""
    return Topology(
        ByChance(random).draw, EVERYTHING, list(b.definitions), list(b.instances), b.parent, False, False,
        b.host_functions, b.host_types, b.host_note or Answer(), list(b.groups),
    )


def _with_topology(b: HandleBlueprint, topology: Topology) -> HandleBlueprint:
    return replace(topology.blueprint, calls=b.calls, exports=b.exports)


def more_instances(b: HandleBlueprint, random: Random) -> HandleChange:
    """A new client of what is there, another instance of a definition, a relay, or instances in a row once more; and a
    call of the last."""
    topology, way = topology_of(b, random), random.choice(WAYS)
    match way:
        case "client":
            if not b.host_functions and not any(b.definition(i).exports for i in range(len(b.instances))):
                return None
            topology.client()
        case "again":
            topology.again()
        case "relay":
            topology.relay()
        case _:
            if len(b.instances) - b.parent < 2:
                return None
            topology.copy()
    grown = _with_topology(b, topology)
    able = [i for i in range(len(b.instances), len(grown.instances)) if not grown.definition(i).relay]
    if not grown.fits():
        return None
    if able:
        grown = _with_call(grown, random, len(grown.calls), Run(able[-1])) or grown
    return grown, f"{way}: {len(grown.instances) - len(b.instances)} instances more"


def more_groups(b: HandleBlueprint, random: Random) -> HandleChange:
    topology = topology_of(b, random)
    topology.group()
    groups = tuple(dict.fromkeys(topology.groups[: 4 + len(b.groups) % 3]))
    return replace(b, groups=groups), f"groups {[tuple(g.members) for g in groups]}"


def more_functions(b: HandleBlueprint, random: Random) -> HandleChange:
    """Another function of a definition, which nobody imports yet."""
    able = [d for d, definition in enumerate(b.definitions)
            if not definition.relay and definition.types and len(definition.functions) < MOST_FUNCTIONS]
    if not able:
        return None
    d = random.choice(able)
    definition = b.definitions[d]
    function = topology_of(b, random).function(definition.imported, definition.types)
    changed = replace(definition, functions=(*definition.functions, function))
    return with_definition(b, d, changed), f"definition {d} has another function, {said_signature(function.signature)}"


def more_types(b: HandleBlueprint, random: Random) -> HandleChange:
    """Another resource type of a definition's own, and what makes such."""
    able = [d for d, definition in enumerate(b.definitions) if not definition.relay and len(definition.resources) < 4]
    if not able:
        return None
    d = random.choice(able)
    definition, topology = b.definitions[d], topology_of(b, random)
    resource = topology.resource(definition.types, False)
    made = topology.maker(definition.types)
    changed = replace(definition, resources=(*definition.resources, resource), functions=(*definition.functions, made))
    return with_definition(b, d, changed), f"definition {d} has another resource type"


def more_of_hosts(b: HandleBlueprint, random: Random) -> HandleChange:
    """Another function of the host's, on a type that it has or a new one."""
    if len(b.host_functions) >= MOST_FUNCTIONS:
        return None
    types = max(1, b.host_types + (random.random() < 0.2))
    drawn = [f for f in host_functions(ByChance(random).draw, EVERYTHING, types)
             if all(r < types for r in resources_in(f.signature))]
    function = random.choice(drawn)
    grown = replace(b, host_types=types, host_functions=(*b.host_functions, function))
    return grown, f"the host has another function, {said_signature(function.signature)}"


def more_exports(b: HandleBlueprint, random: Random) -> HandleChange:
    """A function for the host to call, and a call of it; none with records and variants in its type."""
    able = [s for i in range(len(b.instances)) for f, signature in enumerate(b.definition(i).exports)
            if (s := Source(i, f)) not in b.exports and not any(map(is_nominal, value_types(signature)))
            and b.behind(s).instance != HOST]
    if not able or len(b.exports) >= 6:
        return None
    source = random.choice(able)
    grown = replace(b, exports=(*b.exports, source))
    called = _with_call(grown, random, len(b.calls), FromHost(len(b.exports)))
    return called or grown, f"the host is given function {source.index} of instance {source.instance}"


def fewer_exports(b: HandleBlueprint, random: Random) -> HandleChange:
    if not b.exports:
        return None
    n = random.randrange(len(b.exports))
    calls: list[Call] = []
    for call in b.calls:
        if not isinstance(call, FromHost):
            calls.append(call)
        elif call.export != n:
            calls.append(replace(call, export=call.export - (call.export > n)))
    return replace(b, exports=b.exports[:n] + b.exports[n + 1 :], calls=tuple(calls)), f"export {n} taken out"


# -- calls


def more_calls(b: HandleBlueprint, random: Random) -> HandleChange:
    at = random.randrange(len(b.calls) + 1)
    called = _with_call(b, random, at)
    return None if called is None else (called, f"another call, as call {at}: {said(called.calls[at])}")


def other_calls(b: HandleBlueprint, random: Random) -> HandleChange:
    """A call less, two the other way round, or one carried out by another instance of the same definition."""
    if not b.calls:
        return None
    n, m = random.randrange(len(b.calls)), random.randrange(len(b.calls))
    call = b.calls[n]
    match random.choice(("less", "swapped", "elsewhere", "again")):
        case "less" if len(b.calls) > 1:
            return replace(b, calls=b.calls[:n] + b.calls[n + 1 :]), f"call {n} taken out"
        case "swapped":
            return replace(b, calls=put(put(b.calls, n, b.calls[m]), m, call)), f"calls {n} and {m} swapped"
        case "elsewhere" if isinstance(call, Run):
            alike = [i for i, instance in enumerate(b.instances) if i != call.instance
                     and instance.definition == b.instances[call.instance].definition]
            if alike:
                changed = replace(call, instance=random.choice(alike))
                return replace(b, calls=put(b.calls, n, changed)), f"call {n} is of instance {changed.instance}"
    return replace(b, calls=(*b.calls[: m + 1], call, *b.calls[m + 1 :])), f"call {n} again after {m}"


def _with_call(b: HandleBlueprint, random: Random, at: int, wanted: Call | None = None) -> HandleBlueprint | None:
    """*b* with a call whose script is drawn in the state that it finds: *wanted*, or any; None if it cannot be."""
    model = Model(b)
    for call in b.calls[:at]:
        try:
            model.call(call)
        except (Trap, KeyError):
            model = Model(b)
    scripts = scripts_in(b, model, random)
    scripts.left = random.choice((3, 6, 10))
    planned = scripts.planned() if wanted is None else wanted
    made: list[Op] = []
    try:
        match planned:
            case Run(instance=instance):
                model.run(instance, lambda: scripts.asked(instance, made))
            case FromHost(export=export):
                args = scripts.choices.host_args(export)
                if args is None:
                    return None
                planned = replace(planned, args=args)
                callee = b.behind(b.exports[export])
                model.from_host(planned, lambda: scripts.nested(callee, made, 1))
    except Trap:
        pass
    new = planned if isinstance(planned, HostDrop) else replace(planned, script=tuple(made))
    return replace(b, calls=(*b.calls[:at], new, *b.calls[at:]))
