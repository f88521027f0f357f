"""Functions of random types with handles, called with random words: generated adapters against the reference.

Handles are drawn from those that there are, so that calls get far; some are unknown, of the wrong type, or drawn twice.
What is compared: results, reasons and sites of traps, the memories, and every handle table, after each call.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable

import pytest
from failing_cases import about
from handle_worlds import AREA, DROPS, Writer, world
from hypothesis import given
from hypothesis import strategies as st
from hypothesis_profiles import times
from wasmtime import wat2wasm

from fact.abi import Violation
from fact.adapters import compile_adapters
from fact.adapters.signature import Signature
from fact.decode import decode
from fact.link import link, partition
from fact.model.settings import Reentrance
from fact.model.traps import Trap
from fact.model.values import Value
from fact.run import Instance, prepare_compiled, prepare_reference

WORLDS = 120
INDICES = 60
WORDS = 400


def no_host(*_: object) -> None:
    raise AssertionError("nothing is imported from the host")


class Driver:
    """Drives one instance of a world. *seen* is all that came out of it."""

    def __init__(self, instance: Instance, signature: Signature, callee: str, draw: random.Random) -> None:
        self.instance, self.signature, self.callee, self.draw = instance, signature, callee, draw
        self.seen: list[object] = []
        self.handles: dict[str, tuple[list[int], list[int]]] = {p: ([], []) for p in ("shop", "mid", "app")}

    def run(self) -> str:
        """How it ended."""
        try:
            for part in ("app", self.callee):
                self.stock(part)
            for _ in range(self.draw.randrange(1, 4)):
                self.prepare()
                self.call("call")
                self.look()
        except Trap as trap:
            self.seen.append((trap.reason, trap.site))
            return trap.reason.value
        return "returned"

    def call(self, name: str, *args: int) -> Value | None:
        value = self.instance.invoke(name, args)
        self.seen.append(value)
        return value

    def stock(self, part: str) -> None:
        """Handles, with holes between them."""
        for n in range(self.draw.randrange(4, 14)):
            resource = self.draw.randrange(2)
            index = self.call(f"{part}-take-{'ab'[resource]}", 1000 * n + resource)
            assert isinstance(index, int)
            self.handles[part][resource].append(index)
        for resource, mine in enumerate(self.handles[part]):
            for index in self.draw.sample(mine, min(len(mine), self.draw.randrange(3))):
                mine.remove(index)
                self.call(f"{part}-drop-one-{'ab'[resource]}", index)

    def prepare(self) -> None:
        """Arguments, what is returned, and what the callee drops before that: mostly what it was lent."""
        writer = Writer(self.draw, self.handles["app"])
        writer.arguments(self.signature)
        self.poke("app", writer.memory)
        writer = Writer(self.draw, self.handles[self.callee], at=writer.at if self.callee == "app" else AREA)
        if self.signature.result is not None:
            writer.result(self.signature.result, self.signature.result_spills)
        drops = [
            self.draw.choice((0, 0x10000)) | self.draw.randrange(1, 16)
            for _ in range(self.draw.choice((0, 0, 0, 1, 3)))
        ]
        for i, word in enumerate((len(drops), *drops)):
            writer.write(DROPS + 4 * i, 4, word)
        self.poke(self.callee, writer.memory)

    def poke(self, part: str, memory: dict[int, int]) -> None:
        for at in sorted({address & ~3 for address in memory}):
            self.call(f"{part}-poke", at, sum(memory.get(at + i, 0) << 8 * i for i in range(4)))

    def look(self) -> None:
        for part in sorted({"app", self.callee}):
            self.seen.append([self.instance.invoke(f"{part}-peek", (4 * word + AREA,)) for word in range(WORDS)])
        self.seen.append(self.instance.invoke("dead", ()))
        for instance in self.instance._linkage.component_instances:
            for index in range(INDICES):
                try:
                    h = instance.handles.get(index)
                    self.seen.append((h.rt, h.rep, h.own, h.num_lends))
                except Violation as violation:
                    self.seen.append(violation.reason)


@pytest.mark.parametrize("reentrance", Reentrance)
def test_adapters_and_the_reference_agree_on_handles(reentrance: Reentrance) -> None:
    """CanonicalABI.md, "Loading" and "Storing" of handles, within every type that may hold them."""
    ends: Counter[str] = Counter()
    for seed in range(WORLDS):
        ends[agreed(seed if reentrance is Reentrance.GUARDED else seed + WORLDS, reentrance)] += 1
    reasons = ("returned", "unknown-handle", "wrong-resource-type", "handle-lent", "borrows-left")
    assert all(ends[reason] >= 3 for reason in reasons), ends


@times(0.05)
@given(st.integers(2 * WORLDS, 1 << 32), st.sampled_from(Reentrance))
def test_so_they_do_in_any_world(seed: int, reentrance: Reentrance) -> None:
    agreed(seed, reentrance)


def agreed(seed: int, reentrance: Reentrance) -> str:
    """How the world of *seed* ended, with adapters as with the reference."""
    wat, signature, callee, draw = world(seed)
    with about(wat):
        plan = partition(link(decode(bytes(wat2wasm(wat)))))
        compiled = compile_adapters(plan, reentrance=reentrance)
        state = draw.getstate()

        def driven(instantiate: Callable[..., Instance], again: bool) -> Driver:
            if again:
                draw.setstate(state)
            return Driver(instantiate(no_host), signature, callee, draw)

        one = driven(prepare_reference(plan, reentrance=reentrance).instantiate, False)
        ended = one.run()
        two = driven(prepare_compiled(plan, compiled, reentrance=reentrance).instantiate, True)
        assert (two.run(), two.seen) == (ended, one.seen), f"lifted in {callee}"
        return ended
