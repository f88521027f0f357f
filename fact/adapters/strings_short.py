"""Short strings of plain text, moved without a call: what a store covers besides the string is written again as it is.

Loads and stores of 16 or 32 bytes happen only where the memory has room for them.
"""

from __future__ import annotations

from fact.adapters.strings_parts import Move, twice
from fact.adapters.strings_text import memory_bytes
from fact.model.types import PtrType


def widen_short(move: Move, other: str, others: str) -> str:
    """Returns up to 16 bytes as units, unless *other* says that among the bytes in `$v` is something else, or *others*
    that it is among the units in `$v` and `$w`: an i32 each."""
    src, dst = move.src, move.dst
    return f"""
        (if (i32.le_u (i32.sub (local.get $count) (i32.const 8)) (i32.const 8))
          (then
            (local.set $v (v128.load8x8_u {src} (local.get $ptr)))
            (local.set $w (v128.load8x8_u {src} {_last("@S", "$ptr", "(local.get $count)", 8)}))
            (if (i32.eqz {others})
              (then
                (v128.store {dst} (local.get $out) (local.get $v))
                (v128.store {dst} {_last("@D", "$out", twice("$count"), 16)} (local.get $w))
                (return (local.get $out) (@D.extend_i32_u (local.get $count)))))))
        (if (i32.lt_u (local.get $count) (i32.const 8))
          (then
            (if (i32.and
                  {_room(src, move.source.pointer, "$ptr", 16)}
                  {_room(dst, move.destination.pointer, "$out", 16)})
              (then
                (local.set $v (v128.load {src} (local.get $ptr)))
                (if (i32.eqz {other})
                  (then
                    (v128.store {dst} (local.get $out)
                      (v128.bitselect
                        (i16x8.extend_low_i8x16_u (local.get $v))
                        (v128.load {dst} (local.get $out))
                        (i16x8.lt_s (v128.const i16x8 0 1 2 3 4 5 6 7) (i16x8.splat (local.get $count)))))
                    (return (local.get $out) (@D.extend_i32_u (local.get $count)))))))))
    """


def narrow_short(move: Move, most: int, length: str) -> str:
    """Of up to 8 units stores as bytes those in front of the first above *most*, sets local *length* to their number
    and leaves `$known`. Stores up to 16, if none is above *most*, and does the same."""
    src, dst = move.src, move.dst
    last = f"(@S.sub (@S.add (local.get $ptr) (@S.extend_i32_u {twice('$count')})) (@S.const 16))"
    above = f"(i16x8.bitmask (i16x8.gt_u (local.get $v) (i16x8.splat (i32.const {most:#x}))))"
    last_out = "(@D.sub (@D.add (local.get $out) (@D.extend_i32_u (local.get $count))) (@D.const 8))"
    return f"""
        (if (i32.le_u (i32.sub (local.get $count) (i32.const 4)) (i32.const 4))
          (then
            (local.set $v (v128.load64_zero {src} (local.get $ptr)))
            (local.set $w (v128.load64_zero {src} {_last("@S", "$ptr", twice("$count"), 8)}))
            (if (i32.eqz {above_in_either})
              (then
                (v128.store32_lane {dst} 0 (local.get $out) {narrowed("$v")})
                (v128.store32_lane {dst} 0 {_last("@D", "$out", "(local.get $count)", 4)} {narrowed("$w")})
                (local.set {length} (local.get $count))
                (br $known)))))
        (if (i32.le_u (local.get $count) (i32.const 8))
          (then
            (if (i32.and
                  {_room(src, move.source.pointer, "$ptr", 16)}
                  {_room(dst, move.destination.pointer, "$out", 8)})
              (then
                (local.set $v (v128.load {src} (local.get $ptr)))
                (local.set {length}
                  {_before(above)})
                (v128.store64_lane {dst} 0 (local.get $out)
                  (v128.bitselect
                    (i8x16.narrow_i16x8_u (local.get $v) (local.get $v))
                    (v128.load64_zero {dst} (local.get $out))
                    {_first(length)}))
                (br $known))))
          (else
            (if (i32.le_u (local.get $count) (i32.const 16))
              (then
                (local.set $v (v128.load {src} (local.get $ptr)))
                (local.set $w (v128.load {src} {last}))
                (if (i32.eqz
                      (v128.any_true
                        (v128.and
                          (v128.or (local.get $v) (local.get $w))
                          (i16x8.splat (i32.const {0xFFFF - most:#x})))))
                  (then
                    (v128.store64_lane {dst} 0 (local.get $out)
                      (i8x16.narrow_i16x8_u (local.get $v) (local.get $v)))
                    (v128.store64_lane {dst} 0 {last_out} (i8x16.narrow_i16x8_u (local.get $w) (local.get $w)))
                    (local.set {length} (local.get $count))
                    (br $known)))))))
    """


def copy_short(move: Move, length: str) -> str:
    """Of up to 16 bytes stores the ASCII in front, sets local *length* to its length and leaves `$known`."""
    src, dst = move.src, move.dst
    return f"""
        (if (i32.le_u (local.get $count) (i32.const 16))
          (then
            (if (i32.and
                  {_room(src, move.source.pointer, "$ptr", 16)}
                  {_room(dst, move.destination.pointer, "$out", 16)})
              (then
                (local.set $v (v128.load {src} (local.get $ptr)))
                (local.set {length} {_before("(i8x16.bitmask (local.get $v))")})
                (v128.store {dst} (local.get $out)
                  (v128.bitselect (local.get $v) (v128.load {dst} (local.get $out)) {_first(length)}))
                (br $known)))))
    """


def _before(mask: str) -> str:
    """How many of the first `$count` lanes come before the first that has a bit in *mask*."""
    return f"(i32.ctz (i32.or {mask} (i32.shl (i32.const 1) (local.get $count))))"


def _first(length: str) -> str:
    """The first bytes, as many as the local *length* says."""
    lanes = "(v128.const i8x16 0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15)"
    return f"(i8x16.lt_s {lanes} (i8x16.splat (local.get {length})))"


def _room(memory: str, pointer: PtrType, local: str, bytes: int) -> str:
    """Whether *bytes* bytes at the address in *local*, which is inside it, are inside *memory*."""
    extend = "i64.extend_i32_u" if pointer == "i32" else "i64.extend_i64_u"
    return f"(i64.le_u (i64.add ({extend} (local.get {local})) (i64.const {bytes})) {memory_bytes(memory, pointer)})"
