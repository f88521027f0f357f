#!/usr/bin/env python3
"""Bytes into the decoder and the linker: `python fuzz/targets/decode.py [flags] CORPUS`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

if __name__ == "__main__":
    sys.path[0] = str(Path(__file__).resolve().parents[2])

if TYPE_CHECKING:
    from fuzz.guided.settings import Settings
    from fuzz.guided.target import Target

PACKAGES = ("fact.decode", "fact.link")


def target(settings: Settings) -> Target:
    from fuzz.guided.libfuzzer import changed_bytes
    from fuzz.guided.target_decode import target_of

    return target_of(changed_bytes, settings.own)


if __name__ == "__main__":
    from fuzz.guided.start import main

    sys.exit(main("decode", sys.argv))
