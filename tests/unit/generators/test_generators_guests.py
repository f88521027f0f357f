"""Core code of guests: literals, conversions and mixtures, checked by running them; the log, entry by entry."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import product
from typing import Literal, TypeAlias

import pytest
import wasmtime
from wasmtime.component import Component, Linker

from fact.model.types import INTEGER_RANGES, SCALARS, Prim
from generators import render
from generators.blueprint import (
    Blueprint,
    Call,
    Child,
    Definition,
    Export,
    Function,
    Guest,
    GuestImport,
    Import,
    Ref,
    Signature,
    Step,
)
from generators.components import component_text
from generators.expressions import operand_text
from generators.hostile_choices import Hostile, Place, RawArgument, ReallocResult, SpilledPointer
from generators.layout import CORE
from generators.operands import CallResult, Const, Mix, Param
from generators.values import EDGES

ENGINE = wasmtime.Engine()

Way: TypeAlias = Literal["direct", "indirect"]
Memory: TypeAlias = Literal["own", "imported"]


def core_results(expressions: Sequence[str]) -> Iterator[int]:
    """The bits of i64 expressions, run as core code."""
    text = "".join(f'(func (export "{i}") (result i64) {e})' for i, e in enumerate(expressions))
    store = wasmtime.Store(ENGINE)
    instance = wasmtime.Instance(store, wasmtime.Module(ENGINE, f"(module {text})"), [])
    for i in range(len(expressions)):
        function = instance.exports(store)[str(i)]
        assert isinstance(function, wasmtime.Func)
        yield function(store) & 0xFFFF_FFFF_FFFF_FFFF


def as_i64(t: Prim, e: str) -> str:
    return {
        "i32": f"(i64.extend_i32_u {e})", "i64": e, "f32": f"(i64.extend_i32_u (i32.reinterpret_f32 {e}))",
        "f64": f"(i64.reinterpret_f64 {e})",
    }[CORE[t]]


def is_valid_flat(t: Prim, bits: int) -> bool:
    """Whether a lower can produce this (CanonicalABI.md, "Flat Lowering")."""
    if t in (Prim.F32, Prim.F64, Prim.U64, Prim.S64):
        return True
    if t is Prim.BOOL:
        return bits <= 1
    if t is Prim.CHAR:
        return bits < 0xD800 or 0xE000 <= bits < 0x110000
    signed = bits - (1 << 32) if bits >> 31 and t.value.startswith("s") else bits
    low, high = INTEGER_RANGES[t]
    return low <= signed <= high


@pytest.mark.parametrize("t", SCALARS)
def test_constants_have_exactly_their_bits(t: Prim) -> None:
    width = 64 if CORE[t] in ("i64", "f64") else 32
    texts = [as_i64(t, operand_text(Const(t, e), t, Guest(), (), ())) for e in EDGES[t]]
    assert list(core_results(texts)) == [e & ((1 << width) - 1) for e in EDGES[t]]


@pytest.mark.parametrize("to", SCALARS)
def test_conversions_and_mixtures_yield_valid_flat_values(to: Prim) -> None:
    pairs = [(Const(a, x), Const(b, y)) for (a, b) in product(SCALARS, SCALARS[:4]) for x in EDGES[a] for y in (0, 1)]
    texts = [as_i64(to, operand_text(left, to, Guest(), (), ())) for left, _ in pairs]
    texts += [as_i64(to, operand_text(Mix(left, right), to, Guest(), (), ())) for left, right in pairs]
    texts = list(dict.fromkeys(texts))
    for text, bits in zip(texts, core_results(texts), strict=True):
        assert is_valid_flat(to, bits), f"{text} gives {bits:#x}"


def test_a_mixture_depends_on_the_order() -> None:
    for t, x, y in ((Prim.U8, 2, 7), (Prim.CHAR, 0x61, 0xE9), (Prim.BOOL, 1, 0), (Prim.F32, 0x3F800000, 0),
                    (Prim.U64, 1, 2)):
        one, other = (as_i64(t, operand_text(Mix(Const(t, a), Const(t, b)), t, Guest(), (), ()))
                      for a, b in ((x, y), (y, x)))
        first, second = core_results([one, other])
        assert first != second


# -- whole components


DIRECT: tuple[Way, Memory] = ("direct", "own")
INDIRECT: tuple[Way, Memory] = ("indirect", "own")
IMPORTED: tuple[Way, Memory] = ("direct", "imported")


def two(
    signature: Signature, args: tuple[int, ...], hostile: Hostile | None = None, kind: tuple[Way, Memory] = DIRECT
) -> Blueprint:
    """A caller that forwards to a callee, which returns its first parameter."""
    forwards = tuple(Param(i) for i in range(len(signature.params)))
    callee = Guest(functions=(Function(signature, returns=Param(0), post_return=True),))
    caller = Guest(
        (GuestImport(Ref("import", 0), signature),),
        (Function(signature, (Step(0, forwards),), CallResult(0)),), (), *kind,
    )
    exports = (Export("f0", Ref("item", 0, ("f0",))),)
    return Blueprint(
        (
            Definition(2, items=(callee,), exports=exports),
            Definition(2, (Import("in0", signature),), (caller,), exports),
            Definition(None, items=(Child(0), Child(1, (Ref("item", 0, ("f0",)),))),
                       exports=(Export("f0", Ref("item", 1, ("f0",))),)),
        ),
        calls=(Call("f0", args),), hostile=() if hostile is None else (hostile,),
    )


def run(blueprint: Blueprint) -> tuple[object, dict[str, list[int]]]:
    """The last call's result and the logs."""
    rendered = render(blueprint)
    store = wasmtime.Store(ENGINE)
    instance = Linker(ENGINE).instantiate(store, Component(ENGINE, wasmtime.wat2wasm(rendered.text)))

    def call(name: str, *args: object) -> object:
        function = instance.get_func(store, name)
        assert function is not None, name
        return function(store, *args)

    results = [call(name, *args) for name, args in rendered.calls]
    logs: dict[str, list[int]] = {}
    for prefix in rendered.log_prefixes:
        count = call(f"{prefix}-log-count")
        assert isinstance(count, int)
        logs[prefix] = [e for i in range(count) if isinstance(e := call(f"{prefix}-log-entry", i), int)]
        assert call(f"{prefix}-log-digest") == digest(logs[prefix])
    return results[-1], logs


def digest(entries: Sequence[int]) -> int:
    state = 0x9E3779B97F4A7C15
    for entry in entries:
        state = (((state << 5 | state >> 59) & (1 << 64) - 1) ^ entry) * 0x100000001B3 & (1 << 64) - 1
    return state


@pytest.mark.parametrize("kind", [DIRECT, INDIRECT, IMPORTED])
def test_a_guest_logs_what_it_gets(kind: tuple[Way, Memory]) -> None:
    signature = Signature((Prim.S8, Prim.F64, Prim.CHAR), Prim.S8)
    got, logs = run(two(signature, (-1, 0xFFF7_FFFF_FFFF_FFFF, 0x10FFFF), kind=kind))
    assert got == -1
    received = [0xFFFFFFFF, 0x7FF8 << 48, 0x10FFFF]
    assert logs == {
        "c0": [1 << 32, *received, 4 << 32, 0xFFFFFFFF],
        "c1": [1 << 32, *received, 2 << 32, 0xFFFFFFFF],
    }


@pytest.mark.parametrize("kind", [INDIRECT, IMPORTED])
def test_spilled_parameters_come_through_realloc(kind: tuple[Way, Memory]) -> None:
    """CanonicalABI.md, "Lifting and Lowering Values": lower_flat_values allocates the tuple with its alignment."""
    signature = Signature((Prim.U8, *(Prim.U32,) * 15, Prim.U16), Prim.U8)
    args = tuple(range(1, 18))
    got, logs = run(two(signature, args, kind=kind))
    assert got == 1
    assert logs["c0"] == [3 << 32, 0, 0, 4, 68, 1 << 32, *args, 4 << 32, 1]


def test_hostile_bits_are_passed_as_they_are() -> None:
    """CanonicalABI.md, "Flat Lifting": any nonzero i32 is true."""
    signature = Signature((Prim.BOOL,), Prim.BOOL)
    got, logs = run(two(signature, (0,), RawArgument(Place(1, 0, 0), 0, 0, 0x100)))
    assert got is True
    assert logs["c0"][1] == 1


@pytest.mark.parametrize("hostile", [
    SpilledPointer(Place(1, 0, 0), 0, "odd"), SpilledPointer(Place(1, 0, 0), 0, "one past"),
    SpilledPointer(Place(1, 0, 0), 0, "at end"), SpilledPointer(Place(1, 0, 0), 0, "past end"),
    SpilledPointer(Place(1, 0, 0), 0, "wrapping"), ReallocResult(Place(0, 0), "odd"),
    ReallocResult(Place(0, 0), "one past"), ReallocResult(Place(0, 0), "wrapping"),
])
def test_hostile_pointers_trap(hostile: Hostile) -> None:
    """CanonicalABI.md, "Lifting and Lowering Values": trap if misaligned or out of bounds."""
    blueprint = two(Signature((Prim.U32,) * 17, Prim.U32), (1,) * 17, hostile, IMPORTED)
    with pytest.raises(wasmtime.WasmtimeError):
        run(blueprint)


@pytest.mark.parametrize("hostile", [
    SpilledPointer(Place(1, 0, 0), 0, "last fit"), ReallocResult(Place(0, 0), "last fit"),
])
def test_the_last_place_that_fits_does_not_trap(hostile: Hostile) -> None:
    blueprint = two(Signature((Prim.U32,) * 17, Prim.U32), tuple(range(17)), hostile, IMPORTED)
    assert run(blueprint)[0] == 0


def test_equal_guests_share_one_module_of_their_home() -> None:
    guest = Guest(functions=(Function(Signature((), Prim.U32)),), levels=1)
    definition = Definition(2, items=(guest,))
    text = component_text(Blueprint((definition, definition, Definition(None, items=(Child(0), Child(1))))))
    assert text.count("(core module $guest0.0") == 1 + 2, "defined once, aliased twice"
    Component(ENGINE, wasmtime.wat2wasm(text))
