"""Scripts as data, and their constants as values."""

from __future__ import annotations

import math
from pathlib import Path

import pytest

from fact.model.types import EnumType, Flags, List, Map, Option, Prim, Record, Result, Tuple, ValType, Variant
from fact.model.values import Case, Value, same_value
from fuzz.errors import UsageError
from fuzz.wast import script as commands
from fuzz.wast.script import Constant, ScriptError, load_script, script_paths
from fuzz.wast.values import (
    UnsupportedConstant,
    component_matches,
    component_value,
    core_matches,
    core_value,
    show,
)

EVERY_DIRECTIVE = r"""
(component definition $D)
(component instance $I $D)
(component instance $J)
(component $C)
(register "c" $C)
(invoke $C "f" (u8.const 255))
(assert_return (invoke "f" (char.const "\u{ff}")) (bool.const true))
(assert_trap (invoke "f") "t")
(assert_exhaustion (invoke "f") "e")
(assert_exception (invoke "f"))
(assert_trap (component (core module $m (func unreachable) (start 0)) (core instance (instantiate $m))) "u")
(assert_invalid (component (export "x" (func 3))) "i")
(assert_malformed (component binary "\00asm") "m")
(assert_unlinkable (component (import "zz" (func))) "l")
(module $M)
(assert_return (get $M "g") (i32.const 3))
(assert_suspension (invoke "f") "s")
(thread $T (shared (module $M)) (invoke "f"))
(wait $T)
"""


def write(folder: Path, text: str) -> Path:
    path = folder / "script.wast"
    path.write_text(text)
    return path


def test_every_directive_is_read(tmp_path: Path) -> None:
    script = load_script(write(tmp_path, EVERY_DIRECTIVE))
    assert [type(c) for c in script.commands] == [
        commands.Define, commands.Instantiate, commands.Instantiate, commands.DefineAndInstantiate, commands.Register,
        commands.Perform, commands.AssertReturn, commands.AssertTrap, commands.AssertExhaustion,
        commands.AssertException, commands.AssertUninstantiable, commands.AssertInvalid, commands.AssertMalformed,
        commands.AssertUnlinkable, commands.DefineAndInstantiate, commands.AssertReturn, commands.Other,
        commands.Other, commands.Other,
    ]
    assert [c.line for c in script.commands] == list(range(2, 21))
    assert [c.directive for c in script.commands if isinstance(c, commands.Other)] == [
        "assert_suspension", "thread", "wait"]
    instantiate = script.commands[1]
    assert isinstance(instantiate, commands.Instantiate)
    assert (instantiate.instance, instantiate.definition) == ("I", "D")
    register = script.commands[4]
    assert isinstance(register, commands.Register)
    assert (register.name, register.as_) == ("C", "c")
    component, core = script.commands[3], script.commands[14]
    assert isinstance(component, commands.DefineAndInstantiate) and isinstance(core, commands.DefineAndInstantiate)
    assert (script.binary(component) or b"")[4:8] == b"\x0d\0\x01\0"
    assert (script.binary(core) or b"")[4:8] == b"\x01\0\0\0"


def test_malformed_text_has_no_binary_and_wellformed_text_has(tmp_path: Path) -> None:
    script = load_script(write(tmp_path, r"""
      (assert_malformed (component quote "(import") "x")
      (assert_malformed (component quote "(import \"f\" (func))") "x")"""))
    first, second = script.commands
    assert isinstance(first, commands.AssertMalformed) and isinstance(second, commands.AssertMalformed)
    assert script.binary(first) is None
    assert (script.binary(second) or b"").startswith(b"\0asm\x0d")


def test_a_script_that_cannot_be_read_is_one_clear_line(tmp_path: Path) -> None:
    path = write(tmp_path, '(component)\n(assert_return (invoke "f") (u8.const 256))\n(frobnicate)\n')
    with pytest.raises(ScriptError) as caught:
        load_script(path)
    assert isinstance(caught.value, UsageError)
    message = str(caught.value)
    assert message.startswith(f"{path}: ")
    assert "line 2" in message
    assert "\n" not in message


@pytest.mark.parametrize("missing", ["no-such.wast", "."])
def test_what_is_no_file_is_no_script(tmp_path: Path, missing: str) -> None:
    with pytest.raises(ScriptError, match="no such file"):
        load_script(tmp_path / missing)


def test_folders_are_searched_for_scripts(tmp_path: Path) -> None:
    (tmp_path / "b").mkdir()
    for name in ("z.wast", "a.wast", "b/c.wast", "b/notes.txt"):
        (tmp_path / name).write_text("")
    assert [str(p.relative_to(tmp_path)) for p in script_paths([tmp_path])] == ["a.wast", "b/c.wast", "z.wast"]
    assert script_paths([tmp_path / "b/notes.txt"]) == [tmp_path / "b/notes.txt"]
    with pytest.raises(ScriptError, match="no such file or folder"):
        script_paths([tmp_path / "x"])
    (tmp_path / "empty").mkdir()
    with pytest.raises(ScriptError, match="no script"):
        script_paths([tmp_path / "empty"])


@pytest.mark.parametrize(("constant", "value"), [
    (Constant("bool", True), True),
    (Constant("u8", "255"), 255),
    (Constant("s64", "-9223372036854775808"), -(2**63)),
    (Constant("f32", "1069547520"), 1.5),
    (Constant("f32", "2147483648"), -0.0),
    (Constant("f64", "9221120237041090560"), math.nan),
    (Constant("f64", "18442240474082181120"), -math.inf),
    (Constant("char", "\U0010ffff"), "\U0010ffff"),
])
def test_constants_are_values(constant: Constant, value: Value) -> None:
    assert same_value(component_value(constant), value)
    assert component_matches(constant, value)


@pytest.mark.parametrize(("constant", "value"), [
    (Constant("u8", "1"), True),
    (Constant("u8", "1"), 1.0),
    (Constant("u8", "1"), 2),
    (Constant("u8", "1"), None),
    (Constant("bool", True), 1),
    (Constant("f64", "0"), -0.0),
    (Constant("f64", "nan:canonical"), 1.0),
    (Constant("f64", "9221120237041090560"), 1.0),
    (Constant("char", "a"), "b"),
])
def test_other_values_do_not_match(constant: Constant, value: Value | None) -> None:
    assert not component_matches(constant, value)


@pytest.mark.parametrize("pattern", ["nan:canonical", "nan:arithmetic", "9218868437227405313"])
def test_every_nan_is_every_nan(pattern: str) -> None:
    """CanonicalABI.md, Loading: NaNs may be canonicalised or passed through."""
    assert component_matches(Constant("f64", pattern), math.nan)
    assert core_matches(Constant("f64", pattern), -math.nan)


@pytest.mark.parametrize(("constant", "value"), [
    (Constant("i32", "4294967295"), -1),
    (Constant("i32", "-1"), -1),
    (Constant("i32", "2147483648"), -(2**31)),
    (Constant("i64", "18446744073709551615"), -1),
    (Constant("f32", "1069547520"), 1.5),
])
def test_core_constants_are_signed(constant: Constant, value: float) -> None:
    assert core_value(constant) == value
    assert core_matches(constant, value)
    assert not core_matches(constant, value + 1)


def test_one_of_several_core_values_will_do() -> None:
    either = Constant("either", values=(Constant("i32", "1"), Constant("i32", "3")))
    assert core_matches(either, 3)
    assert not core_matches(either, 2)
    assert show(either) == "i32 1 or i32 3"


@pytest.mark.parametrize("constant", [Constant("i32", "1"), Constant("externref", "1"), Constant("v128", ["1"])])
def test_constants_of_other_types_are_named(constant: Constant) -> None:
    with pytest.raises(UnsupportedConstant, match=f"{constant.type} value"):
        component_value(constant)


@pytest.mark.parametrize("constant", [Constant("v128", ["1"]), Constant("funcref"), Constant("u8", "1")])
def test_core_constants_of_other_types_are_named(constant: Constant) -> None:
    with pytest.raises(UnsupportedConstant, match=f"core {constant.type} value"):
        core_value(constant)


U8, STR = {"type": "u8", "value": "1"}, {"type": "string", "value": "x"}
ITEM = Record((("a", Prim.U8), ("b", Option(Prim.STRING))))
SOME = {"type": "option", "value": STR}
CHOICE = Variant((("no", None), ("yes", Prim.U8)))


@pytest.mark.parametrize(("t", "constant", "value"), [
    (Prim.STRING, Constant("string", "x\0"), "x\0"),
    (List(Prim.U8), Constant("list", [U8, U8]), (1, 1)),
    (List(Prim.U8, 2), Constant("list", [U8, U8]), (1, 1)),
    (Map(Prim.STRING, Prim.U8), Constant("list", [{"type": "tuple", "value": [STR, U8]}]), (("x", 1),)),
    (ITEM, Constant("record", [["a", U8], ["b", SOME]]), (1, Case("some", "x"))),
    (ITEM, Constant("record", [["b", SOME], ["a", U8]]), (1, Case("some", "x"))),
    (Tuple((Prim.U8, Prim.STRING)), Constant("tuple", [U8, STR]), (1, "x")),
    (CHOICE, Constant("variant", {"case": "yes", "payload": U8}), Case("yes", 1)),
    (CHOICE, Constant("variant", {"case": "no"}), Case("no")),
    (EnumType(("p", "q")), Constant("enum", "q"), Case("q")),
    (Option(Prim.U8), Constant("option", None), Case("none")),
    (Result(Prim.U8, None), Constant("result", {"Ok": U8}), Case("ok", 1)),
    (Result(Prim.U8, None), Constant("result", {"Err": None}), Case("error")),
    (Flags(("r", "w")), Constant("flags", ["w"]), frozenset({"w"})),
    (List(Prim.F64), Constant("list", [{"type": "f64", "value": "9221120237041090561"}]), (math.nan,)),
])
def test_constants_are_values_of_a_type(t: ValType, constant: Constant, value: Value) -> None:
    assert same_value(component_value(constant, t), value)
    assert component_matches(constant, value, t)
    if constant.type != "record":
        assert same_value(component_value(constant), value)


@pytest.mark.parametrize(("t", "constant", "wrong"), [
    (Prim.U16, Constant("u8", "1"), "a u8 where u16 is expected"),
    (List(Prim.U16), Constant("list", [U8]), "a u8 where u16 is expected"),
    (List(Prim.U8, 3), Constant("list", [U8, U8]), "2 elements for"),
    (Tuple((Prim.U8,)), Constant("tuple", [U8, U8]), "2 elements for"),
    (Tuple((Prim.U8,)), Constant("list", [U8]), "a list where tuple<u8> is expected"),
    (ITEM, Constant("record", [["a", U8]]), "fields a for record"),
    (ITEM, Constant("record", [["a", U8], ["a", U8]]), "fields a, a for record"),
    (CHOICE, Constant("variant", {"case": "perhaps"}), "perhaps is not a case"),
    (CHOICE, Constant("variant", {"case": "no", "payload": U8}), "has no payload"),
    (CHOICE, Constant("variant", {"case": "yes"}), "lacks its payload"),
    (EnumType(("p",)), Constant("enum", "q"), "q is not a case"),
    (Flags(("r",)), Constant("flags", ["w"]), "not among the labels"),
])
def test_constants_of_another_type_are_refused(t: ValType, constant: Constant, wrong: str) -> None:
    with pytest.raises(ValueError, match=wrong):
        component_value(constant, t)


@pytest.mark.parametrize("t", [Prim.U8, List(Prim.U8), CHOICE])
def test_handles_are_named(t: ValType) -> None:
    with pytest.raises(UnsupportedConstant, match="externref value"):
        component_value(Constant("externref", "1"), t)
