"""Small modules with counters, run by themselves; what was counted, by place and way."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence

from wasmtime import Func, FuncType, Instance, Memory, Module, Store, Trap, ValType

from fact.adapters.branches_text import CountedText, counted
from fact.run.engine import engine


class Counted:
    """An instance of *wat*, which imports nothing but `trap`; an `unreachable` follows each call of it."""

    def __init__(self, wat: str, support: str = "") -> None:
        self.text: CountedText = counted(wat, support)
        self.store = Store(engine(False))
        module = Module(engine(False), self.text.wat)
        trap = Func(self.store, FuncType([ValType.i32(), ValType.i32()], []), lambda _reason, _site: None)
        self.exports = Instance(self.store, module, [trap] * len(module.imports)).exports(self.store)

    def __call__(self, function: str, *args: int) -> int | None:
        """Calls an export; None if it traps or returns nothing."""
        called = self.exports[function]
        assert callable(called)
        try:
            result: int | None = called(self.store, *args)
        except Trap:
            return None
        return result

    def taken(self) -> dict[str, int]:
        """How often so far, by names without the kind of function."""
        memory = self.exports["branches"]
        assert isinstance(memory, Memory)
        counters = list(memoryview(memory.read(self.store, 0, 4 * self.text.counters)).cast("I"))
        found: Counter[str] = Counter()
        for branch in self.text.branches:
            found[branch.name.partition(": ")[2]] += branch.taken(counters)
        return dict(found)


def run(wat: str, *calls: Sequence[int], support: str = "m") -> tuple[list[int | None], dict[str, int]]:
    """The results of calling export `f` with each of *calls*, and what was counted in all."""
    module = Counted(wat, support)
    return [module("f", *args) for args in calls], module.taken()


def plain(wat: str) -> Callable[..., int | None]:
    """Export `f` of *wat* as it is."""
    store = Store(engine(False))
    f = Instance(store, Module(engine(False), wat), []).exports(store)["f"]
    assert callable(f)
    return lambda *args: f(store, *args)
