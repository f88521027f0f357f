"""Small facts about a blueprint: what its calls can exercise, in words.

Facts about values and functions count only what the calls (and start functions) reach; facts about wiring and text
count everything that is there.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import product
from typing import get_args

from generators import type_features
from generators.blueprint import (
    RESULT,
    START,
    Answer,
    Blueprint,
    Bundle,
    CallResult,
    Child,
    Const,
    Damaged,
    Definition,
    EchoArgument,
    Fault,
    Function,
    Guest,
    Hostile,
    HostTrap,
    Leaving,
    Meddling,
    Mix,
    Param,
    Place,
    PointerKind,
    RawArgument,
    RawResult,
    ReallocKind,
    ReallocResult,
    Reentry,
    ResultPointer,
    Signature,
    SpilledPadding,
    SpilledPointer,
    Step,
)
from generators.bodies import ENCODINGS
from generators.damage import RAW
from generators.handles_features import HANDLE_FEATURES
from generators.layout import FLAT_LIMIT, needs_memory, spills, takes_pointers
from generators.topologies import DEPTH
from generators.type_features import TYPE_FEATURES
from generators.types import SCALAR_TYPES
from generators.valtypes import is_scalar
from generators.wiring import Instance, Node, called, functions, instances, reached, wire

_POSITIONS = ("export", "adapter", "host import")
_POINTERS = tuple(p for p in get_args(PointerKind) if p not in ("high", "highest"))
_OF_REALLOC = tuple(p for alias in get_args(ReallocKind) for p in get_args(alias) if p not in ("high", "highest"))
_KINDS_OF_FAULT = ("unreachable", "divide by zero", "throw", "out of bounds")
_WHERE = ("body", "after steps", "post-return", "realloc")

ALL_FEATURES: frozenset[str] = frozenset((
    *(f"param {t} {way}, {p}" for t, way, p in product(SCALAR_TYPES, ("direct", "spilled"), _POSITIONS)),
    *(f"result {t}, {p}" for t, p in product(SCALAR_TYPES, _POSITIONS)),
    *(f"{fact}, {p}" for fact, p in product(("no params", "16 params", "no result"), _POSITIONS)),
    *(f"{n} guests" for n in range(1, 7)),
    "topology chain", "topology star", "topology diamond", "two instances of one definition",
    *(f"outer alias {what} {n} level{'s' * (n > 1)}" for what in ("component", "module", "type")
      for n in range(1, DEPTH + 1 + (what != "component"))),
    "two guests of one module",
    "with function", "with instance", "with inline instance", "with imported instance",
    *(f"export {what} of {whom}" for what in ("function", "instance") for whom in ("a child", "an import")),
    "export inline instance", "host import function", "host import in an instance",
    "parent calls child", "child calls parent", "self call", "lift of a lower",
    "direct lowering", "indirect lowering", "memory imported", "start function calls", "post-return",
    "post-return without result", "realloc", "options without need on lift", "options without need on lower",
    *(f"string-encoding {e} on {side}" for e, side in product(ENCODINGS, ("lift", "lower"))),
    "body echo", "body constant", "body mix", "body forward", "body twice", "body combine", "body convert",
    "host constant", "host no result", "host echo", "host trap",
    *(f"hostile {t} {way}" for t, way in product(RAW, ("result", "argument", "spilled argument"))),
    *(f"hostile spilled pointer {p}" for p in _POINTERS), "hostile spilled padding",
    *(f"hostile realloc {p}" for p in _OF_REALLOC),
    *(f"hostile {k} in {w}" for k, w in product(_KINDS_OF_FAULT, _WHERE)),
    *(f"hostile result pointer of a {whom} {p}" for whom, p in product(("caller", "callee"), (*_POINTERS, "arguments"))),
    *(f"hostile realloc that {what}" for what in ("grows", "writes before", "writes behind")),
    *(f"hostile post-return that {what}" for what in ("grows", "writes over the result", "calls realloc")),
    "hostile padding of a result", "hostile high pointer",
    "hostile leaving from realloc", "hostile leaving from post-return", "hostile re-entrance", "hostile in two places",
    *TYPE_FEATURES, *HANDLE_FEATURES,
))
"""Every feature there is."""


def features(blueprint: Blueprint) -> frozenset[str]:
    """The features of *blueprint*, a subset of `ALL_FEATURES`."""
    root = wire(blueprint)
    nodes = reached(blueprint, root)
    parts: tuple[Iterable[str], ...] = (
        _crossings(blueprint, root, nodes), _shapes(root), _bodies(blueprint, nodes), _texts(blueprint),
        _hosts(blueprint, root, nodes), [_hostile(blueprint, h) for h in blueprint.hostile],
        ["hostile in two places"] if len(blueprint.hostile) > 1 else [],
        type_features.values(blueprint, nodes, called(blueprint, root)),
    )
    return frozenset(fact for part in parts for fact in part)


# -- values that cross


def _crossings(blueprint: Blueprint, root: Instance, nodes: list[Node]) -> Iterator[str]:
    for node in called(blueprint, root):
        yield from _crossing(node.signature, "export")
    for node in nodes:
        for step, callee in node.calls():
            yield from type_features.between(blueprint, node, step, callee)
            yield from _crossing(callee.signature, "host import" if callee.kind == "host" else "adapter")
            if callee.kind == "host" or node.owner is None or callee.owner is None:
                continue
            if node.owner is callee.owner:
                yield "self call"
            if node.owner in _ancestors(callee.owner):
                yield "parent calls child"
            if callee.owner in _ancestors(node.owner):
                yield "child calls parent"


def _crossing(signature: Signature, position: str) -> Iterator[str]:
    way = "spilled" if spills(signature) else "direct"
    yield from (f"param {t} {way}, {position}" for t in signature.params if is_scalar(t))
    yield from type_features.crossing(signature, position)
    if signature.result is None:
        yield f"no result, {position}"
    elif is_scalar(signature.result):
        yield f"result {signature.result}, {position}"
    if not signature.params:
        yield f"no params, {position}"
    if len(signature.params) == FLAT_LIMIT:
        yield f"16 params, {position}"


def _ancestors(instance: Instance) -> list[Instance]:
    return [] if instance.parent is None else [instance.parent, *_ancestors(instance.parent)]


# -- instances


def _shapes(root: Instance) -> Iterator[str]:
    everything = list(instances(root))
    yield f"{sum(len(i.guests) for i in everything)} guests"
    counts = [i.definition for i in everything]
    if len(set(counts)) < len(counts):
        yield "two instances of one definition"
    uses = _uses(everything)
    for used in uses.values():
        if len(used) >= 3:
            yield "topology star"
        for a in used:
            if uses.get(a):
                yield "topology chain"
            if any(b is not a and uses.get(a, set()) & uses.get(b, set()) for b in used):
                yield "topology diamond"


def _uses(everything: list[Instance]) -> dict[Instance, set[Instance]]:
    """Which other component instances the guests and relifts of each lower functions of."""
    uses: dict[Instance, set[Instance]] = {}
    for instance in everything:
        lowered = [n for imports in instance.guests.values() for n in imports]
        lowered += [c for p in instance.items if isinstance(p, Node) and p.kind == "relift" for c in p.imports]
        uses[instance] = {n.owner for n in lowered if n and n.owner and n.owner is not instance}
    return uses


# -- functions


def _bodies(blueprint: Blueprint, nodes: list[Node]) -> Iterator[str]:
    for node in nodes:
        if node.kind == "relift":
            yield "lift of a lower"
        if node.function is None or node.place is None:
            continue
        guest, function = blueprint.guest(node.place), node.function
        if node.place.function == START:
            yield "start function calls"
            continue
        yield from _body(function)
        if function.post_return:
            yield "post-return" if function.signature.result else "post-return without result"
        yield from type_features.guest_facts(guest, function)
        if takes_pointers(function.signature):
            yield "realloc"
        elif function.options:
            yield "options without need on lift"
        if function.encoding:
            yield f"string-encoding {function.encoding} on lift"
        if guest.memory == "imported":
            yield "memory imported"
        for step in function.steps:
            used = guest.imports[step.callee]
            yield f"{guest.lowering} lowering"
            if used.options and not needs_memory(used.signature):
                yield "options without need on lower"
            if used.encoding:
                yield f"string-encoding {used.encoding} on lower"
            for operand, t in zip(step.args, used.signature.params, strict=True):
                if isinstance(operand, Param) and function.signature.params[operand.index] != t:
                    yield "body convert"


def _body(function: Function) -> Iterator[str]:
    callees = [step.callee for step in function.steps]
    match function.returns:
        case Param() if not callees:
            yield "body echo"
        case Const():
            yield "body constant"
        case Mix(left=CallResult(), right=CallResult()):
            yield "body combine"
        case Mix():
            yield "body mix"
        case CallResult():
            yield "body forward"
    if len(set(callees)) < len(callees):
        yield "body twice"


# -- text


def _texts(blueprint: Blueprint) -> Iterator[str]:
    modules: list[tuple[int, Guest]] = []
    for d, definition in enumerate(blueprint.definitions):
        chain = blueprint.chain(d)
        yield from (f"outer alias type {_levels(n)}" for n in definition.outer_types)
        for item in definition.items:
            if isinstance(item, Guest):
                modules.append((chain[item.levels], item))
                if item.levels:
                    yield f"outer alias module {_levels(item.levels)}"
            elif isinstance(item, Child):
                home = blueprint.definitions[item.definition].home
                if home != d and home in chain:
                    yield f"outer alias component {_levels(chain.index(home))}"
                yield from _arguments(blueprint, definition, item)
        yield from _exports(blueprint, definition)
    if any(m in modules[:i] and m[1].levels for i, m in enumerate(modules)):
        yield "two guests of one module"


def _levels(n: int) -> str:
    return f"{n} level{'s' * (n > 1)}"


def _arguments(blueprint: Blueprint, definition: Definition, child: Child) -> Iterator[str]:
    for used, ref in zip(blueprint.definitions[child.definition].imports, child.args, strict=True):
        if ref.code is not None:
            continue
        if used.signature is not None:
            yield "with function"
        elif ref.source == "import":
            yield "with imported instance"
        else:
            yield "with inline instance" if isinstance(definition.items[ref.index], Bundle) else "with instance"


def _exports(blueprint: Blueprint, definition: Definition) -> Iterator[str]:
    for export in definition.exports:
        ref = export.ref
        if ref.code is not None:
            continue
        whole = export.name.startswith("i")
        if ref.source == "import":
            yield f"export {'instance' if whole else 'function'} of an import"
            continue
        match definition.items[ref.index]:
            case Child():
                yield f"export {'instance' if whole else 'function'} of a child"
            case Bundle():
                yield "export inline instance"


# -- the host, and hostile choices


def _hosts(blueprint: Blueprint, root: Instance, nodes: list[Node]) -> Iterator[str]:
    behaviours = {h.path: h.behaviour for h in blueprint.host}
    imports = blueprint.definitions[blueprint.root].imports
    provided = {used.name: p for used, p in zip(imports, root.imports, strict=True)}
    for path, node in functions(provided):
        if node not in nodes:
            continue
        yield "host import function" if len(path) == 1 else "host import in an instance"
        match behaviours[path]:
            case Answer(type=t):
                yield "host no result" if t is None else "host constant"
            case EchoArgument():
                yield "host echo"
            case HostTrap():
                yield "host trap"


def _hostile(blueprint: Blueprint, hostile: Hostile) -> str:
    match hostile:
        case RawResult(place=place):
            return f"hostile {blueprint.guest(place).functions[place.function].signature.result} result"
        case RawArgument(place=place, step=step, argument=argument):
            guest = blueprint.guest(place)
            signature = guest.imports[_steps(guest, place)[step].callee].signature
            return f"hostile {signature.params[argument]} {'spilled argument' if spills(signature) else 'argument'}"
        case (SpilledPointer(pointer="high" | "highest") | ResultPointer(pointer="high" | "highest")
              | ReallocResult(pointer="high" | "highest")):
            return "hostile high pointer"
        case Meddling(where=where, what=what):
            return f"hostile {where} that {what}"
        case SpilledPointer(pointer=pointer):
            return f"hostile spilled pointer {pointer}"
        case SpilledPadding(step=step):
            return "hostile padding of a result" if step == RESULT else "hostile spilled padding"
        case ResultPointer(step=step, pointer=pointer):
            return f"hostile result pointer of a {'callee' if step == RESULT else 'caller'} {pointer}"
        case Damaged():
            return type_features.damage(blueprint, hostile)
        case ReallocResult(pointer=pointer):
            return f"hostile realloc {pointer}"
        case Fault(where=where, kind=kind):
            return f"hostile {kind} in {where}"
        case Leaving(where=where):
            return f"hostile leaving from {where}"
        case Reentry():
            return "hostile re-entrance"


def _steps(guest: Guest, place: Place) -> tuple[Step, ...]:
    return guest.start if place.function == START else guest.functions[place.function].steps
