"""Flattening and layout, against figures worked out by hand from CanonicalABI.md, "Alignment" to "Flattening"."""

from __future__ import annotations

import pytest
from adapters_harness import func

from fact.adapters.signature import Area, area, core_type, params_spill, post_return_type
from fact.model.types import CoreFuncType, Prim


@pytest.mark.parametrize(
    ("text", "params", "results"),
    [
        ("", (), ()),
        ("a: bool, b: s8, c: u16, d: char -> u32", ("i32", "i32", "i32", "i32"), ("i32",)),
        ("a: s64, b: u64, c: f32 -> f64", ("i64", "i64", "f32"), ("f64",)),
        (", ".join(f"p{i}: f32" for i in range(16)), ("f32",) * 16, ()),
        (", ".join(f"p{i}: f64" for i in range(17)) + " -> s64", ("i32",), ("i64",)),
    ],
)
def test_core_types(text: str, params: tuple[str, ...], results: tuple[str, ...]) -> None:
    t = core_type(func(text))
    assert (t.params, t.results) == (params, results)


def test_parameters_spill_past_sixteen() -> None:
    assert not params_spill(func(", ".join(f"p{i}: u8" for i in range(16))))
    assert params_spill(func(", ".join(f"p{i}: u8" for i in range(17))))


def test_post_return_takes_the_results() -> None:
    assert post_return_type(func("a: u8 -> f32")) == CoreFuncType(("f32",), ())
    assert post_return_type(func("a: u8")) == CoreFuncType((), ())


@pytest.mark.parametrize(
    ("types", "expected"),
    [
        ("", Area((), 0, 1)),
        ("bool", Area((0,), 1, 1)),
        ("u8 u16 u8", Area((0, 2, 4), 6, 2)),
        ("s8 char bool", Area((0, 4, 8), 12, 4)),
        ("u8 u64 s16 f32 f64 bool", Area((0, 8, 16, 20, 24, 32), 40, 8)),
        ("s64 s8 s8 s8", Area((0, 8, 9, 10), 16, 8)),
    ],
)
def test_a_tuple_in_memory(types: str, expected: Area) -> None:
    assert area(Prim(t) for t in types.split()) == expected
