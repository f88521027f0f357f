"""`factfuzz features`."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from fuzz.cli import run
from fuzz.coverage.possible import GROUPS, ORDER, POSSIBLE, UNDRAWN
from fuzz.store.directory import INDEX
from fuzz.store.records import Counts, RunKey, Seen
from fuzz.store.store import Store

SCRIPTS = Path(__file__).parents[2] / "wast"
FEATURE, OTHER = "memory: i32 to i32, params", "memory: i64, export"


def stored(directory: Path, seed: int, cases: int, features: dict[str, Seen]) -> Path:
    """A campaign's directory with one more run: its first *cases* cases, of which these showed something."""
    key = RunKey(seed, (("reference", "0.1.0"),), "guarded", "generators.families:swarm", "0.1.0")
    with Store.writing(directory) as store:
        store.add(store.begin_run(key, ORDER), 0, cases, Counts(cases=cases, features=features))
    return directory


def told(capsys: pytest.CaptureFixture[str], *args: str | Path) -> str:
    assert run(["features", *map(str, args)]) == 0
    return capsys.readouterr().out


@pytest.fixture
def campaign(tmp_path: Path) -> Path:
    return stored(tmp_path / "night", 5, 1000, {FEATURE: Seen(40, 17, 800)})


def test_without_a_path_it_lists_what_is_possible(capsys: pytest.CaptureFixture[str]) -> None:
    lines = told(capsys).splitlines()
    assert sum(line.strip() == "i32 to i32, params" for line in lines) == 1
    assert all(any(line.startswith(f"{group.name}: ") for line in lines) for group in GROUPS)
    assert any("validation allows 10,000 cases" in line for line in lines), "what is excluded, with the reason"
    assert lines[-1].split() == ["all", str(len(POSSIBLE))]


def test_a_campaign_by_group(capsys: pytest.CaptureFixture[str], campaign: Path) -> None:
    lines = told(capsys, campaign, "--group", "memory").splitlines()
    assert any(line.split() == ["i32", "to", "i32,", "params", "40", "case", "17", "of", "seed", "5"] for line in lines)
    assert any(line.split() == ["i64,", "export", "never"] for line in lines)
    assert "features in 1000 cases" in lines
    assert lines[-1].split() == ["memory", "1", "12", "11"]


def test_only_what_is_missing(capsys: pytest.CaptureFixture[str], campaign: Path) -> None:
    out = told(capsys, campaign, "--group", "memory", "--missing")
    assert "i32 to i32, params" not in out and "i64, export" in out and "not possible" not in out


def test_what_no_generated_case_has_is_explained(capsys: pytest.CaptureFixture[str], campaign: Path) -> None:
    assert UNDRAWN.keys() < POSSIBLE and all(UNDRAWN.values())
    never = [line.split() for line in told(capsys, campaign, "--group", "list", "--missing").splitlines()]
    assert any(line[:6] == ["256", "and", "more", "handles", "never", "not"] for line in never)
    document = json.loads(told(capsys, campaign, "--group", "list", "--json"))
    assert [f["feature"] for f in document["groups"][0]["features"] if "why" in f] == ["list: 256 and more handles"]


def test_several_paths_are_added_up(capsys: pytest.CaptureFixture[str], campaign: Path, tmp_path: Path) -> None:
    other = stored(tmp_path / "day", 6, 10, {FEATURE: Seen(2, 3, 7), OTHER: Seen(1, 9, 9)})
    document = json.loads(told(capsys, campaign, other, SCRIPTS / "lists.wast", "--group", "memory", "--json"))
    found = {f["feature"]: f for f in document["groups"][0]["features"]}
    assert found[FEATURE] == {"feature": FEATURE, "cases": 43, "first": "case 17 of seed 5"}, "40 and 2 and the script"
    assert found[OTHER] == {"feature": OTHER, "cases": 1, "first": "case 9 of seed 6"}
    assert (document["cases"], document["possible"], document["unlisted"]) == (1011, 12, [])


def test_scripts_are_run(capsys: pytest.CaptureFixture[str]) -> None:
    path = SCRIPTS / "char-limits.wast"
    document = json.loads(told(capsys, path, "--group", "junk", "--json"))
    seen = {f["feature"]: f["first"] for f in document["groups"][0]["features"] if f["cases"]}
    assert seen["junk: char U+D800, flat"] == str(path)
    assert document["seen"] == len(seen)


def test_an_endless_guest_ends(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("fuzz.coverage.seen.FUEL", 100_000)
    (tmp_path / "loop.wast").write_text("""(component
      (core module $M (func (export "f") (loop $l (br $l)))) (core instance $i (instantiate $M))
      (func (export "f") (canon lift (core func $i "f"))))
      (assert_trap (invoke "f") "all fuel consumed")""")
    document = json.loads(told(capsys, tmp_path, "--group", "trap", "--json"))
    seen = [f["feature"] for f in document["groups"][0]["features"] if f["cases"]]
    assert seen == ["trap: of another kind in callee"]


@pytest.mark.parametrize(("args", "said"), [
    (["nowhere"], "nowhere: no such file or folder"),
    (["README.md"], "README.md: a campaign's directory, a .wast script, or a directory of scripts is expected"),
    (["--missing"], "no path is given"),
    (["--group", "colour"], "no group is called 'colour': there are type, value"),
])
def test_bad_usage(
    args: list[str], said: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(Path(__file__).parents[3])
    assert run(["features", *args]) == 2
    captured = capsys.readouterr()
    assert captured.out == "" and said in captured.err and captured.err.count("\n") == 1


def test_a_directory_with_neither(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["features", str(tmp_path)]) == 2
    assert "no script (.wast) in this folder" in capsys.readouterr().err


def test_a_script_that_cannot_be_read_among_others_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "good.wast").write_text("(component)")
    (tmp_path / "bad.wast").write_text("(nothing")
    assert "not run: " in told(capsys, tmp_path, "--group", "memory")
    assert run(["features", str(tmp_path / "bad.wast")]) == 2


@pytest.mark.parametrize(("component", "said"), [
    ('(import "a" (func $f async)) (core func (canon lower (func $f) async))', "async"),
    ('(type (list string)) (func (export "f") (result string) (canon lift (core func 0)))', "refused as invalid"),
])
def test_a_component_that_is_not_run_is_told(
    component: str, said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "later.wast"
    path.write_text(f'(component)\n(component {component})\n(assert_return (invoke "f"))')
    document = json.loads(told(capsys, path, "--json"))
    (line,) = document["unreadable"]
    assert line.startswith(f"{path}: line 2: ") and said in line, "not what depends on it"
    assert document["seen"] > 0, "of the other"


@pytest.mark.parametrize("content", [b"\xff\0" * 100, b"SQLite format 3\0" + b"\xff" * 5000, b""])
def test_an_index_that_is_none_is_refused(
    content: bytes, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / INDEX).write_bytes(content)
    assert run(["features", str(tmp_path)]) == 2
    captured = capsys.readouterr()
    assert str(tmp_path) in captured.err and captured.err.count("\n") == 1 and not captured.out


def test_runs_of_one_store_are_added_up(campaign: Path, capsys: pytest.CaptureFixture[str]) -> None:
    stored(campaign, 6, 10, {FEATURE: Seen(2, 3, 7)})
    document = json.loads(told(capsys, campaign, "--group", "memory", "--json"))
    found = {f["feature"]: f for f in document["groups"][0]["features"]}
    assert (document["cases"], found[FEATURE]["cases"]) == (1010, 42)


def test_features_of_another_version_are_told(campaign: Path, capsys: pytest.CaptureFixture[str]) -> None:
    stored(campaign, 6, 10, {FEATURE: Seen(1, 2, 2), "memory: of yore": Seen(2, 3, 9)})
    document = json.loads(told(capsys, campaign, "--group", "memory", "--json"))
    assert (document["unlisted"], document["seen"]) == (["memory: of yore"], 1)
