"""For all tests: Hypothesis' profiles, and how long property tests go on."""

from __future__ import annotations

import pytest
from hypothesis import settings
from hypothesis_profiles import current, register
from property_time import DEFAULT, OPTION, seconds_of

register()


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        OPTION, metavar="TIME", help="how long property tests go on with new examples, such as 30m or 8h; with "
        f"--hypothesis-profile=nightly {DEFAULT} unless given, otherwise each runs once",
    )


def pytest_report_header() -> str:
    profile = settings.get_current_profile_name()
    kept = current().database
    return f"hypothesis: profile {profile}, " + ("seeded, no example database" if kept is None else f"examples: {kept}")


@pytest.hookimpl(trylast=True)  # when the profile is known
def pytest_configure(config: pytest.Config) -> None:
    seconds_of(config)
