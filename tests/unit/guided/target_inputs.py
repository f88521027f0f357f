"""A seeded loop over mutated inputs, as libFuzzer would make them, without libFuzzer."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from random import Random

Mutate = Callable[[bytes, int, int], bytes]
Cross = Callable[[bytes, bytes, int, int], bytes]


def plain(data: bytes, max_size: int) -> bytes:
    """A byte more, less or otherwise: what depends on *data* alone."""
    random = Random(data)
    out = bytearray(data)
    at = random.randrange(len(out) + 1)
    match random.randrange(3):
        case 0:
            out[at:at] = random.randbytes(random.randint(1, 4))
        case 1:
            del out[at : at + random.randint(1, 4)]
        case _:
            out[at : at + 1] = bytes([random.choice((0, 1, 0x7F, 0x80, 0xFF, random.randrange(256)))])
    return bytes(out[:max_size])


def mutants(
    seeds: Sequence[bytes], mutate: Mutate, cross: Cross, count: int, max_size: int = 4096, seed: int = 1
) -> list[bytes]:
    """*count* inputs, each made of one of *seeds* or of one before it, or of two."""
    random = Random(seed)
    found = list(seeds)
    for _ in range(count):
        first = random.choice(random.choice((seeds, found)))
        if random.random() < 0.2:
            found.append(cross(first, random.choice(found), max_size, random.getrandbits(31)))
        else:
            found.append(mutate(first, max_size, random.getrandbits(31)))
    return found[len(seeds) :]
