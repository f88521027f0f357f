"""Guests that pass strings, lists, records and variants: run, with their logs read entry by entry."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import pytest
from msgspec.structs import replace
from wasmtime import wat2wasm

from fact.model.traps import Trap, TrapReason
from fact.model.types import Prim
from fact.model.values import Value, same_value
from fuzz.engines.base import Engine
from fuzz.engines.native import NativeEngine
from fuzz.engines.reference import ReferenceEngine
from generators import render
from generators.blueprint import (
    Blueprint,
    Call,
    Child,
    Definition,
    Encoding,
    Export,
    Function,
    Guest,
    GuestImport,
    Import,
    Ref,
    Signature,
    Step,
)
from generators.hostile_choices import (
    RESULT,
    Damaged,
    Hostile,
    Place,
    PointerKind,
    ReallocResult,
    ResultPointer,
    SpilledPadding,
    SpilledPointer,
)
from generators.operands import CallResult, Const, Param
from generators.valtypes import (
    EnumOf,
    FlagsOf,
    Image,
    ListOf,
    MapOf,
    OptionOf,
    RecordOf,
    ResultOf,
    TupleOf,
    Type,
    VariantOf,
)
from generators.values import made_image, value

NATIVE, REFERENCE = NativeEngine(), ReferenceEngine()
CALLER, CALLEE = Place(1, 0, 0), Place(0, 0, 0)


@dataclass(frozen=True)
class Ran:
    result: Value | None
    logs: dict[str, list[int]]


def two(
    signature: Signature, args: tuple[Image, ...], *, caller: Encoding = "utf8", callee: Encoding = "utf8",
    hostile: tuple[Hostile, ...] = (), wide: tuple[bool, bool] = (False, False),
    allocator: Literal["moves", "in place", "grows"] = "moves", lowering: Literal["direct", "indirect"] = "direct",
) -> Blueprint:
    """A caller that forwards to a callee, which returns its first parameter."""
    forwards = tuple(Param(i) for i in range(len(signature.params)))
    called = Guest(functions=(Function(signature, (), Param(0), True, callee),), memory64=wide[1], allocator=allocator)
    calling = Guest(
        (GuestImport(Ref("import", 0), signature, caller),),
        (Function(signature, (Step(0, forwards),), CallResult(0), False, caller),), (), lowering,
        "imported" if lowering == "direct" else "own", memory64=wide[0], allocator=allocator,
    )
    exports = (Export("f0", Ref("item", 0, ("f0",))),)
    return Blueprint(
        (
            Definition(2, items=(called,), exports=exports),
            Definition(2, (Import("in0", signature),), (calling,), exports),
            Definition(None, items=(Child(0), Child(1, (Ref("item", 0, ("f0",)),))),
                       exports=(Export("f0", Ref("item", 1, ("f0",))),)),
        ),
        calls=(Call("f0", args),), hostile=hostile,
    )


def run(blueprint: Blueprint, engine: Engine = NATIVE) -> Ran:
    """The last call's result and the logs."""
    rendered = render(blueprint)
    running = engine.load(bytes(wat2wasm(rendered.text))).instantiate(lambda *_: None)
    result = [running.invoke(name, args) for name, args in rendered.calls][-1]
    logs: dict[str, list[int]] = {}
    for prefix in rendered.log_prefixes:
        count = running.invoke(f"{prefix}-log-count", ())
        assert isinstance(count, int)
        logs[prefix] = [e for i in range(count) if isinstance(e := running.invoke(f"{prefix}-log-entry", (i,)), int)]
    return Ran(result, logs)


def reason(blueprint: Blueprint, engine: Engine = REFERENCE) -> TrapReason | None:
    try:
        run(blueprint, engine)
    except Trap as trap:
        return trap.reason
    return None


TYPES: tuple[Type, ...] = (
    Prim.STRING, ListOf(Prim.U8), ListOf(Prim.F32), ListOf(Prim.STRING), MapOf(Prim.STRING, Prim.U16),
    RecordOf((Prim.U8, Prim.U64, Prim.BOOL)), RecordOf((Prim.STRING,) * 9), TupleOf((Prim.CHAR,) * 17), EnumOf(257),
    VariantOf((None, Prim.F32, Prim.STRING, Prim.F64, RecordOf((Prim.S8, Prim.S64)))), FlagsOf(17), FlagsOf(32),
    OptionOf(OptionOf(Prim.S16)), ResultOf(Prim.F32, Prim.U64), ResultOf(None, ListOf(Prim.CHAR)),
    ListOf(RecordOf((Prim.U8, OptionOf(Prim.U32), ListOf(Prim.BOOL)))),
)


@pytest.mark.parametrize("t", TYPES, ids=str)
def test_values_come_back_as_they_went(t: Type) -> None:
    """Through flat values (one parameter) and through memory (enough of them to spill)."""
    for number, count in ((1, 1), (4_321, 1), (99_999, 17)):
        image = made_image(t, number)
        signature = Signature((t, *(Prim.U8,) * (count - 1)), t)
        for lowering in ("direct", "indirect"):
            ran = run(two(signature, (image, *(7,) * (count - 1)), caller="utf16", callee="latin1+utf16",
                          lowering=lowering))
            assert same_value(ran.result, value(t, image))


@pytest.mark.parametrize("t", [*TYPES, ListOf(Prim.F32, 3), ListOf(ListOf(Prim.STRING, 2), 17)], ids=str)
@pytest.mark.parametrize("wide", [(True, False), (False, True), (True, True)])
def test_values_come_back_through_64_bit_memories(t: Type, wide: tuple[bool, bool]) -> None:
    image = made_image(t, 77_777)
    ran = run(two(Signature((t,), t), (image,), caller="latin1+utf16", callee="utf16", wide=wide), REFERENCE)
    assert same_value(ran.result, value(t, image))


def test_a_string_is_logged_by_its_units_and_bytes() -> None:
    logs = run(two(Signature((Prim.STRING,), None), ("h\u00e9llo w\u00f6rld",), caller="utf16", callee="utf8")).logs
    utf16, utf8 = "h\u00e9llo w\u00f6rld".encode("utf-16-le"), "h\u00e9llo w\u00f6rld".encode()
    assert words(utf16) == logs["c1"][-len(words(utf16)) - 1 : -1], "what the caller got from the host, before its call"
    # CanonicalABI.md, "Storing": optimistic, then the worst case, then what it took
    assert [e for e in logs["c0"] if e == 3 << 32] == [3 << 32] * 3
    assert logs["c0"][-len(words(utf8)) - 3 : -1] == [1 << 32, len(utf8), *words(utf8)]


def words(content: bytes) -> list[int]:
    """As guests log bytes: eight at a time, then one at a time."""
    whole = len(content) // 8 * 8
    found = [int.from_bytes(content[i : i + 8], "little") for i in range(0, whole, 8)]
    return found + list(content[whole:])


def test_a_variant_is_logged_with_its_unused_slots() -> None:
    """CanonicalABI.md, "Flat Lowering": slots that the case does not use are zero."""
    t = VariantOf((Prim.U8, TupleOf((Prim.F32, Prim.U64))))
    assert run(two(Signature((t,), None), ((0, 200),))).logs["c0"] == [1 << 32, 0, 200, 0, 4 << 32]
    ran = run(two(Signature((t,), None), ((1, (0x3F80_0000, 5)),)))
    assert ran.logs["c0"] == [1 << 32, 1, 0x3F80_0000, 5, 4 << 32]


@pytest.mark.parametrize("allocator", ["moves", "in place", "grows"])
def test_allocators_keep_what_was_there(allocator: Literal["moves", "in place", "grows"]) -> None:
    text = "a" * 40 + "\u20ac" * 40 + "z"
    for caller in ("utf8", "utf16", "latin1+utf16"):
        for callee in ("utf8", "utf16", "latin1+utf16"):
            signature = Signature((Prim.STRING,), Prim.STRING)
            assert run(two(signature, (text,), caller=caller, callee=callee, allocator=allocator)).result == text


def test_more_than_the_first_pages_can_be_allocated() -> None:
    t = ListOf(Prim.STRING)
    image = ("x" * 6000,) * 60
    assert run(two(Signature((t,), t), (image,))).result == image


def test_junk_in_padding_and_unused_slots_does_not_matter() -> None:
    """CanonicalABI.md, "Loading" and "Flat Lifting": padding is not read, unused slots are ignored, i64 wraps."""
    for t in TYPES:
        for count in (0, 16):
            image = made_image(t, 31_337)
            signature = Signature((t, *(Prim.U8,) * count), t)
            valid = constants(two(signature, (image, *(1,) * count)), t, image)
            hostile = (SpilledPadding(CALLER, 0), SpilledPadding(CALLEE, RESULT))
            plain, junk = run(valid), run(replace(valid, hostile=hostile))
            assert same_value(plain.result, junk.result) and plain.logs == junk.logs


def constants(blueprint: Blueprint, t: Type, image: Image) -> Blueprint:
    """The caller passes, and the callee returns, a constant."""
    callee, caller, root = blueprint.definitions
    (called,), (calling,) = callee.items, caller.items
    assert isinstance(called, Guest) and isinstance(calling, Guest)
    f, g = called.functions[0], calling.functions[0]
    args = (Const(t, image), *g.steps[0].args[1:])
    called = replace(called, functions=(replace(f, returns=Const(t, image)),))
    calling = replace(calling, functions=(replace(g, steps=(Step(0, args),)),))
    return replace(blueprint, definitions=(replace(callee, items=(called,)), replace(caller, items=(calling,)), root))


@pytest.mark.parametrize(("t", "damaged", "expected"), [
    (OptionOf(Prim.U8), Damaged(CALLER, 0, 0, (0, 0), (), "bits", 2), TrapReason.INVALID_DISCRIMINANT),
    (ListOf(EnumOf(3)), Damaged(CALLER, 0, 0, (0, 1, 2), (2,), "bits", 3), TrapReason.INVALID_DISCRIMINANT),
    (ListOf(Prim.CHAR), Damaged(CALLER, 0, 0, (97, 98), (1,), "bits", 0xD800), TrapReason.INVALID_CHAR),
    (FlagsOf(3), Damaged(CALLER, 0, 0, 5, (), "bits", 0xFFFF_FFFD), None),
    (TupleOf((Prim.BOOL, Prim.U8)), Damaged(CALLER, 0, 0, (1, 5), (0,), "bits", 2), None),
    (ListOf(Prim.U32), Damaged(CALLER, 0, 0, (1, 2), (), "pointer", pointer="odd"), TrapReason.POINTER_MISALIGNED),
    (ListOf(Prim.U32), Damaged(CALLER, 0, 0, (1, 2), (), "pointer", pointer="last fit"), None),
    (ListOf(Prim.U32), Damaged(CALLER, 0, 0, (1,), (), "pointer", pointer="one past"),
     TrapReason.POINTER_OUT_OF_BOUNDS),
    (ListOf(Prim.U32), Damaged(CALLER, 0, 0, (), (), "pointer", pointer="at end"), None),
    (ListOf(Prim.U32), Damaged(CALLER, 0, 0, (), (), "pointer", pointer="past end"), TrapReason.POINTER_OUT_OF_BOUNDS),
    (ListOf(Prim.U32), Damaged(CALLER, 0, 0, (), (), "length", 1 << 26), TrapReason.LIST_TOO_LONG),
    (ListOf(Prim.U32), Damaged(CALLER, 0, 0, (), (), "length", (1 << 26) - 1), TrapReason.POINTER_OUT_OF_BOUNDS),
    (Prim.STRING, Damaged(CALLER, 0, 0, "", (), "length", 1 << 28), TrapReason.STRING_TOO_LONG),
    (Prim.STRING, Damaged(CALLER, 0, 0, "", (), "content", content="6180"), TrapReason.INVALID_UTF8),
    (OptionOf(Prim.STRING), Damaged(CALLER, 0, 0, (1, "ab"), (0,), "content", content="ff"), TrapReason.INVALID_UTF8),
])
def test_damaged_values(t: Type, damaged: Damaged, expected: TrapReason | None) -> None:
    """CanonicalABI.md, "Loading" and "Flat Lifting": which of them trap."""
    blueprint = two(Signature((t,), None), (made_image(t, 0),), hostile=(damaged,))
    assert reason(blueprint) is expected
    assert (reason(blueprint, NATIVE) is None) == (expected is None)


@pytest.mark.parametrize("pointer", ["odd", "one past", "past end", "wrapping"])
def test_bad_areas_of_results_trap(pointer: PointerKind) -> None:
    """CanonicalABI.md, "Lifting and Lowering Values": trap if misaligned or out of bounds."""
    t = TupleOf((Prim.U32, Prim.U32))
    for place, step in ((CALLER, 0), (CALLEE, RESULT)):
        assert reason(two(Signature((t,), t), ((1, 2),), hostile=(ResultPointer(place, step, pointer),)), NATIVE)
    last_fit = (ResultPointer(CALLER, 0, "last fit"), ResultPointer(CALLEE, RESULT, "last fit"))
    assert run(two(Signature((t,), t), ((1, 2),), hostile=last_fit)).result == (1, 2)


@pytest.mark.parametrize(("pointer", "traps"), [("odd", True), ("one past", True), ("last fit", False)])
def test_a_realloc_may_go_bad_after_some_calls(pointer: PointerKind, traps: bool) -> None:
    signature = Signature((ListOf(Prim.U32), ListOf(Prim.U32)), None)
    bad = ReallocResult(Place(0, 0), pointer, 1)
    assert (reason(two(signature, ((1, 2), (3,)), hostile=(bad,)), NATIVE) is not None) == traps
    never = ReallocResult(Place(0, 0), pointer, 2)
    assert reason(two(signature, ((1, 2), (3,)), hostile=(never,)), NATIVE) is None


def test_high_pointers_are_not_cut_to_32_bits() -> None:
    """CanonicalABI.md, "Loading": a 64-bit memory's pointers are 64 bits."""
    signature = Signature((ListOf(Prim.U8), *(Prim.U8,) * 16), None)
    args = ((1, 2), *(0,) * 16)
    high = Damaged(CALLER, 0, 0, (1, 2), (), "pointer", pointer="high")
    for hostile in (high, SpilledPointer(CALLER, 0, "high"), ReallocResult(Place(0, 0), "high")):
        assert reason(two(signature, args, hostile=(hostile,), wide=(True, True))) is not None
