"""Other function types in a blueprint, with everything that goes by them: calls, what the host answers, what guests
pass, and the hostile choices that are laid over that."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TypeAlias

from msgspec.structs import replace

from generators.blueprint import (
    Answer,
    Blueprint,
    Call,
    Definition,
    EchoArgument,
    Function,
    Guest,
    HostFunction,
    Import,
    Item,
    Relift,
    Signature,
    Step,
    function_with_atoms,
)
from generators.hostile_choices import (
    RESULT,
    START,
    Damaged,
    Hostile,
    RawArgument,
    RawResult,
    ResultPointer,
    SpilledPadding,
    SpilledPointer,
)
from generators.layout import spills, spills_result
from generators.operands import Atom, Const, Operand, Param, Previous
from generators.rewriting.slots import Slot, slots
from generators.valtypes import Image, Type, part_at
from generators.values import some
from generators.wiring import functions, wire

AsImage: TypeAlias = Callable[[Type, Type, Image], Image]
"""An image of the first type as one of the second."""


def same_or_some(old: Type, new: Type, image: Image) -> Image:
    """*image* if it can stay, else some other one."""
    return image if old == new else some(new)


@dataclass(frozen=True, slots=True)
class Change:
    """*old* becomes *new*, whose parameters are made of the old ones *kept*, in that order; None: of none. *image*
    converts values, *fresh* makes those of new parameters."""

    old: Signature
    new: Signature
    kept: tuple[int | None, ...]
    image: AsImage = same_or_some
    fresh: Callable[[Type], Image] = some

    def argument(self, n: int, old: tuple[Image, ...]) -> Image:
        """The new parameter *n* by the images of the old ones."""
        before = self.kept[n]
        t = self.new.params[n]
        return self.fresh(t) if before is None else self.image(self.old.params[before], t, old[before])


Changes: TypeAlias = Mapping[Slot, Change]


def everywhere(b: Blueprint, change: Change) -> Changes:
    """Wherever the old type stands. Types are equal by value, so that callers and callees still agree."""
    return {slot: change for slot, signature in slots(b) if signature == change.old}


def retyped(b: Blueprint, changes: Changes) -> Blueprint:
    """Raises what it raises when *b* itself does not make sense; *changes* are of whole groups (`slots.groups`)."""
    root = b.definitions[b.root].imports
    host_slots: dict[tuple[str, ...], Slot] = {
        (used.name, *name.split("#")): Slot("import", b.root, k, 0, name)
        for k, used in enumerate(root) for name, _ in used.members
    }
    host_slots |= {(used.name,): Slot("import", b.root, k) for k, used in enumerate(root) if used.signature is not None}
    host = tuple(
        _host(h, change) if h.path in host_slots and (change := changes.get(host_slots[h.path])) is not None else h
        for h in b.host
    )
    hostile = tuple(new for h in b.hostile if (new := _hostile(b, h, changes)) is not None)
    definitions = tuple(_definition(d, definition, changes) for d, definition in enumerate(b.definitions))
    return replace(b, definitions=definitions, host=host, calls=_calls(b, changes), hostile=hostile)


def _calls(b: Blueprint, changes: Changes) -> tuple[Call, ...]:
    nodes = {"#".join(path): node for path, node in functions(wire(b).exports)}

    def called(call: Call) -> Call:
        place = nodes[call.export].place
        node = nodes[call.export]
        if place is None:
            return call
        slot = (Slot("relift", place.definition, place.item) if node.kind == "relift"
                else Slot("function", place.definition, place.item, place.function))
        change = changes.get(slot)
        if change is None:
            return call
        return Call(call.export, tuple(change.argument(n, call.args) for n in range(len(change.kept))))

    return tuple(map(called, b.calls))


def _host(host: HostFunction, change: Change) -> HostFunction:
    result = change.new.result
    match host.behaviour:
        case EchoArgument(index=index) if result is not None:
            n = change.kept.index(index) if index in change.kept else None
            if n is not None and change.new.params[n] == result:
                return HostFunction(host.path, EchoArgument(n))
            return HostFunction(host.path, Answer(result, change.fresh(result)))
        case EchoArgument():
            return HostFunction(host.path, Answer())
        case Answer(type=before, image=image) if result != change.old.result:
            if result is None:
                return HostFunction(host.path, Answer())
            other = change.fresh(result) if before is None else change.image(before, result, image)
            return HostFunction(host.path, Answer(result, other))
    return host


def _definition(d: int, definition: Definition, changes: Changes) -> Definition:
    mine = {slot: change for slot, change in changes.items() if slot.definition == d}
    if not mine:
        return definition
    by_type = {change.old: change.new for change in mine.values()}
    return replace(
        definition,
        imports=tuple(_import(Slot("import", d, k), used, mine) for k, used in enumerate(definition.imports)),
        items=tuple(_item(d, i, item, mine) for i, item in enumerate(definition.items)),
        types=tuple(dict.fromkeys(by_type.get(s, s) for s in definition.types)),
    )


def _import(slot: Slot, used: Import, changes: Changes) -> Import:
    whole = changes.get(slot)
    members = tuple(
        (name, s if (change := changes.get(slot._replace(name=name))) is None else change.new)
        for name, s in used.members
    )
    return replace(used, signature=used.signature if whole is None else whole.new, members=members)


def _item(d: int, i: int, item: Item, changes: Changes) -> Item:
    match item:
        case Guest(imports=imports, functions=functions):
            callees = [changes.get(Slot("lowered", d, i, n)) for n in range(len(imports))]
            own = [changes.get(Slot("function", d, i, n)) for n in range(len(functions))]
            return replace(
                item,
                imports=tuple(used if change is None else replace(used, signature=change.new)
                              for used, change in zip(imports, callees, strict=True)),
                functions=tuple(_function(f, callees, change) for f, change in zip(functions, own, strict=True)),
                start=tuple(_step(step, callees) for step in item.start),
            )
        case Relift():
            found = changes.get(Slot("relift", d, i))
            return item if found is None else replace(item, signature=found.new)
    return item


def _function(function: Function, callees: list[Change | None], change: Change | None) -> Function:
    function = replace(function, steps=tuple(_step(step, callees) for step in function.steps))
    if change is None:
        return function
    old, result = change.old, change.new.result

    def atom(a: Atom) -> Atom:
        """Parameters have new numbers, those that are gone become a constant."""
        if not isinstance(a, Param | Previous):
            return a
        if a.index in change.kept:
            return replace(a, index=change.kept.index(a.index))
        t = old.params[a.index]
        return Const(t, change.fresh(t))

    changed = function_with_atoms(function, atom)
    returns = None
    if result is not None:
        given = changed.returns or Const(result, change.fresh(result))
        returns = given if old.result is None else _operand(given, old.result, result, change)
    post_return = function.post_return and result is not None
    return replace(changed, signature=change.new, returns=returns, post_return=post_return)


def _step(step: Step, callees: list[Change | None]) -> Step:
    change = callees[step.callee]
    if change is None:
        return step
    return replace(step, args=tuple(_argument(step, n, change) for n in range(len(change.kept))))


def _argument(step: Step, n: int, change: Change) -> Operand:
    before, t = change.kept[n], change.new.params[n]
    if before is None:
        return Const(t, change.fresh(t))
    return _operand(step.args[before], change.old.params[before], t, change)


def _operand(operand: Operand, old: Type, new: Type, change: Change) -> Operand:
    """A constant of the old type becomes one of the new; everything else stands for a value of whatever type."""
    if old != new and isinstance(operand, Const) and operand.type == old:
        return Const(new, change.image(old, new, operand.image))
    return operand


# -- hostile choices

_OfACall: TypeAlias = RawArgument | Damaged | SpilledPointer | ResultPointer | SpilledPadding


def _hostile(b: Blueprint, hostile: Hostile, changes: Changes) -> Hostile | None:
    """None when it was laid over an argument or a result that is gone, or over spilled ones that no longer spill."""
    place = hostile.place
    own = changes.get(Slot("function", place.definition, place.item, max(place.function, 0)))
    match hostile:
        case RawResult():
            return hostile if own is None or own.new.result == own.old.result else None
        case Damaged(step=step) if step == RESULT:
            if own is None or own.old.result is None:
                return hostile
            return None if own.new.result is None else _damaged(hostile, own.old.result, own.new.result, own.image)
        case ResultPointer(step=step) if step == RESULT:
            return hostile if own is None or spills_result(own.new) else None
        case SpilledPadding(step=step) if step == RESULT:
            return hostile
        case RawArgument() | Damaged() | SpilledPointer() | ResultPointer() | SpilledPadding():
            return _of_a_call(b, hostile, changes)
    return hostile


def _of_a_call(b: Blueprint, hostile: _OfACall, changes: Changes) -> Hostile | None:
    place = hostile.place
    guest = b.guest(place)
    steps = guest.start if place.function == START else guest.functions[place.function].steps
    change = changes.get(Slot("lowered", place.definition, place.item, steps[hostile.step].callee))
    if change is None:
        return hostile
    match hostile:
        case SpilledPointer():
            return hostile if spills(change.new) else None
        case ResultPointer():
            return hostile if spills_result(change.new) else None
        case SpilledPadding():
            return hostile
    if hostile.argument not in change.kept:
        return None
    n = change.kept.index(hostile.argument)
    old, new = change.old.params[hostile.argument], change.new.params[n]
    if isinstance(hostile, Damaged):
        return _damaged(replace(hostile, argument=n), old, new, change.image)
    return replace(hostile, argument=n) if old == new else None


def _damaged(hostile: Damaged, old: Type, new: Type, as_image: AsImage) -> Damaged | None:
    """None if what was damaged is no longer there."""
    image = as_image(old, new, hostile.image)
    part = part_at(old, hostile.image, hostile.path)
    return replace(hostile, image=image) if part_at(new, image, hostile.path) == part else None
