"""Values of types with labels (`fact.model.types`), part by part, so that each part shrinks by itself."""

from __future__ import annotations

from functools import lru_cache

from hypothesis import strategies as st

from fact.model.types import (
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
from generators.edges import EDGES
from generators.mill import LENGTHS
from generators.texts import TEXT_CLASSES, text
from generators.values import images, value

LONGEST = 1 << 12
"""Elements of a list of fixed length, at most."""

_CHARACTERS = st.characters(exclude_categories=["Cs"])


def values_of_type(t: ValType, max_length: int) -> st.SearchStrategy[Value]:
    """Strings, lists and maps are no longer than *max_length*. Raises `ValueError` for a type that has no values by
    itself, or too large ones."""
    match t:
        case Prim.STRING:
            return _strings(max_length)
        case Prim():
            return images(t).map(lambda image: value(t, image))
        case List(element, None):
            return st.lists(values_of_type(element, max_length), max_size=max_length).map(tuple)
        case List(element, int(length)):
            if length > LONGEST:
                raise ValueError(f"t: a list of {length} elements is too long: at most {LONGEST}")
            return st.lists(values_of_type(element, max_length), min_size=length, max_size=length).map(tuple)
        case Map(key, payload):
            pair = st.tuples(values_of_type(key, max_length), values_of_type(payload, max_length))
            return st.lists(pair, max_size=max_length).map(tuple)
        case Record(fields):
            return st.tuples(*(values_of_type(f, max_length) for _, f in fields))
        case Tuple(elements):
            return st.tuples(*(values_of_type(e, max_length) for e in elements))
        case Variant() | EnumType() | Option() | Result():
            return _cases(t, max_length)
        case Flags(labels):
            return st.frozensets(st.sampled_from(labels))
    raise ValueError(f"t: {t} has no values without a component")


def _cases(t: Variant | EnumType | Option | Result, max_length: int) -> st.SearchStrategy[Value]:
    """Every case as likely as another."""
    payloads = {
        label: st.none() if payload is None else values_of_type(payload, max_length) for label, payload in cases_of(t)
    }
    return st.sampled_from(tuple(payloads)).flatmap(lambda label: st.builds(Case, st.just(label), payloads[label]))


@lru_cache(maxsize=64)
def _strings(max_length: int) -> st.SearchStrategy[str]:
    """Any text; and text of one class, of a length around which rules change."""
    lengths = [n for near in LENGTHS.values() for n in near if n <= max_length]
    made = st.builds(
        lambda name, length, number: text(name, length, lambda below: number % below),
        st.sampled_from(TEXT_CLASSES), st.sampled_from(sorted({0, *lengths})), st.integers(0, 255),
    )
    edges = st.sampled_from([chr(image) for image in EDGES[Prim.CHAR]])
    return st.text(st.one_of(edges, _CHARACTERS), max_size=max_length) | made
