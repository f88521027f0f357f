"""Hostile components are valid, and the reference and the compiled adapters say the same of them."""

from __future__ import annotations

import pytest
from failing_cases import about
from hypothesis import given
from hypothesis import strategies as st
from hypothesis_profiles import times
from validation import refusal

from fuzz.engines.compiled import CompiledEngine
from fuzz.engines.reference import ReferenceEngine
from fuzz.examine import by_name, examine
from generators import blueprints, render
from generators.axes import HOSTILE, Axes

OURS = by_name([ReferenceEngine(), CompiledEngine()])

GROUPS: tuple[tuple[str, ...], ...] = (
    ("text", "length", "pointer"), ("discriminant", "flags", "scalar", "junk", "padding", "raw argument", "raw result"),
    ("spilled arguments", "area of a caller", "area of a callee"), ("realloc pointer", "realloc meddles"),
    ("realloc fails", "realloc leaves", "post-return meddles", "post-return fails", "post-return leaves"),
    ("start fails", "fault", "re-entrance"),
)


@pytest.mark.parametrize("group", GROUPS, ids=lambda group: group[0])
@times(0.25)
@given(st.data())
def test_hostile_components_are_valid_and_decided(group: tuple[str, ...], data: st.DataObject) -> None:
    axes = Axes(frozenset(("hostile", kind) for kind in HOSTILE if kind not in group))
    blueprint = data.draw(blueprints(max_components=4, axes=axes).filter(lambda b: bool(b.hostile)))
    with about(blueprint):
        assert not refusal(render(blueprint).text, "all")
        divergence = examine(blueprint, OURS).divergence
        assert divergence is None, str(divergence)


def test_every_kind_is_in_a_group() -> None:
    assert sorted(kind for group in GROUPS for kind in group) == sorted(HOSTILE)
