"""What the reference tells whoever watches it run: an `Observer`.

Events come as from a debugger that steps over the canonical ABI: what is entered, what is left, the values in between.
Everything else about a call follows from the plan, the core values, the memories and these.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, Protocol, TypeAlias

from fact.abi import CoreValue, HandleState, Memory
from fact.model.plan import CoreItem
from fact.model.values import Value

Role: TypeAlias = Literal[
    "adapter", "host lower", "built-in",
    "lift", "host import",
    "callee", "realloc", "post-return", "destructor", "start",
]
"""What is entered: a core function that core code calls; a component function; a core function in a role."""


@dataclass(frozen=True, slots=True, eq=False)
class Entered:
    """*index* is that of the adapter, host lower, built-in, lift (also of a callee or post-return), host import or
    resource (of a destructor) in the plan, or of a core instance (`start`); a realloc has none, it is -1.

    *item* is the core function that plays a role, *memory* the memory option of an adapter, host lower, lift, realloc;
    it is there for as long as the instance is.
    """

    role: Role
    index: int
    item: CoreItem | None = None
    memory: Memory | None = None


HandleUse: TypeAlias = Literal["get", "add", "remove"]


class Observer(Protocol):
    """Told what happens in one instance of a plan, in order. Whatever is entered is left or fails before what is around
    it. One that raises breaks what it watches."""

    def enter(self, entered: Entered, args: Sequence[CoreValue], /) -> None:
        """*args* are empty for component functions."""
        ...

    def leave(self, results: Sequence[CoreValue], /) -> None:
        """What was entered last has returned."""
        ...

    def fail(self, error: BaseException, /) -> None:
        """What was entered last has ended by *error*, which goes on to what is around it, as it is or as a trap."""
        ...

    def arguments(self, values: Sequence[Value], /) -> None:
        """Of the component function entered last: all are lifted, or came from the host; none is lowered yet."""
        ...

    def results(self, values: Sequence[Value], /) -> None:
        """Likewise its results: none, or one."""
        ...

    def resolved(self) -> None:
        """The results are lowered, or the host has them."""
        ...

    def handle(self, use: HandleUse, instance: int, index: int, element: HandleState | None, /) -> None:
        """The handle table of a component instance is asked; *element* is what stands at *index*, None for nothing."""
        ...
