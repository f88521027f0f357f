"""What cannot stay in a blueprint without something else.

What refers to something that is gone goes too: an export of it, a lift of its lower, a guest's import, a definition's
import and its argument.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TypeAlias

from generators.blueprint import Blueprint, Bundle, Child, Code, Guest, Import, Item, Ref, Relift

Key: TypeAlias = tuple[int, ...]


@dataclass(slots=True)
class Cut:
    """What goes, by numbers in the whole blueprint.

    *items*: definition, item. *imports*: definition, import. *functions*: definition, item, function. *guest_imports*:
    definition, item, import. *steps*: definition, item, function, step. *exports*: definition, name. *members*
    (functions and code): definition, import, name. *entries* of bundles: definition, item, name.
    """

    items: set[Key] = field(default_factory=set)
    imports: set[Key] = field(default_factory=set)
    functions: set[Key] = field(default_factory=set)
    guest_imports: set[Key] = field(default_factory=set)
    steps: set[Key] = field(default_factory=set)
    exports: set[tuple[int, str]] = field(default_factory=set)
    members: set[tuple[int, int, str]] = field(default_factory=set)
    entries: set[tuple[int, int, str]] = field(default_factory=set)

    def size(self) -> int:
        cut = self.items, self.imports, self.guest_imports, self.members, self.exports
        return sum(len(gone) for gone in cut)


class Spreading:
    """Adds to a cut what cannot stay."""

    def __init__(self, blueprint: Blueprint, cut: Cut) -> None:
        self.blueprint = blueprint
        self.definitions = blueprint.definitions
        self.cut = cut

    def to_the_end(self) -> None:
        before = -1
        while self.cut.size() != before:
            before = self.cut.size()
            for d, definition in enumerate(self.definitions):
                for k, used in enumerate(definition.imports):
                    self.import_(d, k, used)
                for i, item in enumerate(definition.items):
                    if (d, i) not in self.cut.items:
                        self.item(d, i, item)

    def import_(self, d: int, k: int, used: Import) -> None:
        if used.code is not None and self.gone(used.code):
            self.cut.imports.add((d, k))
        self.cut.members |= {(d, k, name) for name, code in used.library if self.gone(code)}

    def item(self, d: int, i: int, item: Item) -> None:
        match item:
            case Guest(imports=imports):
                dead = {(d, i, k) for k, used in enumerate(imports) if not self.alive(d, used.ref)}
                self.cut.guest_imports |= dead
            case Relift(ref=ref) if not self.alive(d, ref):
                self.cut.items.add((d, i))
            case Child(given=Ref() as given) if not self.alive(d, given) and not self.in_sight(d, item.definition):
                self.cut.items.add((d, i))
            case Child(definition=inner, args=args):
                for k, (used, arg) in enumerate(zip(self.definitions[inner].imports, args, strict=True)):
                    if not self.alive(d, arg):
                        self.cut.imports.add((inner, k))
                    for name, _ in (*used.members, *used.library):
                        if not self.alive(d, Ref(arg.source, arg.index, (*arg.path, *name.split("#")))):
                            self.cut.members.add((inner, k, name))
                    if used.code is not None and arg.source == "component" and arg.index != used.code.definition:
                        self.twins(used.code.definition, arg.index)

    def twins(self, declared: int, actual: int) -> None:
        """The second still has the type of the first: no import more, no export less."""
        names = {used.name for k, used in enumerate(self.definitions[declared].imports)
                 if (declared, k) not in self.cut.imports}
        self.cut.imports |= {(actual, k) for k, used in enumerate(self.definitions[actual].imports)
                             if used.name not in names}
        self.cut.exports |= {(declared, e.name) for e in self.definitions[declared].exports
                             if not self.export_alive(actual, (e.name,))}

    def in_sight(self, d: int, definition: int) -> bool:
        return self.definitions[definition].home in self.blueprint.chain(d)

    def gone(self, code: Code) -> bool:
        return code.item is not None and (code.definition, code.item) in self.cut.items

    def alive(self, d: int, ref: Ref) -> bool:
        if (code := ref.code) is not None:
            return not self.gone(code)
        if ref.source == "import":
            return (d, ref.index) not in self.cut.imports and (not ref.path or self.member_alive(d, ref))
        if (d, ref.index) in self.cut.items:
            return False
        match self.definitions[d].items[ref.index]:
            case Guest():
                return (d, ref.index, int(ref.path[0][1:])) not in self.cut.functions
            case Child(definition=inner) if ref.path:
                return self.export_alive(inner, ref.path)
            case Bundle() if (d, ref.index, *ref.path[:1]) in self.cut.entries:
                return False
            case Bundle(entries=entries) if ref.path:
                entry = dict(entries)[ref.path[0]]
                return self.alive(d, Ref(entry.source, entry.index, (*entry.path, *ref.path[1:])))
        return True

    def member_alive(self, d: int, ref: Ref) -> bool:
        """Whether anything is left at a path in an import."""
        path, used = "#".join(ref.path), self.definitions[d].imports[ref.index]
        return any(
            (name == path or name.startswith(f"{path}#")) and (d, ref.index, name) not in self.cut.members
            for name, _ in (*used.members, *used.library)
        )

    def export_alive(self, d: int, path: tuple[str, ...]) -> bool:
        if (d, path[0]) in self.cut.exports:
            return False
        found = next((e.ref for e in self.definitions[d].exports if e.name == path[0]), None)
        return found is not None and self.alive(d, Ref(found.source, found.index, (*found.path, *path[1:])))
