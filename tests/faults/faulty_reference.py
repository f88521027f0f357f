"""Faults in the reference: one of its functions replaced while it runs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from faulty import Function, Hunt, ReferenceFault
from faulty_focus_handles import HOLDING
from faulty_focus_pairs import (
    BAD_CHARS,
    FLAGS,
    JOINED,
    MANY_CASES,
    PAYLOADS,
    SCALARS,
    SCALARS_FOR_THE_HOST,
    SPILLED,
    STRINGS,
    UNUSUAL_SIZES,
)

from fact.abi import ComponentInstance, LiftLowerContext, Violation, elem_size, load
from fact.abi.flat import CoerceValueIter, coerce_to_slot, lift_flat, lift_flat_signed, lift_flat_variant
from fact.abi.flattening import flatten_variant
from fact.abi.layout import align_to, discriminant_type, elem_size_variant, max_case_alignment
from fact.abi.loading import load_record, unpack_flags_from_int
from fact.abi.scalars import convert_i32_to_char
from fact.abi.tasks import Subtask
from fact.abi.transcoding import prefix_length, reallocate_string
from fact.model.plan import HostImport
from fact.model.traps import TrapReason
from fact.model.values import Case, Value
from fact.run.host import Host
from fact.run.linkage import call_host


def accepting_the_first_surrogate(right: Function) -> Function:
    return lambda i: chr(i) if i == 0xD800 else right(i)


def without_sign(right: Function) -> Function:
    return lambda i, t_width: right(i, t_width) % (1 << t_width) if t_width == 16 else right(i, t_width)


def without_padding(_right: Function) -> Function:
    def wrong(cx: LiftLowerContext, ptr: int, fields: Sequence[tuple[str, Any]]) -> list[Value]:
        record = []
        for label, t in fields:
            try:
                record.append(load(cx, ptr, t))
            except Violation as violation:
                raise violation.within(label) from None
            ptr += elem_size(t, cx.memory.ptr_type)
        return record

    return wrong


def entering_all_ancestors(_right: Function) -> Function:
    return lambda self, caller: self.self_and_ancestors() if caller is None else (self,)


def with_byte_alignment(right: Function) -> Function:
    return lambda self, alignment, byte_length: right(self, 1, byte_length)


def with_arguments_swapped(right: Function) -> Function:
    """The first two neighbours of one type."""

    def wrong(host: Host, imported: HostImport, args: Sequence[Value]) -> list[Value]:
        types, swapped = imported.type.param_types, list(args)
        for i in range(len(types) - 1):
            if types[i] == types[i + 1]:
                swapped[i : i + 2] = args[i + 1], args[i]
                break
        result: list[Value] = right(host, imported, swapped)
        return result

    return wrong


def without_the_last_case(right: Function) -> Function:
    return lambda cases: right(cases[:-1] if len(cases) > 1 else cases)


def of_bytes(_right: Function) -> Function:
    return lambda cases, ptr_type: 1


def one_less(right: Function) -> Function:
    return lambda src, encoding: max(right(src, encoding) - 1, 0)


def with_sign_of_float(right: Function) -> Function:
    def wrong(fv: Any, have: str, want: str) -> Any:
        bits = right(fv, have, want)
        return bits | 0xFFFF_FFFF_0000_0000 if (have, want) == ("f32", "i64") and bits >> 31 else bits

    return wrong


def without_the_last_label(right: Function) -> Function:
    return lambda i, labels: right(i, labels[:-1])


def leaving_the_other_slots(_right: Function) -> Function:
    """What comes after the variant is taken from the slots that the case did not use."""
    def wrong(cx: LiftLowerContext, vi: Any, cases: Any) -> Case:
        _, *flat_types = flatten_variant(cases, cx.ptr_type)
        number = vi.next("i32")
        if number >= len(cases):
            raise Violation(TrapReason.INVALID_DISCRIMINANT, found=number)
        label, t = cases[number]
        try:
            return Case(label, None if t is None else lift_flat(cx, CoerceValueIter(iter(flat_types), vi), t))
        except Violation as violation:
            raise violation.within(label) from None

    return wrong


def not_rounded_up(_right: Function) -> Function:
    def wrong(cases: Any, ptr_type: Any) -> int:
        offset = align_to(elem_size(discriminant_type(cases), ptr_type), max_case_alignment(cases, ptr_type))
        return offset + max((elem_size(t, ptr_type) for _, t in cases if t is not None), default=0)

    return wrong


def noted_once(_right: Function) -> Function:
    def wrong(self: Subtask, lending_handle: Any) -> None:
        lending_handle.num_lends += 1
        if not any(h is lending_handle for h in self.lenders):
            self.lenders.append(lending_handle)

    return wrong


def shrunk_to_bytes(right: Function) -> Function:
    """With the alignment of bytes, where units of two bytes are left."""
    def wrong(cx: LiftLowerContext, old: int, old_byte_length: int, alignment: int, byte_length: int) -> int:
        new: int = right(cx, old, old_byte_length, 1 if byte_length < old_byte_length else alignment, byte_length)
        return new

    return wrong


REFERENCE_FAULTS = (
    ReferenceFault(
        name="reference: char 0xd800 passes",
        description="the lower end of the surrogates is off by one",
        section="Loading: convert_i32_to_char",
        hunt=Hunt(100, BAD_CHARS),
        function=convert_i32_to_char,
        wrong=accepting_the_first_surrogate,
    ),
    ReferenceFault(
        name="reference: s16 not signed",
        description="an s16 is lifted as if it were a u16",
        section="Flat Lifting: lift_flat_signed",
        hunt=Hunt(100, SCALARS),
        function=lift_flat_signed,
        wrong=without_sign,
    ),
    ReferenceFault(
        name="reference: no padding",
        description="spilled parameters are read as if they lay side by side",
        section="Loading: load_record",
        hunt=Hunt(100, SPILLED),
        function=load_record,
        wrong=without_padding,
    ),
    ReferenceFault(
        name="reference: realloc alignment wrong",
        description="realloc is asked for an alignment of 1",
        section="Lifting and Lowering Context: allocate",
        hunt=Hunt(100, SPILLED),
        owner=LiftLowerContext,
        function=LiftLowerContext.allocate,
        wrong=with_byte_alignment,
    ),
    ReferenceFault(
        name="reference: parents entered again",
        description="a call enters the callee even if the caller is inside it",
        section="Component Instances: entering_set",
        hunt=Hunt(60),
        owner=ComponentInstance,
        function=ComponentInstance.entering_set,
        wrong=entering_all_ancestors,
    ),
    ReferenceFault(
        name="reference: host arguments swapped",
        description="two arguments of one type change places on their way to the host",
        section="Flat Lifting: lift_flat_values",
        hunt=Hunt(60, SCALARS_FOR_THE_HOST, ("compiled", "native")),
        function=call_host,
        wrong=with_arguments_swapped,
    ),
    ReferenceFault(
        name="reference: discriminant width wrong",
        description="257 cases are one byte",
        section="Alignment: discriminant_type",
        hunt=Hunt(150, MANY_CASES),
        function=discriminant_type,
        wrong=without_the_last_case,
    ),
    ReferenceFault(
        name="reference: payload not aligned",
        description="a payload lies right behind the discriminant",
        section="Loading: load_variant; Storing: store_variant",
        hunt=Hunt(150, PAYLOADS),
        function=max_case_alignment,
        wrong=of_bytes,
    ),
    ReferenceFault(
        name="reference: grown too early",
        description="the last character of what fits one byte each counts as one that does not",
        section="Storing: store_string_to_utf8, store_string_to_latin1_or_utf16",
        hunt=Hunt(100, STRINGS),
        function=prefix_length,
        wrong=one_less,
    ),
    ReferenceFault(
        name="reference: float sign-extended",
        description="an f32 in a slot of 64 bits is extended with its sign",
        section="Flat Lowering: lower_flat_variant",
        hunt=Hunt(150, JOINED),
        function=coerce_to_slot,
        wrong=with_sign_of_float,
    ),
    ReferenceFault(
        name="reference: last flag lost",
        description="the last label of flags is never set",
        section="Loading: unpack_flags_from_int",
        hunt=Hunt(100, FLAGS),
        function=unpack_flags_from_int,
        wrong=without_the_last_label,
    ),
    ReferenceFault(
        name="reference: other slots left",
        description="the slots that a case does not use are taken for what comes after the variant",
        section="Flat Lifting: lift_flat_variant",
        hunt=Hunt(150, PAYLOADS),
        function=lift_flat_variant,
        wrong=leaving_the_other_slots,
    ),
    ReferenceFault(
        name="reference: variants not rounded up",
        description="a variant ends where its largest payload ends",
        section="Element Size: elem_size_variant",
        hunt=Hunt(200, UNUSUAL_SIZES),
        function=elem_size_variant,
        wrong=not_rounded_up,
    ),
    ReferenceFault(
        name="reference: lent twice, given back once",
        description="a handle that one call borrows twice stays lent",
        section="Subtask State: add_lender, deliver_resolve",
        hunt=Hunt(400, HOLDING),
        owner=Subtask,
        function=Subtask.add_lender,
        wrong=noted_once,
    ),
    ReferenceFault(
        name="reference: shrunk to bytes",
        description="a string in UTF-16 that shrinks is given an alignment of 1",
        section="Storing: store_utf8_to_utf16, store_string_to_latin1_or_utf16",
        hunt=Hunt(150, STRINGS),
        function=reallocate_string,
        wrong=shrunk_to_bytes,
    ),
)
