"""`factfuzz fsck`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from fuzz.commands.options import json_option, print_json
from fuzz.views.safe import safe
from fuzz.views.words import plural

if TYPE_CHECKING:
    from fuzz.store.fsck import Problem


@click.command("fsck")
@click.argument("directories", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="DIR...")
@click.option("--repair", is_flag=True, help="Do away with problems as far as that is possible.")
@json_option()
def fsck_command(directories: tuple[Path, ...], repair: bool, as_json: bool) -> int:
    """Check that the directories of campaigns are consistent.

    Exit status 1 if a problem is left. What a killed process leaves behind is told, and is no problem. A repair
    deletes no case: what nothing refers to is moved to DIR/lost.
    """
    import msgspec

    from fuzz.store.fsck import check

    checked = {directory: check(directory, repair) for directory in directories}
    if as_json:
        print_json([
            {"path": str(directory), "problems": msgspec.to_builtins(problems), "consistent": not _left(problems)}
            for directory, problems in checked.items()
        ])
    else:
        for directory, problems in checked.items():
            click.echo("\n".join(_lines(directory, problems, repair)))
    return 1 if any(_left(problems) for problems in checked.values()) else 0


def _left(problems: tuple[Problem, ...]) -> int:
    return sum(not (p.harmless or p.repaired) for p in problems)


def _lines(directory: Path, problems: tuple[Problem, ...], repair: bool) -> list[str]:
    lines = []
    for p in problems:
        how = f"repaired: {p.remedy}" if p.repaired else "harmless" if p.harmless else f"--repair: {p.remedy}"
        lines.append(safe(f"{directory}: {p.kind} {p.where}: {p.what} ({how})"))
    left = _left(problems)
    harmless = sum(p.harmless and not p.repaired for p in problems)
    notes = f"; {harmless} of what was told {'is' if harmless == 1 else 'are'} harmless" if harmless else ""
    state = plural(left, "problem") + " could not be repaired" * repair if left else "consistent"
    return [*lines, f"{directory}: {state}{notes}"]
