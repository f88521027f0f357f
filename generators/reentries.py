"""Re-entrance: a component calls the child whose call it is answering."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from fact.model.types import Prim
from generators.blueprint import Blueprint, GuestImport, Ref, Step
from generators.frozen import put
from generators.hostile_choices import Place, Reentry
from generators.operands import Const
from generators.wiring import Instance, Node, functions, instances


def reentries(blueprint: Blueprint, root: Instance, nodes: Sequence[Node]) -> list[tuple[Place, Ref, Node]]:
    """Functions of a component's own guest that a child of it calls: the guest's place, and the child's function.

    When the guest's function calls that child's function, it re-enters a child that is already entered whenever the
    call came through the child (CanonicalABI.md, "Component Instance State": trap), and else only enters it.
    """
    found: dict[tuple[Place, Ref], Node] = {}
    for instance in instances(root):
        for index, child in instance.children.items():
            for path, callee in functions(child.exports):
                for node in _below(callee):
                    if node.kind == "guest" and node.owner is instance and node in nodes:
                        assert node.place is not None
                        if node.place.item < index:
                            found.setdefault((node.place, Ref("item", index, path)), callee)
    return [(place, ref, callee) for (place, ref), callee in found.items()]


def _below(node: Node) -> list[Node]:
    found: dict[Node, None] = {}
    todo = [callee for _, callee in node.calls()]
    while todo:
        if (callee := todo.pop()) not in found:
            found[callee] = None
            todo.extend(c for _, c in callee.calls())
    return list(found)


def reentering(blueprint: Blueprint, place: Place, ref: Ref, callee: Node) -> Blueprint:
    """The function at *place* calls *ref*, through a table that is filled in once *ref* is there."""
    definition = blueprint.definitions[place.definition]
    guest = blueprint.guest(place)
    function = guest.functions[place.function]
    args = tuple(Const(Prim.U8, i) for i in range(len(callee.signature.params)))
    step = Step(len(guest.imports), args)
    changed = msgspec.structs.replace(function, steps=(*function.steps, step))
    guest = msgspec.structs.replace(
        guest, imports=(*guest.imports, GuestImport(ref, callee.signature)), start=(), lowering="indirect",
        functions=put(guest.functions, place.function, changed),
    )
    definition = msgspec.structs.replace(definition, items=put(definition.items, place.item, guest))
    return msgspec.structs.replace(
        blueprint, definitions=put(blueprint.definitions, place.definition, definition),
        hostile=(Reentry(place, len(function.steps)),),
    )
