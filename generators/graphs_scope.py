"""A component being drawn: its definitions so far, and what is available in it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import count
from typing import TypeAlias, TypeVar

from hypothesis import strategies as st

from generators.axes import Axes
from generators.blueprint import HostFunction
from generators.drawing import pick, seldom
from generators.graphs import (
    LOG,
    Alias,
    Bundle,
    Component,
    CoreAlias,
    CoreInstance,
    Definition,
    Export,
    Import,
    Instance,
    Module,
    Outer,
    Parts,
    Sort,
)
from generators.graphs_core import CoreFunc, CoreSort
from generators.graphs_effects import entered, evaluated, fits, inside, outside
from generators.graphs_facts import (
    SELF,
    Cells,
    Closed,
    CoreExports,
    CoreFacts,
    CoreFn,
    CoreModule,
    Exports,
    Facts,
    Fn,
    Plain,
    Shop,
    extern_type,
)

T = TypeVar("T")

Sorted: TypeAlias = Sort | CoreSort | str

COST_LIMIT = 24
"""No function that costs more is called by another, or passed on."""


@dataclass(eq=False, slots=True)
class Item:
    """What is available. It has no number yet where an alias has to be made first: of export *name* of *instance*, or
    of *outer*, a number in an enclosing component."""

    sort: str
    facts: Facts
    id: int | None = None
    instance: Item | None = None
    name: str = ""
    outer: int | None = None

    @property
    def core(self) -> bool:
        return isinstance(self.facts, CoreFn | Cells | Plain)


@dataclass(slots=True)
class Shared:
    """What all scopes of a case share. *risky*: whether functions that may trap are called; *reentrant*: whether
    a component's code may call functions of its own through others, or through its own lifts."""

    draw: st.DrawFn
    axes: Axes
    risky: bool
    reentrant: bool
    aborts: bool
    budget: int
    numbers: Iterator[int] = field(default_factory=lambda: count(1))
    functions: Iterator[int] = field(default_factory=count)
    host: list[HostFunction] = field(default_factory=list)

    def pick(self, options: tuple[T, ...] | list[T]) -> T:
        return pick(self.draw, options)

    def seldom(self, out_of: int) -> bool:
        return seldom(self.draw, out_of)

    def among(self, group: str, options: tuple[str, ...]) -> str:
        return pick(self.draw, self.axes.among(group, options))


@dataclass(eq=False, slots=True)
class Scope:
    """*tables* that are filled in later, by what stands for them in `Effects.enters`. *args* are what the parent gives
    for the imports."""

    shared: Shared
    parent: Scope | None = None
    body: list[Definition] = field(default_factory=list)
    items: list[Item] = field(default_factory=list)
    imports: list[tuple[str, Sort, Facts]] = field(default_factory=list)
    args: list[Item] = field(default_factory=list)
    exports: dict[str, tuple[Sort, Facts]] = field(default_factory=dict)
    tables: set[int] = field(default_factory=set)
    logs: list[str] = field(default_factory=list)
    deals: bool = False
    shims: dict[Item, tuple[int, list[CoreFunc]]] = field(default_factory=dict)
    """The tables themselves, each with its number and the types of what goes in."""

    @property
    def depth(self) -> int:
        return 0 if self.parent is None else self.parent.depth + 1

    def number(self) -> int:
        return next(self.shared.numbers)

    # -- what there is

    def some(self, sort: str, wanted: Callable[[Facts], bool] = lambda _: True) -> list[Item]:
        return [item for item in self.items if item.sort == sort and wanted(item.facts)]

    def pending(self, t: Facts) -> bool:
        """Whether calling it has to wait until everything is instantiated."""
        match t:
            case Fn(effects=effects) | CoreFn(effects=effects) | Shop(effects=effects):
                return effects.pending or bool(effects.enters & self.tables)
            case Exports(exports=exports):
                return any(self.pending(f) for _, f in exports.values())
        return False

    def callable(self, t: Facts, *, now: bool = False) -> bool:
        """Whether code of this component may call it; *now*: already while it is instantiated."""
        if not isinstance(t, Fn | CoreFn):
            return False
        e = t.effects
        return (
            e.cost <= COST_LIMIT and (self.shared.risky or not e.traps)
            and (self.shared.reentrant or SELF not in e.enters)
            and not (now and self.pending(t))
        )

    # -- definitions

    def add(self, sort: str, facts: Facts, make: Callable[[int], Definition]) -> Item:
        number = self.number()
        self.body.append(make(number))
        item = Item(sort, facts, number)
        self.items.append(item)
        return item

    def use(self, item: Item) -> int:
        """The item's number, once there is an alias if it needs one."""
        if item.id is None:
            number = self.number()
            if item.outer is not None:
                self.body.append(Outer(number, item.sort, item.outer))  # type: ignore[arg-type]
            else:
                assert item.instance is not None
                instance = self.use(item.instance)
                if item.core:
                    self.body.append(CoreAlias(number, core_sort(item), instance, item.name))
                else:
                    self.body.append(Alias(number, item.sort, instance, item.name))  # type: ignore[arg-type]
            item.id = number
        return item.id

    def opened(self, instance: Item) -> Item:
        """Makes what *instance* exports available."""
        if isinstance(instance.facts, CoreExports):
            for name, core in instance.facts.exports.items():
                self.items.append(Item(sort_of(core), core, None, instance, name))
        elif isinstance(instance.facts, Exports):
            for name, (sort, facts) in instance.facts.exports.items():
                item = Item(sort, facts, None, instance, name)
                self.items.append(item)
                if sort == "instance":
                    self.opened(item)
        return instance

    # -- core instances

    def module(self, module: CoreModule) -> Item:
        return self.add("core module", module, lambda n: Module(n, module.code))

    def parts(self, chosen: dict[str, Item]) -> Item:
        """A core instance of inline exports."""
        given = {name: self.use(item) for name, item in chosen.items()}
        facts = CoreExports({name: item.facts for name, item in chosen.items()})  # type: ignore[misc]
        made = self.add("core instance", facts, lambda n: Parts(
            n, tuple((name, core_sort(item), given[name]) for name, item in chosen.items())))
        return self.opened(made)

    def core_instance(self, module: Item, given: dict[str, Item]) -> Item:
        """*given*: core instances by name."""
        assert isinstance(module.facts, CoreModule)
        code = module.facts.code
        facts: dict[tuple[str, str], CoreFacts] = {}
        for name, item in given.items():
            assert isinstance(item.facts, CoreExports)
            facts.update({(name, field): f for field, f in item.facts.exports.items()})
        exports = CoreExports(evaluated(module.facts, facts))
        args = [(name, self.use(item)) for name, item in given.items()]
        if any(i.name == "log" for i in code.imports):
            args.insert(0, ("log", LOG))
            if "" not in self.logs:
                self.logs.insert(0, "")
        number = self.use(module)
        return self.opened(
            self.add("core instance", exports, lambda n: CoreInstance(n, number, tuple(args))))

    # -- components

    def imported(self, sort: Sort, facts: Facts, arg: Item | None, name: str) -> Item:
        """A new import, for which the parent gives *arg*."""
        assert self.parent is not None or arg is None
        seen = inside(facts, self.parent is not None and self.parent.pending(facts))
        self.imports.append((name, sort, seen))
        if arg is not None:
            self.args.append(arg)
        item = self.add(sort, seen, lambda n: Import(n, name, extern_type(seen)))
        if isinstance(seen, Shop):
            item.sort = "shop"
        return self.opened(item) if sort == "instance" else item

    def export(self, item: Item, name: str) -> Item:
        number = self.use(item)
        self.exports[name] = (item.sort, item.facts)  # type: ignore[assignment]
        return self.add(item.sort, item.facts, lambda n: Export(n, name, item.sort, number))  # type: ignore[arg-type]

    def closed(self) -> tuple[Item, Scope]:
        """The component that this scope has become, in its parent."""
        assert self.parent is not None
        facts = Closed(tuple(self.imports), dict(self.exports), tuple(self.logs), self.deals)
        return self.parent.add("component", facts, lambda n: Component(n, tuple(self.body))), self.parent

    def instance(self, component: Item, args: list[Item]) -> Item:
        facts = component.facts
        assert isinstance(facts, Closed)
        given = [(name, sort, self.use(arg)) for (name, sort, _), arg in zip(facts.imports, args, strict=True)]
        if len(given) > 1 and self.shared.seldom(3):
            given.reverse()
        number, used = self.number(), self.use(component)
        self.body.append(Instance(number, used, tuple(given)))
        enters = frozenset({number}).union(*(entered(arg.facts) for arg in args))
        exports = Exports({n: (s, outside(f, enters)) for n, (s, f) in facts.exports.items()})
        item = Item("instance", exports, number)
        self.items.append(item)
        self.logs += [f"i{number}-{p}".rstrip("-") for p in facts.logs]
        return self.opened(item)

    def arguments(self, component: Closed) -> list[Item] | None:
        """What is here for the component's imports; None if something is missing."""
        found: list[Item] = []
        for _, sort, want in component.imports:
            there = self.some("shop" if isinstance(want, Shop) else sort)
            options = [i for i in there if fits(i.facts, want, self.pending(i.facts))]
            if not options:
                return None
            found.append(self.shared.pick(options[::-1][:4]))
        return found

    def bundle(self, chosen: dict[str, Item]) -> Item:
        given = {name: self.use(item) for name, item in chosen.items()}
        facts = Exports({name: (item.sort, item.facts) for name, item in chosen.items()})  # type: ignore[misc]
        made = self.add("instance", facts, lambda n: Bundle(
            n, tuple((name, item.sort, given[name]) for name, item in chosen.items())))  # type: ignore[misc]
        return self.opened(made)


def core_sort(item: Item) -> CoreSort:
    return item.sort.removeprefix("core ")  # type: ignore[return-value]


def sort_of(t: CoreFacts) -> str:
    match t:
        case CoreFn():
            return "core func"
        case Cells():
            return "core table"
        case Plain(type=type):
            return f"core {type.__class__.__name__.lower()}"
