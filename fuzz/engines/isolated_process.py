"""The parent's view of the process that an engine runs in."""

from __future__ import annotations

import contextlib
import fcntl
import os
import tempfile
from collections.abc import Callable
from multiprocessing import Pipe
from time import monotonic

import psutil

from fuzz.engines.base import Engine
from fuzz.engines.forkserver import fork
from fuzz.engines.isolated_server import serve
from fuzz.engines.limits import Limits

PRINTED_BYTES = 4096
"""How much is kept of what an engine prints."""


class IsolatedProcess:
    """A process that serves an engine, and what it uses. What it prints goes to a file without a name: none is left
    behind, however we end."""

    def __init__(self, make: Callable[[], Engine], limits: Limits) -> None:
        self.pipe, theirs = Pipe()
        self._output = tempfile.TemporaryFile()  # noqa: SIM115
        self._begun = 0
        fcntl.fcntl(self._output, fcntl.F_SETFL, fcntl.fcntl(self._output, fcntl.F_GETFL) | os.O_APPEND)
        with contextlib.closing(theirs):
            self._forked = fork(serve, make, limits, descriptors=(theirs.fileno(), self._output.fileno()))
        self._counter: psutil.Process | None = None
        self._ours = psutil.Process()
        self._ours_before: int | None = None
        self.looked = monotonic()

    @property
    def pid(self) -> int:
        return self._forked.pid

    def resident_bytes(self) -> int:
        """Of the process, and what has been added to our own since the first look at a request: what it had us keep."""
        ours = int(self._ours.memory_info().rss)
        if self._ours_before is None:
            self._ours_before = ours
        return self._resident() + max(0, ours - self._ours_before)

    def _resident(self) -> int:
        try:
            if self._counter is None:
                self._counter = psutil.Process(self.pid)
            return int(self._counter.memory_info().rss)
        except psutil.Error:  # it has just ended
            return 0

    def begin(self, limit: int) -> None:
        """A request begins: from here on it is counted, and kept, what the process prints; *limit* bytes at most."""
        self._ours_before = None
        self._begun = os.fstat(self._output.fileno()).st_size
        if self._begun > limit // 2:
            os.ftruncate(self._output.fileno(), 0)
            self._begun = 0

    def printed_bytes(self) -> int:
        return os.fstat(self._output.fileno()).st_size - self._begun

    def printed(self) -> str:
        """The last of it."""
        size = min(PRINTED_BYTES, self.printed_bytes())
        begin = self._begun + self.printed_bytes() - size
        return os.pread(self._output.fileno(), size, begin).decode(errors="replace")

    def has_ended(self) -> bool:
        return self._forked.has_ended()

    def end(self) -> int | None:
        """Ends the process if it has not ended; the exit code, None if nobody knows it."""
        self.pipe.close()
        self._output.close()
        return self._forked.kill()
