"""A case taken apart and put together anew: the guests that a function needs, side by side under one root.

What hands functions on goes (children of children, bundles, relifts, imports of imports, code that is passed on), and
so does what nothing calls. A divergence that shows in one call between two guests is then a case of two guests at once,
however far apart they stood. Guests of one component instance stay in one.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from msgspec.structs import replace

from fact.model.types import Prim
from fuzz.minimise.images import some
from generators.blueprint import (
    RESULT,
    START,
    Answer,
    Atom,
    Behaviour,
    Blueprint,
    Call,
    CallResult,
    Child,
    Const,
    Definition,
    Export,
    Function,
    Guest,
    GuestImport,
    HostFunction,
    Hostile,
    Import,
    Item,
    Leaving,
    Param,
    Place,
    Reentry,
    Ref,
    Signature,
    Step,
    function_with_atoms,
    with_atoms,
)
from generators.valtypes import Image
from generators.wiring import Instance, Node, called, instances, reached, wire

ZERO = Const(Prim.U32, 0)

Wanted = tuple[Node, tuple[Image, ...]]
"""A function, and the arguments that the host calls it with."""


def isolated(b: Blueprint) -> Iterator[Blueprint]:
    """Each function that runs called by the host: alone, with one of its steps to a callee that has none, with one of
    its steps, with all of them. A start function both so and as one."""
    root = wire(b)
    arguments = _arguments(b, called(b, root))
    roots: list[_Roots] = []
    for node in reversed([n for n in reached(b, root) if n.kind == "guest"]):
        roots.append(_Roots(((node, arguments.get(node) or tuple(map(some, node.signature.params))),)))
        if _is_start(node):
            roots.append(_Roots((), (node,)))
    for one in roots:
        yield from _flat(b, root, one, {one.first: ()})
    for one in roots:
        for s, (_, callee) in enumerate(one.first.calls()):
            yield from _flat(b, root, one, {one.first: (s,), _underneath(callee): ()})
            yield from _flat(b, root, one, {one.first: (s,)})
    for one in roots:
        yield from _flat(b, root, one, {})


def flattened(b: Blueprint) -> Iterator[Blueprint]:
    """All that the calls need."""
    root = wire(b)
    nodes = map(_underneath, called(b, root))
    wanted = tuple((node, call.args) for node, call in zip(nodes, b.calls, strict=True))
    starts = tuple(node for instance in instances(root) for node in instance.starts)
    yield from _flat(b, root, _Roots(wanted, starts), {})
    if starts:
        yield from _flat(b, root, _Roots(wanted), {})


@dataclass(frozen=True, slots=True)
class _Roots:
    """The functions that run of themselves: those that the host calls, each with its arguments, and start functions."""

    called: tuple[Wanted, ...]
    starts: tuple[Node, ...] = ()

    @property
    def first(self) -> Node:
        return [*(node for node, _ in self.called), *self.starts][0]


def _is_start(node: Node) -> bool:
    return node.place is not None and node.place.function == START


def _underneath(node: Node) -> Node:
    """What a relift hands on."""
    while node.kind == "relift" and node.imports[0] is not None:
        node = node.imports[0]
    return node


def _arguments(b: Blueprint, nodes: Sequence[Node]) -> dict[Node, tuple[Image, ...]]:
    """What functions are called with, as far as that is constants, or parameters of those whose arguments are known."""
    found = {_underneath(node): call.args for node, call in zip(nodes, b.calls, strict=True)}
    todo = list(found)
    while todo:
        caller = todo.pop()
        for step, callee in caller.calls() if caller.kind == "guest" else ():
            target = _underneath(callee)
            if target not in found and target.kind == "guest":
                types = zip(step.args, target.signature.params, strict=True)
                found[target] = tuple(_argument(a, t, caller, found[caller]) for a, t in types)
                todo.append(target)
    return found


def _argument(operand: object, t: object, caller: Node, given: tuple[Image, ...]) -> Image:
    match operand:
        case Const(type=have, image=image) if have == t:
            return image
        case Param(index=n) if caller.signature.params[n] == t:
            return given[n]
    return some(t)  # type: ignore[arg-type]


# -- putting together


def _flat(b: Blueprint, root: Instance, roots: _Roots, steps: Mapping[Node, tuple[int, ...]]) -> Iterator[Blueprint]:
    """What *roots* need, unless components would need each other. *steps*: those that functions keep, if not all."""
    chosen = _Chosen(steps, roots.starts)
    for node in (*(node for node, _ in roots.called), *roots.starts):
        chosen.add(node)
    if chosen.order(list(_built(root))):
        yield _Building(b, chosen).blueprint(root, roots.called)


def _built(instance: Instance) -> Iterator[Instance]:
    """The instance and everything inside, about in the order in which start functions run."""
    for child in instance.children.values():
        yield from _built(child)
    yield instance


@dataclass(slots=True)
class _Chosen:
    """What stays: functions of guests, functions of the host, and component instances in the order in which they need
    each other."""

    steps: Mapping[Node, tuple[int, ...]]
    starts: tuple[Node, ...]
    nodes: list[Node] = field(default_factory=list)
    host: list[Node] = field(default_factory=list)
    owners: list[Instance] = field(default_factory=list)

    def add(self, node: Node) -> None:
        todo = [_underneath(node)]
        while todo:
            at = todo.pop()
            if at.kind == "host":
                if at not in self.host:
                    self.host.append(at)
            elif at.kind == "guest" and at not in self.nodes:
                self.nodes.append(at)
                todo += [_underneath(callee) for _, callee in self.calls(at)]

    def kept(self, node: Node) -> tuple[int, ...]:
        """The numbers of the steps of *node* that stay."""
        assert node.function is not None
        every = range(len(node.function.steps))
        alive = [s for s in every if node.imports[node.function.steps[s].callee] is not None]
        return tuple(s for s in self.steps.get(node, tuple(every)) if s in alive)

    def calls(self, node: Node) -> Iterator[tuple[int, Node]]:
        assert node.function is not None
        for s in self.kept(node):
            callee = node.imports[node.function.steps[s].callee]
            assert callee is not None
            yield s, callee

    def order(self, built: Sequence[Instance]) -> bool:
        """Puts the instances in order, callees first, else as they were *built*; False if they go round in a circle or
        nothing of a guest is there."""
        needs: dict[Instance, set[Instance]] = {}
        for node in self.nodes:
            assert node.owner is not None
            needed = {_underneath(callee).owner for _, callee in self.calls(node)}
            needs.setdefault(node.owner, set()).update(o for o in needed if o is not None and o is not node.owner)
        while needs:
            ready = [owner for owner, others in needs.items() if not others & needs.keys()]
            if not ready:
                return False
            self.owners.append(min(ready, key=built.index))
            del needs[self.owners[-1]]
        return bool(self.owners)


class _Building:
    """Numbers everything anew. A function of a guest is exported by its component as `fI-N`: function N of item I."""

    def __init__(self, b: Blueprint, chosen: _Chosen) -> None:
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
                _note(self.imports.setdefault(at, []), _underneath(callee))
        for (owner, _), used in self.imports.items():
            for callee in used:
                if callee.owner is not owner:
                    _note(self.outside[owner], callee)
        for owner in chosen.owners:
            self.items[owner] = sorted({item for o, item in self.functions if o is owner})

    def blueprint(self, root: Instance, wanted: Sequence[Wanted]) -> Blueprint:
        owners = self.chosen.owners
        definitions = [self.definition(owner, len(owners)) for owner in owners]
        children: list[Item] = [Child(d, tuple(map(self.given, self.outside[owner]))) for d, owner in enumerate(owners)]
        exports = [Export(f"e{n}", self.given(_underneath(node))) for n, (node, _) in enumerate(wanted)]
        imports = tuple(Import(f"h{n}", node.signature) for n, node in enumerate(self.chosen.host))
        paths = {node: path for path, node in _host_paths(self.b, root)}
        behaviours = {h.path: h.behaviour for h in self.b.host}
        host = tuple(
            HostFunction((f"h{n}",), behaviours.get(paths.get(node, ()), _answer(node.signature)))
            for n, node in enumerate(self.chosen.host)
        )
        top = Definition(imports=imports, items=tuple(children), exports=tuple(exports))
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
        number = next(k for k, n in enumerate(owner.guests[item]) if n is not None and _underneath(n) is node)
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
            return replace(with_atoms(old, atom), callee=used.index(_underneath(callee)))

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
                if callee is not None and _underneath(callee) in used:
                    yield replace(hostile, place=new, callee=used.index(_underneath(callee)))
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
    todo = [((used.name,), given) for used, given in zip(b.definitions[b.root].imports, root.imports, strict=True)]
    while todo:
        path, provided = todo.pop()
        if isinstance(provided, Node):
            yield path, provided
        elif isinstance(provided, dict):
            todo += [((*path, name), inner) for name, inner in provided.items()]


def _answer(signature: Signature) -> Behaviour:
    return Answer() if signature.result is None else Answer(signature.result, some(signature.result))
