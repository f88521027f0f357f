from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from guided_faults import Block, faulty, unit_that_shows_it

from fuzz.coverage.possible import ORDER, POSSIBLE
from fuzz.engines.compiled import CompiledEngine
from fuzz.engines.reference import TracedReferenceEngine
from fuzz.examine import Engines
from fuzz.guided.counters import Counters
from fuzz.guided.differential import Differential
from fuzz.guided.disagreement import Disagreement
from fuzz.guided.settings import Settings, settings_of
from fuzz.guided.units import Units, write_unit
from fuzz.script import from_wast, to_wast
from fuzz.scripts import run_script_on
from generators.families import swarm
from generators.stream import CaseStream

ROOT = Path(__file__).parents[3]
FINDINGS = ROOT / "corpus" / "findings"


@pytest.fixture(scope="module")
def shown() -> bytes:
    return unit_that_shows_it()


def test_features_and_branches_are_told() -> None:
    block = Block()
    run = Differential(Settings(engines=("reference", "compiled")), Counters(block, ORDER))
    stream = CaseStream(swarm, 2)
    before = 0
    for number in range(3):
        run(write_unit(stream(number)))
        assert len(block.hits) > before
        before = len(block.hits)
    told = {ORDER[slot] for slot in block.hits if slot < len(ORDER)}
    assert told == run.figures.features <= POSSIBLE
    assert run.figures.branches
    assert run.counters.kept == told | run.figures.branches
    assert f"3 cases, {run.told().split(', ')[1]}" in run.told()
    assert f"features {len(told):,} of {len(POSSIBLE):,}; branches {len(run.figures.branches):,}" in run.told()


@pytest.mark.parametrize(("feedback", "features", "branches"), [("none", 0, 0), ("features", 1, 0), ("branches", 0, 1)])
def test_only_what_is_asked_for_is_told(feedback: str, features: int, branches: int) -> None:
    block = Block()
    settings = settings_of([f"--feedback={feedback}", "--engine=reference,compiled"])
    run = Differential(settings, Counters(block, ORDER))
    stream = CaseStream(swarm, 2)
    for number in range(3):
        run(write_unit(stream(number)))
    assert run.figures.features
    assert bool(run.figures.branches) == bool(branches)
    assert any(slot < len(ORDER) for slot in block.hits) == bool(features)
    assert any(slot >= len(ORDER) for slot in block.hits) == bool(branches)


def test_engines_are_opened_at_the_first_unit() -> None:
    opened: list[Settings] = []

    def opener(settings: Settings) -> Engines:
        opened.append(settings)
        return {"reference": TracedReferenceEngine(), "compiled": CompiledEngine()}

    run = Differential(Settings(), Counters(Block()), opener=opener)
    assert not opened
    run(b"")
    run(b"")
    assert len(opened) == 1
    assert run.figures.nothing == 2
    assert run.figures.cases == 0


def test_a_known_difference_is_named_once_and_not_raised(capsys: pytest.CaptureFixture[str]) -> None:
    data = (FINDINGS / "lent-before-type.wast").read_bytes()
    run = Differential(Settings(), Counters(Block()))
    run(data)
    run(data)
    assert run.figures.known == {"wasmtime-lent-before-type": 2}
    said = capsys.readouterr().err
    assert said.count("known difference wasmtime-lent-before-type: ") == 1
    assert "known differences 2" in run.told()


def test_what_nobody_knows_is_raised_and_written(
    shown: bytes, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run = Differential(Settings(artifacts=f"{tmp_path}/a-"), Counters(Block()), opener=faulty)
    with pytest.raises(Disagreement) as raised:
        run(shown)
    (path,) = tmp_path.iterdir()
    assert path == raised.value.path
    assert path.name.startswith("a-call-")
    assert str(path) in str(raised.value)
    said = capsys.readouterr().err
    assert "disagreement: call" in said
    assert "reference" in said and "compiled" in said
    assert "our bug: reference and compiled differ" in said
    case = from_wast(path.read_text())
    assert case.blueprint is not None
    assert write_unit(case.blueprint) == shown
    assert case.origin.verdict == raised.value.found.lines
    assert any(call.expected is not None for call in case.calls)
    assert run_script_on(path, [TracedReferenceEngine()]).reports[0].ok


def test_of_several_that_show_the_same_the_smallest_is_kept(shown: bytes, tmp_path: Path) -> None:
    run = Differential(Settings(artifacts=f"{tmp_path}/"), Counters(Block()), opener=faulty)
    found = run.found(shown)
    assert found is not None
    with pytest.raises(Disagreement) as raised:
        run(shown)
    path = raised.value.path
    size = path.stat().st_size
    path.write_bytes(b" " * (size + 1))
    with pytest.raises(Disagreement):
        run(shown)
    assert path.stat().st_size == size
    path.write_bytes(b"small")
    with pytest.raises(Disagreement):
        run(shown)
    assert path.read_bytes() == b"small"


def test_a_case_without_a_blueprint_and_a_script_show_the_fault_as_well(shown: bytes, tmp_path: Path) -> None:
    run = Differential(Settings(artifacts=f"{tmp_path}/"), Counters(Block()), opener=faulty)
    case = from_wast(shown.decode())
    told = to_wast(replace(case, blueprint=None))
    assert "factfuzz-blueprint" not in told and "factfuzz-case" in told
    written = "\n".join(line for line in told.splitlines() if not line.startswith(";; "))
    for text in (told, written):
        with pytest.raises(Disagreement) as raised:
            run(text.encode())
        lines = raised.value.path.read_text().splitlines()
        assert any(line.startswith(";; disagreement: ") for line in lines)
        raised.value.path.unlink()
    assert run.figures.features


def test_while_a_unit_is_made_smaller_only_what_it_shows_counts(shown: bytes, tmp_path: Path) -> None:
    (tmp_path / "crash").write_bytes(shown)
    alike = Settings(artifacts=f"{tmp_path}/", alike=tmp_path / "crash")
    run = Differential(alike, Counters(Block()), opener=faulty)
    with pytest.raises(Disagreement):
        run(shown)
    other = Differential(alike, Counters(Block()), opener=faulty)
    other(b"")
    other._alike = "call another=returned"
    other(shown)


def test_the_minimiser_makes_it_smaller(shown: bytes, tmp_path: Path) -> None:
    run = Differential(Settings(artifacts=f"{tmp_path}/"), Counters(Block()), opener=faulty)
    case = from_wast(shown.decode())
    assert case.blueprint is not None
    smaller = run.minimised(case.blueprint)
    assert smaller is not None
    before, after = run.found(shown), run.found(write_unit(smaller))
    assert before is not None and after is not None
    assert before.signature == after.signature
    assert len(write_unit(smaller)) < len(shown) / 2
    assert run.minimised(CaseStream(swarm, 2)(0)) is None


def test_invalid_mutations_are_counted_and_do_not_end_the_run(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from generators.components import Rendered

    units = Units()
    run = Differential(Settings(engines=("reference",)), Counters(Block()), units)
    data = units.write(CaseStream(swarm, 2)(0), "type")
    run(data)
    other = CaseStream(swarm, 2)(1)
    monkeypatch.setattr("fuzz.guided.units.render", lambda _: Rendered("(component (nonsense))", (), (), {}))
    monkeypatch.setattr("fuzz.guided.units._written", lambda *_: b"(component (nonsense))")
    run(units.write(other, "value"))
    assert (run.figures.mutated, run.figures.valid) == (2, 1)
    assert "50.0 % of 2 mutated cases valid" in run.told()
    assert "factfuzz: value: text that cannot be assembled" in capsys.readouterr().err
