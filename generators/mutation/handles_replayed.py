"""A case about handles carried out in the model again after a change, and made whole where the change broke it.

What the host passes has to be in its hands: an engine would not know what is meant otherwise. Operations that fail
may be meant to; whether they are mended is for the caller to say.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from random import Random

from msgspec.structs import replace

from fact.model.traps import Trap
from generators.axes import EVERYTHING
from generators.drawing import ByChance
from generators.handles import HOST, Call, FromHost, HandleBlueprint, HostDrop, Run, Source
from generators.handles_cases import Scripts
from generators.handles_choices import Choices, Mistakes
from generators.handles_model import Model
from generators.handles_script import AT_A_TIME, RETURNED, Drop, Empty, Invoke, Op, Rep, Script
from generators.handles_values import handles_in, slots_in
from generators.valtypes import BorrowOf, OwnOf

MOST_MADE = 6
"""Operations that a change may add besides those that it names."""


def scripts_in(b: HandleBlueprint, model: Model, random: Random, mistakes: int = 0) -> Scripts:
    """What draws operations in the state of *model*, with so many *mistakes* to make."""
    draw = ByChance(random).draw
    planned = Mistakes.drawn(draw, EVERYTHING, mistakes)
    scripts = Scripts(draw, b, EVERYTHING, planned, MOST_MADE)
    scripts.reps = random.randrange(0x40)
    scripts.model, scripts.choices = model, Choices(draw, b, model, planned, EVERYTHING)
    return scripts


@dataclass(frozen=True, slots=True)
class Ran:
    """A case, and which of its calls return."""

    blueprint: HandleBlueprint
    returned: tuple[bool, ...]

    @property
    def share(self) -> float:
        return sum(self.returned) / len(self.returned) if self.returned else 0.0


def replayed(b: HandleBlueprint, random: Random, *, mended: bool = False) -> Ran:
    """The case without calls of the host's that cannot be; *mended*: with other handles for operations that would trap
    for theirs, or without these operations."""
    replay = _Replay(b, random, mended)
    calls, returned = [], []
    for old in b.calls:
        if (call := replay.possible(old)) is not None:
            call, ended = replay.call(call)
            calls.append(call)
            returned.append(ended)
    return Ran(replace(b, calls=tuple(calls)), tuple(returned))


@dataclass(slots=True)
class _Replay:
    blueprint: HandleBlueprint
    random: Random
    mended: bool
    scripts: Scripts = field(init=False)

    def __post_init__(self) -> None:
        self.scripts = scripts_in(self.blueprint, Model(self.blueprint), self.random)

    @property
    def model(self) -> Model:
        return self.scripts.model

    # -- calls

    def possible(self, call: Call) -> Call | None:
        """The call, with other handles if the host does not hold those; None if it has none for it."""
        match call:
            case HostDrop(handle=handle):
                held = list(self.model.host)
                if handle in held:
                    return call
                return HostDrop(self.random.choice(held)) if held else None
            case FromHost(export=export) if not self.holds(call):
                args_or_none = self.scripts.choices.host_args(export)
                return None if args_or_none is None else replace(call, args=args_or_none)
        return call

    def holds(self, call: FromHost) -> bool:
        """Whether the host can pass those handles."""
        b, moved, lent = self.blueprint, set[int](), set[int]()
        instance = b.exports[call.export].instance
        for t, image in zip(b.exported(call.export).params, call.args, strict=True):
            for handle, number in zip(handles_in(t, image), slots_in(t, image), strict=True):
                resource = b.resource(instance, handle.resource)
                if resource.instance == HOST:
                    continue
                held = self.model.host.get(number)
                own = isinstance(handle, OwnOf)
                if held is None or held[0] != resource or number in moved or (own and number in lent):
                    return False
                (moved if own else lent).add(number)
        return True

    def call(self, call: Call) -> tuple[Call, bool]:
        made: list[Op] = []
        try:
            match call:
                case HostDrop():
                    self.model.call(call)
                    return call, True
                case Run(instance=instance, script=script):
                    self.model.run(instance, lambda: self.script(instance, script, made, 0))
                case FromHost(export=export, script=script):
                    callee = self.blueprint.behind(self.blueprint.exports[export])
                    self.model.from_host(call, lambda: self.called(callee, script, made, 1))
        except Trap:
            self.scripts.begin()
            return (call if isinstance(call, HostDrop) else replace(call, script=tuple(made))), False
        return replace(call, script=tuple(made)), True

    # -- scripts

    def script(self, instance: int, script: Script, made: list[Op], depth: int) -> None:
        """Adds to *made* what it has run, and after a trap what it has not."""
        for n, old in enumerate(script):
            op = self.fitting(instance, old) if self.mended else old
            if op is None:
                continue
            try:
                self.one(instance, op, made, depth)
            except Trap:
                made += script[n + 1 :]
                raise

    def one(self, instance: int, op: Op, made: list[Op], depth: int) -> None:
        if not isinstance(op, Invoke) or op.callee in self.blueprint.definition(instance).hosts:
            made.append(op)
            self.model.one(instance, op)
            return
        inner: list[Op] = []
        reached = False
        callee = self.blueprint.callee(instance, op.callee)

        def body() -> None:
            nonlocal reached
            reached = True
            self.called(callee, op.script, inner, depth + 1)

        try:
            self.model.invoke(instance, op, body)
        finally:
            made.append(replace(op, script=tuple(inner)) if reached else op)

    def called(self, callee: Source, script: Script, made: list[Op], depth: int) -> None:
        self.script(callee.instance, script, made, depth)
        if self.mended and not self.ends_well(callee):
            self.scripts.finish(callee, made, depth)

    # -- what can be seen to trap

    def fitting(self, instance: int, op: Op) -> Op | None:
        """The operation, with other handles if it would trap for those that it has; None if there are none for it."""
        choices, holder = self.scripts.choices, self.model.holders[instance]
        match op:
            case Drop(type=type, handle=handle) | Rep(type=type, handle=handle) | Empty(type=type, handle=handle):
                drop = not isinstance(op, Rep)
                if self.usable(instance, BorrowOf(type), holder.value(handle), drop):
                    return op
                there = [i for i, _ in choices.holdings(instance, BorrowOf(type))
                         if self.usable(instance, BorrowOf(type), i, drop)]
                return replace(op, handle=choices.operand(instance, self.random.choice(there))) if there else None
            case Invoke(callee=callee):
                entered = self.blueprint.callee(instance, callee).instance
                if not self.model.may_enter(entered, instance):
                    return None
                if self.passes(instance, op):
                    return op
                found = choices.guest_args(instance, callee)
                return None if found is None else replace(op, args=found[0], handles=found[1])
        return op

    def usable(self, instance: int, t: OwnOf | BorrowOf, index: int, drop: bool = False) -> bool:
        """Whether what *index* says can be passed as *t*, or dropped."""
        table = self.model.holders[instance].table
        held = table[index] if index < len(table) else None
        if held is None or held.resource != self.blueprint.resource(instance, t.resource):
            return False
        if drop:
            return not held.lends and (
                not held.own or self.scripts.choices.can_be_destroyed(instance, held.resource, held.rep))
        return isinstance(t, BorrowOf) or (held.own and not held.lends)

    def passes(self, instance: int, op: Invoke) -> bool:
        params = self.blueprint.definition(instance).imports[op.callee].params
        kinds = [h for t, image in zip(params, op.args, strict=True) for h in handles_in(t, image)]
        indices = [self.model.holders[instance].value(handle) for handle in op.handles]
        owned = [i for t, i in zip(kinds, indices, strict=True) if isinstance(t, OwnOf)]
        lent = [i for t, i in zip(kinds, indices, strict=True) if isinstance(t, BorrowOf)]
        return (len(set(owned)) == len(owned) and not set(owned) & set(lent)
                and all(self.usable(instance, t, i) for t, i in zip(kinds, indices, strict=True)))

    def ends_well(self, callee: Source) -> bool:
        """Whether nothing that it was lent is left, and there is what it returns."""
        holder = self.model.holders[callee.instance]
        if any(not h.own and not h.lends for _, h in holder.held()):
            return False
        definition = self.blueprint.definition(callee.instance)
        function = definition.functions[callee.index]
        if function.signature.result is None:
            return True
        slots = zip(handles_in(function.signature.result, function.returns),
                    slots_in(function.signature.result, function.returns), strict=True)
        for t, slot in slots:
            index = holder.registers[RETURNED + slot % AT_A_TIME]
            if not (index == 0 and t.resource >= definition.imported) and not self.usable(
                    callee.instance, OwnOf(t.resource), index):
                return False
        return True
