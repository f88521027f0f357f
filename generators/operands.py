"""Operands: values that a guest makes of its parameters, of what its calls returned, and of what it remembers.

Each is total: it stands for a value of whatever type is wanted of it. Where another type is wanted a scalar is
converted to a valid value of that type; in place of anything else, and of strings in another encoding, stands the
simplest value, or one of all zeros, which every type has. None depends on the bits of a NaN.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Literal, TypeAlias

import msgspec

from generators.valtypes import Image, Type


class Param(msgspec.Struct, frozen=True, tag_field="is", tag="param"):
    index: int


class Const(msgspec.Struct, frozen=True, tag_field="is", tag="const"):
    type: Type
    image: Image


class CallResult(msgspec.Struct, frozen=True, tag_field="is", tag="result"):
    """What step *step* returned; all zeros if it was not taken, of several rounds the last one's result."""

    step: int


class Previous(msgspec.Struct, frozen=True, tag_field="is", tag="previous"):
    """Parameter *index* of the call of this function before, which the guest has kept; all zeros in the first."""

    index: int


class Counted(msgspec.Struct, frozen=True, tag_field="is", tag="counted"):
    """A u32: which call of this function it is, beginning with 1."""


class Each(msgspec.Struct, frozen=True, tag_field="is", tag="each"):
    """In the arguments of a step with rounds: the list's element whose turn it is, or a u32, the number of the round,
    where the step does not go over a list."""


Atom: TypeAlias = Param | Const | CallResult | Previous | Counted | Each


class Mix(msgspec.Struct, frozen=True, tag_field="is", tag="mix"):
    """A function of both operands that depends on their order; a scalar."""

    left: Atom
    right: Atom


Change: TypeAlias = Literal[
    "next", "case", "swap", "drop last", "drop first", "append", "reverse", "other case", "each"
]
"""next: another scalar, enum case or flags; case: a variant's next case, all zeros; swap: two fields of one type;
drop last, drop first, append, reverse: elements or characters; other case: of ASCII letters; each: all elements of a
list changed."""


class Changed(msgspec.Struct, frozen=True, tag_field="is", tag="changed"):
    """*operand* with its first part changed that can be: itself, else in a field, else in the payload at hand."""

    operand: Operand
    change: Change


class Joined(msgspec.Struct, frozen=True, tag_field="is", tag="joined"):
    """Two values of one type as one. *end to end*: the first string or list in *left* goes on with the one in *right*.
    *in turn*: every second field or element is from *right*. Of scalars a `Mix`."""

    left: Operand
    right: Operand
    way: Literal["end to end", "in turn"]


class Selected(msgspec.Struct, frozen=True, tag_field="is", tag="selected"):
    """*left* if *condition* is odd (a length, a discriminant, flags, an integer; a float if it is above zero), else
    *right*."""

    condition: Atom
    left: Operand
    right: Operand


class Wrapped(msgspec.Struct, frozen=True, tag_field="is", tag="wrapped"):
    """A value with *operand* in it: as a list's one element, the payload of a case, or a field; the rest zeros."""

    operand: Atom


class Unwrapped(msgspec.Struct, frozen=True, tag_field="is", tag="unwrapped"):
    """What is in *operand*: the first element of the type that is wanted, or the payload, or the field; zeros if there
    is none."""

    operand: Atom


class Rebuilt(msgspec.Struct, frozen=True, tag_field="is", tag="rebuilt"):
    """A value equal to *operand*, everything in it at new places, written piece by piece."""

    operand: Operand


Operand: TypeAlias = Atom | Mix | Changed | Joined | Selected | Wrapped | Unwrapped | Rebuilt


def mapped(operand: Operand, change: Callable[[Atom], Atom]) -> Operand:
    """*operand* with *change* made to the atoms in it."""
    match operand:
        case Mix(left=left, right=right):
            return Mix(change(left), change(right))
        case Changed(operand=inner, change=how):
            return Changed(mapped(inner, change), how)
        case Joined(left=first, right=second, way=way):
            return Joined(mapped(first, change), mapped(second, change), way)
        case Selected(condition=condition, left=first, right=second):
            return Selected(change(condition), mapped(first, change), mapped(second, change))
        case Wrapped(operand=atom):
            return Wrapped(change(atom))
        case Unwrapped(operand=atom):
            return Unwrapped(change(atom))
        case Rebuilt(operand=inner):
            return Rebuilt(mapped(inner, change))
    return change(operand)


def parts(operand: Operand) -> tuple[Operand, ...]:
    """The operands that *operand* is directly made of, but for conditions; none of an atom."""
    match operand:
        case Mix(left=left, right=right):
            return left, right
        case Joined(left=first, right=second) | Selected(left=first, right=second):
            return first, second
        case Changed(operand=inner) | Rebuilt(operand=inner):
            return (inner,)
        case Wrapped(operand=atom) | Unwrapped(operand=atom):
            return (atom,)
    return ()


def walk(operand: Operand) -> Iterator[Operand]:
    """*operand* and everything in it, wholes before parts; conditions too."""
    yield operand
    if isinstance(operand, Selected):
        yield operand.condition
    for part in parts(operand):
        yield from walk(part)


def plainer_operands(operand: Operand) -> Iterator[Operand]:
    """Operands to try in place of *operand*: a part of it, or the same made of less; nothing for an atom."""
    inner = parts(operand)
    yield from inner
    match operand:
        case Previous(index=index):
            yield Param(index)
        case Changed(operand=part, change=change):
            yield from (Changed(plainer, change) for plainer in plainer_operands(part))
        case Rebuilt(operand=part):
            yield from map(Rebuilt, plainer_operands(part))
        case Joined(left=left, right=right, way=way):
            yield from (Joined(plainer, right, way) for plainer in plainer_operands(left))
            yield from (Joined(left, plainer, way) for plainer in plainer_operands(right))
        case Selected(condition=condition, left=left, right=right):
            yield from (Selected(condition, plainer, right) for plainer in plainer_operands(left))
            yield from (Selected(condition, left, plainer) for plainer in plainer_operands(right))
