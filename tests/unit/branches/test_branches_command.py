"""`factfuzz branches`, and the census behind it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from fuzz.cli import run
from fuzz.coverage.branches import Census

SCRIPTS = Path(__file__).parents[2] / "wast"

CASE = """(component
  (component $Callee
    (core module $M (func (export "g") (param i32)))
    (core instance $i (instantiate $M))
    (func (export "g") (param "c" char) (canon lift (core func $i "g"))))
  (component $Caller
    (import "g" (func $g (param "c" char)))
    (core func $g (canon lower (func $g)))
    (core module $M
      (import "" "g" (func $g (param i32))) (func (export "f") (param i32) (call $g (local.get 0))))
    (core instance $i (instantiate $M (with "" (instance (export "g" (func $g))))))
    (func (export "f") (param "c" u32) (canon lift (core func $i "f"))))
  (instance $callee (instantiate $Callee))
  (instance $caller (instantiate $Caller (with "g" (func $callee "g"))))
  (export "f" (func $caller "f")))
"""
PASSES, TRAPS = (f"adapter: lift param: invalid-char: {way}" for way in ("passes", "traps"))


@pytest.fixture
def script(tmp_path: Path) -> Path:
    path = tmp_path / "char.wast"
    path.write_text(f'{CASE}(assert_return (invoke "f" (u32.const 65)))\n(assert_return (invoke "f" (u32.const 66)))\n')
    return path


@pytest.fixture
def hostile(tmp_path: Path) -> Path:
    path = tmp_path / "hostile.wast"
    path.write_text(f'{CASE}(assert_trap (invoke "f" (u32.const 55296)) "char")\n')
    return path


def told(capsys: pytest.CaptureFixture[str], *args: str | Path) -> str:
    assert run(["branches", *map(str, args)]) == 0
    return capsys.readouterr().out


def names(document: Any) -> dict[str, dict[str, Any]]:
    return {row["name"]: row for kind in document["kinds"] for row in kind["names"]}


def test_a_census_adds_up() -> None:
    census = Census()
    census.add("first", {"copy: entered": 2, "adapter: x: yes": 0})
    census.add("second", {"adapter: x: yes": 3, "handles.add: entered": 1})
    census.add("third", {"adapter: x: yes": 4})
    x, entered = census.tallies["adapter: x: yes"], census.tallies["copy: entered"]
    assert (x.emitted, x.emitted_in, x.cases, x.times, x.taken_in) == (3, "first", 2, 7, "second")
    assert (entered.emitted, entered.cases, entered.times, entered.taken_in) == (1, 1, 2, "first")
    assert list(census.kinds()) == ["adapter", "copy", "handles.add"] and census.cases == 3


def test_what_was_never_taken(capsys: pytest.CaptureFixture[str], script: Path) -> None:
    out = told(capsys, script)
    lines = [line.split() for line in out.splitlines()]
    assert ["adapter:", "never", "taken"] in lines
    (row,) = [line for line in lines if line[:3] == ["lift", "param:", "invalid-char:"]]
    assert row[3:5] == ["traps", "1"]
    assert lines[-1] == ["adapter", "2", "3", "66", "%"]


def test_several_scripts_and_directories(capsys: pytest.CaptureFixture[str], script: Path, hostile: Path) -> None:
    document = json.loads(told(capsys, script.parent, "--json"))
    assert document["cases"] == 2
    found = names(document)
    assert found[PASSES] == {
        "name": PASSES, "emitted": 2, "emitted_in": str(script), "cases": 1, "times": 2, "taken_in": str(script),
    }
    assert (found[TRAPS]["cases"], found[TRAPS]["taken_in"]) == (1, str(hostile))
    assert document["kinds"][0]["taken"] == document["kinds"][0]["branches"] == 3
    assert "never taken" not in told(capsys, script.parent)


def test_generated_cases(capsys: pytest.CaptureFixture[str]) -> None:
    document = json.loads(told(capsys, "--seed", "5", "--cases", "6", "--json"))
    assert document["cases"] == 6 and "case 0 of seed 5" in {row["emitted_in"] for row in names(document).values()}
    assert json.loads(told(capsys, "--seed", "5", "--cases", "6", "--json")) == document


def test_one_kind_of_function(capsys: pytest.CaptureFixture[str]) -> None:
    document = json.loads(told(capsys, SCRIPTS / "lists.wast", "--function", "copy", "--json"))
    assert [kind["kind"] for kind in document["kinds"]] == ["copy"]
    assert "copy: n >= 17: yes" in names(document)


def test_listings_of_one_case_and_of_many(capsys: pytest.CaptureFixture[str], script: Path, hostile: Path) -> None:
    told(capsys, script, "--wat", script.parent / "out")
    (check,) = [line for line in (script.parent / "out" / "adapter-0.wat").read_text().splitlines() if "(if" in line]
    assert check.split("|")[0].split() == ["#####", "2"]
    told(capsys, script, hostile, "--wat", script.parent / "both")
    assert sorted(path.name for path in (script.parent / "both").glob("*/*.wat")) == ["adapter-0.wat"] * 2


def test_a_listing_on_stdout(capsys: pytest.CaptureFixture[str], hostile: Path) -> None:
    out = told(capsys, hostile, "--wat", "-")
    assert out.startswith(f";; {hostile}: adapter-0.wat\n") and "never taken" not in out
    (check,) = [line for line in out.splitlines() if "(if" in line]
    assert check.split("|")[0].split() == ["1", "#####"]


def test_what_cannot_be_run_is_said(capsys: pytest.CaptureFixture[str], script: Path) -> None:
    (script.parent / "broken.wast").write_text("(component")
    assert "not run: " in told(capsys, script.parent)
    document = json.loads(told(capsys, script.parent, "--json"))
    assert document["cases"] == 1 and len(document["not_run"]) == 1


@pytest.mark.parametrize(("args", "said"), [
    ((), "nothing to run: a script (.wast), a directory of scripts, or --seed N is expected"),
    (("--cases", "5"), "--cases: how many cases of a seed to run, and no --seed is given"),
    (("nowhere",), "nowhere: no such file or folder"),
    (("--seed", "-1"), "--seed"),
    (("--seed", "1", "--cases", "0"), "--cases"),
    (("{script}", "--function", "cpy"), "no function of the kind 'cpy' was emitted: there are adapter"),
    (("{script}", "--wat", "{script}"), "cannot be written to"),
    (("{broken}",), "broken.wast"),
])
def test_wrong_uses(
    capsys: pytest.CaptureFixture[str], script: Path, args: tuple[str, ...], said: str
) -> None:
    broken = script.parent / "broken.wast"
    broken.write_text("(component")
    assert run(["branches", *(arg.format(script=script, broken=broken) for arg in args)]) == 2
    captured = capsys.readouterr()
    assert captured.out == "" and captured.err.startswith("factfuzz: ") and captured.err.count("\n") == 1
    assert said in captured.err
