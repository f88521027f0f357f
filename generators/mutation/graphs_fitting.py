"""Whether the parts of a component graph fit together: core code, options, and what is given for imports."""

from __future__ import annotations

from generators.graphs import (
    ComponentType,
    ExternType,
    InstanceType,
    Lift,
    Lower,
    ModuleType,
)
from generators.graphs_core import (
    Call,
    Code,
    CoreFunc,
    CoreType,
    Count,
    Global,
    Grow,
    Indirect,
    Load,
    Memory,
    Move,
    Read,
    Step,
    Store,
    Table,
    Tag,
    Throw,
)
from generators.graphs_facts import (
    CoreFn,
    Facts,
    Fn,
    Generative,
    Shop,
    extern_type,
    lifted_type,
)
from generators.layout import lower_needs_realloc, needs_memory, takes_pointers

_BLOCK = CoreFunc(("i32", "i32", "i32", "i32"), ("i32",))


class UnfitError(ValueError):
    """The case is not valid, or engines are known to die of it; its text says why."""


def require(holds: bool, otherwise: str) -> None:
    if not holds:
        raise UnfitError(otherwise)


# -- core code


def check_code(code: Code) -> None:
    """Names are there, of the right sorts; functions call what comes before them."""
    known: dict[str, CoreType] = {}
    for name, t in [*((i.name, i.type) for i in code.imports), *code.own]:
        require(name not in known, f"{name} twice")
        known[name] = t
    for f in code.functions:
        for s in f.steps:
            _check_step(s, known)
        if f.tail:
            last = f.steps[-1] if f.steps else None
            require(isinstance(last, Call) and known[last.callee] == f.type and not last.caught, "no tail call")
        require(f.name not in known, f"{f.name} twice")
        known[f.name] = f.type
    require(not code.start or known.get(code.start) == CoreFunc(), "a start function of another type")
    for e in code.elements:
        table = known.get(e.table)
        require(isinstance(table, Table) and e.offset + len(e.functions) <= table.size, "an element without its table")
        require(all(isinstance(known.get(f), CoreFunc) for f in e.functions), "an element that is no function")
    exported = [e.name for e in code.exports]
    require(len(set(exported)) == len(exported), "an export twice")
    for export in code.exports:
        there = known.get(export.item)
        require(there is not None and _sort(there) == export.sort, f"an export of {export.item}")


def _sort(t: CoreType) -> str:
    return "func" if isinstance(t, CoreFunc) else t.__class__.__name__.lower()


def _check_step(s: Step, known: dict[str, CoreType]) -> None:
    def named(name: str, *sorts: type) -> None:
        require(isinstance(known.get(name), sorts), f"a step about {name}")

    match s:
        case Call(callee=callee, caught=caught):
            named(callee, CoreFunc)
            if caught:
                named(caught, Tag)
        case Indirect(table=name):
            named(name, Table)
        case Count(cell=name):
            named(name, Global)
        case Throw(tag=name):
            named(name, Tag)
        case Store(memory=name) | Load(memory=name) | Grow(memory=name) | Read(memory=name):
            named(name, Memory)
        case Move(to=to, source=source):
            named(to, Memory)
            if source:
                named(source, Memory)


# -- options


def check_options(
    d: Lift | Lower, f: Fn, realloc: CoreFn | None, callee: CoreFn | None, post: CoreFn | None = None
) -> None:
    """Of a lift of *callee*, or a lower of *f*. CanonicalABI.md, canonopt Validation. What wasmtime 50 aborts for (the
    findings named abort and crash) does not fit."""
    s = f.signature
    require(d.memory is not None or not needs_memory(s), "no memory")
    require(d.realloc is None or d.memory is not None, "a realloc without memory")
    require(realloc is None or realloc.type == _BLOCK, "a realloc of another type")
    for used in (callee, realloc, post):
        require(used is None or not used.late, "a lower of a host import with a memory as part of an adapter")
    if isinstance(d, Lower):
        require(realloc is not None or not lower_needs_realloc(s), "no realloc")
        require(not f.late, "a function that is there too late")
        return
    require(realloc is not None or not takes_pointers(s), "no realloc")
    require(callee is not None and callee.type == lifted_type(s), "a callee of another type")
    require(post is None or post.type == CoreFunc(lifted_type(s).results), "a post-return of another type")


# -- imports


def conforms(have: Facts, want: Facts) -> bool:
    """Whether what is *have* may be given for an import that is *want* inside."""
    if isinstance(want, Shop) or isinstance(have, Shop):
        return isinstance(want, Shop) and isinstance(have, Shop)
    if isinstance(want, Generative) or isinstance(have, Generative):
        return False
    return subtype(extern_type(have), extern_type(want))


def subtype(a: ExternType, b: ExternType) -> bool:
    """Explainer.md, Type Definitions: more exports, fewer imports."""
    if a == b:
        return True
    match a, b:
        case InstanceType(exports=more), InstanceType(exports=less):
            there = dict(more)
            return all(n in there and subtype(there[n], t) for n, t in less)
        case ComponentType(imports=needed, exports=more), ComponentType(imports=given, exports=less):
            has, there = dict(given), dict(more)
            return (all(n in has and subtype(has[n], t) for n, t in needed)
                    and all(n in there and subtype(there[n], t) for n, t in less) and set(b.logs) <= set(a.logs))
        case ModuleType(imports=needed, exports=more), ModuleType(imports=given, exports=less):
            has_core = {(i, f): t for i, f, t in given}
            there_core = dict(more)
            return (all(has_core.get((i, f)) == t for i, f, t in needed)
                    and all(there_core.get(n) == t for n, t in less))
    return False
