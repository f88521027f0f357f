"""Drawn types and values reach the places where a rule changes; batches do without what their axes leave out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import pytest
from hypothesis import strategies as st
from type_facts import SIGNATURE_FACTS, TYPE_FACTS, depth, facts_of, signature_facts
from value_facts import PLAIN, VALUE_FACTS, value_facts

from fact.model.types import Prim
from generators.axes import AXES, EVERYTHING, Axes
from generators.blueprint import Signature
from generators.drawing import pick
from generators.edges import EDGE_GROUPS, EDGES, GROUPS
from generators.layout import flat
from generators.mill import LENGTH_CLASSES, LENGTHS, MOST_PARTS, Taste, made_image
from generators.stream import examples
from generators.texts import TEXT_CLASSES, TEXTS
from generators.types import SCALAR_TYPES, Palette, palette, signature
from generators.valtypes import FORMS, KINDS, Image, Kind, ListOf, Type, VariantOf, kind_of, walk
from generators.values import drawn_image


@st.composite
def palettes(draw: st.DrawFn, axes: Axes = EVERYTHING) -> tuple[Palette, tuple[Signature, ...]]:
    """The types of a case, and two signatures."""
    kinds: tuple[Kind, ...] = axes.among("kind", KINDS)
    types = palette(draw, axes.among("scalar", SCALAR_TYPES), kinds, spilled=True, axes=axes)
    return types, (signature(draw, types), signature(draw, types))


def facts(seed: int, count: int, axes: Axes = EVERYTHING) -> Iterator[set[str]]:
    """The facts of each of *count* palettes."""
    for types, signatures in examples(seed, count, palettes(axes)):
        yield {fact for t in types.aggregates for fact in facts_of(t)} | {
            fact for s in signatures for fact in signature_facts(s)
        }


def found(seed: int, count: int, axes: Axes = EVERYTHING) -> Counter[str]:
    """In how many of *count* palettes each fact is."""
    return Counter(fact for there in facts(seed, count, axes) for fact in there)


def test_every_corner_of_types_is_reached() -> None:
    """Nearly all within a few hundred palettes, those of one number in a thousand within a few thousand."""
    missing = set(TYPE_FACTS | SIGNATURE_FACTS)
    for number, there in enumerate(facts(1, 4_000)):
        missing -= there
        if number == 400:
            assert len(missing) < len(TYPE_FACTS) / 6
        if not missing:
            break
    assert not missing


@pytest.mark.parametrize("form", FORMS)
def test_each_form_is_drawn_when_no_other_is(form: str) -> None:
    """And nothing but it has what only it has."""
    alone = Axes(frozenset(("form", other) for other in FORMS if other != form))
    only = {
        "many cases": "1000 cases, enum", "joined": "f32+f64 in a variant", "padded": "7 bytes of padding",
        "behind a discriminant": "payload of alignment 8 behind 2", "no payload": "result without payloads",
        "odd elements": "list of tuples of no power of two", "fits flat": "15 flat results", "one part": "depth 4",
        "wide": "40 fields", "deep": "depth 10", "in line": "fixed-length list of record",
    }
    assert any(only[form] in there for there in facts(2, 400, alone))
    if form in ("many cases", "wide", "deep"):
        without = Axes(frozenset({("form", form)}))
        assert not found(2, 120, without)[only[form]]


def test_types_stay_small() -> None:
    """Large ones are the exception: what passes as core values, and what a guest has to look at."""
    drawn = [t for types, _ in examples(3, 400, palettes()) for t in types.aggregates]
    flats = sorted(len(flat(t, "i32")) for t in drawn)
    assert flats[len(flats) // 2] <= 4
    assert flats[-1] <= 100
    depths = sorted(map(depth, drawn))
    assert depths[len(depths) // 2] <= 2
    assert 8 < depths[-1] <= 16


def test_a_batch_has_no_type_that_is_off() -> None:
    off = frozenset({("kind", "option"), ("kind", "list"), ("kind", "flags"), ("scalar", "f32"), ("scalar", "u8")})
    for types, signatures in examples(4, 200, palettes(Axes(off))):
        for t in (*types.aggregates, *(p for s in signatures for p in s.params)):
            kinds = {kind_of(u) for u in walk(t)}
            assert not kinds & {"option", "list", "flags"}
            assert not {Prim.F32, Prim.U8} & set(walk(t))


# -- values


def numbers(count: int) -> Iterator[int]:
    """Not the small ones only."""
    return ((n * 0x9E37_79B9 + 1) & 0xFFFF_FFFF for n in range(count))


def test_every_edge_of_values_is_reached() -> None:
    """As often as each: those of pages and thousands once in some thousand values of a type that can have them."""
    missing = set(VALUE_FACTS)
    for n, number in enumerate(numbers(12_000)):
        for t in PLAIN if n % 16 == 0 else PLAIN[:3]:
            missing -= set(value_facts(t, made_image(t, number)))
        if not missing:
            break
    assert not missing


def test_values_have_a_bound() -> None:
    """What an interpreter has to go through for one value: parts, and text by the 32 characters."""

    def work(image: Image) -> int:
        if isinstance(image, str):
            return 1 + len(image) // 32
        return 1 if isinstance(image, int) else 1 + sum(map(work, image))

    sizes = []
    for types, _ in examples(5, 250, palettes()):
        for t in types.aggregates:
            sizes += [work(made_image(t, number)) for number in numbers(4)]
    sizes.sort()
    assert sizes[len(sizes) // 2] < MOST_PARTS / 8
    assert sizes[-1] < 1 << 17


def test_zero_makes_the_simplest() -> None:
    """The choice that shrinking tends to: nothing in lists and text, first cases, least edges."""
    for types, _ in examples(6, 100, palettes()):
        for t in types.aggregates:
            simplest = str(made_image(t, 0))
            assert len(simplest) <= min(len(str(made_image(t, n))) for n in range(3)) or "1" not in simplest


@pytest.mark.parametrize("name", TEXT_CLASSES)
def test_text_of_one_class_is_of_that_class(name: str) -> None:
    taste = Taste(texts=(name,))
    characters = set(TEXTS[name].run) | set(TEXTS[name].odd)
    texts = [t for n in numbers(200) if isinstance(t := made_image(Prim.STRING, n, taste), str)]
    assert set("".join(texts)) <= characters
    if TEXTS[name].odd:
        assert any(set(text) & set(TEXTS[name].odd) for text in texts)


@pytest.mark.parametrize("name", LENGTH_CLASSES)
def test_lengths_of_one_class_are_of_that_class(name: str) -> None:
    """Large lengths give way to small ones, or a value would be all large."""
    taste = Taste(lengths=(name,))
    lengths = {len(t) for n in numbers(300) if isinstance(t := made_image(Prim.STRING, n, taste), str)}
    assert lengths <= {*LENGTHS[name], *LENGTHS["tiny"]}
    assert lengths & set(LENGTHS[name])
    elements = {len(i) for n in numbers(300) if isinstance(i := made_image(ListOf(Prim.U8), n, taste), tuple)}
    assert elements <= {*LENGTHS[name], *LENGTHS["tiny"]}


@st.composite
def integers(draw: st.DrawFn, taste: Taste) -> tuple[Prim, Image]:
    t = pick(draw, (Prim.F64, Prim.S64, Prim.CHAR))
    return t, drawn_image(draw, t, taste)


@pytest.mark.parametrize("name", EDGE_GROUPS)
def test_edges_of_one_group_are_of_that_group(name: str) -> None:
    """Otherwise a scalar is any value, but for one edge in a million."""
    for t, image in examples(7, 60, integers(Taste(edges=(name,)))):
        others = {n for group, near in GROUPS[t].items() if group != name for n in near}
        assert name not in GROUPS[t] or image not in others - set(GROUPS[t][name])
    assert all(set(near) <= set(EDGES[t]) for t, groups in GROUPS.items() for near in groups.values())


def test_cases_with_a_payload_come_up_among_many() -> None:
    t: Type = VariantOf((*(None,) * 150, Prim.U8, *(None,) * 149))
    chosen = Counter(image[0] for n in numbers(400) if isinstance(image := made_image(t, n), tuple))
    assert chosen[150] > 40
    assert {0, 255, 256, 298, 299} <= set(chosen)


def test_the_axes_name_what_there_is() -> None:
    assert AXES["form"] == FORMS
    assert set(AXES["edge"]) == {name for groups in GROUPS.values() for name in groups}
    assert AXES["text"] == tuple(TEXTS)
    assert AXES["length"] == tuple(LENGTHS)
