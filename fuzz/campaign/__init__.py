"""A campaign: worker processes that run numbered cases, and a supervisor that survives their death.

The supervisor emits events (`fuzz.campaign.events`); whatever shows a campaign only consumes them.
"""

from __future__ import annotations

from fuzz.campaign.config import CampaignConfig
from fuzz.campaign.events import Event, Summary, View
from fuzz.campaign.supervisor import run_campaign

__all__ = ["CampaignConfig", "Event", "Summary", "View", "run_campaign"]
