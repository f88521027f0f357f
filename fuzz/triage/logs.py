"""What guests noticed first where their logs differ: the reference runs the call once more, under an observer that
looks at the logs whenever something is entered or left."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice, repeat
from typing import cast

from fact.abi import MAX_FLAT_PARAMS, MAX_FLAT_RESULTS, CoreFunc, CoreValue, flatten_type
from fact.errors import LinkError
from fact.model.plan import ExportedFunc, Plan
from fact.model.settings import Reentrance
from fact.model.types import ValType
from fact.model.values import Value
from fact.run import Entered, Host, Prepared, Profile
from fact.run.derive import Derivation, derive
from fact.run.observed import ObservedLinkage
from fuzz.divergence import Divergence
from fuzz.engines.pipeline import plan_of
from fuzz.expect import LOG_CAPACITY
from fuzz.observe import Observation, Program
from fuzz.triage.logged import Reader, Unknown
from fuzz.triage.place import Place
from fuzz.triage.witness import CODE, LOWERS, Side, Witness, encoding_of, run_calls, same_instance

_SHOWN = re.compile(
    r"(?P<prefix>.+) log, from entry (?P<first>\d+) of (?P<count>\d+): (?:(?P<entry>0x[0-9a-f]+)|nothing)")
"""A line of `fuzz.expect.log_difference`."""

_HEADERS = {1: "callee", 2: "return", 3: "realloc", 4: "post-return", 5: "start", 7: "destructor"}
"""Kinds of events, as guests number them (`generators.runtime`)."""

_FIRST_TO_BLAME = ("realloc", "post-return", "destructor", "start", "callee", "return")
"""Where engines have different events, the one that comes first here is taken to be missing, or too much."""


def place_of_log(
    program: Program, observed: Observation, divergence: Divergence, scripted: bool = False
) -> Place | None:
    """Where the first thing passes that guests saw differently: a part of a parameter or result, or what kind of code
    was called, or did something else. *observed* is what the reference saw; *scripted*: guests do not log the last
    parameter, which tells them what to do. May raise whatever reading a log leads to.

    None if it cannot be told: of the longest logs only the end is there.
    """
    if divergence.call is None:
        return None
    shown = [found for entries in divergence.entries for line in entries if (found := _SHOWN.match(line))]
    cut = {found["prefix"] for found in shown if int(found["count"]) >= LOG_CAPACITY}
    whole = [found for found in shown if found["prefix"] not in cut]
    firsts = {found["prefix"]: int(found["first"]) for found in whole}
    calls = same_instance(observed, divergence.call)
    for reentrance in Reentrance:  # whatever the setting was: under the other one the logs may be others
        reader = LogReader(plan_of(program.binary), firsts, scripted)
        made = run_calls(program, calls, reader.prepared(reentrance))
        if firsts and made and made[-1].digests == observed.calls[divergence.call].digests:
            return _place(reader.noticed, whole)
    return None


def _place(noticed: Noticed | None, shown: Sequence[re.Match[str]]) -> Place | None:
    """*shown*: the first entries that differ, as all engines have them."""
    if noticed is not None and noticed.offset > 0:
        return noticed.segment.place(noticed.offset)
    events = {_HEADERS.get(int(found["entry"] or "0", 16) >> 32, "") for found in shown
              if noticed is None or found["prefix"] == noticed.prefix}
    if noticed is not None:
        events.add(noticed.segment.role)
    kind = next((role for role in _FIRST_TO_BLAME if role in events), "")
    return Place(kind=kind) if kind else None


@dataclass(frozen=True, slots=True)
class Segment:
    """What core code does after it was entered, or something has returned to it: *role*, `return` for the latter. It
    was passed *values* of *types*, between two sides. *counts*: how much stood in each log before."""

    role: str
    counts: Mapping[str, int]
    types: tuple[ValType, ...] = ()
    values: Sequence[Value] = ()
    outer: Side | None = None
    inner: Side | None = None

    def place(self, entry: int) -> Place:
        """What entry number *entry* tells of, counted from the segment's first."""
        top = {"callee": "param", "return": "result"}.get(self.role, "")
        kind = next(islice(self._kinds(top), entry - 1, None), "")
        if not kind:
            return Place(kind=self.role)
        encodings = f"{encoding_of(self.outer)}->{encoding_of(self.inner)}" if kind == "string" else ""
        return Place(top, kind=kind, encodings=encodings)

    def _kinds(self, top: str) -> Iterator[str]:
        """Of the entries behind the first, as far as they are about what was passed."""
        receiver = self.inner if top == "param" else self.outer
        if receiver is None or receiver[1] is None:
            return
        reader = Reader(receiver[1].pointer, receiver[1].string_encoding)
        flat = sum(len(flatten_type(t, reader.pointer)) for t in self.types)
        spilled = flat > (MAX_FLAT_PARAMS if top == "param" else MAX_FLAT_RESULTS)
        try:
            for t, v in zip(self.types, self.values, strict=False):
                yield from reader.memory(t, v) if spilled else reader.flat(t, v)
        except Unknown:
            yield from repeat("handle")


@dataclass(frozen=True, slots=True)
class Noticed:
    """The log *prefix* is the first to be written an entry that differs, which is number *offset* of *segment*."""

    prefix: str
    segment: Segment
    offset: int


class LogReader(Witness):
    """An `Observer` that notices the first entry that differs; *firsts*: its number, by the prefix of a log. *scripted*
    as for `place_of_log`."""

    def __init__(self, plan: Plan, firsts: Mapping[str, int], scripted: bool) -> None:
        super().__init__(plan)
        self.firsts = firsts
        self.scripted = scripted
        self.noticed: Noticed | None = None
        self._counters: dict[str, CoreFunc] = {}
        self._linkage: ObservedLinkage | None = None
        self._segment = Segment("", dict.fromkeys(firsts, 0))
        self._values: Sequence[Value] = ()
        """What the component function was passed that was entered last, or has returned that was left last."""

    def prepared(self, reentrance: Reentrance) -> Prepared:
        """The plan, to be instantiated once."""
        derivation = derive(self.plan, False, Profile.COMPILES_FAST, reentrance)
        return Prepared(self.plan, None, lambda host: self._linked(derivation, host), self.plan.function_exports())

    def _linked(self, derivation: Derivation, host: Host) -> ObservedLinkage:
        self._linkage = ObservedLinkage(derivation, host, self)
        return self._linkage

    # -- events

    def enter(self, entered: Entered, args: Sequence[CoreValue], /) -> None:
        counts = self._look()
        if entered.role in CODE:
            self._segment = self._begun(entered.role, counts)
        super().enter(entered, args)

    def leave(self, results: Sequence[CoreValue], /) -> None:
        counts = self._look()
        entered = self.stack[-1].entered
        super().leave(results)
        if entered.role in LOWERS:
            self._segment = self._returned(entered, counts)

    def fail(self, error: BaseException, /) -> None:
        self._look()
        super().fail(error)

    def arguments(self, values: Sequence[Value], /) -> None:
        self._values = values
        super().arguments(values)

    def results(self, values: Sequence[Value], /) -> None:
        self._values = values
        super().results(values)

    def _begun(self, role: str, counts: Mapping[str, int]) -> Segment:
        """Core code in that *role*, called by what stands on the stack."""
        if role != "callee":
            return Segment(role, counts)
        outer, inner = self.sides(self.stack[-1].entered, self.lower_below(2))
        types = inner[0].param_types[:-1] if self.scripted else inner[0].param_types
        return Segment(role, counts, types, self._values, outer, inner)

    def _returned(self, lower: Entered, counts: Mapping[str, int]) -> Segment:
        """The core code that has called *lower*."""
        plan, index = self.plan, lower.index
        if lower.role == "adapter":
            called = Entered("lift", plan.adapters[index].lift)
        else:
            called = Entered("host import", plan.host_lowers[index].host_import)
        outer, inner = self.sides(called, lower)
        result = inner[0].result
        return Segment("return", counts, () if result is None else (result,), self._values, outer, inner)

    # -- logs

    def _look(self) -> Mapping[str, int]:
        """How much stands in each log; notes the first that has an entry which differs."""
        if self.noticed is not None:
            return {}
        counts = {prefix: self._count(prefix) for prefix in self.firsts}
        for prefix, first in self.firsts.items():
            if counts[prefix] > first:
                self.noticed = Noticed(prefix, self._segment, first - self._segment.counts[prefix])
                break
        return counts

    def _count(self, prefix: str) -> int:
        """0 for as long as the guest is not there."""
        if (counter := self._counters.get(prefix)) is None:
            exported = self.plan.function_exports()[f"{prefix}-log-count"]
            assert isinstance(exported, ExportedFunc) and self._linkage is not None
            lift = self.plan.lifts[exported.lift]
            try:
                counter = self._linkage.function(lift.callee, self._linkage.derivation.lifts[exported.lift].core)
            except (KeyError, LinkError):
                return 0
            self._counters[prefix] = counter
        return cast(int, counter(())[0])
