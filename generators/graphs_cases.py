"""A strategy for cases about component graphs: scopes grow one definition, and what it needs, at a time."""

from __future__ import annotations

from hypothesis import strategies as st

from fact.model.types import Prim
from generators.axes import EVERYTHING, Axes
from generators.blueprint import Signature
from generators.drawing import seldom
from generators.graphs import (
    Bound,
    Code,
    CoreExport,
    CoreFunc,
    CoreImport,
    Element,
    FuncType,
    Function,
    GraphBlueprint,
    HostCall,
    Indirect,
    Outer,
    Param,
    Sort,
    Table,
    TypeDefinition,
)
from generators.graphs_facts import (
    Cells,
    Closed,
    CoreFn,
    CoreModule,
    Effects,
    Exports,
    Facts,
    Fn,
    Named,
)
from generators.graphs_guests import BLOCK, LOGGING, Want, guest
from generators.graphs_roles import (
    BYTES,
    EITHER,
    PAIR,
    SIGNATURES,
    built_in,
    core_function,
    host_import,
    lift,
    lower,
    resource,
)
from generators.graphs_shops import client
from generators.graphs_scope import COST_LIMIT, Item, Scope, Shared
from generators.valtypes import Image, ListOf, ResultOf, TupleOf, Type

STEPS = (
    "lift", "lower", "guest", "child", "child", "child", "again", "bundle", "resource", "parts", "shim", "host",
    "core again", "built-in", "client", "type",
)
"""What a scope grows by: an axis each, and two more within the root."""

DEPTH = 3
"""Components within the root, at most."""

MOST_CALLS = 5


@st.composite
def graph_blueprints(
    draw: st.DrawFn, axes: Axes = EVERYTHING, aborts: bool = False, reentrance: bool = True,
) -> GraphBlueprint:
    """*aborts*: also what wasmtime 50 is known to die of: an adapter as a destructor that nothing imported before."""
    risky = axes.on("graph step", "risk") and seldom(draw, 4)
    reentrant = reentrance and axes.on("graph step", "reentrance") and seldom(draw, 16)
    shared = Shared(draw, axes, risky, reentrant, aborts, budget=shared_budget(draw))
    root = Scope(shared)
    grow(root)
    finish(root)
    return GraphBlueprint(tuple(root.body), tuple(calls(root)), tuple(shared.host))


def shared_budget(draw: st.DrawFn) -> int:
    return 4 + 2 * sum(seldom(draw, 2) for _ in range(4))


# -- growing


def grow(scope: Scope) -> None:
    shared = scope.shared
    least = 2 if scope.depth else 3
    done = 0
    while (done < least or (shared.budget > 0 and not shared.seldom(3))) and done < 12:
        step(scope)
        done += 1
        shared.budget -= 1
    for item in scope.some("core table"):
        fix_up(scope, item)


def step(scope: Scope) -> None:
    shared = scope.shared
    inside = ("import", "import", "outer", "outer") if scope.parent is not None else ()
    match shared.among("graph step", (*STEPS, *inside)):
        case "lift":
            lift(scope, shared.pick(SIGNATURES))
        case "lower":
            found = scope.some("func", lambda f: isinstance(f, Fn) and scope.callable(f) and not f.late)
            if found:
                lower(scope, shared.pick(found[::-1]))
        case "guest":
            guest(scope, [Want(shared.pick((CoreFunc(("i32",), ("i32",)), CoreFunc(), BLOCK)))])
        case "child":
            if scope.depth < DEPTH and shared.budget > 0:
                child(scope)
        case "again":
            again(scope)
        case "bundle":
            if items := exportable(scope):
                chosen = {f"b{n}": shared.pick(items) for n in range(shared.pick((2, 1, 3)))}
                scope.bundle(chosen)
        case "parts":
            items = [i for i in scope.items if i.core]
            if items:
                scope.parts({f"p{n}": shared.pick(items[-8:]) for n in range(shared.pick((2, 1, 4)))})
        case "shim":
            shim(scope)
        case "import":
            if scope.parent is not None:
                import_(scope)
        case "outer":
            outer(scope)
        case "host":
            lower(scope, host_import(scope, shared.pick(SIGNATURES)))
        case "core again":
            core_again(scope)
        case "built-in":
            t = shared.pick((CoreFunc(("i32",), ("i32",)), CoreFunc(("i32",)), CoreFunc((), ("i32",))))
            built_in(scope, t)
        case "client":
            client(scope)
        case "type":
            named_type(scope)
        case "resource":
            resource(scope)
            if not shared.seldom(3):
                guest(scope, [Want(CoreFunc(("i32",), ("i32",)))])
        case kind:
            raise AssertionError(f"no such step: {kind}")


def named_type(scope: Scope) -> None:
    """A name for a type of values or functions, and now and then another for the same."""
    shared = scope.shared
    if shared.seldom(2):
        t = shared.pick((Prim.U32, Prim.STRING, BYTES, PAIR, EITHER))
        item = scope.add("type", Named(t), lambda n: TypeDefinition(n, Bound(t)))
        if shared.seldom(2):
            scope.export(item, f"t{len(scope.exports)}")
    else:
        signature = shared.pick(SIGNATURES)
        scope.add("function type", Named(signature), lambda n: TypeDefinition(n, FuncType(signature)))
        if shared.seldom(2):
            lift(scope, signature)


def exportable(scope: Scope) -> list[Item]:
    """What an instance or component may be given or export."""
    return [i for i in scope.items if i.sort in ("func", "instance", "component", "core module", "type")
            and (i.sort != "func" or fair_cost(i.facts)) and in_instances(scope, i)]


def in_instances(scope: Scope, item: Item) -> bool:
    """Whether an instance may export it: wasmtime 50 aborts where a component with resource types is instantiated that
    an instance exports."""
    return scope.shared.aborts or not (isinstance(item.facts, Closed) and item.facts.resources)


def fair_cost(f: Facts) -> bool:
    return isinstance(f, Fn) and f.effects.cost <= COST_LIMIT


def child(scope: Scope) -> None:
    """A component inside, and mostly an instance of it."""
    inner = Scope(scope.shared, scope)
    shared = scope.shared
    for _ in range(shared.pick((1, 0, 2, 3))):
        import_(inner)
    grow(inner)
    finish(inner)
    component, _ = inner.closed()
    if not shared.seldom(6):
        scope.instance(component, inner.args)
    if shared.seldom(4):
        instantiate(scope, component)


def import_(scope: Scope) -> None:
    """Something of the parent's."""
    assert scope.parent is not None
    found = exportable(scope.parent)
    found += scope.parent.some("component", lambda f: isinstance(f, Closed) and f.resources)
    if not found:
        return
    shared = scope.shared
    sort = shared.pick(tuple(dict.fromkeys(i.sort for i in found)))
    arg = shared.pick([i for i in found if i.sort == sort][::-1][:4])
    item = scope.imported(sort, arg.facts, arg, name(scope, sort, len(scope.imports)))  # type: ignore[arg-type]
    if isinstance(item.facts, Closed) and shared.seldom(2):
        instantiate(scope, item)


def name(scope: Scope, sort: str, number: int) -> str:
    """Of an import or export."""
    letter = {"core module": "m", "component": "c", "instance": "i", "type": "t"}.get(sort, "f")
    if sort == "instance":
        match scope.shared.among("graph name", ("plain", "interface", "version")):
            case "interface":
                return f"fuzz:graphs/face{number}"
            case "version":
                return f"fuzz:graphs/face@1.{number}.0"
    return f"{letter}{number}"


def instantiate(scope: Scope, component: Item) -> None:
    assert isinstance(component.facts, Closed)
    args = scope.arguments(component.facts)
    if args is not None:
        scope.instance(component, args)


def again(scope: Scope) -> None:
    if found := scope.some("component"):
        instantiate(scope, scope.shared.pick(found[::-1]))


def outer(scope: Scope) -> None:
    """A core module or component of an enclosing component, one or more levels out."""
    shared = scope.shared
    enclosing: list[Scope] = []
    at = scope.parent
    while at is not None:
        enclosing.append(at)
        at = at.parent
    found = [i for s in enclosing for i in s.items
             if i.sort in ("core module", "component", "type", "function type") and i.id is not None and not getattr(i.facts, "once", False)]
    if not found:
        return
    of = shared.pick(found[::-1])
    number = of.id
    assert number is not None
    sort: Sort = "type" if of.sort == "function type" else of.sort  # type: ignore[assignment]
    item = scope.add(of.sort, of.facts, lambda n: Outer(n, sort, number))
    match item.facts:
        case Closed():
            instantiate(scope, item)
        case CoreModule():
            core_instance(scope, item)
        case Named(type=Signature() as signature):
            lift(scope, signature)


def core_again(scope: Scope) -> None:
    """Another instance of a core module, with whatever fits."""
    found = scope.some("core module", lambda f: isinstance(f, CoreModule) and not f.once)
    if found:
        core_instance(scope, scope.shared.pick(found[::-1]))


def core_instance(scope: Scope, module: Item) -> None:
    facts = module.facts
    assert isinstance(facts, CoreModule)
    groups: dict[str, dict[str, Item]] = {}
    for i in facts.code.imports:
        if i.name == "log":
            continue
        options = [
            item for item in scope.items if item.core and core_fits(scope, item, i)
        ]
        if not options:
            return
        groups.setdefault(i.instance, {})[i.field] = scope.shared.pick(options[::-1][:4])
    scope.core_instance(module, {n: scope.parts(chosen) for n, chosen in groups.items()})


def core_fits(scope: Scope, item: Item, wanted: CoreImport) -> bool:
    match item.facts:
        case CoreFn() as f:
            return f.type == wanted.type and scope.callable(f, now=True) and not any(f.wants) and not f.throws
        case Cells(size=size):
            return wanted.type == Table(size)
        case other:
            return getattr(other, "type", None) == wanted.type


# -- tables that are filled in later


def shim(scope: Scope) -> None:
    """Functions that call what a table will hold."""
    shared = scope.shared
    types = [shared.pick((CoreFunc(("i32",), ("i32",)), CoreFunc(), BLOCK, CoreFunc(("i32",))))
             for _ in range(shared.pick((1, 2)))]
    marker = -10 - scope.number()
    size = len(types)
    functions = tuple(
        Function(f"s{n}", next(shared.functions), t,
                 (Indirect("t", n, t, tuple(Param(p) for p in range(len(t.params)))),), _first(t))
        for n, t in enumerate(types)
    )
    exports = (CoreExport("t", "table", "t"), *(CoreExport(f.name, "func", f.name) for f in functions))
    module = scope.module(CoreModule(Code((LOGGING,), (("t", Table(size)),), functions, (), exports), {}, once=True))
    instance = scope.core_instance(module, {})
    scope.tables.add(marker)
    later = Effects(8, leaves=True, enters=frozenset({marker}))
    for item in [i for i in scope.items if i.instance is instance]:
        match item.facts:
            case Cells() as cells:
                cells.slots.update({n: CoreFn(t, "own", later) for n, t in enumerate(types)})
                item.name = "t"
                scope.shims[item] = (marker, types)
            case CoreFn(type=t):
                item.facts = CoreFn(t, "own", Effects(9, leaves=True, enters=frozenset({marker})))


def _first(t: CoreFunc):  # type: ignore[no-untyped-def]
    from generators.graphs import Const, Result
    return Result(0) if t.results else Const(0)


def fix_up(scope: Scope, table: Item) -> None:
    """Fills in a shim's table, with functions that do not call through it."""
    if table not in scope.shims:
        return
    marker, types = scope.shims.pop(table)
    shared = scope.shared
    imports = [CoreImport("t", "p", "t", Table(len(types)))]
    chosen = {"t": table}
    for n, t in enumerate(types):
        def fair(f: CoreFn) -> bool:
            return (marker not in f.effects.enters and f.effects.cost <= 8 and not f.effects.traps and not f.throws
                    and not any(f.wants))

        found = [i for i in scope.some("core func") if isinstance(i.facts, CoreFn) and i.facts.type == t
                 and fair(i.facts) and scope.callable(i.facts)]
        item = shared.pick(found[::-1][:4]) if found and not shared.seldom(3) else None
        if item is None:
            item = core_function(scope, t, "element", wanted=fair)
        if not (isinstance(item.facts, CoreFn) and fair(item.facts)):
            item = guest(scope, [Want(t, pure=True)])[0]
        chosen[f"e{n}"] = item
        imports.append(CoreImport(f"e{n}", "p", f"e{n}", t))
    elements = (Element("t", 0, tuple(f"e{n}" for n in range(len(types)))),)
    module = scope.module(CoreModule(Code(tuple(imports), elements=elements), {}, once=True))
    scope.core_instance(module, {"p": scope.parts(chosen)})
    scope.tables.discard(marker)


# -- the end of a scope


def finish(scope: Scope) -> None:
    """Exports."""
    shared = scope.shared
    root = scope.parent is None
    found = [i for i in scope.items if i.sort == "func" and not (root and host_inside(i.facts))]
    if not [i for i in found if fair_cost(i.facts)]:
        found.append(lift(scope, shared.pick(SIGNATURES[:5])))
    most = found[::-1][:6]
    chosen = [most[0], *(i for i in most[1:] if not shared.seldom(3 if root else 2))]
    if not scope.exports or root:
        for item in chosen:
            scope.export(item, name(scope, item.sort, len(scope.exports)))
    for sort in ("instance", "core module", "component", "type"):
        items = [i for i in scope.some(sort) if in_instances(scope, i) and not (root and (sort == "component" or host_inside(i.facts)))]
        if items and shared.seldom(4):
            item = shared.pick(items[::-1])
            scope.export(item, name(scope, sort, len(scope.exports)))


def host_inside(t: Facts) -> bool:
    """Whether wasmtime could not export it from a root: what the host provides, and components."""
    match t:
        case Fn(host=host):
            return host
        case Exports(exports=exports):
            return any(host_inside(f) for _, f in exports.values())
        case Closed():
            return True
    return False


# -- calls


def calls(root: Scope) -> list[HostCall]:
    shared = root.shared
    found = list(paths(root.exports))
    fair = [(p, f) for p, f in found if shared.risky or not (f.effects.traps or f.handles)]
    if not fair:
        fair = found
    made = []
    for n in range(min(MOST_CALLS, max(2, len(fair)))):
        path, f = fair[n % len(fair)] if n < len(fair) else shared.pick(fair)
        args = tuple(argument(root, t) for t in f.signature.params)
        made.append(HostCall(path, f.signature, args))
    return made


def paths(exports, prefix: str = ""):  # type: ignore[no-untyped-def]
    for n, (_, f) in exports.items():
        if isinstance(f, Fn):
            yield prefix + n, f
        elif isinstance(f, Exports):
            yield from paths(f.exports, f"{prefix}{n}#")


def argument(scope: Scope, t: Type) -> Image:
    """An image of a value."""
    pick = scope.shared.pick
    match t:
        case Prim.STRING:
            return pick(("", "a", "né", "日本", "😀 and more of it"))
        case Prim.CHAR:
            return pick((0x61, 0xE9, 0x1F600))
        case Prim.F64:
            return pick((0, 0x3FF0_0000_0000_0000, 0xC004_0000_0000_0000))
        case ListOf():
            return pick(((), (1,), (1, 2, 3, 255)))
        case TupleOf():
            return (pick((0, 7)), pick((1, 1 << 63)))
        case ResultOf(ok=None):
            return (pick((0, 1)), 0)
        case ResultOf():
            return (pick((0, 1)), 5)
        case Prim.U64:
            return pick((0, 1, (1 << 64) - 1))
    return pick((1, 0, 2, 0xFFFF_FFFF))


