"""What the tests of the command line share: example components, and what is said of wrong uses."""

from __future__ import annotations

from pathlib import Path

import pytest

from fuzz.cli import run

ROOT = Path(__file__).parents[3]
COMPONENTS = ROOT / "tests" / "components"
GLYPHS, STAR, CLOCK, LETTERS = (
    str(COMPONENTS / name) for name in ("glyphs.wat", "counter-star.wat", "clock.wat", "letters.wat"))


def refused(capsys: pytest.CaptureFixture[str], *args: str) -> str:
    """What stands on stderr: one line, with status 2 and nothing on stdout."""
    assert run(args) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.startswith("factfuzz: ")
    assert captured.err.count("\n") == 1
    return captured.err
