"""A worker as a process: what it may use, and how it ends. Loads no engine before it has settled."""

from __future__ import annotations

import os
import resource
import signal
import sys
import threading
import traceback
from dataclasses import dataclass
from multiprocessing import connection, parent_process
from multiprocessing.connection import Connection
from pathlib import Path

from fuzz.campaign.config import CampaignConfig
from fuzz.campaign.messages import CannotStart, send
from fuzz.errors import UsageError
from fuzz.heap import return_large_blocks
from fuzz.processes import bound, end_with_parent

FAULT_STATUS = 70
"""A worker's exit status when the fault is ours, not an engine's."""


@dataclass(frozen=True, slots=True)
class WorkerFiles:
    journal: Path
    output: Path


def main(config: CampaignConfig, files: WorkerFiles, pipe: Connection) -> None:
    """The entry point of the process."""
    _settle(config, files.output)
    try:
        from fuzz.campaign.worker import Worker

        worker = Worker(config, files, pipe)
    except Exception as error:
        if not isinstance(error, UsageError):
            traceback.print_exc()
        message = str(error) if isinstance(error, UsageError) else f"{type(error).__name__}: {error}"
        send(pipe, CannotStart(message, isinstance(error, UsageError)))
        return
    try:
        worker.work()
    except (EOFError, BrokenPipeError, ConnectionResetError):
        worker.journal.idle()
    except Exception as error:
        traceback.print_exc()
        print(f"{type(error).__name__}: {error}".partition("\n")[0], file=sys.stderr, flush=True)
        os._exit(FAULT_STATUS)
    os._exit(0)


def _settle(config: CampaignConfig, output: Path) -> None:
    """A process group of its own (Ctrl-C is the supervisor's), bounds on output and memory, no life without a parent.

    The supervisor looks at both bounds and ends a worker that is over them; those set here are twice as high, for one
    that gets there between two looks.
    """
    os.setpgid(0, 0)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGXFSZ, signal.SIG_DFL)  # Python would have engines see an error, and go on
    descriptor = os.open(output, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_APPEND, 0o600)
    os.dup2(descriptor, 1)
    os.dup2(descriptor, 2)
    os.close(descriptor)
    bound(resource.RLIMIT_FSIZE, 2 * config.output)
    bound(resource.RLIMIT_DATA, 2 * config.memory)
    bound(resource.RLIMIT_CORE, 0)
    return_large_blocks()
    leave_with_parent()


def leave_with_parent() -> None:
    """Ends this process when its parent has ended, however that came, even while an engine hangs: the thread may never
    get to run again, if that holds the interpreter's lock, but then the kernel sees to it."""
    end_with_parent()
    threading.Thread(target=_outwait_parent, daemon=True).start()


def _outwait_parent() -> None:
    parent = parent_process()
    if parent is not None:
        connection.wait([parent.sentinel])
        os._exit(1)
