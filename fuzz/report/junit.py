"""A campaign as JUnit XML, for what collects the results of tests."""

from __future__ import annotations

import io
from collections.abc import Sequence
from pathlib import Path

from junitparser import Failure, JUnitXml, Skipped, TestCase, TestSuite

from fuzz.errors import UsageError
from fuzz.files import write_atomically
from fuzz.store.store import Store
from fuzz.views.known import known_differences
from fuzz.views.safe import safe
from fuzz.views.shortlist import Listed, known_by_now, script_of, shortlist_of
from fuzz.views.shortlist_text import WHOLE, cases_text, whole_lines
from fuzz.views.status import status_of
from fuzz.views.words import plural


def write_junit(store: Store, directories: Sequence[Path], path: Path) -> None:
    """A failed test for each finding that is not known, a skipped one for each known difference that was seen and each
    finding that became known, and the test `campaign`, which passes. *store* is what
    `fuzz.views.shortlist.opened_together` makes of *directories*. Raises `UsageError` if it cannot be written."""
    written = io.BytesIO()
    junit(store, directories).write(written)
    try:
        write_atomically(path, written.getvalue())
    except OSError as error:
        raise UsageError(f"{path}: {error.strerror or error}") from error


def junit(store: Store, directories: Sequence[Path]) -> JUnitXml:
    """The document."""
    suite = TestSuite("factfuzz")
    suite.add_testcase(_campaign(store))
    found = shortlist_of(store, directories, known_by_now)
    for listed in found.open:
        suite.add_testcase(_failed(listed, script_of(store, listed)))
    for listed in found.known:
        suite.add_testcase(_skipped(listed.name, f"known by now: {listed.known}; {cases_text(listed)}"))
    differences = known_differences()
    for id, seen in store.totals().known.items():
        title = known.title if (known := differences.get(id)) else id
        suite.add_testcase(_skipped(id, f"known difference: {title}; {plural(seen.cases, 'case')}"))
    document = JUnitXml("factfuzz")
    document.add_testsuite(suite)
    document.update_statistics()  # type: ignore[no-untyped-call]
    return document


def _campaign(store: Store) -> TestCase:
    status = status_of(store, str(store.path))
    case = TestCase("campaign", "factfuzz", sum(s.seconds for s in status.sessions))
    seeds = ", ".join(dict.fromkeys(str(run.seed) for run in status.runs))
    case.system_out = (f"seed {seeds}: {plural(status.cases, 'case')}, {plural(status.calls, 'call')}, "
                       f"{status.features_seen} of {status.features_possible} features")
    return case


def _failed(listed: Listed, wast: str) -> TestCase:
    case = TestCase(safe(listed.name), _class(listed.kind), 0.0)
    case.result = [Failure(safe(listed.title), listed.kind)]
    case.result[0].text = "\n".join(whole_lines(listed, wast, WHOLE))
    return case


def _skipped(name: str, message: str) -> TestCase:
    case = TestCase(safe(name), "factfuzz.known", 0.0)
    case.result = [Skipped(safe(message))]
    return case


def _class(kind: str) -> str:
    return "factfuzz." + kind.replace(" ", "-")
