"""The `factfuzz` command. Thin: each subcommand reads its options, calls one room, prints, and gives an exit status.

0: all engines agree, everything passes. 1: a divergence or a failure. 2: bad usage or input, one line on stderr.
"""

from __future__ import annotations

import io
import sys
from collections.abc import Sequence

import click

from fuzz.commands.atheris_command import atheris_command
from fuzz.commands.branches_command import branches_command
from fuzz.commands.cmin_command import cmin_command
from fuzz.commands.compile_command import compile_command
from fuzz.commands.engines_command import engines_command
from fuzz.commands.features_command import features_command
from fuzz.commands.findings_command import findings_command
from fuzz.commands.fsck_command import fsck_command
from fuzz.commands.fuzz_command import fuzz_command
from fuzz.commands.known_command import known_command
from fuzz.commands.merge_command import merge_command
from fuzz.commands.minimize_command import minimize_command
from fuzz.commands.report_command import report_command
from fuzz.commands.run_command import run_command
from fuzz.commands.status_command import status_command
from fuzz.commands.tmin_command import tmin_command
from fuzz.commands.wast_command import wast_command
from fuzz.errors import UsageError
from fuzz.version import factfuzz_version


def main(args: Sequence[str] | None = None) -> None:
    """Runs the command and exits with its status. What the terminal cannot show is written as an escape."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    sys.exit(run(args))


def run(args: Sequence[str] | None = None) -> int:
    """Runs the command; returns its exit status."""
    try:
        return int(cli.main(args=args, prog_name="factfuzz", standalone_mode=False) or 0)
    except UsageError as error:
        return _refuse(str(error))
    except click.exceptions.NoArgsIsHelpError as error:
        click.echo(error.format_message(), err=True)
        return 2
    except click.ClickException as error:
        return _refuse(error.format_message())
    except click.exceptions.Exit as request:
        return request.exit_code
    except (KeyboardInterrupt, click.Abort):
        click.echo("factfuzz: interrupted", err=True)
        return 130
    except BrokenPipeError:
        sys.stderr.close()
        return 1


def _refuse(message: str) -> int:
    """One line on stderr; the status of bad usage or input."""
    line = " ".join(message.split())
    click.echo(f"factfuzz: {''.join(c if c.isprintable() else repr(c)[1:-1] for c in line)}", err=True)
    return 2


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.version_option(factfuzz_version(), prog_name="factfuzz")
def cli() -> None:
    """A differential fuzzer for the WebAssembly component model's canonical ABI."""


COMMANDS = (
    run_command, wast_command, compile_command, engines_command, features_command, branches_command, fuzz_command,
    status_command, findings_command, report_command, known_command,
    merge_command, fsck_command, minimize_command, tmin_command, cmin_command, atheris_command,
)
for command in COMMANDS:
    cli.add_command(command)
