"""`factfuzz run` over components that never end, when it is ended itself: nothing is left of it."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

ENDLESS = """
(component
  (core module $M (func (export "f") (loop (br 0))))
  (core instance $m (instantiate $M))
  (func (export "f") (canon lift (core func $m "f"))))
"""


def started(file: Path) -> subprocess.Popen[str]:
    """In a process group of its own, as a shell would start it."""
    command = [sys.executable, "-m", "fuzz", "run", str(file), "--invoke", "f()"]
    return subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True,
        cwd=Path(__file__).parents[3],
    )


def busy_descendants(process: int) -> list[psutil.Process]:
    """All descendants, once one of them is at work on the component."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        with contextlib.suppress(psutil.NoSuchProcess):  # one that ended while we looked
            found = psutil.Process(process).children(recursive=True)
            if any(p.ppid() != process and p.cpu_times().user > 0.2 for p in found):
                return found
        time.sleep(0.02)
    raise AssertionError("no engine ever ran")


def gone(process: psutil.Process) -> bool:
    try:
        return process.status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


def interrupt(run: subprocess.Popen[str]) -> None:
    """As a terminal does: all of its process group."""
    os.killpg(run.pid, signal.SIGINT)


@pytest.mark.parametrize(("ends", "status"), [(interrupt, 130), (subprocess.Popen.kill, -signal.SIGKILL)])
def test_nothing_is_left(ends: Callable[[subprocess.Popen[str]], None], status: int, tmp_path: Path) -> None:
    file = tmp_path / "endless.wat"
    file.write_text(ENDLESS)
    run = started(file)
    descendants = busy_descendants(run.pid)
    ends(run)
    _, said = run.communicate(timeout=20)
    assert run.returncode == status
    assert "Traceback" not in said
    deadline = time.monotonic() + 20
    while not all(map(gone, descendants)) and time.monotonic() < deadline:
        time.sleep(0.01)
    assert [p for p in descendants if not gone(p)] == []
