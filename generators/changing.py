"""A guest's code that changes values which lie in memory: a scalar, a case, fields, strings and lists.

A change is made to a copy: what is behind a pointer of the copy is new, or the same but shorter, so that the value that
was copied stays as it was. Loops end by the lengths that the guest was given; none grows past `MOST` elements.
"""

from __future__ import annotations

from fact.model.types import Prim
from generators.blueprint import Encoding
from generators.expressions import next_text
from generators.helpers import Helpers, by_case, function, load_scalar, load_unsigned, stored_as
from generators.layout import alignment, area, discriminant_size, payload_offset, pointer_size, size
from generators.operands import Change
from generators.strings import text_change, text_joined
from generators.valtypes import EnumOf, FlagsOf, Type, cases_of, element_of, fields_of, has_strings, is_scalar

MOST = 4096
"""A list of this many elements or a string of this many units becomes no longer."""

_OF_LISTS: tuple[Change, ...] = ("drop last", "drop first", "append", "reverse", "each")
_OF_STRINGS: tuple[Change, ...] = ("drop last", "drop first", "append", "reverse", "other case")
ELEMENT_CHANGES: tuple[Change, ...] = ("next", "case", "other case", "swap", "drop last")
"""What happens to each element of a list: the first of these that can."""


def is_direct(t: Type, change: Change) -> bool:
    """Whether *change* can be made to a value of *t* itself."""
    match change:
        case "next":
            return is_scalar(t) or isinstance(t, EnumOf | FlagsOf)
        case "case":
            return cases_of(t) is not None and not isinstance(t, EnumOf)
        case "swap":
            return _alike(t) is not None
    if t is Prim.STRING:
        return change in _OF_STRINGS
    element = element_of(t)
    return element is not None and change in _OF_LISTS and (change != "each" or element_change(element) is not None)


def applies(t: Type, change: Change) -> bool:
    """Whether something in a value of *t* can be changed so."""
    return is_direct(t, change) or any(applies(part, change) for part in dict.fromkeys(_in_place(t)))


def element_change(t: Type) -> Change | None:
    return next((change for change in ELEMENT_CHANGES if applies(t, change)), None)


def _in_place(t: Type) -> tuple[Type, ...]:
    """The types of what is in a value without a pointer in between."""
    return fields_of(t) or tuple(c for c in cases_of(t) or () if c is not None)


def _alike(t: Type) -> tuple[int, int] | None:
    """The first two fields that have one type."""
    fields = fields_of(t) or ()
    seen: dict[Type, int] = {}
    for i, field in enumerate(fields):
        if field in seen:
            return seen[field], i
        seen[field] = i
    return None


def changed(h: Helpers, t: Type, change: Change, encoding: Encoding) -> str:
    """A function `(to, from)`: at the address *to* a value like the one at *from*, but changed."""
    key = ("changed", t, change, has_strings(t) and encoding)

    def make(name: str) -> str:
        copied = f"(memory.copy (local.get $to) (local.get $from) ({h.pointer}.const {size(t, h.pointer)}))"
        return function(name, _TO_FROM.format(p=h.pointer), [copied, _alter(h, t, change, encoding, 0)])

    return h.need(key, "changed", make)


_TO_FROM = "(param $to {p}) (param $from {p})"


def _alter(h: Helpers, t: Type, change: Change, encoding: Encoding, offset: int) -> str:
    """Changes what lies *offset* bytes behind `$to`, a copy of what lies there behind `$from`."""
    if is_direct(t, change):
        return _direct(h, t, change, encoding, offset)
    if (fields := fields_of(t)) is not None:
        for i, field in enumerate(fields):
            if applies(field, change):
                return _alter(h, field, change, encoding, offset + area(fields, h.pointer)[0][i])
        return ""
    cases = cases_of(t)
    if cases is None or not applies(t, change):
        return ""
    inner = offset + payload_offset(cases, h.pointer)
    found = load_unsigned(discriminant_size(len(cases)), "(local.get $from)", offset)
    return by_case(cases, found, lambda c: "" if c is None else _alter(h, c, change, encoding, inner))


def _direct(h: Helpers, t: Type, change: Change, encoding: Encoding, offset: int) -> str:
    p = h.pointer
    match change:
        case "next":
            return _next(t, offset)
        case "case":
            cases = cases_of(t)
            assert cases is not None
            width = discriminant_size(len(cases))
            load, store = stored_as(_DISCRIMINANT[width])
            old = f"({load} offset={offset} (local.get $from))"
            after = f"(i32.rem_u (i32.add {old} (i32.const 1)) (i32.const {len(cases)}))"
            return (f"(memory.fill {h.moved('(local.get $to)', offset)} (i32.const 0) ({p}.const {size(t, p)}))"
                    f" ({store} offset={offset} (local.get $to) {after})")
        case "swap":
            fields, alike = fields_of(t), _alike(t)
            assert fields is not None and alike is not None
            offsets = [offset + area(fields, p)[0][i] for i in alike]
            return " ".join(_copied(h, a, b, size(fields[alike[0]], p)) for a, b in (offsets, offsets[::-1]))
        case _:
            pair = h.moved("(local.get $to)", offset)
            if t is Prim.STRING:
                return f"(call {text_change(h, encoding, change)} {pair})"
            element = element_of(t)
            assert element is not None
            return f"(call {_list_change(h, element, change, encoding)} {pair})"


_DISCRIMINANT = {1: Prim.U8, 2: Prim.U16, 4: Prim.U32}


def _copied(h: Helpers, to: int, source: int, count: int) -> str:
    there, here = h.moved("(local.get $to)", to), h.moved("(local.get $from)", source)
    return f"(memory.copy {there} {here} ({h.pointer}.const {count}))"


def _next(t: Type, offset: int) -> str:
    load, store = stored_as(t)
    old = f"({load} offset={offset} (local.get $from))"
    if isinstance(t, EnumOf):
        new = f"(i32.rem_u (i32.add {old} (i32.const 1)) (i32.const {t.count}))"
    elif isinstance(t, FlagsOf):
        new = f"(i32.xor {old} (i32.const 1))"
    else:
        assert is_scalar(t)
        new = next_text(t, old)
    return f"({store} offset={offset} (local.get $to) {new})"


# -- lists


def _list_change(h: Helpers, element: Type, change: Change, encoding: Encoding) -> str:
    """A function of the address of a pointer and a length."""
    key = ("list change", element, change, change == "each" and has_strings(element) and encoding)
    return h.need(key, "list", lambda name: _list_function(h, name, element, change, encoding))


def _list_function(h: Helpers, name: str, element: Type, change: Change, encoding: Encoding) -> str:
    p, each, width = h.pointer, size(element, h.pointer), pointer_size(h.pointer)
    header = f"(param $at {p}) (local $ptr {p}) (local $len {p}) (local $to {p}) (local $i {p})"
    read = [
        f"(local.set $ptr {h.load_pointer('(local.get $at)', 0)})",
        f"(local.set $len {h.load_pointer('(local.get $at)', width)})",
        f"(if ({p}.gt_u (local.get $len) ({p}.const {MOST})) (then (return)))",
    ]
    if change != "append":
        read.append(f"(if ({p}.eqz (local.get $len)) (then (return)))")
    fewer = f"({p}.store offset={width} (local.get $at) ({p}.sub (local.get $len) ({p}.const 1)))"
    match change:
        case "drop last":
            return function(name, header, [*read, fewer])
        case "drop first":
            moved = f"({p}.store (local.get $at) ({p}.add (local.get $ptr) ({p}.const {each})))"
            return function(name, header, [*read, moved, fewer])
    count = "(local.get $len)" if change != "append" else f"({p}.add (local.get $len) ({p}.const 1))"
    lines = [*read, f"(local.set $to {h.block(alignment(element, p), h.times(count, each))})",
             f"({p}.store (local.get $at) (local.get $to))"]
    if change == "append":
        one_more = h.nth("(local.get $to)", "(local.get $len)", each)
        last = h.nth("(local.get $ptr)", f"({p}.sub (local.get $len) ({p}.const 1))", each)
        lines += [
            f"({p}.store offset={width} (local.get $at) {count})",
            f"(memory.copy (local.get $to) (local.get $ptr) {h.times('(local.get $len)', each)})",
            f"(if ({p}.eqz (local.get $len)) (then (memory.fill (local.get $to) (i32.const 0) ({p}.const {each})))",
            f"  (else (memory.copy {one_more} {last} ({p}.const {each}))))",
        ]
        return function(name, header, lines)
    here = h.nth("(local.get $ptr)", "(local.get $i)", each)
    if change == "reverse":
        there = h.nth("(local.get $to)", f"({p}.sub ({p}.sub (local.get $len) (local.get $i)) ({p}.const 1))", each)
        one = f"(memory.copy {there} {here} ({p}.const {each}))"
    else:
        inner = element_change(element)
        assert inner is not None
        one = f"(call {changed(h, element, inner, encoding)} {h.nth('(local.get $to)', '(local.get $i)', each)} {here})"
    return function(name, header, [*lines, h.counting("$i", "(local.get $len)", one)])


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
    return " ".join(_copied(h, offsets[i], offsets[i], size(fields[i], h.pointer)) for i in range(1, len(fields), 2))


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
        lines.append(_copied(h, area(fields_of(t) or (), p)[0][-1 - where], 0, count))
    else:
        cases = cases_of(t)
        assert cases is not None and isinstance(where, int)
        store = stored_as(_DISCRIMINANT[discriminant_size(len(cases))])[1]
        lines += [f"({store} (local.get $to) (i32.const {where}))", _copied(h, payload_offset(cases, p), 0, count)]
    return h.need(("wrapped", of, t), "wrapped", lambda name: function(name, _TO_FROM.format(p=p), lines))


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
        lines = [_copied(h, 0, area(fields_of(of) or (), p)[0][-1 - where], count)]
    else:
        cases = cases_of(of)
        assert cases is not None and isinstance(where, int)
        found = load_unsigned(discriminant_size(len(cases)), "(local.get $from)", 0)
        payload = _copied(h, 0, payload_offset(cases, p), count)
        lines.append(f"(if (i32.eq {found} (i32.const {where})) (then {payload}))")
    return h.need(("unwrapped", of, t), "unwrapped", lambda name: function(name, _TO_FROM.format(p=p), lines))


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
