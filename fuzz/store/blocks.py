"""Blocks as bytes that mean the same in every store.

The counts of a block are a few numbers and, for each of some 1,700 features, three small ones. Those are kept in three
columns, in the order of a *dictionary*: a list of names that is stored once and called by a hash of it. So bytes can be
copied from store to store, and 4096 cases need some 5 kilobytes.
"""

from __future__ import annotations

import hashlib
import sys
import zlib
from array import array
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import compress
from operator import add

import msgspec

from fuzz.store.counting import Sums
from fuzz.store.errors import NOT_DECODED
from fuzz.store.records import BLOCK, Seen

_LEVEL = 3
"""Of compression: more takes longer and saves little."""

_Three = tuple[int, int, int]


class DamagedBlock(ValueError):
    """Bytes that are no counts of a block, or need a dictionary that is not there."""


class _Stored(msgspec.Struct, frozen=True, array_like=True):
    """*columns*: for each name of the dictionary in how many cases it was seen (0: in none), then for each the first of
    these, then the last, counted from the block's beginning; *more*: features that are not in the dictionary."""

    dictionary: str
    columns: bytes
    more: dict[str, _Three]
    cases: int
    calls: int
    busy: int
    divergences: int
    deaths: int
    engines: dict[str, tuple[int, int, int, int]]
    own: dict[str, int]
    signatures: dict[str, _Three]
    known: dict[str, _Three]
    unmapped: dict[str, int]
    unlisted: tuple[str, ...]


_encoder = msgspec.msgpack.Encoder(order="sorted")
_decoder = msgspec.msgpack.Decoder(_Stored)


def dictionary_id(names: Sequence[str]) -> str:
    return hashlib.sha256(msgspec.msgpack.encode(list(names))).hexdigest()[:16]


def pack_names(names: Sequence[str]) -> bytes:
    """A dictionary."""
    return zlib.compress(msgspec.msgpack.encode(list(names)), 9)


def unpack_names(data: bytes) -> tuple[str, ...]:
    """Raises `DamagedBlock`."""
    try:
        return msgspec.msgpack.decode(zlib.decompress(data), type=tuple[str, ...])
    except NOT_DECODED as error:
        raise DamagedBlock(f"names of features: {error}") from None


def pack_bits(bits: int) -> bytes:
    """The bitmap of the cases done; the lowest bit is the first case."""
    return bits.to_bytes(BLOCK // 8, "little")


def unpack_bits(data: bytes) -> int:
    """Raises `DamagedBlock`."""
    if len(data) != BLOCK // 8:
        raise DamagedBlock(f"{len(data)} bytes for {BLOCK} cases")
    return int.from_bytes(data, "little")


def pack(number: int, sums: Sums, dictionary: str, names: Sequence[str]) -> bytes:
    """The counts of block *number*."""
    base = number * BLOCK
    rows = [(seen.cases, seen.first - base, seen.last - base) if (seen := sums.features.get(name)) else (0, 0, 0)
            for name in names]
    columns = array("H", (value for column in zip(*rows, strict=True) for value in column))
    listed = sum(row[0] > 0 for row in rows)
    more = {} if listed == len(sums.features) else _threes(
        {name: sums.features[name] for name in sums.features.keys() - set(names)}
    )
    stored = _Stored(
        dictionary, _little(columns).tobytes(), more, sums.cases, sums.calls, sums.busy, sums.divergences, sums.deaths,
        sums.engines, sums.own, _threes(sums.signatures), _threes(sums.known), sums.unmapped,
        tuple(sorted(sums.unlisted)),
    )
    return zlib.compress(_encoder.encode(stored), _LEVEL)


def unpack(number: int, data: bytes, dictionaries: Mapping[str, Sequence[str]]) -> Sums:
    """Raises `DamagedBlock`."""
    total = Total(dictionaries)
    total.add(number, data)
    return total.sums()


@dataclass(frozen=True, slots=True)
class Outline:
    """How many cases a block counts, and which signatures."""

    cases: int
    signatures: frozenset[str]


def outline(data: bytes, dictionaries: Mapping[str, Sequence[str]]) -> Outline:
    """Raises `DamagedBlock`."""
    stored, _ = _decoded(data, dictionaries)
    return Outline(stored.cases, frozenset(stored.signatures))


class Total:
    """Adds up packed blocks of one run, from the lowest number to the highest."""

    def __init__(self, dictionaries: Mapping[str, Sequence[str]]) -> None:
        self._dictionaries = dictionaries
        self._rest = Sums()
        self._columns: dict[str, _Columns] = {}

    def add(self, number: int, data: bytes) -> int:
        """The number of cases in it. Raises `DamagedBlock`, and then has added nothing."""
        stored, size = _decoded(data, self._dictionaries)
        columns = self._columns.setdefault(stored.dictionary, _Columns(size))
        columns.add(number * BLOCK, _little(array("H", stored.columns)), size)
        self._rest.add(Sums(
            stored.cases, stored.calls, stored.busy, stored.divergences, stored.deaths, dict(stored.engines),
            dict(stored.own), _seen(stored.more), _seen(stored.signatures), _seen(stored.known), dict(stored.unmapped),
            set(stored.unlisted),
        ))
        return stored.cases

    def sums(self) -> Sums:
        """Of all that was added."""
        whole = Sums()
        whole.add(self._rest)
        for dictionary, columns in self._columns.items():
            whole.add(Sums(features=dict(columns.seen(self._dictionaries[dictionary]))))
        return whole


class _Columns:
    """The columns of one dictionary, added up; by position in it, the first and the last case. What came first stays,
    what comes last counts."""

    def __init__(self, size: int) -> None:
        self.cases = [0] * size
        self.first: dict[int, int] = {}
        self.last: dict[int, int] = {}

    def add(self, base: int, columns: array[int], size: int) -> None:
        cases, first, last = columns[:size], columns[size : 2 * size], columns[2 * size :]
        self.cases = list(map(add, self.cases, cases))
        seen = list(compress(range(size), cases))
        self.first = dict(zip(seen, map(base.__add__, compress(first, cases)), strict=True)) | self.first
        self.last.update(zip(seen, map(base.__add__, compress(last, cases)), strict=True))

    def seen(self, names: Sequence[str]) -> Iterator[tuple[str, Seen]]:
        for i in compress(range(len(names)), self.cases):
            yield names[i], Seen(self.cases[i], self.first[i], self.last[i])


def _decoded(data: bytes, dictionaries: Mapping[str, Sequence[str]]) -> tuple[_Stored, int]:
    """With the number of its dictionary's names."""
    try:
        stored = _decoder.decode(zlib.decompress(data))
    except NOT_DECODED as error:
        raise DamagedBlock(str(error)) from None
    if stored.dictionary not in dictionaries:
        raise DamagedBlock(f"its features are named in {stored.dictionary}, which is missing")
    size = len(dictionaries[stored.dictionary])
    if len(stored.columns) != 6 * size:
        raise DamagedBlock(f"{len(stored.columns)} bytes for {size} features")
    return stored, size


def _little(columns: array[int]) -> array[int]:
    if sys.byteorder == "big":
        columns.byteswap()
    return columns


def _threes(seen: Mapping[str, Seen]) -> dict[str, _Three]:
    return {name: (s.cases, s.first, s.last) for name, s in seen.items()}


def _seen(threes: Mapping[str, _Three]) -> dict[str, Seen]:
    return {name: Seen(*three) for name, three in threes.items()}
