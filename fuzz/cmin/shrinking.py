"""Kept cases made smaller, one after the other, while together they show the same.

A case must go on showing what no other kept case shows at that moment; the largest ones come first, so that they have
to show least. One that cannot be made any smaller, or is far heavier than others, is taken apart: a part of what it is
needed for is asked of one smaller case, the rest of others. Whatever comes of it joins the corpus, and then cases are
chosen again, round after round. Kept cases that expect nothing get what the reference says.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Container, Sequence
from dataclasses import replace
from pathlib import Path
from time import monotonic

import msgspec
import numpy as np

from fuzz.cmin.code import code_key
from fuzz.cmin.corpus import CaseFile
from fuzz.cmin.cover import cover
from fuzz.cmin.index import Index
from fuzz.cmin.loading import Cases, load
from fuzz.cmin.progress import Tell
from fuzz.cmin.rounds import REMEMBERED, Chosen, Remembered, Round, Shrinking
from fuzz.cmin.weights import WEIGHTS
from fuzz.cmin.workers import Crew

SEARCH = 3.0
"""Seconds to look for a better cover, between rounds."""


def begun(
    ours: Path, files: dict[bytes, CaseFile], index: Index, crew: Crew, prefer: str, seconds: float,
    stopped: Callable[[], object], tell: Tell,
) -> Shrinking:
    """With what an earlier run remembers in *ours*."""
    remembered = Remembered(code_key())
    with contextlib.suppress(OSError, msgspec.MsgspecError):
        read = msgspec.json.decode((ours / REMEMBERED).read_bytes(), type=Remembered)
        remembered = read if read.code == remembered.code else remembered
    return Shrinking(files, index, crew, prefer, ours, monotonic() + seconds, stopped, tell, remembered)


def shrunk(s: Shrinking, search: float) -> Chosen:
    """Kept cases, of those that there were and those that were made; never heavier than the cover of those that there
    were, but for what the reference says. A better cover than the greedy one is searched for in so many seconds,
    *search*."""
    s.wanted = frozenset(load(s.index, s.files, s.crew.python).elements)
    chosen = _chosen(s, min(search, SEARCH), ())
    number = 0
    while True:
        while not s.stopped() and Round(s, chosen, number := number + 1).make():
            chosen = _chosen(s, min(search, SEARCH), chosen.shas)
        last = _chosen(s, search, chosen.shas)
        if s.stopped() or set(last.shas) <= set(chosen.shas):
            return last
        chosen = last


def _chosen(s: Shrinking, search: float, before: Sequence[bytes]) -> Chosen:
    """*before* is what was kept before: unless there is a lighter cover, that stays."""
    files = {sha: file for sha, file in s.files.items() if sha not in s.completed}
    cases = _of_wanted(load(s.index, files, s.crew.python), s.wanted)
    weights = WEIGHTS[s.prefer](cases.bytes, cases.seconds)
    found = cover(cases.matrix, weights, search)
    numbers = {sha: row for row, sha in enumerate(cases.shas)}
    rows = sorted({numbers[s.completed.get(sha, sha)] for sha in before})
    weight = float(weights[rows].sum())
    if rows and weight < found.weight:
        found = replace(found, rows=rows, weight=weight)
    return Chosen(cases, found)


def _of_wanted(cases: Cases, wanted: Container[str]) -> Cases:
    """What smaller cases happen to show besides is not asked for."""
    columns = np.array([name in wanted for name in cases.names], np.bool_)
    names = [name for name in cases.names if name in wanted]
    return replace(cases, matrix=cases.matrix.part(np.arange(cases.matrix.rows), columns), names=names)
