"""Parts of another case: values, types, bodies of functions, hostile choices, and components."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from random import Random
from typing import TypeAlias

from msgspec.structs import replace

from generators.blueprint import Answer, Blueprint, Call, Guest, HostFunction, Signature, Step, function_with_atoms
from generators.frozen import put
from generators.hostile_choices import (
    RESULT,
    START,
    Damaged,
    Hostile,
    Leaving,
    Place,
    RawArgument,
    RawResult,
    Reentry,
    ResultPointer,
    SpilledPadding,
    SpilledPointer,
)
from generators.mutation.images import converted, fresh_image
from generators.mutation.values_bodies import all_steps, atoms_before, live, new_arguments, told_at
from generators.mutation.values_graft import grafted
from generators.mutation.values_hostile import running_guests, told
from generators.mutation.values_refined import damaged_type
from generators.mutation.values_types import a_group, all_types, as_signature, retyped_group, same_parameters
from generators.mutation.values_values import callable_exports, constants_in, with_constant
from generators.mutation.words import Found, said, said_signature, said_type
from generators.operands import Atom, Counted, Param, Previous
from generators.rewriting.parts import guest_at, guests_of, steps_of, with_function, with_item
from generators.rewriting.slots import Slot, groups, signatures
from generators.types import NARROW
from generators.valtypes import Image, Type

Splice: TypeAlias = Callable[[Blueprint, Blueprint, Random], Found]

Value: TypeAlias = tuple[Type, Image]


# -- values


def values_of(b: Blueprint) -> list[Value]:
    """What calls pass, the host answers, and guests have as constants."""
    exports = callable_exports(b)
    found = [pair for call in b.calls for pair in zip(exports[call.export].params, call.args, strict=True)]
    found += [(h.behaviour.type, h.behaviour.image) for h in b.host
              if isinstance(h.behaviour, Answer) and h.behaviour.type is not None]
    found += [(c.type, c.image) for _, c in constants_in(b)]
    return list(dict.fromkeys(found))


def value(first: Blueprint, second: Blueprint, random: Random) -> Found:
    """A value of the second case for an argument of a call, an answer or a constant."""
    return one_of_values(first, values_of(second), random)


def one_of_values(first: Blueprint, pool: Sequence[Value], random: Random) -> Found:
    """A value of *pool*, as far as it can be one of the type that there is."""
    exports = callable_exports(first)
    places: list[tuple[str, int, int, Type]] = [
        ("call", c, a, t) for c, call in enumerate(first.calls) for a, t in enumerate(exports[call.export].params)
    ]
    places += [("answer", h, 0, host.behaviour.type) for h, host in enumerate(first.host)
               if isinstance(host.behaviour, Answer) and host.behaviour.type is not None]
    constants = constants_in(first)
    places += [("constant", n, 0, c.type) for n, (_, c) in enumerate(constants)]
    if not pool or not places:
        return None
    what, n, a, t = random.choice(places)
    of, image = random.choice([pair for pair in pool if pair[0] == t] or pool)
    image = converted(of, t, image, lambda part: fresh_image(part, random))
    told_value = f"{what} {n}: {said(image)}, of the other case"
    match what:
        case "call":
            call = first.calls[n]
            changed = Call(call.export, put(call.args, a, image))
            return replace(first, calls=put(first.calls, n, changed)), told_value
        case "answer":
            answer = HostFunction(first.host[n].path, Answer(t, image))
            return replace(first, host=put(first.host, n, answer)), told_value
    at, old = constants[n]
    return with_constant(first, at, old, image), told_value


# -- types


def value_type(first: Blueprint, second: Blueprint, random: Random) -> Found:
    """A type of the second case for a parameter or the result of functions of the first."""
    return one_of_types(first, all_types(second), random)


def one_of_types(first: Blueprint, pool: Sequence[Type], random: Random) -> Found:
    group = a_group(first, random)
    if not pool or group is None:
        return None
    slots, old = group
    t = random.choice(pool)
    at = random.randrange(-1, len(old.params))
    new = Signature(put(old.params, at, t), old.result) if at >= 0 else Signature(old.params, t)
    return retyped_group(first, slots, old, new, same_parameters(old), random, f"{said_type(t)}, of the other case")


def signature(first: Blueprint, second: Blueprint, random: Random) -> Found:
    """The type of a function of the second case for functions of the first."""
    pool, group = signatures(second), a_group(first, random)
    if not pool or group is None:
        return None
    slots, old = group
    new = random.choice(pool)
    return as_signature(first, slots, old, new, random, f"{said_signature(new)}, of the other case")


# -- code


def body(first: Blueprint, second: Blueprint, random: Random) -> Found:
    """What a function of the second case does, by a function of the first."""
    to = [(d, i, f) for d, i, guest in guests_of(first) for f in range(len(guest.functions))]
    of = [(guest, f) for _, _, guest in guests_of(second) for f in guest.functions]
    if not to or not of:
        return None
    d, i, f = live(first, to, random, lambda place: place)
    guest = guest_at(first, d, i)
    with_steps = [(g, one) for g, one in of if one.steps]
    theirs, function = random.choice(with_steps if with_steps and random.random() < 0.6 else of)
    mine = guest.functions[f]
    function = function_with_atoms(function, partial(_atom, len(mine.signature.params)))
    steps = tuple(_step(guest, f, theirs, step, random) for step in function.steps) if guest.imports else ()
    returns = function.returns if mine.signature.result is not None else None
    changed = replace(mine, steps=steps, returns=returns or mine.returns, fails=function.fails, way=function.way)
    hostile = tuple(h for h in first.hostile if h.place != Place(d, i, f) or getattr(h, "step", RESULT) == RESULT)
    after = replace(with_item(first, d, i, with_function(guest, f, changed)), hostile=hostile)
    return after, f"{told_at(d, i, f)} does what one of the other case does"


def _atom(params: int, atom: Atom) -> Atom:
    """Where there are so many parameters, one of those."""
    if not isinstance(atom, Param | Previous):
        return atom
    return replace(atom, index=atom.index % params) if params else Counted()


def _step(guest: Guest, f: int, theirs: Guest, step: Step, random: Random) -> Step:
    """By an import of the same type if there is one, else by any, with other arguments."""
    wanted = theirs.imports[step.callee].signature
    same = [k for k, used in enumerate(guest.imports) if used.signature == wanted]
    if same:
        return replace(step, callee=random.choice(same))
    k = random.randrange(len(guest.imports))
    return replace(step, callee=k, args=new_arguments(guest, k, atoms_before(guest, f, 0), random))


# -- hostile choices


def hostile(first: Blueprint, second: Blueprint, random: Random) -> Found:
    """A hostile choice of the second case at a place of the first; what is damaged takes its type with it."""
    able = [h for h in second.hostile if not isinstance(h, Reentry)]
    places = running_guests(first)
    if not able or not places:
        return None
    h = random.choice(able)
    place = random.choice(places)
    d, i, f = place.definition, place.item, place.function
    if isinstance(h, Damaged | RawArgument):
        return _with_value(first, second, h, random)
    guest = guest_at(first, d, i)
    changed: Hostile | None = replace(h, place=replace(place, function=START if h.place.function == START else f))
    count = len(steps_of(guest, f))
    match changed:
        case Leaving(callee=callee):
            changed = replace(changed, callee=callee % len(guest.imports)) if guest.imports else None
        case RawResult():
            changed = changed if f != START and guest.functions[f].signature.result in NARROW else None
        case SpilledPointer() | ResultPointer() | SpilledPadding() if changed.step != RESULT:
            changed = replace(changed, step=changed.step % count) if count else None
    if changed is None:
        return None
    return replace(first, hostile=(*first.hostile[-1:], changed)), f"{told(changed)}, as in the other case"


def _with_value(first: Blueprint, second: Blueprint, h: Damaged | RawArgument, random: Random) -> Found:
    """A wrong value in a step's argument, or a result, which has the value's type from now on."""
    guest = second.guest(h.place)
    if isinstance(h, Damaged):
        t = damaged_type(second, h)
    else:
        t = guest.imports[steps_of(guest, h.place.function)[h.step].callee].signature.params[h.argument]
    if isinstance(h, Damaged) and h.step == RESULT:
        return _with_result(first, h, t, random)
    able = [(at, n, a) for at, steps in all_steps(first) for n, step in enumerate(steps) for a in range(len(step.args))]
    if not able:
        return None
    (d, i, f), n, a = live(first, able, random, lambda place: place[0])
    mine = guest_at(first, d, i)
    k = steps_of(mine, f)[n].callee
    old = mine.imports[k].signature
    new = Signature(put(old.params, a, t), old.result)
    changed = replace(h, place=Place(d, i, f), step=n, argument=a)
    return _retyped_for(first, Slot("lowered", d, i, k), old, new, changed, random)


def _with_result(first: Blueprint, h: Damaged, t: Type, random: Random) -> Found:
    able = [(d, i, f, function.signature) for d, i, guest in guests_of(first)
            for f, function in enumerate(guest.functions)]
    if not able:
        return None
    d, i, f, old = live(first, able, random, lambda place: place[:3])
    changed = replace(h, place=Place(d, i, f))
    return _retyped_for(first, Slot("function", d, i, f), old, Signature(old.params, t), changed, random)


def _retyped_for(
    b: Blueprint, slot: Slot, old: Signature, new: Signature, h: Hostile, random: Random
) -> Found:
    """*b* with *h*, where the function that it is about is of type *new*."""
    what = f"{told(h)}, as in the other case"
    if new != old:
        group = next(group for group in groups(b) if slot in group)
        found = retyped_group(b, group, old, new, same_parameters(old), random, what)
        if found is None:
            return None
        b = found[0]
    return replace(b, hostile=(*b.hostile[-1:], h)), what


SPLICES: Sequence[tuple[int, Splice]] = (
    (24, value), (16, value_type), (10, signature), (14, body), (20, hostile), (16, grafted),
)
