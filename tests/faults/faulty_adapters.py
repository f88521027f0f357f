"""Faults in the text of adapter modules: what a wrong line in the adapter compiler would emit."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise

from faulty import AdapterFault, Hunt, edited
from faulty_focus import (
    BAD_CHARS,
    FEW_COMPONENTS,
    LEAVING_POST_RETURN,
    LEAVING_REALLOC,
    POINTERS_OF_CALLERS,
    POINTERS_OF_REALLOC,
    RE_ENTERING,
    WHERE_NATIVE_AGREES,
)

from fact.model.plan import CompiledAdapterModule

Edit = Callable[[CompiledAdapterModule], CompiledAdapterModule]

_GET = r"\(local\.get [^()]*\)"
_CLEAR_MAY_LEAVE = r" *\(global\.set \S*may_leave\S* \(i32\.const 0\)\)\n"
_SET_MAY_LEAVE = r" *\(global\.set \S*may_leave\S* \(i32\.const 1\)\)\n"


def substituting(pattern: str, replacement: str) -> Edit:
    """Every match of a regular expression replaced."""
    compiled = re.compile(pattern, re.MULTILINE)
    return lambda module: edited(module, compiled.sub(replacement, module.wat))


def never_trapping(*reasons: str) -> Edit:
    """The tests stay, and lead nowhere."""
    return substituting(
        rf"\(then \(call \$trap \(i32\.const \d+ \(; (?:{'|'.join(reasons)}) ;\)\) [^\n]* \(unreachable\)\)", "(then)"
    )


_PARAM = re.compile(r"\(param (\$\S+) (i32|i64|f32|f64)\)")
_ARGUMENTS = re.compile(rf"(?:{_GET} ?){{2,}}")


def swap_arguments(module: CompiledAdapterModule) -> CompiledAdapterModule:
    """In each call of a callee the first two neighbouring arguments of one core type."""
    lines = module.wat.split("\n")
    types: dict[str, str] = {}
    for number, line in enumerate(lines):
        if line.startswith("  (func "):
            types = dict(_PARAM.findall(line))
        if lines[number - 1].lstrip().startswith(";; -- call ") and (found := _ARGUMENTS.search(line)):
            names = re.findall(r"\$[^ ()]+", found[0])
            for i, (a, b) in enumerate(pairwise(names)):
                if types[a] == types[b]:
                    names[i : i + 2] = b, a
                    break
            swapped = " ".join(f"(local.get {n})" for n in names)
            lines[number] = line[: found.start()] + swapped + line[found.end() :]
    return edited(module, "\n".join(lines))


_LOAD = re.compile(r"load\w* \S+ offset=(\d+) \(local\.get \$params\)")


def misplace_last_field(module: CompiledAdapterModule) -> CompiledAdapterModule:
    """The last parameter of a spilled area is read where the one before it is."""
    lines = module.wat.split("\n")
    loads: list[tuple[int, re.Match[str]]] = []
    for number, line in enumerate(lines):
        if load := _LOAD.search(line):
            loads.append((number, load))
        elif "-- lower params" in line and loads:
            (_, before), (last, found) = loads[-2:]
            lines[last] = lines[last][: found.start(1)] + before[1] + lines[last][found.end(1) :]
            loads.clear()
    return edited(module, "\n".join(lines))


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
        hunt=Hunt(600),
        edit=substituting(rf"\(i32\.extend8_s ({_GET})\)", r"\1"),
    ),
    AdapterFault(
        name="s16 extended from 8 bits",
        description="an s16 is lifted with the sign extension of an s8",
        section="Flat Lifting: lift_flat_signed",
        hunt=Hunt(150, WHERE_NATIVE_AGREES, ("reference", "native")),
        edit=substituting(r"i32\.extend16_s", "i32.extend8_s"),
    ),
    AdapterFault(
        name="u16 masked as u8",
        description="a u16 is lifted with the mask of a u8",
        section="Flat Lifting: lift_flat_unsigned",
        hunt=Hunt(150),
        edit=substituting(r"\(i32\.const 0xffff\)", "(i32.const 0xff)"),
    ),
    AdapterFault(
        name="bool not normalised",
        description="a bool is lifted without the comparison with zero",
        section="Flat Lifting: lift_flat, convert_int_to_bool",
        hunt=Hunt(600),
        edit=substituting(rf"\(i32\.ne ({_GET}) \(i32\.const 0\)\)", r"\1"),
    ),
    AdapterFault(
        name="char 0xdfff passes",
        description="the upper end of the surrogates is off by one",
        section="Loading: convert_i32_to_char",
        hunt=Hunt(150, BAD_CHARS),
        edit=substituting(r"\(i32\.const 0xdfff\)", "(i32.const 0xdffe)"),
    ),
    AdapterFault(
        name="char 0x110000 passes",
        description="the end of the code points is compared with > in place of >=",
        section="Loading: convert_i32_to_char",
        hunt=Hunt(150, BAD_CHARS),
        edit=substituting(rf"i32\.ge_u ({_GET}) \(i32\.const 0x110000\)", r"i32.gt_u \1 (i32.const 0x110000)"),
    ),
    AdapterFault(
        name="arguments swapped",
        description="two arguments of one core type change places on their way to the callee",
        section="Flat Lowering: lower_flat_values",
        hunt=Hunt(100, WHERE_NATIVE_AGREES, ("reference", "native")),
        edit=swap_arguments,
    ),
    AdapterFault(
        name="field offset wrong",
        description="the last spilled parameter is read at the offset of the one before it",
        section="Loading: load_record",
        hunt=Hunt(150, FEW_COMPONENTS),
        edit=misplace_last_field,
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
        edit=substituting(r"\(i64\.gt_u$", "(i64.ge_u"),
    ),
    AdapterFault(
        name="alignment unchecked",
        description="the caller's area of spilled parameters may be misaligned",
        section="Lifting and Lowering Values: lift_flat_values",
        hunt=Hunt(100, POINTERS_OF_CALLERS),
        edit=never_trapping("pointer-misaligned"),
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
        hunt=Hunt(500, FEW_COMPONENTS),
        edit=never_trapping("cannot-leave"),
    ),
    AdapterFault(
        name="may leave realloc",
        description="may-leave is not cleared around realloc",
        section="Lifting and Lowering Context: reallocate",
        hunt=Hunt(100, LEAVING_REALLOC),
        edit=substituting(rf"{_CLEAR_MAY_LEAVE}( *\(local\.set \$params\.out )", r"\1"),
    ),
    AdapterFault(
        name="may leave post-return",
        description="may-leave is not cleared around post-return",
        section="canon lift: post_return",
        hunt=Hunt(100, LEAVING_POST_RETURN),
        edit=substituting(rf"(-- post-return\n){_CLEAR_MAY_LEAVE}", r"\1"),
    ),
    AdapterFault(
        name="may-leave stays cleared",
        description="may-leave is not set again after realloc and post-return",
        section="canon lift: post_return; Lifting and Lowering Context: reallocate",
        hunt=Hunt(150, FEW_COMPONENTS),
        edit=substituting(_SET_MAY_LEAVE, ""),
    ),
    AdapterFault(
        name="may-enter stays cleared",
        description="may-enter is not set again when a call is over",
        section="Component Instances: leave_to",
        hunt=Hunt(100, FEW_COMPONENTS),
        edit=substituting(r" *\(global\.set \S*may_enter\S* \(i32\.const 1\)\)\n", ""),
    ),
    AdapterFault(
        name="may-enter not cleared",
        description="an instance that an adapter enters does not count as entered (one that the host enters does)",
        section="Component Instances: enter_from",
        hunt=Hunt(80, RE_ENTERING, components=3),
        edit=substituting(r" *\(global\.set \S*may_enter\S* \(i32\.const 0\)\)\n", ""),
    ),
    AdapterFault(
        name="post-return skipped",
        description="post-return is not called",
        section="canon lift: post_return",
        hunt=Hunt(60, WHERE_NATIVE_AGREES, ("reference", "native")),
        edit=substituting(rf"(-- post-return\n{_CLEAR_MAY_LEAVE}) *\(call .*\n", r"\1"),
    ),
    AdapterFault(
        name="post-return given the lifted result",
        description="post-return gets the canonical result, not the bits that the callee returned",
        section="canon lift: post_return(flat_results)",
        hunt=Hunt(800),
        edit=substituting(rf"(-- post-return\n{_CLEAR_MAY_LEAVE} *\(call .*)\$result\.flat", r"\1$result"),
    ),
    AdapterFault(
        name="sites swapped",
        description="a trap on one value is reported at another, and the other way round",
        section="Loading: convert_i32_to_char (which value traps)",
        hunt=Hunt(100, BAD_CHARS),
        edit=swap_sites,
    ),
)
