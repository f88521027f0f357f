"""`factfuzz run` on a component: the same calls on every engine, side by side."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fact.model.plan import Plan
from fact.model.types import FuncType, Own, ValType
from fact.model.values import Value
from fact.model.wave import SHOWN, WaveError, format_value, parse_value, show_value, split_invocation
from fuzz.compare import call_text, compare, describe, host_calls_text, kind, state_of
from fuzz.divergence import Divergence
from fuzz.engines.base import Engine, Refusal
from fuzz.engines.pipeline import plan_of
from fuzz.errors import UsageError
from fuzz.inputs import read_file
from fuzz.observe import CallObservation, Given, HostCall, Observation, Program, observe
from fuzz.outcome import Crashed, Exceeded, Misused, NotSupported, Outcome, Returned, TimedOut, Trapped
from fuzz.zero import zero
from generators.handles_text import DROP


@dataclass(frozen=True, slots=True)
class Call:
    """One invocation, typed: *text* as WAVE."""

    text: str
    type: FuncType


@dataclass(frozen=True, slots=True)
class Report:
    """What every engine made of the calls. *assumed* are host imports with a result that nobody gave."""

    calls: tuple[Call, ...]
    observations: Mapping[str, Observation]
    divergence: Divergence | None
    assumed: tuple[str, ...]


def plan_for(binary: bytes, source: str) -> Plan:
    """The plan of a user's component; a refusal is a `UsageError` that names *source*."""
    try:
        return plan_of(binary)
    except Refusal as refused:
        said = " ".join(refused.message.split())
        raise UsageError(f"{source}: {'' if refused.kind == 'unsupported' else refused.kind + ': '}{said}") from None


def run_invocations(
    binary: bytes, source: str, invocations: Sequence[str], host: Sequence[str], engines: Sequence[Engine]
) -> Report:
    """Runs *invocations* (WAVE, `instance#f(1)`; `drop #1`: the host drops a handle) in order on one instance on each
    engine, a fresh one after a trap.

    An invocation `@FILE` is read from FILE. *host* gives answers for host imports, `path=value`; one without an answer
    gives the zero of its type. Raises `UsageError` for what the component does not export or import, for values that
    do not fit, and for files that cannot be read.
    """
    plan = plan_for(binary, source)
    behaviours, assumed = _behaviours(plan, host)
    typed = [_typed(plan, _read(text)) for text in invocations]
    calls = tuple((path, args) for _, path, args in typed)
    program = Program(binary, calls, (), behaviours, tuple(call.type for call, _, _ in typed))
    observations = {engine.info.name: observe(engine, program) for engine in engines}
    return Report(tuple(call for call, _, _ in typed), observations, compare(observations, program), assumed)


def _read(text: str) -> str:
    """The invocation itself: *text*, or what is in the file that it names after `@`."""
    if not text.startswith("@"):
        return text
    try:
        return read_file(Path(text[1:])).decode("utf-8").strip()
    except UnicodeDecodeError as error:
        raise UsageError(f"--invoke {text}: {error}") from None


def _shortened(text: str) -> str:
    return text if len(text) <= SHOWN else f"{text[:SHOWN]}…"


_DROP = re.compile(r"drop(\s+[^(\s].*)?")


def _typed(plan: Plan, text: str) -> tuple[Call, str, tuple[Value, ...]]:
    """*text* as a call of an export, or as a handle that the host drops."""
    dropped = _DROP.fullmatch(text.strip())
    return _call(plan, text) if dropped is None else _drop((dropped[1] or "").strip(), text)


def _drop(handle: str, text: str) -> tuple[Call, str, tuple[Value, ...]]:
    try:
        args = (parse_value(Own(0), handle),)
    except WaveError:
        wanted = "`drop #1`: the number of one handle that the host was given"
        raise UsageError(f"--invoke {_shortened(text)!r}: expected {wanted}") from None
    return Call(call_text(DROP, args), FuncType((), None)), DROP, args


def _call(plan: Plan, text: str) -> tuple[Call, str, tuple[Value, ...]]:
    exports = plan.function_exports()
    try:
        invocation = split_invocation(text)
        item = exports.get(invocation.path)
        if item is None:
            known = ", ".join(exports) or "no functions"
            raise UsageError(f"no exported function {invocation.path!r}: the component exports {known}")
        t = plan.function_type(item)
        args = invocation.typed(t)
    except WaveError as error:
        raise UsageError(f"--invoke {_shortened(text)!r}: {plan.with_names(str(error))}") from None
    return Call(call_text(invocation.path, args, t), t), invocation.path, args


def _behaviours(plan: Plan, given: Sequence[str]) -> tuple[dict[tuple[str, ...], Given], tuple[str, ...]]:
    imports = {h.name: h for h in plan.host_imports}
    answers: dict[tuple[str, ...], Given] = {}
    for setting in given:
        name, equals, text = setting.partition("=")
        if not equals:
            raise UsageError(f"--host {setting!r}: expected NAME=VALUE")
        if name not in imports:
            known = ", ".join(imports) or "no functions"
            raise UsageError(f"--host {setting!r}: the component imports {known}")
        result = imports[name].type.result
        if result is None:
            raise UsageError(f"--host {setting!r}: {name} has no result to answer with")
        if imports[name].path in answers:
            raise UsageError(f"--host {setting!r}: {name} has an answer already: expected one for each import")
        try:
            value = parse_value(result, text)
        except WaveError as error:
            raise UsageError(f"--host {setting!r}: {error}") from None
        answers[imports[name].path] = Given(value)
    assumed = [h for h in plan.host_imports if h.path not in answers]
    for host_import in assumed:
        result = host_import.type.result
        answers[host_import.path] = Given(None if result is None else zero(result))
    return answers, tuple(h.name for h in assumed if h.type.result is not None)


# -- words


def outcome_text(outcome: Outcome, t: FuncType) -> str:
    """An outcome on one line, its value as WAVE and a trap with the section that orders it."""
    match outcome:
        case Trapped(reason=reason) if reason.section is not None:
            return f"{describe(outcome)}  [CanonicalABI.md, {reason.section}]"
    return describe(outcome, t.result)


def report_lines(report: Report) -> list[str]:
    """A block a call, a line an engine, and what it comes to."""
    lines = []
    width = max(len(name) for name in report.observations)
    for name in report.assumed:
        lines.append(f"host import {name}: no --host answer given, so it returns the zero of its type")
    refused = {n: o.refusal for n, o in report.observations.items() if o.refusal is not None}
    if refused or not report.calls:
        lines.append("instantiate")
        for name, observation in report.observations.items():
            outcome = observation.refusal
            lines.append(f"  {name:{width}}  {'done' if outcome is None else describe(outcome)}")
            lines += [f"  {'':{width}}    {line}" for line in state_of(outcome)]
    for index, call in enumerate(report.calls):
        done = {n: o.calls[index] for n, o in report.observations.items() if o.calls}
        if done:
            lines.append(call.text)
        for name, observed in done.items():
            lines.append(f"  {name:{width}}  {outcome_text(observed.outcome, call.type)}{_asked(observed)}")
            if report.divergence is None or report.divergence.call != index:
                lines += [f"  {'':{width}}    {line}" for line in state_of(observed.outcome)]
    if report.divergence is None:
        lines += [] if misuse(report) else [_agreement(report)]
    else:
        lines += report.divergence.lines()
    return lines


def took_part_in(report: Report) -> list[str]:
    """The engines that could do all of it; agreement is about them."""
    return [
        name for name, o in report.observations.items()
        if not any(isinstance(outcome, NotSupported) for outcome in o.outcomes())
    ]


def misuse(report: Report) -> str | None:
    """The first call that was given a handle that the host does not hold, and what is wrong with it."""
    for o in report.observations.values():
        fresh = ""
        for call, observed in zip(report.calls, o.calls, strict=False):
            match observed.outcome:
                case Misused(message=message):
                    return f"--invoke {_shortened(call.text)!r}: {message}{fresh}"
                case Returned():
                    pass
                case _:
                    fresh = "; after the trap before it a fresh instance answers, and no handle is left"
    return None


def _agreement(report: Report) -> str:
    took_part = took_part_in(report)
    if len(took_part) < 2:
        return "nothing to compare: " + (f"only {took_part[0]} took part" if took_part else "no engine supports this")
    return "all agree" if len(took_part) == len(report.observations) else f"{' and '.join(took_part)} agree"


def _asked(observed: CallObservation) -> str:
    return f"  (asked the host: {host_calls_text(observed.host_calls)})" if observed.host_calls else ""


def _whole(t: ValType, value: Value) -> str:
    """All of it; what an engine returns need not be a value of the type."""
    try:
        return format_value(t, value)
    except WaveError:
        return show_value(t, value)


def _asked_data(asked: HostCall) -> dict[str, Any]:
    params = () if asked.type is None else asked.type.params
    return {"name": asked.name, "args": [_whole(t, v) for (_, t), v in zip(params, asked.args, strict=False)]}


def outcome_data(o: Outcome, t: FuncType | None) -> dict[str, Any]:
    """An outcome for programs: *kind*, *text*, and what else there is to tell of one that returned or trapped. *t* is
    the type of the function, if it is known."""
    data: dict[str, Any] = {"kind": kind(o).partition(":")[0], "text": describe(o, None if t is None else t.result)}
    match o:
        case Returned(value=value):
            data["value"] = None if value is None or t is None or t.result is None else _whole(t.result, value)
        case Trapped(reason=reason, site=site, state=state):
            data |= {"reason": reason.value, "site": site, "section": reason.section, "state": list(state)}
        case Exceeded(what=what, limit=limit, printed=printed):
            data |= {"what": what, "limit": limit, "printed": printed}
        case Crashed(printed=printed) | TimedOut(printed=printed):
            data["printed"] = printed
    return data


def report_data(report: Report) -> dict[str, Any]:
    """The same for programs: by engine a refusal or the calls, each as `outcome_data` with what the host was asked."""
    return {
        "agree": report.divergence is None,
        "took_part": took_part_in(report),
        "assumed": list(report.assumed),
        "signature": None if report.divergence is None else report.divergence.signature,
        "first_difference": None if report.divergence is None else report.divergence.first or None,
        "engines": {
            name: {
                "refusal": None if o.refusal is None else outcome_data(o.refusal, None),
                "calls": [
                    {
                        "call": call.text,
                        **outcome_data(observed.outcome, call.type),
                        "asked": [_asked_data(c) for c in observed.host_calls],
                    }
                    for call, observed in zip(report.calls, o.calls, strict=False)
                ],
            }
            for name, o in report.observations.items()
        },
    }
