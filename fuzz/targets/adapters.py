#!/usr/bin/env python3
"""Types and options through the adapter compiler: `python fuzz/targets/adapters.py [flags] CORPUS`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

if __name__ == "__main__":
    sys.path[0] = str(Path(__file__).resolve().parents[2])

if TYPE_CHECKING:
    from fuzz.guided.settings import Settings
    from fuzz.guided.target import Target

FEEDBACK = ("branches",)


def target(settings: Settings) -> Target:
    from fuzz.guided.counters import Counters, size
    from fuzz.guided.libfuzzer import Slots
    from fuzz.guided.target_adapters import target_of

    counts = "branches" in settings.feedback
    return target_of(Counters(Slots(size())).add if counts else None, settings.own)


if __name__ == "__main__":
    from fuzz.guided.start import main

    sys.exit(main("adapters", sys.argv))
