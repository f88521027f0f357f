"""Changes of core modules in component graphs as wholes: starts, what they have and export, elements, logs."""

from __future__ import annotations

from random import Random

from msgspec.structs import replace

from generators.graphs import GraphBlueprint, Module, walk
from generators.graphs_core import (
    Code,
    CoreExport,
    CoreFunc,
    Element,
    Global,
    Memory,
    Table,
    Tag,
)
from generators.graphs_repair import repaired_code
from generators.mutation.graphs_places import GraphChange, with_definition


def other_start(b: GraphBlueprint, random: Random) -> GraphChange:
    """A function without parameters and results is the start function, or none is."""
    modules = [d for d in walk(b.body) if isinstance(d, Module)]
    able = [(d, name) for d in modules for name in ("", *(f.name for f in d.code.functions if f.type == CoreFunc()))
            if name != d.code.start]
    if not able:
        return None
    d, name = random.choice(able)
    changed = with_definition(b, d, replace(d, code=replace(d.code, start=name)))
    return changed, f"module {d.id} starts with {name or 'nothing'}"


def other_parts(b: GraphBlueprint, random: Random) -> GraphChange:
    """A memory, global, tag or table more, exported as well; an element or export more or less; no log."""
    modules = [d for d in walk(b.body) if isinstance(d, Module)]
    if not modules:
        return None
    d = random.choice(modules)
    code = d.code
    ways = [_more_own, _fewer_exports, _more_elements, _fewer_elements, _other_log]
    made = random.choice(ways)(code, random)
    if made is None:
        return None
    new, what = made
    return with_definition(b, d, replace(d, code=new)), f"module {d.id} {what}"


def _more_own(code: Code, random: Random) -> tuple[Code, str] | None:
    t = random.choice((Memory(), Global("i32"), Global("i64"), Tag(), Table(4)))
    taken = set(code.types()) | {e.name for e in code.exports}
    name = next(n for k in range(len(taken) + 1) if (n := f"w{k}") not in taken)
    sort = type(t).__name__.lower()
    export = CoreExport(name, sort, name)  # type: ignore[arg-type]
    return replace(code, own=(*code.own, (name, t)), exports=(*code.exports, export)), f"has a {sort} more, {name}"


def _fewer_exports(code: Code, random: Random) -> tuple[Code, str] | None:
    if not code.exports:
        return None
    gone = random.choice(code.exports)
    return replace(code, exports=tuple(e for e in code.exports if e != gone)), f"does not export {gone.name}"


def _more_elements(code: Code, random: Random) -> tuple[Code, str] | None:
    """In a table of its own, which none of its functions before the one in question calls through."""
    tables = [(name, t.size) for name, t in code.own if isinstance(t, Table)]
    imported = [i.name for i in code.imports if isinstance(i.type, CoreFunc) and i.name != "log"]
    if not tables or not imported:
        return None
    name, size = random.choice(tables)
    element = Element(name, random.randrange(size), (random.choice(imported),))
    return replace(code, elements=(*code.elements, element)), f"puts {element.functions[0]} into {name}"


def _fewer_elements(code: Code, random: Random) -> tuple[Code, str] | None:
    if not code.elements:
        return None
    n = random.randrange(len(code.elements))
    return replace(code, elements=code.elements[:n] + code.elements[n + 1 :]), f"is without element {n}"


def _other_log(code: Code, random: Random) -> tuple[Code, str] | None:
    if any(i.name == "log" for i in code.imports):
        quiet = replace(code, imports=tuple(i for i in code.imports if i.name != "log"))
        return repaired_code(quiet), "does not log"
    return None
