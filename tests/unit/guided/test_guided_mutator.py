from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path
from random import Random

import pytest
from wasmtime import wat2wasm

from fuzz.guided import mutator as room
from fuzz.guided.mutator import NOTHING, Mutator
from fuzz.guided.units import Drawn, parsed, read_unit, write_unit
from generators.families import AnyBlueprint, render, swarm
from generators.stream import CaseStream

ROOT = Path(__file__).parents[3]
FINDINGS = ROOT / "corpus" / "findings"
LARGE = 1 << 20


def unit(number: int) -> bytes:
    return write_unit(CaseStream(swarm, 5)(number))


def blueprint_of(data: bytes) -> AnyBlueprint:
    found = parsed(data)
    assert isinstance(found, Drawn)
    return found.blueprint


@pytest.mark.parametrize("data", [b"", b"\n", b"(component", b"\xff" * 50])
def test_out_of_nothing_comes_a_case(data: bytes) -> None:
    mutator = Mutator()
    made = {mutator.mutate(data, LARGE, seed) for seed in range(4)}
    assert len(made) == 4
    for one in made:
        assert wat2wasm(render(blueprint_of(one)).text)
    assert mutator.counts == {"fresh": 4}


def test_a_mutation_changes_a_case_and_leaves_one_that_assembles() -> None:
    mutator = Mutator(fresh=0.0)
    before = unit(1)
    for seed in range(12):
        after = mutator.mutate(before, LARGE, seed)
        assert blueprint_of(after) != blueprint_of(before)
        assert type(blueprint_of(after)) is type(blueprint_of(before))
        assert wat2wasm(render(blueprint_of(after)).text)
        before = after


def test_some_are_cases_of_their_own() -> None:
    mutator = Mutator(fresh=0.5)
    data = unit(1)
    for seed in range(30):
        mutator.mutate(data, LARGE, seed)
    assert 5 < mutator.counts["fresh"] < 25


def test_the_seed_decides(tmp_path: Path) -> None:
    """Also in another process, whose sets are in another order; what was asked before does not matter."""
    data, other = unit(3), unit(4)
    (tmp_path / "data").write_bytes(data)
    (tmp_path / "other").write_bytes(other)
    program = (
        "import sys, hashlib; from pathlib import Path; from fuzz.guided.mutator import Mutator; m = Mutator();"
        "a, b = (Path(p).read_bytes() for p in sys.argv[1:]);"
        "made = lambda seed: m.mutate(a, 1 << 20, seed) + m.cross(a, b, 1 << 20, seed);"
        "print(*(hashlib.sha1(made(seed)).hexdigest() for seed in range(5, 0, -1)))"
    )
    command = [sys.executable, "-c", program, str(tmp_path / "data"), str(tmp_path / "other")]
    outputs = {
        subprocess.run(
            command, cwd=ROOT, env=os.environ | {"PYTHONHASHSEED": str(seed)}, capture_output=True, check=True
        ).stdout
        for seed in (1, 2)
    }
    assert len(outputs) == 1
    mutator = Mutator()
    made = {seed: mutator.mutate(data, LARGE, seed) for seed in range(1, 10)}
    assert made == {seed: Mutator().mutate(data, LARGE, seed) for seed in range(1, 10)}
    assert len({*made.values()}) > 5


def test_crossing_takes_of_both_or_changes_one() -> None:
    mutator = Mutator(fresh=0.0)
    first, second = unit(3), unit(4)
    for seed in range(20):
        made = mutator.cross(first, second, LARGE, seed)
        assert blueprint_of(made) != blueprint_of(first)
    assert mutator.counts["crossed"] > 3
    assert mutator.counts.total() - mutator.counts["crossed"] > 3


@pytest.mark.parametrize("number", [1, 2, 9, 14])
def test_where_less_is_asked_for_less_comes_of_the_case(number: int) -> None:
    data = unit(number)
    mutator = Mutator()
    made = [mutator.mutate(data, len(data) - 1, seed) for seed in range(10)]
    assert all(len(one) < len(data) for one in made)
    cases = [one for one in made if one != NOTHING]
    assert cases
    assert {type(blueprint_of(one)) for one in cases} == {type(blueprint_of(data))}
    assert all(len(mutator.cross(data, unit(3), len(data) // 2, seed)) <= len(data) // 2 for seed in range(3))
    assert len(mutator.mutate(data, 3, 1)) <= 3


def test_a_fresh_case_that_does_not_fit_is_reduced() -> None:
    made = [Mutator().mutate(b"", 3000, seed) for seed in range(8)]
    assert all(len(one) <= 3000 for one in made)
    assert any(one != NOTHING for one in made)


def test_the_minimiser_is_asked_once() -> None:
    asked: list[AnyBlueprint] = []
    small = CaseStream(swarm, 5)(4)

    def minimise(blueprint: AnyBlueprint) -> AnyBlueprint | None:
        asked.append(blueprint)
        return small

    data = unit(1)
    assert len(data) > len(write_unit(small))
    mutator = Mutator(minimise=minimise)
    assert mutator.mutate(data, len(data) - 1, 1) == write_unit(small)
    mutator.mutate(data, len(data) - 1, 2)
    assert asked == [blueprint_of(data)]


def test_a_mutation_that_raises_is_counted_and_a_case_comes_all_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise IndexError("of ours")

    monkeypatch.setattr(room, "mutated", broken)
    monkeypatch.setattr(room, "crossed", broken)
    mutator = Mutator(fresh=0.0)
    data = unit(1)
    for seed in range(4):
        assert read_unit(mutator.mutate(data, LARGE, seed)) is not None
        assert read_unit(mutator.cross(data, data, LARGE, seed)) is not None
    assert mutator.counts["failed"] >= 8
    assert mutator.failures == {"IndexError: of ours": mutator.counts["failed"]}
    assert "mutations failed, most of them by IndexError: of ours" in "".join(mutator.told())
    assert Mutator().told() == []


def test_in_a_script_of_a_person_a_value_is_changed() -> None:
    text = b'(component)\n(assert_return (invoke "f" (u8.const 3) (str.const "x")) (bool.const true))\n'
    mutator = Mutator(fresh=0.0)
    made = {mutator.mutate(text, LARGE, seed) for seed in range(40)}
    assert len(made) > 4
    for one in made:
        pattern = re.escape(text).replace(b"const\\ 3", rb"const (\d+)").replace(b"true", b"(true|false)")
        match = re.fullmatch(pattern, one)
        assert match is not None
        assert int(match[1]) < 256
    script = (FINDINGS / "lent-before-type.wast").read_bytes()
    assert Mutator(fresh=1.0).mutate(script, LARGE, 1) != script
    assert Mutator(fresh=0.0).mutate(script, 100, Random(1).getrandbits(32)) == NOTHING
