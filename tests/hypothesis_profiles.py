"""How much of it Hypothesis tries: a profile each for continuous integration, for a developer, and for a night.

| profile | examples | which | failing ones |
|---|---|---|---|
| `ci`, unless told otherwise | 100 | the same each time | not kept: nothing depends on what ran before |
| `dev` | 300 | random | kept, and tried first |
| `nightly` | 500 in a round, round after round until `--property-time` is over | random | kept, and tried first |

`pytest --hypothesis-profile=NAME` chooses. A test that needs more or fewer says how many `times` as many. Where failing
examples are kept: `example_database`.
"""

from __future__ import annotations

import os

from example_database import database
from hypothesis import HealthCheck, settings

PROFILES = {"ci": 100, "dev": 300, "nightly": 500}
"""Examples of each."""

_MACHINE_DEPENDENT = (HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.large_base_example)
"""Checks of how fast this machine is, and of how large cases are: ours are large."""


def register() -> None:
    """Makes the profiles known, and `ci` the one that is used."""
    common = settings(deadline=None, suppress_health_check=_MACHINE_DEPENDENT)
    random = settings(common, database=database(os.environ), derandomize=False, print_blob=True)
    seeded = settings(common, derandomize=True, database=None, print_blob=False)
    for name, examples in PROFILES.items():
        settings.register_profile(name, seeded if name == "ci" else random, max_examples=examples)
    settings.load_profile("ci")


def times(factor: float) -> settings:
    """The profile's settings with so many times as many examples, at least one; a decorator as well."""
    return settings(max_examples=max(1, round(factor * current().max_examples)))


def current() -> settings:
    """The profile's settings, where no test is running."""
    assert settings.default is not None
    return settings.default
