from __future__ import annotations

from pathlib import Path

from guided_faults import unit_that_shows_it
from guided_processes import PLANTED, needs_atheris, ran

from fuzz.cli import run
from fuzz.script import from_wast

pytestmark = needs_atheris


def test_a_fault_is_found_explained_and_made_smaller(tmp_path: Path) -> None:
    kept, artifacts = tmp_path / "corpus", tmp_path / "found"
    kept.mkdir()
    artifacts.mkdir()
    (kept / "unit").write_bytes(unit_that_shows_it())
    done = ran(PLANTED, "-runs=100", "-seed=1", f"-artifact_prefix={artifacts}/", kept, cwd=tmp_path)
    assert done.returncode == 77
    assert "disagreement: call" in done.stderr
    assert "Disagreement: call" in done.stdout
    (crash,) = artifacts.glob("crash-*")
    (script,) = artifacts.glob("*.wast")
    assert from_wast(script.read_text()).origin.verdict

    done = ran(PLANTED, "-minimize_crash=1", "-runs=4", f"-artifact_prefix={artifacts}/", crash, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    smallest = min((path.stat().st_size, path) for path in artifacts.glob("minimized-*"))
    assert smallest[0] < crash.stat().st_size / 2
    assert ran(PLANTED, smallest[1], cwd=tmp_path).returncode == 77
    assert script.stat().st_size < crash.stat().st_size / 2
    assert run(["run", str(script)]) == 0, "without the fault, all agree on it, and it expects what the reference does"
