"""The option of counting branches: what the compiler has written, with a counter for each way that code may go.

It tells which checks and paths of adapters a case has taken. Without it nothing of this package is different.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace
from functools import lru_cache

from fact.adapters.branches_text import CountedText, counted
from fact.model.plan import CompiledAdapterModule, SupportModule

CACHED_SUPPORT = 256
MOST_MEMORIES = 100
"""Of a core module, in wasmtime: where all are taken, there is none for counters."""

_POINTERS = re.compile(r"(?:\.i(?:32|64))+$")
_MEMORY = re.compile(r'^\s*\((?:import "[^"]*" "[^"]*" \()?memory\b', re.MULTILINE)


def with_branches(modules: Iterable[CompiledAdapterModule]) -> tuple[CompiledAdapterModule, ...]:
    """*modules* and their support modules with counters, and a table of their branches; each has one memory more, its
    own, exported as `branches`. A module that cannot have another memory stays as it is."""
    return tuple(map(_with_branches, modules))


def _with_branches(module: CompiledAdapterModule) -> CompiledAdapterModule:
    support = tuple(map(_support, module.support))
    if len(_MEMORY.findall(module.wat)) >= MOST_MEMORIES:
        return replace(module, support=support)
    text = counted(module.wat)
    return replace(module, wat=text.wat, branches=text.branches, support=support)


def _support(module: SupportModule) -> SupportModule:
    text = _counted_support(module.name, module.wat)
    return replace(module, wat=text.wat, branches=text.branches)


@lru_cache(CACHED_SUPPORT)
def _counted_support(name: str, wat: str) -> CountedText:
    return counted(wat, _POINTERS.sub("", name))
