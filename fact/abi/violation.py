"""How a rule of the canonical ABI is violated, and where in a value: the specification's `trap_if`."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

from fact.model.traps import Trap, TrapReason

Path: TypeAlias = tuple[str | int, ...]


class Violation(Exception):
    """A rule of the canonical ABI is broken at *path*, outermost part first, inside the value at hand.

    A part is a label (a field's, a case's, or an index of a tuple as text), or a number: the index of an element of a
    list. *found* is the offending integer, if one says more. It becomes a `Trap` in `lift_flat_values` and
    `lower_flat_values`, which know the value's place in the call, and in built-ins, where there is no value and
    so no path. *state* is the trap's. Traps of guest code are raised as `Trap` from the start, so that no site is put
    on them.
    """

    def __init__(
        self, reason: TrapReason, path: Path = (), found: int | None = None, state: tuple[str, ...] = ()
    ) -> None:
        super().__init__(reason, path, found)
        self.reason = reason
        self.path = path
        self.found = found
        self.state = state

    def within(self, part: str | int) -> Violation:
        return Violation(self.reason, (part, *self.path), self.found, self.state)

    def explained(self, state: tuple[str, ...]) -> Violation:
        return Violation(self.reason, self.path, self.found, state)

    def trap(self) -> Trap:
        """A trap whose site has no indices; its message has them, where there are any."""
        if not self.path:
            return Trap(self.reason, state=self.state)
        found = "" if self.found is None else f": {self.found:#x}"
        site = place(self.path, lambda _: "[]")
        exact = place(self.path, lambda index: f"[{index}]")
        message = None if exact == site else f"{self.reason.value} at {exact}{found}"
        return Trap(self.reason, site, message, self.state)


def place(path: Path, element: Callable[[int], str]) -> str:
    """*path*, which begins with a label, as text; *element* says how an element of a list is written."""
    first, *rest = path
    return f"{first}{''.join(element(part) if isinstance(part, int) else f'.{part}' for part in rest)}"


def trap_if(condition: bool, reason: TrapReason, found: int | None = None) -> None:
    if condition:
        raise Violation(reason, (), found)
