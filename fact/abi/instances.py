"""CanonicalABI.md, "Component Instances": who may be entered, who may leave, and what an instance holds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from fact.abi.options import CoreFunc
from fact.abi.table import Handles, Table
from fact.abi.tasks import BorrowScope, Task
from fact.model.settings import Reentrance


@dataclass(slots=True, eq=False)
class ResourceType:
    """CanonicalABI.md, "Resource State". *impl* is None for a resource type of the host's.

    *dtor*, of type (i32) -> (), is put in when the destructor exists, and called with the representation.
    """

    impl: ComponentInstance | None
    dtor: CoreFunc | None = None
    name: str = "a resource"
    """For people."""


class ComponentInstance:
    """The state of a component instance that the canonical ABI reads and writes.

    *resources* are all resource types there are, by the index that types have: one sequence for all instances, which
    may be filled later. *handles* is its handle table, which it holds itself by default. *name* is for people.

    Whoever keeps the state elsewhere gives *handles*, and overrides `may_enter`, `may_leave`, `open_task` and
    `close_task`.

    A caller of None is the host. The set of instances that a call enters depends on the pair of caller and callee
    only, so it is worked out once for each pair.
    """

    __slots__ = ("_entering", "_reentrance", "handles", "may_enter", "may_leave", "name", "parent", "resources",
                 "running")

    def __init__(
        self,
        parent: ComponentInstance | None = None,
        resources: Sequence[ResourceType] = (),
        reentrance: Reentrance = Reentrance.GUARDED,
        handles: Handles | None = None,
        name: str = "the instance",
    ) -> None:
        self.parent = parent
        self.name = name
        self.resources = resources
        self.handles: Handles = Table() if handles is None else handles
        self.may_enter = True
        self.may_leave = True
        self.running: Task | None = None
        self._reentrance = reentrance
        self._entering: dict[ComponentInstance | None, tuple[ComponentInstance, ...]] = {}

    # -- entering

    def may_enter_from(self, caller: ComponentInstance | None) -> bool:
        return all(inst.may_enter for inst in self.entering_set(caller))

    def enter_from(self, caller: ComponentInstance | None) -> None:
        for inst in self.entering_set(caller):
            inst.may_enter = False

    def leave_to(self, caller: ComponentInstance | None) -> None:
        for inst in self.entering_set(caller):
            inst.may_enter = True

    def entering_set(self, caller: ComponentInstance | None) -> tuple[ComponentInstance, ...]:
        """What a call from *caller* enters: this instance and its ancestors, without those the caller is in.

        None at all where reentrance is free: then there is no flag to be looked at or set.
        """
        if self._reentrance is Reentrance.FREE:
            return ()
        found = self._entering.get(caller)
        if found is None:
            inside = () if caller is None else caller.self_and_ancestors()
            found = self._entering[caller] = tuple(inst for inst in self.self_and_ancestors() if inst not in inside)
        return found

    def self_and_ancestors(self) -> tuple[ComponentInstance, ...]:
        """Innermost first."""
        return (self,) if self.parent is None else (self, *self.parent.self_and_ancestors())

    # -- tasks

    def open_task(self) -> BorrowScope:
        """A call of the instance's core code begins, as a task with a thread of its own, whose storage is zero.

        Tasks of an instance are closed in the reverse order; those that trap are not.
        """
        self.running = task = Task(self.running)
        return task

    def close_task(self, task: BorrowScope) -> None:
        """*task* is what `open_task` returned; the thread that ran before it, with its storage, runs again."""
        assert isinstance(task, Task), "opened here"
        self.running = task.outer

    @property
    def storage(self) -> list[int]:
        """The two slots of the thread that runs: the specification's `current_thread().storage`."""
        assert self.running is not None, "core code runs in a task"
        return self.running.storage
