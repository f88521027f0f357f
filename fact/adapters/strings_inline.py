"""Strings checked and moved on the spot: 8 to 16 bytes of plain text without a call, the rest by functions.

CanonicalABI.md, "Loading" (load_string_from_range) and "Storing" (store_string_into_range). `strings` has functions
that do the same, for whoever has many strings.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from fact.adapters.copying import copy_ends, copy_helper
from fact.adapters.function import Function
from fact.adapters.memory import Place, constant, converted, misaligned, narrower, outside, plus, times
from fact.adapters.scope import ModuleScope, needed
from fact.adapters.strings_check import MAX_STRING_BYTE_LENGTH, valid_function
from fact.adapters.strings_parts import Move
from fact.adapters.strings_text import utf16_tag
from fact.adapters.wat import Block, Line, get
from fact.model.plan import Options
from fact.model.traps import TrapReason
from fact.model.types import PtrType

NOT_ASCII = "(i64.const 0x8080808080808080)"


# -- checking


@dataclass(frozen=True, slots=True)
class Checked:
    """A string to be checked: the locals that it is in, and the expression for its site."""

    scope: ModuleScope
    source: Options
    pointer: str
    units: str
    site: str

    @property
    def type(self) -> PtrType:
        return self.source.pointer

    @property
    def place(self) -> Place:
        return Place(self.scope.memory(needed(self.source.memory, "memory")), self.type, self.pointer)

    def encoded(self, tagless: str) -> Iterator[Line]:
        """Local *tagless* is for the units without the tag."""
        match self.source.string_encoding:
            case "utf8":
                yield from self.utf8()
            case "utf16":
                yield from self.utf16(self.units)
            case _:
                yield Block(f"(if {_is_latin1(self.type, self.units)}", (
                    Block("(then", tuple(self.range(self.units, 1, 2))),
                    Block("(else", (_without_tag(self.type, self.units, tagless), *self.utf16(tagless))),
                ))

    def range(self, units: str, unit: int, align: int) -> Iterator[Line]:
        """Checks where *units* (a local) of *unit* bytes are."""
        p = self.type
        most = f"(i32.const {MAX_STRING_BYTE_LENGTH // unit:#x})" if p == "i32" else ""
        most = most or f"(i64.const {MAX_STRING_BYTE_LENGTH // unit:#x})"
        yield from self.scope.trap_at(f"({p}.gt_u {get(units)} {most})", TrapReason.STRING_TOO_LONG, self.site)
        if align > 1:
            wrong = misaligned(p, get(self.pointer), align)
            yield from self.scope.trap_at(wrong, TrapReason.POINTER_MISALIGNED, self.site)
        beyond = outside(p, self.place.memory, get(self.pointer), times(p, get(units), unit))
        yield from self.scope.trap_at(beyond, TrapReason.POINTER_OUT_OF_BOUNDS, self.site)

    def utf8(self) -> Iterator[Line]:
        yield from self.range(self.units, 1, 1)
        first, last = self.place.load("i64.load"), _at_end(self.place, "i64.load", get(self.units), 8)
        yield Block("(block $valid", (
            Block(f"(if {_between(self.type, self.units, 8)}", (
                Block("(then", (
                    Block("(br_if $valid", (f"(i64.eqz (i64.and (i64.or {first} {last}) {NOT_ASCII}))",)),
                )),
            )),
            *self.valid(self.units, "utf8-check", TrapReason.INVALID_UTF8),
        ))

    def utf16(self, units: str) -> Iterator[Line]:
        yield from self.range(units, 2, 2)
        first = self.place.load("v128.load64_zero")
        last = _at_end(self.place, "v128.load64_zero", times(self.type, get(units), 2), 8)
        flip = "(i16x8.splat (i32.const 0xd800))"
        yield Block("(block $valid", (
            Block(f"(if {_between(self.type, units, 4)}", (
                Block("(then", (
                    # no surrogate: xor 0xd800 those are below 0x800
                    Block("(br_if $valid", (
                        Block("(i16x8.all_true", (
                            Block("(i16x8.ge_u", (
                                f"(i16x8.min_u (v128.xor {first} {flip}) (v128.xor {last} {flip}))",
                                "(i16x8.splat (i32.const 0x800))",
                            )),
                        )),
                    )),
                )),
            )),
            *self.valid(units, "utf16-check", TrapReason.INVALID_UTF16),
        ))

    def valid(self, units: str, module: str, reason: TrapReason) -> Iterator[Line]:
        function = valid_function(self.scope, self.source, module)
        arguments = f"{get(self.pointer)} {converted(get(units), self.type, 'i32')}"
        yield from self.scope.trap_at(f"(i32.eqz (call {function} {arguments}))", reason, self.site)


# -- moving


@dataclass(frozen=True, slots=True)
class Moved:
    """A checked string to be moved: the locals that it is in and those that it is then in, the expression for its
    site. The realloc of *destination* runs in component instance *instance*."""

    fn: Function
    source: Options
    destination: Options
    instance: int
    pointer: str
    units: str
    site: str
    new_pointer: str
    new_units: str

    @property
    def scope(self) -> ModuleScope:
        return self.fn.scope

    @property
    def here(self) -> Place:
        return Place(self.scope.memory(needed(self.source.memory, "memory")), self.source.pointer, self.pointer)

    @property
    def there(self) -> Place:
        options = self.destination
        return Place(self.scope.memory(needed(options.memory, "memory")), options.pointer, self.new_pointer)

    def length(self, units: str, factor: int) -> str:
        """*factor* times *units* (a local), in the destination."""
        return times(self.there.type, converted(get(units), self.here.type, self.there.type), factor)

    def allocate(self, align: int, size: str) -> Iterator[Line]:
        p = self.there.type
        return self.realloc(constant(p, 0), constant(p, 0), align, size)

    def copied(self, units: str, unit: int, align: int) -> Iterator[Line]:
        """*units* (a local) of *unit* bytes as they are."""
        yield from self.allocate(align, self.length(units, unit))
        yield self.copied_bytes(units, unit)
        yield f"(local.set {self.new_units} {self.length(units, 1)})"

    def copied_bytes(self, units: str, unit: int) -> Line:
        n_type = narrower(self.here.type, self.there.type)
        n = times(n_type, converted(get(units), self.here.type, n_type), unit)
        copy = copy_helper(self.scope, self.here, self.there)
        return Block(f"(if ({n_type}.le_u ({n_type}.sub {n} {constant(n_type, 8)}) {constant(n_type, 8)})", (
            Block("(then", tuple(copy_ends(self.here, self.there, n, n_type, 8))),
            Block("(else", (f"(call {copy} {get(self.new_pointer)} {get(self.pointer)} {n})",)),
        ))

    def transcoded(self, units: str, encoding: str, move: Move) -> Iterator[Line]:
        """*units* (a local) in *encoding*, after the first realloc."""
        match encoding, self.destination.string_encoding:
            case "latin1", "utf16":
                short, rest = self.widened(units), self.all_widened(units, move)
            case "utf8", "utf16":
                short, rest = self.widened(units, 0xFF80), self.utf8_to_utf16(units, move)
            case "latin1", "utf8":
                short, rest = self.ascii(units), self.to_utf8(units, 1, "latin1-to-utf8", "latin1-to-utf8", move)
            case "utf16", "utf8":
                rest = self.to_utf8(units, 2, "utf16-narrow", "utf16-to-utf8", move)
                short = self.narrowed(units, 0xFF80)
            case "utf8", "latin1+utf16":
                short, rest = self.ascii(units), self.utf8_to_latin1_or_utf16(units, move)
            case "utf16", "latin1+utf16":
                short, rest = self.narrowed(units, 0xFF00), self.utf16_to_latin1_or_utf16(units, move)
            case _:
                short, rest = self.wide(units), self.tagged_to_latin1_or_utf16(units, move)
        yield Block("(block $moved", (*short, *rest))

    def arguments(self, units: str) -> str:
        """Address, units, address in the destination."""
        return f"{get(self.pointer)} {self.count(units)} {get(self.new_pointer)}"

    def count(self, units: str) -> str:
        return converted(get(units), self.here.type, "i32")

    def written(self, unit: int) -> str:
        """The bytes that local *new_units* stands for, in the destination."""
        return times(self.there.type, get(self.new_units), unit)

    def past(self, place: Place, unit: int) -> str:
        """The address behind as many units of *unit* bytes as local *new_units* says."""
        units = converted(get(self.new_units), self.there.type, place.type)
        return f"({place.type}.add {get(place.pointer)} {times(place.type, units, unit)})"

    def all_widened(self, units: str, move: Move) -> Iterator[Line]:
        yield f"(call {move.support('latin1-to-utf16', 'widen')} {self.arguments(units)})"
        yield f"(local.set {self.new_units} {self.length(units, 1)})"

    def utf8_to_utf16(self, units: str, move: Move) -> Iterator[Line]:
        written = f"(call {move.support('utf8-to-utf16', 'transcode', 'i32')} {self.arguments(units)})"
        yield f"(local.set {self.new_units} {converted(written, 'i32', self.there.type)})"
        yield self.if_less(self.length(units, 1), self.reallocated(2, self.length(units, 2), self.written(2)))

    def to_utf8(self, units: str, unit: int, prefix: str, rest: str, move: Move) -> Iterator[Line]:
        """From units of *unit* bytes, of which each makes *unit* + 1 bytes at most."""
        d, all_units, most = self.there.type, self.length(units, 1), self.length(units, unit + 1)
        ascii = f"(call {move.support(prefix, 'ascii', 'i32')} {self.arguments(units)})"
        done = converted(get(self.new_units), d, "i32")
        left = f"{self.past(self.here, unit)} (i32.sub {self.count(units)} {done}) {self.past(self.there, 1)}"
        written = f"(call {move.support(rest, 'transcode', 'i32')} {left})"
        yield f"(local.set {self.new_units} {converted(ascii, 'i32', d)})"
        # the first that is not ASCII: the worst case, and what is left
        yield self.if_less(all_units, (
            *self.reallocated(1, all_units, most),
            f"(local.set {self.new_units} ({d}.add {get(self.new_units)} {converted(written, 'i32', d)}))",
            self.if_less(most, self.reallocated(1, most, self.written(1))),
        ))

    def utf8_to_latin1_or_utf16(self, units: str, move: Move) -> Iterator[Line]:
        d, all_units, read = self.there.type, self.length(units, 1), self.fn.shared("string.read", "i32")
        here = f"({self.here.type}.add {get(self.pointer)} {converted(get(read), 'i32', self.here.type)})"
        left = f"{here} (i32.sub {self.count(units)} {get(read)}) {self.past(self.there, 2)}"
        written = f"(call {move.support('utf8-to-utf16', 'transcode', 'i32')} {left})"
        yield f"(call {move.support('utf8-to-latin1', 'transcode', 'i32', 'i32')} {self.arguments(units)})"
        yield f"(local.set {self.new_units}{' (i64.extend_i32_u)' if d == 'i64' else ''})"
        yield f"(local.set {read})"
        yield Block(f"(if (i32.eq {get(read)} {self.count(units)})", (Block("(then", (
            self.if_less(all_units, self.reallocated(2, all_units, self.written(1))),
            "(br $moved)",
        )),))
        yield from self.inflated(units, move)
        yield f"(local.set {self.new_units} ({d}.add {get(self.new_units)} {converted(written, 'i32', d)}))"
        yield self.if_less(all_units, self.reallocated(2, self.length(units, 2), self.written(2)))
        yield self.tagged(get(self.new_units))

    def utf16_to_latin1_or_utf16(self, units: str, move: Move) -> Iterator[Line]:
        d, all_units = self.there.type, self.length(units, 1)
        latin1 = f"(call {move.support('utf16-narrow', 'latin1', 'i32')} {self.arguments(units)})"
        yield f"(local.set {self.new_units} {converted(latin1, 'i32', d)})"
        yield f"(br_if $moved ({d}.eq {get(self.new_units)} {all_units}))"
        yield from self.inflated(units, move)
        # the rest is as it should be: there are as many units as in the source, and nothing to shrink
        yield self.copy(units, 2, 2)
        yield self.tagged(all_units)

    def tagged_to_latin1_or_utf16(self, units: str, move: Move) -> Iterator[Line]:
        """See `strings_move`."""
        all_units = self.length(units, 1)
        latin1 = f"(call {move.support('utf16-narrow', 'latin1', 'i32')} {self.arguments(units)})"
        yield f"(local.set {self.new_units} {all_units})"
        yield Block(f"(if (i32.eq {latin1} {self.count(units)})", (Block("(then", (
            self.copy(units, 1, 2),
            *self.reallocated(1, self.length(units, 2), all_units),
            "(br $moved)",
        )),))
        yield self.copied_bytes(units, 2)
        yield self.tagged(all_units)

    def inflated(self, units: str, move: Move) -> Iterator[Line]:
        """The first character past 0xff: the worst case, and the bytes so far become units."""
        d = self.there.type
        yield from self.reallocated(2, self.length(units, 1), self.length(units, 2))
        called = f"(call {move.inflate()} {get(self.new_pointer)} {converted(get(self.new_units), d, 'i32')})"
        yield f"(if ({d}.ne {get(self.new_units)} {constant(d, 0)}) (then {called}))"

    def copy(self, units: str, written: int, unit: int) -> Line:
        """Copies what is in the source behind as many bytes as are written: local *new_units* times *written*; to
        *units* times *unit*."""
        n_type = narrower(self.here.type, self.there.type)
        size = times(n_type, converted(get(units), self.here.type, n_type), unit)
        done = times(n_type, converted(get(self.new_units), self.there.type, n_type), written)
        addresses = f"{self.past(self.there, written)} {self.past(self.here, written)}"
        return f"(call {copy_helper(self.scope, self.here, self.there)} {addresses} ({n_type}.sub {size} {done}))"

    def tagged(self, units: str) -> str:
        d = self.there.type
        return f"(local.set {self.new_units} ({d}.or {units} ({d}.const {utf16_tag(d):#x})))"

    def if_less(self, units: str, body: Iterable[Line]) -> Line:
        """*body* where local *new_units* is less than *units*."""
        d = self.there.type
        return Block(f"(if ({d}.lt_u {get(self.new_units)} {units})", (Block("(then", tuple(body)),))

    def reallocated(self, align: int, old_size: str, size: str) -> Iterator[Line]:
        return self.realloc(get(self.new_pointer), old_size, align, size)

    def realloc(self, old: str, old_size: str, align: int, size: str) -> Iterator[Line]:
        p = self.there.type
        wrong = misaligned(p, get(self.new_pointer), align) if align > 1 else ""
        arguments = [old, old_size, constant(p, align), size]
        return self.scope.reallocate(
            self.destination, self.instance, arguments, self.new_pointer, size, wrong, self.site
        )

    def ascii(self, units: str) -> Iterator[Line]:
        first, last = (self.fn.shared(f"string.{part}", "i64") for part in ("first", "last"))
        yield Block(f"(if {_between(self.here.type, units, 8)}", (Block("(then", (
            f"(local.set {first} {self.here.load('i64.load')})",
            f"(local.set {last} {_at_end(self.here, 'i64.load', get(units), 8)})",
            Block(f"(if (i64.eqz (i64.and (i64.or {get(first)} {get(last)}) {NOT_ASCII}))", (Block("(then", (
                self.there.store("i64.store", get(first)),
                f"(i64.store {self.there.memory} {_end(self.there, self.length(units, 1), 8)} {get(last)})",
                *self.done(units),
            )),)),
        )),))

    def widened(self, units: str, never: int = 0) -> Iterator[Line]:
        """Where no unit has one of the bits *never*."""
        first, last = (self.fn.shared(f"string.{part}.units", "v128") for part in ("first", "last"))
        stored: tuple[Line, ...] = (
            self.there.store("v128.store", get(first)),
            f"(v128.store {self.there.memory} {_end(self.there, self.length(units, 2), 16)} {get(last)})",
            *self.done(units),
        )
        if never:
            stored = (Block(f"(if (i32.eqz {_any_with(first, last, never)})", (Block("(then", stored),)),)
        yield Block(f"(if {_between(self.here.type, units, 8)}", (Block("(then", (
            f"(local.set {first} {self.here.load('v128.load8x8_u')})",
            f"(local.set {last} {_at_end(self.here, 'v128.load8x8_u', get(units), 8)})",
            *stored,
        )),))

    def narrowed(self, units: str, never: int) -> Iterator[Line]:
        """Where no unit has one of the bits *never*."""
        first, last = (self.fn.shared(f"string.{part}.units", "v128") for part in ("first", "last"))
        memory = self.there.memory
        end = _end(self.there, self.length(units, 1), 4)
        yield Block(f"(if {_between(self.here.type, units, 4)}", (Block("(then", (
            f"(local.set {first} {self.here.load('v128.load64_zero')})",
            f"(local.set {last} {_at_end(self.here, 'v128.load64_zero', times(self.here.type, get(units), 2), 8)})",
            Block(f"(if (i32.eqz {_any_with(first, last, never)})", (Block("(then", (
                f"(v128.store32_lane {memory} 0 {get(self.new_pointer)} {_narrow(first)})",
                f"(v128.store32_lane {memory} 0 {end} {_narrow(last)})",
                *self.done(units),
            )),)),
        )),))

    def wide(self, units: str) -> Iterator[Line]:
        """Copies where some unit is past 0xff."""
        first, last = (self.fn.shared(f"string.{part}.units", "v128") for part in ("first", "last"))
        memory, end = self.there.memory, _end(self.there, self.length(units, 2), 8)
        yield Block(f"(if {_between(self.here.type, units, 4)}", (Block("(then", (
            f"(local.set {first} {self.here.load('v128.load64_zero')})",
            f"(local.set {last} {_at_end(self.here, 'v128.load64_zero', times(self.here.type, get(units), 2), 8)})",
            Block(f"(if {_any_with(first, last, 0xFF00)}", (Block("(then", (
                f"(v128.store64_lane {memory} 0 {get(self.new_pointer)} {get(first)})",
                f"(v128.store64_lane {memory} 0 {end} {get(last)})",
                self.tagged(self.length(units, 1)),
                "(br $moved)",
            )),)),
        )),))

    def done(self, units: str) -> Iterator[Line]:
        yield f"(local.set {self.new_units} {self.length(units, 1)})"
        yield "(br $moved)"

    def by_tag(self, tagless: str, latin1: tuple[Line, ...], utf16: tuple[Line, ...]) -> Line:
        """*utf16* is for the units in local *tagless*."""
        p = self.here.type
        return Block(f"(if {_is_latin1(p, self.units)}", (
            Block("(then", latin1),
            Block("(else", (_without_tag(p, self.units, tagless), *utf16)),
        ))


# -- both


def _is_latin1(p: PtrType, units: str) -> str:
    """The tag is the highest bit, and means UTF-16."""
    return f"({p}.ge_s {get(units)} {constant(p, 0)})"


def _without_tag(p: PtrType, units: str, tagless: str) -> str:
    return f"(local.set {tagless} ({p}.xor {get(units)} ({p}.const {utf16_tag(p):#x})))"


def _between(p: PtrType, units: str, least: int) -> str:
    """The condition that local *units* is *least* to twice that."""
    return f"({p}.le_u ({p}.sub {get(units)} {constant(p, least)}) {constant(p, least)})"


def _end(place: Place, size: str, back: int) -> str:
    """The address *back* bytes before the end of *size* bytes, an expression of the type of addresses there."""
    return plus(place.type, f"({place.type}.add {get(place.pointer)} {size})", -back)


def _at_end(place: Place, load: str, size: str, back: int) -> str:
    return f"({load} {place.memory} {_end(place, size, back)})"


def _any_with(first: str, last: str, bits: int) -> str:
    return f"(v128.any_true (v128.and (v128.or {get(first)} {get(last)}) (i16x8.splat (i32.const {bits:#x}))))"


def _narrow(local: str) -> str:
    return f"(i8x16.narrow_i16x8_u {get(local)} {get(local)})"
