"""The cases in `corpus/seeds`: all engines agree on them, and they show what they are there for."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pytest

from fact.model.settings import Reentrance
from fuzz.case import Case
from fuzz.compare import same_outcome
from fuzz.engines.registry import open_traced
from fuzz.examine import Engines, Examination, by_name, divergence_among, program_of
from fuzz.known import load_known, set_aside
from fuzz.observe import Observation, observe
from fuzz.outcome import Returned, Trapped
from fuzz.script import from_wast
from fuzz.validate import presume_valid

SEEDS = Path(__file__).resolve().parents[3] / "corpus" / "seeds"
FILES = sorted(SEEDS.glob("*.wast"))

PARTS = 8
"""Processes that run tests share the work."""

FEATURES = 1515
"""What the seeds show on the reference: more where there are new ones, never less."""


@cache
def engines() -> Engines:
    return by_name(open_traced())


def case_in(file: Path) -> Case:
    return from_wast(file.read_text(encoding="utf-8"))


@pytest.mark.parametrize("part", range(PARTS))
def test_engines_agree_and_do_what_is_expected(part: int) -> None:
    wrong = {file.name: found for file in FILES[part::PARTS] if (found := _wrong(case_in(file)))}
    assert wrong == {}


def _wrong(case: Case) -> str:
    """What is not as it should be; known differences are."""
    assert case.blueprint is not None and case.origin.reentrance == Reentrance.GUARDED.value
    program = program_of(case)
    observations = {name: observe(engine, program) for name, engine in engines().items()}
    divergence = divergence_among(observations, case.blueprint, program, engines())
    examined = Examination(case.blueprint, program, observations, divergence, {})
    versions = {name: engine.info.version for name, engine in engines().items()}
    examined, _ = set_aside(load_known(), examined, engines(), versions)
    if examined.divergence is not None:
        return str(examined.divergence)
    if lost := set(case.origin.features) - examined.features:
        return f"does not show {', '.join(sorted(lost))}"
    return _unexpected(case, observations["reference"])


def _unexpected(case: Case, seen: Observation) -> str:
    if case.start_trap is not None or seen.refusal is not None:
        return "" if _same(case.start_trap, seen.refusal) else f"{seen.refusal} instead of {case.start_trap}"
    calls = zip(case.calls, seen.calls, strict=True)
    return "; ".join(f"{c.function}: {s.outcome}" for c, s in calls if not _same(c.expected, s.outcome))


def _same(expected: Returned | Trapped | None, outcome: object) -> bool:
    return expected is not None and same_outcome("seed", expected, "reference", outcome)  # type: ignore[arg-type]


def test_nothing_that_seeds_show_is_lost() -> None:
    shown = set[str]()
    for program in (program_of(case_in(file)) for file in FILES):
        presume_valid(program.binary)  # the others have told
        shown |= observe(engines()["reference"], program).features
    assert len(shown) >= FEATURES


def test_there_are_a_few_hundred_small_files() -> None:
    sizes = [file.stat().st_size for file in FILES]
    assert 100 < len(FILES) < 600
    assert sum(sizes) < 2 << 20
