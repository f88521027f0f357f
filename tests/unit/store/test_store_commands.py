"""`factfuzz merge` and `factfuzz fsck`."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from store_samples import cases, night

from fuzz.cli import run
from fuzz.store.directory import INDEX
from fuzz.store.store import Store


def told(capsys: pytest.CaptureFixture[str], status: int, *args: str | Path) -> str:
    assert run(list(map(str, args))) == status
    captured = capsys.readouterr()
    assert captured.err == ""
    return captured.out


def refused(capsys: pytest.CaptureFixture[str], *args: str | Path) -> str:
    assert run(list(map(str, args))) == 2
    captured = capsys.readouterr()
    assert captured.out == "" and captured.err.count("\n") == 1
    return captured.err


def test_merge_tells_what_came_of_each(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    a, b, c = (tmp_path / name for name in "abc")
    night(a, end=16)
    night(b, first=4096, end=4097, wast="(c)")
    assert told(capsys, 0, "merge", a, b, "-o", c).splitlines() == [
        f"{a}: 16 new cases, 1 new finding",
        f"{b}: 1 new case, 0 new findings, a better case of 1 finding",
        f"{c}: 17 cases of 1 run, 1 finding",
    ]
    document = json.loads(told(capsys, 0, "merge", a, b, "--out", c, "--json"))
    assert document == {
        "path": str(c), "runs": 1, "cases": 17, "findings": 1,
        "taken": [{"source": str(s), "cases": 0, "findings": 0, "smaller": 0, "sessions": 0} for s in (a, b)],
    }


def test_merge_refuses(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    night(tmp_path / "a")
    assert "no: no such directory" in refused(capsys, "merge", tmp_path / "no", "-o", tmp_path / "c")
    assert f"{INDEX} is missing" in refused(capsys, "merge", tmp_path / "a", tmp_path, "-o", tmp_path / "c")
    assert "Missing option" in refused(capsys, "merge", tmp_path / "a")
    (tmp_path / "file").write_text("x")
    assert "is a file" in refused(capsys, "merge", tmp_path / "a", "-o", tmp_path / "file")
    assert "cannot be made" in refused(capsys, "merge", tmp_path / "a", "-o", "/proc/factfuzz")
    with Store.writing(tmp_path / "a"):
        assert "another campaign" in refused(capsys, "merge", tmp_path / "a", "-o", tmp_path / "a")
    assert {p.name for p in tmp_path.iterdir()} == {"a", "file"}


def test_fsck_tells_problems_and_repairs(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    good, bad = tmp_path / "good", tmp_path / "bad"
    night(good)
    night(bad, end=16)
    assert told(capsys, 0, "fsck", good) == f"{good}: consistent\n"
    (good / ".worker-3.journal").write_text("x")
    told_good = told(capsys, 0, "fsck", good).splitlines()
    assert "leftover .worker-3.journal" in told_good[0] and told_good[0].endswith("(harmless)")
    assert told_good[1] == f"{good}: consistent; 1 of what was told is harmless"
    for file in bad.rglob("*.wast"):
        file.unlink()
    lines = told(capsys, 1, "fsck", good, bad).splitlines()
    assert len(lines) == 4 and "--repair: the finding is taken out" in lines[2] and lines[3] == f"{bad}: 1 problem"
    document = json.loads(told(capsys, 1, "fsck", bad, "--json"))
    assert (document[0]["path"], document[0]["consistent"]) == (str(bad), False)
    assert document[0]["problems"][0].keys() == {"kind", "where", "what", "remedy", "harmless", "repaired"}
    lines = told(capsys, 0, "fsck", good, bad, "--repair").splitlines()
    assert all("(repaired: " in line for line in lines if " is consistent" not in line and "consistent" not in line)
    assert told(capsys, 0, "fsck", good, bad) == f"{good}: consistent\n{bad}: consistent\n"
    with Store.reading(good) as store:
        assert store.totals() == cases(0, 64), "which had no problem"


def test_fsck_refuses(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert f"{INDEX} is missing" in refused(capsys, "fsck", tmp_path)
    assert "no such directory" in refused(capsys, "fsck", tmp_path / "no", "--repair")
    night(tmp_path)
    with Store.writing(tmp_path):
        assert told(capsys, 0, "fsck", tmp_path) == f"{tmp_path}: consistent\n"
        assert "another campaign" in refused(capsys, "fsck", tmp_path, "--repair")
