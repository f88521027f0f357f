"""`factfuzz minimize`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from fuzz.commands.options import (
    engine_option,
    json_option,
    names_of,
    parse_duration,
    print_json,
    reentrance_of,
    reentrance_option,
)
from fuzz.errors import UsageError

if TYPE_CHECKING:
    from fuzz.minimise.scripts.job import Minimised


@click.command("minimize")
@click.argument("case", type=click.Path(path_type=Path), metavar="CASE.wast")
@click.option("-o", "--out", type=click.Path(path_type=Path), metavar="OUT",
              help="Where the smaller script goes.  [default: CASE.min.wast beside CASE]")
@click.option("--time", "time", default="5m", show_default=True, metavar="5m", help="How long at most.")
@engine_option()
@reentrance_option()
@json_option()
def minimize_command(
    case: Path, out: Path | None, time: str, engines: str, reentrance: str | None, as_json: bool
) -> int:
    """Make a script smaller that engines disagree on: any script, whoever wrote it.

    The best so far is in OUT from early on; Ctrl-C ends the search and keeps it.
    """
    from fuzz.engines.names import check_names
    from fuzz.minimise.scripts.interrupts import noted_interrupts
    from fuzz.minimise.scripts.job import Task, minimise, out_path
    from fuzz.minimise.scripts.progress import shown

    names = tuple(names_of(engines))
    check_names(names)
    seconds = parse_duration(time)
    task = Task(case, out_path(case, out), names, reentrance_of(reentrance, case))
    try:
        with noted_interrupts() as interrupted, shown(seconds) as tell:
            done = minimise(task, seconds, interrupted, tell)
    except OSError as error:
        raise UsageError(f"{task.out}: cannot be written: {error.strerror or error}") from None
    if as_json:
        print_json(minimised_data(done, interrupted()))
    else:
        click.echo("\n".join(_lines(done, interrupted())))
    return 0


def _lines(done: Minimised, interrupted: bool) -> list[str]:
    from fuzz.views.safe import safe

    rate = done.tried / done.seconds if done.seconds else 0.0
    end = "" if done.complete else "; interrupted" if interrupted else "; out of time: more may be possible with --time"
    return [
        *(safe(line) for line in done.divergence.lines()),
        f"before  {done.before}",
        f"after   {done.after}",
        f"{done.tried} tried, {done.kept} kept, {done.seconds:.1f} s, {rate:.0f}/s{end}",
        *(safe(f"a pass of ours could not go on, {words}") for words in done.stumbled),
        f"written: {done.out}",
    ]


def minimised_data(done: Minimised, interrupted: bool) -> dict[str, Any]:
    """For `--json`."""
    return {
        "out": str(done.out), "signature": done.signature, "kind": done.verdict.kind,
        "section": done.verdict.section or None, "why": done.verdict.why,
        "disagreement": list(done.divergence.lines()),
        **{when: {"calls": s.calls, "definitions": s.definitions, "types": s.types, "code": s.code, "bytes": s.length}
           for when, s in (("before", done.before), ("after", done.after))},
        "tried": done.tried, "kept": done.kept, "seconds": round(done.seconds, 3), "complete": done.complete,
        "interrupted": interrupted, "stumbled": list(done.stumbled),
    }
