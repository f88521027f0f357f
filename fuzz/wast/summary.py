"""Scripts on several engines, as lines and as data: file by file, and a table of all."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from fuzz.wast.features import GATED
from fuzz.wast.report import VERDICTS, FileReport


@dataclass(frozen=True, slots=True)
class EngineTotals:
    """*ungated* are the files that need no gated feature; *clean* those of them in which every command passed or is
    explained. *unsupported* counts commands by feature, gated features first."""

    engine: str
    files: int
    ungated: int
    clean: int
    commands: dict[str, int]
    unsupported: dict[str, int]


def totals(reports: Sequence[FileReport], engine: str, gated: frozenset[str]) -> EngineTotals:
    """Of the reports of one engine; *gated* are the paths of scripts that need a gated feature."""
    own = [report for report in reports if report.engine == engine]
    ungated = [report for report in own if report.path not in gated]
    features: Counter[str] = Counter()
    for report in own:
        features.update(report.features)
    order = sorted(features, key=lambda name: (name not in GATED, -features[name], name))
    return EngineTotals(
        engine, len(own), len(ungated), sum(r.ok and not r.unsupported for r in ungated),
        {verdict: sum(int(getattr(r, verdict)) for r in own) for verdict in VERDICTS},
        {name: features[name] for name in order})


def file_lines(report: FileReport) -> list[str]:
    """A line for a file on an engine, then one for each problem."""
    more = "".join(f", {n} {what}" for what, n in
                   (("explained", report.explained), ("unsupported", report.unsupported)) if n)
    head = f"{'ok  ' if report.ok else 'FAIL'} {report.path}  {report.engine}  {report.passed} passed"
    lines = [f"{head}, {report.failed} failed{more}"]
    for p in report.problems:
        lines.append(f"       line {p.line}: {p.kind}: {' '.join(p.message.split())}")
        if p.dependents:
            lines.append(f"            {p.dependents} more depend on line {p.line}")
    return lines


def table(columns: Sequence[EngineTotals], unreadable: int) -> list[str]:
    """A column an engine."""
    features = list(dict.fromkeys(name for column in columns for name in column.unsupported))
    features.sort(key=lambda name: (name not in GATED, name))
    rows: list[tuple[str, list[str]]] = [
        ("files", [str(c.files) for c in columns]),
        ("files that need no gated feature", [str(c.ungated) for c in columns]),
        ("  in which everything passed or is explained", [str(c.clean) for c in columns]),
        *((f"commands {verdict}", [str(c.commands[verdict]) for c in columns]) for verdict in VERDICTS),
        *((f"  {name}{' (gated)' if name in GATED else ''}", [str(c.unsupported.get(name, 0)) for c in columns])
          for name in features),
    ]
    first = max(len(name) for name, _ in rows)
    widths = [max(len(c.engine), 6) for c in columns]
    lines = [" ".join([" " * first, *(f"{c.engine:>{w}}" for c, w in zip(columns, widths, strict=True))])]
    for name, cells in rows:
        lines.append(" ".join([f"{name:{first}}", *(f"{x:>{w}}" for x, w in zip(cells, widths, strict=True))]))
    if unreadable:
        lines.append(f"{unreadable} {'file' if unreadable == 1 else 'files'} could not be read")
    return lines


def report_data(report: FileReport) -> dict[str, Any]:
    return {
        "path": report.path, "engine": report.engine, "ok": report.ok,
        **{verdict: getattr(report, verdict) for verdict in VERDICTS},
        "unsupported_by_feature": dict(report.features),
        "problems": [
            {"line": p.line, "kind": p.kind, "message": p.message, "dependents": p.dependents} for p in report.problems
        ],
    }


def totals_data(column: EngineTotals) -> dict[str, Any]:
    return {
        **column.commands, "unsupported_by_feature": column.unsupported, "files": column.files,
        "files_without_gated_features": column.ungated, "of_these_clean": column.clean,
    }
