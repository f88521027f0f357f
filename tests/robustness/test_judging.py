"""The judge sees what it is there to see: exceptions that are not ours, hangs, deaths, and valid input refused."""

from __future__ import annotations

import signal
import sys
from collections.abc import Callable
from pathlib import Path

import judging
import pytest
import wasmtime
from judging import Listed, TimeIsUp, judge, verdicts

from fact.adapters import compile_adapters
from fact.errors import LinkError
from fact.model.plan import CompiledAdapterModule, Plan
from fact.model.syntax import Component

STAR = bytes(wasmtime.wat2wasm(
    (Path(__file__).parents[1] / "components" / "counter-star.wat").read_text()))


@pytest.fixture(autouse=True)
def alarm() -> None:
    signal.signal(signal.SIGPROF, judging._ring)


def links_by(monkeypatch: pytest.MonkeyPatch, link: Callable[[Component], object]) -> None:
    monkeypatch.setattr(judging, "link", link)


def test_a_valid_component_passes_every_stage() -> None:
    verdict = judge(STAR, 0, validated=True)
    assert (verdict.stage, verdict.error, verdict.valid, verdict.offence) == ("end", None, True, None)


def test_what_is_not_valid_may_be_refused() -> None:
    verdict = judge(STAR[:-1], 0, validated=True)
    assert (verdict.stage, verdict.error, verdict.valid, verdict.offence) == ("decode", "Malformed", False, None)


@pytest.mark.parametrize("error", [AssertionError(), KeyError("x"), RecursionError(), MemoryError(), TypeError("?")])
def test_other_exceptions_are_offences(error: Exception, monkeypatch: pytest.MonkeyPatch) -> None:
    def link(component: Component) -> object:
        raise error

    links_by(monkeypatch, link)
    verdict = judge(STAR, 0, validated=False)
    assert verdict.stage == "link" and verdict.error == type(error).__name__
    assert verdict.offence is not None and type(error).__name__ in verdict.offence


def test_a_valid_component_refused_is_an_offence(monkeypatch: pytest.MonkeyPatch) -> None:
    def link(component: Component) -> object:
        raise LinkError("no")

    links_by(monkeypatch, link)
    assert judge(STAR, 0, validated=False).offence is None
    assert "a valid component is refused: LinkError: no" in (judge(STAR, 0, validated=True).offence or "")


def test_an_adapter_module_that_is_invalid_is_an_offence(monkeypatch: pytest.MonkeyPatch) -> None:
    def compile_wrongly(plan: Plan) -> tuple[CompiledAdapterModule, ...]:
        made = compile_adapters(plan)
        object.__setattr__(made[0], "wat", "(module (func (result i32)))")
        return made

    monkeypatch.setattr(judging, "compile_adapters", compile_wrongly)
    assert "is invalid" in (judge(STAR, 0, validated=True).offence or "")


def test_a_hang_is_an_offence(monkeypatch: pytest.MonkeyPatch) -> None:
    def link(component: Component) -> object:
        while True:
            sys.getrefcount(component)

    links_by(monkeypatch, link)
    monkeypatch.setattr(judging, "SECONDS", 0.2)
    assert "no end within 0.2 s" in (judge(STAR, 0, validated=False).offence or "")


def test_the_alarm_is_no_exception_that_anyone_catches() -> None:
    assert not issubclass(TimeIsUp, Exception)


class Deadly(Listed):
    """Binary 1 is the end of the process that makes it."""

    def __call__(self, number: int) -> tuple[bytes, str]:
        if number == 1:
            sys.exit(3)
        return STAR, ""


def test_the_end_of_the_process_is_the_offence_of_one_binary() -> None:
    found = list(verdicts(Deadly(()), 3, validate_every=4))
    assert [v.number for v in found] == [0, 1, 2]
    assert [v.offence for v in found] == [None, "the process died, exit status 3", None]
