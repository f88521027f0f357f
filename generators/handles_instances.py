"""The instances of a case about handles as it runs: which may be entered and left, their threads, what runs in hooks.

From CanonicalABI.md, "Component Instances" and "Threads"; `handles_builtins` and `handles_crossing` say what becomes of
handles in them, `handles_model` how a call runs.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Literal

from fact.model.traps import Trap, TrapReason
from generators.handles import HOST, HandleBlueprint, Source
from generators.handles_script import REGISTERS, Script
from generators.handles_state import GOT, Holder, Thread


@dataclass(slots=True)
class Instances(ABC):
    """The state of all instances of *blueprint*.

    *met* says what has happened, in words; *doing* what was under way when a trap ended it. *made* and *destroyed*
    count resources, by type and representation.
    """

    blueprint: HandleBlueprint
    holders: list[Holder] = field(init=False)
    met: set[str] = field(default_factory=set)
    doing: str = ""
    host: dict[int, tuple[Source, int]] = field(default_factory=dict)
    """What the host holds, by number; *given* is the last number."""
    given: int = 0
    entered: set[int] = field(default_factory=set)
    """Instances and groups (`chains`) that may not be entered."""
    threads: list[Thread] = field(default_factory=list)
    """Of calls under way, the innermost last."""
    made: Counter[tuple[Source, int]] = field(default_factory=Counter)
    destroyed: Counter[tuple[Source, int]] = field(default_factory=Counter)
    chains: list[frozenset[int]] = field(init=False)
    """By instance, what its number, the root's and those of the groups around it are; groups' numbers are negative."""

    def __post_init__(self) -> None:
        self.holders = [Holder() for _ in self.blueprint.instances]
        root = {0} if self.blueprint.parent else set()
        self.chains = [frozenset({i, *root, *(-1 - g for g in self.blueprint.around(i))})
                       for i in range(len(self.blueprint.instances))]

    @contextmanager
    def entering(self, instance: int, caller: int) -> Iterator[None]:
        """CanonicalABI.md, "Component Instances" (entering_set): what is around the callee and not around the caller is
        entered too."""
        entering = self.entering_set(instance, caller)
        if entering & self.entered:
            raise Trap(TrapReason.CANNOT_ENTER)
        self.entered |= entering
        yield
        self.entered -= entering

    def entering_set(self, instance: int, caller: int) -> frozenset[int]:
        """What `entering` enters: instances and groups, by number."""
        return self.chains[instance] if caller == HOST else self.chains[instance] - self.chains[caller]

    def may_enter(self, instance: int, caller: int) -> bool:
        """Whether `entering` would not trap; the host may always be called."""
        return instance == HOST or not self.entering_set(instance, caller) & self.entered

    @contextmanager
    def thread(self, instance: int, kind: Literal["call", "realloc", "destructor"]) -> Iterator[None]:
        """CanonicalABI.md, "Threads": a call has a thread of its own, and storage that begins as zero."""
        outer = next((t for t in reversed(self.threads) if t.instance == instance), None)
        self.threads.append(Thread(instance, kind))
        yield
        ended = self.threads.pop()
        if outer is not None and ended.stored:
            outer.over.add(kind)

    def leave(self, instance: int, doing: str) -> None:
        """What *doing* names calls out of *instance*, or traps because that may not be left."""
        self.doing = doing
        if not self.holders[instance].may_leave:
            raise Trap(TrapReason.CANNOT_LEAVE)

    @contextmanager
    def closed(self, instance: int) -> Iterator[None]:
        """Where the instance may not leave. After a trap nothing runs any more."""
        holder = self.holders[instance]
        holder.may_leave = False
        yield
        holder.may_leave = True

    def keep(self, instance: int, handle: int, register: int) -> None:
        """The guest logs a handle that it is given, and puts it into a register."""
        holder = self.holders[instance]
        holder.log.append(GOT << 32 | handle)
        holder.registers[register % REGISTERS] = handle

    def seen(self, instance: int) -> Iterator[str]:
        """What `context.get` may find wrong: what a thread stored while this one waited, or one that waits for this."""
        *outer, thread = self.threads
        kind = thread.kind if self.holders[instance].may_leave or thread.kind == "realloc" else "post-return"
        yield f"context.get in {kind}"
        yield from (f"context.get after {other}" for other in thread.over)
        if any(t.instance == instance and t.slot for t in outer):
            yield f"context.get in {kind}, stored outside"

    # -- hooks

    def realloc(self, instance: int) -> None:
        """The instance's realloc is called."""
        with self.closed(instance), self.thread(instance, "realloc"):
            self.hooked(instance, "realloc")

    def hooked(self, instance: int, where: str) -> None:
        """What a guest has set for its next destructor, realloc or post-return runs, once."""
        script = self.holders[instance].hooks.pop(where, None)
        if script is not None:
            self.met.add(f"script in {where}")
            self.carry_out(instance, script)

    @abstractmethod
    def carry_out(self, instance: int, script: Script) -> None:
        """*instance* does what *script* says. Raises `Trap`."""
