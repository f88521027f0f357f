"""What the generator of cases about handles draws is valid, does what its model says, and reaches what it should."""

from __future__ import annotations

from collections import Counter

import pytest
from failing_cases import about
from handle_logs import about_handles
from hypothesis import given
from hypothesis_profiles import times
from msgspec.structs import replace
from wasmtime import wat2wasm

from fact.model.traps import Trap
from fact.model.values import Handle
from fuzz.compare import kind
from fuzz.engines.base import Engine, Running
from fuzz.engines.compiled import CompiledEngine
from fuzz.engines.reference import ReferenceEngine
from fuzz.observe import Program, RecordingHost, observe, perform
from fuzz.outcome import Outcome, Trapped
from generators import families
from generators.families import AnyBlueprint, called_signatures, cases, from_json, render, to_json
from generators.handles import HOST, HandleBlueprint
from generators.handles_cases import MOST_OPERATIONS, handle_blueprints
from generators.handles_model import Model
from generators.handles_script import operations
from generators.handles_text import DROP
from generators.stream import examples


@pytest.fixture(scope="module")
def drawn() -> list[HandleBlueprint]:
    return list(examples(1, 150, handle_blueprints()))


def expected(blueprint: HandleBlueprint) -> list[str]:
    """What the model says of each call, fresh after a trap."""
    model, found = Model(blueprint), []
    for call in blueprint.calls:
        try:
            model.call(call)
            found.append("returned")
        except Trap as trap:
            found.append(trap.reason.value)
            model = Model(blueprint)
    return found


def told(outcome: Outcome) -> str:
    return outcome.reason.value if isinstance(outcome, Trapped) else kind(outcome)


@times(1.5)
@given(handle_blueprints())
def test_the_model_and_the_reference_agree_on_traps(blueprint: HandleBlueprint) -> None:
    """CanonicalABI.md, Table State to canon resource.rep; written twice."""
    with about(blueprint):
        rendered = render(blueprint)
        program = Program(bytes(wat2wasm(rendered.text)), rendered.calls, rendered.log_prefixes, rendered.host)
        outcomes = observe(ReferenceEngine(), program).outcomes()
        assert list(map(told, outcomes)) == expected(blueprint)


def logs(running: Running, instances: list[int]) -> list[list[int]]:
    """By instance, what its log has about handles."""
    def number(function: str, *args: int) -> int:
        value = running.invoke(function, args)
        assert isinstance(value, int)
        return value

    counts = [number(f"i{i}-log-count") for i in instances]
    return [about_handles([number(f"i{i}-log-entry", k) for k in range(count)])
            for i, count in zip(instances, counts, strict=True)]


@pytest.mark.parametrize("seed", [12, 13])
def test_the_model_and_engines_agree_on_logs(seed: int) -> None:
    """Handles, representations, destructors and the storage of threads, until something traps."""
    engines: tuple[Engine, ...] = (ReferenceEngine(), CompiledEngine())
    looks = 0
    for blueprint in examples(seed, 40, handle_blueprints(junk=False, host=False)):
        rendered, model = render(blueprint), Model(blueprint)
        binary = bytes(wat2wasm(rendered.text))
        running = [engine.load(binary).instantiate(RecordingHost(rendered.host)) for engine in engines]
        instances = [i for i in range(len(blueprint.instances)) if not blueprint.definition(i).relay]
        for call, (name, args) in zip(blueprint.calls, rendered.calls, strict=True):
            try:
                model.call(call)
            except Trap:
                break
            with about(blueprint):
                for one in running:
                    one.invoke(name, args)
                    assert logs(one, instances) == [model.holders[i].log for i in instances]
        looks += any(fact.startswith("context.get") for fact in model.met)
    assert looks > 5


def test_a_destructor_can_be_any_core_function(drawn: list[HandleBlueprint]) -> None:
    """Binary.md, Type Definitions: of the guest, a built-in, an adapter; each is drawn, and told by the instance that
    is to have it."""
    found = Counter(type(r.destructor).__name__ for b in drawn for d in b.definitions for r in d.resources)
    assert set(found) == {"bool", "Dropping", "Storing", "Noting"}
    assert found["Noting"] < 0.1 * found.total(), "wasmtime 50 aborts for some"
    assert {i.noted == HOST for b in drawn for i in b.instances if i.noted is not None} == {True, False}
    for blueprint in drawn:
        for i, instance in enumerate(blueprint.instances):
            assert (instance.noted is not None) == blueprint.definition(i).notes
            assert not replace(blueprint, instances=(
                *blueprint.instances[:i], replace(instance, noted=None if blueprint.definition(i).notes else 0),
                *blueprint.instances[i + 1 :],
            )).fits()


def test_the_model_and_the_reference_agree_on_what_the_host_sees() -> None:
    """CanonicalABI.md, canon resource.drop: the host is told of its resources that nobody owns any more; and how often
    each of its functions is called."""
    reference, dropped = ReferenceEngine(), 0
    for blueprint in examples(15, 120, handle_blueprints()):
        if not blueprint.host_types:
            continue
        rendered, model = render(blueprint), Model(blueprint)
        host = RecordingHost(rendered.host)
        running = reference.load(bytes(wat2wasm(rendered.text))).instantiate(host)
        for call, (name, args) in zip(blueprint.calls, rendered.calls, strict=True):
            try:
                model.call(call)
            except Trap:
                break
            perform(running, name, args)
        else:
            told = Counter((int(c.path[0][1:]), c.args[0].number) for c in host.calls
                           if c.path[-1] == DROP and isinstance(c.args[0], Handle))
            expected = {(r.index, rep): n for (r, rep), n in model.destroyed.items() if r.instance == HOST}
            with about(blueprint):
                assert told == expected
            dropped += bool(told)
    assert dropped > 2


def test_blueprints_are_json_and_within_bounds(drawn: list[HandleBlueprint]) -> None:
    for blueprint in drawn:
        assert from_json(to_json(blueprint)) == blueprint
        assert blueprint.fits()
        count = sum(1 for call in blueprint.calls for _ in operations(getattr(call, "script", ())))
        assert count <= 2 * MOST_OPERATIONS
        assert len(called_signatures(blueprint)) == len(blueprint.calls)


def test_without_junk_hardly_anything_traps() -> None:
    found = Counter(outcome for b in examples(7, 100, handle_blueprints(junk=False)) for outcome in expected(b))
    assert found["returned"] > 0.8 * found.total(), found


def test_without_the_host_it_holds_nothing() -> None:
    assert not any(b.exports for b in examples(8, 60, handle_blueprints(host=False)))


def test_a_campaign_draws_both_families() -> None:
    drawn: list[AnyBlueprint] = list(examples(9, 200, cases()))
    share = sum(isinstance(b, HandleBlueprint) for b in drawn) / len(drawn)
    assert abs(share - families._FAMILIES.count("handles") / len(families._FAMILIES)) < 0.07
