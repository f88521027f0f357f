"""Core functions that a guest needs by type: to log a value it was given, and to copy one from flat values to memory.

Each is emitted once, and only for types that occur. Logged are lengths, discriminants, scalars (NaNs by one pattern),
the bytes of strings, flat slots that the case does not use; of cases only the one at hand; no padding, no pointers.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from fact.model.types import Prim
from generators.blueprint import Encoding
from generators.layout import (
    CORE,
    LOAD,
    SIZE,
    STORE,
    UNSIGNED,
    CoreType,
    Pointer,
    area,
    discriminant_size,
    flags_size,
    flat,
    payload_offset,
    pointer_size,
    size,
)
from generators.valtypes import (
    EnumOf,
    FlagsOf,
    ListOf,
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


@dataclass(slots=True)
class Helpers:
    """Of one guest, whose memory has addresses of type *pointer*."""

    pointer: Pointer
    names: dict[tuple[object, ...], str] = field(default_factory=dict)
    texts: list[str] = field(default_factory=list)

    def text(self) -> str:
        """All of them, and what they call in turn."""
        return "".join(self.texts)

    def need(self, key: tuple[object, ...], prefix: str, make: Callable[[str], str]) -> str:
        """The name of the function of that *key*; *make* writes it, given its name."""
        name = self.names.get(key)
        if name is None:
            name = self.names[key] = f"${prefix}" if len(key) == 1 else f"${prefix}.{len(self.names)}"
            self.texts.append(make(name))
        return name

    def log_core(self, core: CoreType, e: str) -> str:
        if core in LOG_FLOAT:
            self.need((core,), f"log.{core}", lambda _: LOG_FLOAT[core])
        return log(core, e)

    # -- logging flat values

    def log_flat(self, t: Type, encoding: Encoding, values: Sequence[str]) -> str:
        """Logs the value whose flat core values the expressions *values* are."""
        if is_scalar(t) or isinstance(t, FlagsOf | EnumOf):
            return self.log_core(flat(t, self.pointer)[0], values[0])
        if t is Prim.STRING:
            return f"(call {self.string(encoding)} {' '.join(values)})"
        if (element := element_of(t)) is not None:
            return f"(call {self.listed(element, encoding)} {' '.join(values)})"
        name = self.need(("flat", t, has_strings(t) and encoding), "flat", lambda n: self._flat(n, t, encoding))
        return f"(call {name} {' '.join(values)})"

    def _flat(self, name: str, t: Type, encoding: Encoding) -> str:
        types = flat(t, self.pointer)
        names = [f"(local.get ${i})" for i in range(len(types))]
        params = " ".join(f"(param ${i} {core})" for i, core in enumerate(types))
        if (fields := fields_of(t)) is not None:
            lines, rest = [], names
            for f in fields:
                count = len(flat(f, self.pointer))
                lines.append(self.log_flat(f, encoding, rest[:count]))
                rest = rest[count:]
        else:
            lines = self._flat_cases(t, encoding, names)
        return function(name, params, lines)

    def _flat_cases(self, t: Type, encoding: Encoding, names: list[str]) -> list[str]:
        cases = cases_of(t)
        assert cases is not None
        slots = list(zip(names[1:], flat(t, self.pointer)[1:], strict=True))

        def case(payload: Type | None) -> str:
            wanted = () if payload is None else flat(payload, self.pointer)
            used = [self._coerced(e, have, want) for (e, have), want in zip(slots, wanted, strict=False)]
            logged = [] if payload is None else [self.log_flat(payload, encoding, used)]
            upper = [self.log_core("i64", f"(i64.shr_u {e} (i64.const 32))")
                     for (e, have), want in zip(slots, wanted, strict=False) if have == "i64" and want[1:] == "32"]
            unused = [self.log_core(have, e) for e, have in slots[len(wanted):]]
            return "\n    ".join([*logged, *upper, *unused])

        return [self.log_core("i32", names[0]), by_case(cases, names[0], case)]

    def _coerced(self, e: str, have: CoreType, want: CoreType) -> str:
        match have, want:
            case "i32", "f32":
                return f"(f32.reinterpret_i32 {e})"
            case "i64", "i32":
                return f"(i32.wrap_i64 {e})"
            case "i64", "f32":
                return f"(f32.reinterpret_i32 (i32.wrap_i64 {e}))"
            case "i64", "f64":
                return f"(f64.reinterpret_i64 {e})"
        return e

    # -- logging what lies in memory

    def log_memory(self, t: Type, encoding: Encoding, base: str, offset: int = 0) -> str:
        """Logs the value that lies *offset* bytes behind the address *base*, an expression."""
        if is_scalar(t) or isinstance(t, FlagsOf | EnumOf):
            return self.log_core(flat(t, self.pointer)[0], load(t, base, offset))
        if (element := element_of(t)) is not None or t is Prim.STRING:
            pair = f"{self.load_pointer(base, offset)} {self.load_pointer(base, offset + pointer_size(self.pointer))}"
            return f"(call {self.string(encoding) if element is None else self.listed(element, encoding)} {pair})"
        key = ("memory", t, has_strings(t) and encoding)
        name = self.need(key, "memory", lambda n: self._memory(n, t, encoding))
        return f"(call {name} {self.moved(base, offset)})"

    def _memory(self, name: str, t: Type, encoding: Encoding) -> str:
        here = "(local.get $at)"
        if isinstance(t, ListOf) and t.length is not None and t.length > IN_LINE:
            lines = [f"(call {self.listed(t.element, encoding)} {here} ({self.pointer}.const {t.length}))"]
        elif (fields := fields_of(t)) is not None:
            offsets = area(fields, self.pointer)[0]
            lines = [self.log_memory(f, encoding, here, o) for f, o in zip(fields, offsets, strict=True)]
        else:
            cases = cases_of(t)
            assert cases is not None
            offset = payload_offset(cases, self.pointer)
            found = load_unsigned(discriminant_size(len(cases)), here, 0)
            lines = [self.log_core("i32", found), by_case(
                cases, found, lambda c: "" if c is None else self.log_memory(c, encoding, here, offset)
            )]
        return function(name, f"(param $at {self.pointer})", lines)

    def string(self, encoding: Encoding) -> str:
        return self.need(("string", encoding), "string", lambda n: self._string(n, encoding))

    def _string(self, name: str, encoding: Encoding) -> str:
        p, units = self.pointer, "(local.get $units)"
        twice = f"({p}.shl {units} ({p}.const 1))"
        match encoding:
            case "utf8":
                count = units
            case "utf16":
                count = twice
            case "latin1+utf16":
                count = f"(select {twice} {units} ({p}.lt_s {units} ({p}.const 0)))"
        lines = [self.log_core(p, units), f"(call {self.bytes()} (local.get $at) {count})"]
        return function(name, f"(param $at {p}) (param $units {p})", lines)

    def bytes(self) -> str:
        return self.need(("bytes",), "log.bytes", lambda _: _LOG_BYTES.format(p=self.pointer))

    def listed(self, element: Type, encoding: Encoding) -> str:
        key = ("list", element, has_strings(element) and encoding)
        return self.need(key, "list", lambda n: self._list(n, element, encoding))

    def _list(self, name: str, element: Type, encoding: Encoding) -> str:
        p, each = self.pointer, size(element, self.pointer)
        params = f"(param $at {p}) (param $count {p})"
        lines = [self.log_core(p, "(local.get $count)")]
        if is_plain(element):
            count = f"({p}.mul (local.get $count) ({p}.const {each}))"
            return function(name, params, [*lines, f"(call {self.bytes()} (local.get $at) {count})"])
        lines += [
            "(block $done (loop $more", f"  (br_if $done ({p}.eqz (local.get $count)))",
            f"  {self.log_memory(element, encoding, '(local.get $at)')}",
            f"  (local.set $at ({p}.add (local.get $at) ({p}.const {each})))",
            f"  (local.set $count ({p}.sub (local.get $count) ({p}.const 1)))", "  (br $more)))",
        ]
        return function(name, params, lines)

    # -- from flat values to memory and back

    def store(self, t: Type, values: Sequence[str], base: str, offset: int = 0) -> str:
        """Stores flat values *offset* bytes behind the address *base*."""
        if is_scalar(t) or isinstance(t, FlagsOf | EnumOf):
            return f"({stored_as(t)[1]} offset={offset} {base} {values[0]})"
        if element_of(t) is not None or t is Prim.STRING:
            width = pointer_size(self.pointer)
            return (f"({self.pointer}.store offset={offset} {base} {values[0]})"
                    f" ({self.pointer}.store offset={offset + width} {base} {values[1]})")
        name = self.need(("store", t), "store", lambda n: self._store(n, t))
        return f"(call {name} {self.moved(base, offset)} {' '.join(values)})"

    def _store(self, name: str, t: Type) -> str:
        types = flat(t, self.pointer)
        names = [f"(local.get ${i})" for i in range(len(types))]
        params = f"(param $at {self.pointer}) " + " ".join(f"(param ${i} {core})" for i, core in enumerate(types))
        here = "(local.get $at)"
        if (fields := fields_of(t)) is not None:
            lines, rest = [], names
            for f, o in zip(fields, area(fields, self.pointer)[0], strict=True):
                count = len(flat(f, self.pointer))
                lines.append(self.store(f, rest[:count], here, o))
                rest = rest[count:]
            return function(name, params, lines)
        cases = cases_of(t)
        assert cases is not None
        offset = payload_offset(cases, self.pointer)

        def case(payload: Type | None) -> str:
            if payload is None:
                return ""
            wanted = flat(payload, self.pointer)
            used = [self._coerced(e, have, want) for e, have, want in zip(names[1:], types[1:], wanted, strict=False)]
            return self.store(payload, used, here, offset)

        disc = STORE[UNSIGNED[discriminant_size(len(cases))]]
        return function(name, params, [f"({disc} {here} {names[0]})", by_case(cases, names[0], case)])

    def load(self, t: Type, base: str, offset: int = 0) -> list[str]:
        """The flat values of what lies *offset* bytes behind the address *base*, as expressions."""
        if is_scalar(t) or isinstance(t, FlagsOf | EnumOf):
            return [load(t, base, offset)]
        if element_of(t) is not None or t is Prim.STRING:
            return [self.load_pointer(base, offset), self.load_pointer(base, offset + pointer_size(self.pointer))]
        if (fields := fields_of(t)) is not None:
            offsets = area(fields, self.pointer)[0]
            return [e for f, o in zip(fields, offsets, strict=True) for e in self.load(f, base, offset + o)]
        cases = cases_of(t)
        assert cases is not None
        found = load_unsigned(discriminant_size(len(cases)), base, offset)
        inner = offset + payload_offset(cases, self.pointer)
        return [found, *(self._slot(cases, found, base, inner, i, core)
                         for i, core in enumerate(flat(t, self.pointer)[1:]))]

    def _slot(self, cases: tuple[Type | None, ...], found: str, base: str, offset: int, i: int, want: CoreType) -> str:
        """Flat slot number *i* of a payload."""
        e = f"({want}.const 0)"
        for payload, numbers in grouped(cases).items():
            types = () if payload is None else flat(payload, self.pointer)
            if payload is not None and i < len(types):
                value = widened(self.load(payload, base, offset)[i], types[i], want)
                e = f"(if (result {want}) {one_of(found, numbers)} (then {value}) (else {e}))"
        return e

    def load_pointer(self, base: str, offset: int) -> str:
        return f"({self.pointer}.load offset={offset} {base})"

    def moved(self, base: str, offset: int) -> str:
        return f"({self.pointer}.add {base} ({self.pointer}.const {offset}))" if offset else base


def function(name: str, params: str, lines: Sequence[str]) -> str:
    return f"  (func {name} {params}\n    " + "\n    ".join(line for line in lines if line) + ")\n"


def stored_as(t: Type) -> tuple[str, str]:
    """The instructions that load and store a scalar, an enum's case or flags."""
    match t:
        case FlagsOf(count=count):
            t = UNSIGNED[flags_size(count)]
        case EnumOf(count=count):
            t = UNSIGNED[discriminant_size(count)]
    assert isinstance(t, Prim)
    return LOAD[t], STORE[t]


def load(t: Type, base: str, offset: int) -> str:
    return f"({stored_as(t)[0]} offset={offset} {base})"


def load_unsigned(width: int, base: str, offset: int) -> str:
    return load(UNSIGNED[width], base, offset)


def grouped(cases: Sequence[Type | None]) -> dict[Type | None, list[int]]:
    """The numbers of the cases that have the same payload."""
    found: dict[Type | None, list[int]] = {}
    for number, payload in enumerate(cases):
        found.setdefault(payload, []).append(number)
    return found


def one_of(e: str, numbers: Sequence[int]) -> str:
    """Whether *e*, an i32, is one of *numbers*."""
    text = f"(i32.eq {e} (i32.const {numbers[0]}))"
    for number in numbers[1:]:
        text = f"(i32.or {text} (i32.eq {e} (i32.const {number})))"
    return text


def by_case(cases: Sequence[Type | None], found: str, case: Callable[[Type | None], str]) -> str:
    """What *case* writes for the payload of the case whose number *found* is; of no payload in all other cases."""
    groups = grouped(cases)
    text = case(None) if None in groups else ""
    for payload, numbers in groups.items():
        if payload is not None:
            other = f" (else {text})" if text else ""
            text = f"(if {one_of(found, numbers)} (then {case(payload)}){other})"
    return text


def widened(e: str, have: CoreType, want: CoreType) -> str:
    """A payload's core value in the slot it has in common with those of other cases."""
    match have, want:
        case "f32", "i32":
            return f"(i32.reinterpret_f32 {e})"
        case "i32", "i64":
            return f"(i64.extend_i32_u {e})"
        case "f32", "i64":
            return f"(i64.extend_i32_u (i32.reinterpret_f32 {e}))"
        case "f64", "i64":
            return f"(i64.reinterpret_f64 {e})"
    return e


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
