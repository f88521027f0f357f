"""`factfuzz cmin`."""

from __future__ import annotations

from pathlib import Path

import click

from fuzz.commands.options import json_option, parse_duration, parse_size, print_json
from fuzz.errors import UsageError

PREFERENCES = ("balanced", "few", "small", "fast")


@click.command("cmin")
@click.argument("corpus", nargs=-1, type=click.Path(path_type=Path), metavar="[CORPUS...]")
@click.option("-o", "--out", required=True, type=click.Path(path_type=Path),
              help="Directory for the cases that are kept. Those that an earlier `factfuzz cmin` kept there belong to "
                   "the corpus.")
@click.option("--python", is_flag=True, help="Keep the Python coverage of fact/abi, fact/adapters and fact/link, too.")
@click.option("--prefer", type=click.Choice(PREFERENCES), default="balanced", show_default=True,
              help="What is to be as little as possible: number, size and time together; the number; size; time.")
@click.option("--search", default="30s", show_default=True, metavar="30s",
              help="How long to look for a smaller set than the first one, and for proof that there is none.")
@click.option("--shrink", metavar="5m",
              help="How long to make kept cases smaller, as far as together they still show the same; those that "
                   "expect nothing then get what the reference says.  [default: cases are kept as they are]")
@click.option("--check", is_flag=True,
              help="Then run the kept cases again, in fresh processes, and compare. Without CORPUS: nothing but that.")
@click.option("--index", type=click.Path(path_type=Path), metavar="FILE",
              help="Where measurements are kept, for several directories to share.  [default: OUT/.cmin/index.db]")
@click.option("--force", is_flag=True, help="OUT may have files that `factfuzz cmin` did not write.")
@click.option("--workers", type=click.IntRange(min=1), help="Processes that measure; one a core by default.")
@click.option("--timeout", type=click.FloatRange(min=0, min_open=True), default=20.0, show_default=True,
              help="Seconds for one case.")
@click.option("--memory", default="2g", show_default=True, help="What one process may use of it.")
@click.option("--verbose", is_flag=True, help="Name every file that cannot be run.")
@json_option()
def cmin_command(
    corpus: tuple[Path, ...], out: Path, python: bool, prefer: str, search: str, shrink: str | None, check: bool,
    index: Path | None, force: bool, workers: int | None, timeout: float, memory: str, verbose: bool, as_json: bool,
) -> int:
    """Keep a smallest set of cases that shows what a corpus shows.

    CORPUS: .wast files and directories of them, also of campaigns and of libFuzzer. What counts are the features that
    the reference sees and the branches that adapters take. Ctrl-C loses nothing: the same command goes on.
    """
    from fuzz.campaign.config import available_cores
    from fuzz.cmin.job import Interrupted, Task, check_only, minimise
    from fuzz.cmin.progress import shown
    from fuzz.cmin.summary import data, lines
    from fuzz.cmin.workers import Crew
    from fuzz.minimise.scripts.interrupts import noted_interrupts

    if not corpus and not check:
        raise UsageError("a CORPUS is expected: .wast files, or directories of them")
    crew = Crew(workers or available_cores(), timeout, parse_size(memory), python)
    seconds = 0.0 if shrink is None else parse_duration(shrink, "--shrink")
    task = Task(corpus, out, crew, index, prefer, parse_duration(search, "--search"), seconds, force, check)
    try:
        with noted_interrupts() as stopped, shown() as tell:
            result = minimise(task, stopped, tell) if corpus else check_only(task, stopped, tell)
    except Interrupted as so_far:
        click.echo(f"factfuzz: interrupted: {so_far}; the same command goes on", err=True)
        return 130
    if as_json:
        print_json(data(task, result))
    else:
        click.echo("\n".join(lines(task, result, verbose)))
    return 130 if result.interrupted else 0 if result.ok else 1
