"""Bytes into the decoder and the linker: only errors of our own, in bounded time; and nothing that wasmtime accepts is
refused but by name, as not supported.

What our side accepts and wasmtime refuses is no offence: the decoder and the linker assume a valid component.
"""

from __future__ import annotations

from functools import cache
from random import Random

import wasmtime
import wasmtime.component

from fact.decode import decode, decode_core_module
from fact.decode.preamble import CORE_MODULE_PREAMBLE
from fact.errors import FactError, LinkError, Malformed
from fact.link import link, partition
from fact.link.describe import plan_text
from fact.link.plan_json import plan_data
from fuzz.guided.binary_edits import edited
from fuzz.guided.dictionaries import dictionary_flags
from fuzz.guided.offence import Offence, stage
from fuzz.guided.target import Change, Target

TEXTS = (
    "(component)",
    """(component $c
      (core module $m (memory (export "mem") 1)
        (func (export "realloc") (param i32 i32 i32 i32) (result i32) (i32.const 0))
        (func (export "f") (param i32 i32) (result i32) (i32.const 0)) (func (export "p") (param i32)))
      (component $inner
        (core instance $i (instantiate $m))
        (type $t (record (field "a" u8) (field "b" (list string)) (field "c" (option (result char)))))
        (export $named "t" (type $t))
        (alias core export $i "mem" (core memory $mem))
        (func (export "f") (param "x" string) (result (list u8))
          (canon lift (core func $i "f") (memory $mem) (realloc (core func $i "realloc")) string-encoding=utf16
            (post-return (core func $i "p")))))
      (instance $one (instantiate $inner))
      (core instance $two (instantiate $m))
      (core func $lowered (canon lower (func $one "f") (memory (core memory $two "mem"))
        (realloc (core func $two "realloc"))))
      (core module $user (import "" "f" (func (param i32 i32 i32))) (func (export "g")) (start 1))
      (core instance (instantiate $user (with "" (instance (export "f" (func $lowered))))))
      (export "again" (func $one "f")) (export "one" (instance $one)))""",
    """(component
      (import "a:b/shop@1.0.0" (instance $shop (export "item" (type $item (sub resource)))
        (export "[constructor]item" (func (param "n" u32) (result (own $item))))
        (export "[method]item.use" (func (param "self" (borrow $item))))))
      (alias export $shop "item" (type $item))
      (type $mine (resource (rep i32)))
      (export $shown "mine" (type $mine))
      (core func $new (canon resource.new $mine)) (core func $drop (canon resource.drop $item))
      (core func $rep (canon resource.rep $mine))
      (core func $make (canon lower (func $shop "[constructor]item")))
      (core module $m (import "" "new" (func (param i32) (result i32))) (func (export "f") (param i32) (result i32)
        (call 0 (local.get 0))))
      (core instance $i (instantiate $m (with "" (instance (export "new" (func $new))))))
      (func (export "f") (param "n" u32) (result (own $shown)) (canon lift (core func $i "f"))))""",
    """(component $root
      (type $v (variant (case "x") (case "y" string)))
      (type $r (result (flags "p" "q") (error (enum "r" "s"))))
      (type $f (func (param "a" (tuple u8 s64 f32)) (param "b" (option bool)) (result (result (error f64)))))
      (type $i (instance (type $t (list u16)) (export "t" (type $shown (eq $t))) (export "f" (func (param "x" $shown)))
        (alias outer $root $f (type $g)) (export "g" (func (type $g)))))
      (type $c (component (import "i" (instance $i)) (export "i" (instance))))
      (core type $core (func (param i32) (result i64)))
      (core type $module (module (type $p (func)) (import "" "f" (func (type $p)))
        (alias outer $root $core (type $q)) (export "g" (func (type $q))) (export "m" (memory 1))))
      (import "f" (func $g (type $f)))
      (component $outer (alias outer 1 $f (type $h)) (import "f" (func (type $h)))
        (component $deep (import "q" (type (sub resource)))))
      (instance $o (instantiate $outer (with "f" (func $g))))
      (instance $both (export "o" (instance $o)) (export "g" (func $g)) (export "c" (component $outer))))""",
    """(component
      (core module $m (table (export "t") 3 funcref) (global (export "g") i32 (i32.const 7)) (memory 1)
        (type $s (struct (field i32))) (func $f) (elem (i32.const 0) func $f) (data (i32.const 8) "data")
        (export "f" (func $f)))
      (core instance $a (instantiate $m))
      (core instance $parts (export "t" (table $a "t")) (export "g" (global $a "g")) (export "f" (func $a "f")))
      (core func $get (canon context.get i32 0)) (core func $set (canon context.set i32 0))
      (func $l (canon lift (core func $a "f")))
      (instance $inline (export "l" (func $l)))
      (export "x" (instance $inline)) (export "m" (core module $m)) (export "l" (func $l)))""",
)


def target_of(plain: Change, own: tuple[str, ...] = ()) -> Target:
    mutator = Mutator(plain)
    flags = {"max_len": "65536", **dictionary_flags("decode")}
    return Target("decode", decode_and_link, mutator.mutate, mutator.cross, flags=flags, own=own)


@cache
def seeds() -> tuple[bytes, ...]:
    """Small components, and one core module."""
    made = [bytes(wasmtime.wat2wasm(text)) for text in TEXTS]
    return (*made, made[1][made[1].index(CORE_MODULE_PREAMBLE) :][:130])


def decode_and_link(data: bytes) -> None:
    """Raises `Offence`."""
    if data.startswith(CORE_MODULE_PREAMBLE):
        _decode_module(data)
        return
    try:
        _link(data)
    except (Malformed, LinkError) as refused:
        if accepted_by_wasmtime(data):
            kind = type(refused).__name__
            raise Offence("refusing", f"wasmtime accepts what is refused as {kind}: {refused}") from refused
    except FactError:
        return


def _decode_module(data: bytes) -> None:
    try:
        with stage("decoding a core module", FactError):
            decode_core_module(data)
    except FactError:
        return


def _link(data: bytes) -> None:
    with stage("decoding", FactError):
        component = decode(data)
    with stage("linking", FactError):
        plan = link(component)
    with stage("partitioning", FactError):
        plan = partition(plan)
    with stage("describing"):
        plan_text(plan, ())
        plan_data(plan, ())


@cache
def _engine() -> wasmtime.Engine:
    """Made late: libFuzzer's handlers of signals must be there before wasmtime's."""
    config = wasmtime.Config()
    config.parallel_compilation = False
    config.cranelift_opt_level = "none"
    config.wasm_component_model_map = True
    config.wasm_component_model_implements = True
    return wasmtime.Engine(config)


def accepted_by_wasmtime(data: bytes) -> bool:
    try:
        wasmtime.component.Component(_engine(), data)
    except wasmtime.WasmtimeError:
        return False
    return True


class Mutator:
    """Changes parts of components, or, by *plain*, bytes. Without anything to change it begins anew."""

    def __init__(self, plain: Change) -> None:
        self.plain = plain

    def mutate(self, data: bytes, max_size: int, seed: int) -> bytes:
        random = Random(seed)
        if len(data) < 8 or random.random() < 0.01:
            return random.choice(seeds())[:max_size]
        if random.random() < 0.25:
            return self.plain(data, max_size)
        return edited(data, random.choice(seeds()), max_size, random, self.plain)

    def cross(self, first: bytes, second: bytes, max_size: int, seed: int) -> bytes:
        return edited(first, second, max_size, Random(seed), self.plain)
