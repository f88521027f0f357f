"""What triage says of a divergence, as data."""

from __future__ import annotations

from typing import Literal, TypeAlias, get_args

import msgspec

Kind: TypeAlias = Literal["engine wrong", "specification unclear", "our bug", "crash", "hang", "resource use"]
KINDS: tuple[Kind, ...] = get_args(Kind)


class SideSaw(msgspec.Struct, frozen=True):
    """Engines that agree with each other, and what they saw; *state* explains a trap, a sentence a line."""

    engines: tuple[str, ...]
    saw: str
    state: tuple[str, ...] = ()


class Verdict(msgspec.Struct, frozen=True):
    """*kind*; *title* says in one line where and what; *sides* who saw what; *alone* is the engine that nobody agrees
    with, or that did not come to an end where others did, empty if there is no such engine; *section* of
    CanonicalABI.md that decides, empty if none does; *message* the engine's own wording; *why*: one or two sentences on
    why that kind. *signature_plain* is the signature of outcomes only (`fuzz.divergence.Divergence.signature`) and
    *lines* the divergence in words: known differences are recognised by both."""

    kind: Kind
    title: str
    sides: tuple[SideSaw, ...]
    alone: str = ""
    section: str = ""
    message: str = ""
    why: str = ""
    signature_plain: str = ""
    lines: tuple[str, ...] = ()
