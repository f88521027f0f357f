"""Faults in the adapter compiler: one of its functions replaced while it runs."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

from faulty import CompilerFault, Function, Hunt
from faulty_focus_pairs import (
    BAD_LISTS,
    BOOLS_IN_LISTS,
    EXTRA_FLAGS,
    LATE_REALLOC,
    MANY_CASES,
    OVERLAPPING,
    PADDING,
    PAYLOADS,
    RECORDS,
)
from faulty_text import EXPRESSION

from fact.adapters.checking import Checking
from fact.adapters.dispatch import membership
from fact.adapters.flat import _selected
from fact.adapters.moves import MoveTable
from fact.adapters.passing import Passing
from fact.adapters.rows import Pattern, pattern_of
from fact.adapters.scope import ModuleScope
from fact.adapters.shapes import RecordShape, Shapes, VariantShape
from fact.adapters.strings_inline import Moved
from fact.adapters.wat import Line
from fact.model.types import Map


def with_last_field_misplaced(right: Function) -> Function:
    def wrong(self: RecordShape, pointer: Any) -> list[int]:
        *others, last = right(self, pointer)
        return [*others, others[-1] if others else last]

    return wrong


def right_behind_the_discriminant(_right: Function) -> Function:
    return lambda self, pointer: self.discriminant_size


def one_byte_for_all(right: Function) -> Function:
    return lambda self, shape, *pointers: right(self, replace(shape, discriminant_size=1), *pointers)


def values_before_keys(right: Function) -> Function:
    return lambda self, t: right(self, Map(t.value, t.key) if isinstance(t, Map) else t)


def all_bits_of_the_bytes(right: Function) -> Function:
    return lambda self, count: right(self, 8 if count <= 8 else 16 if count <= 16 else 32)


def bools_as_they_are(right: Function) -> Function:
    def wrong(*args: Any) -> Pattern | None:
        pattern: Pattern | None = right(*args)
        return pattern and replace(pattern, bools=(False,) * pattern.stride)

    return wrong


def padding_as_well(right: Function) -> Function:
    def wrong(*args: Any) -> Pattern | None:
        pattern: Pattern | None = right(*args)
        return pattern and replace(pattern, bits=tuple(0xFF if b is None else b for b in pattern.bits))

    return wrong


def never(_right: Function) -> Function:
    return lambda self: False


def with_elements_of_one_byte(right: Function) -> Function:
    return lambda self, element, *where: right(self, replace(element, size=1), *where)


def passing_unused_slots(right: Function) -> Function:
    """What is selected between a value and zero is the value."""
    select = re.compile(rf"\(select ({EXPRESSION}) ({EXPRESSION}) {EXPRESSION}\)")
    zero = re.compile(r"\((?:i32|i64|f32|f64)\.const 0\)")

    def unselected(value: str) -> str:
        found = select.fullmatch(value)
        others = [operand for operand in found.groups() if not zero.fullmatch(operand)] if found else []
        return others[0] if len(others) == 1 else value

    def wrong(*args: Any) -> list[str] | None:
        values = right(*args)
        return values and [unselected(value) for value in values]

    return wrong


def whatever_the_case(right: Function) -> Function:
    """The second of two cases is taken for granted."""
    return lambda case, count, cases: "(i32.const 1)" if (count, cases) == (2, (1,)) else right(case, count, cases)


def unchecked(right: Function) -> Function:
    def wrong(*args: Any) -> list[Line]:
        return [line for line in right(*args) if isinstance(line, str)]

    return wrong


def checking_first(right: Function) -> Function:
    def wrong(*args: Any) -> list[Line]:
        lines = list(right(*args))
        calls = [line for line in lines if isinstance(line, str)]
        return [line for line in lines if not isinstance(line, str)] + calls

    return wrong


COMPILER_FAULTS = (
    CompilerFault(
        name="field offset wrong",
        description="the last field of a record lies where the one before it does",
        section="Loading: load_record; Storing: store_record",
        hunt=Hunt(100, RECORDS),
        owner=RecordShape,
        function=RecordShape.offsets,
        wrong=with_last_field_misplaced,
    ),
    CompilerFault(
        name="payload not aligned",
        description="a payload lies right behind the discriminant",
        section="Loading: load_variant; Storing: store_variant",
        hunt=Hunt(150, PAYLOADS),
        owner=VariantShape,
        function=VariantShape.payload_offset,
        wrong=right_behind_the_discriminant,
    ),
    CompilerFault(
        name="discriminant width wrong",
        description="the discriminants of 257 cases are copied as one byte",
        section="Alignment: discriminant_type",
        hunt=Hunt(150, MANY_CASES),
        owner=MoveTable,
        function=MoveTable._variant,
        wrong=one_byte_for_all,
    ),
    CompilerFault(
        name="map values before keys",
        description="the entries of a map are laid out as tuples of value and key",
        section="Despecialization",
        hunt=Hunt(150, PAYLOADS),
        owner=Shapes,
        function=Shapes._make,
        wrong=values_before_keys,
    ),
    CompilerFault(
        name="flags not masked",
        description="bits past the last label of flags are passed on, as far as there are bytes for them",
        section="Loading: unpack_flags_from_int",
        hunt=Hunt(150, EXTRA_FLAGS),
        owner=Shapes,
        function=Shapes._flags,
        wrong=all_bits_of_the_bytes,
    ),
    CompilerFault(
        name="bools not normalised in lists",
        description="bools that are moved in bulk are moved as they are",
        section="Loading: load, convert_int_to_bool",
        hunt=Hunt(150, BOOLS_IN_LISTS),
        function=pattern_of,
        wrong=bools_as_they_are,
    ),
    CompilerFault(
        name="padding copied",
        description="elements that are moved in bulk bring their padding with them",
        section="Storing: store_record",
        hunt=Hunt(300, PADDING),
        function=pattern_of,
        wrong=padding_as_well,
    ),
    CompilerFault(
        name="no scratch memory",
        description="a call within one instance writes parameters while others are still to be read",
        section="Lifting and Lowering Values: lift_flat_values before lower_flat_values",
        hunt=Hunt(150, OVERLAPPING),
        owner=Passing,
        function=Passing.within_one_instance,
        wrong=never,
    ),
    CompilerFault(
        name="list lengths taken for bytes",
        description="limit and bounds of a list are checked as if its elements were of one byte",
        section="Loading: load_list_from_range",
        hunt=Hunt(150, BAD_LISTS),
        owner=Checking,
        function=Checking.range,
        wrong=with_elements_of_one_byte,
    ),
    CompilerFault(
        name="unused slots passed on",
        description="slots that the case does not use are not zero but what the caller had in them",
        section="Flat Lowering: lower_flat_variant",
        hunt=Hunt(300, PADDING),
        function=_selected,
        wrong=passing_unused_slots,
    ),
    CompilerFault(
        name="payload of none",
        description="an option's payload is lifted and lowered whether it is there or not",
        section="Flat Lifting: lift_flat_variant; Loading: load_variant",
        hunt=Hunt(150, PAYLOADS),
        function=membership,
        wrong=whatever_the_case,
    ),
    CompilerFault(
        name="bounds before realloc",
        description="what realloc returns is checked before realloc is called",
        section="Storing: store_list_into_range",
        hunt=Hunt(100, LATE_REALLOC),
        owner=ModuleScope,
        function=ModuleScope.reallocate,
        wrong=checking_first,
    ),
    CompilerFault(
        name="strings in place from realloc unchecked",
        description="the block that realloc gives for a string that is moved in place may be misaligned or outside",
        section="Storing: store_string_into_range",
        hunt=Hunt(250, LATE_REALLOC),
        owner=Moved,
        function=Moved.realloc,
        wrong=unchecked,
    ),
)
