"""`factfuzz merge`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from fuzz.commands.options import json_option, print_json
from fuzz.views.words import plural

if TYPE_CHECKING:
    from fuzz.store.merge import Merged, Taken


@click.command("merge")
@click.argument("sources", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="DIR...")
@click.option("-o", "--out", "into", required=True, type=click.Path(path_type=Path), metavar="DIR",
              help="What to bring them together in; made if it is not there, else added to.")
@json_option()
def merge_command(sources: tuple[Path, ...], into: Path, as_json: bool) -> int:
    """Bring the directories of several campaigns together.

    Nothing is counted twice: merging again, or in another order, changes nothing. Campaigns may go on in the
    directories that are merged.
    """
    import msgspec

    from fuzz.store.merge import merge

    merged = merge(into, sources, (lambda _: None) if as_json else _tell)
    if as_json:
        print_json(msgspec.to_builtins(merged))
    else:
        click.echo(_summary(merged))
    return 0


def _tell(taken: Taken) -> None:
    smaller = f", a better case of {plural(taken.smaller, 'finding')}" if taken.smaller else ""
    click.echo(f"{taken.source}: {plural(taken.cases, 'new case')}, {plural(taken.findings, 'new finding')}{smaller}")


def _summary(merged: Merged) -> str:
    return (f"{merged.path}: {plural(merged.cases, 'case')} of {plural(merged.runs, 'run')}, "
            f"{plural(merged.findings, 'finding')}")
