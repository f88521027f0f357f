"""How a function makes the values that its operands stand for: where each comes from, and the code that changes it.

A value that is made lies in an area of the guest's memory; what it is made of is put into one if need be.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from fact.model.types import Prim
from generators.blueprint import Encoding
from generators.building import Memory, Way, built
from generators.changing import applies, changed
from generators.combining import can_alternate, can_append, joined, odd, odd_scalar, unwrapped, wrapped
from generators.copying import store
from generators.expressions import converted, mixed, next_text, operand_text
from generators.helpers import load_scalar
from generators.hostile_choices import Damaged
from generators.layout import STORE, alignment, size
from generators.operands import (
    Atom,
    CallResult,
    Changed,
    Const,
    Counted,
    Each,
    Joined,
    Mix,
    Operand,
    Previous,
    Rebuilt,
    Selected,
    Unwrapped,
    Wrapped,
)
from generators.valtypes import EnumOf, FlagsOf, Image, Type, element_of, has_strings, is_scalar
from generators.values import nth_image

if TYPE_CHECKING:
    from generators.functions import FunctionText

INNER = -2
"""In place of a step's number: what a value is made of, where nothing hostile is."""


@dataclass(frozen=True, slots=True)
class Held:
    """A value that a function has: its flat core values as expressions, or else its address."""

    type: Type
    encoding: Encoding
    values: tuple[str, ...] = ()
    base: str = ""
    offset: int = 0


@dataclass(frozen=True, slots=True)
class Constant:
    image: Image
    damaged: Damaged | None = None


Made = Changed | Joined | Selected | Wrapped | Unwrapped | Rebuilt


def made(w: FunctionText, t: Type, operand: Made, encoding: Encoding) -> Held | Constant:
    """Where the value of an operand is once the lines have run that are added to *w*'s. *t* is no scalar."""
    h = w.helpers
    match operand:
        case Selected(condition=condition, left=left, right=right):
            first, second = address(w, t, left, encoding), address(w, t, right, encoding)
            local = w.local("select", w.p)
            w.lines.append(f"(local.set {local} (select {first} {second} {odd_atom(w, condition)}))")
            return Held(t, encoding, (), f"(local.get {local})")
        case Changed(operand=inner, change=change) if applies(t, change):
            call = changed(h, t, change, encoding)
        case Rebuilt(operand=inner):
            here = Memory("", w.p)
            call = built(h, t, encoding, Way(here, here))
        case Changed(operand=inner):
            return w.source(t, inner, encoding, INNER, 0)
        case Joined(left=left, right=right, way=way):
            if not (can_append(t) if way == "end to end" else can_alternate(t)):
                return w.source(t, left, encoding, INNER, 0)
            first, second = address(w, t, left, encoding), address(w, t, right, encoding)
            at = area_for(w, t)
            w.lines += [f"(memory.copy {at} {first} {w.address(size(t, w.p))})",
                        f"(call {joined(h, t, way == 'end to end', encoding)} {at} {second})"]
            return Held(t, encoding, (), at)
        case Wrapped(operand=atom) | Unwrapped(operand=atom):
            return converted_by(w, t, atom, encoding, isinstance(operand, Wrapped))
    source, at = address(w, t, inner, encoding), area_for(w, t)
    w.lines.append(f"(call {call} {at} {source})")
    return Held(t, encoding, (), at)


def converted_by(w: FunctionText, t: Type, atom: Atom, encoding: Encoding, wrapping: bool) -> Held | Constant:
    """*atom* wrapped or unwrapped as a value of *t*, if it can be."""
    of = type_of(w, atom)
    if of is None or of == t:
        return w.source(t, atom, encoding, INNER, 0)
    call = wrapped(w.helpers, of, t) if wrapping else unwrapped(w.helpers, of, t)
    if call is None or (has_strings(of) and encoding_of(w, atom) not in (None, encoding)):
        return Constant(nth_image(t, 0))
    source, at = address(w, of, atom, encoding), area_for(w, t)
    w.lines.append(f"(call {call} {at} {source})")
    return Held(t, encoding, (), at)


def area_for(w: FunctionText, t: Type) -> str:
    return w.address(w.data.reserve(size(t, w.p), alignment(t, w.p)))


def address(w: FunctionText, t: Type, operand: Operand | None, encoding: Encoding) -> str:
    """The address of a value of *t*."""
    if is_scalar(t):
        at = area_for(w, t)
        w.lines.append(f"({STORE[t]} {at} {number(w, t, operand)})")
        return at
    match w.source(t, operand, encoding, INNER, 0):
        case Constant(image=image):
            place = w.data.reserve(size(t, w.p), alignment(t, w.p))
            w.lowering(encoding, INNER, None).store(t, image, place)
            return w.address(place)
        case Held(values=(), base=base, offset=offset):
            return w.helpers.moved(base, offset)
        case Held(values=values):
            at = area_for(w, t)
            w.lines.append(store(w.helpers, t, values, at))
            return at


# -- scalars


def number(w: FunctionText, t: Prim, operand: Operand | None) -> str:
    """The operand as a valid flat value of the scalar type *t*."""
    match operand:
        case Mix(left=left, right=right) | Joined(left=left, right=right):
            return mixed(t, number(w, t, left), number(w, t, right))
        case Changed(operand=inner):
            return next_text(t, number(w, t, inner))
        case Selected(condition=condition, left=left, right=right):
            return f"(select {number(w, t, left)} {number(w, t, right)} {odd_atom(w, condition)})"
        case Rebuilt(operand=inner):
            return number(w, t, inner)
        case Wrapped(operand=atom) | Unwrapped(operand=atom):
            return _taken_out(w, t, atom)
        case Previous() | Counted() | Each() | CallResult():
            return _from_held(w, t, operand)
    return operand_text(operand, t, w.guest, w.steps, w.signature.params)


def _from_held(w: FunctionText, t: Prim, atom: Atom) -> str:
    held = w.held.get(atom)
    if held is None or not is_scalar(held.type):
        return operand_text(None, t, w.guest, w.steps, w.signature.params)
    e = held.values[0] if held.values else load_scalar(held.type, held.base, held.offset)
    return converted(e, held.type, t)


def _taken_out(w: FunctionText, t: Prim, atom: Atom) -> str:
    of = type_of(w, atom)
    if of is None or is_scalar(of):
        return number(w, t, atom)
    call = unwrapped(w.helpers, of, t)
    if call is None:
        return operand_text(None, t, w.guest, w.steps, w.signature.params)
    source, at = address(w, of, atom, encoding_of(w, atom) or w.encoding), area_for(w, t)
    w.lines.append(f"(call {call} {at} {source})")
    return load_scalar(t, at, 0)


# -- atoms


def type_of(w: FunctionText, atom: Atom) -> Type | None:
    if isinstance(atom, Const):
        return atom.type
    held = w.held.get(atom)
    return None if held is None else held.type


def encoding_of(w: FunctionText, atom: Atom) -> Encoding | None:
    """None for a constant, which can have any."""
    held = w.held.get(atom)
    return None if held is None else held.encoding


def odd_atom(w: FunctionText, atom: Atom) -> str:
    """Whether it is odd, an i32 (`operands.Selected` says what is); what is not there is not."""
    if isinstance(atom, Const):
        if is_scalar(atom.type):
            return odd_scalar(atom.type, number(w, atom.type, atom))
        return odd(w.helpers, atom.type, address(w, atom.type, atom, w.encoding))
    held = w.held.get(atom)
    if held is None:
        return "(i32.const 0)"
    return odd_held(w, held)


def odd_held(w: FunctionText, held: Held) -> str:
    t = held.type
    if not held.values:
        return odd(w.helpers, t, held.base, held.offset)
    if is_scalar(t) or isinstance(t, FlagsOf | EnumOf):
        return odd_scalar(t, held.values[0])
    if t is Prim.STRING or element_of(t) is not None:
        return f"(i32.and (i32.const 1) {w.helpers.as_i32(held.values[1])})"
    at = area_for(w, t)
    w.lines.append(store(w.helpers, t, held.values, at))
    return odd(w.helpers, t, at)
