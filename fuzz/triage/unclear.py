"""Places that the specification leaves open, has changed since, or that we read by their intention (ARCHITECTURE.md,
"Which specification"): a difference there is no engine's mistake before the text says more."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from fact.model.traps import TrapReason
from fuzz.divergence import Divergence
from fuzz.triage.cause import Cause, reasons

Features = Iterable[str]


@dataclass(frozen=True, slots=True)
class Unclear:
    """*why*: what is open, and how we read it; *section* is where it should stand."""

    why: str
    section: str
    about: Callable[[Divergence, Cause, Features], bool]


def _entered_at_start(divergence: Divergence, _: Cause, features: Features) -> bool:
    """What a component calls of its own enters nothing, whoever counts as entered."""
    open = {TrapReason.CANNOT_ENTER, TrapReason.CANNOT_LEAVE}
    by_itself = "call: an instance calls itself" in features
    return divergence.position == "instantiate" and not by_itself and bool(open & set(reasons(divergence)))


def _may_enter_flag(_: Divergence, cause: Cause, __: Features) -> bool:
    """Ours say that a component cannot be entered."""
    return cause.reason is TrapReason.CANNOT_ENTER and cause.ours


def _tag_of_other_width(_: Divergence, cause: Cause, __: Features) -> bool:
    place = cause.place
    return place is not None and bool(place.pointers) and place.encodings == "latin1+utf16->latin1+utf16"


def _alignment_of_shrunk_text(divergence: Divergence, _: Cause, features: Features) -> bool:
    seen = divergence.position == "log" or TrapReason.POINTER_MISALIGNED in reasons(divergence)
    return seen and "string: tagged utf16 to latin1+utf16, narrowed to Latin-1" in features


PLACES: tuple[Unclear, ...] = (
    Unclear(
        "The specification leaves open which component instances count as entered while a start function runs; our "
        "engines take it to be the one that is being instantiated.",
        "Component Instances; Embedding: Store.lift", _entered_at_start,
    ),
    Unclear(
        "WebAssembly/component-model#705, merged after the text that our engines follow, removes the flag that makes "
        "them trap; `--reentrance free` follows the change.",
        "Component Instances: may_enter_from", _may_enter_flag,
    ),
    Unclear(
        "The tag of a lifted latin1+utf16 string is set by one memory's type of pointers and tested by the other's; "
        "our engines take it off by the source's.",
        "Storing: store_string_into_range", _tag_of_other_width,
    ),
    Unclear(
        "The realloc that shrinks tagged UTF-16 to Latin-1 is asked for alignment 1, but loading such a string asks "
        "for 2 whatever it holds; our engines follow the letter.",
        "Storing: store_probably_utf16_to_latin1_or_utf16", _alignment_of_shrunk_text,
    ),
)


def unclear(divergence: Divergence, cause: Cause, features: Features) -> Unclear | None:
    """What is open about *divergence*, of a case with *features*, if anything is."""
    return next((place for place in PLACES if place.about(divergence, cause, features)), None)
