"""Tables that are filled in later: functions that call through them (shims), and what fills them in (fixups)."""

from __future__ import annotations

from generators.graphs_bodies import BLOCK, LOGGING, Want
from generators.graphs_core import (
    Code,
    Const,
    CoreExport,
    CoreFunc,
    CoreImport,
    Element,
    Function,
    Indirect,
    Param,
    Result,
    Table,
)
from generators.graphs_facts import (
    Cells,
    CoreFn,
    CoreModule,
    Effects,
)
from generators.graphs_guests import guest
from generators.graphs_roles import (
    core_function,
)
from generators.graphs_scope import Item, Scope


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
            item = core_function(scope, t, wanted=fair)
        if not (isinstance(item.facts, CoreFn) and fair(item.facts)):
            item = guest(scope, [Want(t, pure=True)])[0]
        chosen[f"e{n}"] = item
        imports.append(CoreImport(f"e{n}", "p", f"e{n}", t))
    elements = (Element("t", 0, tuple(f"e{n}" for n in range(len(types)))),)
    module = scope.module(CoreModule(Code(tuple(imports), elements=elements), {}, once=True))
    scope.core_instance(module, {"p": scope.parts(chosen)})
    scope.tables.discard(marker)
