"""What guests do with values: each form of operand, step and function, run with arguments whose result is worked out by
hand, on the reference and on wasmtime."""

from __future__ import annotations

from dataclasses import dataclass
from dataclasses import replace as replace_fields
from typing import Literal

import pytest
from msgspec.structs import replace
from wasmtime import wat2wasm

from fact.model.traps import Trap, TrapReason
from fact.model.types import Prim
from fact.model.values import Value
from fuzz.engines.base import Engine
from fuzz.engines.compiled import CompiledEngine
from fuzz.engines.native import NativeEngine
from fuzz.engines.reference import ReferenceEngine
from generators import from_json, render, to_json
from generators.blueprint import (
    Blueprint,
    Call,
    Child,
    Definition,
    Encoding,
    Export,
    Failure,
    Function,
    Guest,
    GuestImport,
    Import,
    Ref,
    Signature,
    Step,
)
from generators.hostile_choices import Fault, Place
from generators.operands import (
    CallResult,
    Change,
    Changed,
    Const,
    Counted,
    Each,
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
from generators.values import image

REFERENCE, NATIVE, COMPILED = ReferenceEngine(), NativeEngine(), CompiledEngine()
ENGINES = (REFERENCE, NATIVE, COMPILED)
STRING, U8, U32, CHAR, F32 = Prim.STRING, Prim.U8, Prim.U32, Prim.CHAR, Prim.F32
P0, P1 = Param(0), Param(1)


def component(
    signature: Signature, caller: Function, callee: Function, *args: tuple[Image, ...], guest: Guest | None = None,
    callee_guest: Guest | None = None,
) -> Blueprint:
    """A caller, whose function is called with each of *args*, and a callee, both of whose functions have *signature*;
    the caller imports the callee's."""
    exports = (Export("f0", Ref("item", 0, ("f0",))),)
    used = GuestImport(Ref("import", 0), callee.signature, caller.encoding)
    calling = replace(guest or Guest(memory="imported"), imports=(used,), functions=(caller,))
    called = replace(callee_guest or Guest(), functions=(callee,))
    return Blueprint(
        (
            Definition(2, items=(called,), exports=exports),
            Definition(2, (Import("in0", callee.signature),), (calling,), exports),
            Definition(None, items=(Child(0), Child(1, (Ref("item", 0, ("f0",)),))),
                       exports=(Export("f0", Ref("item", 1, ("f0",))),)),
        ),
        calls=tuple(Call("f0", a) for a in args),
    )


def results(blueprint: Blueprint, engine: Engine = REFERENCE) -> list[Image | TrapReason | None]:
    """What the calls return; the last one's trap, if it is that."""
    assert from_json(to_json(blueprint)) == blueprint
    rendered = render(blueprint)
    running = engine.load(bytes(wat2wasm(rendered.text))).instantiate(lambda *_: None)
    result_type = blueprint.definitions[1].items[0].functions[0].signature.result  # type: ignore[union-attr]
    found: list[Image | TrapReason | None] = []
    for name, args in rendered.calls:
        try:
            value: Value | None = running.invoke(name, args)
        except Trap as trap:
            return [*found, trap.reason]
        found.append(None if value is None or result_type is None else image(result_type, value))
    return found


def everywhere(blueprint: Blueprint, *, native: bool = True) -> list[Image | TrapReason | None]:
    """What all engines agree on."""
    first = results(blueprint, REFERENCE)
    assert results(blueprint, COMPILED) == first
    if native:
        assert results(blueprint, NATIVE) == first
    return first


@dataclass(frozen=True)
class Row:
    """A function that makes no calls, and what it returns for each of *calls*."""

    params: tuple[Type, ...]
    result: Type
    returns: Operand
    calls: tuple[tuple[tuple[Image, ...], Image], ...]
    way: str = "plain"

    def spilled(self) -> Row:
        """The same with parameters enough to lie in memory."""
        return replace_fields(self, params=(*self.params, *(U8,) * 17),
                              calls=tuple(((*args, *(0,) * 17), result) for args, result in self.calls))


def check(*rows: Row, encoding: Encoding = "utf8", guest: Guest = Guest(), native: bool = True) -> None:  # noqa: B008
    """One guest has all the functions."""
    functions = tuple(
        Function(Signature(row.params, row.result), (), row.returns, encoding=encoding, way=row.way)  # type: ignore[arg-type]
        for row in rows
    )
    exports = tuple(Export(f"f{n}", Ref("item", 0, (f"f{n}",))) for n in range(len(rows)))
    calls = tuple(Call(f"f{n}", args) for n, row in enumerate(rows) for args, _ in row.calls)
    blueprint = Blueprint(
        (Definition(1, items=(replace(guest, functions=functions),), exports=exports),
         Definition(None, items=(Child(0),), exports=exports)), calls=calls,
    )
    expected = [(row.returns, args, result) for row in rows for args, result in row.calls]
    types = [row.result for row in rows for _ in row.calls]
    assert from_json(to_json(blueprint)) == blueprint
    rendered = render(blueprint)
    for engine in ENGINES if native else (REFERENCE, COMPILED):
        running = engine.load(bytes(wat2wasm(rendered.text))).instantiate(lambda *_: None)
        for (name, args), (returns, given, result), t in zip(rendered.calls, expected, types, strict=True):
            value = running.invoke(name, args)
            assert value is not None
            assert (returns, given, image(t, value)) == (returns, given, result), engine.info.name


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


# -- steps

ADD_ONE = Function(Signature((U32,), U32), (), Changed(P0, "next"))
SHOUT = Function(Signature((STRING,), STRING), (), Changed(P0, "append"))


def calling(caller: Function, callee: Function, *args: tuple[Image, ...]) -> list[Image | TrapReason | None]:
    return everywhere(component(caller.signature, caller, callee, *args))


def test_a_second_call_depends_on_the_first() -> None:
    twice = Function(SHOUT.signature, (Step(0, (P0,)), Step(0, (CallResult(0),))), CallResult(1))
    assert calling(twice, SHOUT, ("a",)) == ["a!!"]


@pytest.mark.parametrize(("t", "callee", "yes", "no"), [(U32, ADD_ONE, 6, 0), (STRING, SHOUT, "x!", "")], ids=str)
def test_calls_may_depend_on_a_condition(t: Type, callee: Function, yes: Image, no: Image) -> None:
    """A call that is not made has all zeros as its result, also after one that was."""
    value: Image = 5 if t is U32 else "x"
    caller = Function(Signature((U8, t), t), (Step(0, (P1,), when=P0),), CallResult(0))
    assert calling(caller, callee, (1, value), (0, value), (3, value)) == [yes, no, yes]


def test_calls_for_each_element() -> None:
    """At most the first four; the last one's result counts."""
    counter = Function(Signature((U32,), U32), (), Mix(P0, Counted()))
    caller = Function(Signature((ListOf(U32),), U32), (Step(0, (Each(),), over=P0),), CallResult(0))
    assert calling(caller, counter, ((),), ((10,),), ((1, 2, 3, 4, 5, 6),)) == [0, 10 * 31 + 1, 4 * 31 + 5]
    texts = Function(Signature((ListOf(STRING),), STRING), (Step(0, (Each(),), over=P0),), CallResult(0))
    assert calling(texts, SHOUT, (("a", "b"),), ((),)) == ["b!", ""]


def test_calls_as_often_as_a_number_says() -> None:
    counter = Function(Signature((U32,), U32), (), Mix(P0, Counted()))
    caller = Function(Signature((U8,), U32), (Step(0, (Each(),), over=P0),), CallResult(0))
    # three rounds, numbered 3, 2, 1; none; two
    assert calling(caller, counter, (7,), (8,), (2,)) == [1 * 31 + 3, 0, 1 * 31 + 5]


def test_a_tail_call_of_a_lowered_function() -> None:
    caller = Function(ADD_ONE.signature, (Step(0, (P0,)),), CallResult(0), way="handed over")
    blueprint = component(caller.signature, caller, ADD_ONE, (5,))
    assert "(return_call $c0" in render(blueprint).text
    assert everywhere(blueprint) == [6]


@pytest.mark.parametrize(("how", "reason"), [
    ("throw", TrapReason.UNCAUGHT_EXCEPTION), ("unreachable", TrapReason.UNREACHABLE),
    ("load out of bounds", TrapReason.MEMORY_OUT_OF_BOUNDS),
])
def test_a_function_may_fail(how: str, reason: TrapReason) -> None:
    """CanonicalABI.md, "canon lift": call_and_trap_on_throw. The caller's handler, for any exception, never sees it."""
    failing = Function(ADD_ONE.signature, (), P0, fails=Failure(P0, how))  # type: ignore[arg-type]
    for guarded in (False, True):
        caller = Function(ADD_ONE.signature, (Step(0, (P0,), guarded=guarded),), CallResult(0))
        assert calling(caller, failing, (2,), (1,)) == [2, reason]


def test_a_thrown_post_return_is_not_caught_either() -> None:
    """CanonicalABI.md, "canon lift": post-return is called by call_and_trap_on_throw too."""
    callee = replace(ADD_ONE, post_return=True)
    caller = Function(ADD_ONE.signature, (Step(0, (P0,), guarded=True),), CallResult(0))
    thrown = Fault(Place(0, 0, 0), "post-return", "throw")
    blueprint = replace(component(caller.signature, caller, callee, (2,)), hostile=(thrown,))
    assert everywhere(blueprint) == [TrapReason.UNCAUGHT_EXCEPTION]


NUMBER = Signature((U32,), U32)
FORWARDS = (Function(NUMBER, (Step(0, (P0,)),), CallResult(0)),)


def recurring(callee: Ref, depth: int) -> Guest:
    """Its function counts how deep it is in itself."""
    function = Function(NUMBER, (Step(0, (P0,), depth=depth),), Changed(CallResult(0), "next"))
    return Guest((GuestImport(callee, NUMBER),), (function,), lowering="indirect")


@pytest.mark.parametrize(("depth", "result"), [(1, 2), (2, 3), (3, 4)])
def test_recursion_through_a_sibling(depth: int, result: int) -> None:
    """A component instance that has been entered may call itself (CanonicalABI.md, "Component Instances": what such a
    call enters is the empty set). wasmtime does not let it, as `corpus/known` has it."""
    sibling = Guest((GuestImport(Ref("item", 0, ("f0",)), NUMBER),), FORWARDS)
    exports = (Export("f0", Ref("item", 0, ("f0",))),)
    items = (recurring(Ref("item", 1, ("f0",)), depth), sibling)
    assert numbers(Blueprint((Definition(None, items=items, exports=exports),), calls=(Call("f0", (9,)),))) == [result]


def test_recursion_through_a_child() -> None:
    """Once: the child calls its parent, which has been entered; a second call of the child would trap (CanonicalABI.md,
    "Component Instances": may_enter_from)."""
    child = Guest((GuestImport(Ref("import", 0), NUMBER),), FORWARDS)
    exports = (Export("f0", Ref("item", 0, ("f0",))),)

    def parent(depth: int) -> Blueprint:
        items = (recurring(Ref("item", 1, ("f0",)), depth), Child(0, (Ref("item", 0, ("f0",)),)))
        inner = Definition(1, (Import("in0", NUMBER),), (child,), exports)
        return Blueprint((inner, Definition(None, items=items, exports=exports)), calls=(Call("f0", (9,)),))

    assert numbers(parent(1)) == numbers(parent(1), NATIVE) == [2]
    assert numbers(parent(2)) == [TrapReason.CANNOT_ENTER]


def numbers(blueprint: Blueprint, engine: Engine | None = None) -> list[Value | TrapReason | None]:
    """What the calls return, by one engine or by both of ours."""
    if engine is None:
        found = numbers(blueprint, REFERENCE)
        assert numbers(blueprint, COMPILED) == found
        return found
    rendered = render(blueprint)
    running = engine.load(bytes(wat2wasm(rendered.text))).instantiate(lambda *_: None)
    try:
        return [running.invoke(name, args) for name, args in rendered.calls]
    except Trap as trap:
        return [trap.reason]


# -- memories

def sharing(first: Guest, second: Guest, *calls: Call) -> Blueprint:
    """A component with two guests, both exported; the second one shares the first one's memory."""
    exports = tuple(Export(f"f{i}", Ref("item", i, ("f0",))) for i in (0, 1))
    root = tuple(Export(f"f{i}", Ref("item", 0, (f"f{i}",))) for i in (0, 1))
    return Blueprint(
        (Definition(1, items=(first, second), exports=exports), Definition(None, items=(Child(0),), exports=root)),
        calls=calls,
    )


@pytest.mark.parametrize("memory", ["own", "imported"])
@pytest.mark.parametrize("realloc", ["own", "lender's"])
def test_two_guests_share_a_memory(memory: str, realloc: str) -> None:
    """Memory and realloc of a lift may be another core instance's (CanonicalABI.md, canonopt). The log is for both."""
    lender = Guest(functions=(replace(SHOUT, encoding="utf16"),), memory=memory)  # type: ignore[arg-type]
    tenant = Guest(functions=(Function(SHOUT.signature, (), Joined(P0, Const(STRING, "é"), "end to end")),),
                   memory="shared", lender=0, realloc=realloc)  # type: ignore[arg-type]
    blueprint = sharing(lender, tenant, Call("f0", ("a",)), Call("f1", ("b",)), Call("f0", ("c",)))
    for engine in ENGINES:
        rendered = render(blueprint)
        running = engine.load(bytes(wat2wasm(rendered.text))).instantiate(lambda *_: None)
        assert [running.invoke(name, args) for name, args in rendered.calls] == ["a!", "bé", "c!"]
        logs = [running.invoke(f"{prefix}-log-digest", ()) for prefix in rendered.log_prefixes]
        assert len(logs) == 2 and logs[0] == logs[1]


def test_lowers_before_the_instance_use_the_lenders_realloc() -> None:
    """Which the lender has for them, though it needs none itself."""
    lender = Guest(functions=(Function(Signature(()), (), None),))
    used = GuestImport(Ref("import", 0), SHOUT.signature)
    tenant = Guest((used,), (Function(SHOUT.signature, (Step(0, (P0,)),), CallResult(0)),), memory="shared")
    made = sharing(lender, tenant)
    inner = replace(made.definitions[0], home=2, imports=(Import("in0", SHOUT.signature),))
    callee = Definition(2, items=(Guest(functions=(SHOUT,)),), exports=(Export("f0", Ref("item", 0, ("f0",))),))
    root = Definition(None, items=(Child(0), Child(1, (Ref("item", 0, ("f0",)),))),
                      exports=(Export("f0", Ref("item", 1, ("f1",))),))
    blueprint = Blueprint((callee, inner, root), calls=(Call("f0", ("hi",)),))
    for engine in ENGINES:
        rendered = render(blueprint)
        running = engine.load(bytes(wat2wasm(rendered.text))).instantiate(lambda *_: None)
        assert running.invoke("f0", ("hi",)) == "hi!"


TEXTS = TupleOf((STRING, ListOf(RecordOf((U8, Prim.U64, STRING))), OptionOf(STRING)))
TEXTS_IMAGE: Image = ("né😀", ((1, 2, "a"), (3, 4, "漢")), (1, "x"))


@pytest.mark.parametrize(("guest", "spilled", "encoding"), [
    (Guest(memory="imported"), True, "utf8"), (Guest(memory="imported"), False, "utf16"),
    (Guest(lowering="indirect"), False, "latin1+utf16"), (Guest(lowering="indirect"), True, "utf16"),
    (Guest(lowering="indirect", memory="imported"), False, "utf8"),
], ids=["store, spilled", "store", "two in one module", "two in one module, spilled", "store, late"])
@pytest.mark.parametrize("second", ["i32", "i64"])
def test_calls_by_a_second_memory(second: str, spilled: bool, guest: Guest, encoding: Encoding) -> None:
    """What goes out lies in one memory and what came in in another; a 64-bit one has another layout."""
    signature = Signature((TEXTS, *(U8,) * 17) if spilled else (TEXTS,), TEXTS)
    args: tuple[Image, ...] = (TEXTS_IMAGE, *(7,) * (len(signature.params) - 1))
    callee = Function(signature, (), Changed(P0, "append"))
    caller = Function(signature, (Step(0, tuple(map(Param, range(len(args))))),), CallResult(0), encoding=encoding)
    guest = replace(guest, second=second)
    blueprint = component(signature, caller, callee, args, args, guest=guest)
    calling = blueprint.definitions[1].items[0]
    assert isinstance(calling, Guest)
    calling = replace(calling, imports=(replace(calling.imports[0], second=True),))
    called, caller_definition, root = blueprint.definitions
    definitions = (called, replace(caller_definition, items=(calling,)), root)
    blueprint = replace(blueprint, definitions=definitions)
    assert "memory2" in render(blueprint).text
    expected = ("né😀!", *TEXTS_IMAGE[1:])  # type: ignore[index]
    assert everywhere(blueprint, native=second == "i32") == [expected, expected]


# -- stored cases

STORED = (
    '{"definitions":[{"home":2,"items":[{"is":"guest","functions":[{"signature":[["u32"],"u32"],"returns"'
    ':{"is":"mix","left":{"is":"param","index":0},"right":{"is":"const","type":"u8","image":3}}}]}],"expo'
    'rts":[["f0",["item",0,["f0"]]]]},{"home":2,"imports":[{"name":"in0","signature":[["u32"],"u32"]}],"i'
    'tems":[{"is":"guest","imports":[{"ref":["import",0,[]],"signature":[["u32"],"u32"]}],"functions":[{"'
    'signature":[["u32"],"u32"],"steps":[{"callee":0,"args":[{"is":"param","index":0}]}],"returns":{"is":'
    '"result","step":0}}]}],"exports":[["f0",["item",0,["f0"]]]]},{"items":[{"is":"child","definition":0}'
    ',{"is":"child","definition":1,"args":[["item",0,["f0"]]]}],"exports":[["f0",["item",1,["f0"]]]]}],"c'
    'alls":[["f0",[2]]]}'
)
"""From before there were other operands and options of steps."""


def test_older_blueprints_load() -> None:
    """2 mixed with 3: 2 * 31 + 3."""
    blueprint = from_json(STORED)
    assert isinstance(blueprint, Blueprint)
    assert everywhere(blueprint) == [65]


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
