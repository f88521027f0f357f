"""CanonicalABI.md, "Lifting and Lowering Context": the ambient information, realloc, and how a rule is violated."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias, cast

from fact.abi.calls import call_and_trap_on_throw
from fact.abi.instances import ComponentInstance
from fact.abi.options import CanonicalOptions, Memory
from fact.errors import Unsupported
from fact.model.traps import Trap, TrapReason
from fact.model.types import PtrType

Path: TypeAlias = tuple[str | int, ...]


class Violation(Exception):
    """A rule of the canonical ABI is broken at *path*, outermost part first, inside the value at hand.

    A part is a label (a field's, a case's, or an index of a tuple as text), or a number: the index of an element of a
    list. *found* is the offending integer, if one says more. It becomes a `Trap` in `lift_flat_values` and
    `lower_flat_values`, which know the value's place in the call. Traps of guest code are raised as `Trap` from the
    start, so that no site is put on them.
    """

    def __init__(self, reason: TrapReason, path: Path = (), found: int | None = None) -> None:
        super().__init__(reason, path, found)
        self.reason = reason
        self.path = path
        self.found = found

    def within(self, part: str | int) -> Violation:
        return Violation(self.reason, (part, *self.path), self.found)

    def trap(self) -> Trap:
        """A trap whose site has no indices; its message has them, where there are any."""
        site = place(self.path, lambda _: "[]")
        exact = place(self.path, lambda index: f"[{index}]")
        found = "" if self.found is None else f": {self.found:#x}"
        return Trap(self.reason, site, None if exact == site else f"{self.reason.value} at {exact}{found}")


def place(path: Path, element: Callable[[int], str]) -> str:
    """*path*, which begins with a label, as text; *element* says how an element of a list is written."""
    first, *rest = path
    return f"{first}{''.join(element(part) if isinstance(part, int) else f'.{part}' for part in rest)}"


def trap_if(condition: bool, reason: TrapReason, found: int | None = None) -> None:
    if condition:
        raise Violation(reason, (), found)


MAX_LIFTED_BYTES = 1 << 24
"""What the lists and strings that one context lifts may take in memory. This reference's own limit: lists of lists may
share their elements, so that a few kilobytes of memory stand for more values than there is room for. Elements that are
lifted one by one count `ONE_BY_ONE` times, which keeps the longest lift to seconds."""

ONE_BY_ONE = 8


@dataclass(slots=True)
class LiftLowerContext:
    """*inst* is the component instance whose options these are; *lifted* counts towards `MAX_LIFTED_BYTES`."""

    opts: CanonicalOptions
    inst: ComponentInstance
    lifted: int = 0

    def admit(self, byte_length: int) -> None:
        """Raises `Unsupported` if so many bytes more, of strings or of elements lifted all at once, are too many."""
        self.lifted += byte_length
        if self.lifted > MAX_LIFTED_BYTES:
            raise Unsupported(f"lists and strings worth more than {MAX_LIFTED_BYTES} bytes in one call")

    def admit_one_by_one(self, length: int, size: int) -> None:
        """As `admit`, for *length* elements of *size* bytes."""
        self.admit(ONE_BY_ONE * length * (size + 1))

    @property
    def ptr_type(self) -> PtrType:
        """That of the memory; without one, no type that is lifted or lowered depends on it."""
        return "i32" if self.opts.memory is None else self.opts.memory.ptr_type

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
