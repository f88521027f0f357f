"""A short campaign with the real engines, whole and in two parts."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from campaign_stores import content

from fuzz.campaign import CampaignConfig, run_campaign
from fuzz.campaign.events import Event, WorkerLost
from fuzz.cli import run
from fuzz.script import from_wast

CASES = 60


def test_three_engines_on_real_cases(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    events: list[Event] = []
    config = CampaignConfig(seed=1, cases=CASES, workers=2, out=tmp_path / "out", minimise_seconds=2.0)
    summary = run_campaign(config, events.append)
    figures = summary.figures
    assert figures.cases == CASES
    assert {name: e.cases for name, e in figures.engines.items()} == dict.fromkeys(config.engines, CASES)
    assert figures.unmapped == {} and figures.crashes == 0
    assert [event for event in events if isinstance(event, WorkerLost)] == []
    assert figures.features_possible is not None and figures.features_seen > figures.features_possible / 3
    assert all(e.load > 0 and e.instantiate > 0 and e.call > 0 for e in figures.engines.values())
    for finding in figures.findings:
        assert not finding.signature.startswith("text"), "what the generators make can be assembled"
        assert "crashed" not in finding.signature
        case = from_wast((tmp_path / "out" / "findings" / f"{finding.name}.wast").read_text())
        assert len(case.calls) <= 1 or not finding.minimised

    parts = tmp_path / "parts"
    args = ("--workers", "2", "--out", str(parts), "--json")
    summaries = []
    for given in (("--cases", "25", "--seed", "1"), ("--cases", str(CASES))):
        assert run(["fuzz", *given, *args]) in (0, 1)
        summaries.append(json.loads(capsys.readouterr().out))
    first, second = summaries
    assert (first["cases"], second["cases"], second["resumed_cases"], second["seed"]) == (25, CASES, 25, 1)
    assert content(parts) == content(tmp_path / "out"), "the same seed, engines and setting were taken up again"
