"""`factfuzz minimize` as a person uses it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from minimise_scripts import COMPONENTS, WAST, buried, finding, script

from fuzz.cli import run


def refused(capsys: pytest.CaptureFixture[str], *args: str) -> str:
    assert run(args) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.startswith("factfuzz: ") and captured.err.count("\n") == 1
    return captured.err


def test_the_result_explains_itself_and_shows_the_same(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    letters = (COMPONENTS / "letters.wat").read_text(encoding="utf-8")
    calls = '(assert_return (invoke "run"))\n' * 3
    case = script(tmp_path, f"{buried(finding('post-return-may-leave'), letters, 2)}\n{calls}")
    assert run(["minimize", str(case), "--json"]) == 0
    captured = capsys.readouterr()
    told = json.loads(captured.out)
    assert told["signature"].startswith("call reference+compiled=trapped:cannot-leave | native=returned")
    assert (told["kind"], told["complete"], told["interrupted"]) == ("engine wrong", True, False)
    assert told["after"]["calls"] == 1 and told["after"]["bytes"] < told["before"]["bytes"] / 5
    out = tmp_path / "case.min.wast"
    assert told["out"] == str(out)
    text = out.read_text(encoding="utf-8")
    assert text.startswith(";; factfuzz made this smaller, from case.wast\n;;   before: 3 calls")
    assert ";; To see it: factfuzz run case.min.wast\n" in text
    assert ";;   native               returned\n" in text
    assert text.rstrip().endswith(";; cannot-leave")
    assert run(["run", str(out), "--json"]) == 1
    ran = json.loads(capsys.readouterr().out)
    assert [r["failed"] for r in ran["reports"]] == [0, 0, 1]


def test_engines_that_agree(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    case = script(tmp_path, (WAST / "after-a-trap.wast").read_text(encoding="utf-8"))
    said = refused(capsys, "minimize", str(case))
    assert f"{case}: the engines agree, there is nothing to minimise (reference, compiled, native)" in said
    assert list(tmp_path.iterdir()) == [case]


def test_what_cannot_be_minimised(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    case = script(tmp_path, finding("post-return-may-leave"))
    assert "is the script that is to be minimised" in refused(capsys, "minimize", str(case), "-o", str(case))
    assert "is a directory" in refused(capsys, "minimize", str(case), "-o", str(tmp_path))
    assert "there is no directory" in refused(capsys, "minimize", str(case), "-o", str(tmp_path / "no" / "x.wast"))
    assert "no such file" in refused(capsys, "minimize", str(tmp_path / "nothing.wast")).lower()
    assert "expected a duration" in refused(capsys, "minimize", str(case), "--time", "soon")
    assert "unknown engine" in refused(capsys, "minimize", str(case), "--engine", "v8")
    script(tmp_path, "(component (core module")
    assert "case.wast" in refused(capsys, "minimize", str(case))
    (tmp_path / "case.wast").write_bytes(b"\xff\xfe")
    assert "case.wast" in refused(capsys, "minimize", str(case))
