"""`factfuzz findings`: the short list in the morning, and what CI is given of it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import junitparser
import msgspec
import pytest
from click import unstyle
from view_stores import BEGAN, KEY, NASTY, SCRIPT, Writing, night, written

import fuzz.report.junit
import fuzz.views.shortlist
from fuzz.cli import run
from fuzz.errors import UsageError
from fuzz.report.junit import write_junit
from fuzz.store.records import Finding, RunKey, Seen
from fuzz.store.store import Store
from fuzz.views.shortlist import Shortlist, shortlist_of
from fuzz.views.shortlist_text import list_lines


def unknown(finding: Finding, key: RunKey) -> str:
    return ""


def crashes_are_known(finding: Finding, key: RunKey) -> str:
    assert dict(key.engines)["native"] == "50.0.1"
    return "wasmtime-crash" if finding.verdict.kind == "crash" else ""


@pytest.fixture
def known_crashes(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (fuzz.views.shortlist, fuzz.report.junit):
        monkeypatch.setattr(module, "known_by_now", crashes_are_known)


def list_of(path: Path) -> Shortlist:
    with Store.reading(path) as store:
        return shortlist_of(store, [path], unknown)


def shown(path: Path) -> str:
    return unstyle("\n".join(list_lines(list_of(path), False)))


def test_the_short_list(tmp_path: Path) -> None:
    path = night(tmp_path / "night")
    blocks = shown(path).split("\n\n")
    assert blocks[0].splitlines() == [
        f"1. {list_of(path).open[0].name}  engine wrong, native stands alone",
        "     call 0, run()",
        "     reference, compiled  returned",
        "     native               trapped: cannot-leave",
        "     CanonicalABI.md, canon lift",
        "     12 cases, first 50, last 600; minimised, reproduced 3 of 3",
        f"     {path}/findings/{list_of(path).open[0].name}.wast",
    ]
    assert "1 case, number 40; minimised, flaky: reproduced 1 of 3" in blocks[2]
    assert "4 cases, first 41, last 300; not minimised, not checked" in blocks[3]
    assert blocks[-1] == "4 findings: engine wrong 2, crash 1, hang 1"


def test_the_worst_and_the_most_frequent_come_first(tmp_path: Path) -> None:
    kinds = ("our bug", "specification unclear", "resource use", "hang", "crash", "engine wrong")
    with written(tmp_path / "night") as w:
        for number, kind in enumerate(kinds):
            for name in ("rare", "frequent"):
                w.finding(f"{name} {kind}", kind, wast=f"{SCRIPT};; {name} {number}")  # type: ignore[arg-type]
        signatures = {f"frequent {kind}": Seen(9, 0, 9) for kind in kinds} | {f"rare {k}": Seen(1, 1, 1) for k in kinds}
        w.cases(0, 10, signatures=signatures)
    assert [x.signature for x in list_of(tmp_path / "night").open] == [
        f"{name} {kind}" for kind in reversed(kinds) for name in ("frequent", "rare")
    ]


def test_how_to_run_it_again(tmp_path: Path) -> None:
    free = msgspec.structs.replace(KEY, reentrance="free")
    with written(tmp_path / "a night's", free) as w:
        finding = w.finding("call x")
    (listed,) = list_of(tmp_path / "a night's").open
    assert listed.path == f"{tmp_path}/a night's/findings/{finding.name}.wast"
    quoted = listed.path.replace("'", "'\"'\"'")
    assert listed.rerun == f"factfuzz run '{quoted}' --reentrance free"
    assert listed.rerun in shown(tmp_path / "a night's")
    Path(listed.path).unlink()
    (again,) = list_of(tmp_path / "a night's").open
    assert Path(again.path).read_text() == SCRIPT, "without its copy, the case itself"


def test_one_finding_with_all_about_it(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = night(tmp_path / "night")
    assert run(["findings", str(path), "crash"]) == 1
    text = capsys.readouterr().out
    for words in ("class         crash", "stands alone  native", "why           native traps, and two engines return.",
                  "section       CanonicalABI.md, canon lift", "message       wasm trap: trapped: cannot-leave",
                  "signature     crash native", "native               trapped: cannot-leave", "seed          7",
                  SCRIPT + "(; c ;)"):
        assert words in text
    assert run(["findings", str(path), "crash", "--json"]) == 1
    document = json.loads(capsys.readouterr().out)
    assert document["wast"] == SCRIPT + "(; c ;)" and document["flaky"] and document["cases"] == 1
    assert document["sides"][1] == {"engines": ["native"], "saw": "trapped: cannot-leave",
                                    "state": ["handles of it: 1 own"]}


@pytest.mark.parametrize(("name", "said"), [("nihgt", "neither a directory nor"), ("call", "2 findings"),
                                            ("./no/where", "no such directory")])
def test_names_that_do_not_fit(name: str, said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["findings", str(night(tmp_path / "night")), name]) == 2
    err = capsys.readouterr().err
    assert said in err and len(err.splitlines()) == 1


def test_exit_status_kinds_and_json(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = str(night(tmp_path / "night"))
    with written(tmp_path / "quiet") as w:
        w.cases(0, 5)
    assert run(["findings", str(tmp_path / "quiet")]) == 0 and capsys.readouterr().out == "no findings\n"
    assert run(["findings", path, "--kind", "hang", "--kind", "crash", "--json"]) == 1
    assert [x["kind"] for x in json.loads(capsys.readouterr().out)["open"]] == ["crash", "hang"]
    assert run(["findings", path, "--kind", "our bug"]) == 0
    assert run(["findings", path, "--kind", "mistake"]) == 2


@pytest.mark.usefixtures("known_crashes")
def test_what_is_known_by_now_is_listed_apart(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = str(night(tmp_path / "night"))
    assert run(["findings", path]) == 1
    text = capsys.readouterr().out
    assert text.index("3. hang-native") < text.index("known by now, and not counted:")
    assert "crash-native-7f07bb71: wasmtime-crash, 1 case" in text
    assert text.endswith("3 findings: engine wrong 2, hang 1; 1 known by now\n")
    assert run(["findings", path, "--kind", "crash", "--known"]) == 0
    assert "flaky: reproduced 1 of 3" in capsys.readouterr().out
    assert run(["findings", path, "crash"]) == 0


def test_several_directories_are_one_list(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    one = night(tmp_path / "one")
    other = msgspec.structs.replace(KEY, seed=8)
    with written(tmp_path / "two", other) as w:
        w.finding("crash native", "crash", wast="(component)", number=2)
        w.finding("call only here", number=5, wast=SCRIPT + ";; here")
        w.cases(0, 100, signatures={"crash native": Seen(2, 2, 9), "call only here": Seen(1, 5, 5)})
    assert run(["findings", str(one), str(tmp_path / "two"), "--json"]) == 1
    found = {x["signature"]: x for x in json.loads(capsys.readouterr().out)["open"]}
    assert len(found) == 5
    crash = found["crash native"]
    assert crash["cases"] == 3 and crash["first_case"] == 2 and crash["last_case"] == 40
    assert Path(crash["path"]).read_text() == "(component)" and crash["path"].startswith(str(tmp_path / "two"))
    assert Path(found["hang native"]["path"]).is_relative_to(one) and found["call only here"]["seed"] == 8
    assert run(["findings", str(one), str(one), "--json"]) == 1
    twice = {x["signature"]: x["cases"] for x in json.loads(capsys.readouterr().out)["open"]}
    assert run(["findings", str(one), str(tmp_path / "two"), "--junit", str(tmp_path / "junit.xml")]) == 1
    assert f"factfuzz run {crash['path']}" in (tmp_path / "junit.xml").read_text(), "not of where they were merged"
    assert twice["hang native"] == 4, "the same cases are not counted twice"


def nasty(w: Writing) -> Finding:
    wast = f';; "{NASTY}" ]]> <&> \n(component)\n;; ' + "x" * 200_000
    finding = w.finding("call nasty", title=f"call 0, f(\"{NASTY}\")", saw=f'returned "{NASTY}" <]]>&' + "y" * 100_000,
                        wast=wast)
    w.cases(0, 9, signatures={"call nasty": Seen(1, 3, 3)}, unmapped={NASTY: 1},
            known={"wasmtime-donut-reentrance": Seen(2, 0, 1), NASTY: Seen(1, 0, 0)})
    return finding


def test_nothing_that_a_case_says_gets_at_the_terminal(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with written(tmp_path / "night") as w:
        name = nasty(w).name
    for arguments in ([], ["--json"], [name], [name, "--json"]):
        run(["findings", str(tmp_path / "night"), *arguments])
        text = capsys.readouterr().out
        assert text and all(c.isprintable() or c == "\n" for c in text)
        assert "--json" in arguments or max(map(len, text.splitlines())) < 1100
    run(["status", str(tmp_path / "night")])
    assert all(c.isprintable() or c == "\n" for c in capsys.readouterr().out)


def junit_of(path: Path, to: Path) -> ElementTree.Element:
    with Store.reading(path) as store:
        write_junit(store, [path], to)
    return ElementTree.parse(to).getroot()


@pytest.mark.usefixtures("known_crashes")
def test_junit(tmp_path: Path) -> None:
    path = night(tmp_path / "night")
    root = junit_of(path, tmp_path / "junit.xml")
    assert {k: root.attrib[k] for k in ("tests", "failures", "errors", "skipped")} == {
        "tests": "6", "failures": "3", "errors": "0", "skipped": "2",
    }
    cases = {case.attrib["name"]: case for case in root.iter("testcase")}
    assert len(cases) == 6 and cases["campaign"].find("failure") is None and cases["campaign"].find("skipped") is None
    assert cases["campaign"].attrib["time"] == "120.0"
    hang = next(case for name, case in cases.items() if name.startswith("hang"))
    failure = hang.find("failure")
    assert failure is not None and failure.attrib == {"message": "call 0, run()", "type": "hang"}
    assert hang.attrib["classname"] == "factfuzz.hang"
    assert "native stands alone" not in str(failure.text) and f"{SCRIPT}(; h ;)" in str(failure.text)
    assert "native traps, and two engines return." in str(failure.text)
    assert {name: skipped.attrib["message"] for name, case in cases.items() for skipped in case.iter("skipped")} == {
        "crash-native-7f07bb71": "known by now: wasmtime-crash; 1 case, number 40",
        "wasmtime-reentrance": "known difference: wasmtime-reentrance; 5 cases",
    }
    (suite,) = junitparser.JUnitXml.fromfile(str(tmp_path / "junit.xml"))
    assert (suite.tests, suite.failures, suite.skipped) == (6, 3, 2)
    assert [case.name for case in suite if case.is_failure] == [x.name for x in list_of(path).open if x.kind != "crash"]


def test_junit_of_control_characters_is_valid_xml_and_holds_the_whole_case(tmp_path: Path) -> None:
    with written(tmp_path / "night") as w:
        nasty(w)
    root = junit_of(tmp_path / "night", tmp_path / "junit.xml")
    (failure,) = root.iter("failure")
    text = str(failure.text)
    assert "x" * 200_000 in text and "]]> <&>" in text and r"\x1b]0;owned\x07\x1b[2J\u202e\x9b31m\x00\ufffe" in text
    assert all(c.isprintable() or c == "\n" for c in text)
    assert len(list(root.iter("skipped"))) == 2
    assert len(junitparser.JUnitXml.fromfile(str(tmp_path / "junit.xml"))) == 1


def test_junit_is_written_whole_or_refused_in_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = str(night(tmp_path / "night"))
    assert run(["findings", path, "--junit", str(tmp_path / "j.xml")]) == 1
    assert ElementTree.parse(tmp_path / "j.xml").getroot().attrib["failures"] == "4"
    capsys.readouterr()
    assert run(["findings", path, "--junit", str(tmp_path / "no" / "j.xml")]) == 2
    out, err = capsys.readouterr()
    assert out == "" and len(err.splitlines()) == 1 and "j.xml" in err
    with Store.reading(Path(path)) as store, pytest.raises(UsageError):
        write_junit(store, [Path(path)], tmp_path)


def test_a_case_that_is_lost_is_said_to_be(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = night(tmp_path / "night")
    (sha,) = (x.sha for x in list_of(path).open if x.kind == "hang")
    with Store.reading(path) as store:
        store.case_path(sha).unlink()
    assert run(["findings", str(path), "hang"]) == 1
    assert "this case cannot be read" in capsys.readouterr().out
    assert run(["findings", str(path), "--junit", str(tmp_path / "j.xml")]) == 1


def test_when_a_finding_was_seen(tmp_path: Path) -> None:
    with written(tmp_path / "night") as w:
        w.finding("call x")
    (listed,) = list_of(tmp_path / "night").open
    assert (listed.first_seen, listed.last_seen) == (BEGAN, BEGAN + 60)
    assert "case 3; minimised" in shown(tmp_path / "night"), "a finding whose cases are not counted yet"


def test_a_terminal_without_unicode_is_shown_escapes(tmp_path: Path) -> None:
    with written(tmp_path / "night") as w:
        w.finding("call x", saw='returned "☃"')
    command = [sys.executable, "-m", "fuzz", "findings", str(tmp_path / "night")]
    environment = {**os.environ, "PYTHONIOENCODING": "latin-1"}
    ran = subprocess.run(command, env=environment, capture_output=True, text=True, check=False, timeout=60)
    assert ran.returncode == 1 and ran.stderr == ""
    assert r'returned "\u2603"' in ran.stdout
