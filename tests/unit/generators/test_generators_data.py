"""Blueprints as JSON, images of values, flattening and layout tables, host behaviours."""

from __future__ import annotations

import math
import struct

import pytest

from fact.model.traps import Trap, TrapReason
from fact.model.types import INTEGER_RANGES, SCALARS, Prim
from fact.model.values import check_value
from generators import from_json, respond, to_json
from generators.blueprint import (
    Answer,
    Blueprint,
    Call,
    Const,
    Definition,
    EchoArgument,
    Export,
    Function,
    Guest,
    HostTrap,
    Ref,
    Signature,
)
from generators.damage import RAW
from generators.layout import CORE, SIZE, area, core_params, spills
from generators.values import EDGES, image, value


def constant_guest(t: Prim, bits: int) -> Blueprint:
    guest = Guest(functions=(Function(Signature((t,), t), returns=Const(t, bits)),))
    definition = Definition(items=(guest,), exports=(Export("f0", Ref("item", 0, ("f0",))),))
    return Blueprint((definition,), calls=(Call("f0", (bits,)),))


@pytest.mark.parametrize("t", SCALARS)
def test_json_keeps_every_edge_of_every_type(t: Prim) -> None:
    for bits in EDGES[t]:
        blueprint = constant_guest(t, bits)
        line = to_json(blueprint)
        assert "\n" not in line
        assert from_json(line) == blueprint
        assert to_json(from_json(line)) == line


@pytest.mark.parametrize("line", ["", "{}", "[]", '{"definitions":[{"items":[{"is":"nobody"}]}]}'])
def test_json_that_is_no_blueprint_says_so(line: str) -> None:
    with pytest.raises(ValueError, match="not a blueprint"):
        from_json(line)


@pytest.mark.parametrize("t", SCALARS)
def test_edges_are_values_of_their_type(t: Prim) -> None:
    for bits in EDGES[t]:
        v = value(t, bits)
        accepted = check_value(t, v)
        assert accepted == v or (isinstance(v, float) and math.isnan(v))


def test_edges_have_the_limits_and_the_odd_ones() -> None:
    for t, (low, high) in INTEGER_RANGES.items():
        assert {0, 1, low, high} <= set(EDGES[t])
        assert low == 0 or -1 in EDGES[t]
    assert {0xD7FF, 0xE000, 0x10FFFF} <= set(EDGES[Prim.CHAR])
    for t, form, quiet in ((Prim.F32, "<f", 1 << 22), (Prim.F64, "<d", 1 << 51)):
        values = [struct.unpack(form, bits.to_bytes(SIZE[t], "little"))[0] for bits in EDGES[t]]
        nans = [bits for bits, v in zip(EDGES[t], values, strict=True) if math.isnan(v)]
        assert any(bits & quiet == 0 for bits in nans), "a signalling NaN"
        assert {math.inf, -math.inf} <= set(values)
        assert any(v == 0 and math.copysign(1, v) < 0 for v in values), "minus zero"


def test_image_is_the_inverse_of_value_except_for_nans() -> None:
    for t in SCALARS:
        for bits in EDGES[t]:
            v = value(t, bits)
            if not (isinstance(v, float) and math.isnan(v)):
                assert image(t, v) == bits


def test_raw_values_are_none_that_a_lower_produces() -> None:
    """CanonicalABI.md, "Flat Lowering": bool is 0 or 1, narrow integers are in range (negative ones sign-extended)."""
    for t, raw in RAW.items():
        for bits in raw:
            signed = bits - (1 << 32) if bits >> 31 else bits
            if t in (Prim.S8, Prim.S16):
                low, high = INTEGER_RANGES[t]
                assert not low <= signed <= high
            elif t is Prim.CHAR:
                assert bits >= 0x110000 or 0xD800 <= bits <= 0xDFFF
            elif t is Prim.BOOL:
                assert bits > 1
    assert set(RAW[Prim.U16]) - set(range(1 << 16))
    assert set(RAW[Prim.U8]) - set(range(1 << 8))


def test_area_is_a_tuple_s_layout() -> None:
    """CanonicalABI.md, "Alignment" and "Element Size", for records."""
    assert area((Prim.U8, Prim.U32, Prim.BOOL, Prim.F64, Prim.S16), "i32") == ((0, 4, 8, 16, 24), 32, 8)
    assert area((Prim.BOOL,) * 17, "i64") == (tuple(range(17)), 17, 1)
    assert area((Prim.CHAR, Prim.U16, Prim.U8), "i32") == ((0, 4, 6), 8, 4)


def test_the_seventeenth_parameter_spills() -> None:
    """CanonicalABI.md, "Flattening": MAX_FLAT_PARAMS is 16."""
    assert core_params(Signature((Prim.F32,) * 16), "i32") == ("f32",) * 16
    assert core_params(Signature((Prim.F32,) * 17), "i64") == ("i64",)
    assert not spills(Signature((Prim.U64,) * 16))
    assert set(CORE) == set(SIZE) == set(SCALARS)


def test_respond() -> None:
    assert respond(Answer(Prim.CHAR, 0x10FFFF), [3]) == "\U0010ffff"
    assert respond(Answer(), []) is None
    assert respond(EchoArgument(1), [1, True, 3]) is True
    with pytest.raises(Trap) as trap:
        respond(HostTrap(), [])
    assert trap.value.reason is TrapReason.HOST
