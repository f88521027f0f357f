"""The arms: four ways to make cases."""

from __future__ import annotations

from pathlib import Path

from guidance_trial import Recorder, finish, trial_path

from generators.families import AnyBlueprint, cases, swarm
from generators.stream import CaseStream, Source

SEEDS_APART = 1_000
"""Two arms draw from different seeds: with the same one, the first batch of a swarm would be that of the random arm."""


def random(recorder: Recorder) -> None:
    """Hypothesis with everything switched on."""
    _stream(recorder, cases(), recorder.seed)


def swarming(recorder: Recorder) -> None:
    """Hypothesis as in a campaign: in each batch of cases a random part of the axes is off."""
    _stream(recorder, swarm, recorder.seed + SEEDS_APART)


def _stream(recorder: Recorder, source: Source[AnyBlueprint], seed: int) -> None:
    stream = CaseStream(source, seed)
    number = 0
    while not recorder.over:
        recorder.case(stream(number))
        number += 1


def run_trial(arm: str, seed: int, seconds: float, out: Path) -> None:
    """Writes OUT/ARM-SEED.json, and the cases that showed a new feature to OUT/corpus/ARM-SEED. A guided trial ends the
    process."""
    recorder = Recorder(arm, seed, seconds, out / "corpus" / f"{arm}-{seed}")
    path = trial_path(out, arm, seed)
    match arm:
        case "random":
            random(recorder)
        case "swarm":
            swarming(recorder)
        case "features" | "coverage":
            from guidance_guided import run_guided

            run_guided(recorder, path, features=arm == "features")
    finish(recorder, path)
