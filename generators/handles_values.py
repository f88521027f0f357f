"""Handles in values and in the types of functions: which there are, in order, and the same with others."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from fact.model.types import Prim
from generators.blueprint import Signature
from generators.valtypes import (
    BorrowOf,
    Image,
    ListOf,
    MapOf,
    OptionOf,
    OwnOf,
    RecordOf,
    ResultOf,
    TupleOf,
    Type,
    VariantOf,
    cases_of,
    element_of,
    fields_of,
    walk,
)

SCRIPT = ListOf(Prim.U32)
"""A script on its way to a guest."""


def moved_in(t: Type, image: Image) -> Iterator[Type]:
    """The types of the handles in a value and of what takes a place in memory of its own, lists, maps and strings, in
    the order in which they are lifted and lowered."""
    if isinstance(t, OwnOf | BorrowOf) or t is Prim.STRING:
        yield t
        return
    if element_of(t) is not None:
        yield t
    if isinstance(image, tuple):
        for part, inside in parts_of(t, image):
            yield from moved_in(part, inside)


def handles_in(t: Type, image: Image) -> list[OwnOf | BorrowOf]:
    """The types of the handles in a value, in the order in which they are lifted and lowered."""
    return [part for part in moved_in(t, image) if isinstance(part, OwnOf | BorrowOf)]


def slots_in(t: Type, image: Image) -> list[int]:
    """The numbers that stand for handles in a value."""
    if isinstance(t, OwnOf | BorrowOf):
        assert isinstance(image, int)
        return [image]
    return [s for part, inner in parts_of(t, image) for s in slots_in(part, inner)] if isinstance(image, tuple) else []


def with_slots(t: Type, image: Image, numbers: Iterator[int]) -> Image:
    """*image* with other *numbers* for its handles, in order."""
    if isinstance(t, OwnOf | BorrowOf):
        return next(numbers)
    if not isinstance(image, tuple):
        return image
    inner = tuple(with_slots(part, inside, numbers) for part, inside in parts_of(t, image))
    return (image[0], *(inner or (0,))) if cases_of(t) is not None else inner


def parts_of(t: Type, image: tuple[Image, ...]) -> Iterator[tuple[Type, Image]]:
    """What a value is directly made of."""
    if (element := element_of(t)) is not None:
        yield from ((element, i) for i in image)
    elif (fields := fields_of(t)) is not None:
        yield from zip(fields, image, strict=True)
    elif (cases := cases_of(t)) is not None and isinstance(image[0], int):
        payload = cases[image[0]]
        if payload is not None:
            yield payload, image[1]


def renumbered(t: Type, number: Callable[[int], int]) -> Type:
    """*t* with other numbers for resource types."""
    match t:
        case OwnOf(resource=resource):
            return OwnOf(number(resource))
        case BorrowOf(resource=resource):
            return BorrowOf(number(resource))
        case ListOf(element=element, length=length):
            return ListOf(renumbered(element, number), length)
        case MapOf(key=key, value=value):
            return MapOf(key, renumbered(value, number))
        case TupleOf(elements=elements):
            return TupleOf(tuple(renumbered(e, number) for e in elements))
        case RecordOf(fields=fields):
            return RecordOf(tuple(renumbered(f, number) for f in fields))
        case OptionOf(payload=payload):
            return OptionOf(renumbered(payload, number))
        case ResultOf(ok=ok, error=error):
            return ResultOf(ok and renumbered(ok, number), error and renumbered(error, number))
        case VariantOf(cases=cases):
            return VariantOf(tuple(c and renumbered(c, number) for c in cases))
    return t


def renumbered_signature(s: Signature, number: Callable[[int], int]) -> Signature:
    return Signature(tuple(renumbered(t, number) for t in s.params), s.result and renumbered(s.result, number))


def with_script(s: Signature) -> Signature:
    """The type of a function whose type in a blueprint is *s*."""
    return Signature((*s.params, SCRIPT), s.result)


def resources_in(s: Signature) -> list[int]:
    """The numbers of the resource types that a function's type mentions, each once, in order."""
    types = s.params if s.result is None else (*s.params, s.result)
    found = (u.resource for t in types for u in walk(t) if isinstance(u, OwnOf | BorrowOf))
    return list(dict.fromkeys(found))
