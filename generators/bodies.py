"""Strategies for what guests do: echo, return a constant, mix, forward, call twice, combine two calls.

The functions here draw from inside a composite strategy: their first argument is its `draw`.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Literal, TypeAlias

from hypothesis import strategies as st
from msgspec.structs import replace

from generators.axes import Axes
from generators.blueprint import Encoding, Function, Guest, GuestImport, Ref, Signature, Step
from generators.drawing import often, pick, seldom, several
from generators.inventing import Atoms, drawn_failure, drawn_way, enriched, fitted, related, stepped
from generators.layout import needs_memory, spills, spills_result
from generators.mill import Taste
from generators.operands import Atom, CallResult, Const, Mix, Operand, Param
from generators.types import Palette
from generators.types import signature as drawn_signature
from generators.valtypes import Type, has_strings, is_scalar
from generators.values import drawn_image, nth_image
from generators.wiring import Node

COST_LIMIT = 40
"""Functions that make more calls than this are called by none but the host."""

DRAWN_ARGUMENTS = 5
"""A call's further arguments follow from their position, so that long calls shrink to short ones."""

ENCODINGS: tuple[Encoding, ...] = ("utf8", "utf16", "latin1+utf16")

_LIFT_OPTIONS: tuple[tuple[bool, Encoding | None, bool], ...] = (
    *((False, None, False),) * 12, *((True, None, False),) * 4, (True, None, True), (False, None, True),
    *((False, e, False) for e in ENCODINGS), *((True, e, True) for e in ENCODINGS),
)
"""Post-return, string encoding, options without need."""

_LOWER_OPTIONS: tuple[tuple[Encoding | None, bool], ...] = (
    *((None, False),) * 14, (None, True), *((e, False) for e in ENCODINGS), *((e, True) for e in ENCODINGS),
)
_Kind: TypeAlias = tuple[Literal["direct", "indirect"], Literal["own", "imported"], bool]

_KINDS: tuple[_Kind, ...] = (
    *(("direct", "own", False),) * 6, *(("indirect", "own", False),) * 4, *(("direct", "own", True),) * 2,
    *(("direct", "imported", False),) * 2, ("direct", "imported", True), ("indirect", "imported", False),
)
"""Lowering, memory, and whether a start function calls an import: of guests with imports."""

_KINDS_ALONE: tuple[_Kind, ...] = (*(("direct", "own", False),) * 4, ("direct", "imported", False))

_USUAL_ENCODING: tuple[Encoding | None, ...] = (None, "utf16", "latin1+utf16", "latin1+utf16")
_ALLOCATORS: tuple[Literal["moves", "in place", "grows"], ...] = ("moves", "moves", "in place", "grows")

_SHAPES = {
    0: ("echo", "constant", "mix"),
    1: ("echo", *("forward",) * 6, "twice", "twice", "constant", "mix"),
    2: ("echo", *("forward",) * 4, "twice", "twice", *("combine",) * 3, "constant", "mix"),
}


@lru_cache(maxsize=64)
def _kinds(axes: Axes, alone: bool) -> tuple[_Kind, ...]:
    """Those kinds that the batch can have."""
    options = _KINDS_ALONE if alone else _KINDS
    fitting = tuple(
        (lowering, memory, starts) for lowering, memory, starts in options
        if axes.on("lowering", lowering) and axes.on("memory", memory) and (axes.on("program", "start") or not starts)
    )
    return fitting or options


@lru_cache(maxsize=64)
def _lower_options(axes: Axes) -> tuple[tuple[Encoding | None, bool], ...]:
    able = _LOWER_OPTIONS if axes.on("program", "options") else _LOWER_OPTIONS[:14]
    return tuple((e, options) for e, options in able if e is None or axes.on("encoding", e))


@lru_cache(maxsize=64)
def _lift_options(axes: Axes) -> tuple[tuple[bool, Encoding | None, bool], ...]:
    return tuple(
        (post and axes.on("program", "post-return"), e, options and axes.on("program", "options"))
        for post, e, options in _LIFT_OPTIONS if e is None or axes.on("encoding", e)
    )


@lru_cache(maxsize=64)
def _usual_encodings(axes: Axes) -> tuple[Encoding | None, ...]:
    able = tuple(e for e in _USUAL_ENCODING if axes.on("encoding", e or "utf8"))
    return able or _USUAL_ENCODING


def drawn_lower_options(draw: st.DrawFn, axes: Axes) -> tuple[Encoding | None, bool]:
    """A string encoding if it is not to be the usual one, and whether there are options without need."""
    return pick(draw, _lower_options(axes))


def drawn_lift_options(draw: st.DrawFn, axes: Axes) -> tuple[bool, Encoding | None, bool]:
    """As `drawn_lower_options`; and first whether there is a post-return."""
    return pick(draw, _lift_options(axes))


def drawn_encoding(draw: st.DrawFn, axes: Axes) -> Encoding | None:
    """A guest's usual string encoding; None is utf8."""
    return pick(draw, _usual_encodings(axes))


def drawn_allocator(draw: st.DrawFn, axes: Axes) -> Literal["moves", "in place", "grows"]:
    return pick(draw, axes.among("allocator", _ALLOCATORS))


def guest(
    draw: st.DrawFn, imports: Sequence[tuple[Ref, Node]], *, types: Palette, levels: int, memory64: bool
) -> Guest:
    """A guest that lowers *imports*, with its core modules at most *levels* definitions further out. *memory64*: its
    memory may have 64-bit addresses."""
    axes = types.axes
    usual = drawn_encoding(draw, axes) if types.aggregates else None
    lowered = []
    for ref, node in imports:
        encoding, options = drawn_lower_options(draw, axes)
        lowered.append(GuestImport(ref, node.signature, encoding or _usual(usual, node.signature), options))
    costs = [node.cost for _, node in imports]
    functions = several(draw, lambda: function(draw, lowered, costs, types=types, usual=usual),
                        least=1, most=3, more=(1,))
    lowering, memory, starts = pick(draw, _kinds(axes, not lowered))
    if lowering == "direct" and any(i.options or needs_memory(i.signature) for i in lowered):
        memory = "imported"
    steps: tuple[Step, ...] = ()
    if starts:
        callee = pick(draw, range(len(lowered)))
        steps = (Step(callee, _arguments(draw, lowered[callee].signature, (), (), lowered, types)),)
    further_out = pick(draw, (0, 0, 0, *range(1, levels + 1)))
    wide = memory64 and pick(draw, (True, False))
    allocator = drawn_allocator(draw, axes) if types.aggregates else "moves"
    vectors = bool(types.aggregates) and seldom(draw, 4) and axes.on("program", "vectors")
    made = Guest(tuple(lowered), tuple(functions), steps, lowering, memory, further_out, wide, allocator, vectors)
    return _with_second(draw, made, memory64) if axes.on("memory", "second") else made


def _with_second(draw: st.DrawFn, made: Guest, memory64: bool) -> Guest:
    """*made*, perhaps with some of its imports lowered with another memory than its functions are lifted with."""
    if not any(needs_memory(used.signature) for used in made.imports) or not seldom(draw, 8):
        return made
    theirs = tuple(replace(used, second=needs_memory(used.signature) and often(draw, 3)) for used in made.imports)
    return replace(made, imports=theirs, second="i64" if memory64 and pick(draw, (False, True)) else "i32")


def sharing(draw: st.DrawFn, made: Guest, lender: Guest, item: int) -> Guest:
    """*made* in the memory of *lender*, which is item *item* of the same definition."""
    realloc: Literal["own", "lender's"] = pick(draw, ("own", "lender's"))
    return replace(made, memory="shared", lender=item, memory64=lender.memory64, allocator=lender.allocator,
                   realloc=realloc)


def _usual(encoding: Encoding | None, signature: Signature) -> Encoding | None:
    """The guest's encoding, where there are strings."""
    types = signature.params if signature.result is None else (*signature.params, signature.result)
    return encoding if any(map(has_strings, types)) else None


def function(
    draw: st.DrawFn, imports: Sequence[GuestImport], costs: Sequence[int], *, types: Palette, usual: Encoding | None
) -> Function:
    """One function of a guest; *costs* are those of its imports, *usual* is the guest's encoding."""
    cheap = tuple(i for i, cost in enumerate(costs) if 2 * cost <= COST_LIMIT)
    shape = pick(draw, types.axes.among("body", _SHAPES[min(len(cheap), 2)]))
    callees: tuple[int, ...] = ()
    if shape in ("forward", "twice", "combine"):
        callees = (pick(draw, cheap),)
        if shape == "twice":
            callees *= 2
        elif shape == "combine":
            callees += (pick(draw, cheap),)
    same = bool(callees) and not seldom(draw, 3)
    if same and types.aggregates:
        signature = related(draw, imports[callees[0]].signature, types.kinds)
        signature = signature if types.spilled or not spills(signature) else imports[callees[0]].signature
    else:
        signature = imports[callees[0]].signature if same else drawn_signature(draw, types)
    steps: list[Step] = []
    for callee in callees:
        args = _arguments(draw, imports[callee].signature, signature.params, steps, imports, types)
        atoms = _atoms(signature.params, steps, imports)
        most = COST_LIMIT // len(callees)
        steps.append(stepped(draw, types.axes, Step(callee, args), imports[callee], atoms, costs[callee], most))
    returns = _returns(draw, shape, signature, steps, imports, types)
    post_return, encoding, options = drawn_lift_options(draw, types.axes)
    encoding = encoding or _usual(usual, signature)
    way, fails = drawn_way(draw, types.axes), drawn_failure(draw, types.axes, _atoms(signature.params, (), imports))
    fresh = spills_result(signature) and seldom(draw, 5) and types.axes.on("program", "fresh area")
    return Function(signature, tuple(steps), returns, post_return, encoding, options, way, fails, fresh)


def constant(draw: st.DrawFn, t: Type, taste: Taste) -> Const:
    return Const(t, drawn_image(draw, t, taste))


def _arguments(
    draw: st.DrawFn, callee: Signature, params: Sequence[Type], steps: Sequence[Step], imports: Sequence[GuestImport],
    types: Palette,
) -> tuple[Operand, ...]:
    """Arguments for a call: parameters and earlier results where they fit, constants, and conversions."""
    atoms = _atoms(params, steps, imports)
    args: list[Operand] = []
    for position, t in enumerate(callee.params):
        same = [a for a, held in atoms if held == t]
        way = pick(draw, (0, 0, 0, 0, 1, 2)) if position < DRAWN_ARGUMENTS else 0
        if way == 0 and same:
            in_place = Param(position)
            found = in_place if in_place in same else same[position % len(same)]
            args.append(enriched(draw, types.axes, t, found, atoms) if position < DRAWN_ARGUMENTS else found)
        elif way == 0 and position < DRAWN_ARGUMENTS and (other := fitted(draw, types.axes, t, atoms)) is not None:
            args.append(other)
        elif way == 2 and atoms and is_scalar(t):
            args.append(pick(draw, [a for a, _ in atoms]))
        elif position < DRAWN_ARGUMENTS:
            args.append(constant(draw, t, types.taste))
        else:
            args.append(Const(t, nth_image(t, position)))
    return tuple(args)


def _returns(
    draw: st.DrawFn, shape: str, signature: Signature, steps: Sequence[Step], imports: Sequence[GuestImport],
    types: Palette,
) -> Operand | None:
    if signature.result is None:
        return None
    atoms = _atoms(signature.params, steps, imports)
    plain = _plain_result(draw, shape, signature.result, atoms, types)
    return plain if shape == "constant" else enriched(draw, types.axes, signature.result, plain, atoms)


def _plain_result(draw: st.DrawFn, shape: str, result: Type, atoms: Atoms, types: Palette) -> Operand:
    same = tuple(a for a, held in atoms if held == result)
    results = tuple(a for a, _ in atoms if isinstance(a, CallResult))
    if shape in ("forward", "twice") and results and (is_scalar(result) or results[-1] in same):
        return results[-1]
    if not is_scalar(result):
        if same and shape != "constant":
            return pick(draw, same)
        other = None if shape == "constant" else fitted(draw, types.axes, result, atoms)
        return other or constant(draw, result, types.taste)
    if shape == "combine" and len(results) == 2:
        return Mix(results[0], results[1])
    if shape == "constant" or not atoms:
        return constant(draw, result, types.taste)
    if shape == "mix":
        everything = [a for a, _ in atoms]
        return Mix(pick(draw, everything), pick(draw, everything))
    return pick(draw, same or tuple(a for a, _ in atoms))


def _atoms(params: Sequence[Type], steps: Sequence[Step], imports: Sequence[GuestImport]) -> list[tuple[Atom, Type]]:
    """What a body can use, with the types."""
    results = (imports[step.callee].signature.result for step in steps)
    return [(Param(i), t) for i, t in enumerate(params)] + [
        (CallResult(n), t) for n, t in enumerate(results) if t is not None
    ]
