"""Components with resources, for the engines' tests.

`SHOP` defines `item`, with a destructor that adds up what dies (and traps for 666), and `stamp`, without one.
"""

from __future__ import annotations

from collections.abc import Sequence

from fact.model.types import FuncType
from fact.model.values import Handle, Value

MEMORY = """(core module $Memory (memory (export "m") 1) (global $top (mut i32) (i32.const 1024))
    (func (export "r") (param i32 i32 i32 i32) (result i32)
      (global.get $top) (global.set $top (i32.add (global.get $top) (i32.and (i32.add (local.get 3) (i32.const 7))
                                                                             (i32.const -8))))))
  (core instance $memory (instantiate $Memory))"""
OPTIONS = '(memory (core memory $memory "m")) (realloc (core func $memory "r"))'

SHOP_TYPES = """(export "item" (type $item (sub resource))) (export "stamp" (type $stamp (sub resource)))
      (export "make" (func (param "price" u32) (result (own $item))))
      (export "print" (func (param "price" u32) (result (own $stamp))))
      (export "price" (func (param "item" (borrow $item)) (result u32)))
      (export "buy" (func (param "item" (own $item)) (result u32)))
      (export "both" (func (param "a" (borrow $item)) (param "b" (own $item)) (result u32)))"""

SHOP = f"""(component $Shop
  {MEMORY}
  (core module $Till (global $gone (mut i32) (i32.const 0))
    (func (export "dtor") (param i32)
      (if (i32.eq (local.get 0) (i32.const 666)) (then unreachable))
      (global.set $gone (i32.add (global.get $gone) (local.get 0))))
    (func (export "gone") (result i32) (global.get $gone)))
  (core instance $till (instantiate $Till))
  (type $item' (resource (rep i32) (dtor (core func $till "dtor"))))
  (export $item "item" (type $item'))
  (type $stamp' (resource (rep i32)))
  (export $stamp "stamp" (type $stamp'))
  (core func $new (canon resource.new $item)) (core func $new-stamp (canon resource.new $stamp))
  (core func $rep (canon resource.rep $item)) (core func $drop (canon resource.drop $item))
  (core module $M
    (import "" "new" (func $new (param i32) (result i32)))
    (import "" "new-stamp" (func $new-stamp (param i32) (result i32)))
    (import "" "rep" (func $rep (param i32) (result i32))) (import "" "drop" (func $drop (param i32)))
    (import "" "m" (memory 1))
    (func (export "make") (param i32) (result i32) (call $new (local.get 0)))
    (func (export "print") (param i32) (result i32) (call $new-stamp (local.get 0)))
    (func (export "self") (param i32) (result i32) (local.get 0))
    (func (export "second") (param i32 i32) (result i32) (local.get 1))
    (func (export "buy") (param i32) (result i32) (call $rep (local.get 0)) (call $drop (local.get 0)))
    (func (export "parcel") (param i32) (result i32)
      (i32.store (i32.const 16) (call $new (local.get 0)))
      (i32.store (i32.const 20) (i32.const 64)) (i32.store (i32.const 24) (i32.const 2))
      (i32.store (i32.const 64) (call $new (i32.add (local.get 0) (i32.const 1))))
      (i32.store (i32.const 68) (call $new (i32.add (local.get 0) (i32.const 2))))
      (i32.store8 (i32.const 28) (i32.const 1))
      (i32.store (i32.const 32) (call $new-stamp (local.get 0)))
      (i32.const 16))
    (func (export "reverse") (param $at i32) (param $n i32) (result i32) (local $i i32)
      (loop $more (if (i32.lt_u (local.get $i) (local.get $n)) (then
        (i32.store (i32.add (i32.const 512) (i32.shl (local.get $i) (i32.const 2)))
          (i32.load (i32.add (local.get $at)
            (i32.shl (i32.sub (i32.sub (local.get $n) (local.get $i)) (i32.const 1)) (i32.const 2)))))
        (local.set $i (i32.add (local.get $i) (i32.const 1))) (br $more))))
      (i32.store (i32.const 16) (i32.const 512)) (i32.store (i32.const 20) (local.get $n)) (i32.const 16)))
  (core instance $m (instantiate $M (with "" (instance (export "new" (func $new)) (export "new-stamp" (func $new-stamp))
    (export "rep" (func $rep)) (export "drop" (func $drop)) (export "m" (memory $memory "m"))))))
  (type $parcel' (record (field "first" (own $item)) (field "more" (list (own $item)))
    (field "stamp" (option (own $stamp)))))
  (export $parcel "parcel" (type $parcel'))
  (func (export "make") (param "price" u32) (result (own $item)) (canon lift (core func $m "make")))
  (func (export "print") (param "price" u32) (result (own $stamp)) (canon lift (core func $m "print")))
  (func (export "price") (param "item" (borrow $item)) (result u32) (canon lift (core func $m "self")))
  (func (export "buy") (param "item" (own $item)) (result u32) (canon lift (core func $m "buy")))
  (func (export "both") (param "a" (borrow $item)) (param "b" (own $item)) (result u32)
    (canon lift (core func $m "second")))
  (func (export "pack") (param "price" u32) (result $parcel) (canon lift (core func $m "parcel") {OPTIONS}))
  (func (export "reverse") (param "items" (list (own $item))) (result (list (own $item)))
    (canon lift (core func $m "reverse") {OPTIONS}))
  (func (export "claim") (param "index" u32) (result (own $item)) (canon lift (core func $m "self")))
  (func (export "gone") (result u32) (canon lift (core func $till "gone"))))"""

STORE = f"(component {SHOP} (instance $shop (instantiate $Shop)) (export \"shop\" (instance $shop)))"
"""A shop that the host calls."""


def clerk(body: str, params: str = "(param i32)", type: str = '(param "x" (borrow $item)) (result u32)') -> str:
    """A shop and a component between it and the host, whose function `do`, of a type over `$item` and `$stamp`, has
    *body* as its core function; that has all of the shop's functions and `drop`, `drop-stamp`, `keep` and `kept`."""
    functions = {"make": 1, "print": 1, "price": 1, "buy": 1, "both": 2}
    lowered = "".join(f'(core func ${n} (canon lower (func $s "{n}")))' for n in functions)
    imported = "".join(
        f'(import "" "{n}" (func ${n} {"(param i32) " * k}(result i32)))' for n, k in functions.items())
    given = "".join(f'(export "{n}" (func ${n}))' for n in (*functions, "drop", "drop-stamp"))
    return f"""(component {SHOP}
      (component $Clerk
        (import "shop" (instance $s {SHOP_TYPES}))
        (alias export $s "item" (type $item)) (alias export $s "stamp" (type $stamp))
        {lowered}
        (core func $drop (canon resource.drop $item)) (core func $drop-stamp (canon resource.drop $stamp))
        (core module $M {imported}
          (import "" "drop" (func $drop (param i32))) (import "" "drop-stamp" (func $drop-stamp (param i32)))
          (global $kept (mut i32) (i32.const 0))
          (func (export "keep") (param i32) (global.set $kept (local.get 0)))
          (func (export "do") {params} (result i32) {body}))
        (core instance $m (instantiate $M (with "" (instance {given}))))
        (func (export "keep") (param "x" (own $item)) (canon lift (core func $m "keep")))
        (func (export "do") {type} (canon lift (core func $m "do"))))
      (instance $shop (instantiate $Shop))
      (instance $clerk (instantiate $Clerk (with "shop" (instance $shop))))
      (export "shop" (instance $shop)) (export "clerk" (instance $clerk)))"""


GUEST_OF_HOST = f"""(component
  (import "r" (type $r (sub resource))) (import "s" (type $s (sub resource)))
  (import "mint" (func $mint (param "x" u32) (result (own $r))))
  (import "weigh" (func $weigh (param "x" (borrow $r)) (result u32)))
  (import "sort" (func $sort (param "x" (list (own $r))) (result (list (own $r)))))
  (import "trade" (func $trade (param "x" (own $s)) (result (own $r))))
  {MEMORY}
  (core func $mint (canon lower (func $mint))) (core func $weigh (canon lower (func $weigh)))
  (core func $trade (canon lower (func $trade))) (core func $sort (canon lower (func $sort) {OPTIONS}))
  (core func $drop (canon resource.drop $r)) (core func $drop-s (canon resource.drop $s))
  (core module $M
    (import "" "mint" (func $mint (param i32) (result i32))) (import "" "weigh" (func $weigh (param i32) (result i32)))
    (import "" "trade" (func $trade (param i32) (result i32))) (import "" "sort" (func $sort (param i32 i32 i32)))
    (import "" "drop" (func $drop (param i32))) (import "" "drop-s" (func $drop-s (param i32)))
    (func (export "mint") (param i32) (result i32) (call $mint (local.get 0)))
    (func (export "trade") (param i32) (result i32) (call $trade (local.get 0)))
    (func (export "weigh") (param i32) (result i32) (call $weigh (local.get 0)) (call $drop (local.get 0)))
    (func (export "drop") (param i32) (call $drop (local.get 0)))
    (func (export "drop-as-s") (param i32) (call $drop-s (local.get 0)))
    (func (export "sort") (param i32 i32) (result i32) (call $sort (local.get 0) (local.get 1) (i32.const 16))
      (i32.const 16)))
  (core instance $m (instantiate $M (with "" (instance (export "mint" (func $mint)) (export "weigh" (func $weigh))
    (export "trade" (func $trade)) (export "sort" (func $sort)) (export "drop" (func $drop))
    (export "drop-s" (func $drop-s))))))
  (func (export "do-mint") (param "x" u32) (result (own $r)) (canon lift (core func $m "mint")))
  (func (export "do-weigh") (param "x" (borrow $r)) (result u32) (canon lift (core func $m "weigh")))
  (func (export "do-trade") (param "x" (own $s)) (result (own $r)) (canon lift (core func $m "trade")))
  (func (export "do-sort") (param "x" (list (own $r))) (result (list (own $r)))
    (canon lift (core func $m "sort") {OPTIONS}))
  (func (export "do-drop") (param "x" (own $r)) (canon lift (core func $m "drop")))
  (func (export "do-drop-as-s") (param "x" (own $r)) (canon lift (core func $m "drop-as-s"))))"""
"""A guest with resources of the host's."""


class Minter:
    """The host of `GUEST_OF_HOST`; *asked* are its calls, a resource's end among them."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, object]] = []

    def __call__(self, path: tuple[str, ...], type: FuncType, args: Sequence[Value], /) -> Value | None:
        (given,) = args
        self.asked.append((path[0], given))
        match path[0], given:
            case "mint", int():
                return Handle(given)
            case "weigh", Handle():
                return given.number
            case "sort", tuple():
                return tuple(sorted(given, key=str))
        return given

    def drop(self, path: tuple[str, ...], number: int) -> None:
        self.asked.append((f"drop {'#'.join(path)}", number))
