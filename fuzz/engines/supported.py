"""What `fact` supports, in words that stand in the README's table."""

from __future__ import annotations

SUPPORTED: tuple[str, ...] = (
    "bool", "s8 .. s64", "u8 .. u64", "f32", "f64", "char",
    "record", "tuple", "variant", "enum", "option", "result", "flags", "list", "map", "list of fixed length",
    "string: utf8, utf16, latin1+utf16 on either side", "parameters past 16 and results past 1 flat value",
    "post-return", "32-bit memories", "64-bit memories",
    "nested components", "outer aliases of any depth", "core modules and components passed as arguments",
    "core modules imported by the root", "components imported by the root", "core instances from parts",
    "core start functions that call adapters", "host imports",
    "resource types with and without destructor", "the host's own resources", "own and borrow",
    "resource.new", "resource.drop", "resource.rep",
    "context.get, context.set: i32, slot 0", "context.get, context.set: slot 1, i64",
)
