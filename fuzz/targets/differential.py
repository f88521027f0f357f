#!/usr/bin/env python3
"""Cases through all engines: `python fuzz/targets/differential.py [flags] CORPUS`, with a corpus of stored cases."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

if __name__ == "__main__":
    sys.path[0] = str(Path(__file__).resolve().parents[2])

if TYPE_CHECKING:
    from fuzz.guided.settings import Settings
    from fuzz.guided.target import Target

FEEDBACK = ("features", "branches")


def target(settings: Settings) -> Target:
    from fuzz.guided.cases import differential

    return differential(settings)


if __name__ == "__main__":
    from fuzz.guided.start import main

    sys.exit(main("differential", sys.argv))
