"""One function while it is written: its locals, and how it says where a trap is.

A trap says where it is by a number that `trap` is given. An adapter knows all its sites; a helper serves many values
and is given the number of its own value's site, from which the numbers of what is inside count on. So whoever calls a
helper reserves as many numbers in a row as the helper has sites.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from fact.adapters.scope import Helper, ModuleScope
from fact.adapters.wat import Block, Line, Names, get, i32
from fact.model.types import CoreValType

LOCALS_A_LINE = 6

INLINED_LISTS = 8
"""How many plain lists a function deals with on the spot before it calls helpers for the others."""

INLINED_STRINGS = 2
"""The same for strings; an adapter module deals with twice as many on the spot."""


class Sites(Protocol):
    """The sites of one function."""

    def site(self, path: str) -> str:
        """The expression for the number of the site *path*."""
        ...

    def reserve(self, path: str, inner: Sequence[str]) -> str:
        """The expression for the first of as many numbers as *inner* has paths, each to stand for *path* and that."""
        ...


@dataclass(frozen=True, slots=True)
class AdapterSites:
    """Sites from the outside in: `param a.b`."""

    scope: ModuleScope

    def site(self, path: str) -> str:
        return self.scope.site(path)

    def reserve(self, path: str, inner: Sequence[str]) -> str:
        return self.scope.site(path) if tuple(inner) == ("",) else self.scope.reserve_sites(path, inner)


@dataclass(slots=True)
class HelperSites:
    """Sites that count from local `$site`; *paths* continue the path of the helper's value."""

    paths: list[str] = field(default_factory=lambda: [""])
    _numbers: dict[str, int] = field(default_factory=lambda: {"": 0})
    _blocks: dict[tuple[str, tuple[str, ...]], int] = field(default_factory=dict)

    def site(self, path: str) -> str:
        if path not in self._numbers:
            self._numbers[path] = len(self.paths)
            self.paths.append(path)
        return self._counted(self._numbers[path], path)

    def reserve(self, path: str, inner: Sequence[str]) -> str:
        if tuple(inner) == ("",):
            return self.site(path)
        key = (path, tuple(inner))
        if key not in self._blocks:
            self._blocks[key] = len(self.paths)
            self.paths += [path + rest for rest in inner]
        return self._counted(self._blocks[key], path)

    def _counted(self, number: int, path: str) -> str:
        return get("$site") if number == 0 else f"(i32.add {get('$site')} {i32(number, path)})"


@dataclass(slots=True)
class Function:
    """A function's locals and sites, collected while its body is written."""

    scope: ModuleScope
    sites: Sites
    names: Names = field(default_factory=Names)
    many_strings: bool = False
    """Whether there are so many that all are left to helpers: on the spot *and* by helpers would be twice the text."""
    _declared: list[str] = field(default_factory=list)
    _inlined: dict[str, int] = field(default_factory=dict)
    _shared: dict[tuple[str, CoreValType], str] = field(default_factory=dict)

    def local(self, name: str, t: CoreValType) -> str:
        """A new local that reads like *name*; zero at first."""
        identifier = self.names.unique(name)
        self._declared.append(f"(local {identifier} {t})")
        return identifier

    def shared(self, name: str, t: CoreValType) -> str:
        """The local called *name*, for values that are used up before the next is set."""
        if (name, t) not in self._shared:
            self._shared[name, t] = self.local(name, t)
        return self._shared[name, t]

    def inlines(self, what: str) -> bool:
        """Whether one more list is to be checked or moved (*what*) on the spot."""
        return _counted(self._inlined, what) <= INLINED_LISTS

    def inlines_string(self, what: str) -> bool:
        """The same for a string."""
        here = not self.many_strings and _counted(self._inlined, what) <= INLINED_STRINGS
        return here and _counted(self.scope.inlined, what) <= 2 * INLINED_STRINGS

    def declared(self) -> Iterator[str]:
        """The declarations of the locals so far."""
        for i in range(0, len(self._declared), LOCALS_A_LINE):
            yield " ".join(self._declared[i:i + LOCALS_A_LINE])

    def block(self, head: str, body: Iterable[Line]) -> Block:
        """The function; *body* is written here."""
        lines = tuple(body)
        return Block(head, (*self.declared(), *lines))

    def call(self, helper: Helper, arguments: Sequence[str], path: str) -> str:
        """Calls *helper* for the value at *path*."""
        return f"(call {helper.identifier} {' '.join(arguments)} {self.sites.reserve(path, helper.sites)})"


def _counted(counts: dict[str, int], what: str) -> int:
    counts[what] = counts.get(what, 0) + 1
    return counts[what]


def helper(
    scope: ModuleScope, key: object, name: str, params: Sequence[tuple[str, CoreValType]], result: str,
    body: Callable[[Function], Iterable[Line]],
) -> Helper:
    """The helper for *key*, made when first asked for. *params* are followed by the site; *result* is the text of the
    result declaration."""
    if (found := scope.made.get(key)) is not None:
        return found

    sites = HelperSites()

    def build(identifier: str) -> Block:
        fn = Function(scope, sites, Names(("$site", *(p for p, _ in params))))
        declared = "".join(f" (param {p} {t})" for p, t in params)
        return fn.block(f"(func {identifier}{declared} (param $site i32){result}", body(fn))

    identifier = scope.helper(key, name, build)
    made = scope.made[key] = Helper(identifier, tuple(sites.paths))
    return made
