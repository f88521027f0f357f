"""Core functions that a guest needs by type; each is emitted once, and only if it is called."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from fact.model.types import Prim
from generators.layout import LOAD, STORE, UNSIGNED, CoreType, Pointer, discriminant_size, flags_size
from generators.valtypes import BorrowOf, EnumOf, FlagsOf, OwnOf, Type


@dataclass(slots=True)
class Helpers:
    """Of one guest, whose memory has addresses of type *pointer*. *vectors*: loops over bytes go by sixteen first."""

    pointer: Pointer
    vectors: bool = False
    allocates: bool = False
    """Whether anything asked for a block."""
    memory: str = ""
    """The memory as instructions name it, after a space; nothing for a module's first one."""
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

    def load_pointer(self, base: str, offset: int) -> str:
        return f"({self.pointer}.load{self.memory} offset={offset} {base})"

    def moved(self, base: str, offset: int) -> str:
        return f"({self.pointer}.add {base} ({self.pointer}.const {offset}))" if offset else base

    def times(self, count: str, each: int) -> str:
        return count if each == 1 else f"({self.pointer}.mul {count} ({self.pointer}.const {each}))"

    def nth(self, base: str, index: str, each: int) -> str:
        """The address of element *index* of those that begin at *base*."""
        return f"({self.pointer}.add {base} {self.times(index, each)})"

    def block(self, align: int, count: str) -> str:
        """The address of a new block of *count* bytes."""
        p, self.allocates = self.pointer, True
        return f"(call $alloc ({p}.const 0) ({p}.const 0) ({p}.const {align}) {count})"

    def counting(self, local: str, count: str, body: str) -> str:
        """*body* for every value of *local* up to *count* - 1, from the one that it has."""
        p = self.pointer
        return f"""(block $done (loop $more
      (br_if $done ({p}.ge_u (local.get {local}) {count}))
      {body}
      (local.set {local} ({p}.add (local.get {local}) ({p}.const 1))) (br $more)))"""

    def as_i32(self, e: str) -> str:
        """An address or length, whose upper half does not matter."""
        return e if self.pointer == "i32" else f"(i32.wrap_i64 {e})"

    def as_pointer(self, e: str) -> str:
        """An i32 as an address or length."""
        return e if self.pointer == "i32" else f"(i64.extend_i32_u {e})"


def function(name: str, params: str, lines: Sequence[str]) -> str:
    return f"  (func {name} {params}\n    " + "\n    ".join(line for line in lines if line) + ")\n"


def type_text(params: Sequence[CoreType], results: Sequence[CoreType]) -> str:
    """What follows `func` in a core function's type."""
    text = f" (param {' '.join(params)})" if params else ""
    return text + result_text(results)


def result_text(results: Sequence[CoreType]) -> str:
    return "".join(f" (result {t})" for t in results)


def stored_as(t: Type) -> tuple[str, str]:
    """The instructions that load and store a scalar, an enum's case, flags or a handle."""
    match t:
        case FlagsOf(count=count):
            t = UNSIGNED[flags_size(count)]
        case EnumOf(count=count):
            t = UNSIGNED[discriminant_size(count)]
        case OwnOf() | BorrowOf():
            t = Prim.U32
    assert isinstance(t, Prim)
    return LOAD[t], STORE[t]


def load_scalar(t: Type, base: str, offset: int, memory: str = "") -> str:
    return f"({stored_as(t)[0]}{memory} offset={offset} {base})"


def load_unsigned(width: int, base: str, offset: int, memory: str = "") -> str:
    return load_scalar(UNSIGNED[width], base, offset, memory)


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


def coerced(e: str, have: CoreType, want: CoreType) -> str:
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
