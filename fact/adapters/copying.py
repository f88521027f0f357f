"""Bytes in bulk, by vectors where there are enough: copying, checking and normalising rows of equal values."""

from __future__ import annotations

from collections.abc import Iterator

from fact.adapters.memory import LOADS, STORES, Place, constant, converted, narrower
from fact.adapters.scope import ModuleScope
from fact.adapters.wat import Block, Line, Note, get
from fact.model.types import PtrType

WIDTHS = (16, 8, 4, 2, 1)


def chunks(size: int) -> Iterator[tuple[int, int]]:
    """(offset, width) of the fewest loads that read *size* bytes and no others; the last may overlap its neighbour."""
    width = next(w for w in WIDTHS if w <= size)
    whole, rest = divmod(size, width)
    yield from ((i * width, width) for i in range(whole))
    if rest in WIDTHS:
        yield whole * width, rest
    elif rest:
        yield size - width, width


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


# -- bools


def _as_bools(vector: str) -> str:
    return f"(i8x16.min_u {vector} (v128.const i8x16{' 1' * 16}))"


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
