"""Plainer function types for a blueprint: one type is replaced everywhere it occurs."""

from __future__ import annotations

from collections.abc import Iterator

from fact.model.types import Prim
from generators.blueprint import Blueprint, Signature
from generators.frozen import put
from generators.rewriting.retyping import Change, everywhere, retyped
from generators.rewriting.slots import signatures


def plainer_types(b: Blueprint) -> Iterator[Blueprint]:
    """One function type with fewer parameters, without a result, or with u32 in place of another type; the longest
    first."""
    for signature in sorted(signatures(b), key=lambda s: -len(s.params)):
        for change in _plainer(signature):
            yield retyped(b, everywhere(b, change))


def _plainer(s: Signature) -> Iterator[Change]:
    everything = tuple(range(len(s.params)))
    halves = (everything[: len(everything) // 2], everything[len(everything) // 2 :])
    keeps = [(), *halves] if len(everything) > 2 else []
    keeps += [everything[:p] + everything[p + 1 :] for p in everything]
    for kept in keeps:
        yield Change(s, Signature(tuple(s.params[p] for p in kept), s.result), kept)
    if s.result is not None:
        yield Change(s, Signature(s.params, None), everything)
        if s.result != Prim.U32:
            yield Change(s, Signature(s.params, Prim.U32), everything)
    for p in everything:
        if s.params[p] != Prim.U32:
            yield Change(s, Signature(put(s.params, p, Prim.U32), s.result), everything)
