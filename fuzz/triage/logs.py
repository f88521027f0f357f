"""What guests noticed first where their logs differ: the reference runs the call once more, under an observer that
looks at the logs whenever something is entered or left."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, islice
from typing import cast

from fact.abi import MAX_FLAT_PARAMS, MAX_FLAT_RESULTS, CoreFunc, CoreValue, flatten_type
from fact.errors import LinkError
from fact.model.plan import ExportedFunc, Plan
from fact.model.settings import Reentrance
from fact.model.types import ValType
from fact.model.values import Value
from fact.run import Entered, Prepared, Profile
from fact.run.derive import Derivation, derive
from fact.run.host import Host
from fact.run.observed import ObservedLinkage
from fuzz.divergence import Divergence
from fuzz.engines.pipeline import plan_of
from fuzz.expect import LOG_CAPACITY
from fuzz.observe import Observation, Program
from fuzz.triage.logged import Reader, Unknown
from fuzz.triage.place import Place
from fuzz.triage.witness import CODE, LOWERS, Frame, Side, Witness, encoding_of, run_calls, same_instance

_SHOWN = re.compile(r"(?P<prefix>.+) log, from entry (?P<first>\d+) of (?P<count>\d+): (?:(?P<entry>0x[0-9a-f]+)|nothing)")
_HEADERS = {1: "callee", 2: "return", 3: "realloc", 4: "post-return", 5: "start", 7: "destructor"}
"""Kinds of events, as guests number them (`generators.runtime`)."""

_FIRST_TO_BLAME = ("realloc", "post-return", "destructor", "start", "callee", "return")
"""Of two events, of which one engine has one and one the other, the one that comes first here is missing or too much."""


def place_of_log(program: Program, observed: Observation, divergence: Divergence) -> Place | None:
    """Where the first thing passes that guests saw differently: a part of a parameter or result, or what kind of code
    was called, or called otherwise. *observed* is what the reference saw.

    None if that cannot be told: of handles guests log what they like, and of the longest logs only the end is there.
    """
    if divergence.call is None:
        return None
    differing = [found for entries in divergence.entries for line in entries if (found := _SHOWN.match(line))]
    firsts = {found["prefix"]: int(found["first"]) for found in differing}
    for found in differing:
        if int(found["count"]) >= LOG_CAPACITY:
            firsts.pop(found["prefix"], None)
    for reentrance in Reentrance:
        reader = _reader(program, same_instance(observed, divergence.call), firsts, reentrance)
        if reader is not None and _same_logs(reader, program, observed, divergence.call):
            return _place(reader, [found for found in differing if found["prefix"] in firsts])
    return None


def _place(reader: LogReader, differing: Sequence[re.Match[str]]) -> Place | None:
    seen = reader.noticed
    if seen is not None and seen.offset > 0:
        return seen.segment.place(seen.offset)
    headers = {_HEADERS.get(int(found["entry"] or "0", 16) >> 32) for found in differing
               if seen is None or found["prefix"] == seen.prefix}
    headers |= set() if seen is None else {seen.segment.role}
    kind = next((role for role in _FIRST_TO_BLAME if role in headers), "")
    return Place(kind=kind) if kind else None
