"""What the target `differential` has done so far, in one line."""

from __future__ import annotations

import sys
from collections import Counter
from dataclasses import dataclass, field
from time import monotonic

UNCHANGED = ("", "fresh", "reduced")
"""What units are that no mutation made (`fuzz.guided.units.Drawn`)."""


@dataclass(slots=True)
class Figures:
    """*nothing*: inputs that are neither a case nor a script. *mutated* and *valid*: cases that a mutation made, and
    those of them that assemble and load. *known*: units that show a known difference, by its id."""

    cases: int = 0
    nothing: int = 0
    mutated: int = 0
    valid: int = 0
    features: set[str] = field(default_factory=set)
    branches: set[str] = field(default_factory=set)
    known: Counter[str] = field(default_factory=Counter)
    began: float = field(default_factory=monotonic)
    _remarks: set[str] = field(default_factory=set)

    def add(self, made: str, valid: bool) -> None:
        """One unit ran; *made* as in `fuzz.guided.units.Drawn`."""
        self.cases += 1
        if made not in UNCHANGED:
            self.mutated += 1
            self.valid += valid

    def remark(self, words: str) -> None:
        """On stderr, once."""
        if words not in self._remarks:
            self._remarks.add(words)
            print(f"factfuzz: {words}", file=sys.stderr, flush=True)

    def line(self, possible: int) -> str:
        """*possible* features there are."""
        rate = self.cases / max(monotonic() - self.began, 1e-9)
        parts = [
            f"{self.cases:,} cases, {rate:.1f}/s", f"features {len(self.features):,} of {possible:,}",
            f"branches {len(self.branches):,}",
        ]
        if self.mutated:
            parts.append(f"{100 * self.valid / self.mutated:.1f} % of {self.mutated:,} mutated cases valid")
        if self.known:
            parts.append(f"known differences {sum(self.known.values()):,}")
        if self.nothing:
            parts.append(f"{self.nothing:,} no cases")
        return "; ".join(parts)
