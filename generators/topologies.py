"""Strategies for component topologies: what is instantiated where, and how it is wired.

A *scope* is a definition being drawn: imports and items so far, and what they provide. The root is a scope that grows
one node at a time until there are as many guests as wanted. A node is a child with a guest (a *leaf*), another instance
of a definition already there, a guest of the scope's own, a *composite* (a child that is a scope again), a *virtual*
child (which exports an instance like the one that it imports) or a relift. The chosen topology says which earlier nodes
a node takes its imports from. Since every import is of something earlier, calls only ever go back and end.
"""

from __future__ import annotations

from collections.abc import Sequence

from msgspec.structs import replace

from generators import routes, virtual
from generators.blueprint import Child, Code, Definition, Export, Function, Guest, Import, Ref, Relift, in_text
from generators.bodies import constant, guest, sharing
from generators.drawing import often, pick, seldom, several
from generators.frozen import put
from generators.layout import needs_memory
from generators.passing import callable_in, exports, instance_name, matched, seen, take
from generators.scope import Draft, Growth, Provider, Scope, extended, guest_count, new_scope, paths
from generators.types import signature
from generators.typetext import import_signatures, mentions_nominal
from generators.wiring import host_functions

DEPTH = 3
"""Composites in composites, at most."""

_TOPOLOGIES = ("chain", "star", "diamond", "dag", "chain", "star", "diamond", "dag", "hub", "tower")
"""*hub*: one node that all later ones use; *tower*: composites in composites."""

_SHAPES_OF_MANY = ("chain", "star", "diamond", "dag", "hub", "hub", "tower")
_NODES = (
    *("leaf",) * 8, *("again",) * 3, *("own",) * 3, *("composite",) * 3, *("virtual",) * 2, *("relift",) * 3,
)
_TOWER = ("leaf", "own", "composite", "composite", "composite", "composite")


def grow(g: Growth, least: int, most: int) -> tuple[Definition, ...]:
    """The definitions of a case with *least* to *most* guests, the root last."""
    imports = _host_imports(g)
    scope = new_scope(None, None, imports, host_functions(imports))
    shapes = _TOPOLOGIES if least == 1 else _SHAPES_OF_MANY
    _nodes(g, scope, least, most, pick(g.draw, g.axes.among("topology", shapes)))
    made = exports(g, scope, scope.providers[-1:], at_root=True)
    chosen = [p for p in scope.providers[len(imports):-1] if seldom(g.draw, 2)]
    made += exports(g, scope, chosen, at_root=True, taken=len(made))
    made += [Export(f"code{n}", in_text(code)) for n, code in enumerate(_passed_code(g)) if seldom(g.draw, 12)]
    g.complete(scope, made)
    return g.definitions()


def _passed_code(g: Growth) -> list[Code]:
    """Core modules that are passed on from the text; the root can pass them to the host as well."""
    return [
        Code(d, i) for d, draft in enumerate(g.drafts) for i, item in enumerate(draft.definition.items)
        if isinstance(item, Guest) and item.module is not None
    ]


def _host_imports(g: Growth) -> list[Import]:
    """Functions and instances; among these are several versions of one interface, and instances in instances."""
    made: list[Import] = []

    def one() -> Import:
        name = f"host{len(made)}"
        used = Import(name, signature(g.draw, g.types)) if not seldom(g.draw, 2) else _host_instance(g, name, made)
        made.append(used)
        return used

    return several(g.draw, one, least=0, most=2, more=(1,))


def _host_instance(g: Growth, name: str, others: list[Import]) -> Import:
    members = [(f"f{n}", signature(g.draw, g.types)) for n in range(pick(g.draw, (1, 1, 2)))]
    if g.axes.on("passed as", "nested") and seldom(g.draw, 6):
        members[0] = (f"inner#{members[0][0]}", members[0][1])
    chosen = instance_name(g, "host" if seldom(g.draw, 3) else name)
    is_taken = chosen in ("host", *(used.name for used in others))
    return Import(name if is_taken else chosen, None, tuple(members))


# -- nodes


def _nodes(g: Growth, scope: Scope, least: int, most: int, topology: str) -> int:
    """Adds nodes with *least* to *most* guests to *scope* and returns how many guests they have."""
    outside = tuple(scope.providers)
    nodes: list[Provider] = []
    room = most

    def node() -> int:
        nonlocal room
        suppliers = _suppliers(g, topology, nodes)
        suppliers += [p for p in outside if scope.depth > 0 or often(g.draw, 3)]
        guests = _node(g, scope, suppliers, room, topology)
        nodes.append(scope.providers[-1])
        room -= guests
        return guests

    more = (6, 3, 2, 1) if scope.depth == 0 else (1,)
    return sum(several(g.draw, node, least=least, most=most, more=more, weight=int))


def _suppliers(g: Growth, topology: str, nodes: list[Provider]) -> list[Provider]:
    """What the next node imports from, among the nodes before it in its scope."""
    position = len(nodes)
    match topology:
        case "chain" | "tower":
            return nodes[-1:]
        case "star":
            return [] if seldom(g.draw, 2) else nodes[-3:]
        case "diamond":
            bottom = (position - 1) // 3 * 3
            return nodes[-2:] if position % 3 == 0 else nodes[bottom : bottom + 1]
        case "hub":
            return nodes[:1] + (nodes[-1:] if position > 1 and seldom(g.draw, 3) else [])
        case _:
            first = [pick(g.draw, nodes[::-1])] if nodes else []
            more = [n for n in nodes[-4:] if n not in first and seldom(g.draw, 3)]
            return first + more


def _node(g: Growth, scope: Scope, suppliers: list[Provider], budget: int, topology: str) -> int:
    """Adds one node and returns how many guests it brings."""
    kinds = _TOWER if topology == "tower" and scope.depth < DEPTH else _NODES
    kind = pick(g.draw, g.axes.among("node", kinds))
    if kind == "again" and (reused := _again(g, scope, budget)):
        return reused
    if kind == "own":
        return _own(g, scope, suppliers)
    if kind == "virtual" and _virtual(g, scope, suppliers):
        return 1
    if kind == "relift":
        suppliers = _relift(g, scope, suppliers)
    if kind == "composite" and scope.depth < DEPTH:
        return _composite(g, scope, suppliers, budget, topology)
    return _leaf(g, scope, suppliers)


def _leaf(g: Growth, scope: Scope, suppliers: list[Provider]) -> int:
    imports, args = take(g, scope, suppliers)
    inner = _inside(g, scope, imports, args)
    outside = tuple(inner.providers)
    guests = [_guest(g, inner, outside)]
    g.add(inner, guests[0])
    if seldom(g.draw, 10) and g.axes.on("memory", "shared"):
        guests.append(sharing(g.draw, _guest(g, inner, outside), guests[0], 0))
        g.add(inner, guests[1])
    found = [Ref("item", i, (f"f{n}",)) for i, made in enumerate(guests) for n in range(len(made.functions))]
    _child(g, scope, inner, [Export(f"f{n}", ref) for n, ref in enumerate(found)], args)
    return 1


def _own(g: Growth, scope: Scope, suppliers: list[Provider]) -> int:
    """A guest of the scope itself: a parent that its children call, or that calls them."""
    made = _guest(g, scope, suppliers)
    lenders = [(i, item) for i, item in enumerate(scope.items) if isinstance(item, Guest) and item.memory != "shared"]
    if lenders and seldom(g.draw, 2) and g.axes.on("memory", "shared"):
        item, lender = pick(g.draw, lenders)
        made = sharing(g.draw, made, lender, item)
    g.add(scope, made)
    return 1


def _virtual(g: Growth, scope: Scope, suppliers: list[Provider]) -> bool:
    found = virtual.interface(g, scope, suppliers)
    if found is None:
        return False
    used, arg = found
    inner = _inside(g, scope, [used], [arg])
    made = virtual.fill(g, inner, used, callable_in(inner.providers[0].provided))
    _child(g, scope, inner, made, [arg])
    return True


def _composite(g: Growth, scope: Scope, suppliers: list[Provider], budget: int, topology: str) -> int:
    imports, args = take(g, scope, suppliers)
    inner = _inside(g, scope, imports, args)
    within = topology if topology == "tower" else pick(g.draw, g.axes.among("topology", ("chain", *_TOPOLOGIES[:4])))
    guests = _nodes(g, inner, 1, min(budget, 3), within)
    made = exports(g, inner, inner.providers[-1:], at_root=False)
    others = [p for p in inner.providers[:-1] if seldom(g.draw, 4)]
    made += exports(g, inner, others, at_root=False, taken=len(made))
    inside = [n for n, draft in enumerate(g.drafts) if draft.home is inner]
    if inside and g.axes.on("code from", "library") and seldom(g.draw, 4):
        code = Code(pick(g.draw, inside))
        ref = _child(g, scope, inner, [*made, Export("component", in_text(code))], args)
        scope.codes.append((Ref(ref.source, ref.index, ("component",)), code))
    else:
        _child(g, scope, inner, made, args)
    able = _with_twins(g, scope, budget - guests) if g.axes.on("node", "twin") else ()
    return guests + _twin(g, scope, *pick(g.draw, able)) if able else guests


def _again(g: Growth, scope: Scope, budget: int) -> int:
    """Another instance of a definition in sight, if there is one whose imports can be had here."""
    chain = scope.chain
    known: list[tuple[int, Ref | None]] = [(n, None) for n, draft in enumerate(g.drafts) if draft.home in chain]
    known += [(code.definition, ref) for ref, code in scope.codes if code.item is None]
    found = [
        Child(index, args, given) for index, given in known
        if 0 < guest_count(g.drafts, index) <= budget
        and (args := matched(g, scope, g.drafts[index].definition.imports)) is not None
    ]
    if not found:
        return 0
    child = pick(g.draw, found[::-1])
    if child.given is None and _shares_module(g.drafts[child.definition].definition) and seldom(g.draw, 2):
        g.drafts.append(g.drafts[child.definition])
        child = Child(len(g.drafts) - 1, child.args)
    g.add(scope, child)
    return guest_count(g.drafts, child.definition)


def _shares_module(definition: Definition) -> bool:
    """Whether a second definition like this one would use the same core module."""
    match definition.items:
        case [Guest(levels=levels, module=None)]:
            return levels > 0
    return False


def _relift(g: Growth, scope: Scope, suppliers: list[Provider]) -> list[Provider]:
    """Lifts a lower of one supplier's function, and puts that in the supplier's place."""
    found = [
        (position, extended(p.ref, path), node)
        for position, p in enumerate(suppliers) for path, node in callable_in(p.provided)
        if node.owner is not scope.instance and not needs_memory(node.signature)
    ]
    if not found:
        return suppliers
    position, ref, node = pick(g.draw, found)
    g.add(scope, Relift(ref, node.signature))
    return [*suppliers[:position], scope.providers[-1], *suppliers[position + 1:]]


def _with_twins(g: Growth, scope: Scope, budget: int) -> list[tuple[Child, int]]:
    """Children that import a component of which there can be a twin, and which import that is."""
    return [
        (child, k)
        for child in scope.items if isinstance(child, Child)
        for k, used in enumerate(g.drafts[child.definition].definition.imports)
        if used.code is not None and used.code.item is None and g.drafts[used.code.definition].home in scope.chain
        and _has_twins(g.drafts[used.code.definition].definition)
        and guest_count(g.drafts, child.definition) <= budget
    ]


def _twin(g: Growth, scope: Scope, child: Child, k: int) -> int:
    """Once more *child*, but with another component of the same type as its argument *k*. Returns how many guests it
    brings."""
    wanted = g.drafts[child.definition].definition.imports[k].code
    assert wanted is not None
    original = g.drafts[wanted.definition]
    (item,) = original.definition.items
    assert isinstance(item, Guest)
    other = replace(item, functions=tuple(_constant(g, f) for f in item.functions), start=())
    g.drafts.append(Draft(original.home, replace(original.definition, items=(other,))))
    args = put(child.args, k, Ref("component", len(g.drafts) - 1))
    g.add(scope, replace(child, args=args))
    return guest_count(g.drafts, child.definition)


def _constant(g: Growth, function: Function) -> Function:
    result = function.signature.result
    returns = None if result is None else constant(g.draw, result, g.types.taste)
    return replace(function, steps=(), fails=None, returns=returns)


def _has_twins(definition: Definition) -> bool:
    """Whether a component with other code can have the same type, labels of types included."""
    match definition.items:
        case [Guest(module=None, functions=functions)]:
            exported = (f.signature for f in functions)
            return not any(map(mentions_nominal, (*import_signatures(definition.imports), *exported)))
    return False


# -- parts of nodes


def _guest(g: Growth, scope: Scope, suppliers: Sequence[Provider]) -> Guest:
    found = [
        (extended(p.ref, path), node)
        for p in suppliers for path, node in callable_in(p.provided)
        if node.owner is not scope.instance or g.reentrance
    ]
    imports = found[:4]
    if len(found) > 4:
        imports = [*found[:3], pick(g.draw, found[3:])]
    made = guest(g.draw, imports, types=g.types, levels=len(scope.chain) - 1, memory64=g.memory64)
    return replace(made, module=routes.module(g, scope))


def _inside(g: Growth, scope: Scope, imports: list[Import], args: list[Ref]) -> Scope:
    """A scope for a child of *scope*, its text there, further out, or in a library."""
    home = pick(g.draw, (scope, *scope.chain))
    if g.axes.on("code from", "library") and seldom(g.draw, 40):
        home = new_scope(scope, home, [], ())
    return new_scope(scope, home, imports, seen(scope, imports, args))


def _child(g: Growth, scope: Scope, inner: Scope, made: list[Export], args: list[Ref]) -> Ref:
    """An instance of *inner*, which is complete but for its exports, with *args* for the imports that it began with."""
    number = g.complete(inner, made)
    assert inner.home is not None
    if inner.home in scope.chain:
        given = routes.component(g, scope, number)
    else:
        given = routes.exported(g, scope, inner.home, Code(number))
    wanted = g.drafts[number].definition.imports[len(args):]
    args += [routes.argument(g, scope, used) for used in wanted]
    return g.add(scope, Child(number, tuple(args), given, _surplus(g, scope)))


def _surplus(g: Growth, scope: Scope) -> tuple[Ref, ...]:
    """Seldom an argument that nobody asks for."""
    if not scope.providers or not seldom(g.draw, 40):
        return ()
    provider = pick(g.draw, scope.providers)
    return (provider.ref if provider.whole else extended(provider.ref, paths(provider.provided)[0][0]),)
