"""Shapes of values, for messages that say what is expected."""

from __future__ import annotations

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
from fact.model.wave.lexis import KEYWORDS


def example(t: ValType) -> str:
    """The shape of a value of type *t*, not deeper than a word or two."""
    match t:
        case Prim.BOOL:
            return "true"
        case Prim.F32 | Prim.F64:
            return "1.5"
        case Prim.CHAR:
            return "'a'"
        case Prim.STRING:
            return '"text"'
        case Prim():
            return "1"
        case List() | Map():
            return "[...]"
        case Tuple():
            return "(...)"
        case Record() | Flags():
            return "{...}"
        case Variant(cases):
            return case_word(cases[0][0]) + ("" if cases[0][1] is None else "(...)")
        case EnumType(labels):
            return case_word(labels[0])
        case Option():
            return "none"
        case Result(ok, _):
            return "ok" if ok is None else "ok(...)"
        case Own() | Borrow():
            return "#1"
    return str(t)


def fields_example(t: Record) -> str:
    return ", ".join(f"{n}: {example(f)}" for n, f in t.fields[:4]) + (", ..." if len(t.fields) > 4 else "")


def case_word(label: str) -> str:
    return f"%{label}" if label in KEYWORDS else label
