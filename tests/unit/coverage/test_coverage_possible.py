"""The set of all features is closed: what runs yield is in it, whatever ran."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest
from coverage_harness import of_group
from wasmtime import wat2wasm

from fuzz.coverage.groups import group_of
from fuzz.coverage.possible import EXCLUDED, GROUPS, ORDER, POSSIBLE
from fuzz.coverage.seen import features_of_script
from fuzz.engines.reference import ReferenceEngine, TracedReferenceEngine
from fuzz.observe import Program, observe
from generators.families import cases, render
from generators.stream import CaseStream

SCRIPTS = Path(__file__).parents[2] / "wast"
CASES = 100


def test_each_feature_is_in_the_group_it_names_and_in_no_other() -> None:
    names = [group.name for group in GROUPS]
    assert len(set(names)) == len(names)
    for group in GROUPS:
        assert all(feature.startswith(f"{group.name}: ") for feature in group.members)
    assert Counter(feature for group in GROUPS for feature in group.members).most_common(1)[0][1] == 1
    assert set(ORDER) == POSSIBLE and len(ORDER) == len(POSSIBLE)
    assert 800 <= len(POSSIBLE) <= 2500, "a table that somebody reads"


def test_what_is_excluded_is_of_a_group_and_not_possible() -> None:
    names = {group.name for group in GROUPS}
    for excluded in EXCLUDED:
        assert group_of(excluded.what) in names and excluded.why
        assert excluded.what not in POSSIBLE


@pytest.fixture(scope="module")
def seen() -> Counter[str]:
    """In how many of the first cases of a seed each feature is seen."""
    stream = CaseStream(cases(), 11)
    engine, counts = TracedReferenceEngine(), Counter[str]()
    for number in range(CASES):
        rendered = render(stream(number))
        binary = bytes(wat2wasm(rendered.text))
        counts.update(observe(engine, Program(binary, rendered.calls, rendered.log_prefixes, rendered.host)).features)
    return counts


def test_what_generated_cases_show_is_possible(seen: Counter[str]) -> None:
    assert set(seen) <= POSSIBLE


def test_generated_cases_show_most_of_what_is_common(seen: Counter[str]) -> None:
    """Of the groups that do not take a rare choice, most is there in this few cases; counts are of cases."""
    assert max(seen.values()) <= CASES
    for group in GROUPS:
        if group.name in ("flat", "layout", "value", "graph", "call"):
            found = of_group(frozenset(seen), group.name)
            assert len(found) > len(group.members) / 2, f"{group.name}: {sorted(set(group.members) - found)}"


@pytest.mark.parametrize("name", [
    "any-core-function", "bad-reallocs", "context-slot", "exceptions", "host-imports", "junk-values", "reentrance",
    "resources-lent", "resources-host", "shim-and-fixup", "spilled-values", "start-functions", "strings",
])
def test_what_scripts_show_is_possible(name: str) -> None:
    assert features_of_script(SCRIPTS / f"{name}.wast") <= POSSIBLE


def test_watching_changes_nothing() -> None:
    """The reference under observation gives the outcomes, logs and host calls that it gives without."""
    stream = CaseStream(cases(), 12)
    for number in range(24):
        rendered = render(stream(number))
        binary = bytes(wat2wasm(rendered.text))
        program = Program(binary, rendered.calls, rendered.log_prefixes, rendered.host)
        plain, traced = (observe(engine, program) for engine in (ReferenceEngine(), TracedReferenceEngine()))
        assert (plain.refusal, plain.calls, plain.host_calls) == (traced.refusal, traced.calls, traced.host_calls)
        assert traced.features and not plain.features
