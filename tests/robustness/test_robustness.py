"""Some of what `python tests/robustness/mutate.py` does at length."""

from __future__ import annotations

import pytest
from component_parts import render
from judging import STAGES, Verdict, verdicts
from mutators import Mutator
from seed_components import generated_seeds, own_seeds

SEED = 20_260_801
CASES = 400
MEBIBYTES = 400


@pytest.fixture(scope="module")
def mutator() -> Mutator:
    return Mutator(own_seeds(generated=20), SEED)


def test_only_errors_of_our_own_in_little_time_and_memory(mutator: Mutator) -> None:
    found = list(verdicts(mutator, CASES, validate_every=2))
    offenders = [f"mutant {v.number} ({mutator(v.number)[1]}) in {v.stage}: {v.offence}" for v in found if v.offence]
    assert not offenders, "\n".join(offenders)
    assert len(found) == CASES
    assert max(v.seconds for v in found) < 5
    assert max(v.peak_kib for v in found) < MEBIBYTES << 10
    _check_that_they_got_far(found)


def _check_that_they_got_far(found: list[Verdict]) -> None:
    """Otherwise this would be a test of the first few branches of the decoder."""
    reached = [STAGES.index(v.stage) for v in found]
    assert sum(r >= STAGES.index("link") for r in reached) > CASES / 3
    assert sum(r == STAGES.index("end") for r in reached) > CASES / 10
    assert {v.error for v in found} >= {None, "Malformed", "LinkError", "Unsupported"}
    assert sum(bool(v.valid) for v in found) > CASES / 40


def test_unmutated_parts_are_the_same_component(mutator: Mutator) -> None:
    """The parts are all of it: a mutant differs from its seed by its mutations alone."""
    for seed in [*mutator.seeds[:20], *generated_seeds(5)]:
        assert render(seed.tree) == seed.binary, seed.name


def test_a_mutant_is_its_number(mutator: Mutator) -> None:
    again = Mutator(mutator.seeds, SEED)
    assert [mutator(n) for n in (7, 3, 7)] == [again(n) for n in (7, 3, 7)]
    assert mutator(3) != Mutator(mutator.seeds, SEED + 1)(3)
