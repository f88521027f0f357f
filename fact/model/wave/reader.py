"""Reads WAVE text. The type says what is expected, so that reading is one descent along the type."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from fact.model.types import (
    INTEGER_RANGES,
    EnumType,
    Flags,
    List,
    Map,
    Option,
    Prim,
    Record,
    Result,
    Tuple,
    ValType,
    Variant,
)
from fact.model.values import Case, Value, has_surrogates, to_f32
from fact.model.wave.lexis import (
    FINITE,
    INTEGER,
    KEYWORDS,
    WORD,
    WaveError,
    brief,
    choice,
    past_quotation,
    past_space,
    unescape,
)

_SEPARATOR = r"[ \t\r\n]*,[ \t\r\n]*"


def _whole_list(item: str) -> re.Pattern[str]:
    return re.compile(rf"\[[ \t\r\n]*({item}(?:{_SEPARATOR}{item})*+)[ \t\r\n]*,?[ \t\r\n]*\]")


_INTEGERS = _whole_list(r"-?(?:0|[1-9][0-9]{0,19}+)")
_FLOATS = _whole_list(rf"(?:{FINITE.pattern}|nan|-?inf)")
_BOOLS = _whole_list("(?:true|false)")


def parse_value(t: ValType, text: str, column: int = 1) -> Value:
    """The value of type *t* that *text* writes; *column* is where the text starts. Raises `WaveError`."""
    reader = Reader(text, column)
    value = reader.value(t)
    reader.end()
    return value


class Reader:
    """A position in *text*, whose first character stands at *column*. Every method raises `WaveError`."""

    def __init__(self, text: str, column: int = 1) -> None:
        self.text = text
        self.first_column = column
        self.position = past_space(text, 0)

    # -- tokens

    @property
    def column(self) -> int:
        return self.first_column + self.position

    @property
    def next(self) -> str:
        """The next character; empty at the end."""
        return self.text[self.position : self.position + 1]

    def end(self) -> None:
        if self.next:
            raise self.error(f"`{brief(self.text[self.position :])}` after the value", "the end")

    def error(self, message: str, expected: str) -> WaveError:
        return WaveError(message, self.column, expected)

    def unlike(self, t: ValType, expected: str) -> WaveError:
        """The token here is no value of type *t*."""
        name = brief(str(t))
        article = "an" if name.startswith(("enum", "option", "f32", "f64")) else "a"
        return self.error(f"`{brief(self.token())}` is not {article} {name}", expected)

    def token(self) -> str:
        """What stands here, up to the next space or punctuation: for messages."""
        if self.next in ("'", '"'):
            return self.text[self.position : past_quotation(self.text, self.position, self.column)]
        word = WORD.match(self.text, self.position)
        return word.group() if word else self.next

    def word(self) -> str:
        """The word here, not yet passed; empty if there is none."""
        word = WORD.match(self.text, self.position)
        return word.group() if word else ""

    def advance(self, length: int) -> None:
        """Past *length* characters and the space behind them."""
        self.position = past_space(self.text, self.position + length)

    def take(self, character: str) -> bool:
        """Passes *character* if it stands here."""
        if not self.text.startswith(character, self.position):
            return False
        self.advance(1)
        return True

    def expect(self, character: str, expected: str) -> None:
        if not self.take(character):
            found = f"`{brief(self.token())}`" if self.next else "the text ends"
            raise self.error(f"{found} where `{character}` is missing", expected)

    # -- values

    def value(self, t: ValType) -> Value:
        match t:
            case Prim():
                return self.read_primitive(t)
            case List(element, length):
                return self.read_list(t, element, length)
            case Map(key, value):
                return self.read_list(t, Tuple((key, value)), None)
            case Record():
                return self.read_record(t)
            case Tuple(elements):
                return self.read_tuple(t, elements)
            case Variant() | EnumType():
                return self.read_variant(t)
            case Option(payload):
                return self.read_option(t, payload)
            case Result():
                return self.read_result(t)
            case Flags():
                return self.read_flags(t)
        raise self.error(f"values of type {t} cannot be written", "a type without resources")

    def read_primitive(self, t: Prim) -> Value:
        match t:
            case Prim.BOOL:
                return self.read_bool()
            case Prim.F32 | Prim.F64:
                return self.read_float(t)
            case Prim.CHAR:
                return self.read_char()
            case Prim.STRING:
                return self.read_string()
            case _:
                return self.read_integer(t)

    def read_bool(self) -> bool:
        word = self.word()
        if word not in ("true", "false"):
            raise self.unlike(Prim.BOOL, "true or false")
        self.advance(len(word))
        return word == "true"

    def read_integer(self, t: Prim) -> int:
        low, high = INTEGER_RANGES[t]
        word = self.word()
        if not INTEGER.fullmatch(word):
            raise self.unlike(t, f"a decimal integer, {low} to {high}")
        if len(word) > 20 or not low <= int(word) <= high:
            raise self.error(f"{brief(word)} is out of range for {t}", f"{low} to {high}")
        self.advance(len(word))
        return int(word)

    def read_float(self, t: Prim) -> float:
        word = self.word()
        if word in ("nan", "inf", "-inf"):
            value = float(word)
        elif not FINITE.fullmatch(word):
            raise self.unlike(t, "a decimal number, nan, inf or -inf")
        else:
            value = to_f32(float(word)) if t is Prim.F32 else float(word)
            if math.isinf(value):
                raise self.error(f"{brief(word)} is out of range for {t}", "a smaller number, inf or -inf")
        self.advance(len(word))
        return value

    def read_char(self) -> str:
        expected = r"one character in quotes: 'a', '\n', '\'', '\u{1f600}'"
        if self.next != "'":
            raise self.unlike(Prim.CHAR, expected)
        token = self.token()
        char = unescape(token[1:-1], self.column + 1)
        if len(char) != 1 or token[1:-1] == "\n" or has_surrogates(char):
            raise self.unlike(Prim.CHAR, expected)
        self.advance(len(token))
        return char

    def read_string(self) -> str:
        if self.next != '"':
            raise self.unlike(Prim.STRING, r'''text in double quotes: "abc", "\n", "\"", "\u{1f600}"''')
        token = self.token()
        if token.startswith('"""'):
            text = self.read_lines(token)
        elif "\n" in token:
            raise WaveError("a line break in a string", self.column + token.index("\n"),
                            r"\n, or three double quotes around several lines")
        else:
            text = unescape(token[1:-1], self.column + 1)
        if has_surrogates(text):
            raise self.error("a surrogate in a string", "Unicode scalar values")
        self.advance(len(token))
        return text

    def read_lines(self, token: str) -> str:
        """A string of several lines: what stands before the closing quotes is taken off every line."""
        first, *lines = token[3:-3].split("\n")
        indent = lines.pop() if lines else ""
        if first.strip("\r") or not token[3:-3].strip(" ") or indent.strip(" "):
            raise self.error("three double quotes on a line with text",
                             "text on lines of its own, between the quotes that open and those that close")
        column = self.column + 3 + len(first) + 1
        plain = []
        for line in lines:
            if not line.startswith(indent):
                raise WaveError("a line of a string that begins further left than the closing quotes", column,
                                f"{len(indent)} spaces")
            plain.append(unescape(line[len(indent) :].removesuffix("\r"), column + len(indent)))
            column += len(line) + 1
        return "\n".join(plain)

    def read_list(self, t: ValType, element: ValType, length: int | None) -> tuple[Value, ...]:
        start = self.column
        values = self.read_whole_list(element)
        if values is None:
            if not self.take("["):
                raise self.unlike(t, f"a list: [{_example(element)}, ...]")
            values = self.read_items("]", lambda _: self.value(element))
        if length is not None and len(values) != length:
            raise WaveError(f"{len(values)} elements for {brief(str(t))}", start, f"exactly {length}")
        return values

    def read_whole_list(self, element: ValType) -> tuple[Value, ...] | None:
        """A list of bools or numbers in one go, because it may be long; None, and no step forward, if in doubt."""
        if not isinstance(element, Prim):
            return None
        form = _BOOLS if element is Prim.BOOL else _INTEGERS if element in INTEGER_RANGES else _FLOATS
        found = form.match(self.text, self.position) if element not in (Prim.CHAR, Prim.STRING) else None
        if found is None:
            return None
        values = tuple(_items(element, found[1].split(",")))
        if element in INTEGER_RANGES:
            low, high = INTEGER_RANGES[element]
            if min(values) < low or max(values) > high:
                return None
        elif element is not Prim.BOOL and any(map(math.isinf, values)):
            return None
        self.advance(found.end() - self.position)
        return values

    def read_items(self, closing: str, item: Callable[[int], Value]) -> tuple[Value, ...]:
        """Items with commas between them, up to and past *closing*; *item* reads the one of a number."""
        values: list[Value] = []
        while not self.take(closing):
            values.append(item(len(values)))
            if not self.take(","):
                self.expect(closing, f"`,` or `{closing}`")
                break
        return tuple(values)

    def read_tuple(self, t: ValType, elements: Sequence[ValType]) -> tuple[Value, ...]:
        start = self.column
        if not self.take("("):
            raise self.unlike(t, f"({', '.join(map(_example, elements[:4]))}{', ...' if len(elements) > 4 else ''})")

        def element(i: int) -> Value:
            if i >= len(elements):
                raise self.error(f"more than {len(elements)} elements for {brief(str(t))}", "`)`")
            return self.value(elements[i])

        values = self.read_items(")", element)
        if len(values) != len(elements):
            raise WaveError(f"{len(values)} elements for {brief(str(t))}", start, f"exactly {len(elements)}")
        return values

    def read_record(self, t: Record) -> tuple[Value, ...]:
        start = self.column
        types = dict(t.fields)
        if not self.take("{"):
            raise self.unlike(t, f"{{{_fields(t)}}}")
        given: dict[str, Value] = {}
        if self.next == ":":
            self.take(":")
            self.expect("}", "`}`: no field follows in `{:}`")
        elif self.next == "}":
            raise self.error("a record without fields", f"{{{_fields(t)}}}, or {{:}} if every field is an option")
        else:
            self.read_items("}", lambda _: self.read_field(t, types, given))
        for label, field in t.fields:
            if label not in given:
                if not isinstance(field, Option):
                    raise WaveError(f"field {label} is missing", start, f"{label}: {_example(field)}")
                given[label] = Case("none")
        return tuple(given[label] for label, _ in t.fields)

    def read_field(self, t: Record, types: dict[str, ValType], given: dict[str, Value]) -> Value:
        label = self.read_label()
        if label not in types:
            raise self.error(f"`{brief(label)}` is not a field of {brief(str(t))}", choice(tuple(types)))
        if label in given:
            raise self.error(f"field {label} is given twice", choice([n for n in types if n not in given] or ["`}`"]))
        self.advance(len(self.word()))
        self.expect(":", f"{label}: {_example(types[label])}")
        given[label] = self.value(types[label])
        return given[label]

    def read_label(self) -> str:
        """The label here, not yet passed, without the `%` that it may have."""
        word = self.word()
        if not word:
            raise self.error(f"`{self.token()}` is not a label" if self.next else "the text ends", "a label")
        return word.removeprefix("%")

    def read_flags(self, t: Flags) -> frozenset[str]:
        if not self.take("{"):
            raise self.unlike(t, f"{{{', '.join(t.labels[:3])}{', ...' if len(t.labels) > 3 else ''}}}")
        labels = frozenset(t.labels)

        def flag(_: int) -> str:
            label = self.read_label()
            if label not in labels:
                raise self.error(f"`{brief(label)}` is not among {brief(str(t))}", choice(t.labels))
            if label in found:
                raise self.error(f"flag {label} is given twice", "each flag once")
            found.add(label)
            self.advance(len(self.word()))
            return label

        found: set[str] = set()
        self.read_items("}", flag)
        return frozenset(found)

    def read_variant(self, t: Variant | EnumType) -> Case:
        cases = dict(t.cases) if isinstance(t, Variant) else dict.fromkeys(t.labels)
        word = self.word()
        label = word.removeprefix("%")
        if label not in cases:
            raise self.unlike(t, choice([_case(n) for n in cases]))
        if word in KEYWORDS:
            raise self.error(f"`{word}` is a keyword of WAVE", f"%{word} for the case of that name")
        return self.read_case(t, word, label, cases[label])

    def read_case(self, t: ValType, word: str, label: str, payload: ValType | None) -> Case:
        """A case whose *word* stands here, with its payload."""
        self.advance(len(word))
        if payload is None:
            if self.next == "(":
                raise self.error(f"a payload for {word}, which has none in {brief(str(t))}", f"{word} alone")
            return Case(label)
        self.expect("(", f"{word}({_example(payload)})")
        value = self.value(payload)
        self.expect(")", "`)`")
        return Case(label, value)

    def read_option(self, t: Option, payload: ValType) -> Case:
        match self.word():
            case "none":
                return self.read_case(t, "none", "none", None)
            case "some":
                return self.read_case(t, "some", "some", payload)
        if isinstance(payload, (Option, Result)) or not self.next:
            raise self.unlike(t, f"none or some({_example(payload)})")
        return Case("some", self.value(payload))

    def read_result(self, t: Result) -> Case:
        match self.word():
            case "ok":
                return self.read_case(t, "ok", "ok", t.ok)
            case "err":
                return self.read_case(t, "err", "error", t.error)
        if t.ok is None or isinstance(t.ok, (Option, Result)) or not self.next:
            ok, err = (word if p is None else f"{word}({_example(p)})" for word, p in (("ok", t.ok), ("err", t.error)))
            raise self.unlike(t, f"{ok} or {err}")
        return Case("ok", self.value(t.ok))


def _items(t: Prim, words: Sequence[str]) -> Iterator[Any]:
    match t:
        case Prim.BOOL:
            return (word.strip() == "true" for word in words)
        case Prim.F64:
            return map(float, words)
        case Prim.F32:
            return map(to_f32, map(float, words))
        case _:
            return map(int, words)


# -- examples for messages


def _example(t: ValType) -> str:
    """The shape of a value of type *t*, not deeper than a word or two."""
    match t:
        case Prim.BOOL:
            return "true"
        case Prim.F32 | Prim.F64:
            return "1.5"
        case Prim.CHAR:
            return "'a'"
        case Prim.STRING:
            return '"text"'
        case Prim():
            return "1"
        case List() | Map():
            return "[...]"
        case Tuple():
            return "(...)"
        case Record() | Flags():
            return "{...}"
        case Variant(cases):
            return _case(cases[0][0]) + ("" if cases[0][1] is None else "(...)")
        case EnumType(labels):
            return _case(labels[0])
        case Option():
            return "none"
        case Result(ok, _):
            return "ok" if ok is None else "ok(...)"
    return str(t)


def _fields(t: Record) -> str:
    return ", ".join(f"{n}: {_example(f)}" for n, f in t.fields[:4]) + (", ..." if len(t.fields) > 4 else "")


def _case(label: str) -> str:
    return f"%{label}" if label in KEYWORDS else label
