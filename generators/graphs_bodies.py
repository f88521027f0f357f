"""Strategies for what the functions of guests do."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from generators.drawing import often
from generators.graphs_code import AREAS, LENGTHS, PAIRS, SCRATCH, TEXT
from generators.graphs_core import (
    Call,
    Compute,
    Const,
    CoreFunc,
    CoreImport,
    Count,
    Fail,
    Grow,
    Indirect,
    Load,
    Move,
    Operand,
    Param,
    Read,
    Result,
    Step,
    Store,
    Throw,
)
from generators.graphs_facts import (
    UNMARKED,
    CoreFn,
    Effects,
    Made,
    wants,
)
from generators.graphs_scope import COST_LIMIT, Scope

if TYPE_CHECKING:
    from generators.graphs_guests import Draft

CODE = ("call", "indirect", "count", "memory", "bulk", "simd", "gc", "exception", "tail", "multi-memory", "grow")
"""What guests do: an axis each."""

LOGGING = CoreImport("log", "log", "log", CoreFunc(("i64",)))

BLOCK = CoreFunc(("i32", "i32", "i32", "i32"), ("i32",))
"""The type of a realloc."""

STEPS = (1, 0, 1, 2, 3)


@dataclass(frozen=True, slots=True)
class Want:
    """A function that somebody needs. *pure*: it calls nothing that leaves the component."""

    type: CoreFunc
    made: Made = UNMARKED
    pure: bool = False

    @property
    def allocates(self) -> bool:
        return self.made.gives == "block"


@dataclass(eq=False, slots=True)
class Body:
    """The steps of one function being drawn."""

    draft: Draft
    want: Want
    steps: list[Step]
    now: bool
    called: list[CoreFn] = field(default_factory=list)
    areas: int = 0

    @property
    def scope(self) -> Scope:
        return self.draft.scope

    def effects(self) -> Effects:
        from generators.graphs_facts import Effects
        found = Effects()
        for f in self.called:
            found = found.then(f.effects)
        return found

    def read(self) -> None:
        """What its parameters point to, if it is made for a function with such."""
        s = self.want.made.signature
        if s is None:
            return
        for n, kind in enumerate(wants(s)):
            if kind == "text":
                self.steps.append(Read(self.draft.memory(), Param(n), Param(n + 1)))

    def step(self) -> None:
        shared, draft = self.scope.shared, self.draft
        callees = self.callees() if shared.axes.on("graph code", "call") else []
        if callees and often(shared.draw, 3):
            held = [n for n in callees if any(w.startswith("handle") for w in self.draft.known[n].wants)]
            self.call(shared.pick(held if held and often(shared.draw, 3) else callees))
            return
        kind = shared.among("graph code", CODE[1:8])
        match kind:
            case "indirect":
                for table, cells in draft.cells.items():
                    if usable := [(n, f) for n, f in cells.items() if self.may(f) and not f.wants]:
                        slot, f = shared.pick(usable)
                        self.called.append(f)
                        self.steps.append(Indirect(table, slot, f.type, self.args(f)))
                        return
                if shared.risky and draft.cells and shared.seldom(4):
                    self.steps.append(Indirect(next(iter(draft.cells)), 3, CoreFunc()))
            case "count":
                self.steps.append(Count(draft.cell(), self.operand()))
            case "memory":
                memory = draft.memory()
                self.steps.append(Store(memory, SCRATCH + 4 * shared.pick((0, 1)), self.operand()))
                self.steps.append(Load(draft.memory(), SCRATCH + 4 * shared.pick((0, 1))))
            case "bulk":
                to = draft.memory()
                source = "" if shared.seldom(3) else draft.memory()
                self.steps.append(Move(to, source, SCRATCH + 16, shared.pick((8, 1, 0, 33))))
                self.steps.append(Read(to, Const(SCRATCH + 16), Const(33)))
                if shared.seldom(6):
                    self.steps.append(Grow(to))
            case "simd" | "gc":
                self.steps.append(Compute(kind, self.operand()))
            case "exception":
                if shared.risky and shared.seldom(4):
                    self.steps.append(Throw(draft.tag(), self.operand(), False))
                else:
                    self.steps.append(Throw(draft.tag(), self.operand()))
        if shared.risky and shared.seldom(30):
            self.steps.append(Fail())

    def callees(self) -> list[str]:
        return [n for n, f in self.draft.known.items() if self.may(f) and self.satisfied(f)]

    def may(self, f: CoreFn) -> bool:
        cost = sum(c.effects.cost for c in self.called) + f.effects.cost
        return cost <= COST_LIMIT and self.scope.callable(f, now=self.now) and not (
            self.want.pure and f.effects.leaves)

    def satisfied(self, f: CoreFn) -> bool:
        return all(self.handle(w) is not None for w in f.wants if w.startswith("handle"))

    def handle(self, wanted: str) -> Operand | None:
        for n in range(len(self.steps) - 1, -1, -1):
            s = self.steps[n]
            if isinstance(s, Call):
                f = self.draft.known[s.callee]
                if wanted in f.wants and not f.type.results:
                    return None
                if f.gives == wanted:
                    return Result(n)
        return None

    def call(self, name: str) -> None:
        f = self.draft.known[name]
        caught = self.draft.tag() if f.throws and self.scope.shared.seldom(2) else ""
        self.called.append(f)
        area = AREAS + 16 * self.areas
        self.steps.append(Call(name, self.args(f), caught))
        if "area" in f.wants and f.memory is not None:
            self.look(f, area)

    def look(self, f: CoreFn, area: int) -> None:
        """At what a lowered function put into memory, if this code knows the memory."""
        for name, item in self.draft.chosen.items():
            if item.facts is f.memory:
                self.steps += [Load(name, area), Load(name, area + 4)]
                at = len(self.steps)
                self.steps.append(Read(name, Result(at - 2), Result(at - 1)))
                return

    def args(self, f: CoreFn) -> tuple[Operand, ...]:
        shared = self.scope.shared
        found: list[Operand] = []
        which = 0
        for n in range(len(f.type.params)):
            kind = f.wants[n] if n < len(f.wants) else ""
            match kind:
                case "char":
                    found.append(Const(shared.pick((0x61, 0x1F600, 0xD7FF))))
                case "small":
                    found.append(Const(shared.pick((0, 1))))
                case "text":
                    which = shared.pick(range(len(LENGTHS)))  # type: ignore[arg-type]
                    found.append(Const(TEXT + 16 * which))
                case "length":
                    found.append(Const(LENGTHS[which]))
                case "area":
                    found.append(Const(AREAS + 16 * self.areas))
                    self.areas += 1
                case _ if kind.startswith("handle"):
                    found.append(self.handle(kind) or Const(1))
                case _:
                    found.append(self.operand())
        return tuple(found)

    def operand(self) -> Operand:
        shared = self.scope.shared
        options: list[Operand] = []
        options += [Param(n) for n in range(len(self.want.type.params))][:2]
        options += [Result(n) for n in range(len(self.steps))][-2:]
        options.append(Const(shared.pick((1, 7, 0x1234))))
        return shared.pick(options[::-1])

    def returns(self) -> tuple[Operand, Call | None]:
        """What it returns, or the tail call that it ends with."""
        shared = self.scope.shared
        match self.want.made.gives:
            case "char":
                return Const(shared.pick((0x62, 0x10FFFF))), None
            case "small":
                return Const(shared.pick((0, 1))), None
            case "pair":
                return Const(PAIRS + 8 * shared.pick(range(len(LENGTHS)))), None  # type: ignore[arg-type]
            case "record":
                return Const(PAIRS + 32), None
            case "block":
                return Const(0), None
        if shared.axes.on("graph code", "tail"):
            same = [n for n in self.callees() if self.draft.known[n].type == self.want.type]
            if same and often(shared.draw, 2):
                f = self.draft.known[shared.pick(same)]
                name = next(n for n, k in self.draft.known.items() if k is f)
                self.called.append(f)
                return Const(0), Call(name, self.args(f))
        return (self.operand() if self.want.type.results else Const(0)), None
