"""`factfuzz run`."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from fuzz.commands.options import (
    engine_option,
    json_option,
    names_of,
    print_json,
    reentrance_of,
    reentrance_option,
)
from fuzz.errors import UsageError

if TYPE_CHECKING:
    from fuzz.engines.base import Engine


@click.command("run")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--invoke", "invocations", multiple=True, metavar="'NAME(ARGS)'",
              help="A call in WAVE syntax, or @FILE with one; instance#name for an export of an instance. May be "
                   "repeated: all go to one instance. 'drop #1': the host drops the first handle it was given.")
@click.option("--host", "host", multiple=True, metavar="NAME=VALUE", help="What a host import returns.")
@engine_option()
@reentrance_option()
@json_option()
def run_command(
    file: Path, invocations: tuple[str, ...], host: tuple[str, ...], engines: str, reentrance: str | None, as_json: bool
) -> int:
    """Run a component (.wasm, .wat) or a case (.wast) on several engines and compare."""
    from fuzz.engines.registry import open_isolated
    from fuzz.inputs import is_script

    if is_script(file):
        if invocations or host:
            raise UsageError(f"{file}: a script makes its own calls; --invoke and --host are for components")
        return _run_script(file, open_isolated(names_of(engines), reentrance_of(reentrance, file)), as_json)
    opened = open_isolated(names_of(engines), reentrance_of(reentrance))
    from fuzz.inputs import read_component
    from fuzz.invocations import misuse, report_data, report_lines, run_invocations, took_part_in

    report = run_invocations(read_component(file), str(file), invocations, host, opened)
    if as_json:
        print_json(report_data(report))
    else:
        click.echo("\n".join(report_lines(report)))
    if (wrong := misuse(report)) is not None:
        raise UsageError(wrong)
    if not took_part_in(report):
        return 2
    return 0 if report.divergence is None else 1


def _run_script(file: Path, engines: Sequence[Engine], as_json: bool) -> int:
    from fuzz.scripts import run_data, run_lines, run_script_on

    ran = run_script_on(file, engines)
    if as_json:
        print_json(run_data(ran))
    else:
        click.echo("\n".join(run_lines(ran)))
    return 0 if ran.ok else 1
