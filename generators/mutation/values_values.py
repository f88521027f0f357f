"""Other values: arguments of calls, constants in guests' code, what the host answers; and other calls."""

from __future__ import annotations

from random import Random

from msgspec.structs import replace

from generators.blueprint import (
    Answer,
    Behaviour,
    Blueprint,
    Call,
    EchoArgument,
    Guest,
    HostFunction,
    HostTrap,
    Signature,
    function_with_atoms,
    with_atoms,
)
from generators.frozen import put
from generators.hostile_choices import START
from generators.mutation.images import changed_image, fresh_image
from generators.mutation.values_bodies import At, live, told_at
from generators.mutation.words import Found, Weighted, said
from generators.operands import Atom, Const, walk
from generators.rewriting.parts import guest_at, guests_of, steps_of, with_function, with_item
from generators.valtypes import Image
from generators.wiring import functions, wire

MOST_CALLS = 8


def argument(b: Blueprint, random: Random) -> Found:
    """Part of an argument of a call."""
    exports = callable_exports(b)
    places = [(c, a, t) for c, call in enumerate(b.calls) for a, t in enumerate(exports[call.export].params)]
    if not places:
        return None
    c, a, t = random.choice(places)
    old = b.calls[c].args
    image = changed_image(t, old[a], random)
    calls = put(b.calls, c, Call(b.calls[c].export, put(old, a, image)))
    return replace(b, calls=calls), f"call {c}, argument {a}: {said(old[a])} -> {said(image)}"


def arguments(b: Blueprint, random: Random) -> Found:
    """All arguments of a call, made anew."""
    if not b.calls:
        return None
    c = random.randrange(len(b.calls))
    params = callable_exports(b)[b.calls[c].export].params
    args = tuple(fresh_image(t, random) for t in params)
    return replace(b, calls=put(b.calls, c, Call(b.calls[c].export, args))), f"call {c}: all arguments"


def callable_exports(b: Blueprint) -> dict[str, Signature]:
    """What the host can call, by path."""
    return {"#".join(path): node.signature for path, node in functions(wire(b).exports)}


def constant(b: Blueprint, random: Random) -> Found:
    """Part of a constant in a guest's code."""
    places = constants_in(b)
    if not places:
        return None
    (d, i, f), old = live(b, places, random, lambda place: place[0])
    image = changed_image(old.type, old.image, random)
    told = f"constant of {told_at(d, i, f)}: {said(old.image)} -> {said(image)}"
    return with_constant(b, (d, i, f), old, image), told


def with_constant(b: Blueprint, at: At, old: Const, image: Image) -> Blueprint:
    """Another image for a constant, wherever in the function *at* it is."""
    d, i, f = at
    new = Const(old.type, image)

    def changed(atom: Atom) -> Atom:
        return new if atom == old else atom

    guest = guest_at(b, d, i)
    if f == START:
        return with_item(b, d, i, replace(guest, start=tuple(with_atoms(step, changed) for step in guest.start)))
    return with_item(b, d, i, with_function(guest, f, function_with_atoms(guest.functions[f], changed)))


def constants_in(b: Blueprint) -> list[tuple[At, Const]]:
    """The constants in guests' code."""
    return [((d, i, f), constant) for d, i, guest in guests_of(b) for f in (START, *range(len(guest.functions)))
            for constant in _constants(guest, f)]


def _constants(guest: Guest, f: int) -> list[Const]:
    roots = [o for step in steps_of(guest, f) for o in (*step.args, step.when, step.over) if o is not None]
    returns = None if f == START else guest.functions[f].returns
    roots += [] if returns is None else [returns]
    return [part for root in roots for part in walk(root) if isinstance(part, Const)]


# -- the host


def answer(b: Blueprint, random: Random) -> Found:
    """Part of what the host answers."""
    able = [(h, host.behaviour) for h, host in enumerate(b.host) if isinstance(host.behaviour, Answer)]
    able = [(h, behaviour) for h, behaviour in able if behaviour.type is not None]
    if not able:
        return None
    h, behaviour = random.choice(able)
    assert behaviour.type is not None
    image = changed_image(behaviour.type, behaviour.image, random)
    return _with_behaviour(b, h, Answer(behaviour.type, image)), (
        f"answer of {'#'.join(b.host[h].path)}: {said(behaviour.image)} -> {said(image)}")


def behaviour(b: Blueprint, random: Random) -> Found:
    """The host gives back an argument, or a constant; seldom it traps."""
    if not b.host:
        return None
    h = random.randrange(len(b.host))
    signature = host_signatures(b)[b.host[h].path]
    result = signature.result
    able: list[Behaviour] = [EchoArgument(n) for n, t in enumerate(signature.params) if t == result]
    able.append(Answer() if result is None else Answer(result, fresh_image(result, random)))
    if random.random() < 0.1:
        able.append(HostTrap())
    other = random.choice([one for one in able if one != b.host[h].behaviour] or able)
    return _with_behaviour(b, h, other), f"{'#'.join(b.host[h].path)}: {_way(b.host[h].behaviour)} -> {_way(other)}"


def _way(behaviour: Behaviour) -> str:
    return {Answer: "constant", EchoArgument: "echo", HostTrap: "trap"}[type(behaviour)]


def host_signatures(b: Blueprint) -> dict[tuple[str, ...], Signature]:
    """The types of the functions that the host has, by path."""
    found: dict[tuple[str, ...], Signature] = {}
    for used in b.definitions[b.root].imports:
        if used.signature is not None:
            found[used.name,] = used.signature
        found.update({(used.name, *name.split("#")): s for name, s in used.members})
    return found


def _with_behaviour(b: Blueprint, h: int, behaviour: Behaviour) -> Blueprint:
    return replace(b, host=put(b.host, h, HostFunction(b.host[h].path, behaviour)))


# -- calls


def call_added(b: Blueprint, random: Random) -> Found:
    """A call of an export that may not have been called."""
    exports = callable_exports(b)
    if not exports or len(b.calls) >= MOST_CALLS:
        return None
    called = {call.export for call in b.calls}
    fresh = [export for export in exports if export not in called]
    export = random.choice(fresh if fresh and random.random() < 0.7 else list(exports))
    at = random.randrange(len(b.calls) + 1)
    call = Call(export, tuple(fresh_image(t, random) for t in exports[export].params))
    return replace(b, calls=(*b.calls[:at], call, *b.calls[at:])), f"a call of {export} added"


def call_repeated(b: Blueprint, random: Random) -> Found:
    if not b.calls or len(b.calls) >= MOST_CALLS:
        return None
    at = random.randrange(len(b.calls))
    to = random.randrange(at, len(b.calls)) + 1
    return replace(b, calls=(*b.calls[:to], b.calls[at], *b.calls[to:])), f"call {at} repeated"


def call_removed(b: Blueprint, random: Random) -> Found:
    if len(b.calls) < 2:
        return None
    at = random.randrange(len(b.calls))
    return replace(b, calls=b.calls[:at] + b.calls[at + 1 :]), f"call {at} removed"


def calls_permuted(b: Blueprint, random: Random) -> Found:
    if len(b.calls) < 2:
        return None
    calls = list(b.calls)
    random.shuffle(calls)
    return replace(b, calls=tuple(calls)), "calls in another order"


VALUE_CHANGES: Weighted = (
    (30, argument), (4, arguments), (26, constant), (12, answer), (6, behaviour), (6, call_added), (3, call_repeated),
    (5, call_removed), (3, calls_permuted),
)
