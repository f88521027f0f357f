"""Damaged binaries: our own errors, never another exception, never a hang."""

from __future__ import annotations

import random
from collections.abc import Iterator

import pytest
from decode_samples import EVERYTHING, PREAMBLE, assemble

from fact.decode import decode
from fact.errors import Malformed, Unsupported

SAMPLE = assemble(EVERYTHING)
SEED = 20_260_801


def survives(binary: bytes) -> bool:
    """Whether *binary* still decodes; any error but ours fails the test."""
    try:
        decode(binary)
    except (Malformed, Unsupported) as error:
        assert error.offset is not None
        assert 0 <= error.offset <= len(binary)
        return False
    return True


def sections(binary: bytes) -> Iterator[tuple[int, int, int]]:
    """Number, position and end of each outermost section, all of whose lengths take one byte or two."""
    position = len(PREAMBLE)
    while position < len(binary):
        low, high = binary[position + 1], binary[position + 2]
        start, size = (position + 2, low) if low < 0x80 else (position + 3, low & 0x7F | high << 7)
        yield binary[position], position, start + size
        position = start + size


def test_the_sample_decodes() -> None:
    assert survives(SAMPLE)
    assert {number for number, _, _ in sections(SAMPLE)} == set(range(12)) - {1, 2, 9}


def test_truncated_at_every_byte() -> None:
    whole = {len(PREAMBLE), *(end for _, _, end in sections(SAMPLE))}
    for size in range(len(SAMPLE)):
        if size in whole:
            assert survives(SAMPLE[:size]), size
        else:
            with pytest.raises(Malformed):
                decode(SAMPLE[:size])


def test_random_bytes_replaced() -> None:
    choice = random.Random(SEED)
    survivors = 0
    for _ in range(800):
        damaged = bytearray(SAMPLE)
        for _ in range(choice.choice((1, 1, 2, 8))):
            damaged[choice.randrange(len(damaged))] = choice.choice((choice.randrange(256), 0x00, 0x7F, 0x80, 0xFF))
        survivors += survives(bytes(damaged))
    assert 0 < survivors < 800


def test_random_bytes_inserted_and_removed() -> None:
    choice = random.Random(SEED)
    for _ in range(300):
        start = choice.randrange(8, len(SAMPLE))
        end = start + choice.randrange(4)
        survives(SAMPLE[:start] + choice.randbytes(choice.randrange(4)) + SAMPLE[end:])


def test_sections_that_lie_about_their_length() -> None:
    for number, position, _ in sections(SAMPLE):
        for lie in (SAMPLE[position + 1] - 1, SAMPLE[position + 1] + 1, 0x00, 0x7F):
            damaged = bytearray(SAMPLE)
            damaged[position + 1] = lie
            assert bytes(damaged) == SAMPLE or not survives(bytes(damaged)) or number == 0, (number, lie)


def test_random_bytes_after_the_preamble() -> None:
    choice = random.Random(SEED)
    for _ in range(500):
        number = choice.randrange(13)
        body = choice.randbytes(choice.randrange(1, 40))
        survives(PREAMBLE + bytes([number, len(body)]) + body)
