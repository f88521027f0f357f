"""Every test here is marked `property`; it goes on for as long as `--property-time` says; and when it fails, the case
that it failed on is printed and saved."""

from __future__ import annotations

import os
from collections.abc import Generator
from pathlib import Path

import pytest
from failing_cases import case_sections
from property_time import OPTION, seconds_of
from time_limit import Clock, is_repeated, rounds

CLOCK = pytest.StashKey[Clock]()
ROUNDS = "property rounds"


def pytest_itemcollected(item: pytest.Item) -> None:
    item.add_marker("property")


@pytest.hookimpl(trylast=True)  # when the others are deselected
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Those that go on for as long as they may come last."""
    if (seconds := seconds_of(config)) is not None:
        items.sort(key=goes_on)
        workers = int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1"))
        config.stash[CLOCK] = Clock(seconds, sum(map(goes_on, items)), workers)


def goes_on(item: pytest.Item) -> bool:
    is_here = item.get_closest_marker("property") is not None
    return is_here and isinstance(item, pytest.Function) and is_repeated(item.obj)


@pytest.hookimpl(tryfirst=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> bool | None:
    clock = pyfuncitem.config.stash.get(CLOCK, None)
    if clock is None:
        return None
    if clock.is_over:
        pytest.skip(f"{OPTION} is over")
    if not goes_on(pyfuncitem):
        return None
    arguments = {name: pyfuncitem.funcargs[name] for name in pyfuncitem._fixtureinfo.argnames}
    done = rounds(pyfuncitem.obj, arguments, clock.next_end())
    pyfuncitem.user_properties.append((ROUNDS, (done.rounds, done.examples)))
    return True


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    if report.failed and call.excinfo is not None:
        directory = Path(os.environ.get("FACTFUZZ_FAILURES") or item.config.rootpath / "factfuzz-failures")
        report.sections.extend(case_sections(call.excinfo.value, item.name, directory))
    return report


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    rows = [
        (report.nodeid.rpartition("/")[2], *value)
        for report in terminalreporter.stats.get("passed", [])
        for name, value in getattr(report, "user_properties", [])
        if name == ROUNDS
    ]
    if rows:
        terminalreporter.section("property tests: rounds within the time")
        for test, made, examples in rows:
            told = f"{examples:>9} examples in " if examples else " " * 22
            terminalreporter.write_line(f"{told}{made + (examples > 0):>6} rounds  {test}")
