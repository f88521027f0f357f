"""The guests' own layout and lowering against the vectors that the specification's executable definitions computed."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from fact.model.types import Prim
from generators.constants import Data, Lowering, comes_tagged
from generators.layout import alignment, flat, size
from generators.valtypes import (
    EnumOf,
    FlagsOf,
    Image,
    ListOf,
    MapOf,
    OptionOf,
    RecordOf,
    ResultOf,
    TupleOf,
    Type,
    VariantOf,
    cases_of,
    fields_of,
)

VECTORS = Path(__file__).parents[2] / "vectors" / "sync-1500.jsonl"


def vectors() -> Iterator[dict[str, Any]]:
    with VECTORS.open() as lines:
        yield from map(json.loads, lines)


def type_of(t: Any) -> Type:
    if isinstance(t, str):
        return Prim(t)
    match t:
        case {"list": element}:
            return ListOf(type_of(element), t.get("length"))
        case {"map": [key, value]}:
            return MapOf(Prim(key), type_of(value))
        case {"record": fields}:
            return RecordOf(tuple(type_of(f) for _, f in fields))
        case {"tuple": elements}:
            return TupleOf(tuple(map(type_of, elements)))
        case {"variant": cases}:
            return VariantOf(tuple(None if c is None else type_of(c) for _, c in cases))
        case {"enum": labels}:
            return EnumOf(len(labels))
        case {"option": payload}:
            return OptionOf(type_of(payload))
        case {"result": [ok, error]}:
            return ResultOf(None if ok is None else type_of(ok), None if error is None else type_of(error))
        case {"flags": labels}:
            return FlagsOf(len(labels))
    raise AssertionError(t)


def image_of(written: Any, t: Type, v: Any) -> Image:
    """The image of a vector's value; *written* is the type as the vector has it, with its labels."""
    match t:
        case Prim.F32 | Prim.F64:
            nan = 0x7FC0_0000 if t is Prim.F32 else 0x7FF8 << 48
            return nan if v == "nan" else int(v, 16)
        case Prim():
            return str(v) if t is Prim.STRING else int(v)
        case ListOf(element=element):
            return tuple(image_of(written["list"], element, e) for e in v)
        case MapOf(key=key, value=value):
            return tuple((image_of("", key, k), image_of(written["map"][1], value, e)) for k, e in v)
        case FlagsOf():
            return sum(1 << int(written["flags"].index(label)) for label in v)
        case EnumOf():
            return int(written["enum"].index(next(iter(v)) if isinstance(v, dict) else v))
    if (fields := fields_of(t)) is not None:
        parts = [f for _, f in written["record"]] if "record" in written else written["tuple"]
        values = list(v.values()) if isinstance(v, dict) else v
        return tuple(image_of(w, f, e) for w, f, e in zip(parts, fields, values, strict=True))
    ((label, inner),) = v.items()
    labels: dict[str, Callable[[Any], Any]] = {
        "option": lambda o: (("none", None), ("some", o)), "variant": tuple,
        "result": lambda r: (("ok", r[0]), ("error", r[1])),
    }
    ((kind, content),) = written.items()
    cases = labels[kind](content)
    number = [name for name, _ in cases].index(label)
    payload = (cases_of(t) or ())[number]
    return (number, 0 if payload is None else image_of(cases[number][1], payload, inner))


def test_layout_and_flat_types() -> None:
    """CanonicalABI.md, "Alignment", "Element Size" and "Flattening"."""
    count = 0
    for v in vectors():
        t, p = type_of(v["type"]), v["pointer"]
        assert (size(t, p), alignment(t, p), list(flat(t, p))) == (v["size"], v["align"], v["flat_types"]), v["type"]
        count += 1
    assert count == 1500


def strings(image: Image) -> Iterator[str]:
    if isinstance(image, tuple):
        for part in image:
            yield from strings(part)
    elif isinstance(image, str):
        yield image


def as_guests_pass_it(v: dict[str, Any], image: Image) -> bool:
    """Whether all strings arrived as guests would pass them, so that storing copied them as they were."""
    came, _, tagged = v["from"].partition("/")
    found = list(strings(image))
    if not found or (came == v["to"] and came != "latin1+utf16"):
        return True
    latin1 = [s for s in found if all(c <= "\xff" for c in s)]
    return came == v["to"] and not (latin1 and tagged) and not any(map(comes_tagged, latin1))


def test_constants_lie_in_memory_as_stored_values_do() -> None:
    """CanonicalABI.md, "Storing": the same bytes, since both allocate each string and list in turn."""
    count = 0
    for v in vectors():
        t, p = type_of(v["type"]), v["pointer"]
        image = image_of(v["type"], t, v["value"])
        if not as_guests_pass_it(v, image) or v["store"]["at"] != 64:
            continue
        data = Data(0x10_0000, 64)
        at = data.reserve(size(t, p), alignment(t, p))
        Lowering(data, p, v["to"]).store(t, image, at)
        assert at == 64
        assert data.content.hex() == v["store"]["memory_from_64"], v["type"]
        count += 1
    assert count > 500


def bits_of(v: str, core: str) -> int:
    return (0x7FC0_0000 if core == "f32" else 0x7FF8 << 48) if v == "nan" else int(v, 16)


def test_flat_values_of_constants() -> None:
    """CanonicalABI.md, "Flat Lowering"."""
    count = 0
    for v in vectors():
        t, p = type_of(v["type"]), v["pointer"]
        image = image_of(v["type"], t, v["value"])
        if as_guests_pass_it(v, image):
            found = v["lower_flat"]["values"]
            bits = Lowering(Data(0x10_0000, 64), p, v["to"]).flat(t, image)
            expected = [b if isinstance(b, int) else bits_of(b, c) for b, c in zip(found, flat(t, p), strict=True)]
            assert bits == expected, v["type"]
            count += 1
    assert count > 500
