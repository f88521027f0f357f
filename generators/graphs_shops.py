"""Resource types that cross components: one that defines a type (a *shop*), and those that use it (its *clients*).

A shop exports the type as `r` with functions named after it: `[constructor]r`, `[method]r.get` and `[static]r.same`. A
client imports all that as an instance. Explainer.md, Import and Export Definitions.
"""

from __future__ import annotations

from generators.graphs import Alias, BuiltIn, Export, Lift, Lower, Resource
from generators.graphs_bodies import LOGGING, Want
from generators.graphs_core import (
    Call,
    Code,
    Const,
    CoreExport,
    CoreFunc,
    CoreImport,
    Function,
    Param,
    Result,
    Step,
)
from generators.graphs_facts import (
    DEALT,
    SAME,
    SELF,
    Closed,
    CoreFn,
    CoreModule,
    Effects,
    Fn,
    Generative,
    Shop,
    dealing,
    lifted_type,
)
from generators.graphs_guests import guest
from generators.graphs_roles import (
    DROPPED,
    calling,
    core_function,
    memory,
)
from generators.graphs_scope import Item, Scope
from generators.valtypes import BorrowOf, OwnOf

ONE = CoreFunc(("i32",), ("i32",))

DEALS = 4
"""What a call of a shop's function costs."""


def shop(scope: Scope) -> Item:
    """A component that is a shop, and an instance of it."""
    shared = scope.shared
    inner = Scope(shared, scope, deals=True)
    destructor = None
    if not shared.seldom(3):
        item = core_function(inner, DROPPED, kinds=("own", "host"))
        destructor = inner.use(item)
    made = inner.add("resource", Generative(), lambda n: Resource(n, destructor))
    defined = inner.use(made)
    new = inner.add("core func", CoreFn(ONE, "built-in", Effects(leaves=True), gives="handle"),
                    lambda n: BuiltIn(n, "resource.new", defined))
    constructor = new if shared.seldom(2) else calling(inner, new)
    got = guest(inner, [Want(ONE)])[0]
    exported = inner.number()
    inner.body.append(Export(exported, "r", "type", defined))
    options = inner.use(memory(inner)) if shared.seldom(4) else None
    for name, s, callee in zip(DEALT, dealing(OwnOf(exported), BorrowOf(exported)), (constructor, got, got),
                               strict=True):
        number, function = inner.number(), inner.use(callee)
        inner.body.append(Lift(number, s, function, options))
        inner.body.append(Export(inner.number(), name, "func", number))
    component, _ = inner.closed()
    item = instance(scope, component)
    if shared.seldom(4):
        instance(scope, component)
    return item


def instance(scope: Scope, component: Item) -> Item:
    """A shop."""
    assert isinstance(component.facts, Closed)
    args = scope.arguments(component.facts)
    assert args is not None, "the component has been made for what is here"
    made = scope.instance(component, args)
    assert made.id is not None
    enters = frozenset({made.id}).union(*(a.facts.effects.enters for a in args if isinstance(a.facts, Fn)))
    made.sort, made.facts = "shop", Shop(Effects(DEALS, enters=enters))
    return made


def client(scope: Scope) -> None:
    """A component that uses a shop, one or two components away from it."""
    shared = scope.shared
    found = scope.some("shop")
    item = shared.pick(found[::-1]) if found and not shared.seldom(3) else shop(scope)
    inner = Scope(shared, scope)
    given = inner.imported("instance", item.facts, item, shared.pick(("shop", "fuzz:graphs/shop@1.0.0")))
    if shared.seldom(4):
        client(inner)
        function = next(i for i in reversed(inner.items) if i.sort == "func")
    else:
        function = using(inner, given)
    inner.export(function, "use")
    component, _ = inner.closed()
    scope.instance(component, inner.args)


def using(scope: Scope, given: Item) -> Item:
    """A function that makes a resource, looks at it, and drops or leaks it."""
    shared = scope.shared
    number = scope.use(given)
    type = scope.number()
    scope.body.append(Alias(type, "type", number, "r"))
    core: dict[str, Item] = {}
    assert isinstance(given.facts, Shop)
    for letter, name, s in zip("nms", DEALT, dealing(OwnOf(type), BorrowOf(type)), strict=True):
        function = scope.number()
        scope.body.append(Alias(function, "func", number, name))
        facts = CoreFn(lifted_type(s), "adapter", Effects(given.facts.effects.cost, leaves=True),
                       wants=("handle",) if letter == "m" else (), gives="handle" if letter == "n" else "")
        core[letter] = scope.add("core func", facts, lambda n, f=function: Lower(n, f))  # type: ignore[misc]
    core["d"] = scope.add("core func", CoreFn(DROPPED, "built-in", Effects(leaves=True), wants=("handle",)),
                          lambda n: BuiltIn(n, "resource.drop", type))
    steps: list[Step] = [Call("n", (Param(0),)), Call("m", (Result(0),))]
    if not shared.seldom(3):
        steps.append(Call("d", (Result(0),)))
    steps.append(Call("s", (Const(shared.pick((5, 6))),)))
    use = Function("use", next(shared.functions), ONE, tuple(steps), Result(1))
    imports = [LOGGING, *(CoreImport(letter, "p", letter, i.facts.type) for letter, i in core.items()
                          if isinstance(i.facts, CoreFn))]
    code = Code(tuple(imports), functions=(use,), exports=(CoreExport("use", "func", "use"),))
    made = scope.core_instance(scope.module(CoreModule(code, {}, once=True)), {"p": scope.parts(core)})
    callee = scope.use(next(i for i in scope.items if i.instance is made))
    effects = Effects(20, enters=frozenset({SELF}))
    return scope.add("func", Fn(SAME, effects), lambda n: Lift(n, SAME, callee))
