"""Scripts that nobody would write: an error that names the line, or a case that is written and read again."""

from __future__ import annotations

import pytest

from fact.model.types import Prim
from fuzz.constants import read_constant, read_string
from fuzz.script import from_wast, to_wast
from fuzz.sexpr import MAX_DEPTH, children, forms

COMPONENT = '(component definition $case (core module (func (export "f"))))\n'
LOG = ';; factfuzz-case: {"origin":{"versions":{}},"log_prefixes":["g"]}\n'
CALL = '(assert_return (invoke "f"))\n'


def texts(source: str) -> list[str]:
    return [form.text for form in forms(source)]


# -- tokens


@pytest.mark.parametrize("comment", ["(; a ;; b ;)", '(; " ;)', "(; (; ;; ;) ;)", "(; $ ) ;)", ";; ( \" (;\n"])
def test_in_a_comment_nothing_means_anything_but_its_end(comment: str) -> None:
    assert texts(f"{comment} (a) {comment} (b)") == ["(a)", "(b)"]


@pytest.mark.parametrize(("source", "message"), [
    ("(a)\n(; (; ;)", "line 2: a comment that never ends"),
    ('(a)\n\n("b', "line 3: a string that never ends"),
    ("(a\n;)", "line 2: a semicolon by itself"),
    ("(a ; b)", "line 1: a semicolon by itself"),
])
def test_what_has_no_end_is_named(source: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        texts(source)


def test_quotes_without_end_take_linear_time() -> None:
    with pytest.raises(ValueError, match="never ends"):
        texts('("' + '\\"' * 500_000)


def test_names_in_quotes_are_one_word() -> None:
    (form,) = forms('(a $"b (c" d)')
    assert form.nodes() == ["a", '$"b (c"', "d"]


def test_a_form_without_forms_in_it_has_no_children() -> None:
    (form,) = forms("(assert_trap)")
    assert list(children(form)) == []


def test_parentheses_too_deep_within_each_other() -> None:
    (form,) = forms("(" * (MAX_DEPTH + 1) + ")" * (MAX_DEPTH + 1))
    with pytest.raises(ValueError, match=f"line 1: .* more than {MAX_DEPTH} deep"):
        form.nodes()


# -- constants


@pytest.mark.parametrize(("keyword", "token"), [
    ("f64.const", "0x1p1024"), ("f64.const", "1e999"), ("f32.const", "1e39"), ("f32.const", "nan:0x800000"),
    ("f64.const", "nan:0x0"), ("f64.const", "nan:0x" + "f" * 40), ("str.const", r'"\u{110000}"'),
    ("str.const", r'"\u{ffffffffffff}"'), ("char.const", r'"\u{d800}"'), ("u8.const", "1" * 5000),
])
def test_constants_out_of_range(keyword: str, token: str) -> None:
    with pytest.raises(ValueError):
        read_constant(keyword, token)


def test_an_f32_is_read_as_an_f32_has_it() -> None:
    assert read_constant("f32.const", "0.1") == (Prim.F32, float.fromhex("0x1.99999ap-4"))


def test_the_last_scalar_value_is_one() -> None:
    assert read_string(r'"\u{10ffff}\u{d7ff}"') == "\U0010ffff\ud7ff"


# -- cases


@pytest.mark.parametrize(("script", "message"), [
    ("(assert_trap)", "line 1: a case begins with its component"),
    ("(componentally)", "line 1: a case begins with its component"),
    ('(component$D (core module))', "line 1: a case begins with its component"),
    (f'(assert_trap (component) "") ;; unreachable\n{CALL}', "line 2: nothing can be called"),
    (f'{LOG}{COMPONENT}{CALL}(assert_return (invoke "g-log-entry" (u32.const 0)) (u64.const 1))', "line 4: a log's"),
    (f'{LOG}{COMPONENT}{CALL}(assert_return (invoke "g-log-count") (bool.const true))', "line 4: a log's"),
    (f'{LOG}{COMPONENT}{CALL}(invoke "g-log-count")', "line 4: a log's count"),
    (f'{COMPONENT}(assert_return (invoke "f") ({"(" * 400}{")" * 400}))', "line 2: parentheses nested"),
    (f';; factfuzz-case: {{"origin":{{"versions":{{}},"reentrance":"?"}}}}\n{COMPONENT}', "line 1: '\\?' is not"),
])
def test_no_cases(script: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        from_wast(script)


def test_log_entries_follow_each_other() -> None:
    count = '(assert_return (invoke "g-log-count") (u32.const 5))\n'
    entry = '(assert_return (invoke "g-log-entry" (u32.const {})) (u64.const 7))\n'
    case = from_wast(LOG + COMPONENT + CALL + count + entry.format(3) + entry.format(4))
    assert [(log.count, log.first, log.entries) for log in case.calls[0].logs] == [(5, 3, (7, 7))]
    with pytest.raises(ValueError, match="line 6: a log's"):
        from_wast(LOG + COMPONENT + CALL + count + entry.format(3) + entry.format(3))


@pytest.mark.parametrize("header", [
    r'"verdict":["one\n(two)","factfuzz-case: {","\r\nthree"]',
    r'"verdict":[";; factfuzz-call: (four)"]',
    '"features":["a\x85b\u2028c"]',
    r'"features":["of many words\nand lines"]',
])
def test_what_a_header_says_stays_in_comments(header: str) -> None:
    text = f';; factfuzz-case: {{"origin":{{"versions":{{"factfuzz\\n(x":"1"}},{header}}}}}\n{COMPONENT}{CALL}'
    case = from_wast(text)
    assert from_wast(to_wast(case)) == case


@pytest.mark.parametrize("beginning", [
    "(component(core module))", "(component definition\n$x (core module))", '(component $"a b" (core module))',
    "(component;; here\n (core module))", "(component (; $y ;) (core module))",
])
def test_ways_to_begin_a_component(beginning: str) -> None:
    case = from_wast(f'{beginning}\n{CALL}')
    assert from_wast(to_wast(case)) == case


def test_constants_tell_what_the_header_need_not() -> None:
    """A type in the header counts only for what the constants do not tell."""
    header = ';; factfuzz-case: {"origin":{"versions":{}},"types":{"f":"func(label: u16) -> u8"}}\n'
    case = from_wast(f'{header}{COMPONENT}(assert_trap (invoke "f" (u8.const 1)) "") ;; unreachable')
    assert [str(call.type) for call in case.calls] == ["func(p0: u8)"]
    assert from_wast(to_wast(case)) == case
