"""`factfuzz features`."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import click

from fuzz.commands.options import (
    json_option,
    print_json,
)
from fuzz.errors import UsageError


@click.command("features")
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path), metavar="[PATH...]")
@click.option("--group", "names", multiple=True, metavar="GROUP", help="Only this group; may be repeated.")
@click.option("--missing", is_flag=True, help="Only features that were never seen.")
@json_option()
def features_command(paths: tuple[Path, ...], names: tuple[str, ...], missing: bool, as_json: bool) -> int:
    """What cases can exercise; with paths, what was seen and what never.

    A PATH is the directory of a campaign, a .wast script, or a directory of scripts, which are run on the reference;
    several are added up.
    """
    from rich.console import Console

    from fuzz.coverage.possible import POSSIBLE
    from fuzz.coverage.report import data, groups_named, parts
    from fuzz.coverage.seen import add_up, sources

    groups = groups_named(names)
    if missing and not paths:
        raise UsageError("--missing: what is missing is told of campaigns or scripts, and no path is given")
    seen, unreadable = None, list[str]()
    if paths:
        found = sources(paths)
        with _progress(len(found.scripts)) as announce:
            seen, unreadable = add_up(found, POSSIBLE, announce)
    if as_json:
        print_json(data(groups, seen, missing, unreadable))
        return 0
    console = Console(width=None if sys.stdout.isatty() else 120)
    for part in parts(groups, seen, missing, unreadable):
        console.print(part)
    return 0


@contextlib.contextmanager
def _progress(scripts: int) -> Iterator[Callable[[Path], object]]:
    """Shows on stderr which of so many scripts is run: in one place on a terminal, else not at all."""
    from rich.console import Console

    console = Console(stderr=True)
    count = 0
    if not (scripts and console.is_terminal):
        yield lambda _: None
        return

    with console.status("") as status:
        def announce(path: Path) -> None:
            nonlocal count
            count += 1
            status.update(f"script {count} of {scripts}: {path.name}")

        yield announce
