"""The verdict on a divergence: who stands alone, what decides, and whose mistake it is, as far as engines can tell."""

from __future__ import annotations

from collections.abc import Sequence

from fact.model.traps import TrapReason
from fuzz.compare import describe
from fuzz.divergence import Divergence, Side
from fuzz.examine import Examination
from fuzz.outcome import Crashed, Exceeded, Outcome, Refused, TimedOut, Trapped
from fuzz.triage.cause import OURS, Cause, cause_of, ended, reasons
from fuzz.triage.deaths import kind_of_death
from fuzz.triage.records import Kind, SideSaw, Verdict
from fuzz.triage.unclear import unclear


def verdict_of(divergence: Divergence, examined: Examination | None) -> Verdict:
    """As `fuzz.triage.signature.signature_of`, in the same time. Never raises."""
    cause = cause_of(divergence, examined)
    kind, section, why = _judged(divergence, examined, cause)
    alone = _alone(divergence)
    return Verdict(
        kind, divergence.title, tuple(SideSaw(s.engines, s.saw, s.state) for s in divergence.sides), alone,
        f"CanonicalABI.md, {section}" if section else "", _message(divergence, examined, alone), why,
        divergence.signature, divergence.lines(),
    )


def _judged(divergence: Divergence, examined: Examination | None, cause: Cause) -> tuple[Kind, str, str]:
    """Kind, section, why."""
    ours = [side for side in divergence.sides if set(OURS) & set(side.engines)]
    if divergence.position == "text":
        return "our bug", "", "The generators made component text that cannot be assembled."
    if (gone := _gone(divergence)) is not None:
        outcome = None if examined is None else _outcome(divergence, examined, gone.engines[0])
        return _of_gone(gone, outcome, not all(map(ended, divergence.sides)))
    if len(ours) > 1:
        return "our bug", cause.rule, _ours_differ(divergence, ours)
    if ours and ours[0].saw.startswith("refused"):
        return "our bug", "", f"{_and(ours[0].engines)} {_verb(ours[0], 'refuse')} what another engine accepts."
    if words := _unmapped(divergence):
        return "our bug", cause.rule, words
    features = frozenset[str]() if examined is None else examined.features
    if open := unclear(divergence, cause, features):
        return "specification unclear", open.section, open.why
    others = [side for side in divergence.sides if side not in ours]
    return "engine wrong", cause.rule, f"{_what(divergence, cause, others)} {_backing(ours, cause)}"


# -- engines that did not come to an end


def _gone(divergence: Divergence) -> Side | None:
    """The side that crashed, hung or used too much; another engine's rather than ours."""
    return min(filter(ended, divergence.sides), key=lambda side: bool(set(OURS) & set(side.engines)), default=None)


def _of_gone(side: Side, outcome: Outcome | None, others: bool) -> tuple[Kind, str, str]:
    """*others*: another engine came to an end."""
    who = _and(side.engines)
    beside = "another engine came to an end." if others else "no other engine came to an end."
    match outcome:
        case TimedOut() if not others:
            return "hang", "", f"{who} gave no answer, and {beside} The guests may never end by themselves."
        case TimedOut():
            return "hang", "", f"{who} gave no answer where {beside}"
        case Exceeded(what=what):
            return "resource use", "", f"{who} used more {what} than it may where {beside}"
        case Crashed(how="") | None if set(side.engines) <= set(OURS):
            return "our bug", "", f"{who} raised an exception that stands for no outcome."
        case Crashed(how=how, printed=printed) if how:
            return kind_of_death(how, printed), "", f"The process of {who} ended where {beside}"
    return "crash", "", f"{who} raised an exception that stands for no outcome where {beside}"


# -- why


def _ours_differ(divergence: Divergence, ours: Sequence[Side]) -> str:
    """Which of our two is the likelier to be wrong."""
    backed = next((s for s in ours if set(s.engines) - set(OURS)), None)
    if backed is None:
        return "reference and compiled differ, and no third engine agrees with either: one of them is wrong at least."
    name = next(e for e in backed.engines if e in OURS)
    other = next(e for e in OURS if e != name)
    third = _and([e for e in backed.engines if e not in OURS])
    return f"reference and compiled differ, and {third} agrees with {name}: look at {other} first."


def _unmapped(divergence: Divergence) -> str:
    """Where an engine trapped with words that we have no reason for, and ours trapped as well."""
    found = reasons(divergence)
    if TrapReason.UNMAPPED not in found or None in found:
        return ""
    side = divergence.sides[found.index(TrapReason.UNMAPPED)]
    if "BUG: " in side.saw:
        return ""
    return f"All engines trap, but what {_and(side.engines)} says maps to no reason (fuzz/engines/native_traps.py)."


def _what(divergence: Divergence, cause: Cause, others: Sequence[Side]) -> str:
    """What the others did, and what the section says."""
    who = _and([name for side in others for name in side.engines])
    orders = f"CanonicalABI.md, {cause.rule}, orders" if cause.rule else "the guests' own code makes"
    seen = dict(zip([s.engines for s in divergence.sides], reasons(divergence), strict=True))
    theirs = [seen[side.engines] for side in others]
    match divergence.position:
        case "host":
            return f"Under {who} the component called the host differently."
        case "log":
            place = "" if cause.place is None else f", first at: {cause.place}"
            return f"Under {who} guests observed something else{place}."
    if cause.reason is not None and cause.ours:
        if all(r is None for r in theirs):
            return f"{who} did not trap where {orders} a trap: {cause.reason.value}."
        trapped = ", ".join(r.value for r in theirs if r is not None)
        return f"{who} trapped for another reason ({trapped}) where {orders} the trap {cause.reason.value}."
    if cause.reason is not None:
        return f"{who} trapped ({cause.reason.value}) where no rule orders that."
    if divergence.position == "load":
        return f"{who} refused a component that wasm-tools validates."
    if divergence.position == "instantiate":
        return f"{who} could not instantiate what others could."
    return f"{who} returned another value."


def _backing(ours: Sequence[Side], cause: Cause) -> str:
    """What stands behind the opinion that the others differ from."""
    names = [name for side in ours for name in side.engines if name in OURS]
    if not names:
        return "None of our engines took part, so nobody says which of them is right."
    more = [name for side in ours for name in side.engines if name not in OURS]
    if len(names) == 1 and not more:
        return f"Only {names[0]} says otherwise; nobody confirms it."
    if len(names) == 1:
        return f"{names[0]} and {_and(more)} agree."
    if cause.place is not None and cause.place.at_host:
        return "reference and compiled agree, but at the host's boundary both run one implementation (fact/abi)."
    return "reference and compiled, written independently from the specification, agree."


# -- words


def _alone(divergence: Divergence) -> str:
    """The engine that did not come to an end where others did; else the one that nobody agrees with. Where there are
    several, or none, nobody is it."""
    gone = [side for side in divergence.sides if ended(side)]
    if 0 < len(gone) < len(divergence.sides):
        candidates = [name for side in gone for name in side.engines]
    else:
        candidates = [side.engines[0] for side in divergence.sides if len(side.engines) == 1]
    return candidates[0] if len(candidates) == 1 else ""


def _message(divergence: Divergence, examined: Examination | None, alone: str) -> str:
    """The own wording of the engine that is alone, else of the first that has one, other engines before ours."""
    if examined is None:
        return ""
    names = [name for side in divergence.sides for name in side.engines]
    order = sorted(names, key=lambda name: (name != alone, name in OURS))
    said = (_words(_outcome(divergence, examined, name)) for name in order)
    return next(filter(None, said), "")


def _outcome(divergence: Divergence, examined: Examination, engine: str) -> Outcome | None:
    observed = examined.observations.get(engine)
    if observed is None or divergence.call is None or divergence.call >= len(observed.calls):
        return None if observed is None else observed.refusal
    call = observed.calls[divergence.call]
    return call.log_failure if divergence.position == "log" else call.outcome


def _words(outcome: Outcome | None) -> str:
    match outcome:
        case Trapped(message=message) | Refused(message=message) | Crashed(message=message):
            lines = [line.strip() for line in message.splitlines() if line.strip()]
            return lines[-1] if lines else ""
        case TimedOut() | Exceeded():
            return describe(outcome)
    return ""


def _and(names: Sequence[str]) -> str:
    return " and ".join(names)


def _verb(side: Side, verb: str) -> str:
    return verb if len(side.engines) > 1 else f"{verb}s"
