"""Targets as processes, for tests."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
from pathlib import Path

import pytest

from fuzz.guided.units import write_unit
from generators.families import swarm
from generators.stream import CaseStream

ROOT = Path(__file__).parents[3]
TARGET = ROOT / "fuzz" / "targets" / "differential.py"
PLANTED = Path(__file__).with_name("guided_planted.py")

needs_atheris = pytest.mark.skipif(
    importlib.util.find_spec("atheris") is None, reason="atheris is not installed: pip install 'factfuzz[atheris]'"
)


def ran(script: Path, *args: object, cwd: Path) -> subprocess.CompletedProcess[str]:
    """A target that was run to its end, in another directory than its own, by an interpreter that is on no path."""
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"} | {"PATH": os.defpath}
    return subprocess.run(
        [sys.executable, str(script), *map(str, args)], cwd=cwd, env=environment, capture_output=True, text=True,
        errors="replace", check=False,
    )


def corpus(directory: Path, *numbers: int) -> Path:
    """A directory of cases."""
    directory.mkdir()
    stream = CaseStream(swarm, 3)
    for number in numbers:
        (directory / f"{number}.wast").write_bytes(write_unit(stream(number)))
    return directory
