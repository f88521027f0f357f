"""How fast the compiled adapters are, beside wasmtime's own and a bare copy of the same bytes; how large, too.

    python tests/bench/speed.py [--rows PATTERN] [--quick] [--json FILE]

Prints two tables, and without --rows two more: how many adapter modules components of many instances take, and how long
linking and compiling them takes. Writes one JSON object a row. Exit status 1 when a callee did not receive what native
gives it.
"""

from __future__ import annotations

import sys
from fnmatch import fnmatchcase
from pathlib import Path

import click
from bench_modules import modules
from bench_report import as_json, console, modules_table, scale_table, sizes_table, speed_table, summary
from bench_rows import Row, rows
from bench_runner import FULL, QUICK, Differs, Effort, Result, measure
from bench_scale import scales
from bench_sizes import sizes
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn


def selected(pattern: str) -> list[Row]:
    """The rows in whose name *pattern* occurs, or which match it as a shell pattern does."""
    return [row for row in rows() if pattern in row.name or fnmatchcase(row.name, pattern)]


def measure_all(chosen: list[Row], effort: Effort) -> list[Result]:
    """Shows how far it is on stderr. Raises `Differs`."""
    columns = (TextColumn("{task.description:42}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    results = []
    with Progress(*columns, console=console(stderr=True), transient=True) as progress:
        task = progress.add_task("", total=len(chosen))
        for row in chosen:
            progress.update(task, description=row.name)
            results.append(measure(row, effort))
            progress.advance(task)
    return results


@click.command()
@click.option("--rows", "pattern", default="", metavar="PATTERN", help="Only rows whose name has PATTERN in it.")
@click.option("--quick", is_flag=True, help="Fewer and shorter repetitions.")
@click.option("--json", "path", default="bench.json", type=click.Path(dir_okay=False, path_type=Path),
              help="Where to write one object a row.", show_default=True)
def main(pattern: str, quick: bool, path: Path) -> None:
    """Measures the boundary between two components, compiled against native."""
    if not (chosen := selected(pattern)):
        raise click.UsageError(f"no row has {pattern!r} in its name; rows are: " + ", ".join(r.name for r in rows()))
    if not path.parent.is_dir():
        raise click.UsageError(f"--json {path}: there is no directory {path.parent}")
    try:
        results = measure_all(chosen, QUICK if quick else FULL)
    except Differs as difference:
        print(f"error: {difference}", file=sys.stderr)
        sys.exit(1)
    out = console()
    out.print(speed_table(results))
    for line in summary(results):
        out.print(line, markup=False)
    out.print()
    out.print(sizes_table(sizes(chosen)))
    graphs = ([], []) if pattern else (modules(), scales())
    if not pattern:
        out.print()
        out.print(modules_table(graphs[0]))
        out.print()
        out.print(scale_table(graphs[1]))
    path.write_text(as_json(results, *graphs))
    out.print(f"\nwritten: {path}", markup=False)


if __name__ == "__main__":
    main()
