"""The bodies of the functions that check strings; parameters `$ptr`, `$units`, `$site`.

CanonicalABI.md, "Loading": load_string_from_range. Short strings of plain text are recognised without a call: what is
read past their end is inside the memory, and does not count.
"""

from __future__ import annotations

from fact.adapters.scope import ModuleScope, needed
from fact.adapters.strings_text import memory_bytes, support_text, utf16_tag
from fact.model.plan import Options
from fact.model.traps import TrapReason
from fact.model.types import CoreFuncType

MAX_STRING_BYTE_LENGTH = (1 << 28) - 1



def check_utf8(scope: ModuleScope, source: Options) -> str:
    memory = scope.memory(needed(source.memory, "memory"))
    bytes = "(i32.wrap_@S (local.get $units))"
    return f"""
        (local $bytes i32) (local $size i64) (local $first i64)
        {_bounds(scope, source, MAX_STRING_BYTE_LENGTH, bytes, 1)}
        ;; up to 32 bytes of ASCII, from both ends if that is enough of them
        (if (i32.le_u (i32.sub (local.get $bytes) (i32.const 8)) (i32.const 8))
          (then
            (if (i64.eqz
                  (i64.and
                    (i64.or (i64.load {memory} (local.get $ptr)) (i64.load {memory} {_last(8)}))
                    (i64.const 0x8080808080808080)))
              (then (return)))))
        (if (i32.lt_u (local.get $bytes) (i32.const 8))
          (then
            (if (i64.le_u (i64.add (local.get $first) (i64.const 16)) (local.get $size))
              (then
                (if (i32.eqz
                      (i32.and
                        (i8x16.bitmask (v128.load {memory} (local.get $ptr)))
                        (i32.sub (i32.shl (i32.const 1) (local.get $bytes)) (i32.const 1))))
                  (then (return))))))
          (else
            (if (i32.le_u (i32.sub (local.get $bytes) (i32.const 17)) (i32.const 15))
              (then
                (if (i32.eqz
                      (i8x16.bitmask
                        (v128.or (v128.load {memory} (local.get $ptr)) (v128.load {memory} {_last(16)}))))
                  (then (return)))))))
        (if (i32.eqz (call {valid_function(scope, source, "utf8-check")} (local.get $ptr) (local.get $bytes)))
          (then {scope.trap(TrapReason.INVALID_UTF8, "(local.get $site)")} (unreachable)))
    """


def check_utf16(scope: ModuleScope, source: Options) -> str:
    memory = scope.memory(needed(source.memory, "memory"))
    bytes = "(i32.shl (i32.wrap_@S (local.get $units)) (i32.const 1))"
    first, last = _flipped(f"(v128.load {memory} (local.get $ptr))"), _flipped(f"(v128.load {memory} {_last(16)})")
    four = _flipped(f"(v128.load64_zero {memory} (local.get $ptr))")
    last_four = _flipped(f"(v128.load64_zero {memory} {_last(8)})")
    return f"""
        (local $bytes i32) (local $size i64) (local $first i64)
        {_bounds(scope, source, MAX_STRING_BYTE_LENGTH // 2, bytes, 2)}
        ;; up to 16 units without a surrogate, from both ends if that is enough of them;
        ;; surrogates xor 0xd800 are below 0x800
        (if (i32.le_u (i32.sub (local.get $bytes) (i32.const 8)) (i32.const 8))
          (then
            (if (i32.eqz
                  (v128.any_true
                    (i16x8.lt_u
                      (i16x8.min_u
                        {four}
                        {last_four})
                      (i16x8.splat (i32.const 0x800)))))
              (then (return)))))
        (if (i32.lt_u (local.get $bytes) (i32.const 8))
          (then
            (if (i64.le_u (i64.add (local.get $first) (i64.const 16)) (local.get $size))
              (then
                (if (i32.eqz
                      (i32.and
                        (i16x8.bitmask (i16x8.lt_u {first} (i16x8.splat (i32.const 0x800))))
                        (i32.sub
                          (i32.shl (i32.const 1) (i32.shr_u (local.get $bytes) (i32.const 1)))
                          (i32.const 1))))
                  (then (return))))))
          (else
            (if (i32.le_u (i32.sub (local.get $bytes) (i32.const 17)) (i32.const 15))
              (then
                (if (i32.eqz
                      (v128.any_true
                        (i16x8.lt_u
                          (i16x8.min_u
                            {first}
                            {last})
                          (i16x8.splat (i32.const 0x800)))))
                  (then (return)))))))
        (if (i32.eqz
              (call {valid_function(scope, source, "utf16-check")}
                (local.get $ptr)
                (i32.shr_u (local.get $bytes) (i32.const 1))))
          (then {scope.trap(TrapReason.INVALID_UTF16, "(local.get $site)")} (unreachable)))
    """


def check_latin1_or_utf16(scope: ModuleScope, source: Options, utf16: str) -> str:
    """*utf16* is the function that checks UTF-16 in the same memory."""
    bytes = "(i32.wrap_@S (local.get $units))"
    return f"""
        (local $bytes i32) (local $size i64) (local $first i64)
        ;; the tag is the highest bit, and means UTF-16
        (if (@S.lt_s (local.get $units) (@S.const 0))
          (then
            (return_call {utf16}
              (local.get $ptr)
              (@S.xor (local.get $units) (@S.const {utf16_tag(source.pointer):#x}))
              (local.get $site))))
        ;; all Latin-1 is valid
        {_bounds(scope, source, MAX_STRING_BYTE_LENGTH, bytes, 2)}
    """


def _bounds(scope: ModuleScope, source: Options, most: int, bytes: str, alignment: int) -> str:
    """Traps unless the string has *most* units at most, is aligned and inside the memory; sets `$bytes` to the
    expression *bytes*, `$first` to the address, `$size` to the memory's bytes."""
    memory = scope.memory(needed(source.memory, "memory"))
    site = "(local.get $site)"
    misaligned = f"""
        (if (i32.and (i32.wrap_@S (local.get $ptr)) (i32.const {alignment - 1}))
          (then {scope.trap(TrapReason.POINTER_MISALIGNED, site)} (unreachable)))"""
    outside = "(i64.gt_u (i64.add (local.get $first) (i64.extend_i32_u (local.get $bytes))) (local.get $size))"
    if source.pointer == "i64":
        # an address inside the memory and less than 2^28 bytes do not overflow
        outside = f"""
            (i32.or
              (i64.gt_u (local.get $first) (local.get $size))
              {outside})"""
    return f"""
        (if (@S.gt_u (local.get $units) (@S.const {most:#x}))
          (then {scope.trap(TrapReason.STRING_TOO_LONG, site)} (unreachable)))
        {misaligned if alignment > 1 else ""}
        (local.set $bytes {bytes})
        (local.set $first (i64.extend_@S_u (local.get $ptr)))
        (local.set $size {memory_bytes(memory, source.pointer)})
        (if {outside}
          (then {scope.trap(TrapReason.POINTER_OUT_OF_BOUNDS, site)} (unreachable)))
    """


def _last(count: int) -> str:
    """The address of the last *count* bytes."""
    return f"(@S.sub (@S.add (local.get $ptr) (@S.extend_i32_u (local.get $bytes))) (@S.const {count}))"


def _flipped(units: str) -> str:
    return f"(v128.xor {units} (i16x8.splat (i32.const 0xd800)))"


def valid_function(scope: ModuleScope, source: Options, module: str) -> str:
    """The function that says whether the content is valid: parameters address and units."""
    p = source.pointer
    return scope.support(
        f"{module}.{p}",
        support_text(module, p, p),
        (needed(source.memory, "memory"),),
        "valid",
        CoreFuncType((p, "i32"), ("i32",)),
    )
