"""Components whose types have names in other ways are valid, whatever way it is."""

from __future__ import annotations

from itertools import islice

import pytest
from validation import refusal

from generators import blueprints, examples, render
from generators.axes import Axes
from generators.blueprint import NAMINGS, Naming


@pytest.mark.parametrize("naming", NAMINGS)
def test_named_components_are_valid(naming: Naming) -> None:
    """Explainer.md, "Import and Export Definitions": who is named where, and `eq` bounds."""
    alone = Axes(frozenset(("naming", other) for other in NAMINGS if other != naming))
    drawn = (b for b in examples(31, 200, blueprints(axes=alone)) if any(d.naming for d in b.definitions))
    named = list(islice(drawn, 10))
    assert len(named) == 10
    assert {ways for b in named for d in b.definitions for ways in d.naming} == {naming}
    assert {refusal(render(b).text, "all") for b in named} == {""}
