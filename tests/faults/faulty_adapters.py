"""Faults in the text of adapter modules: what a wrong line in the adapter compiler would emit."""

from __future__ import annotations

import re
from dataclasses import replace
from itertools import pairwise

from faulty import AdapterFault, Hunt
from faulty_focus_pairs import (
    ASKING,
    BAD_CHARS,
    LEAVING_POST_RETURN,
    LEAVING_REALLOC,
    MISALIGNED_RESULTS,
    NARROW_ARGUMENTS,
    NARROW_RESULTS,
    POINTERS_FOR_RESULTS,
    POINTERS_OF_CALLERS,
    POINTERS_OF_REALLOC,
    SCALARS,
    SPILLED_RESULTS,
    THROUGH_THE_PARENT,
)
from faulty_text import (
    CLEAR_MAY_LEAVE,
    EXPRESSION,
    GET,
    SET_MAY_LEAVE,
    editing,
    functions,
    never_trapping,
    substituting,
    substitution,
    without_tests,
)

from fact.model.plan import CompiledAdapterModule

_POST_RETURN = rf"(\(; -- post-return ;\) (?:{CLEAR_MAY_LEAVE})?)"

_DECLARED = re.compile(r"\((?:param|local) (\$\S+) (i32|i64|f32|f64)\)")
_CALL = re.compile(rf"\(; -- call [^;]*;\)(?: \(local\.set \S+)? \((?:return_)?call \S+((?: {EXPRESSION})+)\)")


def swap_arguments(text: str) -> str:
    """In each call of a callee the first two neighbouring arguments of one core type, passed as they came."""
    return "".join(map(_with_arguments_swapped, functions(text)))


def _with_arguments_swapped(function: str) -> str:
    types = dict(_DECLARED.findall(function))
    if (call := _CALL.search(function)) is None:
        return function
    arguments = re.findall(EXPRESSION, call[1])
    names = [re.fullmatch(r"\(local\.get (\S+)\)", argument) for argument in arguments]
    for i, (a, b) in enumerate(pairwise(names)):
        if a and b and types[a[1]] == types[b[1]]:
            arguments[i : i + 2] = b[0], a[0]
            break
    return function[: call.start(1)] + "".join(f" {a}" for a in arguments) + function[call.end(1) :]


_SKIP_POST_RETURN = substitution(rf"{_POST_RETURN}{EXPRESSION}", r"\1")


def skip_post_return_of_spilled(text: str) -> str:
    return "".join(_SKIP_POST_RETURN(f) if "(param $return " in f else f for f in functions(text))


def swap_sites(module: CompiledAdapterModule) -> CompiledAdapterModule:
    """The first two named sites of a module, where it has as many; number 0 is no site."""
    match module.sites:
        case (none, first, second, *rest):
            return replace(module, sites=(none, second, first, *rest))
    return module


ADAPTER_FAULTS = (
    AdapterFault(
        name="s8 not extended",
        description="an s8 is lifted without its sign extension",
        section="Flat Lifting: lift_flat_signed",
        hunt=Hunt(100, NARROW_ARGUMENTS),
        edit=substituting(rf"\(i32\.extend8_s ({GET})\)", r"\1"),
    ),
    AdapterFault(
        name="s16 extended from 8 bits",
        description="an s16 is lifted with the sign extension of an s8",
        section="Flat Lifting: lift_flat_signed",
        hunt=Hunt(60, SCALARS, ("reference", "native")),
        edit=substituting(r"i32\.extend16_s", "i32.extend8_s"),
    ),
    AdapterFault(
        name="u16 masked as u8",
        description="a u16 is lifted with the mask of a u8",
        section="Flat Lifting: lift_flat_unsigned",
        hunt=Hunt(60, SCALARS),
        edit=substituting(r"\(i32\.const 0xffff\)", "(i32.const 0xff)"),
    ),
    AdapterFault(
        name="bool not normalised",
        description="a bool is lifted without the comparison with zero",
        section="Flat Lifting: lift_flat, convert_int_to_bool",
        hunt=Hunt(100, NARROW_ARGUMENTS),
        edit=substituting(rf"\(i32\.ne ({GET}) \(i32\.const 0\)\)", r"\1"),
    ),
    AdapterFault(
        name="char 0xdfff passes",
        description="the upper end of the surrogates is off by one",
        section="Loading: convert_i32_to_char",
        hunt=Hunt(150, BAD_CHARS),
        edit=substituting(r"(\(i32\.const 0xd800\)\)) \(i32\.const 0x800\)", r"\1 (i32.const 0x7ff)"),
    ),
    AdapterFault(
        name="char 0x110000 passes",
        description="the end of the code points is a plane later",
        section="Loading: convert_i32_to_char",
        hunt=Hunt(150, BAD_CHARS),
        edit=substituting(r"\(i32\.const 0x10f800\)", "(i32.const 0x11f800)"),
    ),
    AdapterFault(
        name="arguments swapped",
        description="two arguments of one core type change places on their way to the callee",
        section="Flat Lowering: lower_flat_values",
        hunt=Hunt(60, SCALARS, ("reference", "native")),
        edit=editing(swap_arguments),
    ),
    AdapterFault(
        name="bounds unchecked",
        description="the caller's area of spilled parameters may lie outside its memory",
        section="Lifting and Lowering Values: lift_flat_values",
        hunt=Hunt(60, POINTERS_OF_CALLERS),
        edit=never_trapping("pointer-out-of-bounds"),
    ),
    AdapterFault(
        name="bounds off by one",
        description="an area that ends where memory ends counts as out of bounds",
        section="Lifting and Lowering Values: lift_flat_values",
        hunt=Hunt(100, POINTERS_OF_CALLERS),
        edit=substituting(r"\(i64\.gt_u \(i64\.add ", "(i64.ge_u (i64.add "),
    ),
    AdapterFault(
        name="alignment unchecked",
        description="the caller's area of spilled parameters may be misaligned",
        section="Lifting and Lowering Values: lift_flat_values",
        hunt=Hunt(100, POINTERS_OF_CALLERS),
        edit=never_trapping("pointer-misaligned"),
    ),
    AdapterFault(
        name="return pointer unchecked",
        description="the caller's area for a result may be misaligned or out of bounds",
        section="Lifting and Lowering Values: lower_flat_values",
        hunt=Hunt(100, POINTERS_FOR_RESULTS),
        edit=editing(without_tests("(local.get $return)", "pointer-misaligned", "pointer-out-of-bounds")),
    ),
    AdapterFault(
        name="misaligned result accepted",
        description="a spilled result may be anywhere in the callee's memory",
        section="Lifting and Lowering Values: lift_flat_values",
        hunt=Hunt(100, MISALIGNED_RESULTS),
        edit=editing(without_tests("(local.get $result)", "pointer-misaligned")),
    ),
    AdapterFault(
        name="realloc unchecked",
        description="what realloc returns may be misaligned or out of bounds",
        section="Lifting and Lowering Values: lower_flat_values",
        hunt=Hunt(60, POINTERS_OF_REALLOC),
        edit=never_trapping("realloc-misaligned", "realloc-out-of-bounds"),
    ),
    AdapterFault(
        name="may leave from anywhere",
        description="a lowered function does not ask whether its caller may leave",
        section="canon lower: trap_if(not may_leave)",
        hunt=Hunt(60, LEAVING_POST_RETURN),
        edit=never_trapping("cannot-leave"),
    ),
    AdapterFault(
        name="may leave realloc",
        description="may-leave is not cleared around realloc",
        section="Lifting and Lowering Context: reallocate",
        hunt=Hunt(100, LEAVING_REALLOC),
        edit=substituting(rf"{CLEAR_MAY_LEAVE}(\(local\.set \S+ \(call \S*realloc)", r"\1"),
    ),
    AdapterFault(
        name="may leave post-return",
        description="may-leave is not cleared around post-return",
        section="canon lift: post_return",
        hunt=Hunt(100, LEAVING_POST_RETURN),
        edit=substituting(rf"(\(; -- post-return ;\) ){CLEAR_MAY_LEAVE}", r"\1"),
    ),
    AdapterFault(
        name="may-leave stays cleared",
        description="may-leave is not set again after realloc and post-return",
        section="canon lift: post_return; Lifting and Lowering Context: reallocate",
        hunt=Hunt(60, ASKING),
        edit=substituting(SET_MAY_LEAVE, ""),
    ),
    AdapterFault(
        name="may-enter stays cleared",
        description="may-enter is not set again when a call is over",
        section="Component Instances: leave_to",
        hunt=Hunt(60, ASKING),
        edit=substituting(r" \(global\.set \S*may_enter\S* \(i32\.const 1\)\)", ""),
    ),
    AdapterFault(
        name="may-enter not cleared",
        description="an instance that an adapter enters does not count as entered (one that the host enters does)",
        section="Component Instances: enter_from",
        hunt=Hunt(5, THROUGH_THE_PARENT, components=3),  # who is entered again, its child, and who calls both
        edit=substituting(r" \(global\.set \S*may_enter\S* \(i32\.const 0\)\)", ""),
    ),
    AdapterFault(
        name="post-return skipped",
        description="post-return is not called",
        section="canon lift: post_return",
        hunt=Hunt(60, SCALARS, ("reference", "native")),
        edit=editing(_SKIP_POST_RETURN),
    ),
    AdapterFault(
        name="post-return skipped for spilled results",
        description="post-return is not called where the result went through memory",
        section="canon lift: post_return",
        hunt=Hunt(150, SPILLED_RESULTS),
        edit=editing(skip_post_return_of_spilled),
    ),
    AdapterFault(
        name="post-return given the lifted result",
        description="post-return gets the canonical result, not the bits that the callee returned",
        section="canon lift: post_return(flat_results)",
        hunt=Hunt(100, NARROW_RESULTS),
        edit=substituting(
            rf"{_POST_RETURN}\(call (\S+) {GET}\)((?: {EXPRESSION})*? \(return ({EXPRESSION})\))",
            r"\1(call \2 \4)\3",
        ),
    ),
    AdapterFault(
        name="sites swapped",
        description="a trap on one value is reported at another, and the other way round",
        section="Loading: convert_i32_to_char (which value traps)",
        hunt=Hunt(100, BAD_CHARS),
        edit=swap_sites,
    ),
)
