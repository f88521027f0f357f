"""CanonicalABI.md, "canon lift": an exception of core wasm does not cross a component boundary."""

from __future__ import annotations

from collections.abc import Sequence

from fact.abi.options import CoreFunc, CoreValue
from fact.model.traps import Trap, TrapReason


class CoreWebAssemblyException(Exception):
    """A core function threw, and nothing in the core code that it ran in caught it."""


def call_and_trap_on_throw(callee: CoreFunc, args: Sequence[CoreValue]) -> Sequence[CoreValue]:
    try:
        return callee(args)
    except CoreWebAssemblyException:
        raise Trap(TrapReason.UNCAUGHT_EXCEPTION) from None
