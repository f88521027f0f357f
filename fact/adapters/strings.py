"""Strings in adapter modules: a function that checks one, and a function that moves a checked one.

CanonicalABI.md, "Loading" (load_string_from_range) and "Storing" (store_string_into_range). What is short and plain is
done on the spot; the rest by `support/*.wat`, which neither traps nor allocates.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from fact.adapters.function import Function
from fact.adapters.scope import ModuleScope, needed
from fact.adapters.strings_check import check_latin1_or_utf16, check_utf8, check_utf16
from fact.adapters.strings_inline import Checked, Moved
from fact.adapters.strings_move import (
    allocated,
    copy_string,
    latin1_to_utf8,
    latin1_to_utf16,
    tagged_to_latin1_or_utf16,
    utf8_to_latin1_or_utf16,
    utf8_to_utf16,
    utf16_to_latin1_or_utf16,
    utf16_to_utf8,
)
from fact.adapters.strings_parts import Move
from fact.adapters.strings_text import block, utf16_tag
from fact.adapters.wat import Block, Line
from fact.errors import LinkError
from fact.model.plan import Options

LOCAL = re.compile(r"\(local\.get ([^\s()]+)\)")

COPIES = {("utf8", "utf8"): (1, 1), ("utf16", "utf16"): (2, 2), ("latin1", "latin1+utf16"): (1, 2)}
"""What stays as it is: the bytes and the alignment of units."""


def check(fn: Function, source: Options, pointer: str, units: str, site: str) -> Iterator[Line]:
    """Checks the string of expressions *pointer* and *units*, without effects, where function *fn* is: as
    `check_function` does, which is called if there are many strings."""
    if not fn.inlines_string("string checks"):
        yield f"(call {check_function(fn.scope, source)} {pointer} {units} {site})"
        return
    lines, here = _as_locals(fn, source, pointer, units)
    yield from lines
    tagless = fn.shared("string.tagless", source.pointer) if source.string_encoding == "latin1+utf16" else ""
    yield from Checked(fn.scope, source, *here, site).encoded(tagless)


def move(
    fn: Function, source: Options, destination: Options, instance: int, pointer: str, units: str, site: str,
    new_pointer: str, new_units: str,
) -> Iterator[Line]:
    """Moves the string of expressions *pointer* and *units*, without effects, to locals *new_pointer* and *new_units*,
    where function *fn* is: as `move_function` does, which is called if there are many strings."""
    if not fn.inlines_string("string moves"):
        yield f"(call {move_function(fn.scope, source, destination, instance)} {pointer} {units} {site})"
        yield f"(local.set {new_units})"
        yield f"(local.set {new_pointer})"
        return
    lines, here = _as_locals(fn, source, pointer, units)
    yield from lines
    inline = Moved(fn, source, destination, instance, *here, site, new_pointer, new_units)
    by_function = Move(fn.scope, source, destination, instance)
    if source.string_encoding != "latin1+utf16":
        yield from _in_place(inline, by_function, source.string_encoding, here[1])
        return
    tagless = fn.shared("string.tagless", source.pointer)
    tagged = "tagged" if destination.string_encoding == "latin1+utf16" else "utf16"
    latin1 = tuple(_in_place(inline, by_function, "latin1", here[1]))
    yield inline.by_tag(tagless, latin1, tuple(_in_place(inline, by_function, tagged, tagless)))


def _in_place(inline: Moved, move: Move, encoding: str, units: str) -> Iterator[Line]:
    if (same := COPIES.get((encoding, move.destination.string_encoding))) is not None:
        yield from inline.copied(units, *same)
        return
    align, factor = _first_realloc(move, encoding)
    yield from inline.allocate(align, inline.length(units, factor))
    yield from inline.transcoded(units, encoding, move)


def _as_locals(fn: Function, source: Options, pointer: str, units: str) -> tuple[list[Line], tuple[str, str]]:
    """The locals that hold the string, and what sets them."""
    lines, locals = list[Line](), list[str]()
    for name, value in (("string.from", pointer), ("string.length", units)):
        if (found := LOCAL.fullmatch(value)) is not None:
            locals.append(found[1])
        else:
            locals.append(fn.shared(name, source.pointer))
            lines.append(f"(local.set {locals[-1]} {value})")
    return lines, (locals[0], locals[1])


def check_function(scope: ModuleScope, source: Options) -> str:
    """The function `(param $ptr P) (param $units P) (param $site i32)` that traps unless there is a string of the
    memory and encoding of *source*: too long, misaligned, out of bounds, not valid, in this order. P is the type of
    addresses in that memory; *units* is as the guest has it, tagged."""
    encoding, memory = source.string_encoding, needed(source.memory, "memory")
    key = ("check string", encoding, memory)
    return scope.helper(key, f"check.{encoding}/{scope.memory(memory)[1:]}", lambda name: _check(scope, source, name))


def move_function(scope: ModuleScope, source: Options, destination: Options, instance: int) -> str:
    """The function `(param $ptr P) (param $units P) (param $site i32) (result Q Q)` that moves a checked string from
    the memory and encoding of *source* to those of *destination*, and gives its address and units, tagged, there.
    P and Q are the types of addresses. The realloc of *destination* runs in component instance *instance*; traps when
    it returns what it may not."""
    return _move_function(Move(scope, source, destination, instance), source.string_encoding)


def _check(scope: ModuleScope, source: Options, name: str) -> Block:
    match source.string_encoding:
        case "utf8":
            body = check_utf8(scope, source)
        case "utf16":
            body = check_utf16(scope, source)
        case _:
            utf16 = check_function(scope, replace(source, string_encoding="utf16"))
            body = check_latin1_or_utf16(scope, source, utf16)
    head = f"(func {name} (param $ptr @S) (param $units @S) (param $site i32)"
    return block(head, body, source.pointer, source.pointer)


def _move_function(move: Move, encoding: str) -> str:
    """*encoding* is what the string is in: besides the canonical option's values `latin1` and `tagged`, the UTF-16 of
    latin1+utf16."""
    to = move.destination.string_encoding
    memories = (move.source_memory, move.destination_memory)
    key = ("move string", encoding, to, memories, move.destination.realloc, move.instance)
    name = f"{encoding}_to_{to}/{move.src[1:]}/{move.dst[1:]}"
    return move.scope.helper(key, name, lambda name: _move(move, encoding, name))


def _move(move: Move, encoding: str, name: str) -> Block:
    head = f"(func {name} (param $ptr @S) (param $units @S) (param $site i32) (result @D @D)"
    return block(head, _body(move, encoding), move.source.pointer, move.destination.pointer)


def _body(move: Move, encoding: str) -> str:
    to = move.destination.string_encoding
    if encoding == "latin1+utf16":
        return _by_tag(move)
    if (same := COPIES.get((encoding, to))) is not None:
        return copy_string(move, *same)
    return allocated(move, *_first_realloc(move, encoding), _rest_function(move, encoding))


def _first_realloc(move: Move, encoding: str) -> tuple[int, int]:
    """The alignment and the bytes a unit."""
    to = move.destination.string_encoding
    return 1 if to == "utf8" else 2, 2 if to == "utf16" or encoding == "tagged" else 1


def _rest_function(move: Move, encoding: str) -> str:
    """The function that goes on after the first realloc; see `strings_move`."""
    to = move.destination.string_encoding
    memories = (move.source_memory, move.destination_memory)
    key = ("move rest of string", encoding, to, memories, move.destination.realloc, move.instance)
    name = f"{encoding}_to_{to}.rest/{move.src[1:]}/{move.dst[1:]}"
    return move.scope.helper(key, name, lambda name: _rest(move, encoding, name))


def _rest(move: Move, encoding: str, name: str) -> Block:
    head = f"(func {name} (param $ptr @S) (param $count i32) (param $out @D) (param $site i32) (result @D @D)"
    return block(head, _rest_body(move, encoding), move.source.pointer, move.destination.pointer)


def _rest_body(move: Move, encoding: str) -> str:
    match encoding, move.destination.string_encoding:
        case "utf16", "utf8":
            return utf16_to_utf8(move)
        case "latin1", "utf8":
            return latin1_to_utf8(move)
        case "utf8", "utf16":
            return utf8_to_utf16(move)
        case "latin1", "utf16":
            return latin1_to_utf16(move)
        case "utf8", "latin1+utf16":
            return utf8_to_latin1_or_utf16(move)
        case "utf16", "latin1+utf16":
            return utf16_to_latin1_or_utf16(move)
        case "tagged", "latin1+utf16":
            return tagged_to_latin1_or_utf16(move)
    raise LinkError(f"no string goes from {encoding} to {move.destination.string_encoding}")


def _by_tag(move: Move) -> str:
    tagged = "tagged" if move.destination.string_encoding == "latin1+utf16" else "utf16"
    latin1, utf16 = _move_function(move, "latin1"), _move_function(move, tagged)
    return f"""
        ;; the tag is the highest bit, and means UTF-16
        (if (@S.ge_s (local.get $units) (@S.const 0))
          (then (return_call {latin1} (local.get $ptr) (local.get $units) (local.get $site))))
        (return_call {utf16}
          (local.get $ptr)
          (@S.xor (local.get $units) (@S.const {utf16_tag(move.source.pointer):#x}))
          (local.get $site))
    """
