"""What the benchmark prints and writes: tables by rich, and one JSON object a row."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from math import exp, log

from bench_modules import Modules
from bench_runner import Result
from bench_scale import STAGES, Scale
from bench_sizes import Sizes
from rich.console import Console
from rich.table import Table
from rich.text import Text

MEAN_AIM = 5.0
PLAIN_WIDTH = 150
"""Columns where the output is no terminal."""


def console(*, stderr: bool = False) -> Console:
    made = Console(stderr=stderr, highlight=False)
    return made if made.is_terminal else Console(stderr=stderr, highlight=False, width=PLAIN_WIDTH)


def speed_table(results: Sequence[Result]) -> Table:
    table = Table(title="Calls between two components: compiled against native", title_justify="left")
    table.add_column("row")
    for heading in ("native ns", "ns a call", "bytes/s", "x native", "aim", "x copy", "aim", "short"):
        table.add_column(heading, justify="right", no_wrap=True)
    for result in results:
        aims = result.row
        table.add_row(
            result.row.name,
            f"{result.native:,.1f}",
            "" if result.compiled is None else f"{result.compiled:,.1f}",
            "" if result.bytes_per_second is None else rate(result.bytes_per_second),
            number(result.ratio_native),
            f"{aims.native:g}",
            number(result.ratio_copy),
            "" if aims.copy is None else f"{aims.copy:g}",
            Text("short", "red") if result.shortfalls else "",
        )
    return table


def number(ratio: float | None) -> str:
    return "" if ratio is None else f"{ratio:.2f}"


def rate(bytes_per_second: float) -> str:
    return f"{bytes_per_second / 1e9:.2f} G" if bytes_per_second >= 1e9 else f"{bytes_per_second / 1e6:.1f} M"


def summary(results: Sequence[Result]) -> list[str]:
    """The geometric mean, and the rows that fall short."""
    ratios = [result.ratio_native for result in results if result.ratio_native is not None]
    lines = []
    if ratios:
        mean = geometric_mean(ratios)
        verdict = "reached" if mean >= MEAN_AIM else "short"
        lines.append(f"geometric mean over {len(ratios)} rows: {mean:.2f} times native, aim {MEAN_AIM:g}: {verdict}")
    short = [result for result in results if result.shortfalls]
    lines.append(f"{len(short)} of {len(results)} rows fall short" + (":" if short else ""))
    return [*lines, *(f"  {result.row.name}: {'; '.join(result.shortfalls)}" for result in short)]


def geometric_mean(ratios: Sequence[float]) -> float:
    return exp(sum(map(log, ratios)) / len(ratios))


def sizes_table(sizes: Sequence[Sizes]) -> Table:
    table = Table(title="Bytes of adapter modules, custom sections apart", title_justify="left")
    table.add_column("component")
    for heading in ("ours", "support modules", "wasmtime's"):
        table.add_column(heading, justify="right", no_wrap=True)
    for item in sizes:
        ours = "refused" if item.adapters is None else f"{item.adapters:,}"
        table.add_row(item.adapter, ours, f"{item.support:,}" if item.support else "", f"{item.native:,}")
    return table


def modules_table(modules: Sequence[Modules]) -> Table:
    table = Table(title="Adapter modules, by how instances are wired", title_justify="left")
    table.add_column("component")
    for heading in ("n", "adapters", "no step moved", "ours", "wasmtime's"):
        table.add_column(heading, justify="right", no_wrap=True)
    for row in modules:
        ours = Text(str(row.ours), "red" if row.ours > row.native else "")
        table.add_row(row.family, str(row.n), str(row.adapters), str(row.fixed), ours, str(row.native))
    return table


def scale_table(scales: Sequence[Scale]) -> Table:
    table = Table(title="Seconds of processor time to link, compile and instantiate, by size", title_justify="left")
    table.add_column("component")
    for heading in ("n", *STAGES, "all", "ms for one"):
        table.add_column(heading, justify="right", no_wrap=True)
    for row in scales:
        seconds = (f"{s:.3f}" for s in (*row.seconds, row.total))
        table.add_row(row.shape, f"{row.n:,}", *seconds, f"{row.total / row.n * 1e3:.2f}")
    return table


def as_json(results: Sequence[Result], modules: Sequence[Modules] = (), scales: Sequence[Scale] = ()) -> str:
    objects = [
        *map(json_object, results),
        *({"row": f"modules: {m.family}, {m.n}", **asdict(m)} for m in modules),
        *({"row": f"scale: {s.shape}, {s.n}", "n": s.n, **dict(zip(STAGES, s.seconds, strict=True))} for s in scales),
    ]
    return "[\n" + ",\n".join(map(json.dumps, objects)) + "\n]\n"


def json_object(result: Result) -> dict[str, object]:
    return {
        "row": result.row.name,
        "ns_per_call": result.compiled,
        "bytes_per_s": result.bytes_per_second,
        "ratio_native": result.ratio_native,
        "ratio_copy": result.ratio_copy,
        "native_ns_per_call": result.native,
        "copy_ns_per_call": result.copy,
        "bytes_per_call": result.row.size,
        "short": list(result.shortfalls),
    }
