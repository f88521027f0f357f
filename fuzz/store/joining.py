"""What becomes of two records of one thing: a choice by a total order, so that neither the order in which records are
joined matters nor how often."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from fuzz.store.names import names_of
from fuzz.store.records import Finding, KeptCase, KnownCheck, Session

_STATES = {"differs": 0, "agrees": 1, "not applicable": 2}


def case_order(case: KeptCase) -> tuple[object, ...]:
    """Lower is better. First whether it reproduces: always, at times, not known, never; then its size; the rest
    decides between equals."""
    reproduces = 2 if case.tried == 0 else 3 if case.reproduced == 0 else int(case.flaky)
    return reproduces, case.size, case.sha, case.run, case.number, not case.reduced, -case.tried, -case.reproduced


def joined_finding(one: Finding, other: Finding) -> Finding:
    """Of the same signature, with the name of *one*. What belongs to the smallest case comes with it: the verdict, the
    document, the features, whether it was minimised."""
    best = min(one, other, key=_finding_order)
    return msgspec.structs.replace(
        best, name=one.name,
        original=min(one.original, other.original, key=lambda c: (c.run, c.number, msgspec.msgpack.encode(c))),
        first_seen=min(one.first_seen, other.first_seen), last_seen=max(one.last_seen, other.last_seen),
    )


def named(findings: Iterable[Finding]) -> dict[str, Finding]:
    """By signature; the name depends on which signatures there are, and on nothing else."""
    found = {finding.signature: finding for finding in findings}
    names = names_of(found)
    return {signature: f if f.name == names[signature] else msgspec.structs.replace(f, name=names[signature])
            for signature, f in found.items()}


def joined_session(one: Session, other: Session) -> Session:
    """The more advanced one."""
    return max(one, other, key=lambda s: (s.seconds, s.cases, s.ended != "", msgspec.msgpack.encode(s)))


def joined_check(one: KnownCheck, other: KnownCheck) -> KnownCheck:
    """What still differs somewhere still differs."""
    return min(one, other, key=lambda c: (_STATES.get(c.state, len(_STATES)), c.state))


def better_block(one: tuple[int, bytes], other: tuple[int, bytes]) -> tuple[int, bytes]:
    """Of two records of one block, bitmap and counts, the one with more cases, whole: cases that are in both cannot be
    told apart from others in the counts."""
    return max(one, other, key=lambda block: (block[0].bit_count(), block))


def _finding_order(finding: Finding) -> tuple[object, ...]:
    return (
        case_order(finding.smallest), not finding.minimised, finding.document, msgspec.msgpack.encode(finding.verdict),
        finding.features,
    )
