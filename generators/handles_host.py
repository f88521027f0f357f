"""What the host offers in a case about handles: resource types of its own, and functions that make, take, lend and give
them back.

A function of the host's is lent one handle at most: wasmtime 50 fails on a second one, by a mistake of its own
(corpus/findings/host-two-borrows.wast). So a borrowed handle stands in no list, and no other stands beside it.
"""

from __future__ import annotations

from hypothesis import strategies as st

from generators.axes import Axes
from generators.blueprint import Answer, Behaviour, EchoArgument, HostTrap, Signature
from generators.drawing import pick, seldom
from generators.handles import HostImport
from generators.handles_images import PADDING, Images, Shapes
from generators.valtypes import BorrowOf, OptionOf, OwnOf, TupleOf, Type

FIRST_REP = 0x900
"""Of what the host makes."""


def host_functions(draw: st.DrawFn, axes: Axes, types: int) -> tuple[HostImport, ...]:
    """A maker of each type, and some more."""
    shapes = Shapes(draw, axes)

    def own() -> Type:
        return OwnOf(pick(draw, range(types)))

    def answer(result: Type | None) -> Behaviour:
        if result is None:
            return Answer()
        return Answer(result, Images(draw, handles=FIRST_REP + 0x10 * len(made)).image(result))

    def borrow() -> Type:
        lent = BorrowOf(pick(draw, range(types)))
        ways: tuple[Type, ...] = (lent, lent, OptionOf(lent), TupleOf((own(), lent)))
        return pick(draw, ways)

    made: list[HostImport] = []
    for t in range(types):
        result = OwnOf(t) if seldom(draw, 2) else shapes.around(lambda t=t: OwnOf(t))  # type: ignore[misc]
        made.append(HostImport(Signature((), result), answer(result)))
    for way in [pick(draw, axes.among("host function", ("take", "lend", "give back", "swap"))) for _ in range(
        pick(draw, (2, 1, 3))
    )]:
        taken, result = shapes.around(own), shapes.around(own)
        match way:
            case "take":
                signature, behaviour = Signature((taken,)), answer(None)
            case "lend":
                signature = Signature((borrow(),), result if seldom(draw, 3) else None)
                behaviour = answer(signature.result)
            case "give back":
                signature, behaviour = Signature((taken,), taken), EchoArgument(0)
            case _:
                signature, behaviour = Signature((borrow(), taken), taken), EchoArgument(1)
        if seldom(draw, 4):
            signature = Signature((*signature.params, PADDING), signature.result)
        made.append(HostImport(signature, HostTrap() if seldom(draw, 12) else behaviour))
    return tuple(made)
