"""`factfuzz status`."""

from __future__ import annotations

import time
from pathlib import Path

import click

from fuzz.commands.options import json_option, print_json


@click.command("status")
@click.argument("directories", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="DIR...")
@json_option()
def status_command(directories: tuple[Path, ...], as_json: bool) -> int:
    """How campaigns are doing or how they ended, from what they have written."""
    import msgspec

    from fuzz.store.store import Store
    from fuzz.views.status import status_of
    from fuzz.views.status_text import status_lines

    found = []
    for directory in directories:
        with Store.reading(directory) as store:
            found.append(status_of(store, str(directory)))
    if as_json:
        print_json({"campaigns": msgspec.to_builtins(found)})
    else:
        click.echo("\n\n".join("\n".join(status_lines(status, time.time())) for status in found))
    return 0
