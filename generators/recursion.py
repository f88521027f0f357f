"""Recursion: a guest's function calls another guest of its component, or a child, that calls the function in turn.

Components import what comes before them, so nothing that is drawn otherwise recurs. Here the other guest, or the child,
is added behind everything that its component has. The function calls it by a table, which is filled in once it is
there, to a small depth only, so that calls end. Within one component instance nothing stands in the way: what such a
call enters has been entered already. The child is entered once, since nobody else calls it (CanonicalABI.md, "Component
Instances": may_enter_from, entering_set); calls that come through a child already are hostile (`generators.reentries`).
"""

from __future__ import annotations

from collections.abc import Iterator

from hypothesis import strategies as st
from msgspec.structs import replace

from generators.axes import Axes
from generators.blueprint import (
    Blueprint,
    Child,
    Definition,
    Export,
    Function,
    Guest,
    GuestImport,
    Import,
    Item,
    Ref,
    Signature,
    Step,
)
from generators.bodies import ENCODINGS
from generators.codetext import passes_code
from generators.drawing import pick, seldom
from generators.frozen import put
from generators.hostile_choices import Place
from generators.inventing import enriched
from generators.layout import needs_memory
from generators.operands import CallResult, Operand, Param
from generators.wiring import below, called, instances, wire

MOST_CALLS = 10
"""What the function that recurs may cost, at most."""

SELDOM = 20
"""One case in so many has recursion, where it can."""


def recursive(draw: st.DrawFn, blueprint: Blueprint, axes: Axes) -> Blueprint:
    """*blueprint*, sometimes with a function that recurs."""
    found = recursion(draw, blueprint, axes) if seldom(draw, SELDOM) else None
    return blueprint if found is None else found


def recursion(draw: st.DrawFn, blueprint: Blueprint, axes: Axes) -> Blueprint | None:
    """*blueprint*, in which nothing is hostile, with a function that recurs; None if none can."""
    places = _places(blueprint)
    if not places:
        return None
    place = pick(draw, places)
    if pick(draw, axes.among("recursion", ("sibling", "child"))) == "sibling":
        return _with_sibling(draw, blueprint, place, axes)
    return _with_child(draw, blueprint, place, axes)


def _places(blueprint: Blueprint) -> list[Place]:
    """Functions that run, of guests that start functions do not need: for these no table would be filled in time."""
    if any(map(passes_code, blueprint.definitions)):
        return []
    root = wire(blueprint)
    early = {(n.place.definition, n.place.item) for n in below([s for i in instances(root) for s in i.starts])
             if n.place is not None}
    found = [n.place for n in below(called(blueprint, root)) if n.kind == "guest" and n.cost <= MOST_CALLS]
    return [p for p in dict.fromkeys(found) if p is not None and (p.definition, p.item) not in early]


# -- the two ways


def _with_sibling(draw: st.DrawFn, blueprint: Blueprint, place: Place, axes: Axes) -> Blueprint:
    """The later guest comes to share the memory of the one that recurs, or has its own."""
    definition, number = blueprint.definitions[place.definition], len(blueprint.definitions[place.definition].items)
    guest, signature = blueprint.guest(place), blueprint.guest(place).functions[place.function].signature
    other = _turning(draw, signature, Ref("item", place.item, (f"f{place.function}",)), axes)
    if guest.memory != "shared" and seldom(draw, 2):
        other = replace(other, memory="shared", lender=place.item, memory64=guest.memory64, allocator=guest.allocator)
    items = (*definition.items, other)
    changed = put(items, place.item, _recurring(draw, guest, place.function, Ref("item", number, ("f0",)), 2, axes))
    return _with_definition(blueprint, place.definition, replace(definition, items=changed))


def _with_child(draw: st.DrawFn, blueprint: Blueprint, place: Place, axes: Axes) -> Blueprint:
    d = place.definition
    guest, signature = blueprint.guest(place), blueprint.guest(place).functions[place.function].signature
    other = _turning(draw, signature, Ref("import", 0), axes)
    inner = Definition(d + 1, (Import("in0", signature),), (other,), (Export("f0", Ref("item", 0, ("f0",))),))
    definitions = [_moved(definition, d) for definition in blueprint.definitions]
    definition, number = definitions[d], len(definitions[d].items)
    child = Child(d, (Ref("item", place.item, (f"f{place.function}",)),))
    changed = _recurring(draw, guest, place.function, Ref("item", number, ("f0",)), 1, axes)
    definitions[d] = replace(definition, items=put((*definition.items, child), place.item, changed))
    return replace(blueprint, definitions=(*definitions[:d], inner, *definitions[d:]))


def _moved(definition: Definition, at: int) -> Definition:
    """*definition* when those from number *at* on have the next number."""

    def item(old: Item) -> Item:
        return replace(old, definition=old.definition + (old.definition >= at)) if isinstance(old, Child) else old

    home = None if definition.home is None else definition.home + (definition.home >= at)
    return replace(definition, home=home, items=tuple(map(item, definition.items)))


# -- guests


def _turning(draw: st.DrawFn, signature: Signature, callee: Ref, axes: Axes) -> Guest:
    """A guest whose function, of *signature*, calls one of the same type."""
    encoding = pick(draw, (None, *ENCODINGS))
    used = GuestImport(callee, signature, encoding)
    function = Function(signature, (Step(0, tuple(_arguments(draw, signature, axes))),),
                        None if signature.result is None else CallResult(0), encoding=encoding)
    return Guest((used,), (function,), memory="imported" if needs_memory(signature) else "own")


def _recurring(draw: st.DrawFn, guest: Guest, number: int, callee: Ref, depth: int, axes: Axes) -> Guest:
    """*guest*, whose function *number* calls *callee*, of the same type, to *depth*."""
    function = guest.functions[number]
    step = Step(len(guest.imports), tuple(_arguments(draw, function.signature, axes)), depth=depth)
    returns = function.returns
    if returns is not None and seldom(draw, 2):
        returns = CallResult(len(function.steps))
    changed = replace(function, steps=(*function.steps, step), returns=returns)
    used = GuestImport(callee, function.signature, function.encoding)
    return replace(guest, imports=(*guest.imports, used), start=(), lowering="indirect",
                   functions=put(guest.functions, number, changed))


def _arguments(draw: st.DrawFn, signature: Signature, axes: Axes) -> Iterator[Operand]:
    """Parameters handed on, perhaps with a change."""
    atoms = [(Param(i), t) for i, t in enumerate(signature.params)]
    for n, t in enumerate(signature.params):
        yield enriched(draw, axes, t, Param(n), atoms) if n < 3 else Param(n)


def _with_definition(blueprint: Blueprint, number: int, definition: Definition) -> Blueprint:
    return replace(blueprint, definitions=put(blueprint.definitions, number, definition))
