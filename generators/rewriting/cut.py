"""Takes parts out of a blueprint, with everything that cannot stay without them.

A `Cut` names what goes. What refers to something that is gone goes too: an export of it, a lift of its lower, a guest's
import and the steps that call it, a definition's import and its argument. Code that nobody passes on any more is taken
from the text, where that is in sight. What is left is numbered anew.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from msgspec.structs import replace

from fact.model.types import Prim
from generators.blueprint import (
    Blueprint,
    Bundle,
    Call,
    Child,
    Code,
    Definition,
    Function,
    Guest,
    GuestImport,
    Import,
    Item,
    Ref,
    Relift,
    Step,
    function_with_atoms,
    in_text,
    with_atoms,
)
from generators.hostile_choices import (
    RESULT,
    START,
    Damaged,
    Hostile,
    Leaving,
    Place,
    RawArgument,
    Reentry,
    ResultPointer,
    SpilledPadding,
    SpilledPointer,
)
from generators.operands import Atom, CallResult, Const
from generators.rewriting.spreading import Cut as Cut
from generators.rewriting.spreading import Spreading

ZERO = Const(Prim.U32, 0)
"""Stands in for the result of a call that is gone; a guest converts it to the type that is needed."""


def without(blueprint: Blueprint, cut: Cut) -> Blueprint:
    """The blueprint without *cut* and what depends on it. Calls of exports that are gone are gone."""
    spreading = Spreading(blueprint, cut)
    spreading.to_the_end()
    return _Rebuilding(spreading).blueprint()


def _numbered(alive: list[int]) -> dict[int, int]:
    return {old: new for new, old in enumerate(alive)}


class _Rebuilding:
    """Puts together what is left, under new numbers."""

    def __init__(self, spreading: Spreading) -> None:
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
            case Child(definition=inner, args=args, surplus=surplus):
                yield from (
                    self.argument(inner, k, arg) for k, arg in enumerate(args) if (inner, k) not in self.cut.imports
                )
                yield from surplus
            case Bundle(entries=entries):
                yield from (r for n, r in entries if (d, i, n) not in self.cut.entries and self.alive(d, r))

    def blueprint(self) -> Blueprint:
        definitions = tuple(self.definition(d) for d in self.definitions)
        imported: set[tuple[str, ...]] = {(used.name,) for used in definitions[-1].imports}
        imported |= {(used.name, *name.split("#")) for used in definitions[-1].imports for name, _ in used.members}
        return replace(
            self.old, definitions=definitions,
            host=tuple(h for h in self.old.host if h.path in imported),
            calls=tuple(c for c in self.old.calls if self.callable(c)),
            hostile=tuple(new for h in self.old.hostile if (new := self.hostile(h)) is not None),
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
                args = tuple(self.ref(d, self.argument(inner, k, args[k])) for k in self.imports[inner])
                given = self.if_alive(d, item.given)
                surplus = tuple(self.ref(d, ref) for ref in item.surplus if self.alive(d, ref))
                return replace(item, definition=self.definitions[inner], args=args, given=given, surplus=surplus)
            case Bundle(entries=entries):
                kept = [(n, r) for n, r in entries if (d, i, n) not in self.cut.entries and self.alive(d, r)]
                return replace(item, entries=tuple((n, self.ref(d, r)) for n, r in kept))
            case Relift(ref=ref):
                return replace(item, ref=self.ref(d, ref))

    def argument(self, definition: int, k: int, arg: Ref) -> Ref:
        """What is passed as import *k* of *definition*; not another component than its type's when that has lost a
        guest, and hence a log."""
        wanted = self.old.definitions[definition].imports[k].code
        if wanted is None or arg.source != "component":
            return arg
        lost = any((arg.index, i) in self.cut.items for i in range(len(self.old.definitions[arg.index].items)))
        return in_text(wanted) if lost else arg

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
