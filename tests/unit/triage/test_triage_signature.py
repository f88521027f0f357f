"""Signatures: the same for one mistake in whatever case, another for another mistake."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from triage_samples import RETURNED, Given, Passed, diverging, examination, program

from fact.model.settings import Reentrance
from fact.model.traps import TrapReason
from fact.model.types import FuncType, List, Prim, Record
from fact.model.values import Value
from fuzz.compare import compare
from fuzz.observe import CallObservation, HostCall
from fuzz.outcome import Outcome, Returned, Trapped
from fuzz.triage.signature import signature_of

SURROGATE = r"\00\d8\00\00"


def signature(text: str, *functions: str, native: Outcome = RETURNED) -> str:
    """Of the reference's trap in the last call, where native has another outcome."""
    examined = examination(program(text, *functions), {"native": native})
    return signature_of(diverging(examined), examined)


def second_half(whole: str) -> str:
    """From the place on, or from the rule where there is no place."""
    begin = re.search("; (?:at|rule) ", whole)
    return "" if begin is None else whole[begin.start() :]


@pytest.mark.parametrize(("case", "wanted"), [
    (Passed("char", (0xD800,)), "; at param char; rule Loading: convert_i32_to_char"),
    (Passed("(list char)", (16, 1), SURROGATE), "; at param list char; rule Loading: convert_i32_to_char"),
    (Given("(list char)", 16, rf"\18\00\00\00\01\00\00\00{SURROGATE}"),
     "; at result list char; rule Loading: convert_i32_to_char"),
    (Passed("bool", (2,)), ""),
    (Passed("(option u8)", (7, 0)),
     "; at param discriminant; rule Loading: load_variant and Flat Lifting: lift_flat_variant"),
    (Passed("string", (16, 1), r"\ff"), "; at param string utf8->utf8; rule Loading: load_string_from_range"),
    (Passed("string", (17, 1), sender="utf16", receiver="latin1+utf16"),
     "; at param string utf16->latin1+utf16; rule Loading: load_string_from_range"),
    (Passed("(list u32)", (18, 1)), "; at param list; rule Loading: load_list_from_range"),
    (Passed("(list string)", (16, 1), r"\18\00\00\00\01\00\00\00\ff", sender="utf8", receiver="utf16"),
     "; at param list string utf8->utf16; rule Loading: load_string_from_range"),
    (Given("(list char)", 16, r"\ff\ff\00\00\01\00\00\00"), "; at result list; rule Loading: load_list_from_range"),
    (Given("(list char)", 17), "; at result area; rule Lifting and Lowering Values: lift_flat_values"),
    (Given("string", 16, r"\18\00\00\00\00\00\00\00", area=2),
     "; at result out area; rule Lifting and Lowering Values: lower_flat_values, out_param"),
    (Given("string", 16, r"\18\00\00\00\01\00\00\00\ff", area=8),
     "; at result string utf8->utf8; rule Loading: load_string_from_range"),
    (Given("string", 16, r"\18\00\00\00\01\00\00\00\ff"),
     "; at result string host->utf8; rule Loading: load_string_from_range"),
    (Passed("(list u32)", (16, 1), realloc="(i32.const 2)"), "; at param list; rule Storing: store_list_into_range"),
    (Passed("string", (16, 1), "a", realloc="(i32.const 65536)"),
     "; at param string utf8->utf8; rule Storing: store_string_into_range"),
    (Passed("string", (16, 1), "a", realloc="unreachable"), "; at realloc"),
], ids=str)
def test_place_and_rule_are_those_of_the_reference_s_trap(case: Passed | Given, wanted: str) -> None:
    if not wanted:
        assert examination(program(case.text), {}).divergence is None, "nothing is wrong with it"
    else:
        assert second_half(signature(case.text)) == wanted


RECORD = """(record (field "a" u8) (field "b" (tuple char char)))"""


def test_what_is_around_a_part_makes_no_difference() -> None:
    """Else a minimiser could not take it away."""
    alone = signature(Passed("char", (0xD800,)).text)
    record = record_type(signature_text=Passed(RECORD, (1, 97, 0xD800), label="other").text)
    assert signature(record) == alone
    data = rf"\18\00\00\00\01\00\00\00\01\00\00\00{SURROGATE}"
    nested = signature(Passed("(list (list (tuple u8 char)))", (16, 1), data).text)
    assert nested == signature(Passed("(list char)", (16, 1), SURROGATE).text) != alone


def record_type(signature_text: str) -> str:
    """A record must have a name where a function has it as a parameter."""
    return signature_text.replace(
        f'(func (export "f") (param "other" {RECORD})', f'(type $d {RECORD}) (export $t "t" (type $d)) '
        '(func (export "f") (param "other" $t)')


def test_a_list_makes_one() -> None:
    assert signature(Passed("char", (0xD800,)).text) != signature(Passed("(list char)", (16, 1), SURROGATE).text)


def test_the_first_part_is_the_divergence_s_own() -> None:
    examined = examination(program(Passed("char", (0xD800,)).text), {"native": RETURNED})
    whole = signature_of(diverging(examined), examined)
    assert whole.startswith("call reference=trapped:invalid-char | native=returned; at ")
    assert whole == diverging(examined).signature + second_half(whole)


def test_the_place_is_told_of_a_late_call_and_a_second_instance() -> None:
    text = Passed("char", (0xD800,)).text
    assert signature(text, "fine", "run", "fine", "fine", "run") == signature(text)


CALLS_BACK = """(component
  (component $Child
    (import "back" (func $back))
    (core func $back' (canon lower (func $back)))
    (core module $M (import "" "back" (func $back)) (func (export "go") (call $back)))
    (core instance $m (instantiate $M (with "" (instance (export "back" (func $back'))))))
    (func (export "go") (canon lift (core func $m "go")))
    (core module $N (func (export "char") (param i32)))
    (core instance $n (instantiate $N))
    (func (export "char") (param "c" char) (canon lift (core func $n "char"))))
  (core module $Shim (table (export "t") 1 funcref)
    (func (export "back") (call_indirect (i32.const 0))))
  (core instance $shim (instantiate $Shim))
  (func $back (canon lift (core func $shim "back")))
  (instance $child (instantiate $Child (with "back" (func $back))))
  (core func $char (canon lower (func $child "char")))
  (core module $Fixup (import "" "t" (table 1 funcref)) (import "" "char" (func $char (param i32)))
    (func $bad (call $char (i32.const 0xd800))) (elem (i32.const 0) $bad))
  (core instance (instantiate $Fixup (with "" (instance (export "t" (table $shim "t")) (export "char" (func $char))))))
  (core func $go (canon lower (func $child "go")))
  (core module $Run (import "" "go" (func $go)) (func (export "run") (call $go)))
  (core instance $run (instantiate $Run (with "" (instance (export "go" (func $go))))))
  (func (export "run") (canon lift (core func $run "run"))))"""
"""The parent, called back by its child, passes a bad character to the child, which runs already."""


@pytest.mark.parametrize(("reentrance", "wanted"), [
    (Reentrance.GUARDED, "; rule Embedding: Store.lift, trap_if(not may_enter_from(caller))"),
    (Reentrance.FREE, "; at param char; rule Loading: convert_i32_to_char"),
])
def test_the_reference_s_trap_is_found_under_its_own_setting(reentrance: Reentrance, wanted: str) -> None:
    examined = examination(program(CALLS_BACK), {"native": RETURNED}, reentrance)
    assert second_half(signature_of(diverging(examined), examined)) == wanted


def test_an_engine_that_does_not_enter_has_come_to_no_later_rule() -> None:
    refused = Trapped(TrapReason.CANNOT_ENTER)
    texts = Passed("char", (0xD800,)).text, Passed("string", (16, 1), r"\ff").text
    for text in texts:
        whole = signature(text, native=refused)
        assert second_half(whole) == "; rule Embedding: Store.lift, trap_if(not may_enter_from(caller))"


def test_but_whether_a_component_may_be_left_is_asked_before() -> None:
    ours, theirs = Trapped(TrapReason.CANNOT_LEAVE), Trapped(TrapReason.CANNOT_ENTER)
    made = program(Passed("char", (97,)).text)
    examined = examination(made, {"compiled": ours, "native": theirs})
    seen = replace(examined.observations["reference"], calls=(CallObservation(ours),))
    observations = {**examined.observations, "reference": seen}
    found = replace(examined, observations=observations, divergence=compare(observations, made))
    assert second_half(signature_of(diverging(found), found)) == "; rule canon lower: trap_if(not may_leave)"


def test_where_ours_return_the_other_s_reason_decides() -> None:
    fine = Passed("char", (97,)).text
    whole = signature(fine, native=Trapped(TrapReason.INVALID_UTF8))
    assert whole == "call reference=returned | native=trapped:invalid-utf8; rule Loading: load_string_from_range"
    assert second_half(signature(fine, native=Trapped(TrapReason.UNREACHABLE))) == "", "core wasm's own"


def test_where_only_the_compiled_adapters_trap_their_site_tells() -> None:
    made = program(Passed("char", (97,)).text)
    compiled = Trapped(TrapReason.INVALID_DISCRIMINANT, "param xs[].kind")
    examined = examination(made, {"compiled": compiled, "native": compiled})
    assert second_half(signature_of(diverging(examined), examined)) == (
        "; at param list discriminant; rule Loading: load_variant and Flat Lifting: lift_flat_variant")


def test_without_what_showed_it_the_words_tell() -> None:
    examined = examination(program(Passed("(list char)", (16, 1), SURROGATE).text), {"native": RETURNED})
    divergence = diverging(examined)
    assert signature_of(divergence, None) == signature_of(divergence, examined)


def test_a_reference_that_traps_elsewhere_the_next_time_is_believed_in_its_words() -> None:
    """As one with a fault planted in it."""
    made = program(Passed("char", (97,)).text)
    examined = examination(made, {"native": RETURNED})
    assert examined.divergence is None
    wrong = CallObservation(Trapped(TrapReason.INVALID_CHAR, "result[]"))
    seen = replace(examined.observations["reference"], calls=(wrong,))
    observations = {**examined.observations, "reference": seen}
    found = replace(examined, observations=observations, divergence=compare(observations, made))
    assert second_half(signature_of(diverging(found), found)) == (
        "; at result list char; rule Loading: convert_i32_to_char")


def test_it_never_raises() -> None:
    examined = examination(program(Passed("char", (0xD800,)).text), {"native": RETURNED})
    broken = replace(examined, program=program("(component)"))
    assert signature_of(diverging(examined), broken).startswith(diverging(examined).signature)
    assert signature_of(diverging(examined), replace(examined, observations={})).startswith("call reference=")


# -- values

ITEMS = Record((("n", Prim.U8), ("names", List(Prim.STRING))))


@pytest.mark.parametrize(("type", "a", "b", "wanted"), [
    (Prim.U8, 1, 2, "; at result integer; rule Loading: load_int"),
    (ITEMS, (1, ("a",)), (1, ("b",)), "; at result string; rule Loading: load_string and Storing: store_string"),
    (ITEMS, (1, ("a",)), (1, ("a", "b")), "; at result list; rule Loading: load_list and Storing: store_list"),
])
def test_for_results_it_is_the_kind_of_the_part_that_differs(
    type: Prim | Record, a: Value, b: Value, wanted: str
) -> None:
    made = replace(program(Passed("char", (97,)).text), types=(FuncType((), type),))
    examined = examination(made, {"native": Returned(b)})
    seen = replace(examined.observations["reference"], calls=(CallObservation(Returned(a)),))
    observations = {**examined.observations, "reference": seen}
    found = replace(examined, observations=observations, divergence=compare(observations, made))
    assert second_half(signature_of(diverging(found), found)).startswith(wanted)


def test_for_the_host_it_is_the_kind_of_the_argument_that_differs() -> None:
    made = program(Passed("char", (97,)).text)
    type = FuncType((("a", Prim.U8), ("b", Prim.CHAR)), None)
    seen = {
        name: replace(examination(made, {}).observations["reference"],
                      calls=(CallObservation(RETURNED, host_calls=(HostCall(("f",), (1, char), type),)),))
        for name, char in (("reference", "a"), ("native", "b"))
    }
    examined = replace(examination(made, {}), observations=seen, divergence=compare(seen, made))
    assert signature_of(diverging(examined), examined) == (
        "host reference=returned | native=returned; at param char; "
        "rule Loading: convert_i32_to_char and Storing: char_to_i32")
