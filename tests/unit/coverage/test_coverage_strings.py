"""Strings: what they hold, between which encodings they go, and that the path foretold is the one taken."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product

import pytest
from coverage_harness import AT, BUMP, callee, caller, consts, features, of_group, passed, two

from fact.abi import CanonicalOptions, ComponentInstance, CoreValue, LiftLowerContext, MemInst, String, lower_flat
from fact.model.types import Prim
from fuzz.coverage import text

SAMPLES = (
    "", "plain", "caf\u00e9", "\u00e9\u00ff", "\u4e2d\u6587", "a\u4e2d", "\U0001f600", "\u00e9\U0001f600", "a\0b",
)


def lifted(v: str, source: str) -> String | str:
    match source:
        case "utf8":
            return String(v, "utf8", "utf8", len(v.encode()))
        case "utf16":
            return String(v, "utf16", "utf16", len(v.encode("utf-16-le")) // 2)
        case "latin1":
            return String(v, "latin1+utf16", "latin1", len(v))
        case "tagged utf16":
            return String(v, "latin1+utf16", "utf16", len(v.encode("utf-16-le")) // 2)
    return v


@pytest.mark.parametrize(("source", "destination"), [p for p in text.PAIRS if p[1] != "host"])
def test_each_path_calls_realloc_as_often_as_it_says(source: str, destination: str) -> None:
    """CanonicalABI.md, Storing: strings. Counted in the reference; each path of a pair is met by some sample."""
    taken = set()
    for v in SAMPLES:
        if source == "latin1" and any(c > "\xff" for c in v):
            continue
        calls: list[tuple[int, int, int, int]] = []

        def realloc(args: Sequence[CoreValue], calls: list[tuple[int, int, int, int]] = calls) -> list[CoreValue]:
            calls.append(tuple(map(int, args)))  # type: ignore[arg-type]
            return [256]

        options = CanonicalOptions(destination, MemInst(bytearray(1024)), realloc)
        string = lifted(v, source)
        lower_flat(LiftLowerContext(options, ComponentInstance()), string, Prim.STRING)
        found, expected = text.facts(string, destination)
        assert len(calls) == expected, (v, found)
        assert text.source_of(string) == source
        path = found[-1].removeprefix(f"string: {source} to {destination}, ")
        sizes = [size for _, _, _, size in calls]
        shrinks = "shrunk" in path or ("narrowed" in path and v != "")
        assert shrinks == (len(sizes) > 1 and sizes[-1] < sizes[-2]), (v, path, sizes)
        assert ("grown" in path or "inflated" in path) == (len(sizes) > 1 and sizes[1] > sizes[0]), (v, path, sizes)
        taken.add(path)
    assert taken == set(text.PATHS[source, destination])


@pytest.mark.parametrize(("v", "expected"), [
    ("", {"empty"}), ("abc", {"ASCII"}), ("a\0", {"ASCII", "with NUL"}), ("\u00e9", {"Latin-1"}),
    ("\u00e9\0", {"Latin-1", "with NUL"}), ("\u0100", {"BMP", "past Latin-1 only in the last char"}),
    ("\u0100a", {"BMP"}), ("ab\u0100", {"BMP", "past Latin-1 only in the last char"}),
    ("\U0001f600a", {"astral"}), ("e\u0301x", {"BMP", "with combining marks"}), ("\ufffda", {"BMP", "with U+FFFD"}),
    ("\uffffa", {"BMP"}), ("\U00010000a", {"astral"}),
])
def test_classes_of_text(v: str, expected: set[str]) -> None:
    assert set(text.classes(v)) == expected


@pytest.mark.parametrize(("units", "expected"), [
    (14, []), (15, ["15 to 17 units"]), (17, ["15 to 17 units"]), (18, []), (30, []), (31, ["31 to 33 units"]),
    (33, ["31 to 33 units"]), (34, []), (999, []), (1000, ["1000 units and more"]),
])
def test_classes_of_lengths(units: int, expected: list[str]) -> None:
    assert list(text.lengths(units)) == expected


def test_a_string_between_two_guests() -> None:
    """Latin-1 text that came tagged, to utf8: three calls of realloc."""
    found = features(passed(
        "string", "i32 i32", consts(AT, 2 | 1 << 31), encodings=("latin1+utf16", "utf8"), segments=[(AT, b"a\0\xe9\0")],
    ))
    assert of_group(found, "string") == {
        "string: tagged utf16 to utf8, Latin-1", "string: tagged utf16 to utf8, grown, then shrunk",
    }
    assert of_group(found, "realloc") == {
        "realloc: a block, string of adapter param", "realloc: again, grows and moves, adapter param",
        "realloc: again, shrinks and moves, adapter param",
    }


def test_strings_from_and_to_the_host() -> None:
    module = f"""(core module $M (memory (export "m") 1) (global $top (mut i32) (i32.const 1024))
      (func (export "r") (param i32 i32 i32 i32) (result i32) {BUMP})
      (func (export "f") (param i32 i32) (result i32)
        (i32.store (i32.const 64) (local.get 0)) (i32.store (i32.const 68) (local.get 1)) (i32.const 64)))"""
    found = features(f"""(component {module} (core instance $i (instantiate $M))
      (func (export "f") (param "v" string) (result string) (canon lift (core func $i "f") string-encoding=utf16
        (memory (core memory $i "m")) (realloc (core func $i "r")))))""", ("f", ("\u4e2d",)))
    assert of_group(found, "string") == {
        f"string: host to utf16, {fact}" for fact in ("BMP", "past Latin-1 only in the last char", "shrunk")
    } | {f"string: utf16 to host, {fact}" for fact in ("BMP", "past Latin-1 only in the last char")}
    assert {"memory: i32, export", "type: string param flat, export", "type: string result in memory, export"} <= found


@pytest.mark.parametrize(("encoding", "content", "units"), [("utf8", b"\xc3(", 2), ("utf16", b"\0\xd8", 1)])
def test_invalid_text_is_a_trap_at_its_place(encoding: str, content: bytes, units: int) -> None:
    sent = caller("(list string)", "i32 i32", consts(AT, 1), encoding,
                  [(AT, (AT + 8).to_bytes(4, "little") + units.to_bytes(4, "little") + content)])
    found = features(two(callee("(list string)", "i32 i32"), sent))
    reason = f"invalid-{encoding}"
    assert of_group(found, "trap") == {f"trap: {reason}, element", f"trap: {reason}, adapter param"}
    assert not of_group(found, "string"), "it was not lifted"


def test_every_source_and_destination_is_paired_but_the_host_with_itself() -> None:
    assert set(text.PAIRS) == set(product(text.SOURCES, text.DESTINATIONS)) - {("host", "host")}
