"""Faults at the sizes where a rule changes: one of the compiler's functions is wrong about one size alone."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from faulty import CompilerFault, Function, Hunt
from faulty_focus_pairs import (
    BOOL_FIELDS,
    EMPTY_ANYWHERE,
    JOINED_PADDING,
    LISTS,
    LONG_POINTERS,
    SIXTEEN,
    STRINGS,
    UNUSUAL_SIZES,
    WIDE_VARIANTS,
)

from fact.adapters.copying import WIDTHS, bools_inline, chunks
from fact.adapters.flat import CoreValue, as_joined
from fact.adapters.memory import Place, outside
from fact.adapters.moving import Moving
from fact.adapters.passing import PARAMS, Passing
from fact.adapters.shapes import Layout, Shapes, VariantShape, discriminant_size, record_flat
from fact.adapters.strings_inline import Moved
from fact.adapters.wat import Block, Line, get


def without_the_rest(right: Function) -> Function:
    """Of a rest that is no power of two the greatest one below it."""
    def wrong(size: int) -> Iterator[tuple[int, int]]:
        width = next(w for w in WIDTHS if w <= size)
        whole, rest = divmod(size, width)
        if rest in WIDTHS or not rest:
            yield from right(size)
            return
        yield from right(whole * width)
        yield whole * width, next(w for w in WIDTHS if w <= rest)

    return wrong


def behind_one_byte(right: Function) -> Function:
    def wrong(self: VariantShape, pointer: Any) -> int:
        offset: int = right(self, pointer)
        return 1 if offset == 2 and self.discriminant_size == 2 and self.layout(pointer).align == 2 and all(
            payload.layout(pointer).align == 1 for _, _, payload in self.payloads()
        ) else offset

    return wrong


def seventeen_as_sixteen(right: Function) -> Function:
    return lambda self, count: right(self, 16 if count == 17 else count)


def from_256_on(_right: Function) -> Function:
    return lambda cases: 1 if cases < 1 << 8 else 2 if cases <= 1 << 16 else 4


def two_as_one(right: Function) -> Function:
    def wrong(source: Place, destination: Place, count: int) -> Iterator[str]:
        if count != 2:
            yield from right(source, destination, count)
            return
        yield destination.store("i32.store16", f"(i32.ne {source.load('i32.load16_u')} (i32.const 0))")

    return wrong


def nothing_for_empty_lists_of_bytes(right: Function) -> Function:
    def wrong(self: Moving, align: int, size: str, new: str, site: str) -> Iterator[Line]:
        lines = tuple(right(self, align, size, new, site))
        p = self.crossing.destination.pointer
        if align > 1 or ".const" in size:
            yield from lines
            return
        yield Block(f"(if ({p}.ne {size} ({p}.const 0))", (
            Block("(then", lines), f"(else (local.set {new} ({p}.const 0)))",
        ))

    return wrong


def unless_empty(right: Function) -> Function:
    def wrong(p: Any, memory: str, pointer: str, length: str) -> Any:
        beyond = right(p, memory, pointer, length)
        if length.endswith(".const 0)") or "get" not in length:
            return beyond
        return Block("(i32.and", (beyond, f"({p}.ne {length} ({p}.const 0))"))

    return wrong


def with_what_was_above(right: Function) -> Function:
    """An f32 of an i64 slot goes back with all 64 bits of it."""
    beginning = "(f32.reinterpret_i32 (i32.wrap_i64 "

    def wrong(have: CoreValue, want: Any) -> str:
        if (have.type, want) == ("f32", "i64") and have.text.startswith(beginning):
            return have.text[len(beginning):-2]
        text: str = right(have, want)
        return text

    return wrong


def with_32_bits(right: Function) -> Function:
    def wrong(self: Passing, area: Layout, at: Place, site: str) -> Iterator[Line]:
        if at.type == "i64" and at.pointer == PARAMS:
            yield f"(local.set {PARAMS} (i64.and {get(PARAMS)} (i64.const 0xffffffff)))"
        yield from right(self, area, at, site)

    return wrong


def sixteen_are_too_many(right: Function) -> Function:
    def wrong(*args: Any) -> Any:
        flat = right(*args)
        return None if flat is not None and len(flat) == 16 else flat

    return wrong


def with_the_first_size(right: Function) -> Function:
    """The last realloc of a string that becomes UTF-8 is told the size of the first block, not of the second."""
    def wrong(self: Moved, align: int, old_size: str, size: str) -> Iterator[Line]:
        shrinking = align == 1 and size == self.written(1)
        yield from right(self, align, self.length(self.units, 1) if shrinking else old_size, size)

    return wrong


BOUNDARY_FAULTS = (
    CompilerFault(
        name="rest of a run lost",
        description="of 3, 7, 11 and so many bytes in a row the last one is not copied",
        section="Storing: store_record",
        hunt=Hunt(150, UNUSUAL_SIZES),
        function=chunks,
        wrong=without_the_rest,
    ),
    CompilerFault(
        name="payload within the discriminant",
        description="a payload of bytes lies at the second byte of a discriminant of two",
        section="Loading: load_variant; Storing: store_variant",
        hunt=Hunt(150, WIDE_VARIANTS),
        owner=VariantShape,
        function=VariantShape.payload_offset,
        wrong=behind_one_byte,
    ),
    CompilerFault(
        name="seventeen flags in two bytes",
        description="flags with 17 labels are taken for flags with 16",
        section="Element Size: elem_size_flags",
        hunt=Hunt(150, UNUSUAL_SIZES),
        owner=Shapes,
        function=Shapes._flags,
        wrong=seventeen_as_sixteen,
    ),
    CompilerFault(
        name="256 cases in two bytes",
        description="the discriminant of exactly 256 cases takes two bytes",
        section="Alignment: discriminant_type",
        hunt=Hunt(150, UNUSUAL_SIZES),
        function=discriminant_size,
        wrong=from_256_on,
    ),
    CompilerFault(
        name="two bools as one",
        description="two neighbouring bools are normalised as if they were one number",
        section="Loading: load, convert_int_to_bool",
        hunt=Hunt(150, BOOL_FIELDS),
        function=bools_inline,
        wrong=two_as_one,
    ),
    CompilerFault(
        name="empty lists of bytes take no memory",
        description="realloc is not called for an empty list of bytes",
        section="Storing: store_list_into_range",
        hunt=Hunt(150, LISTS),
        owner=Moving,
        function=Moving.allocate,
        wrong=nothing_for_empty_lists_of_bytes,
    ),
    CompilerFault(
        name="empty lists anywhere",
        description="the address of an empty list may be past the end of memory",
        section="Loading: load_list_from_range",
        hunt=Hunt(150, EMPTY_ANYWHERE),
        function=outside,
        wrong=unless_empty,
    ),
    CompilerFault(
        name="joined float not cut off",
        description="an f32 in a slot of 64 bits is passed on with what was above it",
        section="Flat Lifting: lift_flat_variant, wrap_i64_to_i32",
        hunt=Hunt(150, JOINED_PADDING),
        function=as_joined,
        wrong=with_what_was_above,
    ),
    CompilerFault(
        name="64-bit address cut off",
        description="only the low 32 bits of the address of spilled parameters are looked at",
        section="Lifting and Lowering Values: lift_flat_values (64-bit memories)",
        hunt=Hunt(150, LONG_POINTERS),
        owner=Passing,
        function=Passing.check_area,
        wrong=with_32_bits,
    ),
    CompilerFault(
        name="sixteen are too many",
        description="sixteen flat values are passed through memory, as if they were seventeen",
        section="Flattening: flatten_functype (MAX_FLAT_PARAMS)",
        hunt=Hunt(150, SIXTEEN),
        function=record_flat,
        wrong=sixteen_are_too_many,
    ),
    CompilerFault(
        name="old size of the first block",
        description="the last realloc of a string that becomes UTF-8 is told the first block's size as the old one",
        section="Storing: store_string_to_utf8",
        hunt=Hunt(150, STRINGS),
        owner=Moved,
        function=Moved.reallocated,
        wrong=with_the_first_size,
    ),
)
