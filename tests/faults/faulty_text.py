"""Editing the text of adapter modules, however it is laid out.

An edit sees a module's text on one line: one space wherever there was any, line comments as block comments. It gives
the faulty text; where that is the same, the module stays as it is.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from functools import lru_cache

from fact.model.plan import CompiledAdapterModule

Edit = Callable[[CompiledAdapterModule], CompiledAdapterModule]
TextEdit = Callable[[str], str]

EXPRESSION = r"\((?:[^()]|" * 6 + r"\([^()]*\)" + r")*\)" * 6
"""A folded expression, up to six more inside each other."""

GET = r"\(local\.get [^()]*\)"

WIDENED = r"(?:\(i64\.extend_i32_u )?"
"""In front of an i32 that may be wanted as an address."""

CLEAR_MAY_LEAVE = r"\(global\.set \S*may_leave\S* \(i32\.const 0\)\) "
SET_MAY_LEAVE = r" \(global\.set \S*may_leave\S* \(i32\.const 1\)\)"

TRAP = rf"\(if {EXPRESSION} \(then \(call \$trap {EXPRESSION} {EXPRESSION}\) \(unreachable\)\)\)"


@lru_cache(256)
def on_one_line(wat: str) -> str:
    without = re.sub(r";;([^\n]*)", lambda comment: f"(;{comment[1].replace('(;', '').replace(';)', '')} ;)", wat)
    return re.sub(r" (?=\))", "", " ".join(without.split()))


def editing(edit: TextEdit) -> Edit:
    """The text of the adapter module."""

    def wrong(module: CompiledAdapterModule) -> CompiledAdapterModule:
        right = on_one_line(module.wat)
        return module if (found := edit(right)) == right else replace(module, wat=found)

    return wrong


def editing_support(name: str, edit: TextEdit) -> Edit:
    """The text of the support modules `support/NAME.wat`, for whatever addresses."""

    def wrong(module: CompiledAdapterModule) -> CompiledAdapterModule:
        support = []
        for part in module.support:
            right = on_one_line(part.wat)
            changed = part.name.partition(".")[0] == name and (found := edit(right)) != right
            support.append(replace(part, wat=found) if changed else part)
        return replace(module, support=tuple(support))

    return wrong


def in_functions(names: str, edit: TextEdit) -> TextEdit:
    """*edit* of each function whose identifier without the `$` begins with a match of *names*."""
    wanted = re.compile(rf"\(func \$(?:{names})")

    def wrong(text: str) -> str:
        return "".join(edit(part) if wanted.match(part) else part for part in functions(text))

    return wrong


def functions(text: str) -> list[str]:
    """*text* in pieces: what is in front of the first function, and each function with what comes after it."""
    return re.split(r"(?<=\) )(?=\(func \$)", text)


def substitution(pattern: str, replacement: str) -> TextEdit:
    """Every match of a regular expression replaced."""
    compiled = re.compile(pattern)
    return lambda text: compiled.sub(replacement, text)


def substituting(pattern: str, replacement: str, names: str = "") -> Edit:
    """Every match of a regular expression replaced; given *names*, only in functions of these (see `in_functions`)."""
    edit = substitution(pattern, replacement)
    return editing(in_functions(names, edit) if names else edit)


def without_traps(*reasons: str) -> TextEdit:
    """The tests stay, and lead nowhere."""
    return substitution(
        rf"\(then \(call \$trap \(i32\.const \d+ \(; (?:{'|'.join(reasons)}) ;\)\) {EXPRESSION}\) \(unreachable\)\)",
        "(then)",
    )


def never_trapping(*reasons: str) -> Edit:
    return editing(without_traps(*reasons))


_TRAP = re.compile(
    rf"\(if ({EXPRESSION})"
    rf" \(then \(call \$trap (\(i32\.const \d+ \(; \S+ ;\)\)) {EXPRESSION}\) \(unreachable\)\)\)"
)


def without_tests(of: str, *reasons: str) -> TextEdit:
    """No traps for *reasons* whose condition depends on the expression *of*."""
    names = [f"; {reason} ;" for reason in reasons]
    return lambda text: _TRAP.sub(
        lambda trap: "" if of in trap[1] and any(name in trap[2] for name in names) else trap[0], text
    )
