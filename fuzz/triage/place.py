"""Where a trap struck, coarsely: so that a minimiser may take everything away around it and the place is the same."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from fact.model.traps import TrapReason
from fact.model.types import (
    Borrow,
    EnumType,
    Flags,
    List,
    Map,
    Option,
    Own,
    Prim,
    Record,
    Result,
    Tuple,
    ValType,
    Variant,
)
from fact.model.values import cases_of

_FLOATS = (Prim.F32, Prim.F64)
_ITSELF = (Prim.BOOL, Prim.CHAR, Prim.STRING)
_STEP = re.compile(r"\[\]|\.[^.\[]+")
_SITE = re.compile(r"(?:param ([^.\[]+)|(result))(.*)")


OUT_AREA = "out area"


@dataclass(frozen=True, slots=True)
class Place:
    """In a value: *top* is `param` or `result`, *in_list* says whether it is an element of a list or map or a part of
    one, *kind* is that of the innermost type (`kind_of`; `area` for spilled values as a whole, `OUT_AREA` where the
    caller wants them; empty if unknown), *encodings* are the caller's and the callee's for text, `utf8->utf16`.

    In code, where no value was at hand: *top* is empty, *kind* the role of that code (`realloc`), or what it called.
    """

    top: str = ""
    in_list: bool = False
    kind: str = ""
    encodings: str = ""
    at_host: bool = False
    """It passes between a guest and the host: no part of what is written, but there `compiled` has no say."""
    pointers: str = ""
    """The caller's and the callee's where they differ, `i32->i64`; not written either."""

    def __str__(self) -> str:
        return " ".join(filter(None, (self.top, "list" * self.in_list, self.kind, self.encodings)))


def kind_of(t: ValType) -> str:
    """`discriminant` for all that has one, `list` for maps too, `aggregate` for what has no bits of its own."""
    match t:
        case Prim():
            return str(t) if t in _ITSELF else "float" if t in _FLOATS else "integer"
        case Variant() | EnumType() | Option() | Result():
            return "discriminant"
        case List() | Map():
            return "list"
        case Own():
            return "own"
        case Borrow():
            return "borrow"
        case Flags():
            return "flags"
    return "aggregate"


_KINDS = {
    TrapReason.INVALID_CHAR: "char",
    TrapReason.INVALID_DISCRIMINANT: "discriminant",
    TrapReason.INVALID_UTF8: "string",
    TrapReason.INVALID_UTF16: "string",
    TrapReason.STRING_TOO_LONG: "string",
    TrapReason.LIST_TOO_LONG: "list",
    TrapReason.HANDLE_NOT_OWNED: "own",
    TrapReason.HANDLE_LENT: "own",
}
"""What a reason says of the type, where it says it."""


def place_of_site(site: str, reason: TrapReason) -> Place:
    """What a site (`fact.model.traps.Trap`) and a reason tell where nobody knows the types."""
    if site == "params":
        return Place("param", kind="area")
    top = "param" if site.startswith("param") else "result"
    return Place(top, "[]" in site, _KINDS.get(reason, ""))


def part_at(site: str, params: Sequence[tuple[str, ValType]], result: ValType | None) -> ValType | None:
    """The type of the part that a site leads to; None if it leads nowhere, or to the area of all parameters."""
    found = _SITE.fullmatch(site)
    if found is None:
        return None
    t = result if found[2] else dict(params).get(found[1])
    for step in _STEP.findall(found[3]):
        t = _step(t, step)
    return t


def _step(t: ValType | None, step: str) -> ValType | None:
    label = step[1:]
    match t:
        case List(element):
            return element
        case Map(key, value) if step == "[]":
            return Tuple((key, value))
        case Record(fields):
            return dict(fields).get(label)
        case Tuple(elements):
            return elements[int(label)] if label.isdigit() and int(label) < len(elements) else None
        case Variant() | Option() | Result():
            return dict(cases_of(t)).get(label)
    return None


_WORDS = {
    **{str(p): kind_of(p) for p in Prim},
    **dict.fromkeys(("variant", "enum", "option", "result"), "discriminant"),
    **dict.fromkeys(("list", "map"), "list"),
    **{word: word for word in ("own", "borrow", "flags")},
}


def kind_of_word(word: str) -> str:
    """`kind_of` of a type that `fuzz.difference.differing_kind` has named."""
    return _WORDS.get(word, "aggregate")
