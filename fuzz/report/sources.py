"""Directories of campaigns as the data of one page."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from fuzz.report.gather import Outside, Shown, page_of
from fuzz.report.page import Page
from fuzz.store.records import Session
from fuzz.store.store import Store
from fuzz.views.known import known_differences
from fuzz.views.shortlist import KnownFor, opened_together, shortlist_of
from fuzz.views.status import running_session


def page_of_directories(directories: Sequence[Path], known_for: KnownFor) -> Page:
    """Several are told of together. Raises `UsageError`."""
    with opened_together(directories) as store:
        found = shortlist_of(store, directories, known_for)
        shown = {x.signature: Shown(x.path, x.rerun, x.known) for x in (*found.open, *found.known)}
        running = frozenset(session.id for directory in directories for session in _running(directory))
        return page_of(store, Outside(tuple(map(str, directories)), running, known_differences(), shown))


def _running(directory: Path) -> list[Session]:
    with Store.reading(directory) as store:
        session = running_session(store)
    return [] if session is None else [session]
