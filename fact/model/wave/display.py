"""Values for people: WAVE text, cut where it gets long, with a word on how long it is."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from fact.model.types import List, Map, Prim, Record, Tuple, ValType
from fact.model.values import Case, Handle, Value
from fact.model.wave.lexis import KEYWORDS, WaveError, brief, escape
from fact.model.wave.writer import case_name, format_value

SHOWN = 240
"""About this many characters of a value are shown."""


def show_value(t: ValType | None, value: Value | None, limit: int = SHOWN) -> str:
    """*value* as WAVE; what comes after about *limit* characters is counted, not shown: `[1, 2, … 1022 more]`,
    `"abc…" of 2000 characters`.

    Without a type, every tuple is shown as a list, and an f32 with the digits of an f64. What is no value of *t* at all
    is shown as Python writes it.
    """
    try:
        return "".join(_Room(limit).shown(t, value))
    except (WaveError, ValueError, TypeError):
        return brief(repr(value), limit)


class _Room:
    """How many characters may still be shown."""

    def __init__(self, limit: int) -> None:
        self.left = limit

    def spent(self, piece: str) -> str:
        self.left -= len(piece)
        return piece

    def shown(self, t: ValType | None, value: Value | None) -> Iterator[str]:
        match value:
            case None:
                yield self.spent("nothing")
            case str() if t is Prim.STRING or (t is None and len(value) != 1):
                yield self.spent(self.text(value))
            case tuple() if isinstance(t, Record) and len(t.fields) == len(value):
                labelled = ((f"{n}: ", f, item) for (n, f), item in zip(t.fields, value, strict=True))
                yield from self.sequence("{", labelled, len(value), " more fields}", "}")
            case tuple() if isinstance(t, Tuple) and len(t.elements) == len(value):
                items = (("", e, item) for e, item in zip(t.elements, value, strict=True))
                yield from self.sequence("(", items, len(value), " more)", ")")
            case tuple() if t is None or isinstance(t, (List, Map)):
                element = t.element if isinstance(t, List) else None if t is None else Tuple((t.key, t.value))
                yield from self.sequence("[", (("", element, item) for item in value), len(value), " more]", "]")
            case Case() if t is None:
                label = f"%{value.label}" if value.label in KEYWORDS - {"some", "none", "ok"} else value.label
                yield from self.case(label, None, value.payload)
            case Case():
                label, payload = case_name(t, value)  # type: ignore[arg-type]
                yield from self.case(label, payload, value.payload)
            case frozenset() if t is None:
                yield self.spent(f"{{{', '.join(sorted(value))}}}")
            case Handle() if t is None:
                yield self.spent(str(value))
            case _:
                yield self.spent(format_value(t or _scalar_type(value), value))

    def text(self, value: str) -> str:
        kept = max(self.left, 16)
        if len(value) <= kept:
            return f'"{escape(value, chr(34))}"'
        return f'"{escape(value[:kept], chr(34))}…" of {len(value)} characters'

    def sequence(
        self, opening: str, items: Iterable[tuple[str, ValType | None, Value]], count: int, more: str, closing: str
    ) -> Iterator[str]:
        yield self.spent(opening)
        for i, (label, t, item) in enumerate(items):
            if self.left <= 0:
                yield f"{', ' if i else ''}… {count - i}{more}"
                return
            yield self.spent(f"{', ' if i else ''}{label}")
            yield from self.shown(t, item)
        yield self.spent(closing)

    def case(self, label: str, t: ValType | None, payload: Value | None) -> Iterator[str]:
        yield self.spent(label)
        if payload is not None:
            yield self.spent("(")
            yield from self.shown(t, payload)
            yield self.spent(")")


def _scalar_type(value: Value) -> Prim:
    match value:
        case bool():
            return Prim.BOOL
        case float():
            return Prim.F64
        case int():
            return Prim.S64 if value < 0 else Prim.U64
    return Prim.CHAR
