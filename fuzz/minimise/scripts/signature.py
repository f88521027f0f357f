"""What a script's first divergence is called, so that a smaller script can be seen to show the same."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from fuzz.divergence import Divergence
from fuzz.engines.base import EngineEnded, EngineHung
from fuzz.minimise.scripts.observed import Saw, first_difference
from fuzz.outcome import Crashed, TimedOut
from fuzz.triage.deaths import death_signature
from fuzz.triage.records import Verdict
from fuzz.triage.signature import signature_of
from fuzz.triage.verdict import verdict_of


@dataclass(frozen=True, slots=True)
class ScriptDivergence:
    """The first command, number *index*, that engines differ on; *death* if it ended the process of one of them."""

    index: int
    divergence: Divergence
    signature: str
    death: str = ""
    """The engine's name."""

    def verdict(self) -> Verdict:
        return verdict_of(self.divergence, None)


def script_divergence(seen: Mapping[str, Sequence[Saw]]) -> ScriptDivergence | None:
    """None if the engines agree. *seen*: what each made of every command, by name."""
    found = first_difference(seen)
    if found is None:
        return None
    for name, saws in seen.items():
        outcome = saws[found.index].steps[-1].outcome if saws[found.index].steps else None
        if isinstance(outcome, Crashed) and "killed by" in outcome.message or isinstance(outcome, TimedOut):
            return ScriptDivergence(found.index, found.divergence, _called(name, outcome), name)
    return ScriptDivergence(found.index, found.divergence, signature_of(found.divergence, None))


def _called(engine: str, outcome: Crashed | TimedOut) -> str:
    how = "no answer" if isinstance(outcome, TimedOut) else outcome.message
    return death_signature(engine, how.partition(":")[0], how.partition(":")[2].strip())


def death_of(engine: str, ended: EngineEnded) -> str:
    """The signature of the end of *engine*'s process."""
    return death_signature(engine, "no answer" if isinstance(ended, EngineHung) else ended.how, ended.printed)

