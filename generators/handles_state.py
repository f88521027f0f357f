"""The state that a case about handles goes through: handle tables, tasks and threads.

CanonicalABI.md, "Table State", "Resource State", "Tasks", "Threads".
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal

from fact.model.traps import Trap, TrapReason
from generators.handles import Definition, Dropping, Source
from generators.handles_script import REGISTERS, Operand, Raw, Script

DESTROYED, GOT, REPRESENTATION, LOOKED, NOTED = 7, 8, 9, 10, 11
"""Kinds of log entries (`kind << 32 | detail`): the destructor of the type *detail*, with the representation as another
entry; a handle that the guest was given; what `resource.rep` gave; what `context.get` gave; another instance's
destructor, with the representation as another entry."""

WORD = 0xFFFF_FFFF


@dataclass(slots=True)
class Task:
    """A call of a lifted function: how many borrowed handles it still has to drop."""

    borrows: int = 0


@dataclass(slots=True, eq=False)
class Thread:
    """What *kind* of call into *instance* it runs, and its slot 0. *over*: kinds of those that ran, and stored
    something, while it had to wait for them."""

    instance: int
    kind: Literal["call", "realloc", "destructor"]
    slot: int = 0
    stored: bool = False
    over: set[str] = field(default_factory=set)


@dataclass(slots=True, eq=False)
class Held:
    """An element of a handle table. *scope* is None for an owned one."""

    resource: Source
    rep: int
    scope: Task | None = None
    lends: int = 0

    @property
    def own(self) -> bool:
        return self.scope is None

    @property
    def kind(self) -> str:
        return "own" if self.own else "borrow"


@dataclass(slots=True)
class Holder:
    """A component instance. *fresh* counts the resources that it made to return them."""

    table: list[Held | None] = field(default_factory=lambda: [None])
    free: list[int] = field(default_factory=list)
    registers: list[int] = field(default_factory=lambda: [0] * REGISTERS)
    hooks: dict[str, Script] = field(default_factory=dict)
    may_leave: bool = True
    fresh: int = 0
    log: list[int] = field(default_factory=list)

    def get(self, index: int) -> Held:
        held = self.table[index] if index < len(self.table) else None
        if held is None:
            raise Trap(TrapReason.UNKNOWN_HANDLE)
        return held

    def add(self, held: Held) -> int:
        if self.free:
            index = self.free.pop()
            self.table[index] = held
            return index
        self.table.append(held)
        return len(self.table) - 1

    def remove(self, index: int) -> None:
        self.table[index] = None
        self.free.append(index)

    def value(self, operand: Operand) -> int:
        if isinstance(operand, Raw):
            return operand.number
        return (self.registers[operand.number] + operand.beside) & WORD ^ (1 << operand.bit & ~1)

    def held(self) -> Iterator[tuple[int, Held]]:
        """Indices and elements in use."""
        return ((i, h) for i, h in enumerate(self.table) if h is not None)


def fresh_rep(definition: Definition, type: int, count: int) -> int:
    """The representation of the resource that a guest makes as number *count* to return it."""
    own_type = definition.resources[type - definition.imported]
    return count if isinstance(own_type.destructor, Dropping) else 0xF000 + (type << 8) + count
