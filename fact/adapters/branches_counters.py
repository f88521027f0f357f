"""Instructions that count, each folded with all its operands: so they may stand between the operands of others, too.

The counters are a memory, not globals: both compile and run alike, and a memory is read at once, through one export.
"""

from __future__ import annotations

from collections.abc import Iterable

MEMORY = "$branches"
EXPORT = "branches"
"""The name that the memory of counters is exported by; counter N is the 32 bits at N * `BYTES`."""

BYTES = 4
PAGE_BYTES = 1 << 16

TURN_COUNTERS = 4
"""Counters of a loop: its first turns, its second ones, its third ones, the others."""

_INCREMENTED = f"(i32.store {MEMORY} {{0}} (i32.add (i32.load {MEMORY} {{0}}) (i32.const 1)))"
_CHOSEN, _TARGET = "$branches.chosen", "$branches.target"
FUNCTIONS = {
    # the condition; which of two counters at $at is counted depends on it
    _CHOSEN: f"""
  (func {_CHOSEN} (param $condition i32) (param $at i32) (result i32)
    (local.set $at (i32.add (local.get $at) (i32.shl (i32.eqz (local.get $condition)) (i32.const 2))))
    {_INCREMENTED.format("(local.get $at)")}
    (local.get $condition))""",
    # the index; of the counters from $at to $last its own is counted, or the last
    _TARGET: f"""
  (func {_TARGET} (param $index i32) (param $at i32) (param $last i32) (result i32)
    (if (i32.lt_u (local.get $index) (i32.shr_u (i32.sub (local.get $last) (local.get $at)) (i32.const 2)))
      (then (local.set $last (i32.add (local.get $at) (i32.shl (local.get $index) (i32.const 2))))))
    {_INCREMENTED.format("(local.get $last)")}
    (local.get $index))""",
}
"""Functions that a module needs for conditions and indices which are on the operand stack."""


def count(counter: int) -> str:
    return _INCREMENTED.format(f"offset={BYTES * counter} (i32.const 0)")


def count_condition(counter: int) -> tuple[str, str]:
    """For a condition on the stack, which stays there: *counter*, or the next if it does not hold; and the function
    needed."""
    return f" (call {_CHOSEN} (i32.const {BYTES * counter}))", _CHOSEN


def count_index(first: int, last: int) -> tuple[str, str]:
    """For an index on the stack, which stays there: as many counters as it says after *first*, at most *last*. And the
    function needed."""
    return f" (call {_TARGET} (i32.const {BYTES * first}) (i32.const {BYTES * last}))", _TARGET


def before_loop(local: str, first: int) -> str:
    return f"(local.set {local} (i32.const {BYTES * first}))"


def count_turn(local: str, first: int) -> str:
    """At the beginning of a turn: *local* has the address of the counter for it, and then that for the next turn."""
    last = BYTES * (first + TURN_COUNTERS - 1)
    further = f"(i32.shl (i32.ne (local.get {local}) (i32.const {last})) (i32.const 2))"
    counted = _INCREMENTED.format(f"(local.get {local})")
    return f" {counted} (local.set {local} (i32.add (local.get {local}) {further}))"


def definitions(counters: int, functions: Iterable[str]) -> str:
    """The memory and the *functions*, for the end of a module: other memories keep their numbers."""
    pages = -(-BYTES * counters // PAGE_BYTES)
    memory = f'\n  (memory {MEMORY} (export "{EXPORT}") {pages} {pages})'
    return memory + "".join(FUNCTIONS[name] for name in functions)
