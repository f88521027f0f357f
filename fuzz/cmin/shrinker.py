"""Smaller cases in place of one, made in a process that such a case may end."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from time import monotonic

import numpy as np

from fuzz.cmin.corpus import CaseFile
from fuzz.cmin.measure import Measured, Order, home, measure_all
from fuzz.cmin.reducing import Best, Wish, reduce, written
from fuzz.cmin.weights import WEIGHTS
from fuzz.cmin.workers import Crew
from fuzz.engines.base import EngineEnded
from fuzz.engines.isolated import IsolatedEngine
from fuzz.engines.limits import Limits

SLICE = 2.0
"""Seconds of one request: more is not lost with a process."""

CASES_PER_PROCESS = 50

_LONGEST = 60


@dataclass(frozen=True, slots=True)
class Item:
    """A kept case, row *row*, *weight* heavy. What is wanted in its place are smaller ones, one for each of *asked*,
    that show this, together all of *needed*; if nothing is *asked*, the same case, complete. *bare*: its calls expect
    nothing. *seconds* are for all of it."""

    row: int
    file: CaseFile
    weight: float
    needed: frozenset[str]
    asked: tuple[frozenset[str], ...]
    bare: bool
    seconds: float


@dataclass(frozen=True, slots=True)
class Made:
    """A case, *weight* heavy, that shows *needed*; *exhausted*: it does not get any smaller. *tried*: how many were run
    for it."""

    file: CaseFile
    measured: Measured
    needed: frozenset[str]
    exhausted: bool
    weight: float
    tried: int


class Shrinker:
    """Not to be used by two threads. New scripts go below *directory*; ends at *until*, and when *stopped*."""

    def __init__(
        self, crew: Crew, directory: Path, prefer: str, stopped: Callable[[], object], until: float
    ) -> None:
        self._engine = IsolatedEngine(home, Limits(crew.seconds + SLICE, crew.memory))
        self._python = crew.python
        self._directory = directory
        self._prefer = prefer
        self._stopped = stopped
        self._until = until
        self._items = 0

    def close(self) -> None:
        self._engine.close()

    def made(self, item: Item) -> list[Made]:
        """What could be made; some of it shows nothing that was asked for if the rest of it does already."""
        self._items += 1
        if self._items % CASES_PER_PROCESS == 0:
            self._engine.close()
        if not item.asked:
            one = self._written(Wish(item.file.path, item.needed), Best("", 0, False), item)
            return [] if one is None else [one]
        made: list[Made] = []
        for asked in item.asked:
            needed = asked.difference(*(one.measured.elements for one in made))
            if needed:
                wish = Wish(item.file.path, needed)
                best = self._best(wish, min(self._until, monotonic() + item.seconds / len(item.asked)))
                if best is None or (one := self._written(wish, best, item)) is None:
                    break
                made.append(one)
        return made

    def _best(self, wish: Wish, until: float) -> Best | None:
        """None if nothing smaller was found. A process may end once; what ends it again is left as it is."""
        best, ended = Best("", 0, False), 0
        while not (best.exhausted or self._stopped() or monotonic() >= until):
            try:
                seconds = min(SLICE, max(0.0, until - monotonic()))
                best = self._engine.call(reduce, Wish(wish.path, wish.needed, best.blueprint), seconds)
            except EngineEnded:
                self._engine.close()
                ended += 1
                if ended == 2:
                    break
            except Exception:  # a reduction that cannot deal with this case
                break
        return best if best.blueprint else None

    def _written(self, wish: Wish, best: Best, item: Item) -> Made | None:
        """None if it does not show what it should after all."""
        try:
            text = self._engine.call(written, Wish(wish.path, wish.needed, best.blueprint)).encode()
            file = self._stored(text, name_for(wish.needed) if best.blueprint else Path(wish.path).stem)
            (measured,) = self._engine.call(measure_all, [Order(file.path, file.sha)], self._python)
        except EngineEnded:
            self._engine.close()
            return None
        except Exception:  # as above
            return None
        if measured.unreadable or not wish.needed <= set(measured.elements) or _disagrees(measured, wish):
            return None
        weight = WEIGHTS[self._prefer](np.array([file.bytes]), np.array([measured.seconds]))
        return Made(file, measured, wish.needed, best.exhausted, float(weight[0]), best.tried)

    def _stored(self, text: bytes, stem: str) -> CaseFile:
        sha = sha256(text).digest()
        path = self._directory / sha.hex()[:16] / f"{stem}.wast"
        path.parent.mkdir(parents=True, exist_ok=True)
        unfinished = path.with_name(f".{threading.get_ident()}")
        unfinished.write_bytes(text)
        unfinished.replace(path)
        return CaseFile(sha, str(path), len(text))


def _disagrees(measured: Measured, wish: Wish) -> bool:
    """About something that it is not kept for."""
    return bool(measured.told) and not any(e.startswith("disagreement ") for e in wish.needed)


def name_for(needed: frozenset[str]) -> str:
    """A file name that tells what a case is needed for: a feature, if there is one."""
    first = min(needed, key=lambda element: (not element.startswith("feature "), element))
    return re.sub(r"[^a-z0-9]+", "-", first.partition(" ")[2].lower()).strip("-")[:_LONGEST].strip("-") or "case"
