"""Ctrl-C while a guest runs.

Python's handler of SIGINT has its turn when the interpreter has: a guest that never returns never gives it, and what
the handler raises within a callback of wasmtime is lost.
"""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager

INTERRUPTED = 130
"""The exit status that a shell gives a process which SIGINT ended."""

GRACE = 1.0
"""Seconds that Python's own handler has to end the command in order."""


@contextmanager
def interruptible(grace: float = GRACE) -> Iterator[None]:
    """Within it, an interrupt that has not been heeded after *grace* seconds ends the process.

    Only for the main thread, which is the one that Python handles signals in; elsewhere it changes nothing.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    reader, writer = os.pipe()
    os.set_blocking(writer, False)
    done = threading.Event()
    watcher = threading.Thread(target=_watch, args=(reader, done, grace), daemon=True)
    watcher.start()
    before = signal.set_wakeup_fd(writer, warn_on_full_buffer=False)
    try:
        yield
    finally:
        signal.set_wakeup_fd(before)
        done.set()
        os.close(writer)


def _watch(reader: int, done: threading.Event, grace: float) -> None:
    try:
        while number := os.read(reader, 1):
            if number[0] == signal.SIGINT and not done.wait(grace):
                os.write(2, b"factfuzz: interrupted\n")
                os._exit(INTERRUPTED)
    finally:
        os.close(reader)
