"""Edits of a binary that know nothing of what is in it."""

from __future__ import annotations

import random
from collections.abc import Callable

from component_parts import CORE_PREAMBLE, PREAMBLE, leb, section
from inventions import HUGE


def flip_bits(choice: random.Random, binary: bytes, donor: bytes) -> bytes:
    out = bytearray(binary)
    for _ in range(choice.choice((1, 1, 2, 8))):
        if out:
            out[choice.randrange(len(out))] ^= 1 << choice.randrange(8)
    return bytes(out)


def overwrite(choice: random.Random, binary: bytes, donor: bytes) -> bytes:
    start = choice.randrange(len(binary) + 1)
    new = bytes(choice.choice((0, 1, 0x7F, 0x80, 0xFF, choice.randrange(256))) for _ in range(choice.randint(1, 4)))
    return binary[:start] + new + binary[start + len(new) :]


def insert_bytes(choice: random.Random, binary: bytes, donor: bytes) -> bytes:
    start = choice.randrange(len(binary) + 1)
    return binary[:start] + choice.randbytes(choice.randint(1, 4)) + binary[start:]


def delete_bytes(choice: random.Random, binary: bytes, donor: bytes) -> bytes:
    start = choice.randrange(len(binary) + 1)
    return binary[:start] + binary[start + choice.randint(1, 8) :]


def huge_number(choice: random.Random, binary: bytes, donor: bytes) -> bytes:
    """A byte becomes a large LEB128, or one that is longer than any may be."""
    start = choice.randrange(len(binary) + 1)
    new = choice.choice((leb(choice.choice(HUGE)), leb(choice.randrange(8), choice.choice((5, 6, 10)))))
    return binary[:start] + new + binary[start + 1 :]


def truncate(choice: random.Random, binary: bytes, donor: bytes) -> bytes:
    return binary[: choice.randrange(len(binary) + 1)]


def splice(choice: random.Random, binary: bytes, donor: bytes) -> bytes:
    """The beginning of one binary and the end of another."""
    return binary[: choice.randrange(len(binary) + 1)] + donor[choice.randrange(len(donor) + 1) :]


def repeat_bytes(choice: random.Random, binary: bytes, donor: bytes) -> bytes:
    start = choice.randrange(len(binary) + 1)
    end = choice.randint(start, min(len(binary), start + 200))
    return binary[:end] + binary[start:end] * choice.choice((1, 2, 50)) + binary[end:]


def append_section(choice: random.Random, binary: bytes, donor: bytes) -> bytes:
    """A section of random bytes, its length right or wrong."""
    made = section(choice.randrange(14), choice.randbytes(choice.randrange(40)))
    return binary + (made if choice.random() < 0.7 else made[: choice.randrange(len(made))])


def change_preamble(choice: random.Random, binary: bytes, donor: bytes) -> bytes:
    return choice.choice((CORE_PREAMBLE, PREAMBLE[:4] + choice.randbytes(4), b"")) + binary[8:]


SMALL_EDITS = (flip_bits, overwrite, insert_bytes, delete_bytes, huge_number, truncate, repeat_bytes)
BYTE_EDITS: tuple[Callable[[random.Random, bytes, bytes], bytes], ...] = (
    *SMALL_EDITS, *SMALL_EDITS, splice, splice, append_section, append_section, change_preamble,
)
