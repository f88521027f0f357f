"""wasmtime's component model behind the engine protocol: calls, imports, refusals, and every trap in scope."""

from __future__ import annotations

import gc
import math
import weakref
from collections.abc import Sequence

import pytest
import wasmtime

from fact.errors import Unsupported
from fact.model.traps import Trap, TrapReason
from fact.model.types import INTEGER_RANGES, SCALARS, FuncType, Prim
from fact.model.values import Value, same_value
from fuzz.engines.base import Engine, Refusal
from fuzz.engines.native import NativeEngine, NativeInstance
from fuzz.engines.native_traps import reasons_meant_by, same_family, trap_from

CORE = {Prim.S64: "i64", Prim.U64: "i64", Prim.F32: "f32", Prim.F64: "f64"}
U8_17 = " ".join(f'(param "p{i}" u8)' for i in range(17))


def no_host(path: tuple[str, ...], type: FuncType, args: Sequence[Value], /) -> Value | None:
    raise AssertionError(f"{path} was called")


def assemble(text: str) -> bytes:
    return bytes(wasmtime.wat2wasm(text))


@pytest.fixture(scope="module")
def engine() -> NativeEngine:
    return NativeEngine()


def start(engine: Engine, text: str) -> NativeInstance:
    running = engine.load(assemble(text)).instantiate(no_host)
    assert isinstance(running, NativeInstance)
    return running


def single(module: str, lift: str) -> str:
    """A component that lifts core function f of a module as function f."""
    return f"""(component
      (core module $M {module}) (core instance $m (instantiate $M))
      (func (export "f") {lift}))"""


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


def reason_of(running: NativeInstance, *args: Value) -> TrapReason:
    with pytest.raises(Trap) as caught:
        running.invoke("f", args)
    assert caught.value.message
    return caught.value.reason


EDGES: dict[Prim, list[Value]] = {
    Prim.BOOL: [False, True],
    Prim.F32: [0.0, -0.0, 1.5, math.inf, -math.inf, math.nan, 2.0**-149],
    Prim.F64: [0.0, -0.0, 1.5, math.inf, -math.inf, math.nan, 5e-324],
    Prim.CHAR: ["\0", "a", "\ud7ff", "\ue000", "\U0010ffff"],
    **{t: [*bounds, 0] for t, bounds in INTEGER_RANGES.items()},
}


@pytest.mark.parametrize("t", SCALARS)
def test_scalars_pass_the_boundary_in_both_directions(engine: NativeEngine, t: Prim) -> None:
    core = CORE.get(t, "i32")
    text = f"""(component
      (import "h" (func $h (param "v" {t}) (result {t})))
      (core func $h-core (canon lower (func $h)))
      (core module $M
        (import "" "h" (func $h (param {core}) (result {core})))
        (func (export "f") (param {core}) (result {core}) (call $h (local.get 0))))
      (core instance $m (instantiate $M (with "" (instance (export "h" (func $h-core))))))
      (func (export "f") (param "v" {t}) (result {t}) (canon lift (core func $m "f"))))"""
    seen: list[tuple[tuple[str, ...], FuncType, tuple[Value, ...]]] = []

    def echo(path: tuple[str, ...], type: FuncType, args: Sequence[Value], /) -> Value | None:
        seen.append((path, type, tuple(args)))
        return args[0]

    running = engine.load(assemble(text)).instantiate(echo)
    for value in EDGES[t]:
        result = running.invoke("f", [value])
        assert same_value(result, value)
        path, type, (received,) = seen.pop()
        assert (path, type) == (("h",), FuncType((("v", t),), t))
        assert same_value(received, value)


def test_functions_of_instances_are_called_by_path_and_imported_from_instances(engine: NativeEngine) -> None:
    text = """(component
      (import "a:b/c@1.0.0" (instance $i
        (export "f" (func (result u8)))
        (export "n" (instance (export "g" (func (result u8)))))))
      (alias export $i "n" (instance $n))
      (core func $f (canon lower (func $i "f")))
      (core func $g (canon lower (func $n "g")))
      (core module $M
        (import "" "f" (func $f (result i32))) (import "" "g" (func $g (result i32)))
        (func (export "both") (result i32) (i32.sub (call $f) (call $g))))
      (core instance $m (instantiate $M (with "" (instance (export "f" (func $f)) (export "g" (func $g))))))
      (func $both (result u8) (canon lift (core func $m "both")))
      (instance $inner (export "both" (func $both)))
      (instance $out (export "inner" (instance $inner)))
      (export "x:y/out" (instance $out)))"""
    values = {("a:b/c@1.0.0", "f"): 50, ("a:b/c@1.0.0", "n", "g"): 8}
    running = engine.load(assemble(text)).instantiate(lambda path, type, args: values[path])
    assert running.invoke("x:y/out#inner#both", []) == 42


ECHO_U8 = single('(func (export "f") (param i32) (result i32) (local.get 0))',
                 '(param "v" u8) (result u8) (canon lift (core func $m "f"))')


@pytest.mark.parametrize("args", [[], [1, 2], [256], [-1], ["a"], [True], [1.0]])
def test_arguments_that_do_not_fit_are_refused_before_the_call(engine: NativeEngine, args: list[Value]) -> None:
    running = start(engine, ECHO_U8)
    with pytest.raises(ValueError, match="u8"):
        running.invoke("f", args)
    assert running.invoke("f", [255]) == 255


@pytest.mark.parametrize("path", ["g", "", "f#f", "f#"])
def test_an_unknown_export_is_a_key_error(engine: NativeEngine, path: str) -> None:
    with pytest.raises(KeyError):
        start(engine, ECHO_U8).invoke(path, [1])


@pytest.mark.parametrize(("type", "named"), [
    ('(param "x" (stream u8)) (result u32)', "stream type"), ('(param "x" (future u8)) (result u32)', "future type"),
])
def test_a_function_that_cannot_be_called_is_refused_by_name(engine: NativeEngine, type: str, named: str) -> None:
    running = start(engine, single('(func (export "f") (param i32) (result i32) (i32.const 0))',
                                   f'{type} (canon lift (core func $m "f"))'))
    with pytest.raises(Unsupported, match=f"call of export f: {named}"):
        running.invoke("f", [0])


@pytest.mark.parametrize(("binary", "kind", "message"), [
    (b"", "malformed", "not a WebAssembly binary"),
    (b"(component)", "malformed", "not a WebAssembly binary"),
    (b"\0asm\x01\0\0\0", "malformed", "a core module where a component is expected"),
    (b"\0asm\x0e\0\x01\0", "malformed", "unknown binary version"),
    (b"\0asm\x0d\0\x01\0\x63\0", "malformed", "malformed section id"),
    (assemble(ECHO_U8)[:60], "malformed", "unexpected end"),
    (assemble(ECHO_U8)[:30], "malformed", "out of bounds"),
    (assemble('(component (export "f" (func 0)))'), "invalid", "unknown function"),
    (assemble("(component (core module (func (result i32))))"), "invalid", "type mismatch"),
    (assemble('(component (import "c" (component)))'), "unsupported", "not supported"),
    (assemble("(component (type (list u8 4)))"), "unsupported", "fixed-length lists feature"),
    (assemble("(component (type (list error-context)))"), "unsupported", "error-context feature"),
    (assemble("(component (core func (canon context.get i32 1)))"), "unsupported", "must be zero: 1"),
    (assemble("""(component (core module $M (memory (export "m") i64 1)) (core instance $m (instantiate $M))
      (import "h" (func $h (param "s" string))) (core func (canon lower (func $h) (memory (core memory $m "m")))))"""),
     "unsupported", "64-bit memories"),
    (assemble(f"""(component (type (flags {' '.join(f'"l{i}"' for i in range(33))})))"""), "invalid", "32 flags"),
])
def test_refusals_say_at_what_stage(engine: NativeEngine, binary: bytes, kind: str, message: str) -> None:
    with pytest.raises(Refusal) as caught:
        engine.load(binary)
    assert caught.value.kind == kind
    assert message in caught.value.message


@pytest.mark.parametrize(("imported", "kind", "message"), [
    ('(import "m" (core module))', "unlinkable", "import m: the host provides no core module"),
    ('(import "i" (instance (export "m" (core module))))', "unlinkable", "import i#m: the host provides no"),
    ('(import "f" (func (param "v" (stream u8))))', "unsupported", "import f: the host provides no stream type"),
    ('(import "f" (func async))', "unsupported", "import f: the host provides no async function type"),
])
def test_an_import_that_the_host_cannot_serve(engine: NativeEngine, imported: str, kind: str, message: str) -> None:
    with pytest.raises(Refusal) as caught:
        engine.load(assemble(f"(component {imported})")).instantiate(no_host)
    assert (caught.value.kind, caught.value.message.startswith(message)) == (kind, True)


# -- traps: the same violation at the host's boundary and in a fused adapter


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


CALLS_HOST = """(component
  (import "h" (func $h (result u8)))
  (core func $h-core (canon lower (func $h)))
  (core module $M (import "" "h" (func $h (result i32))) (func (export "f") (result i32) (call $h)))
  (core instance $m (instantiate $M (with "" (instance (export "h" (func $h-core))))))
  (func (export "f") (result u8) (canon lift (core func $m "f"))))"""


@pytest.mark.parametrize("error", [Trap(TrapReason.HOST, None, "no more"), RuntimeError("bug"), KeyboardInterrupt()])
def test_what_the_host_raises_comes_out_of_the_call(engine: NativeEngine, error: BaseException) -> None:
    def raises(path: tuple[str, ...], type: FuncType, args: Sequence[Value], /) -> Value | None:
        raise error

    running = engine.load(assemble(CALLS_HOST)).instantiate(raises)
    with pytest.raises(type(error)) as caught:
        running.invoke("f", [])
    assert caught.value is error
    assert reason_of(running) is TrapReason.CANNOT_ENTER


@pytest.mark.parametrize("result", [None, 256, "a"])
def test_a_wrong_result_of_the_host_is_the_hosts_error(engine: NativeEngine, result: Value | None) -> None:
    running = engine.load(assemble(CALLS_HOST)).instantiate(lambda path, type, args: result)
    with pytest.raises(ValueError, match="u8"):
        running.invoke("f", [])


def test_a_trap_of_the_host_in_a_start_function_comes_out_of_instantiation(engine: NativeEngine) -> None:
    text = CALLS_HOST.replace('(func (export "f") (result i32) (call $h))', """
      (func $s (drop (call $h))) (start $s) (func (export "f") (result i32) (i32.const 0))""")

    def traps(path: tuple[str, ...], type: FuncType, args: Sequence[Value], /) -> Value | None:
        raise Trap(TrapReason.HOST)

    with pytest.raises(Trap) as caught:
        engine.load(assemble(text)).instantiate(traps)
    assert caught.value.reason is TrapReason.HOST


def test_fuel_bounds_each_call() -> None:
    engine = NativeEngine(fuel=10_000)
    running = start(engine, single("""(func (export "f") (param i32)
      (loop $l (local.set 0 (i32.sub (local.get 0) (i32.const 1))) (br_if $l (local.get 0))))""",
                                   '(param "n" u32) (canon lift (core func $m "f"))'))
    for _ in range(5):
        running.invoke("f", [500])
    assert reason_of(running, 1_000_000) is TrapReason.OUT_OF_FUEL
    loop = assemble("(component (core module $M (func $f (loop (br 0))) (start $f)) (core instance (instantiate $M)))")
    with pytest.raises(Trap) as caught:
        engine.load(loop).instantiate(no_host)
    assert caught.value.reason is TrapReason.OUT_OF_FUEL


def test_one_component_can_be_instantiated_many_times_and_instances_are_freed_at_once(engine: NativeEngine) -> None:
    loaded = engine.load(assemble(CALLS_HOST))
    first, second = (loaded.instantiate(lambda path, type, args, v=v: v) for v in (1, 2))
    assert (first.invoke("f", []), second.invoke("f", []), first.invoke("f", [])) == (1, 2, 1)
    gc.collect()
    gc.disable()
    try:
        freed = weakref.ref(second)
        store = weakref.ref(second._store)
        del second
        assert freed() is None
        assert store() is None
    finally:
        gc.enable()
    assert first.invoke("f", []) == 1


# -- messages


def test_a_message_nobody_mapped_is_kept_whole() -> None:
    message = "error while executing at wasm backtrace:\n    0: m!f\n\nCaused by:\n    wasm trap: cast failure\n"
    trap = trap_from(message)
    assert trap.reason is TrapReason.UNMAPPED
    assert trap.message == message.strip()


@pytest.mark.parametrize(("frame", "cause", "reason"), [
    ("0:     0x31 - m!<wasm function 0>", "wasm trap: out of bounds memory access", TrapReason.MEMORY_OUT_OF_BOUNDS),
    ("0:     0x31 - <unknown>!<wasm function 9>", "wasm trap: out of bounds memory access",
     TrapReason.POINTER_OUT_OF_BOUNDS),
    ("0:     0x31 - <unknown>!<wasm function 9>",
     "0: memory fault at wasm address 0x10000 in linear memory of size 0x10000\n"
     "    1: wasm trap: out of bounds memory access", TrapReason.MEMORY_OUT_OF_BOUNDS),
])
def test_a_guests_fault_and_an_adapters_check_have_the_same_last_line(
    frame: str, cause: str, reason: TrapReason
) -> None:
    message = f"error while executing at wasm backtrace:\n    {frame}\n\nCaused by:\n    {cause}\n"
    assert trap_from(message).reason is reason


@pytest.mark.parametrize(("a", "b", "same"), [
    (TrapReason.POINTER_OUT_OF_BOUNDS, TrapReason.STRING_TOO_LONG, True),
    (TrapReason.POINTER_OUT_OF_BOUNDS, TrapReason.LIST_TOO_LONG, True),
    (TrapReason.POINTER_MISALIGNED, TrapReason.REALLOC_MISALIGNED, True),
    (TrapReason.STRING_TOO_LONG, TrapReason.LIST_TOO_LONG, False),
    (TrapReason.MEMORY_OUT_OF_BOUNDS, TrapReason.STRING_TOO_LONG, False),
    (TrapReason.POINTER_MISALIGNED, TrapReason.STRING_TOO_LONG, False),
    (TrapReason.INVALID_UTF8, TrapReason.INVALID_UTF16, False),
])
def test_families_hold_what_wasmtime_cannot_tell_apart_and_no_more(a: TrapReason, b: TrapReason, same: bool) -> None:
    assert same_family(a, b) is same_family(b, a) is same


@pytest.mark.parametrize(("text", "meant"), [
    ("unreachable", {TrapReason.UNREACHABLE}),
    ("wasm trap: cannot enter component instance", {TrapReason.CANNOT_ENTER}),
    ("undefined element", {TrapReason.TABLE_OUT_OF_BOUNDS}),
    ("out of bounds", {TrapReason.POINTER_OUT_OF_BOUNDS, TrapReason.MEMORY_OUT_OF_BOUNDS,
                       TrapReason.TABLE_OUT_OF_BOUNDS}),
    ("uninitialized element 2", {TrapReason.INDIRECT_CALL_TO_NULL}),
    ("string content out-of-bounds", {TrapReason.POINTER_OUT_OF_BOUNDS}),
    ("invalid utf-8", {TrapReason.INVALID_UTF8}),
    ("discriminant 2 out of range [0..2)", {TrapReason.INVALID_DISCRIMINANT}),
    ("unpaired surrogate found", {TrapReason.INVALID_UTF16}),
    ("deadlock detected", set()),
    ("", set()),
])
def test_expected_texts_stand_for_reasons(text: str, meant: set[TrapReason]) -> None:
    assert reasons_meant_by(text) == meant


def test_the_engine_names_itself_and_its_version(engine: NativeEngine) -> None:
    assert engine.info.name == "native"
    assert engine.info.version.split(".")[0].isdigit()
    assert "map" in engine.info.supports
    assert not {"list of fixed length", "64-bit memories"} & set(engine.info.supports)


def test_wasmtime_lets_the_host_enter_an_instance_that_is_running(engine: NativeEngine) -> None:
    """CanonicalABI.md, Component Instances (may_enter_from without a caller), orders a trap up to
    WebAssembly/component-model#705."""
    running: list[NativeInstance] = []

    def reenters(path: tuple[str, ...], type: FuncType, args: Sequence[Value], /) -> Value | None:
        return running[0].invoke("g", [])

    text = """(component
      (import "h" (func $h (result u8)))
      (core func $h-core (canon lower (func $h)))
      (core module $M
        (import "" "h" (func $h (result i32)))
        (func (export "f") (result i32) (call $h))
        (func (export "g") (result i32) (i32.const 5)))
      (core instance $m (instantiate $M (with "" (instance (export "h" (func $h-core))))))
      (func (export "f") (result u8) (canon lift (core func $m "f")))
      (func (export "g") (result u8) (canon lift (core func $m "g"))))"""
    running.append(engine.load(assemble(text)).instantiate(reenters))
    assert running[0].invoke("f", []) == 5
