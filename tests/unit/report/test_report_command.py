"""`factfuzz report` on real stores."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from msgspec.structs import replace
from report_checker import checked
from report_samples import ENGINES, EVENING, KEY, SCRIPT, finding

from fuzz.cli import run
from fuzz.coverage.possible import ORDER
from fuzz.store.records import Counts, Death, EngineCount, KnownCheck, RunKey, Sample, Seen, Session
from fuzz.store.store import Store


def make_store(path: Path, seed: int = 7, findings: int = 2) -> Path:
    """A campaign of 300 cases in a minute."""
    key = RunKey(seed, ENGINES, "guarded", "generators.stream:case", "0.1.0")
    with Store.writing(path) as store:
        run_id = store.begin_run(key, ORDER)
        store.begin_session(Session(f"s{seed}", run_id, f"host-{seed}", 1, 2, EVENING, 60.0, 300, "cases"))
        signatures = {}
        for n in range(findings):
            one, sha = finding(n), store.keep_case(f";; {n}\n{SCRIPT}")
            case = replace(one.smallest, sha=sha, run=run_id, number=17 + n)
            store.set_finding(replace(one, smallest=case, original=case, name=f"case-{n}-{seed}"))
            signatures[one.signature] = Seen(3, 17 + n, 200)
        store.add(run_id, 0, 300, Counts(
            cases=300, calls=900, busy=100.0, divergences=6,
            engines={name: EngineCount(300, 20.0, 5.0, 5.0) for name, _ in ENGINES},
            features={f: Seen(1 + i % 7, 2, 250) for i, f in enumerate(ORDER) if i % 3}, signatures=signatures,
            known={"wasmtime-self-call": Seen(9, 1, 299)},
        ))
        for i in range(1, 7):
            store.add_sample(Sample(f"s{seed}", 10.0 * i, EVENING + 10 * i, 50 * i, 150 * i, 200 * i, 0, 0, 0, 0,
                                    40 << 20, (200 << 20, 210 << 20), 19.0 * i))
        store.add_death(Death(f"s{seed}", 1, EVENING + 5, "killed by signal 9", 3, note="ran well in a fresh process"))
        store.set_known_check(KnownCheck(run_id, "wasmtime-self-call", "differs"))
    return path


def test_it_writes_beside_the_store_and_says_where(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    night = make_store(tmp_path / "night")
    assert run(["report", str(night)]) == 0
    path = night / "report.html"
    html = path.read_text(encoding="utf-8")
    assert capsys.readouterr().out == f"{path}  {path.stat().st_size / 1024:.0f} KiB\n"
    seen = checked(html)
    assert seen.problems == []
    assert seen.tags["article"] == 2
    assert f"factfuzz run {night / 'findings' / 'case-0-7.wast'}" in "".join(seen.text)


def test_the_same_store_gives_the_same_bytes(tmp_path: Path):
    night = make_store(tmp_path / "night")
    for name in ("a.html", "b.html"):
        assert run(["report", str(night), "-o", str(tmp_path / name)]) == 0
    assert (tmp_path / "a.html").read_bytes() == (tmp_path / "b.html").read_bytes()
    assert not (night / "report.html").exists()


def test_json_is_the_data_of_the_page_and_nothing_is_written(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    night = make_store(tmp_path / "night")
    assert run(["report", "--json", str(night)]) == 0
    data = json.loads(capsys.readouterr().out)
    assert data["cases"] == 300
    assert [f["name"] for f in data["findings"]] == ["case-1-7", "case-0-7"]
    assert [plot["name"] for plot in data["plots"]] == ["rates", "features", "memory"]
    assert data["known"][0]["title"].startswith("A component may not call its own lift")
    assert not (night / "report.html").exists()


def test_several_directories_are_told_of_together(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    a, b = make_store(tmp_path / "a", 7, 2), make_store(tmp_path / "b", 8, 3)
    assert run(["report", "--json", str(a), str(b)]) == 0
    data = json.loads(capsys.readouterr().out)
    assert data["directories"] == [str(a), str(b)]
    assert data["cases"] == 600
    assert sorted(f["cases"] for f in data["findings"]) == [3, 6, 6]
    assert {s["host"] for s in data["sessions"]} == {"host-7", "host-8"}
    for f in data["findings"]:
        assert Path(f["path"]).read_text(encoding="utf-8") == f["wast"]


def test_a_directory_that_is_no_store(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    assert run(["report", str(tmp_path / "none")]) == 2
    assert len(capsys.readouterr().err.splitlines()) == 1
    assert run(["report"]) == 2


def test_a_place_that_cannot_be_written(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    night = make_store(tmp_path / "night")
    page = tmp_path / "no" / "page.html"
    assert run(["report", str(night), "-o", str(page)]) == 2
    assert capsys.readouterr().err == f"factfuzz: {page}: cannot be written: No such file or directory\n"


def test_a_campaign_that_is_writing(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    night = make_store(tmp_path / "night")
    with Store.writing(night) as store:
        store.begin_session(Session("now", KEY.id, "h", 1, 2, EVENING + 4000, 5.0, 1))
        store.flush()
        assert run(["report", "--json", str(night)]) == 0
    data = json.loads(capsys.readouterr().out)
    assert data["running"] is True
    assert [s["ended"] for s in data["sessions"]] == ["it had run all cases asked for", "still running"]
