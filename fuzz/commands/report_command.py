"""`factfuzz report`."""

from __future__ import annotations

from pathlib import Path

import click

from fuzz.commands.options import json_option, print_json
from fuzz.errors import UsageError


@click.command("report")
@click.argument("directories", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="DIR...")
@click.option("-o", "--output", type=click.Path(path_type=Path), metavar="FILE.html",
              help="Where to write it.  [default: report.html in the first DIR; with --json, nowhere]")
@json_option()
def report_command(directories: tuple[Path, ...], output: Path | None, as_json: bool) -> int:
    """Write what campaigns did and found as one HTML page, which needs nothing else and loads nothing.

    Several directories are told of together. With --json the data of the page is printed.
    """
    import msgspec

    from fuzz.files import write_atomically
    from fuzz.report.render import render
    from fuzz.report.sources import page_of_directories
    from fuzz.views.shortlist import known_by_now
    from fuzz.views.words import size

    page = page_of_directories(directories, known_by_now)
    if as_json:
        print_json(msgspec.to_builtins(page))
    path = output or (None if as_json else directories[0] / "report.html")
    if path is None:
        return 0
    html = render(page).encode()
    try:
        write_atomically(path, html)
    except OSError as error:
        raise UsageError(f"{path}: cannot be written: {error.strerror or error}") from None
    if not as_json:
        click.echo(f"{path}  {size(len(html))}")
    return 0
