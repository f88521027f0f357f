"""Steps that may change places do so unobserved: any order that `observable_order` allows has the same calls of the
host, the same trap, and the same results afterwards, as the order of the component."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from random import Random

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from hypothesis_profiles import times
from step_orders import another_order, moved
from time_limit import repeated
from wasmtime import wat2wasm

from fact.decode import decode
from fact.link import link, reach
from fact.model.plan import Plan
from fact.model.traps import Trap
from fact.model.types import FuncType
from fact.model.values import Value
from fact.run import prepare_reference

PAGE = 65536


@dataclass(frozen=True)
class Module:
    """What one core module of a component imports and does; modules are named by their numbers."""

    memory: int | None
    """Whose memory it imports; None for one of its own."""
    table: int | None
    callee: int | None
    """Whose function it calls, which it is given *lowered* or as it is."""
    lowered: bool
    data: int | None
    """Where its data segment goes to."""
    element: int | None
    starts: bool


@st.composite
def components(draw: st.DrawFn) -> tuple[Module, ...]:
    modules: list[Module] = []
    for i in range(draw(st.integers(2, 6))):
        earlier = st.none() if i == 0 else st.none() | st.integers(0, i - 1)
        modules.append(
            Module(
                draw(earlier), draw(earlier), draw(earlier), draw(st.booleans()),
                draw(st.none() | st.sampled_from((0, 0, 0, 1, 1, 1, PAGE))),
                draw(st.none() | st.sampled_from((0, 0, 0, 1, 1, 1, 2))),
                draw(st.booleans()),
            )
        )
    return tuple(modules)


def module_text(i: int, module: Module) -> str:
    """Its function adds to a byte of its memory and calls what it imports; its start function tells the host what it
    finds in memory and what the functions in its table return."""
    memory = '(memory (export "m") 1)' if module.memory is None else '(import "memory" "m" (memory 1))'
    table = '(table (export "t") 2 funcref)' if module.table is None else '(import "table" "t" (table 2 funcref))'
    imports = [text for text in (memory, table) if "(import" in text]
    if module.callee is not None:
        imports.append('(import "callee" "f" (func $callee (result i32)))')
    own = [text for text in (memory, table) if "(import" not in text]
    again = ['(export "m" (memory 0))'] * (module.memory is not None) + ['(export "t" (table 0))'] * (
        module.table is not None
    )
    call = "(i32.const 0)" if module.callee is None else "(call $callee)"
    slots = "".join(
        f"(if (i32.eqz (ref.is_null (table.get (i32.const {slot})))) (then"
        f" (call $log (call_indirect (result i32) (i32.const {slot})))))"
        for slot in (0, 1)
    )
    parts = [
        '(import "host" "log" (func $log (param i32)))', *imports, *own, *again,
        f"""(func $f (export "f") (result i32)
          (i32.store8 (i32.const 1) (i32.add (i32.load8_u (i32.const 1)) (i32.const {i + 1})))
          (i32.add (i32.mul (i32.const 16) {call})
            (i32.add (i32.load8_u (i32.const 0)) (i32.load8_u (i32.const 1)))))""",
        f"""(func $start (call $log (i32.load8_u (i32.const 0))) (call $log (i32.load8_u (i32.const 1)))
          {slots} (call $log {call}))""",
    ]
    if module.data is not None:
        parts.append(f'(data (i32.const {module.data}) "\\{i + 65:02x}")')
    if module.element is not None:
        parts.append(f"(elem (i32.const {module.element}) func $f)")
    if module.starts:
        parts.append("(start $start)")
    return f"(core module $m{i} {' '.join(parts)})"


def component_text(modules: Sequence[Module]) -> str:
    parts = ['(import "log" (func $log (param "n" u32)))', "(core func $log (canon lower (func $log)))"]
    for i, module in enumerate(modules):
        given = ['(with "host" (instance (export "log" (func $log))))']
        if module.memory is not None:
            given.append(f'(with "memory" (instance $i{module.memory}))')
        if module.table is not None:
            given.append(f'(with "table" (instance $i{module.table}))')
        if module.callee is not None:
            callee = f"$l{i}" if module.lowered else f'$i{module.callee} "f"'
            if module.lowered:
                parts.append(f"(core func {callee} (canon lower (func $f{module.callee})))")
            given.append(f'(with "callee" (instance (export "f" (func {callee}))))')
        parts += [
            module_text(i, module),
            f"(core instance $i{i} (instantiate $m{i} {' '.join(given)}))",
            f'(func $f{i} (result u32) (canon lift (core func $i{i} "f")))',
            f'(export "f{i}" (func $f{i}))',
        ]
    return f"(component {' '.join(parts)})"


def observed(plan: Plan) -> list[object]:
    """What the host was told, how instantiation ended, and what each function returns twice afterwards."""
    seen: list[object] = []

    def host(path: tuple[str, ...], type: FuncType, args: Sequence[Value]) -> Value | None:
        seen.append(args[0])
        return None

    try:
        instance = prepare_reference(plan).instantiate(host)
    except Trap as trap:
        return [*seen, trap.reason]
    return [*seen, *(instance.invoke(name, []) for name in [*plan.function_exports()] * 2)]


PLAIN = Module(None, None, None, False, None, None, False)
ACROSS = (PLAIN, replace(PLAIN, callee=0, lowered=True, starts=True), replace(PLAIN, memory=0, data=0))
"""What the start function calls through a lower reads memory that is written to afterwards."""


@repeated
def test_any_order_that_is_allowed_does_the_same() -> None:
    differ: list[bool] = []

    @given(components(), st.randoms(use_true_random=False))
    @example(ACROSS, Random(1))
    @example((ACROSS[0], replace(ACROSS[2], data=1), replace(ACROSS[1]), ACROSS[2]), Random(2))
    @times(1.2)
    def every(modules: tuple[Module, ...], random: Random) -> None:
        plan = link(decode(bytes(wat2wasm(component_text(modules)))))
        expected = observed(plan)
        for _ in range(3):
            other = another_order(plan, random)
            assert observed(other) == expected
            differ.append(moved(plan, other))

    every()
    assert sum(differ) >= 60


@given(components(), st.randoms(use_true_random=False))
@example(ACROSS, Random(1))
@times(0.3)
def test_so_it_does_when_there_is_no_time_to_find_out_what_code_may_come_to(
    modules: tuple[Module, ...], random: Random
) -> None:
    plan = link(decode(bytes(wat2wasm(component_text(modules)))))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(reach, "MAX_SEARCH", 1)
        other = another_order(plan, random)
    assert observed(other) == observed(plan)
