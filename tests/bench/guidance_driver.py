"""Runs the trials of an experiment, so many at a time, each in a process of its own; goes on where it stopped."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from time import sleep

from guidance_trial import trial_path

ATTEMPTS = 3
"""A trial whose process dies so often is given up."""

Start = Callable[[str, int, Path], "subprocess.Popen[bytes]"]


def starting(seconds: float) -> Start:
    script = Path(__file__).with_name("guidance.py")

    def start(arm: str, seed: int, out: Path) -> subprocess.Popen[bytes]:
        command = [sys.executable, str(script), "trial", "--arm", arm, "--seed", str(seed),
                   "--seconds", str(seconds), "--out", str(out)]
        with (out / f"{arm}-{seed}.log").open("wb") as log:
            return subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                                    env={**os.environ, "PYTHONHASHSEED": "0"})

    return start


def missing(arms: Sequence[str], trials: int, out: Path) -> Iterator[tuple[str, int]]:
    """Arm and seed of those that are not done; arms take turns, so that an experiment cut short is still one."""
    for seed in range(1, trials + 1):
        for arm in arms:
            if not trial_path(out, arm, seed).exists():
                yield arm, seed


def run_all(
    arms: Sequence[str], trials: int, out: Path, parallel: int, start: Start, tell: Callable[[str], None],
    every: float = 0.5,
) -> list[tuple[str, int]]:
    """Looks every so many seconds whether one has ended. Gives the trials that were given up: their logs say why."""
    out.mkdir(parents=True, exist_ok=True)
    waiting = list(missing(arms, trials, out))
    died: dict[tuple[str, int], int] = {}
    running: dict[tuple[str, int], subprocess.Popen[bytes]] = {}
    try:
        while waiting or running:
            while waiting and len(running) < parallel:
                arm, seed = waiting.pop(0)
                running[arm, seed] = start(arm, seed, out)
            sleep(every)
            for task in [task for task, process in running.items() if process.poll() is not None]:
                code = running.pop(task).returncode
                if trial_path(out, *task).exists():
                    tell(f"{task[0]} {task[1]} is done, {len(waiting) + len(running)} to go")
                    continue
                died[task] = died.get(task, 0) + 1
                tell(f"{task[0]} {task[1]} ended with status {code} (see {out / '-'.join(map(str, task))}.log)")
                if died[task] < ATTEMPTS:
                    waiting.insert(0, task)
    finally:
        for process in running.values():
            with suppress(ProcessLookupError):
                process.kill()
            process.wait()
    return [task for task, times in died.items() if times >= ATTEMPTS]
