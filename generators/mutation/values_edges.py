"""Who calls whom."""

from __future__ import annotations

from random import Random

from msgspec.structs import replace

from generators.blueprint import Blueprint, GuestImport
from generators.bodies import ENCODINGS
from generators.hostile_choices import Place
from generators.mutation.values_bodies import a_step, atoms_before, extended, live, new_arguments, told_at, with_step
from generators.mutation.values_relays import RELAY_CHANGES
from generators.mutation.values_sources import source
from generators.mutation.words import Found, Weighted, said_signature
from generators.rewriting.parts import guest_at, guests_of, with_item
from generators.rewriting.sight import functions_in_sight


def callee(b: Blueprint, random: Random) -> Found:
    """A step calls another import, of the same type if there is one."""
    found = a_step(b, random)
    if found is None:
        return None
    (d, i, f), n, steps = found
    guest = guest_at(b, d, i)
    step = steps[n]
    others = [k for k in range(len(guest.imports)) if k != step.callee]
    same = [k for k in others if guest.imports[k].signature == guest.imports[step.callee].signature]
    if not others:
        return None
    if same and random.random() < 0.8:
        changed, hostile = replace(step, callee=random.choice(same)), b.hostile
    else:
        k = random.choice(others)
        changed = replace(step, callee=k, args=new_arguments(guest, k, atoms_before(guest, f, n), random))
        hostile = tuple(h for h in b.hostile if h.place != Place(d, i, f) or getattr(h, "step", None) != n)
    after = replace(with_step(b, (d, i, f), n, changed), hostile=hostile)
    return after, f"step {n} of {told_at(d, i, f)}: import {step.callee} -> {changed.callee}"


def import_added(b: Blueprint, random: Random) -> Found:
    """A guest lowers one function more, and calls it."""
    places = [(d, i, guest) for d, i, guest in guests_of(b) if len(guest.imports) < 6 and guest.functions]
    if not places:
        return None
    d, i, guest = live(b, places, random, lambda place: place[:2])
    able = functions_in_sight(b, d, i)
    if not able:
        return None
    ref, signature = random.choice(able)
    encoding = random.choice((None, *ENCODINGS))
    guest = replace(guest, imports=(*guest.imports, GuestImport(ref, signature, encoding)))
    f = live(b, range(len(guest.functions)), random, lambda f: (d, i, f))
    changed = extended(with_item(b, d, i, guest), (d, i, f), len(guest.imports) - 1, random)
    return changed, f"{told_at(d, i, f)} calls one function more, {said_signature(signature)}"


EDGE_CHANGES: Weighted = ((16, callee), (20, import_added), (24, source), *RELAY_CHANGES)
