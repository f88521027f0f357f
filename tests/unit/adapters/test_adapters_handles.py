"""The support module of the handle tables against a plain model in Python, and at its limits.

CanonicalABI.md, "Table State", "Resource State", "Subtask State" (lenders), "Tasks" (num_borrows).
"""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from typing import Any

import pytest
import wasmtime

from fact.adapters.handles import BORROWED, LENT, UNKNOWN, WRONG_TYPE, support_text

CONFIG = wasmtime.Config()
CONFIG.wasm_multi_memory = True
ENGINE = wasmtime.Engine(CONFIG)
MODULE = wasmtime.Module(ENGINE, support_text())


class Tables:
    """An instance of the support module, its functions as methods."""

    def __init__(self) -> None:
        self.store = wasmtime.Store(ENGINE)
        self.exports = wasmtime.Instance(self.store, MODULE, []).exports(self.store)

    def __getattr__(self, name: str) -> Any:
        function: Any = self.exports[name]
        return lambda *args: function(self.store, *args)

    def limit(self, value: int) -> None:
        limit: Any = self.exports["limit"]
        limit.set_value(self.store, wasmtime.Val.i32(value))


@dataclass
class Entry:
    resource: int
    rep: int
    scope: int | None
    lends: int = 0


@dataclass
class Model:
    """Tables as the specification has them: an array with holes, and a list of the holes."""

    arrays: dict[int, list[Entry | None]] = field(default_factory=dict)
    free: dict[int, list[int]] = field(default_factory=dict)
    scopes: list[int] = field(default_factory=list)
    lent: list[Entry] = field(default_factory=list)

    def add(self, table: int, entry: Entry) -> int:
        array = self.arrays.setdefault(table, [None])
        if free := self.free.setdefault(table, []):
            index = free.pop()
            array[index] = entry
        else:
            index = len(array)
            array.append(entry)
        return index

    def find(self, table: int, index: int, resource: int) -> Entry | int:
        array = self.arrays.get(table, [None])
        if index >= len(array) or (entry := array[index]) is None:
            return UNKNOWN
        return entry if entry.resource == resource else WRONG_TYPE

    def remove(self, table: int, index: int, resource: int) -> tuple[int, int | None]:
        found = self.find(table, index, resource)
        if isinstance(found, int):
            return found, None
        if found.lends:
            return LENT, None
        self.arrays[table][index] = None
        self.free[table].append(index)
        if found.scope is None:
            return 0, found.rep
        self.scopes[found.scope] -= 1
        return BORROWED, found.rep

    def live(self) -> list[tuple[int, int, Entry]]:
        return [(t, i, e) for t, array in self.arrays.items() for i, e in enumerate(array) if e is not None]


def outcome(result: list[int]) -> tuple[int, int | None]:
    """What a function said, without the representation where there is none."""
    status, rep = result
    return status, rep if status in (0, BORROWED) else None


@pytest.mark.parametrize("seed", range(8))
def test_random_operations_go_as_in_the_specification(seed: int) -> None:
    draw = random.Random(seed)
    tables, model = Tables(), Model()
    names = draw.sample([0, 1, 2, 3, 4095, 4096, 9000], 4)
    frames: list[tuple[int, int, int]] = []  # a table, the mark, how many had been lent before
    for _ in range(700):
        table, resource, rep = draw.choice(names), draw.randrange(3), draw.randrange(-(1 << 31), 1 << 31)
        array = model.arrays.get(table, [None])
        index = draw.choice([0, -1, len(array), 1 << 28, *(draw.randrange(len(array)) for _ in range(8))])
        match draw.choice(["add"] * 4 + ["remove"] * 4 + ["close"] * 3 + ["rep", "open", "borrow"]):
            case "add":
                assert tables.add(table, resource, rep, 0) == model.add(table, Entry(resource, rep, None))
            case "remove":
                expected = model.remove(table, index & 0xFFFFFFFF, resource)
                assert outcome(tables.remove(table, index, resource)) == expected
            case "rep":
                found = model.find(table, index & 0xFFFFFFFF, resource)
                expected = (found, None) if isinstance(found, int) else (0, found.rep)
                assert outcome(tables.rep(table, index, resource)) == expected
            case "open":
                # a call: its caller lends, then the callee's task is opened
                frames.append((table, tables.mark(), len(model.lent)))
                for _ in range(draw.randrange(3)):
                    lend(tables, model, table, draw.randrange(len(array) + 1), resource)
                tables.open_scope()
                model.scopes.append(0)
            case "borrow" if model.scopes:
                model.scopes[-1] += 1
                entry = Entry(resource, rep, len(model.scopes) - 1)
                assert tables.add_borrow(table, resource, rep) == model.add(table, entry)
            case "close" if frames:
                close(tables, model, frames)
    while frames:
        close(tables, model, frames)
    for table, index, entry in model.live():
        assert outcome(tables.rep(table, index, entry.resource)) == (0, entry.rep)
        assert entry.lends == 0
        assert tables.remove(table, index, entry.resource)[0] == 0


def lend(tables: Tables, model: Model, table: int, index: int, resource: int) -> None:
    found = model.find(table, index, resource)
    if isinstance(found, int):
        assert tables.lend(table, index, resource)[0] == found
    else:
        assert tables.lend(table, index, resource) == [0, found.rep]
        found.lends += 1
        model.lent.append(found)


def close(tables: Tables, model: Model, frames: list[tuple[int, int, int]]) -> None:
    """The innermost call ends: its borrows are dropped, counted, and what was lent is given back."""
    table, mark, lent_before = frames.pop()
    scope = len(model.scopes) - 1
    for at, index, entry in model.live():
        if entry.scope == scope:
            assert entry.lends == 0, "all calls inside have ended"
            assert outcome(tables.remove(at, index, entry.resource)) == model.remove(at, index, entry.resource)
    assert tables.close_scope() == model.scopes.pop() == 0
    tables.give_back(table, mark)
    while len(model.lent) > lent_before:
        model.lent.pop().lends -= 1


# -- one rule at a time


def test_index_0_is_nobodys_and_what_was_freed_last_comes_first() -> None:
    """Table.add, Table.remove."""
    tables = Tables()
    assert [tables.add(0, 0, rep, 0) for rep in range(4)] == [1, 2, 3, 4]
    for index in (2, 4, 3):
        assert tables.remove(0, index, 0)[0] == 0
    assert [tables.add(0, 0, rep, 0) for rep in range(5)] == [3, 4, 2, 5, 6]
    assert tables.remove(0, 0, 0)[0] == UNKNOWN


def test_a_table_holds_max_length_handles_and_no_more() -> None:
    """Table.add: trap_if(i > Table.MAX_LENGTH); a hole is filled even then."""
    tables = Tables()
    tables.limit(20)
    assert [tables.add(5, 0, rep, 0) for rep in range(21)] == [*range(1, 21), 0]
    assert tables.remove(5, 7, 0) == [0, 6]
    assert tables.add(5, 0, 99, 0) == 7
    assert tables.add(5, 0, 99, 0) == 0
    assert tables.add(6, 0, 99, 0) == 1


def test_the_limit_is_the_specifications() -> None:
    """Table.MAX_LENGTH."""
    tables = Tables()
    limit: Any = tables.exports["limit"]
    assert limit.value(tables.store) == 2**28 - 1


def test_tables_grow_side_by_side_and_keep_what_they_hold() -> None:
    tables = Tables()
    for index in range(1, 1001):
        for table in range(3):
            assert tables.add(table, table, 10 * index + table, 0) == index
    for index in range(1, 1001):
        for table in range(3):
            assert tables.rep(table, index, table) == [0, 10 * index + table]
            assert tables.rep(table, index, (table + 1) % 3)[0] == WRONG_TYPE


def test_memory_that_cannot_grow_counts_as_full() -> None:
    """An implementation's limit where the specification's is not reached: reported as a full table, not trapped."""
    limits = wasmtime.Store(ENGINE)
    limits.set_limits(memory_size=3 << 16)
    exports = wasmtime.Instance(limits, MODULE, []).exports(limits)
    add: Any = exports["add"]
    rep: Any = exports["rep"]
    made = 0
    while (index := add(limits, 0, 0, made, 0)) != 0:
        made += 1
        assert index == made
    assert made == (2 << 16) // 16 - 1
    assert rep(limits, 0, made, 0) == [0, made - 1]
    assert add(limits, 1 << 20, 0, 0, 0) == 0


def test_a_lent_handle_stays_until_all_of_it_is_given_back() -> None:
    """Subtask.add_lender, Subtask.deliver_resolve."""
    tables = Tables()
    tables.add(0, 0, 7, 0)
    outer = tables.mark()
    assert tables.lend(0, 1, 0) == [0, 7]
    inner = tables.mark()
    assert tables.lend(0, 1, 0) == [0, 7]
    assert tables.remove(0, 1, 0)[0] == LENT
    tables.give_back(0, inner)
    assert tables.remove(0, 1, 0)[0] == LENT
    tables.give_back(0, outer)
    assert tables.remove(0, 1, 0) == [0, 7]


def test_more_is_lent_and_queued_than_fits_into_a_page() -> None:
    tables = Tables()
    tables.add(0, 0, 7, 0)
    mark = tables.mark()
    for rep in range(20_000):
        tables.lend(0, 1, 0)
        tables.queue(rep)
    assert [tables.next() for _ in range(20_000)] == list(range(20_000))
    tables.give_back(0, mark)
    assert tables.mark() == mark
    assert tables.remove(0, 1, 0) == [0, 7]


def test_borrows_count_in_the_task_they_were_lowered_for() -> None:
    """lower_borrow and canon_resource_drop: a call inside may drop what its caller was lent."""
    tables = Tables()
    tables.open_scope()
    assert tables.add_borrow(0, 0, 7) == 1
    tables.open_scope()
    assert tables.add_borrow(0, 0, 8) == 2
    assert tables.remove(0, 1, 0) == [BORROWED, 7]
    assert tables.close_scope() == 1
    assert tables.close_scope() == 0
