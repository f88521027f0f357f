"""The smallest case over which an engine's process ends; whoever looks for it lives on."""

from __future__ import annotations

import pytest
from deadly_engines import cases_that_cannot_be_made, small_cases

from fuzz.engines.limits import MIB, Limits
from fuzz.minimise.crashes import Suspect, death_shows, shrink_death
from fuzz.minimise.shrink import Shrunk
from generators.blueprint import Blueprint
from generators.stream import CaseStream

SEED = 3


def suspect(name: str, limits: Limits | None = None) -> Suspect:
    return Suspect(name, limits or Limits(20.0, 300 * MIB, MIB), "deadly_engines:open_deadly")


def case() -> tuple[int, Blueprint]:
    """One with several calls, of which one passes a character."""
    stream = CaseStream(small_cases, SEED)
    for number in range(1000):
        blueprint = stream(number)
        passes = [any(isinstance(a, str) and len(a) == 1 for a in call.args) for call in blueprint.calls]
        if any(passes) and not all(passes):
            return number, blueprint
    raise AssertionError


NUMBER, ORIGINAL = case()


@pytest.mark.parametrize(("engine", "signature"), [
    ("aborts", "crash aborts SIGABRT; at misdeed.rs"),
    ("segfaults", "crash segfaults SIGSEGV"),
    ("leaves", "crash leaves exit status 3"),
    ("spins", "hang spins"),
    ("holds-on", "hang holds-on"),
    ("leaks", "resource use leaks memory"),
    ("prints", "resource use prints output"),
])
def test_any_end_is_made_smaller(engine: str, signature: str) -> None:
    limits = Limits(0.5, 200 * MIB, MIB)
    shrunk = shrink_death(small_cases, SEED, NUMBER, signature, suspect(engine, limits), 4.0, start=ORIGINAL)
    assert shrunk is not None
    print(engine, shrunk.tried, shrunk.examination.blueprint)
