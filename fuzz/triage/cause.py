"""What a divergence is about: the trap or value that decides, where, and the section of the specification on it."""

from __future__ import annotations

import re
from dataclasses import dataclass

from fact.model.traps import TrapReason
from fact.model.types import ValType
from fact.model.values import Value, same_value
from fuzz.difference import first_difference
from fuzz.divergence import Divergence, Side
from fuzz.examine import Examination
from fuzz.observe import HostCall
from fuzz.outcome import Returned
from fuzz.triage.logs import place_of_log
from fuzz.triage.place import Place, kind_of, kind_of_word, place_of_site
from fuzz.triage.rules import rule_of_trap, rule_of_values
from fuzz.triage.witness import place_of_trap
from generators.handles import HandleBlueprint

OURS = ("reference", "compiled")
"""Engines of this repository: two opinions on the canonical ABI, on one decoder, linker and executor."""

_ENDED = ("crashed", "no answer", "used more than", "printed more than")
"""How the words begin for an engine that raised what it should not, or whose process is no more."""

_REASONS = {reason.value: reason for reason in TrapReason}
_SITE = re.compile(r"trapped: \S+ at ((?:param [^\s(]+|params|result[^\s(]*))")
_RESULT = re.compile(r"call result ([\w-]+): ")


@dataclass(frozen=True, slots=True)
class Cause:
    """*reason* is that of the trap that decides: the reference's, else ours, else the first; None if nothing trapped.
    *ours*: it is a trap of one of our engines. *rule* is a section of CanonicalABI.md, empty where it has none to
    say."""

    reason: TrapReason | None = None
    ours: bool = False
    place: Place | None = None
    rule: str = ""


def cause_of(divergence: Divergence, examined: Examination | None) -> Cause:
    """Without *examined*, from the words of the divergence alone. Never raises."""
    try:
        return _cause(divergence, examined)
    except Exception:  # a finding is worth more than its signature's second half
        return Cause()


def reasons(divergence: Divergence) -> tuple[TrapReason | None, ...]:
    """For each side the reason of its trap, None where it did not trap."""
    return tuple(_reason(divergence, side) for side in divergence.sides)


def ended(side: Side) -> bool:
    """Whether the engines of a side crashed, hung, or used more than they may."""
    return side.saw.removeprefix("logs cannot be read: ").startswith(_ENDED)


def _cause(divergence: Divergence, examined: Examination | None) -> Cause:
    if any(map(ended, divergence.sides)):
        return Cause()
    trapped = [(s, r) for s, r in zip(divergence.sides, reasons(divergence), strict=True) if r is not None]
    if trapped:
        side, reason = min(trapped, key=_decides)
        place = _place_of_trap(divergence, examined, side, reason)
        return Cause(reason, bool(set(OURS) & set(side.engines)), place, rule_of_trap(reason, place))
    place = _differing_part(divergence, examined)
    return Cause(None, False, place, "" if place is None else rule_of_values(place.kind))


def _decides(trapped: tuple[Side, TrapReason]) -> list[bool]:
    """Orders traps: ours are those of the text. But an engine that does not even enter has come to no later rule, and
    only `canon lower`'s is an earlier one."""
    side, reason = trapped
    ours = bool(set(OURS) & set(side.engines))
    early = reason is TrapReason.CANNOT_ENTER or (ours and reason is TrapReason.CANNOT_LEAVE)
    return [not early, *(name not in side.engines for name in OURS)]


def _reason(divergence: Divergence, side: Side) -> TrapReason | None:
    found = re.search(rf" {re.escape('+'.join(side.engines))}=trapped:([a-z0-9-]+)", divergence.signature)
    return None if found is None else _REASONS.get(found[1])


def _place_of_trap(
    divergence: Divergence, examined: Examination | None, side: Side, reason: TrapReason
) -> Place | None:
    if "reference" in side.engines and examined is not None and examined.program is not None:
        observed = examined.observations.get("reference")
        place = None if observed is None else place_of_trap(examined.program, observed, divergence.call)
        if place is not None:
            return place
    site = _SITE.match(side.saw)
    return None if site is None else place_of_site(site[1], reason)


# -- values


def _differing_part(divergence: Divergence, examined: Examination | None) -> Place | None:
    """Where values differ that were returned, passed to the host, or seen by guests."""
    match divergence.position:
        case "call":
            return _differing_result(divergence, examined)
        case "host" if examined is not None:
            return _differing_argument(divergence, examined)
        case "log" if examined is not None and examined.program is not None and "reference" in examined.observations:
            scripted = isinstance(examined.blueprint, HandleBlueprint)
            return place_of_log(examined.program, examined.observations["reference"], divergence, scripted)
    return None


def _differing_result(divergence: Divergence, examined: Examination | None) -> Place | None:
    if word := _RESULT.match(divergence.signature):
        return Place("result", kind=kind_of_word(word[1]))
    if examined is None or examined.program is None or divergence.call is None:
        return None
    t = examined.program.type_of(divergence.call)
    seen = [examined.observations[s.engines[0]].calls[divergence.call].outcome for s in divergence.sides]
    values = [o.value for o in seen if isinstance(o, Returned)]
    if t is None or t.result is None or len(values) < len(seen):
        return None
    return _part("result", t.result, values[0], next(v for v in values if not same_value(v, values[0])))


def _differing_argument(divergence: Divergence, examined: Examination) -> Place | None:
    made = [_made(examined, side.engines[0], divergence.call) for side in divergence.sides[:2]]
    for a, b in zip(*made, strict=False):
        if a.path != b.path or a.type is None or len(a.args) != len(b.args):
            return None
        for (_, t), x, y in zip(a.type.params, a.args, b.args, strict=True):
            if not same_value(x, y):
                return _part("param", t, x, y)
    return None


def _made(examined: Examination, engine: str, call: int | None) -> tuple[HostCall, ...]:
    observed = examined.observations[engine]
    return observed.host_calls if call is None else observed.calls[call].host_calls


def _part(top: str, t: ValType, a: Value | None, b: Value | None) -> Place:
    found = first_difference(t, a, b)
    return Place(top, kind="" if found is None or found.type is None else kind_of(found.type))
