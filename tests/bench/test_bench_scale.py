"""Linking and compiling takes time in proportion to the size."""

from __future__ import annotations

import json

import pytest
from bench_modules import Modules
from bench_report import as_json
from bench_runner import no_imports
from bench_scale import SHAPES, STAGES, Scale, timed
from wasmtime import wat2wasm

from fact.adapters import compile_adapters
from fact.decode import decode
from fact.link import link, partition
from fact.run import prepare_compiled, prepare_reference


@pytest.mark.parametrize("shape", SHAPES)
def test_eight_times_the_size_takes_no_more_than_some_eight_times_as_long(shape: str) -> None:
    """Quadratic time would be 64 times as long; the best of three, as other processes run."""
    timed(SHAPES[shape](2))
    small, large = (min(sum(timed(SHAPES[shape](n))) for _ in range(3)) for n in (25, 200))
    assert large < 24 * small


def test_a_thousand_of_each_are_all_there() -> None:
    plans = {shape: partition(link(decode(bytes(wat2wasm(SHAPES[shape](1000)))))) for shape in SHAPES}
    assert [len(plan.adapters) for plan in plans.values()] == [1000, 1000, 1000, 2000]
    assert [len(plan.adapter_modules) for plan in plans.values()] == [1000, 11, 1, 1]


def test_shops_sell_what_they_made() -> None:
    plan = partition(link(decode(bytes(wat2wasm(SHAPES["n resources, two adapters each"](2))))))
    for prepared in (prepare_reference(plan), prepare_compiled(plan, compile_adapters(plan))):
        instance = prepared.instantiate(no_imports)
        assert [instance.invoke("f1", [n]) for n in (5, 6)] == [5, 6]


def test_json_has_an_object_for_each_row() -> None:
    found = json.loads(as_json([], [Modules("f", 2, 3, 2, 1, 2)], [Scale("s", 10, (1.0,) * len(STAGES))]))
    assert [row["row"] for row in found] == ["modules: f, 2", "scale: s, 10"]
    assert (found[0]["ours"], found[1]["partition"]) == (1, 1.0)
