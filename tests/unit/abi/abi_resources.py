"""Component instances that share resource types, for the tests of handles: core code is Python."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from fact.abi import (
    CanonicalOptions,
    ComponentInstance,
    CoreFunc,
    CoreValue,
    FuncInst,
    LiftLowerContext,
    MemInst,
    ResourceHandle,
    ResourceType,
    Subtask,
    builtin,
    canon_resource_drop,
    canon_resource_new,
    canon_resource_rep,
    flat_functype,
    lift,
    lower,
)
from fact.model.settings import Reentrance
from fact.model.traps import Trap, TrapReason
from fact.model.types import Borrow, FuncType, Own

R, OTHER, HOSTS = 0, 1, 2
"""Resource types: two of `World.server`, one of the host's."""

OWN, BORROW = Own(R), Borrow(R)


class World:
    """Siblings *server*, which implements the resource types, and *client*; destructors append to *dropped*."""

    def __init__(self, reentrance: Reentrance = Reentrance.GUARDED) -> None:
        self.resources: list[ResourceType] = []
        self.root = ComponentInstance(None, self.resources, reentrance)
        self.server = ComponentInstance(self.root, self.resources, reentrance)
        self.client = ComponentInstance(self.root, self.resources, reentrance)
        self.dropped: list[CoreValue] = []
        self.resources += [ResourceType(self.server, self.dtor), ResourceType(self.server), ResourceType(None)]

    def dtor(self, args: Sequence[CoreValue]) -> Sequence[CoreValue]:
        self.dropped += args
        return ()

    def new(self, inst: ComponentInstance, rep: int, rt: int = R) -> int:
        return inst.handles.add(ResourceHandle(rt, rep, own=True))

    def lend(self, inst: ComponentInstance, rep: int, rt: int = R) -> int:
        """A borrowed handle, for the task that runs or a new one."""
        task = inst.running or inst.open_task()
        task.num_borrows += 1
        return inst.handles.add(ResourceHandle(rt, rep, own=False, borrow_scope=task))

    def lifting(self, inst: ComponentInstance, data: bytes = b"") -> LiftLowerContext:
        return LiftLowerContext(CanonicalOptions(memory=MemInst(bytearray(data))), inst, Subtask())

    def call(self, f: CoreFunc, ft: FuncType, opts: CanonicalOptions | None = None) -> CoreFunc:
        """*f* of the server, as the client's core code sees it."""
        return self.lowered(self.lifted(f, ft, opts), ft)

    def lifted(self, f: CoreFunc, ft: FuncType, opts: CanonicalOptions | None = None) -> FuncInst:
        return lift(f, flat_functype(ft, "lift"), opts or CanonicalOptions(), self.server)

    def lowered(self, f: FuncInst, ft: FuncType) -> CoreFunc:
        return lower(f, flat_functype(ft, "lower"), CanonicalOptions(), self.client)


def resource_new(inst: ComponentInstance, rt: int = R) -> CoreFunc:
    return builtin(canon_resource_new, inst, rt)


def resource_rep(inst: ComponentInstance, rt: int = R) -> CoreFunc:
    return builtin(canon_resource_rep, inst, rt)


def resource_drop(inst: ComponentInstance, rt: int = R) -> CoreFunc:
    return builtin(canon_resource_drop, inst, rt)


def trap(call: CoreFunc, *args: CoreValue) -> tuple[TrapReason, str | None]:
    """The reason and the site with which *call* traps."""
    with pytest.raises(Trap) as raised:
        call(args)
    return raised.value.reason, raised.value.site


def func(*params: Own | Borrow, result: Own | None = None) -> FuncType:
    """Parameters are labelled a, b, c..."""
    return FuncType(tuple((chr(ord("a") + i), t) for i, t in enumerate(params)), result)
