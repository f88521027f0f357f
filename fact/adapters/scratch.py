"""A memory of our own between source and destination, for calls within one component instance.

There both may be the same memory, and lowering, or a realloc that lowering calls, may overwrite what is still to be
read. Such calls move everything to the scratch memory first, as it is, and from there to where it goes: the same
results as if everything were lifted before anything is lowered.
"""

from __future__ import annotations

from dataclasses import replace

from fact.adapters.copying import copy_helper
from fact.adapters.memory import Place, constant
from fact.adapters.scope import ModuleScope, needed
from fact.adapters.wat import Block, get
from fact.model.plan import SCRATCH, Options
from fact.model.types import CoreFuncType, PtrType

_WAT = """;; scratch memory with {p} addresses: what is allocated is released all at once
(module
  (memory (export "memory"){index_type} 1)
  (global $top (mut {p}) ({p}.const 0))

  ;; $size bytes, aligned to $align, a power of two
  (func (export "allocate") (param $align {p}) (param $size {p}) (result {p})
    (local $start {p}) (local $pages {p})
    (local.set $start ({p}.and
      ({p}.add (global.get $top) ({p}.sub (local.get $align) ({p}.const 1)))
      ({p}.sub ({p}.const 0) (local.get $align))))
    (global.set $top ({p}.add (local.get $start) (local.get $size)))
    (if ({p}.lt_u (global.get $top) (local.get $start)) (then (unreachable)))
    (local.set $pages ({p}.sub
      ({p}.add ({p}.shr_u (global.get $top) ({p}.const 16)) ({p}.const 1))
      (memory.size)))
    (if ({p}.gt_s (local.get $pages) ({p}.const 0))
      (then (if ({p}.eq (memory.grow (local.get $pages)) ({p}.const -1)) (then (unreachable)))))
    (local.get $start))

  (func (export "top") (result {p}) (global.get $top))
  (func (export "release") (param $top {p}) (global.set $top (local.get $top))))
"""

def scratch_options(source: Options) -> Options:
    """For values that are on their way from *source*: encoding and pointers as there."""
    return replace(source, memory=SCRATCH[source.pointer], realloc=None, post_return=None)


def allocate(scope: ModuleScope, p: PtrType) -> str:
    """The function (align, size) -> address."""
    return _function(scope, p, "allocate", CoreFuncType((p, p), (p,)))


def top(scope: ModuleScope, p: PtrType) -> str:
    """The function () -> what `release` is given to release all that is allocated from now on."""
    return _function(scope, p, "top", CoreFuncType((), (p,)))


def release(scope: ModuleScope, p: PtrType) -> str:
    return _function(scope, p, "release", CoreFuncType((p,), ()))


def _function(scope: ModuleScope, p: PtrType, name: str, t: CoreFuncType) -> str:
    wat = _WAT.format(p=p, index_type=" i64" if p == "i64" else "")
    return scope.support(SCRATCH[p].name, wat, (), name, t)


def string_helper(scope: ModuleScope, source: Options, scratch: Options) -> str:
    """The function that copies a checked string as it is: pointer, units and site to pointer and units."""
    p = source.pointer
    units = get("$units")
    one_byte = source.string_encoding == "utf8"
    doubled = f"({p}.shl {units} {constant(p, 1)})"  # the tag falls off
    match source.string_encoding:
        case "utf8":
            size = units
        case "utf16":
            size = doubled
        case _:
            size = f"(select {doubled} {units} ({p}.lt_s {units} {constant(p, 0)}))"
    s = Place(scope.memory(needed(source.memory, "memory")), p, "$ptr")
    d = Place(scope.memory(needed(scratch.memory, "memory")), p, "$new")

    def build(identifier: str) -> Block:
        align = constant(p, 1 if one_byte else 2)
        head = f"(func {identifier} (param $ptr {p}) (param $units {p}) (param $site i32) (result {p} {p})"
        return Block(head, (
            f"(local $size {p}) (local $new {p})",
            f"(local.set $size {size})",
            f"(local.set $new (call {allocate(scope, p)} {align} {get('$size')}))",
            f"(call {copy_helper(scope, s, d)} {get('$new')} {get('$ptr')} {get('$size')})",
            get("$new"),
            units,
        ))

    key = ("stage string", source.string_encoding, source.memory)
    return scope.helper(key, f"stage.string.{s.memory[1:]}", build)
