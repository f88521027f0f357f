"""What is laid out for wasmtime's C API reads back as the same value, for every type without wasmtime in between."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from hypothesis_profiles import times

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
from fact.model.values import Case, Value, cases_of, same_value
from fuzz.engines.native_memory import Arena
from fuzz.engines.native_values import converter

LABELS = st.lists(st.from_regex(r"\A[a-z][a-z0-9]{0,8}\Z"), min_size=1, max_size=5, unique=True)


def compound(inner: st.SearchStrategy[ValType]) -> st.SearchStrategy[ValType]:
    maybe = st.none() | inner
    return st.one_of(
        inner.map(List), st.builds(Map, st.sampled_from([Prim.STRING, Prim.U8, Prim.CHAR]), inner),
        LABELS.flatmap(lambda ls: st.tuples(*(inner for _ in ls)).map(
            lambda ts: Record(tuple(zip(ls, ts, strict=True))))),
        st.lists(inner, min_size=1, max_size=4).map(lambda ts: Tuple(tuple(ts))),
        LABELS.flatmap(lambda ls: st.tuples(*(maybe for _ in ls)).map(
            lambda ts: Variant(tuple(zip(ls, ts, strict=True))))),
        inner.map(Option), st.builds(Result, maybe, maybe),
        LABELS.map(lambda ls: EnumType(tuple(ls))), LABELS.map(lambda ls: Flags(tuple(ls))),
    )


TYPES: st.SearchStrategy[ValType] = st.recursive(st.sampled_from(list(Prim)), compound, max_leaves=8)


def scalars(t: Prim) -> st.SearchStrategy[Value]:
    if t in INTEGER_RANGES:
        return st.integers(*INTEGER_RANGES[t])
    text = st.characters(exclude_categories=["Cs"])
    others: dict[Prim, st.SearchStrategy[Value]] = {
        Prim.BOOL: st.booleans(), Prim.F32: st.floats(width=32), Prim.F64: st.floats(),
        Prim.CHAR: text, Prim.STRING: st.text(text),
    }
    return others[t]


def values(t: ValType) -> st.SearchStrategy[Value]:
    match t:
        case Prim():
            return scalars(t)
        case List(element):
            return st.lists(values(element), max_size=6).map(tuple)
        case Map(key, value):
            return st.lists(st.tuples(values(key), values(value)), max_size=4).map(tuple)
        case Record(fields):
            return st.tuples(*(values(f) for _, f in fields))
        case Tuple(elements):
            return st.tuples(*map(values, elements))
        case Flags(labels):
            return st.frozensets(st.sampled_from(labels))
        case Variant() | EnumType() | Option() | Result():
            return st.sampled_from(cases_of(t)).flatmap(
                lambda case: st.builds(Case, st.just(case[0]), st.none() if case[1] is None else values(case[1])))
    raise AssertionError(t)


@times(3)
@given(TYPES.flatmap(lambda t: st.tuples(st.just(t), values(t))))
def test_a_value_reads_back_as_it_was_laid_out(typed: tuple[ValType, Value]) -> None:
    t, value = typed
    both, arena = converter(t), Arena()
    data = both.put(value, arena)
    assert len(data) == 32
    assert same_value(both.get(data, 0), value)
