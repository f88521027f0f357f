"""Whether engines agree on a case, and if not, what exactly they disagree about.

Compared are, in this order: what came of loading and instantiating; for each call its outcome, the host's functions it
called and the guests' logs after it. The first difference is the divergence. Not compared: an engine that says it does
not support a construct, from there on; messages; sites that only one engine knows.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import TypeVar

from fact.model.traps import TrapReason
from fact.model.types import FuncType, ValType
from fact.model.values import Value, same_value
from fact.model.wave import SHOWN, show_value
from fuzz.difference import difference_line
from fuzz.divergence import Divergence, Side
from fuzz.engines.base import exceeded_text, hung_text, printed_lines
from fuzz.engines.native_traps import same_family
from fuzz.observe import CallObservation, HostCall, Observation, Program
from fuzz.outcome import Crashed, Exceeded, Misused, NotSupported, Outcome, Refused, Returned, TimedOut, Trapped
from generators.handles_text import DROP

T = TypeVar("T")
Same = Callable[[str, T, str, T], bool]

HOST_CALLS_SHOWN = 8

PRINTED_LINES = 8

ENDED = Crashed | TimedOut | Exceeded
"""Outcomes that are nothing to agree on."""

TELLS_BY_MESSAGE = frozenset({"native"})
"""Engines whose trap reasons are read from messages, in which several reasons look alike."""


def compare(observations: Mapping[str, Observation], program: Program) -> Divergence | None:
    """The first difference between the engines, which *observations* holds by name; None if they agree."""
    rest = {n: o for n, o in observations.items() if not isinstance(o.refusal, NotSupported)}
    if any(o.refusal is not None for o in rest.values()):
        return _refusals(rest)
    for index in range(len(program.calls)):
        calls = {n: o.calls[index] for n, o in rest.items()}
        rest = {n: o for n, o in rest.items() if not isinstance(calls[n].outcome, NotSupported)}
        found = _calls({n: calls[n] for n in rest}, program, index)
        if found is not None:
            return found
    return None if program.calls else _host_calls({n: (o.host_calls, "accepted") for n, o in rest.items()}, None)


def _refusals(observations: Mapping[str, Observation]) -> Divergence | None:
    stage = next(o.stage for o in observations.values() if o.refusal is not None)
    groups = _groups({n: o.refusal for n, o in observations.items()}, _same_refusal)
    if not _agreed([r for _, r in groups]):
        sides = tuple(Side(names, "accepted" if r is None else describe(r), state_of(r)) for names, r in groups)
        kinds = [(names, "accepted" if r is None else kind(r)) for names, r in groups]
        return Divergence(stage, None, "", sides, _signature(stage, kinds))
    accepted = {n: (o.host_calls, kind(o.refusal) if o.refusal else "accepted") for n, o in observations.items()}
    return _host_calls(accepted, None)


def _calls(calls: Mapping[str, CallObservation], program: Program, index: int) -> Divergence | None:
    t = program.type_of(index)
    groups = _groups({n: c.outcome for n, c in calls.items()}, same_outcome)
    if not _agreed([o for _, o in groups]):
        result = None if t is None else t.result
        sides = tuple(Side(names, describe(o, result), state_of(o)) for names, o in groups)
        signature = _signature("call", [(names, kind(o)) for names, o in groups])
        returned = [(_on(names), o.value) for names, o in groups if isinstance(o, Returned)]
        first = difference_line(result, returned) if returned else ""
        return Divergence("call", index, call_text(*program.calls[index], t), sides, signature, first=first)
    made = {n: (c.host_calls, kind(c.outcome)) for n, c in calls.items()}
    found = _host_calls(made, index) or _logs(calls, program, index)
    return None if found is None else replace(found, call_text=call_text(*program.calls[index], t))


def _host_calls(
    calls: Mapping[str, tuple[tuple[HostCall, ...], str]], index: int | None
) -> Divergence | None:
    """*calls*: what the component called, and what came of it; that only serves to tell divergences apart."""
    groups = _groups(calls, lambda _a, a, _b, b: _same_host_calls(a[0], b[0]))
    if len(groups) < 2:
        return None
    sides = tuple(Side(names, host_calls_text(made) or "no call of the host") for names, (made, _) in groups)
    signature = _signature("host", [(names, came) for names, (_, came) in groups])
    first = _first_other_call([(_on(names), made) for names, (made, _) in groups])
    return Divergence("host", index, "", sides, signature, first=first)


def _first_other_call(sides: Sequence[tuple[str, tuple[HostCall, ...]]]) -> str:
    """Where the first two sides' calls of the host differ first, if it is inside of an argument."""
    (name, made), (other, also_made) = sides[:2]
    for i, (a, b) in enumerate(zip(made, also_made, strict=False)):
        if a.path != b.path or len(a.args) != len(b.args):
            return ""
        for (label, t, x), y in zip(_labelled(a.args, a.type), b.args, strict=True):
            if line := difference_line(t, [(name, x), (other, y)], f"call {i} of the host, {label}"):
                return line
    return ""


def _logs(calls: Mapping[str, CallObservation], program: Program, index: int) -> Divergence | None:
    groups = _groups(calls, lambda a, x, b, y: x.digests == y.digests and _same_failure(a, x, b, y))
    if len(groups) < 2 and not any(isinstance(c.log_failure, ENDED) for _, c in groups):
        return None
    differing = tuple(
        prefix for i, prefix in enumerate(program.log_prefixes)
        if len({c.digests[i] for c in calls.values() if c.digests}) > 1
    )
    sides = tuple(Side(names, _log_state(c, program, differing)) for names, c in groups)
    kinds = [(names, "log" if c.log_failure is None else kind(c.log_failure)) for names, c in groups]
    return Divergence("log", index, "", sides, _signature("log", kinds), differing)


def _log_state(call: CallObservation, program: Program, differing: Sequence[str]) -> str:
    if call.log_failure is not None:
        return f"logs cannot be read: {describe(call.log_failure)}"
    digests = dict(zip(program.log_prefixes, call.digests, strict=True))
    return ", ".join(f"{prefix} digest {digests[prefix]:#018x}" for prefix in differing) or "logs can be read"


# -- equality


def same_outcome(engine_a: str, a: Outcome, engine_b: str, b: Outcome) -> bool:
    """Whether two engines' outcomes of one call agree."""
    match a, b:
        case Returned(value=x), Returned(value=y):
            return same_value(x, y)
        case Trapped(reason=TrapReason.UNMAPPED), Trapped(reason=TrapReason.UNMAPPED):
            return a.message == b.message
        case Trapped(), Trapped():
            by_message = engine_a in TELLS_BY_MESSAGE or engine_b in TELLS_BY_MESSAGE
            same_site = a.site is None or b.site is None or a.site == b.site
            return same_site and (a.reason is b.reason or (by_message and same_family(a.reason, b.reason)))
        case (Refused(), Refused()) | (Exceeded(), Exceeded()):
            return kind(a) == kind(b)
    return type(a) is type(b)


def _same_refusal(engine_a: str, a: Outcome | None, engine_b: str, b: Outcome | None) -> bool:
    return a is b if a is None or b is None else same_outcome(engine_a, a, engine_b, b)


def _same_failure(engine_a: str, a: CallObservation, engine_b: str, b: CallObservation) -> bool:
    return _same_refusal(engine_a, a.log_failure, engine_b, b.log_failure)


def _same_host_calls(a: tuple[HostCall, ...], b: tuple[HostCall, ...]) -> bool:
    return len(a) == len(b) and all(
        x.path == y.path and len(x.args) == len(y.args) and all(map(same_value, x.args, y.args))
        for x, y in zip(a, b, strict=True)
    )


def _groups(found: Mapping[str, T], same: Same[T]) -> list[tuple[tuple[str, ...], T]]:
    """The engines that agree with each other, with what the first of them saw."""
    groups: list[tuple[list[str], T]] = []
    for name, item in found.items():
        for names, first in groups:
            if same(names[0], first, name, item):
                names.append(name)
                break
        else:
            groups.append(([name], item))
    return [(tuple(names), first) for names, first in groups]


def _agreed(groups: Sequence[Outcome | None]) -> bool:
    """A crash is never something to agree on, even if all engines crash or there is but one."""
    return len(groups) < 2 and not any(isinstance(o, ENDED) for o in groups)


# -- words


def kind(outcome: Outcome) -> str:
    """The outcome without its particulars, as signatures and comparisons use it. Malformed and invalid are one."""
    match outcome:
        case Returned():
            return "returned"
        case Trapped(reason=TrapReason.UNMAPPED):
            return f"trapped:unmapped:{_stable(outcome.message)}"
        case Trapped():
            return f"trapped:{outcome.reason.value}"
        case Refused(kind="unlinkable"):
            return "refused:unlinkable"
        case Refused():
            return "refused:invalid"
        case Crashed():
            return f"crashed:{_stable(outcome.message)}"
        case TimedOut():
            return "timed-out"
        case Exceeded(what=what):
            return f"exceeded:{what}"
        case Misused():
            return "misused"
        case NotSupported():
            return "not-supported"


def describe(outcome: Outcome, t: ValType | None = None) -> str:
    """The outcome for people, on one line; *t* is the type of the value that a call returns, if it is known."""
    match outcome:
        case Returned(value=None):
            return "returned"
        case Returned(value=value):
            return f"returned {show_value(t, value)}"
        case Trapped():
            site = "" if outcome.site is None else f" at {outcome.site}"
            said = f" ({_last_line(outcome.message)})" if outcome.message else ""
            return f"trapped: {outcome.reason.value}{site}{said}"
        case Refused():
            return f"refused as {outcome.kind}: {_last_line(outcome.message)}"
        case Crashed():
            return f"crashed: {_last_line(outcome.message)}"
        case TimedOut():
            return hung_text(outcome.seconds)
        case Exceeded():
            return exceeded_text(outcome.what, outcome.limit)
        case Misused():
            return f"bad usage: {_last_line(outcome.message)}"
        case NotSupported():
            return f"not supported: {_last_line(outcome.construct)}"


def state_of(outcome: Outcome | None) -> tuple[str, ...]:
    """What explains an outcome, a line each: a trap the state it was found in; the end of an engine what it printed."""
    match outcome:
        case Trapped(state=state):
            return state
        case Crashed(message=told, printed=printed):
            return _printed(printed, told)
        case TimedOut(printed=printed) | Exceeded(printed=printed):
            return _printed(printed, "")
    return ()


def _printed(printed: str, told: str) -> tuple[str, ...]:
    """The last lines of it that have not been *told*."""
    return tuple(line[:200] for line in printed_lines(printed)[-PRINTED_LINES:] if line.strip() not in told)


_EXCERPT = re.compile(r"\s*(-->|\d*\s*\|)")


def _last_line(message: str) -> str:
    """The line that tells: the last one, but for the excerpt of a text that does not parse."""
    lines = [line.strip() for line in message.splitlines() if line.strip() and not _EXCERPT.match(line)]
    return lines[-1][:200] if lines else ""


def _stable(message: str) -> str:
    """A message without what changes from case to case."""
    return re.sub(r"0x[0-9a-fA-F]+|\d+", "N", _last_line(message))[:80]


def call_text(function: str, args: Sequence[Value], t: FuncType | None = None) -> str:
    """A call in WAVE, long arguments cut: the more there are, the sooner. What the host drops is `drop #1`."""
    if function == DROP:
        return f"drop {', '.join(show_value(None, v) for v in args)}"
    limit = max(24, 2 * SHOWN // max(1, len(args)))
    return f"{function}({', '.join(show_value(p, v, limit) for _, p, v in _labelled(args, t))})"


def _labelled(args: Sequence[Value], t: FuncType | None) -> list[tuple[str, ValType | None, Value]]:
    """Label, type and value of each argument; a number and no type where the function's type does not tell."""
    if t is None or len(t.params) != len(args):
        return [(str(i), None, v) for i, v in enumerate(args)]
    return [(label, p, v) for (label, p), v in zip(t.params, args, strict=True)]


def host_calls_text(calls: Sequence[HostCall]) -> str:
    return ", ".join(call_text(c.name, c.args, c.type) for c in calls[:HOST_CALLS_SHOWN]) + (
        f" and {len(calls) - HOST_CALLS_SHOWN} more" if len(calls) > HOST_CALLS_SHOWN else "")


def _on(engines: Sequence[str]) -> str:
    return f"on {' and '.join(engines)}"


def _signature(position: str, kinds: Sequence[tuple[Sequence[str], str]]) -> str:
    return position + " " + " | ".join(f"{'+'.join(names)}={what}" for names, what in kinds)
