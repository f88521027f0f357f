"""Any core function may be given to a module: each kind, in each way to get there, actually called, on every engine.

Explainer.md, "Canonical Definitions": a `core:funcidx` may name a core function whatever it was made by.
"""

from __future__ import annotations

import pytest
from any_function import ALL, CALLED, PLACES, Signature, component, seen

from fuzz.engines.registry import ENGINES


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("kind", ALL, ids="-".join)
def test_given_to_a_module(engine: str, place: str, kind: tuple[Signature, str]) -> None:
    """CanonicalABI.md, "canon lower", "canon resource.new" to "canon context.set": each makes a core function."""
    s, k = kind
    assert seen(engine, component(s, k, PLACES[place](s)), "run", 1) == CALLED[kind]
