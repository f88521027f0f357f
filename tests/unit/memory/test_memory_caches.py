"""What is remembered between cases is bounded, so that a process can run for a night."""

import functools
import gc
import importlib
import pkgutil
import weakref
from collections.abc import Iterator
from typing import Any

import fact
import fuzz
import generators
from fact.abi import memo
from generators.families import swarm
from generators.stream import CaseStream

MOST = 4096
"""Entries of any one cache."""

OURS = ("fact.", "generators.", "fuzz.")

FEW = frozenset({
    "fact.adapters.handles.support_text",  # by pointer types
    "fact.adapters.strings_text.support_text",  # by pointer types and encodings
    "fact.run.engine._engine",  # by profile, and whether metered
    "fuzz.cmin.measure.engines_for",  # by settings for re-entrance
    "fuzz.engines.isolated.isolated",  # by functions that make an engine
    "fuzz.guided.dictionaries.words",  # by targets
    "fuzz.triage.entries.entries",  # by directories of known differences
    "fuzz.version.package_version",  # by packages
    "fuzz.wast.scope._host_module",  # by the texts of the host's modules
})
"""Caches without a bound: what they are asked for comes from a small set."""


def caches() -> Iterator[tuple[str, Any]]:
    for package in (fact, generators, fuzz):
        for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            if module.name != "fuzz.__main__" and ".targets." not in module.name:
                importlib.import_module(module.name)
    for found in gc.get_objects():
        ours = isinstance(found, functools._lru_cache_wrapper) and found.__module__.startswith(OURS)
        if ours:
            yield f"{found.__module__}.{found.__qualname__}", found


def test_a_cache_without_a_bound_has_no_arguments_or_few() -> None:
    found = dict(caches())
    assert len(found) > 20
    unbounded = {name for name, cache in found.items()
                 if cache.cache_parameters()["maxsize"] is None and cache.__wrapped__.__code__.co_argcount}
    assert unbounded <= FEW


def test_no_cache_may_grow_past_some_thousands() -> None:
    sizes = {name: cache.cache_parameters()["maxsize"] for name, cache in caches()}
    assert {name: size for name, size in sizes.items() if size is not None and size > MOST} == {}


class Thing:
    def __init__(self, inner: "Thing | None" = None) -> None:
        self.inner = inner


def test_a_rule_lets_go_of_arguments_that_nobody_asks_for_any_more() -> None:
    rule = memo.by_identity(lambda thing: id(thing))
    alive: weakref.WeakSet[Thing] = weakref.WeakSet()
    for _ in range(3 * memo.REMEMBERED):
        thing = Thing()
        alive.add(thing)
        assert rule(thing) == id(thing)
    assert len(alive) <= memo.REMEMBERED


def test_a_rule_that_starts_afresh_while_it_recurs_answers_the_same() -> None:
    @memo.by_identity
    def depth(thing: Thing) -> int:
        return 0 if thing.inner is None else 1 + depth(thing.inner)

    chain = [Thing()]
    for _ in range(100):
        chain.append(Thing(chain[-1]))
    others = [Thing() for _ in range(memo.REMEMBERED - 50)]
    assert {depth(other) for other in others} == {0}
    assert depth(chain[-1]) == 100, "half of the way down there is no room any more"
    assert [depth(thing) for thing in chain] == list(range(101))


def test_rules_of_the_reference_keep_few_types() -> None:
    assert memo.REMEMBERED <= MOST
    assert all(len(found) <= memo.REMEMBERED for found in memo._memories)


def test_strategies_of_batches_that_are_over_are_let_go_of() -> None:
    """Each batch of cases does without other things, and has a strategy of its own."""
    stream = CaseStream(swarm, 8)
    alive: weakref.WeakSet[Any] = weakref.WeakSet()
    for batch in range(40):
        stream(50 * batch)
        alive.add(stream.strategy(50 * batch))
    gc.collect()
    assert len(alive) <= 12
