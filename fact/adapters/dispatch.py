"""Choosing by the case of a variant what to do: a comparison where that is enough, else a table."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from fact.adapters.wat import Block, Line, Note, i32

LABELS_A_LINE = 12

LONGEST_TABLE = 1 << 15
"""Wasmtime takes tables of up to 65,520 labels."""


@dataclass(frozen=True, slots=True)
class Branch:
    """What to do for *cases*, numbered in ascending order; *title* names them."""

    cases: tuple[int, ...]
    title: str
    body: tuple[Line, ...]


def dispatch(case: str, count: int, branches: Sequence[Branch]) -> Iterator[Line]:
    """The body of the branch that has *case*, an i32 expression without effects below *count*; nothing without one."""
    match branches:
        case []:
            return
        case [only] if len(only.cases) == count:
            yield from only.body
        case [only] if (condition := membership(case, count, only.cases)) is not None:
            yield Block("(if", (condition, Block("(then", (Note(only.title), *only.body))))
        case [one, other] if len(one.cases) + len(other.cases) == count and (
            condition := membership(case, count, one.cases)
        ) is not None:
            yield Block("(if", (
                condition,
                Block("(then", (Note(one.title), *one.body)),
                Block("(else", (Note(other.title), *other.body)),
            ))
        case _:
            yield from _table(case, count, branches)


def membership(case: str, count: int, cases: tuple[int, ...]) -> str | None:
    """The condition that *case* is one of *cases*, in ascending order, if they are consecutive or all below 32."""
    first, last = cases[0], cases[-1]
    if last - first + 1 != len(cases):
        bits = sum(1 << c for c in cases)
        return f"(i32.and (i32.shr_u (i32.const {bits:#x}) {case}) {i32(1)})" if count <= 32 else None
    if (first, last) == (1, count - 1):
        return case
    if last == count - 1:
        return f"(i32.ge_u {case} {i32(first)})"
    if first == last:
        return f"(i32.eq {case} {i32(first)})" if first else f"(i32.eqz {case})"
    if first == 0:
        return f"(i32.le_u {case} {i32(last)})"
    return f"(i32.le_u (i32.sub {case} {i32(first)}) {i32(last - first)})"


def _table(case: str, count: int, branches: Sequence[Branch]) -> Iterator[Line]:
    """Blocks within each other, written without indentation: there may be thousands."""
    labels = ["$done"] * count
    for number, branch in enumerate(branches):
        for c in branch.cases:
            labels[c] = f"$case.{number}"
    yield "block $done"
    yield from (f"block $case.{number}" for number in reversed(range(len(branches))))
    for first in range(0, count, LONGEST_TABLE):
        last = min(first + LONGEST_TABLE, count)
        rows = [" ".join(labels[i:min(i + LABELS_A_LINE, last)]) for i in range(first, last, LABELS_A_LINE)]
        table = Block("(br_table", (*rows, "$done", f"(i32.sub {case} {i32(first)})" if first else case))
        if last == count:
            yield table
        else:
            yield Block(f"(if (i32.lt_u {case} {i32(last)})", (Block("(then", (table,)),))
    for branch in branches:
        yield "end"
        yield Note(branch.title)
        yield from branch.body
        yield "br $done"
    yield "end"
