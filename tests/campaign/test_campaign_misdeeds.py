"""Engines that abort, hang, leak, print without end: the campaign goes on, each case counts once, and what they did is
a finding."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from campaign_cases import case, cases_that_raise, cases_where
from campaign_fakes import LARGE, MIB, Campaign
from campaign_stores import content, findings_in

from fuzz.campaign.events import Event, FindingWritten, Summary, WorkerLost
from fuzz.examine import program_of
from fuzz.script import from_wast
from fuzz.store.records import Finding
from fuzz.store.store import Store

CRASHES = [("aborts", "crash aborts SIGABRT"), ("segfaults", "crash segfaults SIGSEGV"),
           ("leaves-a-child", "crash leaves-a-child SIGABRT")]
HANGS = ["pauses-in-c", "loops-in-wasm", "closes-files"]
GLUTTONS = [("leaks", "memory"), ("leaks-natively", "memory"), ("prints-for-ever", "output"),
            ("prints-natively", "output")]


def lost(events: list[Event]) -> list[int]:
    """Numbers of the cases over which workers were lost."""
    return sorted(e.case for e in events if isinstance(e, WorkerLost) and e.case is not None)


def only_finding(out: Path, summary: Summary, bad: list[int], cases: int) -> Finding:
    """Checks that there is one finding, that *bad* cases died of it, and that all of the *cases* are counted once."""
    figures = summary.figures
    assert (summary.exit_status, figures.cases, figures.crashes) == (1, cases, len(bad))
    told = content(out)
    (run,) = told.counts
    counts = told.counts[run]
    assert (counts.cases, counts.deaths, told.done[run]) == (cases, len(bad), ((0, cases),))
    (finding,) = findings_in(out).values()
    (seen,) = counts.signatures.values()
    assert (seen.cases, seen.first, seen.last) == (len(bad), bad[0], bad[-1])
    assert finding.original.number in bad
    assert [p.name for p in (out / "findings").iterdir()] == [f"{finding.name}.wast"]
    return finding


def check_confirmed(finding: Finding, engine: str, kind: str, signature: str) -> None:
    assert (finding.signature, finding.verdict.kind, finding.verdict.alone) == (signature, kind, engine)
    assert finding.minimised and not finding.flaky
    assert (finding.smallest.reproduced, finding.smallest.tried) == (3, 3)


@pytest.mark.parametrize(("engine", "signature"), CRASHES)
def test_an_engine_that_ends_its_process(campaign: Campaign, tmp_path: Path, engine: str, signature: str) -> None:
    bad = cases_where(13, 16, 10)
    summary, events = campaign("good", engine, cases=16, seed=10)
    finding = only_finding(tmp_path / "out", summary, bad, 16)
    check_confirmed(finding, engine, "crash", signature)
    assert lost(events) == bad
    with Store.reading(tmp_path / "out") as store:
        assert sorted((d.case, d.signature) for d in store.deaths()) == [(number, signature) for number in bad]
        original = from_wast(store.case_text(finding.original.sha))
    assert original.blueprint == case(original.origin.number, 10)
    text = (tmp_path / "out" / "findings" / f"{finding.name}.wast").read_text()
    assert signature.split()[-1] in text
    assert engine != "aborts" or "about to abort" in text, "what was printed before the end is kept"


def test_further_crashes_of_one_kind_are_taken_at_their_word(campaign: Campaign, tmp_path: Path) -> None:
    bad = cases_where(13, 17, 9)
    assert len(bad) == 5
    summary, events = campaign("good", "aborts", cases=17, seed=9, workers=2)
    check_confirmed(only_finding(tmp_path / "out", summary, bad, 17), "aborts", "crash", "crash aborts SIGABRT")
    assert lost(events) == bad, "each is told of once"


def test_a_journal_that_an_engine_has_written_over(campaign: Campaign, tmp_path: Path) -> None:
    """It names no case; but the first that was not reported, again and again, must be the one."""
    bad = cases_where(13, 8, 10)
    summary, events = campaign("good", "overwrites-journal", cases=8, seed=10)
    finding = only_finding(tmp_path / "out", summary, bad, 8)
    assert (finding.signature, finding.original.number) == ("crash factfuzz SIGABRT", bad[0])
    assert [e.case for e in events if isinstance(e, WorkerLost) and e.case is not None and not e.note] == bad


@pytest.mark.parametrize("engine", HANGS)
def test_an_engine_that_never_answers(campaign: Campaign, tmp_path: Path, engine: str) -> None:
    bad = cases_where(17, 8, 11)
    summary, events = campaign("good", engine, cases=8, seed=11, case_timeout=1.0)
    finding = only_finding(tmp_path / "out", summary, bad, 8)
    check_confirmed(finding, engine, "hang", f"hang {engine}")
    assert lost(events) == bad == [finding.original.number]


@pytest.mark.parametrize(("engine", "what"), GLUTTONS)
def test_an_engine_that_uses_up_what_there_is(campaign: Campaign, tmp_path: Path, engine: str, what: str) -> None:
    bad = cases_where(17, 8, 11)
    limits: dict[str, Any] = {"memory": 400 * MIB, "output": 4 * MIB}
    summary, events = campaign("good", engine, cases=8, seed=11, **limits)
    finding = only_finding(tmp_path / "out", summary, bad, 8)
    check_confirmed(finding, engine, "resource use", f"resource use {engine} {what}")
    assert lost(events) == bad
    taken = sum(p.stat().st_size for p in tmp_path.rglob("*") if p.is_file())
    assert taken < MIB, "what was printed does not stay"


def test_an_engine_that_raises(campaign: Campaign, tmp_path: Path) -> None:
    bad = cases_where(5, 8, 10)
    summary, events = campaign("good", "raises", cases=8, seed=10)
    assert (summary.figures.divergences, summary.figures.crashes) == (len(bad), 0), "its worker lives on"
    assert lost(events) == []
    (finding,) = findings_in(tmp_path / "out").values()
    assert "raises=crashed:RuntimeError: engine fell over" in finding.signature
    assert (finding.original.number, finding.flaky, finding.smallest.reproduced) == (bad[0], False, 3)


def test_a_generator_that_raises_is_our_bug(campaign: Campaign, tmp_path: Path) -> None:
    bad = cases_that_raise(16, 7)
    source = "campaign_fakes:raising_blueprints"
    summary, events = campaign("good", "better", cases=16, source=source)
    finding = only_finding(tmp_path / "out", summary, bad, 16)
    assert (finding.verdict.kind, finding.verdict.alone) == ("our bug", "factfuzz")
    assert "generator fell over" in finding.verdict.title + finding.verdict.message
    assert finding.smallest.reproduced == finding.smallest.tried > 0, "it came again"
    assert lost(events) == bad
    assert summary.figures.waiting == 0, "nobody can make it smaller"


# -- what does not come again


def test_a_crash_that_does_not_come_again_is_flaky(campaign: Campaign, tmp_path: Path) -> None:
    bad = cases_where(13, 8, 10)
    summary, events = campaign("good", "aborts-once", cases=8, seed=10)
    assert (summary.figures.cases, summary.figures.crashes) == (8, 0), "the case counts as one that did no harm"
    (finding,) = findings_in(tmp_path / "out").values()
    assert (finding.signature, finding.verdict.kind) == ("crash aborts-once SIGABRT", "crash")
    assert finding.flaky and finding.smallest.reproduced == 0 and finding.original.number in bad
    (figures,) = summary.figures.findings
    assert figures.flaky and summary.exit_status == 1
    assert lost(events) == bad and any("again" in e.note for e in events if isinstance(e, WorkerLost))
    assert content(tmp_path / "out").done.popitem()[1] == ((0, 8),)


def test_a_crash_every_second_time_is_flaky(campaign: Campaign, tmp_path: Path) -> None:
    summary, _ = campaign("good", "aborts-at-times", cases=8, seed=10)
    assert summary.figures.cases == 8
    (finding,) = findings_in(tmp_path / "out").values()
    assert finding.signature == "crash aborts-at-times SIGABRT"
    assert finding.flaky and 0 < finding.smallest.reproduced < finding.smallest.tried


def test_a_hang_that_does_not_come_again_is_no_finding(campaign: Campaign, tmp_path: Path) -> None:
    bad = cases_where(13, 8, 10)
    summary, events = campaign("good", "sleeps-once", cases=8, seed=10, case_timeout=1.5)
    assert (summary.figures.cases, summary.figures.crashes, summary.exit_status) == (8, 0, 0)
    assert findings_in(tmp_path / "out") == {}
    notes = [(e.case, e.note) for e in events if isinstance(e, WorkerLost)]
    assert notes == [(bad[0], "the case answered in time when it was run again")]
    with Store.reading(tmp_path / "out") as store:
        assert [(d.case, d.signature, bool(d.note)) for d in store.deaths()] == [(bad[0], "", True)]


@pytest.mark.parametrize("engine", ["differs-once", "differs-at-times"])
def test_a_difference_that_does_not_come_every_time_is_flaky(campaign: Campaign, tmp_path: Path, engine: str) -> None:
    bad = cases_where(5, 8, 10)
    summary, _ = campaign("good", engine, cases=8, seed=10)
    assert summary.figures.divergences == len(bad) == 1
    (finding,) = findings_in(tmp_path / "out").values()
    assert finding.flaky and finding.minimised and finding.smallest.tried == 3
    assert finding.smallest.reproduced < 3


# -- while a case is made smaller


def test_an_engine_that_dies_while_a_case_is_made_smaller(campaign: Campaign, tmp_path: Path) -> None:
    summary, events = campaign("good", "small-is-fatal", cases=1, seed=10, minimise_seconds=20.0)
    out = tmp_path / "out"
    found = findings_in(out)
    kinds = {finding.verdict.kind: finding for finding in found.values()}
    assert set(kinds) == {"engine wrong", "crash"} and len(found) == 2
    difference, crash = kinds["engine wrong"], kinds["crash"]
    assert difference.minimised and difference.original.number == 0
    with Store.reading(out) as store:
        smaller = from_wast(store.case_text(crash.original.sha))
        kept = from_wast(store.case_text(difference.smallest.sha))
    assert len(program_of(smaller).binary) < LARGE <= len(program_of(kept).binary)
    assert crash.signature == "crash small-is-fatal SIGABRT" and crash.original.reduced
    assert crash.minimised and (crash.smallest.reproduced, crash.smallest.tried) == (3, 3)
    assert (summary.figures.cases, summary.figures.crashes) == (1, 0), "a variant is no case"
    assert {e.kind for e in events if isinstance(e, FindingWritten)} == {"engine wrong", "crash"}


def test_a_crash_of_the_last_case_is_confirmed_though_no_time_is_left(
    campaign: Campaign, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("fuzz.campaign.supervisor.FINISHING_SECONDS", 0.0)
    (last,) = cases_where(13, 6, 10)
    assert last == 5
    summary, _ = campaign("good", "aborts", cases=6, seed=10)
    finding = only_finding(tmp_path / "out", summary, [last], 6)
    assert (finding.signature, finding.original.reproduced, finding.flaky) == ("crash aborts SIGABRT", 1, False)
