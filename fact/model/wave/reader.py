"""Reads WAVE text. The type says what is expected, so that reading is one descent along the type."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from fact.model.types import (
    Borrow,
    EnumType,
    Flags,
    List,
    Map,
    Option,
    Own,
    Prim,
    Record,
    Result,
    Tuple,
    ValType,
    Variant,
)
from fact.model.values import Case, Value
from fact.model.wave.cursor import Cursor
from fact.model.wave.examples import case_word, example, fields_example
from fact.model.wave.lexis import KEYWORDS, WaveError, brief, choice
from fact.model.wave.scalars import read_handle, read_scalar, read_whole_list


def parse_value(t: ValType, text: str, column: int = 1) -> Value:
    """The value of type *t* that *text* writes; *column* is where the text starts. Raises `WaveError`."""
    reader = Reader(text, column)
    value = reader.value(t)
    reader.end()
    return value


class Reader(Cursor):
    """Values at a position. Every method raises `WaveError`."""

    def value(self, t: ValType) -> Value:
        match t:
            case Prim():
                return read_scalar(self, t)
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
            case Own() | Borrow():
                return read_handle(self, t)
        raise self.error(f"values of type {t} cannot be written", "a type whose parts are all known")

    def read_list(self, t: ValType, element: ValType, length: int | None) -> tuple[Value, ...]:
        start = self.column
        values = read_whole_list(self, element)
        if values is None:
            if not self.take("["):
                raise self.unlike(t, f"a list: [{example(element)}, ...]")
            values = self.read_items("]", lambda _: self.value(element))
        if length is not None and len(values) != length:
            raise WaveError(f"{len(values)} elements for {brief(str(t))}", start, f"exactly {length}")
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
            raise self.unlike(t, f"({', '.join(map(example, elements[:4]))}{', ...' if len(elements) > 4 else ''})")

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
            raise self.unlike(t, f"{{{fields_example(t)}}}")
        given: dict[str, Value] = {}
        if self.next == ":":
            self.take(":")
            self.expect("}", "`}`: no field follows in `{:}`")
        elif self.next == "}":
            raise self.error("a record without fields",
                             f"{{{fields_example(t)}}}, or {{:}} if every field is an option")
        else:
            self.read_items("}", lambda _: self.read_field(t, types, given))
        for label, field in t.fields:
            if label not in given:
                if not isinstance(field, Option):
                    raise WaveError(f"field {label} is missing", start, f"{label}: {example(field)}")
                given[label] = Case("none")
        return tuple(given[label] for label, _ in t.fields)

    def read_field(self, t: Record, types: dict[str, ValType], given: dict[str, Value]) -> Value:
        label = self.read_label()
        if label not in types:
            raise self.error(f"`{brief(label)}` is not a field of {brief(str(t))}", choice(tuple(types)))
        if label in given:
            raise self.error(f"field {label} is given twice", choice([n for n in types if n not in given] or ["`}`"]))
        self.advance(len(self.word()))
        self.expect(":", f"{label}: {example(types[label])}")
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
            raise self.unlike(t, choice([case_word(n) for n in cases]))
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
        self.expect("(", f"{word}({example(payload)})")
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
            raise self.unlike(t, f"none or some({example(payload)})")
        return Case("some", self.value(payload))

    def read_result(self, t: Result) -> Case:
        match self.word():
            case "ok":
                return self.read_case(t, "ok", "ok", t.ok)
            case "err":
                return self.read_case(t, "err", "error", t.error)
        if t.ok is None or isinstance(t.ok, (Option, Result)) or not self.next:
            ok, err = (word if p is None else f"{word}({example(p)})" for word, p in (("ok", t.ok), ("err", t.error)))
            raise self.unlike(t, f"{ok} or {err}")
        return Case("ok", self.value(t.ok))
