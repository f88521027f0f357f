"""A running instance of a plan, as its host sees it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from fact.abi import CoreWebAssemblyException, FuncInst, destructor, invoke
from fact.model.plan import ExportedFunc, ExportedHostFunc
from fact.model.traps import Trap, TrapReason
from fact.model.types import FuncType
from fact.model.values import Handle, Value
from fact.run.linkage import Linkage


class Instance:
    """A component instance with all it contains, in a store of its own."""

    def __init__(
        self, linkage: Linkage, exports: Mapping[str, ExportedFunc | ExportedHostFunc], fuel: int | None
    ) -> None:
        self._linkage = linkage
        self._exports = exports
        self._fuel = fuel
        self._ended = False
        self._found: dict[str, tuple[FuncInst, FuncType | None]] = {}
        self._refuel()
        try:
            linkage.carry_out()
        except BaseException as error:
            linkage.ended()
            match error:
                case RecursionError():
                    raise Trap(TrapReason.STACK_OVERFLOW) from None
                case CoreWebAssemblyException():
                    raise Trap(TrapReason.UNCAUGHT_EXCEPTION) from None
            raise

    def invoke(self, function: str, args: Sequence[Value]) -> Value | None:
        """Calls the export *function* (a path, its parts joined by `#`) with values of its parameter types.

        `KeyError` for an unknown export; `Trap` when the call traps, after which every call does (CANNOT_ENTER).
        `BadHandle` when a handle among *args* is not the host's to pass, or not of the type wanted.
        """
        found = self._found.get(function)
        callee, with_handles = self._find(function) if found is None else found
        self._trap_if_ended()
        if with_handles is None:
            return self._run(callee, args)
        holdings = self._linkage.holdings
        with holdings.passed(with_handles.param_types, args) as values:
            result = self._run(callee, values)
        if with_handles.result is None or result is None:
            return None
        return holdings.receive((with_handles.result,), (result,))[0]

    def drop(self, handle: Handle) -> None:
        """The host drops the resource that it holds as *handle*: its destructor runs.

        `BadHandle` if the host does not own it, or has lent it; `Trap` as `invoke`.
        """
        self._trap_if_ended()
        held = self._linkage.holdings.release(handle)
        self._run(destructor(self._linkage.resource_types[held.rt]), [held.rep])

    def _run(self, callee: FuncInst, args: Sequence[Value]) -> Value | None:
        self._refuel()
        try:
            return invoke(callee, args)
        except RecursionError:
            self._end()
            raise Trap(TrapReason.STACK_OVERFLOW) from None
        except BaseException:
            self._end()
            raise

    def _end(self) -> None:
        self._ended = True
        self._linkage.ended()

    def _trap_if_ended(self) -> None:
        """After a trap nothing is entered any more, whether or not there are flags that say so."""
        if self._ended:
            raise Trap(TrapReason.CANNOT_ENTER, state=("this instance ended with the trap of an earlier call",))

    def _find(self, function: str) -> tuple[FuncInst, FuncType | None]:
        """The export *function*, with its type if handles are passed."""
        exported, linkage = self._exports[function], self._linkage
        match exported:
            case ExportedFunc(lift):
                callee = linkage.lift(lift)
            case ExportedHostFunc(index):
                callee = linkage.host_func(index)
        type = linkage.plan.function_type(exported)
        self._found[function] = found = callee, type if linkage.passes_handles(type) else None
        return found

    def _refuel(self) -> None:
        if self._fuel is not None:
            self._linkage.store.set_fuel(self._fuel)
