"""A process that forks others: what they need is imported once, and each starts within milliseconds.

It makes no engine and runs no thread, so that what it forks is whole; and it waits for what it forked, whoever asked
for it. When the process that started it ends, however that comes, it kills them all and leaves; when it is killed
itself, so are they.
"""

from __future__ import annotations

import atexit
import contextlib
import gc
import multiprocessing
import os
import pickle
import signal
import socket
import sys
import threading
import traceback
from collections.abc import Callable, Sequence
from time import sleep
from typing import Any

from fuzz.processes import end_with_parent

START_SECONDS = 120.0
"""How long importing may take."""

LEAVE_SECONDS = 5.0
"""How long the fork server may take to leave when nobody needs it any more."""

_MESSAGE_BYTES = 1 << 16
_DESCRIPTORS = 8


class ForkServerGone(Exception):
    """The fork server, and all that it forked, has ended; `fork` starts another."""


class ForkFailed(Exception):
    """What was to run in a process cannot be imported."""


def fork(run: Callable[..., object], *args: object, descriptors: Sequence[int] = ()) -> ForkedProcess:
    """A new process that calls *run* with *args* and then the numbers of the file *descriptors*, of which it has
    duplicates. *run* and *args* are importable: the fork server keeps their modules for the next time.

    The process is in a process group of its own. Raises `ForkFailed`.
    """
    message = pickle.dumps(("fork", run, args))
    for _ in range(2):
        server = _server()
        with contextlib.suppress(ForkServerGone):
            return ForkedProcess(server, server.ask(message, descriptors))
    raise ForkFailed("the process ends that imports what it needs")


class ForkedProcess:
    def __init__(self, server: _ForkServer, pid: int) -> None:
        self._server = server
        self.pid = pid

    def has_ended(self) -> bool:
        """Whether it has; what it may have started does not count."""
        try:
            return bool(self._server.ask(pickle.dumps(("has ended", self.pid))))
        except ForkServerGone:
            return True

    def kill(self) -> int | None:
        """Ends the process, if it has not ended, and all of its group; to be called once. The exit code, as in
        `multiprocessing`; None if nobody knows it."""
        try:
            return self._server.ask(pickle.dumps(("end", self.pid)))
        except ForkServerGone:
            return None


# -- the side of those who ask


_lock = threading.Lock()
_running: _ForkServer | None = None


def _server() -> _ForkServer:
    """The one of this process: started when it is first needed, and again when it is gone."""
    global _running
    with _lock:
        first = _running is None
        if _running is None or _running.gone:
            _running = _ForkServer()
        if first:
            atexit.register(_close)
        return _running


def _close() -> None:
    if _running is not None:
        _running.close()


class _ForkServer:
    def __init__(self) -> None:
        context = multiprocessing.get_context("spawn")
        self._socket, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._socket.settimeout(START_SECONDS)
        self._lock = threading.Lock()
        self._process = context.Process(target=_serve, args=(theirs,), daemon=True)
        self._process.start()
        self.gone = False
        theirs.close()

    def ask(self, message: bytes, descriptors: Sequence[int] = ()) -> int:
        """Its answer. Raises `ForkServerGone`, `ForkFailed`."""
        with self._lock:
            if self.gone:
                raise ForkServerGone
            try:
                socket.send_fds(self._socket, [message], descriptors)
                answer = self._socket.recv(_MESSAGE_BYTES)
            except OSError:
                answer = b""
            except BaseException:  # interrupted: an answer that comes now would be taken for that to another question
                self.close()
                raise
            if not answer:
                self.close()
                raise ForkServerGone
        result: int | str = pickle.loads(answer)
        if isinstance(result, str):
            raise ForkFailed(result)
        return result

    def close(self) -> None:
        """It leaves when it sees that nobody is at the other end."""
        self.gone = True
        self._socket.close()
        self._process.join(LEAVE_SECONDS)
        self._process.kill()
        self._process.join()


# -- the server


def _serve(requests: socket.socket) -> None:
    os.setpgid(0, 0)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    forked = _Forked(requests)
    with contextlib.suppress(OSError):
        while True:
            message, descriptors, _, _ = socket.recv_fds(requests, _MESSAGE_BYTES, _DESCRIPTORS)
            if not message:
                break
            requests.send(pickle.dumps(forked.answer(message, descriptors)))
    forked.kill_all()


class _Forked:
    """Processes that are alive, and how those ended that nobody has asked for."""

    def __init__(self, requests: socket.socket) -> None:
        self._requests = requests
        self._alive: set[int] = set()
        self._codes: dict[int, int] = {}

    def answer(self, message: bytes, descriptors: Sequence[int]) -> int | str:
        try:
            match pickle.loads(message):
                case "fork", run, args:
                    return self._fork(run, args, descriptors)
                case "has ended", pid:
                    return int(self._ended(pid))
                case _, pid:
                    return self._end(pid)
        except Exception as error:
            return f"{type(error).__name__}: {error}"
        finally:
            for descriptor in descriptors:
                os.close(descriptor)
        raise AssertionError("unreachable")

    def _fork(self, run: Callable[..., object], args: Sequence[Any], descriptors: Sequence[int]) -> int:
        self._reap()
        gc.freeze()
        mine = os.getpid()
        pid = os.fork()
        if pid == 0:
            _in_child(mine, self._requests, lambda: run(*args, *descriptors))
        with contextlib.suppress(OSError):  # it may have done so, and ended, already
            os.setpgid(pid, pid)
        self._alive.add(pid)
        self._codes.pop(pid, None)
        return pid

    def _reap(self) -> None:
        for pid in tuple(self._alive):
            self._ended(pid)

    def _ended(self, pid: int) -> bool:
        """Whether it has; its process group then is no more, either."""
        if pid in self._alive and os.waitid(os.P_PID, pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(pid, signal.SIGKILL)
            self._codes[pid] = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
            self._alive.remove(pid)
        return pid not in self._alive

    def _end(self, pid: int) -> int:
        while not self._ended(pid):
            os.kill(pid, signal.SIGKILL)
            sleep(0.001)
        return self._codes.pop(pid)

    def kill_all(self) -> None:
        for pid in tuple(self._alive):
            self._end(pid)


def _in_child(server: int, requests: socket.socket, run: Callable[[], object]) -> None:
    """All of the life of a forked process."""
    try:
        requests.close()
        os.setpgid(0, 0)
        _leave_with(server)
        run()
        sys.stdout.flush()
        os._exit(0)
    except BaseException:
        traceback.print_exc()
        sys.stderr.flush()
    finally:
        os._exit(1)


def _leave_with(parent: int) -> None:
    end_with_parent()
    if os.getppid() != parent:  # it has ended before
        os._exit(1)
