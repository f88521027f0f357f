"""Where in the generated code a branch is, in words that do not depend on the component: the kind of the function, the
stage of the call, the string that is on its way, what is checked.

It reads what the compiler writes for people: identifiers of functions and of locals, and notes.
"""

from __future__ import annotations

import re

_KINDS: tuple[tuple[re.Pattern[str], str], ...] = tuple((re.compile(pattern), kind) for pattern, kind in (
    (r"\$checked\.", "realloc"),
    (r"\$check\.chars-again\.", "check chars again"),
    (r"\$check\.chars\.", "check chars"),
    (r"\$check\.cases\.\d+\.", "check cases"),
    (r"\$check\.(utf8|utf16|latin1\+utf16)/", r"check \1"),
    (r"\$check\.list\.\d+-bytes\.", "check plain list"),
    (r"\$check\.(?:list<|map<)", "check list"),
    (r"\$check\.", "check value"),
    (r"\$move\.list\.\d+-bytes\.", "move plain list"),
    (r"\$move\.(?:list<|map<)", "move list"),
    (r"\$move\.", "move value"),
    (r"\$copy\.", "copy"),
    (r"\$rows\.\d+-bytes\.", "rows"),
    (r"\$stage\.string\.", "stage string"),
    (r"\$lift\.(own|borrow)<", r"lift \1"),
    (r"\$lower\.(own|borrow)<", r"lower \1"),
    (r"\$([\w+]+)_to_([\w+]+)\.rest/", r"\1 to \2, allocated"),
    (r"\$([\w+]+)_to_([\w+]+)/", r"\1 to \2"),
))
_BUILTIN = re.compile(r"\$(resource\.new|resource\.rep|resource\.drop|context\.get|context\.set)\b")

OTHER = "helper"
STRING_IN_PLACE = "string in place"
"""For code of one string in a function for more than that."""

TYPED = frozenset((
    "adapter", "check list", "check plain list", "check value", "move list", "move plain list", "move value", "rows",
))
"""Functions whose code depends on types: how much there is of it, and the numbers in it."""


def kind_of(identifier: str, exports: str) -> str:
    """What the function *identifier* of an adapter module is; *exports* is the text of its exports."""
    if '"adapter:' in exports:
        return "adapter"
    if '"builtin:' in exports:
        found = _BUILTIN.match(identifier)
        return found[1] if found else OTHER
    for pattern, kind in _KINDS:
        if found := pattern.match(identifier):
            return found.expand(kind)
    return OTHER


_EXPORTED = re.compile(r'"([^"]*)"')


def support_kind(module: str, wat: str, identifier: str, exports: str) -> str:
    """What the function *identifier* of the support module *module*, of which the text is *wat*, is."""
    if exported := _EXPORTED.search(exports):
        return f"{module}.{exported[1]}"
    name = identifier[1:]
    return f"{module}.{name}, inner" if f'(export "{name}")' in wat else f"{module}.{name}"


_STAGE = re.compile(
    r";; -- (?:(lift|lower) (param|result)|"
    r"(?:call|leave|enter|back to|the callee|a guest|the destructor|post-return)\b)"
)


def stage_of(note: str) -> str | None:
    """The stage of a call that *note* begins, empty between lifting and lowering; None if it begins none."""
    found = _STAGE.match(note)
    if found is None:
        return None
    return f"{found[1]} {found[2]}" if found[1] else ""


_STRING_FUNCTION = re.compile(r"\(call \$([\w-]+)(?:\.i(?:32|64))+\.(\w+)")
_STRINGS = {
    "utf8-check.valid": "utf8",
    "utf16-check.valid": "utf16",
    "utf8-to-utf16.transcode": "utf8 to utf16",
    "latin1-to-utf16.widen": "latin1 to utf16",
    "latin1-to-utf8.ascii": "latin1 to utf8",
    "utf16-narrow.ascii": "utf16 to utf8",
    "utf16-narrow.latin1": "utf16 to latin1+utf16",
    "utf8-to-latin1.transcode": "utf8 to latin1+utf16",
}


def string_on_its_way(text: str, start: int) -> str:
    """What the code from *start* on does with a string: told by the first function for strings that it calls."""
    found = _STRING_FUNCTION.search(text, start)
    return _STRINGS.get(f"{found[1]}.{found[2]}", "string") if found else "string"


_THINGS = (
    (re.compile(r"\$list\."), "list"),
    (re.compile(r"\$string\.|\.units\b|\.ptr\)|\.staged\."), "string"),
    (re.compile(r"\$(?:params|return|result)\b"), "area"),
)
_OF_NUMBERS = ("pointer-", "realloc-", "list-", "string-")


def thing_checked(text: str) -> str:
    """What the pointer belongs to that the code of *text* deals with, told by the names of its locals."""
    return next((f" of {thing}" for pattern, thing in _THINGS if pattern.search(text)), "")


def width(reason: str, condition: str) -> str:
    """That the check of a pointer or a length is one for memories of 64-bit addresses, if it is."""
    of_number = reason.startswith(_OF_NUMBERS)
    return " in 64 bits" if of_number and "i64." in condition and "i64.extend_i32_u" not in condition else ""
