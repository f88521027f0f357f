"""Each kept case once: what a smaller one must show, and what came of it."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from queue import SimpleQueue
from time import monotonic

import msgspec
import numpy as np

from fuzz.cmin.corpus import CaseFile
from fuzz.cmin.cover import Cover
from fuzz.cmin.index import Index
from fuzz.cmin.loading import Cases
from fuzz.cmin.matrix import Numbers
from fuzz.cmin.progress import Tell
from fuzz.cmin.shrinker import Item, Made, Shrinker
from fuzz.cmin.weights import WEIGHTS
from fuzz.cmin.workers import Crew
from fuzz.files import write_atomically
from fuzz.script_header import AS_COMMENT, BLUEPRINT

LEAST_SECONDS = 1.0
"""For one case, as long as there is time at all."""

TIMES_FAIR = 3.0
"""A case may take so many times what each would get if all took equally long: most take less."""

HEAVY = 4
"""A case so many times as heavy as an ordinary one is taken apart at once, the heavier into the more parts: while it
has to show much it does not get small."""

REMEMBERED, SHRUNK = "remembered.json", "shrunk"

_EXPECTS_NOTHING = re.compile(rf"^(?:{AS_COMMENT})?\(invoke ".encode(), re.MULTILINE)


class Remembered(msgspec.Struct):
    """By SHA-256 of a script, in hexadecimal digits: for which needed elements nothing makes it *smallest*, nor is it
    worth its while to take it apart, *whole*. By the version *code*; another may know more."""

    code: str
    smallest: dict[str, frozenset[str]] = msgspec.field(default_factory=dict)
    whole: dict[str, frozenset[str]] = msgspec.field(default_factory=dict)


@dataclass(slots=True)
class Shrinking:
    """What there is to know. *files* are all cases, by SHA-256; *wanted*: names of elements that count; *ours* is
    where new ones go; *until* a monotonic time."""

    files: dict[bytes, CaseFile]
    index: Index
    crew: Crew
    prefer: str
    ours: Path
    until: float
    stopped: Callable[[], object]
    tell: Tell
    remembered: Remembered
    wanted: frozenset[str] = frozenset()
    completed: dict[bytes, bytes] = field(default_factory=dict)
    """What came of a case that expected nothing: it counts no more."""
    incomplete: set[bytes] = field(default_factory=set)
    """Of these, nothing came."""
    tried: int = 0

    def save(self) -> None:
        write_atomically(self.ours / REMEMBERED, msgspec.json.encode(self.remembered))

    def over(self) -> bool:
        return bool(self.stopped()) or monotonic() >= self.until


@dataclass(frozen=True, slots=True)
class Chosen:
    cases: Cases
    cover: Cover

    @property
    def shas(self) -> list[bytes]:
        return [self.cases.shas[row] for row in self.cover.rows]


class Round:
    """All kept cases once, the heaviest first, by some processes.

    What others are in hand counts as shown only as far as they must go on showing it.
    """

    def __init__(self, s: Shrinking, chosen: Chosen, number: int) -> None:
        self._s = s
        self._cases = chosen.cases
        self._stage = f"makes cases smaller, round {number}"
        self._weights = WEIGHTS[s.prefer](chosen.cases.bytes, chosen.cases.seconds)
        self._left = sorted(chosen.cover.rows, key=lambda row: (self._weights[row], self._cases.shas[row]))
        self._count = len(self._left)
        self._lightest = float(self._weights[self._left].min())
        self._ordinary = float(np.median(self._weights[self._left]))
        self._columns = {name: column for column, name in enumerate(self._cases.names)}
        self._times = np.zeros(self._cases.matrix.width, np.int64)
        for row in self._left:
            self._times[self._cases.matrix.row(row)] += 1
        self._lock = threading.Lock()

    def make(self) -> int:
        """How many cases are new."""
        answers: SimpleQueue[list[Made] | BaseException | None] = SimpleQueue()
        workers = range(self._s.crew.workers)
        threads = [threading.Thread(target=self._work, args=(answers,), daemon=True) for _ in workers]
        for thread in threads:
            thread.start()
        working, new = len(threads), 0
        while working:
            answer = answers.get()
            if isinstance(answer, BaseException):
                raise answer
            if answer is None:
                working -= 1
                continue
            for made in answer:
                new += self._added(made)
            self._s.tell(self._stage, self._count - len(self._left), self._count)
        self._s.index.commit()
        self._s.save()
        return new

    def _added(self, made: Made) -> bool:
        if made.file.sha in self._s.files:
            return False
        self._s.files[made.file.sha] = made.file
        self._s.index.add(made.file.sha, made.measured, self._s.crew.python)
        return True

    def _work(self, answers: SimpleQueue[list[Made] | BaseException | None]) -> None:
        s = self._s
        worker = Shrinker(s.crew, s.ours / SHRUNK, s.prefer, s.stopped, s.until)
        try:
            while (item := self._next()) is not None:
                made = worker.made(item)
                self._settle(item, made)
                answers.put(made)
        except BaseException as error:
            answers.put(error)
        finally:
            worker.close()
            answers.put(None)

    # what is to be done

    def _next(self) -> Item | None:
        with self._lock:
            while self._left and not self._s.stopped():
                if (item := self._item(self._left.pop())) is not None:
                    own = self._cases.matrix.row(item.row)
                    self._times[own] -= 1
                    self._times[self._numbers(item.needed)] += 1
                    return item
        return None

    def _item(self, row: int) -> Item | None:
        """None if there is nothing to be done for that case; if the others do without it, they have to."""
        own = self._cases.matrix.row(row)
        file = self._s.files[self._cases.shas[row]]
        needed = frozenset(self._cases.names[n] for n in own[self._times[own] == 1].tolist())
        if not needed:
            self._times[own] -= 1
            return None
        data = _content(file)
        bare = _EXPECTS_NOTHING.search(data) is not None and file.sha not in self._s.incomplete
        asked = self._asked(row, file, needed) if BLUEPRINT.encode() in data else ()
        if not asked and not (bare and BLUEPRINT.encode() in data):
            return None
        fair = (self._s.until - monotonic()) * self._s.crew.workers / (len(self._left) + 1)
        seconds = max(LEAST_SECONDS, TIMES_FAIR * fair) * max(1, len(asked))
        return Item(row, file, float(self._weights[row]), needed, asked, bare, seconds)

    def _asked(self, row: int, file: CaseFile, needed: frozenset[str]) -> tuple[frozenset[str], ...]:
        if self._s.over():
            return ()
        remembered, key = self._s.remembered, file.sha.hex()
        weight = float(self._weights[row])
        whole = len(needed) == 1 or weight <= 2 * self._lightest or _for_less(remembered.whole.get(key), needed)
        if _for_less(remembered.smallest.get(key), needed):
            return () if whole else parts(needed, 2)
        return (needed,) if whole else parts(needed, int(weight / (HEAVY * self._ordinary)))

    def _numbers(self, elements: Iterable[str]) -> list[int]:
        return [self._columns[e] for e in elements if e in self._columns]

    # what came of it

    def _settle(self, item: Item, made: Sequence[Made]) -> None:
        s, key = self._s, item.file.sha.hex()
        complete = bool(made) and item.needed <= {e for one in made for e in one.measured.elements}
        better = complete and sum(one.weight for one in made) < item.weight
        shown = {self._cases.names[n] for n in self._own(item.row).tolist()}
        with self._lock:
            for one in made:
                s.tried += one.tried
                if one.exhausted:
                    s.remembered.smallest[one.file.sha.hex()] = one.needed
                    if len(item.asked) == 1:
                        s.remembered.smallest[key] = item.needed
            if len(item.asked) > 1 and complete and not better:
                s.remembered.whole[key] = item.needed
            if item.bare and len(made) == 1 and shown <= set(made[0].measured.elements):
                s.completed[item.file.sha] = made[0].file.sha
            elif item.bare and not item.asked:
                s.incomplete.add(item.file.sha)
            self._times[self._numbers(item.needed)] -= 1
            for numbers in (self._numbers(o.measured.elements) for o in made) if better else (self._own(item.row),):
                self._times[numbers] += 1

    def _own(self, row: int) -> Numbers:
        return self._cases.matrix.row(row).astype(np.int64)


def _for_less(before: frozenset[str] | None, needed: frozenset[str]) -> bool:
    """Whether something was in vain already when no more was needed than now."""
    return before is not None and before <= needed


def _content(file: CaseFile) -> bytes:
    """Nothing if it cannot be read any more, of which others tell."""
    try:
        return Path(file.path).read_bytes()
    except OSError:
        return b""


def parts(needed: frozenset[str], count: int) -> tuple[frozenset[str], ...]:
    """About equally many, at least one part. Names that begin alike stay together: what they say often needs the
    same."""
    names = sorted(needed)
    count = min(max(1, count), len(names))
    ends = [len(names) * n // count for n in range(count + 1)]
    return tuple(frozenset(names[first:last]) for first, last in pairwise(ends))
