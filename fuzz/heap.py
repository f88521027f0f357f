"""How glibc's allocator treats large blocks, in a process that runs for hours."""

from __future__ import annotations

import ctypes

LARGE = 256 << 10
"""Bytes from which a block is mapped by itself."""

_M_MMAP_THRESHOLD = -3


def return_large_blocks() -> None:
    """Large blocks go back to the system as soon as they are freed. Left alone, the allocator would raise the size of
    those that it maps to that of the largest one freed, and after one great component keep what lies between small
    blocks. Does nothing where the C library is another one."""
    if (mallopt := getattr(ctypes.CDLL(None), "mallopt", None)) is not None:
        mallopt(_M_MMAP_THRESHOLD, LARGE)
