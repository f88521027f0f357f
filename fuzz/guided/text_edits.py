"""Edits of text by tokens: what byte edits seldom do to it."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from random import Random

from fuzz.guided.target import Change

_TOKENS = re.compile(rb'"(?:[^"\\\n]|\\.)*+"|[A-Za-z0-9_$.+-]+|\s+|[^\sA-Za-z0-9_$.+-]', re.DOTALL)

FRESH = 0.02
"""The share of mutations that begin anew."""
PLAIN = 0.3
"""The share that is libFuzzer's."""


class TextMutator:
    """Changes tokens, with *words* and with tokens of *seeds*; or, by *plain*, bytes. Where there is nothing to change,
    one of *seeds*."""

    def __init__(self, seeds: Callable[[], Sequence[bytes]], words: Sequence[bytes], plain: Change) -> None:
        self.seeds = seeds
        self.words = words
        self.plain = plain

    def mutate(self, data: bytes, max_size: int, seed: int) -> bytes:
        random = Random(seed)
        if len(data) < 2 or random.random() < FRESH:
            return random.choice(self.seeds())[:max_size]
        if random.random() < PLAIN:
            return self.plain(data, max_size)
        return edited(data, random.choice(self.seeds()), max_size, random, self.words)

    def cross(self, first: bytes, second: bytes, max_size: int, seed: int) -> bytes:
        return edited(first, second, max_size, Random(seed), self.words)


Edit = Callable[[Random, list[bytes], Sequence[bytes]], None]


def edited(data: bytes, other: bytes, max_size: int, random: Random, words: Sequence[bytes]) -> bytes:
    """*data* with one to four edits, some with tokens of *other* or with *words*; at most *max_size* bytes."""
    tokens = _TOKENS.findall(data)
    donor = _TOKENS.findall(other) or list(words)
    edits = _EDITS if len(data) <= max_size else (_delete,)
    for _ in range(random.choice((1, 1, 2, 4))):
        random.choice(edits)(random, tokens, words if random.random() < 0.4 else donor)
    return b"".join(tokens)[:max_size]


def _insert(random: Random, tokens: list[bytes], donor: Sequence[bytes]) -> None:
    tokens.insert(random.randint(0, len(tokens)), random.choice(donor))


def _replace(random: Random, tokens: list[bytes], donor: Sequence[bytes]) -> None:
    if tokens:
        tokens[random.randrange(len(tokens))] = random.choice(donor)


def _insert_run(random: Random, tokens: list[bytes], donor: Sequence[bytes]) -> None:
    """A stretch of the other text."""
    start = random.randrange(len(donor))
    place = random.randint(0, len(tokens))
    tokens[place:place] = donor[start : start + random.randint(1, 12)]


def _delete(random: Random, tokens: list[bytes], donor: Sequence[bytes]) -> None:
    if tokens:
        start = random.randrange(len(tokens))
        del tokens[start : start + random.choice((1, 1, 2, 8, 50))]


def _delete_pair(random: Random, tokens: list[bytes], donor: Sequence[bytes]) -> None:
    """An opening bracket and all up to the one that closes it."""
    openings = [i for i, token in enumerate(tokens) if token in _CLOSING]
    if not openings:
        return
    start = end = random.choice(openings)
    depth = 0
    while end < len(tokens):
        depth += (tokens[end] == tokens[start]) - (tokens[end] == _CLOSING[tokens[start]])
        end += 1
        if depth == 0:
            break
    del tokens[start:end]


_CLOSING = {b"(": b")", b"[": b"]", b"{": b"}", b"<": b">"}


def _swap(random: Random, tokens: list[bytes], donor: Sequence[bytes]) -> None:
    if len(tokens) > 1:
        a, b = random.sample(range(len(tokens)), 2)
        tokens[a], tokens[b] = tokens[b], tokens[a]


def _repeat(random: Random, tokens: list[bytes], donor: Sequence[bytes]) -> None:
    """A stretch many times over: what takes more than linear time, or nests, shows by it."""
    if tokens:
        start = random.randrange(len(tokens))
        run = tokens[start : start + random.choice((1, 1, 2, 3, 9))]
        tokens[start:start] = run * random.choice((1, 1, 1, 2, 2, 9, 30, 3000))


_EDITS: tuple[Edit, ...] = (
    _insert, _insert, _replace, _replace, _replace, _insert_run, _delete, _delete, _delete_pair, _swap, _repeat,
)
