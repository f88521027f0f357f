"""Random types, their values, and guests with memory and a bump allocator, for the laws of the reference."""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

from hypothesis import strategies as st

from fact.abi import CanonicalOptions, ComponentInstance, CoreValue, LiftLowerContext, MemInst
from fact.model.types import (
    INTEGER_RANGES,
    EnumType,
    Flags,
    List,
    Map,
    Option,
    Prim,
    PtrType,
    Record,
    Result,
    Tuple,
    ValType,
    Variant,
)
from fact.model.values import Case, Value, cases_of

ENCODINGS = ("utf8", "utf16", "latin1+utf16")
POINTERS: tuple[PtrType, ...] = ("i32", "i64")


def labels(n: int) -> tuple[str, ...]:
    return tuple(f"l{i}" for i in range(n))


def label_all(ts: Sequence[ValType | None]) -> tuple[tuple[str, ValType | None], ...]:
    return tuple(zip(labels(len(ts)), ts, strict=True))


LEAVES: st.SearchStrategy[ValType] = (
    st.sampled_from(list(Prim))
    | st.sampled_from([1, 2, 255, 256, 257]).map(lambda n: EnumType(labels(n)))
    | st.sampled_from([1, 8, 9, 16, 17, 32]).map(lambda n: Flags(labels(n)))
)


def wider(inner: st.SearchStrategy[ValType]) -> st.SearchStrategy[ValType]:
    several = st.lists(inner, min_size=1, max_size=4)
    return st.one_of(
        inner.map(List),
        st.builds(List, inner, st.integers(1, 5)),
        st.builds(Map, inner, inner),
        several.map(lambda ts: Tuple(tuple(ts))),
        several.map(lambda ts: Record(tuple(zip(labels(len(ts)), ts, strict=True)))),
        st.lists(st.none() | inner, min_size=1, max_size=4).map(lambda ts: Variant(label_all(ts))),
        inner.map(Option),
        st.builds(Result, st.none() | inner, st.none() | inner),
    )


TYPES: st.SearchStrategy[ValType] = st.recursive(LEAVES, wider, max_leaves=8)

TEXT = st.text(st.characters(exclude_categories=["Cs"]) | st.sampled_from("a\x7f\x80\xff\u0100\u07ff\uffff\U00010000"))


def values(t: ValType) -> st.SearchStrategy[Value]:
    match t:
        case Prim.BOOL:
            return st.booleans()
        case Prim.F32:
            return st.floats(width=32)
        case Prim.F64:
            return st.floats()
        case Prim.CHAR:
            return st.characters(exclude_categories=["Cs"])
        case Prim.STRING:
            return TEXT
        case Prim():
            return st.integers(*INTEGER_RANGES[t])
        case List(element, None):
            return st.lists(values(element), max_size=4).map(tuple)
        case List(element, length):
            return st.tuples(*[values(element)] * cast(int, length))
        case Map(key, value):
            return st.lists(st.tuples(values(key), values(value)), max_size=3).map(tuple)
        case Record(fields):
            return st.tuples(*(values(f) for _, f in fields))
        case Tuple(elements):
            return st.tuples(*map(values, elements))
        case Variant() | EnumType() | Option() | Result():
            return st.sampled_from(cases_of(t)).flatmap(case_values)
        case Flags(names):
            return st.frozensets(st.sampled_from(names))
    raise AssertionError(f"no values of {t}")


def case_values(case: tuple[str, ValType | None]) -> st.SearchStrategy[Value]:
    label, t = case
    return st.just(Case(label)) if t is None else values(t).map(lambda v: Case(label, v))


def with_value(t: ValType) -> st.SearchStrategy[tuple[ValType, Value]]:
    return values(t).map(lambda v: (t, v))


TYPED_VALUES = TYPES.flatmap(with_value)


class Guest:
    """A memory of *size* bytes, which grows as realloc needs it, and the *calls* of realloc with their results."""

    def __init__(self, encoding: str = "utf8", pointer: PtrType = "i32", size: int = 0) -> None:
        self.memory = MemInst(bytearray(size), pointer)
        self.options = CanonicalOptions(encoding, self.memory, self.realloc)
        self.calls: list[tuple[int, int, int, int, int]] = []

    @property
    def cx(self) -> LiftLowerContext:
        return LiftLowerContext(self.options, ComponentInstance())

    def realloc(self, args: Sequence[CoreValue]) -> list[CoreValue]:
        old, old_size, align, new_size = cast(Sequence[int], args)
        data = self.memory.data
        ptr = -(-len(data) // align) * align
        data.extend(bytes(ptr + new_size - len(data)))
        kept = min(old_size, new_size)
        data[ptr : ptr + kept] = data[old : old + kept]
        self.calls.append((old, old_size, align, new_size, ptr))
        return [ptr]
