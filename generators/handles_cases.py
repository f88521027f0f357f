"""A strategy for cases about handles: a topology, then scripts that make sense in it, and now and then do not.

Each operation is drawn when those before it have run in a model (`handles_model`), so what a register holds is known.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import count
from typing import Literal, TypeAlias

from hypothesis import strategies as st
from msgspec.structs import replace

from fact.model.traps import Trap
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
    Operand,
    Raw,
    Reg,
    Rep,
    Run,
    Source,
    Store,
    Unreachable,
)
from generators.handles_model import Model
from generators.handles_state import Held
from generators.handles_topologies import Images, Topology, emptied
from generators.handles_values import handles_in, resources_in, slots_in, with_slots
from generators.valtypes import (
    BorrowOf,
    Image,
    ListOf,
    OwnOf,
    Type,
    fields_of,
)

MOST_OPERATIONS = 28
"""Of a case."""

REPS = (1, 0, 0xFFFF_FFFF, 0x8000_0000)
COUNTS = (3, 70, 9, 150)
Where: TypeAlias = Literal["destructor", "realloc", "post-return"]
HOOKS: tuple[Where, ...] = ("destructor", "destructor", "realloc", "post-return")
STORES = 18
"""Once in so many times an operation is about the storage of threads."""

GOES_WRONG = 24
"""Once in so many times a handle is not what it should be."""


@st.composite
def handle_blueprints(
    draw: st.DrawFn, *, max_instances: int = 4, junk: bool = True, host: bool = True
) -> HandleBlueprint:
    """Blueprints of 2 to *max_instances* component instances. *junk*: some scripts pass handles that they should not.
    *host*: in some the host holds handles.

    Raises `ValueError` for fewer than two instances.
    """
    if max_instances < 2:
        raise ValueError(f"max_instances is {max_instances}: at least 2")
    topology = Topology(draw)
    blueprint = topology.made(pick(draw, (2, *range(3, max_instances + 1), *range(3, max_instances + 1))))
    if host and seldom(draw, 3):
        blueprint = replace(blueprint, exports=topology.exports())
    scripts = _Scripts(draw, blueprint, junk)
    calls = [scripts.call() for _ in range(pick(draw, (1, 2, 2, 3)))]
    return replace(blueprint, calls=tuple(calls))


# -- scripts


class _Ended(Exception):
    """Enough operations."""


@dataclass(slots=True)
class _Scripts:
    """Scripts for one blueprint; after a trap the next one finds fresh instances."""

    draw: st.DrawFn
    blueprint: HandleBlueprint
    junk: bool
    model: Model = field(init=False)
    left: int = MOST_OPERATIONS
    reps: int = 0

    def __post_init__(self) -> None:
        self.model = Model(self.blueprint)

    def call(self) -> Call:
        call = self.planned()
        made: list[Op] = []
        try:
            match call:
                case Run(instance=instance):
                    self.model.run(instance, self.first(instance, made))
                case FromHost(export=export):
                    callee = self.blueprint.behind(self.blueprint.exports[export])
                    self.model.from_host(call, self.nested(callee, made, 1))
                case HostDrop():
                    self.model.call(call)
        except Trap:
            self.model = Model(self.blueprint)
        return call if isinstance(call, HostDrop) else replace(call, script=tuple(made))

    def planned(self) -> Call:
        """A call that the host can make, still without its script."""
        if self.blueprint.exports and often(self.draw, 4):
            if self.model.host and seldom(self.draw, 3):
                return HostDrop(pick(self.draw, list(self.model.host)))
            export = pick(self.draw, range(len(self.blueprint.exports)))
            if (args := self.host_args(export)) is not None:
                return FromHost(export, args)
        able = [i for i in reversed(range(len(self.blueprint.instances))) if not self.blueprint.definition(i).relay]
        likely = able[-1] if self.blueprint.parent else able[0]
        return Run(pick(self.draw, (likely, likely, likely, *able)))

    def host_args(self, export: int) -> tuple[Image, ...] | None:
        """Images with the numbers of what the host holds; None where it does not hold enough."""
        source, args = self.blueprint.exports[export], []
        left, lent, blueprint = dict(self.model.host), set[int](), self.blueprint
        for t in self.blueprint.exported(export).params:
            image = Images(self.draw, lambda t: any(r == blueprint.resource(source.instance, t.resource)
                                                     for r, _ in left.values())).image(t)
            numbers = self.of_host(source.instance, t, image, left, lent)
            if numbers is None and (bare := emptied(t)) is not None:
                image, numbers = bare, []
            if numbers is None:
                return None
            args.append(with_slots(t, image, iter(numbers)))
        return tuple(args)

    def of_host(
        self, instance: int, t: Type, image: Image, left: dict[int, tuple[Source, int]], lent: set[int]
    ) -> list[int] | None:
        """Numbers of handles that are *left*, for a type as *instance* has it; what is *lent* is not moved."""
        numbers: list[int] = []
        for wanted in handles_in(t, image):
            resource = self.blueprint.resource(instance, wanted.resource)
            there = [n for n, (r, _) in left.items() if r == resource]
            if isinstance(wanted, OwnOf):
                there = [n for n in there if n not in lent]
            if not there:
                return None
            numbers.append(pick(self.draw, there))
            if isinstance(wanted, OwnOf):
                del left[numbers[-1]]
            else:
                lent.add(numbers[-1])
        return numbers

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
        destroyed, returned, called = self.with_destructors(instance), *self.calls_that_store(instance, depth)
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

    def with_destructors(self, instance: int) -> list[int]:
        """The instance's own types with a destructor that can run."""
        definition = self.blueprint.definition(instance)
        return [t for t, r in enumerate(definition.resources, definition.imported) if r.destructor]

    def calls_that_store(self, instance: int, depth: int) -> tuple[list[int], list[int]]:
        """Imports whose results are lists, and those that come back to *instance* or may."""
        if depth >= 4:
            return [], []
        imports = self.blueprint.definition(instance).imports
        able = [c for c in range(len(imports)) if self.possible(instance, c)]
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
        try:
            self.model.invoke(instance, op, self.nested(self.blueprint.callee(instance, op.callee), inner, depth + 1))
        finally:
            made.append(replace(op, script=tuple(inner)))

    def first(self, instance: int, made: list[Op]) -> Iterator[Op]:
        """What the host asks of *instance*. Runs everything itself: yields nothing."""
        self.script(instance, made, pick(self.draw, (3, 5, 4, 2, 7)), 0)
        yield from ()

    def nested(self, callee: Source, inner: list[Op], depth: int) -> Iterator[Op]:
        """What *callee* does. Runs everything itself: yields nothing."""
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
                drop = Drop(self.known_as(callee.instance, held.resource), self.operand(callee.instance, index))
                self.run(callee.instance, drop, inner, depth)
        yield from ()

    def put_out(self, instance: int, type: int, register: int, inner: list[Op], depth: int) -> None:
        """Something to return where the guest cannot make it, and sometimes where it can."""
        own = type >= self.blueprint.definition(instance).imported
        if own and often(self.draw, 4):
            return
        if self.junk and seldom(self.draw, GOES_WRONG):
            handle = self.no_handle(instance, OwnOf(type))
            self.run(instance, Copy(handle, register), inner, depth)
            return
        taken = self.model.holders[instance].registers[RETURNED:]
        there = [i for i, _ in self.holdings(instance, OwnOf(type)) if i not in taken]
        if there:
            self.run(instance, Copy(self.operand(instance, pick(self.draw, there)), register), inner, depth)

    # -- operations

    def op(self, instance: int, depth: int) -> Op:
        definition, holder = self.blueprint.definition(instance), self.model.holders[instance]
        own = range(definition.imported, definition.types)
        held = list(holder.held())
        calls = [c for c in range(len(definition.imports)) if self.possible(instance, c)] if depth < 4 else []
        passing = [c for c in calls if resources_in(Signature(definition.imports[c].params))]
        asking = [c for c in calls if c not in passing]
        able = [(i, h) for i, h in held if not h.lends
                and (not h.own or self.can_be_destroyed(instance, h.resource, h.rep))]
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
                return Rep(kept.resource.index, self.operand(instance, index))
            case "drop":
                index, kept = pick(self.draw, held if self.junk and seldom(self.draw, 8) else able)
                return Drop(self.known_as(instance, kept.resource), self.operand(instance, index))
            case "fill" if own:
                return self.fill(instance, own)
            case "hook":
                return self.hook(instance)
            case "unreachable" if seldom(self.draw, 5):
                return Unreachable()
        return self.wrong(instance) if self.junk else Copy(Raw(0), 0)

    def can_be_destroyed(self, instance: int, resource: Source, rep: int) -> bool:
        """Whether *instance* may enter the one that implements it, and its destructor has a handle to drop if it drops
        one; seldom that does not matter."""
        if resource.instance != instance and not self.model.may_enter(resource.instance):
            return False
        destructor = self.blueprint.destructor(resource)
        if not isinstance(destructor, Dropping):
            return True
        return rep in self.droppable(resource.instance, destructor.type) or (self.junk and seldom(self.draw, 8))

    def droppable(self, instance: int, type: int) -> list[int]:
        return [i for i, h in self.holdings(instance, BorrowOf(type)) if not h.lends]

    def rep(self, instance: int, type: int) -> int:
        """A representation that the destructor can do with."""
        self.reps += 1
        destructor = self.blueprint.destructor(Source(instance, type))
        if isinstance(destructor, Dropping) and (there := self.droppable(instance, destructor.type)):
            return pick(self.draw, there)
        return pick(self.draw, REPS) if seldom(self.draw, 5) else 0x10 + self.reps

    def fill(self, instance: int, own: range) -> Op:
        holder, type = self.model.holders[instance], pick(self.draw, own)
        run = _run_of(holder.held(), Source(instance, type))
        if len(run) > 2 and often(self.draw, 3):
            step = pick(self.draw, (1, -1))
            count = pick(self.draw, (len(run), len(run) - 1))
            return Empty(type, self.operand(instance, run[0] if step == 1 else run[-1]), count, 1 if step == 1 else -1)
        return Fill(type, pick(self.draw, COUNTS), 0x4000, pick(self.draw, range(RECEIVED)))

    def hook(self, instance: int) -> Op:
        """What the guest does where it may not leave, or in a destructor: with the handles that it has now."""
        holder, definition = self.model.holders[instance], self.blueprint.definition(instance)
        ways: list[Op] = [New(t, self.rep(instance, t), 0) for t in range(definition.imported, definition.types)]
        for index, held in list(holder.held())[-3:]:
            handle = self.operand(instance, index)
            type = self.known_as(instance, held.resource)
            ways += [Drop(type, handle), *([Rep(type, handle)] * (held.resource.instance == instance))]
        return Hook(pick(self.draw, HOOKS), (pick(self.draw, ways),) if ways else ())

    def wrong(self, instance: int) -> Op:
        """`resource.drop` or `resource.rep` of what is no such handle."""
        definition = self.blueprint.definition(instance)
        type = pick(self.draw, range(definition.types))
        handle = self.no_handle(instance, OwnOf(type))
        if type >= definition.imported and not often(self.draw, 3):
            return Rep(type, handle)
        return Drop(type, handle)

    # -- calls

    def possible(self, instance: int, callee: int) -> bool:
        """Whether there is a handle for each parameter that must have one."""
        if not self.model.may_enter(self.blueprint.callee(instance, callee).instance) and often(self.draw, GOES_WRONG):
            return False
        params = self.blueprint.definition(instance).imports[callee].params
        images = self.images(instance)
        wanted = Counter(t for p in params for t in _always(p) if isinstance(t, OwnOf))
        enough = all(len(self.holdings(instance, t)) >= n for t, n in wanted.items())
        return enough and all(map(images.possible, params))

    def images(self, instance: int) -> Images:
        return Images(self.draw, lambda t: bool(self.holdings(instance, t)))

    def invoke(self, instance: int, callee: int) -> Op:
        args: list[Image] = []
        handles: list[Operand] = []
        moved: set[int] = set()
        for t in self.blueprint.definition(instance).imports[callee].params:
            image = self.images(instance).image(t)
            found = self.found(instance, t, image, moved)
            if found is None and (bare := emptied(t)) is not None:
                image, found = bare, []
            if found is None:
                return self.wrong(instance) if self.junk and seldom(self.draw, 4) else Copy(Raw(0), 0)
            args.append(with_slots(t, image, count(len(handles))))
            handles += found
        return Invoke(callee, tuple(args), tuple(handles), (), pick(self.draw, range(RECEIVED)))

    def found(self, instance: int, t: Type, image: Image, moved: set[int]) -> list[Operand] | None:
        """Handles for a value, none that is *moved* already; None where there are too few."""
        operands: list[Operand] = []
        for wanted in handles_in(t, image):
            if self.junk and seldom(self.draw, GOES_WRONG):
                operands.append(self.no_handle(instance, wanted))
                continue
            there = [i for i, _ in self.holdings(instance, wanted) if i not in moved]
            if self.junk and isinstance(wanted, OwnOf) and (lent := self.not_to_move(instance, wanted)):
                there = lent if seldom(self.draw, 6) else there
            if not there:
                return None
            index = pick(self.draw, there)
            if isinstance(wanted, OwnOf):
                moved.add(index)
            operands.append(self.operand(instance, index))
        return operands

    # -- handles

    def holdings(self, instance: int, t: Type) -> list[tuple[int, Held]]:
        """What can be passed as a value of type *t*, an own or borrow."""
        assert isinstance(t, OwnOf | BorrowOf)
        resource = self.blueprint.resource(instance, t.resource)
        there = [(i, h) for i, h in self.model.holders[instance].held() if h.resource == resource]
        if isinstance(t, BorrowOf):
            return there[-8:]
        return [(i, h) for i, h in there if h.own and not h.lends][-8:]

    def not_to_move(self, instance: int, t: OwnOf) -> list[int]:
        """What is borrowed or lent of that type."""
        return [i for i, h in self.holdings(instance, BorrowOf(t.resource)) if h.lends or not h.own]

    def known_as(self, instance: int, resource: Source) -> int:
        """The least number under which *instance* knows the resource type."""
        types = range(self.blueprint.definition(instance).types)
        return next(t for t in types if self.blueprint.resource(instance, t) == resource)

    def operand(self, instance: int, index: int) -> Operand:
        """A register that holds the index, or else the index itself."""
        registers = self.model.holders[instance].registers
        return Reg(registers.index(index)) if index in registers else Raw(index)

    def no_handle(self, instance: int, t: OwnOf | BorrowOf) -> Operand:
        """What is, as likely as not, no handle of type *t*."""
        holder = self.model.holders[instance]
        held = dict(holder.held())
        ways: list[Operand] = [Raw(0), Raw(len(holder.table)), Raw(0x7FFF_FFFF), Raw(0x1000_0000)]
        ways += [Raw(i) for i in holder.free[-2:]]
        registers = [r for r, value in enumerate(holder.registers) if value in held][:4]
        ways += [Reg(r, beside) for r in registers for beside in (1, -1)]
        resource = self.blueprint.resource(instance, t.resource)
        wrong = [self.operand(instance, i) for i, h in held.items()
                 if h.resource != resource or h.lends or not h.own][:6]
        return pick(self.draw, (*wrong, *wrong, *wrong, *ways))


def _run_of(held: Iterator[tuple[int, Held]], resource: Source) -> list[int]:
    """The last indices in a row that are owned handles of that type and not lent."""
    run: list[int] = []
    for index, h in held:
        if h.resource == resource and h.own and not h.lends:
            run = [*run, index] if run and run[-1] == index - 1 else [index]
    return run


def _always(t: Type) -> Iterator[OwnOf | BorrowOf]:
    """The handles that every value of the type has."""
    if isinstance(t, OwnOf | BorrowOf):
        yield t
    for f in fields_of(t) or ():
        yield from _always(f)
