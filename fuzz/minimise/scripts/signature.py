"""What a script's first divergence is called, so that a smaller script can be seen to show the same."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from fuzz.divergence import Divergence
from fuzz.engines.base import EngineEnded
from fuzz.minimise.crashes import Death, death_of
from fuzz.minimise.scripts.observed import Saw, first_difference
from fuzz.observe import failure
from fuzz.triage.deaths import death_verdict
from fuzz.triage.records import Verdict
from fuzz.triage.signature import signature_of
from fuzz.triage.verdict import verdict_of


@dataclass(frozen=True, slots=True)
class ScriptDivergence:
    """The first command, number *index*, that engines differ on; *ended* if it ended the process of one of them."""

    index: int
    divergence: Divergence
    signature: str
    ended: Death | None = None

    @property
    def death(self) -> str:
        """The name of the engine whose process ended; empty if none did."""
        return "" if self.ended is None else self.ended.engine

    def verdict(self) -> Verdict:
        if self.ended is None:
            return verdict_of(self.divergence, None)
        return death_verdict(self.ended.engine, self.ended.how, self.ended.printed)


def script_divergence(seen: Mapping[str, Sequence[Saw]]) -> ScriptDivergence | None:
    """None if the engines agree. *seen*: what each made of every command, by name."""
    found = first_difference(seen)
    if found is None:
        return None
    for name, saws in seen.items():
        outcome = saws[found.index].steps[-1].outcome if saws[found.index].steps else None
        if outcome is not None and (death := death_of(name, outcome)) is not None:
            return ScriptDivergence(found.index, found.divergence, death.signature, death)
    return ScriptDivergence(found.index, found.divergence, signature_of(found.divergence, None))


def end_signature(engine: str, ended: EngineEnded) -> str:
    """Of the end of *engine*'s process, whatever else it was running."""
    death = death_of(engine, failure(ended))
    return "" if death is None else death.signature
