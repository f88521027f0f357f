"""Many equal values in a row, by vectors: those with padding, bools or flags in them moved, chars and cases checked."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import lcm

from fact.adapters.function import Function, helper
from fact.adapters.memory import LOADS, Place, constant, converted, narrower, plus
from fact.adapters.moves import Bools, Copy, Masked, Move
from fact.adapters.scope import Helper, ModuleScope
from fact.adapters.wat import Block, Line, Note, get
from fact.model.traps import TrapReason
from fact.model.types import CoreValType

VECTOR = 16
TURN = 64
"""Bytes a turn of a loop, at least."""

LONGEST_PERIOD = 192
"""Bytes after which the bytes of vectors mean the same again, at most."""


# -- moving


@dataclass(frozen=True, slots=True)
class Pattern:
    """An element of *stride* bytes, laid out alike on both sides: for each byte the bits of it that count (None:
    padding, which is not written), and whether it is a bool."""

    bits: tuple[int | None, ...]
    bools: tuple[bool, ...]

    @property
    def stride(self) -> int:
        return len(self.bits)

    @property
    def period(self) -> int:
        return lcm(self.stride, VECTOR)

    @property
    def least(self) -> int:
        """The fewest bytes that `pattern_helper` takes; any number from there on if these are at most `VECTOR`, else
        multiples of them."""
        return 8 if 8 % self.stride == 0 else self.period


def pattern_of(moves: Sequence[Move], strides: tuple[int, int]) -> Pattern | None:
    """The pattern of an element that *moves* move, if it has one."""
    if strides[0] != strides[1] or lcm(strides[0], VECTOR) > LONGEST_PERIOD:
        return None
    bits: list[int | None] = [None] * strides[0]
    bools = [False] * strides[0]
    for move in moves:
        if move.source != move.destination:
            return None
        match move:
            case Copy(at, _, size):
                bits[at:at + size] = [0xFF] * size
            case Bools(at, _, count):
                bits[at:at + count] = [0xFF] * count
                bools[at:at + count] = [True] * count
            case Masked(at, _, size, mask):
                bits[at:at + size] = mask.to_bytes(size, "little")
            case _:
                return None
    return Pattern(tuple(bits), tuple(bools))


def _bytes(values: Sequence[int]) -> str:
    return f"(v128.const i8x16 {' '.join(map(str, values))})"


def _moved(pattern: Pattern, at: int, loaded: str, present: str) -> str:
    """The vector at *at* in the pattern, to be stored: from what is *loaded* from the source, and *present* in the
    destination."""
    lanes = [(at + i) % pattern.stride for i in range(VECTOR)]
    bits = [pattern.bits[i] for i in lanes]
    bools = [pattern.bools[i] for i in lanes]
    value = loaded
    if any(b not in (None, 0xFF) for b in bits):
        value = f"(v128.and {value} {_bytes([b or 0 for b in bits])})"
    if any(bools):
        ones = [1 if b else 0xFF for b in bools]
        value = f"(i8x16.min_u {value} {_bytes(ones)})"
    if None in bits:
        value = f"(v128.bitselect {value} {present} {_bytes([0 if b is None else 0xFF for b in bits])})"
    return value


def pattern_helper(scope: ModuleScope, pattern: Pattern, source: Place, destination: Place) -> str:
    """The function that moves elements of *pattern*: parameters destination, source, bytes (of the narrower pointer
    type); see `Pattern.least`."""
    n_type = narrower(source.type, destination.type)
    s, d = Place(source.memory, source.type, "$s"), Place(destination.memory, destination.type, "$d")

    def vectors(size: int) -> Iterator[Line]:
        for at in range(0, size, VECTOR):
            moved = _moved(pattern, at, s.plus(at).load("v128.load"), d.plus(at).load("v128.load"))
            yield d.plus(at).store("v128.store", moved)

    def half() -> Line:
        moved = _moved(pattern, 0, s.load("v128.load64_zero"), d.load("v128.load64_zero"))
        return f"(v128.store64_lane {d.memory} 0 {get('$d')} {moved})"

    def moved_on(size: str, back: int = 0) -> Iterator[Line]:
        for place in (s, d):
            after = f"({place.type}.add {get(place.pointer)} {converted(size, n_type, place.type)})"
            yield f"(local.set {place.pointer} {plus(place.type, after, -back)})"

    def loop(size: int) -> Line:
        step = constant(n_type, size)
        enough = f"({n_type}.ge_u {get('$n')} {step})"
        return Block("(loop $next", (Block(f"(if {enough}", (Block("(then", (
            *vectors(size), *moved_on(step), f"(local.set $n ({n_type}.sub {get('$n')} {step}))", "(br $next)",
        )),)),))

    def at_the_end(width: int, last: Sequence[Line]) -> Iterator[Line]:
        """The last *width* bytes, some of them perhaps again."""
        yield from moved_on(get("$n"), width)
        yield from last

    def body() -> Iterator[Line]:
        period = pattern.period
        yield Note(f"$n bytes of elements of {pattern.stride}")
        if pattern.least < VECTOR:
            yield Block(f"(if ({n_type}.lt_u {get('$n')} {constant(n_type, VECTOR)})", (
                Block("(then", (half(), *at_the_end(8, [half()]), "(return)")),
            ))
        if period < TURN:
            yield loop(period * (TURN // period))
        yield loop(period)
        if pattern.least <= VECTOR:
            yield f"(if ({n_type}.eqz {get('$n')}) (then (return)))"
            yield from at_the_end(VECTOR, list(vectors(VECTOR)))

    def build(identifier: str) -> Block:
        head = f"(func {identifier} (param $d {d.type}) (param $s {s.type}) (param $n {n_type})"
        return Block(head, tuple(body()))

    name = f"rows.{pattern.stride}-bytes.{s.memory[1:]}-to-{d.memory[1:]}"
    return scope.helper(("pattern", pattern, s.memory, d.memory), name, build)


# -- checking


@dataclass(frozen=True, slots=True)
class Row:
    """Values of *size* bytes, of which those from *limit* on, as unsigned integers, are suspect: wrong if none is
    *excused*, else to be looked at again."""

    size: int
    limit: int
    reason: TrapReason
    name: str
    excused: bool

    @property
    def lanes(self) -> str:
        return {1: "i8x16", 2: "i16x8", 4: "i32x4"}[self.size]


CHARS = Row(4, 0xD800, TrapReason.INVALID_CHAR, "chars", True)


def cases_row(size: int, cases: int) -> Row:
    """Discriminants of *size* bytes, each below *cases*."""
    return Row(size, cases, TrapReason.INVALID_DISCRIMINANT, f"cases.{cases}", False)


def check_one(scope: ModuleScope, row: Row, value: str, site: str) -> Iterator[Line]:
    """Traps if the i32 expression *value* is wrong."""
    wrong = f"(i32.ge_u {value} (i32.const {row.limit}))"
    if row.excused:
        wrong = f"(i32.ge_u {_chars_in_order(value, 'i32')} (i32.const {CHARS_IN_ORDER:#x}))"
    yield from scope.trap_at(wrong, row.reason, site)


CHARS_IN_ORDER = 0x10F800
"""How many chars there are."""


def _chars_in_order(value: str, t: str) -> str:
    """Chars past the surrogates move down by the number of those; surrogates come after the last."""
    if t == "i32":
        return f"(i32.sub (i32.xor {value} (i32.const 0xd800)) (i32.const 0x800))"
    surrogates, count = (f"(v128.const i32x4{f' {n:#x}' * 4})" for n in (0xD800, 0x800))
    return f"(i32x4.sub (v128.xor {value} {surrogates}) {count})"


def row_helper(scope: ModuleScope, row: Row, source: Place) -> Helper:
    """Checks `bytes` bytes at `ptr`: a row of values."""
    at, t = Place(source.memory, source.type, "$ptr"), source.type

    def body(fn: Function) -> Iterator[Line]:
        short = f"({t}.lt_u {get('$bytes')} {constant(t, VECTOR)})"
        yield Block(f"(if {short}", (Block("(then", (*_one_by_one(scope, row, at), "(return)")),))
        if row.excused:
            again = fn.call(_chars_helper(scope, source), [get("$ptr"), get("$bytes")], "")
            found: tuple[Line, ...] = (f"(if {_reached(row, '(local.get $greatest.0)')} (then {again}))",)
            start, bytes_left = fn.local("at", t), fn.local("left", t)
            yield f"(local.set {start} {get('$ptr')})"
            yield f"(local.set {bytes_left} {get('$bytes')})"
        else:
            wrong = _reached(row, "(local.get $greatest.0)")
            found, start, bytes_left = tuple(scope.trap_at(wrong, row.reason, get("$site"))), "$ptr", "$bytes"
        yield from _greatest(fn, row, Place(at.memory, t, start), bytes_left)
        yield from found

    params: list[tuple[str, CoreValType]] = [("$ptr", t), ("$bytes", t)]
    name = f"check.{row.name}.{source.memory[1:]}"
    return helper(scope, ("row", row, source.memory), name, params, "", body)


def _reached(row: Row, greatest: str) -> str:
    limit = f"(v128.const {row.lanes}{f' {row.limit}' * (VECTOR // row.size)})"
    return f"(v128.any_true ({row.lanes}.ge_u {greatest} {limit}))"


def _one_by_one(scope: ModuleScope, row: Row, at: Place) -> Iterator[Line]:
    t = at.type
    yield Block("(loop $next", (Block(f"(if (i32.eqz ({t}.eqz {get('$bytes')}))", (Block("(then", (
        *check_one(scope, row, at.load(LOADS[row.size]), get("$site")),
        f"(local.set $ptr {plus(t, get('$ptr'), row.size)})",
        f"(local.set $bytes ({t}.sub {get('$bytes')} {constant(t, row.size)}))",
        "(br $next)",
    )),)),))


def _greatest(fn: Function, row: Row, at: Place, left: str) -> Iterator[Line]:
    """Sets `greatest.0` to the greatest of each lane in the bytes from *at* on, local *left* of them, at least 16."""
    t = at.type
    greatest = [fn.local(f"greatest.{i}", "v128") for i in range(TURN // VECTOR)]

    def noted(number: int, place: Place) -> str:
        loaded = place.load("v128.load")
        return f"(local.set {greatest[number]} ({row.lanes}.max_u {get(greatest[number])} {loaded}))"

    def loop(size: int) -> Line:
        return Block("(loop $next", (Block(f"(if ({t}.ge_u {get(left)} {constant(t, size)})", (Block("(then", (
            *(noted(i, at.plus(i * VECTOR)) for i in range(size // VECTOR)),
            f"(local.set {at.pointer} {plus(t, get(at.pointer), size)})",
            f"(local.set {left} ({t}.sub {get(left)} {constant(t, size)}))",
            "(br $next)",
        )),)),))

    yield loop(TURN)
    yield loop(VECTOR)
    end = f"({t}.add {get(at.pointer)} {get(left)})"
    yield f"(local.set {at.pointer} {plus(t, end, -VECTOR)})"
    yield noted(0, at)
    for other in greatest[1:]:
        yield f"(local.set {greatest[0]} ({row.lanes}.max_u {get(greatest[0])} {get(other)}))"


def _chars_helper(scope: ModuleScope, source: Place) -> Helper:
    """Checks `bytes` bytes of chars at `ptr`, at least 16, where some may be surrogates or none at all."""
    at, t = Place(source.memory, source.type, "$ptr"), source.type

    def one() -> str:
        value = _chars_in_order(at.load("v128.load"), "i32x4")
        return f"(local.set $greatest (i32x4.max_u {get('$greatest')} {value}))"

    def body(fn: Function) -> Iterator[Line]:
        fn.local("greatest", "v128")
        yield Block("(loop $next", (Block(f"(if ({t}.ge_u {get('$bytes')} {constant(t, VECTOR)})", (Block("(then", (
            one(),
            f"(local.set $ptr {plus(t, get('$ptr'), VECTOR)})",
            f"(local.set $bytes ({t}.sub {get('$bytes')} {constant(t, VECTOR)}))",
            "(br $next)",
        )),)),))
        yield f"(local.set $ptr ({t}.add {get('$ptr')} ({t}.sub {get('$bytes')} {constant(t, VECTOR)})))"
        yield one()
        limit = f"(v128.const i32x4{f' {CHARS_IN_ORDER:#x}' * 4})"
        wrong = f"(v128.any_true (i32x4.ge_u {get('$greatest')} {limit}))"
        yield from scope.trap_at(wrong, TrapReason.INVALID_CHAR, get("$site"))

    params: list[tuple[str, CoreValType]] = [("$ptr", t), ("$bytes", t)]
    return helper(scope, ("chars", source.memory), f"check.chars-again.{source.memory[1:]}", params, "", body)
