"""The strategies that other people's tests import: what they are called with, what they draw, what they shrink to."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from random import Random
from typing import Any

import pytest
from hypothesis import HealthCheck, find, given, settings
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy
from hypothesis_profiles import times
from wasmtime import Engine, Store, wat2wasm
from wasmtime.component import Component, Linker

import generators
from fact.decode import decode
from fact.link import link
from fact.model.type_text import parse_type
from fact.model.types import FuncType, List, Own, Prim, Tuple, ValType, parts
from fact.model.values import Case, Value, check_value, same_value
from fact.model.wave import format_value, parse_value
from fuzz.outcome import Returned, Trapped
from fuzz.reference_case import reference_case
from fuzz.script import from_wast, to_wast
from generators import (
    FAMILIES,
    KINDS,
    SCALARS,
    cases,
    component_bytes,
    component_texts,
    from_json,
    function_types,
    interface_types,
    render,
    to_json,
    values_of,
)
from generators.graphs import GraphBlueprint
from generators.handles import HandleBlueprint
from generators.stream import examples

STRATEGIES: list[Callable[..., SearchStrategy[Any]]] = [
    interface_types, function_types, cases, component_texts, component_bytes,
]
SMALL = settings(max_examples=30, database=None, deadline=None, derandomize=True,
                 suppress_health_check=list(HealthCheck))


def smallest(
    strategy: SearchStrategy[Any], shows: Callable[[Any], object], random: Random | None = None
) -> Any:
    return find(strategy, lambda made: bool(shows(made)), settings=SMALL, random=random)


# -- what they are


@pytest.mark.parametrize("strategy", [*STRATEGIES, values_of])
def test_each_is_exported_and_documented(strategy: Callable[..., object]) -> None:
    assert strategy.__name__ in generators.__all__
    assert getattr(generators, strategy.__name__) is strategy
    told = inspect.getdoc(strategy) or ""
    options = [p.name for p in inspect.signature(strategy).parameters.values() if p.kind is p.KEYWORD_ONLY]
    assert told and not [name for name in options if f"*{name}*" not in told and f"`{name.upper()}`" not in told]


def test_everything_exported_is_there_once() -> None:
    assert len(set(generators.__all__)) == len(generators.__all__)
    assert not [name for name in generators.__all__ if not hasattr(generators, name)]


@pytest.mark.parametrize("strategy", [interface_types, function_types, cases])
def test_options_are_keywords_with_defaults(strategy: Callable[..., object]) -> None:
    options = inspect.signature(strategy).parameters.values()
    assert all(p.kind is p.KEYWORD_ONLY and p.default is not p.empty for p in options)


@pytest.mark.parametrize(("strategy", "options", "error", "message"), [
    (interface_types, {"scalars": ()}, ValueError, "scalars: none is given; at least one of u32, bool,"),
    (interface_types, {"scalars": ("u32", "int")}, ValueError, "scalars: 'int' is none of u32, bool,"),
    (interface_types, {"scalars": "u32"}, TypeError, "scalars: 'u32' is not a list or tuple of names"),
    (interface_types, {"kinds": ("lists",)}, ValueError, "kinds: 'lists' is none of string, list,"),
    (function_types, {"kinds": 3}, TypeError, "kinds: 3 is not a list or tuple of names"),
    (function_types, {"spilled": 1}, TypeError, "spilled: 1 is neither True nor False"),
    (cases, {"families": ()}, ValueError, "families: none is given; at least one of values, handles, graphs"),
    (cases, {"families": ("value",)}, ValueError, "families: 'value' is none of values, handles, graphs"),
    (cases, {"scalars": ("u8",)}, ValueError, 'scalars: only the family "values" heeds it'),
    (cases, {"host": "no"}, TypeError, "host: 'no' is neither True nor False"),
    (component_texts, {"hostile": 0}, TypeError, "hostile: 0 is neither True nor False"),
    (component_bytes, {"memory64": None}, TypeError, "memory64: None is neither True nor False"),
    (values_of, {"t": "list<u9>"}, ValueError, "t: "),
    (values_of, {"t": 7}, TypeError, "t: 7 is no type"),
    (values_of, {"t": "own<1>"}, ValueError, "t: own<1> has no values without a component"),
    (values_of, {"t": List(Prim.U8, 1 << 20)}, ValueError, "t: a list of 1048576 elements is too long"),
    (values_of, {"t": "u8", "max_length": -1}, ValueError, "max_length: -1 is less than 0"),
    (values_of, {"t": "u8", "max_length": True}, TypeError, "max_length: True is not a whole number"),
])
def test_bad_arguments_are_refused_when_the_strategy_is_made(
    strategy: Callable[..., object], options: dict[str, object], error: type[Exception], message: str
) -> None:
    with pytest.raises(error) as refused:
        strategy(**options)
    assert str(refused.value).startswith(message)


# -- types and values


def all_parts(t: ValType) -> list[ValType]:
    return [t, *(inner for part in parts(t) for inner in all_parts(part))]


@times(0.4)
@given(interface_types())
def test_types_have_a_text_that_is_read_back(t: ValType) -> None:
    assert parse_type(str(t)) == t
    assert not any(isinstance(part, Own) for part in all_parts(t))


@times(0.4)
@given(interface_types(scalars=["u8", "char"], kinds=["list", "tuple"]))
def test_types_are_made_of_what_was_asked_for(t: ValType) -> None:
    for part in all_parts(t):
        assert part in (Prim.U8, Prim.CHAR) or isinstance(part, Tuple) or (
            isinstance(part, List) and part.length is None)


def test_without_kinds_there_are_scalars_only() -> None:
    drawn = set(examples(1, 300, interface_types(kinds=[])))
    assert drawn == {Prim(name) for name in SCALARS}


def test_every_kind_is_drawn() -> None:
    words = " ".join(str(t) for t in examples(1, 400, interface_types()))
    for word in ("string", "list<", "map<", "record", "tuple<", "variant", "enum", "option<", "result", "flags"):
        assert word in words
    assert ", 2>" in words, "lists of fixed length"


@times(0.4)
@given(function_types())
def test_function_types_have_labels_and_a_text(t: FuncType) -> None:
    assert [label for label, _ in t.params] == [f"p{i}" for i in range(len(t.params))]


@times(0.4)
@given(st.data())
def test_values_are_of_their_type_and_have_a_text(data: st.DataObject) -> None:
    t = data.draw(interface_types())
    value: Value = data.draw(values_of(t, max_length=20))
    assert same_value(check_value(t, value), value)
    assert same_value(parse_value(t, format_value(t, value)), value)


def test_types_may_be_text_with_labels_of_any_kind() -> None:
    t = "record { name: string, state: variant { on(u8), off }, tags: flags { a, b } }"
    drawn = list(examples(1, 200, values_of(t, max_length=3)))
    assert {type(v) for v in drawn} == {tuple}
    assert {v[1].label for v in drawn} == {"on", "off"}
    assert {v[2] for v in drawn} == {frozenset(s) for s in ((), ("a",), ("b",), ("a", "b"))}
    assert max(len(v[0]) for v in drawn) <= 3


def test_values_reach_the_edges() -> None:
    numbers = set(examples(1, 300, values_of("s64")))
    assert {0, -1, (1 << 63) - 1, -(1 << 63), 1 << 32, 255, 256} <= numbers
    texts = list(examples(1, 600, values_of("string")))
    assert {15, 16, 17, 31, 32, 33, 63, 64} <= {len(text) for text in texts}
    assert max(map(len, texts)) == 64
    assert any(max(t[:-1], default="~") < "\x80" < t[-1] for t in texts if len(t) > 8), "ASCII but for the last"
    assert any("\ud7ff" in t or "\ue000" in t for t in texts)


def test_types_and_values_shrink() -> None:
    assert smallest(interface_types(), lambda t: isinstance(t, List)) == List(Prim.U32)
    assert smallest(values_of("list<u16>"), lambda v: sum(v) > 1000) == (1001,)
    assert smallest(values_of("tuple<string, list<s8>>"), lambda v: v[0] and v[1]) == ("0", (0,))
    assert smallest(values_of("option<u8>"), lambda v: v.payload) == Case("some", 1)
    assert smallest(function_types(), lambda t: len(t.params) == 2) == FuncType(
        (("p0", Prim.U32), ("p1", Prim.U32)), None)


# -- cases


@pytest.mark.parametrize("family", FAMILIES)
def test_cases_are_of_their_family_and_of_one_line(family: str) -> None:
    kinds = {"handles": HandleBlueprint, "graphs": GraphBlueprint, "values": generators.Blueprint}
    for case in examples(1, 10, cases(families=[family])):
        assert type(case) is kinds[family]
        assert from_json(to_json(case)) == case


def test_a_case_is_a_script() -> None:
    for blueprint in examples(2, 6, cases(hostile=False)):
        case = reference_case(blueprint)
        assert [(c.function, len(c.args)) for c in case.calls] == [(f, len(a)) for f, a in render(blueprint).calls]
        assert all(isinstance(call.expected, Returned | Trapped) for call in case.calls)
        again = from_wast(to_wast(case))
        assert again.blueprint == blueprint


PLAIN: dict[str, Any] = {
    "memory64": False, "host": False, "kinds": [k for k in KINDS if k not in ("map", "fixed-length list")],
}


@pytest.mark.parametrize("family", FAMILIES)
def test_plain_components_load_anywhere(family: str) -> None:
    """In wasmtime as it comes, without imports."""
    engine = Engine()
    for binary in examples(3, 10, component_bytes(families=[family], hostile=False, reentrance=False, **PLAIN)):
        Linker(engine).instantiate(Store(engine), Component(engine, binary))


@pytest.mark.parametrize("family", FAMILIES)
def test_without_the_host_nothing_is_imported(family: str) -> None:
    for text in examples(4, 12, component_texts(families=[family], host=False)):
        plan = link(decode(bytes(wat2wasm(text))))
        assert not plan.host_imports
        assert all(resource.instance is not None for resource in plan.resources)


def test_without_64_bit_memories_and_maps_there_are_none() -> None:
    for text in examples(5, 30, component_texts(memory64=False, kinds=["string", "list"])):
        assert "(memory i64" not in text and "i64 1" not in text
        assert "(map " not in text


def test_scalars_are_heeded() -> None:
    strategy = cases(families=["values"], scalars=["u8", "s16"], kinds=["tuple"], hostile=False)
    for blueprint in examples(6, 15, strategy):
        case = reference_case(blueprint)
        used = {part for call in case.calls for t in call.type.param_types for part in all_parts(t)}
        assert {part for part in used if isinstance(part, Prim)} <= {Prim.U8, Prim.S16}


@pytest.mark.parametrize("seed", [0, 3])
def test_cases_shrink(seed: int) -> None:
    """Where shrinking ends depends on chance; a case as drawn mostly has tens of kilobytes."""
    small = smallest(cases(families=["values"]), lambda case: case.calls, Random(seed))
    assert len(small.calls) == 1 and not small.hostile
    assert len(small.definitions) <= 3
    assert len(render(small).text) < 8000
