from __future__ import annotations

import re
from pathlib import Path

import pytest
from guided_processes import TARGET, corpus, needs_atheris, ran

from fuzz.cli import run
from fuzz.guided.units import Drawn, parsed

pytestmark = needs_atheris


def test_units_that_reach_something_new_are_kept(tmp_path: Path) -> None:
    """Out of nothing; each is a case."""
    kept = tmp_path / "kept"
    kept.mkdir()
    done = ran(TARGET, "-runs=30", "-seed=1", kept, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "Done 30 runs" in done.stderr
    assert re.search(r"^differential: \d\d cases, .*; features \d+ of 1,\d+; branches \d+;", done.stderr, re.MULTILINE)
    units = [path.read_bytes() for path in kept.iterdir()]
    assert len(units) > 8
    assert all(isinstance(parsed(unit), Drawn) for unit in units)


def test_the_same_seed_makes_the_same_units(tmp_path: Path) -> None:
    started = corpus(tmp_path / "corpus", 0, 1, 2)
    for name in ("one", "other"):
        (tmp_path / name).mkdir()
        done = ran(TARGET, "-runs=25", "-seed=2", "--engine=reference", tmp_path / name, started, cwd=tmp_path)
        assert done.returncode == 0, done.stderr
    one, other = ({path.name for path in (tmp_path / name).iterdir()} for name in ("one", "other"))
    assert one == other
    assert len(one) > 5


def test_the_command_runs_a_target(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    started = corpus(tmp_path / "corpus", 0)
    assert run(["atheris", "differential", "-runs=3", "-seed=3", "--engine=reference", str(started)]) == 0
    assert "Done 3 runs" in capfd.readouterr().err
