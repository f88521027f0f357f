"""The top of the room: a strategy for whole blueprints."""

from __future__ import annotations

from hypothesis import strategies as st

from fact.model.types import Prim
from generators.axes import EVERYTHING, Axes
from generators.blueprint import (
    Answer,
    Behaviour,
    Blueprint,
    Call,
    Definition,
    EchoArgument,
    HostFunction,
    HostTrap,
    Import,
    Signature,
)
from generators.bodies import DRAWN_ARGUMENTS
from generators.drawing import pick, seldom, several
from generators.hostile import layered
from generators.mill import Taste
from generators.naming import named
from generators.recursion import recursive
from generators.scope import Growth
from generators.small import Small
from generators.smalltypes import SmallTypes
from generators.topologies import grow
from generators.types import NARROW, SCALAR_TYPES, palette
from generators.valtypes import KINDS, Image, Kind, Type
from generators.values import drawn_image, nth_image, taste_of
from generators.wiring import functions, wire

_SIZES = ("usual", "usual", "usual", "small")
_SIZES_OF_HOSTILE = ("usual", "small", "small")

USUAL = 6
"""Guests in most cases, at most."""


@st.composite
def blueprints(
    draw: st.DrawFn, *, max_components: int = 12, hostile: bool = True, reentrance: bool = True, spilled: bool = True,
    types: tuple[Prim, ...] = SCALAR_TYPES, kinds: tuple[Kind, ...] | None = None, memory64: bool = True,
    axes: Axes = EVERYTHING,
) -> Blueprint:
    """Blueprints of 1 to *max_components* component instances with a guest. One in four, and two in three hostile ones,
    are small (`generators.small`); of the others one in twenty has more than six.

    *hostile*: about two in five do something no correct guest does. *reentrance*: components may call their own lifts,
    and hostile ones re-enter a child. *spilled*: some functions have parameters that flatten to more than 16. *types*:
    the scalars, the simplest first. *kinds*: how other types are made of them; by default every way, but none when
    *types* are given. *memory64*: one case in six has guests with 64-bit memories. *axes*: what to do without.
    """
    if max_components < 1:
        raise ValueError(f"max_components is {max_components}: at least 1")
    if not types:
        raise ValueError("types is empty: at least one scalar type")
    if kinds is None:
        kinds = KINDS if types == SCALAR_TYPES else ()
    is_hostile = hostile and pick(draw, range(5)) > 2
    if is_hostile:
        types += 2 * tuple(t for t in types if t in NARROW) + tuple(t for t in types if t is Prim.CHAR)
        if seldom(draw, 2):  # without floats blocks may overlap
            types = tuple(t for t in types if t not in (Prim.F32, Prim.F64)) or types
    types = axes.among("scalar", types)
    small = pick(draw, axes.among("size", _SIZES_OF_HOSTILE if is_hostile else _SIZES)) == "small"
    kinds = axes.among("kind", kinds)
    if small:
        wide = memory64 and seldom(draw, 4 if is_hostile else 6)
        blueprint = _small(draw, types, kinds, axes, spilled, reentrance, wide, max_components == 1)
    else:
        used = palette(draw, types, kinds, spilled=spilled, axes=axes)
        if is_hostile and not used.aggregates:  # with scalars alone there is little that core code can do
            used = palette(draw, types, kinds, spilled=spilled, axes=axes)
        blueprint = _usual(draw, Growth(draw, used, axes, reentrance, memory64 and seldom(draw, 6)), max_components)
    return layered(draw, blueprint, reentrance=reentrance, axes=axes) if is_hostile else blueprint


def _small(
    draw: st.DrawFn, types: tuple[Prim, ...], kinds: tuple[Kind, ...], axes: Axes, spilled: bool, reentrance: bool,
    memory64: bool, of_one: bool,
) -> Blueprint:
    made = Small(
        draw, SmallTypes(draw, types, kinds, axes), taste_of(axes), axes, spilled, reentrance, memory64, of_one
    )
    definitions = made.definitions()
    return _called(draw, named(draw, definitions, axes) if kinds else definitions, made.taste)


def _usual(draw: st.DrawFn, growth: Growth, max_components: int) -> Blueprint:
    least, most = 1, min(USUAL, max_components)
    if most < max_components and seldom(draw, 20):
        least, most = pick(draw, range(most + 1, max_components + 1)), max_components
    definitions = grow(growth, least, most)
    if growth.types.aggregates:
        definitions = named(draw, definitions, growth.axes)
    blueprint = _called(draw, definitions, growth.types.taste)
    return recursive(draw, blueprint, growth.axes) if growth.reentrance else blueprint


def _called(draw: st.DrawFn, definitions: tuple[Definition, ...], taste: Taste) -> Blueprint:
    """With a host, and calls."""
    blueprint = Blueprint(definitions, _host(draw, definitions[-1].imports, taste))
    callable_ = [("#".join(path), node.signature) for path, node in functions(wire(blueprint).exports)]
    return Blueprint(definitions, blueprint.host, _calls(draw, callable_, taste))


def _host(draw: st.DrawFn, imports: tuple[Import, ...], taste: Taste) -> tuple[HostFunction, ...]:
    host = []
    for used in imports:
        if used.signature is not None:
            host.append(HostFunction((used.name,), _behaviour(draw, used.signature, taste)))
        for member, inner in used.members:
            host.append(HostFunction((used.name, *member.split("#")), _behaviour(draw, inner, taste)))
    return tuple(host)


def _behaviour(draw: st.DrawFn, signature: Signature, taste: Taste) -> Behaviour:
    same = [EchoArgument(i) for i, t in enumerate(signature.params) if t == signature.result]
    ways: tuple[str, ...] = ("echo", "echo", "constant") if same else ("constant",)
    match pick(draw, (*ways * 8, "trap")):
        case "echo":
            return pick(draw, same)
        case "trap":
            return HostTrap()
        case _:
            result = signature.result
            return Answer() if result is None else Answer(result, drawn_image(draw, result, taste))


def _calls(draw: st.DrawFn, callable_: list[tuple[str, Signature]], taste: Taste) -> tuple[Call, ...]:
    if not callable_:
        return ()

    def call() -> Call:
        export, signature = pick(draw, callable_)
        return Call(export, _arguments(draw, signature.params, taste))

    return tuple(several(draw, call, least=1, most=4, more=(2,)))


def _arguments(draw: st.DrawFn, params: tuple[Type, ...], taste: Taste) -> tuple[Image, ...]:
    """Images: drawn for the first few, the edges in turn for the others."""
    drawn = [drawn_image(draw, t, taste) for t in params[:DRAWN_ARGUMENTS]]
    return (*drawn, *(nth_image(t, i) for i, t in enumerate(params) if i >= DRAWN_ARGUMENTS))
