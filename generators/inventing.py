"""Strategies for operands, steps and ways of a function that are more than a value handed on as it is.

The functions here draw from inside a composite strategy: their first argument is its `draw`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Literal, TypeAlias, get_args

from hypothesis import strategies as st

from generators.axes import Axes
from generators.blueprint import ROUNDS, Failure, GuestImport, Signature, Step
from generators.changing import applies
from generators.combining import can_alternate, can_append, wrapping
from generators.drawing import pick, seldom
from generators.frozen import put
from generators.layout import flat
from generators.operands import (
    Atom,
    Change,
    Changed,
    Counted,
    Each,
    Joined,
    Mix,
    Operand,
    Param,
    Previous,
    Rebuilt,
    Selected,
    Unwrapped,
    Wrapped,
)
from generators.types import MOST_FLAT
from generators.valtypes import (
    Kind,
    ListOf,
    OptionOf,
    ResultOf,
    TupleOf,
    Type,
    cases_of,
    element_of,
    fields_of,
    is_scalar,
)

Atoms: TypeAlias = Sequence[tuple[Atom, Type]]
"""What a body can use, with the types."""

CHANGES: tuple[Change, ...] = get_args(Change)

OPERANDS = ("changed", "joined", "selected", "rebuilt", "previous", "counted", "wrapped", "unwrapped")

RICH = 4
"""One operand in so many is not handed on as it is."""


def enriched(draw: st.DrawFn, axes: Axes, t: Type, plain: Operand, atoms: Atoms) -> Operand:
    """*plain*, a value of *t*, or something made of it and of *atoms*."""
    if not seldom(draw, RICH):
        return plain
    ways = axes.among("operand", _ways(t, atoms))
    if not ways:
        return plain
    made = _made(draw, pick(draw, ways), axes, t, plain, atoms)
    if seldom(draw, 3) and (changes := axes.among("change", _changes(t))):
        return Changed(made, pick(draw, changes))
    return made


def _ways(t: Type, atoms: Atoms) -> tuple[str, ...]:
    ways = ["changed", "changed"] if _changes(t) else []
    ways += ["joined"] if _joins(t) else []
    if is_scalar(t):
        ways += ["counted"]
    else:
        ways += ["rebuilt"]
    if atoms:
        ways += ["selected"]
    if any(isinstance(a, Param) and held == t for a, held in atoms):
        ways += ["previous"]
    if any(_wraps(held, t) for _, held in atoms):
        ways += ["wrapped"]
    if any(_wraps(t, held) for _, held in atoms):
        ways += ["unwrapped"]
    return tuple(ways)


def _made(draw: st.DrawFn, way: str, axes: Axes, t: Type, plain: Operand, atoms: Atoms) -> Operand:
    match way:
        case "changed":
            return Changed(plain, pick(draw, axes.among("change", _changes(t))))
        case "joined":
            return Joined(plain, _another(draw, t, plain, atoms), pick(draw, _joins(t)))
        case "selected":
            return Selected(pick(draw, [a for a, _ in atoms]), plain, _another(draw, t, plain, atoms))
        case "previous":
            return Previous(pick(draw, [a.index for a, held in atoms if isinstance(a, Param) and held == t]))
        case "counted":
            return Counted()
        case "wrapped":
            return Wrapped(pick(draw, [a for a, held in atoms if _wraps(held, t)]))
        case "unwrapped":
            return Unwrapped(pick(draw, [a for a, held in atoms if _wraps(t, held)]))
    return Rebuilt(plain)


def _another(draw: st.DrawFn, t: Type, plain: Operand, atoms: Atoms) -> Operand:
    """Something of the same type, if need be *plain* with a change."""
    others = [a for a, held in atoms if held == t and a != plain]
    if others:
        return pick(draw, others)
    changes = _changes(t)
    return Changed(plain, changes[0]) if changes and not isinstance(plain, Mix) else plain


@lru_cache(maxsize=512)
def _changes(t: Type) -> tuple[Change, ...]:
    return tuple(c for c in CHANGES if applies(t, c))


@lru_cache(maxsize=512)
def _joins(t: Type) -> tuple[Literal["end to end", "in turn"], ...]:
    found: list[Literal["end to end", "in turn"]] = []
    if can_append(t):
        found.append("end to end")
    if can_alternate(t):
        found.append("in turn")
    return tuple(found)


@lru_cache(maxsize=1024)
def _wraps(inner: Type, t: Type) -> bool:
    return inner != t and wrapping(inner, t) is not None


def fitted(draw: st.DrawFn, axes: Axes, t: Type, atoms: Atoms) -> Operand | None:
    """A value of *t* by wrapping or unwrapping one of another type, where there is one that can be."""
    ways: list[Operand] = []
    if axes.on("operand", "wrapped"):
        ways += [Wrapped(a) for a, held in atoms if _wraps(held, t)]
    if axes.on("operand", "unwrapped"):
        ways += [Unwrapped(a) for a, held in atoms if _wraps(t, held)]
    return pick(draw, ways) if ways else None


_WRAPPERS: dict[Kind, Callable[[Type], Type]] = {
    "option": OptionOf, "list": ListOf, "tuple": lambda t: TupleOf((t,)), "result": ResultOf,
}


def related(draw: st.DrawFn, signature: Signature, kinds: Sequence[Kind]) -> Signature:
    """*signature*, or one type in it wrapped in another, made by one of *kinds*, or what is in it instead."""
    if not seldom(draw, 5):
        return signature
    params, result = signature.params, signature.result
    positions = range(-1 if result is not None else 0, min(len(params), 3))
    if not positions:
        return signature
    position = pick(draw, positions)
    t = result if position < 0 else params[position] if params else None
    if t is None:
        return signature
    others = [*(wrap(t) for kind, wrap in _WRAPPERS.items() if kind in kinds), *dict.fromkeys(_inside(t))]
    fitting = [other for other in others if len(flat(other, "i32")) <= MOST_FLAT]
    if not fitting:
        return signature
    other = pick(draw, fitting)
    if position < 0:
        return Signature(params, other)
    return Signature(put(params, position, other), result)


def _inside(t: Type) -> tuple[Type, ...]:
    element = element_of(t)
    if element is not None:
        return (element,)
    return fields_of(t) or tuple(c for c in cases_of(t) or () if c is not None)


# -- steps

_STEPS = (*("plain",) * 11, "when", "when", "over", "over", "guarded")


def stepped(
    draw: st.DrawFn, axes: Axes, step: Step, used: GuestImport, atoms: Atoms, cost: int, most: int
) -> Step:
    """*step*, perhaps taken only sometimes, or several times, or with a handler around it. *cost*: of its callee;
    *most*: what the step may come to."""
    match pick(draw, axes.among("step", _STEPS)):
        case "when" if atoms:
            return Step(step.callee, step.args, when=pick(draw, [a for a, _ in atoms]))
        case "guarded":
            return Step(step.callee, step.args, guarded=True)
        case "over" if atoms and cost * ROUNDS <= most:
            return _repeated(draw, step, used, atoms)
    return step


def _repeated(draw: st.DrawFn, step: Step, used: GuestImport, atoms: Atoms) -> Step:
    """Over a list whose elements the callee takes, if there is one."""
    params = used.signature.params
    lists = [(a, held) for a, held in atoms if element_of(held) is not None]
    fitting = [(a, held) for a, held in lists if element_of(held) in params]
    over, held = pick(draw, fitting or lists or list(atoms))
    element = element_of(held)
    args = list(step.args)
    if element in params:
        args[params.index(element)] = Each()
    elif element is None and (numbers := [i for i, t in enumerate(params) if is_scalar(t)]):
        args[pick(draw, numbers)] = Each()
    return Step(step.callee, tuple(args), over=over)


# -- functions

Way: TypeAlias = Literal["plain", "tail call", "thrown", "handed over"]

_WAYS: tuple[Way, ...] = (*("plain",) * 9, "tail call", "thrown", "handed over", "handed over")
_FAILURES: tuple[Literal["throw", "unreachable", "load out of bounds"], ...] = (
    "throw", "throw", "unreachable", "load out of bounds"
)


def drawn_way(draw: st.DrawFn, axes: Axes) -> Way:
    return pick(draw, axes.among("way", _WAYS))


def drawn_failure(draw: st.DrawFn, axes: Axes, atoms: Atoms) -> Failure | None:
    """For a few functions that have something to depend on."""
    if not atoms or not axes.on("program", "failure") or not seldom(draw, 40):
        return None
    return Failure(pick(draw, [a for a, _ in atoms]), pick(draw, axes.among("failure", _FAILURES)))
