"""Types in words, and read back."""

from __future__ import annotations

import pytest

from fact.model.type_text import TypeTextError, parse_func_type, parse_type
from fact.model.types import Borrow, FuncType, List, Option, Own, Prim, Result


def test_handles_are_read_back_with_the_numbers_of_their_resources() -> None:
    t = FuncType((("self", Borrow(3)), ("all", List(Own(12), 4))), Result(Option(Own(0)), Prim.STRING))
    assert str(t) == "func(self: borrow<3>, all: list<own<12>, 4>) -> result<option<own<0>>, string>"
    assert parse_func_type(str(t)) == t


@pytest.mark.parametrize(("text", "character"), [("own<x>", 6), ("own", 4), ("borrow<>", 8), ("list<u8, a>", 11)])
def test_a_handle_without_its_number_is_no_type(text: str, character: int) -> None:
    with pytest.raises(TypeTextError, match=f"at character {character}$"):
        parse_type(text)
