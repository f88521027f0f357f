"""A target in a process of its own, which libFuzzer ends as it likes."""

from __future__ import annotations

import contextlib
import signal
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from fuzz.errors import UsageError
from fuzz.guided.flags import check
from fuzz.guided.libfuzzer import INTERRUPTED, loaded
from fuzz.guided.settings import is_ours, settings_of
from fuzz.guided.start import TARGETS

SCRIPTS = Path(__file__).resolve().parents[1] / "targets"


def run_target(name: str, arguments: Sequence[str]) -> int:
    """Runs target *name* until libFuzzer ends it. 0: nothing was found, also if it was interrupted; 1: something was.
    Raises `UsageError`."""
    if name not in TARGETS:
        raise UsageError(f"no target {name!r}: there are {', '.join(TARGETS)}")
    loaded()
    settings_of(arguments)
    check([argument for argument in arguments if not is_ours(argument)])
    status = _finished([sys.executable, str(SCRIPTS / f"{name}.py"), *arguments])
    if status in (0, INTERRUPTED):
        return 0
    return 2 if status == 2 else 1


def _finished(command: Sequence[str]) -> int:
    """The status of a process that gets Ctrl-C as we do, and decides what follows."""
    with subprocess.Popen(command) as process:
        before = signal.signal(signal.SIGTERM, lambda *_: process.terminate())
        try:
            while True:
                with contextlib.suppress(KeyboardInterrupt):
                    return process.wait()
        finally:
            signal.signal(signal.SIGTERM, before)
