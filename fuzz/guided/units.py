"""Units, libFuzzer's word for inputs, of the target `differential`: `.wast` files.

Most have the blueprint of a case in the header (`fuzz.script_header`), and that is what counts: the text after it is
for other readers. Others are cases without one, and scripts that people wrote.
"""

from __future__ import annotations

import re
from collections import OrderedDict
from dataclasses import dataclass

from fuzz.case import Case, Origin, case_rendered
from fuzz.script import from_wast, to_wast
from fuzz.script_header import BLUEPRINT, CASE, Record, read_header
from generators.components import Rendered
from generators.families import AnyBlueprint, render

KEPT = 64
"""Units that were read or made last: each is run after it was made, and changed several times in a row."""

_SCRIPT = re.compile(rb"^\s*\((?:component|module|assert_)", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Drawn:
    """A unit with a blueprint. *made* says how it came about, if a mutator has just made it: `fresh`, `crossed`, or the
    kind of a mutation."""

    blueprint: AnyBlueprint
    rendered: Rendered
    made: str = ""


@dataclass(frozen=True, slots=True)
class Told:
    """A case without a blueprint."""

    case: Case


@dataclass(frozen=True, slots=True)
class Written:
    """A script that somebody wrote."""

    text: str


Unit = Drawn | Told | Written


def read_unit(data: bytes) -> AnyBlueprint | Case | None:
    """What a unit is: the blueprint of a case, or else the case, or else nothing that this function knows."""
    match parsed(data):
        case Drawn(blueprint=blueprint):
            return blueprint
        case Told(case=case):
            return case
    return None


def write_unit(blueprint: AnyBlueprint) -> bytes:
    """A `.wast` file; nothing is run for it, so that its calls expect nothing. Raises what rendering may raise of a
    blueprint that does not make sense."""
    return _written(blueprint, render(blueprint))


def _written(blueprint: AnyBlueprint, rendered: Rendered) -> bytes:
    return to_wast(case_rendered(blueprint, rendered, Origin())).encode()


def parsed(data: bytes) -> Unit | None:
    """None for what is neither a case nor a script. Only the header of a unit with a blueprint is read."""
    if not _SCRIPT.search(data):
        return None
    head, text = _header(data)
    try:
        record, blueprint = read_header(head)
        if blueprint is not None:
            return Drawn(blueprint, render(blueprint))
        if record != Record(Origin(versions={})):
            return Told(from_wast(text))
    except Exception:  # a blueprint or a case that somebody edited need not make sense
        return None
    return Written(text)


def _header(data: bytes) -> tuple[str, str]:
    """The comments at the beginning, and all of the text."""
    text = data.decode(errors="replace")
    if (CASE not in text) and (BLUEPRINT not in text):
        return "", text
    end = next((m.start() for m in re.finditer(r"^(?!;;)(?=.*\S)", text, re.MULTILINE)), len(text))
    return text[:end], text


class Units:
    """Reads and writes units, and remembers the last, so that what was just made need not be read to run."""

    def __init__(self, kept: int = KEPT) -> None:
        self._kept = kept
        self._known: OrderedDict[bytes, Unit | None] = OrderedDict()

    def read(self, data: bytes) -> Unit | None:
        """As `parsed`."""
        if data in self._known:
            self._known.move_to_end(data)
            return self._known[data]
        return self._remember(data, parsed(data))

    def write(self, blueprint: AnyBlueprint, made: str) -> bytes:
        """As `write_unit`; *made* as in `Drawn`."""
        rendered = render(blueprint)
        data = _written(blueprint, rendered)
        self._remember(data, Drawn(blueprint, rendered, made))
        return data

    def _remember(self, data: bytes, unit: Unit | None) -> Unit | None:
        self._known[data] = unit
        self._known.move_to_end(data)
        if len(self._known) > self._kept:
            self._known.popitem(last=False)
        return unit
