"""Types as large as validation lets them be: they compile, to modules that the engine takes, and soon.

What is large goes to functions of its own, by `fact.adapters.moves` (INLINE_WEIGHT, UNROLLED_WEIGHT); a type of any
depth nests neither those nor this compiler's own calls any deeper.
"""

from __future__ import annotations

import sys
from collections.abc import Callable

import pytest
import wasmtime
from adapters_harness import World, function, memory
from adapters_pair import Pair

from fact.adapters import compile_adapters
from fact.adapters.moves import INLINE_WEIGHT, UNROLLED_WEIGHT, MoveTable, Repeat, weight
from fact.adapters.shapes import Shapes
from fact.model.plan import CompiledAdapterModule, Options
from fact.model.traps import TrapReason
from fact.model.types import (
    EnumType,
    Flags,
    FuncType,
    List,
    Option,
    Prim,
    PtrType,
    Record,
    Result,
    Tuple,
    ValType,
    Variant,
)

P = Prim
ENGINE = wasmtime.Engine()


def nested(depth: int, around: Callable[[ValType], ValType], inside: ValType) -> ValType:
    for _ in range(depth - 1):
        inside = around(inside)
    return inside


def cycle(n: int, *types: ValType) -> list[ValType]:
    return [types[i % len(types)] for i in range(n)]


def record(types: list[ValType]) -> Record:
    return Record(tuple((f"f{i}", t) for i, t in enumerate(types)))


def cases(n: int, *payloads: ValType | None) -> Variant:
    return Variant(tuple((f"c{i}", payloads[i % len(payloads)]) for i in range(n)))


def module_of(
    t: ValType, pointers: tuple[PtrType, PtrType] = ("i32", "i32"), itself: bool = False
) -> CompiledAdapterModule:
    """An adapter with *t* as parameter and as result."""
    world = World()
    app, server = world.component("app"), world.component("server")
    cores = [world.core(owner, "(module)") for owner in (app, server)]
    caller, callee = (
        Options(memory=memory(core), realloc=function(core, "realloc"), pointer=p)
        for core, p in zip(cores, pointers, strict=True)
    )
    lifted = world.lift(server, function(1, "f"), FuncType((("x", t),), t), callee)
    world.adapters(world.lower(server, lifted, callee) if itself else world.lower(app, lifted, caller))
    (compiled,) = compile_adapters(world.plan())
    return compiled


EVERY_KIND: tuple[ValType, ...] = (P.U8, P.U32, P.BOOL, P.F64, P.STRING, Option(P.CHAR), List(P.U8))
LARGE: list[tuple[str, ValType]] = [
    ("1,500 fields of every kind", record(cycle(1500, *EVERY_KIND))),
    ("1,500 bools", record(cycle(1500, P.BOOL))),
    ("2,000 strings", List(P.STRING, 2000)), ("2,000 bytes", List(P.U8, 2000)),
    ("17 chars", List(P.CHAR, 17)), ("1,000 records", List(Tuple((P.U8, P.BOOL, Option(P.U8))), 1000)),
    ("a list of one string", List(P.STRING, 1)),
    ("65,537 cases", EnumType(tuple(f"e{i}" for i in range(65_537)))),
    ("40,000 cases, every other with a payload", cases(40_000, None, P.U8)),
    ("1,000 cases of four kinds", cases(1000, None, P.U8, P.STRING, P.CHAR)),
    ("lists 100 deep", nested(100, List, P.U8)),
    ("options 100 deep", nested(100, Option, P.U8)),
    ("tuples 100 deep", nested(100, lambda t: Tuple((t,)), P.CHAR)),
    ("fixed lists 100 deep", nested(100, lambda t: List(t, 1), P.STRING)),
    ("results 100 deep", nested(100, lambda t: Result(t, P.STRING), P.STRING)),
    ("all of them 99 deep", nested(34, lambda t: List(Option(Tuple((t, P.BOOL)))), P.STRING)),
    ("variants 14 deep, flat", nested(14, lambda t: Variant((("a", t), ("b", P.F32))), P.F64)),
    ("4,096 leaves", nested(12, lambda t: Record((("a", t), ("b", t), ("c", P.BOOL))), P.STRING)),
    ("1,024 leaves in lists", nested(10, lambda t: Record((("a", List(t)), ("b", Option(t)))), P.STRING)),
    ("32 flags", Flags(tuple(f"l{i}" for i in range(32)))),
]


@pytest.mark.parametrize("t", [t for _, t in LARGE], ids=[name for name, _ in LARGE])
def test_large_types_compile(t: ValType) -> None:
    compiled = module_of(t, ("i64", "i32"))
    wasmtime.Module.validate(ENGINE, bytes(wasmtime.wat2wasm(compiled.wat)))


@pytest.mark.parametrize("t", [LARGE[0][1], LARGE[11][1], LARGE[14][1]], ids=lambda t: type(t).__name__)
def test_large_types_compile_for_a_call_of_oneself(t: ValType) -> None:
    wasmtime.Module.validate(ENGINE, bytes(wasmtime.wat2wasm(module_of(t, itself=True).wat)))


@pytest.mark.parametrize("name", ["lists 100 deep", "options 100 deep", "results 100 deep", "all of them 99 deep"])
def test_the_deepest_types_leave_room_on_pythons_stack(name: str) -> None:
    t = dict(LARGE)[name]
    room = sys.getrecursionlimit()
    sys.setrecursionlimit(min(room, 1000))
    try:
        module_of(t)
    finally:
        sys.setrecursionlimit(room)


def test_fields_of_one_large_type_share_its_functions() -> None:
    large = record(cycle(60, P.STRING, Option(P.CHAR)))
    once, often = (module_of(record([large] * n)) for n in (1, 20))
    assert once.wat.count("\n  (func ") == often.wat.count("\n  (func ")


def test_sites_within_shared_functions_are_all_there() -> None:
    large = record(cycle(60, P.CHAR, P.BOOL))
    compiled = module_of(record([large, List(large)]))
    chars = [f"f{i}" for i in range(0, 60, 2)]
    assert {f"param x.f0.{f}" for f in chars} | {f"param x.f1[].{f}" for f in chars} <= set(compiled.sites)
    assert {f"result.f0.{f}" for f in chars} | {f"result.f1[].{f}" for f in chars} <= set(compiled.sites)


def test_a_site_within_shared_functions_is_the_right_one() -> None:
    large = record(cycle(60, P.CHAR, P.BOOL))
    pair = Pair.param(List(Tuple((large, large))))
    size = 60 * 4
    for half, field in ((0, 0), (0, 58), (1, 2), (1, 30)):
        data = bytearray(b"\x41\0\0\0" * 120)
        data[half * size + field * 4:][:4] = b""
        data[half * size + field * 4 + 1] = 0xD8
        pair.put(1024, bytes(data))
        assert pair.trap(1024, 1) == (TrapReason.INVALID_CHAR, f"param x[].{half}.f{field}")


@pytest.mark.parametrize("n", [1, 16, 17, 1000, 2000])
@pytest.mark.parametrize("element", [P.U8, P.BOOL, P.STRING, Tuple((P.U8, P.U16)), Option(P.U8)], ids=str)
def test_fixed_lists_become_loops_when_they_are_long(n: int, element: ValType) -> None:
    shapes, table = Shapes(), MoveTable()
    moves = table.of(shapes.of(List(element, n)), "i32", "i32")
    assert weight(moves) <= max(UNROLLED_WEIGHT, 5 + INLINE_WEIGHT)
    one = weight(table.of(shapes.of(element), "i32", "i32"))
    whole = element in (P.U8, P.BOOL)
    assert any(isinstance(move, Repeat) for move in moves) is (not whole and n * one > UNROLLED_WEIGHT)


def test_small_types_make_small_text() -> None:
    """A campaign compiles hundreds of modules a second."""
    assert len(module_of(P.U8).wat) < 1800
    assert len(module_of(Tuple((P.U8, P.F32, P.BOOL))).wat) < 3500
