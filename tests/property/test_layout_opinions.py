"""Layout and flattening are written down independently in the reference, in the compiler, in the linker and in the
generators (ARCHITECTURE.md, decisions 9 and 20): for every type they say the same.

CanonicalABI.md, "Alignment", "Element Size", "Flattening".
"""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from hypothesis_profiles import times

from fact.abi import alignment, elem_size, flatten_type
from fact.adapters.shapes import MAX_FLAT, Shapes
from fact.link.flattening import shape
from fact.model.types import PtrType
from generators import layout
from generators.types import SCALAR_TYPES, any_type, palette, signature
from generators.valtypes import KINDS, OwnOf, RecordOf, TupleOf, Type, element_of, model_type, parts, walk

POINTER = st.sampled_from(("i32", "i64"))


@st.composite
def types(draw: st.DrawFn) -> Type:
    """Of every kind, with handles in some."""
    t = any_type(draw, SCALAR_TYPES, KINDS)
    return draw(st.sampled_from((t, t, t, TupleOf((t, OwnOf(0))), RecordOf((OwnOf(0), t)))))


@st.composite
def rows(draw: st.DrawFn) -> tuple[Type, ...]:
    """Parameters of a function."""
    return signature(draw, palette(draw, SCALAR_TYPES, KINDS, spilled=True)).params


@times(4)
@given(types(), POINTER)
def test_a_type_has_one_layout(t: Type, pointer: PtrType) -> None:
    named = model_type(t)
    compiled = Shapes().of(named).layout(pointer)
    reference = elem_size(named, pointer), alignment(named, pointer)
    assert reference == (compiled.size, compiled.align) == (layout.size(t, pointer), layout.alignment(t, pointer))


@times(4)
@given(types(), POINTER)
def test_a_type_has_one_flattening(t: Type, pointer: PtrType) -> None:
    named = model_type(t)
    flat = flatten_type(named, pointer)
    assert layout.flat(t, pointer) == flat
    assert Shapes().of(named).flat(pointer) == (flat if len(flat) <= MAX_FLAT else None)
    assert shape(named).flat == len(flat)
    assert shape(named).pointers == layout.has_pointers(t)


@times(2)
@given(rows(), POINTER)
def test_a_row_has_one_layout(row: tuple[Type, ...], pointer: PtrType) -> None:
    """Of fields, and of parameters that pass through memory."""
    offsets, size, align = layout.area(row, pointer)
    shapes = Shapes()
    whole = shapes.record((str(i), shapes.of(model_type(t))) for i, t in enumerate(row))
    assert (whole.layout(pointer).size, whole.layout(pointer).align) == (size, align)
    ends = [0, *(at + layout.size(t, pointer) for at, t in zip(offsets, row, strict=True))]
    for t, at, end in zip(row, offsets, ends, strict=False):
        assert at == -(-end // layout.alignment(t, pointer)) * layout.alignment(t, pointer)


@times(2)
@given(types(), POINTER)
def test_a_part_is_never_larger_than_the_whole(t: Type, pointer: PtrType) -> None:
    """But for what lies behind a pointer."""
    for whole in walk(t):
        inline = () if element_of(whole) is not None else parts(whole)
        for part in inline:
            assert layout.size(part, pointer) <= layout.size(whole, pointer)
            assert layout.alignment(part, pointer) <= layout.alignment(whole, pointer)
            assert len(layout.flat(part, pointer)) <= len(layout.flat(whole, pointer))
