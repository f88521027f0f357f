"""What a seeded number of generated cases exercises, by features of the reference's trace: a campaign in small.

A campaign of 15 minutes runs a hundred times as many; `factfuzz features DIR` tells what one has seen.
"""

from __future__ import annotations

from collections import Counter

import pytest
from wasmtime import wat2wasm

from fuzz.coverage.groups import Group, group_of
from fuzz.coverage.possible import GROUPS, POSSIBLE
from fuzz.engines.reference import TracedReferenceEngine
from fuzz.observe import Program, observe
from fuzz.outcome import Crashed
from generators.families import render, swarm
from generators.stream import CaseStream

CASES = 200

SHARES = {
    "type": 0.45, "value": 0.75, "flat": 0.6, "layout": 0.5, "list": 0.55, "string": 0.28, "memory": 0.7,
    "realloc": 0.33, "pointer": 0.15, "junk": 0.27, "handle": 0.5, "context": 0.45, "call": 0.65, "role": 0.43,
    "trap": 0.22, "graph": 0.75,
}
"""Of each group's features, what part so few cases show at the least: about three quarters of what the worse of two
seeds showed, since any change of the generators draws other cases."""


@pytest.fixture(scope="module")
def seen() -> Counter[str]:
    stream, engine, counts = CaseStream(swarm, 21), TracedReferenceEngine(), Counter[str]()
    for number in range(CASES):
        rendered = render(stream(number))
        program = Program(bytes(wat2wasm(rendered.text)), rendered.calls, rendered.log_prefixes, rendered.host)
        observation = observe(engine, program)
        assert not any(isinstance(outcome, Crashed) for outcome in observation.outcomes()), number
        counts.update(observation.features)
    return counts


def test_every_feature_seen_is_possible(seen: Counter[str]) -> None:
    assert set(seen) <= POSSIBLE


@pytest.mark.parametrize("group", GROUPS, ids=lambda group: group.name)
def test_much_of_each_group_is_reached(seen: Counter[str], group: Group) -> None:
    name, members = group.name, group.members
    found = {feature for feature in seen if group_of(feature) == name}
    assert len(found) >= SHARES[name] * len(members), f"never seen: {sorted(set(members) - found)}"
