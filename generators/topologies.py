"""Strategies for component topologies: what is instantiated where, and how it is wired.

A *scope* is a definition being drawn: imports and items so far, and what they provide. The root is a scope that grows
one node at a time until there are as many guests as wanted. A node is a child with a guest (a *leaf*), another instance
of a definition already there, a guest of the scope's own, a *composite* (a child that is a scope again) or a relift.
The chosen topology says which earlier nodes a node takes its imports from. Since every import is of something earlier,
calls only ever go back and end.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import count

from hypothesis import strategies as st

from generators.blueprint import Bundle, Child, Definition, Export, Guest, Import, Item, Ref, Relift
from generators.bodies import COST_LIMIT, guest
from generators.drawing import often, pick, seldom, several
from generators.layout import needs_memory
from generators.scope import (
    Draft,
    Provider,
    Scope,
    extended,
    function_count,
    guest_count,
    new_scope,
    paths,
    signatures_used,
)
from generators.types import Palette, signature
from generators.wiring import Node, Provided, host_functions, restricted

TOPOLOGIES = ("chain", "star", "diamond", "dag")

DEPTH = 2
"""Composites in composites, at most."""


@dataclass(slots=True)
class Topology:
    """Draws definitions, the root last. Afterwards *drafts* has them in order."""

    draw: st.DrawFn
    types: Palette
    reentrance: bool
    memory64: bool
    drafts: list[Draft] = field(default_factory=list)

    # -- whole definitions

    def root(self, components: int) -> Scope:
        """A root with up to *components* guests inside."""
        imports = self._host_imports()
        scope = new_scope(None, None, imports, host_functions(imports))
        self._nodes(scope, components, pick(self.draw, TOPOLOGIES))
        exports = self._exports(scope, scope.providers[-1:], at_root=True)
        chosen = [p for p in scope.providers[len(imports):-1] if seldom(self.draw, 2)]
        exports += self._exports(scope, chosen, at_root=True, taken=len(exports))
        self._complete(scope, exports)
        return scope

    def definitions(self) -> tuple[Definition, ...]:
        definitions = []
        for draft in self.drafts:
            d = draft.definition
            home = None if draft.home is None else draft.home.index
            definitions.append(Definition(home, d.imports, d.items, d.exports, d.types, d.outer_types))
        return tuple(definitions)

    def _host_imports(self) -> list[Import]:
        numbers = count()

        def one() -> Import:
            name = f"host{next(numbers)}"
            if not seldom(self.draw, 2):
                return Import(name, signature(self.draw, self.types))
            members = tuple((f"f{n}", signature(self.draw, self.types)) for n in range(pick(self.draw, (1, 1, 2))))
            return Import(pick(self.draw, (name, f"fuzz:{name}/api", f"fuzz:{name}/api@1.2.0")), None, members)

        return several(self.draw, one, least=0, most=2, more=(1,))

    def _complete(self, scope: Scope, exports: Sequence[Export]) -> int:
        """Closes *scope* and returns its number. Its named types go into it or into an enclosing definition."""
        outer_types: tuple[int, ...] = ()
        used = signatures_used(scope)
        if used and seldom(self.draw, 3):
            chain = scope.chain
            levels = pick(self.draw, range(len(chain)))
            chain[levels].types.update(used)
            outer_types = (levels,) if levels else ()
        definition = Definition(None, tuple(scope.imports), tuple(scope.items), tuple(exports), tuple(scope.types),
                                outer_types)
        scope.index = len(self.drafts)
        self.drafts.append(Draft(scope.home, definition))
        return scope.index

    # -- nodes

    def _nodes(self, scope: Scope, most: int, topology: str) -> int:
        """Adds nodes with 1 to *most* guests to *scope* and returns how many guests they have."""
        outside = tuple(scope.providers)
        nodes: list[Provider] = []
        room = most

        def node() -> int:
            nonlocal room
            suppliers = self._suppliers(topology, nodes)
            suppliers += [p for p in outside if scope.depth > 0 or often(self.draw, 3)]
            guests = self._node(scope, suppliers, room)
            nodes.append(scope.providers[-1])
            room -= guests
            return guests

        more = (6, 6, 2) if scope.depth == 0 else (1,)
        return sum(several(self.draw, node, least=1, most=most, more=more, weight=int))

    def _suppliers(self, topology: str, nodes: list[Provider]) -> list[Provider]:
        """What the next node imports from, among the nodes before it in its scope."""
        position = len(nodes)
        match topology:
            case "chain":
                return nodes[-1:]
            case "star":
                return [] if seldom(self.draw, 2) else nodes[-3:]
            case "diamond":
                bottom = (position - 1) // 3 * 3
                return nodes[-2:] if position % 3 == 0 else nodes[bottom : bottom + 1]
            case _:
                first = [pick(self.draw, nodes[::-1])] if nodes else []
                more = [n for n in nodes[-4:] if n not in first and seldom(self.draw, 3)]
                return first + more

    def _node(self, scope: Scope, suppliers: list[Provider], budget: int) -> int:
        """Adds one node and returns how many guests it brings."""
        kind = pick(self.draw, ("leaf", "leaf", "leaf", "again", "own", "composite", "relift"))
        if kind == "again" and (reused := self._again(scope, budget)):
            return reused
        if kind == "own":
            return self._own(scope, suppliers)
        if kind == "relift":
            suppliers = self._relift(scope, suppliers)
        if kind == "composite" and scope.depth < DEPTH:
            return self._composite(scope, suppliers, budget)
        return self._leaf(scope, suppliers)

    def _leaf(self, scope: Scope, suppliers: list[Provider]) -> int:
        imports, args, provided = self._take(scope, suppliers)
        inner = new_scope(scope, pick(self.draw, (scope, *scope.chain)), imports, provided)
        self._add(inner, self._guest(inner, inner.providers))
        exports = [Export(f"f{n}", Ref("item", 0, (f"f{n}",))) for n in range(function_count(inner.items[0]))]
        self._add(scope, Child(self._complete(inner, exports), tuple(args)))
        return 1

    def _own(self, scope: Scope, suppliers: list[Provider]) -> int:
        """A guest of the scope itself: a parent that its children call, or that calls them."""
        self._add(scope, self._guest(scope, suppliers))
        return 1

    def _guest(self, scope: Scope, suppliers: Sequence[Provider]) -> Guest:
        found = [
            (extended(p.ref, path), node)
            for p in suppliers for path, node in paths(p.provided)
            if node.cost <= COST_LIMIT and (node.owner is not scope.instance or self.reentrance)
        ]
        imports = found[:4]
        if len(found) > 4:
            imports = [*found[:3], pick(self.draw, found[3:])]
        return guest(self.draw, imports, types=self.types, levels=len(scope.chain) - 1, memory64=self.memory64)

    def _composite(self, scope: Scope, suppliers: list[Provider], budget: int) -> int:
        imports, args, provided = self._take(scope, suppliers)
        inner = new_scope(scope, pick(self.draw, (scope, *scope.chain)), imports, provided)
        guests = self._nodes(inner, min(budget, 3), "chain")
        exports = self._exports(inner, inner.providers[-1:], at_root=False)
        others = [p for p in inner.providers[:-1] if seldom(self.draw, 4)]
        exports += self._exports(inner, others, at_root=False, taken=len(exports))
        self._add(scope, Child(self._complete(inner, exports), tuple(args)))
        return guests

    def _again(self, scope: Scope, budget: int) -> int:
        """Another instance of a definition in sight, if there is one whose imports can be had here."""
        chain = scope.chain
        known: list[Child] = []
        for index, draft in enumerate(self.drafts):
            if draft.home in chain and guest_count(self.drafts, index) <= budget:
                args = self._matched(scope, draft.definition.imports)
                if args is not None:
                    known.append(Child(index, args))
        if not known:
            return 0
        child = pick(self.draw, known[::-1])
        if self._shares_module(child.definition) and seldom(self.draw, 2):
            self.drafts.append(self.drafts[child.definition])
            child = Child(len(self.drafts) - 1, child.args)
        self._add(scope, child)
        return guest_count(self.drafts, child.definition)

    def _shares_module(self, index: int) -> bool:
        """Whether a second definition like this one would use the same core module."""
        match self.drafts[index].definition.items:
            case [Guest(levels=levels)]:
                return levels > 0
        return False

    def _relift(self, scope: Scope, suppliers: list[Provider]) -> list[Provider]:
        """Lifts a lower of one supplier's function, and puts that in the supplier's place."""
        found = [
            (position, extended(p.ref, path), node)
            for position, p in enumerate(suppliers) for path, node in paths(p.provided)
            if node.cost <= COST_LIMIT and node.owner is not scope.instance and not needs_memory(node.signature)
        ]
        if not found:
            return suppliers
        position, ref, node = pick(self.draw, found)
        self._add(scope, Relift(ref, node.signature))
        return [*suppliers[:position], scope.providers[-1], *suppliers[position + 1:]]

    # -- wiring

    def _add(self, scope: Scope, item: Item) -> None:
        definitions = [draft.definition for draft in self.drafts]
        ref = Ref("item", len(scope.items))
        provided = scope.instance.add(item, definitions)
        scope.items.append(item)
        if not isinstance(item, Bundle):
            scope.providers.append(Provider(ref, provided, isinstance(item, Child)))

    def _take(
        self, scope: Scope, suppliers: Sequence[Provider]
    ) -> tuple[list[Import], list[Ref], list[Provided]]:
        """Imports for a child, by the suppliers of its parent; the arguments, and what they provide."""
        imports: list[Import] = []
        args: list[Ref] = []
        for supplier in suppliers:
            found = [(p, n) for p, n in paths(supplier.provided) if n.cost <= COST_LIMIT]
            if not found:
                continue
            shallow = [(p, n) for p, n in found if len(p) == 1]
            way = pick(self.draw, ("functions", "instance", "bundle"))
            if way == "instance" and supplier.whole and (chosen := shallow or found):
                inner = chosen[0][0][:-1]
                members = [(p[-1], n) for p, n in found if p[:-1] == inner][:2]
                imports.append(Import(f"dep{len(imports)}", None, tuple((m, n.signature) for m, n in members)))
                args.append(extended(supplier.ref, inner))
                continue
            picked = found[:1] if len(found) == 1 else [found[0], pick(self.draw, found[1:])]
            if len(picked) > 1 and not seldom(self.draw, 2):
                picked = picked[:1]
            refs = [extended(supplier.ref, p) for p, _ in picked]
            if way == "bundle":
                self._add(scope, Bundle(tuple((f"b{i}", ref) for i, ref in enumerate(refs))))
                members = [(f"b{i}", n) for i, (_, n) in enumerate(picked)]
                imports.append(Import(f"dep{len(imports)}", None, tuple((m, n.signature) for m, n in members)))
                args.append(Ref("item", len(scope.items) - 1))
            else:
                for ref, (_, node) in zip(refs, picked, strict=True):
                    imports.append(Import(f"in{len(imports)}", node.signature))
                    args.append(ref)
        return imports, args, [restricted(scope.instance.resolve(a), i) for a, i in zip(args, imports, strict=True)]

    def _matched(self, scope: Scope, imports: Sequence[Import]) -> tuple[Ref, ...] | None:
        """Arguments for *imports* by what *scope* provides, the latest first; None if something is missing."""
        args = []
        for wanted in imports:
            signature_of = dict(wanted.members)
            for p in reversed(scope.providers):
                if wanted.signature is None:
                    if p.whole and isinstance(p.provided, dict) and all(
                        isinstance(n := p.provided.get(m), Node) and n.signature == s and n.cost <= COST_LIMIT
                        for m, s in signature_of.items()
                    ):
                        args.append(p.ref)
                        break
                elif fitting := [path for path, n in paths(p.provided)
                                 if n.signature == wanted.signature and n.cost <= COST_LIMIT]:
                    args.append(extended(p.ref, fitting[0]))
                    break
            else:
                return None
        return tuple(args)

    def _exports(
        self, scope: Scope, providers: Sequence[Provider], *, at_root: bool, taken: int = 0
    ) -> list[Export]:
        """Exports of what *providers* have: as functions, as an instance, or as an instance of inline exports.

        A root does not export what its host provides: not every engine can.
        """
        exports: list[Export] = []
        for p in providers:
            found = [(path, n) for path, n in paths(p.provided) if not (at_root and n.kind == "host")]
            number = taken + len(exports)
            way = pick(self.draw, ("functions", "functions", "functions", "instance", "bundle"))
            if way == "instance" and p.whole and found and len(found) == len(paths(p.provided)):
                exports.append(Export(f"i{number}", p.ref))
            elif way == "bundle" and found:
                self._add(scope, Bundle(tuple((f"b{i}", extended(p.ref, path)) for i, (path, _) in enumerate(found))))
                exports.append(Export(f"i{number}", Ref("item", len(scope.items) - 1)))
            else:
                exports.extend(
                    Export(f"f{number + i}", extended(p.ref, path)) for i, (path, _) in enumerate(found)
                )
        return exports
