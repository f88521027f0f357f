"""What the generators draw is valid, runs, reaches every feature and shrinks."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any

import pytest
import wasmtime
from hypothesis import find, settings
from wasmtime.component import Component, Instance, Linker

from fact.model.types import Prim
from generators import ALL_FEATURES, Rendered, blueprints, examples, features, from_json, render, respond, to_json
from generators.blueprint import Behaviour, Blueprint
from generators.wiring import instances, wire

pytestmark = pytest.mark.property

ENGINE = wasmtime.Engine()
_REACH_DRAWS = 6000


def component(rendered: Rendered) -> Component:
    return Component(ENGINE, wasmtime.wat2wasm(rendered.text))


def instantiate(rendered: Rendered, store: wasmtime.Store) -> Instance:
    linker = Linker(ENGINE)
    with linker.root() as root:
        for name in dict.fromkeys(path[0] for path in rendered.host):
            members = {path[1:]: b for path, b in rendered.host.items() if path[0] == name}
            if () in members:
                root.add_func(name, answering(members[()]))
                continue
            with root.add_instance(name) as inside:
                for (member,), behaviour in members.items():
                    inside.add_func(member, answering(behaviour))
    return linker.instantiate(store, component(rendered))


def answering(behaviour: Behaviour) -> Callable[..., object]:
    return lambda _, *args: respond(behaviour, args)


def call(instance: Instance, store: wasmtime.Store, path: str, args: Sequence[Any]) -> Any:
    index = None
    for name in path.split("#"):
        index = instance.get_export_index(store, name, index)
    assert index is not None, path
    function = instance.get_func(store, index)
    assert function is not None, path
    return function(store, *args)


def traps(blueprint: Blueprint) -> bool:
    """Whether anything traps; reads all logs when nothing does."""
    rendered, store = render(blueprint), wasmtime.Store(ENGINE)
    try:
        instance = instantiate(rendered, store)
        for path, args in rendered.calls:
            call(instance, store, path, args)
    except Exception:
        return True
    for prefix in rendered.log_prefixes:
        count = call(instance, store, f"{prefix}-log-count", ())
        assert (count == 0) == (call(instance, store, f"{prefix}-log-digest", ()) == 0x9E3779B97F4A7C15)
        for i in range(min(count, 3)):
            assert call(instance, store, f"{prefix}-log-entry", (i,)) >= 0
    return False


@pytest.mark.parametrize("seed", [1, 2])
def test_drawn_components_are_valid(seed: int) -> None:
    refused: Counter[str] = Counter()
    for blueprint in examples(seed, 100, blueprints()):
        try:
            component(render(blueprint))
        except wasmtime.WasmtimeError as error:
            refused[str(error)[-300:]] += 1
    assert not refused, refused


def test_valid_blueprints_trap_only_where_they_say_so() -> None:
    """Without hostility and re-entrance only the host traps: every value is lifted and lowered as it should be."""
    for blueprint in examples(3, 100, blueprints(hostile=False, reentrance=False)):
        if "host trap" not in features(blueprint):
            assert not traps(blueprint), to_json(blueprint)


def test_most_cases_test_values() -> None:
    drawn = list(examples(4, 100, blueprints()))
    trapping = sum(map(traps, drawn))
    assert 5 < trapping < 0.4 * len(drawn)


def test_json_round_trip() -> None:
    for blueprint in examples(5, 150, blueprints()):
        again = from_json(to_json(blueprint))
        assert again == blueprint
        assert repr(render(again)) == repr(render(blueprint)), "by repr, since NaNs are not equal"


def test_every_feature_is_reached() -> None:
    missing = set(ALL_FEATURES)
    for drawn, blueprint in enumerate(examples(6, _REACH_DRAWS, blueprints())):
        missing -= features(blueprint)
        if not missing:
            assert drawn < _REACH_DRAWS
            return
    assert not missing


def test_shrinking_ends_in_one_call_on_two_components() -> None:
    def shows(blueprint: Blueprint) -> bool:
        facts = features(blueprint)
        hostile = facts & {"hostile char argument", "hostile char result"}
        return bool(hostile) and "param char direct, adapter" in facts and traps(blueprint)

    strategy = blueprints(types=(Prim.U32, Prim.CHAR), spilled=False)
    quick = settings(max_examples=1500, database=None, deadline=None, derandomize=True)
    found = find(strategy, shows, settings=quick)
    assert len(found.calls) == 1
    assert sum(len(i.guests) for i in instances(wire(found))) <= 2
    assert len(found.hostile) == 1
