"""Types of parameters and results with handles in them, and images of their values."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from hypothesis import strategies as st

from fact.model.types import Prim
from generators.axes import Axes
from generators.drawing import pick, seldom
from generators.valtypes import (
    BorrowOf,
    EnumOf,
    FlagsOf,
    Image,
    ListOf,
    MapOf,
    OptionOf,
    OwnOf,
    RecordOf,
    ResultOf,
    TupleOf,
    Type,
    VariantOf,
    cases_of,
    element_of,
    fields_of,
)

PADDING = TupleOf((Prim.U8,) * 17)
"""With it, parameters go through memory."""

LONG = 12
"""Once in so many times a list is long."""

_Handle = Callable[[], Type]

_SHAPES: dict[str, tuple[Callable[[_Handle], Type], ...]] = {
    "itself": (lambda h: h(),) * 6,
    "list": (lambda h: ListOf(h()),) * 2,
    "option": (lambda h: OptionOf(h()),),
    "record": (lambda h: RecordOf((h(), Prim.U64)), lambda h: RecordOf((Prim.STRING, h(), Prim.U8, h()))),
    "tuple": (lambda h: TupleOf((h(), h())),),
    "variant": (
        lambda h: VariantOf((h(), None, h(), Prim.U64)), lambda h: VariantOf((Prim.F32, h(), TupleOf((h(), h())))),
    ),
    "result": (lambda h: ResultOf(h(), h()), lambda h: ResultOf(None, h())),
    "map": (lambda h: MapOf(Prim.U8, h()),) * 2 + (lambda h: MapOf(Prim.STRING, h()),),
    "list of tuples": (lambda h: ListOf(TupleOf((Prim.U8, h()))),),
    "fixed-length list": (lambda h: ListOf(h(), 2),),
}
"""By the name of the axis; each as often as it has makers."""

SHAPES = tuple(_SHAPES)
_DRAWN = tuple(shape for shape, makers in _SHAPES.items() for _ in makers)
_WITH_FIXED = (*_DRAWN, *("fixed-length list",) * 5)


@dataclass(frozen=True, slots=True)
class Shapes:
    """Types around handles. *fixed*: also lists of fixed length."""

    draw: st.DrawFn
    axes: Axes
    fixed: bool = False

    def around(self, handle: Callable[[], Type], depth: int = 3) -> Type:
        """A type made of what *handle* gives; what is in an aggregate may be one again, up to *depth* deep."""
        shape = pick(self.draw, self.axes.among("handle shape", _WITH_FIXED if self.fixed else _DRAWN))
        if shape == "itself" or (shape == "fixed-length list" and not self.fixed):
            return handle()

        def inner() -> Type:
            return self.around(handle, depth - 1) if depth > 1 and seldom(self.draw, 8) else handle()

        return pick(self.draw, _SHAPES[shape])(inner)


@dataclass(slots=True)
class Images:
    """Images in which handles are numbered from *handles* on; if it can be, of those that are *there*. *few*: of owned
    ones there are only a few."""

    draw: st.DrawFn
    there: Callable[[OwnOf | BorrowOf], bool] = lambda _: True
    handles: int = 0
    few: bool = True

    def possible(self, t: Type) -> bool:
        """Whether there is a value of the type."""
        if isinstance(t, OwnOf | BorrowOf):
            return self.there(t)
        if (cases := cases_of(t)) is not None:
            return any(c is None or self.possible(c) for c in cases)
        return all(map(self.possible, fields_of(t) or ()))

    def image(self, t: Type) -> Image:
        if isinstance(t, OwnOf | BorrowOf):
            self.handles += 1
            return self.handles - 1
        if t is Prim.STRING:
            return pick(self.draw, ("né😀", "plain", "x"))
        if t == PADDING:
            return tuple(range(17))
        if (element := element_of(t)) is not None:
            count = self.length(element)
            return tuple(self.image(element) for _ in range(count))
        if (fields := fields_of(t)) is not None:
            return tuple(self.image(f) for f in fields)
        if (cases := cases_of(t)) is not None:
            able = [n for n, c in enumerate(cases) if c is None or self.possible(c)] or range(len(cases))
            case = pick(self.draw, able[::-1])
            payload = cases[case]
            return (case, 0 if payload is None else self.image(payload))
        return 5


    def length(self, element: Type) -> int:
        """Of a list: seldom long, and then one that takes as many different handles only if it may."""
        if not self.possible(element):
            return 0
        if isinstance(element, BorrowOf if self.few else OwnOf | BorrowOf) and seldom(self.draw, LONG):
            return pick(self.draw, (16, 17, 40))
        return pick(self.draw, (1, 2, 0, 3))


def emptied(t: Type) -> Image | None:
    """A value without handles; None for a type that has none."""
    if isinstance(t, OwnOf | BorrowOf):
        return None
    if t is Prim.STRING:
        return "x"
    if element_of(t) is not None:
        return ()
    if (fields := fields_of(t)) is not None:
        inner = [emptied(f) for f in fields]
        return None if None in inner else tuple(i for i in inner if i is not None)
    cases = cases_of(t)
    if cases is None or isinstance(t, EnumOf | FlagsOf):
        return 5 if cases is None else 0
    for case, payload in enumerate(cases):
        if payload is None:
            return (case, 0)
        if (bare := emptied(payload)) is not None:
            return (case, bare)
    return None
