"""The text format as trees."""

from __future__ import annotations

import pytest

from fuzz.minimise.scripts.tree import at, pretty, put, read, renamed


def test_what_is_read_is_written_again() -> None:
    text = r'(module (data "a ;; b \" (c) $d") (func $"odd name" (param $x i32) (i32.const -1)))'
    (tree,) = read(text)
    assert tree.text == text
    assert read(pretty(tree)) == (tree,)


def test_comments_and_annotations_are_left_out() -> None:
    text = '(module ;; a line\n (; a block (; in it ;) ;) (@custom "x" (after last) "y") (func $"f" (@name "g")))'
    (tree,) = read(text)
    assert tree.text == '(module (func $"f"))'


def test_names_are_those_of_all_that_is_inside() -> None:
    (tree,) = read('(module (func $f (call $g)) (export "$not" (func $f)))')
    assert tree.names == {"$f", "$g"}


@pytest.mark.parametrize(("text", "message"), [
    ('(module "', "a string that never ends"), ("(module) (; (; ;)", "a comment that never ends"),
    ("(module ; )", "a semicolon by itself"), ("(" * 2000 + ")" * 2000, "nested more than 300 deep"),
])
def test_text_that_cannot_be_taken_apart(text: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        read(text)


def test_in_a_comment_nothing_means_anything_but_its_end() -> None:
    assert [tree.text for tree in read('(; ;; " ;) (a (; ( ;) b) ;; " (\n(c)')] == ["(a b)", "(c)"]


@pytest.mark.parametrize("text", ["(module", "(module))"])
def test_parentheses_that_do_not_match(text: str) -> None:
    with pytest.raises(ValueError, match="parenthesis"):
        read(text)


def test_a_change_shares_what_stays() -> None:
    (tree,) = read("(a (b (c) (d)) (e))")
    changed = put(tree, (1, 2))
    assert changed.text == "(a (b (c)) (e))"
    assert at(changed, (2,)) is at(tree, (2,))


def test_long_trees_take_lines() -> None:
    (tree,) = read(f"(component {'(core module $m (func $f))' * 9})")
    lines = pretty(tree).splitlines()
    assert len(lines) == 7
    assert max(map(len, lines)) < 120


def test_renamed() -> None:
    (tree,) = read('(func $f (call $g) (call $h) "$g")')
    assert renamed(tree, {"$g": "$h", "$h": "$i"}).text == '(func $f (call $h) (call $i) "$g")'
