"""A target's whole life as a process."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Sequence

from fuzz.errors import UsageError
from fuzz.guided.libfuzzer import instrumented, loaded, run
from fuzz.guided.settings import is_ours, settings_of

TARGETS = ("differential", "decode", "adapters", "wave", "wast")


def main(name: str, argv: Sequence[str]) -> int:
    """Runs target *name* with *argv* (a script of `fuzz.targets`, then arguments); libFuzzer ends the process. Returns
    only the status of bad usage, which is one line on stderr."""
    try:
        start(name, argv)
    except UsageError as error:
        print(f"factfuzz: {' '.join(str(error).split())}", file=sys.stderr)
        return 2
    return 0


def start(name: str, argv: Sequence[str]) -> None:
    """As `main`; raises `UsageError`."""
    loaded()
    module = importlib.import_module(f"fuzz.targets.{name}")
    feedback = getattr(module, "FEEDBACK", ())
    settings = settings_of(argv[1:], getattr(module, "PACKAGES", ()), feedback)
    with instrumented(settings.packages):
        target = module.target(settings)
    run(target, [argv[0], *(arg for arg in argv[1:] if not is_ours(arg))])
