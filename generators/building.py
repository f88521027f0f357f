"""A guest's code that builds a value anew, piece by piece: field by field, element by element, text byte by byte,
from one of its memories to the same or to another one, whose addresses may be wider or narrower.
"""

from __future__ import annotations

from dataclasses import dataclass

from fact.model.types import Prim
from generators.blueprint import Encoding
from generators.helpers import Helpers, by_case, function, stored_as
from generators.layout import Pointer, alignment, area, payload_offset, pointer_size, size, tag_of
from generators.valtypes import EnumOf, FlagsOf, Type, cases_of, element_of, fields_of, has_strings, is_scalar


@dataclass(frozen=True, slots=True)
class Memory:
    """One of a guest's memories: *name* as instructions need it (nothing for the first one), its type of addresses, and
    the function that allocates in it."""

    name: str
    pointer: Pointer
    alloc: str = "$alloc"


@dataclass(frozen=True, slots=True)
class Way:
    """From where to where."""

    source: Memory
    to: Memory

    def converted(self, e: str) -> str:
        """An address or length of the source as one where it goes."""
        if self.source.pointer == self.to.pointer:
            return e
        return f"(i64.extend_i32_u {e})" if self.to.pointer == "i64" else f"(i32.wrap_i64 {e})"


def built(h: Helpers, t: Type, encoding: Encoding, way: Way) -> str:
    """A function `(to, from)` that writes at *to* a value equal to the one at *from*."""

    def make(name: str) -> str:
        params = f"(param $to {way.to.pointer}) (param $from {way.source.pointer})"
        return function(name, params, [_piece(h, t, encoding, way, 0, 0)])

    return h.need(("built", t, has_strings(t) and encoding, way), "built", make)


def _piece(h: Helpers, t: Type, encoding: Encoding, way: Way, to: int, source: int) -> str:
    """Builds what lies *source* bytes behind `$from` *to* bytes behind `$to`."""
    if is_scalar(t) or isinstance(t, FlagsOf | EnumOf):
        return _scalar(t, way, to, source)
    if t is Prim.STRING or (element := element_of(t)) is not None:
        inner = _text(h, encoding, way) if t is Prim.STRING else _list(h, element, encoding, way)
        return f"(call {inner} {_moved(way.to, '$to', to)} {_moved(way.source, '$from', source)})"
    if (fields := fields_of(t)) is not None:
        offsets = zip(area(fields, way.to.pointer)[0], area(fields, way.source.pointer)[0], strict=True)
        return "\n    ".join(_piece(h, f, encoding, way, to + a, source + b)
                             for f, (a, b) in zip(fields, offsets, strict=True))
    return f"(call {_variant(h, t, encoding, way)} {_moved(way.to, '$to', to)} {_moved(way.source, '$from', source)})"


def _scalar(t: Type, way: Way, to: int, source: int) -> str:
    load, store = stored_as(t)
    value = f"({load} {way.source.name} offset={source} (local.get $from))"
    return f"({store} {way.to.name} offset={to} (local.get $to) {value})"


def _moved(memory: Memory, local: str, offset: int) -> str:
    p, base = memory.pointer, f"(local.get {local})"
    return f"({p}.add {base} ({p}.const {offset}))" if offset else base


def _variant(h: Helpers, t: Type, encoding: Encoding, way: Way) -> str:
    cases = cases_of(t)
    assert cases is not None
    to, source = (payload_offset(cases, m.pointer) for m in (way.to, way.source))
    found = EnumOf(len(cases))
    load = stored_as(found)[0]
    at = f"({load} {way.source.name} (local.get $from))"

    def make(name: str) -> str:
        payload = by_case(cases, at, lambda c: "" if c is None else _piece(h, c, encoding, way, to, source))
        params = f"(param $to {way.to.pointer}) (param $from {way.source.pointer})"
        return function(name, params, [_scalar(found, way, 0, 0), payload])

    return h.need(("built variant", t, has_strings(t) and encoding, way), "built", make)


_HEAD = "(param $to {to}) (param $from {source}) (local $here {source}) (local $there {to}) (local $count {source})"


def _head(way: Way) -> str:
    return _HEAD.format(to=way.to.pointer, source=way.source.pointer)


def _pair(way: Way) -> list[str]:
    """Reads the pointer and writes the new one."""
    width = pointer_size(way.source.pointer)
    return [f"(local.set $here ({way.source.pointer}.load {way.source.name} (local.get $from)))",
            f"(local.set $count ({way.source.pointer}.load {way.source.name} offset={width} (local.get $from)))"]


def _block(h: Helpers, way: Way, align: int, count: str) -> list[str]:
    p = way.to.pointer
    h.allocates = h.allocates or not way.to.name
    new = f"(call {way.to.alloc} ({p}.const 0) ({p}.const 0) ({p}.const {align}) {count})"
    return [f"(local.set $there {new})", f"({p}.store {way.to.name} (local.get $to) (local.get $there))"]


def _length(way: Way, e: str) -> str:
    return f"({way.to.pointer}.store {way.to.name} offset={pointer_size(way.to.pointer)} (local.get $to) {e})"


def _text(h: Helpers, encoding: Encoding, way: Way) -> str:
    p = way.source.pointer
    tag = f"({p}.const {tag_of(p):#x})"
    units = "(local.get $count)"
    bytes = units
    length = way.converted(units)
    if encoding == "utf16":
        bytes = f"({p}.shl {units} ({p}.const 1))"
    elif encoding == "latin1+utf16":
        bytes = f"(select ({p}.shl {units} ({p}.const 1)) {units} ({p}.lt_s {units} ({p}.const 0)))"
        if way.source.pointer != way.to.pointer:
            q = way.to.pointer
            plain = way.converted(f"({p}.and {units} ({p}.xor {tag} ({p}.const -1)))")
            new_tag = f"({q}.const {tag_of(q):#x})"
            length = f"({q}.or {plain} (select {new_tag} ({q}.const 0) ({p}.lt_s {units} ({p}.const 0))))"

    def make(name: str) -> str:
        lines = [*_pair(way), _length(way, length), f"(local.set $count {bytes})",
                 *_block(h, way, 1 if encoding == "utf8" else 2, way.converted("(local.get $count)"))]
        if h.vectors:
            lines.append(_loop(way, 16, 16, _vector(way)))
        return function(name, _head(way), [*lines, _loop(way, 1, 1, _byte(way))])

    return h.need(("built text", encoding, way), "built.text", make)


def _byte(way: Way) -> str:
    byte = f"(i32.load8_u {way.source.name} (local.get $here))"
    return f"(i32.store8 {way.to.name} (local.get $there) {byte})"


def _vector(way: Way) -> str:
    return f"(v128.store {way.to.name} (local.get $there) (v128.load {way.source.name} (local.get $here)))"


def _loop(way: Way, there: int, here: int, body: str) -> str:
    """*body* as long as `$count` is at least *here*, which it then loses; the addresses go on by *there* and *here*."""
    p, q = way.source.pointer, way.to.pointer
    return f"""(block $done (loop $more
      (br_if $done ({p}.lt_u (local.get $count) ({p}.const {here})))
      {body}
      (local.set $there ({q}.add (local.get $there) ({q}.const {there})))
      (local.set $here ({p}.add (local.get $here) ({p}.const {here})))
      (local.set $count ({p}.sub (local.get $count) ({p}.const {here}))) (br $more)))"""


def _list(h: Helpers, element: Type | None, encoding: Encoding, way: Way) -> str:
    assert element is not None
    each, there = size(element, way.source.pointer), size(element, way.to.pointer)
    p, q = way.source.pointer, way.to.pointer
    total = f"({q}.mul {way.converted('(local.get $count)')} ({q}.const {there}))"

    def make(name: str) -> str:
        one = f"(call {built(h, element, encoding, way)} (local.get $there) (local.get $here))"
        lines = [
            *_pair(way), _length(way, way.converted("(local.get $count)")),
            *_block(h, way, alignment(element, q), total),
            f"(local.set $count ({p}.mul (local.get $count) ({p}.const {each})))", _loop(way, there, each, one),
        ]
        return function(name, _head(way), lines)

    return h.need(("built list", element, has_strings(element) and encoding, way), "built.list", make)


