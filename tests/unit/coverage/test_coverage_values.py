"""What values that cross boundaries show: constructors and places, flat counts, layout, edges, junk, pointers."""

from __future__ import annotations

import struct

import pytest
from coverage_harness import AREA, AT, consts, features, of_group, passed

from fact.model.values import Case


def test_a_record_of_scalars_is_flat_on_both_sides_of_an_adapter() -> None:
    """CanonicalABI.md, Flattening: three core values, no memory."""
    found = features(passed("(tuple u8 char bool)", "i32 i32 i32", consts(255, 0xD7FF, 1)))
    assert of_group(found, "type") == {
        f"type: {t} param flat, adapter" for t in ("tuple", "u8", "char", "bool")
    }
    assert of_group(found, "value") == {"value: u8 greatest", "value: char U+D7FF", "value: bool true"}
    assert of_group(found, "flat") == {
        "flat: 2 to 14 params, adapter", "flat: 0 results, adapter",
        "flat: 0 params, export", "flat: 0 results, export",
    }
    assert not of_group(found, "layout", "list", "string", "realloc", "memory", "pointer", "junk", "trap")


def test_what_the_host_passes_is_lowered_only() -> None:
    text = """(component (core module $M (func (export "g") (param i32 i64)))
      (core instance $i (instantiate $M))
      (func (export "f") (param "a" s8) (param "b" s64) (canon lift (core func $i "g"))))"""
    found = features(text, ("f", (-128, -1)))
    assert of_group(found, "type") == {"type: s8 param flat, export", "type: s64 param flat, export"}
    assert of_group(found, "value") == {"value: s8 least", "value: s64 -1"}


def test_payloads_of_a_flat_variant_share_slots() -> None:
    """Flattening, join: i32 and f32 share an i32. The NaN has a payload; of the option, the slots hold a 7."""
    text = passed("(tuple (result u32 (error f32)) (option (tuple u8 u8)))", "i32 i32 i32 i32 i32",
                  consts(1, 0x7FC00001, 0, 0, 7))
    found = features(text)
    assert "flat: f32 joined with i32" in found
    assert of_group(found, "flat") >= {"flat: f32 in a slot of i32, adapter", "flat: unused slots, adapter"}
    assert "type: f32 param flat payload, adapter" in found
    assert "type: u32 param flat payload, adapter" not in found, "the case is the other one"
    assert of_group(found, "junk") == {
        "junk: in an unused slot", "junk: NaN that is not the canonical f32, flat",
    }


def test_spilled_parameters_lie_in_memory() -> None:
    """17 flat values; u8 then u32: three bytes of padding. Two u8 first, so that none is between the first two."""
    record = "(tuple " + "u8 u8 u32 " + "u32 " * 14 + ")"
    area = struct.pack("<BBxx15I", 1, 255, *range(15))
    found = features(passed(record, "i32", consts(AREA), segments=[(AREA, area)]))
    assert "flat: 17 params, adapter" in found
    assert of_group(found, "type") == {f"type: {t} param in memory, adapter" for t in ("tuple", "u8", "u32")}
    assert of_group(found, "layout") == {"layout: 2 bytes of padding before a field of alignment 4"}
    assert of_group(found, "realloc") == {"realloc: a block, params area of adapter param"}
    assert of_group(found, "memory") == {"memory: i32 to i32, params"}


def test_elements_have_padding_at_their_end_and_payloads_behind_their_discriminant() -> None:
    """Element Size: tuple<u32, u8> takes 8 bytes; a variant of one case of u64 has it 8 bytes behind its beginning."""
    found = features(passed(
        "(tuple (list (tuple u32 u8)) (list (option u64)))", "i32 i32 i32 i32", consts(AT, 2, AT + 64, 1),
        segments=[(AT, bytes(16)), (AT + 64, b"\1" + bytes(15))],
    ))
    assert of_group(found, "layout") == {
        "layout: 3 bytes of padding at the end of alignment 4", "layout: 2 cases",
        "layout: discriminant of 1 byte",
        "layout: discriminant of 1 byte, then 7 bytes of padding, payload of alignment 8",
        "layout: value of the last of 2 cases",
    }
    assert of_group(found, "list") == {"list: 2 to 15 compounds", "list: one compounds"}
    assert {"type: u32 param element, adapter", "type: u64 param memory payload, adapter",
            "type: option param element, adapter", "type: list param flat, adapter"} <= found


def test_an_empty_list_says_nothing_about_its_elements() -> None:
    found = features(passed("(list string)", "i32 i32", consts(0, 0)))
    assert of_group(found, "list") == {"list: no strings or lists"}
    assert of_group(found, "type") == {"type: list param flat, adapter"}
    assert of_group(found, "pointer") == {"pointer: empty at 0, list"}
    assert of_group(found, "realloc") == {"realloc: of size 0, list of adapter param"}


@pytest.mark.parametrize(("cases", "size"), [(256, 1), (257, 2)])
def test_discriminants_grow_with_the_number_of_cases(cases: int, size: int) -> None:
    labels = " ".join(f'"c{i}"' for i in range(cases))
    text = f"""(component (type $e' (enum {labels})) (export $e "e" (type $e'))
      (core module $M (func (export "g") (param i32) (result i32) (local.get 0)))
      (core instance $i (instantiate $M))
      (func (export "f") (param "v" $e) (result $e) (canon lift (core func $i "g"))))"""
    found = features(text, ("f", (Case(f"c{cases - 1}"),)))
    assert of_group(found, "layout") == {
        f"layout: discriminant of {size} byte{'s' * (size > 1)}", f"layout: {cases} cases",
        f"layout: value of the last of {cases} cases",
    }
    assert of_group(found, "type") == {"type: enum param flat, export", "type: enum result flat, export"}


# -- junk


@pytest.mark.parametrize(("type", "bits", "junk"), [
    ("bool", 1, None), ("bool", 2, "bool past 1"),
    ("u8", 255, None), ("u8", 256, "high bits of u8"),
    ("s8", 0xFFFFFF80, None), ("s8", 0x80, "high bits of s8"), ("s16", 0xFFFF7FFF, "high bits of s16"),
    ("u16", 65535, None), ("u16", 1 << 31, "high bits of u16"),
    ("char", 0xE000, None), ("char", 0xD800, "char U+D800"), ("char", 0x110000, "char 0x110000"),
    ("char", 0xDFFF, "char U+DFFF"), ("char", 0xFFFFFFFF, "char of all ones"), ("char", 0x110001, "char past the last"),
    ("(flags \"a\" \"b\")", 3, None), ("(flags \"a\" \"b\")", 4, "bits past the last flag"),
    ("(enum \"a\" \"b\")", 1, None), ("(enum \"a\" \"b\")", 2, "discriminant of as many as there are cases"),
    ("(enum \"a\" \"b\")", 3, "discriminant one more than that"),
    ("(enum \"a\" \"b\")", 0xFFFFFFFF, "discriminant greatest"),
    ("(enum \"a\" \"b\")", 77, "discriminant wrong otherwise"),
])
def test_junk_in_core_values(type: str, bits: int, junk: str | None) -> None:
    """Loading and Flat Lifting: some junk is dropped, some traps; each is named."""
    plain = not type.startswith("(")
    named = type if plain else "$t"
    called = f"""{'' if plain else f"(type $d {type}) (export $t {chr(34)}t{chr(34)} (type $d))"}
      (core module $M (func (export "g") (result i32) (i32.const {bits})))
      (core instance $i (instantiate $M))
      (func (export "f") (result {named}) (canon lift (core func $i "g")))"""
    found = features(f"(component {called})")
    assert of_group(found, "junk") == (set() if junk is None else {f"junk: {junk}, flat"})
    trapped = junk is not None and junk.startswith(("char", "discriminant"))
    reason = "invalid-char" if type == "char" else "invalid-discriminant"
    assert of_group(found, "trap") == (
        {f"trap: {reason}, flat", f"trap: {reason}, export result"} if trapped else set()
    )


@pytest.mark.parametrize(("element", "content", "junk", "where"), [
    ("bool", b"\2", "bool past 1, in memory", None),
    ("char", b"\0\xd8\0\0", "char U+D800, in memory", "element"),
    ("f32", b"\1\0\xc0\x7f", "NaN that is not the canonical f32, in memory", None),
    ("f32", b"\0\0\xc0\x7f", None, None),
    ("(option bool)", b"\2\0", "discriminant of as many as there are cases, in memory", "element"),
    ("(option char)", b"\1\0\0\0\0\0\x11\0", "char 0x110000, in memory", "memory payload"),
])
def test_junk_in_memory(element: str, content: bytes, junk: str | None, where: str | None) -> None:
    found = features(passed(f"(list {element})", "i32 i32", consts(AT, 1), segments=[(AT, content)]))
    assert of_group(found, "junk") == (set() if junk is None else {f"junk: {junk}"})
    assert {f for f in of_group(found, "trap") if not f.endswith("adapter param")} == (
        set() if where is None
        else {f"trap: {'invalid-char' if 'char' in element else 'invalid-discriminant'}, {where}"}
    )


# -- pointers


@pytest.mark.parametrize(("type", "pointer", "length", "what", "reason"), [
    ("(list u32)", 65532, 1, "up to the end", None),
    ("(list u32)", 65532, 2, "across the end", "pointer-out-of-bounds"),
    ("(list u32)", 65536, 1, "at the end", "pointer-out-of-bounds"),
    ("(list u32)", 65540, 1, "past the end", "pointer-out-of-bounds"),
    ("(list u32)", 0xFFFFFFFC, 2, "wrapping", "pointer-out-of-bounds"),
    ("(list u32)", AT + 1, 1, "misaligned", "pointer-misaligned"),
    ("(list u32)", 65537, 1, "misaligned and past the end", "pointer-misaligned"),
    ("(list u32)", 0x10000, 0, "empty at the end", None),
    ("(list u32)", 0x10004, 0, "empty past the end", "pointer-out-of-bounds"),
    ("(list u32)", 2, 0, "empty and misaligned", "pointer-misaligned"),
    ("(list u32)", 0, 1 << 26, "longer than allowed", "list-too-long"),
    ("string", 65535, 1, "up to the end", None),
    ("string", 65536, 1, "at the end", "pointer-out-of-bounds"),
    ("string", 0, 1 << 28, "longer than allowed", "string-too-long"),
])
def test_pointers(type: str, pointer: int, length: int, what: str, reason: str | None) -> None:
    """Loading, load_list_from_range and load_string_from_range: length, alignment, bounds."""
    found = features(passed(type, "i32 i32", consts(pointer, length)))
    kind = "string" if type == "string" else "list"
    assert of_group(found, "pointer") == {f"pointer: {what}, {kind}"}
    assert of_group(found, "trap") == (
        set() if reason is None else {f"trap: {reason}, flat", f"trap: {reason}, adapter param"}
    )


def test_a_part_behind_a_trap_is_not_exercised() -> None:
    """Flat Lifting: the second value is not looked at."""
    found = features(passed("(tuple char bool)", "i32 i32", consts(0xD800, 2)))
    assert of_group(found, "junk") == {"junk: char U+D800, flat"}
    assert not of_group(found, "type"), "nothing was lifted"
