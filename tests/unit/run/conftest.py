"""Tests of whole components run on both of our engines."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from run_components import ENGINES, started_by


@pytest.fixture(params=ENGINES)
def engine(request: pytest.FixtureRequest) -> Iterator[str]:
    """While a test that uses it runs, `run_components.started` is by this engine."""
    with started_by(request.param):
        yield request.param
