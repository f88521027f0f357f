"""Small cases: that there are many, and that every kind of type comes to every place at every boundary."""

from __future__ import annotations

from collections import Counter
from functools import lru_cache

import pytest

from fact.model.types import Prim
from generators import blueprints, from_json, to_json
from generators.axes import AXES, HOSTILE, Axes
from generators.blueprint import Blueprint, Signature
from generators.hostile_choices import Damaged
from generators.layout import spills
from generators.stream import examples
from generators.texts import TEXT_CLASSES, text
from generators.valtypes import KINDS, EnumOf, FlagsOf, Type, VariantOf, kind_of, walk
from generators.wiring import reached, wire

DRAWN = 600

ALONE = Axes(frozenset({("size", "usual")}))


@lru_cache(maxsize=1)
def small() -> tuple[Blueprint, ...]:
    return tuple(examples(4, DRAWN, blueprints(axes=ALONE)))


def boundary(b: Blueprint) -> tuple[str, Signature]:
    """What the only function that crosses one crosses, and its type."""
    root = wire(b)
    calls = [(node, callee) for node in reached(b, root) for _, callee in node.calls()]
    if not calls:
        return "export", next(node.signature for node in reached(b, root))
    node, callee = calls[0]
    if callee.kind == "host":
        return "host import", callee.signature
    return ("itself" if callee.owner is node.owner else "adapter"), callee.signature


def test_one_function_crosses_one_boundary() -> None:
    for b in small():
        steps = [step for node in reached(b, wire(b)) for step, _ in node.calls()]
        assert len(steps) <= 1 + sum(type(h).__name__ == "Reentry" for h in b.hostile)


def test_every_boundary() -> None:
    found = Counter(boundary(b)[0] for b in small())
    assert set(found) == set(AXES["boundary"])
    assert found["adapter"] > found["host import"] > found["export"] > found["itself"] > 0


def test_every_kind_of_type_passes_both_ways() -> None:
    def kinds(types: list[Type]) -> set[object]:
        return {kind_of(part) or part for t in types for part in walk(t)}

    adapters = [signature for way, signature in map(boundary, small()) if way == "adapter"]
    every = {*KINDS, *(t for t in Prim if t is not Prim.STRING)}
    assert every <= kinds([t for s in adapters for t in s.params])
    assert every <= kinds([s.result for s in adapters if s.result is not None])


def test_parameters_spill_unless_they_must_not() -> None:
    spilling = sum(spills(boundary(b)[1]) for b in small())
    assert DRAWN / 20 < spilling < DRAWN / 2
    unspilled = tuple(examples(4, 100, blueprints(axes=ALONE, spilled=False)))
    assert not any(spills(boundary(b)[1]) for b in unspilled)


@pytest.mark.parametrize(("count", "of"), [(256, EnumOf), (257, EnumOf), (16, FlagsOf), (17, FlagsOf)])
def test_where_the_width_changes(count: int, of: type) -> None:
    """Inside of something, so that what is behind it moves."""
    inside = 0
    for _, signature in map(boundary, small()):
        for t in signature.params:
            inside += any(type(part) is of and part.count == count and part is not t  # type: ignore[union-attr]
                          for part in walk(t))
    assert inside * 150 >= DRAWN


def test_variants_of_about_256_cases() -> None:
    found = {len(part.cases) for _, s in map(boundary, small()) for t in s.params for part in walk(t)
             if isinstance(part, VariantOf)}
    assert {255, 256, 257} <= found


def test_the_last_element_of_a_long_list_is_damaged() -> None:
    """Where what checks vectors of elements has some left over."""
    scalars_alone = Axes(ALONE.off | {("hostile", kind) for kind in HOSTILE if kind != "scalar"})
    drawn = examples(4, 150, blueprints(types=(Prim.CHAR, Prim.U8), kinds=("list",), axes=scalars_alone))
    damages = [h for b in drawn for h in b.hostile if isinstance(h, Damaged)]
    last = [h for h in damages if isinstance(h.image, tuple) and len(h.image) > 8 and h.path == (len(h.image) - 1,)]
    assert len(last) * 20 >= len(damages) > 0


def test_text_across_blocks() -> None:
    """Characters of two and more units that begin in one block of 16 units and end in the next."""
    found = {name: text(name, 20, lambda n: n // 3) for name in TEXT_CLASSES if name.endswith("across blocks")}
    assert len(found) == 3
    for made in found.values():
        units = [c for c in made for _ in c.encode("utf-16-le")[::2]]
        data = [n for n, c in enumerate(made) for _ in c.encode()]
        assert units[15] == units[16] or data[15] == data[16]


def test_they_are_about_two_in_five_of_all() -> None:
    few = sum(len(reached(b, wire(b))) <= 3 and len(b.definitions) <= 3 for b in examples(6, 300, blueprints()))
    assert 0.3 * 300 < few < 0.75 * 300


def test_a_case_is_its_json() -> None:
    for b in small()[:60]:
        assert from_json(to_json(b)) == b
