"""Blueprints as JSON, images of values, flattening and layout tables, host behaviours."""

from __future__ import annotations

import math
import struct
from typing import get_args

import pytest

from fact.model.traps import Trap, TrapReason
from fact.model.types import INTEGER_RANGES, SCALARS, Prim
from fact.model.values import check_value
from generators import from_json, respond, to_json
from generators.blueprint import (
    Answer,
    Blueprint,
    Call,
    Definition,
    EchoArgument,
    Export,
    Function,
    Guest,
    HostTrap,
    Ref,
    Signature,
)
from generators.damage import RAW, all_damages, bad_discriminants, damageable, extra_flags
from generators.hostile_choices import Damage, Place, PointerKind
from generators.hostile_text import BAD_UTF8, BAD_UTF16
from generators.layout import CORE, SIZE, area, core_params, spills
from generators.operands import Const
from generators.valtypes import (
    EnumOf,
    FlagsOf,
    ListOf,
    MapOf,
    OptionOf,
    RecordOf,
    ResultOf,
    TupleOf,
    Type,
    VariantOf,
    cases_of,
    element_of,
    fields_of,
    model_type,
)
from generators.values import EDGES, image, made_image, value


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


DEEP = (
    '{"definitions":[{"items":[{"is":"guest","functions":[{"signature":[[],null],"returns":'
    + '{"is":"rebuilt","operand":' * 100_000 + '{"is":"counted"}' + "}" * 100_000 + "}]}]}]}"
)


@pytest.mark.parametrize("line", [
    "", "{}", "[]", '{"definitions":[{"items":[{"is":"nobody"}]}]}', '{"definitions":[],"calls":[["f",["no\\x"]]]}',
    pytest.param(DEEP, id="100,000 deep"),
])
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
    """CanonicalABI.md, "Flat Lowering": bool is 0 or 1, narrow integers are in range (negative ones sign-extended);
    of chars the neighbours of those that are none, too."""
    for t, raw in RAW.items():
        for bits in raw:
            signed = bits - (1 << 32) if bits >> 31 else bits
            if t in (Prim.S8, Prim.S16):
                low, high = INTEGER_RANGES[t]
                assert not low <= signed <= high
            elif t is Prim.CHAR:
                assert bits >= 0x110000 or 0xD800 <= bits <= 0xDFFF or bits in (0xD7FF, 0xE000, 0x10FFFF)
            elif t is Prim.BOOL:
                assert bits > 1
    assert set(RAW[Prim.U16]) - set(range(1 << 16))
    assert set(RAW[Prim.U8]) - set(range(1 << 8))


NESTED = RecordOf((
    ListOf(VariantOf((None, Prim.STRING, FlagsOf(9)))), MapOf(Prim.STRING, Prim.F64), EnumOf(257),
    ResultOf(None, OptionOf(Prim.CHAR)), ListOf(Prim.U8, 3), TupleOf((Prim.BOOL, FlagsOf(32))),
))


def test_made_images_are_values_and_the_same_number_makes_the_same() -> None:
    seen = set()
    for number in range(0, 400_000, 1_999):
        made = made_image(NESTED, number)
        assert made == made_image(NESTED, number)
        accepted = check_value(model_type(NESTED), value(NESTED, made))
        if "nan" not in repr(accepted):
            assert image(NESTED, accepted) == made
        seen.add(made)
    assert len(seen) > 150
    assert made_image(NESTED, 0) == ((), (), 0, (0, 0), (0, 0, 0), (0, 0)), "0 makes the simplest"


def test_json_keeps_types_and_images() -> None:
    for number in (0, 1, 77, 123_456):
        constant = Const(NESTED, made_image(NESTED, number))
        guest = Guest(functions=(Function(Signature((NESTED,), NESTED), returns=constant),))
        blueprint = Blueprint((Definition(items=(guest,)),))
        again = from_json(to_json(blueprint))
        assert again == blueprint
        assert hash(again) == hash(blueprint)


def test_json_of_scalars_is_what_it_was() -> None:
    """Stored blueprints of before other types were there."""
    line = ('{"definitions":[{"items":[{"is":"guest","functions":[{"signature":[["s16"],"s16"],'
            '"returns":{"is":"const","type":"s16","image":-1}}]}]}],"calls":[["f0",[-1]]]}')
    guest = Guest(functions=(Function(Signature((Prim.S16,), Prim.S16), returns=Const(Prim.S16, -1)),))
    assert from_json(line) == Blueprint((Definition(items=(guest,)),), calls=(Call("f0", (-1,)),))


def test_texts_have_the_lengths_and_characters_around_which_rules_change() -> None:
    texts = [t for n in range(6_000) if isinstance(t := made_image(Prim.STRING, n * 7919 + 1), str)]
    assert {0, 1, 2, 15, 16, 17, 31, 32, 33} <= set(map(len, texts))
    assert max(map(len, texts)) > 1000
    characters = set("".join(texts))
    assert set("\0\x7f\x80\xff\u0100\u07ff\u0800\ud7ff\ue000\uffff\U00010000\U0010ffff") <= characters
    assert any(len(t) > 8 and t[-1] > "\xff" and max(t[:-1]) <= "\x7f" for t in texts)


def test_damage_is_none_that_a_lower_produces() -> None:
    """CanonicalABI.md, "Loading": what must trap, must be invalid; flags may have any bits."""
    for bad in BAD_UTF8:
        for text in (bad, b"a" + bad, bad + b"a"):
            with pytest.raises(UnicodeDecodeError):
                text.decode("utf-8")
    for bad in BAD_UTF16:
        for text in (bad, b"a\0" + bad, bad + b"a\0"):
            with pytest.raises(UnicodeDecodeError):
                text.decode("utf-16-le")
    for count in (1, 2, 3, 255, 256, 257, 65_536, 65_537):
        assert bad_discriminants(count) and min(bad_discriminants(count)) >= count
    assert all(n >> 9 for n in extra_flags(9, 5))


def test_damageable_parts_are_where_their_paths_lead() -> None:
    for number in range(1, 40_000, 997):
        made = made_image(NESTED, number)
        for path, part, inside in damageable(NESTED, made):
            found: object = made
            t: Type | None = NESTED
            for step in path:
                assert isinstance(found, tuple) and t is not None
                fields, element, cases = fields_of(t), element_of(t), cases_of(t)
                t = fields[step] if fields else element or (cases or ())[found[0]]
                found = found[1] if cases else found[step]
            assert (t, found) == (part, inside)


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
    for index in (3, -1):
        with pytest.raises(ValueError, match=f"argument {index} of 3"):
            respond(EchoArgument(index), [1, True, 3])
    with pytest.raises(Trap) as trap:
        respond(HostTrap(), [])
    assert trap.value.reason is TrapReason.HOST


def test_all_damages_name_every_part_and_every_way() -> None:
    """For hunts after one rule: what `damaged` draws from, in turn."""
    made = made_image(NESTED, 12_345)
    everything = list(all_damages(Place(0, 0, 0), 0, 0, NESTED, made, "utf16", "i32"))
    assert len(set(everything)) == len(everything)
    assert {d.path for d in everything} == {path for path, _, _ in damageable(NESTED, made)}
    assert {d.damage for d in everything} == set(get_args(Damage))
    assert not any(d.pointer == "high" for d in everything)
    wide = all_damages(Place(0, 0, 0), 0, 0, Prim.STRING, "a", "utf8", "i64")
    assert {d.pointer for d in wide} == set(get_args(PointerKind))
