"""CanonicalABI.md, "Table State" and "Resource State"; handles in "Loading", "Storing" and in flat values."""

from __future__ import annotations

import struct
from collections.abc import Callable

import pytest
from abi_guests import violation
from abi_resources import BORROW, HOSTS, OTHER, OWN, R, World, func, trap

from fact.abi import (
    CanonicalOptions,
    CoreValueIter,
    LiftLowerContext,
    MemInst,
    ResourceHandle,
    String,
    Subtask,
    Table,
    contains_handle,
    lift_flat,
    load,
    lower_flat,
    store,
    to_host,
)
from fact.model.traps import TrapReason
from fact.model.types import Borrow, FuncType, List, Map, Option, Own, Prim, Record, Result, Tuple, Variant
from fact.model.values import Case


def handle(rep: int = 7, rt: int = R) -> ResourceHandle:
    return ResourceHandle(rt, rep, own=True)


# -- Table State


def test_indices_begin_at_1_and_ascend() -> None:
    table = Table()
    assert [table.add(handle()) for _ in range(3)] == [1, 2, 3]


def test_the_index_freed_last_is_given_out_first() -> None:
    table = Table()
    for _ in range(4):
        table.add(handle())
    for i in (2, 4, 1):
        table.remove(i)
    assert [table.add(handle()) for _ in range(4)] == [1, 4, 2, 5]


def test_get_and_remove_give_the_element_that_was_added() -> None:
    table, e = Table(), handle()
    i = table.add(e)
    assert table.get(i) is e
    assert table.remove(i) is e


@pytest.mark.parametrize("i", [0, 2, 3, 2**32 - 1])
def test_indices_of_nothing_are_unknown(i: int) -> None:
    table = Table()
    for _ in range(2):
        table.add(handle())
    table.remove(2)
    rules: list[Callable[[int], object]] = [table.get, table.remove]
    for rule in rules:
        assert violation(lambda rule=rule: rule(i)) == (TrapReason.UNKNOWN_HANDLE, ())  # type: ignore[misc]


def test_a_failed_removal_frees_nothing() -> None:
    table = Table()
    assert violation(lambda: table.remove(0))[0] is TrapReason.UNKNOWN_HANDLE
    assert table.add(handle()) == 1


def test_a_table_has_indices_below_2_to_the_28(monkeypatch: pytest.MonkeyPatch) -> None:
    assert Table.MAX_LENGTH == 2**28 - 1
    monkeypatch.setattr(Table, "MAX_LENGTH", 2)
    table = Table()
    assert [table.add(handle()), table.add(handle())] == [1, 2]
    assert violation(lambda: table.add(handle())) == (TrapReason.HANDLE_TABLE_FULL, ())
    table.remove(1)
    assert table.add(handle()) == 1


def test_many_handles() -> None:
    table = Table()
    assert [table.add(handle(n)) for n in range(10_000)] == list(range(1, 10_001))
    for i in range(1, 10_001):
        assert table.remove(i).rep == i - 1
    assert [table.add(handle()) for _ in range(10_000)] == list(range(10_000, 0, -1))


# -- Loading: lift_own, lift_borrow


def test_lift_own_takes_the_handle_out() -> None:
    w = World()
    i = w.new(w.client, 42)
    assert lift_flat(w.lifting(w.client), CoreValueIter([i]), OWN) == 42
    assert violation(lambda: w.client.handles.get(i))[0] is TrapReason.UNKNOWN_HANDLE


def test_lift_borrow_lends_the_handle() -> None:
    w = World()
    i = w.new(w.client, 42)
    cx = w.lifting(w.client)
    assert lift_flat(cx, CoreValueIter([i]), BORROW) == 42
    assert lift_flat(cx, CoreValueIter([i]), BORROW) == 42
    assert w.client.handles.get(i).num_lends == 2
    assert isinstance(cx.borrow_scope, Subtask)
    cx.borrow_scope.deliver_resolve()
    assert w.client.handles.get(i).num_lends == 0


def lifting_traps(w: World, i: int, t: Own | Borrow) -> TrapReason:
    return violation(lambda: lift_flat(w.lifting(w.client), CoreValueIter([i]), t))[0]


def test_lift_own_checks_type_then_lends_then_ownership() -> None:
    w = World()
    borrowed = w.lend(w.client, 1)
    w.client.handles.get(borrowed).num_lends = 1
    assert lifting_traps(w, borrowed, Own(OTHER)) is TrapReason.WRONG_RESOURCE_TYPE
    borrowed = w.lend(w.client, 1)
    w.client.handles.get(borrowed).num_lends = 1
    assert lifting_traps(w, borrowed, OWN) is TrapReason.HANDLE_LENT
    assert lifting_traps(w, w.lend(w.client, 1), OWN) is TrapReason.HANDLE_NOT_OWNED
    assert lifting_traps(w, 0, OWN) is TrapReason.UNKNOWN_HANDLE


def test_lift_borrow_checks_the_type_only() -> None:
    w = World()
    borrowed = w.lend(w.client, 1)
    w.client.handles.get(borrowed).num_lends = 1
    assert lifting_traps(w, borrowed, Borrow(OTHER)) is TrapReason.WRONG_RESOURCE_TYPE
    assert lifting_traps(w, 99, BORROW) is TrapReason.UNKNOWN_HANDLE
    assert lift_flat(w.lifting(w.client), CoreValueIter([borrowed]), BORROW) == 1


def test_handles_are_loaded_as_four_bytes() -> None:
    w = World()
    a, b = w.new(w.client, 10), w.new(w.client, 20)
    data = bytes([9]) + bytes(3) + b.to_bytes(4, "little") + a.to_bytes(4, "little")
    t = Record((("x", Prim.U8), ("r", OWN), ("s", BORROW)))
    assert load(w.lifting(w.client, data), 0, t) == (9, 20, 10)


# -- Storing: lower_own, lower_borrow


def test_lower_own_adds_an_owning_handle() -> None:
    w = World()
    i = lower_flat(w.lifting(w.client), 42, OWN)
    h = w.client.handles.get(1)
    assert (i, h.rt, h.rep, h.own, h.borrow_scope, h.num_lends) == ([1], R, 42, True, None, 0)


def test_lower_borrow_adds_a_handle_that_its_task_counts() -> None:
    w = World()
    task = w.client.open_task()
    cx = LiftLowerContext(CanonicalOptions(), w.client, task)
    assert lower_flat(cx, 42, BORROW) == [1]
    assert lower_flat(cx, 43, Borrow(HOSTS)) == [2]
    h = w.client.handles.get(1)
    assert (h.rt, h.rep, h.own, h.borrow_scope) == (R, 42, False, task)
    assert task.num_borrows == 2


def test_lower_borrow_gives_the_implementer_the_representation() -> None:
    w = World()
    task = w.server.open_task()
    assert lower_flat(LiftLowerContext(CanonicalOptions(), w.server, task), 42, BORROW) == [42]
    assert task.num_borrows == 0
    assert violation(lambda: w.server.handles.get(1))[0] is TrapReason.UNKNOWN_HANDLE


def test_handles_are_stored_as_four_bytes() -> None:
    w = World()
    memory = MemInst(bytearray(12))
    cx = LiftLowerContext(CanonicalOptions(memory=memory), w.client, w.client.open_task())
    store(cx, (9, 7, 8), Record((("x", Prim.U8), ("r", OWN), ("s", BORROW))), 0)
    assert memory.data == bytes([9, 0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0])


def test_a_full_table_has_the_value_as_its_site(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Table, "MAX_LENGTH", 1)
    w = World()
    w.new(w.server, 1, OTHER)
    w.new(w.client, 1)
    assert trap(w.call(lambda args: (), func(OWN)), 1) == (TrapReason.HANDLE_TABLE_FULL, "param a")


# -- inside other types


def test_handles_are_lifted_in_the_order_of_the_value() -> None:
    w = World()
    a, b, c = (w.new(w.client, rep) for rep in (10, 20, 30))
    data = b"".join(i.to_bytes(4, "little") for i in (c, a, b))
    assert load(w.lifting(w.client, data), 0, List(OWN, 3)) == (30, 10, 20)
    assert [w.new(w.client, rep) for rep in range(3)] == [b, a, c]


def test_a_variant_lifts_the_handle_of_its_case_only() -> None:
    w = World()
    i = w.new(w.client, 10)
    t = Variant((("a", OWN), ("b", Prim.U32), ("c", BORROW)))
    assert lift_flat(w.lifting(w.client), CoreValueIter([1, i]), t) == Case("b", i)
    assert lift_flat(w.lifting(w.client), CoreValueIter([2, i]), t) == Case("c", 10)
    w.client.handles.get(i).num_lends = 0
    assert lift_flat(w.lifting(w.client), CoreValueIter([0, i]), t) == Case("a", 10)


def test_a_handle_in_a_variant_is_coerced_to_the_joined_type() -> None:
    w = World()
    t = Variant((("a", OWN), ("b", Prim.F64)))
    assert lower_flat(w.lifting(w.client), Case("a", 10), t) == [0, 1]
    assert lift_flat(w.lifting(w.client), CoreValueIter([0, 1 | 5 << 32]), t) == Case("a", 10)


def test_the_path_of_a_handle_is_its_types() -> None:
    w = World()
    cx = w.lifting(w.client, bytes([0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 77, 0, 0, 0]))
    t = List(Tuple((Option(OWN),)), 2)
    assert violation(lambda: load(cx, 0, t)) == (TrapReason.UNKNOWN_HANDLE, (1, "0", "some"))


def test_type_predicates() -> None:
    inside = (List(OWN), Map(Prim.U8, BORROW), Option(OWN), Result(None, OWN), Tuple((Prim.U8, List(OWN, 2))))
    for t in (OWN, BORROW, *inside):
        assert contains_handle(t)
        assert FuncType((("a", t),), None).has_handles and FuncType((), t).has_handles
    for other in (Prim.U8, List(Prim.STRING), Result(None, None), Option(Prim.U32), Record(())):
        assert not contains_handle(other)
    assert not FuncType((("a", Prim.U8),), Prim.STRING).has_handles


def test_representations_cross_the_embedding_as_they_are() -> None:
    """Beside a string, which leaves behind what lowering it goes by."""
    w = World()
    words = w.new(w.client, 42), 16, 2, w.new(w.client, 43)
    lifted = load(w.lifting(w.client, struct.pack("<4I2s", *words, b"hi")), 0, Tuple((OWN, Prim.STRING, BORROW)))
    assert isinstance(lifted, tuple) and list(map(type, lifted)) == [int, String, int]
    crossed = to_host(lifted)
    assert crossed == (42, "hi", 43)
    assert isinstance(crossed, tuple) and list(map(type, crossed)) == [int, str, int]
