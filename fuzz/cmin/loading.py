"""From the index to arrays."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fuzz.cmin.corpus import CaseFile
from fuzz.cmin.index import Index
from fuzz.cmin.matrix import Matrix, Numbers, small


@dataclass(frozen=True, slots=True)
class Cases:
    """Row r of *matrix* is what case *shas*[r] shows, by the positions in *names*; *bytes* and *seconds* are what it
    costs."""

    shas: list[bytes]
    matrix: Matrix
    names: list[str]
    bytes: Numbers
    seconds: NDArray[np.float64]

    def shown(self, row: int) -> list[str]:
        return [self.names[element] for element in self.matrix.row(row).tolist()]

    @property
    def elements(self) -> list[str]:
        """Everything that some case shows."""
        return [self.names[element] for element in np.flatnonzero(self.matrix.counts()).tolist()]


def load(index: Index, files: Mapping[bytes, CaseFile], python: bool) -> Cases:
    """Of *files*, in order, those that show something. Jumps of our Python count only with *python*."""
    names = index.names
    counts = np.array([python or not name.startswith("python ") for name in names], np.bool_)
    elements = np.empty(index.total_shown(), small(len(names)))
    shas, seconds, lengths, used = list[bytes](), [np.empty(0)], [np.zeros(1, np.int64)], 0
    for rows in index.rows(files):
        shown, length = rows.shown, np.array(rows.lengths, np.int64)
        if not python and len(shown):
            wanted = counts[shown]
            length = np.add.reduceat(wanted, np.cumsum(length) - length, dtype=np.int64)
            shown = shown[wanted]
        elements[used : used + len(shown)] = shown
        used += len(shown)
        shas += rows.shas
        seconds.append(np.array(rows.seconds))
        lengths.append(length)
    matrix = Matrix(np.cumsum(np.concatenate(lengths)), elements[:used], len(names))
    sizes = np.array([files[sha].bytes for sha in shas], np.int64)
    return Cases(shas, matrix, names, sizes, np.concatenate(seconds))
