"""Components made to pass values with handles of a random type, driven word by word from outside.

Three components: `shop` implements the resources `a` and `b`, `mid` only knows them, `app` calls. The function is
lifted in any of the three, so that it is given representations, handles that it has to drop, or its own caller's.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, field

from fact.adapters.shapes import (
    ArrayShape,
    HandleShape,
    ListShape,
    RecordShape,
    ScalarShape,
    Shape,
    Shapes,
    StringShape,
    VariantShape,
)
from fact.adapters.signature import Signature
from fact.model.types import Borrow, CoreValType, FuncType, List, Map, Option, Own, Prim, Result, Tuple, ValType

ARGUMENTS, RETURNED, RECEIVED, RESULTS, DROPS, AREA, HEAP = 64, 256, 512, 768, 1024, 2048, 8192
"""Addresses: flat arguments for the caller's call, what came back, what the callee was given, what it returns, the
handles it drops before that (a count, then words), values for either, and where realloc begins."""

WORDS = 3072
"""How much memory is worth comparing."""


NAMES = ("$a", "$b")
"""Of the resource types, by their index."""


# -- types


def random_type(draw: random.Random, depth: int, borrows: bool) -> ValType:
    leaf = depth == 0 or draw.random() < 0.3
    if leaf:
        handles: list[ValType] = [Own(0), Own(0), Own(1), *([Borrow(0), Borrow(0), Borrow(1)] if borrows else [])]
        return draw.choice([*handles, *handles, Prim.U8, Prim.U64, Prim.F32, Prim.CHAR, Prim.STRING])
    inner = [random_type(draw, depth - 1, borrows) for _ in range(draw.randrange(1, 4))]
    match draw.randrange(7):
        case 0 | 1:
            return Tuple(tuple(inner))
        case 2:
            return Option(inner[0])
        case 3:
            return Result(inner[0], inner[-1])
        case 4:
            return List(inner[0], draw.randrange(1, 4))
        case 5:
            return Map(draw.choice([Prim.U8, Prim.STRING]), inner[0])
        case _:
            return List(inner[0])


def random_function(draw: random.Random) -> FuncType:
    params = tuple((f"p{i}", random_type(draw, 3, True)) for i in range(draw.choice([1, 1, 2, 3, 6])))
    return FuncType(params, random_type(draw, 2, False) if draw.random() < 0.6 else None)


def text(t: ValType) -> str:
    match t:
        case Prim():
            return str(t)
        case Own(r):
            return f"(own {NAMES[r]})"
        case Borrow(r):
            return f"(borrow {NAMES[r]})"
        case Tuple(elements):
            return f"(tuple {' '.join(map(text, elements))})"
        case Option(payload):
            return f"(option {text(payload)})"
        case Result(ok, error) if ok is not None and error is not None:
            return f"(result {text(ok)} (error {text(error)}))"
        case List(element, None):
            return f"(list {text(element)})"
        case List(element, length):
            return f"(list {text(element)} {length})"
        case Map(key, value):
            return f"(map {text(key)} {text(value)})"
    raise AssertionError(t)


def function_text(ft: FuncType) -> str:
    params = " ".join(f'(param "{label}" {text(t)})' for label, t in ft.params)
    return params + ("" if ft.result is None else f" (result {text(ft.result)})")


# -- components

LIBC = """
    (core module $libc
      (memory (export "memory") 1)
      (global $at (mut i32) (i32.const {heap}))
      (func (export "realloc") (param i32 i32 i32 i32) (result i32) (local $to i32)
        (local.set $to (i32.and
          (i32.add (global.get $at) (i32.sub (local.get 2) (i32.const 1))) (i32.sub (i32.const 0) (local.get 2))))
        (global.set $at (i32.add (local.get $to) (local.get 3)))
        (memory.copy (local.get $to) (local.get 0) (local.get 1))
        (local.get $to))
      (func (export "poke") (param i32 i32) (i32.store (local.get 0) (local.get 1)))
      (func (export "peek") (param i32) (result i32) (i32.load (local.get 0))))
    (core instance $libc (instantiate $libc))
    (func $poke (param "at" u32) (param "word" u32) (canon lift (core func $libc "poke")))
    (func $peek (param "at" u32) (result u32) (canon lift (core func $libc "peek")))
""".replace("{heap}", str(HEAP))

GUEST = """
    (core func $drop-a (canon resource.drop $a))
    (core func $drop-b (canon resource.drop $b))
    (core module $guest
      (import "libc" "memory" (memory 1))
      (import "" "drop-a" (func $drop-a (param i32)))
      (import "" "drop-b" (func $drop-b (param i32)))
      (func (export "drop-a") (param i32) (call $drop-a (local.get 0)))
      (func (export "drop-b") (param i32) (call $drop-b (local.get 0)))
      (func (export "f") {flat}
        (local $left i32) (local $at i32) (local $handle i32)
        {received}
        (local.set $left (i32.load (i32.const {drops})))
        (local.set $at (i32.const {drops}))
        (block $done
          (loop $next
            (br_if $done (i32.eqz (local.get $left)))
            (local.set $left (i32.sub (local.get $left) (i32.const 1)))
            (local.set $at (i32.add (local.get $at) (i32.const 4)))
            (local.set $handle (i32.load (local.get $at)))
            (if (i32.and (local.get $handle) (i32.const 0x10000))
              (then (call $drop-b (i32.and (local.get $handle) (i32.const 0xffff))))
              (else (call $drop-a (local.get $handle))))
            (br $next)))
        {returned}))
    (core instance $guest (instantiate $guest (with "libc" (instance $libc)) (with "" (instance
      (export "drop-a" (func $drop-a)) (export "drop-b" (func $drop-b))))))
    (func $drop-one-a (param "i" u32) (canon lift (core func $guest "drop-a")))
    (func $drop-one-b (param "i" u32) (canon lift (core func $guest "drop-b")))
"""

IMPORTS = """
    (import "a" (type $a (sub resource)))
    (import "b" (type $b (sub resource)))
    (import "make-a" (func $make-a (param "rep" u32) (result (own $a))))
    (import "make-b" (func $make-b (param "rep" u32) (result (own $b))))
    (import "use-a" (func $use-a (param "x" (borrow $a)) (result u32)))
    (import "use-b" (func $use-b (param "x" (borrow $b)) (result u32)))
    (core func $make-a' (canon lower (func $make-a)))
    (core func $make-b' (canon lower (func $make-b)))
    (core func $use-a' (canon lower (func $use-a)))
    (core func $use-b' (canon lower (func $use-b)))
    (func $take-a (param "rep" u32) (result u32) (canon lift (core func $make-a')))
    (func $take-b (param "rep" u32) (result u32) (canon lift (core func $make-b')))
    (func $rep-a (param "i" u32) (result u32) (canon lift (core func $use-a')))
    (func $rep-b (param "i" u32) (result u32) (canon lift (core func $use-b')))
"""

OWN = """
    (core module $dtors
      (memory 1)
      (global $dead (mut i32) (i32.const 0))
      (func (export "a") (param i32)
        (global.set $dead (i32.add (i32.mul (global.get $dead) (i32.const 31)) (local.get 0))))
      (func (export "b") (param i32)
        (global.set $dead (i32.add (i32.mul (global.get $dead) (i32.const 37)) (local.get 0))))
      (func (export "dead") (result i32) (global.get $dead)))
    (core instance $dtors (instantiate $dtors))
    (type $a' (resource (rep i32) (dtor (core func $dtors "a"))))
    (type $b' (resource (rep i32) (dtor (core func $dtors "b"))))
    (core func $new-a (canon resource.new $a'))
    (core func $new-b (canon resource.new $b'))
    (core func $get-a (canon resource.rep $a'))
    (core func $get-b (canon resource.rep $b'))
    (core module $same (func (export "same") (param i32) (result i32) (local.get 0)))
    (core instance $same (instantiate $same))
    (export $a "a" (type $a'))
    (export $b "b" (type $b'))
    (func (export "make-a") (param "rep" u32) (result (own $a)) (canon lift (core func $new-a)))
    (func (export "make-b") (param "rep" u32) (result (own $b)) (canon lift (core func $new-b)))
    (func (export "use-a") (param "x" (borrow $a)) (result u32) (canon lift (core func $same "same")))
    (func (export "use-b") (param "x" (borrow $b)) (result u32) (canon lift (core func $same "same")))
    (func $take-a (param "rep" u32) (result u32) (canon lift (core func $new-a)))
    (func $take-b (param "rep" u32) (result u32) (canon lift (core func $new-b)))
    (func $rep-a (param "i" u32) (result u32) (canon lift (core func $get-a)))
    (func $rep-b (param "i" u32) (result u32) (canon lift (core func $get-b)))
    (func (export "dead") (result u32) (canon lift (core func $dtors "dead")))
"""

DRIVEN = ("poke", "peek", "take-a", "take-b", "rep-a", "rep-b", "drop-one-a", "drop-one-b")
DRIVES = "".join(f'    (export "{name}" (func ${name}))\n' for name in DRIVEN)

LIFTED = (
    '(canon lift (core func $guest "f") (memory $libc "memory") (realloc (func $libc "realloc")))'
    .replace("(memory $libc", "(memory (core memory $libc").replace('"memory") (realloc', '"memory")) (realloc')
    .replace("(realloc (func", "(realloc (core func")
)
LOWERED = LIFTED.replace('(canon lift (core func $guest "f")', "(canon lower (func $f)")


def bits(t: CoreValType, value: str) -> str:
    """*value* as an i64."""
    return {
        "i32": f"(i64.extend_i32_u {value})", "i64": value,
        "f32": f"(i64.extend_i32_u (i32.reinterpret_f32 {value}))", "f64": f"(i64.reinterpret_f64 {value})",
    }[t]


def unbits(t: CoreValType, at: int) -> str:
    return f"({t}.load (i32.const {at}))"


def guest(signature: Signature) -> str:
    t = signature.lift_type("i32")
    received = "\n        ".join(
        f"(i64.store (i32.const {RECEIVED + 8 * i}) {bits(p, f'(local.get {i})')})" for i, p in enumerate(t.params)
    )
    flat = f"(param {' '.join(t.params)})" + "".join(f" (result {r})" for r in t.results)
    returned = unbits(t.results[0], RESULTS) if t.results else ""
    return (
        GUEST.replace("{flat}", flat).replace("{received}", received).replace("{returned}", returned)
        .replace("{drops}", str(DROPS))
    )


def caller(signature: Signature) -> str:
    t = signature.lower_type("i32")
    made = f"(call $f {' '.join(unbits(p, ARGUMENTS + 8 * i) for i, p in enumerate(t.params))})"
    for r in t.results:
        made = f"(i64.store (i32.const {RETURNED}) {bits(r, made)})"
    declared = f"(param {' '.join(t.params)})" + "".join(f" (result {r})" for r in t.results)
    return f"""
    (core func $f' {LOWERED})
    (core module $caller
      (import "libc" "memory" (memory 1))
      (import "" "f" (func $f {declared}))
      (func (export "call") {made}))
    (core instance $caller (instantiate $caller (with "libc" (instance $libc)) (with "" (instance
      (export "f" (func $f'))))))
    (func (export "call") (canon lift (core func $caller "call")))
"""


def component(ft: FuncType, signature: Signature, callee: str) -> str:
    """*callee*: in which component the function is lifted: `shop`, `mid` or `app`."""
    t, given = function_text(ft), guest(signature)
    lifted = f"    (func $f {t} {LIFTED})\n"
    exported = f"    (func (export \"f\") {t} {LIFTED})\n"
    types = '(with "a" (type $a)) (with "b" (type $b))'
    for name in ("make-a", "make-b", "use-a", "use-b"):
        types += f' (with "{name}" (func $shop "{name}"))'
    in_app = lifted if callee == "app" else f'    (import "f" (func $f {t}))\n'
    with_f = "" if callee == "app" else f' (with "f" (func ${callee} "f"))'
    exports = "".join(
        f'  (export "{part}-{name}" (func ${part} "{name}"))\n' for part in ("shop", "mid", "app") for name in DRIVEN
    )
    return f"""(component
  (component $shop
{OWN}{LIBC}{given}{DRIVES}{exported if callee == "shop" else ""}  )
  (instance $shop (instantiate $shop))
  (alias export $shop "a" (type $a))
  (alias export $shop "b" (type $b))
  (component $mid
{IMPORTS}{LIBC}{given}{DRIVES}{exported if callee == "mid" else ""}  )
  (instance $mid (instantiate $mid {types}))
  (component $app
{IMPORTS}{LIBC}{given}{DRIVES}{in_app}{caller(signature)}  )
  (instance $app (instantiate $app {types}{with_f}))
{exports}  (export "call" (func $app "call"))
  (export "dead" (func $shop "dead"))
)"""


# -- values, as words in memory


@dataclass
class Writer:
    """Writes random values from `AREA` on; *handles* are those that a handle is drawn from, by resource."""

    draw: random.Random
    handles: tuple[list[int], list[int]]
    at: int = AREA
    memory: dict[int, int] = field(default_factory=dict)

    def allocate(self, size: int, align: int) -> int:
        start = -(-self.at // align) * align
        self.at = start + size
        return start

    def write(self, at: int, size: int, value: int) -> None:
        for i in range(size):
            self.memory[at + i] = value >> 8 * i & 0xFF

    def handle(self, shape: HandleShape) -> int:
        """Mostly one that is there, and an owned one mostly once."""
        mine = self.handles[shape.type.resource]
        if self.draw.random() < 0.03 or not mine:
            return self.draw.randrange(9)
        i = self.draw.choice(mine)
        if isinstance(shape.type, Own) and self.draw.random() < 0.97:
            mine.remove(i)
        return i

    def text(self) -> tuple[int, int]:
        length = self.draw.randrange(4)
        at = self.allocate(length, 1)
        for i in range(length):
            self.write(at + i, 1, 97 + i if self.draw.random() < 0.97 else 0xFF)
        return at, length

    def elements(self, shape: ListShape) -> tuple[int, int]:
        layout, length = shape.element.layout("i32"), self.draw.randrange(4)
        at = self.allocate(layout.size * length, layout.align)
        for i in range(length):
            self.store(shape.element, at + i * layout.size)
        return at, length

    def scalar(self, shape: Shape) -> int:
        if isinstance(shape, ScalarShape) and shape.prim is Prim.CHAR and self.draw.random() < 0.97:
            return self.draw.randrange(0xD800)
        return self.draw.randrange(1 << 16)

    def case(self, shape: VariantShape) -> int:
        return self.draw.randrange(len(shape.cases) + (self.draw.random() < 0.02))

    def store(self, shape: Shape, at: int) -> None:
        match shape:
            case HandleShape():
                self.write(at, 4, self.handle(shape))
            case StringShape() | ListShape():
                pointer, length = self.text() if isinstance(shape, StringShape) else self.elements(shape)
                self.write(at, 4, pointer)
                self.write(at + 4, 4, length)
            case ArrayShape(element=element, length=length):
                for i in range(length):
                    self.store(element, at + i * element.layout("i32").size)
            case RecordShape(fields=fields):
                for (_, part), offset in zip(fields, shape.offsets("i32"), strict=True):
                    self.store(part, at + offset)
            case VariantShape(cases=cases):
                case = self.case(shape)
                self.write(at, shape.discriminant_size, case)
                if case < len(cases) and (payload := cases[case][1]) is not None:
                    self.store(payload, at + shape.payload_offset("i32"))
            case _:
                self.write(at, shape.layout("i32").size, self.scalar(shape))

    def flat(self, shape: Shape) -> list[int]:
        """The bits of each flat value; those that do not count are anything."""
        match shape:
            case HandleShape():
                return [self.handle(shape)]
            case StringShape():
                return list(self.text())
            case ListShape():
                return list(self.elements(shape))
            case ArrayShape(element=element, length=length):
                return [b for _ in range(length) for b in self.flat(element)]
            case RecordShape(fields=fields):
                return [b for _, part in fields for b in self.flat(part)]
            case VariantShape(cases=cases):
                case = self.case(shape)
                payload = cases[case][1] if case < len(cases) else None
                slots = [] if payload is None else self.flat(payload)
                missing = len(shape.joined("i32")) - len(slots)
                return [case, *slots, *(self.draw.randrange(1 << 40) for _ in range(missing))]
            case _:
                return [self.scalar(shape)]

    def arguments(self, signature: Signature) -> None:
        """Flat, or a pointer to an area, and a pointer to where the result goes if it needs one."""
        record = signature.params
        values = [self.area(record)] if signature.params_spill else self.flat(record)
        if signature.result_spills and signature.result is not None:
            layout = signature.result.layout("i32")
            values.append(self.allocate(layout.size, layout.align))
        for i, value in enumerate(values):
            self.write(ARGUMENTS + 8 * i, 8, value)

    def result(self, shape: Shape, spills: bool) -> None:
        self.write(RESULTS, 8, self.area(shape) if spills else self.flat(shape)[0])

    def area(self, shape: Shape) -> int:
        layout = shape.layout("i32")
        at = self.allocate(layout.size, layout.align)
        self.store(shape, at)
        return at


def world(seed: int) -> tuple[str, Signature, str, random.Random]:
    """The component of *seed*, the signature of its function, where it is lifted, and what else is drawn from."""
    draw = random.Random(seed)
    callee = draw.choice(["shop", "mid", "mid", "app"])
    ft = random_function(draw)
    signature = Signature.of(Shapes(), ft)
    return component(ft, signature, callee), signature, callee, draw
