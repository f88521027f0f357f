"""What the generator of component graphs would know of a case, worked out from its definitions: scopes with items.

With that, whatever the generator draws can be added at any place of a case that is stored (`graphs_grown`), and what
has been changed can be judged: `UnfitError` says what does not fit. What has a resource type of another component in
its type is known by number, but no item: nothing else is given it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from random import Random

from generators.axes import EVERYTHING, Axes
from generators.drawing import ByChance
from generators.graphs import (
    LOG,
    Alias,
    Bound,
    BuiltIn,
    Bundle,
    Component,
    CoreAlias,
    CoreInstance,
    Definition,
    Export,
    ExternType,
    FuncType,
    GraphBlueprint,
    HostCall,
    Import,
    Instance,
    Lift,
    Lower,
    Module,
    Outer,
    Parts,
    Resource,
    Sort,
    TypeDefinition,
    walk,
)
from generators.graphs_effects import entered, evaluated, inside, lifted, lowered, outside
from generators.graphs_facts import (
    DEALT,
    Closed,
    CoreExports,
    CoreFn,
    CoreModule,
    Effects,
    Exports,
    Facts,
    Fn,
    Generative,
    Named,
    Shop,
    dealing,
)
from generators.graphs_scope import Item, Scope, Shared, sort_of
from generators.graphs_shops import DEALS
from generators.mutation.graphs_declared import (
    START,
    deals,
    facts_of,
    has_handles,
    instantiated_once,
    made_for,
    mentions_handles,
    of_host,
    same_type,
    sort_of_import,
    sorts,
    with_start,
)
from generators.mutation.graphs_fitting import check_code, check_options, conforms, require
from generators.mutation.graphs_known import Known
from generators.valtypes import BorrowOf, OwnOf

ROOT = 0
"""The root, where components go by number."""

Stop = tuple[int, int]
"""A component, by number, and how many of its definitions are to be known."""


def learned(
    b: GraphBlueprint, random: Random, stop: Stop | None = None, *, axes: Axes = EVERYTHING, risky: bool = False
) -> Scope:
    """The root's scope when everything has been looked at, or that of a component half-way. Its body has the
    definitions up to there. Raises `UnfitError` for a case, or the part up to there, that is not valid."""
    return whole(b, random, stop, axes=axes, risky=risky).root


@dataclass(frozen=True, slots=True)
class Whole:
    """*root*: as `learned` has it; *starting*: what start functions come to."""

    root: Scope
    starting: tuple[Effects, ...]


def whole(
    b: GraphBlueprint, random: Random, stop: Stop | None = None, *, axes: Axes = EVERYTHING, risky: bool = False
) -> Whole:
    """As `learned`."""
    numbers = [d.id for d in walk(b.body)]
    functions = [f.number for d in walk(b.body) if isinstance(d, Module) for f in d.code.functions]
    shared = Shared(ByChance(random).draw, axes, risky, False, False, budget=2)
    shared.numbers = iter(range(max(numbers, default=0) + 1, 1 << 30))
    shared.functions = iter(range(max(functions, default=0) + 1, 1 << 30))
    shared.host = list(b.host)
    learner = _Learner(b, shared, stop)
    require(len(set(numbers)) == len(numbers), "a number twice")
    root = Scope(shared)
    try:
        learner.body(ROOT, root, b.body, {})
    except _StopError as stopped:
        return Whole(stopped.scope, ())
    check_calls(root, b.calls)
    return Whole(root, tuple(learner.starting))


def check_calls(root: Scope, calls: Sequence[HostCall]) -> None:
    for call in calls:
        at: Facts | None = Exports(root.exports)
        for part in call.export.split("#"):
            at = at.exports.get(part, (None, None))[1] if isinstance(at, Exports) else None
        require(isinstance(at, Fn) and at.signature == call.signature, f"a call of {call.export}")


class _StopError(Exception):
    def __init__(self, scope: Scope) -> None:
        super().__init__()
        self.scope = scope


class _Learner(Known):
    def __init__(self, b: GraphBlueprint, shared: Shared, stop: Stop | None) -> None:
        super().__init__()
        self.shared, self.stop = shared, stop
        self.made = made_for(b)
        self.starting: list[Effects] = []

    def body(self, number: int, scope: Scope, body: Sequence[Definition], args: Mapping[str, Facts]) -> None:
        first = {d.component: d for d in reversed(body) if isinstance(d, Instance)}
        names: set[tuple[bool, str]] = set()
        for n, d in enumerate(body):
            if self.stop == (number, n):
                raise _StopError(scope)
            if isinstance(d, Import | Export):
                require((isinstance(d, Import), d.name) not in names, f"{d.name} twice")
                names.add((isinstance(d, Import), d.name))
            if isinstance(d, Component):
                self.component(scope, d, first.get(d.id), body[n + 1 :])
            else:
                self.definition(scope, d, args)
            scope.body.append(d)
        if self.stop == (number, len(body)):
            raise _StopError(scope)

    def component(
        self, scope: Scope, d: Component, instance: Instance | None, later: Sequence[Definition]
    ) -> None:
        """What its first instance is given is known as far as that is there already, or is an alias of such."""
        given = () if instance is None else instance.args
        args = {name: facts for name, _, i in given if (facts := self.ahead(i, later)) is not None}
        inner = Scope(self.shared, scope)
        self.body(d.id, inner, d.body, {
            name: inside(facts, scope.pending(facts)) for name, facts in args.items()
        })
        dealt = {e.name for e in d.body if isinstance(e, Export)}
        require(not inner.deals or dealt >= {"r", *DEALT}, "a resource type without all its functions")
        closed = Closed(tuple(inner.imports), dict(inner.exports), tuple(inner.logs), inner.deals)
        self.note(scope, d.id, "component", closed)

    # -- definitions

    def definition(self, scope: Scope, d: Definition, args: Mapping[str, Facts]) -> None:
        match d:
            case Module(number, code):
                check_code(code)
                module = CoreModule(code, self.made.get(number, {}), instantiated_once(code))
                self.note(scope, number, "core module", module)
            case CoreInstance() | Parts() | CoreAlias():
                self.core(scope, d)
            case Outer(number, sort, of):
                self.outer(scope, number, sort, of)
            case Lift():
                self.lift(scope, d)
            case Lower(number, func):
                facts = self.there(scope, func, "func").facts
                assert isinstance(facts, Fn)
                realloc, memory = self.function(scope, d.realloc), self.memory(scope, d.memory)
                check_options(d, facts, realloc, None)
                host = facts.host and realloc is not None and realloc.kind == "adapter"
                require(not host or self.pinned(scope, realloc), "an adapter as the realloc of a lower of the host's")
                self.note(scope, number, "core func", lowered(facts, realloc, memory))
            case Resource(number, destructor):
                self.resource(scope, number, self.function(scope, destructor))
            case BuiltIn():
                self.built_in(scope, d)
            case TypeDefinition(number, FuncType(signature)):
                self.note(scope, number, "function type", Named(signature))
            case TypeDefinition(number, Bound(type)):
                self.note(scope, number, "type", Named(type))
            case Instance():
                self.instance(scope, d)
            case Bundle(number, exports):
                found = {name: (sort, self.there(scope, i, *sorts(sort)).facts) for name, sort, i in exports}
                require(not any(deals(f) for _, f in found.values()), "a component with resources in an instance")
                scope.opened(self.note(scope, number, "instance", Exports(found)))
            case Alias(number, sort, instance, name):
                self.alias(scope, number, sort, self.there(scope, instance, "instance", "shop"), name)
            case Import(number, name, t):
                self.imported(scope, number, name, t, args.get(name))
            case Export(number, name, sort, item):
                self.exported(scope, number, name, sort, self.there(scope, item, *sorts(sort)))

    def core(self, scope: Scope, d: CoreInstance | Parts | CoreAlias) -> None:
        match d:
            case Parts(number, exports):
                parts = {name: self.there(scope, i, f"core {sort}").facts for name, sort, i in exports}
                of_parts = CoreExports(parts)  # type: ignore[arg-type]
                scope.opened(self.note(scope, number, "core instance", of_parts))
            case CoreInstance(number, module, args):
                code = self.there(scope, module, "core module").facts
                assert isinstance(code, CoreModule)
                found = evaluated(with_start(code), self.given(scope, code.code, args))
                if isinstance(start := found.pop(START, None), CoreFn):
                    self.starting.append(start.effects)
                scope.opened(self.note(scope, number, "core instance", CoreExports(found)))
                if LOG in (i for _, i in args) and "" not in scope.logs:
                    scope.logs.insert(0, "")
            case CoreAlias(number, sort, instance, name):
                of = self.there(scope, instance, "core instance")
                assert isinstance(of.facts, CoreExports)
                require(name in of.facts.exports, f"no core export {name}")
                core = of.facts.exports[name]
                require(sort_of(core) == f"core {sort}", f"{name} is a {sort_of(core)}")
                self.aliased(scope, number, f"core {sort}", core, of, name)

    def outer(self, scope: Scope, number: int, sort: str, of: int) -> None:
        require(of in self.items, f"{of} is not there")
        at: Scope | None = scope.parent
        while at is not None and at is not self.homes[of]:
            at = at.parent
        found = self.items[of]
        require(at is not None, f"{of} is in no enclosing component")
        sorts = {"type": ("type", "function type"), "core module": ("core module",), "component": ("component",)}
        require(found.sort in sorts.get(sort, ()), f"no alias of a {found.sort} as a {sort}")
        self.note(scope, number, found.sort, found.facts)

    def lift(self, scope: Scope, d: Lift) -> None:
        callee, realloc = self.function(scope, d.callee), self.function(scope, d.realloc)
        post, _ = self.function(scope, d.post_return), self.memory(scope, d.memory)
        assert callee is not None
        check_options(d, Fn(d.signature), realloc, callee, post)
        self.note(scope, d.id, "func", lifted(d.signature, callee, realloc, post), item=not has_handles(d))

    # -- components and their instances

    def instance(self, scope: Scope, d: Instance) -> None:
        closed = self.there(scope, d.component, "component").facts
        assert isinstance(closed, Closed)
        args = {name: self.there(scope, i, *sorts(sort)) for name, sort, i in d.args}
        for name, _, want in closed.imports:
            require(name in args and conforms(args[name].facts, want), f"nothing that fits as {name}")
        self.logged(scope, d.id, closed)
        enters = frozenset({d.id}).union(*(entered(arg.facts) for arg in args.values()))
        if closed.deals:
            self.note(scope, d.id, "shop", Shop(Effects(DEALS, enters=enters)))
            return
        exports = Exports({n: (s, outside(f, enters)) for n, (s, f) in closed.exports.items()})
        scope.opened(self.note(scope, d.id, "instance", exports))

    def logged(self, scope: Scope, number: int, closed: Closed) -> None:
        scope.logs += [f"i{number}-{p}".rstrip("-") for p in closed.logs]

    def alias(self, scope: Scope, number: int, sort: str, of: Item, name: str) -> None:
        if isinstance(of.facts, Shop):
            if name == "r":
                self.note(scope, number, "type", Generative(), item=False)
                return
            require(name in DEALT, f"a shop has no {name}")
            signature = dict(zip(DEALT, dealing(OwnOf(-1), BorrowOf(-1)), strict=True))[name]
            self.note(scope, number, "func", Fn(signature, of.facts.effects), item=False)
            return
        assert isinstance(of.facts, Exports)
        require(name in of.facts.exports, f"no export {name}")
        exported, facts = of.facts.exports[name]
        require(exported == sort, f"{name} is a {exported}")
        self.aliased(scope, number, sort, facts, of, name)

    def imported(self, scope: Scope, number: int, name: str, t: ExternType, given: Facts | None) -> None:
        declared = facts_of(t)
        facts = given if given is not None and same_type(given, t) else declared
        if scope.parent is None and isinstance(facts, Fn):
            facts = Fn(facts.signature, host=True)
        if scope.parent is None and isinstance(facts, Exports):
            facts = Exports({n: (s, Fn(f.signature, host=True) if isinstance(f, Fn) else f)
                             for n, (s, f) in facts.exports.items()})
        sort = sort_of_import(facts)
        scope.imports.append((name, "instance" if sort == "shop" else sort, facts))  # type: ignore[arg-type]
        item = self.note(scope, number, sort, facts)
        if isinstance(facts, Exports):
            scope.opened(item)

    def exported(self, scope: Scope, number: int, name: str, sort: Sort, of: Item) -> None:
        named_after = not name.startswith("[") or any(isinstance(d, Export) and d.name == "r" for d in scope.body)
        require(named_after, f"{name} before what it is named after")
        if isinstance(of.facts, Generative) or (isinstance(of.facts, Fn) and mentions_handles(of.facts)):
            scope.deals = True
            self.note(scope, number, of.sort, of.facts, item=False)
            return
        require(not deals(of.facts) or sort != "component", "a component with resources that an instance exports")
        if scope.parent is None:
            require(not of_host(of.facts), "what is the host's exported again")
        if not scope.deals:
            scope.exports[name] = (sort, of.facts)
        self.note(scope, number, of.sort, of.facts)
