"""Which handles an operation of a case can be about: what an instance or the host has now, and what is no handle."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import count
from typing import TypeVar

from hypothesis import strategies as st

from generators.drawing import often, pick, seldom
from generators.handles import Dropping, HandleBlueprint, Operand, Raw, Reg, Source
from generators.handles_model import Model
from generators.handles_state import Held
from generators.handles_topologies import Images, emptied
from generators.handles_values import handles_in, with_slots
from generators.valtypes import BorrowOf, Image, OwnOf, Type, fields_of

GOES_WRONG = 24
"""Once in so many times a handle is not what it should be."""

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Choices:
    """What there is to choose from in the state of *model*. *junk*: also handles that a script should not pass."""

    draw: st.DrawFn
    blueprint: HandleBlueprint
    model: Model
    junk: bool

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

    # -- destructors

    def with_destructors(self, instance: int) -> list[int]:
        """The instance's own types with a destructor that can run."""
        definition = self.blueprint.definition(instance)
        return [t for t, r in enumerate(definition.resources, definition.imported) if r.destructor]

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

    # -- arguments

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

    def guest_args(self, instance: int, callee: int) -> tuple[tuple[Image, ...], tuple[Operand, ...]] | None:
        """Images for a call of an import, and the handles in them; None where there are too few."""
        params, moved = self.blueprint.definition(instance).imports[callee].params, set[int]()
        made: tuple[list[Image], list[Operand]] | None
        made = _arguments(params, self.images(instance), lambda t: self.found(instance, t, moved))
        if made is None:
            return None
        images, operands = made
        return _numbered(params, images, count()), tuple(operands)

    def found(self, instance: int, t: OwnOf | BorrowOf, moved: set[int]) -> Operand | None:
        """A handle that is not *moved* already."""
        if self.junk and seldom(self.draw, GOES_WRONG):
            return self.no_handle(instance, t)
        there = [i for i, _ in self.holdings(instance, t) if i not in moved]
        if self.junk and isinstance(t, OwnOf) and (lent := self.not_to_move(instance, t)):
            there = lent if seldom(self.draw, 6) else there
        if not there:
            return None
        index = pick(self.draw, there)
        if isinstance(t, OwnOf):
            moved.add(index)
        return self.operand(instance, index)

    def host_args(self, export: int) -> tuple[Image, ...] | None:
        """Images with the numbers of what the host holds; None where it does not hold enough."""
        instance, params = self.blueprint.exports[export].instance, self.blueprint.exported(export).params
        left, lent = dict(self.model.host), set[int]()
        there = Images(self.draw, lambda t: bool(self.host_holdings(instance, t, left)))
        made = _arguments(params, there, lambda t: self.of_host(instance, t, left, lent))
        if made is None:
            return None
        images, numbers = made
        return _numbered(params, images, iter(numbers))

    def of_host(
        self, instance: int, t: OwnOf | BorrowOf, left: dict[int, tuple[Source, int]], lent: set[int]
    ) -> int | None:
        """The number of a handle that is *left*, for a type as *instance* has it; what is *lent* is not moved."""
        there = self.host_holdings(instance, t, left)
        if isinstance(t, OwnOf):
            there = [n for n in there if n not in lent]
        if not there:
            return None
        number = pick(self.draw, there)
        if isinstance(t, OwnOf):
            del left[number]
        else:
            lent.add(number)
        return number

    def host_holdings(self, instance: int, t: OwnOf | BorrowOf, left: dict[int, tuple[Source, int]]) -> list[int]:
        """What is *left* of that type, which is *instance*'s."""
        resource = self.blueprint.resource(instance, t.resource)
        return [n for n, (r, _) in left.items() if r == resource]


def _arguments(
    params: Sequence[Type], images: Images, handle: Callable[[OwnOf | BorrowOf], T | None]
) -> tuple[list[Image], list[T]] | None:
    """Images for *params*, and what *handle* gives for each handle in them.

    Where that is None, a value without handles takes the place of the whole parameter; None if there is no such value.
    Handles that were found for the parameter before stay moved or lent.
    """
    args: list[Image] = []
    handles: list[T] = []
    for t in params:
        image, before = images.image(t), len(handles)
        for wanted in handles_in(t, image):
            if (found := handle(wanted)) is None:
                if (bare := emptied(t)) is None:
                    return None
                image = bare
                del handles[before:]
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
