"""Takes out an item that only hands functions on, and has those who used it use what it handed on."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec.structs import replace

from fuzz.minimise.cut import Cut, without
from generators.blueprint import Blueprint, Bundle, Child, Definition, Export, Guest, Item, Ref, Relift


def bypasses(b: Blueprint) -> Iterator[Blueprint]:
    """Without one child, bundle or relift; what it got from elsewhere is used directly."""
    for d, definition in enumerate(b.definitions):
        for i, item in enumerate(definition.items):
            if not isinstance(item, Guest):
                changed = _bypassed(b, definition, i)
                if changed != definition:
                    definitions = (*b.definitions[:d], changed, *b.definitions[d + 1 :])
                    yield without(replace(b, definitions=definitions), Cut(items={(d, i)}))


def _bypassed(b: Blueprint, definition: Definition, index: int) -> Definition:
    """*definition* with what its item *index* hands on in place of references to it."""

    def direct(ref: Ref) -> Ref:
        if ref.source != "item" or ref.index != index:
            return ref
        return _handed_on(b, definition.items[index], ref.path) or ref

    exports = tuple(_export(export, direct(export.ref), definition) for export in definition.exports)
    items = []
    for item in definition.items:
        match item:
            case Guest(imports=imports):
                item = replace(item, imports=tuple(replace(used, ref=direct(used.ref)) for used in imports))
            case Child(args=args):
                item = replace(item, args=tuple(map(direct, args)))
            case Bundle(entries=entries):
                item = replace(item, entries=tuple((name, direct(ref)) for name, ref in entries))
            case Relift(ref=ref):
                item = replace(item, ref=direct(ref))
        items.append(item)
    return replace(definition, items=tuple(items), exports=exports)


def _export(export: Export, ref: Ref, definition: Definition) -> Export:
    """A root cannot export its imports on every engine."""
    return export if definition.home is None and ref.source == "import" else Export(export.name, ref)


def _handed_on(b: Blueprint, item: Item, path: tuple[str, ...]) -> Ref | None:
    """Where *path* in *item* leads, if that is outside of it."""
    match item:
        case Child(definition=inner, args=args) if path:
            found = next((e.ref for e in b.definitions[inner].exports if e.name == path[0]), None)
            if found is None or found.source != "import":
                return None
            arg = args[found.index]
            return Ref(arg.source, arg.index, (*arg.path, *found.path, *path[1:]))
        case Bundle(entries=entries) if path:
            entry = dict(entries)[path[0]]
            return Ref(entry.source, entry.index, (*entry.path, *path[1:]))
        case Relift(ref=ref):
            return ref
    return None
