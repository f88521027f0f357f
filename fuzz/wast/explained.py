"""Why other people's scripts expect something else than the specification says, or than an engine can do.

A TOML file of `[[explained]]` tables. Such a command counts neither as passed nor as failed.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path, PurePath

import msgspec

from fuzz.errors import UsageError
from fuzz.inputs import read_file
from fuzz.wast.report import RAISED, Event


class Explanation(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """For the commands on *lines* of the script whose path ends with *file*, on *engines*; without lines, for a script
    that cannot be read."""

    file: str
    lines: tuple[int, ...]
    engines: tuple[str, ...]
    whose: str
    """Whose expectation or limitation it is: `suite`, `wasmtime`, `wasm-tools`."""
    section: str
    """Of the specification."""
    why: str

    def covers(self, path: str, engine: str) -> bool:
        wanted = PurePath(self.file).parts
        return engine in self.engines and PurePath(path).parts[-len(wanted):] == wanted


class _File(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    explained: tuple[Explanation, ...]


def load_explanations(path: str | Path) -> tuple[Explanation, ...]:
    """Raises `UsageError`."""
    try:
        return msgspec.convert(tomllib.loads(read_file(Path(path)).decode("utf-8")), _File).explained
    except (ValueError, msgspec.ValidationError) as error:
        raise UsageError(f"{path}: {error}") from None


def why_unreadable(explanations: Sequence[Explanation], path: str) -> str | None:
    """Why it is no loss that the script cannot be read, if that is known."""
    return next((e.why for e in explanations if not e.lines and e.covers(path, e.engines[0])), None)


def explain(
    events: Iterable[Event], path: str, engine: str, explanations: Sequence[Explanation]
) -> Iterator[Event]:
    """The events, those that failed or were not supported for a known reason as explained ones. Nothing explains an
    error in an engine, or its end."""
    known = {line: e for e in explanations if e.covers(path, engine) for line in e.lines}
    for event in events:
        found = known.get(event.line)
        if found is None or event.verdict == "passed" or event.why.startswith(RAISED):
            yield event
        else:
            told = f"{event.why}; explained: {found.whose}: {found.why} [{found.section}]"
            yield Event(event.line, "explained", told)


def unneeded(
    explanations: Sequence[Explanation], path: str, engine: str, events: Iterable[Event]
) -> list[int]:
    """The lines of *path* that are explained though *engine* does what the script expects, or has no command there."""
    needed = {event.line for event in events if event.verdict != "passed"}
    return sorted({line for e in explanations if e.covers(path, engine) for line in e.lines} - needed)
