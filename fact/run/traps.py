"""What wasmtime says when core wasm traps, as one of our reasons."""

from __future__ import annotations

from wasmtime import TrapCode

from fact.model.traps import Trap, TrapReason

_REASONS = {
    TrapCode.UNREACHABLE: TrapReason.UNREACHABLE,
    TrapCode.MEMORY_OUT_OF_BOUNDS: TrapReason.MEMORY_OUT_OF_BOUNDS,
    TrapCode.TABLE_OUT_OF_BOUNDS: TrapReason.TABLE_OUT_OF_BOUNDS,
    TrapCode.INDIRECT_CALL_TO_NULL: TrapReason.INDIRECT_CALL_TO_NULL,
    TrapCode.BAD_SIGNATURE: TrapReason.BAD_SIGNATURE,
    TrapCode.INTEGER_OVERFLOW: TrapReason.INTEGER_OVERFLOW,
    TrapCode.INTEGER_DIVISION_BY_ZERO: TrapReason.INTEGER_DIVIDE_BY_ZERO,
    TrapCode.BAD_CONVERSION_TO_INTEGER: TrapReason.BAD_CONVERSION_TO_INTEGER,
    TrapCode.NULL_REFERENCE: TrapReason.NULL_REFERENCE,
    TrapCode.STACK_OVERFLOW: TrapReason.STACK_OVERFLOW,
    TrapCode.OUT_OF_FUEL: TrapReason.OUT_OF_FUEL,
    TrapCode.UNCAUGHT_EXCEPTION: TrapReason.UNCAUGHT_EXCEPTION,
}
_BY_CODE = {code.value: reason for code, reason in _REASONS.items()}


def trap_of(code: int | None, message: str) -> Trap:
    """The trap that wasmtime reports by *code* (None when it has none) and *message*, of which the cause is kept."""
    reason = TrapReason.UNMAPPED if code is None else _BY_CODE.get(code, TrapReason.UNMAPPED)
    return Trap(reason, message=message.rpartition("Caused by:\n")[2].strip())
