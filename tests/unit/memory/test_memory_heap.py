"""Large blocks of memory go back to the system, also after a larger one."""

import ctypes
import subprocess
import sys

import pytest

HELD = """
import ctypes
from fuzz.heap import return_large_blocks

c = ctypes.CDLL(None)
c.malloc.restype = ctypes.c_void_p
c.malloc.argtypes = [ctypes.c_size_t]
c.free.argtypes = [ctypes.c_void_p]

class Info(ctypes.Structure):
    _fields_ = [(name, ctypes.c_size_t) for name in
                ("arena", "ordblks", "smblks", "hblks", "hblkhd", "usmblks", "fsmblks", "uordblks", "fordblks", "top")]

c.mallinfo2.restype = Info
{settle}
c.free(c.malloc(16 << 20))
before = c.mallinfo2().hblkhd
kept = c.malloc(4 << 20)
print(c.mallinfo2().hblkhd - before)
"""


def mapped(settle: str) -> int:
    """Bytes that are mapped apart for a block of 4 MiB, after one of 16 MiB was freed."""
    command = [sys.executable, "-c", HELD.format(settle=settle)]
    return int(subprocess.run(command, capture_output=True, text=True, check=True).stdout)


@pytest.mark.skipif(not hasattr(ctypes.CDLL(None), "mallinfo2"), reason="the C library is not a recent glibc")
def test_a_large_block_is_mapped_apart_even_after_a_larger_one() -> None:
    assert mapped("") == 0, "otherwise there is nothing to settle"
    assert mapped("return_large_blocks()") >= 4 << 20
