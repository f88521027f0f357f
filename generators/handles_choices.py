"""Which handles an operation of a case can be about: what an instance or the host has now, and what is no handle."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import count
from types import MappingProxyType
from typing import TypeVar

from hypothesis import strategies as st

from generators.axes import EVERYTHING, Axes
from generators.drawing import often, pick, seldom
from generators.handles import HOST, Dropping, HandleBlueprint, Source
from generators.handles_images import Images, emptied
from generators.handles_model import Model
from generators.handles_script import Operand, Raw, Reg
from generators.handles_state import Held
from generators.handles_values import handles_in, with_slots
from generators.valtypes import BorrowOf, Image, OwnOf, Type, fields_of, walk

ENTERS_ANYWAY = 24
"""Once in so many times a call is made that may not enter."""

HOST_REPS = (0x71, 0x72, 0xFFFF_FFFF, 0)
"""What the host passes of its own."""

HUGE = (0x7FFF_FFFF, 1 << 28, (1 << 28) - 1, 1 << 30, 1 << 29)
HIGH_BITS = (31, 28, 30, 29, 16, 24)

T = TypeVar("T")


PLACES = (
    *("param",) * 7, *("result",) * 3, *("resource.drop", "resource.rep", "left", "leave", "trap") * 2, "trap", "trap",
)
"""What a mistake is about, by the names of the axes: a handle that is passed, returned, dropped or asked for; borrowed
handles left over; leaving where that may not be; and traps of the guests' own."""

WAYS = (
    "zero", "never used", "freed", "wrong type", "another's", "high bit", "huge", "beside", "lent", "borrowed", "twice",
)
"""What is wrong with a handle, by the names of the axes."""
SELDOM = ("lent", "borrowed", "twice")
"""What there seldom is: a mistake may wait for any of these."""


@dataclass(slots=True)
class Mistakes:
    """Those that a case still makes: place, and what may be wrong with the handle if it is one; and whether there is
    one to *spare*."""

    planned: list[tuple[str, tuple[str, ...]]] = field(default_factory=list)
    spare: bool = False

    @classmethod
    def drawn(cls, draw: st.DrawFn, axes: Axes, count: int) -> Mistakes:
        places = axes.among("wrong place", PLACES)
        ways: list[tuple[str, ...]] = [(way,) for way in axes.among("wrong handle", WAYS)]
        ways += [axes.among("wrong handle", SELDOM)] * 5 + [axes.among("wrong handle", ("wrong type",))] * 5
        return cls([(pick(draw, places), pick(draw, ways)) for _ in range(count)], count > 0)


@dataclass(slots=True)
class Taken:
    """What a call passes so far, by index (or, of the host's, number)."""

    moved: list[int] = field(default_factory=list)
    lent: list[int] = field(default_factory=list)

    def so_far(self) -> tuple[int, int]:
        return len(self.moved), len(self.lent)

    def back_to(self, before: tuple[int, int]) -> None:
        """Gives back what was taken since."""
        del self.moved[before[0] :]
        del self.lent[before[1] :]

    def take(self, t: OwnOf | BorrowOf, index: int) -> None:
        (self.moved if isinstance(t, OwnOf) else self.lent).append(index)


@dataclass(frozen=True, slots=True)
class Choices:
    """What there is to choose from in the state of *model*."""

    draw: st.DrawFn
    blueprint: HandleBlueprint
    model: Model
    mistakes: Mistakes
    axes: Axes = EVERYTHING

    def errs(self, place: str, out_of: int) -> bool:
        """Whether a mistake is made at this *place*: once in *out_of* times, while one is planned."""
        for mistake in self.mistakes.planned:
            if mistake[0] == place and seldom(self.draw, out_of):
                self.mistakes.planned.remove(mistake)
                return True
        return False

    def spares(self) -> bool:
        """Whether the mistake is made that is kept for where there hardly ever is an opportunity, or a planned one."""
        if self.mistakes.spare:
            self.mistakes.spare = False
            return True
        return self.seizes()

    def seizes(self) -> bool:
        """Whether some mistake that is planned is made here instead, where there seldom is an opportunity."""
        if self.mistakes.planned and seldom(self.draw, 2):
            self.mistakes.planned.pop()
            return True
        return False

    def plans(self, place: str) -> bool:
        return any(planned == place for planned, _ in self.mistakes.planned)

    def wrong_handle(
        self, place: str, out_of: int, instance: int, t: OwnOf | BorrowOf, taken: Taken | None = None
    ) -> Operand | None:
        """What is (as a rule) no handle of type *t*, or must not be passed as one by a call that has *taken* others.
        None where no such mistake is planned, or it is not made here. What is lent or borrowed takes any mistake."""
        if isinstance(t, OwnOf) and (place == "result" or (place == "param" and self.mistakes.planned)):
            ways = self.wrong_ways(instance, t, taken or Taken())
            there = [*ways["lent"], *ways["borrowed"]]
            if there and (self.spares() if place == "result" else self.seizes()):
                return pick(self.draw, there)
        for mistake in self.mistakes.planned:
            if mistake[0] == place:
                ways = self.wrong_ways(instance, t, taken or Taken())
                there = [operand for way in mistake[1] for operand in ways[way]]
                if there and seldom(self.draw, out_of):
                    self.mistakes.planned.remove(mistake)
                    return pick(self.draw, there)
        return None

    # -- handles

    def holdings(self, instance: int, t: Type) -> list[tuple[int, Held]]:
        """What can be passed as a value of type *t*, an own or borrow."""
        assert isinstance(t, OwnOf | BorrowOf)
        resource = self.blueprint.resource(instance, t.resource)
        there = [(i, h) for i, h in self.model.holders[instance].held() if h.resource == resource]
        if isinstance(t, BorrowOf):
            return there[-8:]
        return [(i, h) for i, h in there if h.own and not h.lends][-8:]

    def run_of(self, instance: int, type: int) -> list[int]:
        """The last indices in a row that are owned handles of that type and not lent."""
        resource, run = self.blueprint.resource(instance, type), list[int]()
        for index, h in self.model.holders[instance].held():
            if h.resource == resource and h.own and not h.lends:
                run = [*run, index] if run and run[-1] == index - 1 else [index]
        return run

    def known_as(self, instance: int, resource: Source) -> int:
        """The least number under which *instance* knows the resource type."""
        types = range(self.blueprint.definition(instance).types)
        return next(t for t in types if self.blueprint.resource(instance, t) == resource)

    def operand(self, instance: int, index: int) -> Operand:
        """A register that holds the index, or else the index itself."""
        registers = self.model.holders[instance].registers
        return Reg(registers.index(index)) if index in registers else Raw(index)

    def wrong_ways(self, instance: int, t: OwnOf | BorrowOf, taken: Taken) -> dict[str, list[Operand]]:
        holder = self.model.holders[instance]
        held, resource = dict(holder.held()), self.blueprint.resource(instance, t.resource)
        there = {i: h for i, h in held.items() if h.resource == resource}
        others = {i for other in self.model.holders for i, _ in other.held() if other is not holder}
        registers = [r for r, value in enumerate(holder.registers) if value in there][:4]
        zeros = [r for r, value in enumerate(holder.registers) if not value][-1:]
        own = isinstance(t, OwnOf)

        def operands(indices: Sequence[int]) -> list[Operand]:
            return [self.operand(instance, i) for i in indices[-4:]]

        return {
            "zero": [Raw(0)],
            "never used": [Raw(len(holder.table)), Raw(len(holder.table) + 60)],
            "freed": operands(holder.free),
            "wrong type": operands([i for i, h in held.items() if h.resource != resource and not h.lends]),
            "another's": [Raw(i) for i in sorted(others - held.keys())[:3]],
            "high bit": [Reg(r, 0, bit) for r in registers for bit in HIGH_BITS],
            "huge": [*map(Raw, HUGE), *(Reg(r, *other) for r in zeros for other in ((-1, 0), (0, 31), (-1, 31)))],
            "beside": [Reg(r, beside) for r in registers for beside in (1, -1)],
            "lent": operands([i for i, h in there.items() if h.lends] + taken.lent) if own else [],
            "borrowed": operands([i for i, h in there.items() if not h.own and not h.lends]) if own else [],
            "twice": operands(taken.moved),
        }

    # -- destructors

    def with_destructors(self, instance: int) -> list[int]:
        """The instance's own types with a destructor; twice those whose destructor is none of the guest's functions."""
        definition = self.blueprint.definition(instance)
        found = [(t, r.destructor) for t, r in enumerate(definition.resources, definition.imported) if r.destructor]
        return [t for t, _ in found] + [t for t, destructor in found if destructor is not True]

    def can_be_destroyed(self, instance: int, resource: Source, rep: int) -> bool:
        """Whether *instance* may enter the one that implements it, and its destructor has a handle to drop if it drops
        one; seldom that does not matter."""
        if resource.instance == HOST:
            return True
        if resource.instance != instance and not self.model.may_enter(resource.instance, instance):
            return False
        destructor = self.blueprint.destructor(resource)
        if not isinstance(destructor, Dropping):
            return True
        return rep in self.droppable(resource.instance, destructor.type)

    def droppable(self, instance: int, type: int) -> list[int]:
        return [i for i, h in self.holdings(instance, BorrowOf(type)) if not h.lends]

    # -- arguments

    def possible(self, instance: int, callee: int) -> bool:
        """Whether there is a handle for each parameter that must have one, or is to be what is none."""
        entered = self.blueprint.callee(instance, callee).instance
        if not self.model.may_enter(entered, instance) and often(self.draw, ENTERS_ANYWAY):
            return False
        params = self.blueprint.definition(instance).imports[callee].params
        if self.plans("param") and seldom(self.draw, 2 if self.has_some(instance, callee) else 8):
            return True
        images = self.images(instance)
        wanted = Counter(t for p in params for t in _always(p) if isinstance(t, OwnOf))
        enough = all(len(self.holdings(instance, t)) >= n for t, n in wanted.items())
        return enough and all(map(images.possible, params))

    def has_some(self, instance: int, callee: int) -> bool:
        """Whether there is a handle for any of the parameters."""
        params = self.blueprint.definition(instance).imports[callee].params
        types = {t for p in params for t in walk(p) if isinstance(t, OwnOf | BorrowOf)}
        return any(self.holdings(instance, t) for t in types)

    def images(self, instance: int) -> Images:
        return Images(self.draw, lambda t: bool(self.holdings(instance, t)))

    def guest_args(
        self, instance: int, callee: int, borrowed: Mapping[Source, int] = MappingProxyType({}),
    ) -> tuple[tuple[Image, ...], tuple[Operand, ...]] | None:
        """Images for a call of an import, and the handles in them; None where there are too few. *borrowed* handles, by
        type, take the place of owned ones."""
        params, taken = self.blueprint.definition(instance).imports[callee].params, Taken()

        def handle(t: OwnOf | BorrowOf) -> Operand | None:
            resource = self.blueprint.resource(instance, t.resource)
            if isinstance(t, OwnOf) and resource in borrowed:
                return self.operand(instance, borrowed[resource])
            return self.found(instance, t, taken)

        def there(t: OwnOf | BorrowOf) -> bool:
            return bool(self.holdings(instance, t)) or self.blueprint.resource(instance, t.resource) in borrowed

        made: tuple[list[Image], list[Operand]] | None
        made = _arguments(params, Images(self.draw, there), taken, handle)
        if made is None:
            return None
        images, operands = made
        return _numbered(params, images, count()), tuple(operands)

    def found(self, instance: int, t: OwnOf | BorrowOf, taken: Taken) -> Operand | None:
        """A handle that is not *taken* already."""
        if (wrong := self.wrong_handle("param", 2, instance, t, taken)) is not None:
            return wrong
        there = [i for i, _ in self.holdings(instance, t)
                 if i not in taken.moved and not (isinstance(t, OwnOf) and i in taken.lent)]
        if not there:
            return None
        index = pick(self.draw, there)
        taken.take(t, index)
        return self.operand(instance, index)

    def host_args(self, export: int) -> tuple[Image, ...] | None:
        """Images with the numbers of what the host holds; None where it does not hold enough."""
        instance, params = self.blueprint.exports[export].instance, self.blueprint.exported(export).params
        taken = Taken()
        there = Images(self.draw, lambda t: bool(self.host_holdings(instance, t, taken)))
        made = _arguments(params, there, taken, lambda t: self.of_host(instance, t, taken))
        if made is None:
            return None
        images, numbers = made
        return _numbered(params, images, iter(numbers))

    def of_host(self, instance: int, t: OwnOf | BorrowOf, taken: Taken) -> int | None:
        """The number of a handle, for a type as *instance* has it; of its own the host always has one."""
        if self.blueprint.resource(instance, t.resource).instance == HOST:
            return pick(self.draw, HOST_REPS)
        there = self.host_holdings(instance, t, taken)
        if not there:
            return None
        number = pick(self.draw, there)
        taken.take(t, number)
        return number

    def host_holdings(self, instance: int, t: OwnOf | BorrowOf, taken: Taken) -> list[int]:
        """What can be passed as *t*, which is *instance*'s, and is not *taken*."""
        resource = self.blueprint.resource(instance, t.resource)
        if resource.instance == HOST:
            return list(HOST_REPS)
        lent = taken.lent if isinstance(t, OwnOf) else []
        return [n for n, (r, _) in self.model.host.items() if r == resource and n not in (*taken.moved, *lent)]


def _arguments(
    params: Sequence[Type], images: Images, taken: Taken, handle: Callable[[OwnOf | BorrowOf], T | None]
) -> tuple[list[Image], list[T]] | None:
    """Images for *params*, and what *handle*, which notes what is *taken*, gives for each handle in them.

    Where that is None, a value without handles takes the place of the whole parameter; None if there is no such value.
    """
    args: list[Image] = []
    handles: list[T] = []
    for t in params:
        image, before, taken_before = images.image(t), len(handles), taken.so_far()
        for wanted in handles_in(t, image):
            if (found := handle(wanted)) is None:
                if (bare := emptied(t)) is None:
                    return None
                image = bare
                del handles[before:]
                taken.back_to(taken_before)
                break
            handles.append(found)
        args.append(image)
    return args, handles


def _numbered(params: Sequence[Type], images: Sequence[Image], numbers: Iterator[int]) -> tuple[Image, ...]:
    return tuple(with_slots(t, image, numbers) for t, image in zip(params, images, strict=True))


def _always(t: Type) -> Iterator[OwnOf | BorrowOf]:
    """The handles that every value of the type has."""
    if isinstance(t, OwnOf | BorrowOf):
        yield t
    for f in fields_of(t) or ():
        yield from _always(f)
