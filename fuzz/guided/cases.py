"""Cases as libFuzzer's inputs: the target `differential`, put together."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from fuzz.coverage.possible import ORDER
from fuzz.examine import Engines
from fuzz.guided.counters import Counters, size
from fuzz.guided.differential import Differential, open_engines
from fuzz.guided.libfuzzer import Slots
from fuzz.guided.mutator import Mutator
from fuzz.guided.settings import Settings
from fuzz.guided.target import Target
from fuzz.guided.units import Units

FLAGS: Mapping[str, str] = {"max_len": str(1 << 20)}
"""Cases have some kilobytes, the largest hundreds; unless told, libFuzzer makes none larger than those of the corpus,
or 4 KiB."""


def differential(settings: Settings, opener: Callable[[Settings], Engines] = open_engines) -> Target:
    """Units through the engines that *opener* opens."""
    units = Units()
    run = Differential(settings, Counters(Slots(size(ORDER)), ORDER), units, opener)
    mutator = Mutator(units, settings.fresh, None if settings.alike is None else run.minimised)
    return Target(
        "differential", run, mutator.mutate, mutator.cross, lambda: "; ".join([run.told(), *mutator.told()]), FLAGS,
        settings.own,
    )
