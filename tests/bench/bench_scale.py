"""How long it takes to link and compile components of many instances, or of many functions."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from time import process_time

from bench_graphs import CORE, DIRECT, OPTIONS, REALLOC, SCALAR_SERVER, SIGNATURE, chain, export, server, tooled
from bench_runner import no_imports
from wasmtime import wat2wasm

from fact.adapters import compile_adapters
from fact.decode import decode
from fact.link import link, partition
from fact.run import prepare_compiled, prepare_reference

SIZES = (10, 100, 1000)


def between_two(n: int) -> str:
    """A server with n functions, and a client that calls each of them through an adapter of its own."""
    numbers = range(n)
    lift = "(canon lift (core func $main"
    answer = "(i32.add (local.get 0) (local.get 2))"
    return f"""(component
      (component $Server
        (core module $Main (memory (export "memory") 1) {REALLOC}
          {" ".join(f'(func (export "f{i}") {CORE} {answer})' for i in numbers)})
        (core instance $main (instantiate $Main))
        {" ".join(f'(func (export "f{i}") {SIGNATURE} {lift} "f{i}") {OPTIONS}))' for i in numbers)})
      (component $Client
        {" ".join(f'(import "f{i}" (func $f{i} {SIGNATURE}))' for i in numbers)}
        (core module $Memory (memory (export "memory") 1) {REALLOC})
        (core instance $main (instantiate $Memory))
        {" ".join(f'(core func $l{i} (canon lower (func $f{i}) {OPTIONS}))' for i in numbers)}
        (core module $User {" ".join(f'(import "" "f{i}" (func $f{i} {CORE}))' for i in numbers)}
          (func (export "g") (param i32) (result i32)
            {" ".join(f"(local.set 0 (call $f{i} (local.get 0) (i32.const 0) (i32.const 2)))" for i in numbers)}
            (local.get 0)))
        (core instance $user (instantiate $User (with "" (instance
          {" ".join(f'(export "f{i}" (func $l{i}))' for i in numbers)}))))
        (func (export "g") (param "n" u32) (result u32) (canon lift (core func $user "g"))))
      (instance $s (instantiate $Server))
      (instance $c (instantiate $Client {" ".join(f'(with "f{i}" (func $s "f{i}"))' for i in numbers)}))
      (export "g" (func $c "g")))"""


SHOP = """(component $Shop
  (core module $Bin (func (export "drop") (param i32)))
  (core instance $bin (instantiate $Bin))
  (type $item (resource (rep i32) (dtor (core func $bin "drop"))))
  (core func $new (canon resource.new $item))
  (core module $Main
    (import "" "new" (func $new (param i32) (result i32)))
    (func (export "make") (param i32) (result i32) (call $new (local.get 0)))
    (func (export "price") (param i32) (result i32) (local.get 0)))
  (core instance $main (instantiate $Main (with "" (instance (export "new" (func $new))))))
  (export $seen "item" (type $item))
  (func (export "make") (param "n" u32) (result (own $seen)) (canon lift (core func $main "make")))
  (func (export "price") (param "x" (borrow $seen)) (result u32) (canon lift (core func $main "price"))))"""
BUYER = """(component $Buyer
  (import "shop" (instance $shop
    (export "item" (type $item (sub resource)))
    (export "make" (func (param "n" u32) (result (own $item))))
    (export "price" (func (param "x" (borrow $item)) (result u32)))))
  (alias export $shop "item" (type $item))
  (core func $make (canon lower (func $shop "make")))
  (core func $price (canon lower (func $shop "price")))
  (core func $drop (canon resource.drop $item))
  (core module $Main
    (import "" "make" (func $make (param i32) (result i32)))
    (import "" "price" (func $price (param i32) (result i32)))
    (import "" "drop" (func $drop (param i32)))
    (func (export "f") (param i32) (result i32) (local $item i32)
      (local.set $item (call $make (local.get 0)))
      (call $price (local.get $item))
      (call $drop (local.get $item))))
  (core instance $main (instantiate $Main (with "" (instance
    (export "make" (func $make)) (export "price" (func $price)) (export "drop" (func $drop))))))
  (func (export "f") (param "n" u32) (result u32) (canon lift (core func $main "f"))))"""


def shops(n: int) -> str:
    """n components that define a resource with a destructor, and as many that get one, lend it and drop it."""
    pairs = [
        f"""(instance $s{i} (instantiate $Shop)) (instance $c{i} (instantiate $Buyer (with "shop" (instance $s{i}))))
        {export(i)}"""
        for i in range(n)
    ]
    return f"(component {SHOP} {BUYER} {' '.join(pairs)})"


SHAPES: dict[str, Callable[[int], str]] = {
    "chain of n, direct imports": lambda n: chain(n, SCALAR_SERVER, DIRECT),
    "chain of n, shim, main and fixup": lambda n: chain(n, server(), tooled()),
    "n adapters between two": between_two,
    "n resources, two adapters each": shops,
}
STAGES = "decode", "link", "partition", "compile adapters", "prepare", "instantiate", "reference"


@dataclass(frozen=True, slots=True)
class Scale:
    """Seconds of processor time by stage, as in `STAGES`: *prepare* assembles and compiles core modules, *instantiate*
    is the compiled engine's, *reference* prepares and instantiates the other."""

    shape: str
    n: int
    seconds: tuple[float, ...]

    @property
    def total(self) -> float:
        return sum(self.seconds)


def scales(sizes: Sequence[int] = SIZES) -> list[Scale]:
    return [Scale(shape, n, timed(SHAPES[shape](n))) for shape in SHAPES for n in sizes]


def timed(text: str) -> tuple[float, ...]:
    binary = bytes(wat2wasm(text))
    times = [process_time()]

    def note() -> None:
        times.append(process_time())

    component = decode(binary)
    note()
    linked = link(component)
    note()
    plan = partition(linked)
    note()
    modules = compile_adapters(plan)
    note()
    prepared = prepare_compiled(plan, modules)
    note()
    prepared.instantiate(no_imports)
    note()
    prepare_reference(plan).instantiate(no_imports)
    note()
    return tuple(b - a for a, b in pairwise(times))
