"""Despecialization, layout and flattening, against figures worked out by hand from CanonicalABI.md, "Alignment" to
"Flattening"."""

from __future__ import annotations

from typing import get_args

import pytest
from adapters_harness import func

from fact.adapters.shapes import Layout, Shapes
from fact.adapters.signature import Signature
from fact.model.types import (
    CoreFuncType,
    EnumType,
    Flags,
    FuncType,
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

BOTH: tuple[PtrType, ...] = get_args(PtrType)
P = Prim


def labels(n: int) -> tuple[str, ...]:
    return tuple(f"l{i}" for i in range(n))


def variant(*payloads: ValType | None) -> Variant:
    return Variant(tuple((f"c{i}", payload) for i, payload in enumerate(payloads)))


# -- functions


def signature(ft: FuncType) -> Signature:
    return Signature.of(Shapes(), ft)


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
def test_core_types_of_scalars(text: str, params: tuple[str, ...], results: tuple[str, ...]) -> None:
    for t in (signature(func(text)).lift_type("i32"), signature(func(text)).lower_type("i32")):
        assert (t.params, t.results) == (params, results)


@pytest.mark.parametrize("pointer", BOTH)
def test_what_spills_goes_by_a_pointer(pointer: PtrType) -> None:
    """A lifted function returns the pointer, a lowered one takes it last."""
    spilled = signature(FuncType((("a", List(P.U8, 17)),), P.STRING))
    assert spilled.lift_type(pointer) == CoreFuncType((pointer,), (pointer,))
    assert spilled.lower_type(pointer) == CoreFuncType((pointer, pointer), ())
    assert spilled.post_return_type(pointer) == CoreFuncType((pointer,), ())


@pytest.mark.parametrize(("n", "spills"), [(15, False), (16, False), (17, True)])
@pytest.mark.parametrize("one_tuple", [False, True])
def test_parameters_spill_past_sixteen(n: int, spills: bool, one_tuple: bool) -> None:
    """MAX_FLAT_PARAMS."""
    types: tuple[ValType, ...] = (P.U8,) * n
    params = (("t", Tuple(types)),) if one_tuple else tuple((f"p{i}", t) for i, t in enumerate(types))
    assert signature(FuncType(params, None)).params_spill is spills


@pytest.mark.parametrize(
    ("t", "spills"),
    [(P.U64, False), (Flags(labels(32)), False), (EnumType(labels(300)), False), (variant(None, None), False),
     (Tuple((P.F32,)), False), (List(P.F32, 1), False), (P.STRING, True), (Tuple((P.U8, P.U8)), True),
     (Option(P.BOOL), True), (Result(None, None), False)],
    ids=str,
)
def test_results_spill_past_one(t: ValType, spills: bool) -> None:
    """MAX_FLAT_RESULTS."""
    assert signature(FuncType((), t)).result_spills is spills


# -- flattening


@pytest.mark.parametrize(
    ("t", "flat"),
    [
        (P.STRING, "pp"), (List(P.U8), "pp"), (Map(P.U8, P.STRING), "pp"), (List(P.F64, 3), "FFF"),
        (Record((("a", P.U8), ("b", P.F32), ("c", Tuple((P.U64, P.CHAR))))), "ifIi"),
        (Flags(labels(1)), "i"), (Flags(labels(32)), "i"), (EnumType(labels(2)), "i"),
        (Option(P.F32), "if"), (Result(P.F32, P.U32), "ii"), (Result(P.F32, P.F64), "iI"), (Result(None, P.F64), "iF"),
        (Result(P.U32, P.U64), "iI"), (Result(P.F32, P.U64), "iI"),
        (variant(P.F32, None, Tuple((P.U8, P.F64)), Tuple((P.F32, P.F64, P.S64))), "iiFI"),
        (Option(Option(P.F64)), "iiF"), (Result(Option(P.F32), P.F64), "iIf"),
    ],
    ids=str,
)
@pytest.mark.parametrize("pointer", BOTH)
def test_flat_types(t: ValType, flat: str, pointer: PtrType) -> None:
    """And join: alike stays, i32 and f32 are i32, everything else i64."""
    core = {"i": "i32", "I": "i64", "f": "f32", "F": "f64", "p": pointer}
    assert Shapes().of(t).flat(pointer) == tuple(core[c] for c in flat)


def test_pointers_join_by_their_width() -> None:
    t = Shapes().of(Result(P.STRING, Tuple((P.F32, P.F64))))
    assert (t.flat("i32"), t.flat("i64")) == (("i32", "i32", "i64"), ("i32", "i64", "i64"))


@pytest.mark.parametrize("t", [List(P.U8, 17), List(List(P.U8, 1000), 1000), variant(P.U8, List(P.U8, 16))], ids=str)
def test_more_than_anything_is_passed_flat_is_not_counted(t: ValType) -> None:
    assert Shapes().of(t).flat("i32") is None


# -- layout


@pytest.mark.parametrize(
    ("t", "size", "align"),
    [
        (P.BOOL, 1, 1), (P.S16, 2, 2), (P.CHAR, 4, 4), (P.F64, 8, 8),
        (Tuple((P.U8, P.U16, P.U8)), 6, 2), (Tuple((P.U8, P.U64, P.S16, P.F32, P.F64, P.BOOL)), 40, 8),
        (List(P.U16, 5), 10, 2), (List(Tuple((P.U32, P.U8)), 3), 24, 4),
        *((Flags(labels(n)), size, size) for n, size in ((1, 1), (8, 1), (9, 2), (16, 2), (17, 4), (32, 4))),
        *((EnumType(labels(n)), size, size) for n, size in ((2, 1), (256, 1), (257, 2), (65536, 2), (65537, 4))),
        (Option(P.U8), 2, 1), (Option(P.U64), 16, 8), (Result(None, None), 1, 1), (Result(P.U8, P.U16), 4, 2),
        (variant(P.U8, Tuple((P.U16, P.U16, P.U16)), P.U32), 12, 4),
        (Variant(tuple((f"c{i}", P.U8) for i in range(257))), 4, 2),
    ],
    ids=lambda x: str(x)[:40],
)
@pytest.mark.parametrize("pointer", BOTH)
def test_layouts_without_pointers(t: ValType, size: int, align: int, pointer: PtrType) -> None:
    assert Shapes().of(t).layout(pointer) == Layout(size, align)


@pytest.mark.parametrize(
    ("t", "narrow", "wide"),
    [
        (P.STRING, Layout(8, 4), Layout(16, 8)), (List(P.U8), Layout(8, 4), Layout(16, 8)),
        (Tuple((P.U8, P.STRING, P.U32)), Layout(16, 4), Layout(32, 8)),
        (Option(P.STRING), Layout(12, 4), Layout(24, 8)), (List(P.STRING, 3), Layout(24, 4), Layout(48, 8)),
    ],
    ids=str,
)
def test_layouts_with_pointers(t: ValType, narrow: Layout, wide: Layout) -> None:
    shape = Shapes().of(t)
    assert (shape.layout("i32"), shape.layout("i64")) == (narrow, wide)


def test_one_type_has_one_shape_however_it_is_spelt() -> None:
    shapes = Shapes()
    assert shapes.of(Map(P.U8, P.STRING)) is shapes.of(List(Tuple((P.U8, P.STRING))))
    assert shapes.of(Option(P.U8)) is shapes.of(Variant((("none", None), ("some", P.U8))))
    assert shapes.of(Tuple((P.U8,))) is shapes.of(Record((("0", P.U8),)))
    assert shapes.of(Tuple((P.U8,))) is not shapes.of(Record((("a", P.U8),)))
