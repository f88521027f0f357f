"""A guest's code that changes values which lie in memory: a scalar, a case, fields, strings and lists.

A change is made to a copy: what is behind a pointer of the copy is new, or the same but shorter, so that the value that
was copied stays as it was. Loops end by the lengths that the guest was given; none grows past `MOST` elements.
"""

from __future__ import annotations

from fact.model.types import Prim
from generators.blueprint import Encoding
from generators.expressions import next_text
from generators.helpers import Helpers, by_case, function, load_unsigned, stored_as
from generators.layout import alignment, area, discriminant_size, payload_offset, pointer_size, size
from generators.operands import Change
from generators.strings import MOST, text_change
from generators.valtypes import EnumOf, FlagsOf, Type, cases_of, element_of, fields_of, has_strings, is_scalar

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
        whole = f"(memory.copy (local.get $to) (local.get $from) ({h.pointer}.const {size(t, h.pointer)}))"
        return function(name, TO_FROM.format(p=h.pointer), [whole, _alter(h, t, change, encoding, 0)])

    return h.need(key, "changed", make)


TO_FROM = "(param $to {p}) (param $from {p})"
"""Parameters, both of them addresses."""


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
            return " ".join(copied(h, a, b, size(fields[alike[0]], p)) for a, b in (offsets, offsets[::-1]))
        case _:
            pair = h.moved("(local.get $to)", offset)
            if t is Prim.STRING:
                return f"(call {text_change(h, encoding, change)} {pair})"
            element = element_of(t)
            assert element is not None
            return f"(call {_list_change(h, element, change, encoding)} {pair})"


_DISCRIMINANT = {1: Prim.U8, 2: Prim.U16, 4: Prim.U32}


def copied(h: Helpers, to: int, source: int, count: int) -> str:
    """Copies *count* bytes from *source* bytes behind `$from` to *to* bytes behind `$to`."""
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
