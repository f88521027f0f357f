"""`factfuzz engines`."""

from __future__ import annotations

import click

from fuzz.commands.options import (
    json_option,
    print_json,
)


@click.command("engines")
@json_option()
def engines_command(as_json: bool) -> int:
    """The engines that are here, their versions and what each supports."""
    from fuzz.engines.registry import open_engines

    infos = [engine.info for engine in open_engines()]
    if as_json:
        print_json([
            {"name": i.name, "version": i.version, "description": i.description, "supports": list(i.supports)}
            for i in infos
        ])
        return 0
    for i in infos:
        click.echo(f"{i.name:10} {i.version:8} {i.description}")
        click.echo(click.wrap_text("; ".join(i.supports), width=100, initial_indent="    ", subsequent_indent="    "))
    return 0
