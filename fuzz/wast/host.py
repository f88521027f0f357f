"""The host of a script as its components see it: the usual imports, and the instances of the script itself."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from fact.model.traps import Trap, TrapReason
from fact.model.types import FuncType
from fact.model.values import Handle, Value
from fuzz.engines.base import Running
from fuzz.wast.spectest import SAME_RESOURCE, Path, Serve, Spectest


class ScriptHost:
    """A `fact.run.host.DroppingHost` that grows as a script makes instances.

    In another component, a resource of such an instance is represented by the number by which the host holds it.
    *more* is provided besides the usual imports, for scripts that say in another way what their host has to offer;
    *offers_more* tells whether anything is.
    """

    def __init__(self, more: Mapping[Path, Serve] | None = None) -> None:
        self._spectest = Spectest()
        self._functions: dict[Path, Serve] = {**self._spectest.functions(), **(more or {})}
        self._instances: dict[str, Running] = {}
        self.offers_more = bool(more)

    def __call__(self, path: Path, type: FuncType, args: Sequence[Value], /) -> Value | None:
        if path[0] in self._instances:
            return self._instances[path[0]].invoke("#".join(path[1:]), args)
        serve = self._functions.get(path)
        if serve is None:
            raise Trap(TrapReason.HOST, None, f"import {'#'.join(path)} was called but is not provided")
        return serve(args)

    def drop(self, path: Path, number: int) -> None:
        """The last owner of a resource is gone: of one of the host's own, or of an instance's that the host held."""
        if path[0] in self._instances:
            self._instances[path[0]].drop(Handle(number))
        elif SAME_RESOURCE.get(path, path) == ("host", "resource1"):
            self._spectest.drop(number)

    def register(self, name: str, running: Running) -> None:
        """Makes the functions that an instance exports available to imports of an instance *name*."""
        self._instances[name] = running
