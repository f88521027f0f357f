"""A case put together anew: component instances, each a definition of its own, under one root.

Guests of one component instance stay in one.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TypeAlias

from msgspec.structs import replace

from fuzz.minimise.chosen import Chosen, underneath
from fuzz.minimise.images import some
from generators.blueprint import (
    Answer,
    Behaviour,
    Blueprint,
    Call,
    Child,
    Definition,
    Export,
    Function,
    Guest,
    GuestImport,
    HostFunction,
    Import,
    Item,
    Ref,
    Signature,
    Step,
    function_with_atoms,
    with_atoms,
)
from generators.hostile_choices import RESULT, START, Hostile, Leaving, Place, Reentry
from generators.operands import Atom, CallResult
from generators.rewriting.cut import ZERO
from generators.valtypes import Image
from generators.wiring import Instance, Node, Provided

Called: TypeAlias = tuple[Node, tuple[Image, ...]]
"""A function, and the arguments that the host calls it with."""


class Assembling:
    """Numbers everything anew. A function of a guest is exported by its component as `fI-N`: function N of item I."""

    def __init__(self, b: Blueprint, chosen: Chosen) -> None:
        self.b = b
        self.chosen = chosen
        self.items: dict[Instance, list[int]] = {}
        self.functions: dict[tuple[Instance, int], list[Node]] = {}
        self.imports: dict[tuple[Instance, int], list[Node]] = {}
        self.outside: dict[Instance, list[Node]] = {owner: [] for owner in chosen.owners}
        for node in chosen.nodes:
            assert node.owner is not None and node.place is not None
            at = node.owner, node.place.item
            self.functions.setdefault(at, []).append(node)
            for _, callee in chosen.calls(node):
                _note(self.imports.setdefault(at, []), underneath(callee))
        for (owner, _), used in self.imports.items():
            for callee in used:
                if callee.owner is not owner:
                    _note(self.outside[owner], callee)
        for owner in chosen.owners:
            self.items[owner] = sorted({item for o, item in self.functions if o is owner})

    def blueprint(self, root: Instance, wanted: Sequence[Called]) -> Blueprint:
        owners = self.chosen.owners
        if len(owners) == 1:
            self.chosen.host[:] = self.outside[owners[0]]
        definitions = [self.definition(owner, len(owners)) for owner in owners]
        children: list[Item] = [Child(d, tuple(map(self.given, self.outside[owner]))) for d, owner in enumerate(owners)]
        exports = [Export(f"e{n}", self.given(underneath(node))) for n, (node, _) in enumerate(wanted)]
        imports = tuple(Import(f"h{n}", node.signature) for n, node in enumerate(self.chosen.host))
        paths = {node: path for path, node in _host_paths(self.b, root)}
        behaviours = {h.path: h.behaviour for h in self.b.host}
        host = tuple(
            HostFunction((f"h{n}",), behaviours.get(paths.get(node, ()), _answer(node.signature)))
            for n, node in enumerate(self.chosen.host)
        )
        top = Definition(imports=imports, items=tuple(children), exports=tuple(exports))
        if len(owners) == 1:
            inner = definitions.pop()
            found = (self.where(underneath(node)) for node, _ in wanted)
            exports = [Export(f"e{n}", Ref("item", item, (f"f{f}",))) for n, (item, f) in enumerate(found)]
            top = replace(inner, home=None, imports=imports, exports=tuple(exports))
        calls = tuple(Call(f"e{n}", args) for n, (_, args) in enumerate(wanted))
        return Blueprint((*definitions, top), host, calls, tuple(self.hostile()))

    def given(self, node: Node) -> Ref:
        """*node* in the root."""
        if node.kind == "host":
            return Ref("import", self.chosen.host.index(node))
        assert node.owner is not None
        return Ref("item", self.chosen.owners.index(node.owner), (self.exported(node),))

    def exported(self, node: Node) -> str:
        item, number = self.where(node)
        return f"f{item}-{number}"

    def where(self, node: Node) -> tuple[int, int]:
        """The new numbers of *node*'s item and function in its definition."""
        assert node.owner is not None and node.place is not None
        at = node.owner, node.place.item
        return self.items[node.owner].index(node.place.item), self.callable(at).index(node)

    def callable(self, at: tuple[Instance, int]) -> list[Node]:
        """The functions of a guest in order; a start function that the host calls is one."""
        nodes = [n for n in self.functions[at] if n not in self.chosen.starts]
        return sorted(nodes, key=lambda n: n.place.function if n.place is not None else 0)

    def definition(self, owner: Instance, home: int) -> Definition:
        items = tuple(self.guest(owner, item) for item in self.items[owner])
        exported = [n for item in self.items[owner] for n in self.callable((owner, item))]
        exports = tuple(
            Export(self.exported(n), Ref("item", self.where(n)[0], (f"f{self.where(n)[1]}",))) for n in exported
        )
        imports = tuple(Import(f"m{n}", node.signature) for n, node in enumerate(self.outside[owner]))
        return Definition(home, imports, items, exports)

    def guest(self, owner: Instance, item: int) -> Guest:
        at = owner, item
        place = self.functions[at][0].place
        assert place is not None
        old = self.b.guest(place)
        used = self.imports.get(at, [])
        functions = tuple(map(self.function, self.callable(at)))
        starts = [node for node in self.functions[at] if node in self.chosen.starts]
        later = any(n.owner is owner and self.where(n)[0] >= self.items[owner].index(item) for n in used)
        if old.memory == "shared" and old.lender in self.items[owner]:
            old = replace(old, lender=self.items[owner].index(old.lender))
        elif old.memory == "shared":
            old = replace(old, memory="imported", lender=0, realloc="own")
        return replace(
            old, imports=tuple(self.guest_import(old, node, at) for node in used), functions=functions,
            start=self.function(starts[0]).steps if starts else (), levels=0, module=None,
            lowering="indirect" if later else old.lowering,
        )

    def guest_import(self, old: Guest, node: Node, at: tuple[Instance, int]) -> GuestImport:
        """With the options of the first import of the old guest that was this function."""
        owner, item = at
        number = next(k for k, n in enumerate(owner.guests[item]) if n is not None and underneath(n) is node)
        if node.owner is owner:
            ref = Ref("item", self.where(node)[0], (f"f{self.where(node)[1]}",))
        else:
            ref = Ref("import", self.outside[owner].index(node))
        return replace(old.imports[number], ref=ref, signature=node.signature)

    def function(self, node: Node) -> Function:
        assert node.function is not None and node.owner is not None and node.place is not None
        kept, used = self.chosen.kept(node), self.imports.get((node.owner, node.place.item), [])

        def atom(a: Atom) -> Atom:
            if not isinstance(a, CallResult):
                return a
            return CallResult(kept.index(a.step)) if a.step in kept else ZERO

        def step(s: int) -> Step:
            assert node.function is not None
            old = node.function.steps[s]
            callee = node.imports[old.callee]
            assert callee is not None
            return replace(with_atoms(old, atom), callee=used.index(underneath(callee)))

        return replace(function_with_atoms(node.function, atom), steps=tuple(map(step, kept)))

    def hostile(self) -> Iterator[Hostile]:
        """The hostile choices, at every place that was made of theirs."""
        for d, owner in enumerate(self.chosen.owners):
            for hostile in self.b.hostile:
                place = hostile.place
                if place.definition == owner.definition and place.item in self.items[owner]:
                    yield from self.replaced(hostile, d, owner)

    def replaced(self, hostile: Hostile, d: int, owner: Instance) -> Iterator[Hostile]:
        item, number = hostile.place.item, hostile.place.function
        at = owner, item
        new = Place(d, self.items[owner].index(item))
        node = next((n for n in self.functions[at] if n.place is not None and n.place.function == number), None)
        if node is not None and node not in self.chosen.starts:
            new = Place(new.definition, new.item, self.callable(at).index(node))
        elif number != START:
            return
        match hostile:
            case Leaving(callee=k):
                used, callee = self.imports.get(at, []), owner.guests[item][k]
                if callee is not None and underneath(callee) in used:
                    yield replace(hostile, place=new, callee=used.index(underneath(callee)))
            case Reentry():
                return
            case _ if (step := getattr(hostile, "step", RESULT)) != RESULT:
                if node is not None and step in self.chosen.kept(node):
                    yield replace(hostile, place=new, step=self.chosen.kept(node).index(step))
            case _:
                yield replace(hostile, place=new)


def _note(nodes: list[Node], node: Node) -> None:
    if node not in nodes:
        nodes.append(node)


def _host_paths(b: Blueprint, root: Instance) -> Iterator[tuple[tuple[str, ...], Node]]:
    todo: list[tuple[tuple[str, ...], Provided]] = []
    todo += (((used.name,), p) for used, p in zip(b.definitions[b.root].imports, root.imports, strict=True))
    while todo:
        path, provided = todo.pop()
        if isinstance(provided, Node):
            yield path, provided
        elif isinstance(provided, dict):
            todo += [((*path, name), inner) for name, inner in provided.items()]


def _answer(signature: Signature) -> Behaviour:
    return Answer() if signature.result is None else Answer(signature.result, some(signature.result))
