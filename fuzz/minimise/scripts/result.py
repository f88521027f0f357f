"""A minimised script as a file that explains itself."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import msgspec

from fact.model.types import FuncType
from fact.model.values import Value, check_value
from fuzz.case import Origin
from fuzz.constants import expectation, quoted
from fuzz.divergence import Divergence
from fuzz.minimise.scripts.model import ACTING, Directive, ScriptParts, action_text, directive_text
from fuzz.minimise.scripts.observed import Saw
from fuzz.outcome import Returned, Trapped
from fuzz.script import PHRASES
from fuzz.script_header import Record, header_lines
from fuzz.version import versions
from fuzz.wast import script as commands


def script_text(parts: ScriptParts, told: Sequence[Saw] | None, header: Sequence[str], record: Record) -> str:
    """*told* is what the reference made of each directive: what is asserted. *header*: lines for people."""
    lines = [f";; {line}".rstrip() for line in header]
    lines += header_lines(record, None) if record != Record(Origin(versions=record.origin.versions)) else []
    lines.append("")
    for i, directive in enumerate(parts.directives):
        lines.append(_line(directive, None if told is None else told[i]))
    return "\n".join([*lines, ""])


def _line(directive: Directive, saw: Saw | None) -> str:
    command = directive.command
    if saw is None or not isinstance(command, ACTING) or not saw.steps:
        return directive_text(directive, lines=True)
    if not isinstance(command, commands.Perform):
        return directive_text(directive)
    step = saw.steps[-1]
    match step.outcome:
        case Returned(value=None):
            return f"(assert_return {action_text(command.action)})"
        case Returned(value=value) if (constant := _constant(step.type, value)) is not None:
            return f"(assert_return {action_text(command.action)} {constant})"
        case Trapped(reason=reason, site=site):
            why = reason.value + ("" if site is None else f" at {site}")
            return f"(assert_trap {action_text(command.action)} {quoted(PHRASES.get(reason, ''))}) ;; {why}"
    return directive_text(directive)


def _constant(type: FuncType | None, value: Value | None) -> str | None:
    """None for a value that has none."""
    if type is None or type.result is None or value is None:
        return None
    try:
        return expectation(type.result, check_value(type.result, value))
    except ValueError:
        return None


def header_of(
    source: Path, before: str, after: str, divergence: Divergence, reentrance: str, out: Path
) -> Iterator[str]:
    """The lines for people: what it is, what it shows, how to see it."""
    yield f"factfuzz made this smaller, from {source.name}"
    yield f"  before: {before}"
    yield f"  now:    {after}"
    yield ", ".join(f"{name} {version}" for name, version in versions().items())
    yield from divergence.lines()
    option = "" if reentrance == "guarded" else f" --reentrance {reentrance}"
    yield f"To see it: factfuzz run {out.name}{option}"


def record_of(record: Record, divergence: Divergence, reentrance: str) -> Record:
    """What the file says in its data: what the host answers, what engines are told, the verdict."""
    origin = msgspec.structs.replace(
        record.origin, versions=versions(), verdict=divergence.lines(), reentrance=reentrance, features=())
    return Record(origin, host=record.host)
