"""What a value type can be replaced by, and what becomes of types, images and paths that contain it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TypeAlias

from fact.model.types import Prim
from fuzz.minimise.images import some
from generators.valtypes import (
    EnumOf,
    FlagsOf,
    Image,
    ListOf,
    MapOf,
    OptionOf,
    RecordOf,
    ResultOf,
    TupleOf,
    Type,
    VariantOf,
    cases_of,
    element_of,
    fields_of,
    replaced,
)

Path: TypeAlias = tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Substitution:
    """*old* becomes *new*; *image* converts a value's image, *path* a path into it (None: what it led to is gone)."""

    old: Type
    new: Type
    image: Callable[[Image], Image]
    path: Callable[[Path], Path | None] = lambda _: None


def substitutions(t: Type) -> Iterator[Substitution]:
    yield Substitution(t, Prim.U32, lambda _: 1)
    match t:
        case ListOf(element=element, length=None) | MapOf(value=element):
            if isinstance(t, MapOf):
                yield _rewritten(t, ListOf(element), lambda i: tuple(pair[1] for pair in i))
                element = TupleOf((t.key, t.value))
            yield Substitution(t, element, lambda i: i[0] if isinstance(i, tuple) and i else some(element), _inner)
        case ListOf(element=element, length=int(length)):
            yield _field(t, (element,) * length, 0)
            if length > 1:
                yield _kept(t, ListOf(element, 1), (0,))
                yield _kept(t, ListOf(element, (length + 1) // 2), tuple(range((length + 1) // 2)))
        case RecordOf(fields=fields):
            yield from (_field(t, fields, i) for i in range(len(fields)))
            yield from (_kept(t, RecordOf(tuple(fields[i] for i in kept)), kept) for kept in _fewer(len(fields)))
        case TupleOf(elements=elements):
            yield from (_field(t, elements, i) for i in range(len(elements)))
            yield from (_kept(t, TupleOf(tuple(elements[i] for i in kept)), kept) for kept in _fewer(len(elements)))
        case VariantOf(cases=cases):
            yield from _payloads(t, cases)
            yield from (_cases(t, VariantOf(tuple(cases[i] for i in kept)), kept) for kept in _fewer(len(cases)))
        case OptionOf() | ResultOf():
            yield from _payloads(t, cases_of(t) or ())
            if isinstance(t, ResultOf) and t.ok is not None:
                yield _without_payload(t, ResultOf(None, t.error), 0)
            if isinstance(t, ResultOf) and t.error is not None:
                yield _without_payload(t, ResultOf(t.ok, None), 1)
        case EnumOf(count=count) | FlagsOf(count=count):
            for fewer in dict.fromkeys((1, 2, count // 2, count - 1)):
                if 0 < fewer < count:
                    yield _counted(t, fewer)


def _inner(path: Path) -> Path | None:
    return path[1:] if path and path[0] == 0 else None


def _rewritten(old: Type, new: Type, change: Callable[[tuple[tuple[Image, ...], ...]], Image]) -> Substitution:
    return Substitution(old, new, change)  # type: ignore[arg-type]


def _field(t: Type, fields: tuple[Type, ...], number: int) -> Substitution:
    """One field in place of the whole."""
    return Substitution(
        t, fields[number], lambda i: i[number] if isinstance(i, tuple) else some(fields[number]),
        lambda path: path[1:] if path and path[0] == number else None,
    )


def _fewer(count: int) -> Iterator[Path]:
    """Which of *count* to keep."""
    everything = tuple(range(count))
    if count > 3:
        yield everything[: count // 2]
        yield everything[count // 2 :]
    if count > 1:
        yield from (everything[:i] + everything[i + 1 :] for i in (range(count) if count <= 24 else (0, count - 1)))


def _kept(t: Type, new: Type, kept: Path) -> Substitution:
    """Only the fields (or elements) *kept*."""
    return Substitution(
        t, new, lambda i: tuple(i[k] for k in kept) if isinstance(i, tuple) else i,
        lambda path: (kept.index(path[0]), *path[1:]) if path and path[0] in kept else None if path else path,
    )


def _payloads(t: Type, cases: tuple[Type | None, ...]) -> Iterator[Substitution]:
    """The payload of one case in place of the whole."""
    for number, payload in enumerate(cases):
        if payload is not None:
            yield _payload(t, number, payload)


def _payload(t: Type, number: int, payload: Type) -> Substitution:
    def image(i: Image) -> Image:
        return i[1] if isinstance(i, tuple) and i[0] == number else some(payload)

    return Substitution(t, payload, image, _inner)


def _cases(t: Type, new: VariantOf, kept: Path) -> Substitution:
    """Only the cases *kept*."""

    def image(i: Image) -> Image:
        if isinstance(i, tuple) and i[0] in kept:
            return (kept.index(int(str(i[0]))), i[1])
        return (0, 0 if new.cases[0] is None else some(new.cases[0]))

    return Substitution(t, new, image, lambda path: path)


def _without_payload(t: Type, new: Type, number: int) -> Substitution:
    return Substitution(
        t, new, lambda i: (number, 0) if isinstance(i, tuple) and i[0] == number else i, lambda path: path
    )


def _counted(t: EnumOf | FlagsOf, count: int) -> Substitution:
    if isinstance(t, EnumOf):
        return Substitution(t, EnumOf(count), lambda i: min(int(str(i)), count - 1), lambda path: path)
    return Substitution(t, FlagsOf(count), lambda i: int(str(i)) & ((1 << count) - 1), lambda path: path)


# -- one type, image or path


def in_type(t: Type, s: Substitution) -> Type:
    """*t* with *s* carried out in it."""
    return replaced(t, s.old, s.new)


def optional(t: Type | None, s: Substitution) -> Type | None:
    return None if t is None else in_type(t, s)


def in_image(t: Type, image: Image, s: Substitution) -> Image:
    """The image of a value of *t* as one of `in_type(t, s)`."""
    if t == s.old:
        return s.image(image)
    if not isinstance(image, tuple):
        return image
    if isinstance(t, MapOf):
        return tuple(_in_pair(t, pair, s) for pair in image)
    if (element := element_of(t)) is not None:
        return tuple(in_image(element, i, s) for i in image)
    if (fields := fields_of(t)) is not None:
        return tuple(in_image(f, i, s) for f, i in zip(fields, image, strict=True))
    payload = (cases_of(t) or ())[int(str(image[0]))]
    return image if payload is None else (image[0], in_image(payload, image[1], s))


def _in_pair(t: MapOf, pair: Image, s: Substitution) -> Image:
    """A map's pair is no tuple of its own: what becomes of tuples does not become of it."""
    assert isinstance(pair, tuple)
    return (in_image(t.key, pair[0], s), in_image(t.value, pair[1], s))


def in_path(t: Type, image: Image, path: Path, s: Substitution) -> Path | None:
    """A path into *image* as one into what `in_image` makes of it; None if what it leads to is gone."""
    if t == s.old:
        return s.path(path)
    if not path or not isinstance(image, tuple):
        return path
    first, rest = path[0], path[1:]
    if isinstance(t, MapOf):
        return path if not rest else _in_pair_path(t, image[first], path, s)
    if (element := element_of(t)) is not None:
        inner = in_path(element, image[first], rest, s)
    elif (fields := fields_of(t)) is not None:
        inner = in_path(fields[first], image[first], rest, s)
    else:
        payload = (cases_of(t) or ())[int(str(image[0]))]
        inner = None if payload is None else in_path(payload, image[1], rest, s)
    return None if inner is None else (first, *inner)


def _in_pair_path(t: MapOf, pair: Image, path: Path, s: Substitution) -> Path | None:
    number, part, *rest = path
    assert isinstance(pair, tuple)
    inner = in_path(t.value if part else t.key, pair[part], tuple(rest), s)
    return None if inner is None else (number, part, *inner)
