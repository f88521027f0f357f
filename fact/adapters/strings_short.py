"""Short strings of plain text, moved without a call.

Where the ends of a string are long enough, from both ends, in two pieces that may overlap. Shorter ones with loads and
stores that go beyond them: what they cover besides the string is written again as it is, and the memory has room.
"""

from __future__ import annotations

from fact.adapters.strings_parts import Move, twice
from fact.adapters.strings_text import memory_bytes
from fact.model.types import PtrType


def widen_short(move: Move, other: str, others: str) -> str:
    """Returns up to 16 bytes as units, unless there is something else: the i32 *other* says so of the first `$count`
    bytes of `$v`, *others* of the units in `$v` and `$w`."""
    src, dst = move.src, move.dst
    return f"""
        (if (i32.le_u (i32.sub (local.get $count) (i32.const 8)) (i32.const 8))
          (then
            (local.set $v (v128.load8x8_u {src} (local.get $ptr)))
            (local.set $w (v128.load8x8_u {src} {_last("S", "$ptr", "(local.get $count)", 8)}))
            (if (i32.eqz {others})
              (then
                (v128.store {dst} (local.get $out) (local.get $v))
                (v128.store {dst} {_last("D", "$out", twice("$count"), 16)} (local.get $w))
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
    above = f"(i16x8.bitmask (i16x8.gt_u (local.get $v) (i16x8.splat (i32.const {most:#x}))))"
    return f"""
        (if (i32.le_u (i32.sub (local.get $count) (i32.const 4)) (i32.const 4))
          (then
            (local.set $v (v128.load64_zero {src} (local.get $ptr)))
            (local.set $w (v128.load64_zero {src} {_last("S", "$ptr", twice("$count"), 8)}))
            (if (i32.eqz {units_with(0xFFFF - most)})
              (then
                (v128.store32_lane {dst} 0 (local.get $out) {_narrowed("$v")})
                (v128.store32_lane {dst} 0 {_last("D", "$out", "(local.get $count)", 4)} {_narrowed("$w")})
                (local.set {length} (local.get $count))
                (br $known)))))
        (if (i32.le_u (local.get $count) (i32.const 8))
          (then
            (if (i32.and
                  {_room(src, move.source.pointer, "$ptr", 16)}
                  {_room(dst, move.destination.pointer, "$out", 8)})
              (then
                (local.set $v (v128.load {src} (local.get $ptr)))
                (local.set {length} {_before(above)})
                (v128.store64_lane {dst} 0 (local.get $out)
                  (v128.bitselect {_narrowed("$v")} (v128.load64_zero {dst} (local.get $out)) {_first(length)}))
                (br $known))))
          (else
            (if (i32.le_u (local.get $count) (i32.const 16))
              (then
                (local.set $v (v128.load {src} (local.get $ptr)))
                (local.set $w (v128.load {src} {_last("S", "$ptr", twice("$count"), 16)}))
                (if (i32.eqz {units_with(0xFFFF - most)})
                  (then
                    (v128.store64_lane {dst} 0 (local.get $out) {_narrowed("$v")})
                    (v128.store64_lane {dst} 0 {_last("D", "$out", "(local.get $count)", 8)} {_narrowed("$w")})
                    (local.set {length} (local.get $count))
                    (br $known)))))))
    """


def copy_short(move: Move, length: str, most: int) -> str:
    """Of up to *most* bytes stores the ASCII in front, sets local *length* to its length and leaves `$known`. Stores up
    to 16, if all is ASCII, and does the same."""
    src, dst = move.src, move.dst
    last = f"(i64.load {src} {_last('S', '$ptr', '(local.get $count)', 8)})"
    return f"""
        (if (i32.le_u (i32.sub (local.get $count) (i32.const 8)) (i32.const 8))
          (then
            (if (i64.eqz
                  (i64.and (i64.or (i64.load {src} (local.get $ptr)) {last}) (i64.const 0x8080808080808080)))
              (then
                (i64.store {dst} (local.get $out) (i64.load {src} (local.get $ptr)))
                (i64.store {dst} {_last("D", "$out", "(local.get $count)", 8)} {last})
                (local.set {length} (local.get $count))
                (br $known)))))
        (if (i32.le_u (local.get $count) (i32.const {most}))
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


def units_with(bits: int) -> str:
    """Whether some unit of `$v` or `$w` has one of *bits*."""
    return f"(v128.any_true (v128.and (v128.or (local.get $v) (local.get $w)) (i16x8.splat (i32.const {bits:#x}))))"


def _narrowed(local: str) -> str:
    return f"(i8x16.narrow_i16x8_u (local.get {local}) (local.get {local}))"


def _before(mask: str) -> str:
    """How many of the first `$count` lanes come before the first that has a bit in *mask*."""
    return f"(i32.ctz (i32.or {mask} (i32.shl (i32.const 1) (local.get $count))))"


def _first(length: str) -> str:
    """The first bytes, as many as the local *length* says."""
    lanes = "(v128.const i8x16 0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15)"
    return f"(i8x16.lt_s {lanes} (i8x16.splat (local.get {length})))"


def _last(side: str, start: str, length: str, count: int) -> str:
    """The address of the last *count* of *length* bytes, an i32, from local *start* on: on *side* S or D."""
    return f"(@{side}.sub (@{side}.add (local.get {start}) (@{side}.extend_i32_u {length})) (@{side}.const {count}))"


def _room(memory: str, pointer: PtrType, local: str, bytes: int) -> str:
    """Whether *bytes* bytes at the address in *local*, which is inside it, are inside *memory*."""
    extend = "i64.extend_i32_u" if pointer == "i32" else "i64.extend_i64_u"
    return f"(i64.le_u (i64.add ({extend} (local.get {local})) (i64.const {bytes})) {memory_bytes(memory, pointer)})"
