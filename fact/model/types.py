"""Interface types, as data.

The same classes serve before and after linking: in decoded syntax a type may have `TypeIndex` leaves, which
`fact.link` replaces, so that a linked type contains none. Names are those of CanonicalABI.md and Explainer.md.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from typing import Literal, TypeAlias

CoreValType: TypeAlias = Literal["i32", "i64", "f32", "f64", "v128", "funcref", "externref", "ref"]
"""A core value type; every reference type other than funcref and externref is `ref`."""

PtrType: TypeAlias = Literal["i32", "i64"]
"""The type of addresses and lengths in a linear memory."""


class Prim(Enum):
    """The primitive value types."""

    BOOL = "bool"
    S8 = "s8"
    U8 = "u8"
    S16 = "s16"
    U16 = "u16"
    S32 = "s32"
    U32 = "u32"
    S64 = "s64"
    U64 = "u64"
    F32 = "f32"
    F64 = "f64"
    CHAR = "char"
    STRING = "string"

    __hash__ = object.__hash__  # by identity, as equality is: Enum's own hashes the name, in Python

    def __str__(self) -> str:
        return self.value


SCALARS: tuple[Prim, ...] = tuple(p for p in Prim if p is not Prim.STRING)
"""Every primitive that flattens to one core value."""

INTEGER_RANGES: dict[Prim, tuple[int, int]] = {
    **{p: (-(1 << (n - 1)), (1 << (n - 1)) - 1)
       for p, n in ((Prim.S8, 8), (Prim.S16, 16), (Prim.S32, 32), (Prim.S64, 64))},
    **{p: (0, (1 << n) - 1) for p, n in ((Prim.U8, 8), (Prim.U16, 16), (Prim.U32, 32), (Prim.U64, 64))},
}
"""Least and greatest value of each integer type."""


@dataclass(frozen=True, slots=True)
class TypeIndex:
    """A reference into the type index space of the enclosing scope; only in syntax."""

    index: int

    def __str__(self) -> str:
        return f"(type {self.index})"


@dataclass(frozen=True, slots=True)
class List:
    """`list<T>`, or `list<T, length>` when *length* is given."""

    element: ValType
    length: int | None = None

    def __str__(self) -> str:
        return f"list<{self.element}>" if self.length is None else f"list<{self.element}, {self.length}>"


@dataclass(frozen=True, slots=True)
class Map:
    """`map<K, V>`: in the ABI a `list<tuple<K, V>>`."""

    key: ValType
    value: ValType

    def __str__(self) -> str:
        return f"map<{self.key}, {self.value}>"


@dataclass(frozen=True, slots=True)
class Record:
    fields: tuple[tuple[str, ValType], ...]

    def __str__(self) -> str:
        return "record { " + ", ".join(f"{n}: {t}" for n, t in self.fields) + " }"


@dataclass(frozen=True, slots=True)
class Tuple:
    elements: tuple[ValType, ...]

    def __str__(self) -> str:
        return "tuple<" + ", ".join(map(str, self.elements)) + ">"


@dataclass(frozen=True, slots=True)
class Variant:
    cases: tuple[tuple[str, ValType | None], ...]

    def __str__(self) -> str:
        return "variant { " + ", ".join(n if t is None else f"{n}({t})" for n, t in self.cases) + " }"


@dataclass(frozen=True, slots=True)
class EnumType:
    labels: tuple[str, ...]

    def __str__(self) -> str:
        return "enum { " + ", ".join(self.labels) + " }"


@dataclass(frozen=True, slots=True)
class Flags:
    labels: tuple[str, ...]

    def __str__(self) -> str:
        return "flags { " + ", ".join(self.labels) + " }"


@dataclass(frozen=True, slots=True)
class Option:
    payload: ValType

    def __str__(self) -> str:
        return f"option<{self.payload}>"


@dataclass(frozen=True, slots=True)
class Result:
    ok: ValType | None
    error: ValType | None

    def __str__(self) -> str:
        if self.error is None:
            return "result" if self.ok is None else f"result<{self.ok}>"
        return f"result<{'_' if self.ok is None else self.ok}, {self.error}>"


@dataclass(frozen=True, slots=True)
class Own:
    resource: int
    """Type index in syntax, index into `Plan.resources` once linked."""

    def __str__(self) -> str:
        return f"own<{self.resource}>"


@dataclass(frozen=True, slots=True)
class Borrow:
    resource: int
    """As in `Own`."""

    def __str__(self) -> str:
        return f"borrow<{self.resource}>"


ValType: TypeAlias = (
    Prim | TypeIndex | List | Map | Record | Tuple | Variant | EnumType | Flags | Option | Result | Own | Borrow
)


def parts(t: ValType) -> tuple[ValType, ...]:
    """The types that *t* is directly made of, in order."""
    match t:
        case List(element, _) | Option(element):
            return (element,)
        case Map(key, value):
            return key, value
        case Record(fields):
            return tuple([f for _, f in fields])
        case Tuple(elements):
            return elements
        case Variant(cases):
            return tuple([c for _, c in cases if c is not None])
        case Result(ok, error):
            return tuple([c for c in (ok, error) if c is not None])
        case _:
            return ()


def with_parts(t: ValType, replace: Callable[[ValType], ValType]) -> ValType:
    """*t* made of what *replace* gives for each of its `parts`; *t* itself if it has none."""

    def payload(part: ValType | None) -> ValType | None:
        return None if part is None else replace(part)

    match t:
        case List(element, length):
            return List(replace(element), length)
        case Option(element):
            return Option(replace(element))
        case Map(key, value):
            return Map(replace(key), replace(value))
        case Record(fields):
            return Record(tuple([(name, replace(f)) for name, f in fields]))
        case Tuple(elements):
            return Tuple(tuple([replace(e) for e in elements]))
        case Variant(cases):
            return Variant(tuple([(name, payload(c)) for name, c in cases]))
        case Result(ok, error):
            return Result(payload(ok), payload(error))
        case _:
            return t


def has_handles(t: ValType) -> bool:
    """Whether a value of type *t* may hold a handle. Types are small graphs that can be huge trees: each node is looked
    at once."""
    left, seen = [t], set[int]()
    while left:
        part = left.pop()
        if isinstance(part, Own | Borrow):
            return True
        if id(part) not in seen:
            seen.add(id(part))
            left.extend(parts(part))
    return False


@dataclass(frozen=True, slots=True)
class FuncType:
    """The type of a component function: labelled parameters, and at most one result."""

    params: tuple[tuple[str, ValType], ...]
    result: ValType | None

    @property
    def has_handles(self) -> bool:
        """Whether a parameter or the result may hold a handle."""
        return any(map(has_handles, (*self.param_types, *(() if self.result is None else (self.result,)))))

    @property
    def param_types(self) -> tuple[ValType, ...]:
        return tuple(t for _, t in self.params)

    def __str__(self) -> str:
        text = "func(" + ", ".join(f"{n}: {t}" for n, t in self.params) + ")"
        return text if self.result is None else f"{text} -> {self.result}"


@dataclass(frozen=True, slots=True)
class CoreFuncType:
    """The type of a core wasm function."""

    params: tuple[CoreValType, ...]
    results: tuple[CoreValType, ...]

    def __str__(self) -> str:
        return f"({', '.join(self.params)}) -> ({', '.join(self.results)})"
