"""A campaign as JSON: the summary at its end, or every event on a line of its own."""

from __future__ import annotations

from typing import TextIO

import msgspec

from fuzz.campaign.events import Event, Finished
from fuzz.views.safe import safe_json


class JsonSummary:
    """Writes one object when the campaign has finished."""

    def __init__(self, out: TextIO) -> None:
        self._out = out

    def __call__(self, event: Event) -> None:
        if isinstance(event, Finished):
            print(safe_json(event.summary.to_json()), file=self._out, flush=True)


class JsonEvents:
    """Writes every event; its kind is under `type`."""

    def __init__(self, out: TextIO) -> None:
        self._out = out

    def __call__(self, event: Event) -> None:
        print(safe_json(msgspec.json.encode(event).decode()), file=self._out, flush=True)
