"""`factfuzz findings`."""

from __future__ import annotations

from pathlib import Path

import click

from fuzz.commands.options import json_option, print_json
from fuzz.errors import UsageError
from fuzz.triage.records import KINDS


@click.command("findings")
@click.argument("arguments", nargs=-1, required=True, metavar="DIR... [NAME]")
@click.option("--kind", "kinds", multiple=True, type=click.Choice(KINDS), help="Only this class; may be repeated.")
@click.option("--known", "in_full", is_flag=True, help="Those that are known by now in full, too.")
@click.option("--junit", type=click.Path(path_type=Path), metavar="FILE", help="Write JUnit XML too, for CI.")
@json_option()
def findings_command(
    arguments: tuple[str, ...], kinds: tuple[str, ...], in_full: bool, junit: Path | None, as_json: bool
) -> int:
    """What campaigns have found, the worst first; with the NAME of a finding, all about it.

    Several directories are looked at together. Exit status 1 if there is a finding that is not known.
    """
    import msgspec

    from fuzz.views.shortlist import known_by_now, opened_together, script_of, shortlist_of
    from fuzz.views.shortlist_text import list_lines, whole_lines

    directories, name = _split(arguments)
    with opened_together(directories) as store:
        found = shortlist_of(store, directories, known_by_now)
        if junit is not None:
            from fuzz.report.junit import write_junit

            write_junit(store, directories, junit)
        if name is None:
            found = found.of_kinds(kinds)
            document, status = msgspec.to_builtins(found), found.exit_status
            lines = list_lines(found, in_full)
        else:
            listed = found.named(name)
            wast = script_of(store, listed)
            document, status = msgspec.to_builtins(listed) | {"wast": wast}, 0 if listed.known else 1
            lines = whole_lines(listed, wast)
    if as_json:
        print_json(document)
    else:
        click.echo("\n".join(lines))
    return status


def _split(arguments: tuple[str, ...]) -> tuple[list[Path], str | None]:
    """The last of several is a name unless it is there as a file. Raises `UsageError`."""
    *others, last = arguments
    if others and not Path(last).exists():
        if "/" in last:
            raise UsageError(f"{last}: no such directory")
        return [Path(d) for d in others], last
    return [Path(d) for d in arguments], None
