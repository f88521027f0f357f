"""Instances and functions that a blueprint amounts to: who calls whom.

The strategies use it while they draw (what can be called here, at what cost), the hostile layer and the tests
afterwards. It knows of blueprints only and is no opinion on linking.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from generators.blueprint import (
    Blueprint,
    Bundle,
    Child,
    Code,
    Definition,
    Function,
    Guest,
    Import,
    Item,
    Ref,
    Relift,
    Signature,
    Step,
    Tree,
)
from generators.hostile_choices import START, Place


@dataclass(slots=True, eq=False)
class Node:
    """A component function of one instance. *cost* counts the calls that calling it makes, itself included."""

    kind: Literal["host", "guest", "relift"]
    signature: Signature
    owner: Instance | None = None
    place: Place | None = None
    function: Function | None = None
    imports: Sequence[Node | None] = ()
    """Of the guest, in order; None where an item is not there yet."""
    cost: int = 1

    def calls(self) -> Iterator[tuple[Step, Node]]:
        """The steps and whom they call; a relift's only call has the step number 0."""
        steps = self.function.steps if self.function is not None else (Step(0),) if self.kind == "relift" else ()
        for step in steps:
            if (callee := self.imports[step.callee]) is not None:
                yield step, callee


Provided: TypeAlias = "Node | Code | dict[str, Provided]"
"""A function, code, or an instance as its exports."""


@dataclass(slots=True, eq=False)
class Instance:
    """A component instance, complete or (in a strategy) growing item by item."""

    definition: int
    parent: Instance | None = None
    imports: tuple[Provided, ...] = ()
    items: list[Provided] = field(default_factory=list)
    children: dict[int, Instance] = field(default_factory=dict)
    guests: dict[int, list[Node | None]] = field(default_factory=dict)
    """By item, what its imports are."""
    starts: list[Node] = field(default_factory=list)
    exports: dict[str, Provided] = field(default_factory=dict)
    awaited: list[tuple[list[Node | None], int, Ref]] = field(default_factory=list)

    def resolve(self, ref: Ref) -> Provided:
        if (code := ref.code) is not None:
            return code
        found = self.imports[ref.index] if ref.source == "import" else self.items[ref.index]
        for name in ref.path:
            assert isinstance(found, dict)
            found = found[name]
        return found

    def function(self, ref: Ref) -> Node:
        found = self.resolve(ref)
        assert isinstance(found, Node)
        return found

    def component(self, child: Child) -> int:
        """The definition that *child* is an instance of."""
        if child.given is None:
            return child.definition
        found = self.resolve(child.given)
        assert isinstance(found, Code)
        return found.definition

    def add(self, item: Item, definitions: Sequence[Definition]) -> Provided:
        """Instantiates the next item and returns what it provides."""
        index = len(self.items)
        provided: Provided
        match item:
            case Child():
                child = self._child(item, definitions)
                self.children[index] = child
                provided = child.exports
            case Bundle(entries=entries):
                provided = {name: self.resolve(ref) for name, ref in entries}
            case Relift(ref=ref, signature=signature):
                callee = self.function(ref)
                provided = Node("relift", signature, self, Place(self.definition, index, 0), None, (callee,),
                                callee.cost + 1)
            case Guest():
                provided = self._add_guest(item, index)
        self.items.append(provided)
        for imports, position, ref in self.awaited:
            if ref.index == index:
                imports[position] = self.function(ref)
        return provided

    def _child(self, child: Child, definitions: Sequence[Definition]) -> Instance:
        args = tuple(map(self.resolve, child.args))
        actual = self.component(child)
        if actual == child.definition:
            return instantiate(definitions, actual, args, self)
        declared = definitions[child.definition]
        given = {i.name: restricted(a, i) for i, a in zip(declared.imports, args, strict=True)}
        instance = instantiate(definitions, actual, tuple(given[i.name] for i in definitions[actual].imports), self)
        instance.exports = {e.name: instance.exports[e.name] for e in declared.exports}
        return instance

    def _add_guest(self, guest: Guest, index: int) -> Provided:
        imports: list[Node | None] = []
        for position, used in enumerate(guest.imports):
            if used.ref.source == "item" and used.ref.index >= index:
                imports.append(None)
                self.awaited.append((imports, position, used.ref))
            else:
                imports.append(self.function(used.ref))
        self.guests[index] = imports
        provided: dict[str, Provided] = {}
        for number, function in enumerate(guest.functions):
            cost = 1 + sum(s.rounds * callee.cost for s in function.steps if (callee := imports[s.callee]) is not None)
            provided[f"f{number}"] = Node("guest", function.signature, self, Place(self.definition, index, number),
                                          function, imports, cost)
        if guest.start:
            place = Place(self.definition, index, START)
            self.starts.append(Node("guest", Signature(()), self, place, Function(Signature(()), guest.start), imports))
        return provided


def host_functions(imports: Sequence[Import]) -> tuple[Provided, ...]:
    """What the host provides for a root's imports."""
    return tuple(_of_host(i.tree) for i in imports)


def _of_host(tree: Tree) -> Provided:
    match tree:
        case dict():
            return {name: _of_host(inside) for name, inside in tree.items()}
        case Code():
            return tree
    return Node("host", tree)


def restricted(provided: Provided, to: Import) -> Provided:
    """What a definition sees of *provided* through its import: of an instance only the members it asks for."""
    return _restricted(provided, to.tree)


def _restricted(provided: Provided, tree: Tree) -> Provided:
    if not isinstance(tree, dict):
        return provided
    assert isinstance(provided, dict)
    return {name: _restricted(provided[name], inside) for name, inside in tree.items()}


def instantiate(
    definitions: Sequence[Definition], definition: int, imports: tuple[Provided, ...], parent: Instance | None
) -> Instance:
    seen = tuple(restricted(p, i) for p, i in zip(imports, definitions[definition].imports, strict=True))
    instance = Instance(definition, parent, seen)
    for item in definitions[definition].items:
        instance.add(item, definitions)
    instance.exports = {e.name: instance.resolve(e.ref) for e in definitions[definition].exports}
    return instance


def wire(blueprint: Blueprint) -> Instance:
    """The root's instance."""
    root = blueprint.definitions[blueprint.root]
    return instantiate(blueprint.definitions, blueprint.root, host_functions(root.imports), None)


def instances(root: Instance) -> Iterator[Instance]:
    """The instance and everything inside, in order."""
    yield root
    for child in root.children.values():
        yield from instances(child)


def functions(provided: dict[str, Provided], prefix: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Node]]:
    """Every function in an instance's exports, by path."""
    for name, found in provided.items():
        if isinstance(found, Node):
            yield (*prefix, name), found
        elif isinstance(found, dict):
            yield from functions(found, (*prefix, name))


def called(blueprint: Blueprint, root: Instance) -> list[Node]:
    """The root's exports that the blueprint's calls name, in order of the calls."""
    by_path = {"#".join(path): node for path, node in functions(root.exports)}
    return [by_path[call.export] for call in blueprint.calls]


def reached(blueprint: Blueprint, root: Instance) -> list[Node]:
    """Every function that runs when start functions and calls run, each once, after one that calls it."""
    return below([*(s for i in instances(root) for s in i.starts), *called(blueprint, root)])


def below(nodes: Sequence[Node]) -> list[Node]:
    """*nodes* and all that they call, each once, after one that calls it."""
    found: dict[Node, None] = {}
    todo = list(nodes)
    while todo:
        node = todo.pop()
        if node not in found:
            found[node] = None
            todo.extend(callee for _, callee in node.calls())
    return list(found)
