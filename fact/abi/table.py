"""CanonicalABI.md, "Table State" and "Resource State": what the indices stand for that a guest is given as handles."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

from fact.abi.tasks import BorrowScope
from fact.abi.violation import Violation, trap_if
from fact.model.traps import TrapReason


class HandleState(Protocol):
    """An element of a handle table, as `ResourceHandle` has it, wherever it is kept: what `Handles.get` returns is
    bound to the element, so that a new *num_lends* counts from then on."""

    @property
    def rt(self) -> int: ...

    @property
    def rep(self) -> int: ...

    @property
    def own(self) -> bool: ...

    @property
    def borrow_scope(self) -> BorrowScope | None: ...

    num_lends: int


@dataclass(slots=True, eq=False)
class ResourceHandle:
    """A handle to a resource: an element of a component instance's handle table.

    *rt* is the resource type, an index into the plan's resources; *rep* the representation, an unsigned i32.
    *borrow_scope* is the task that a borrowed handle was lowered for; *num_lends* how often the handle is lent.
    """

    rt: int
    rep: int
    own: bool
    borrow_scope: BorrowScope | None = None
    num_lends: int = 0


class Handles(Protocol):
    """The specification's `Table`. Each method raises `Violation` where that traps."""

    def get(self, i: int, /) -> HandleState:
        """The element at index *i*; UNKNOWN_HANDLE if there is none. Stays bound to the element until it is removed."""
        ...

    def add(self, e: ResourceHandle, /) -> int:
        """Puts *e*, which has lent nothing, into the table and returns its index; HANDLE_TABLE_FULL."""
        ...

    def remove(self, i: int, /) -> HandleState:
        """Takes out the element at index *i*, which is returned as it was last; UNKNOWN_HANDLE if there is none."""
        ...

    def entries(self) -> Iterator[tuple[int, HandleState | None]]:
        """Every index that was ever handed out, in order, with its element or None: for those who explain."""
        ...


class Table:
    """A handle table. Index 0 is reserved; the index that was freed last is given out first."""

    __slots__ = ("array", "free")

    MAX_LENGTH = 2**28 - 1

    def __init__(self) -> None:
        self.array: list[HandleState | None] = [None]
        self.free: list[int] = []

    def get(self, i: int, /) -> HandleState:
        if i >= len(self.array) or (e := self.array[i]) is None:
            raise Violation(TrapReason.UNKNOWN_HANDLE, found=i)
        return e

    def add(self, e: HandleState, /) -> int:
        if self.free:
            i = self.free.pop()
            self.array[i] = e
        else:
            i = len(self.array)
            trap_if(i > Table.MAX_LENGTH, TrapReason.HANDLE_TABLE_FULL, i)
            self.array.append(e)
        return i

    def remove(self, i: int, /) -> HandleState:
        e = self.get(i)
        self.array[i] = None
        self.free.append(i)
        return e

    def entries(self) -> Iterator[tuple[int, HandleState | None]]:
        return ((i, e) for i, e in enumerate(self.array) if i)
