"""Strategies for tests of other people's: what crosses a boundary, and components in which it does.

Types are `fact.model.types`, of which `str` gives the text and `fact.model.type_text` reads it back; values are the
Python objects that `fact.model.values` has a table of, for which `fact.model.wave` has the text. All arguments are
checked when a strategy is made: `ValueError` or `TypeError` names the argument that is wrong.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Literal, TypeAlias, TypedDict, TypeVar, Unpack, get_args

from hypothesis import strategies as st

from fact.model.type_text import TypeTextError, parse_type
from fact.model.types import FuncType, Prim, ValType
from fact.model.values import Value
from generators.axes import Axes
from generators.cases import blueprints
from generators.drawing import often, seldom, several
from generators.families import AnyBlueprint, render
from generators.graphs_cases import graph_blueprints
from generators.handles import HandleBlueprint
from generators.handles_cases import handle_blueprints
from generators.smalltypes import padded_out
from generators.typed import values_of_type
from generators.types import SCALAR_TYPES, any_type
from generators.valtypes import KINDS, Kind, model_type

T = TypeVar("T", bound=str)

Family: TypeAlias = Literal["values", "handles", "graphs"]
FAMILIES: tuple[Family, ...] = get_args(Family)
"""Of cases: values that cross boundaries, handles that do, component graphs of any form."""

SCALARS: tuple[str, ...] = tuple(map(str, SCALAR_TYPES))
"""Names of the scalar types, the simplest first."""


def interface_types(
    *, scalars: Collection[str] = SCALARS, kinds: Collection[str] = KINDS
) -> st.SearchStrategy[ValType]:
    """Types of values, without handles: of *scalars* (`SCALARS`), and what the *kinds* (`KINDS`) make of them.

    Fields are called `f0`, `f1`, ..., cases `c0`, ..., flags `b0`, .... A type flattens to at most 100 core values.
    """
    some, ways = _scalars(scalars), _kinds(kinds)
    return st.composite(lambda draw: any_type(draw, some, ways))().map(model_type)


def values_of(t: ValType | str, *, max_length: int = 64) -> st.SearchStrategy[Value]:
    """Values of the type *t*, which may be given as text (`"list<tuple<string, u8>>"`) and with any labels: those
    around which rules change (limits of integers, surrogates' neighbours, text that is Latin-1 but for its last
    character, NaNs) as often as all others. Strings, lists and maps have at most *max_length* characters, elements or
    pairs.
    """
    if isinstance(t, str):
        try:
            t = parse_type(t)
        except TypeTextError as error:
            raise ValueError(f"t: {error}") from None
    if not isinstance(t, get_args(ValType)):
        raise TypeError(f"t: {t!r} is no type: one of fact.model.types, or its text")
    if isinstance(max_length, bool) or not isinstance(max_length, int):
        raise TypeError(f"max_length: {max_length!r} is not a whole number")
    if max_length < 0:
        raise ValueError(f"max_length: {max_length} is less than 0")
    return values_of_type(t, max_length)


def function_types(
    *, scalars: Collection[str] = SCALARS, kinds: Collection[str] = KINDS, spilled: bool = True
) -> st.SearchStrategy[FuncType]:
    """Types of functions: parameters `p0`, `p1`, ..., at most one result; of types that *scalars* and *kinds* make, as
    in `interface_types`.

    *spilled*: some have so many parameters that these pass through memory.
    """
    some, ways = _scalars(scalars), _kinds(kinds)
    _flags(spilled=spilled)

    @st.composite
    def drawn(draw: st.DrawFn) -> FuncType:
        params = tuple(several(draw, lambda: any_type(draw, some, ways), least=0, most=5, more=(2,)))
        if spilled and seldom(draw, 4):
            params = padded_out(params, some)
        result = model_type(any_type(draw, some, ways)) if often(draw, 4) else None
        return FuncType(tuple((f"p{i}", model_type(t)) for i, t in enumerate(params)), result)

    return drawn()


def cases(
    *, families: Collection[str] = FAMILIES, scalars: Collection[str] | None = None,
    kinds: Collection[str] = KINDS, memory64: bool = True, host: bool = True, hostile: bool = True,
    reentrance: bool = True,
) -> st.SearchStrategy[AnyBlueprint]:
    """Cases: a component, calls of its exports, and what the host answers, as frozen data. `render` makes the
    component's text of it, `to_json` a line that `from_json` reads; `fuzz.reference_case.reference_case` says what each
    call should come to, and `fuzz.script.to_wast` of that is a script which other engines' runners run.

    *families*: of `FAMILIES`. *scalars*: all of `SCALARS` unless given, which only the family `values` heeds. *kinds*:
    what types are made by (`KINDS`); the other families heed `map` and `fixed-length list` alone. *memory64*: some
    memories have 64-bit addresses. *host*: some components import functions or resource types of the host. *hostile*:
    some core code does what no correct guest does. *reentrance*: some components are entered while they run.
    """
    wanted = _among("families", families, FAMILIES)
    ways = _kinds(kinds)
    _flags(memory64=memory64, host=host, hostile=hostile, reentrance=reentrance)
    if scalars is not None and wanted != ("values",):
        raise ValueError('scalars: only the family "values" heeds it: families=("values",)')
    some = SCALAR_TYPES if scalars is None else _scalars(scalars)
    shapes = frozenset(("handle shape", kind) for kind in ("map", "fixed-length list") if kind not in ways)
    made: dict[Family, st.SearchStrategy[AnyBlueprint]] = {
        "values": blueprints(
            types=some, kinds=ways, memory64=memory64, hostile=hostile, reentrance=reentrance,
            axes=Axes(_off(host, "boundary", "host import")),
        ),
        "handles": handle_blueprints(
            junk=hostile, host=host,
            axes=Axes(shapes | _off(memory64, "handle topology", "64-bit memories")
                      | _off(host, "handle topology", "host") | _off(reentrance, "handle topology", "parent")),
        ),
        "graphs": graph_blueprints(
            reentrance=reentrance,
            axes=Axes(_off(hostile, "graph step", "risk") | _off(host, "graph step", "host")),
        ),
    }
    drawn = st.one_of(*(made[family] for family in wanted))
    return drawn if host else drawn.filter(_is_closed)


class CaseOptions(TypedDict, total=False):
    """Those of `cases`."""

    families: Collection[str]
    scalars: Collection[str] | None
    kinds: Collection[str]
    memory64: bool
    host: bool
    hostile: bool
    reentrance: bool


def component_texts(**options: Unpack[CaseOptions]) -> st.SearchStrategy[str]:
    """Valid components as text; *options* as for `cases`."""
    return cases(**options).map(lambda case: render(case).text)


def component_bytes(**options: Unpack[CaseOptions]) -> st.SearchStrategy[bytes]:
    """Valid components as binaries; *options* as for `cases`."""
    from wasmtime import wat2wasm

    return component_texts(**options).map(lambda text: bytes(wat2wasm(text)))


# -- arguments


def _is_closed(blueprint: AnyBlueprint) -> bool:
    """It imports nothing from the host."""
    return not blueprint.host and not (isinstance(blueprint, HandleBlueprint) and blueprint.host_types)


def _off(on: bool, group: str, member: str) -> frozenset[tuple[str, str]]:
    return frozenset() if on else frozenset({(group, member)})


def _scalars(names: Collection[str]) -> tuple[Prim, ...]:
    wanted = _among("scalars", _plain(names), SCALARS)
    if not wanted:
        raise ValueError(f"scalars: none is given; at least one of {', '.join(SCALARS)}")
    return tuple(Prim(name) for name in wanted)


def _plain(names: Collection[str]) -> Collection[str]:
    """`Prim`s go by their names."""
    return names if isinstance(names, str) else [str(name) for name in _listed("scalars", names)]


def _kinds(names: Collection[str]) -> tuple[Kind, ...]:
    return _among("kinds", names, KINDS, empty=True)


def _among(argument: str, names: Collection[str], known: tuple[T, ...], empty: bool = False) -> tuple[T, ...]:
    """Those of *known* that are among *names*, in the order of *known*."""
    wanted = _listed(argument, names)
    if unknown := [name for name in wanted if name not in known]:
        raise ValueError(f"{argument}: {unknown[0]!r} is none of {', '.join(known)}")
    if not wanted and not empty:
        raise ValueError(f"{argument}: none is given; at least one of {', '.join(known)}")
    return tuple(name for name in known if name in wanted)


def _listed(argument: str, names: Iterable[str]) -> list[str]:
    if isinstance(names, str) or not isinstance(names, Collection):
        raise TypeError(f"{argument}: {names!r} is not a list or tuple of names")
    return list(names)


def _flags(**flags: object) -> None:
    for argument, value in flags.items():
        if not isinstance(value, bool):
            raise TypeError(f"{argument}: {value!r} is neither True nor False")
