"""Every planted fault is found within its number of cases, and shrunk; without a fault the same hunt finds nothing."""

from __future__ import annotations

from collections.abc import Callable
from time import perf_counter

import pytest
from faulty import SEED, Fault, definitions_with_guests, right_engine
from faulty_adapters import ADAPTER_FAULTS
from faulty_focus import BAD_CHARS, EVERYTHING, LEAVING_REALLOC, POINTERS_OF_CALLERS, POINTERS_OF_REALLOC, Focus
from faulty_plans import PLAN_FAULTS
from faulty_reference import REFERENCE_FAULTS

from fuzz.examine import by_name, examine
from fuzz.hunt import hunt

FAULTS: tuple[Fault, ...] = (*ADAPTER_FAULTS, *PLAN_FAULTS, *REFERENCE_FAULTS)


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name.replace(" ", "-"))
def test_fault_is_found_and_shrunk(fault: Fault, record_property: Callable[[str, object], None]) -> None:
    faulty, others = fault.planted(), fault.others()
    began = perf_counter()
    found = hunt([*others, faulty], SEED, fault.hunt.cases, fault.hunt.focus.strategy)
    seconds = perf_counter() - began

    assert found is not None, f"not found in {fault.hunt.cases} cases: {fault.description} ({fault.section})"
    smallest = found.case.blueprint
    assert smallest is not None
    definitions = definitions_with_guests(smallest)
    record_property("fault", (fault.name, fault.engine, found.cases, fault.hunt.cases, round(seconds, 1), found.tried,
                              len(smallest.calls), definitions, found.divergence.position))

    sides = {side.engines for side in found.divergence.sides}
    assert sides == {(faulty.info.name,), tuple(engine.info.name for engine in others)}, str(found.divergence)
    assert examine(smallest, by_name([*others, faulty])).divergence == found.divergence
    assert faulty.changed, "the fault has nothing to do with the case"
    assert examine(smallest, by_name([*others, right_engine(fault.engine)])).divergence is None
    assert len(smallest.calls) <= 1, f"shrunk to {len(smallest.calls)} calls only\n{found.case.text}"
    assert definitions <= 2, f"shrunk to {definitions} components only\n{found.case.text}"


@pytest.mark.parametrize(
    ("focus", "cases"),
    [(EVERYTHING, 150), (BAD_CHARS, 30), (POINTERS_OF_CALLERS, 30), (POINTERS_OF_REALLOC, 30), (LEAVING_REALLOC, 30)],
    ids=["everything", "bad-chars", "pointers-of-callers", "pointers-of-realloc", "leaving-realloc"],
)
def test_nothing_is_found_without_a_fault(focus: Focus, cases: int) -> None:
    found = hunt([right_engine("reference"), right_engine("compiled")], SEED, cases, focus.strategy)
    assert found is None, str(found and found.divergence)


def test_a_focus_says_why() -> None:
    assert all(f.hunt.focus is EVERYTHING or f.hunt.focus.why for f in FAULTS)
