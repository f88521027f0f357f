"""What a trap over handles tells: CanonicalABI.md, "Table State", "Resource State", "Tasks", "Component Instances"."""

from __future__ import annotations

import pytest
from abi_resources import BORROW, OTHER, OWN, World, func, resource_drop, resource_new, resource_rep

from fact.abi import CanonicalOptions, CoreFunc, CoreValue, Table, flat_functype, lift, lower
from fact.model.traps import Trap


def state(call: CoreFunc, *args: CoreValue) -> tuple[str, ...]:
    with pytest.raises(Trap) as raised:
        call(args)
    return raised.value.state


@pytest.fixture
def world() -> World:
    w = World()
    w.root.name, w.server.name, w.client.name = "root", "root.server", "root.client"
    for resource, name in zip(w.resources, ("root.server.r", "root.server.other", "host.r"), strict=True):
        resource.name = name
    return w


def test_an_index_that_was_never_handed_out(world: World) -> None:
    take = world.call(lambda _: (), func(OWN))
    assert state(take, 5) == (
        "root.client passes on index 5 as own root.server.r; it holds nothing there: never handed out (none was)",
        "handles of root.client: none",
    )


def test_index_0_and_an_index_above_those_handed_out(world: World) -> None:
    world.new(world.client, 7)
    look = world.call(lambda _: (), func(BORROW))
    told, table = state(look, 0)
    assert told.startswith("root.client lends index 0 as borrow root.server.r;")
    assert told.endswith("it holds nothing there: index 0 is never handed out")
    assert table == "handles of root.client: 1 own root.server.r (rep 7)"
    world.root.may_enter = world.server.may_enter = True
    assert state(resource_rep(world.client), 2)[0].endswith("never handed out (1 to 1 were)")


def test_an_index_that_was_freed(world: World) -> None:
    world.new(world.client, 7)
    resource_drop(world.client)([world.new(world.client, 8)])
    told, table = state(resource_drop(world.client), 2)
    assert told == (
        "root.client drops index 2 as root.server.r; "
        "it holds nothing there: it was freed, by a drop or by passing the handle on"
    )
    assert table == "handles of root.client: 1 own root.server.r (rep 7)"


def test_a_handle_of_another_type_is_told_with_the_type_wanted(world: World) -> None:
    world.new(world.client, 9, OTHER)
    told, table = state(world.call(lambda _: (), func(OWN)), 1)
    assert told == "root.client passes on index 1 as own root.server.r; it holds there: own root.server.other (rep 9)"
    assert table == "handles of root.client: 1 own root.server.other (rep 9)", "as it was before lift_own took it out"


def test_how_often_a_handle_is_lent(world: World) -> None:
    world.new(world.client, 7)
    call = world.call(lambda _: (), func(BORROW, BORROW, OWN))
    assert state(call, 1, 1, 1)[0].endswith("it holds there: own root.server.r (rep 7), lent 2 times")


def test_a_borrow_where_an_owned_handle_is_wanted(world: World) -> None:
    world.lend(world.client, 7)
    assert state(world.call(lambda _: (), func(OWN)), 1)[0].endswith("it holds there: borrow root.server.r (rep 7)")


def test_borrows_left_names_those_of_this_call_only(world: World) -> None:
    """Another task's borrow and an owned handle stand in the table as well: CanonicalABI.md, "Tasks", Task.return_."""
    world.client.open_task()
    world.lend(world.client, 1)
    world.new(world.client, 2)
    ft = func(BORROW, BORROW)
    client = lift(lambda _: (), flat_functype(ft, "lift"), CanonicalOptions(), world.client)
    keep = lower(client, flat_functype(ft, "lower"), CanonicalOptions(), world.server)
    first, second = world.new(world.server, 3), world.new(world.server, 4)
    told, table = state(keep, first, second)
    assert told == (
        "root.client returns, but has not dropped 2 handles that were lent to this call: "
        "3 borrow root.server.r (rep 3); 4 borrow root.server.r (rep 4)"
    )
    assert table.startswith("handles of root.client: 1 borrow root.server.r (rep 1); 2 own root.server.r (rep 2); 3 ")


def test_a_long_table_is_cut(world: World) -> None:
    for rep in range(11):
        world.new(world.client, rep)
    table = state(resource_rep(world.client), 12)[1]
    assert table.count("own root.server.r") == 8 and table.endswith("8 own root.server.r (rep 7); 3 more")


def test_a_full_table(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Table, "MAX_LENGTH", 1)
    world.new(world.server, 7)
    world.new(world.client, 8)
    assert state(resource_new(world.server), 9) == (
        "root.server cannot be given another handle", "handles of root.server: 1 own root.server.r (rep 7)",
    )
    assert state(world.call(lambda _: (1,), func(result=OWN))) == (
        "root.client cannot be given another handle", "handles of root.client: 1 own root.server.r (rep 8)",
    )


def test_leaving_and_entering(world: World) -> None:
    world.server.may_leave = False
    assert state(resource_new(world.server), 1) == ("root.server is in a realloc or a post-return function",)
    world.server.may_enter = False
    assert state(world.call(lambda _: (), func())) == (
        "root.client calls root.server, but root.server is entered already, or ended by a trap",
    )
