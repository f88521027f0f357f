"""The targets as users start them: a few runs from nothing, and from a corpus."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
from pathlib import Path

import pytest

from fuzz.guided.dictionaries import DIRECTORY, dictionary_flags, words

TARGETS = Path(__file__).parents[3] / "fuzz" / "targets"

needs_atheris = pytest.mark.skipif(importlib.util.find_spec("atheris") is None, reason="atheris is not installed")


def started(name: str, directory: Path, *flags: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, str(TARGETS / f"{name}.py"), *flags], cwd=directory, capture_output=True, text=True,
        check=False,
    )


@needs_atheris
@pytest.mark.parametrize("name", ["decode", "adapters", "wave", "wast"])
def test_two_hundred_runs_from_nothing(name: str, tmp_path: Path) -> None:
    (tmp_path / "corpus").mkdir()
    done = started(name, tmp_path, "-runs=200", "-seed=1", "corpus")
    assert done.returncode == 0, done.stderr[-2000:]
    assert "Done 200 runs" in done.stderr
    assert len(list((tmp_path / "corpus").iterdir())) > 5
    assert [path.name for path in tmp_path.iterdir()] == ["corpus"], "an artifact was written"


@pytest.mark.parametrize("name", ["decode", "adapters", "wave", "wast"])
def test_targets_are_executable(name: str) -> None:
    assert os.access(TARGETS / f"{name}.py", os.X_OK)


@pytest.mark.parametrize("name", ["decode", "wave", "wast"])
def test_every_line_of_a_dictionary_is_a_word(name: str) -> None:
    lines = [line for line in (DIRECTORY / f"{name}.dict").read_text().splitlines() if line and line[0] != "#"]
    assert len(words(name)) == len(lines) == len(set(words(name)))
    assert all(words(name))
    assert dictionary_flags(name)["dict"].endswith(f"{name}.dict")


def test_words_are_bytes() -> None:
    assert {b"\xff", b"\n", b'"""', b"\\u{", b"\\"} <= set(words("wave"))
