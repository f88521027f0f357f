"""The constants of a script's calls, as wasm-tools tells them, in the text format again; and plainer ones."""

from __future__ import annotations

import math
import struct
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import msgspec

from fuzz.constants import quoted
from fuzz.wast.script import Constant

Told = Mapping[str, Any]
"""`{"type": ..., "value": ...}`: how wasm-tools tells a constant inside of another."""

INTEGERS = ("s8", "u8", "s16", "u16", "s32", "u32", "s64", "u64", "i32", "i64")
_FLOATS = {"f32": ("<I", "<f", 23), "f64": ("<Q", "<d", 52)}


def constant_text(constant: Constant) -> str:
    """Raises `ValueError` for a form that is not known here."""
    if constant.type == "either":
        return f"(either {' '.join(map(constant_text, constant.values))})"
    return f"({_inside(constant.type, constant.value)})"


def _inside(kind: str, value: Any) -> str:
    """The constant without its parentheses."""
    match kind:
        case "bool":
            return f"bool.const {'true' if value else 'false'}"
        case "char":
            return f"char.const {quoted(value)}"
        case "string":
            return f"str.const {quoted(value)}"
        case "list" | "tuple":
            return " ".join([f"{kind}.const", *(f"({_told(item)})" for item in value)])
        case "record":
            return " ".join(["record.const", *(f"(field {quoted(name)} {_told(item)})" for name, item in value)])
        case "variant":
            return f"variant.const {quoted(value['case'])}{_payload(value.get('payload'))}"
        case "enum":
            return f"enum.const {quoted(value)}"
        case "flags":
            return " ".join(["flags.const", *map(quoted, value)])
        case "option":
            return "option.none" if value is None else f"option.some{_payload(value)}"
        case "result":
            return f"result.ok{_payload(value['Ok'])}" if "Ok" in value else f"result.err{_payload(value['Err'])}"
        case _ if kind in INTEGERS and value is not None:
            return f"{kind}.const {value}"
        case _ if kind in _FLOATS and value is not None:
            return f"{kind}.const {_float(kind, value)}"
    raise ValueError(f"a constant of type {kind}")


def _told(item: Told) -> str:
    return _inside(item["type"], item["value"])


def _payload(item: Told | None) -> str:
    return "" if item is None else f" ({_told(item)})"


def _float(kind: str, bits: str) -> str:
    if bits.startswith("nan"):
        return bits
    packed, number, width = _FLOATS[kind]
    value = struct.unpack(number, struct.pack(packed, int(bits)))[0]
    if math.isinf(value):
        return "inf" if value > 0 else "-inf"
    if not math.isnan(value):
        return float(value).hex()
    sign = "-" if int(bits) >> (struct.calcsize(packed) * 8 - 1) else ""
    return f"{sign}nan:{int(bits) & ((1 << width) - 1):#x}"


# -- plainer ones

_PARTS = 16
"""So many parts of one constant are made plainer by themselves."""


def plainer_constants(constant: Constant) -> Iterator[Constant]:
    """Constants to try in place of one, the boldest first."""
    if constant.type == "either" or constant.value in ("nan:canonical", "nan:arithmetic"):
        return
    for value in _plainer(constant.type, constant.value):
        yield msgspec.structs.replace(constant, value=value)


def _plainer(kind: str, value: Any) -> Iterator[Any]:
    match kind:
        case "bool" if value:
            yield False
        case "char" if value != "a":
            yield "a"
        case "string" if value:
            yield ""
            yield from _texts(value)
        case "list" if value:
            yield []
            yield from _runs(value)
            yield from _one_plainer(value)
        case "flags" if value:
            yield []
            yield from _runs(value)
        case "tuple":
            yield from _one_plainer(value)
        case "record":
            for i, (name, item) in enumerate(value[:_PARTS]):
                for inner in _plainer(item["type"], item["value"]):
                    yield [*value[:i], [name, {**item, "value": inner}], *value[i + 1 :]]
        case "variant" if (payload := value.get("payload")) is not None:
            for inner in _plainer(payload["type"], payload["value"]):
                yield {**value, "payload": {**payload, "value": inner}}
        case "option" if value is not None:
            yield None
            for inner in _plainer(value["type"], value["value"]):
                yield {**value, "value": inner}
        case "result":
            ((case, payload),) = value.items()
            if payload is not None:
                for inner in _plainer(payload["type"], payload["value"]):
                    yield {case: {**payload, "value": inner}}
        case _ if kind in (*INTEGERS, *_FLOATS) and value is not None:
            yield from (plain for plain in ("0", "1") if plain != value and value != "0")


def _texts(text: str) -> Iterator[str]:
    yield from ("".join(run) for run in _runs(text))
    if set(text) != {"a"}:
        yield "a" * len(text)


def _runs(items: Sequence[Any]) -> Iterator[Any]:
    """Without a half, a quarter, ... one of the items."""
    count = len(items)
    while count := count // 2:
        for i in range(0, len(items), count):
            yield [*items[:i], *items[i + count :]]


def _one_plainer(items: Sequence[Told]) -> Iterator[list[Told]]:
    for i, item in enumerate(items[:_PARTS]):
        for inner in _plainer(item["type"], item["value"]):
            yield [*items[:i], {**item, "value": inner}, *items[i + 1 :]]
