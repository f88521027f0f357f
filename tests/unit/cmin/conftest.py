"""What a process does to its garbage collector before its first case would last in a process of many tests."""

import gc
from collections.abc import Iterator

import pytest


@pytest.fixture(autouse=True)
def collector_stays(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    threshold = gc.get_threshold()
    monkeypatch.setattr(gc, "freeze", lambda: None)
    yield
    gc.set_threshold(*threshold)
