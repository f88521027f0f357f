"""Smaller blueprints to try in place of one, the boldest first."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import pairwise

from msgspec.structs import replace

from fuzz.minimise.bypass import bypasses
from fuzz.minimise.calls import fewer_calls, one_call
from fuzz.minimise.flat import flattened, isolated
from fuzz.minimise.images import plainer, some
from fuzz.minimise.passing import (
    code_from_the_text,
    plainer_names,
    types_in_place,
    unnested,
    unpacked,
)
from fuzz.minimise.plainer_hostile import plainer_hostile
from fuzz.minimise.retype import plainer_types
from fuzz.minimise.simpler import simpler_types
from generators.blueprint import (
    Answer,
    Blueprint,
    Bundle,
    Call,
    Function,
    Guest,
    HostFunction,
    Step,
    with_atoms,
)
from generators.frozen import put
from generators.hostile_choices import START
from generators.layout import needs_memory
from generators.operands import Atom, CallResult, Const, Operand, Param, Previous, plainer_operands
from generators.rewriting.cut import Cut, without
from generators.rewriting.parts import guests_of, items_of, with_definition, with_item
from generators.valtypes import Image
from generators.wiring import called, reached, wire

Reduction = Callable[[Blueprint], Iterator[Blueprint]]


def reductions() -> tuple[Reduction, ...]:
    """In the order in which they pay: fewer calls, then less of everything, then plainer parts."""
    return (
        isolated, one_call, flattened, fewer_calls, joined_calls, only_what_runs, fewer_hostile, fewer_items, bypasses,
        code_from_the_text, unpacked, fewer_functions, fewer_exports, fewer_imports, unnested, fewer_steps,
        plainer_types, simpler_types, plainer_definitions, plainer_items, plainer_functions, plainer_arguments,
        plainer_answers, plainer_hostile, plainer_names, types_in_place,
    )


def joined_calls(b: Blueprint) -> Iterator[Blueprint]:
    """Of two calls of one guest's functions the first alone, whose function then also does what the second's does."""
    nodes = called(b, wire(b))
    for c, (first, second) in enumerate(pairwise(nodes)):
        if first.place is None or second.place is None or first.owner is not second.owner:
            continue
        d, i, f = first.place.definition, first.place.item, first.place.function
        guest = b.guest(first.place)
        if (d, i) == (second.place.definition, second.place.item):
            given = tuple(map(Const, second.signature.params, b.calls[c + 1].args))
            function = guest.functions[f]
            more = _as_part_of(guest.functions[second.place.function].steps, len(function.steps), given)
            longer = replace(function, steps=(*function.steps, *more))
            whole = with_item(b, d, i, replace(guest, functions=put(guest.functions, f, longer)))
            yield replace(whole, calls=b.calls[: c + 1] + b.calls[c + 2 :])


def _as_part_of(steps: tuple[Step, ...], before: int, given: tuple[Const, ...]) -> Iterator[Step]:
    """*steps* after *before* others, with *given* in place of parameters."""
    def atom(a: Atom) -> Atom:
        match a:
            case Param(index=n) | Previous(index=n):
                return given[n]
            case CallResult(step=n):
                return CallResult(before + n)
        return a

    return (with_atoms(step, atom) for step in steps)


def only_what_runs(b: Blueprint) -> Iterator[Blueprint]:
    """Without the functions that no call and no start function reaches, and without the guests that are then empty."""
    ran = {(n.place.definition, n.place.item, n.place.function) for n in reached(b, wire(b)) if n.place is not None}
    cut = Cut()
    for d, i, guest in guests_of(b):
        idle = {(d, i, f) for f in range(len(guest.functions)) if (d, i, f) not in ran}
        cut.functions |= idle
        if len(idle) == len(guest.functions) and not guest.start:
            cut.items.add((d, i))
    yield without(b, cut)


def fewer_hostile(b: Blueprint) -> Iterator[Blueprint]:
    if len(b.hostile) > 1:
        yield replace(b, hostile=())
    for i in range(len(b.hostile)):
        yield replace(b, hostile=b.hostile[:i] + b.hostile[i + 1 :])


def fewer_items(b: Blueprint) -> Iterator[Blueprint]:
    for d, i, _ in reversed(list(items_of(b))):
        yield without(b, Cut(items={(d, i)}))


def fewer_functions(b: Blueprint) -> Iterator[Blueprint]:
    for d, i, guest in guests_of(b):
        for f in range(len(guest.functions)):
            yield without(b, Cut(functions={(d, i, f)}))


def fewer_exports(b: Blueprint) -> Iterator[Blueprint]:
    for d, definition in enumerate(b.definitions):
        for export in definition.exports:
            yield without(b, Cut(exports={(d, export.name)}))
    for d, i, item in items_of(b):
        if isinstance(item, Bundle) and len(item.entries) > 1:
            for name, _ in item.entries:
                yield without(b, Cut(entries={(d, i, name)}))


def fewer_imports(b: Blueprint) -> Iterator[Blueprint]:
    for d, definition in enumerate(b.definitions):
        for k, used in enumerate(definition.imports):
            yield without(b, Cut(imports={(d, k)}))
            if len(used.members) > 1:
                for name, _ in used.members:
                    yield without(b, Cut(members={(d, k, name)}))
    for d, i, guest in guests_of(b):
        for k in range(len(guest.imports)):
            yield without(b, Cut(guest_imports={(d, i, k)}))


def fewer_steps(b: Blueprint) -> Iterator[Blueprint]:
    for d, i, guest in guests_of(b):
        for f, steps in ((START, guest.start), *((f, function.steps) for f, function in enumerate(guest.functions))):
            for s in range(len(steps)):
                yield without(b, Cut(steps={(d, i, f, s)}))


def plainer_definitions(b: Blueprint) -> Iterator[Blueprint]:
    if any(definition.naming for definition in b.definitions):
        yield replace(b, definitions=tuple(replace(definition, naming=()) for definition in b.definitions))
    for d, definition in enumerate(b.definitions):
        fewer = (definition.naming[:n] + definition.naming[n + 1 :] for n in range(len(definition.naming)))
        for plain in (
            replace(definition, types=(), outer_types=()), replace(definition, outer_types=()),
            *(replace(definition, naming=naming) for naming in fewer),
        ):
            if plain != definition:
                yield with_definition(b, d, plain)


def plainer_items(b: Blueprint) -> Iterator[Blueprint]:
    for d, i, guest in guests_of(b):
        for plain in _plainer_guest(guest):
            if plain != guest and _can_be_wired(plain, i):
                yield with_item(b, d, i, plain)


def _plainer_guest(guest: Guest) -> Iterator[Guest]:
    bare = tuple(replace(used, encoding=None, options=False, second=False) for used in guest.imports)
    yield replace(guest, levels=0, lowering="direct", memory="own", imports=bare, memory64=False, allocator="moves",
                  lender=0, realloc="own", second=None)
    yield replace(guest, memory64=False)
    yield replace(guest, allocator="moves")
    yield replace(guest, vectors=False)
    yield replace(guest, lowering="direct", memory="own")
    yield replace(guest, lowering="direct")
    yield replace(guest, memory="own", lender=0, realloc="own")
    yield replace(guest, realloc="own")
    yield replace(guest, second=None)
    yield replace(guest, levels=0)
    yield replace(guest, imports=bare)
    for k, used in enumerate(guest.imports):
        for plain in (replace(used, encoding=None), replace(used, options=False), replace(used, second=False)):
            yield replace(guest, imports=put(guest.imports, k, plain))


def _can_be_wired(guest: Guest, number: int) -> bool:
    """Lowered without a table, a guest can be given neither what comes after it nor its own memory's options."""
    later = any(used.ref.source == "item" and used.ref.index >= number for used in guest.imports)
    with_memory = any(used.options or needs_memory(used.signature) for used in guest.imports)
    return guest.lowering == "indirect" or not (later or (with_memory and guest.memory == "own"))


def plainer_functions(b: Blueprint) -> Iterator[Blueprint]:
    for d, i, guest in guests_of(b):
        for f, function in enumerate(guest.functions):
            for plain in _plainer_function(function):
                if plain != function:
                    yield with_item(b, d, i, replace(guest, functions=put(guest.functions, f, plain)))


def _plainer_function(function: Function) -> Iterator[Function]:
    yield replace(function, post_return=False, encoding=None, options=False)
    yield replace(function, post_return=False)
    yield replace(function, encoding=None)
    yield replace(function, options=False)
    yield replace(function, way="plain", fails=None, fresh=False)
    yield replace(function, fresh=False)
    yield replace(function, way="plain")
    yield replace(function, fails=None)
    for operand in _plainer_operand(function.returns):
        yield replace(function, returns=operand)
    for s, step in enumerate(function.steps):
        for args in _plainer_operands(step.args):
            yield replace(function, steps=put(function.steps, s, replace(step, args=args)))
        for plain in _plainer_step(step):
            yield replace(function, steps=put(function.steps, s, plain))


def _plainer_step(step: Step) -> Iterator[Step]:
    """Taken once, whatever the condition, without a handler around it."""
    for plain in (Step(step.callee, step.args, depth=step.depth), replace(step, when=None), replace(step, over=None),
                  replace(step, guarded=False), replace(step, depth=min(step.depth, 1))):
        if plain != step:
            yield plain


def _plainer_operands(args: tuple[Operand, ...]) -> Iterator[tuple[Operand, ...]]:
    for a, operand in enumerate(args):
        for plain in _plainer_operand(operand):
            yield put(args, a, plain)


def _plainer_operand(operand: Operand | None) -> Iterator[Operand]:
    match operand:
        case Const(type=t, image=image):
            yield from (Const(t, plain) for plain in plainer(t, image))
        case None:
            return
        case _:
            yield from plainer_operands(operand)


def plainer_arguments(b: Blueprint) -> Iterator[Blueprint]:
    nodes = called(b, wire(b))
    for c, (call, node) in enumerate(zip(b.calls, nodes, strict=True)):
        params = node.signature.params
        yield _with_call(b, c, tuple(some(t) for t in params))
        for a, t in enumerate(params):
            for image in plainer(t, call.args[a]):
                yield _with_call(b, c, put(call.args, a, image))


def plainer_answers(b: Blueprint) -> Iterator[Blueprint]:
    """Of the host."""
    for h, host in enumerate(b.host):
        match host.behaviour:
            case Answer(type=t, image=image) if t is not None:
                for plain in plainer(t, image):
                    changed = HostFunction(host.path, Answer(t, plain))
                    yield replace(b, host=put(b.host, h, changed))


def _with_call(b: Blueprint, c: int, args: tuple[Image, ...]) -> Blueprint:
    return replace(b, calls=put(b.calls, c, Call(b.calls[c].export, args)))
