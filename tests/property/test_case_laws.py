"""Laws of whole cases, of every family: the engines agree on them but for known differences, and a case that was stored
is the case again."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import pytest
from failing_cases import about
from hypothesis import given
from hypothesis import strategies as st
from hypothesis_profiles import times
from validation import refusal

from fact.model.settings import Reentrance
from fact.model.types import FuncType
from fact.model.values import same_value
from fuzz.case import Call
from fuzz.engines.compiled import CompiledEngine
from fuzz.engines.isolated import isolated
from fuzz.engines.native import NativeEngine
from fuzz.engines.reference import TracedReferenceEngine
from fuzz.examine import Engines, by_name, examine
from fuzz.known import known_under, set_aside
from fuzz.outcome import Crashed, Misused, Refused, Returned, Trapped
from fuzz.reference_case import reference_case
from fuzz.script import from_wast, to_wast
from generators import AnyBlueprint, cases, from_json, render, to_json
from generators.families import called_signatures
from generators.strategies import FAMILIES

of_each_family = pytest.mark.parametrize("family", FAMILIES)


@cache
def engines() -> Engines:
    """wasmtime in a process of its own: its end is an outcome, and not that of the tests."""
    return by_name([TracedReferenceEngine(), CompiledEngine(), isolated(NativeEngine)])


VALIDATED_WITH: dict[str, tuple[str, ...]] = {
    "values": ("all",), "handles": ("cm-fixed-length-lists", "cm-map", "cm64"), "graphs": (),
}
"""Features that wasm-tools is to switch on; components, exceptions, tail calls, vectors and structures are on."""


def drawn(data: st.DataObject, family: str) -> AnyBlueprint:
    return data.draw(cases(families=[family]))


@of_each_family
@times(1.2)
@given(st.data())
def test_components_are_valid(family: str, data: st.DataObject) -> None:
    with about(blueprint := drawn(data, family)):
        assert not refusal(render(blueprint).text, *VALIDATED_WITH[family])


@of_each_family
@times(0.6)
@given(st.data())
def test_engines_agree_but_for_known_differences(family: str, data: st.DataObject) -> None:
    """Reference, compiled adapters and wasmtime: outcomes, results, reasons and places of traps, what guests log, calls
    of the host."""
    with about(blueprint := drawn(data, family)):
        examined = examine(blueprint, engines())
        versions = {name: engine.info.version for name, engine in engines().items()}
        left, _ = set_aside(known_under(Reentrance.GUARDED), examined, engines(), versions)
        assert left.divergence is None, "\n".join(left.divergence.lines())
        outcomes = examined.observations["reference"].outcomes()
        assert not any(isinstance(outcome, Refused | Crashed | Misused) for outcome in outcomes), outcomes


@of_each_family
@times(0.4)
@given(st.data())
def test_a_stored_case_is_read_back(family: str, data: st.DataObject) -> None:
    """Component, calls with what is expected of them, logs, the host's answers, where it comes from, the blueprint."""
    with about(blueprint := drawn(data, family)):
        case = reference_case(blueprint)
        again = from_wast(text := to_wast(case))
        assert to_wast(again) == text
        assert again.text.split() == case.text.split()
        assert replace(again, text="", calls=()) == replace(case, text="", calls=())
        assert len(again.calls) == len(case.calls)
        for one, other in zip(again.calls, case.calls, strict=True):
            assert (one.function, one.logs) == (other.function, other.logs)
            assert same_types(one, other)
            assert all(map(same_value, one.args, other.args))
            assert same_expectation(one, other)


def same_types(again: Call, call: Call) -> bool:
    """A script does not say what would be returned where something else is expected."""
    result = call.type.result if isinstance(call.expected, Returned) else again.type.result
    return again.type == FuncType(call.type.params, result)


def same_expectation(again: Call, call: Call) -> bool:
    if isinstance(call.expected, Returned) and isinstance(again.expected, Returned):
        return same_value(again.expected.value, call.expected.value)
    if isinstance(call.expected, Trapped) and isinstance(again.expected, Trapped):
        return (again.expected.reason, again.expected.site) == (call.expected.reason, call.expected.site)
    return again.expected is call.expected is None


@of_each_family
@times(0.4)
@given(st.data())
def test_a_blueprint_is_json_and_means_the_same_again(family: str, data: st.DataObject) -> None:
    with about(blueprint := drawn(data, family)):
        again = from_json(line := to_json(blueprint))
        assert (again, hash(again), to_json(again)) == (blueprint, hash(blueprint), line)
        assert repr(render(again)) == repr(render(blueprint)), "by repr, since NaNs are not equal"
        assert len(called_signatures(blueprint)) == len(render(blueprint).calls)


@of_each_family
@times(0.1)
@given(st.data())
def test_a_case_does_the_same_each_time(family: str, data: st.DataObject) -> None:
    """Each engine by itself: nothing is left over from the case before."""
    with about(blueprint := drawn(data, family)):
        first, second = (examine(blueprint, engines()).observations for _ in range(2))
        for name in engines():
            assert repr(without_time(first[name])) == repr(without_time(second[name])), name


def without_time(observation: object) -> object:
    return replace(observation, seconds=None)  # type: ignore[type-var]
