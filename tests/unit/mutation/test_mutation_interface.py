"""What all families share: the interface, values and types with one change, choices without Hypothesis."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from random import Random

import pytest
from hypothesis import strategies as st
from msgspec.structs import replace

from fact.model.types import Prim
from generators.blueprint import Blueprint, Call, Definition, Export, Function, Guest, Ref, Signature
from generators.bodies import ENCODINGS
from generators.drawing import ByChance, pick, several
from generators.families import AnyBlueprint, cases
from generators.graphs import GraphBlueprint, HostCall
from generators.handles import HandleBlueprint
from generators.layout import flat
from generators.mutation import KINDS, crossed, mutated
from generators.mutation.images import changed_image, converted, fresh_image
from generators.mutation.types import changed_type, depth, has_fixed_lists
from generators.operands import Param
from generators.stream import examples
from generators.types import MOST_FLAT, SCALAR_TYPES, palette, value_type
from generators.valtypes import (
    KINDS as TYPE_KINDS,
)
from generators.valtypes import (
    EnumOf,
    FlagsOf,
    Image,
    ListOf,
    OptionOf,
    OwnOf,
    RecordOf,
    Type,
    VariantOf,
    replaced,
    walk,
)
from generators.values import image, value


def some_types(count: int) -> Iterator[Type]:
    draw = ByChance(Random(1)).draw
    for _ in range(count):
        yield value_type(draw, palette(draw, SCALAR_TYPES, TYPE_KINDS, spilled=True))


def is_image(t: Type, i: Image) -> bool:
    """Whether there is a value that *i* is the image of. A signalling NaN in f32 has another: Python quiets it."""
    made = value(t, i)
    return image(t, made) == i or Prim.F32 in walk(t)


# -- the interface


def test_cases_of_every_family_are_mutated() -> None:
    random = Random(2)
    families: set[type] = set()
    for b in examples(3, 30, cases):
        made = mutated(b, random)
        assert made is not None
        assert type(made.blueprint) is type(b)
        assert made.kind in KINDS
        families.add(type(b))
    assert len(families) == 3


def test_parts_of_a_family_go_to_cases_of_the_same_one() -> None:
    random, by_family = Random(2), dict[type, list[AnyBlueprint]]()
    for b in examples(3, 40, cases):
        by_family.setdefault(type(b), []).append(b)
    for family, found in by_family.items():
        for first, second in pairwise(found):
            made = crossed(first, second, random)
            assert made is None or (type(made.blueprint), made.kind) == (family, "splice")
    of_handles, of_graphs = by_family[HandleBlueprint][0], by_family[GraphBlueprint][0]
    assert crossed(of_handles, of_graphs, random) is None


def test_values_come_from_a_case_of_another_family_as_well() -> None:
    u32 = Signature((Prim.U32,), Prim.U32)
    guest = Guest((), (Function(u32, (), Param(0)),))
    first = Blueprint((Definition(None, (), (guest,), (Export("run", Ref("item", 0, ("f0",))),)),),
                      calls=(Call("run", (1,)),))
    second = GraphBlueprint((), calls=(HostCall("x", Signature((Prim.U32, Prim.U64)), (0xC0FFEE, 5)),))
    found = [made.blueprint for seed in range(40) if (made := crossed(first, second, Random(seed))) is not None]
    assert replace(first, calls=(Call("run", (0xC0FFEE,)),)) in found
    assert any(b.definitions[0] != first.definitions[0] for b in found if isinstance(b, Blueprint))


# -- values


@pytest.mark.parametrize("t", [*SCALAR_TYPES, Prim.STRING, *some_types(40)], ids=lambda t: str(t)[:40])
def test_a_changed_image_is_one_of_the_type(t: Type) -> None:
    random = Random(4)
    i = fresh_image(t, random)
    for _ in range(25):
        i = changed_image(t, i, random)
        assert is_image(t, i)


def test_a_changed_image_is_another_one() -> None:
    random = Random(4)
    for t in (Prim.U8, Prim.BOOL, Prim.CHAR, Prim.F64, FlagsOf(9), EnumOf(300)):
        i = fresh_image(t, random)
        assert sum(changed_image(t, i, random) != i for _ in range(40)) > 20


def test_changed_text_has_edges_of_every_encoding_and_length() -> None:
    random = Random(4)
    texts = ["abc"]
    for _ in range(3000):
        made = changed_image(Prim.STRING, texts[-1], random)
        assert isinstance(made, str)
        texts.append(made)
    lengths = {len(text) for text in texts}
    assert {0, 1, 15, 16, 17, 31, 32, 33} <= lengths
    assert max(lengths) < 4096
    firsts = {max(text, default="a") for text in texts}
    assert {"\xff", "\uffff", "\U0010ffff"} <= firsts


def test_a_handle_stays() -> None:
    t = RecordOf((OwnOf(0), Prim.U8))
    for seed in range(30):
        changed = changed_image(t, (5, 1), Random(seed))
        assert isinstance(changed, tuple)
        assert changed[0] == 5


def test_floats_come_to_be_signalling_nans_infinities_and_of_either_sign() -> None:
    random, i, seen = Random(4), 0x3F80_0000, set()
    for _ in range(400):
        made = changed_image(Prim.F32, i, random)
        assert isinstance(made, int)
        i = made
        exponent, payload = i >> 23 & 0xFF, i & 0x7F_FFFF
        seen.add((i >> 31, "finite" if exponent != 0xFF else "infinite" if not payload else
                  "quiet" if payload >> 22 else "signalling"))
    assert {(sign, what) for sign in (0, 1) for what in ("quiet", "signalling", "finite")} <= seen


def nothing(t: Type) -> Image:
    raise AssertionError(f"{t} made anew")


@pytest.mark.parametrize(("old", "new", "before", "after"), [
    (Prim.U32, Prim.U8, 0x1FF, 0xFF),
    (Prim.S8, Prim.U16, -1, 0xFFFF),
    (Prim.U8, OptionOf(Prim.U8), 7, (1, 7)),
    (OptionOf(Prim.U8), Prim.U8, (1, 7), 7),
    (Prim.STRING, ListOf(Prim.CHAR), "ab", (0x61, 0x62)),
    (ListOf(Prim.CHAR), Prim.STRING, (0x61, 0x62), "ab"),
    (ListOf(Prim.U8), ListOf(Prim.U16), (1, 2), (1, 2)),
    (ListOf(Prim.U8), ListOf(Prim.U8, 2), (1, 2), (1, 2)),
    (RecordOf((Prim.U8, Prim.STRING)), RecordOf((Prim.STRING,)), (1, "x"), ("x",)),
    (VariantOf((None, Prim.U8)), VariantOf((None, Prim.U8, None)), (1, 3), (1, 3)),
    (EnumOf(300), EnumOf(5), 256, 1),
    (FlagsOf(9), FlagsOf(8), 0x1FF, 0xFF),
    (RecordOf((Prim.U8, Prim.F32)), Prim.F32, (1, 0x7FC0_0000), 0x7FC0_0000),
])
def test_an_image_becomes_one_of_another_type_with_what_was_in_it(
    old: Type, new: Type, before: Image, after: Image
) -> None:
    assert converted(old, new, before, nothing) == after


def test_every_image_becomes_one_of_any_type() -> None:
    random = Random(4)
    found = list(some_types(24))
    for old in found:
        for new in found:
            made = converted(old, new, fresh_image(old, random), lambda t: fresh_image(t, random))
            assert is_image(new, made)


# -- types


def test_changed_types_stay_within_bounds_and_come_to_every_constructor() -> None:
    random = Random(4)
    t: Type = Prim.U32
    constructors: set[type] = set()
    counts: dict[type, set[int]] = {EnumOf: set(), FlagsOf: set(), VariantOf: set()}
    for _ in range(6000):
        t = changed_type(t, random)
        assert len(flat(t, "i32")) <= MOST_FLAT
        assert depth(t) <= 9
        assert not has_fixed_lists(t)
        for part in walk(t):
            constructors.add(type(part))
            if isinstance(part, EnumOf | FlagsOf):
                counts[type(part)].add(part.count)
            elif isinstance(part, VariantOf):
                counts[VariantOf].add(len(part.cases))
    assert len(constructors) == 10
    assert {1, 8, 9, 16, 17, 32} <= counts[FlagsOf] <= set(range(1, 33))
    assert {1, 255, 256, 257} <= counts[EnumOf]
    assert {1, 2, 256, 257} <= counts[VariantOf]


def test_lists_of_fixed_length_come_where_there_are_some() -> None:
    random, there = Random(4), ListOf(Prim.U8, 3)
    made = [changed_type(there, random) for _ in range(200)]
    assert any(has_fixed_lists(t) for t in made)
    assert not all(has_fixed_lists(t) for t in made)


def test_a_type_is_replaced_wherever_it_is_but_not_by_a_key_that_none_can_be() -> None:
    t = RecordOf((Prim.U8, ListOf(Prim.U8), VariantOf((None, Prim.U8))))
    assert replaced(t, Prim.U8, Prim.F32) == RecordOf((Prim.F32, ListOf(Prim.F32), VariantOf((None, Prim.F32))))


# -- choices


def test_chance_chooses_each_as_often_as_another() -> None:
    draw = ByChance(Random(6)).draw
    assert {pick(draw, ENCODINGS) for _ in range(50)} == set(ENCODINGS)
    assert {pick(draw, range(1000)) // 100 for _ in range(200)} == set(range(10))
    assert all(1 <= len(several(draw, lambda: 0, least=1, most=3, more=(1,))) <= 3 for _ in range(20))
    assert {draw(st.one_of(st.sampled_from("ab"), st.integers(3, 4))) for _ in range(60)} == {"a", "b", 3, 4}


def test_chance_says_what_it_does_not_know() -> None:
    with pytest.raises(TypeError, match="nothing to draw by chance from"):
        ByChance(Random(1)).draw(st.text())
