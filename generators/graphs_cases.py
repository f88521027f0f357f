"""A strategy for cases about component graphs: a root that grows, and calls of what it exports."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from hypothesis import strategies as st

from fact.model.types import Prim
from generators.axes import EVERYTHING, Axes
from generators.drawing import seldom
from generators.graphs import GraphBlueprint, HostCall, Sort
from generators.graphs_exports import finish
from generators.graphs_facts import Exports, Facts, Fn
from generators.graphs_scope import Scope, Shared
from generators.graphs_steps import grow
from generators.valtypes import Image, ListOf, ResultOf, TupleOf, Type

MOST_CALLS = 5


@st.composite
def graph_blueprints(
    draw: st.DrawFn, axes: Axes = EVERYTHING, aborts: bool = False, reentrance: bool = True,
) -> GraphBlueprint:
    """*aborts*: also what wasmtime 50 is known to die of: an adapter as a destructor that nothing imported before."""
    risky = axes.on("graph step", "risk") and seldom(draw, 4)
    reentrant = reentrance and axes.on("graph step", "reentrance") and seldom(draw, 16)
    shared = Shared(draw, axes, risky, reentrant, aborts, budget=shared_budget(draw))
    root = Scope(shared)
    grow(root)
    finish(root)
    return GraphBlueprint(tuple(root.body), tuple(calls(root)), tuple(shared.host))


def shared_budget(draw: st.DrawFn) -> int:
    return 4 + 2 * sum(seldom(draw, 2) for _ in range(4))


# -- calls


def calls(root: Scope) -> list[HostCall]:
    shared = root.shared
    found = list(paths(root.exports))
    fair = [(p, f) for p, f in found if shared.risky or not (f.effects.traps or f.handles)]
    if not fair:
        fair = found
    made = []
    for n in range(min(MOST_CALLS, max(2, len(fair)))):
        path, f = fair[n % len(fair)] if n < len(fair) else shared.pick(fair)
        args = tuple(argument(root, t) for t in f.signature.params)
        made.append(HostCall(path, f.signature, args))
    return made


def paths(exports: Mapping[str, tuple[Sort, Facts]], prefix: str = "") -> Iterator[tuple[str, Fn]]:
    """Functions, also those of instances, by the path of their export."""
    for n, (_, f) in exports.items():
        if isinstance(f, Fn):
            yield prefix + n, f
        elif isinstance(f, Exports):
            yield from paths(f.exports, f"{prefix}{n}#")


def argument(scope: Scope, t: Type) -> Image:
    """An image of a value."""
    pick = scope.shared.pick
    match t:
        case Prim.STRING:
            return pick(("", "a", "né", "日本", "😀 and more of it"))
        case Prim.CHAR:
            return pick((0x61, 0xE9, 0x1F600))
        case Prim.F64:
            return pick((0, 0x3FF0_0000_0000_0000, 0xC004_0000_0000_0000))
        case ListOf():
            return pick(((), (1,), (1, 2, 3, 255)))
        case TupleOf():
            return (pick((0, 7)), pick((1, 1 << 63)))
        case ResultOf(ok=None):
            return (pick((0, 1)), 0)
        case ResultOf():
            return (pick((0, 1)), 5)
        case Prim.U64:
            return pick((0, 1, (1 << 64) - 1))
    return pick((1, 0, 2, 0xFFFF_FFFF))
