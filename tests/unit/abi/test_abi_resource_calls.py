"""CanonicalABI.md, "Tasks", "Subtask State", "canon resource.new", ".drop", ".rep", "canon context.get" and ".set"."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pytest
from abi_resources import (
    BORROW,
    HOSTS,
    OTHER,
    OWN,
    World,
    func,
    resource_drop,
    resource_new,
    resource_rep,
    trap,
)

from fact.abi import (
    CanonicalOptions,
    ComponentInstance,
    CoreValue,
    CoreWebAssemblyException,
    LiftLowerContext,
    MemInst,
    ResourceType,
    Table,
    builtin,
    canon_context_get,
    canon_context_set,
    destructor,
    invoke,
)
from fact.model.settings import Reentrance
from fact.model.traps import Trap, TrapReason
from fact.model.types import Borrow, FuncType, List, Own, Prim
from fact.model.values import Value

Args = Sequence[CoreValue]


def nothing(_: Args) -> Args:
    return ()


# -- passing


def test_own_is_transferred() -> None:
    w = World()
    i = w.new(w.client, 42)
    seen: list[CoreValue] = []

    def callee(args: Args) -> Args:
        seen.extend([*args, *resource_rep(w.server)(args)])
        return ()

    w.call(callee, func(OWN))([i])
    assert seen == [1, 42]
    assert trap(resource_drop(w.client), i) == (TrapReason.UNKNOWN_HANDLE, None)


def test_own_in_a_result_is_transferred_back() -> None:
    w = World()
    (i,) = w.call(lambda args: [w.new(w.server, 42)], func(result=OWN))([])
    assert w.client.handles.get(int(i)).rep == 42
    assert trap(w.call(lambda args: [5], func(result=OWN))) == (TrapReason.UNKNOWN_HANDLE, "result")


def test_a_handle_is_lent_during_the_call_only() -> None:
    w = World()
    i = w.new(w.client, 42)
    lends: list[int] = []

    def callee(args: Args) -> Args:
        lends.append(w.client.handles.get(i).num_lends)
        return ()

    w.call(callee, func(BORROW, BORROW))([i, i])
    assert lends == [2]
    assert w.client.handles.get(i).num_lends == 0


def test_lent_handles_are_back_only_after_post_return() -> None:
    """Subtask.deliver_resolve is the last thing that canon_lower does."""
    w = World()
    i = w.new(w.client, 42)
    lends: list[int] = []

    def post_return(_: Args) -> Args:
        lends.append(w.client.handles.get(i).num_lends)
        return ()

    w.call(nothing, func(BORROW), CanonicalOptions(post_return=post_return))([i])
    assert lends == [1]


@pytest.mark.parametrize(
    ("params", "reason"), [((BORROW, OWN), TrapReason.HANDLE_LENT), ((OWN, BORROW), TrapReason.UNKNOWN_HANDLE)]
)
def test_one_handle_as_two_parameters(params: tuple[Own | Borrow, ...], reason: TrapReason) -> None:
    w = World()
    i = w.new(w.client, 42)
    assert trap(w.call(nothing, func(*params)), i, i) == (reason, "param b")


def test_all_parameters_are_lifted_before_one_is_lowered() -> None:
    w = World()
    i = w.new(w.client, 42)
    assert trap(w.call(nothing, func(OWN, OWN)), i, 99) == (TrapReason.UNKNOWN_HANDLE, "param b")
    assert w.server.handles.add(w.client.handles.remove(w.new(w.client, 1))) == 1  # type: ignore[arg-type]


def test_implementers_cannot_own_by_representation() -> None:
    """The representation that a borrow is for the implementing instance is no handle."""
    w = World()
    i = w.new(w.client, 5)
    w.new(w.server, 77)
    seen: list[CoreValue] = []

    def callee(args: Args) -> Args:
        seen.extend(args)
        return ()

    w.call(callee, func(BORROW))([i])
    assert seen == [5]


# -- Task.return_


def borrowing(w: World, callee: Callable[[int], Args], post: bool = False) -> Callable[[], Value | None]:
    """The server is called by the host with a borrow of a resource of the host's, and may keep it."""
    opts = CanonicalOptions(post_return=nothing if post else None)
    f = w.lifted(lambda args: callee(int(args[0])), FuncType((("a", Borrow(HOSTS)),), None), opts)
    return lambda: invoke(f, [42])


def test_a_borrow_must_be_dropped_before_the_return() -> None:
    w = World()
    borrowing(w, lambda i: resource_drop(w.server, HOSTS)([i]))()
    with pytest.raises(Trap) as raised:
        borrowing(w, lambda i: ())()
    assert (raised.value.reason, raised.value.site) == (TrapReason.BORROWS_LEFT, None)


def test_the_result_is_lifted_before_borrows_are_counted() -> None:
    w = World()
    ft = FuncType((("a", Borrow(HOSTS)),), Prim.CHAR)
    with pytest.raises(Trap) as raised:
        invoke(w.lifted(lambda args: [0xD800], ft), [42])
    assert raised.value.reason is TrapReason.INVALID_CHAR


def test_borrows_are_counted_before_the_result_is_lowered() -> None:
    w = World()
    ft = FuncType((("a", Borrow(HOSTS)),), Prim.U8)
    resolved: list[Value] = []
    with pytest.raises(Trap) as raised:
        w.lifted(lambda args: [1], ft)(lambda: [42], resolved.extend, None)
    assert raised.value.reason is TrapReason.BORROWS_LEFT
    assert resolved == []


def test_a_borrow_left_by_an_inner_call_is_the_inner_calls() -> None:
    """Two tasks of one instance: each counts its own."""
    w = World(Reentrance.FREE)

    def outer(i: int) -> Args:
        borrowing(w, lambda j: resource_drop(w.server, HOSTS)([i]))()
        return ()

    with pytest.raises(Trap) as raised:
        borrowing(w, outer)()
    assert raised.value.reason is TrapReason.BORROWS_LEFT
    assert w.server.handles.get(2).rep == 42


def test_a_borrowed_handle_that_is_lent_on_cannot_be_dropped() -> None:
    w = World()
    attempts: list[tuple[TrapReason, str | None]] = []

    def callee(_: Args) -> Args:
        w.client.may_leave = True
        attempts.append(trap(resource_drop(w.client), borrowed))
        return ()

    borrowed = w.lend(w.client, 42)
    w.call(callee, func(BORROW))([borrowed])
    assert attempts == [(TrapReason.HANDLE_LENT, None)]


def test_a_borrowed_handle_that_was_lent_on_can_be_dropped_afterwards() -> None:
    w = World()
    borrowed = w.lend(w.client, 42)
    w.call(nothing, func(BORROW))([borrowed])
    resource_drop(w.client)([borrowed])
    assert w.client.running is not None and w.client.running.num_borrows == 0
    assert w.dropped == []


# -- built-ins


def test_new_rep_drop() -> None:
    w = World()
    assert resource_new(w.server)([2**32 - 1]) == [1]
    assert resource_rep(w.server)([1]) == [2**32 - 1]
    assert resource_drop(w.server)([1]) == []
    assert w.dropped == [2**32 - 1]
    assert resource_new(w.server)([3]) == [1]


def test_new_and_drop_may_not_leave_but_rep_may() -> None:
    w = World()
    i = w.new(w.server, 42)
    w.server.may_leave = False
    assert trap(resource_new(w.server), 1) == (TrapReason.CANNOT_LEAVE, None)
    assert trap(resource_drop(w.server), 99) == (TrapReason.CANNOT_LEAVE, None)
    assert resource_rep(w.server)([i]) == [42]


def test_built_ins_check_the_type() -> None:
    w = World()
    i = w.new(w.server, 42)
    assert trap(resource_rep(w.server, OTHER), i) == (TrapReason.WRONG_RESOURCE_TYPE, None)
    assert trap(resource_rep(w.server), i + 1) == (TrapReason.UNKNOWN_HANDLE, None)
    w.server.handles.get(i).num_lends = 1
    assert trap(resource_drop(w.server, OTHER), i) == (TrapReason.WRONG_RESOURCE_TYPE, None)


def test_new_in_a_full_table(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Table, "MAX_LENGTH", 0)
    w = World()
    assert trap(resource_new(w.server), 1) == (TrapReason.HANDLE_TABLE_FULL, None)


def test_a_lent_own_handle_cannot_be_dropped() -> None:
    w = World()
    i = w.new(w.client, 42)
    w.client.handles.get(i).num_lends = 1
    assert trap(resource_drop(w.client), i) == (TrapReason.HANDLE_LENT, None)
    assert w.dropped == []


def test_the_destructor_enters_the_implementer() -> None:
    w = World()
    entered: list[bool] = []

    def dtor(_: Args) -> Args:
        entered.append(w.server.may_enter)
        return ()

    w.resources[0] = ResourceType(w.server, dtor)
    w.client.may_enter = w.root.may_enter = False
    resource_drop(w.client)([w.new(w.client, 42)])
    assert entered == [False]
    assert w.server.may_enter


@pytest.mark.parametrize("rt", [0, OTHER])
def test_an_implementer_that_is_running_cannot_be_entered_by_a_drop(rt: int) -> None:
    """Store.lift comes before the destructor, and even where there is none."""
    w = World()
    w.server.may_enter = False
    assert trap(resource_drop(w.client, rt), w.new(w.client, 42, rt)) == (TrapReason.CANNOT_ENTER, None)
    assert w.dropped == []


def test_an_implementer_may_drop_its_own() -> None:
    w = World()
    w.server.may_enter = w.root.may_enter = False
    resource_drop(w.server)([w.new(w.server, 42)])
    assert w.dropped == [42]


def test_with_free_reentrance_a_drop_enters_anybody() -> None:
    w = World(Reentrance.FREE)
    w.server.may_enter = w.root.may_enter = False
    resource_drop(w.client)([w.new(w.client, 42)])
    assert w.dropped == [42]
    assert not w.server.may_enter, "nobody sets the flag"


def test_a_destructor_that_throws_traps() -> None:
    w = World()

    def dtor(_: Args) -> Args:
        raise CoreWebAssemblyException

    w.resources[0].dtor = dtor
    assert trap(resource_drop(w.client), w.new(w.client, 1)) == (TrapReason.UNCAUGHT_EXCEPTION, None)


def test_a_resource_of_the_hosts_enters_nobody() -> None:
    w = World()
    dropped: list[CoreValue] = []

    def dtor(args: Args) -> Args:
        dropped.extend(args)
        return ()

    w.client.may_enter = w.root.may_enter = False
    resource_drop(w.client, HOSTS)([w.new(w.client, 1, HOSTS)])
    w.resources[HOSTS].dtor = dtor
    resource_drop(w.client, HOSTS)([w.new(w.client, 2, HOSTS)])
    assert dropped == [2]


def test_the_host_drops() -> None:
    w = World()
    invoke(destructor(w.resources[0]), [42])
    assert w.dropped == [42]
    w.root.may_enter = False
    with pytest.raises(Trap) as raised:
        invoke(destructor(w.resources[OTHER]), [42])
    assert raised.value.reason is TrapReason.CANNOT_ENTER


# -- storage of threads


def context(inst: ComponentInstance) -> list[CoreValue]:
    return [builtin(canon_context_get, inst, i)([])[0] for i in (0, 1)]


def set_context(inst: ComponentInstance, *values: int) -> None:
    for i, value in enumerate(values):
        assert builtin(canon_context_set, inst, i)([value]) == []


def test_each_call_has_storage_of_its_own() -> None:
    w = World(Reentrance.FREE)
    seen: list[list[CoreValue]] = []

    def callee(_: Args) -> Args:
        seen.append(context(w.server))
        set_context(w.server, len(seen), 2**64 - 1)
        if len(seen) == 1:
            invoke(f, [])
        seen.append(context(w.server))
        return ()

    f = w.lifted(callee, FuncType((), None))
    invoke(f, [])
    assert seen == [[0, 0], [0, 0], [2, 2**64 - 1], [1, 2**64 - 1]]


def test_post_return_runs_in_the_thread_of_its_call() -> None:
    w = World()
    seen: list[list[CoreValue]] = []

    def callee(_: Args) -> Args:
        set_context(w.server, 1, 2)
        return ()

    def post_return(_: Args) -> Args:
        seen.append(context(w.server))
        return ()

    invoke(w.lifted(callee, FuncType((), None), CanonicalOptions(post_return=post_return)), [])
    assert seen == [[1, 2]]
    assert w.server.running is None


def test_realloc_runs_in_a_thread_of_its_own() -> None:
    w = World()
    seen: list[list[CoreValue]] = []

    def realloc(_: Args) -> Args:
        seen.append(context(w.server))
        set_context(w.server, 8, 9)
        return [0]

    def callee(_: Args) -> Args:
        seen.append(context(w.server))
        return ()

    opts = CanonicalOptions(memory=MemInst(bytearray(8)), realloc=realloc)
    invoke(w.lifted(callee, FuncType((("a", List(Prim.U8)), ("b", List(Prim.U8))), None), opts), [(1,), (2,)])
    assert seen == [[0, 0], [0, 0], [0, 0]]
    assert isinstance(LiftLowerContext(opts, w.server).allocate(1, 1), int)


def test_a_destructor_runs_in_a_thread_of_its_own() -> None:
    w = World()
    seen: list[list[CoreValue]] = []

    def dtor(_: Args) -> Args:
        seen.append(context(w.server))
        set_context(w.server, 8, 9)
        return ()

    def callee(_: Args) -> Args:
        set_context(w.server, 1, 2)
        resource_drop(w.server)([w.new(w.server, 42)])
        seen.append(context(w.server))
        return ()

    w.resources[0].dtor = dtor
    invoke(w.lifted(callee, FuncType((), None)), [])
    assert seen == [[0, 0], [1, 2]]
