"""The option `--property-time`: how long the property tests of a run go on with new examples."""

from __future__ import annotations

import pytest
from hypothesis import settings

from fuzz.commands.options import parse_duration
from fuzz.errors import UsageError

OPTION = "--property-time"
DEFAULT = "4h"
"""Under the profile `nightly`."""


def seconds_of(config: pytest.Config) -> float | None:
    """None where each test runs once. Raises `pytest.UsageError`."""
    profile = settings.get_current_profile_name()
    text = config.getoption(OPTION) or (DEFAULT if profile == "nightly" else None)
    if text is None:
        return None
    if profile == "ci":
        raise pytest.UsageError(f"{OPTION} needs --hypothesis-profile=nightly or dev: ci makes the same each time")
    try:
        return parse_duration(text)
    except UsageError:
        raise pytest.UsageError(f"{OPTION} {text!r}: expected a duration such as 60s, 15m or 1h30m") from None
