"""What a stored case holds besides its script: comments that are read again."""

from __future__ import annotations

import re

import msgspec

from fact.model.settings import Reentrance
from fuzz.case import Origin
from generators.blueprint import HostFunction
from generators.families import AnyBlueprint, from_json, to_json

CASE, BLUEPRINT = ";; factfuzz-case: ", ";; factfuzz-blueprint: "
AS_COMMENT = ";; factfuzz-call: "
"""Before a call that readers of scripts cannot be given: a comment for them, a call for us."""
COMPONENT = re.compile(r"\(component(?:\s+definition)?(?:\s+(\$(?:\"(?:[^\"\\]|\\.)*\"|[^\s()\";]+)))?(?=[\s();])")
"""How a component's text begins, and the name that it has."""
NAME = "$case"
"""Of a component that has none of its own."""


class Record(msgspec.Struct, frozen=True, omit_defaults=True):
    """What the script cannot say: one line of JSON in the header."""

    origin: Origin
    log_prefixes: tuple[str, ...] = ()
    host: tuple[HostFunction, ...] = ()
    types: dict[str, str] = msgspec.field(default_factory=dict)
    """Of the functions called, in the words of `fact.model.type_text`, where the constants of a call do not tell."""


def comment(line: str) -> list[str]:
    """*line* as comments that none of `read_header`'s lines are, one for each of its own lines."""
    return [f";; {' ' * part.startswith('factfuzz-')}{part}".rstrip() for part in line.splitlines() or [""]]


def header_lines(record: Record, blueprint: AnyBlueprint | None) -> list[str]:
    """What `read_header` reads."""
    lines = [CASE + msgspec.json.encode(record).decode()]
    return lines if blueprint is None else [*lines, BLUEPRINT + to_json(blueprint)]


def read_header(text: str) -> tuple[Record, AnyBlueprint | None]:
    """What the header of a script says; nothing for any other script. Raises `ValueError`."""
    record, blueprint = Record(Origin(versions={})), None
    for number, line in enumerate(text.split("\n"), 1):
        if line.strip() and not line.startswith(";;"):
            break
        try:
            if line.startswith(CASE):
                record = msgspec.json.decode(line[len(CASE) :], type=Record)
                Reentrance(record.origin.reentrance)
            elif line.startswith(BLUEPRINT):
                blueprint = from_json(line[len(BLUEPRINT) :])
        except (msgspec.MsgspecError, RecursionError, ValueError) as error:
            raise ValueError(f"line {number}: {error}") from error
    return record, blueprint
