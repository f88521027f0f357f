"""What a value has of the edges around which rules change, by names for tests to count."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product
from unicodedata import combining

from fact.model.types import INTEGER_RANGES, Prim
from generators.layout import SIZE
from generators.valtypes import EnumOf, FlagsOf, Image, ListOf, Type, cases_of, element_of, fields_of

LENGTHS = (0, 1, 2, 15, 16, 17, 31, 32, 33, 63, 64, 65)
PAGE = 1 << 16

_FLOATS = {Prim.F32: (23, 32), Prim.F64: (52, 64)}
"""Bits of the significand, and of the whole."""

VALUE_FACTS: frozenset[str] = frozenset((
    *(f"text of {n}" for n in LENGTHS), "text past 1000", *(f"text of a page {n:+}" for n in (-1, 0, 1)),
    *(f"text {fact}" for fact in (
        "ASCII", "Latin-1", "BMP", "astral", "combining", "U+FFFD", "NUL", "not Latin-1 but for its last",
        "Latin-1 but for its last", "ASCII but for its last", "astral only at first", "ASCII but for one inside",
        "of all classes", "next to surrogates",
    )),
    *(f"{t} {fact}" for t, fact in product(_FLOATS, (
        "zero", "minus zero", "infinity", "minus infinity", "least subnormal", "greatest subnormal",
        "minus greatest subnormal", "least normal", "greatest", "canonical NaN", "quiet NaN", "signalling NaN",
        "negative quiet NaN", "negative signalling NaN", "NaN of greatest payload", "signalling NaN of least payload",
        "signalling NaN of greatest payload",
    ))),
    *(f"{t} {end}" for t, end in product(INTEGER_RANGES, ("low", "high", "0"))),
    *(f"list of {n}" for n in (0, 1, 2, 15, 16, 17, 31, 32, 33)),
    "list of 1000 numbers", "list of 1000 others", "list of a page", "flags none", "flags all", "flags some",
    "first case", "last case", "case 255", "case 256", "last of many cases",
))


def value_facts(t: Type, image: Image) -> Iterator[str]:
    """Those of `VALUE_FACTS` that the value has."""
    if isinstance(image, str):
        yield from text_facts(image)
    elif t in _FLOATS and isinstance(image, int):
        yield from _float_facts(t, image)
    elif t in INTEGER_RANGES and isinstance(image, int):
        low, high = INTEGER_RANGES[t]
        yield from (f"{t} {end}" for end, edge in (("low", low), ("high", high), ("0", 0)) if image == edge)
    elif isinstance(t, FlagsOf):
        yield f"flags {'none' if not image else 'all' if image == (1 << t.count) - 1 else 'some'}"
    elif isinstance(image, tuple) and (element := element_of(t)) is not None:
        yield from _list_facts(element, image)
    elif isinstance(image, tuple) and (fields := fields_of(t)) is not None:
        for f, inner in zip(fields, image, strict=True):
            yield from value_facts(f, inner)
    elif (cases := cases_of(t)) is not None:
        number = image if isinstance(image, int) else int(str(image[0]))
        yield from _case_facts(len(cases), number)
        payload = cases[number]
        if isinstance(image, tuple) and payload is not None:
            yield from value_facts(payload, image[1])


def _case_facts(count: int, number: int) -> Iterator[str]:
    if number == 0:
        yield "first case"
    if number == count - 1:
        yield "last case" if count <= 256 else "last of many cases"
    if count > 256 and number in (255, 256):
        yield f"case {number}"


def _list_facts(element: Type, image: tuple[Image, ...]) -> Iterator[str]:
    yield f"list of {len(image)}"
    numbers = isinstance(element, Prim) and element is not Prim.STRING
    if len(image) >= 1000:
        yield f"list of 1000 {'numbers' if numbers else 'others'}"
    if isinstance(element, Prim) and element in SIZE and len(image) * SIZE[element] >= PAGE - 8:
        yield "list of a page"
    for inner in image[:8]:
        yield from value_facts(element, inner)


def text_facts(text: str) -> Iterator[str]:
    yield f"text of {len(text)}"
    for encoding in ("utf-8", "utf-16-le"):
        yield f"text of a page {len(text.encode(encoding)) - PAGE:+}"
    if len(text) > 1000:
        yield "text past 1000"
    yield from (fact for fact, holds in _text_classes(text) if holds)


def _text_classes(text: str) -> Iterator[tuple[str, bool]]:
    if len(text) > 1000:
        return
    first, inner, last = text[:1], text[:-1], text[-1:]
    yield "text ASCII", text > "" and text.isascii()
    yield "text Latin-1", any("\x7f" < c <= "\xff" for c in text) and max(text) <= "\xff"
    yield "text BMP", any("\xff" < c <= "\uffff" for c in text) and max(text) <= "\uffff"
    yield "text astral", any(c > "\uffff" for c in text)
    yield "text combining", any(map(combining, text))
    yield "text U+FFFD", "\ufffd" in text
    yield "text NUL", "\0" in text
    yield "text next to surrogates", "\ud7ff" in text and "\ue000" in text
    yield "text of all classes", all(any(low <= c <= high for c in text) for low, high in (
        ("\0", "\x7f"), ("\x80", "\xff"), ("\u0100", "\uffff"), ("\U00010000", "\U0010ffff")))
    if len(text) > 8:
        yield "text not Latin-1 but for its last", min(inner) > "\xff" >= last
        yield "text Latin-1 but for its last", max(inner) <= "\xff" < last and not inner.isascii()
        yield "text ASCII but for its last", inner.isascii() and last > "\x7f"
        yield "text astral only at first", first > "\uffff" >= max(text[1:])
        odd = [i for i, c in enumerate(text) if c > "\x7f"]
        yield "text ASCII but for one inside", len(odd) == 1 and 0 < odd[0] < len(text) - 1


def _float_facts(t: Type, bits: int) -> Iterator[str]:
    assert isinstance(t, Prim)
    significand, whole = _FLOATS[t]
    sign, payload = bits >> (whole - 1), bits & ((1 << significand) - 1)
    exponent, greatest = bits >> significand & ((1 << (whole - 1 - significand)) - 1), (1 << significand) - 1
    quiet, top = 1 << (significand - 1), (1 << (whole - 1 - significand)) - 1
    minus = "minus " * sign
    facts = {
        f"{minus}zero": exponent == 0 and payload == 0,
        f"{minus}infinity": exponent == top and payload == 0,
        "least subnormal": bits == 1,
        f"{minus}greatest subnormal": exponent == 0 and payload == greatest,
        "least normal": exponent == 1 and payload == 0,
        "greatest": exponent == top - 1 and payload == greatest,
    }
    if exponent == top and payload:
        kind = "quiet" if payload & quiet else "signalling"
        facts |= {
            f"{'negative ' * sign}{kind} NaN": True,
            "canonical NaN": payload == quiet,
            "NaN of greatest payload": payload == greatest,
            "signalling NaN of least payload": payload == 1,
            "signalling NaN of greatest payload": payload == quiet - 1,
        }
    yield from (f"{t} {fact}" for fact, holds in facts.items() if holds)


PLAIN: tuple[Type, ...] = (
    Prim.STRING, ListOf(Prim.U8), ListOf(Prim.STRING), ListOf(Prim.F32), ListOf(Prim.F64), FlagsOf(9), EnumOf(300),
    EnumOf(3), *INTEGER_RANGES, Prim.F32, Prim.F64,
)
"""Types whose values have all of these facts between them."""
