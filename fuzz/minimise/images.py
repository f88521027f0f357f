"""Plainer images of a type's values, the boldest first."""

from __future__ import annotations

from collections.abc import Iterator

from generators.frozen import put
from generators.valtypes import EnumOf, FlagsOf, Image, Type, cases_of, element_of, fields_of, is_scalar
from generators.values import nth_image
from generators.values import some as some

_TRIED_PARTS = 24
"""Parts of one value that are made plainer one by one."""


def plainer(t: Type, image: Image) -> Iterator[Image]:
    """Images of *t* in place of *image*."""
    if is_scalar(t) or isinstance(t, EnumOf | FlagsOf):
        if image not in (0, 1):
            yield 1
            yield 0
        return
    simplest = nth_image(t, 0)
    if image == simplest:
        return
    yield simplest
    if isinstance(image, str):
        yield from _texts(image)
    elif isinstance(image, tuple):
        yield from _plainer_parts(t, image)


def _texts(text: str) -> Iterator[str]:
    for count in _halves(len(text)):
        yield text[count:]
        yield text[:-count]
    if set(text) != {"a"}:
        plain = "a" * (len(text) - 1)
        yield from (plainer for plainer in ("a" + plain, plain + text[-1], text[0] + plain) if plainer != text)


def _halves(count: int) -> Iterator[int]:
    """How many of *count* to take away: half, a quarter, ... one."""
    while count := count // 2:
        yield count


def _plainer_parts(t: Type, image: tuple[Image, ...]) -> Iterator[Image]:
    if (element := element_of(t)) is not None:
        for count in _halves(len(image)):
            yield image[count:]
            yield image[:-count]
        if any(part != image[0] for part in image):
            yield image[:1] * len(image)
        for i in range(min(len(image), _TRIED_PARTS)):
            yield (*image[:i], *image[i + 1 :])
        yield from _one_plainer((element,) * len(image), image)
    elif (fields := fields_of(t)) is not None:
        yield from _one_plainer(fields, image)
    elif (cases := cases_of(t)) is not None:
        payload = cases[int(str(image[0]))]
        if payload is not None:
            yield from ((image[0], inner) for inner in plainer(payload, image[1]))


def _one_plainer(types: tuple[Type, ...], image: tuple[Image, ...]) -> Iterator[Image]:
    """The images with one part plainer."""
    for i, (t, part) in enumerate(zip(types[:_TRIED_PARTS], image, strict=False)):
        for inner in plainer(t, part):
            yield put(image, i, inner)
