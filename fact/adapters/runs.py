"""Bytes in bulk, by vectors where there are enough: copying, checking and normalising rows of equal values."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from fact.adapters.function import Function, helper
from fact.adapters.memory import LOADS, STORES, Place, constant, converted, narrower, plus
from fact.adapters.scope import Helper, ModuleScope
from fact.adapters.wat import Block, Line, Note, get
from fact.model.traps import TrapReason
from fact.model.types import CoreValType, PtrType

WIDTHS = (16, 8, 4, 2, 1)

VECTOR = 16
UNROLLED = 4
"""Vectors a turn."""


def chunks(size: int) -> Iterator[tuple[int, int]]:
    """(offset, width) of the fewest loads that read *size* bytes and no others; the last may overlap its neighbour."""
    width = next(w for w in WIDTHS if w <= size)
    whole, rest = divmod(size, width)
    yield from ((i * width, width) for i in range(whole))
    if rest in WIDTHS:
        yield whole * width, rest
    elif rest:
        yield size - width, width


# -- copying


def copy_inline(source: Place, destination: Place, size: int) -> Iterator[str]:
    for at, width in chunks(size):
        yield destination.plus(at).store(STORES[width], source.plus(at).load(LOADS[width]))


def copy_statement(source: Place, destination: Place, size: str) -> str:
    """The engine's copy of *size* bytes, an expression of the narrower pointer type."""
    memories = f"{destination.memory} {source.memory}"
    return f"(memory.copy {memories} {destination.address()} {source.address()} {size})"


def copy_ends(source: Place, destination: Place, n: str, n_type: PtrType, width: int) -> Iterator[str]:
    """The first and the last *width* of *n* bytes, *width* to twice that: they may overlap."""
    yield destination.store(STORES[width], source.load(LOADS[width]))
    yield from copy_end(source, destination, n, n_type, width, width)


def copy_end(source: Place, destination: Place, n: str, n_type: PtrType, width: int, back: int) -> Iterator[str]:
    """*width* bytes of *n*, from *back* bytes before their end."""
    s, d = (
        f"({p.type}.add {get(p.pointer)} {converted(f'({n_type}.sub {n} {constant(n_type, back)})', n_type, p.type)})"
        for p in (source, destination)
    )
    yield f"({STORES[width]} {destination.memory} {d} ({LOADS[width]} {source.memory} {s}))"


def copy_helper(scope: ModuleScope, source: Place, destination: Place) -> str:
    """The function that copies between these memories: parameters `destination`, `source`, `size` (of the narrower
    pointer type). Small copies are made here, which is faster than calling the engine's."""
    n_type = narrower(source.type, destination.type)
    s = Place(source.memory, source.type, "$s")
    d = Place(destination.memory, destination.type, "$d")

    def both_ends(width: int, ends: int) -> Iterator[Line]:
        for i in range(1, ends):
            yield d.plus(i * width).store(STORES[width], s.plus(i * width).load(LOADS[width]))
            yield from copy_end(s, d, "(local.get $n)", n_type, width, i * width + width)
        yield from copy_ends(s, d, "(local.get $n)", n_type, width)
        yield "(return)"

    def at_least(n: int, *body: Line) -> Block:
        return Block(f"(if ({n_type}.ge_u (local.get $n) {constant(n_type, n)})", (Block("(then", body),))

    def build(identifier: str) -> Block:
        head = f"(func {identifier} (param $d {d.type}) (param $s {s.type}) (param $n {n_type})"
        return Block(head, (
            Note("$n bytes, those at the end perhaps twice"),
            at_least(
                17,
                at_least(65, copy_statement(s, d, "(local.get $n)"), "(return)"),
                at_least(33, *both_ends(16, 2)),
                *both_ends(16, 1),
            ),
            at_least(8, *both_ends(8, 1)),
            at_least(4, *both_ends(4, 1)),
            at_least(2, *both_ends(2, 1)),
            Block(f"(if (i32.eqz ({n_type}.eqz (local.get $n)))", (
                Block("(then", (d.store(STORES[1], s.load(LOADS[1])),)),
            )),
        ))

    return scope.helper(("copy", s.memory, d.memory), f"copy.{s.memory[1:]}-to-{d.memory[1:]}", build)


# -- loops over vectors


def _vectors(
    pointers: dict[str, PtrType], left: str, left_type: PtrType, one: Callable[[int], Iterator[Line]]
) -> Iterator[Line]:
    """*one* vector at a time, given its offset past the *pointers*, for the `left` bytes in a local, at least 16.
    The last vector may overlap the one before it. Leaves pointers and `left` changed."""

    def turn(vectors: int) -> Iterator[Line]:
        step = vectors * VECTOR
        enough = f"({left_type}.ge_u {get(left)} {constant(left_type, step)})"
        yield Block("(loop $next", (Block(f"(if {enough}", (Block("(then", (
            *(line for i in range(vectors) for line in one(i * VECTOR)),
            *(f"(local.set {p} {plus(t, get(p), step)})" for p, t in pointers.items()),
            f"(local.set {left} ({left_type}.sub {get(left)} {constant(left_type, step)}))",
            "(br $next)",
        )),)),))

    yield from turn(UNROLLED)
    yield from turn(1)
    yield Block(f"(if (i32.eqz ({left_type}.eqz {get(left)}))", (Block("(then", (
        *(
            f"(local.set {p} ({t}.sub ({t}.add {get(p)} {converted(get(left), left_type, t)}) {constant(t, VECTOR)}))"
            for p, t in pointers.items()
        ),
        *one(0),
    )),))


# -- bools


def _as_bools(vector: str) -> str:
    return f"(i8x16.min_u {vector} (v128.const i8x16 {' '.join('1' * VECTOR)}))"


def bools_inline(source: Place, destination: Place, count: int) -> Iterator[str]:
    for at, width in chunks(count):
        s, d = source.plus(at), destination.plus(at)
        match width:
            case 16:
                yield d.store("v128.store", _as_bools(s.load("v128.load")))
            case 1:
                yield d.store("i32.store8", f"(i32.ne {s.load('i32.load8_u')} (i32.const 0))")
            case 2:
                bits = s.load("i32.load16_u")
                yield d.store("i32.store16", f"(i32x4.extract_lane 0 {_as_bools(f'(i32x4.splat {bits})')})")
            case 4:
                yield d.store("i32.store", f"(i32x4.extract_lane 0 {_as_bools(s.load('v128.load32_zero'))})")
            case 8:
                yield d.store("i64.store", f"(i64x2.extract_lane 0 {_as_bools(s.load('v128.load64_zero'))})")


def bools_helper(scope: ModuleScope, source: Place, destination: Place) -> str:
    """The function that copies bools: parameters `destination`, `source`, `count` (of the narrower pointer type)."""
    n_type = narrower(source.type, destination.type)
    s = Place(source.memory, source.type, "$s")
    d = Place(destination.memory, destination.type, "$d")

    def one(offset: int) -> Iterator[Line]:
        yield from bools_inline(s.plus(offset), d.plus(offset), VECTOR)

    def build(identifier: str) -> Block:
        head = f"(func {identifier} (param $d {d.type}) (param $s {s.type}) (param $n {n_type})"
        return Block(head, (
            Note("$n bytes, each to become 0 or 1"),
            Block(f"(if ({n_type}.ge_u (local.get $n) {constant(n_type, VECTOR)})", (Block("(then", (
                *_vectors({"$s": s.type, "$d": d.type}, "$n", n_type, one),
                "(return)",
            )),)),
            Block("(loop $next", (Block(f"(if (i32.eqz ({n_type}.eqz (local.get $n)))", (Block("(then", (
                *bools_inline(s, d, 1),
                f"(local.set $s {plus(s.type, get('$s'), 1)})",
                f"(local.set $d {plus(d.type, get('$d'), 1)})",
                f"(local.set $n ({n_type}.sub (local.get $n) {constant(n_type, 1)}))",
                "(br $next)",
            )),)),)),
        ))

    return scope.helper(("bools", s.memory, d.memory), f"bools.{s.memory[1:]}-to-{d.memory[1:]}", build)


# -- checks


@dataclass(frozen=True, slots=True)
class Row:
    """Values of *size* bytes of which none may reach *limit*, as unsigned integers, once *changed*."""

    size: int
    limit: int
    reason: TrapReason
    name: str
    changed: Callable[[str, str], str]
    """Of an expression, by the instructions of a type: `i32` or a vector type."""

    @property
    def lanes(self) -> str:
        return {1: "i8x16", 2: "i16x8", 4: "i32x4"}[self.size]


def _surrogates_to_the_top(value: str, t: str) -> str:
    """Chars past the surrogates move down by their number, surrogates to the top of the range."""
    def splat(constant: int) -> str:
        return f"(i32.const {constant:#x})" if t == "i32" else f"(v128.const i32x4{f' {constant:#x}' * 4})"

    exclusive_or = "i32.xor" if t == "i32" else "v128.xor"
    return f"({t}.sub ({exclusive_or} {value} {splat(0xD800)}) {splat(0x800)})"


def _as_it_is(value: str, t: str) -> str:
    return value


CHARS = Row(4, 0x10F800, TrapReason.INVALID_CHAR, "chars", _surrogates_to_the_top)


def cases_row(size: int, cases: int) -> Row:
    """Discriminants of *size* bytes, each below *cases*."""
    return Row(size, cases, TrapReason.INVALID_DISCRIMINANT, f"cases.{cases}", _as_it_is)


def check_one(scope: ModuleScope, row: Row, value: str, site: str) -> Iterator[Line]:
    wrong = f"(i32.ge_u {row.changed(value, 'i32')} (i32.const {row.limit}))"
    yield from scope.trap_at(wrong, row.reason, site)


def row_helper(scope: ModuleScope, row: Row, source: Place) -> Helper:
    """Checks `bytes` bytes at `ptr`: a row of values."""
    at = Place(source.memory, source.type, "$ptr")
    t = source.type

    def one(offset: int) -> Iterator[Line]:
        changed = row.changed(at.plus(offset).load("v128.load"), row.lanes)
        yield f"(local.set $greatest ({row.lanes}.max_u (local.get $greatest) {changed}))"

    def body(fn: Function) -> Iterator[Line]:
        fn.local("greatest", "v128")
        limit = f"(v128.const {row.lanes}{f' {row.limit}' * (VECTOR // row.size)})"
        wrong = f"(v128.any_true ({row.lanes}.ge_u (local.get $greatest) {limit}))"
        yield Block(f"(if ({t}.ge_u (local.get $bytes) {constant(t, VECTOR)})", (Block("(then", (
            *_vectors({"$ptr": t}, "$bytes", t, one),
            *scope.trap_at(wrong, row.reason, get("$site")),
            "(return)",
        )),))
        yield Block("(loop $next", (Block(f"(if (i32.eqz ({t}.eqz (local.get $bytes)))", (Block("(then", (
            *check_one(scope, row, at.load(LOADS[row.size]), get("$site")),
            f"(local.set $ptr {plus(t, get('$ptr'), row.size)})",
            f"(local.set $bytes ({t}.sub (local.get $bytes) {constant(t, row.size)}))",
            "(br $next)",
        )),)),))

    params: list[tuple[str, CoreValType]] = [("$ptr", t), ("$bytes", t)]
    return helper(scope, ("row", row.size, row.limit, source.memory), f"check.{row.name}.{source.memory[1:]}", params, "", body)
