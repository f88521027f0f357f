"""Strategies for types and values of all kinds, for text forms."""

from __future__ import annotations

from hypothesis import strategies as st

from fact.model.types import (
    INTEGER_RANGES,
    EnumType,
    Flags,
    List,
    Map,
    Option,
    Prim,
    Record,
    Result,
    Tuple,
    ValType,
    Variant,
)
from fact.model.values import Case, Value, cases_of

SCALAR_VALUES: dict[Prim, st.SearchStrategy[Value]] = {
    Prim.BOOL: st.booleans(),
    Prim.F32: st.floats(width=32),
    Prim.F64: st.floats(),
    Prim.CHAR: st.characters(exclude_categories=["Cs"]),
    Prim.STRING: st.text(st.characters(exclude_categories=["Cs"]), max_size=8),
    **{t: st.integers(low, high) for t, (low, high) in INTEGER_RANGES.items()},
}
LABELS = st.sampled_from(
    ["a", "b", "some", "none", "ok", "err", "error", "true", "inf", "nan", "two-words", "U8", "x1-2"])


def labelled(parts: st.SearchStrategy[ValType | None]) -> st.SearchStrategy[tuple[tuple[str, ValType | None], ...]]:
    return st.lists(st.tuples(LABELS, parts), min_size=1, max_size=4, unique_by=lambda p: p[0]).map(tuple)


def compound(inner: st.SearchStrategy[ValType]) -> st.SearchStrategy[ValType]:
    maybe = st.none() | inner
    labels = st.lists(LABELS, min_size=1, max_size=6, unique=True).map(tuple)
    return st.one_of(
        st.builds(List, inner), st.builds(List, inner, st.integers(1, 3)),
        st.builds(Map, st.sampled_from([Prim.STRING, Prim.U8, Prim.CHAR]), inner),
        st.builds(Record, labelled(inner)), st.builds(Tuple, st.lists(inner, min_size=1, max_size=3).map(tuple)),
        st.builds(Variant, labelled(maybe)), st.builds(EnumType, labels), st.builds(Flags, labels),
        st.builds(Option, inner), st.builds(Result, maybe, maybe),
    )


TYPES: st.SearchStrategy[ValType] = st.recursive(st.sampled_from(list(SCALAR_VALUES)), compound, max_leaves=6)


def values(t: ValType) -> st.SearchStrategy[Value]:
    match t:
        case Prim():
            return SCALAR_VALUES[t]
        case List(element, length):
            low, high = (0, 3) if length is None else (length, length)
            return st.lists(values(element), min_size=low, max_size=high).map(tuple)
        case Map(key, value):
            return st.lists(st.tuples(values(key), values(value)), max_size=2).map(tuple)
        case Record(fields):
            return st.tuples(*(values(f) for _, f in fields))
        case Tuple(elements):
            return st.tuples(*map(values, elements))
        case Flags(labels):
            return st.frozensets(st.sampled_from(labels))
        case Variant() | EnumType() | Option() | Result():
            return st.one_of(*(
                st.just(Case(label)) if payload is None else st.builds(Case, st.just(label), values(payload))
                for label, payload in cases_of(t)
            ))
    raise AssertionError(t)


TYPED_VALUES: st.SearchStrategy[tuple[ValType, Value]] = TYPES.flatmap(lambda t: st.tuples(st.just(t), values(t)))
