"""The text that support modules are written in."""

from __future__ import annotations

import pytest

from fact.adapters.strings_text import block, expanded, utf16_tag, with_pointers
from fact.adapters.wat import render


def test_conversions_that_convert_nothing_vanish() -> None:
    text = "(@S.add (@D.extend_i32_u (i32.wrap_@S (local.get $a))) (i64.extend_@S_u (local.get $b)))"
    assert with_pointers(text, "i32", "i64") == (
        "(i32.add (i64.extend_i32_u (local.get $a)) (i64.extend_i32_u (local.get $b)))"
    )
    assert with_pointers(text, "i64", "i32") == "(i64.add (i32.wrap_i64 (local.get $a)) (local.get $b))"


def test_definitions_stand_for_their_bodies() -> None:
    text = """
      (@define $twice ($x) (add $x $x))  ;; (a comment
      (@define $more ($at $x) (store offset=$at (@$twice $x)))
      (@$more 16 (local.get $v))"""
    assert " ".join(expanded(text).split()) == (
        ";; (a comment (store offset=16 (add (local.get $v) (local.get $v)))"
    )


def test_a_use_with_too_few_operands_is_an_error() -> None:
    with pytest.raises(ValueError, match="shorter"):
        expanded("(@define $sum ($a $b) (add $a $b)) (@$sum (local.get $a))")


def test_an_open_parenthesis_is_an_error() -> None:
    with pytest.raises(ValueError, match="unclosed"):
        expanded("(@define $sum ($a $b) (add $a $b)")


def test_the_tag_is_the_top_bit() -> None:
    assert (utf16_tag("i32"), utf16_tag("i64")) == (0x80000000, 0x8000000000000000)


def test_a_body_becomes_nested_blocks() -> None:
    body = """
        ;; one
        (if (i32.and
              (local.get $a)
              (i32.wrap_@S (local.get $b)))
          (then (return)))
        (call $f (local.get $a)) (drop)
    """
    assert render([block("(func $g (param $a @D)", body, "i64", "i32")]) == [
        "(func $g (param $a i32)",
        "  ;; one",
        "  (if",
        "    (i32.and",
        "      (local.get $a)",
        "      (i32.wrap_i64 (local.get $b)))",
        "    (then (return)))",
        "  (call $f (local.get $a))",
        "  (drop))",
    ]
