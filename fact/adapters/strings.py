"""Strings in adapter modules: a function that checks one, and a function that moves a checked one.

CanonicalABI.md, "Loading" (load_string_from_range) and "Storing" (store_string_into_range). What is short and plain is
done on the spot; the rest by `support/*.wat`, which neither traps nor allocates.
"""

from __future__ import annotations

from fact.adapters.scope import ModuleScope, needed
from fact.adapters.strings_check import check_latin1_or_utf16, check_utf8, check_utf16
from fact.adapters.strings_move import Move, move_body
from fact.adapters.strings_text import block
from fact.adapters.wat import Block
from fact.model.plan import Options


def check_function(scope: ModuleScope, source: Options) -> str:
    """The function `(param $ptr P) (param $units P) (param $site i32)` that traps unless there is a string of the
    memory and encoding of *source*: too long, misaligned, out of bounds, not valid, in this order. P is the type of
    addresses in that memory; *units* is as the guest has it, tagged."""
    encoding, memory = source.string_encoding, needed(source.memory, "memory")
    key = ("check string", encoding, memory)
    return scope.helper(key, f"check.{encoding}/{scope.memory(memory)[1:]}", lambda name: _check(scope, source, name))


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
