"""Signals that end a campaign, collected instead of obeyed."""

from __future__ import annotations

import signal
import threading
from types import FrameType, TracebackType
from typing import Any

ENDING = (signal.SIGINT, signal.SIGTERM)


class Interrupts:
    """True once SIGINT or SIGTERM has come; its length counts them. SIGHUP, the end of the terminal, is left
    unheeded: a campaign goes on without one. Outside of the main thread there is nothing to collect."""

    def __init__(self) -> None:
        self._count = 0
        self._before: dict[int, Any] = {}

    def __enter__(self) -> Interrupts:
        if threading.current_thread() is threading.main_thread():
            self._before = {number: signal.signal(number, self._collect) for number in ENDING}
            self._before[signal.SIGHUP] = signal.signal(signal.SIGHUP, signal.SIG_IGN)
        return self

    def __exit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)

    def __len__(self) -> int:
        return self._count

    def _collect(self, _number: int, _frame: FrameType | None) -> None:
        self._count += 1
