"""A table of what the hunts needed, at the end of a run."""

from __future__ import annotations

import pytest

HEAD = ("fault", "in", "cases", "at most", "CPU seconds", "shrinks", "calls", "components", "lines", "seen in")
NUMBERS = HEAD[2:9]


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    rows = [
        tuple(map(str, value))
        for outcome in ("passed", "failed")
        for report in terminalreporter.stats.get(outcome, [])
        for name, value in getattr(report, "user_properties", [])
        if name == "fault"
    ]
    if rows:
        terminalreporter.section("planted faults: what the hunts needed, and the minimal cases")
        widths = [max(map(len, column)) for column in zip(HEAD, *rows, strict=True)]
        for row in (HEAD, *sorted(rows)):
            cells = (f"{cell:{'>' if head in NUMBERS else '<'}{width}}"
                     for head, cell, width in zip(HEAD, row, widths, strict=True))
            terminalreporter.write_line("  ".join(cells).rstrip())
