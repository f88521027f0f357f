"""Shapes of types without parts: scalars, strings, flags, handles."""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

from fact.abi import CoreValue, elem_size, ptr_size
from fact.model.types import Flags, Prim
from fact.model.values import Value
from fuzz.coverage import junk, layout, pointers, scalars, text
from fuzz.coverage.junk import Stop
from fuzz.coverage.places import Place
from fuzz.coverage.shape import OF_CONTENT, Raw, Shape, Walk


class ScalarShape(Shape):
    __slots__ = ("edges", "feature", "look", "prim", "size")

    def __init__(self, prim: Prim, place: Place, static: tuple[str, ...]) -> None:
        super().__init__(place, static)
        self.prim = prim
        (self.feature,) = static
        self.edges = scalars.EDGES.get(prim)
        self.size = elem_size(prim, "i32")
        self.look = junk.LOOKS.get(prim)
        self.telling = prim in junk.IN_MEMORY
        self.fallible = prim is Prim.CHAR

    def walk(self, v: Value, w: Walk) -> None:
        w.found.add(self.feature)
        if self.edges is None:
            w.found.update(scalars.edges(self.prim, (v,)))
        elif v in self.edges:
            w.found.add(self.edges[v])

    def flat(self, values: Sequence[CoreValue], i: int, raw: Raw) -> int:
        if self.look is not None:
            self.look(values[i], "flat", raw.found)
        return i + 1

    def at(self, address: int, raw: Raw) -> None:
        if self.look is not None and self.telling:
            self.look(raw.int(address, self.size), "in memory", raw.found)


class StringShape(Shape):
    __slots__ = ("encoding",)

    def __init__(self, place: Place, static: tuple[str, ...], encoding: str) -> None:
        super().__init__(place, static)
        self.encoding = encoding
        """Of the side that lifts."""

    def walk(self, v: Value, w: Walk) -> None:
        w.found.update(self.static)
        found, calls = text.facts(cast(str, v), w.destination)
        w.found.update(found)
        w.block("string", calls)

    def flat(self, values: Sequence[CoreValue], i: int, raw: Raw) -> int:
        self._range(cast(int, values[i]), cast(int, values[i + 1]), raw)
        return i + 2

    def at(self, address: int, raw: Raw) -> None:
        n = ptr_size(raw.pointer)
        self._range(raw.int(address, n), raw.int(address + n, n), raw)

    def _range(self, begin: int, tagged: int, raw: Raw) -> None:
        tag = 1 << (ptr_size(raw.pointer) * 8 - 1)
        units, unit = tagged, 2 if self.encoding == "utf16" else 1
        if self.encoding == "latin1+utf16" and tagged & tag:
            units, unit = tagged ^ tag, 2
        align = 1 if self.encoding == "utf8" else 2
        if not pointers.of_range("string", begin, units * unit, align, raw.size, raw.pointer, raw.found):
            raise Stop
        raw.doubt(OF_CONTENT)

class FlagsShape(Shape):
    __slots__ = ("count", "size")

    def __init__(self, place: Place, static: tuple[str, ...], t: Flags) -> None:
        super().__init__(place, static)
        self.count = len(t.labels)
        self.size = layout.flags_size(self.count)

    def walk(self, v: Value, w: Walk) -> None:
        w.found.update(self.static)
        chosen = len(cast("frozenset[str]", v))
        if chosen in (0, self.count):
            w.found.add("value: flags, all set" if chosen else "value: flags, none set")

    def flat(self, values: Sequence[CoreValue], i: int, raw: Raw) -> int:
        junk.flags(cast(int, values[i]), self.count, "flat", raw.found)
        return i + 1

    def at(self, address: int, raw: Raw) -> None:
        junk.flags(raw.int(address, self.size), self.count, "in memory", raw.found)


class HandleShape(Shape):
    __slots__ = ()

    def walk(self, _v: Value, w: Walk) -> None:
        w.found.update(self.static)
        w.handles += 1

    def flat(self, _values: Sequence[CoreValue], i: int, raw: Raw) -> int:
        raw.doubt(OF_CONTENT)
        return i + 1

    def at(self, _address: int, raw: Raw) -> None:
        raw.doubt(OF_CONTENT)
