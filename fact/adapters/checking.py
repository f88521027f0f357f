"""Checking values in memory: all that lifting can trap for, in the specification's order, with nothing moved yet.

CanonicalABI.md, "Loading".
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from fact.adapters import handles, strings
from fact.adapters.checks import (
    Check,
    CheckCases,
    CheckChars,
    CheckHandle,
    CheckList,
    CheckRepeat,
    Checks,
    CheckString,
    CheckSwitch,
    CheckWithin,
)
from fact.adapters.dispatch import Branch, dispatch
from fact.adapters.function import Function, helper
from fact.adapters.memory import LOADS, Place, constant, misaligned, outside, plus, times
from fact.adapters.rows import CHARS, Row, cases_row, check_one, row_helper
from fact.adapters.scope import Helper, ModuleScope, needed
from fact.adapters.shapes import Layout, ListShape, Shape, inside_out
from fact.adapters.wat import Block, Line, Note, get
from fact.model.plan import Options
from fact.model.traps import TrapReason

MAX_LIST_BYTE_LENGTH = (1 << 28) - 1


@dataclass(frozen=True, slots=True)
class Checking:
    """Checks written into function *fn*, of values of component instance *instance*, in the memory of *options*."""

    fn: Function
    options: Options
    instance: int

    @property
    def scope(self) -> ModuleScope:
        return self.fn.scope

    def place(self, pointer: str, offset: int = 0) -> Place:
        """Past the address in local *pointer*."""
        memory = self.scope.memory(needed(self.options.memory, "memory"))
        return Place(memory, self.options.pointer, pointer, offset)

    def all(self, checks: Iterable[Check], at: Place, path: str) -> Iterator[Line]:
        """*checks* of the value at *at*, whose site is *path*."""
        for check in checks:
            yield from self.one(check, at.plus(check.at), path + check.path)

    def one(self, check: Check, at: Place, path: str) -> Iterator[Line]:
        match check:
            case CheckChars(count=count):
                yield from self.row(CHARS, count, at, path)
            case CheckCases(count=count, size=size, cases=cases):
                yield from self.row(cases_row(size, cases), count, at, path)
            case CheckString():
                site = self.fn.sites.site(path)
                yield from strings.check(self.fn, self.options, at.load_pointer(), at.load_length(), site)
            case CheckHandle(type=t):
                lifted = handles.lift(self.fn, t, self.instance, at.load("i32.load"), path)
                yield handles.queue(self.scope, lifted)
            case CheckList(shape=shape):
                yield from self.list(shape, at.load_pointer(), at.load_length(), path)
            case CheckWithin(shape=shape):
                yield self.fn.call(value_check(self.scope, shape, self.options, self.instance), [at.address()], path)
            case CheckSwitch():
                yield from self.switch(check, at, path)
            case CheckRepeat(count=count, stride=stride, checks=checks):
                first, end = self.fn.local("at", at.type), self.fn.local("end", at.type)
                yield f"(local.set {first} {at.address()})"
                yield f"(local.set {end} {plus(at.type, get(first), count * stride)})"
                yield self.loop(checks, first, end, stride, path)

    def list(self, shape: ListShape, pointer: str, length: str, path: str) -> Iterator[Line]:
        """Checks the list of expressions *pointer* and *length*."""
        p = self.options.pointer
        element, checks = shape.element.layout(p), self.scope.checks.within(shape.element, p)
        row = _row_of(checks, element.size)
        if (checks and row is None) or not self.fn.inlines("checks"):
            yield self.fn.call(list_check(self.scope, shape, self.options, self.instance), [pointer, length], path)
            return
        ptr, count = self.fn.shared("list.ptr", p), self.fn.shared("list.length", p)
        yield f"(local.set {ptr} {pointer})"
        yield f"(local.set {count} {length})"
        yield from self.range(element, ptr, count, self.fn.sites.site(path))
        if row is not None:
            yield self.row_of_list(*row, ptr, times(p, get(count), element.size), path)

    def row_of_list(self, row: Row, inside: str, pointer: str, size: str, path: str) -> str:
        """Checks the elements of a list, *size* bytes (an expression) at local *pointer*."""
        checked = row_helper(self.scope, row, self.place(pointer))
        return self.fn.call(checked, [get(pointer), size], f"{path}[]{inside}")

    def range(self, element: Layout, pointer: str, length: str, site: str) -> Iterator[Line]:
        """Checks where the list of locals *pointer* and *length* is; *site* is an expression."""
        p, scope = self.options.pointer, self.scope
        at = self.place(pointer)
        too_long = f"({p}.gt_u {get(length)} {constant(p, MAX_LIST_BYTE_LENGTH // element.size)})"
        yield from scope.trap_at(too_long, TrapReason.LIST_TOO_LONG, site)
        if element.align > 1:
            wrong = misaligned(p, get(pointer), element.align)
            yield from scope.trap_at(wrong, TrapReason.POINTER_MISALIGNED, site)
        beyond = outside(p, at.memory, get(pointer), times(p, get(length), element.size))
        yield from scope.trap_at(beyond, TrapReason.POINTER_OUT_OF_BOUNDS, site)

    def row(self, row: Row, count: int, at: Place, path: str) -> Iterator[Line]:
        if count * row.size < 16:
            site = self.fn.sites.site(path)
            for i in range(count):
                yield from check_one(self.scope, row, at.plus(i * row.size).load(LOADS[row.size]), site)
        else:
            checked = row_helper(self.scope, row, at)
            yield self.fn.call(checked, [at.address(), constant(at.type, count * row.size)], path)

    def switch(self, check: CheckSwitch, at: Place, path: str) -> Iterator[Line]:
        branches = [
            Branch(cases, f"-- {path}, {case_titles(cases)}", tuple(self.all(checks, at, path)))
            for cases, checks in check.groups
        ]
        yield from dispatch(at.load(LOADS[check.size]), check.count, branches)

    def loop(self, checks: Checks, first: str, end: str, stride: int, path: str) -> Line:
        """*checks* of elements from local *first*, which moves, to local *end*; at least one."""
        at = self.place(first)
        return Block("(loop $next", (
            *self.all(checks, at, path),
            f"(local.set {first} {plus(at.type, get(first), stride)})",
            f"(br_if $next ({at.type}.ne {get(first)} {get(end)}))",
        ))


def case_titles(cases: tuple[int, ...]) -> str:
    """The numbers of *cases*, few of them."""
    shown = ", ".join(map(str, cases[:6]))
    return f"case {shown}" + (f" and {len(cases) - 6} more" if len(cases) > 6 else "")


# -- functions for lists and large values


def value_check(scope: ModuleScope, shape: Shape, options: Options, instance: int) -> Helper:
    """Checks the value of *shape* at `at`. There is one function for each memory, which is one instance's."""
    _check_parts_first(scope, shape, options, instance)

    def body(fn: Function) -> Iterator[Line]:
        checking = Checking(fn, options, instance)
        yield from checking.all(scope.checks.of(shape, options.pointer), checking.place("$at"), "")

    key, name = ("check", id(shape), options), f"check.{memory_name(scope, options)}"
    return helper(scope, key, name, [("$at", options.pointer)], "", body)


def list_check(scope: ModuleScope, shape: ListShape, options: Options, instance: int) -> Helper:
    """Checks the list of `length` elements at `ptr`, and the elements."""
    _check_parts_first(scope, shape, options, instance)
    p = options.pointer
    element = shape.element.layout(p)
    checks = scope.checks.within(shape.element, p)

    def body(fn: Function) -> Iterator[Line]:
        checking = Checking(fn, options, instance)
        yield from checking.range(element, "$ptr", "$length", get("$site"))
        if checks:
            yield from _elements(checking, shape, checks)

    where = memory_name(scope, options)
    params = [("$ptr", p), ("$length", p)]
    if not checks:
        name = f"check.list.{element.size}-bytes.{where}"
        return helper(scope, ("check list", element, options.memory), name, params, "", body)
    name = f"check.{scope.plan.with_names(shape.name)}.{where}"
    return helper(scope, ("check", id(shape), options), name, params, "", body)


def _check_parts_first(scope: ModuleScope, shape: Shape, options: Options, instance: int) -> None:
    """Writes the functions for what *shape* is made of from the inside out, so that a type of any depth nests them no
    deeper than one function is long."""
    for part in inside_out(shape)[:-1]:
        if ("check", id(part), options) in scope.made:
            continue
        if isinstance(part, ListShape):
            list_check(scope, part, options, instance)
        elif scope.checks.within(part, options.pointer) == (CheckWithin(0, part, ""),):
            value_check(scope, part, options, instance)


def _elements(checking: Checking, shape: ListShape, checks: Checks) -> Iterator[Line]:
    p = checking.options.pointer
    size = shape.element.layout(p).size
    yield Note("-- elements")
    if (row := _row_of(checks, size)) is not None:
        yield checking.row_of_list(*row, "$ptr", times(p, get("$length"), size), "")
        return
    end = checking.fn.local("end", p)
    yield f"(local.set {end} ({p}.add {get('$ptr')} {times(p, get('$length'), size)}))"
    body = checking.loop(checks, "$ptr", end, size, "[]")
    yield Block(f"(if (i32.eqz ({p}.eqz {get('$length')}))", (Block("(then", (body,)),))


def _row_of(checks: Checks, size: int) -> tuple[Row, str] | None:
    """What elements of *size* bytes with *checks* are if they are chars or cases and nothing else, and their path
    within the element."""
    match checks:
        case (CheckChars(0, count, path),) if 4 * count == size:
            return CHARS, path
        case (CheckCases(0, count, width, cases, path),) if width * count == size:
            return cases_row(width, cases), path
    return None


def memory_name(scope: ModuleScope, options: Options) -> str:
    """The memory of *options*, as part of a helper's name."""
    return scope.memory(needed(options.memory, "memory"))[1:]
