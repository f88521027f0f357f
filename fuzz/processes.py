"""What processes of ours have in common: how long they live, what they may use, how they end."""

from __future__ import annotations

import ctypes
import resource
import signal

_PR_SET_PDEATHSIG = 1


def end_with_parent() -> None:
    """From here on the kernel kills this process when its parent ends, even if it never gets to run Python again."""
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, int(signal.SIGKILL))


def bound(which: int, value: int) -> None:
    """Lowers a limit of `resource` to *value*, where it is not lower."""
    soft, hard = resource.getrlimit(which)
    lowest = min(v for v in (value, soft, hard) if v != resource.RLIM_INFINITY)
    resource.setrlimit(which, (lowest, hard))


def how_ended(code: int | None) -> str:
    """An exit code of `multiprocessing` in words: `killed by SIGABRT`, `exited with status 3`."""
    if code is None:
        return "killed together with the process that started it"
    try:
        return f"killed by {signal.Signals(-code).name}" if code < 0 else f"exited with status {code}"
    except ValueError:
        return f"killed by signal {-code}"
