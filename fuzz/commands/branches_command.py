"""`factfuzz branches`."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from fuzz.commands.options import json_option, print_json, reentrance_option
from fuzz.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from fuzz.coverage.branches_run import Job, Ran

STDOUT = Path("-")


@click.command("branches")
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path), metavar="[CASE.wast|DIR]...")
@click.option("--seed", type=click.IntRange(0, 2**64 - 1), metavar="N", help="Generated cases of this seed, too.")
@click.option("--cases", type=click.IntRange(min=1), metavar="K", help="How many of them.  [default: 500]")
@click.option("--function", "kinds", multiple=True, metavar="KIND",
              help="Only functions of this kind, such as adapter or copy; may be repeated.")
@click.option("--wat", "directory", type=click.Path(path_type=Path), metavar="DIR",
              help="Write the adapter modules of each case there, with counts in the margin. - shows them instead of "
                   "the table.")
@reentrance_option()
@json_option()
def branches_command(
    paths: tuple[Path, ...], seed: int | None, cases: int | None, kinds: tuple[str, ...], directory: Path | None,
    reentrance: str | None, as_json: bool,
) -> int:
    """Which branches of the generated adapters cases take, and which none.

    A DIR is searched for scripts. A branch is named by the kind of function that it is in, the place there, and the way
    from that place.
    """
    from rich.console import Console

    from fact.model.settings import Reentrance
    from fuzz.coverage.branches import Census
    from fuzz.coverage.branches_report import data, kinds_named, parts
    from fuzz.coverage.branches_run import jobs
    from fuzz.wast import script_paths

    if cases is not None and seed is None:
        raise UsageError("--cases: how many cases of a seed to run, and no --seed is given")
    if not paths and seed is None:
        raise UsageError("nothing to run: a script (.wast), a directory of scripts, or --seed N is expected")
    scripts = script_paths(paths) if paths else []
    wanted = None if reentrance is None else Reentrance(reentrance)
    to_run = list(jobs(scripts, seed, cases or 500, wanted))
    census, not_run = Census(), list[str]()
    for ran in _all_run(to_run, not_run):
        census.add(ran.case, ran.branches)
        not_run += ran.not_run
        if directory is not None:
            _list(ran, directory, len(to_run) > 1)
    if directory == STDOUT:
        return 0
    chosen = kinds_named(census, kinds)
    if as_json:
        print_json(data(census, chosen, not_run))
        return 0
    console = Console(width=None if sys.stdout.isatty() else 120)
    for part in parts(census, chosen, not_run):
        console.print(part)
    return 0


def _all_run(jobs: Sequence[Job], not_run: list[str]) -> Iterator[Ran]:
    """Runs *jobs*; what cannot be run is noted in *not_run*, or raised if there is nothing else. Progress is shown on
    stderr, if that is a terminal."""
    from rich.console import Console
    from rich.progress import Progress

    console = Console(stderr=True)
    with Progress(console=console, transient=True, disable=not console.is_terminal) as progress:
        task = progress.add_task("", total=len(jobs))
        for job in jobs:
            progress.update(task, description=Path(job.case).name)
            try:
                yield job.run()
            except UsageError as error:
                if len(jobs) == 1:
                    raise
                not_run.append(str(error))
            progress.advance(task)


def _list(ran: Ran, directory: Path, one_of_many: bool) -> None:
    from fuzz.coverage.branches_listing import listings, write_listings

    if directory != STDOUT:
        name = re.sub(r"\W+", "-", ran.case.removesuffix(".wast")).strip("-")
        write_listings(ran, directory / name if one_of_many else directory)
        return
    for component in ran.components:
        for name, text in listings(component).items():
            if not name.startswith("support-"):
                click.echo(f";; {ran.case}: {name}\n{text}")
