"""The findings of a campaign in its directory: NAME.wast, a script, and NAME.json, everything else about it."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from itertools import count
from pathlib import Path

import msgspec

from fact.model.settings import Reentrance
from fuzz.campaign.events import FindingFigures
from fuzz.files import write_atomically
from fuzz.version import versions


@dataclass(slots=True)
class Finding:
    """A group of divergences, as it grows."""

    name: str
    signature: str
    cases: int
    first_case: int
    shrunk: bool = False
    tried: int = 0
    observed: bytes = b"{}"
    case: int = 0
    """The number of the case that the script was made from."""

    @property
    def figures(self) -> FindingFigures:
        return FindingFigures(self.name, self.signature, self.cases, self.first_case, self.shrunk)


class Findings:
    """Every write is atomic: a file is whole, as it was or as it will be."""

    def __init__(self, directory: Path, seed: int, reentrance: Reentrance = Reentrance.GUARDED) -> None:
        self.directory = directory
        self.seed = seed
        self.reentrance = reentrance
        self._by_signature: dict[str, Finding] = {}

    def add(self, signature: str, case: int, wast: str, observed: bytes) -> Finding | None:
        """Counts a divergence; the finding if it is a new one, which is then on disk. Raises `OSError`."""
        known = self._by_signature.get(signature)
        if known is not None:
            known.cases += 1
            known.first_case = min(known.first_case, case)
            return None
        finding = Finding(self._free_name(signature), signature, 1, case, observed=observed, case=case)
        self._by_signature[signature] = finding
        self._write(finding, wast)
        return finding

    def replace(self, signature: str, wast: str, observed: bytes, tried: int) -> Finding:
        """The shrunk case takes the place of the original. Raises `OSError`."""
        finding = self._by_signature[signature]
        finding.shrunk, finding.tried, finding.observed = True, tried, observed
        self._write(finding, wast)
        return finding

    def write_counts(self) -> None:
        """Brings the documents up to date. Raises `OSError`."""
        for finding in self._by_signature.values():
            self._write_document(finding)

    def figures(self) -> tuple[FindingFigures, ...]:
        return tuple(finding.figures for finding in self._by_signature.values())

    def path(self, finding: Finding) -> Path:
        return self.directory / f"{finding.name}.wast"

    def _free_name(self, signature: str) -> str:
        """A name that no earlier campaign has used in this directory: what it found stays."""
        name = finding_name(signature)
        names = (name if n == 1 else f"{name}-{n}" for n in count(1))
        return next(n for n in names if not (self.directory / f"{n}.wast").exists())

    def _write(self, finding: Finding, wast: str) -> None:
        write_atomically(self.path(finding), wast.encode())
        self._write_document(finding)

    def _write_document(self, finding: Finding) -> None:
        document = {
            "signature": finding.signature, "seed": self.seed, "case": finding.case, "cases": finding.cases,
            "first_case": finding.first_case, "shrunk": finding.shrunk, "shrink_steps": finding.tried,
            "versions": versions(), "reentrance": self.reentrance.value, "observed": msgspec.Raw(finding.observed),
        }
        text = msgspec.json.format(msgspec.json.encode(document), indent=2)
        write_atomically(self.directory / f"{finding.name}.json", text + b"\n")


def finding_name(signature: str) -> str:
    """Position and outcomes, readable, then what tells signatures apart: `call-cannot-enter-vs-returned-2b0e5b6c`."""
    position = re.findall(r"[a-z0-9]+", signature.partition("=")[0])[:1]
    outcomes = dict.fromkeys(re.findall(r"=(?:[a-z]+:)?([a-z-]+)", signature))
    words = [*position, "-vs-".join(outcomes)[:48].strip("-")]
    return "-".join(filter(None, words)) + "-" + hashlib.sha256(signature.encode()).hexdigest()[:8]
