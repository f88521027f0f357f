"""Text into the readers of types and of WAVE: only errors of our own, and what was read prints and reads again.

An input is a type on the first line and text after it: a value of that type, or, for the type of a function, a call.

    list<option<u8>>
    [1, none, some(2)]
"""

from __future__ import annotations

from fact.model.type_text import TypeTextError, parse_func_type, parse_type
from fact.model.types import FuncType, ValType
from fact.model.values import Value, check_value, same_value
from fact.model.wave import WaveError, format_value, parse_value, show_value, split_invocation
from fuzz.guided.dictionaries import dictionary_flags, words
from fuzz.guided.offence import Offence, stage
from fuzz.guided.target import Change, Target
from fuzz.guided.text_edits import TextMutator

OWN = (TypeTextError, WaveError)
"""What the readers raise about their input."""

SEEDS = (
    "bool\ntrue",
    "list<s64>\n[1, -9223372036854775808, 3, ]",
    "tuple<f32, f64, char>\n(1.5e-3, -inf, '\\u{1f600}')",
    "string\n\"tab \\t, quote \\\", \\u{e9}\"",
    'string\n"""\n  two\n   lines\n  """',
    "record { a: u8, b-c: option<string>, d: option<bool> }\n{b-c: \"x\", a: 255}",
    "variant { none, some-of-it(list<u16>), nan(f64) }\n%nan(nan)",
    "enum { ok, err, plain }\n%err",
    "flags { read, write, exec }\n{exec, read}",
    "option<option<bool>>\nsome(none)",
    "result<list<u8, 3>, string>\nerr(\"no\")",
    "result<_, result>\nerr(ok)",
    "result<u32>\n7",
    "map<char, tuple<s8, s16>>\n[('a', (-128, 0)), ('\\n', (127, -1)),]",
    "tuple<own<0>, borrow<1>>\n(#1, #4294967295)",
    "func(a: list<string>, b: option<u8>) -> f32\nhost#do-it([\"a,(\", \"]\"], ) // the end",
    "func(text: string)\nf ( \"\"\"\n  (, \"\n  \"\"\" )",
)


def seeds() -> tuple[bytes, ...]:
    return tuple(seed.encode() for seed in SEEDS)


def target_of(plain: Change, own: tuple[str, ...] = ()) -> Target:
    mutator = TextMutator(seeds, words("wave"), plain)
    flags = {"max_len": "8192", **dictionary_flags("wave")}
    return Target("wave", wave, mutator.mutate, mutator.cross, flags=flags, own=own)


def wave(data: bytes) -> None:
    """Raises `Offence`."""
    text = data.decode("utf-8", "surrogateescape")
    types, _, rest = text.partition("\n")
    try:
        if types.lstrip().startswith("func"):
            _call(types, rest)
        else:
            _value(types, rest)
    except OWN:
        return


def _value(types: str, text: str) -> None:
    with stage("reading a type", *OWN):
        t = parse_type(types)
    _prints_again(t)
    with stage("reading a value", *OWN):
        value = parse_value(t, text)
    _reads_again(t, value)


def _call(types: str, text: str) -> None:
    with stage("reading a function type", *OWN):
        t = parse_func_type(types)
    if (again := parse_func_type(str(t))) != t:
        raise Offence("reading a function type", f"{str(t)!r} reads as {str(again)!r}")
    with stage("reading a call", *OWN):
        call = split_invocation(text)
        values = call.typed(t)
    written = f"{call.path}({', '.join(_reads_again(p, v) for p, v in zip(t.param_types, values, strict=True))})"
    with stage("reading a call again"):
        again_read = split_invocation(written)
        again_values = again_read.typed(t)
    if again_read.path != call.path or not _same(t, values, again_values):
        raise Offence("reading a call again", f"{written!r} reads as another call")


def _same(t: FuncType, values: tuple[Value, ...], others: tuple[Value, ...]) -> bool:
    return len(values) == len(others) == len(t.params) and all(map(same_value, values, others))


def _prints_again(t: ValType) -> None:
    with stage("reading a type again"):
        again = parse_type(str(t))
    if again != t:
        raise Offence("reading a type again", f"{str(t)!r} reads as {str(again)!r}")


def _reads_again(t: ValType, value: Value) -> str:
    """The text of *value*, of which it has been seen that it reads as *value* again."""
    with stage("checking a value that was read"):
        checked = check_value(t, value)
    if not same_value(checked, value):
        raise Offence("checking a value that was read", f"{value!r} of type {t} becomes {checked!r}")
    with stage("writing a value"):
        text = format_value(t, value)
    with stage("showing a value"):
        show_value(t, value)
        show_value(None, value)
    with stage("reading a value again"):
        again = parse_value(t, text)
    if not same_value(value, again):
        raise Offence("reading a value again", f"{text!r} of type {t} reads as {again!r}, not as {value!r}")
    return text
