"""A strategy for cases about handles: a topology, then scripts that make sense in it, and now and then do not.

Each operation is drawn when those before it have run in a model (`handles_model`), so what a register holds is known;
`handles_choices` says which handles it can be about. A case makes no more than two mistakes, so that what comes of it
has one cause.
"""

from __future__ import annotations

from collections.abc import Callable
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
    HOST,
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
    Script,
    Source,
    Store,
    Throw,
    Unreachable,
)
from generators.handles_choices import Choices, Mistakes
from generators.handles_model import Model
from generators.handles_state import Held
from generators.handles_topologies import MOST_INSTANCES, Topology
from generators.handles_values import handles_in, moved_in, resources_in, slots_in
from generators.valtypes import BorrowOf, OwnOf, walk

MOST_OPERATIONS = 28
"""After so many no script of a case goes on; what a call still has to drop or return comes on top."""

REPS = (1, 0, 0xFFFF_FFFF, 0x8000_0000)
COUNTS = (3, 70, 9, 150)
Planted: TypeAlias = Callable[[int, list[Op], int], None]
Where: TypeAlias = Literal["destructor", "realloc", "post-return"]
HOOKS: tuple[Where, ...] = ("destructor", "destructor", "realloc", "post-return")
SPECIAL = 8
"""Once in so many times an operation is one of several that belong together, or an unusual one."""
TOGETHER = ("destroy", "ambush", "store", "hook", "fill", "call back")
MADE_BY = {
    "leave": ("ambush", "ambush", "hook"), "trap": ("trap", "ambush", "destroy", "destroy"),
    "resource.drop": ("wrong", "wrong", "destroy"), "resource.rep": ("wrong",),
}
"""By the place of a mistake, what makes it."""


@st.composite
def handle_blueprints(
    draw: st.DrawFn, *, junk: bool = True, host: bool = True, axes: Axes = EVERYTHING
) -> HandleBlueprint:
    """Blueprints of 2 to 4 component instances, seldom up to 8.

    *junk*: some scripts pass handles that they should not. *host*: in some the host holds handles. *axes*: what to do
    without.
    """
    topology = Topology(draw, axes)
    many = axes.on("handle topology", "many") and seldom(draw, 16)
    blueprint = topology.made(pick(draw, (5, 6, MOST_INSTANCES)) if many else pick(draw, (2, 3, 4, 3, 4)))
    if host and seldom(draw, 2):
        blueprint = replace(blueprint, exports=topology.exports())
    mistakes = Mistakes.drawn(draw, axes, pick(draw, (1, 2, 1, 2, 0)) if junk else 0)
    scripts = _Scripts(draw, blueprint, axes, mistakes)
    calls = [scripts.call() for _ in range(pick(draw, (1, 2, 2, 3)))]
    return replace(blueprint, calls=tuple(calls))


# -- scripts


@dataclass(slots=True)
class _Scripts:
    """Scripts for one blueprint; after a trap the next one finds fresh instances. *planted* is what the next callee of
    a guest's does first; it is given the callee's instance, the operations that have run, and the depth. *quiet*: the
    next callee does nothing but return."""

    draw: st.DrawFn
    blueprint: HandleBlueprint
    axes: Axes
    mistakes: Mistakes
    model: Model = field(init=False)
    choices: Choices = field(init=False)
    left: int = MOST_OPERATIONS
    reps: int = 0
    planted: Planted | None = None
    quiet: bool = False

    def __post_init__(self) -> None:
        self.begin()

    def begin(self) -> None:
        """With fresh instances."""
        self.model = Model(self.blueprint)
        self.choices = Choices(self.draw, self.blueprint, self.model, self.mistakes, self.axes)
        self.planted, self.quiet = None, False

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
            if seldom(self.draw, SPECIAL // 2 if self.planned_ways() else SPECIAL):
                self.special(instance, made, depth)
            else:
                self.run(instance, self.op(instance, depth), made, depth)

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
        self.script(instance, made, pick(self.draw, (6, 5, 7, 4, 9)), 0)

    def nested(self, callee: Source, inner: list[Op], depth: int) -> None:
        """What *callee* does."""
        planted, self.planted = self.planted, None
        if planted is not None:
            planted(callee.instance, inner, depth)
        quiet, self.quiet = self.quiet, False
        imports = self.blueprint.definition(callee.instance).imports
        has_some = any(self.choices.has_some(callee.instance, c) for c in range(len(imports)))
        count = 0 if quiet else pick(self.draw, (1, 2, 0, 3) if has_some else (0, 0, 1, 2))
        self.script(callee.instance, inner, count, depth)
        function = self.blueprint.definition(callee.instance).functions[callee.index]
        result = function.signature.result
        if result is not None:
            slots = zip(handles_in(result, function.returns), slots_in(result, function.returns), strict=True)
            for t, slot in slots:
                self.put_out(callee.instance, t.resource, RETURNED + slot % AT_A_TIME, inner, depth)
        for index, held in list(self.model.holders[callee.instance].held()):
            if not held.own and held.lends == 0 and not self.choices.errs("left", 1):
                self.run(callee.instance, self.drop(callee.instance, index, held), inner, depth)

    def put_out(self, instance: int, type: int, register: int, inner: list[Op], depth: int) -> None:
        """Something to return where the guest cannot make it, and sometimes where it can."""
        own = type >= self.blueprint.definition(instance).imported
        if (wrong := self.choices.wrong_handle("result", 2, instance, OwnOf(type))) is not None:
            self.run(instance, Copy(wrong, register), inner, depth)
            return
        if own and often(self.draw, 4):
            return
        taken = self.model.holders[instance].registers[RETURNED:]
        there = [i for i, _ in self.choices.holdings(instance, OwnOf(type)) if i not in taken]
        if there:
            self.run(instance, Copy(self.choices.operand(instance, pick(self.draw, there)), register), inner, depth)

    # -- operations that belong together

    def special(self, instance: int, made: list[Op], depth: int) -> None:
        ways = self.planned_ways() if seldom(self.draw, 2) else ()
        together = self.axes.among("handle operation", TOGETHER)
        if self.blueprint.parent and instance == 0 and "call back" in together:
            together = (*together, *("call back",) * len(together))
        match pick(self.draw, ways or together):
            case "destroy":
                self.destroying(instance, made, depth)
            case "ambush":
                self.ambush(instance, made, depth)
            case "store":
                self.storing(instance, made, depth)
            case "hook":
                self.run(instance, self.hook(instance), made, depth)
            case "call back" if self.blueprint.parent and instance == 0:
                self.lending(made, depth)
            case "fill" if own := self.own_types(instance):
                for _ in range(pick(self.draw, (2, 1))):
                    self.run(instance, self.fill(instance, own), made, depth)
            case "trap" if self.choices.errs("trap", 1):
                self.run(instance, self.trap(), made, depth)
            case _ if (wrong := self.wrong(instance)) is not None:
                self.run(instance, wrong, made, depth)

    def trap(self) -> Op:
        ways: tuple[Op, ...] = (Unreachable(), Throw())
        return pick(self.draw, ways)

    def planned_ways(self) -> tuple[str, ...]:
        """How the mistakes that are planned can be made."""
        return tuple(way for place, ways in MADE_BY.items() if self.choices.plans(place) for way in ways)

    def own_types(self, instance: int) -> range:
        definition = self.blueprint.definition(instance)
        return range(definition.imported, definition.types)

    def storing(self, instance: int, made: list[Op], depth: int) -> None:
        """Between `context.set` and `context.get` a thread that does the same: in a destructor, realloc, or call."""
        def run(*ops: Op) -> None:
            for op in ops:
                self.run(instance, op, made, depth)

        def hook(where: Where) -> Hook:
            return Hook(where, (Look(), self.store(), Look()))

        run(*(Look(),) * seldom(self.draw, 3), self.store())
        destroyed, returned, called = self.choices.with_destructors(instance), *self.calls_that_store(instance, depth)
        ways = ["destructor"] * bool(destroyed) + ["realloc"] * 2 * bool(returned) + ["call"] * 3 * bool(called)
        match pick(self.draw, (*ways, "post-return")):
            case "destructor":
                type, register = pick(self.draw, destroyed), pick(self.draw, range(RECEIVED))
                run(hook("destructor"), New(type, self.rep(instance, type), register), Drop(type, Reg(register)))
            case "realloc":
                self.call_of(instance, returned, made, depth, hook("realloc"))
            case "call":
                self.call_of(instance, called, made, depth)
            case "post-return":
                run(hook("post-return"))
        run(Look())

    def calls_that_store(self, instance: int, depth: int) -> tuple[list[int], list[int]]:
        """Imports whose results take reallocs, and those that come back to *instance* or may."""
        able = self.able(instance, depth)
        back = [c for c in able if self.blueprint.parent or self.blueprint.callee(instance, c).instance == instance]
        return [c for c in able if self.reallocs(instance, c)], back

    def able(self, instance: int, depth: int) -> list[int]:
        """Imports that can be called."""
        imports = self.blueprint.definition(instance).imports
        return [c for c in range(len(imports)) if self.choices.possible(instance, c)] if depth < 4 else []

    def reallocs(self, instance: int, callee: int) -> bool:
        """Whether what comes back takes a place in memory of its own."""
        result = self.blueprint.definition(instance).imports[callee].result
        source = self.blueprint.callee(instance, callee)
        if result is None or source.instance == HOST:
            return False
        returns = self.blueprint.definition(source.instance).functions[source.index].returns
        return any(not isinstance(t, OwnOf | BorrowOf) for t in moved_in(result, returns))

    def store(self) -> Store:
        self.reps += 1
        return Store(0x60 + self.reps)

    def call_of(self, instance: int, callees: list[int], made: list[Op], depth: int, *before: Op) -> None:
        """A call of one of *callees*, if there are the handles for it, after operations that are not about handles."""
        callee = pick(self.draw, callees)
        args = self.choices.guest_args(instance, callee)
        for op in before:
            self.run(instance, op, made, depth)
        if args is not None:
            self.run(instance, Invoke(callee, *args, (), pick(self.draw, range(RECEIVED))), made, depth)

    def destroying(self, instance: int, made: list[Op], depth: int) -> None:
        """A resource that is made and dropped, whose destructor calls, drops, makes another, or traps."""
        types = self.choices.with_destructors(instance)
        if not types:
            return
        type = pick(self.draw, types)
        self.run(instance, New(type, self.rep(instance, type), 7), made, depth)
        if self.blueprint.destructor(Source(instance, type)) is True:
            self.hook_destructor(instance, type, made, depth)
        self.run(instance, Drop(type, Reg(7)), made, depth)

    def hook_destructor(self, instance: int, type: int, made: list[Op], depth: int) -> None:
        """Of the resource in register 7."""
        mine = self.model.holders[instance].registers[7]
        ways: list[Op] = [New(t, self.rep(instance, t), 6) for t in self.own_types(instance)[:2]]
        for index, held in list(self.model.holders[instance].held())[-4:]:
            if index != mine and not held.lends and self.choices.can_be_destroyed(instance, held.resource, held.rep):
                ways += [self.drop(instance, index, held)] * 2
        ways += [call for c in self.able(instance, depth) if (call := self.call_in_destructor(instance, c, mine))] * 2
        if self.choices.errs("trap", 1):
            ways = [Unreachable(), Throw()]
        elif (wrong := self.choices.wrong_handle("resource.drop", 3, instance, OwnOf(type))) is not None:
            ways = [Drop(type, wrong)]
        script = (pick(self.draw, ways),) if ways else ()
        self.run(instance, Hook("destructor", script), made, depth)

    def call_in_destructor(self, instance: int, callee: int, mine: int) -> Invoke | None:
        """A call with nothing of *mine*, whose callee drops what it is lent, and does no more."""
        signature, source = self.blueprint.definition(instance).imports[callee], self.blueprint.callee(instance, callee)
        made = self.choices.guest_args(instance, callee)
        if made is None or any(self.model.holders[instance].value(h) == mine for h in made[1]) or len(made[1]) > 4:
            return None
        given = [t for p, image in zip(signature.params, made[0], strict=True) for t in handles_in(p, image)]
        if source.instance == HOST:
            return Invoke(callee, *made, (), 0)
        there = self.blueprint.definition(source.instance)
        result = there.functions[source.index].signature.result
        if result is not None and any(r < there.imported for r in resources_in(Signature((result,)))):
            return None
        resources = [self.blueprint.resource(instance, t.resource) for t in given]
        drops = tuple(
            Drop(self.choices.known_as(source.instance, r), Reg(RECEIVED + n))
            for n, (t, r) in enumerate(zip(given, resources, strict=True))
            if isinstance(t, BorrowOf) and r.instance != source.instance
        )
        return Invoke(callee, *made, drops, 0)

    def ambush(self, instance: int, made: list[Op], depth: int) -> None:
        """A call during which a realloc or post-return of the callee's, or the caller's own realloc, does something:
        what traps is a mistake. Owned handles are on their way as a rule."""
        able = self.able(instance, depth)
        imports = self.blueprint.definition(instance).imports
        guests = [c for c in able if self.blueprint.callee(instance, c).instance != HOST]
        owned = [c for c in guests if any(isinstance(t, OwnOf) for p in imports[c].params for t in walk(p))]
        returned = [c for c in able if self.reallocs(instance, c)]
        if returned and seldom(self.draw, 2):
            hook = Hook("realloc", self.in_ambush(instance))
            self.call_of(instance, returned, made, depth, hook)
        elif guests:
            posted = [c for c in guests if self.posts(instance, c)] if seldom(self.draw, 2) else []
            callee = pick(self.draw, posted or owned or guests)
            there = self.blueprint.callee(instance, callee)
            where: Where = "post-return" if self.posts(instance, callee) and often(self.draw, 3) else "realloc"
            hook = Hook(where, self.in_ambush(there.instance))
            self.planted = lambda there, inner, depth: self.run(there, hook, inner, depth)
            for _ in range(1 if where == "post-return" else 2):
                if callee in self.able(instance, depth):
                    self.call_of(instance, [callee], made, depth)
            self.planted = None

    def lending(self, made: list[Op], depth: int) -> None:
        """The parent lends to a child, which calls it: what is lent may then not be dropped, passed on or returned."""
        imports = self.blueprint.definition(0).imports
        able = [c for c in self.able(0, depth)
                if any(isinstance(t, BorrowOf) for p in imports[c].params for t in walk(p))
                and self.calls_parent(self.blueprint.callee(0, c).instance)]
        if able:
            self.planted = self.call_back
            self.call_of(0, able, made, depth)
            self.planted = None

    def calls_parent(self, child: int) -> list[int]:
        """The imports of *child* that are the parent's."""
        imports = self.blueprint.definition(child).imports
        return [c for c in range(len(imports)) if self.blueprint.callee(child, c).instance == 0]

    def call_back(self, child: int, made: list[Op], depth: int) -> None:
        able = [c for c in self.calls_parent(child) if c in self.able(child, depth)]
        returned = [c for c in able if self.blueprint.definition(child).imports[c].result is not None]
        if able:
            self.quiet = bool(returned) and seldom(self.draw, 2)
            self.call_of(child, returned if self.quiet else able, made, depth)
            self.quiet = False

    def posts(self, instance: int, callee: int) -> bool:
        """Whether the function has a post-return."""
        source = self.blueprint.callee(instance, callee)
        return self.blueprint.definition(source.instance).functions[source.index].post_return

    def in_ambush(self, instance: int) -> Script:
        """What does no harm where an instance may not leave, or ends the case."""
        ways: list[Op] = [Look(), Copy(Raw(0), 7)]
        if self.choices.errs("trap", 1):
            ways = [Unreachable(), Throw()]
        elif self.choices.errs("leave", 1):
            ways = self.leaving(instance) or ways
        return (pick(self.draw, ways),)

    def leaving(self, instance: int) -> list[Op]:
        """What may not be done in a realloc or post-return."""
        held = list(self.model.holders[instance].held())[-2:]
        ways: list[Op] = [New(t, 5, 7) for t in self.own_types(instance)[:1]]
        ways += [self.drop(instance, index, h) for index, h in held]
        for callee in range(len(self.blueprint.definition(instance).imports)):
            if (args := self.choices.guest_args(instance, callee)) is not None:
                ways.append(Invoke(callee, *args, (), 7))
        return ways

    # -- operations

    def op(self, instance: int, depth: int) -> Op:
        definition, holder = self.blueprint.definition(instance), self.model.holders[instance]
        own = self.own_types(instance)
        held = list(holder.held())
        calls = self.able(instance, depth)
        passing = [c for c in calls if self.choices.has_some(instance, c)]
        asking = [c for c in calls if c not in passing and definition.imports[c].result is not None]
        other = [c for c in calls if c not in passing and c not in asking]
        able = [(i, h) for i, h in held if not h.lends
                and (not h.own or self.choices.can_be_destroyed(instance, h.resource, h.rep))]
        few = len(held) < 3
        ways = ["pass"] * 14 * bool(passing) + ["ask"] * (8 if few else 1) * bool(asking)
        ways += ["new"] * (2 if few else 1) * bool(own) + ["drop"] * 2 * bool(able)
        ways += ["call"] * bool(other)
        ways += ["rep"] * any(h.resource.instance == instance for _, h in held)
        lent = [i for i, h in held if h.lends]
        if lent and self.choices.spares():
            return self.drop(instance, lent[0], holder.get(lent[0]))
        if self.mistakes.planned and (tempting := self.tempting(instance, held, depth)) and self.choices.seizes():
            return pick(self.draw, tempting)
        match pick(self.draw, self.axes.among("handle operation", ways)) if ways else "":
            case "pass":
                return self.invoke(instance, pick(self.draw, passing))
            case "ask":
                return self.invoke(instance, pick(self.draw, asking))
            case "call":
                return self.invoke(instance, pick(self.draw, other))
            case "new":
                type = pick(self.draw, own)
                return New(type, self.rep(instance, type), pick(self.draw, range(RECEIVED)))
            case "rep":
                index, kept = pick(self.draw, [(i, h) for i, h in held if h.resource.instance == instance])
                return Rep(kept.resource.index, self.choices.operand(instance, index))
            case "drop":
                index, kept = pick(self.draw, able)
                return self.drop(instance, index, kept)
        return Copy(Raw(0), 0)

    def tempting(self, instance: int, held: list[tuple[int, Held]], depth: int) -> list[Op]:
        """What seldom can go wrong: a borrowed handle where an owned one is asked for, and the destructor of an
        instance that runs."""
        def barred(h: Held) -> bool:
            return h.own and not h.lends and h.resource.instance not in (HOST, instance) and not self.model.may_enter(
                h.resource.instance, instance)

        ways: list[Op] = [self.drop(instance, index, h) for index, h in held if barred(h)]
        borrowed = {h.resource: index for index, h in held if not h.own}
        for callee, s in enumerate(self.blueprint.definition(instance).imports if borrowed and depth < 4 else ()):
            asked = [t for p in s.params for t in walk(p)]
            if (any(isinstance(t, OwnOf) and self.blueprint.resource(instance, t.resource) in borrowed for t in asked)
                    and self.model.may_enter(self.blueprint.callee(instance, callee).instance, instance)):
                ways += self.passing_borrowed(instance, callee, borrowed)
        return ways

    def passing_borrowed(self, instance: int, callee: int, borrowed: dict[Source, int]) -> list[Op]:
        """A call that passes borrowed handles wherever owned ones of their types are asked for, if there is one."""
        made = self.choices.guest_args(instance, callee, borrowed)
        return [] if made is None else [Invoke(callee, *made, (), pick(self.draw, range(RECEIVED)))]

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
        """What the guest does some time in a destructor, or where it may not leave: with handles that it has now."""
        holder = self.model.holders[instance]
        where = pick(self.draw, HOOKS)
        ways: list[Op] = [Look()]
        if where == "destructor":
            ways = [New(t, self.rep(instance, t), 0) for t in self.own_types(instance)]
            ways += [self.drop(instance, index, held) for index, held in list(holder.held())[-3:]]
        elif self.choices.errs("leave", 2):
            ways = self.leaving(instance)
        for index, held in list(holder.held())[-3:]:
            if held.resource.instance == instance:
                ways.append(Rep(held.resource.index, self.choices.operand(instance, index)))
        return Hook(where, (pick(self.draw, ways),) if ways else ())

    def wrong(self, instance: int) -> Op | None:
        """`resource.drop` or `resource.rep` of what is no such handle, if there is to be a mistake."""
        definition = self.blueprint.definition(instance)
        if not definition.types:
            return None
        type = OwnOf(pick(self.draw, range(definition.types)))
        own = type.resource >= definition.imported
        if own and (handle := self.choices.wrong_handle("resource.rep", 1, instance, type)) is not None:
            return Rep(type.resource, handle)
        handle = self.choices.wrong_handle("resource.drop", 1, instance, type)
        return None if handle is None else Drop(type.resource, handle)

    def invoke(self, instance: int, callee: int) -> Op:
        args = self.choices.guest_args(instance, callee)
        if args is None:
            return Copy(Raw(0), 0)
        return Invoke(callee, *args, (), pick(self.draw, range(RECEIVED)))

