"""CanonicalABI.md, "Lifting and Lowering Context": the ambient information, realloc, and how a rule is violated."""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

from fact.abi.calls import call_and_trap_on_throw
from fact.abi.instances import ComponentInstance
from fact.abi.options import CanonicalOptions, Memory
from fact.model.traps import Trap, TrapReason


class Violation(Exception):
    """A rule of the canonical ABI is broken at *path*, outermost part first, inside the value at hand.

    It becomes a `Trap` in `lift_flat_values` and `lower_flat_values`, which know the value's place in the call.
    Traps of guest code are raised as `Trap` from the start, so that no site is put on them.
    """

    def __init__(self, reason: TrapReason, path: tuple[str, ...] = ()) -> None:
        super().__init__(reason, path)
        self.reason = reason
        self.path = path

    def within(self, part: str) -> Violation:
        return Violation(self.reason, (part, *self.path))

    def trap(self) -> Trap:
        return Trap(self.reason, " ".join(self.path))


def trap_if(condition: bool, reason: TrapReason) -> None:
    if condition:
        raise Violation(reason)


@dataclass(frozen=True, slots=True)
class LiftLowerContext:
    """*inst* is the component instance whose options these are."""

    opts: CanonicalOptions
    inst: ComponentInstance

    @property
    def memory(self) -> Memory:
        """The memory option; validation makes sure of it wherever a value is in memory."""
        assert self.opts.memory is not None, "validation requires the memory option"
        return self.opts.memory

    def reallocate(self, old: int, old_byte_length: int, alignment: int, new_byte_length: int) -> int:
        """Calls the realloc option, which may not leave its instance meanwhile. The result is unchecked."""
        assert self.opts.realloc is not None, "validation requires the realloc option"
        self.inst.may_leave = False
        (ptr,) = call_and_trap_on_throw(self.opts.realloc, (old, old_byte_length, alignment, new_byte_length))
        self.inst.may_leave = True
        return cast(int, ptr)

    def allocate(self, alignment: int, byte_length: int) -> int:
        return self.reallocate(0, 0, alignment, byte_length)
