"""Strategies for the core modules of guests: what they import of what is available, and what they have and export."""

from __future__ import annotations

from dataclasses import dataclass, field

from generators.graphs import BuiltIn
from generators.graphs_bodies import LOGGING, STEPS, Body, Want
from generators.graphs_core import (
    Code,
    CoreExport,
    CoreFunc,
    CoreImport,
    CoreType,
    Element,
    Function,
    Global,
    Memory,
    Step,
    Table,
    Tag,
)
from generators.graphs_facts import Cells, CoreFn, CoreModule, Made, core_type
from generators.graphs_scope import Item, Scope


def guest(scope: Scope, needed: list[Want]) -> list[Item]:
    """The functions of a new core instance, in the order of *needed*."""
    draft = Draft(scope)
    names = draft.fill(needed)
    module = scope.module(CoreModule(draft.code(), draft.made, draft.once))
    instance = scope.core_instance(module, draft.instances())
    exported = {i.name: i for i in scope.items if i.instance is instance}
    return [exported[name] for name in names]


def caller(scope: Scope, callees: list[Item]) -> Item:
    """A function (i32) -> (i32) that calls *callees*, one after the other."""
    draft = Draft(scope)
    body = Body(draft, Want(CoreFunc(("i32",), ("i32",))), [], False)
    for name in [draft.callee(item) for item in callees]:
        if body.may(draft.known[name]) and body.satisfied(draft.known[name]):
            body.call(name)
    number = next(scope.shared.functions)
    draft.functions.append(Function("run", number, body.want.type, tuple(body.steps), body.operand()))
    draft.exports.append(CoreExport("run", "func", "run"))
    module = scope.module(CoreModule(draft.code(), draft.made))
    instance = scope.core_instance(module, draft.instances())
    return next(i for i in scope.items if i.instance is instance)


@dataclass(eq=False, slots=True)
class Draft:
    """Code being drawn. *chosen*: what it imports, by its own name for it."""

    scope: Scope
    chosen: dict[str, Item] = field(default_factory=dict)
    direct: dict[str, Item] = field(default_factory=dict)
    own: dict[str, CoreType] = field(default_factory=dict)
    functions: list[Function] = field(default_factory=list)
    elements: list[Element] = field(default_factory=list)
    exports: list[CoreExport] = field(default_factory=list)
    made: dict[str, Made] = field(default_factory=dict)
    known: dict[str, CoreFn] = field(default_factory=dict)
    cells: dict[str, dict[int, CoreFn]] = field(default_factory=dict)
    start: str = ""
    once: bool = False
    logs: bool = True
    cost: int = 0

    # -- what it has

    def code(self) -> Code:
        imports = [CoreImport(name, *self._place(name), core_type(i.facts))  # type: ignore[arg-type]
                   for name, i in self.chosen.items()]
        if self.logs:
            imports.insert(0, LOGGING)
        return Code(tuple(imports), tuple(self.own.items()), tuple(self.functions), tuple(self.elements),
                    tuple(self.exports), self.start)

    def _place(self, name: str) -> tuple[str, str]:
        if name in self.direct:
            return f"i-{name}", self.direct[name].name
        return "p", name

    def instances(self) -> dict[str, Item]:
        given = {f"i-{name}": item.instance for name, item in self.direct.items() if item.instance is not None}
        rest = {name: item for name, item in self.chosen.items() if name not in self.direct}
        if rest:
            given = {"p": self.scope.parts(rest), **given}
        return given

    def fresh(self, letter: str) -> str:
        return f"{letter}{len(self.chosen) + len(self.own)}"

    def take(self, item: Item, letter: str) -> str:
        """Imports *item*; its name. From the core instance that exports it, or from one made of parts."""
        for name, other in self.chosen.items():
            if other is item:
                return name
        name = self.fresh(letter)
        self.chosen[name] = item
        if item.instance is not None and self.scope.shared.seldom(2):
            self.direct[name] = item
        if isinstance(item.facts, CoreFn):
            self.known[name] = item.facts
        return name

    def memory(self, *, another: bool = False) -> str:
        """The name of a memory: one that is there, one of somebody else's, or one of its own."""
        scope = self.scope
        have = [n for n, i in self.chosen.items() if i.sort == "core memory"]
        have += [n for n, t in self.own.items() if isinstance(t, Memory)]
        if have and not another:
            return scope.shared.pick(have)
        others = [i for i in scope.some("core memory") if i not in self.chosen.values()]
        if others and scope.shared.seldom(2):
            return self.take(scope.shared.pick(others[-3:]), "m")
        name = self.fresh("m")
        self.own[name] = Memory()
        return name

    # -- functions

    def fill(self, needed: list[Want]) -> list[str]:
        shared = self.scope.shared
        self.logs = not shared.seldom(12)
        self._callees()
        if shared.axes.on("graph code", "multi-memory") and shared.seldom(8):
            self.memory()
            self.memory(another=True)
        if shared.seldom(8):
            self._helper()
        self._shared_table()
        names = [self.function(want, f"f{n}") for n, want in enumerate(needed)]
        if shared.seldom(5):
            self._start()
        self._exports(names)
        return names

    def _callees(self) -> None:
        """Imports functions that this code may call."""
        shared = self.scope.shared
        found = [i for i in self.scope.some("core func") if self.scope.callable(i.facts) and not (
            isinstance(i.facts, CoreFn) and any(w.startswith("handle") for w in i.facts.wants))]
        if not found or not shared.axes.on("graph code", "call"):
            return
        for _ in range(shared.pick((1, 0, 1, 2, 3))):
            if shared.seldom(4):
                foreign = [i for i in found if isinstance(i.facts, CoreFn) and i.facts.gives.startswith("handle")]
                if foreign:
                    self.callee(shared.pick(foreign[::-1]))
                    continue
            # what is not of its own kind is more interesting
            foreign = [i for i in found if isinstance(i.facts, CoreFn) and i.facts.kind != "own"]
            item = shared.pick((foreign or found)[::-1][:6])
            self.callee(item)

    def callee(self, item: Item) -> str:
        name = self.take(item, "c")
        facts = item.facts
        assert isinstance(facts, CoreFn)
        if facts.gives.startswith("handle"):
            for other in self.scope.some("core func"):
                if isinstance(other.facts, CoreFn) and facts.gives in other.facts.wants:
                    self.take(other, "c")
        if facts.memory is not None:
            memories = [i for i in self.scope.some("core memory") if i.facts is facts.memory]
            if memories and self.scope.shared.seldom(2):
                self.take(memories[0], "m")
        return name

    def _helper(self) -> None:
        shared = self.scope.shared
        type = shared.pick((CoreFunc(("i32",), ("i32",)), CoreFunc(("i64",), ("i64",)), CoreFunc()))
        self.function(Want(type), "h")

    def function(self, want: Want, name: str, *, now: bool = False, first: tuple[str, ...] = ()) -> str:
        """Draws a function and adds it. *now*: it is called during instantiation. *first*: what it calls at first."""
        shared = self.scope.shared
        steps: list[Step] = []
        body = Body(self, want, steps, now)
        body.read()
        for callee in first:
            body.call(callee)
        if not (want.allocates and shared.seldom(2)):
            for _ in range(shared.pick(STEPS) + (name == "start")):
                body.step()
        returns, tail = body.returns()
        if tail is not None:
            steps.append(tail)
        self.functions.append(Function(name, next(shared.functions), want.type, tuple(steps), returns,
                                       tail is not None, want.allocates))
        self.made[name] = want.made
        self.known[name] = CoreFn(want.type, "own", body.effects(), want.made.wants, want.made.gives)
        return name

    def _start(self) -> None:
        stored = self._storage() if self.scope.shared.seldom(5) else ()
        self.start = self.function(Want(CoreFunc()), "start", now=True, first=stored)

    def _storage(self) -> tuple[str, ...]:
        """What sets the thread's storage, and what reads it."""
        put = self.scope.add("core func", CoreFn(CoreFunc(("i32",)), "built-in"), lambda n: BuiltIn(n, "context.set"))
        get = self.scope.add("core func", CoreFn(CoreFunc((), ("i32",)), "built-in"),
                             lambda n: BuiltIn(n, "context.get"))
        return self.take(put, "c"), self.take(get, "c")

    def _shared_table(self) -> None:
        """Functions that it imports go into a table, its own or somebody else's."""
        shared = self.scope.shared
        if not shared.axes.on("graph code", "indirect") or not shared.seldom(4):
            return
        functions = [n for n, f in self.known.items() if not f.throws]
        tables = [i for i in self.scope.some("core table") if isinstance(i.facts, Cells)]
        if tables and shared.seldom(2):
            item = shared.pick(tables[-2:])
            assert isinstance(item.facts, Cells)
            name = self.take(item, "t")
            at = item.facts.free(len(functions))
            usable = {n: f for n, f in item.facts.slots.items() if self.scope.callable(f)}
            self.cells[name] = dict(usable)
        else:
            name, at = self.fresh("t"), 0
            self.own[name] = Table(max(4, len(functions) + 2))
            self.cells[name] = {}
        if functions and at is not None:
            self.elements.append(Element(name, at, tuple(functions)))
            self.cells[name].update({at + n: self.known[f] for n, f in enumerate(functions)})
            self.once = self.once or name not in self.own

    def _exports(self, names: list[str]) -> None:
        shared = self.scope.shared
        for f in self.functions:
            if f.name != "start":
                self.exports.append(CoreExport(f.name, "func", f.name))
        for name, t in self.own.items():
            sort = t.__class__.__name__.lower()
            self.exports.append(CoreExport(name, sort, name))  # type: ignore[arg-type]
            if shared.seldom(6):
                self.exports.append(CoreExport(f"{name}-too", sort, name))  # type: ignore[arg-type]
        if self.chosen and shared.seldom(4):
            name = shared.pick(list(self.chosen))
            sort = self.chosen[name].sort.removeprefix("core ")
            self.exports.append(CoreExport(f"{name}-again", sort, name))  # type: ignore[arg-type]

    def cell(self) -> str:
        """A global."""
        return self._one("core global", "g", Global(self.scope.shared.pick(("i32", "i64"))))

    def tag(self) -> str:
        return self._one("core tag", "x", Tag())

    def _one(self, sort: str, letter: str, new: CoreType) -> str:
        have = [n for n, i in self.chosen.items() if i.sort == sort]
        have += [n for n, t in self.own.items() if t.__class__ is new.__class__]
        if have:
            return have[0]
        others = self.scope.some(sort)
        if others and not self.scope.shared.seldom(3):
            return self.take(self.scope.shared.pick(others[-2:]), letter)
        name = self.fresh(letter)
        self.own[name] = new
        return name
