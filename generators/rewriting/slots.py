"""Where function types stand in a blueprint, and which of them have to be the same one.

An import and what is given for it, a lowered function and what it lowers, a relift and what it lifts again agree.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal, NamedTuple

from generators.blueprint import Blueprint, Bundle, Child, Code, Guest, Ref, Relift, Signature


class Slot(NamedTuple):
    """*import*: import *item* of a definition, or its member *name*. *function*, *lowered*: function or import *part*
    of a guest. *relift*: an item."""

    kind: Literal["import", "function", "lowered", "relift"]
    definition: int
    item: int
    part: int = 0
    name: str = ""


def slots(b: Blueprint) -> Iterator[tuple[Slot, Signature]]:
    """Every slot with the type in it."""
    for d, definition in enumerate(b.definitions):
        for k, used in enumerate(definition.imports):
            if used.signature is not None:
                yield Slot("import", d, k), used.signature
            for name, signature in used.members:
                yield Slot("import", d, k, 0, name), signature
        for i, item in enumerate(definition.items):
            match item:
                case Guest(imports=imports, functions=functions):
                    for n, lowered in enumerate(imports):
                        yield Slot("lowered", d, i, n), lowered.signature
                    for n, function in enumerate(functions):
                        yield Slot("function", d, i, n), function.signature
                case Relift(signature=signature):
                    yield Slot("relift", d, i), signature


def signatures(b: Blueprint) -> list[Signature]:
    """Every function type that occurs."""
    return list(dict.fromkeys(signature for _, signature in slots(b)))


def slot_of(b: Blueprint, d: int, ref: Ref, inside: tuple[str, ...] = ()) -> Slot | None:
    """Where the type stands of the function that *ref*, and then the path *inside*, leads to in definition *d*; None if
    that is no function."""
    path = (*ref.path, *inside)
    if ref.code is not None:
        return None
    if ref.source == "import":
        used = b.definitions[d].imports[ref.index]
        if used.signature is not None:
            return Slot("import", d, ref.index)
        name = "#".join(path)
        return Slot("import", d, ref.index, 0, name) if any(name == member for member, _ in used.members) else None
    match b.definitions[d].items[ref.index]:
        case Guest() if path:
            return Slot("function", d, ref.index, int(path[0][1:]))
        case Relift():
            return Slot("relift", d, ref.index)
        case Child(definition=inner) if path:
            found = next((e.ref for e in b.definitions[inner].exports if e.name == path[0]), None)
            return None if found is None else slot_of(b, inner, found, path[1:])
        case Bundle(entries=entries) if path:
            entry = next((r for name, r in entries if name == path[0]), None)
            return None if entry is None else slot_of(b, d, entry, path[1:])
    return None


def code_of(b: Blueprint, d: int, ref: Ref) -> Code | None:
    """The code that *ref* stands for in definition *d*, as far as that can be told there."""
    if ref.code is not None:
        return ref.code
    if ref.source == "import":
        tree = b.definitions[d].imports[ref.index].tree
        for name in ref.path:
            tree = tree[name] if isinstance(tree, dict) else tree
        return tree if isinstance(tree, Code) else None
    match b.definitions[d].items[ref.index]:
        case Child(definition=inner) if ref.path:
            found = next((e.ref for e in b.definitions[inner].exports if e.name == ref.path[0]), None)
            return None if found is None else code_of(b, inner, Ref(found.source, found.index,
                                                                    (*found.path, *ref.path[1:])))
        case Bundle(entries=entries) if ref.path:
            entry = next((r for name, r in entries if name == ref.path[0]), None)
            return None if entry is None else code_of(b, d, Ref(entry.source, entry.index,
                                                                (*entry.path, *ref.path[1:])))
    return None


def twins(b: Blueprint) -> list[tuple[int, int]]:
    """Definitions of which the second is passed where a component of the first one's type is asked for."""
    found: dict[tuple[int, int], None] = {}
    for d, definition in enumerate(b.definitions):
        for item in definition.items:
            if isinstance(item, Child):
                for used, arg in zip(b.definitions[item.definition].imports, item.args, strict=True):
                    actual = code_of(b, d, arg) if used.code is not None else None
                    if used.code is not None and actual is not None and actual != used.code:
                        found[used.code.definition, actual.definition] = None
    return list(found)


def groups(b: Blueprint) -> list[tuple[Slot, ...]]:
    """The slots, those together that have to agree."""
    return _Agreeing(b).groups()


class _Agreeing:
    """Sets of slots that grow together."""

    def __init__(self, b: Blueprint) -> None:
        self.b = b
        self.root: dict[Slot, Slot] = {slot: slot for slot, _ in slots(b)}

    def find(self, slot: Slot) -> Slot:
        while (up := self.root[slot]) != slot:
            self.root[slot] = slot = self.root[up]
        return slot

    def join(self, one: Slot | None, other: Slot | None) -> None:
        if one is not None and other is not None:
            self.root[self.find(one)] = self.find(other)

    def groups(self) -> list[tuple[Slot, ...]]:
        for d, definition in enumerate(self.b.definitions):
            for i, item in enumerate(definition.items):
                match item:
                    case Guest(imports=imports):
                        for n, used in enumerate(imports):
                            self.join(Slot("lowered", d, i, n), slot_of(self.b, d, used.ref))
                    case Relift(ref=ref):
                        self.join(Slot("relift", d, i), slot_of(self.b, d, ref))
                    case Child():
                        self.child(d, item)
        for one, other in twins(self.b):
            self.alike(one, other)
        found: dict[Slot, list[Slot]] = {}
        for slot in self.root:
            found.setdefault(self.find(slot), []).append(slot)
        return [tuple(group) for group in found.values()]

    def child(self, d: int, child: Child) -> None:
        inner = child.definition
        for k, (used, arg) in enumerate(zip(self.b.definitions[inner].imports, child.args, strict=True)):
            if used.signature is not None:
                self.join(Slot("import", inner, k), slot_of(self.b, d, arg))
            for name, _ in used.members:
                self.join(Slot("import", inner, k, 0, name), slot_of(self.b, d, arg, tuple(name.split("#"))))

    def alike(self, one: int, other: int) -> None:
        """Two components of one type: all that has one type in either."""
        first: dict[Signature, Slot] = {}
        for slot, signature in slots(self.b):
            if slot.definition in (one, other):
                self.join(slot, first.setdefault(signature, slot))
