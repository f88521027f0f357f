"""A campaign: worker processes that run numbered cases, and a supervisor that survives their death.

The supervisor emits events (`fuzz.campaign.events`); whatever shows a campaign only consumes them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fuzz.campaign.config import CampaignConfig
from fuzz.campaign.events import Event, Summary, View

if TYPE_CHECKING:
    from fuzz.campaign.supervisor import run_campaign

__all__ = ["CampaignConfig", "Event", "Summary", "View", "run_campaign"]


def __getattr__(name: str) -> Any:
    """A worker imports this package too, and starts sooner, and stays smaller, without the supervisor and the store."""
    if name == "run_campaign":
        from fuzz.campaign.supervisor import run_campaign

        return run_campaign
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
