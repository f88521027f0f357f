"""A case taken apart: each function that runs by itself, and all of them side by side under one root.

What hands functions on goes (children of children, bundles, relifts, imports of imports, code that is passed on), and
so does what nothing calls. A divergence that shows in one call between two guests is then a case of two guests at once,
however far apart they stood.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from fuzz.minimise.assembled import Assembling, Called
from fuzz.minimise.chosen import Chosen, underneath
from fuzz.minimise.images import some
from generators.blueprint import Blueprint
from generators.hostile_choices import START
from generators.operands import Const, Operand, Param
from generators.valtypes import Image, Type
from generators.wiring import Instance, Node, called, instances, reached, wire


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
        for s, callee in Chosen({}, ()).calls(one.first):
            yield from _flat(b, root, one, {underneath(callee): (), one.first: (s,)})
            yield from _flat(b, root, one, {one.first: (s,)})
    for one in roots:
        yield from _flat(b, root, one, {})


def flattened(b: Blueprint) -> Iterator[Blueprint]:
    """All that the calls need."""
    root = wire(b)
    nodes = map(underneath, called(b, root))
    wanted = tuple((node, call.args) for node, call in zip(nodes, b.calls, strict=True))
    starts = tuple(node for instance in instances(root) for node in instance.starts)
    yield from _flat(b, root, _Roots(wanted, starts), {})
    if starts:
        yield from _flat(b, root, _Roots(wanted), {})


@dataclass(frozen=True, slots=True)
class _Roots:
    """The functions that run of themselves: those that the host calls, each with its arguments, and start functions."""

    called: tuple[Called, ...]
    starts: tuple[Node, ...] = ()

    @property
    def first(self) -> Node:
        return [*(node for node, _ in self.called), *self.starts][0]


def _is_start(node: Node) -> bool:
    return node.place is not None and node.place.function == START


def _arguments(b: Blueprint, nodes: Sequence[Node]) -> dict[Node, tuple[Image, ...]]:
    """What functions are called with, as far as that is constants, or parameters of those whose arguments are known."""
    found = {underneath(node): call.args for node, call in zip(nodes, b.calls, strict=True)}
    todo = list(found)
    while todo:
        caller = todo.pop()
        for step, callee in caller.calls() if caller.kind == "guest" else ():
            target = underneath(callee)
            if target not in found and target.kind == "guest":
                types = zip(step.args, target.signature.params, strict=True)
                found[target] = tuple(_argument(a, t, caller, found[caller]) for a, t in types)
                todo.append(target)
    return found


def _argument(operand: Operand, t: Type, caller: Node, given: tuple[Image, ...]) -> Image:
    match operand:
        case Const(type=have, image=image) if have == t:
            return image
        case Param(index=n) if caller.signature.params[n] == t:
            return given[n]
    return some(t)


# -- putting together


def _flat(b: Blueprint, root: Instance, roots: _Roots, steps: Mapping[Node, tuple[int, ...]]) -> Iterator[Blueprint]:
    """What *roots* need, unless components would need each other. *steps*: those that functions keep, if not all."""
    chosen = Chosen(steps, roots.starts)
    for node in (*(node for node, _ in roots.called), *roots.starts):
        chosen.add(node)
    if chosen.order(list(_built(root))):
        yield Assembling(b, chosen).blueprint(root, roots.called)


def _built(instance: Instance) -> Iterator[Instance]:
    """The instance and everything inside, about in the order in which start functions run."""
    for child in instance.children.values():
        yield from _built(child)
    yield instance
