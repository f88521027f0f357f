"""Values of each type in their Python form: what is accepted, what is refused and where, and which are the same."""

from __future__ import annotations

import math

import pytest

from fact.model.types import EnumType, Flags, List, Map, Option, Prim, Record, Result, Tuple, ValType, Variant
from fact.model.values import Case, Value, cases_of, check_value, same_value

PERSON = Record((("name", Prim.STRING), ("age", Prim.U8)))
SHAPE = Variant((("dot", None), ("box", Tuple((Prim.U8, Prim.U8)))))


@pytest.mark.parametrize(
    ("t", "given", "value"),
    [
        (Prim.STRING, "a\0😀", "a\0😀"),
        (List(Prim.U8), [1, 2], (1, 2)),
        (List(Prim.U8, 2), [1, 2], (1, 2)),
        (Map(Prim.STRING, Prim.U8), [["a", 1], ("a", 2)], (("a", 1), ("a", 2))),
        (PERSON, ["x", 3], ("x", 3)),
        (SHAPE, Case("dot"), Case("dot")),
        (SHAPE, Case("box", (1, 2)), Case("box", (1, 2))),
        (EnumType(("a", "b")), Case("b"), Case("b")),
        (Option(Option(Prim.U8)), Case("some", Case("none")), Case("some", Case("none"))),
        (Result(None, Prim.STRING), Case("ok"), Case("ok")),
        (Flags(("r", "w")), {"w"}, frozenset({"w"})),
        (List(Prim.F32), [0.1], (0.10000000149011612,)),
    ],
)
def test_a_value_of_a_type(t: ValType, given: object, value: Value) -> None:
    checked = check_value(t, given)
    assert same_value(checked, value)
    assert check_value(t, checked) == checked


@pytest.mark.parametrize(
    ("t", "given", "message"),
    [
        (Prim.STRING, "\ud800", "not a value of type string"),
        (List(Prim.U8), [1, 256], r"^\[1\]: 256 is out of range for u8: 0 to 255$"),
        (List(Prim.S8), [-129, 1], r"^\[0\]: -129 is out of range for s8: -128 to 127$"),
        (List(Prim.U8), [1, True], r"^\[1\]: True is not a value of type u8$"),
        (List(Prim.U8, 3), [1, 2], "2 elements for list<u8, 3>: exactly 3"),
        (List(PERSON), [("x", 1), ("y", -1)], r"^\[1\]\.age: -1 is out of range for u8"),
        (Map(Prim.U8, PERSON), [(1, ("x", 300))], r"^\[0\]\.1\.age: 300 is out of range"),
        (PERSON, ["x"], "not a value of type record"),
        (SHAPE, Case("ball"), "ball is not a case of variant"),
        (SHAPE, Case("dot", 1), "case dot of .* has no payload"),
        (SHAPE, Case("box"), "case box of .* lacks its payload, of type tuple<u8, u8>"),
        (SHAPE, Case("box", (1, 256)), r"^\.box\.1: 256 is out of range"),
        (Flags(("r",)), {"w", "x"}, "w, x: not among the labels of flags"),
        (Option(Prim.U8), 3, "3 is not a value of type option<u8>"),
    ],
)
def test_what_is_no_value_of_a_type_and_where(t: ValType, given: object, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        check_value(t, given)


@pytest.mark.parametrize(
    ("a", "b", "same"),
    [
        ((1.0, math.nan), (1.0, -math.nan), True),
        ((0.0,), (-0.0,), False),
        ((1,), (True,), False),
        ((1, 2), (1, 2), True),
        ((1, 2), (1, 3), False),
        ((1, 2), (1,), False),
        ((), (), True),
        (Case("some", math.nan), Case("some", math.nan), True),
        (Case("some", 0.0), Case("some", -0.0), False),
        (Case("ok"), Case("error"), False),
        (("a", "b"), ("a", "b"), True),
        (frozenset({"r"}), frozenset({"w"}), False),
        ("a", Case("a"), False),
    ],
)
def test_same_value(a: Value, b: Value, same: bool) -> None:
    assert same_value(a, b) is same
    assert same_value(b, a) is same


def test_cases_come_in_the_order_of_their_discriminants() -> None:
    """CanonicalABI.md, "Despecialization"."""
    assert cases_of(Option(Prim.U8)) == (("none", None), ("some", Prim.U8))
    assert cases_of(Result(Prim.U8, None)) == (("ok", Prim.U8), ("error", None))
    assert cases_of(EnumType(("x", "y"))) == (("x", None), ("y", None))
