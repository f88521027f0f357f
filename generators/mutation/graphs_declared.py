"""What is known of parts of component graphs by their types or code alone."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence

from msgspec.structs import replace

from generators.graphs import (
    AnyResource,
    Bound,
    ComponentType,
    CoreAlias,
    CoreInstance,
    Definition,
    ExternType,
    FuncType,
    GraphBlueprint,
    InstanceType,
    Lift,
    Module,
    ModuleType,
    Outer,
    Sort,
    handle_types,
    walk,
)
from generators.graphs_core import Code, CoreExport, CoreFunc, CoreImport, CoreType, Function, Table
from generators.graphs_facts import (
    SHOP,
    Closed,
    CoreModule,
    Effects,
    Exports,
    Facts,
    Fn,
    Generative,
    Made,
    Named,
    Shop,
    extern_type,
    gives,
    wants,
)
from generators.graphs_shops import DEALS
from generators.layout import needs_memory
from generators.valtypes import BorrowOf, OwnOf, has_pointers

START = "(start)"
"""Under that name a start function is an export as well."""

def facts_of(t: ExternType) -> Facts:
    """What is known of something imported, by its type alone."""
    match t:
        case FuncType(signature):
            return Fn(signature, Effects(4))
        case ModuleType(imports, exports):
            return CoreModule(_code_of(imports, exports), {})
        case InstanceType() if t == SHOP:
            return Shop(Effects(DEALS))
        case InstanceType(exports=exported):
            return Exports({n: sorted_facts(facts_of(e)) for n, e in exported})
        case ComponentType(imports=imported, exports=exported, logs=logs):
            given = tuple((n, *sorted_facts(facts_of(e))) for n, e in imported)
            return Closed(given, {n: sorted_facts(facts_of(e)) for n, e in exported}, logs)
        case Bound(type):
            return Named(type)
        case AnyResource():
            return Generative()


def sort_of_import(facts: Facts) -> str:
    match facts:
        case Fn():
            return "func"
        case CoreModule():
            return "core module"
        case Exports():
            return "instance"
        case Shop():
            return "shop"
        case Closed():
            return "component"
    return "type"


def sorted_facts(facts: Facts) -> tuple[Sort, Facts]:
    sort = sort_of_import(facts)
    return ("instance" if sort == "shop" else sort), facts  # type: ignore[return-value]


def _code_of(
    imports: Sequence[tuple[str, str, CoreType]], exports: Sequence[tuple[str, CoreType]]
) -> Code:
    """Code of that type that does nothing."""
    functions = tuple(Function(n, 0, t) for n, t in exports if isinstance(t, CoreFunc))
    own = tuple((n, t) for n, t in exports if not isinstance(t, CoreFunc))
    sorts = {n: "func" if isinstance(t, CoreFunc) else t.__class__.__name__.lower() for n, t in exports}
    return Code(
        tuple(CoreImport("log" if (i, f) == ("log", "log") else f"{i}-{f}", i, f, t) for i, f, t in imports), own,
        functions, (), tuple(CoreExport(n, sorts[n], n) for n, _ in exports),  # type: ignore[arg-type]
    )


def same_type(facts: Facts, t: ExternType) -> bool:
    if isinstance(facts, Shop):
        return t == SHOP
    return not isinstance(facts, Generative) and extern_type(facts) == t


def sorts(sort: str) -> tuple[str, ...]:
    """Of items that can stand where something of that sort is named."""
    return {"type": ("type", "resource"), "instance": ("instance", "shop")}.get(sort, (sort,))


def has_handles(d: Lift) -> bool:
    return bool(handle_types(d.signature)) or any(
        isinstance(t, OwnOf | BorrowOf) for t in (*d.signature.params, d.signature.result))


def mentions_handles(f: Fn) -> bool:
    return any(isinstance(t, OwnOf | BorrowOf) for t in (*f.signature.params, f.signature.result))


def deals(t: Facts) -> bool:
    return isinstance(t, Closed) and t.resources


def of_host(t: Facts) -> bool:
    match t:
        case Fn(host=host):
            return host
        case Exports(exports=exports):
            return any(of_host(f) for _, f in exports.values())
        case Closed():
            return True
    return False


def with_start(module: CoreModule) -> CoreModule:
    """Its start function is an export as well."""
    code = module.code
    if not code.start:
        return module
    return dataclasses.replace(module, code=replace(code, exports=(
        *code.exports, CoreExport(START, "func", code.start))))


def instantiated_once(code: Code) -> bool:
    """Whether it may not be instantiated again: it fills in a table of somebody else's, or another fills in its own."""
    own = {name for name, t in code.own if isinstance(t, Table)}
    filled = {e.table for e in code.elements}
    return bool(filled - own) or bool(own - filled and {e.item for e in code.exports} & own)


def made_for(b: GraphBlueprint) -> dict[int, dict[str, Made]]:
    """By module, what its functions were made for: as what they are lifted, or that they allocate."""
    found: dict[int, dict[str, Made]] = {}
    definitions = {d.id: d for d in walk(b.body)}
    for d in definitions.values():
        match d:
            case Module(number, code):
                blocks = {f.name: Made(gives="block") for f in code.functions if f.allocates}
                found.setdefault(number, {}).update(blocks)
            case Lift(signature=s, callee=callee):
                match definitions.get(callee):
                    case CoreAlias(instance=i, name=name):
                        match definitions.get(i):
                            case CoreInstance(module=module):
                                module = _aliased(definitions, module)
                                item = _item(definitions.get(module), name)
                                needed = gives(s.result)
                                wanted = wants(s) if any(map(has_pointers, s.params)) else ()
                                made = Made(wanted, needed, s if needed or needs_memory(s) else None)
                                found.setdefault(module, {}).setdefault(item, made)
    return found


def _aliased(definitions: Mapping[int, Definition], number: int) -> int:
    """What an alias of an enclosing component's is of."""
    while isinstance(d := definitions.get(number), Outer):
        number = d.of
    return number


def _item(module: Definition | None, name: str) -> str:
    """What the code calls its export."""
    exports = module.code.exports if isinstance(module, Module) else ()
    return next((e.item for e in exports if e.name == name), name)
