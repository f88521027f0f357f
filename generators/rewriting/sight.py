"""What a definition can refer to: functions and instances that it imports or that its items have."""

from __future__ import annotations

from collections.abc import Iterator

from generators.blueprint import Blueprint, Bundle, Child, Guest, Ref, Signature, Tree
from generators.rewriting.slots import slot_of
from generators.typetext import provided


def functions_in_sight(b: Blueprint, d: int, before: int) -> list[tuple[Ref, Signature]]:
    """The functions that item *before* of definition *d* could be given, with their types."""
    return [(ref, tree) for ref, tree in _in_sight(b, d, before) if isinstance(tree, Signature)]


def instances_in_sight(b: Blueprint, d: int, before: int) -> list[tuple[Ref, dict[str, Tree]]]:
    """The instances that item *before* of definition *d* could be given, with what they export."""
    return [(ref, tree) for ref, tree in _in_sight(b, d, before) if isinstance(tree, dict)]


def _in_sight(b: Blueprint, d: int, before: int) -> Iterator[tuple[Ref, Tree]]:
    definition = b.definitions[d]
    for k, used in enumerate(definition.imports):
        yield from _inside(Ref("import", k), used.tree)
    for i, item in enumerate(definition.items[:before]):
        match item:
            case Guest(functions=functions):
                yield from ((Ref("item", i, (f"f{n}",)), f.signature) for n, f in enumerate(functions))
            case Child() | Bundle():
                yield from _inside(Ref("item", i), provided(b, definition, Ref("item", i)))
            case _:
                yield Ref("item", i), item.signature


def _inside(ref: Ref, tree: Tree) -> Iterator[tuple[Ref, Tree]]:
    yield ref, tree
    if isinstance(tree, dict):
        for name, inner in tree.items():
            yield from _inside(Ref(ref.source, ref.index, (*ref.path, name)), inner)


def has_all(tree: Tree, wanted: Tree) -> bool:
    """Whether an instance, or a function, can be given where *wanted* is imported."""
    if isinstance(wanted, dict):
        return isinstance(tree, dict) and all(name in tree and has_all(tree[name], t) for name, t in wanted.items())
    return tree == wanted


def is_own(b: Blueprint, d: int, ref: Ref) -> bool:
    """Whether the function *ref* of definition *d* is lifted by the definition itself, perhaps once more."""
    slot = slot_of(b, d, ref)
    return slot is None or (slot.kind in ("function", "relift") and slot.definition == d)
