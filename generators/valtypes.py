"""Value types as JSON-able trees, and images of their values.

Labels follow from positions: fields are `f0`, `f1`, ...; cases `c0`, `c1`, ...; flags `b0`, `b1`, ...

An image is the JSON form of a value. Scalars: an integer as it is, a bool as 0 or 1, a char as its code point, a float
as its bit pattern. A string is its text; a list, record or tuple an array of images; a map one of [key, value]; a
variant, option or result [case number, image of the payload or 0]; an enum the number of its case; flags a bit mask;
a handle a number.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from typing import TYPE_CHECKING, Literal, TypeAlias, TypeGuard, get_args

import msgspec

from fact.model import types as model
from fact.model.types import Prim


class ListOf(msgspec.Struct, frozen=True, array_like=True, tag="list"):
    """`list<T>`, or `list<T, length>` when *length* is given."""

    element: Type
    length: int | None = None


class MapOf(msgspec.Struct, frozen=True, array_like=True, tag="map"):
    key: Prim
    value: Type


class RecordOf(msgspec.Struct, frozen=True, array_like=True, tag="record"):
    fields: tuple[Type, ...]


class TupleOf(msgspec.Struct, frozen=True, array_like=True, tag="tuple"):
    elements: tuple[Type, ...]


class VariantOf(msgspec.Struct, frozen=True, array_like=True, tag="variant"):
    cases: tuple[Type | None, ...]


class EnumOf(msgspec.Struct, frozen=True, array_like=True, tag="enum"):
    count: int


class OptionOf(msgspec.Struct, frozen=True, array_like=True, tag="option"):
    payload: Type


class ResultOf(msgspec.Struct, frozen=True, array_like=True, tag="result"):
    ok: Type | None = None
    error: Type | None = None


class FlagsOf(msgspec.Struct, frozen=True, array_like=True, tag="flags"):
    count: int


class OwnOf(msgspec.Struct, frozen=True, array_like=True, tag="own"):
    """`own<R>`: *resource* numbers the resource types that the component at hand knows. Its images are numbers too."""

    resource: int


class BorrowOf(msgspec.Struct, frozen=True, array_like=True, tag="borrow"):
    """`borrow<R>`, as `OwnOf`."""

    resource: int


Aggregate: TypeAlias = (
    ListOf | MapOf | RecordOf | TupleOf | VariantOf | EnumOf | OptionOf | ResultOf | FlagsOf
)
Type: TypeAlias = (
    Prim | ListOf | MapOf | RecordOf | TupleOf | VariantOf | EnumOf | OptionOf | ResultOf | FlagsOf | OwnOf | BorrowOf
)

IMAGE_DEPTH = 32
"""Arrays within each other, at most, in an image that is read from JSON."""

if TYPE_CHECKING:
    Image: TypeAlias = int | str | tuple["Image", ...]
else:
    Image = int | str
    for _ in range(IMAGE_DEPTH):
        Image = int | str | tuple[Image, ...]

Kind: TypeAlias = Literal[
    "string", "list", "record", "option", "variant", "tuple", "enum", "flags", "result", "map", "fixed-length list"
]
KINDS: tuple[Kind, ...] = get_args(Kind)
"""Type constructors other than the scalars, the simplest first."""

Form: TypeAlias = Literal[
    "many cases", "joined", "padded", "behind a discriminant", "no payload", "odd elements", "fits flat", "one part",
    "wide", "deep", "in line",
]
FORMS: tuple[Form, ...] = get_args(Form)
"""Types at the places where a rule changes (`generators.forms`)."""

_KIND: dict[type, Kind] = {
    RecordOf: "record", OptionOf: "option", VariantOf: "variant", TupleOf: "tuple", EnumOf: "enum", FlagsOf: "flags",
    ResultOf: "result", MapOf: "map",
}


def kind_of(t: Type) -> Kind | None:
    """Which constructor made *t*; None for a scalar or a handle."""
    match t:
        case Prim.STRING:
            return "string"
        case Prim() | OwnOf() | BorrowOf():
            return None
        case ListOf(length=length):
            return "list" if length is None else "fixed-length list"
        case _:
            return _KIND[type(t)]


def is_scalar(t: Type | None) -> TypeGuard[Prim]:
    return isinstance(t, Prim) and t is not Prim.STRING


# -- shapes: CanonicalABI.md, "Despecialization"


def fields_of(t: Type) -> tuple[Type, ...] | None:
    """The types of a record's fields, a tuple's or fixed-length list's elements; None for other types."""
    match t:
        case RecordOf(fields=fields):
            return fields
        case TupleOf(elements=elements):
            return elements
        case ListOf(element=element, length=int(length)):
            return (element,) * length
    return None


def cases_of(t: Type) -> tuple[Type | None, ...] | None:
    """The payloads of the cases of a variant, enum, option or result; None for other types."""
    match t:
        case VariantOf(cases=cases):
            return cases
        case EnumOf(count=count):
            return (None,) * count
        case OptionOf(payload=payload):
            return (None, payload)
        case ResultOf(ok=ok, error=error):
            return (ok, error)
    return None


def element_of(t: Type) -> Type | None:
    """The type of the elements behind the pointer of a list or map; None for other types."""
    match t:
        case ListOf(element=element, length=None):
            return element
        case MapOf(key=key, value=value):
            return TupleOf((key, value))
    return None


def parts(t: Type) -> tuple[Type, ...]:
    """The types that *t* is directly made of."""
    match t:
        case ListOf(element=element):
            return (element,)
        case MapOf(key=key, value=value):
            return (key, value)
        case Prim() | FlagsOf() | EnumOf() | OwnOf() | BorrowOf():
            return ()
    return fields_of(t) or tuple(c for c in cases_of(t) or () if c is not None)


def walk(t: Type) -> Iterator[Type]:
    """*t* and everything in it, parts before wholes."""
    for part in parts(t):
        yield from walk(part)
    yield t


def replaced(t: Type, old: Type, new: Type) -> Type:
    """*t* with *new* in place of *old*, itself or in it; keys of maps stay where they cannot be *new*."""
    if t == old:
        return new
    match t:
        case ListOf(element=element, length=length):
            return ListOf(replaced(element, old, new), length)
        case MapOf(key=key, value=value):
            other = replaced(key, old, new)
            if not isinstance(other, Prim) or other in (Prim.F32, Prim.F64):
                other = key
            return MapOf(other, replaced(value, old, new))
        case RecordOf(fields=fields):
            return RecordOf(tuple(replaced(f, old, new) for f in fields))
        case TupleOf(elements=elements):
            return TupleOf(tuple(replaced(e, old, new) for e in elements))
        case VariantOf(cases=cases):
            return VariantOf(tuple(None if c is None else replaced(c, old, new) for c in cases))
        case OptionOf(payload=payload):
            return OptionOf(replaced(payload, old, new))
        case ResultOf(ok=ok, error=error):
            return ResultOf(None if ok is None else replaced(ok, old, new),
                            None if error is None else replaced(error, old, new))
    return t


def part_at(t: Type, image: Image, path: tuple[int, ...]) -> Type | None:
    """The type of what is at *path* in an image of *t*; None if nothing is there."""
    found = part_and_image(t, image, path)
    return None if found is None else found[0]


def part_and_image(t: Type, image: Image, path: tuple[int, ...]) -> tuple[Type, Image] | None:
    """What is at *path* in an image of *t*; None if nothing is there."""
    if not path:
        return t, image
    if not isinstance(image, tuple):
        return None
    first, rest = path[0], path[1:]
    if (element := element_of(t)) is not None:
        return part_and_image(element, image[first], rest) if first < len(image) else None
    if (fields := fields_of(t)) is not None:
        return part_and_image(fields[first], image[first], rest) if first < len(fields) else None
    payload = (cases_of(t) or ())[int(str(image[0]))]
    return None if first or payload is None else part_and_image(payload, image[1], rest)


@lru_cache(maxsize=1024)
def has_pointers(t: Type) -> bool:
    """Whether *t* contains a string, a list without fixed length, or a map."""
    return any(u is Prim.STRING or element_of(u) is not None for u in walk(t))


@lru_cache(maxsize=1024)
def has_strings(t: Type) -> bool:
    return any(u is Prim.STRING for u in walk(t))


@lru_cache(maxsize=1024)
def is_nominal(t: Type) -> bool:
    """Whether *t* contains a type that imports and exports can only use by name."""
    return any(isinstance(u, RecordOf | VariantOf | EnumOf | FlagsOf) for u in walk(t))


@lru_cache(maxsize=1024)
def model_type(t: Type) -> model.ValType:
    """*t* with its labels, as `fact.model.types` has it."""
    match t:
        case Prim():
            return t
        case ListOf(element=element, length=length):
            return model.List(model_type(element), length)
        case MapOf(key=key, value=value):
            return model.Map(key, model_type(value))
        case RecordOf(fields=fields):
            return model.Record(tuple((f"f{i}", model_type(f)) for i, f in enumerate(fields)))
        case TupleOf(elements=elements):
            return model.Tuple(tuple(map(model_type, elements)))
        case VariantOf(cases=cases):
            return model.Variant(tuple((f"c{i}", _optional(c)) for i, c in enumerate(cases)))
        case EnumOf(count=count):
            return model.EnumType(tuple(f"c{i}" for i in range(count)))
        case OptionOf(payload=payload):
            return model.Option(model_type(payload))
        case ResultOf(ok=ok, error=error):
            return model.Result(_optional(ok), _optional(error))
        case FlagsOf(count=count):
            return model.Flags(tuple(f"b{i}" for i in range(count)))
        case OwnOf(resource=resource):
            return model.Own(resource)
        case BorrowOf(resource=resource):
            return model.Borrow(resource)


def _optional(t: Type | None) -> model.ValType | None:
    return None if t is None else model_type(t)
