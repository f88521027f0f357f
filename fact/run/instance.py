"""A running instance of a plan, as its host sees it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from fact.abi import CoreWebAssemblyException, FuncInst, invoke
from fact.model.plan import ExportedFunc, ExportedHostFunc
from fact.model.traps import Trap, TrapReason
from fact.model.values import Value
from fact.run.linkage import Linkage, host_func_inst


class Instance:
    """A component instance with all it contains, in a store of its own."""

    def __init__(
        self, linkage: Linkage, exports: Mapping[str, ExportedFunc | ExportedHostFunc], fuel: int | None
    ) -> None:
        self._linkage = linkage
        self._exports = exports
        self._fuel = fuel
        self._ended = False
        self._refuel()
        try:
            linkage.carry_out()
        except RecursionError:
            raise Trap(TrapReason.STACK_OVERFLOW) from None
        except CoreWebAssemblyException:
            raise Trap(TrapReason.UNCAUGHT_EXCEPTION) from None

    def invoke(self, function: str, args: Sequence[Value]) -> Value | None:
        """Calls the export *function* (a path, its parts joined by `#`) with values of its parameter types.

        `KeyError` for an unknown export; `Trap` when the call traps, after which every call does (CANNOT_ENTER).
        """
        callee = self._function(self._exports[function])
        self._refuel()
        try:
            return invoke(callee, args)
        except RecursionError:
            self._ended = True
            raise Trap(TrapReason.STACK_OVERFLOW) from None
        except BaseException:
            self._ended = True
            raise

    def _function(self, exported: ExportedFunc | ExportedHostFunc) -> FuncInst:
        match exported:
            case ExportedFunc(lift):
                return self._linkage.lift(lift)
            case ExportedHostFunc(index):
                return self._host_function(index)

    def _host_function(self, index: int) -> FuncInst:
        """A host import exported again is called straight. It enters no component instance, so there is no flag to
        say that a trap has ended this one."""
        if self._ended:
            raise Trap(TrapReason.CANNOT_ENTER)
        return host_func_inst(self._linkage.host, self._linkage.plan.host_imports[index])

    def _refuel(self) -> None:
        if self._fuel is not None:
            self._linkage.store.set_fuel(self._fuel)
