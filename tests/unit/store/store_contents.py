"""All that a store holds, as plain data that is equal for equal content."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec

from fuzz.store import cases
from fuzz.store.blocks import unpack
from fuzz.store.database import opened_for_reading


def contents(path: Path) -> dict[str, Any]:
    """Raises `UsageError`."""
    with opened_for_reading(path) as index:
        dictionaries = index.dictionaries()
        possible = index.possible()
        findings = {finding.signature: finding for finding in index.findings()}
        found = {
            "runs": {id: (key, [dictionaries[d] for d in possible[id]]) for id, key in index.runs().items()},
            "blocks": {f"{run} {number}": (f"{done:x}", unpack(number, counts, dictionaries).counts())
                       for run, number, done, counts in index.blocks()},
            "findings": findings,
            "sessions": {session.id: session for session in index.sessions()},
            "samples": sorted(map(msgspec.json.encode, index.samples())),
            "deaths": sorted(map(msgspec.json.encode, index.deaths())),
            "first cases": sorted(map(msgspec.json.encode, index.first_cases())),
            "checks": sorted(map(msgspec.json.encode, index.known_checks())),
            "cases": {sha: (cases.read(path, sha) or b"").decode()
                      for sha in [*(sha for f in findings.values() for sha in (f.original.sha, f.smallest.sha)),
                                  *(first.sha for first in index.first_cases())]},
        }
    document: dict[str, Any] = msgspec.to_builtins(found)
    return {part: dict(sorted(value.items())) if isinstance(value, dict) else value for part, value in document.items()}
