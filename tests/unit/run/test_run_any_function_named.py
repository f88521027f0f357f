"""Any core function may be named by a canonical definition or a resource type: each kind that fits as what is lifted, a
destructor, a post-return, a realloc, actually called, on every engine.

Explainer.md, "Canonical Definitions": a `core:funcidx` may name a core function whatever it was made by.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from any_function import (
    ALL,
    CALLED,
    KINDS,
    Seen,
    Signature,
    component,
    place_callee,
    place_destructor,
    place_post_return,
    place_realloc_of_lift,
    place_realloc_of_lower,
    seen,
)

from fact.model.traps import TrapReason
from fuzz.engines.registry import ENGINES


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("across", [False, True], ids=["host", "component"])
@pytest.mark.parametrize("kind", [kind for kind in ALL if kind[0] != "realloc"], ids="-".join)
def test_lifted(engine: str, across: bool, kind: tuple[Signature, str]) -> None:
    """CanonicalABI.md, "canon lift"; "canon context.get": the slots of a thread begin as 0."""
    s, k = kind
    expected = CALLED[kind]
    result = None if s == "take" else expected.result
    args = [] if s == "give" else [1]
    assert seen(engine, component(s, k, place_callee(s, across)), "run", *args) == replace(expected, result=result)


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("call", ["run", "other", "make"])
@pytest.mark.parametrize("k", KINDS["take"])
def test_a_destructor(engine: str, call: str, k: str) -> None:
    """CanonicalABI.md, "canon resource.drop"."""
    expected = replace(CALLED["take", k], result=None if call == "make" else 1)
    assert seen(engine, component("take", k, place_destructor()), call, 1) == expected


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("across", [False, True], ids=["host", "component"])
@pytest.mark.parametrize("k", KINDS["take"])
def test_a_post_return(engine: str, across: bool, k: str) -> None:
    """CanonicalABI.md, "canon lift": a post-return may not leave its component instance, whatever it is made by."""
    stays = k in ("own", "set")
    lets_it = engine == "native" and across  # corpus/known/wasmtime-post-return-may-leave.toml
    expected = replace(CALLED["take", k], result=1) if stays or lets_it else TrapReason.CANNOT_LEAVE
    assert seen(engine, component("take", k, place_post_return(across)), "run") == expected


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("across", [False, True], ids=["host", "component"])
@pytest.mark.parametrize("place", [place_realloc_of_lift, place_realloc_of_lower])
@pytest.mark.parametrize("k", KINDS["realloc"])
def test_a_realloc(engine: str, across: bool, place: Callable[[bool], str], k: str) -> None:
    """CanonicalABI.md, "Storing" and "canon lower": a realloc may not leave its component instance."""
    args = ["abc"] if place is place_realloc_of_lift and not across else []
    found = seen(engine, component("realloc", k, place(across)), "run", *args)
    if k != "own":
        assert found is TrapReason.CANNOT_LEAVE
    else:
        assert isinstance(found, Seen)
        assert (found.result, found.own) == (3097, 3)
