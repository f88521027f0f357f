"""Types in words, and read back."""

from __future__ import annotations

import pytest

from fact.model.type_text import MAX_DEPTH, TypeTextError, parse_func_type, parse_type
from fact.model.types import Borrow, FuncType, List, Option, Own, Prim, Result


def test_handles_are_read_back_with_the_numbers_of_their_resources() -> None:
    t = FuncType((("self", Borrow(3)), ("all", List(Own(12), 4))), Result(Option(Own(0)), Prim.STRING))
    assert str(t) == "func(self: borrow<3>, all: list<own<12>, 4>) -> result<option<own<0>>, string>"
    assert parse_func_type(str(t)) == t


@pytest.mark.parametrize(("text", "character"), [("own<x>", 6), ("own", 4), ("borrow<>", 8), ("list<u8, a>", 11)])
def test_a_handle_without_its_number_is_no_type(text: str, character: int) -> None:
    with pytest.raises(TypeTextError, match=f"at character {character}$"):
        parse_type(text)


@pytest.mark.parametrize(("text", "expected"), [
    ("record {}", "a member"), ("variant { }", "a member"), ("enum {}", "a member"), ("flags {}", "a member"),
    ("tuple<>", "a member"), ("list<u8, 0>", "a length of at least 1"),
    ("list<u8, 4294967296>", "a number of at most 4294967295"),
    (f"own<{'9' * 5000}>", "a number of at most 4294967295"),
    ("record { a: u8, b: u8, a: s8 }", "another label than `a`"),
    ("variant { a, a(u8) }", "another label than `a`"), ("enum { a, b, b }", "another label than `b`"),
    (f"flags {{ {', '.join(f'f{i}' for i in range(33))} }}", "at most 32 flags"),
])
def test_types_that_do_not_exist(text: str, expected: str) -> None:
    with pytest.raises(TypeTextError, match=f"expected {expected}"):
        parse_type(text)


@pytest.mark.parametrize("text", ["list<", "option<", "tuple<u8, ", "result<_, ", "record { a: ", "variant { a("])
def test_types_nested_without_end(text: str) -> None:
    with pytest.raises(TypeTextError, match=f"no more than {MAX_DEPTH} types within each other"):
        parse_type(text * 10_000)


def test_as_deep_as_may_be() -> None:
    assert str(parse_type("list<" * (MAX_DEPTH - 1) + "u8" + ">" * (MAX_DEPTH - 1))).startswith("list<list<")
