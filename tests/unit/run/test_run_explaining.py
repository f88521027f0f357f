"""What traps over handles tell of a whole component: instances and resource types have the plan's names."""

from __future__ import annotations

import pytest
from run_components import PAIR, started

from fact.model.traps import Trap
from fact.model.values import Handle, Value
from fact.run import Instance


def state(instance: Instance, function: str, *args: Value) -> tuple[str, ...]:
    with pytest.raises(Trap) as raised:
        instance.invoke(function, args)
    return raised.value.state


def test_both_engines_tell_what_the_tables_hold(engine: str) -> None:
    """CanonicalABI.md, "Loading", lift_own: index 1 is lent when it is to be passed on."""
    instance = started(PAIR)
    assert [instance.invoke("client#make", [n]) for n in (7, 8)] == [1, 2]
    instance.invoke("shop#make-raw", [9])
    told = state(instance, "client#look2", 1, 1)
    client = "handles of root.client: 1 own root.shop.item (rep 7), lent once; 2 own root.shop.item (rep 8)"
    if engine == "reference":
        used = "root.client passes on index 1 as own root.shop.item"
        assert told == (f"{used}; it holds there: own root.shop.item (rep 7), lent once", client)
    else:
        assert told == ("handles of root.shop: 1 own root.shop.item (rep 9)", client)


@pytest.mark.usefixtures("engine")
def test_the_host_boundary_tells_the_same_on_both_engines() -> None:
    """CanonicalABI.md, "Table State": the result is lifted by the reference from whichever table there is."""
    instance = started(PAIR)
    for n in (7, 8, 9):
        instance.invoke("shop#make-raw", [n])
    instance.invoke("shop#drop-own", [2])
    assert state(instance, "shop#give", 2) == (
        "root.shop passes on index 2 as own root.shop.item; "
        "it holds nothing there: it was freed, by a drop or by passing the handle on",
        "handles of root.shop: 1 own root.shop.item (rep 7); 3 own root.shop.item (rep 9)",
    )


@pytest.mark.usefixtures("engine")
def test_an_empty_table_and_one_that_nothing_was_put_into() -> None:
    told, table = state(started(PAIR), "shop#give", 1)
    assert told.endswith("never handed out (none was)") and table == "handles of root.shop: none"


@pytest.mark.usefixtures("engine")
def test_after_a_trap() -> None:
    instance = started(PAIR)
    state(instance, "shop#give", 1)
    assert state(instance, "shop#dropped") == ("this instance ended with the trap of an earlier call",)
    with pytest.raises(Trap, match="cannot-enter"):
        instance.drop(Handle(1))
