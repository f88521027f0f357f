"""A case that is over leaves nothing behind but what caches of bounded size keep."""

import functools
import gc
import sys
from collections import Counter
from collections.abc import Iterator

import pytest
import wasmtime
import wasmtime.component

from fact.abi import memo
from fact.model.settings import Reentrance
from fact.run.engine import CACHED_MODULES, CACHED_SUPPORT_MODULES
from fuzz.engines.pipeline import CACHED_PLANS
from fuzz.engines.registry import open_traced
from fuzz.examine import Engines, by_name, examine
from generators.families import AnyBlueprint, swarm
from generators.stream import CaseStream

BLOCKS_A_CASE = 3
"""Blocks of Python's memory that may be left of one case run: fewer than a store or a type takes."""

CASES, ROUNDS = 16, 2
NATIVE = (wasmtime.Store, wasmtime.component.Component, wasmtime.component.Linker, wasmtime.component.Instance)


@pytest.fixture(scope="module")
def engines() -> Engines:
    return by_name(open_traced(("reference", "compiled", "native"), Reentrance.GUARDED))


@pytest.fixture(scope="module")
def blueprints() -> list[AnyBlueprint]:
    stream = CaseStream(swarm, 12)
    return [stream(61 * number) for number in range(CASES)]


@pytest.fixture
def no_collector() -> Iterator[None]:
    gc.collect()
    gc.disable()
    yield
    gc.enable()


def counted() -> Counter[type]:
    return Counter(type(found) for found in gc.get_objects() if isinstance(found, (*NATIVE, wasmtime.Module)))


def test_reference_counts_alone_free_what_a_case_has_in_wasmtime(
    engines: Engines, blueprints: list[AnyBlueprint], no_collector: None
) -> None:
    before = counted()
    for blueprint in blueprints:
        examine(blueprint, engines)
        after = counted()
        assert [after[kind] - before[kind] for kind in NATIVE] == [0] * len(NATIVE)
    kept = CACHED_MODULES + CACHED_SUPPORT_MODULES
    assert after[wasmtime.Module] <= max(before[wasmtime.Module], kept) + CACHED_PLANS


@pytest.mark.parametrize("engine", ["reference", "compiled", "native"])
def test_the_same_cases_again_need_no_more_memory(
    engine: str, engines: Engines, blueprints: list[AnyBlueprint]
) -> None:
    alone = {engine: engines[engine]}

    def left() -> int:
        for _ in range(ROUNDS):
            for blueprint in blueprints:
                examine(blueprint, alone)
        forget_what_caches_keep()
        return sys.getallocatedblocks()

    left()
    before = left()
    assert left() - before < ROUNDS * CASES * BLOCKS_A_CASE


def test_making_cases_needs_no_more_memory() -> None:
    stream = CaseStream(swarm, 13)

    def left() -> int:
        for number in range(100):
            stream(number)
        forget_what_caches_keep()
        return sys.getallocatedblocks()

    left()
    before = left()
    assert left() - before < 100 * BLOCKS_A_CASE


def forget_what_caches_keep() -> None:
    """Those with a bound: what the others keep, such as wasmtime's engines, there is only once in a process."""
    memo.forget()
    for found in gc.get_objects():
        ours = isinstance(found, functools._lru_cache_wrapper) and found.__module__.startswith(("fact.", "generators."))
        if ours and found.cache_parameters()["maxsize"] is not None:
            found.cache_clear()
    gc.collect()
