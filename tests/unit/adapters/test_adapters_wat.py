"""The writer: nesting, names, strings and comments that an assembler takes."""

from __future__ import annotations

import pytest
import wasmtime

from fact.adapters.wat import Block, Names, Note, commented, quoted, render


def test_a_block_closes_behind_its_last_line() -> None:
    inner = Block("(then", ("(nop)", "(unreachable)"))
    assert render((Block("(if (c)", (inner,)), "", Note("done"))) == [
        "(if (c)", "  (then", "    (nop)", "    (unreachable)))", "", ";; done"
    ]


def test_a_block_is_never_closed_inside_a_comment() -> None:
    assert render((Block("(func", (Note("empty"),)), Block("(module", ()))) == [
        "(func", "  ;; empty", ")", "(module", ")"
    ]


def test_names_that_read_alike_stay_different() -> None:
    names = Names(("$trap",))
    assert [names.unique(text) for text in ("a b", "a_b", "a\tb", "trap", "", "a_b.2")] == [
        "$a_b", "$a_b.2", "$a_b.3", "$trap.2", "$_", "$a_b.2.2"
    ]


@pytest.mark.parametrize("text", ["", 'a"b', "a\\b", "\n", "ü", "\U0001f600", "\x7f", "a b"])
def test_a_string_comes_through_the_assembler(text: str) -> None:
    module = wasmtime.Module(wasmtime.Engine(), bytes(wasmtime.wat2wasm(f"(module (func (export {quoted(text)})))")))
    assert module.exports[0].name == text


@pytest.mark.parametrize("text", ["(;", ";)", "(;)", ";;)", "\n(boom", "\u202e", "((;;))", ";", "("])
def test_a_comment_stays_a_comment(text: str) -> None:
    wasmtime.wat2wasm(f"(module ;; {commented(text)}\n (; {commented(text)} ;))")
