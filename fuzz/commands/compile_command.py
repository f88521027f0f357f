"""`factfuzz compile`."""

from __future__ import annotations

from pathlib import Path

import click

from fuzz.commands.options import (
    json_option,
    print_json,
    reentrance_of,
    reentrance_option,
)


@click.command("compile")
@click.argument("component", type=click.Path(path_type=Path))
@click.option("-o", "--output", "directory", required=True, type=click.Path(path_type=Path),
              help="Directory to write to.")
@reentrance_option()
@json_option()
def compile_command(component: Path, directory: Path, reentrance: str | None, as_json: bool) -> int:
    """Write a component's plan and its core modules; adapter modules as commented .wat too."""
    from fact.adapters import compile_adapters
    from fuzz.emit import write_compiled
    from fuzz.inputs import read_component
    from fuzz.invocations import plan_for

    plan = plan_for(read_component(component), str(component))
    written = write_compiled(plan, compile_adapters(plan, reentrance=reentrance_of(reentrance)), directory)
    if as_json:
        print_json({"directory": str(directory), "files": [{"name": w.name, "bytes": w.size} for w in written]})
    else:
        for w in written:
            click.echo(f"{directory / w.name}  {w.size} bytes")
    return 0
