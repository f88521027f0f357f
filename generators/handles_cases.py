"""A strategy for cases about handles: a topology, then scripts that make sense in it, and now and then do not.

Each operation is drawn when those before it have run in a model (`handles_model`), so what a register holds is known;
`handles_choices` says which handles it can be about.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from hypothesis import strategies as st
from msgspec.structs import replace

from fact.model.traps import Trap
from generators.axes import EVERYTHING, Axes
from generators.blueprint import Signature
from generators.drawing import often, pick, seldom
from generators.handles import (
    AT_A_TIME,
    RECEIVED,
    RETURNED,
    Call,
    Copy,
    Drop,
    Dropping,
    Empty,
    Fill,
    FromHost,
    HandleBlueprint,
    Hook,
    HostDrop,
    Invoke,
    Look,
    New,
    Op,
    Raw,
    Reg,
    Rep,
    Run,
    Source,
    Store,
    Unreachable,
)
from generators.handles_choices import GOES_WRONG, Choices
from generators.handles_model import Model
from generators.handles_state import Held
from generators.handles_topologies import Topology
from generators.handles_values import handles_in, resources_in, slots_in
from generators.valtypes import ListOf, OwnOf

MOST_OPERATIONS = 28
"""After so many no script of a case goes on; what a call still has to drop or return comes on top."""

REPS = (1, 0, 0xFFFF_FFFF, 0x8000_0000)
COUNTS = (3, 70, 9, 150)
Where: TypeAlias = Literal["destructor", "realloc", "post-return"]
HOOKS: tuple[Where, ...] = ("destructor", "destructor", "realloc", "post-return")
STORES = 18
"""Once in so many times an operation is about the storage of threads."""


@st.composite
def handle_blueprints(
    draw: st.DrawFn, *, junk: bool = True, host: bool = True, axes: Axes = EVERYTHING
) -> HandleBlueprint:
    """Blueprints of 2 to 4 component instances.

    *junk*: some scripts pass handles that they should not. *host*: in some the host holds handles. *axes*: what to do
    without.
    """
    topology = Topology(draw)
    blueprint = topology.made(pick(draw, (2, 3, 4, 3, 4)))
    if host and seldom(draw, 3):
        blueprint = replace(blueprint, exports=topology.exports())
    scripts = _Scripts(draw, blueprint, junk)
    calls = [scripts.call() for _ in range(pick(draw, (1, 2, 2, 3)))]
    return replace(blueprint, calls=tuple(calls))


# -- scripts


@dataclass(slots=True)
class _Scripts:
    """Scripts for one blueprint; after a trap the next one finds fresh instances."""

    draw: st.DrawFn
    blueprint: HandleBlueprint
    junk: bool
    model: Model = field(init=False)
    choices: Choices = field(init=False)
    left: int = MOST_OPERATIONS
    reps: int = 0

    def __post_init__(self) -> None:
        self.begin()

    def begin(self) -> None:
        """With fresh instances."""
        self.model = Model(self.blueprint)
        self.choices = Choices(self.draw, self.blueprint, self.model, self.junk)

    def call(self) -> Call:
        call = self.planned()
        made: list[Op] = []
        try:
            match call:
                case Run(instance=instance):
                    self.model.run(instance, lambda: self.asked(instance, made))
                case FromHost(export=export):
                    callee = self.blueprint.behind(self.blueprint.exports[export])
                    self.model.from_host(call, lambda: self.nested(callee, made, 1))
                case HostDrop():
                    self.model.call(call)
        except Trap:
            self.begin()
        return call if isinstance(call, HostDrop) else replace(call, script=tuple(made))

    def planned(self) -> Call:
        """A call that the host can make, still without its script."""
        if self.blueprint.exports and often(self.draw, 4):
            if self.model.host and seldom(self.draw, 3):
                return HostDrop(pick(self.draw, list(self.model.host)))
            export = pick(self.draw, range(len(self.blueprint.exports)))
            if (args := self.choices.host_args(export)) is not None:
                return FromHost(export, args)
        able = [i for i in reversed(range(len(self.blueprint.instances))) if not self.blueprint.definition(i).relay]
        likely = able[-1] if self.blueprint.parent else able[0]
        return Run(pick(self.draw, (likely, likely, likely, *able)))

    def script(self, instance: int, made: list[Op], count: int, depth: int) -> None:
        """Adds to *made* what it has run."""
        for _ in range(count):
            if self.left <= 0:
                return
            if seldom(self.draw, STORES):
                self.storing(instance, made, depth)
            else:
                self.run(instance, self.op(instance, depth), made, depth)

    def storing(self, instance: int, made: list[Op], depth: int) -> None:
        """Between `context.set` and `context.get` a thread that does the same: in a destructor, realloc, or call."""
        def run(*ops: Op) -> None:
            for op in ops:
                self.run(instance, op, made, depth)

        def hook(where: Where) -> Hook:
            return Hook(where, (Look(), self.store()))

        run(self.store())
        destroyed, returned, called = self.choices.with_destructors(instance), *self.calls_that_store(instance, depth)
        ways = ["destructor"] * bool(destroyed) + ["realloc"] * 2 * bool(returned) + ["call"] * 3 * bool(called)
        match pick(self.draw, (*ways, "post-return")):
            case "destructor":
                type, register = pick(self.draw, destroyed), pick(self.draw, range(RECEIVED))
                run(hook("destructor"), New(type, self.rep(instance, type), register), Drop(type, Reg(register)))
            case "realloc":
                run(hook("realloc"), self.invoke(instance, pick(self.draw, returned)))
            case "call":
                run(self.invoke(instance, pick(self.draw, called)))
            case "post-return":
                run(hook("post-return"))
        run(Look())

    def calls_that_store(self, instance: int, depth: int) -> tuple[list[int], list[int]]:
        """Imports whose results are lists, and those that come back to *instance* or may."""
        if depth >= 4:
            return [], []
        imports = self.blueprint.definition(instance).imports
        able = [c for c in range(len(imports)) if self.choices.possible(instance, c)]
        back = [c for c in able if self.blueprint.parent or self.blueprint.callee(instance, c).instance == instance]
        return [c for c in able if isinstance(imports[c].result, ListOf)], back

    def store(self) -> Store:
        self.reps += 1
        return Store(0x60 + self.reps)

    def run(self, instance: int, op: Op, made: list[Op], depth: int) -> None:
        self.left -= 1
        if not isinstance(op, Invoke):
            made.append(op)
            self.model.one(instance, op)
            return
        inner: list[Op] = []
        callee = self.blueprint.callee(instance, op.callee)
        try:
            self.model.invoke(instance, op, lambda: self.nested(callee, inner, depth + 1))
        finally:
            made.append(replace(op, script=tuple(inner)))

    def asked(self, instance: int, made: list[Op]) -> None:
        """What the host asks of *instance*."""
        self.script(instance, made, pick(self.draw, (3, 5, 4, 2, 7)), 0)

    def nested(self, callee: Source, inner: list[Op], depth: int) -> None:
        """What *callee* does."""
        imports = self.blueprint.definition(callee.instance).imports
        self.script(callee.instance, inner, pick(self.draw, (1, 2, 0, 3) if imports else (0, 0, 1, 2)), depth)
        function = self.blueprint.definition(callee.instance).functions[callee.index]
        result = function.signature.result
        if result is not None:
            slots = zip(handles_in(result, function.returns), slots_in(result, function.returns), strict=True)
            for t, slot in slots:
                self.put_out(callee.instance, t.resource, RETURNED + slot % AT_A_TIME, inner, depth)
        for index, held in list(self.model.holders[callee.instance].held()):
            if not held.own and held.lends == 0 and not (self.junk and seldom(self.draw, 12)):
                self.run(callee.instance, self.drop(callee.instance, index, held), inner, depth)

    def put_out(self, instance: int, type: int, register: int, inner: list[Op], depth: int) -> None:
        """Something to return where the guest cannot make it, and sometimes where it can."""
        own = type >= self.blueprint.definition(instance).imported
        if own and often(self.draw, 4):
            return
        if self.junk and seldom(self.draw, GOES_WRONG):
            handle = self.choices.no_handle(instance, OwnOf(type))
            self.run(instance, Copy(handle, register), inner, depth)
            return
        taken = self.model.holders[instance].registers[RETURNED:]
        there = [i for i, _ in self.choices.holdings(instance, OwnOf(type)) if i not in taken]
        if there:
            self.run(instance, Copy(self.choices.operand(instance, pick(self.draw, there)), register), inner, depth)

    # -- operations

    def op(self, instance: int, depth: int) -> Op:
        definition, holder = self.blueprint.definition(instance), self.model.holders[instance]
        own = range(definition.imported, definition.types)
        held = list(holder.held())
        calls = [c for c in range(len(definition.imports)) if self.choices.possible(instance, c)] if depth < 4 else []
        passing = [c for c in calls if resources_in(Signature(definition.imports[c].params))]
        asking = [c for c in calls if c not in passing]
        able = [(i, h) for i, h in held if not h.lends
                and (not h.own or self.choices.can_be_destroyed(instance, h.resource, h.rep))]
        few = len(held) < 3
        ways = ["pass"] * 12 * bool(passing) + ["ask"] * (4 if few else 1) * bool(asking)
        ways += ["new"] * (3 if few else 1) * bool(own) + ["drop"] * bool(able)
        ways += ["rep"] * any(h.resource.instance == instance for _, h in held)
        if seldom(self.draw, 24) or not ways:
            ways = ["hook", "fill", "junk", "unreachable"] if self.junk else ["hook", "fill"]
        match pick(self.draw, ways):
            case "pass":
                return self.invoke(instance, pick(self.draw, passing))
            case "ask":
                return self.invoke(instance, pick(self.draw, asking))
            case "new":
                type = pick(self.draw, own)
                return New(type, self.rep(instance, type), pick(self.draw, range(RECEIVED)))
            case "rep":
                index, kept = pick(self.draw, [(i, h) for i, h in held if h.resource.instance == instance])
                return Rep(kept.resource.index, self.choices.operand(instance, index))
            case "drop":
                index, kept = pick(self.draw, held if self.junk and seldom(self.draw, 8) else able)
                return self.drop(instance, index, kept)
            case "fill" if own:
                return self.fill(instance, own)
            case "hook":
                return self.hook(instance)
            case "unreachable" if seldom(self.draw, 5):
                return Unreachable()
        return self.wrong(instance) if self.junk else Copy(Raw(0), 0)

    def drop(self, instance: int, index: int, held: Held) -> Drop:
        return Drop(self.choices.known_as(instance, held.resource), self.choices.operand(instance, index))

    def rep(self, instance: int, type: int) -> int:
        """A representation that the destructor can do with."""
        self.reps += 1
        destructor = self.blueprint.destructor(Source(instance, type))
        if isinstance(destructor, Dropping) and (there := self.choices.droppable(instance, destructor.type)):
            return pick(self.draw, there)
        return pick(self.draw, REPS) if seldom(self.draw, 5) else 0x10 + self.reps

    def fill(self, instance: int, own: range) -> Op:
        type = pick(self.draw, own)
        run = self.choices.run_of(instance, type)
        if len(run) > 2 and often(self.draw, 3):
            step = pick(self.draw, (1, -1))
            count = pick(self.draw, (len(run), len(run) - 1))
            first = self.choices.operand(instance, run[0] if step == 1 else run[-1])
            return Empty(type, first, count, 1 if step == 1 else -1)
        return Fill(type, pick(self.draw, COUNTS), 0x4000, pick(self.draw, range(RECEIVED)))

    def hook(self, instance: int) -> Op:
        """What the guest does where it may not leave, or in a destructor: with the handles that it has now."""
        holder, definition = self.model.holders[instance], self.blueprint.definition(instance)
        ways: list[Op] = [New(t, self.rep(instance, t), 0) for t in range(definition.imported, definition.types)]
        for index, held in list(holder.held())[-3:]:
            handle = self.choices.operand(instance, index)
            type = self.choices.known_as(instance, held.resource)
            ways += [Drop(type, handle), *([Rep(type, handle)] * (held.resource.instance == instance))]
        return Hook(pick(self.draw, HOOKS), (pick(self.draw, ways),) if ways else ())

    def wrong(self, instance: int) -> Op:
        """`resource.drop` or `resource.rep` of what is no such handle."""
        definition = self.blueprint.definition(instance)
        type = pick(self.draw, range(definition.types))
        handle = self.choices.no_handle(instance, OwnOf(type))
        if type >= definition.imported and not often(self.draw, 3):
            return Rep(type, handle)
        return Drop(type, handle)

    def invoke(self, instance: int, callee: int) -> Op:
        args = self.choices.guest_args(instance, callee)
        if args is None:
            return self.wrong(instance) if self.junk and seldom(self.draw, 4) else Copy(Raw(0), 0)
        return Invoke(callee, *args, (), pick(self.draw, range(RECEIVED)))
