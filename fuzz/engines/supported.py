"""What `fact` supports, in the words of the README's table."""

from __future__ import annotations

SUPPORTED: tuple[str, ...] = (
    "bool", "s8", "u8", "s16", "u16", "s32", "u32", "s64", "u64", "f32", "f64", "char",
    "string", "list", "fixed-length list", "map", "record", "tuple", "variant", "enum", "option", "result", "flags",
    "utf8", "utf16", "latin1+utf16", "64-bit memories", "spilled parameters and results",
    "post-return", "nested components", "outer aliases", "host imports", "start functions",
    "resource types", "own", "borrow", "resource.new", "resource.rep", "resource.drop",
    "context.get and context.set", "context.get and context.set of slot 1",
    "imported core modules", "imported components",
)
