"""Where two values of one type differ first, and how to say so in a line."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from fact.model.types import EnumType, List, Map, Option, Prim, Record, Result, Tuple, ValType, Variant
from fact.model.values import Case, Value, cases_of, same_value
from fact.model.wave import show_value

CONTEXT = 40
"""So many characters are shown of the text behind a first difference."""


@dataclass(frozen=True, slots=True)
class Difference:
    """*path* leads from the whole to the first part that differs: `result.items[3].name`; `.some`, `.ok`, `.error` and
    the labels of variants step into a payload, `.0` into a tuple. *type* is that part's, None if unknown; *a* and *b*
    say what stands there."""

    path: str
    type: ValType | None
    a: str
    b: str


def first_difference(t: ValType | None, a: Value | None, b: Value | None, path: str = "result") -> Difference | None:
    """None when the values are the same (as `same_value`). Without a type, parts have numbers instead of labels."""
    if same_value(a, b):
        return None
    match a, b:
        case tuple(), tuple() if len(a) != len(b):
            return Difference(path, t, f"{len(a)} elements", f"{len(b)} elements")
        case tuple(), tuple():
            i = next(i for i, (x, y) in enumerate(zip(a, b, strict=True)) if not same_value(x, y))
            step, part = _part(t, i)
            return first_difference(part, a[i], b[i], path + step)
        case Case(), Case() if a.label == b.label:
            return first_difference(_payload(t, a.label), a.payload, b.payload, f"{path}.{a.label}")
        case str(), str() if t is not Prim.CHAR and len(a) != 1 and len(b) != 1:
            return _in_text(path, a, b)
    return Difference(path, t, show_value(t, a, CONTEXT), show_value(t, b, CONTEXT))


def difference_line(t: ValType | None, values: Sequence[tuple[str, Value | None]], path: str = "result") -> str:
    """`result.items[3].name: "a" on reference, "b" on native`, for the first two of *values* that differ.

    Each comes with the words that say where it was seen: `on native`.

    Empty if none do, or if they are no more than one scalar each, which is seen without help.
    """
    where, value = values[0]
    for elsewhere, another in values[1:]:
        found = first_difference(t, value, another, path)
        if found is not None:
            whole = found.path == path and not isinstance(value, (tuple, frozenset))
            return "" if whole else f"{found.path}: {found.a} {where}, {found.b} {elsewhere}"
    return ""


def differing_kind(t: ValType, values: Sequence[Value | None]) -> str:
    """In what kind of type the first two of *values* that differ, all of type *t*, differ first: `u8`, `list`."""
    found = [first_difference(t, values[0], value) for value in values[1:]]
    at = next((f.type for f in found if f is not None), t)
    return str(at) if isinstance(at, Prim) else type(at).__name__.removesuffix("Type").lower()


def _part(t: ValType | None, i: int) -> tuple[str, ValType | None]:
    match t:
        case Record(fields) if i < len(fields):
            return f".{fields[i][0]}", fields[i][1]
        case Tuple(elements) if i < len(elements):
            return f".{i}", elements[i]
        case List(element):
            return f"[{i}]", element
        case Map(key, value):
            return f"[{i}]", Tuple((key, value))
    return f"[{i}]", None


def _payload(t: ValType | None, label: str) -> ValType | None:
    return dict(cases_of(t)).get(label) if isinstance(t, (Variant, EnumType, Option, Result)) else None


def _in_text(path: str, a: str, b: str) -> Difference:
    at = next((i for i, (x, y) in enumerate(zip(a, b, strict=False)) if x != y), min(len(a), len(b)))
    if at == 0 and max(len(a), len(b)) <= CONTEXT:
        return Difference(path, Prim.STRING, show_value(Prim.STRING, a), show_value(Prim.STRING, b))
    where = f"{path}, from character {at}"
    return Difference(where, Prim.STRING, *(show_value(Prim.STRING, text[at:], CONTEXT) if at < len(text)
                                           else f"its end ({len(text)} characters)" for text in (a, b)))
