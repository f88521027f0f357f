"""The target `adapters`: that it sees what adapters do and reports what they do wrong; and a loop over boundaries."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from msgspec.structs import replace as changed
from target_inputs import mutants

from fact.adapters import compile_adapters
from fact.errors import Unsupported
from fact.model.plan import CompiledAdapterModule, Plan
from fact.model.types import Prim
from fact.run import prepare_reference
from fuzz.guided import target_adapters
from fuzz.guided.boundary import (
    Boundary,
    Poke,
    Raw,
    Side,
    is_possible,
    read_boundary,
    write_boundary,
)
from fuzz.guided.boundary_edits import SEEDS, Mutator
from fuzz.guided.boundary_rig import Seen, placed, plan_of, run
from fuzz.guided.offence import Offence
from fuzz.guided.target_adapters import Adapters, same_bytes
from generators.blueprint import Signature
from generators.valtypes import EnumOf, FlagsOf, ListOf, OptionOf, RecordOf, Type, VariantOf

TEXT = Boundary(Signature((Prim.STRING,)), Side(encoding="utf16"), Side(), 0)
U8S = ListOf(Prim.U8)


def reference(b: Boundary) -> Seen:
    return run(prepare_reference(plan_of(b)), b, *placed(b))


# -- units


@pytest.mark.parametrize("seed", SEEDS, ids=str)
def test_first_inputs_are_lines_of_json(seed: Boundary) -> None:
    line = write_boundary(seed)
    assert line.count(b"\n") == 1 and read_boundary(line) == seed


@pytest.mark.parametrize("data", [b"", b"\n", b"{}", b"[]", b'{"signature":[]}', b"\xff", b"[" * 5000,
                                  b'{"signature":[["u8"],null],"arguments":-1}', b'{"signature":["u8"]}'])
def test_what_is_no_boundary_is_passed_over(data: bytes) -> None:
    assert read_boundary(data) is None
    Adapters()(data)


def deep(levels: int) -> Type:
    t: Type = Prim.U8
    for _ in range(levels):
        t = OptionOf(t)
    return t


@pytest.mark.parametrize("t", [
    RecordOf(()), VariantOf(()), EnumOf(0), EnumOf(1 << 30), FlagsOf(0), FlagsOf(33), ListOf(Prim.U8, 0),
    ListOf(RecordOf((VariantOf(()),))), deep(101), deep(900),
])
def test_types_that_do_not_exist_are_no_boundary(t: Type) -> None:
    assert not is_possible(Boundary(Signature((t,))))
    assert not is_possible(Boundary(Signature((), t)))


def test_one_memory_has_one_type_of_pointers() -> None:
    assert is_possible(Boundary(Signature(()), Side("i64"), Side("i64"), itself=True))
    assert not is_possible(Boundary(Signature(()), Side("i64"), Side("i32"), itself=True))


# -- what is seen


def test_values_get_across() -> None:
    seen = reference(Boundary(Signature((Prim.U32, Prim.U8), Prim.U64), raw=(
        Raw("caller", 0, 7), Raw("caller", 1, 0x1FF), Raw("callee", 0, 1 << 63))))
    assert (seen.trap, seen.returned) == (None, (1 << 63,))
    assert seen.given == (7).to_bytes(8, "little") + (0xFF).to_bytes(8, "little")


def test_hostile_bytes_trap() -> None:
    number = next(n for n in range(1, 100) if placed(changed(TEXT, arguments=n))[0].flat[1] > 2)
    good = changed(TEXT, arguments=number)
    assert reference(good).trap is None
    bad = changed(good, pokes=(Poke("caller", 1, 0xDC), Poke("caller", 0, 0)))
    assert reference(bad).trap == ("invalid-utf16", "param p0")


def test_addresses_may_be_right_but_for_some_bits() -> None:
    good = Boundary(Signature((ListOf(Prim.U16),)), Side("i64"), arguments=3)
    odd, high = (changed(good, raw=(Raw("caller", 0, more, "more"),)) for more in (1, 1 << 32))
    assert reference(good).trap is None
    assert reference(odd).trap == ("pointer-misaligned", "param p0")
    assert reference(high).trap == ("pointer-out-of-bounds", "param p0")


def test_hostile_reallocs_trap() -> None:
    seen = reference(Boundary(Signature((ListOf(Prim.U16),)), Side(), Side(realloc="odd"), 3))
    assert seen.trap is not None and seen.trap[0] == "realloc-misaligned"
    later = reference(Boundary(Signature((ListOf(Prim.U16),)), Side(), Side(realloc="odd", since=1), 3))
    assert later.trap is None and later.reallocs != seen.reallocs


def test_post_return_is_given_the_result() -> None:
    plain, after = (reference(Boundary(Signature((), Prim.U16), answer=5, post_return=p)) for p in (False, True))
    assert plain.after == bytes(16)
    assert after.after == (1).to_bytes(8, "little") + after.returned[0].to_bytes(8, "little")


# -- comparing


@pytest.mark.parametrize("seed", SEEDS, ids=str)
def test_first_inputs_agree(seed: Boundary) -> None:
    adapters = Adapters()
    adapters(write_boundary(seed))
    assert adapters.told() == "1 calls, 0 of them trapped"


PLANTED: dict[str, tuple[Boundary, Callable[[str], str], str]] = {
    "a check left out": (
        Boundary(Signature((Prim.CHAR,)), raw=(Raw("caller", 0, 0xD800),)),
        lambda wat: wat.replace("0x110000", "0x7fffffff").replace("0xd800", "0xffff"), "trapped: invalid-char"),
    "another value": (
        Boundary(Signature((Prim.U8,)), raw=(Raw("caller", 0, 0x101),)),
        lambda wat: wat.replace("(i32.const 255)", "(i32.const 511)").replace("0xff)", "0x1ff)"),
        "the callee is given"),
    "no module": (SEEDS[0], lambda wat: wat.replace("(i32.const", "(f32.const", 1), "validating: adapter module 0"),
}


@pytest.mark.parametrize("name", PLANTED)
def test_planted_faults_are_reported(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    boundary, edit, message = PLANTED[name]

    def faulty(plan: Plan) -> tuple[CompiledAdapterModule, ...]:
        modules = compile_adapters(plan)
        edited = tuple(replace(module, wat=edit(module.wat)) for module in modules)
        assert edited != modules, "nothing was planted"
        return edited

    Adapters()(write_boundary(boundary))
    monkeypatch.setattr(target_adapters, "compile_adapters", faulty)
    with pytest.raises(Offence, match=message):
        Adapters()(write_boundary(boundary))


@pytest.mark.parametrize(("part", "value", "message"), [
    ("trap", ("host", None), "reference returned .*, compiled trapped: host"),
    ("returned", (3,), "returned: reference"), ("given", bytes(8), "the callee is given"),
    ("after", b"\1" * 16, "post-return"), ("reallocs", (bytes(8), b"\1" + bytes(47)), "the callee's realloc"),
    ("memories", (bytes(65536), b"\1" + bytes(65535)), "the callee's memory at 0x0"),
])
def test_every_part_is_compared(part: str, value: Any, message: str) -> None:
    b = Boundary(Signature((Prim.U32,), Prim.U32), arguments=9, answer=9)
    seen = replace(reference(b), memories=(bytes(65536), bytes(65536)), reallocs=(bytes(8), bytes(8)))
    assert target_adapters.difference_between(b, seen, seen) == ""
    found = target_adapters.difference_between(b, seen, replace(seen, **{part: value}))
    assert re.search(message, found), found


NAN32, OTHER32, ONE32 = (n.to_bytes(4, "little") for n in (0x7FC00000, 0xFF800001, 0x3F800000))
INF32 = (0x7F800000).to_bytes(4, "little")
NAN64, OTHER64 = (n.to_bytes(8, "little") for n in (0x7FF8 << 48, (0xFFF0 << 48) + 1))


@pytest.mark.parametrize(("a", "b", "floats", "same"), [
    (NAN32 + ONE32, OTHER32 + ONE32, (Prim.F32,), True), (NAN32 + ONE32, OTHER32 + NAN32, (Prim.F32,), False),
    (NAN32 + ONE32, INF32 + ONE32, (Prim.F32,), False), (NAN32 + ONE32, OTHER32 + ONE32, (), False),
    (NAN64, OTHER64, (Prim.F64,), True), (NAN64, OTHER64, (Prim.F32,), False),
    (NAN64, NAN64 + NAN64, (Prim.F64,), False),
])
def test_only_bits_of_nans_may_differ(a: bytes, b: bytes, floats: tuple[Prim, ...], same: bool) -> None:
    assert same_bytes(a, b, floats) is same


def test_what_adapters_do_not_carry_is_passed_over(monkeypatch: pytest.MonkeyPatch) -> None:
    def raising(plan: Plan) -> tuple[CompiledAdapterModule, ...]:
        raise Unsupported("whatever")

    monkeypatch.setattr(target_adapters, "compile_adapters", raising)
    Adapters()(write_boundary(SEEDS[0]))


# -- the mutator, and a loop


def test_mutated_boundaries_agree() -> None:
    mutator, branches = Mutator(), Counter[str]()
    found = mutants([write_boundary(seed) for seed in SEEDS], mutator.mutate, mutator.cross, 200, 16384)
    assert all(read_boundary(data) is not None for data in found)
    assert len(set(found)) > 180
    adapters = Adapters(lambda name, times: branches.update({name: times}))
    for data in found[::2]:
        adapters(data)
    assert adapters.ran > 90 and adapters.ran > adapters.trapped > 1
    assert sum(times > 0 for times in branches.values()) > 100


def test_what_is_no_boundary_becomes_one() -> None:
    assert read_boundary(Mutator().mutate(b"\n", 16384, 1)) is not None
    assert read_boundary(Mutator().cross(b"", b"\n", 16384, 1)) is not None


def test_smaller_boundaries() -> None:
    line = write_boundary(SEEDS[5])
    made = [Mutator().mutate(line, len(line) - 1, seed) for seed in range(20)]
    assert all(len(data) < len(line) for data in made)
    assert sum(read_boundary(data) is not None for data in made) > 15
