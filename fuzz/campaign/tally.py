"""What a worker counts between two reports, and what it writes down about a divergence."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import msgspec

from fact.model.traps import TrapReason
from fuzz.campaign.messages import Report, Shown
from fuzz.compare import call_text, describe
from fuzz.examine import Examination
from fuzz.observe import CallObservation, Observation
from fuzz.outcome import Trapped
from fuzz.store.records import EngineCount


@dataclass(slots=True)
class _EngineTime:
    cases: int = 0
    load: float = 0.0
    instantiate: float = 0.0
    call: float = 0.0


@dataclass(slots=True)
class Tally:
    """Counts and seconds since the last report. Cases are added in the order of their numbers; where something is
    counted by cases, the first and the last of their numbers are kept."""

    calls: int = 0
    busy: float = 0.0
    divergences: int = 0
    engines: dict[str, _EngineTime] = field(default_factory=dict)
    own: dict[str, float] = field(default_factory=dict)
    features: dict[str, tuple[int, int, int]] = field(default_factory=dict)
    unmapped: Counter[str] = field(default_factory=Counter)
    known: dict[str, tuple[int, int, int]] = field(default_factory=dict)
    signatures: dict[str, tuple[int, int, int]] = field(default_factory=dict)
    shown: list[Shown] = field(default_factory=list)

    def add(self, number: int, examined: Examination, own: dict[str, float]) -> None:
        self.calls += len(examined.blueprint.calls)
        for feature in examined.features:
            _count(self.features, feature, number)
        for phases in (own, examined.own):
            for phase, seconds in phases.items():
                self.own[phase] = self.own.get(phase, 0.0) + seconds
        for name, observation in examined.observations.items():
            time = self.engines.setdefault(name, _EngineTime())
            time.cases += 1
            time.load += observation.seconds.load
            time.instantiate += observation.seconds.instantiate
            time.call += observation.seconds.call
            for outcome in observation.outcomes():
                if isinstance(outcome, Trapped) and outcome.reason is TrapReason.UNMAPPED:
                    self.unmapped[f"{name}: {outcome.message.strip()}"] += 1

    def add_known(self, number: int, ids: Iterable[str]) -> None:
        for id in set(ids):
            _count(self.known, id, number)

    def add_divergence(self, number: int, signature: str) -> None:
        self.divergences += 1
        _count(self.signatures, signature, number)

    def report(self, first: int, next_case: int, done: bool, index: Mapping[str, int]) -> Report:
        """*index* numbers the features."""
        engines = {
            name: EngineCount(time.cases, time.load, time.instantiate, time.call)
            for name, time in self.engines.items()
        }
        return Report(
            first, next_case, done, self.calls, self.busy, self.divergences, engines, self.own,
            {index[f]: seen for f, seen in self.features.items() if f in index},
            tuple(sorted(f for f in self.features if f not in index)),
            dict(self.unmapped), self.known, self.signatures, tuple(self.shown),
        )


def _count(seen: dict[str, tuple[int, int, int]], what: str, number: int) -> None:
    before = seen.get(what)
    seen[what] = (1, number, number) if before is None else (before[0] + 1, before[1], number)


def observed(examined: Examination) -> bytes:
    """JSON: the divergence, and by engine what was observed."""
    divergence = examined.divergence
    assert divergence is not None
    document = {
        "position": divergence.position,
        "call": divergence.call,
        "call_text": divergence.call_text,
        "sides": [{"engines": side.engines, "saw": side.saw, "state": side.state} for side in divergence.sides],
        "first_difference": divergence.first,
        "logs": dict(zip((s.engines[0] for s in divergence.sides), divergence.entries, strict=False)),
        "observations": {name: _observation(o) for name, o in examined.observations.items()},
    }
    return msgspec.json.encode(document)


def _observation(observation: Observation) -> dict[str, object]:
    if observation.refusal is not None:
        return {observation.stage: describe(observation.refusal)}
    return {"calls": [_call(call) for call in observation.calls]}


def _call(call: CallObservation) -> dict[str, object]:
    logs = [f"{d:#018x}" for d in call.digests] if call.log_failure is None else describe(call.log_failure)
    made = [call_text("#".join(h.path), h.args, h.type) for h in call.host_calls]
    return {"outcome": describe(call.outcome), "log_digests": logs, "host_calls": made}
