"""A worker's death as a finding."""

from __future__ import annotations

import re
from dataclasses import dataclass

import msgspec

from fuzz.campaign.journal import Entry, State
from fuzz.case import Case, Origin, case_of
from fuzz.compare import describe
from fuzz.outcome import Crashed, TimedOut
from fuzz.script import to_wast
from generators.families import from_json

_PANIC = re.compile(r"panicked at ([^\s:]+)")


@dataclass(frozen=True, slots=True)
class Crash:
    number: int
    signature: str
    verdict: tuple[str, ...]
    wast: str
    observed: bytes


def crash_of(
    entry: Entry, engine: str, outcome: Crashed | TimedOut, printed: str, seed: int
) -> Crash:
    """What the case in hand did to its worker. *printed* is what the worker printed last."""
    what = "timeout" if isinstance(outcome, TimedOut) else "crash"
    detail = "" if isinstance(outcome, TimedOut) else f" {outcome.message}"
    if panic := _PANIC.search(printed):
        detail += f" panicked at {panic.group(1)}"
    tail = [line.rstrip() for line in printed.splitlines() if line.strip()][-8:]
    verdict = (f"{what}: {engine} {describe(outcome)}", *(f"  {_printable(line)}" for line in tail))
    observed = msgspec.json.encode({"engine": engine, "outcome": describe(outcome), "printed": printed})
    return Crash(entry.number, f"{what} {engine}{detail}", verdict, _script(entry, seed, verdict), observed)


def _script(entry: Entry, seed: int, verdict: tuple[str, ...]) -> str:
    origin = Origin(seed=seed, number=entry.number, verdict=verdict)
    case = Case("(component)", origin=origin)
    if entry.state is not State.MAKING and entry.blueprint:
        case = case_of(from_json(entry.blueprint), origin)
    return to_wast(case)


def _printable(line: str) -> str:
    return "".join(c if c.isprintable() else "?" for c in line)[:200]
