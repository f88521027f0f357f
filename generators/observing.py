"""A guest's code that logs what it was given, be it flat or in memory.

Logged are lengths, discriminants, scalars (NaNs by one pattern), the bytes of strings, flat slots that the case does
not use, padding between fields and in front of payloads; of cases only the one at hand; no pointers. A handle goes to
the guest's `$got`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from fact.model.types import Prim
from generators.blueprint import Encoding
from generators.helpers import Helpers, by_case, coerced, function, load_scalar, load_unsigned
from generators.layout import CORE, SIZE, CoreType, area, discriminant_size, flat, payload_offset, pointer_size, size
from generators.valtypes import (
    BorrowOf,
    EnumOf,
    FlagsOf,
    ListOf,
    OwnOf,
    Type,
    cases_of,
    element_of,
    fields_of,
    has_strings,
    is_scalar,
)

IN_LINE = 4
"""Elements of a fixed-length list that are looked at one by one; more by a loop."""


def log(core: CoreType, e: str) -> str:
    """Logs a core value."""
    match core:
        case "i32":
            return f"(call $log (i64.extend_i32_u {e}))"
        case "i64":
            return f"(call $log {e})"
        case _:
            return f"(call $log.{core} {e})"


LOG_FLOAT = {
    "f32": """\
  (func $log.f32 (param $v f32)
    (call $log (select (i64.const 0x7fc00000) (i64.extend_i32_u (i32.reinterpret_f32 (local.get $v)))
      (f32.ne (local.get $v) (local.get $v)))))
""",
    "f64": """\
  (func $log.f64 (param $v f64)
    (call $log (select (i64.const 0x7ff8000000000000) (i64.reinterpret_f64 (local.get $v))
      (f64.ne (local.get $v) (local.get $v)))))
""",
}

_LOG_BYTES = """\
  (func $log.bytes (param $at {p}) (param $count {p})
    (block $done (loop $more
      (br_if $done ({p}.lt_u (local.get $count) ({p}.const 8)))
      (call $log (i64.load (local.get $at)))
      (local.set $at ({p}.add (local.get $at) ({p}.const 8)))
      (local.set $count ({p}.sub (local.get $count) ({p}.const 8)))
      (br $more)))
    (block $done (loop $more
      (br_if $done ({p}.eqz (local.get $count)))
      (call $log (i64.load8_u (local.get $at)))
      (local.set $at ({p}.add (local.get $at) ({p}.const 1)))
      (local.set $count ({p}.sub (local.get $count) ({p}.const 1)))
      (br $more))))
"""


def log_core(h: Helpers, core: CoreType, e: str) -> str:
    if core in LOG_FLOAT:
        h.need((core,), f"log.{core}", lambda _: LOG_FLOAT[core])
    return log(core, e)


# -- logging flat values


def log_flat(h: Helpers, t: Type, encoding: Encoding, values: Sequence[str]) -> str:
    """Logs the value whose flat core values the expressions *values* are."""
    if isinstance(t, OwnOf | BorrowOf):
        return f"(call $got {values[0]})"
    if is_scalar(t) or isinstance(t, FlagsOf | EnumOf):
        return log_core(h, flat(t, h.pointer)[0], values[0])
    if t is Prim.STRING:
        return f"(call {string(h, encoding)} {' '.join(values)})"
    if (element := element_of(t)) is not None:
        return f"(call {listed(h, element, encoding)} {' '.join(values)})"
    name = h.need(("flat", t, has_strings(t) and encoding), "flat", lambda n: _flat_helper(h, n, t, encoding))
    return f"(call {name} {' '.join(values)})"


def _flat_helper(h: Helpers, name: str, t: Type, encoding: Encoding) -> str:
    types = flat(t, h.pointer)
    names = [f"(local.get ${i})" for i in range(len(types))]
    params = " ".join(f"(param ${i} {core})" for i, core in enumerate(types))
    if (fields := fields_of(t)) is not None:
        lines, rest = [], names
        for f in fields:
            count = len(flat(f, h.pointer))
            lines.append(log_flat(h, f, encoding, rest[:count]))
            rest = rest[count:]
    else:
        lines = _flat_cases(h, t, encoding, names)
    return function(name, params, lines)


def _flat_cases(h: Helpers, t: Type, encoding: Encoding, names: list[str]) -> list[str]:
    cases = cases_of(t)
    assert cases is not None
    slots = list(zip(names[1:], flat(t, h.pointer)[1:], strict=True))

    def case(payload: Type | None) -> str:
        wanted = () if payload is None else flat(payload, h.pointer)
        used = [coerced(e, have, want) for (e, have), want in zip(slots, wanted, strict=False)]
        logged = [] if payload is None else [log_flat(h, payload, encoding, used)]
        upper = [log_core(h, "i64", f"(i64.shr_u {e} (i64.const 32))")
                 for (e, have), want in zip(slots, wanted, strict=False) if have == "i64" and want[1:] == "32"]
        unused = [log_core(h, have, e) for e, have in slots[len(wanted):]]
        return "\n    ".join([*logged, *upper, *unused])

    return [log_core(h, "i32", names[0]), by_case(cases, names[0], case)]


# -- logging what lies in memory


def log_memory(h: Helpers, t: Type, encoding: Encoding, base: str, offset: int = 0) -> str:
    """Logs the value that lies *offset* bytes behind the address *base*, an expression."""
    if isinstance(t, OwnOf | BorrowOf):
        return f"(call $got {load_scalar(t, base, offset)})"
    if is_scalar(t) or isinstance(t, FlagsOf | EnumOf):
        return log_core(h, flat(t, h.pointer)[0], load_scalar(t, base, offset))
    if (element := element_of(t)) is not None or t is Prim.STRING:
        pair = f"{h.load_pointer(base, offset)} {h.load_pointer(base, offset + pointer_size(h.pointer))}"
        return f"(call {string(h, encoding) if element is None else listed(h, element, encoding)} {pair})"
    key = ("memory", t, has_strings(t) and encoding)
    name = h.need(key, "memory", lambda n: _memory_helper(h, n, t, encoding))
    return f"(call {name} {h.moved(base, offset)})"


def _memory_helper(h: Helpers, name: str, t: Type, encoding: Encoding) -> str:
    here = "(local.get $at)"
    if isinstance(t, ListOf) and t.length is not None and t.length > IN_LINE:
        lines = [f"(call {listed(h, t.element, encoding)} {here} ({h.pointer}.const {t.length}))"]
    elif (fields := fields_of(t)) is not None:
        offsets = area(fields, h.pointer)[0]
        lines = [log_memory(h, f, encoding, here, o) for f, o in zip(fields, offsets, strict=True)]
        ends = [o + size(f, h.pointer) for f, o in zip(fields, offsets, strict=True)]
        lines += _log_padding(h, zip(ends, [*offsets[1:], size(t, h.pointer)], strict=True))
    else:
        cases = cases_of(t)
        assert cases is not None
        offset = payload_offset(cases, h.pointer)
        found = load_unsigned(discriminant_size(len(cases)), here, 0)
        lines = [log_core(h, "i32", found), *_log_padding(h, [(discriminant_size(len(cases)), offset)]), by_case(
            cases, found, lambda c: "" if c is None else log_memory(h, c, encoding, here, offset)
        )]
    return function(name, f"(param $at {h.pointer})", lines)


def _log_padding(h: Helpers, gaps: Iterable[tuple[int, int]]) -> list[str]:
    """Logs the bytes behind `$at` from the first offset of each gap to the second: nothing is ever stored there."""
    return [log_core(h, "i32", load_unsigned(1, "(local.get $at)", o)) for gap in gaps for o in range(*gap)]


def string(h: Helpers, encoding: Encoding) -> str:
    return h.need(("string", encoding), "string", lambda n: _string(h, n, encoding))


def _string(h: Helpers, name: str, encoding: Encoding) -> str:
    p, units = h.pointer, "(local.get $units)"
    twice = f"({p}.shl {units} ({p}.const 1))"
    match encoding:
        case "utf8":
            count = units
        case "utf16":
            count = twice
        case "latin1+utf16":
            count = f"(select {twice} {units} ({p}.lt_s {units} ({p}.const 0)))"
    lines = [log_core(h, p, units), f"(call {bytes(h)} (local.get $at) {count})"]
    return function(name, f"(param $at {p}) (param $units {p})", lines)


def bytes(h: Helpers) -> str:
    return h.need(("bytes",), "log.bytes", lambda _: _LOG_BYTES.format(p=h.pointer))


def listed(h: Helpers, element: Type, encoding: Encoding) -> str:
    key = ("list", element, has_strings(element) and encoding)
    return h.need(key, "list", lambda n: _list(h, n, element, encoding))


def _list(h: Helpers, name: str, element: Type, encoding: Encoding) -> str:
    p, each = h.pointer, size(element, h.pointer)
    params = f"(param $at {p}) (param $count {p})"
    lines = [log_core(h, p, "(local.get $count)")]
    if is_plain(element):
        count = f"({p}.mul (local.get $count) ({p}.const {each}))"
        return function(name, params, [*lines, f"(call {bytes(h)} (local.get $at) {count})"])
    lines += [
        "(block $done (loop $more", f"  (br_if $done ({p}.eqz (local.get $count)))",
        f"  {log_memory(h, element, encoding, '(local.get $at)')}",
        f"  (local.set $at ({p}.add (local.get $at) ({p}.const {each})))",
        f"  (local.set $count ({p}.sub (local.get $count) ({p}.const 1)))", "  (br $more)))",
    ]
    return function(name, params, lines)


def is_plain(t: Type) -> bool:
    """Whether all the bytes of a value in memory are determined by it: no floats, no padding, no pointers."""
    match t:
        case Prim():
            return t in SIZE and CORE[t] in ("i32", "i64")
        case FlagsOf() | EnumOf():
            return True
        case ListOf(element=element, length=int()):
            return is_plain(element)
    if (fields := fields_of(t)) is not None:
        return all(map(is_plain, fields)) and sum(size(f, "i32") for f in fields) == size(t, "i32")
    return False
