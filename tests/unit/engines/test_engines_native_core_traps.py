"""Traps through wasmtime: the same violation at the host's boundary and in a fused adapter, and those of core wasm."""

from __future__ import annotations

import pytest
from native_components import assemble, no_host, reason_of, single, start

from fact.model.traps import Trap, TrapReason
from fuzz.engines.native import NativeEngine
from fuzz.engines.native_traps import same_family

U8_17 = " ".join(f'(param "p{i}" u8)' for i in range(17))


@pytest.fixture(scope="module")
def engine() -> NativeEngine:
    return NativeEngine()


def fused(module: str, lift: str, imported: str, core_import: str, call: str, memory: int = 1) -> str:
    """The component of `single` as a child, and a caller next to it that reaches f through an adapter."""
    return f"""(component
      (component $A {single(module, lift)[len("(component"):]}
      (instance $a (instantiate $A))
      (component $B
        (import "f" (func $f {imported}))
        (core module $Memory (memory (export "memory") {memory}))
        (core instance $memory (instantiate $Memory))
        (core func $f-core (canon lower (func $f) (memory (core memory $memory "memory"))))
        (core module $M (import "" "f" (func $f {core_import})) (func (export "f") {call}))
        (core instance $m (instantiate $M (with "" (instance (export "f" (func $f-core))))))
        (func (export "f") (canon lift (core func $m "f"))))
      (instance $b (instantiate $B (with "f" (func $a "f"))))
      (export "f" (func $b "f")))"""


@pytest.mark.parametrize("code", [0xD800, 0xDFFF, 0x110000, 0xFFFFFFFF])
def test_invalid_chars(engine: NativeEngine, code: int) -> None:
    """CanonicalABI.md: Loading, convert_i32_to_char."""
    give = f'(func (export "f") (result i32) (i32.const {code:#x}))'
    lift = '(result char) (canon lift (core func $m "f"))'
    assert reason_of(start(engine, single(give, lift))) is TrapReason.INVALID_CHAR
    caller = fused(give, lift, "(result char)", "(result i32)", "(drop (call $f))")
    assert reason_of(start(engine, caller)) is TrapReason.INVALID_CHAR


SPILLED = """(memory (export "memory") 1) (func (export "f") (param i32))
  (func (export "realloc") (param i32 i32 i32 i32) (result i32) {realloc})"""
LIFT_SPILLED = f"""{U8_17.replace("u8", "u32")}
  (canon lift (core func $m "f") (memory (core memory $m "memory")) (realloc (core func $m "realloc")))"""
U32_17 = U8_17.replace("u8", "u32")


@pytest.mark.parametrize(("at", "at_host", "in_adapter"), [
    (1, TrapReason.REALLOC_MISALIGNED, TrapReason.POINTER_MISALIGNED),
    (65472, TrapReason.REALLOC_OUT_OF_BOUNDS, TrapReason.POINTER_OUT_OF_BOUNDS),
    (0xFFFFFFFC, TrapReason.REALLOC_OUT_OF_BOUNDS, TrapReason.POINTER_OUT_OF_BOUNDS),
])
def test_bad_results_of_realloc(engine: NativeEngine, at: int, at_host: TrapReason, in_adapter: TrapReason) -> None:
    """CanonicalABI.md: lower_flat_values. A fused adapter does not say whose pointer was wrong."""
    module = SPILLED.format(realloc=f"(i32.const {at})")
    assert reason_of(start(engine, single(module, LIFT_SPILLED)), *range(17)) is at_host
    caller = fused(module, LIFT_SPILLED, U32_17, "(param i32)", "(call $f (i32.const 0))")
    reason = reason_of(start(engine, caller))
    assert reason is in_adapter
    assert same_family(reason, at_host)


@pytest.mark.parametrize(("at", "expected"), [
    (2, TrapReason.POINTER_MISALIGNED), (65472, TrapReason.POINTER_OUT_OF_BOUNDS),
    (0xFFFFFFFC, TrapReason.POINTER_OUT_OF_BOUNDS),
])
def test_bad_pointers_of_the_caller(engine: NativeEngine, at: int, expected: TrapReason) -> None:
    """CanonicalABI.md: lift_flat_values."""
    module = SPILLED.format(realloc="(i32.const 0)")
    caller = fused(module, LIFT_SPILLED, U32_17, "(param i32)", f"(call $f (i32.const {at}))")
    assert reason_of(start(engine, caller)) is expected
    to_host = f"""(component
      (import "h" (func $h {U32_17}))
      (core module $Memory (memory (export "memory") 1)) (core instance $memory (instantiate $Memory))
      (core func $h-core (canon lower (func $h) (memory (core memory $memory "memory"))))
      (core module $M (import "" "h" (func $h (param i32))) (func (export "f") (call $h (i32.const {at}))))
      (core instance $m (instantiate $M (with "" (instance (export "h" (func $h-core))))))
      (func (export "f") (canon lift (core func $m "f"))))"""
    assert reason_of(start(engine, to_host)) is expected


CORE_TRAPS = [
    (TrapReason.UNREACHABLE, "", "unreachable"),
    (TrapReason.MEMORY_OUT_OF_BOUNDS, "(memory 1)", "(drop (i32.load (i32.const 65533)))"),
    (TrapReason.MEMORY_OUT_OF_BOUNDS, "(memory 1)", "(memory.fill (i32.const 65536) (i32.const 0) (i32.const 1))"),
    (TrapReason.TABLE_OUT_OF_BOUNDS, "(table 1 funcref)", "(call_indirect (i32.const 1))"),
    (TrapReason.TABLE_OUT_OF_BOUNDS, "(table 1 funcref)", "(drop (table.get 0 (i32.const 1)))"),
    (TrapReason.INDIRECT_CALL_TO_NULL, "(table 1 funcref)", "(call_indirect (i32.const 0))"),
    (TrapReason.BAD_SIGNATURE, "(table funcref (elem $x)) (func $x (param i32))", "(call_indirect (i32.const 0))"),
    (TrapReason.INTEGER_OVERFLOW, "", "(drop (i32.div_s (i32.const 0x80000000) (i32.const -1)))"),
    (TrapReason.INTEGER_OVERFLOW, "", "(drop (i32.trunc_f32_s (f32.const 1e30)))"),
    (TrapReason.INTEGER_DIVIDE_BY_ZERO, "", "(drop (i32.rem_u (i32.const 1) (i32.const 0)))"),
    (TrapReason.BAD_CONVERSION_TO_INTEGER, "", "(drop (i64.trunc_f64_u (f64.const nan)))"),
    (TrapReason.NULL_REFERENCE, "(type $t (func))", "(call_ref $t (ref.null $t))"),
    (TrapReason.NULL_REFERENCE, "", "(drop (ref.as_non_null (ref.null func)))"),
    (TrapReason.STACK_OVERFLOW, "(func $deep (call $deep))", "(call $deep)"),
    (TrapReason.UNCAUGHT_EXCEPTION, "(tag $t)", "(throw $t)"),
]


@pytest.mark.parametrize(("reason", "definitions", "body"), CORE_TRAPS)
def test_traps_of_core_wasm_and_the_end_of_the_instance(
    engine: NativeEngine, reason: TrapReason, definitions: str, body: str
) -> None:
    """CanonicalABI.md: canon lift, call_and_trap_on_throw; Embedding: Store.lift."""
    module = f'{definitions} (func (export "f") {body})'
    lift = '(canon lift (core func $m "f"))'
    for text in (single(module, lift), fused(module, lift, "", "", "(call $f)")):
        running = start(engine, text)
        assert reason_of(running) is reason
        assert reason_of(running) is TrapReason.CANNOT_ENTER
        assert reason_of(running) is TrapReason.CANNOT_ENTER


@pytest.mark.parametrize("f", ["post-return", "realloc"])
def test_leaving_from_post_return_or_realloc(engine: NativeEngine, f: str) -> None:
    """CanonicalABI.md: canon lower, trap_if(not may_leave)."""
    options = {
        "post-return": '(canon lift (core func $m "f") (post-return (core func $m "leave")))',
        "realloc": f'{U8_17} (canon lift (core func $m "g") (memory (core memory $m "memory"))'
                   ' (realloc (core func $m "realloc")))',
    }
    running = start(engine, f"""(component
      (component $C (core module $M (func (export "f"))) (core instance $m (instantiate $M))
        (func (export "f") (canon lift (core func $m "f"))))
      (instance $c (instantiate $C))
      (core func $c-core (canon lower (func $c "f")))
      (core module $M
        (import "" "c" (func $c))
        (memory (export "memory") 1)
        (func (export "f"))
        (func (export "g") (param i32))
        (func (export "leave") (call $c))
        (func (export "realloc") (param i32 i32 i32 i32) (result i32) (call $c) (i32.const 0)))
      (core instance $m (instantiate $M (with "" (instance (export "c" (func $c-core))))))
      (func (export "f") {options[f]}))""")
    assert reason_of(running, *([] if f == "post-return" else range(17))) is TrapReason.CANNOT_LEAVE


@pytest.mark.parametrize(("module", "reason"), [
    ("(func $f unreachable) (start $f)", TrapReason.UNREACHABLE),
    ('(memory 1) (data (i32.const 65536) "x")', TrapReason.MEMORY_OUT_OF_BOUNDS),
    ("(table 1 funcref) (elem (i32.const 1) func $f) (func $f)", TrapReason.TABLE_OUT_OF_BOUNDS),
    ("(tag $t) (func $f (throw $t)) (start $f)", TrapReason.UNCAUGHT_EXCEPTION),
])
def test_traps_of_instantiation(engine: NativeEngine, module: str, reason: TrapReason) -> None:
    loaded = engine.load(assemble(f"(component (core module $M {module}) (core instance (instantiate $M)))"))
    with pytest.raises(Trap) as caught:
        loaded.instantiate(no_host)
    assert caught.value.reason is reason
