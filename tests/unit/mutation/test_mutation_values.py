"""Mutated cases of the family values: valid, of every kind, bounded, and no less JSON than others."""

from __future__ import annotations

from collections import Counter
from functools import lru_cache
from random import Random

import pytest
from wasmtime import WasmtimeError, wat2wasm

from fuzz.engines.native import NativeEngine
from fuzz.engines.reference import ReferenceEngine
from fuzz.observe import Program, observe
from fuzz.outcome import NotSupported, Refused, Returned
from generators.blueprint import Blueprint, from_json, to_json
from generators.cases import blueprints
from generators.components import render
from generators.hostile_places import shows_floats
from generators.mutation import KINDS, Mutated, crossed, mutated
from generators.mutation.values import CHANGES, crossed_values, mutated_values
from generators.mutation.values_bounds import MOST_SIZE, is_known_to_all, size_of
from generators.mutation.values_hostile import reentered
from generators.mutation.values_settled import settled
from generators.mutation.values_splice import SPLICES, Splice
from generators.mutation.words import Change, Kind
from generators.rewriting.slots import groups, slots
from generators.stream import examples

ENGINES = (ReferenceEngine(), NativeEngine())


@lru_cache(maxsize=1)
def starts() -> tuple[Blueprint, ...]:
    """Cases that every engine knows all of."""
    made = examples(20, 32, lambda axes: blueprints(axes=axes))
    return tuple(b for b in made if is_known_to_all(b) and size_of(b) < MOST_SIZE)[:20]


@lru_cache(maxsize=1)
def chains() -> tuple[tuple[Mutated, ...], ...]:
    """From each of the starts on thirty mutations in a row, some of them with another start."""
    random = Random(7)
    found = []
    for start in starts():
        chain, b = [], start
        for _ in range(30):
            crossing = random.random() < 0.15
            made = crossed_values(b, random.choice(starts()), random) if crossing else mutated_values(b, random)
            assert made is not None
            chain.append(made)
            b = values_of(made)
        found.append(tuple(chain))
    return tuple(found)


def values_of(made: Mutated) -> Blueprint:
    assert isinstance(made.blueprint, Blueprint)
    return made.blueprint


def refusal(b: Blueprint) -> str:
    """Why some engine does not take a case; empty if all do."""
    rendered = render(b)
    try:
        binary = bytes(wat2wasm(rendered.text))
    except WasmtimeError as error:
        return str(error)
    program = Program(binary, (), rendered.log_prefixes, rendered.host)
    for engine in ENGINES:
        refusal = observe(engine, program).refusal
        if isinstance(refusal, Refused | NotSupported):
            return f"{engine.info.name}: {refusal}"
    return ""


def test_the_same_state_of_random_gives_the_same_mutations() -> None:
    for b in starts()[:10]:
        one, other = Random(3), Random(3)
        assert [mutated(b, one) for _ in range(3)] == [mutated(b, other) for _ in range(3)]
        assert crossed(b, starts()[0], one) == crossed(b, starts()[0], other)


def test_mutated_cases_load_after_one_mutation_and_after_thirty() -> None:
    refused = [why for chain in chains() for made in (chain[0], chain[-1]) if (why := refusal(values_of(made)))]
    assert refused == []


def test_every_mutation_changes_the_case_and_says_what() -> None:
    for start, chain in zip(starts(), chains(), strict=True):
        before = start
        for made in chain:
            assert made.blueprint != before
            assert made.change and "\n" not in made.change
            assert made.kind in KINDS
            before = values_of(made)


def test_every_kind_occurs() -> None:
    counted = Counter(made.kind for chain in chains() for made in chain)
    assert set(counted) == set(KINDS)
    assert min(counted.values()) > 10


def test_mutated_cases_survive_json() -> None:
    for chain in chains():
        assert from_json(to_json(chain[-1].blueprint)) == chain[-1].blueprint


def test_who_has_to_agree_on_a_type_does() -> None:
    for chain in chains():
        for made in chain[::6]:
            types = dict(slots(values_of(made)))
            assert all(len({types[slot] for slot in group}) == 1 for group in groups(values_of(made)))


def test_no_mutation_brings_what_not_every_engine_knows() -> None:
    assert all(is_known_to_all(values_of(made)) for chain in chains() for made in chain)


def test_nothing_hostile_shows_the_bits_of_floats() -> None:
    hostile = [(values_of(made), h) for chain in chains() for made in chain for h in values_of(made).hostile]
    assert len(hostile) > 50
    assert not any(shows_floats(b, h) for b, h in hostile)


def test_cases_do_not_grow_without_bound() -> None:
    random = Random(5)
    for b in starts()[:3]:
        for _ in range(150):
            made = mutated_values(b, random)
            assert made is not None
            b = values_of(made)
        assert size_of(b) <= MOST_SIZE
    usual = sorted(size_of(start) for start in starts())[len(starts()) // 2]
    after = sorted(size_of(values_of(chain[-1])) for chain in chains())[len(starts()) // 2]
    assert after < 6 * usual


def test_most_calls_go_on_returning() -> None:
    outcomes = []
    for chain in chains()[::2]:
        rendered = render(values_of(chain[-1]))
        program = Program(bytes(wat2wasm(rendered.text)), rendered.calls, rendered.log_prefixes, rendered.host)
        outcomes += observe(ENGINES[0], program).outcomes()
    assert sum(isinstance(outcome, Returned) for outcome in outcomes) > len(outcomes) / 2


@pytest.mark.parametrize(("kind", "change"), [
    pytest.param(kind, change, id=f"{kind}-{change.__name__}")
    for kind, changes in CHANGES.items() for _, change in changes if change is not reentered
])
def test_every_change_applies_somewhere(kind: Kind, change: Change) -> None:
    random = Random(f"{kind} {change.__name__}")
    for chain in chains():
        for b in (values_of(chain[-1]), values_of(chain[3])):
            found = change(b, random)
            after = None if found is None else settled(b, found[0])
            if after is not None and after != b:
                assert refusal(after) == ""
                return
    pytest.fail("it did not")


@pytest.mark.parametrize("splice", [splice for _, splice in SPLICES], ids=lambda splice: splice.__name__)
def test_every_splice_applies_somewhere(splice: Splice) -> None:
    random = Random(3)
    for first, second in zip(starts(), (*starts()[1:], starts()[0]), strict=True):
        found = splice(first, second, random)
        after = None if found is None else settled(first, found[0])
        if after is not None and after != first:
            assert refusal(after) == ""
            return
    pytest.fail("it did not")
