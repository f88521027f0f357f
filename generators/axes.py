"""Axes: what a batch of cases can do without. In each batch but the first a random part of them is off (swarm testing),
so that choices which crowd each other out get their turn.

Groce, Zhang, Eide, Chen, Regehr: Swarm Testing (ISSTA 2012).
"""

from __future__ import annotations

import random
from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TypeVar

from fact.model.types import Prim
from generators.blueprint import NAMINGS
from generators.edges import EDGE_GROUPS
from generators.hostile_text import CLASSES
from generators.mill import LENGTH_CLASSES
from generators.texts import TEXT_CLASSES
from generators.valtypes import FORMS, KINDS

T = TypeVar("T", bound=Hashable)

BATCH = 50
"""Cases that have the same axes off."""

HOSTILE = (
    "text", "length", "pointer", "discriminant", "flags", "scalar", "junk", "raw argument", "raw result",
    "spilled arguments", "area of a caller", "area of a callee", "padding", "realloc pointer", "realloc meddles",
    "realloc fails", "realloc leaves", "post-return meddles", "post-return fails", "post-return leaves",
    "start fails", "fault", "re-entrance",
)
"""What core code can do although no correct guest does it (`generators.hostile`)."""

AXES: dict[str, tuple[str, ...]] = {
    "family": ("handles", "graphs"),
    "size": ("small", "usual"),
    "boundary": ("adapter", "host import", "export", "itself"),
    "place": ("alone", "payload", "field", "element", "spilled", "spilled payload"),
    "body": ("echo", "forward", "twice", "combine", "constant", "mix"),
    "scalar": tuple(map(str, (t for t in Prim if t is not Prim.STRING))),
    "kind": KINDS,
    "form": FORMS,
    "edge": EDGE_GROUPS,
    "text": TEXT_CLASSES,
    "length": LENGTH_CLASSES,
    "naming": NAMINGS,
    "hostile": HOSTILE,
    "operand": ("changed", "joined", "selected", "rebuilt", "previous", "counted", "wrapped", "unwrapped"),
    "change": ("next", "case", "swap", "drop last", "drop first", "append", "reverse", "other case", "each"),
    "step": ("plain", "when", "over", "guarded"),
    "way": ("plain", "tail call", "thrown", "handed over"),
    "memory": ("own", "imported", "shared", "second"),
    "lowering": ("direct", "indirect"),
    "encoding": ("utf8", "utf16", "latin1+utf16"),
    "allocator": ("moves", "in place", "grows"),
    "program": ("start", "vectors", "post-return", "options", "fresh area", "failure"),
    "recursion": ("sibling", "child"),
    "failure": ("throw", "unreachable", "load out of bounds"),
    "invalid text": CLASSES,
    "topology": ("chain", "star", "diamond", "dag", "hub", "tower"),
    "node": ("leaf", "again", "own", "composite", "virtual", "relift", "twin"),
    "passed as": ("functions", "instance", "inline exports", "nested"),
    "exported as": ("functions", "instance", "inline exports", "nested", "inner", "twice"),
    "import type": ("in place", "further out"),
    "instance name": ("plain", "interface", "version"),
    "virtual": ("handed on", "forwarded", "argument changed", "result changed", "constant"),
    "code from": ("text", "import", "import in an instance", "library", "inline exports"),
    "handle topology": (
        "lending", "again", "relay", "copy", "parent", "groups", "held definitions", "host", "two names", "names",
        "many", "64-bit memories",
    ),
    "handle shape": (
        "itself", "list", "option", "record", "tuple", "variant", "result", "map", "list of tuples",
        "fixed-length list",
    ),
    "handle operation": (
        "pass", "ask", "new", "rep", "drop", "hook", "fill", "destroy", "ambush", "store", "call back",
    ),
    "destructor": ("none", "resource.drop", "context.set", "somebody else's", "another's", "host's"),
    "host function": ("take", "lend", "give back", "swap"),
    "wrong handle": (
        "zero", "never used", "freed", "wrong type", "another's", "high bit", "huge", "beside", "lent", "borrowed",
        "twice",
    ),
    "graph step": (
        "lift", "lower", "guest", "child", "again", "bundle", "resource", "parts", "shim", "import", "outer", "host",
        "core again", "built-in", "client", "relay", "type", "reentrance", "risk",
    ),
    "graph filler": ("own", "adapter", "host", "built-in"),
    "graph code": (
        "call", "indirect", "count", "memory", "bulk", "simd", "gc", "exception", "tail", "multi-memory",
    ),
    "graph name": ("plain", "interface", "version"),
    "wrong place": ("param", "result", "resource.drop", "resource.rep", "left", "leave", "trap"),
}
"""By group. A strategy asks with the group and a member's name whether it may draw that."""


@dataclass(frozen=True, slots=True)
class Axes:
    """*off*: group and member of each axis that is switched off. Within a group something is always on."""

    off: frozenset[tuple[str, str]] = frozenset()

    def on(self, group: str, member: str) -> bool:
        return (group, member) not in self.off

    def among(self, group: str, options: Sequence[T]) -> tuple[T, ...]:
        """Those of *options* (which go by `str`) whose axis is on; all of them when that would leave nothing."""
        return _among(self, group, tuple(options)) if self.off else tuple(options)


EVERYTHING = Axes()


@lru_cache(maxsize=1024)
def _among(axes: Axes, group: str, options: tuple[T, ...]) -> tuple[T, ...]:
    return tuple(o for o in options if axes.on(group, str(o))) or options


@lru_cache(maxsize=64)
def axes_of(seed: int, number: int) -> Axes:
    """What case *number* of *seed* does without: nothing in the first batch. Of every other group, on average, half the
    axes are off."""
    batch = number // BATCH
    if not batch:
        return EVERYTHING
    chance = random.Random(f"factfuzz axes {seed} {batch}")
    off: set[tuple[str, str]] = set()
    for group, members in AXES.items():
        if chance.random() < 0.5:
            gone = [m for m in members if chance.random() < 0.5]
            off.update((group, m) for m in gone if len(gone) < len(members))
    return Axes(frozenset(off))
