"""What follows from what in component graphs: what lifts, lowers, core instances and instances may come to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from generators.blueprint import Signature
from generators.graphs_core import Call, Fail, Indirect, Table, Throw
from generators.graphs_facts import (
    NOBODY,
    SELF,
    Cells,
    CoreFacts,
    CoreFn,
    CoreModule,
    Effects,
    Exports,
    Facts,
    Fn,
    Made,
    Named,
    Plain,
    Shop,
    gives,
    lowered_type,
    module_type,
    wants,
)
from generators.layout import spills_result
from generators.valtypes import has_pointers


def evaluated(module: CoreModule, given: Mapping[tuple[str, str], CoreFacts]) -> dict[str, CoreFacts]:
    """What an instance exports. Puts functions into tables, also those that it is given."""
    code = module.code
    found: dict[str, CoreFacts] = {i.name: given[i.instance, i.field] for i in code.imports if i.name != "log"}
    for name, t in code.own:
        found[name] = Cells(t.size) if isinstance(t, Table) else Plain(t)
    waiting = {f: (e.table, e.offset + n) for e in code.elements for n, f in enumerate(e.functions)}

    def known(name: str, facts: CoreFn) -> None:
        found[name] = facts
        if name in waiting:
            table, slot = waiting[name]
            cells = found[table]
            assert isinstance(cells, Cells)
            cells.slots[slot] = facts

    for i in code.imports:
        if isinstance(facts := found.get(i.name), CoreFn):
            known(i.name, facts)
    for f in code.functions:
        effects, throws, late = Effects(), False, False
        for s in f.steps:
            callee: CoreFacts | None = None
            match s:
                case Call(callee=name):
                    callee = found[name]
                case Indirect(table=table, slot=slot):
                    cells = found[table]
                    callee = cells.slots.get(slot) if isinstance(cells, Cells) else None
                    effects = effects if callee is not None else replace(effects, traps=True)
                case Fail():
                    effects = replace(effects, traps=True)
                case Throw(caught=False):
                    throws = True
            if isinstance(callee, CoreFn):
                effects = effects.then(callee.effects)
                throws = throws or (callee.throws and not (isinstance(s, Call) and s.caught))
        made = module.made.get(f.name, Made())
        known(f.name, CoreFn(f.type, "own", effects, made.wants, made.gives, late, throws, made.signature))
    return {e.name: found[e.item] for e in code.exports}


def lifted(s: Signature, callee: CoreFn, realloc: CoreFn | None, post_return: CoreFn | None) -> Fn:
    effects = callee.effects
    ill = callee.throws or gives(s.result) not in ("", callee.gives)
    for supplied, wanted in zip(wants(s), callee.wants, strict=False):
        ill = ill or (wanted != supplied and wanted != "" and not wanted.startswith("handle"))
    if realloc is not None and any(map(has_pointers, s.params)):
        effects = effects.then(realloc.effects)
        ill = ill or realloc.effects.leaves or realloc.gives != "block" or realloc.throws
    if post_return is not None:
        effects = effects.then(post_return.effects)
        ill = ill or post_return.effects.leaves or post_return.throws
    if ill:
        effects = replace(effects, traps=True)
    late = any(f is not None and f.late for f in (callee, realloc, post_return))
    effects = replace(effects, enters=effects.enters | {SELF}, leaves=False)
    return Fn(s, effects, late=late, handles=any(w.startswith("handle") for w in callee.wants))


def lowered(f: Fn, realloc: CoreFn | None, memory: Plain | None) -> CoreFn:
    effects = replace(f.effects, cost=f.effects.cost + 1, leaves=True)
    if realloc is not None and f.signature.result is not None and has_pointers(f.signature.result):
        effects = effects.then(realloc.effects)
        if realloc.effects.leaves or realloc.gives != "block" or realloc.throws:
            effects = replace(effects, traps=True)
    wanted = wants(f.signature)
    if f.handles:
        wanted = ("handle", *wanted[1:])
    result = gives(f.signature.result) if not spills_result(f.signature) else ""
    return CoreFn(lowered_type(f.signature), "host" if f.host else "adapter", effects, wanted, result,
                  late=f.host and memory is not None, memory=memory)


def inside(t: Facts, pending: bool) -> Facts:
    """*t* as the component to which it is given sees it."""
    match t:
        case Fn() | Shop():
            return replace(t, effects=replace(t.effects, enters=NOBODY, pending=pending or t.effects.pending))
        case Exports(exports):
            return Exports({n: (s, inside(f, pending)) for n, (s, f) in exports.items()})
    return t


def outside(t: Facts, enters: frozenset[int]) -> Facts:
    """*t*, exported by an instance, as the component that made the instance sees it."""
    match t:
        case Fn() | Shop():
            return replace(t, effects=replace(t.effects, enters=enters))
        case Exports(exports):
            return Exports({n: (s, outside(f, enters)) for n, (s, f) in exports.items()})
    return t


def entered(t: Facts) -> frozenset[int]:
    """What calling any part of *t* enters."""
    match t:
        case Fn(effects=effects) | Shop(effects=effects):
            return effects.enters
        case Exports(exports):
            return frozenset[int]().union(*(entered(f) for _, f in exports.values()))
    return NOBODY


def fits(have: Facts, want: Facts, pending: bool) -> bool:
    """Whether *have* can stand where *want* stood when the component was made. *pending*: of *have*."""
    match have, want:
        case Fn(), Fn():
            e, w = have.effects, want.effects
            return (
                have.signature == want.signature and e.cost <= w.cost and e.traps <= w.traps
                and (pending or e.pending) <= w.pending and have.late <= want.late and have.handles <= want.handles
                and have.host == want.host
            )
        case CoreModule(), CoreModule():
            return have is want or (have.simple and want.simple and module_type(have) == module_type(want)
                                    and have.made == want.made)
        case Exports(exports=more), Exports(exports=less):
            return all(n in more and fits(more[n][1], f, pending) for n, (_, f) in less.items())
        case Named(), Named():
            return have == want
        case Shop(), Shop():
            return have.effects.pending <= want.effects.pending
    return have is want
