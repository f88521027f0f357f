"""Single operations of a script that is being drawn: each is run in the model (`handles_model`) as it is added.

`handles_together` makes sequences of them, `handles_mistakes` those that go wrong, `handles_cases` whole scripts.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeAlias

from hypothesis import strategies as st
from msgspec.structs import replace

from generators.axes import Axes
from generators.drawing import often, pick, seldom
from generators.handles import HOST, Dropping, HandleBlueprint, Source
from generators.handles_choices import Choices, Mistakes
from generators.handles_model import Model
from generators.handles_script import RECEIVED, Copy, Drop, Empty, Fill, Invoke, Op, Raw, Store
from generators.handles_state import Held
from generators.handles_values import moved_in
from generators.valtypes import BorrowOf, OwnOf

REPS = (1, 0, 0xFFFF_FFFF, 0x8000_0000)
COUNTS = (3, 70, 9, 150)
Planted: TypeAlias = Callable[[int, list[Op], int], None]


@dataclass(slots=True)
class Operations(ABC):
    """Operations for one blueprint; after a trap the next one finds fresh instances. No script goes on when there are
    none *left*. *planted* is what the next callee of a guest's does first; it is given the callee's instance, the
    operations that have run, and the depth. *quiet*: the next callee does nothing but return."""

    draw: st.DrawFn
    blueprint: HandleBlueprint
    axes: Axes
    mistakes: Mistakes
    left: int
    model: Model = field(init=False)
    choices: Choices = field(init=False)
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

    @abstractmethod
    def nested(self, callee: Source, inner: list[Op], depth: int) -> None:
        """Draws and runs what *callee* does, and adds it to *inner*."""

    def run(self, instance: int, op: Op, made: list[Op], depth: int) -> None:
        """*instance* does *op*, which goes to *made* with what its callee does. Raises `Trap`."""
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

    def call_of(self, instance: int, callees: list[int], made: list[Op], depth: int, *before: Op) -> None:
        """A call of one of *callees*, if there are the handles for it, after operations that are not about handles."""
        callee = pick(self.draw, callees)
        args = self.choices.guest_args(instance, callee)
        for op in before:
            self.run(instance, op, made, depth)
        if args is not None:
            self.run(instance, Invoke(callee, *args, (), pick(self.draw, range(RECEIVED))), made, depth)

    # -- what an operation can be

    def invoke(self, instance: int, callee: int) -> Op:
        """A call, or nothing much where there are not the handles for it."""
        args = self.choices.guest_args(instance, callee)
        if args is None:
            return Copy(Raw(0), 0)
        return Invoke(callee, *args, (), pick(self.draw, range(RECEIVED)))

    def drop(self, instance: int, index: int, held: Held) -> Drop:
        return Drop(self.choices.known_as(instance, held.resource), self.choices.operand(instance, index))

    def store(self) -> Store:
        """`context.set` of a value that no other has."""
        self.reps += 1
        return Store(0x60 + self.reps)

    def rep(self, instance: int, type: int) -> int:
        """A representation that the destructor can do with."""
        self.reps += 1
        destructor = self.blueprint.destructor(Source(instance, type))
        if isinstance(destructor, Dropping) and (there := self.choices.droppable(instance, destructor.type)):
            return pick(self.draw, there)
        return pick(self.draw, REPS) if seldom(self.draw, 5) else 0x10 + self.reps

    def fill(self, instance: int, own: range) -> Op:
        """Many handles at once, or many dropped; *own* are the instance's own types."""
        type = pick(self.draw, own)
        run = self.choices.run_of(instance, type)
        if len(run) > 2 and often(self.draw, 3):
            step = pick(self.draw, (1, -1))
            count = pick(self.draw, (len(run), len(run) - 1))
            first = self.choices.operand(instance, run[0] if step == 1 else run[-1])
            return Empty(type, first, count, 1 if step == 1 else -1)
        return Fill(type, pick(self.draw, COUNTS), 0x4000, pick(self.draw, range(RECEIVED)))

    # -- what there is to call and to make

    def own_types(self, instance: int) -> range:
        """The resource types that *instance* implements, as it numbers them."""
        definition = self.blueprint.definition(instance)
        return range(definition.imported, definition.types)

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

    def posts(self, instance: int, callee: int) -> bool:
        """Whether the function has a post-return."""
        source = self.blueprint.callee(instance, callee)
        return self.blueprint.definition(source.instance).functions[source.index].post_return
