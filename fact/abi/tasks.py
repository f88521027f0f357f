"""CanonicalABI.md, "Threads", "Tasks" and "Subtask State", as far as synchronous calls go: a task has one thread."""

from __future__ import annotations

from typing import Protocol


class BorrowScope(Protocol):
    """What counts the borrowed handles that were lowered for a call and have not been dropped yet: a `Task`, wherever
    the count is kept."""

    num_borrows: int


class Task:
    """A call of a guest's function, on the callee's side. *outer* is what ran in the same instance before it began.

    *storage* are the two slots of its implicit thread, unsigned integers.
    """

    __slots__ = ("num_borrows", "outer", "storage")

    def __init__(self, outer: Task | None) -> None:
        self.outer = outer
        self.num_borrows = 0
        self.storage = [0, 0]


class Lender(Protocol):
    """A handle that can be lent: an element of a handle table, or the host's."""

    num_lends: int


class Subtask:
    """A call of a component function, on the caller's side. *lenders* are the handles lent for as long as it lasts."""

    __slots__ = ("lenders",)

    def __init__(self) -> None:
        self.lenders: list[Lender] = []

    def add_lender(self, lending_handle: Lender) -> None:
        lending_handle.num_lends += 1
        self.lenders.append(lending_handle)

    def deliver_resolve(self) -> None:
        """Gives back what was lent."""
        for h in self.lenders:
            h.num_lends -= 1
        self.lenders.clear()
