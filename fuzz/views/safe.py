"""Text that came from engines and cases, made fit for a terminal."""

from __future__ import annotations

import json
import re

LONGEST = 1000
"""Characters of one line; what is longer is cut, and says so."""

LINES = 400


def safe(text: str, longest: int = LONGEST) -> str:
    """One line: whatever could move a cursor, change colours or reorder text is written as an escape."""
    line = "".join(c if c.isprintable() else _escape(c) for c in text[: longest + 1])
    return line if len(text) <= longest else f"{line[:longest]}... ({len(text) - longest:,} more characters)"


def safe_lines(text: str, most: int = LINES, longest: int = LONGEST) -> list[str]:
    """Line breaks and tabs keep their meaning. At most *most* lines, and one that says how many there are more."""
    lines = text.split("\n")
    if lines[-1] == "":
        lines.pop()
    shown = [safe(line.rstrip("\r").expandtabs(4), longest) for line in lines[:most]]
    return shown if len(lines) <= most else [*shown, f"... ({len(lines) - most:,} more lines)"]


_BEYOND_ASCII = re.compile(r"[^\n -~]")


def safe_json(document: str) -> str:
    """The same JSON without characters that a terminal may obey."""
    return _BEYOND_ASCII.sub(lambda match: match[0] if match[0].isprintable() else json.dumps(match[0])[1:-1], document)


def _escape(character: str) -> str:
    return repr(character)[1:-1] if not character.isspace() else character.encode("unicode_escape").decode()
