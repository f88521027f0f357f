"""Handle tables in core wasm as `fact.abi` sees them: the host's boundary and generated code work on the same ones.

CanonicalABI.md, "Table State", "Resource State", "Tasks" (num_borrows). The support module called `handles` keeps them
for a whole store; entries and scopes are read and written in its memories, everything else is done by its functions.
"""

from __future__ import annotations

from collections.abc import Iterator
from struct import Struct
from typing import Protocol, cast

from fact.abi import BorrowScope, ResourceHandle, Violation
from fact.model.traps import TrapReason
from fact.model.types import CoreFuncType, CoreValType
from fact.run.raw import CoreInstance, CoreMemory, CoreStore, core_function, signature

_ENTRY = Struct("<4I")
"""Resource + 1, representation, lends, and the scope of a borrow or 0."""
_TABLE = Struct("<4I")
"""Where entry 0 is, the last index handed out, and what does not matter here."""
_WORD = Struct("<I")
_LENDS = 8
"""Where the number of lends is in an entry."""


class HandleTables:
    """The handle tables of a store: *instance* is that of the support module. A scope is told by its address."""

    def __init__(self, store: CoreStore, instance: CoreInstance) -> None:
        def function(name: str, params: int, results: int) -> _Function:
            word: tuple[CoreValType, ...] = ("i32",)
            type = signature(CoreFuncType(word * params, word * results))
            return cast(_Function, core_function(store.state, instance.export(name), type))

        self._get, self._add, self._free = function("get", 2, 1), function("add", 4, 1), function("free", 2, 0)
        self._open_scope, self._close_scope = function("open_scope", 0, 1), function("close_scope", 0, 1)
        self._tables = CoreMemory(store.state, instance.export("tables"), "i32")
        self._entries = CoreMemory(store.state, instance.export("entries"), "i32")
        self._stack = CoreMemory(store.state, instance.export("stack"), "i32")

    def entry(self, table: int, index: int) -> tuple[int, int, int, int]:
        """What stands at *index*; see `_ENTRY`. Raises `Violation`."""
        at = self._address(table, index)
        return cast(tuple[int, int, int, int], _ENTRY.unpack(_read(self._entries, at, _ENTRY.size)))

    def entries(self, table: int) -> Iterator[tuple[int, int, int, int]]:
        """What stands at index 1 and so on, up to the last that was handed out; see `_ENTRY`."""
        if (table + 1) * _TABLE.size > len(self._tables):
            return iter(())
        start, last, *_ = _TABLE.unpack(_read(self._tables, table * _TABLE.size, _TABLE.size))
        return cast(
            Iterator[tuple[int, int, int, int]],
            _ENTRY.iter_unpack(_read(self._entries, start + _ENTRY.size, last * _ENTRY.size)),
        )

    def set_lends(self, table: int, index: int, lends: int) -> None:
        at = self._address(table, index) + _LENDS
        _write(self._entries, at, lends)

    def add(self, table: int, resource: int, rep: int, scope: int) -> int:
        """The index of a new handle. Raises `Violation`."""
        (index,) = self._add((table, resource, rep, scope))
        if index == 0:
            raise Violation(TrapReason.HANDLE_TABLE_FULL)
        return index

    def free(self, table: int, index: int) -> None:
        self._free((table, index))

    def open_scope(self) -> int:
        (scope,) = self._open_scope(())
        return scope

    def close_scope(self) -> None:
        """The one opened last."""
        self._close_scope(())

    def count(self, scope: int) -> int:
        return int(_WORD.unpack(_read(self._stack, scope, _WORD.size))[0])

    def set_count(self, scope: int, count: int) -> None:
        _write(self._stack, scope, count)

    def _address(self, table: int, index: int) -> int:
        (at,) = self._get((table, index))
        if at == 0:
            raise Violation(TrapReason.UNKNOWN_HANDLE, found=index)
        return at


class _Function(Protocol):
    """Of i32s only."""

    def __call__(self, args: tuple[int, ...], /) -> tuple[int, ...]: ...


def _read(memory: CoreMemory, at: int, size: int) -> memoryview:
    len(memory)  # looks whether the memory has grown
    return memory[at:at + size]


def _write(memory: CoreMemory, at: int, word: int) -> None:
    len(memory)  # looks whether the memory has grown
    memory[at:at + _WORD.size] = _WORD.pack(word)


class SharedHandles:
    """Table *table* of *tables*, that of a component instance, as the specification's `Table`."""

    __slots__ = ("table", "tables")

    def __init__(self, tables: HandleTables, table: int) -> None:
        self.tables = tables
        self.table = table

    def get(self, i: int, /) -> SharedHandle:
        self.tables.entry(self.table, i)
        return SharedHandle(self.tables, self.table, i)

    def add(self, e: ResourceHandle, /) -> int:
        scope = e.borrow_scope
        assert scope is None or isinstance(scope, SharedScope), "opened by an instance with shared handles"
        return self.tables.add(self.table, e.rt, e.rep, 0 if scope is None else scope.address)

    def remove(self, i: int, /) -> ResourceHandle:
        entry = self.tables.entry(self.table, i)
        self.tables.free(self.table, i)
        return self._handle(entry)

    def entries(self) -> Iterator[tuple[int, ResourceHandle | None]]:
        for i, entry in enumerate(self.tables.entries(self.table), start=1):
            yield i, self._handle(entry) if entry[0] else None

    def _handle(self, entry: tuple[int, int, int, int]) -> ResourceHandle:
        rt, rep, lends, scope = entry
        return ResourceHandle(rt - 1, rep, scope == 0, _scope(self.tables, scope), lends)


class SharedHandle:
    """The handle at *index* of a table, for as long as it stands there."""

    __slots__ = ("_index", "_table", "_tables")

    def __init__(self, tables: HandleTables, table: int, index: int) -> None:
        self._tables = tables
        self._table = table
        self._index = index

    @property
    def _entry(self) -> tuple[int, int, int, int]:
        return self._tables.entry(self._table, self._index)

    @property
    def rt(self) -> int:
        return self._entry[0] - 1

    @property
    def rep(self) -> int:
        return self._entry[1]

    @property
    def own(self) -> bool:
        return self._entry[3] == 0

    @property
    def borrow_scope(self) -> BorrowScope | None:
        return _scope(self._tables, self._entry[3])

    @property
    def num_lends(self) -> int:
        return self._entry[2]

    @num_lends.setter
    def num_lends(self, value: int) -> None:
        self._tables.set_lends(self._table, self._index, value)


def _scope(tables: HandleTables, address: int) -> BorrowScope | None:
    return SharedScope(tables, address) if address else None


class SharedScope:
    """The borrows of a task. Without an *address* it is opened for the first borrow: few tasks have any."""

    __slots__ = ("_tables", "address")

    def __init__(self, tables: HandleTables, address: int = 0) -> None:
        self._tables = tables
        self.address = address

    @property
    def num_borrows(self) -> int:
        return self._tables.count(self.address) if self.address else 0

    @num_borrows.setter
    def num_borrows(self, value: int) -> None:
        self.address = self.address or self._tables.open_scope()
        self._tables.set_count(self.address, value)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, SharedScope) and self.address == other.address

    __hash__ = None  # type: ignore[assignment]  # its address may change

    def close(self) -> None:
        if self.address:
            self._tables.close_scope()
