"""CanonicalABI.md, "Alignment", "Element Size" and "Flattening"."""

from __future__ import annotations

from typing import get_args

import pytest

from fact.abi import ValueTypes, align_to, alignment, elem_size, flatten_functype, flatten_type
from fact.errors import Unsupported
from fact.model.types import Borrow, CoreFuncType, FuncType, Own, Prim, PtrType, Tuple, TypeIndex

LAYOUT = {
    Prim.BOOL: (1, "i32"), Prim.S8: (1, "i32"), Prim.U8: (1, "i32"), Prim.S16: (2, "i32"), Prim.U16: (2, "i32"),
    Prim.S32: (4, "i32"), Prim.U32: (4, "i32"), Prim.S64: (8, "i64"), Prim.U64: (8, "i64"),
    Prim.F32: (4, "f32"), Prim.F64: (8, "f64"), Prim.CHAR: (4, "i32"),
}


@pytest.mark.parametrize("t", LAYOUT, ids=str)
def test_scalars_are_as_aligned_as_they_are_long(t: Prim) -> None:
    size, flat = LAYOUT[t]
    assert (alignment(t, "i32"), elem_size(t, "i32"), flatten_type(t, "i32")) == (size, size, (flat,))


def test_tuple_has_the_greatest_alignment_and_padding_between_and_behind() -> None:
    t = Tuple((Prim.U8, Prim.U64, Prim.U16))
    assert (alignment(t, "i32"), elem_size(t, "i32")) == (8, 24)
    assert elem_size(Tuple((Prim.U8, Prim.U16, Prim.U8)), "i32") == 6


def test_tuple_flattens_its_elements_in_order() -> None:
    t = Tuple((Prim.F32, Tuple((Prim.S64, Prim.CHAR))))
    assert flatten_type(t, "i32") == ("f32", "i64", "i32")


@pytest.mark.parametrize(("ptr", "aligned"), [(0, 0), (1, 8), (8, 8), (9, 16), (0xFFFF_FFF9, 0x1_0000_0000)])
def test_align_to(ptr: int, aligned: int) -> None:
    assert align_to(ptr, 8) == aligned


def u8s(n: int, result: Prim | None = None) -> FuncType:
    return FuncType(tuple((f"p{i}", Prim.U8) for i in range(n)), result)


def test_sixteen_flat_params_stay_flat() -> None:
    assert flatten_functype(u8s(16, Prim.F64), "lift") == CoreFuncType(("i32",) * 16, ("f64",))


@pytest.mark.parametrize("context", ["lift", "lower"])
def test_seventeen_flat_params_become_a_pointer(context: str) -> None:
    assert flatten_functype(u8s(17, Prim.U8), context) == CoreFuncType(("i32",), ("i32",))  # type: ignore[arg-type]


def test_pointer_to_spilled_params_has_the_memorys_type() -> None:
    assert flatten_functype(u8s(17), "lift", "i64") == CoreFuncType(("i64",), ())


def test_two_flat_results_are_returned_by_pointer_and_into_a_pointer() -> None:
    ft = FuncType((("a", Prim.S64),), Tuple((Prim.U8, Prim.U8)))
    assert flatten_functype(ft, "lift") == CoreFuncType(("i64",), ("i32",))
    assert flatten_functype(ft, "lower") == CoreFuncType(("i64", "i32"), ())


def test_spilled_area_is_laid_out_as_a_tuple() -> None:
    ts = ValueTypes.of((("param a", Prim.U8), ("param b", Prim.U32), ("param c", Prim.U16)), "params", "i32")
    assert (ts.alignment, ts.size) == (4, 12)


def test_other_types_are_refused_by_name() -> None:
    for rule in (alignment, elem_size, flatten_type):
        with pytest.raises(Unsupported, match="type 3"):
            rule(Tuple((TypeIndex(3),)), "i32")


def test_handles_are_indices_of_32_bits_in_every_memory() -> None:
    for t in (Own(0), Borrow(1)):
        for pointer in get_args(PtrType):
            assert (alignment(t, pointer), elem_size(t, pointer), flatten_type(t, pointer)) == (4, 4, ("i32",))
