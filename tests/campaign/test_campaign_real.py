"""A short campaign with the real engines."""

from __future__ import annotations

from pathlib import Path

from fuzz.campaign import CampaignConfig, run_campaign
from fuzz.campaign.events import Event
from fuzz.script import from_wast


def test_three_engines_on_real_cases(tmp_path: Path) -> None:
    events: list[Event] = []
    config = CampaignConfig(seed=1, cases=48, workers=2, out=tmp_path / "out", shrink_seconds=2.0)
    summary = run_campaign(config, events.append)
    figures = summary.figures
    assert figures.cases == 48
    assert {name: e.cases for name, e in figures.engines.items()} == {"reference": 48, "compiled": 48, "native": 48}
    assert figures.unmapped == {} and figures.crashes == 0
    assert figures.features_possible is not None and figures.features_seen > figures.features_possible / 3
    assert all(e.load > 0 and e.instantiate > 0 and e.call > 0 for e in figures.engines.values())
    for finding in figures.findings:
        assert not finding.signature.startswith("text"), "what the generators make can be assembled"
        assert "crashed" not in finding.signature
        case = from_wast((tmp_path / "out" / f"{finding.name}.wast").read_text())
        assert len(case.calls) <= 1 or not finding.minimised
