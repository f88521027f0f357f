from __future__ import annotations

from pathlib import Path

from guided_processes import TARGET, corpus, needs_atheris, ran

pytestmark = needs_atheris


def test_merging_takes_what_shows_something_new(tmp_path: Path) -> None:
    """libFuzzer does it in another process, which numbers what is reached as this one does."""
    first, second = corpus(tmp_path / "first", 0, 1), corpus(tmp_path / "second", 1, 2, 3)
    (second / "README").write_text("not a case")
    done = ran(TARGET, "-merge=1", "--engine=reference,compiled", first, second, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    before, offered = {"0.wast", "1.wast"}, {p.read_bytes() for p in second.iterdir()}
    taken = [path for path in first.iterdir() if path.name not in before]
    assert taken
    assert {path.read_bytes() for path in taken} <= {unit for unit in offered if unit.startswith(b";;")}
    again = ran(TARGET, "-merge=1", "--engine=reference,compiled", first, second, cwd=tmp_path)
    assert again.returncode == 0
    assert "0 new files with 0 new features added" in again.stderr


def test_fuzzing_in_forks(tmp_path: Path) -> None:
    kept = corpus(tmp_path / "corpus", 0, 1)
    done = ran(TARGET, "-fork=1", "-runs=6", "--engine=reference", kept, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "INFO: -fork=1: 2 seed inputs" in done.stderr
    assert len(list(kept.iterdir())) > 2
