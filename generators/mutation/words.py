"""What a mutation says about itself."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from random import Random
from typing import Literal, TypeAlias, get_args

from generators.blueprint import Blueprint, Signature
from generators.families import AnyBlueprint
from generators.valtypes import Type, model_type

Kind: TypeAlias = Literal["type", "value", "option", "edge", "instruction", "hostile", "splice"]

KINDS: tuple[Kind, ...] = get_args(Kind)
"""What is changed: a type; a value that is passed; an option of a lift, a lower or a memory; who calls or provides
whom; what a guest does; what a hostile guest does against the rules; or a part of another case is taken."""


@dataclass(frozen=True, slots=True)
class Mutated:
    """A case with one change. *change*: one line for people: what was changed, where, from what to what."""

    blueprint: AnyBlueprint
    kind: Kind
    change: str


Found: TypeAlias = tuple[Blueprint, str] | None
"""A changed case of the family values, and what was changed; None: the change does not fit. What comes out need not be
in order yet."""

Change: TypeAlias = Callable[[Blueprint, Random], Found]
"""One way to change such a case."""

Weighted: TypeAlias = Sequence[tuple[int, Change]]
"""Changes, and how often each is tried."""

SAID = 48
"""Characters of a value or type in such a line, at most."""


def said(what: object) -> str:
    """*what* as text, cut short."""
    text = ascii(what) if isinstance(what, str | tuple) else str(what)
    return text if len(text) <= SAID else f"{text[: SAID - 3]}..."


def said_type(t: Type | None) -> str:
    """A value type as it is written in WIT."""
    return "nothing" if t is None else said(model_type(t))


def said_signature(s: Signature) -> str:
    """A function type as it is written in WIT, without labels."""
    params = ", ".join(map(said_type, s.params))
    return f"({said(params)[1:-1]})" + ("" if s.result is None else f" -> {said_type(s.result)}")
