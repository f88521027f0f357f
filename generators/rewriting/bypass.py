"""Takes out an item that only hands functions on, and has those who used it use what it handed on."""

from __future__ import annotations

from functools import partial

from msgspec.structs import replace

from generators.blueprint import Blueprint, Bundle, Child, Definition, Export, Item, Ref, Relift
from generators.rewriting.cut import Cut, without
from generators.rewriting.parts import with_definition, with_refs


def bypassed(b: Blueprint, d: int, i: int) -> Blueprint | None:
    """Without item *i* of definition *d*, a child, bundle or relift; what it got from elsewhere is used directly. None
    if nothing in the definition used that."""
    changed = _bypassed(b, d, i)
    return None if changed == b.definitions[d] else without(with_definition(b, d, changed), Cut(items={(d, i)}))


def _bypassed(b: Blueprint, number: int, index: int) -> Definition:
    """Definition *number* with what its item *index* hands on in place of references to it."""
    definition = b.definitions[number]

    def direct(ref: Ref) -> Ref:
        if ref.source != "item" or ref.index != index:
            return ref
        found = _handed_on(b, definition.items[index], ref.path)
        return ref if found is None or not _in_sight(b, number, found) else found

    changed = with_refs(definition, direct)
    exports = tuple(map(partial(_export, definition), definition.exports, changed.exports))
    return replace(changed, exports=exports)


def _in_sight(b: Blueprint, number: int, ref: Ref) -> bool:
    """Whether definition *number* can refer to *ref* as it stands."""
    return ref.source != "component" or b.definitions[ref.index].home in b.chain(number)


def _export(definition: Definition, before: Export, after: Export) -> Export:
    """A root cannot export its imports on every engine."""
    return before if definition.home is None and after.ref.source == "import" else after


def _handed_on(b: Blueprint, item: Item, path: tuple[str, ...]) -> Ref | None:
    """Where *path* in *item* leads, if that is outside of it."""
    match item:
        case Child(definition=inner, args=args) if path:
            found = next((e.ref for e in b.definitions[inner].exports if e.name == path[0]), None)
            if found is None or found.source == "item":
                return None
            if found.code is not None:
                return found
            arg = args[found.index]
            return Ref(arg.source, arg.index, (*arg.path, *found.path, *path[1:]))
        case Bundle(entries=entries) if path:
            entry = dict(entries)[path[0]]
            return Ref(entry.source, entry.index, (*entry.path, *path[1:]))
        case Relift(ref=ref):
            return ref
    return None
