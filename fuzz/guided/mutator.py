"""Changes units by structure: a part of a case, not bytes of a file."""

from __future__ import annotations

import os
import traceback
from collections import Counter
from collections.abc import Callable
from itertools import islice
from random import Random

from fuzz.guided.script_values import with_another_value
from fuzz.guided.settings import FRESH
from fuzz.guided.units import Drawn, Told, Units, Written
from fuzz.minimise.shrink import reductions_of
from generators.families import AnyBlueprint, swarm, to_json
from generators.mutation import Mutated, crossed, mutated
from generators.stream import CaseStream

CHANGES = (1, 1, 1, 2, 2, 4, 8)
"""How many changes a mutation consists of, each as likely as another."""

CROSSED = 1 / 2
"""The share of crossovers that are one: libFuzzer asks for as many of them as of mutations."""

Minimise = Callable[[AnyBlueprint], AnyBlueprint | None]
"""A smaller case that shows the same, if one is found."""

NOTHING = b"\n"
"""A unit that stands for nothing, where none fits."""

_REDUCTIONS_TRIED = 60
_CANDIDATES = 24
"""Of one reduction, from the boldest on."""


class Mutator:
    """What libFuzzer asks for new units. Results depend on units, sizes and seeds alone.

    *counts* are the units made, by what they are: `fresh`, `crossed`, a kind of mutation, `reduced`; `failed` are
    changes that raised, or whose result could not be rendered: mistakes of ours. *failures* say what was raised, and
    how often.
    """

    def __init__(
        self, units: Units | None = None, fresh: float = FRESH, minimise: Minimise | None = None
    ) -> None:
        """*minimise* is asked first when a case is to become smaller, once for each."""
        self.units = Units() if units is None else units
        self.fresh = fresh
        self._minimise = minimise
        self._minimised: set[AnyBlueprint] = set()
        self.counts: Counter[str] = Counter()
        self.failures: dict[str, int] = {}

    def mutate(self, data: bytes, max_size: int, seed: int) -> bytes:
        """*data* changed; a fresh case where it is none. Where *max_size* is less than *data* has, as for
        `-minimize_crash`, it is reduced to that; a unit that stands for nothing where nothing fits."""
        random = Random(seed)
        match self.units.read(data):
            case Drawn(blueprint=blueprint) if max_size < len(data):
                return self._reduced(blueprint, max_size, random)
            case Drawn(blueprint=blueprint) if random.random() >= self.fresh:
                made = self._changed(blueprint, random)
            case Told() | Written() if random.random() >= self.fresh:
                made = with_another_value(data, random) or self._fresh(random)
            case _:
                made = self._fresh(random)
        return made if len(made) <= max_size else self._fitting(made, max_size, random)

    def cross(self, first: bytes, second: bytes, max_size: int, seed: int) -> bytes:
        """*first* with a part of *second*, or, as often, changed as by *mutate*, which is also done where nothing of
        *second* fits."""
        random = Random(seed)
        one, other = self.units.read(first), self.units.read(second)
        if isinstance(one, Drawn) and isinstance(other, Drawn) and max_size >= len(first) and random.random() < CROSSED:
            made = self._made(lambda: crossed(one.blueprint, other.blueprint, random))
            if made is not None and len(made) <= max_size:
                return made
        return self.mutate(first, max_size, random.getrandbits(32))

    def told(self) -> list[str]:
        """Words about mistakes of ours, if there were any."""
        failed = self.counts["failed"]
        most = max(self.failures, key=self.failures.__getitem__, default="")
        return [f"{failed:,} mutations failed, most of them by {most}"] if failed else []

    # -- ways to make a unit

    def _changed(self, blueprint: AnyBlueprint, random: Random) -> bytes:
        """With some changes, a fresh case where not even one fits."""
        made = None
        for _ in range(random.choice(CHANGES)):
            try:
                change = mutated(blueprint, random)
            except Exception as error:
                self._failed(error)
                break
            if change is None:
                break
            made, blueprint = change, change.blueprint
        if made is not None:
            last = made
            written = self._made(lambda: last)
            if written is not None:
                return written
        return self._fresh(random)

    def _fresh(self, random: Random) -> bytes:
        """A case of a random batch: what it does without is drawn as well."""
        made = CaseStream(swarm, random.getrandbits(32))(random.getrandbits(16))
        return self._written(made, "fresh")

    def _made(self, change: Callable[[], Mutated | None]) -> bytes | None:
        """None where nothing fits, or where *change*, or rendering what it gives, raises."""
        try:
            made = change()
            if made is None:
                return None
            return self._written(made.blueprint, "crossed" if made.kind == "splice" else made.kind)
        except Exception as error:
            self._failed(error)
            return None

    def _written(self, blueprint: AnyBlueprint, made: str) -> bytes:
        data = self.units.write(blueprint, made)
        self.counts[made] += 1
        return data

    def _failed(self, error: Exception) -> None:
        self.counts["failed"] += 1
        frames = [f for f in traceback.extract_tb(error.__traceback__) if f"{os.sep}generators{os.sep}" in f.filename]
        where = f" in {frames[-1].name}, line {frames[-1].lineno}" if frames else ""
        message = f"{type(error).__name__}: {' '.join(str(error).split())[:200]}{where}"
        self.failures[message] = self.failures.get(message, 0) + 1

    # -- ways to make one smaller

    def _fitting(self, data: bytes, max_size: int, random: Random) -> bytes:
        """*data*, or what of it fits."""
        unit = self.units.read(data)
        return self._reduced(unit.blueprint, max_size, random) if isinstance(unit, Drawn) else NOTHING

    def _reduced(self, blueprint: AnyBlueprint, max_size: int, random: Random) -> bytes:
        """*blueprint* with one of the minimiser's reductions, chosen at random, bold ones rather; with more of them
        until it fits."""
        if self._minimise is not None and blueprint not in self._minimised:
            self._minimised.add(blueprint)
            smallest = self._minimise(blueprint)
            if smallest is not None and len(data := self._written(smallest, "reduced")) <= max_size:
                return data
        for _ in range(_REDUCTIONS_TRIED):
            smaller = self._smaller(blueprint, random)
            if smaller is None:
                continue
            try:
                data = self._written(smaller, "reduced")
            except Exception:  # a reduction need not make sense
                continue
            if len(data) <= max_size:
                return data
            if random.random() < 0.75:
                blueprint = smaller
        return NOTHING

    def _smaller(self, blueprint: AnyBlueprint, random: Random) -> AnyBlueprint | None:
        reductions = reductions_of(blueprint)
        reduction = reductions[int(len(reductions) * random.random() ** 1.5)]
        length = len(to_json(blueprint))
        try:
            candidates = [b for b in islice(reduction(blueprint), _CANDIDATES) if len(to_json(b)) < length]
        except Exception:  # as above
            return None
        return random.choice(candidates) if candidates else None
