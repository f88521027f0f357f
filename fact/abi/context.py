"""CanonicalABI.md, "Lifting and Lowering Context": the ambient information, and realloc."""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

from fact.abi.calls import call_and_trap_on_throw
from fact.abi.instances import ComponentInstance
from fact.abi.options import CanonicalOptions, Memory
from fact.abi.tasks import BorrowScope, Subtask
from fact.errors import Unsupported
from fact.model.types import PtrType

MAX_LIFTED_BYTES = 1 << 24
"""What the lists and strings that one context lifts may take in memory. This reference's own limit: lists of lists may
share their elements, so that a few kilobytes of memory stand for more values than there is room for. Elements that are
lifted one by one count `ONE_BY_ONE` times, which keeps the longest lift to seconds."""

ONE_BY_ONE = 8


@dataclass(slots=True)
class LiftLowerContext:
    """*inst* is the component instance whose options these are; *lifted* counts towards `MAX_LIFTED_BYTES`.

    *borrow_scope* is the task for which handles are borrowed when lowering, the subtask for which they are lent when
    lifting; None where no type contains a borrow.
    """

    opts: CanonicalOptions
    inst: ComponentInstance
    borrow_scope: BorrowScope | Subtask | None = None
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
        """Calls the realloc option, which may not leave its instance meanwhile. The result is unchecked.

        As if through `canon_lift`: as a task of its own.
        """
        assert self.opts.realloc is not None, "validation requires the realloc option"
        self.inst.may_leave = False
        task = self.inst.open_task()
        (ptr,) = call_and_trap_on_throw(self.opts.realloc, (old, old_byte_length, alignment, new_byte_length))
        self.inst.close_task(task)
        self.inst.may_leave = True
        return cast(int, ptr)

    def allocate(self, alignment: int, byte_length: int) -> int:
        return self.reallocate(0, 0, alignment, byte_length)
