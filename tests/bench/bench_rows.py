"""The rows of the benchmark: what is passed, how many bytes it is, and what the compiled adapters aim at."""

from __future__ import annotations

import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

from bench_guests import BYTES, DATA, Data, Elements, Function, pair
from bench_layout import offsets
from wasmtime import wat2wasm

KIB, MIB = 1 << 10, 1 << 20


@dataclass(frozen=True)
class Row:
    """One call carries *size* bytes, in the caller's memory or in flat parameters; a turn of `run` makes *calls* calls.

    *native* and *copy* are aims: how many times as fast as wasmtime's adapter, and as a bare `memory.copy` of as many
    bytes. Rows of one *adapter* differ in the data alone.
    """

    name: str
    adapter: str
    text: str
    size: int
    calls: int = 1
    native: float = 1.0
    copy: float | None = None

    @cached_property
    def binary(self) -> bytes:
        return bytes(wat2wasm(self.text))


def rows() -> list[Row]:
    return [*lists(), *nested_lists(), *strings(), *small_calls()]


# -- lists

WALK = "(call $walk (global.get $0) (global.get $1))"

PLAIN, CHECKED = 0.8, 8.0
"""Aims: plain numbers against the bare copy, elements that need a check against native."""


def lists() -> Iterator[Row]:
    """Elements that need a check come in sizes that fit the first cache: so it is the check that is measured."""
    yield list_row("u8", "16 B", 16, BYTES, bytes(range(256)), native=1.5)
    yield list_row("u8", "1 KiB", KIB, BYTES, bytes(range(256)))
    yield list_row("u8", "1 MiB", MIB, BYTES, bytes(range(256)), native=20.0, copy=PLAIN)
    yield list_row("u32", "1 MiB", MIB, scalars(4), struct.pack("<4I", 1, 2, 3, 0xFFFFFFFF), copy=PLAIN)
    yield list_row("f64", "1 MiB", MIB, scalars(8), struct.pack("<4d", 1.5, -0.0, 1e300, 0.1), copy=PLAIN)
    yield list_row("char", "16 KiB", 16 * KIB, scalars(4), "".join(TEXTS.values()).encode("utf-32-le"), native=CHECKED)
    yield list_row("bool", "16 KiB", 16 * KIB, BYTES, bytes([1, 0, 1, 1, 0, 0, 1, 0]), native=CHECKED)
    yield list_row(
        "tuple<u32,u32,u64>", "1 MiB", MIB, fields(4, 4, 8), struct.pack("<IIQIIQ", 1, 2, 3, 4, 5, 1 << 63),
        type="(tuple u32 u32 u64)", copy=PLAIN,
    )
    yield list_row(
        "record{u8,u32,u16} with padding", "1 MiB", MIB, fields(1, 4, 2), padded("<BxxxIHxx", (1, 2, 3), (4, 5, 6)),
        type="$item", definitions=(("item", record("u8", "u32", "u16")),),
    )
    yield list_row(
        "enum of 5", "16 KiB", 16 * KIB, BYTES, bytes([0, 1, 2, 3, 4, 3, 2, 1]),
        type="$item", definitions=(("item", '(enum "a" "b" "c" "d" "e")'),), native=CHECKED,
    )


def list_row(
    element: str, size_name: str, size: int, elements: Elements, pattern: bytes, *, type: str | None = None,
    definitions: tuple[tuple[str, str], ...] = (), native: float = 1.0, copy: float | None = None,
) -> Row:
    """A list of as many elements as fit *size* bytes, whose values are *pattern* over and over."""
    count = size // elements.size
    function = Function(f'(param "x" (list {type or element}))', ("i32", "i32"), WALK, elements, definitions)
    data = Data(pattern[: count * elements.size], count * elements.size)
    text = pair(function, [address_and(count)], data)
    return Row(f"list<{element}> {size_name}", f"list<{element}>", text, data.size, native=native, copy=copy)


def scalars(width: int) -> Elements:
    return Elements(width, ((0, width),))


def fields(*widths: int) -> Elements:
    places, size = offsets(widths)
    return Elements(size, tuple(zip(places, widths, strict=True)))


def padded(layout: str, *values: Sequence[int]) -> bytes:
    """Values with a byte that is not zero in all the padding."""
    return b"".join(
        bytes(value or fill for value, fill in zip(struct.pack(layout, *v), padding_of(layout), strict=True))
        for v in values
    )


def padding_of(layout: str) -> bytes:
    ones = struct.pack(layout, *[(1 << 8 * struct.calcsize(f"<{c}")) - 1 for c in layout[1:] if c != "x"])
    return bytes(0 if byte else 0xA5 for byte in ones)


def record(*types: str) -> str:
    return "(record " + " ".join(f'(field "f{i}" {t})' for i, t in enumerate(types)) + ")"


def address_and(count: int) -> str:
    return f"(i32.const {DATA}) (i32.const {count & 0xFFFFFFFF:#x})"


# -- lists of lists

NESTED = 1024


def nested_lists() -> Iterator[Row]:
    yield nested_row("string", f"{NESTED} of 16 B", b"sixteen letters.")
    yield nested_row("list<u8>", f"{NESTED} of 64 B", bytes(range(64)), type="(list u8)")


def nested_row(element: str, sizes: str, item: bytes, type: str | None = None) -> Row:
    """A table of addresses and lengths, and behind it the items, each with bytes of its own."""
    table, items = [], DATA + 8 * NESTED
    for i in range(NESTED):
        table.append(struct.pack("<II", items + i * len(item), len(item)))
    content = b"".join(table) + b"".join(bytes([33 + i % 90]) + item[1:] for i in range(NESTED))
    function = Function(
        f'(param "x" (list {type or element}))', ("i32", "i32"), WALK, Elements(8, inner=BYTES)
    )
    text = pair(function, [address_and(NESTED)], Data(content, len(content)))
    return Row(f"list<{element}> {sizes}", f"list<{element}>", text, len(content))


# -- strings

ENCODINGS = ("utf8", "utf16", "latin1+utf16")

TEXTS = {
    "ASCII": "Pack my box with five dozen liquor jugs; how vexingly quick! ",
    "Latin-1": "Zwölf Boxkämpfer jagen Viktor quer über den großen Sylter Deich. ",
    "CJK": "天地玄黃宇宙洪荒日月盈昃辰宿列張寒來暑往秋收冬藏",
}

SIZES = {"8 B": 8, "1 KiB": KIB, "1 MiB": MIB}

UNIT_BYTES = {
    "utf8": "(global.get $1)",
    "utf16": "(i32.shl (global.get $1) (i32.const 1))",
    "latin1+utf16": "(select (i32.shl (global.get $1) (i32.const 1)) (global.get $1)"
                    " (i32.lt_s (global.get $1) (i32.const 0)))",
}
"""How many bytes the string has whose length is the global `$1`; the shift drops the tag."""


def strings() -> Iterator[Row]:
    """Sizes are in bytes of the caller's encoding, cut to whole characters."""
    for source in ENCODINGS:
        for destination in ENCODINGS:
            for text in TEXTS:
                for size in SIZES:
                    yield string_row(source, destination, text, size)


def string_row(source: str, destination: str, text: str, size: str) -> Row:
    data, length = encoded(TEXTS[text], source, SIZES[size])
    digest = (
        f"(call $mix (i64.extend_i32_u (global.get $1))) (call $walk (global.get $0) {UNIT_BYTES[destination]})"
    )
    function = Function('(param "x" string)', ("i32", "i32"), digest)
    component = pair(function, [address_and(length)], data, source=source, destination=destination)
    name = f"{source} -> {destination}"
    return Row(f"{name}, {text}, {size}", f"string, {name}", component, data.size,
               native=string_aim(source, destination, text, size))


def string_aim(source: str, destination: str, text: str, size: str) -> float:
    if size == "8 B":
        return 1.5
    if text != "ASCII":
        return 2.0
    return 1.5 if source == destination == "utf8" else 8.0


def encoded(text: str, encoding: str, size: int) -> tuple[Data, int]:
    """*text* over and over, in at most *size* bytes, and its length as the canonical ABI has it, tag included."""
    tag = 0
    codec, unit = {"utf8": ("utf-8", 1), "utf16": ("utf-16-le", 2), "latin1+utf16": ("latin-1", 1)}[encoding]
    if encoding == "latin1+utf16" and max(text) > "\xff":
        codec, unit, tag = "utf-16-le", 2, 1 << 31
    period = text.encode(codec)
    content = (period * (size // len(period) + 1))[:size].decode(codec, errors="ignore").encode(codec)
    return Data(content[: len(period)], len(content)), len(content) // unit | tag


# -- small calls

SHORT = 1.5


def small_calls() -> Iterator[Row]:
    yield record_row()
    yield variant_row()
    yield option_row()
    function = Function(
        '(param "a" u32) (param "b" u64) (param "c" f32) (param "d" f64)', ("i32", "i64", "f32", "f64"),
        "(call $mix (i64.extend_i32_u (global.get $0))) (call $mix (global.get $1))"
        " (call $mix (i64.extend_i32_u (i32.reinterpret_f32 (global.get $2))))"
        " (call $mix (i64.reinterpret_f64 (global.get $3)))",
    )
    calls = ["(i32.const 7) (i64.const 0x123456789abcdef) (f32.const 1.5) (f64.const -2.25)"]
    yield Row("4 scalars", "4 scalars", pair(function, calls, NO_DATA), 24, native=SHORT)


NO_DATA = Data(b"", 0)


def record_row() -> Row:
    """More than 16 flat parameters: both sides pass the address of the record."""
    widths, types = (1, 2, 4, 8, 8) * 4, ("u8", "u16", "u32", "u64", "f64") * 4
    places, size = offsets(widths)
    content = bytearray(size)
    for i, (place, width) in enumerate(zip(places, widths, strict=True)):
        content[place : place + width] = (i * 11 + 1).to_bytes(width, "little")
    function = Function(
        '(param "x" $item)', ("i32",), "(call $walk (global.get $0) (i32.const 1))", fields(*widths),
        (("item", record(*types)),),
    )
    text = pair(function, [f"(i32.const {DATA})"], Data(bytes(content), size))
    return Row("record of 20 fields", "record of 20 fields", text, size, native=SHORT)


def variant_row() -> Row:
    function = Function(
        '(param "x" $item)', ("i32", "i64", "i32"),
        "(call $mix (i64.extend_i32_u (global.get $0))) (call $mix (global.get $1))"
        " (call $mix (i64.extend_i32_u (global.get $2)))",
        definitions=(("item", '(variant (case "none") (case "small" u32) (case "large" u64) (case "real" f64)'
                              ' (case "pair" (tuple u32 u32)))'),),
    )
    calls = [
        f"(i32.const {case}) (i64.const {payload:#x}) (i32.const {second})"
        for case, payload, second in ((0, 0, 0), (1, 77, 0), (2, 1 << 63, 0), (3, 0x3FF8 << 48, 0), (4, 5, 6))
    ]
    return Row("variant of 5, each in turn", "variant of 5", pair(function, calls, NO_DATA), 16, 5, native=SHORT)


def option_row() -> Row:
    content = b"sixteen letters."
    function = Function(
        '(param "x" (option string))', ("i32", "i32", "i32"),
        "(call $mix (i64.extend_i32_u (global.get $0))) (call $walk (global.get $1) (global.get $2))",
    )
    calls = [f"(i32.const 1) {address_and(len(content))}", "(i32.const 0) (i32.const 0) (i32.const 0)"]
    text = pair(function, calls, Data(content, len(content)))
    return Row("option<string>, 16 B and none in turn", "option<string>", text, len(content) // 2, 2, native=SHORT)
