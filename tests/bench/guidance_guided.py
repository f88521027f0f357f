"""The guided arms: libFuzzer, through atheris, keeps what reached something new, and changes it by structure."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path

from guidance_trial import Recorder, finish

from fuzz.coverage.possible import ORDER
from fuzz.guided.counters import Counters, size
from fuzz.guided.libfuzzer import Slots, run
from fuzz.guided.mutator import Mutator
from fuzz.guided.target import Target
from fuzz.guided.units import Drawn, Units

SEEDS_APART = 2_000
"""As in `guidance_arms`."""

FRESH = 1 / 2
"""The share of mutations that are a case of their own. The mutator's default is for corpora of stored cases; from an
empty one, the share decides how soon there is something to mutate. Chosen beforehand on a seed that no trial uses
(9001): with 1/20, 1/4 and 1/2, features after 60 s (in which no faults were looked for) were 950, 1,254 and 1,336."""

FLAGS = {"max_len": "1000000", "rss_limit_mb": "0", "timeout": "100000", "verbosity": "0"} | {
    f"handle_{signal}": "0" for signal in ("segv", "bus", "ill", "fpe")
}
"""These signals are wasmtime's: a trap is one."""


class Guided:
    """What libFuzzer calls. Faults are looked for before the next case is made, outside of the run: what engines with a
    fault in them cover is nothing to be guided by."""

    def __init__(self, recorder: Recorder, done: Callable[[], None], counters: Counters | None) -> None:
        self.recorder = recorder
        self.done = done
        self.counters = counters
        self.units = Units()
        self.mutator = Mutator(self.units, FRESH)

    def run(self, data: bytes) -> None:
        if self.recorder.over:
            self.recorder.notes |= {f"made: {kind}": count for kind, count in sorted(self.mutator.counts.items())}
            self.done()
            return
        unit = self.units.read(data)
        if not isinstance(unit, Drawn):
            self.recorder.note("not a case")
            return
        features = self.recorder.run(unit.blueprint)
        if self.counters is not None:
            for feature in features:
                self.counters.add(feature)

    def mutate(self, data: bytes, max_size: int, seed: int) -> bytes:
        self.recorder.look()
        return self.mutator.mutate(data, max_size, seed)

    def cross(self, first: bytes, second: bytes, max_size: int, seed: int) -> bytes:
        self.recorder.look()
        return self.mutator.cross(first, second, max_size, seed)


def run_guided(recorder: Recorder, path: Path, *, features: bool) -> None:
    """Ends the process when the trial is over."""

    def done() -> None:
        finish(recorder, path)
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(0)

    counters = Counters(Slots(size(ORDER, 1)), ORDER, 1) if features else None
    guided = Guided(recorder, done, counters)
    target = Target("guidance", guided.run, guided.mutate, guided.cross, flags=FLAGS)
    run(target, [__file__, f"-seed={recorder.seed + SEEDS_APART + (not features) * 1_000}"])
