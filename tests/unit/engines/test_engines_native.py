"""wasmtime's component model behind the engine protocol: calls, imports, refusals, what the host does, and fuel."""

from __future__ import annotations

import gc
import math
import weakref
from collections.abc import Sequence

import pytest
from native_components import assemble, no_host, reason_of, single, start

from fact.errors import Unsupported
from fact.model.traps import Trap, TrapReason
from fact.model.types import INTEGER_RANGES, SCALARS, FuncType, Prim
from fact.model.values import Value, same_value
from fuzz.engines.base import Refusal
from fuzz.engines.native import NativeEngine, NativeInstance

CORE = {Prim.S64: "i64", Prim.U64: "i64", Prim.F32: "f32", Prim.F64: "f64"}


@pytest.fixture(scope="module")
def engine() -> NativeEngine:
    return NativeEngine()


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
