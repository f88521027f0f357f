"""Constants of a guest with places for handles and a script, which are put in when the value is passed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from generators.blueprint import Encoding
from generators.constants import Lowering, Path
from generators.expressions import literal
from generators.handles_values import slots_in, with_slots
from generators.layout import CoreType, Pointer, area
from generators.valtypes import Image, Type

_SLOT, POINTER, LENGTH = 0xFEED_0000, 0xFEEC_0000, 0xFEEC_0001
"""Integers that stand in constants for a handle and for the script."""


def marked(t: Type, image: Image) -> Image:
    """*image* with integers in it that a template knows for handles."""
    return with_slots(t, image, (_SLOT + slot for slot in slots_in(t, image)))


@dataclass(frozen=True)
class Template(Lowering):
    """Constants with places for handles and the script, which are stored when the value is passed."""

    pointer: Pointer = "i32"
    encoding: Encoding = field(default="utf8", init=False)
    places: list[tuple[int, int]] = field(default_factory=list, init=False)

    def stored(self, types: tuple[Type, ...], images: tuple[Image, ...]) -> int:
        """The address of the values, laid out as a tuple."""
        _, size, align = area(types, self.pointer)
        at = self.data.reserve(size, align)
        self.store_fields(types, images, at)
        return at

    def store_integer(self, number: int, width: int, at: int) -> None:
        if _place(number) is None:
            super().store_integer(number, width, at)
        else:
            self.places.append((at, number))

    def range(self, t: Type, image: Image, path: Path) -> tuple[int, int]:
        if image == (POINTER, LENGTH):
            return image
        return super().range(t, image, path)

    def patches(self, value: Callable[[int], str]) -> list[str]:
        """Stores what *value* gives for a handle's number, -2 for the script's address, -1 for its length."""
        return [f"(i32.store ({self.pointer}.const {at:#x}) {value(_known(number))})" for at, number in self.places]


def _place(number: int) -> int | None:
    """Which handle the integer stands for, -2 and -1 for the script; None for one that stands for itself."""
    match number >> 16:
        case 0xFEED:
            return number & 0xFFFF
        case 0xFEEC:
            return (number & 1) - 2
    return None


def _known(number: int) -> int:
    place = _place(number)
    assert place is not None
    return place


def flat_value(core: CoreType, bits: int, value: Callable[[int], str]) -> str:
    """A flat value; one of 64 bits that a handle shares with another case is extended."""
    if _place(bits) is None:
        return literal(core, bits)
    return value(_known(bits)) if core == "i32" else f"(i64.extend_i32_u {value(_known(bits))})"
