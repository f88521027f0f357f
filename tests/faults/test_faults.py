"""Every planted fault is found within its number of cases, and shrunk; without a fault the same hunt finds nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import count
from random import Random
from time import process_time

import hypothesis.core
import pytest
from faulty import SEED, AdapterFault, Fault, Hunt, definitions_with_guests, right_engine
from faulty_all import FAULTS, FOCI
from faulty_focus import EVERYTHING, Focus
from faulty_text import substituting
from hypothesis.internal.cache import LRUCache
from hypothesis.internal.conjecture import providers
from hypothesis.internal.constants_ast import Constants

import fuzz.minimise.shrink
from fuzz.examine import by_name, examine
from fuzz.hunt import hunt

TRIES = 600
"""Shrinking ends after about this many tries at a smaller case."""


@pytest.fixture(autouse=True)
def same_on_every_machine(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Shrinking shares out its time by the clock, and Hypothesis tries some things in random order, constants of the
    modules that happen to be loaded among them. Here each look at the clock takes a fiftieth of a second, the random
    order is fixed, and modules have no constants."""
    looks = count()
    monkeypatch.setattr(fuzz.minimise.shrink, "monotonic", lambda: next(looks) / 50)
    monkeypatch.setattr(providers, "_get_local_constants", Constants)
    monkeypatch.setattr(providers, "CONSTANTS_CACHE", LRUCache(1024))
    hypothesis.core.threadlocal._hypothesis_global_random = Random(SEED)
    yield
    hypothesis.core.threadlocal._hypothesis_global_random = None


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name.replace(" ", "-"))
def test_fault_is_found_and_shrunk(fault: Fault, record_property: Callable[[str, object], None]) -> None:
    faulty, others = fault.planted(), fault.others()
    began = process_time()
    found = hunt([*others, faulty], SEED, fault.hunt.cases, fault.hunt.focus.strategy, TRIES / 50)
    seconds = process_time() - began

    assert faulty.ever, f"nothing in {fault.hunt.cases} cases to plant it in: {fault.description} ({fault.section})"
    assert found is not None, f"not found in {fault.hunt.cases} cases: {fault.description} ({fault.section})"
    smallest = found.case.blueprint
    assert smallest is not None
    definitions = definitions_with_guests(smallest)
    record_property("fault", (fault.name, fault.engine, found.cases, fault.hunt.cases, round(seconds, 1), found.tried,
                              len(smallest.calls), definitions, len(found.case.text.splitlines()),
                              found.divergence.position))

    assert found.trouble is None, f"the generator raises while its choices are shrunk: {found.trouble!r}"
    sides = {side.engines for side in found.divergence.sides}
    assert sides == {(faulty.info.name,), tuple(engine.info.name for engine in others)}, str(found.divergence)
    assert examine(smallest, by_name([*others, faulty])).divergence == found.divergence
    assert faulty.changed, "the fault has nothing to do with the case"
    assert examine(smallest, by_name([*others, right_engine(fault.engine)])).divergence is None
    assert len(smallest.calls) <= fault.hunt.calls, f"shrunk to {len(smallest.calls)} calls only\n{found.case.text}"
    assert definitions <= fault.hunt.components, f"shrunk to {definitions} components only\n{found.case.text}"


@pytest.mark.parametrize("focus", FOCI, ids=lambda focus: focus.name.replace(" ", "-"))
def test_nothing_is_found_without_a_fault(focus: Focus) -> None:
    engines = [right_engine("reference"), right_engine("compiled")]
    if focus.native:
        engines.append(right_engine("native"))
    found = hunt(engines, SEED, 100 if focus is EVERYTHING else 20, focus.strategy)
    assert found is None, str(found and found.divergence)


def test_names_are_unique() -> None:
    assert len({f.name for f in FAULTS}) == len(FAULTS) >= 140


def test_a_focus_says_why() -> None:
    assert all(bool(focus.why) == (focus is not EVERYTHING) for focus in FOCI)
    assert {id(fault.hunt.focus) for fault in FAULTS} == set(map(id, FOCI)), "two foci have one name"
    assert all(fault.hunt.focus.native for fault in FAULTS if "native" in fault.hunt.others)


def test_an_edit_that_finds_no_text_is_told_from_a_fault_that_is_not_seen() -> None:
    stale = AdapterFault(
        name="stale", description="looks for text that no adapter has", section="none",
        hunt=Hunt(3), edit=substituting("no such text", ""),
    ).planted()
    assert hunt([right_engine("reference"), stale], SEED, 3, EVERYTHING.strategy) is None
    assert not stale.ever
