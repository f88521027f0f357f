"""The smallest case over which an engine's process ends; whoever looks for it lives on."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from itertools import count

import pytest
from deadly_engines import cases_that_cannot_be_made, cases_that_wasmtime_dies_of, small_cases

from fuzz.engines.limits import MIB, Limits
from fuzz.minimise.crashes import DeathTest, Suspect, death_in, death_shows, shrink_death
from fuzz.minimise.shrink import Shrunk, size
from generators.blueprint import Blueprint
from generators.stream import CaseStream

SEED = 3
LIMITS = Limits(0.5, 200 * MIB, MIB)
ABORT = "crash aborts SIGABRT; at misdeed.rs"


def suspect(name: str, limits: Limits = LIMITS) -> Suspect:
    return Suspect(name, limits, "deadly_engines:open_deadly")


def passes(blueprint: Blueprint, least_arguments: int = 1) -> list[bool]:
    """By call: whether it passes one character, among so many arguments."""
    return [
        any(isinstance(a, str) and len(a) == 1 for a in call.args) and len(call.args) >= least_arguments
        for call in blueprint.calls
    ]


@cache
def case(least_arguments: int = 1) -> tuple[int, Blueprint]:
    """One with several calls, of which some do."""
    stream = CaseStream(small_cases, SEED)
    for number in range(1000):
        blueprint = stream(number)
        if any(passes(blueprint, least_arguments)) and not all(passes(blueprint)):
            return number, blueprint
    raise AssertionError("there is none")


SECONDS = 600.0
"""More than any of this takes: what ends it is the number of cases tried."""


def after(cases: int) -> Callable[[], bool]:
    asked = count(1)
    return lambda: next(asked) > cases


def shrunk_case(
    name: str, signature: str, cases: int, improved: Callable[[Shrunk], object] = lambda _: None
) -> Shrunk | None:
    number, original = case()
    return shrink_death(
        small_cases, SEED, number, signature, suspect(name), SECONDS, after(cases), start=original, improved=improved
    )


@pytest.mark.parametrize(("name", "signature", "how"), [
    ("aborts", ABORT, "killed by SIGABRT"),
    ("segfaults", "crash segfaults SIGSEGV", "killed by SIGSEGV"),
    ("leaves", "crash leaves exit status 3", "exited with status 3"),
    ("spins", "hang spins", "no answer within 0.5 s"),
    ("leaks", "resource use leaks memory", "used more than 200 MiB of memory"),
    ("prints", "resource use prints output", "printed more than 1 MiB"),
])
def test_any_end_of_an_engine_is_made_smaller(name: str, signature: str, how: str) -> None:
    """What is told of it is what comes under all limits, though less was given while others were tried."""
    _, original = case()
    shrunk = shrunk_case(name, signature, 12)
    assert shrunk is not None
    examined = shrunk.examination
    assert isinstance(examined.blueprint, Blueprint)
    assert any(passes(examined.blueprint))
    assert size(examined.blueprint) < size(original)
    death = death_in(examined)
    assert death is not None and (death.engine, death.how, death.signature) == (name, how, signature)
    assert examined.divergence is not None and examined.divergence.signature == signature


def test_the_smallest_has_one_call() -> None:
    told: list[Shrunk] = []
    shrunk = shrunk_case("aborts", ABORT, 1000, improved=told.append)
    assert shrunk is not None
    assert isinstance(shrunk.examination.blueprint, Blueprint)
    assert passes(shrunk.examination.blueprint) == [True]
    sizes = [size(s.examination.blueprint) for s in told]
    assert sizes == sorted(sizes, reverse=True)
    assert sizes[-1] == size(shrunk.examination.blueprint)


def test_what_is_told_says_where_it_ended_and_what_was_printed() -> None:
    _, original = case()
    examined = DeathTest(suspect("aborts"))(original)
    assert examined.divergence is not None
    assert examined.divergence.call == passes(original).index(True)
    (side,) = examined.divergence.sides
    assert side.engines == ("aborts",)
    assert side.saw.startswith("crashed: killed by SIGABRT: thread '<unnamed>'")
    assert side.saw.endswith(": no such luck")


def test_an_end_of_another_kind_is_not_it() -> None:
    _, original = case()
    assert shrunk_case("aborts", "crash aborts SIGSEGV", 9) is None
    assert shrunk_case("grumbles", "crash grumbles SIGABRT", 9) is None
    assert death_shows(suspect("aborts"), original, ABORT)
    assert not death_shows(suspect("aborts"), original, "hang aborts")
    assert not death_shows(suspect("grumbles"), original, ABORT)


def test_it_ends_when_it_is_told_to() -> None:
    shrunk = shrunk_case("aborts", ABORT, 0)
    assert shrunk is not None and shrunk.tried == 1


def test_without_a_beginning_the_case_is_made_from_seed_and_number() -> None:
    number, _ = case()
    shrunk = shrink_death(small_cases, SEED, number, ABORT, suspect("aborts"), SECONDS, after(9))
    assert shrunk is not None


def test_a_case_that_cannot_be_made_is_none() -> None:
    assert shrink_death(cases_that_cannot_be_made, SEED, 0, ABORT, suspect("aborts"), SECONDS) is None


def test_what_ends_when_it_is_waited_for_longer_does_not_hang(monkeypatch: pytest.MonkeyPatch) -> None:
    """While others are tried, less time is given than the limit: what was made too fast by that is not the answer."""
    number, original = case(4)
    monkeypatch.setattr("fuzz.minimise.crashes.LEAST_SECONDS", 0.05)
    slow = suspect("dawdles", Limits(0.3, 200 * MIB, MIB))
    shrunk = shrink_death(small_cases, SEED, number, "hang dawdles", slow, SECONDS, after(40), start=original)
    assert shrunk is not None
    assert isinstance(shrunk.examination.blueprint, Blueprint)
    assert any(passes(shrunk.examination.blueprint, 2))


def test_what_wasmtime_dies_of() -> None:
    native = Suspect("native")
    stream = CaseStream(cases_that_wasmtime_dies_of, SEED)
    test = DeathTest(native)
    number = next(n for n in range(1000) if death_in(test(stream(n))) is not None)
    test.close()
    signature = "crash native SIGABRT; at dfg.rs"
    shrunk = shrink_death(cases_that_wasmtime_dies_of, SEED, number, signature, native, SECONDS, after(20))
    assert shrunk is not None
    assert size(shrunk.examination.blueprint) < size(stream(number))
    assert death_shows(native, shrunk.examination.blueprint, signature)
