"""What a test failed on, as a script: printed, and saved for `factfuzz run` and `factfuzz minimize`.

A test says what it is `about`; the exception that leaves it takes that along. So of all examples that Hypothesis tries,
only those are written down that it reports in the end, and these it has made as small as it could.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from fuzz.case import Case
    from generators.families import AnyBlueprint

    Subject: TypeAlias = AnyBlueprint | Case | str
    """A blueprint, a case, or the text of a component."""

LINES_SHOWN = 120

_ATTRIBUTE = "_factfuzz_subject"


@contextmanager
def about(subject: Subject) -> Iterator[None]:
    """What fails inside fails on *subject*."""
    try:
        yield
    except BaseException as error:
        if not hasattr(error, _ATTRIBUTE):
            setattr(error, _ATTRIBUTE, subject)
        raise


def subjects(error: BaseException) -> list[Subject]:
    """What *error*, and every error in it, is about."""
    inner = error.exceptions if isinstance(error, BaseExceptionGroup) else ()
    own = [getattr(error, _ATTRIBUTE)] if hasattr(error, _ATTRIBUTE) else []
    return [*own, *(subject for e in inner for subject in subjects(e))]


def case_sections(error: BaseException, test: str, directory: Path) -> list[tuple[str, str]]:
    """Sections of the report on *test*, one for each case that *error* is about. Each case is saved in *directory*."""
    return [("failing case", told(script(subject), test, directory)) for subject in subjects(error)]


def script(subject: Subject) -> str:
    """With what the reference says of it, if it says anything: it may be what fails."""
    from fuzz.case import Case
    from fuzz.reference_case import reference_case
    from fuzz.script import to_wast
    from generators.families import to_json

    if isinstance(subject, str):
        return to_wast(Case(subject))
    if isinstance(subject, Case):
        return to_wast(subject)
    try:
        return to_wast(reference_case(subject))
    except Exception as trouble:
        return f";; No script: {type(trouble).__name__}: {trouble}\n;; factfuzz-blueprint: {to_json(subject)}\n"


def told(text: str, test: str, directory: Path) -> str:
    """Where *text* is saved, what to do with it, and *text*, unless it is long."""
    name = re.sub(r"[^A-Za-z0-9_]+", "-", test).strip("-")[:80]
    path = directory / f"{name}-{sha256(text.encode()).hexdigest()[:8]}.wast"
    try:
        directory.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        saved = f"factfuzz run {path}\nfactfuzz minimize {path}"
    except OSError as error:
        saved = f"{path} could not be saved: {error.strerror}"
    lines = text.splitlines()
    if len(lines) > LINES_SHOWN:
        lines = [*lines[:LINES_SHOWN], f";; ... {len(lines) - LINES_SHOWN} more lines"]
    return "\n".join([saved, "", *lines])
