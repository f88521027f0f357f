"""What guests that the generators made write into their logs of one value (`generators.observing`): entry by entry the
kind of the part that it tells of."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import cast

from fact.abi import align_to, alignment, elem_size, flatten_type
from fact.model.types import (
    Borrow,
    EnumType,
    Flags,
    List,
    Map,
    Option,
    Own,
    Prim,
    PtrType,
    Record,
    Result,
    Tuple,
    ValType,
    Variant,
)
from fact.model.values import Case, Value, cases_of
from fuzz.triage.place import kind_of

IN_LINE = 4
"""Longer lists of fixed length are looked at by a loop, which logs the length."""

PADDING = "padding"


class Unknown(Exception):
    """What is logged from here on cannot be told: a handle, of which each guest says what it likes."""


@dataclass(frozen=True, slots=True)
class Reader:
    """One side: the type of its pointers, and the encoding of text that it is given."""

    pointer: PtrType
    encoding: str

    def flat(self, t: ValType, v: Value) -> Iterator[str]:
        """Of a value that was passed as core values. Raises `Unknown`."""
        match t:
            case Variant() | Option() | Result():
                payload, inner = _payload(t, v)
                yield "discriminant"
                wanted = () if payload is None else flatten_type(payload, self.pointer)
                slots = flatten_type(t, self.pointer)[1:]
                if payload is not None:
                    yield from self.flat(payload, inner)
                upper = sum(have == "i64" and want.endswith("32") for have, want in zip(slots, wanted, strict=False))
                yield from ["discriminant"] * (upper + len(slots) - len(wanted))
            case Record() | Tuple() | List(length=int()):
                for field, part in zip(_fields(t), cast("Sequence[Value]", v), strict=True):
                    yield from self.flat(field, part)
            case _:
                yield from self.memory(t, v)

    def memory(self, t: ValType, v: Value) -> Iterator[str]:
        """Of a value that lies in memory. Raises `Unknown`."""
        match t:
            case Own() | Borrow():
                yield kind_of(t)
                raise Unknown
            case Prim.STRING:
                yield from [kind_of(t)] * (1 + _entries(self._bytes(cast(str, v))))
            case List(element, None):
                yield from self._listed(element, cast("Sequence[Value]", v))
            case Map(key, value):
                yield from self._listed(Tuple((key, value)), cast("Sequence[Value]", v))
            case List(element, int(length)) if length > IN_LINE:
                yield from self._listed(element, cast("Sequence[Value]", v))
            case Record() | Tuple() | List():
                fields = _fields(t)
                for field, part in zip(fields, cast("Sequence[Value]", v), strict=True):
                    yield from self.memory(field, part)
                yield from [PADDING] * self._padding(t, fields)
            case Variant() | Option() | Result():
                payload, inner = _payload(t, v)
                yield "discriminant"
                yield from [PADDING] * self._before_payload(t)
                if payload is not None:
                    yield from self.memory(payload, inner)
            case _:
                yield kind_of(t)

    def _listed(self, element: ValType, v: Sequence[Value]) -> Iterator[str]:
        yield "list"
        if self._is_plain(element):
            yield from [kind_of(element)] * _entries(len(v) * elem_size(element, self.pointer))
            return
        for part in v:
            yield from self.memory(element, part)

    def _bytes(self, text: str) -> int:
        match self.encoding:
            case "utf8":
                return len(text.encode())
            case "latin1+utf16" if all(c <= "\xff" for c in text):
                return len(text)
        return len(text.encode("utf-16-le"))

    def _is_plain(self, t: ValType) -> bool:
        """Whether elements are logged as the bytes that they are."""
        match t:
            case Prim():
                return t not in (Prim.STRING, Prim.F32, Prim.F64)
            case Flags() | EnumType():
                return True
            case Record() | Tuple() | List(length=int()):
                fields = _fields(t)
                return all(map(self._is_plain, fields)) and not self._padding(t, fields)
        return False

    def _padding(self, t: ValType, fields: Sequence[ValType]) -> int:
        return elem_size(t, self.pointer) - sum(elem_size(field, self.pointer) for field in fields)

    def _before_payload(self, t: Variant | Option | Result) -> int:
        """The bytes between the discriminant and the payload."""
        cases = cases_of(t)
        width = 1 if len(cases) <= 1 << 8 else 2 if len(cases) <= 1 << 16 else 4
        strictest = max((alignment(payload, self.pointer) for _, payload in cases if payload is not None), default=1)
        return align_to(width, strictest) - width


def _entries(count: int) -> int:
    """Of so many bytes: eight to an entry, the rest one by one."""
    return count // 8 + count % 8


def _fields(t: Record | Tuple | List) -> tuple[ValType, ...]:
    match t:
        case Record(fields):
            return tuple(field for _, field in fields)
        case Tuple(elements):
            return elements
    return (t.element,) * (t.length or 0)


def _payload(t: Variant | Option | Result, v: Value) -> tuple[ValType | None, Value]:
    assert isinstance(v, Case)
    return dict(cases_of(t))[v.label], cast(Value, v.payload)
