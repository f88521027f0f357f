"""Takes parts out of a blueprint, with everything that cannot stay without them.

A `Cut` names what goes. What refers to something that is gone goes too: an export of it, a lift of its lower, a guest's
import and the steps that call it, a definition's import and its argument. Code that nobody passes on any more is taken
from the text, where that is in sight. What is left is numbered anew.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import partial
from typing import TypeAlias

from msgspec.structs import replace

from fact.model.types import Prim
from generators.blueprint import (
    RESULT,
    START,
    Atom,
    Blueprint,
    Bundle,
    Call,
    CallResult,
    Child,
    Code,
    Const,
    Damaged,
    Definition,
    Function,
    Guest,
    GuestImport,
    Hostile,
    Import,
    Item,
    Leaving,
    Place,
    RawArgument,
    Reentry,
    Ref,
    Relift,
    ResultPointer,
    SpilledPadding,
    SpilledPointer,
    Step,
    function_with_atoms,
    in_text,
    with_atoms,
)

ZERO = Const(Prim.U32, 0)
"""Stands in for the result of a call that is gone; a guest converts it to the type that is needed."""

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


def without(blueprint: Blueprint, cut: Cut) -> Blueprint:
    """The blueprint without *cut* and what depends on it. Calls of exports that are gone are gone."""
    spreading = _Spreading(blueprint, cut)
    spreading.to_the_end()
    return _Rebuilding(spreading).blueprint()


class _Spreading:
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


def _numbered(alive: list[int]) -> dict[int, int]:
    return {old: new for new, old in enumerate(alive)}


class _Rebuilding:
    """Puts together what is left, under new numbers."""

    def __init__(self, spreading: _Spreading) -> None:
        self.old = spreading.blueprint
        self.alive = spreading.alive
        self.export_alive = spreading.export_alive
        self.cut = cut = spreading.cut
        definitions = self.old.definitions
        self.definitions = _numbered(self.definitions_left())
        self.items = {
            d: _numbered([i for i in range(len(definitions[d].items)) if (d, i) not in cut.items])
            for d in self.definitions
        }
        self.imports = {
            d: _numbered([k for k in range(len(definitions[d].imports)) if (d, k) not in cut.imports])
            for d in self.definitions
        }
        guests = {(d, i): g for d in self.items for i in self.items[d]
                  if isinstance(g := definitions[d].items[i], Guest)}
        self.functions = {
            at: _numbered([f for f in range(len(g.functions)) if (*at, f) not in cut.functions])
            for at, g in guests.items()
        }
        self.guest_imports = {
            at: _numbered([k for k in range(len(g.imports)) if (*at, k) not in cut.guest_imports])
            for at, g in guests.items()
        }
        self.steps = {
            (*at, f): _numbered([
                s for s, step in enumerate(_steps(g, f))
                if (*at, f, s) not in cut.steps and step.callee in self.guest_imports[at]
            ])
            for at, g in guests.items() for f in (START, *self.functions[at])
        }

    def definitions_left(self) -> list[int]:
        """Those that the root instantiates, those that somebody passes on, and the homes of those."""
        left: set[int] = set()
        todo = [self.old.root]
        while todo:
            d = todo.pop()
            if d in left:
                continue
            left.add(d)
            definition = self.old.definitions[d]
            if definition.home is not None:
                todo.append(definition.home)
            todo.extend(item.definition for i, item in enumerate(definition.items)
                        if isinstance(item, Child) and (d, i) not in self.cut.items)
            todo.extend(self.passed_on(d))
        return sorted(left)

    def passed_on(self, d: int) -> Iterator[int]:
        """The definitions that definition *d* says something of, other than that it instantiates them."""
        definition = self.old.definitions[d]
        for k, used in enumerate(definition.imports):
            if (d, k) not in self.cut.imports:
                codes = [code for name, code in used.library if (d, k, name) not in self.cut.members]
                yield from (code.definition for code in (*codes, used.code) if code is not None)
        yield from (e.ref.index for e in definition.exports if e.ref.code and self.export_alive(d, (e.name,)))
        for i, item in enumerate(definition.items):
            if (d, i) not in self.cut.items:
                yield from (ref.index for ref in self.given(d, i, item) if ref.code is not None)

    def given(self, d: int, i: int, item: Item) -> Iterator[Ref]:
        """What *item* is made of."""
        match item:
            case Child(definition=inner, args=args):
                yield from (arg for k, arg in enumerate(args) if (inner, k) not in self.cut.imports)
            case Bundle(entries=entries):
                yield from (r for n, r in entries if (d, i, n) not in self.cut.entries and self.alive(d, r))

    def blueprint(self) -> Blueprint:
        definitions = tuple(self.definition(d) for d in self.definitions)
        imported: set[tuple[str, ...]] = {(used.name,) for used in definitions[-1].imports}
        imported |= {(used.name, *name.split("#")) for used in definitions[-1].imports for name, _ in used.members}
        return Blueprint(
            definitions,
            tuple(h for h in self.old.host if h.path in imported),
            tuple(c for c in self.old.calls if self.callable(c)),
            tuple(new for h in self.old.hostile if (new := self.hostile(h)) is not None),
        )

    def callable(self, call: Call) -> bool:
        return self.export_alive(self.old.root, tuple(call.export.split("#")))

    def definition(self, d: int) -> Definition:
        definition = self.old.definitions[d]
        return replace(
            definition,
            home=None if definition.home is None else self.definitions[definition.home],
            imports=tuple(self.import_(d, k, definition.imports[k]) for k in self.imports[d]),
            items=tuple(self.item(d, i, definition.items[i]) for i in self.items[d]),
            exports=tuple(replace(e, ref=self.ref(d, e.ref)) for e in definition.exports
                          if self.export_alive(d, (e.name,))),
        )

    def import_(self, d: int, k: int, used: Import) -> Import:
        members = tuple((n, s) for n, s in used.members if (d, k, n) not in self.cut.members)
        if used.code is None and not used.library:
            return replace(used, members=members)
        library = tuple((n, self.code(c)) for n, c in used.library if (d, k, n) not in self.cut.members)
        return replace(used, members=members, code=used.code and self.code(used.code), library=library)

    def code(self, code: Code) -> Code:
        new = self.definitions[code.definition]
        return Code(new) if code.item is None else Code(new, self.items[code.definition][code.item])

    def item(self, d: int, i: int, item: Item) -> Item:
        match item:
            case Guest():
                lender = self.items[d].get(item.lender) if item.memory == "shared" else 0
                return replace(
                    item, memory="imported" if lender is None else item.memory, lender=lender or 0,
                    imports=tuple(self.guest_import(d, item.imports[k]) for k in self.guest_imports[d, i]),
                    functions=tuple(self.function((d, i, f), item.functions[f]) for f in self.functions[d, i]),
                    start=self.steps_left((d, i, START), item.start),
                    module=self.if_alive(d, item.module),
                )
            case Child(definition=inner, args=args):
                args = tuple(self.ref(d, args[k]) for k in self.imports[inner])
                given = self.if_alive(d, item.given)
                return replace(item, definition=self.definitions[inner], args=args, given=given)
            case Bundle(entries=entries):
                kept = [(n, r) for n, r in entries if (d, i, n) not in self.cut.entries and self.alive(d, r)]
                return replace(item, entries=tuple((n, self.ref(d, r)) for n, r in kept))
            case Relift(ref=ref):
                return replace(item, ref=self.ref(d, ref))

    def guest_import(self, d: int, used: GuestImport) -> GuestImport:
        return replace(used, ref=self.ref(d, used.ref))

    def if_alive(self, d: int, ref: Ref | None) -> Ref | None:
        return None if ref is None or not self.alive(d, ref) else self.ref(d, ref)

    def ref(self, d: int, ref: Ref) -> Ref:
        if (code := ref.code) is not None:
            return in_text(self.code(code))
        if ref.source == "import":
            return replace(ref, index=self.imports[d][ref.index])
        path = ref.path
        if isinstance(self.old.definitions[d].items[ref.index], Guest):
            path = (f"f{self.functions[d, ref.index][int(path[0][1:])]}",)
        return replace(ref, index=self.items[d][ref.index], path=path)

    def function(self, at: tuple[int, int, int], function: Function) -> Function:
        left = function_with_atoms(function, partial(self.atom, at))
        return replace(left, steps=self.steps_left(at, function.steps))

    def steps_left(self, at: tuple[int, int, int], steps: tuple[Step, ...]) -> tuple[Step, ...]:
        callees = self.guest_imports[at[:2]]
        return tuple(
            replace(with_atoms(steps[s], partial(self.atom, at)), callee=callees[steps[s].callee])
            for s in self.steps[at]
        )

    def atom(self, at: tuple[int, int, int], atom: Atom) -> Atom:
        if not isinstance(atom, CallResult):
            return atom
        new = self.steps[at].get(atom.step)
        return ZERO if new is None else CallResult(new)

    def hostile(self, hostile: Hostile) -> Hostile | None:
        """Under new numbers; None when what it is laid over is gone."""
        old = hostile.place
        at = (old.definition, old.item)
        if at not in self.functions or (old.function != START and old.function not in self.functions[at]):
            return None
        function = START if old.function == START else self.functions[at][old.function]
        place = Place(self.definitions[old.definition], self.items[old.definition][old.item], function)
        match hostile:
            case Damaged() | ResultPointer() | SpilledPadding() if hostile.step == RESULT:
                return replace(hostile, place=place)
            case RawArgument() | Damaged() | SpilledPointer() | ResultPointer() | SpilledPadding() | Reentry():
                step = self.steps[(*at, old.function)].get(hostile.step)
                return None if step is None else replace(hostile, place=place, step=step)
            case Leaving():
                callee = self.guest_imports[at].get(hostile.callee)
                return None if callee is None else replace(hostile, place=place, callee=callee)
        return replace(hostile, place=place)


def _steps(guest: Guest, function: int) -> tuple[Step, ...]:
    return guest.start if function == START else guest.functions[function].steps
