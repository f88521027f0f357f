"""Which view of a campaign a user gets."""

from __future__ import annotations

import sys

from rich.console import Console

from fuzz.campaign.events import View
from fuzz.campaign.json_view import JsonEvents, JsonSummary
from fuzz.campaign.live import LiveView
from fuzz.campaign.plain import PlainView


def choose_view(*, as_json: bool, json_events: bool) -> View:
    """JSON when asked for, a live picture on a terminal, plain lines otherwise."""
    if json_events:
        return JsonEvents(sys.stdout)
    if as_json:
        return JsonSummary(sys.stdout)
    console = Console()
    return LiveView(console) if console.is_terminal else PlainView(sys.stdout)
