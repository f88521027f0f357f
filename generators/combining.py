"""A guest's code that makes one value of two, puts a value into another, or takes it out, and looks whether one is odd.

All of it works on values in memory; one that is longer than what it is made of has blocks of its own.
"""

from __future__ import annotations

from fact.model.types import Prim
from generators.blueprint import Encoding
from generators.changing import TO_FROM, copied
from generators.helpers import Helpers, function, load_scalar, load_unsigned, stored_as
from generators.layout import alignment, area, discriminant_size, payload_offset, pointer_size, size
from generators.strings import MOST, text_joined
from generators.valtypes import EnumOf, FlagsOf, Type, cases_of, element_of, fields_of, has_strings, is_scalar

# -- two values as one


def joined(h: Helpers, t: Type, end_to_end: bool, encoding: Encoding) -> str:
    """A function `(to, other)`: the value at *to* with what it takes from the one at *other*."""
    key = ("joined", t, end_to_end, has_strings(t) and encoding)
    join = _append if end_to_end else _alternate

    def make(name: str) -> str:
        return function(name, f"(param $to {h.pointer}) (param $from {h.pointer})", [join(h, t, encoding, 0)])

    return h.need(key, "joined", make)


def can_append(t: Type) -> bool:
    """Whether there is a string or list in *t*, but for payloads, that another can be joined to."""
    return t is Prim.STRING or element_of(t) is not None or any(map(can_append, dict.fromkeys(fields_of(t) or ())))


def can_alternate(t: Type) -> bool:
    return element_of(t) is not None or len(fields_of(t) or ()) > 1


def _append(h: Helpers, t: Type, encoding: Encoding, offset: int) -> str:
    pairs = f"{h.moved('(local.get $to)', offset)} {h.moved('(local.get $from)', offset)}"
    if t is Prim.STRING:
        return f"(call {text_joined(h, encoding)} {pairs})"
    if (element := element_of(t)) is not None:
        return f"(call {_list_joined(h, element)} {pairs})"
    fields = fields_of(t) or ()
    for i, field in enumerate(fields):
        if can_append(field):
            return _append(h, field, encoding, offset + area(fields, h.pointer)[0][i])
    return ""


def _alternate(h: Helpers, t: Type, _: Encoding, offset: int) -> str:
    if (element := element_of(t)) is not None:
        pairs = f"{h.moved('(local.get $to)', offset)} {h.moved('(local.get $from)', offset)}"
        return f"(call {_list_alternating(h, element)} {pairs})"
    fields = fields_of(t) or ()
    offsets = [offset + o for o in area(fields, h.pointer)[0]]
    return " ".join(copied(h, offsets[i], offsets[i], size(fields[i], h.pointer)) for i in range(1, len(fields), 2))


_TWO = "(param $at {p}) (param $other {p})" + "".join(
    f" (local ${name} {{p}})" for name in ("ptr", "len", "more", "count", "to", "i")
)


def _both(h: Helpers) -> list[str]:
    p, width = h.pointer, pointer_size(h.pointer)
    return [
        f"(local.set $ptr {h.load_pointer('(local.get $at)', 0)})",
        f"(local.set $len {h.load_pointer('(local.get $at)', width)})",
        f"(local.set $more {h.load_pointer('(local.get $other)', 0)})",
        f"(local.set $count {h.load_pointer('(local.get $other)', width)})",
        f"(if ({p}.gt_u ({p}.add (local.get $len) (local.get $count)) ({p}.const {MOST})) (then (return)))",
    ]


def _list_joined(h: Helpers, element: Type) -> str:
    p, each, align = h.pointer, size(element, h.pointer), alignment(element, h.pointer)
    total = f"({p}.add (local.get $len) (local.get $count))"

    def make(name: str) -> str:
        return function(name, _TWO.format(p=p), [
            *_both(h), f"(local.set $to {h.block(align, h.times(total, each))})",
            f"(memory.copy (local.get $to) (local.get $ptr) {h.times('(local.get $len)', each)})",
            f"(memory.copy {h.nth('(local.get $to)', '(local.get $len)', each)} (local.get $more)"
            f" {h.times('(local.get $count)', each)})",
            f"({p}.store (local.get $at) (local.get $to))",
            f"({p}.store offset={pointer_size(p)} (local.get $at) {total})",
        ])

    return h.need(("list joined", each, align), "joined.list", make)


def _list_alternating(h: Helpers, element: Type) -> str:
    """In a new list as long as the first every second element is the other's, for as long as there is one."""
    p, each, align = h.pointer, size(element, h.pointer), alignment(element, h.pointer)
    taken = (f"(if (i32.and (i32.const 1) {h.as_i32('(local.get $i)')}) (then (memory.copy"
             f" {h.nth('(local.get $to)', '(local.get $i)', each)} {h.nth('(local.get $more)', '(local.get $i)', each)}"
             f" ({p}.const {each}))))")
    shorter = f"(select (local.get $len) (local.get $count) ({p}.lt_u (local.get $len) (local.get $count)))"

    def make(name: str) -> str:
        return function(name, _TWO.format(p=p), [
            *_both(h), f"(local.set $to {h.block(align, h.times('(local.get $len)', each))})",
            f"(memory.copy (local.get $to) (local.get $ptr) {h.times('(local.get $len)', each)})",
            h.counting("$i", shorter, taken), f"({p}.store (local.get $at) (local.get $to))",
        ])

    return h.need(("list alternating", each, align), "alternating", make)


# -- into and out of other values


def wrapping(of: Type, t: Type) -> str | int | None:
    """Where in a value of *t* one of *of* goes: "element", the number of a case or (negative, from -1) a field."""
    if element_of(t) == of:
        return "element"
    if (fields := fields_of(t)) is not None:
        return -1 - fields.index(of) if of in fields else None
    cases = cases_of(t) or ()
    return cases.index(of) if of in cases else None


def wrapped(h: Helpers, of: Type, t: Type) -> str | None:
    """A function `(to, from)`: at *to* a value of *t* with the one of *of* at *from* in it; None if it cannot be."""
    where = wrapping(of, t)
    if where is None:
        return None
    p, count = h.pointer, size(of, h.pointer)
    lines = [f"(memory.fill (local.get $to) (i32.const 0) ({p}.const {size(t, p)}))"]
    if where == "element":
        block = h.block(alignment(of, p), f"({p}.const {count})")
        lines = [
            f"({p}.store (local.get $to) {block})",
            f"({p}.store offset={pointer_size(p)} (local.get $to) ({p}.const 1))",
            f"(memory.copy {h.load_pointer('(local.get $to)', 0)} (local.get $from) ({p}.const {count}))",
        ]
    elif isinstance(where, int) and where < 0:
        lines.append(copied(h, area(fields_of(t) or (), p)[0][-1 - where], 0, count))
    else:
        cases = cases_of(t)
        assert cases is not None and isinstance(where, int)
        store = stored_as(EnumOf(len(cases)))[1]
        lines += [f"({store} (local.get $to) (i32.const {where}))", copied(h, payload_offset(cases, p), 0, count)]
    return h.need(("wrapped", of, t), "wrapped", lambda name: function(name, TO_FROM.format(p=p), lines))


def unwrapped(h: Helpers, of: Type, t: Type) -> str | None:
    """A function `(to, from)`: at *to* the value of *t* that the one of *of* at *from* has in it, zeros if it has none;
    None if it never can have."""
    where = wrapping(t, of)
    if where is None:
        return None
    p, count = h.pointer, size(t, h.pointer)
    lines = [f"(memory.fill (local.get $to) (i32.const 0) ({p}.const {count}))"]
    if where == "element":
        there = h.load_pointer("(local.get $from)", 0)
        some = f"({p}.ne {h.load_pointer('(local.get $from)', pointer_size(p))} ({p}.const 0))"
        lines.append(f"(if {some} (then (memory.copy (local.get $to) {there} ({p}.const {count}))))")
    elif isinstance(where, int) and where < 0:
        lines = [copied(h, 0, area(fields_of(of) or (), p)[0][-1 - where], count)]
    else:
        cases = cases_of(of)
        assert cases is not None and isinstance(where, int)
        found = load_unsigned(discriminant_size(len(cases)), "(local.get $from)", 0)
        payload = copied(h, 0, payload_offset(cases, p), count)
        lines.append(f"(if (i32.eq {found} (i32.const {where})) (then {payload}))")
    return h.need(("unwrapped", of, t), "unwrapped", lambda name: function(name, TO_FROM.format(p=p), lines))


# -- conditions


def odd(h: Helpers, t: Type, base: str, offset: int = 0) -> str:
    """Whether the value at an address is odd: an i32, 0 or 1 (`operands.Selected`)."""
    if is_scalar(t) or isinstance(t, FlagsOf | EnumOf):
        return odd_scalar(t, load_scalar(t, base, offset))
    if t is Prim.STRING or element_of(t) is not None:
        return f"(i32.and (i32.const 1) {h.as_i32(h.load_pointer(base, offset + pointer_size(h.pointer)))})"
    if (fields := fields_of(t)) is not None:
        return odd(h, fields[0], base, offset) if fields else "(i32.const 0)"
    cases = cases_of(t)
    assert cases is not None
    return f"(i32.and (i32.const 1) {load_unsigned(discriminant_size(len(cases)), base, offset)})"


def odd_scalar(t: Type, e: str) -> str:
    match t:
        case Prim.F32 | Prim.F64:
            core = "f32" if t is Prim.F32 else "f64"
            return f"({core}.gt {e} ({core}.const 0))"
        case Prim.U64 | Prim.S64:
            return f"(i32.and (i32.const 1) (i32.wrap_i64 {e}))"
    return f"(i32.and (i32.const 1) {e})"
