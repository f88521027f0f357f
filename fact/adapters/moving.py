"""Moving checked values from memory to memory, with every realloc in the specification's order.

CanonicalABI.md, "Storing". The source is trusted; what realloc returns is not.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from fact.adapters import handles, scratch, strings
from fact.adapters.checking import case_titles, memory_name
from fact.adapters.copying import bools_inline, copy_ends, copy_helper, copy_inline, copy_statement
from fact.adapters.dispatch import Branch, dispatch
from fact.adapters.function import Function, helper
from fact.adapters.memory import (
    LOADS,
    POINTER_SIZE,
    STORES,
    Place,
    constant,
    converted,
    misaligned,
    narrower,
    plus,
    times,
)
from fact.adapters.moves import (
    Bools,
    Copy,
    Masked,
    Move,
    MoveHandle,
    MoveList,
    Moves,
    MoveString,
    MoveWithin,
    Repeat,
    Switch,
    weight,
)
from fact.adapters.rows import VECTOR, Pattern, pattern_helper, pattern_of
from fact.adapters.scope import Helper, ModuleScope, needed
from fact.adapters.shapes import ListShape, Shape, inside_out
from fact.adapters.wat import Block, Line, Note, get, i32_hex
from fact.model.plan import Options, ScratchMemory
from fact.model.types import PtrType

INLINE_BYTES = 128
"""Copies of a known size up to this are written out: calling the engine's copy costs more."""

INLINE_ELEMENT = 6
"""The greatest weight of an element of a list that is moved on the spot."""

MANY_BYTES = 64
"""Elements of a list of fixed length that are moved in bulk, not by a loop."""

BOOLS = Pattern((0xFF,), (True,))


@dataclass(frozen=True, slots=True)
class Crossing:
    """From one memory to another: the options of either side, and the component instance whose realloc runs."""

    source: Options
    destination: Options
    instance: int

    @property
    def pointers(self) -> tuple[PtrType, PtrType]:
        return self.source.pointer, self.destination.pointer


@dataclass(frozen=True, slots=True)
class Moving:
    """Moves written into function *fn*."""

    fn: Function
    crossing: Crossing

    @property
    def scope(self) -> ModuleScope:
        return self.fn.scope

    def source(self, pointer: str, offset: int = 0) -> Place:
        options = self.crossing.source
        return Place(self.scope.memory(needed(options.memory, "memory")), options.pointer, pointer, offset)

    def destination(self, pointer: str, offset: int = 0) -> Place:
        options = self.crossing.destination
        return Place(self.scope.memory(needed(options.memory, "memory")), options.pointer, pointer, offset)

    def all(self, moves: Iterable[Move], source: Place, destination: Place, path: str) -> Iterator[Line]:
        """*moves* of the value at *source*, whose site is *path*, to *destination*."""
        for move in moves:
            yield from self.one(move, source.plus(move.source), destination.plus(move.destination), path + move.path)

    def one(self, move: Move, source: Place, destination: Place, path: str) -> Iterator[Line]:
        yield Note(f"-- {path or 'the value'}")
        match move:
            case Copy(size=size) if size <= INLINE_BYTES:
                yield from copy_inline(source, destination, size)
            case Copy(size=size):
                yield copy_statement(source, destination, constant(narrower(*self.crossing.pointers), size))
            case Bools(count=count) if count <= INLINE_BYTES:
                yield from bools_inline(source, destination, count)
            case Bools(count=count):
                yield self.rows(BOOLS, source, destination, constant(narrower(*self.crossing.pointers), count))
            case Masked(size=size, mask=mask):
                value = f"(i32.and {source.load(LOADS[size])} {i32_hex(mask)})"
                yield destination.store(STORES[size], value)
            case MoveString():
                pointer, units = (self.fn.shared(f"string.{part}", destination.type) for part in ("ptr", "units"))
                yield from self.string(source.load_pointer(), source.load_length(), path, pointer, units)
                yield from self._store_pair(destination, get(pointer), get(units))
            case MoveHandle() if isinstance(self.crossing.destination.memory, ScratchMemory):
                yield destination.store("i32.store", source.load("i32.load"))
            case MoveHandle(type=t):
                rep = handles.next_rep(self.scope)
                yield destination.store("i32.store", handles.lower(self.fn, t, self.crossing.instance, rep, path))
            case MoveList(shape=shape):
                new = self.fn.shared("list.new", destination.type)
                yield from self.list(shape, source.load_pointer(), source.load_length(), path, new)
                length = converted(source.load_length(), source.type, destination.type)
                yield from self._store_pair(destination, get(new), length)
            case MoveWithin(shape=shape):
                moved = value_move(self.scope, shape, self.crossing)
                yield self.fn.call(moved, [source.address(), destination.address()], path)
            case Switch():
                yield from self.switch(move, source, destination, path)
            case Repeat():
                yield from self.repeat(move, source, destination, path)

    def switch(self, move: Switch, source: Place, destination: Place, path: str) -> Iterator[Line]:
        branches = [
            Branch(cases, f"-- {path}, {case_titles(cases)}", tuple(self.all(moves, source, destination, path)))
            for cases, moves in move.groups
        ]
        yield from dispatch(source.load(LOADS[move.size]), move.count, branches)

    def rows(self, pattern: Pattern, source: Place, destination: Place, size: str) -> str:
        """Moves *size* bytes of elements of *pattern*, an expression of the narrower pointer type."""
        function = pattern_helper(self.scope, pattern, source, destination)
        return f"(call {function} {destination.address()} {source.address()} {size})"

    def repeat(self, move: Repeat, source: Place, destination: Place, path: str) -> Iterator[Line]:
        size = move.count * move.strides[0]
        if (pattern := pattern_of(move.moves, move.strides)) is not None and size >= MANY_BYTES:
            bulk = size if pattern.period == VECTOR else size // pattern.period * pattern.period
            yield self.rows(pattern, source, destination, constant(narrower(*self.crossing.pointers), bulk))
            for at in range(bulk, size, pattern.stride):
                yield from self.all(move.moves, source.plus(at), destination.plus(at), path)
            return
        s, end = self.fn.local("from", source.type), self.fn.local("end", source.type)
        d = self.fn.local("to", destination.type)
        yield f"(local.set {s} {source.address()})"
        yield f"(local.set {d} {destination.address()})"
        yield f"(local.set {end} {plus(source.type, get(s), move.count * move.strides[0])})"
        yield self.loop(move.moves, (s, d), end, move.strides, path)

    def loop(
        self, moves: Moves, at: tuple[str, str], end: str, strides: tuple[int, int], path: str
    ) -> Line:
        """*moves* of elements from the first of the locals *at* to the second, both of which move, until the source is
        at local *end*; at least one."""
        source, destination = self.source(at[0]), self.destination(at[1])
        return Block("(loop $next", (
            *self.all(moves, source, destination, path),
            f"(local.set {at[0]} {plus(source.type, get(at[0]), strides[0])})",
            f"(local.set {at[1]} {plus(destination.type, get(at[1]), strides[1])})",
            f"(br_if $next ({source.type}.ne {get(at[0])} {get(end)}))",
        ))

    def list(self, shape: ListShape, pointer: str, length: str, path: str, new: str) -> Iterator[Line]:
        """Moves the list of expressions *pointer* and *length*; local *new* is then where it is."""
        source = self.crossing.source.pointer
        if shape.element.dynamic or self._weight(shape) > INLINE_ELEMENT or not self.fn.inlines("moves"):
            moved = list_move(self.scope, shape, self.crossing)
            yield f"(local.set {new} {self.fn.call(moved, [pointer, length], path)})"
            return
        ptr, count = self.fn.shared("list.ptr", source), self.fn.shared("list.length", source)
        yield f"(local.set {ptr} {pointer})"
        yield f"(local.set {count} {length})"
        yield from self.whole_list(shape, ptr, count, new, path)

    def _weight(self, shape: ListShape) -> int:
        return weight(self.scope.moves.within(shape.element, *self.crossing.pointers))

    def whole_list(self, shape: ListShape, pointer: str, length: str, new: str, path: str) -> Iterator[Line]:
        """Moves the list of locals *pointer*, which moves on, and *length* to where local *new* is then."""
        source, destination = self.crossing.pointers
        layout = shape.element.layout(destination)
        size = times(destination, converted(get(length), source, destination), layout.size)
        yield from self.allocate(layout.align, size, new, self.fn.sites.site(path))
        if is_plain(self.scope, shape, self.crossing):
            yield from self.copy(pointer, new, length, layout.size)
        else:
            yield from self.elements(shape, pointer, length, new, path)

    def elements(self, shape: ListShape, pointer: str, length: str, new: str, path: str) -> Iterator[Line]:
        """Moves the elements, in bulk as far as they can be."""
        source, destination = self.crossing.pointers
        strides = _strides(shape, self.crossing)
        moves = self.scope.moves.within(shape.element, source, destination)
        name = self.fn.local if shape.element.dynamic else self.fn.shared  # lists within take the shared ones
        to, end = name("list.to", destination), name("list.end", source)
        yield f"(local.set {to} {get(new)})"
        yield f"(local.set {end} ({source}.add {get(pointer)} {times(source, get(length), strides[0])}))"
        if (pattern := pattern_of(moves, strides)) is not None:
            yield from self.many(pattern, pointer, to, end)
        yield Block(f"(if ({source}.ne {get(pointer)} {get(end)})", (
            Block("(then", (self.loop(moves, (pointer, to), end, strides, f"{path}[]"),)),
        ))

    def many(self, pattern: Pattern, pointer: str, to: str, end: str) -> Iterator[Line]:
        """Moves as many elements as can be moved in bulk, up to local *end*, and moves locals *pointer* and *to* past
        them."""
        source, destination = self.source(pointer), self.destination(to)
        n_type = narrower(source.type, destination.type)
        bulk = self.fn.shared("list.bulk", source.type)
        left = f"({source.type}.sub {get(end)} {get(pointer)})"
        if pattern.period != VECTOR:
            left = f"({source.type}.sub {left} ({source.type}.rem_u {left} {constant(source.type, pattern.period)}))"
        yield f"(local.set {bulk} {left})"
        enough = f"({source.type}.ge_u {get(bulk)} {constant(source.type, pattern.least)})"
        moved = converted(get(bulk), source.type, destination.type)
        yield Block(f"(if {enough}", (Block("(then", (
            self.rows(pattern, source, destination, converted(get(bulk), source.type, n_type)),
            f"(local.set {pointer} ({source.type}.add {get(pointer)} {get(bulk)}))",
            f"(local.set {to} ({destination.type}.add {get(to)} {moved}))",
        )),))

    def allocate(self, align: int, size: str, new: str, site: str) -> Iterator[Line]:
        """Sets local *new* to a new block in the destination, checked; *size* and *site* are expressions."""
        options, p = self.crossing.destination, self.crossing.destination.pointer
        if isinstance(options.memory, ScratchMemory):
            yield f"(local.set {new} (call {scratch.allocate(self.scope, p)} {constant(p, align)} {size}))"
            return
        arguments = [constant(p, 0), constant(p, 0), constant(p, align), size]
        wrong = misaligned(p, get(new), align) if align > 1 else ""
        yield from self.scope.reallocate(options, self.crossing.instance, arguments, new, size, wrong, site)

    def copy(self, pointer: str, new: str, count: str, element_size: int) -> Iterator[Line]:
        """Copies *count* elements (a local) from local *pointer* to local *new*; eight to sixteen bytes on the spot."""
        source, destination = self.source(pointer), self.destination(new)
        n_type = narrower(*self.crossing.pointers)
        n = times(n_type, converted(get(count), source.type, n_type), element_size)
        called = f"(call {copy_helper(self.scope, source, destination)} {get(new)} {get(pointer)} {n})"
        if element_size > 16:
            yield called
            return
        eight = constant(n_type, 8)
        yield Block(f"(if ({n_type}.le_u ({n_type}.sub {n} {eight}) {eight})", (
            Block("(then", tuple(copy_ends(source, destination, n, n_type, 8))),
            Block("(else", (f"(if {_is_some(n_type, n)} (then {called}))",)),
        ))

    def string(self, pointer: str, units: str, path: str, new_pointer: str, new_units: str) -> Iterator[Line]:
        """Moves the string of expressions *pointer* and *units* to locals *new_pointer* and *new_units*."""
        source, destination, instance = self.crossing.source, self.crossing.destination, self.crossing.instance
        site = self.fn.sites.site(path)
        if isinstance(destination.memory, ScratchMemory):
            yield f"(call {scratch.string_helper(self.scope, source, destination)} {pointer} {units} {site})"
            yield f"(local.set {new_units})"
            yield f"(local.set {new_pointer})"
        else:
            yield from strings.move(
                self.fn, source, destination, instance, pointer, units, site, new_pointer, new_units
            )

    def _store_pair(self, destination: Place, pointer: str, length: str) -> Iterator[str]:
        instruction = f"{destination.type}.store"
        yield destination.store(instruction, pointer)
        yield destination.plus(POINTER_SIZE[destination.type]).store(instruction, length)


# -- functions for lists and large values


def value_move(scope: ModuleScope, shape: Shape, crossing: Crossing) -> Helper:
    """Moves the value of *shape* at `from` to `to`."""
    _move_parts_first(scope, shape, crossing)

    def body(fn: Function) -> Iterator[Line]:
        moving = Moving(fn, crossing)
        moves = scope.moves.of(shape, *crossing.pointers)
        yield from moving.all(moves, moving.source("$from"), moving.destination("$to"), "")

    source, destination = crossing.pointers
    params = [("$from", source), ("$to", destination)]
    return helper(scope, ("move", id(shape), crossing), f"move.{_way(scope, crossing)}", params, "", body)


def list_move(scope: ModuleScope, shape: ListShape, crossing: Crossing) -> Helper:
    """Moves the list of `length` elements at `ptr`; the result is where it is now."""
    _move_parts_first(scope, shape, crossing)
    source, destination = crossing.pointers
    layout = shape.element.layout(destination)

    def body(fn: Function) -> Iterator[Line]:
        fn.local("new", destination)
        yield from Moving(fn, crossing).whole_list(shape, "$ptr", "$length", "$new", "")
        yield get("$new")

    params = [("$ptr", source), ("$length", source)]
    name = f"move.{scope.plan.with_names(shape.name)}.{_way(scope, crossing)}"
    key: object = ("move", id(shape), crossing)
    if is_plain(scope, shape, crossing):
        name = f"move.list.{layout.size}-bytes.{_way(scope, crossing)}"
        key = ("move list", layout, crossing)
    return helper(scope, key, name, params, f" (result {destination})", body)


def _move_parts_first(scope: ModuleScope, shape: Shape, crossing: Crossing) -> None:
    """See `fact.adapters.checking`: functions are written from the inside out."""
    for part in inside_out(shape)[:-1]:
        if ("move", id(part), crossing) in scope.made:
            continue
        if isinstance(part, ListShape):
            list_move(scope, part, crossing)
        elif scope.moves.within(part, *crossing.pointers) == (MoveWithin(0, 0, part, ""),):
            value_move(scope, part, crossing)


def is_plain(scope: ModuleScope, shape: ListShape, crossing: Crossing) -> bool:
    """Whether the elements are bytes to be copied as they are."""
    match scope.moves.within(shape.element, *crossing.pointers):
        case (Copy(0, 0, size),):
            return (size, size) == _strides(shape, crossing)
    return False


def _is_some(p: PtrType, length: str) -> str:
    """The condition that *length* is not zero."""
    return length if p == "i32" else f"(i64.ne {length} (i64.const 0))"


def _strides(shape: ListShape, crossing: Crossing) -> tuple[int, int]:
    source, destination = (shape.element.layout(pointer).size for pointer in crossing.pointers)
    return source, destination


def _way(scope: ModuleScope, crossing: Crossing) -> str:
    return f"{memory_name(scope, crossing.source)}-to-{memory_name(scope, crossing.destination)}"
