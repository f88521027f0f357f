from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from campaign_fakes import Campaign

from fuzz.campaign import CampaignConfig, Event, Summary, run_campaign


@pytest.fixture
def campaign(tmp_path: Path) -> Campaign:
    """Runs a campaign with fake engines; returns its summary and its events, which also come into *events*, if given,
    as they happen."""

    def run(*engines: str, **given: Any) -> tuple[Summary, list[Event]]:
        events: list[Event] = given.pop("events", [])
        config = CampaignConfig(
            seed=given.pop("seed", 7), engines=engines, out=given.pop("out", tmp_path / "out"),
            open_engines="campaign_fakes:open_fakes", source="campaign_fakes:small_blueprints",
            workers=given.pop("workers", 1), shrink_seconds=given.pop("shrink_seconds", 0.3), **given,
        )
        return run_campaign(config, events.append), events

    return run
