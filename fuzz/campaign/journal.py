"""The case in hand, in a mapped file: it names the case even if its worker is killed at once.

Layout, little-endian: 8 bytes counter of cases begun, 8 number of the case, 4 length of the blueprint's JSON, 1 state,
1 engine, 2 unused; then the JSON. The state is written last, and set back to idle before anything else is written.
"""

from __future__ import annotations

import mmap
import os
import struct
from dataclasses import dataclass, replace
from enum import IntEnum
from pathlib import Path

_HEADER = struct.Struct("<QQIBBxx")
_STATE, _ENGINE = 20, 21
CAPACITY = 1 << 20
NO_ENGINE = 255


class State(IntEnum):
    """What the worker is doing."""

    IDLE = 0
    MAKING = 1
    """Hypothesis makes the case: there is no blueprint yet."""
    RUNNING = 2
    MINIMISING = 3
    """A variant of the case, or a finding's."""


_STATES = frozenset(State)


@dataclass(frozen=True, slots=True)
class Entry:
    """*begun* counts the cases begun by this worker; *engine* indexes the campaign's engines: the one that was the last
    to begin with this case, None before the first."""

    begun: int
    state: State
    number: int
    engine: int | None
    blueprint: bytes


def new_journal(path: Path) -> JournalReader:
    """Makes an empty journal, in place of what is there. Raises `OSError`, also when there is no room for all of it."""
    path.unlink(missing_ok=True)
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        os.posix_fallocate(descriptor, 0, CAPACITY)
    except OSError:
        path.unlink()
        raise
    finally:
        os.close(descriptor)
    return JournalReader(path)


class Journal:
    """A worker's end. Writing takes microseconds, and the kernel keeps what was written whatever happens to us."""

    def __init__(self, path: Path) -> None:
        """Opens the file that `new_journal` made. Raises `OSError`."""
        descriptor = os.open(path, os.O_RDWR)
        try:
            self._map = mmap.mmap(descriptor, CAPACITY)
        finally:
            os.close(descriptor)
        self._begun = 0

    def making(self, number: int) -> None:
        self._begun += 1
        self._map[_STATE] = State.IDLE
        _HEADER.pack_into(self._map, 0, self._begun, number, 0, State.MAKING, NO_ENGINE)

    def running(self, number: int, blueprint: bytes, state: State = State.RUNNING) -> None:
        """A blueprint that does not fit is left out; seed and number still name the case."""
        kept = blueprint if len(blueprint) <= CAPACITY - _HEADER.size else b""
        self._begun += 1
        self._map[_STATE] = State.IDLE
        self._map[_HEADER.size : _HEADER.size + len(kept)] = kept
        _HEADER.pack_into(self._map, 0, self._begun, number, len(kept), State.IDLE, NO_ENGINE)
        self._map[_STATE] = state

    def engine(self, index: int) -> None:
        self._map[_ENGINE] = index

    def idle(self) -> None:
        self._map[_STATE] = State.IDLE


class JournalReader:
    """The supervisor's end; works while the worker writes and after its death.

    Reads instead of mapping: a mapped file that somebody cuts short would kill the supervisor.
    """

    def __init__(self, path: Path) -> None:
        """Raises `OSError`."""
        self._descriptor = os.open(path, os.O_RDONLY)

    def progress(self) -> tuple[int, State]:
        """How many cases were begun, and the state. While the worker writes, the two may not belong together."""
        head = self.head()
        return head.begun, head.state

    def head(self) -> Entry:
        """Without the blueprint; while the worker writes, its parts may not belong together."""
        return self._parsed()[0]

    def entry(self) -> Entry:
        """Of a worker that is dead."""
        head, length = self._parsed()
        return replace(head, blueprint=self._read(length, _HEADER.size))

    def _parsed(self) -> tuple[Entry, int]:
        """The head, and the length of the blueprint. What no worker writes, because a wild write of an engine has been
        there, counts as idle: it names no case."""
        begun, number, length, state, engine = _HEADER.unpack(self._read(_HEADER.size, 0))
        if state not in _STATES or length > CAPACITY:
            return Entry(begun, State.IDLE, 0, None, b""), 0
        return Entry(begun, State(state), number, None if engine == NO_ENGINE else engine, b""), length

    def close(self) -> None:
        os.close(self._descriptor)

    def _read(self, size: int, offset: int) -> bytes:
        return os.pread(self._descriptor, size, offset).ljust(size, b"\0")
