"""Fewer of the host's calls, in cases of any family."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TypeVar

from msgspec.structs import replace

from generators.blueprint import Blueprint
from generators.graphs import GraphBlueprint
from generators.handles import HandleBlueprint

B = TypeVar("B", Blueprint, HandleBlueprint, GraphBlueprint)


def one_call(b: B) -> Iterator[B]:
    if len(b.calls) > 2:
        for call in b.calls:
            yield replace(b, calls=(call,))


def fewer_calls(b: B) -> Iterator[B]:
    if len(b.calls) > 1:
        for i in range(len(b.calls)):
            yield replace(b, calls=b.calls[:i] + b.calls[i + 1 :])
