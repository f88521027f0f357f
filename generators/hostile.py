"""The hostile layer: things core code can do although no host and no correct guest does them.

It goes over a valid blueprint and changes what one or two places do, among those that its calls reach, so that a
divergence has one cause. Everything else stays valid.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Literal, TypeAlias, TypeVar, get_args

import msgspec
from hypothesis import strategies as st

from fact.model.types import Prim
from generators.blueprint import (
    RESULT,
    START,
    Blueprint,
    Const,
    Encoding,
    Fault,
    Function,
    Guest,
    GuestImport,
    Hostile,
    Leaving,
    Place,
    PointerKind,
    RawArgument,
    RawResult,
    ReallocResult,
    Reentry,
    Ref,
    ResultPointer,
    SpilledPadding,
    SpilledPointer,
    Step,
)
from generators.damage import RAW, can_be_damaged, damaged, pointers_for
from generators.drawing import pick, seldom
from generators.layout import Pointer, spills, spills_result, takes_pointers
from generators.runtime import has_early_realloc, has_realloc
from generators.types import NARROW
from generators.valtypes import Type, is_scalar, walk
from generators.wiring import Instance, Node, functions, instances, reached, wire

T = TypeVar("T")

_Where: TypeAlias = Literal["body", "after steps", "post-return", "realloc"]
_Kind: TypeAlias = Literal["unreachable", "divide by zero"]
_FAULTS: tuple[_Kind, ...] = get_args(_Kind)
Choice: TypeAlias = Callable[[st.DrawFn], Hostile]
Add: TypeAlias = Callable[[str, object, Choice], None]


def layered(draw: st.DrawFn, blueprint: Blueprint, *, reentrance: bool = True) -> Blueprint:
    """*blueprint* with one hostile choice, sometimes two; often as it is when core code could only trap by itself."""
    root = wire(blueprint)
    nodes = [n for n in reached(blueprint, root) if n.kind == "guest"]
    if reentrance and (found := reentries(blueprint, root, nodes)) and seldom(draw, 2):
        place, ref, callee = pick(draw, found)
        return _reentering(blueprint, place, ref, callee)
    choices = _choices(blueprint, nodes)
    if not choices or (len(choices) == 1 and not seldom(draw, 5)):
        return blueprint
    drawn: list[Hostile] = []
    for _ in range(pick(draw, (1, 1, 1, 2))):
        if kinds := [k for k in _KINDS if choices.get(k)]:
            kind = pick(draw, kinds)
            drawn.append(choices[kind].pop(pick(draw, range(len(choices[kind]))))(draw))
    return msgspec.structs.replace(blueprint, hostile=tuple(drawn))


_KINDS = (*("damaged",) * 8, *("raw result",) * 3, *("raw argument",) * 4, *("spilled",) * 10, *("realloc",) * 4,
          "leaving", "fault")
"""What to draw; as often as it is named, where there is any."""


def _choices(blueprint: Blueprint, nodes: Sequence[Node]) -> dict[str, list[Choice]]:
    """Where each kind of hostile choice can go."""
    found: dict[str, dict[object, Choice]] = {}

    def add(kind: str, key: object, choice: Choice) -> None:
        found.setdefault(kind, {}).setdefault(key, choice)

    for node in nodes:
        assert node.place is not None and node.function is not None
        place, function = node.place, node.function
        guest = blueprint.guest(place)
        result = function.signature.result
        if is_scalar(result) and result in NARROW:
            add("raw result", place, _raw_result(place, result))
        if result is not None and not is_scalar(result) and place.function != START:
            _add_result(add, place, guest, function, result)
        for n, step in enumerate(function.steps):
            _add_step(add, guest, place, n, step)
        add("fault", place, _fault(place, function))
        callees = tuple(range(len(guest.imports)))
        if place.function != START and (has_realloc(guest) or has_early_realloc(guest)):
            somewhere = Place(place.definition, place.item)
            add("realloc", somewhere, _realloc_result(somewhere, guest))
            if callees and takes_pointers(function.signature):
                add("leaving", somewhere, _leaving_realloc(somewhere, callees))
        if function.post_return and callees:
            add("leaving", place, _leaving_post_return(place, callees))
    return {kind: list(choices.values()) for kind, choices in found.items()}


def _add_step(add: Add, guest: Guest, place: Place, n: int, step: Step) -> None:
    signature = guest.imports[step.callee].signature
    for argument, t in enumerate(signature.params):
        if is_scalar(t) and t in NARROW:
            add("raw argument", (place, n, argument), _raw_argument(place, n, argument, t))
        elif not is_scalar(t) and can_be_damaged(t):
            add("damaged", (place, n, argument), _damaged(place, n, argument, t, _options(guest, step)))
    pointers = pointers_for(guest.pointer)
    if spills(signature):
        add("spilled", (place, n), lambda draw: SpilledPointer(place, n, pick(draw, pointers)))
    if spills_result(signature):
        add("spilled", (place, n, "result"), lambda draw: ResultPointer(place, n, pick(draw, pointers)))
    if spills(signature) or not all(map(is_scalar, signature.params)):
        add("spilled", (place, n, "padding"), lambda _: SpilledPadding(place, n))


def _add_result(add: Add, place: Place, guest: Guest, function: Function, result: Type) -> None:
    if can_be_damaged(result):
        add("damaged", place, _damaged(place, RESULT, 0, result, (function.encoding, guest.pointer)))
    add("spilled", (place, "padding"), lambda _: SpilledPadding(place, RESULT))
    if spills_result(function.signature):
        pointers = pointers_for(guest.pointer)
        add("spilled", (place, "result"), lambda draw: ResultPointer(place, RESULT, pick(draw, pointers)))


_Options: TypeAlias = tuple[Encoding | None, Pointer]


def _options(guest: Guest, step: Step) -> _Options:
    return guest.imports[step.callee].encoding, guest.pointer


def _damaged(place: Place, step: int, argument: int, t: Type, options: _Options) -> Choice:
    return lambda draw: damaged(draw, place, step, argument, t, options[0] or "utf8", options[1])


def _raw_result(place: Place, t: Prim) -> Choice:
    return lambda draw: RawResult(place, pick(draw, RAW[t]))


def _raw_argument(place: Place, step: int, argument: int, t: Prim) -> Choice:
    return lambda draw: RawArgument(place, step, argument, pick(draw, RAW[t]))


def _realloc_result(place: Place, guest: Guest) -> Choice:
    """Blocks that overlap let a guest see a float's bytes elsewhere, and those of a NaN are any engine's own choice
    (CanonicalABI.md, Storing: `maybe_scramble_nan64`)."""
    pointers = [k for k in pointers_for(guest.pointer) if k not in _OVERLAPPING or not _is_given_floats(guest)]
    return lambda draw: ReallocResult(place, pick(draw, pointers), pick(draw, (0, 0, 0, 1, 2, 3)))


_OVERLAPPING: tuple[PointerKind, ...] = ("odd", "last fit")
"""What realloc may return without a trap though another block is there."""


def _is_given_floats(guest: Guest) -> bool:
    given = (*(t for f in guest.functions for t in f.signature.params), *(i.signature.result for i in guest.imports))
    return any(part in (Prim.F32, Prim.F64) for t in given if t is not None for part in walk(t))


def _leaving_realloc(place: Place, callees: tuple[int, ...]) -> Choice:
    return lambda draw: Leaving(place, "realloc", pick(draw, callees))


def _leaving_post_return(place: Place, callees: tuple[int, ...]) -> Choice:
    return lambda draw: Leaving(place, "post-return", pick(draw, callees))


def _fault(place: Place, function: Function) -> Choice:
    where: list[_Where] = ["body"]
    if place.function != START:
        where += ["after steps"] * bool(function.steps)
        where += ["post-return"] * function.post_return
        where += ["realloc"] * takes_pointers(function.signature)
    return lambda draw: Fault(place, pick(draw, where), pick(draw, _FAULTS))


# -- re-entrance


def reentries(blueprint: Blueprint, root: Instance, nodes: Sequence[Node]) -> list[tuple[Place, Ref, Node]]:
    """Functions of a component's own guest that a child of it calls: the guest's place, and the child's function.

    When the guest's function calls that child's function, it re-enters a child that is already entered whenever the
    call came through the child (CanonicalABI.md, "Component Instance State": trap), and else only enters it.
    """
    found: dict[tuple[Place, Ref], Node] = {}
    for instance in instances(root):
        for index, child in instance.children.items():
            for path, callee in functions(child.exports):
                for node in _below(callee):
                    if node.kind == "guest" and node.owner is instance and node in nodes:
                        assert node.place is not None
                        if node.place.item < index:
                            found.setdefault((node.place, Ref("item", index, path)), callee)
    return [(place, ref, callee) for (place, ref), callee in found.items()]


def _below(node: Node) -> list[Node]:
    found: dict[Node, None] = {}
    todo = [callee for _, callee in node.calls()]
    while todo:
        if (callee := todo.pop()) not in found:
            found[callee] = None
            todo.extend(c for _, c in callee.calls())
    return list(found)


def _reentering(blueprint: Blueprint, place: Place, ref: Ref, callee: Node) -> Blueprint:
    """The function at *place* calls *ref*, through a table that is filled in once *ref* is there."""
    definition = blueprint.definitions[place.definition]
    guest = blueprint.guest(place)
    function = guest.functions[place.function]
    args = tuple(Const(Prim.U8, i) for i in range(len(callee.signature.params)))
    step = Step(len(guest.imports), args)
    changed = msgspec.structs.replace(function, steps=(*function.steps, step))
    guest = msgspec.structs.replace(
        guest, imports=(*guest.imports, GuestImport(ref, callee.signature)), start=(), lowering="indirect",
        functions=_with(guest.functions, place.function, changed),
    )
    definition = msgspec.structs.replace(definition, items=_with(definition.items, place.item, guest))
    return msgspec.structs.replace(
        blueprint, definitions=_with(blueprint.definitions, place.definition, definition),
        hostile=(Reentry(place, len(function.steps)),),
    )


def _with(items: tuple[T, ...], position: int, item: T) -> tuple[T, ...]:
    return (*items[:position], item, *items[position + 1:])
