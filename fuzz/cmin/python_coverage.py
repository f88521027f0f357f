"""Which jumps between lines of our Python a case takes: in the two opinions of the ABI and in the linker.

What a case covers must not depend on the cases before it. All modules are imported before anything is traced, and what
our code remembers from case to case (`functools` caches, rules of `fact.abi.memo`) is forgotten before each.
"""

from __future__ import annotations

import importlib
import pkgutil
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from coverage import Coverage

import fact
from fact.abi.memo import forget
from fuzz.engines import pipeline

COVERED = ("fact.abi", "fact.adapters", "fact.link")
"""Packages whose jumps count."""

_FORGETTING = ("fact.abi", "fact.adapters", "fact.decode", "fact.link", "fact.model")
"""Packages whose caches are emptied: not `fact.run`, which keeps compiled modules."""

_ROOT = Path(fact.__file__).resolve().parents[1]


class PythonCoverage:
    """Traces from `begin` to `end`, as often as wanted."""

    def __init__(self) -> None:
        for package in _FORGETTING:
            _import_all(package)
        self._forget = _caches()
        directories = [str(_ROOT.joinpath(*package.split("."))) for package in COVERED]
        self._names = {path: path.relative_to(_ROOT).as_posix() for d in directories for path in Path(d).rglob("*.py")}
        self._coverage = Coverage(
            data_file=None, branch=True, config_file=False, include=[f"{d}/*" for d in directories], messages=False
        )

    def begin(self) -> None:
        forget()
        for clear in self._forget:
            clear()
        self._coverage.erase()
        self._coverage.start()

    def end(self) -> tuple[str, ...]:
        """Jumps since `begin`: `fact/abi/loading.py 57 to 58`."""
        self._coverage.stop()
        data = self._coverage.get_data()
        return tuple(
            f"{name} {_line(start)} to {_line(end)}"
            for path, name in self._names.items()
            for start, end in data.arcs(str(path)) or ()
        )


def _line(number: int) -> str:
    """Negative: the beginning or the end of a function, by its first line."""
    return str(number) if number > 0 else f"outside {-number}"


def _import_all(package: str) -> None:
    module = importlib.import_module(package)
    for info in pkgutil.walk_packages(module.__path__, f"{package}."):
        importlib.import_module(info.name)


def _caches() -> tuple[Callable[[], object], ...]:
    """What empties each cache."""
    return tuple({id(cached): cached.cache_clear for cached in _cached()}.values())


def _cached() -> Iterator[Any]:
    """What `functools` has wrapped."""
    names = [n for n in sys.modules if n.startswith(_FORGETTING)] + [pipeline.__name__]
    for name in names:
        for value in list(vars(sys.modules[name]).values()):
            members = vars(value).values() if isinstance(value, type) else (value,)
            yield from (member for member in members if hasattr(member, "cache_clear"))
