"""The first eight bytes. Binary.md, "Component Definitions": `preamble`."""

from __future__ import annotations

from typing import Literal, TypeAlias

from fact.decode.reader import Reader
from fact.errors import Malformed

Layer: TypeAlias = Literal["core module", "component"]

MAGIC = b"\0asm"
CORE_MODULE_PREAMBLE = MAGIC + b"\x01\x00\x00\x00"
COMPONENT_PREAMBLE = MAGIC + b"\x0d\x00\x01\x00"
LAYERS: dict[bytes, Layer] = {CORE_MODULE_PREAMBLE: "core module", COMPONENT_PREAMBLE: "component"}


def layer(binary: bytes) -> Layer | None:
    """What a file holds by its first eight bytes; None when it is neither, or of another version."""
    return LAYERS.get(bytes(binary[:8]))


def expect_preamble(reader: Reader, preamble: bytes, what: Layer) -> None:
    """Reads *preamble*; anything else is `Malformed`, at its first byte that differs."""
    offset = reader.offset
    found = reader.take(min(reader.remaining, len(preamble)))
    if found == preamble:
        return
    other = layer(found)
    if other is not None:
        raise Malformed(f"expected a {what}, found a {other}", offset + len(MAGIC))
    for position, (byte, wanted) in enumerate(zip(found, preamble, strict=False)):
        if byte != wanted:
            part = "magic number" if position < len(MAGIC) else "version"
            raise Malformed(f"not a {what}: wrong {part}, expected {preamble.hex(' ')}", offset + position)
    raise Malformed(f"not a {what}: cut short after {len(found)} bytes", offset + len(found))
