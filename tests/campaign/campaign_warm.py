"""Imported once by the process that workers of the tests are forked from: afterwards they start within milliseconds."""

from __future__ import annotations

import socket
from multiprocessing import reduction

from campaign_fakes import small_blueprints

import fuzz.campaign.worker
import fuzz.engines.registry
import fuzz.minimise.crashes  # noqa: F401
from generators.stream import CaseStream

CaseStream(small_blueprints(), 1)(0)

_receive = reduction.recvfds


def _received(sock: socket.socket, size: int) -> list[int]:
    """Somebody who is killed while he asks for a process must not take the process with him that makes them."""
    try:
        return _receive(sock, size)
    except EOFError:
        raise ConnectionAbortedError(103, "killed") from None


reduction.recvfds = _received
