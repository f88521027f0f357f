#!/usr/bin/env python3
"""Text into the readers of scripts: `python fuzz/targets/wast.py [flags] CORPUS`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

if __name__ == "__main__":
    sys.path[0] = str(Path(__file__).resolve().parents[2])

if TYPE_CHECKING:
    from fuzz.guided.settings import Settings
    from fuzz.guided.target import Target

PACKAGES = ("fact.model", "fuzz.constants", "fuzz.minimise.scripts.tree", "fuzz.script_header", "fuzz.script_reader")


def target(settings: Settings) -> Target:
    from fuzz.guided.libfuzzer import changed_bytes
    from fuzz.guided.target_wast import target_of

    return target_of(changed_bytes, settings.own)


if __name__ == "__main__":
    from fuzz.guided.start import main

    sys.exit(main("wast", sys.argv))
