"""What the components of a script may import: from the host of every script, and from the script's own instances."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import wasmtime

from fact.decode import decode, decode_core_module
from fact.errors import LinkError, Malformed, Unsupported
from fact.link import Environment, link
from fact.model.plan import Exported, ExportedInstance, ExportedModule, Plan
from fact.model.syntax import CoreModule
from fuzz.engines.base import Refusal, Running
from fuzz.wast.enclosing import Given, HostItem, Linked
from fuzz.wast.host import ScriptHost
from fuzz.wast.links import imports_of, misfit
from fuzz.wast.spectest import HOST_ITEMS, HOST_MODULES, SAME_RESOURCE, Path


class NotSupported(Exception):
    """A command needs something that the engine or the runner does not support; the message names it.

    *depends_on* is the line that should have made it, if that is the reason.
    """

    def __init__(self, message: str, depends_on: int | None = None) -> None:
        super().__init__(message)
        self.depends_on = depends_on


@dataclass(frozen=True, slots=True)
class Absent:
    """Stands for what a command at *line* should have made, so that what depends on it is not counted as failed."""

    line: int

    def refuse(self) -> NotSupported:
        return NotSupported(f"depends on line {self.line}", self.line)


class Scope:
    """Grows as the script makes instances; *host* serves their calls."""

    def __init__(self, host: ScriptHost) -> None:
        self.host = host
        self._given: dict[str, Given | Absent] = {name: HostItem(name, sort) for name, sort in HOST_ITEMS.items()}

    def register(self, name: str, linked: Linked, running: Running) -> None:
        """Makes what an instance exports available to imports of an instance *name*."""
        self._given[name] = linked
        self.host.register(name, running)

    def lack(self, name: str, absent: Absent) -> None:
        self._given[name] = absent

    def link(self, binary: bytes) -> Linked:
        """What a valid component is given for its imports.

        Raises `NotSupported` when that should have come from a command that is not supported; `Refusal` (unlinkable)
        when it is not provided, or is not what the component imports.
        """
        links: list[tuple[str, Given]] = []
        imports = imports_of(binary)
        for wanted in imports:
            given = self._given.get(wanted.name)
            if isinstance(given, Absent):
                raise given.refuse()
            if given is not None:
                links.append((wanted.name, given))
        linked = Linked(binary, tuple(links))
        if imports and not self.host.offers_more and (wrong := misfit(linked)):
            raise Refusal("unlinkable", wrong)
        return linked


def environment_of(linked: Linked) -> Environment:
    """What the imports of a component are given besides functions and resources."""
    modules: dict[Path, CoreModule] = {}
    same: dict[Path, Path] = {}
    for name, given in linked.links:
        if isinstance(given, HostItem):
            modules |= {path: _host_module(text) for path, text in HOST_MODULES.items() if path[0] == name}
            same |= {path: other for path, other in SAME_RESOURCE.items() if path[0] == name}
        else:
            modules |= {(name, *path): module for path, module in _exported_modules(given).items()}
    return Environment(modules=modules, same_resource=same)


@cache
def _host_module(text: str) -> CoreModule:
    return decode_core_module(bytes(wasmtime.wat2wasm(text)))


def _exported_modules(linked: Linked) -> dict[Path, CoreModule]:
    """None of a component that we refuse: it is only the engine under test that can instantiate it."""
    try:
        plan = link(decode(linked.binary), environment_of(linked))
    except (Unsupported, Malformed, LinkError):
        return {}
    return _modules_among(plan, plan.exports)


def _modules_among(plan: Plan, exports: tuple[tuple[str, Exported], ...]) -> dict[Path, CoreModule]:
    found: dict[Path, CoreModule] = {}
    for name, item in exports:
        match item:
            case ExportedModule(module):
                found[name,] = plan.modules[module]
            case ExportedInstance(inner):
                found |= {(name, *path): module for path, module in _modules_among(plan, inner).items()}
            case _:
                pass
    return found
