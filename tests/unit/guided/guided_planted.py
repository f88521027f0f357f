"""The target `differential` with a fault planted in the compiled engine: `python guided_planted.py [flags] CORPUS`."""

from __future__ import annotations

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]


def main() -> None:
    from guided_faults import faulty

    from fuzz.guided.cases import differential
    from fuzz.guided.libfuzzer import run
    from fuzz.guided.settings import settings_of

    run(differential(settings_of(sys.argv[1:]), faulty), sys.argv)


if __name__ == "__main__":
    sys.path.insert(0, str(ROOT))
    main()
