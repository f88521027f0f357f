"""Layout and flattening against tables worked out by hand from CanonicalABI.md, "Alignment", "Element Size" and
"Flattening"."""

from __future__ import annotations

from itertools import product

import pytest

from fact.model.types import Prim
from generators.blueprint import Signature
from generators.layout import (
    CoreType,
    alignment,
    area,
    core_params,
    core_results,
    discriminant_size,
    flags_size,
    flat,
    join,
    payload_offset,
    size,
    spills,
    spills_result,
)
from generators.valtypes import (
    BorrowOf,
    EnumOf,
    FlagsOf,
    ListOf,
    MapOf,
    OptionOf,
    OwnOf,
    RecordOf,
    ResultOf,
    TupleOf,
    Type,
    VariantOf,
)

BOOL, U8, S8, U16, S16, U32, S32 = Prim.BOOL, Prim.U8, Prim.S8, Prim.U16, Prim.S16, Prim.U32, Prim.S32
U64, S64, F32, F64, CHAR, STRING = Prim.U64, Prim.S64, Prim.F32, Prim.F64, Prim.CHAR, Prim.STRING


def nested(t: Type, levels: int) -> Type:
    for _ in range(levels):
        t = OptionOf(t)
    return t


def of_many(count: int, last: Type | None = None) -> VariantOf:
    return VariantOf((*(None,) * (count - 1), last))


Row = tuple[Type, tuple[int, int], tuple[int, int]]
"""A type; its size and alignment in a 32-bit memory; the same in a 64-bit one."""

NO_POINTERS: tuple[tuple[Type, int, int], ...] = (
    (BOOL, 1, 1), (S8, 1, 1), (U8, 1, 1), (S16, 2, 2), (U16, 2, 2), (S32, 4, 4), (U32, 4, 4), (S64, 8, 8), (U64, 8, 8),
    (F32, 4, 4), (F64, 8, 8), (CHAR, 4, 4), (OwnOf(0), 4, 4), (BorrowOf(0), 4, 4),
    # records: each field at a multiple of its alignment, the end as well
    (RecordOf((U8, U16)), 4, 2), (RecordOf((U16, U8)), 4, 2), (RecordOf((U8, U16, U8)), 6, 2),
    (RecordOf((U8, U32)), 8, 4), (RecordOf((U8, U8, U32)), 8, 4), (RecordOf((U8, U16, U32)), 8, 4),
    (RecordOf((U32, U8)), 8, 4), (RecordOf((U8, U32, U8)), 12, 4), (RecordOf((U16, U32, U16)), 12, 4),
    (RecordOf((U8, U64)), 16, 8), (RecordOf((U8, U64, U8)), 24, 8), (RecordOf((U64, U32, U8)), 16, 8),
    (RecordOf((U8, U16, U32, U64)), 16, 8), (RecordOf((U64, U8, U16, U32)), 16, 8), (RecordOf((U32, F64, U32)), 24, 8),
    (TupleOf((U8,) * 3), 3, 1), (TupleOf((U16,) * 3), 6, 2), (TupleOf((F32,) * 3), 12, 4), (TupleOf((U64,) * 3), 24, 8),
    (RecordOf((U8, U16) * 20), 80, 2), (RecordOf((U8,) * 40), 40, 1), (TupleOf((F64, BOOL) * 20), 320, 8),
    (TupleOf((TupleOf((U8, U16)), TupleOf((U8,)))), 6, 2), (RecordOf((U8, RecordOf((U8, RecordOf((U64,)))))), 24, 8),
    # discriminants: 1 byte for up to 256 cases, 2 for up to 65,536
    (EnumOf(1), 1, 1), (EnumOf(255), 1, 1), (EnumOf(256), 1, 1), (EnumOf(257), 2, 2), (EnumOf(300), 2, 2),
    (EnumOf(1000), 2, 2), (EnumOf(10_000), 2, 2), (of_many(256), 1, 1), (of_many(257), 2, 2), (of_many(1), 1, 1),
    (of_many(256, U8), 2, 1), (of_many(257, U8), 4, 2), (of_many(256, U16), 4, 2), (of_many(257, U16), 4, 2),
    (of_many(256, U32), 8, 4), (of_many(300, U32), 8, 4), (of_many(256, F64), 16, 8), (of_many(1000, F64), 16, 8),
    (of_many(257, TupleOf((U8,) * 3)), 6, 2), (of_many(3, TupleOf((U8,) * 3)), 4, 1),
    (VariantOf((U8, U64)), 16, 8), (VariantOf((TupleOf((U32, U32, U32)), F64)), 24, 8),
    # specialised types: by what they stand for
    (OptionOf(BOOL), 2, 1), (OptionOf(U16), 4, 2), (OptionOf(U64), 16, 8), (nested(U8, 12), 13, 1),
    (nested(U16, 3), 8, 2), (nested(F64, 12), 104, 8), (ResultOf(), 1, 1), (ResultOf(U32), 8, 4),
    (ResultOf(None, U16), 4, 2), (ResultOf(U8, F64), 16, 8), (ResultOf(ResultOf(), ResultOf()), 2, 1),
    (TupleOf((ResultOf(), OptionOf(ResultOf()), U32)), 8, 4),
    # flags: 1 byte for up to 8 labels, 2 for up to 16, else 4
    (FlagsOf(1), 1, 1), (FlagsOf(7), 1, 1), (FlagsOf(8), 1, 1), (FlagsOf(9), 2, 2), (FlagsOf(15), 2, 2),
    (FlagsOf(16), 2, 2), (FlagsOf(17), 4, 4), (FlagsOf(31), 4, 4), (FlagsOf(32), 4, 4),
    (RecordOf((FlagsOf(8), FlagsOf(9), FlagsOf(17))), 8, 4), (RecordOf((FlagsOf(17), FlagsOf(8), EnumOf(257))), 8, 4),
    # fixed length: the elements one after the other, aligned as one is
    (ListOf(U8, 5), 5, 1), (ListOf(TupleOf((U8, U16)), 3), 12, 2), (ListOf(TupleOf((U16, U8)), 3), 12, 2),
    (ListOf(ListOf(U16, 3), 5), 30, 2), (VariantOf((U8, ListOf(U16, 3))), 8, 2), (OptionOf(ListOf(F64, 2)), 24, 8),
    (RecordOf((U8, ListOf(U32, 2), U8)), 16, 4), (ListOf(OptionOf(U8), 100), 200, 1),
    (ListOf(of_many(257, U8), 3), 12, 2),
)

POINTERS: tuple[Row, ...] = (
    (STRING, (8, 4), (16, 8)), (ListOf(U64), (8, 4), (16, 8)), (MapOf(U8, F64), (8, 4), (16, 8)),
    (OptionOf(STRING), (12, 4), (24, 8)), (ResultOf(None, ListOf(U8)), (12, 4), (24, 8)),
    (TupleOf((U8, STRING, U8)), (16, 4), (32, 8)), (TupleOf((U64, STRING)), (16, 8), (24, 8)),
    (TupleOf((STRING,) * 3), (24, 4), (48, 8)), (of_many(300, STRING), (12, 4), (24, 8)),
    (ListOf(STRING, 3), (24, 4), (48, 8)), (VariantOf((F64, STRING)), (16, 8), (24, 8)),
    (RecordOf((U32, OptionOf(ListOf(STRING)), U16)), (20, 4), (40, 8)), (nested(STRING, 12), (56, 4), (112, 8)),
)


@pytest.mark.parametrize(("t", "bytes_", "align"), NO_POINTERS, ids=str)
def test_size_and_alignment(t: Type, bytes_: int, align: int) -> None:
    assert (size(t, "i32"), alignment(t, "i32")) == (size(t, "i64"), alignment(t, "i64")) == (bytes_, align)


@pytest.mark.parametrize(("t", "narrow", "wide"), POINTERS, ids=str)
def test_size_and_alignment_with_pointers(t: Type, narrow: tuple[int, int], wide: tuple[int, int]) -> None:
    assert (size(t, "i32"), alignment(t, "i32")) == narrow
    assert (size(t, "i64"), alignment(t, "i64")) == wide


@pytest.mark.parametrize("gap", range(1, 8))
def test_fields_have_gaps_of_one_to_seven_bytes_between_them_and_at_the_end(gap: int) -> None:
    """CanonicalABI.md, "Element Size": `align_to` before each field and at the end of a record."""
    before, after = (U8,) * (8 - gap), (U8,) * (8 - gap)
    offsets, end, align = area((*before, F64, *after), "i32")
    assert offsets == (*range(8 - gap), 8, *range(16, 24 - gap))
    assert (end, align) == (24, 8)


@pytest.mark.parametrize(("cases", "payload", "offset"), [
    (256, U8, 1), (256, U16, 2), (256, U32, 4), (256, U64, 8), (257, U8, 2), (257, U16, 2), (257, U32, 4),
    (257, U64, 8), (256, None, 1), (257, None, 2), (2, STRING, 4), (10_000, U8, 2),
])
def test_payloads_come_after_the_discriminant_at_their_alignment(cases: int, payload: Type | None, offset: int) -> None:
    """CanonicalABI.md, "Loading": `load_variant` aligns to the greatest alignment of all cases."""
    assert payload_offset(of_many(cases, payload).cases, "i32") == offset
    assert payload_offset((U8, *of_many(cases, payload).cases[1:]), "i32") == offset


def test_the_widths_of_discriminants_and_flags_change_where_the_bytes_are_full() -> None:
    """CanonicalABI.md, "Alignment": `discriminant_type` and `alignment_flags`."""
    assert [discriminant_size(n) for n in (1, 2, 255, 256, 257, 65_535, 65_536, 65_537)] == [1, 1, 1, 1, 2, 2, 2, 4]
    assert [flags_size(n) for n in (1, 7, 8, 9, 15, 16, 17, 31, 32)] == [1, 1, 1, 2, 2, 2, 4, 4, 4]


JOINED: dict[tuple[CoreType, CoreType], CoreType] = {
    ("i32", "i32"): "i32", ("i64", "i64"): "i64", ("f32", "f32"): "f32", ("f64", "f64"): "f64",
    ("i32", "f32"): "i32", ("i32", "i64"): "i64", ("i32", "f64"): "i64", ("i64", "f32"): "i64", ("i64", "f64"): "i64",
    ("f32", "f64"): "i64",
}
OF_CORE: dict[CoreType, Prim] = {"i32": S8, "i64": U64, "f32": F32, "f64": F64}


@pytest.mark.parametrize(("pair", "joined"), JOINED.items())
def test_two_core_types_join(pair: tuple[CoreType, CoreType], joined: CoreType) -> None:
    """CanonicalABI.md, "Flattening": `join`."""
    a, b = pair
    assert join(a, b) == join(b, a) == joined
    for p in ("i32", "i64"):
        assert flat(VariantOf((OF_CORE[a], OF_CORE[b])), p) == ("i32", joined)
        assert flat(ResultOf(OF_CORE[b], OF_CORE[a]), p) == ("i32", joined)
        # the option's own discriminant joins with the other's only slot, its payload with nothing
        inner = flat(VariantOf((OptionOf(OF_CORE[a]), OF_CORE[b])), p)
        assert inner == ("i32", JOINED["i32", b], a)


@pytest.mark.parametrize("three", list(product(("i32", "i64", "f32", "f64"), repeat=3)), ids="-".join)
def test_three_core_types_join(three: tuple[CoreType, CoreType, CoreType]) -> None:
    """CanonicalABI.md, "Flattening": all the same stay; i32 and f32 go into i32; everything else into i64."""
    joined = three[0] if len(set(three)) == 1 else "i32" if set(three) == {"i32", "f32"} else "i64"
    assert flat(VariantOf(tuple(OF_CORE[c] for c in three)), "i32") == ("i32", joined)


@pytest.mark.parametrize(("t", "narrow", "wide"), [
    (STRING, "i32 i32", "i64 i64"), (FlagsOf(32), "i32", "i32"), (EnumOf(10_000), "i32", "i32"),
    (OwnOf(1), "i32", "i32"),
    (RecordOf((U8, F32, TupleOf((U64, F64)))), "i32 f32 i64 f64", "i32 f32 i64 f64"), (ResultOf(), "i32", "i32"),
    (nested(U64, 12), f"{'i32 ' * 12}i64", f"{'i32 ' * 12}i64"), (OptionOf(ListOf(U8)), "i32 i32 i32", "i32 i64 i64"),
    (VariantOf((TupleOf((F32, U64)), None, TupleOf((U8, F64, F32)))), "i32 i32 i64 f32", "i32 i32 i64 f32"),
    (VariantOf((F32, STRING)), "i32 i32 i32", "i32 i64 i64"), (VariantOf((F64, STRING)), "i32 i64 i32", "i32 i64 i64"),
    (ResultOf(MapOf(U8, U8), F32), "i32 i32 i32", "i32 i64 i64"), (ListOf(F32, 3), "f32 f32 f32", "f32 f32 f32"),
    (VariantOf((ListOf(F32, 3), U64)), "i32 i64 f32 f32", "i32 i64 f32 f32"), (of_many(300, F32), "i32 f32", "i32 f32"),
    (ListOf(TupleOf((STRING, U8)), 2), "i32 i32 i32 i32 i32 i32", "i64 i64 i32 i64 i64 i32"),
    (ResultOf(ResultOf(F32, F64), ResultOf(U8, STRING)), "i32 i32 i64 i32", "i32 i32 i64 i64"),
], ids=str)
def test_flattening(t: Type, narrow: str, wide: str) -> None:
    assert flat(t, "i32") == tuple(narrow.split())
    assert flat(t, "i64") == tuple(wide.split())


@pytest.mark.parametrize(("params", "spilled"), [
    ((), False), ((RecordOf((U8,) * 16),), False), ((TupleOf((U8,) * 17),), True), ((STRING,) * 8, False),
    ((STRING,) * 8 + (U8,), True), ((nested(U64, 15),), False), ((nested(U64, 16),), True),
    ((OptionOf(STRING),) * 5 + (U8,), False), ((OptionOf(STRING),) * 5 + (U8, U8), True), ((ListOf(F64, 16),), False),
    ((ListOf(F64, 17),), True),
], ids=str)
def test_parameters_of_more_than_16_core_values_spill(params: tuple[Type, ...], spilled: bool) -> None:
    """CanonicalABI.md, "Flattening": MAX_FLAT_PARAMS."""
    assert spills(Signature(params)) == spilled
    assert (core_params(Signature(params), "i64") == ("i64",)) == spilled


@pytest.mark.parametrize(("result", "core"), [
    (None, ()), (RecordOf((F32,)), ("f32",)), (TupleOf((TupleOf((U64,)),)), ("i64",)), (ResultOf(), ("i32",)),
    (VariantOf((None,)), ("i32",)), (FlagsOf(32), ("i32",)), (ListOf(F64, 1), ("f64",)), (VariantOf((F32,)), None),
    (OptionOf(U8), None), (STRING, None), (TupleOf((U8, U8)), None), (ListOf(F64, 2), None),
], ids=str)
def test_a_result_of_more_than_one_core_value_spills(result: Type | None, core: tuple[CoreType, ...] | None) -> None:
    """CanonicalABI.md, "Flattening": MAX_FLAT_RESULTS."""
    signature = Signature((), result)
    assert spills_result(signature) == (core is None)
    assert core_results(signature, "i64") == (("i64",) if core is None else core)
