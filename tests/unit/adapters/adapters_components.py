"""Whole components on the compiled engine alone: text, decoder, linker, partition, compiler, executor."""

from __future__ import annotations

from collections.abc import Sequence

from wasmtime import wat2wasm

from fact.adapters import compile_adapters
from fact.decode import decode
from fact.link import link, partition
from fact.model.plan import Plan
from fact.model.settings import Reentrance
from fact.model.traps import Trap, TrapReason
from fact.model.types import FuncType
from fact.model.values import Value
from fact.run import Instance, prepare_compiled


class Host:
    """Serves `log`, which takes numbers, and whatever *answers* has a value for; notes what it is told."""

    def __init__(self, **answers: Value) -> None:
        self.answers = answers
        self.logged: list[Value | tuple[str, ...]] = []
        self.dropped: list[tuple[tuple[str, ...], int]] = []

    def __call__(self, path: tuple[str, ...], _type: FuncType, args: Sequence[Value]) -> Value | None:
        self.logged += args
        return self.answers.get(path[-1])

    def drop(self, path: tuple[str, ...], number: int) -> None:
        self.dropped.append((path, number))


def planned(wat: str) -> Plan:
    return partition(link(decode(bytes(wat2wasm(wat)))))


def run(wat: str, host: Host | None = None, reentrance: Reentrance = Reentrance.GUARDED) -> Instance:
    plan = planned(wat)
    prepared = prepare_compiled(plan, compile_adapters(plan, reentrance=reentrance), reentrance=reentrance)
    return prepared.instantiate(host or Host())


def texts(wat: str, reentrance: Reentrance = Reentrance.GUARDED) -> list[str]:
    return [module.wat for module in compile_adapters(planned(wat), reentrance=reentrance)]


def trap(instance: Instance, function: str, *args: Value) -> tuple[TrapReason, str | None]:
    """The reason and site of the trap that the call ends with."""
    try:
        value = instance.invoke(function, args)
    except Trap as raised:
        return raised.reason, raised.site
    raise AssertionError(f"returned {value!r} instead of trapping")


# -- parts of components

SHOP = """
  (component $shop
    (core module $core
      (global $dead (mut i32) (i32.const 0))
      (func (export "dtor") (param i32) (global.set $dead (local.get 0)))
      (func (export "dead") (result i32) (global.get $dead)))
    (core instance $core (instantiate $core))
    (type $r' (resource (rep i32) (dtor (core func $core "dtor"))))
    (core func $new (canon resource.new $r'))
    (core func $rep (canon resource.rep $r'))
    (core module $look
      (import "" "rep" (func $rep (param i32) (result i32)))
      (func (export "same") (param i32) (result i32) (local.get 0))
      (func (export "sum") (param i32 i32) (result i32) (i32.add (local.get 0) (local.get 1)))
      (func (export "take") (param i32) (result i32) (call $rep (local.get 0)))
      (func (export "both") (param i32 i32) (result i32) (call $rep (local.get 0))))
    (core instance $look (instantiate $look (with "" (instance (export "rep" (func $rep))))))
    (export $r "r" (type $r'))
    (func (export "make") (param "rep" u32) (result (own $r)) (canon lift (core func $new)))
    (func (export "look") (param "x" (borrow $r)) (result u32) (canon lift (core func $look "same")))
    (func (export "sum") (param "x" (borrow $r)) (param "y" (borrow $r)) (result u32)
      (canon lift (core func $look "sum")))
    (func (export "take") (param "x" (own $r)) (result u32) (canon lift (core func $look "take")))
    (func (export "both") (param "x" (own $r)) (param "y" (borrow $r)) (result u32)
      (canon lift (core func $look "both")))
    (func (export "borrow-first") (param "x" (borrow $r)) (param "y" (own $r)) (result u32)
      (canon lift (core func $look "sum")))
    (func (export "dead") (result u32) (canon lift (core func $core "dead"))))
"""
"""Implements `r`, whose destructor notes the representation. `both` and `take` own what they are given, and keep it."""

SHOP_IMPORTS = """
    (import "r" (type $r (sub resource)))
    (import "make" (func $make (param "rep" u32) (result (own $r))))
    (import "look" (func $look (param "x" (borrow $r)) (result u32)))
    (import "sum" (func $sum (param "x" (borrow $r)) (param "y" (borrow $r)) (result u32)))
    (import "take" (func $take (param "x" (own $r)) (result u32)))
    (import "both" (func $both (param "x" (own $r)) (param "y" (borrow $r)) (result u32)))
    (import "borrow-first" (func $borrow-first (param "x" (borrow $r)) (param "y" (own $r)) (result u32)))
    (core func $make' (canon lower (func $make)))
    (core func $look' (canon lower (func $look)))
    (core func $sum' (canon lower (func $sum)))
    (core func $take' (canon lower (func $take)))
    (core func $both' (canon lower (func $both)))
    (core func $borrow-first' (canon lower (func $borrow-first)))
    (core func $drop' (canon resource.drop $r))
"""

SHOP_FUNCTIONS = ("make", "look", "sum", "take", "both", "borrow-first")


def with_shop(shop: str = "shop") -> str:
    """Arguments of an instantiation for `SHOP_IMPORTS`."""
    return f'(with "r" (type ${shop} "r"))' + "".join(
        f' (with "{name}" (func ${shop} "{name}"))' for name in SHOP_FUNCTIONS
    )


RAW = """
    (func (export "make") (param "rep" u32) (result u32) (canon lift (core func $make')))
    (func (export "look") (param "x" u32) (result u32) (canon lift (core func $look')))
    (func (export "sum") (param "x" u32) (param "y" u32) (result u32) (canon lift (core func $sum')))
    (func (export "take") (param "x" u32) (result u32) (canon lift (core func $take')))
    (func (export "both") (param "x" u32) (param "y" u32) (result u32) (canon lift (core func $both')))
    (func (export "borrow-first") (param "x" u32) (param "y" u32) (result u32)
      (canon lift (core func $borrow-first')))
    (func (export "drop") (param "x" u32) (canon lift (core func $drop')))
"""
"""The caller's side of each as a function of plain numbers: an adapter or a built-in is what is lifted."""


def exports(instance: str, *names: str) -> str:
    return "".join(f'  (export "{name}" (func ${instance} "{name}"))\n' for name in names)
