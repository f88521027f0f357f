"""The text of adapter modules with counts in the margin, as gcov does for C.

         yes      no |
           2         |   (func $spell (export "adapter:0") ...
       #####       2 |     (if (i32.eqz (global.get $root.app.may_leave))
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby
from pathlib import Path

from fact.model.branches import Branch
from fact.model.plan import BUILTINS
from fuzz.coverage.branches_run import Ran
from fuzz.engines.compiled import CountedComponent
from fuzz.errors import UsageError

NEVER = "#####"
WIDTH = 8

Place = tuple[int, list[tuple[str, int]]]
"""A column, and how often each way from there was taken."""


def listings(component: CountedComponent) -> dict[str, str]:
    """The text of each adapter module and support module of *component*, by file name: `adapter-N.wat`,
    `builtins.wat`, `support-NAME.wat`."""
    counters, branches = component.counts.counters(), component.counts.branches
    found: dict[str, str] = {}
    for module in component.texts():
        name = "builtins" if module.index == BUILTINS else f"adapter-{module.index}"
        found[f"{name}.wat"] = listing(module.wat, branches.get(module.index, ()), counters.get(module.index, ()))
        for support in module.support:
            key = support.name
            found[f"support-{key}.wat"] = listing(support.wat, branches.get(key, ()), counters.get(key, ()))
    return found


def write_listings(ran: Ran, directory: Path) -> list[Path]:
    """Writes the listings of a case's components; names of files begin with the component's number if it is not the
    first. Raises `UsageError` if *directory* cannot be written to."""
    files = {
        directory / (name if number == 1 else f"{number}-{name}"): text
        for number, component in enumerate(ran.components, 1) for name, text in listings(component).items()
    }
    try:
        directory.mkdir(parents=True, exist_ok=True)
        for path, text in files.items():
            path.write_text(text, encoding="utf8")
    except OSError as error:
        raise UsageError(f"{directory}: cannot be written to: {error.strerror}") from None
    return list(files)


def listing(wat: str, branches: Sequence[Branch], counters: Sequence[int]) -> str:
    """*wat* with, on the line of each place, how often its condition held (or the code was entered) and how often it
    did not. Places with more ways, and further places of one line, follow on lines of their own, each with a caret
    below the place."""
    places = _places(branches, counters)
    lines = [f"{_margin('yes', 'no')}"]
    for number, text in enumerate(wat.splitlines()):
        lines += _listed(text, places.get(number, []))
    return "\n".join(lines) + "\n"


def _places(branches: Sequence[Branch], counters: Sequence[int]) -> dict[int, list[Place]]:
    """By line."""
    found: dict[int, list[Place]] = {}
    in_order = sorted(branches, key=lambda branch: (branch.line, branch.column))
    for (line, column), here in groupby(in_order, key=lambda branch: (branch.line, branch.column)):
        ways: dict[str, int] = {}
        for branch in here:
            ways[branch.way] = ways.get(branch.way, 0) + branch.taken(counters)
        found.setdefault(line, []).append((column, list(ways.items())))
    return found


def _listed(text: str, places: Sequence[Place]) -> Iterator[str]:
    in_margin = next((place for place in places if len(place[1]) <= 2), None)
    yield f"{_margin(*(_shown(times) for _, times in in_margin[1]) if in_margin else ())} {text}".rstrip()
    for place in places:
        if place is not in_margin:
            column, ways = place
            told = ", ".join(f"{way} {_shown(times)}" for way, times in ways)
            yield f"{_margin()} {' ' * column}^ {told}"


def _margin(yes: str = "", no: str = "") -> str:
    return f"{yes:>{WIDTH}}{no:>{WIDTH}} |"


def _shown(times: int) -> str:
    return str(times) if times else NEVER
