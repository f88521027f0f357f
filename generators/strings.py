"""A guest's code that changes strings in its memory, character by character, in any encoding.

`$at` is the address of a pointer and a length as they are passed; what is changed is the pointer and the length, and
the new text, where there is any, is in a block of its own. Text that is no text (a hostile realloc can put blocks over
one another) is changed into some other, and no loop goes further than the length.
"""

from __future__ import annotations

from generators.blueprint import Encoding
from generators.helpers import Helpers, function
from generators.layout import pointer_size, tag_of
from generators.operands import Change

MOST = 4096
"""A string of this many units, or a list of this many elements, becomes no longer."""

_LOCALS = "ptr", "len", "tag", "width", "to", "i", "n", "unit"


def text_change(h: Helpers, encoding: Encoding, change: Change) -> str:
    """A function of the address of a string's pointer and length."""

    def make(name: str) -> str:
        p = h.pointer
        header = f"(param $at {p})" + "".join(f" (local ${n} {p})" for n in _LOCALS)
        return function(name, header, [*_read(h, encoding), *_CHANGES[change](h, encoding)])

    return h.need(("text", encoding, change), "text", make)


def _read(h: Helpers, encoding: Encoding) -> list[str]:
    p = h.pointer
    lines = [
        f"(local.set $ptr {h.load_pointer('(local.get $at)', 0)})",
        f"(local.set $len {h.load_pointer('(local.get $at)', pointer_size(p))})",
        f"(local.set $width ({p}.const {2 if encoding == 'utf16' else 1}))",
    ]
    if encoding == "latin1+utf16":
        lines += [
            f"(local.set $tag ({p}.and (local.get $len) ({p}.const {tag_of(p):#x})))",
            f"(local.set $len ({p}.xor (local.get $len) (local.get $tag)))",
            f"(if ({p}.ne (local.get $tag) ({p}.const 0)) (then (local.set $width ({p}.const 2))))",
        ]
    return [*lines, f"(if ({p}.gt_u (local.get $len) ({p}.const {MOST})) (then (return)))"]


def _written(h: Helpers, length: str, pointer: str = "") -> list[str]:
    p = h.pointer
    lines = [f"({p}.store (local.get $at) {pointer})"] if pointer else []
    return [*lines, f"({p}.store offset={pointer_size(p)} (local.get $at) ({p}.or {length} (local.get $tag)))"]


def _align(encoding: Encoding) -> int:
    return 1 if encoding == "utf8" else 2


def _units(h: Helpers, count: str) -> str:
    """That many units in bytes."""
    return f"({h.pointer}.mul {count} (local.get $width))"


def _new(h: Helpers, encoding: Encoding, count: str) -> str:
    return f"(local.set $to {h.block(_align(encoding), _units(h, count))})"


def first(h: Helpers, encoding: Encoding) -> str:
    """A function `(at, units, width)`: how many units the first character has, at most *units*."""
    p = h.pointer

    def make(name: str) -> str:
        wide = "(i32.load16_u (local.get $at))"
        lines = []
        if encoding == "utf8":
            byte = "(i32.load8_u (local.get $at))"
            lines.append(f"(local.set $n (i32.add (i32.const 1) (i32.add (i32.ge_u {byte} (i32.const 0xc0))"
                         f" (i32.add (i32.ge_u {byte} (i32.const 0xe0)) (i32.ge_u {byte} (i32.const 0xf0))))))")
        else:
            lines += [
                "(local.set $n (i32.const 1))",
                f"(if ({p}.eq (local.get $width) ({p}.const 2)) (then",
                f"  (if (i32.eq (i32.and {wide} (i32.const 0xfc00)) (i32.const 0xd800))"
                " (then (local.set $n (i32.const 2))))))",
            ]
        n = h.as_pointer("(local.get $n)")
        lines.append(f"(select {n} (local.get $units) ({p}.lt_u {n} (local.get $units)))")
        header = f"(param $at {p}) (param $units {p}) (param $width {p}) (result {p}) (local $n i32)"
        return function(name, header, lines)

    return h.need(("first", encoding), "first", make)


def _drop_first(h: Helpers, encoding: Encoding) -> list[str]:
    """Of Latin-1 two characters, since the pointer has to stay even; the only one stays."""
    p = h.pointer
    lines = [f"(if ({p}.eqz (local.get $len)) (then (return)))"]
    if encoding == "latin1+utf16":
        alone = f"(i32.and ({p}.eqz (local.get $tag)) ({p}.lt_u (local.get $len) ({p}.const 2)))"
        lines.append(f"(if {alone} (then (return)))")
    lines.append(f"(local.set $n (call {first(h, encoding)} (local.get $ptr) (local.get $len) (local.get $width)))")
    if encoding == "latin1+utf16":
        lines.append(f"(if ({p}.eqz (local.get $tag)) (then (local.set $n ({p}.const 2))))")
    moved = f"({p}.add (local.get $ptr) {_units(h, '(local.get $n)')})"
    return [*lines, *_written(h, f"({p}.sub (local.get $len) (local.get $n))", moved)]


def _drop_last(h: Helpers, encoding: Encoding) -> list[str]:
    """Goes forward to where the last character begins."""
    p = h.pointer
    rest = f"({p}.sub (local.get $len) (local.get $i))"
    here = f"({p}.add (local.get $ptr) {_units(h, '(local.get $i)')})"
    return [
        f"(if ({p}.eqz (local.get $len)) (then (return)))", "(loop $more",
        f"  (local.set $n (call {first(h, encoding)} {here} {rest} (local.get $width)))",
        f"  (if ({p}.lt_u (local.get $n) {rest}) (then",
        f"    (local.set $i ({p}.add (local.get $i) (local.get $n))) (br $more))))", *_written(h, "(local.get $i)"),
    ]


def _append(h: Helpers, encoding: Encoding) -> list[str]:
    """An exclamation mark."""
    p = h.pointer
    more = f"({p}.add (local.get $len) ({p}.const 1))"
    end = f"({p}.add (local.get $to) {_units(h, '(local.get $len)')})"
    mark = "(i32.const 0x21)"
    return [
        _new(h, encoding, more), f"(memory.copy (local.get $to) (local.get $ptr) {_units(h, '(local.get $len)')})",
        f"(if ({p}.eq (local.get $width) ({p}.const 1))",
        f"  (then (i32.store8 {end} {mark})) (else (i32.store16 {end} {mark})))",
        *_written(h, more, "(local.get $to)"),
    ]


def _reverse(h: Helpers, encoding: Encoding) -> list[str]:
    p = h.pointer
    rest = f"({p}.sub (local.get $len) (local.get $i))"
    here = f"({p}.add (local.get $ptr) {_units(h, '(local.get $i)')})"
    there = f"({p}.add (local.get $to) {_units(h, f'({p}.sub {rest} (local.get $n))')})"
    return [
        _new(h, encoding, "(local.get $len)"), f"({p}.store (local.get $at) (local.get $to))",
        "(block $done (loop $more", f"  (br_if $done ({p}.eqz {rest}))",
        f"  (local.set $n (call {first(h, encoding)} {here} {rest} (local.get $width)))",
        f"  (memory.copy {there} {here} {_units(h, '(local.get $n)')})",
        f"  (local.set $i ({p}.add (local.get $i) (local.get $n)))", "  (br $more)))",
    ]


def _other_case(h: Helpers, encoding: Encoding) -> list[str]:
    """Small letters of ASCII become capitals and the other way round; with vectors where a unit is a byte."""
    p = h.pointer
    letter = "(i32.lt_u (i32.sub (i32.or {unit} (i32.const 0x20)) (i32.const 0x61)) (i32.const 26))"

    def one(width: int) -> str:
        load, store = ("i32.load8_u", "i32.store8") if width == 1 else ("i32.load16_u", "i32.store16")
        at = f"({p}.mul (local.get $i) ({p}.const {width}))"
        unit = f"({load} ({p}.add (local.get $ptr) {at}))"
        new = f"(i32.xor {unit} (i32.shl {letter.format(unit=unit)} (i32.const 5)))"
        return h.counting("$i", "(local.get $len)", f"({store} ({p}.add (local.get $to) {at}) {new})")

    lines = [_new(h, encoding, "(local.get $len)"), f"({p}.store (local.get $at) (local.get $to))"]
    narrow = one(1) if not h.vectors else f"{_vectors(h)} {one(1)}"
    if encoding == "utf8":
        return [*lines, narrow]
    if encoding == "utf16":
        return [*lines, one(2)]
    return [*lines, f"(if ({p}.eq (local.get $width) ({p}.const 1)) (then {narrow}) (else {one(2)}))"]


def _vectors(h: Helpers) -> str:
    """Sixteen bytes at a time, as long as there are that many more."""
    p = h.pointer
    here, there = (f"({p}.add (local.get ${n}) (local.get $i))" for n in ("ptr", "to"))
    source = f"(v128.load {here})"
    small = f"(i8x16.sub (v128.or {source} (i8x16.splat (i32.const 0x20))) (i8x16.splat (i32.const 0x61)))"
    flipped = f"(v128.and (i8x16.lt_u {small} (i8x16.splat (i32.const 26))) (i8x16.splat (i32.const 0x20)))"
    return f"""(block $end (loop $next
      (br_if $end ({p}.lt_u ({p}.sub (local.get $len) (local.get $i)) ({p}.const 16)))
      (v128.store {there} (v128.xor {source} {flipped}))
      (local.set $i ({p}.add (local.get $i) ({p}.const 16))) (br $next)))"""


_CHANGES = {
    "drop first": _drop_first, "drop last": _drop_last, "append": _append, "reverse": _reverse,
    "other case": _other_case,
}


def text_joined(h: Helpers, encoding: Encoding) -> str:
    """A function of the addresses of two strings: the first goes on with the second. Latin-1 becomes UTF-16 where the
    other one is."""
    p, w = h.pointer, pointer_size(h.pointer)

    def part(ptr: str, length: str, own_tag: str, to: str) -> str:
        copied = f"(memory.copy {to} {ptr} {_units(h, length)})"
        if encoding != "latin1+utf16":
            return copied
        widened = h.counting("$i", length, f"(i32.store16 ({p}.add {to} ({p}.shl (local.get $i) ({p}.const 1)))"
                                           f" (i32.load8_u ({p}.add {ptr} (local.get $i))))")
        narrow = f"(i32.and ({p}.eqz {own_tag}) ({p}.eq (local.get $width) ({p}.const 2)))"
        return f"(if {narrow} (then (local.set $i ({p}.const 0)) {widened}) (else {copied}))"

    def make(name: str) -> str:
        names = (*_LOCALS, "own", "more", "count", "others")
        header = f"(param $at {p}) (param $other {p})" + "".join(f" (local ${n} {p})" for n in names)
        total = f"({p}.add (local.get $len) (local.get $count))"
        lines = [
            *_read(h, encoding), f"(local.set $more {h.load_pointer('(local.get $other)', 0)})",
            f"(local.set $count {h.load_pointer('(local.get $other)', w)})",
        ]
        if encoding == "latin1+utf16":
            lines += [
                "(local.set $own (local.get $tag))",
                f"(local.set $others ({p}.and (local.get $count) ({p}.const {tag_of(p):#x})))",
                f"(local.set $count ({p}.xor (local.get $count) (local.get $others)))",
                f"(local.set $tag ({p}.or (local.get $own) (local.get $others)))",
                f"(if ({p}.ne (local.get $tag) ({p}.const 0)) (then (local.set $width ({p}.const 2))))",
            ]
        end = f"({p}.add (local.get $to) {_units(h, '(local.get $len)')})"
        lines += [
            f"(if ({p}.gt_u {total} ({p}.const {MOST})) (then (return)))", _new(h, encoding, total),
            part("(local.get $ptr)", "(local.get $len)", "(local.get $own)", "(local.get $to)"),
            part("(local.get $more)", "(local.get $count)", "(local.get $others)", end),
            *_written(h, total, "(local.get $to)"),
        ]
        return function(name, header, lines)

    return h.need(("text joined", encoding), "joined.text", make)
