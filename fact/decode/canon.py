"""Canonical section. Binary.md, "Canonical Definitions"."""

from __future__ import annotations

from fact.decode.reader import Reader
from fact.errors import Malformed, Unsupported
from fact.model.syntax import CanonContext, CanonLift, CanonLower, CanonOptions, CanonResource
from fact.model.types import PtrType

FUNC_SORT = 0x00

RESOURCE_BUILTINS = {0x02: "resource.new", 0x03: "resource.drop", 0x04: "resource.rep"}
CONTEXT_BUILTINS = {0x0A: "context.get", 0x0B: "context.set"}
CONTEXT_TYPES: dict[int, PtrType] = {0x7F: "i32", 0x7E: "i64"}
CONTEXT_SLOTS = 2
"""`Thread.CONTEXT_LENGTH`."""

GATED_BUILTINS = {
    0x05: "task.cancel",
    0x06: "subtask.cancel",
    0x09: "task.return",
    0x0C: "thread.yield",
    0x0D: "subtask.drop",
    0x0E: "stream.new",
    0x0F: "stream.read",
    0x10: "stream.write",
    0x11: "stream.cancel-read",
    0x12: "stream.cancel-write",
    0x13: "stream.drop-readable",
    0x14: "stream.drop-writable",
    0x15: "future.new",
    0x16: "future.read",
    0x17: "future.write",
    0x18: "future.cancel-read",
    0x19: "future.cancel-write",
    0x1A: "future.drop-readable",
    0x1B: "future.drop-writable",
    0x1C: "error-context.new",
    0x1D: "error-context.debug-message",
    0x1E: "error-context.drop",
    0x1F: "waitable-set.new",
    0x20: "waitable-set.wait",
    0x21: "waitable-set.poll",
    0x22: "waitable-set.drop",
    0x23: "waitable.join",
    0x24: "backpressure.inc",
    0x25: "backpressure.dec",
    0x26: "thread.index",
    0x27: "thread.new-indirect",
    0x28: "thread.resume-later",
    0x29: "thread.suspend",
    0x2A: "thread.suspend-then-resume",
    0x2B: "thread.yield-then-resume",
    0x2C: "thread.suspend-then-promote",
    0x2D: "thread.yield-then-promote",
    0x2E: "stream.forward",
    0x2F: "future.forward",
    0x40: "thread.spawn-ref",
    0x41: "thread.spawn-indirect",
    0x42: "thread.available-parallelism",
}
"""The two `forward`s are not in Binary.md: the standard tools write them."""

STRING_ENCODINGS = {0x00: "utf8", 0x01: "utf16", 0x02: "latin1+utf16"}
INDEXED_OPTIONS = {0x03: "memory", 0x04: "realloc", 0x05: "post-return"}
GATED_OPTIONS = {0x06: "async", 0x07: "callback", 0x08: "core-type", 0x09: "gc"}
"""The last two are not in Binary.md: the standard tools write them for the garbage-collected ABI."""


def canon(reader: Reader) -> CanonLift | CanonLower | CanonResource | CanonContext:
    offset = reader.offset
    opcode = reader.byte()
    match opcode:
        case 0x00:
            reader.expect(FUNC_SORT, "sort of a canon lift")
            return CanonLift(offset, reader.u32(), _options(reader), reader.u32())
        case 0x01:
            reader.expect(FUNC_SORT, "sort of a canon lower")
            return CanonLower(offset, reader.u32(), _options(reader))
        case _ if opcode in RESOURCE_BUILTINS:
            return CanonResource(offset, RESOURCE_BUILTINS[opcode], reader.u32())
        case _ if opcode in CONTEXT_BUILTINS:
            return CanonContext(offset, CONTEXT_BUILTINS[opcode], _context_type(reader), _context_slot(reader))
        case _ if opcode in GATED_BUILTINS:
            raise Unsupported(f"canon {GATED_BUILTINS[opcode]}", offset)
        case _:
            raise reader.unknown("canonical definition", opcode)


def _context_type(reader: Reader) -> PtrType:
    opcode = reader.byte()
    found = CONTEXT_TYPES.get(opcode)
    if found is None:
        raise reader.unknown("type of a value in context storage", opcode, "i32 or i64 (0x7f or 0x7e)")
    return found


def _context_slot(reader: Reader) -> int:
    offset = reader.offset
    slot = reader.u32()
    if slot >= CONTEXT_SLOTS:
        raise Malformed(f"context slot {slot}: there are {CONTEXT_SLOTS}", offset)
    return slot


def _options(reader: Reader) -> CanonOptions:
    encoding: str | None = None
    indices: dict[str, int] = {}
    for _ in range(reader.count()):
        offset = reader.offset
        opcode = reader.byte()
        match opcode:
            case _ if opcode in STRING_ENCODINGS and encoding is None:
                encoding = STRING_ENCODINGS[opcode]
            case _ if opcode in INDEXED_OPTIONS and INDEXED_OPTIONS[opcode] not in indices:
                indices[INDEXED_OPTIONS[opcode]] = reader.u32()
            case _ if opcode in STRING_ENCODINGS or opcode in INDEXED_OPTIONS:
                raise Malformed(f"option {INDEXED_OPTIONS.get(opcode, 'string-encoding')} given twice", offset)
            case _ if opcode in GATED_OPTIONS:
                raise Unsupported(f"canonical option {GATED_OPTIONS[opcode]}", offset)
            case _:
                raise reader.unknown("canonical option", opcode)
    return CanonOptions(encoding, indices.get("memory"), indices.get("realloc"), indices.get("post-return"))
