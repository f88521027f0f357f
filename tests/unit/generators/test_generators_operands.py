"""Each form of operand, and the ways to return one: run with arguments whose result is worked out by hand, on every
engine."""

from __future__ import annotations

from typing import Literal

import pytest
from program_pairs import (
    CHAR,
    COMPILED,
    F32,
    NATIVE,
    P0,
    P1,
    STRING,
    U8,
    U32,
    Row,
    check,
    component,
    everywhere,
)
from wasmtime import wat2wasm

from fact.model.types import Prim
from fuzz.engines.base import Engine
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
from generators.operands import (
    CallResult,
    Change,
    Changed,
    Const,
    Counted,
    Joined,
    Mix,
    Operand,
    Param,
    Previous,
    Rebuilt,
    Selected,
    Unwrapped,
    Wrapped,
)
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

ENCODINGS: tuple[Encoding, ...] = ("utf8", "utf16", "latin1+utf16")
PAIR = TupleOf((U8, STRING, U8))

TEXTS_CHANGED: dict[Change, dict[str, str]] = {
    "drop last": {"": "", "a": "", "né": "n", "n😀": "n", "漢字": "漢"},
    "append": {"": "!", "né": "né!", "😀": "😀!"},
    "reverse": {"": "", "né😀x": "x😀én", "abc": "cba", "éa": "aé"},
    "other case": {"": "", "aZé[@`{": "Azé[@`{", "abcdefghijklmnopQRS": "ABCDEFGHIJKLMNOPqrs", "😀k": "😀K"},
}


@pytest.mark.parametrize("vectors", [False, True])
@pytest.mark.parametrize("encoding", ENCODINGS)
def test_strings_change(encoding: Encoding, vectors: bool) -> None:
    rows = [Row((STRING,), STRING, Changed(P0, change), tuple(((text,), after) for text, after in texts.items()))
            for change, texts in TEXTS_CHANGED.items()]
    check(*rows, encoding=encoding, guest=Guest(vectors=vectors))


@pytest.mark.parametrize(("encoding", "expected"), [
    ("utf8", ["", "b", "", "字"]), ("utf16", ["", "b", "", "字"]), ("latin1+utf16", ["", "", "é", "字"]),
])
def test_the_beginning_of_a_string_goes(encoding: Encoding, expected: list[str]) -> None:
    """Of Latin-1 two characters, but not the only one: the pointer stays even (CanonicalABI.md, Loading:
    load_string_from_range)."""
    calls = tuple(((text,), after) for text, after in zip(["", "ab", "é", "漢字"], expected, strict=True))
    check(Row((STRING,), STRING, Changed(P0, "drop first"), calls), encoding=encoding)


VALUES_CHANGED: tuple[tuple[Type, Change, Image, Image], ...] = (
    (ListOf(U32), "drop last", (1, 2, 3), (1, 2)),
    (ListOf(U32), "drop first", (1, 2, 3), (2, 3)),
    (ListOf(U32), "drop first", (), ()),
    (ListOf(U32), "append", (1, 2), (1, 2, 2)),
    (ListOf(U32), "append", (), (0,)),
    (ListOf(STRING), "append", (), ("",)),
    (ListOf(STRING), "reverse", ("a", "b", "c"), ("c", "b", "a")),
    (MapOf(U8, STRING), "reverse", ((1, "x"), (2, "y")), ((2, "y"), (1, "x"))),
    (ListOf(U8), "each", (0, 254, 255), (1, 255, 0)),
    (ListOf(STRING), "each", ("ab", "C"), ("AB", "c")),
    (ListOf(OptionOf(U8)), "each", ((0, 0), (1, 5)), ((0, 0), (1, 6))),
    (ListOf(ListOf(U8)), "each", ((1, 2), ()), ((1,), ())),
    (RecordOf((Prim.F64, U8, U8)), "swap", (0, 1, 2), (0, 2, 1)),
    (RecordOf((STRING, CHAR, U8)), "next", ("s", 0x61, 9), ("s", 0x62, 9)),
    (RecordOf((STRING, CHAR, U8)), "reverse", ("st", 0x61, 9), ("ts", 0x61, 9)),
    (OptionOf(U8), "case", (0, 0), (1, 0)),
    (OptionOf(U8), "case", (1, 7), (0, 0)),
    (OptionOf(U8), "next", (1, 7), (1, 8)),
    (OptionOf(U8), "next", (0, 0), (0, 0)),
    (ResultOf(STRING, U8), "case", (0, "x"), (1, 0)),
    (ResultOf(STRING, U8), "case", (1, 3), (0, "")),
    (VariantOf((None, ListOf(U8), STRING)), "drop last", (2, "xy"), (2, "x")),
    (VariantOf((None, ListOf(U8), STRING)), "drop last", (1, (4, 5)), (1, (4,))),
    (EnumOf(300), "next", 299, 0),
    (FlagsOf(17), "next", 0x10000, 0x10001),
    (Prim.S8, "next", 127, -128),
    (Prim.BOOL, "next", 1, 0),
    (F32, "next", 0x3F800000, 0xBF800000),
    (ListOf(F32), "each", (0x3F800000, 0), (0xBF800000, 0x80000000)),
    (U8, "reverse", 5, 6),
    (FlagsOf(3), "swap", 5, 5),
)


def test_values_change() -> None:
    """As core values and in memory; a change that cannot be made leaves the value as it is, but for scalars."""
    rows = [Row((t,), t, Changed(P0, change), (((before,), after),)) for t, change, before, after in VALUES_CHANGED]
    check(*rows)
    check(*(row.spilled() for row in rows))


def test_lists_of_fixed_length_change() -> None:
    t = ListOf(STRING, 3)
    check(Row((t,), t, Changed(P0, "swap"), (((("a", "b", "c"),), ("b", "a", "c")),)), native=False)


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_strings_are_joined(encoding: Encoding) -> None:
    """Latin-1 and UTF-16 among them: the whole becomes UTF-16."""
    pairs = [("", ""), ("né", "x"), ("né", "漢"), ("漢", "né"), ("😀", "😀")]
    calls = tuple(((a, b), a + b) for a, b in pairs)
    check(Row((STRING, STRING), STRING, Joined(P0, P1, "end to end"), calls), encoding=encoding)


JOINED: tuple[tuple[Type, Literal["end to end", "in turn"], Image, Image, Image], ...] = (
    (ListOf(U32), "end to end", (1, 2), (3,), (1, 2, 3)),
    (ListOf(U32), "in turn", (1, 2, 3, 4), (5, 6, 7), (1, 6, 3, 4)),
    (ListOf(STRING), "end to end", (), ("x",), ("x",)),
    (PAIR, "end to end", (1, "a", 2), (3, "b", 4), (1, "ab", 2)),
    (PAIR, "in turn", (1, "a", 2), (3, "b", 4), (1, "b", 2)),
    (OptionOf(U8), "in turn", (1, 2), (0, 0), (1, 2)),
    (U8, "end to end", 2, 3, 65),
)


def test_two_values_are_joined() -> None:
    check(*(Row((t, t), t, Joined(P0, P1, way), (((left, right), whole),)) for t, way, left, right, whole in JOINED))


CONDITIONS: tuple[tuple[Type, Image, Image], ...] = (
    (Prim.S64, -1, 2), (U8, 255, 0), (Prim.BOOL, 1, 0), (CHAR, 0x61, 0x62), (F32, 0x3F800000, 0x7FC00000),
    (STRING, "a", "ab"), (ListOf(U32), (0,), ()), (OptionOf(U8), (1, 0), (0, 0)), (EnumOf(3), 1, 2), (FlagsOf(9), 1, 2),
    (RecordOf((U8, U32)), (1, 0), (2, 1)), (ResultOf(None, None), (1, 0), (0, 0)),
)


def test_a_condition_selects() -> None:
    """By what is odd in a value of any type; a NaN is not, whatever its bits."""
    selected = Selected(P0, Param(1), Param(2))
    check(*(
        Row((condition, t, t), t, selected, (((odd, yes, no), yes), ((even, yes, no), no)))
        for condition, odd, even in CONDITIONS for t, yes, no in ((U32, 5, 6), (STRING, "yes", "no"))
    ))


WRAPPED: tuple[tuple[Type, Type, Image, Image], ...] = (
    (U8, OptionOf(U8), 7, (1, 7)), (STRING, ListOf(STRING), "x", ("x",)),
    (STRING, ResultOf(U8, STRING), "x", (1, "x")), (U32, RecordOf((STRING, U32, U32)), 7, ("", 7, 0)),
    (TupleOf((U8, STRING)), MapOf(U8, STRING), (1, "v"), ((1, "v"),)),
    (ListOf(U8), VariantOf((None, U8, ListOf(U8))), (1, 2), (2, (1, 2))),
)


def test_values_are_wrapped_and_unwrapped() -> None:
    check(*(row for of, t, inner, whole in WRAPPED for row in (
        Row((of,), t, Wrapped(P0), (((inner,), whole),)), Row((t,), of, Unwrapped(P0), (((whole,), inner),)),
    )))


def test_unwrapping_what_has_nothing_in_it_gives_zeros() -> None:
    check(
        Row((OptionOf(STRING),), STRING, Unwrapped(P0), ((((0, 0),), ""),)),
        Row((ListOf(U32),), U32, Unwrapped(P0), ((((),), 0), (((4, 5),), 4))),
        Row((ResultOf(U8, U32),), U32, Unwrapped(P0), ((((0, 9),), 0),)),
    )


BUILT: tuple[tuple[Type, Image], ...] = (
    (STRING, "né😀" * 12), (ListOf(STRING), ("a", "", "漢")),
    (ListOf(RecordOf((U8, OptionOf(STRING)))), ((1, (1, "x")), (2, (0, 0)))),
    (VariantOf((None, Prim.F64, STRING)), (2, "s")), (VariantOf((None, Prim.F64, STRING)), (1, 1)),
    (MapOf(STRING, ListOf(U8)), (("k", (1, 2)),)),
)


@pytest.mark.parametrize("vectors", [False, True])
@pytest.mark.parametrize("encoding", ENCODINGS)
def test_values_are_built_anew(encoding: Encoding, vectors: bool) -> None:
    rows = [Row((t,), t, Rebuilt(operand), (((value,), value),))
            for t, value in BUILT for operand in (P0, Const(t, value))]
    check(*rows, encoding=encoding, guest=Guest(vectors=vectors))


def test_the_guest_remembers() -> None:
    texts = Row((STRING,), STRING, Previous(0), ((("a",), ""), (("b",), "a")))
    check(
        Row((U32,), U32, Previous(0), (((5,), 0), ((6,), 5), ((7,), 6))), texts, texts.spilled(),
        Row((ListOf(U8),), ListOf(U8), Joined(Previous(0), P0, "end to end"),
            ((((1,),), (1,)), (((2, 3),), (1, 2, 3)), (((),), (2, 3)))),
        Row((), U8, Counted(), (((), 1), ((), 2))),
    )


def test_results_in_a_new_block_each_time() -> None:
    """The value is the same; the block comes from the guest's own allocator."""
    function = Function(Signature((PAIR,), PAIR), (), P0, fresh=True)
    nothing = Function(Signature(()))
    pairs: tuple[Image, ...] = ((1, "a", 2), (3, "b", 4))
    assert everywhere(component(function.signature, function, nothing, *((p,) for p in pairs))) == [*pairs]


def test_bodies_called_in_any_way() -> None:
    check(*(row for way in ("tail call", "thrown", "handed over") for row in (
        Row((U32, STRING), STRING, P1, (((1, "s"), "s"),), way),
        Row((F32,), F32, P0, (((0x3F800000,), 0x3F800000),), way),
        Row((STRING, *(U8,) * 17), U8, Param(1), ((("", 3, *(0,) * 16), 3),), way),
    )))
    for way in ("tail call", "thrown", "handed over"):
        nothing = Function(Signature((U8,)), way=way)
        assert everywhere(component(nothing.signature, nothing, nothing, (1,))) == [None]


# -- NaNs

NANS: tuple[tuple[Type, Image, Image], ...] = (
    (F32, 0x7FC0_0000, 0xFFC1_2345), (Prim.F64, 0x7FF8 << 48, 0xFFF8_0000_0001_2345),
    (ListOf(F32), (0x7FC0_0000, 0), (0xFFC1_2345, 0)),
    (RecordOf((U8, F32, F32)), (1, 0x7FC0_0000, 0), (1, 0xFFC1_2345, 0)),
    (VariantOf((F32, U32, Prim.F64)), (0, 0x7FC0_0000), (0, 0xFFC1_2345)),
    (OptionOf(TupleOf((F32, STRING))), (1, (0x7FC0_0000, "")), (1, (0xFFC1_2345, ""))),
)
FORMS: tuple[Operand, ...] = (
    *(Changed(P0, change) for change in ("next", "case", "swap", "drop last", "append", "reverse", "each")),
    Joined(P0, P0, "end to end"), Joined(P0, Previous(0), "in turn"), Selected(P0, P0, Previous(0)), Rebuilt(P0),
    Wrapped(P0), Unwrapped(P0), Mix(P0, P0), P0,
)


@pytest.mark.parametrize("engine", [COMPILED, NATIVE], ids=lambda e: e.info.name)
def test_nobody_sees_the_bits_of_a_nan(engine: Engine) -> None:
    """Engines may change them (CanonicalABI.md, Loading: canonicalize_nan32), and these two hand them on from component
    to component: whichever NaN it is, all that is logged is the same."""
    for t, one, other in NANS:
        signatures = [Signature((t,), result) for result in (t, OptionOf(t), F32, U32)]
        callees = [Function(s, (), form) for s in signatures for form in FORMS]
        seen = {}
        for nan in (one, other):
            called = Guest(functions=tuple(callees))
            imports = tuple(GuestImport(Ref("import", i), f.signature) for i, f in enumerate(callees))
            callers = tuple(
                Function(Signature((), f.signature.result), (Step(i, (Const(t, nan),)),), CallResult(0))
                for i, f in enumerate(callees)
            )
            caller = Guest(imports, callers, memory="imported")
            exports = tuple(Export(f"f{i}", Ref("item", 0, (f"f{i}",))) for i in range(len(callees)))
            blueprint = Blueprint((
                Definition(2, items=(called,), exports=exports),
                Definition(2, tuple(Import(f"in{i}", f.signature) for i, f in enumerate(callees)), (caller,), exports),
                Definition(None, items=(Child(0), Child(1, tuple(
                    Ref("item", 0, (f"f{i}",)) for i in range(len(callees))
                ))), exports=tuple(Export(f"f{i}", Ref("item", 1, (f"f{i}",))) for i in range(len(callees)))),
            ), calls=tuple(Call(f"f{i}") for i in range(len(callees))))
            rendered = render(blueprint)
            running = engine.load(bytes(wat2wasm(rendered.text))).instantiate(lambda *_: None)
            for name, args in rendered.calls:
                running.invoke(name, args)
            seen[nan] = [running.invoke(f"{prefix}-log-digest", ()) for prefix in rendered.log_prefixes]
        assert seen[one] == seen[other], t
