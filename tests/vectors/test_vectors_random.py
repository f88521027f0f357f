"""The compiled adapters against the reference on vectors made up here: values, realloc calls, memories and traps."""

from __future__ import annotations

from pathlib import Path

import pytest
from test_vectors_compiled import BATCH, in_batch
from vector_random import vector
from vector_rig import batch_of, engine

pytestmark = pytest.mark.property

CHUNK = 50


@pytest.fixture(autouse=True)
def _memories_measured_in_bytes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("fact.run.engine._engine", lambda metered, profile: engine())


@pytest.mark.parametrize("first", range(0, 100, CHUNK), ids=lambda first: f"from-number-{first}")
def test_compiled_adapters_agree_with_the_reference(first: int, tmp_path: Path) -> None:
    wrong: list[str] = []
    for start in range(first, first + CHUNK, BATCH):
        wrong += in_batch(batch_of([vector(number) for number in range(start, start + BATCH)]), tmp_path)
    assert not wrong, f"{len(wrong)} differences (`line` is the number of a random vector):\n" + "\n".join(wrong[:10])
