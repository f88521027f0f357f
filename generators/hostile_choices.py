"""Hostile choices as data: what a case's core code does that no correct code does, laid over the valid parts that they
name.
"""

from __future__ import annotations

from typing import Literal, TypeAlias

import msgspec

from generators.valtypes import Image

START = -1
"""In place of a function's number: the guest's start function."""

RESULT = -1
"""In place of a step's number: what the function itself returns."""


class Place(msgspec.Struct, frozen=True, array_like=True):
    """Function *function* (or `START`) of item *item* of definition *definition*."""

    definition: int
    item: int
    function: int = START


class RawResult(msgspec.Struct, frozen=True, tag_field="is", tag="raw-result"):
    """The function, whose result is a scalar, returns the core value *bits*."""

    place: Place
    bits: int


class RawArgument(msgspec.Struct, frozen=True, tag_field="is", tag="raw-argument"):
    """Step *step* passes the core value *bits* as argument *argument*, a scalar."""

    place: Place
    step: int
    argument: int
    bits: int


PointerKind: TypeAlias = Literal[
    "odd", "last fit", "one past", "at end", "past end", "wrapping", "high", "null", "half", "last", "highest",
    "odd end",
]
"""*last fit*: what is pointed to ends where memory ends; *one past*: so much further that it does not fit; *half*: off
by half its alignment; *last*: the greatest aligned address that there is. In a memory of 64-bit addresses, *high*: a
right address and 4 GiB more; *highest*: with the top bit as well. *odd end*: a byte past memory's end."""

AreaKind: TypeAlias = PointerKind | Literal["arguments"]
"""*arguments*: where the spilled arguments are."""

ReallocKind: TypeAlias = PointerKind | Literal["static", "previous", "old", "forgets", "fresh pages"]
"""*static*: where the guest's constants begin; *previous*: where the last block is; *old*: where the block was, though
it grew; *forgets*: a new place, without what was in the block; *fresh pages*: a page of its own for each block, in a
memory that cannot grow by more than two."""

Damage: TypeAlias = Literal["bits", "pointer", "length", "content", "empty", "both", "tag", "junk"]


class Damaged(msgspec.Struct, frozen=True, tag_field="is", tag="damaged", omit_defaults=True):
    """Step *step* passes (or the function returns, `RESULT`) the constant *image* with something wrong in it.

    *path* leads to the part: the number of a field or element, 0 for a payload. *damage*: bits: the scalar,
    discriminant or flags have the core value *number*; pointer: a string or list is at *pointer*; length: its length is
    *number*; both: pointer and length; empty: it is at *pointer*, and its length is 0; tag: its length has the bit that
    tags UTF-16 turned; content: the string's bytes are *content* (hex); junk: bytes *number* stand in the whole value
    where nothing is, as for `SpilledPadding`.
    """

    place: Place
    step: int
    argument: int
    image: Image
    path: tuple[int, ...]
    damage: Damage
    number: int = 0
    pointer: PointerKind = "odd"
    content: str = ""


class SpilledPointer(msgspec.Struct, frozen=True, tag_field="is", tag="spilled-pointer"):
    """Step *step* passes its spilled arguments at *pointer*."""

    place: Place
    step: int
    pointer: PointerKind


class ResultPointer(msgspec.Struct, frozen=True, tag_field="is", tag="result-pointer"):
    """Step *step* wants its spilled result at *pointer*; or the function itself (`RESULT`) returns it there."""

    place: Place
    step: int
    pointer: AreaKind


class SpilledPadding(msgspec.Struct, frozen=True, tag_field="is", tag="spilled-padding", omit_defaults=True):
    """Step *step* passes its constants (or the function returns them, `RESULT`) with bytes *byte* where no value is: in
    padding, in spilled payloads and slots that the case does not use, in the upper half of slots that it does."""

    place: Place
    step: int
    byte: int = 0xFF


class ReallocResult(msgspec.Struct, frozen=True, tag_field="is", tag="realloc-result", omit_defaults=True):
    """The guest's realloc returns *pointer*, but for the first *after* calls."""

    place: Place
    pointer: ReallocKind
    after: int = 0


class Meddling(msgspec.Struct, frozen=True, tag_field="is", tag="meddling", omit_defaults=True):
    """The guest's realloc (but for the first *after* calls), or the function's post-return, does more than it should.

    *what*: grows: the memory, by a page; writes before: ones into the eight bytes before the new block; writes behind:
    into those behind it; writes over the result, which lies in memory; calls realloc.
    """

    place: Place
    where: Literal["realloc", "post-return"]
    what: Literal["grows", "writes before", "writes behind", "writes over the result", "calls realloc"]
    after: int = 0


class Fault(msgspec.Struct, frozen=True, tag_field="is", tag="fault", omit_defaults=True):
    """Core code traps or throws. *where* realloc is the guest's, but for the first *after* calls; the others are the
    function's own."""

    place: Place
    where: Literal["body", "after steps", "post-return", "realloc"]
    kind: Literal["unreachable", "divide by zero", "throw", "out of bounds"]
    after: int = 0


class Leaving(msgspec.Struct, frozen=True, tag_field="is", tag="leaving", omit_defaults=True):
    """The guest's realloc, but for the first *after* calls, or the function's post-return, calls import number
    *callee*."""

    place: Place
    where: Literal["realloc", "post-return"]
    callee: int
    after: int = 0


class Reentry(msgspec.Struct, frozen=True, tag_field="is", tag="reentry"):
    """The function's step *step* calls a later item, which calls the function: taken at the outermost depth only."""

    place: Place
    step: int


Hostile: TypeAlias = (
    RawResult | RawArgument | Damaged | SpilledPointer | ResultPointer | SpilledPadding | ReallocResult | Meddling
    | Fault | Leaving | Reentry
)
