"""The bodies of the functions that move a checked string; parameters `$ptr`, `$units`, `$site`, results address and units.

CanonicalABI.md, "Storing": store_string_into_range, one function here for each there, with its calls of realloc in its
order. Short strings of plain text are moved without a call: a store that covers more than the string writes again what is
there.
"""

from __future__ import annotations

from dataclasses import dataclass

from fact.adapters.scope import ModuleScope, needed
from fact.adapters.strings_text import block, memory_bytes, support_text, utf16_tag
from fact.adapters.wat import Block
from fact.model.plan import InstanceExport, Options
from fact.model.types import CoreFuncType, PtrType


@dataclass(frozen=True, slots=True)
class Move:
    """From a memory to another, whose realloc runs in component instance *instance*."""

    scope: ModuleScope
    source: Options
    destination: Options
    instance: int

    # -- what bodies are made of

    @property
    def source_memory(self) -> InstanceExport:
        return needed(self.source.memory, "memory")

    @property
    def destination_memory(self) -> InstanceExport:
        return needed(self.destination.memory, "memory")

    @property
    def src(self) -> str:
        return self.scope.memory(self.source_memory)

    @property
    def dst(self) -> str:
        return self.scope.memory(self.destination_memory)

    @property
    def tag(self) -> str:
        return f"{utf16_tag(self.destination.pointer):#x}"

    def allocate(self, alignment: int, size: str) -> str:
        """The block `$out` of *size* bytes, an i32."""
        return self._realloc("(@D.const 0)", "(@D.const 0)", alignment, f"(@D.extend_i32_u {size})")

    def reallocate(self, old_size: str, alignment: int, size: str) -> str:
        """`$out` to *size* bytes, an i32, from *old_size*."""
        old = f"(@D.extend_i32_u {old_size})"
        return self._realloc("(local.get $out)", old, alignment, f"(@D.extend_i32_u {size})")

    def _realloc(self, old: str, old_size: str, alignment: int, size: str) -> str:
        realloc = self.scope.realloc_helper(self.destination, self.instance)
        return f"(local.set $out (call {realloc} {old} {old_size} (i32.const {alignment}) {size} (local.get $site)))"

    def support(self, module: str, function: str, results: int) -> str:
        """A function from source to destination: parameters source address, units, destination address."""
        s, d = self.source.pointer, self.destination.pointer
        memories = (self.source_memory, self.destination_memory)
        t = CoreFuncType((s, "i32", d), ("i32",) * results)
        return self.scope.support(f"{module}.{s}.{d}", support_text(module, s, d), memories, function, t)

    def inflate(self) -> str:
        """The function that makes units of bytes where they are: parameters address and bytes."""
        d = self.destination.pointer
        text = support_text("inflate", d, d)
        t = CoreFuncType((d, "i32"), ())
        return self.scope.support(f"inflate.{d}", text, (self.destination_memory,), "inflate", t)

    def copy(self) -> str:
        """The function that copies bytes: parameters source address, bytes, destination address."""
        key = ("copy bytes", self.source_memory, self.destination_memory)
        return self.scope.helper(key, f"copy/{self.src[1:]}/{self.dst[1:]}", self._copy)

    def _copy(self, name: str) -> Block:
        s, d = self.source.pointer, self.destination.pointer
        return block(f"(func {name} (param $from @S) (param $bytes i32) (param $to @D)", copy_body(self), s, d)


# -- store_string_copy


def copy_string(move: Move, unit: int, alignment: int) -> str:
    """Units of *unit* bytes as they are."""
    return f"""
        (local $out @D) (local $bytes i32)
        (local.set $bytes (i32.shl (i32.wrap_@S (local.get $units)) (i32.const {unit - 1})))
        {move.allocate(alignment, "(local.get $bytes)")}
        (if (i32.le_u (i32.sub (local.get $bytes) (i32.const 8)) (i32.const 8))
          (then
            {_piece(move, "$ptr", "$out", "i64.load", "i64.store", 0)}
            {_piece(move, "$ptr", "$out", "i64.load", "i64.store", 8)})
          (else
            (call {move.copy()} (local.get $ptr) (local.get $bytes) (local.get $out))))
        (local.get $out)
        (@D.extend_i32_u (i32.wrap_@S (local.get $units)))
    """


def copy_body(move: Move) -> str:
    """Up to 64 bytes in two or four pieces that may overlap."""
    s, d = move.source.pointer, move.destination.pointer
    length = "(local.get $bytes)" if "i32" in (s, d) else "(i64.extend_i32_u (local.get $bytes))"

    def piece(load: str, store: str, back: int, forth: int = 0) -> str:
        return _piece(move, "$from", "$to", load, store, back, forth)

    return f"""
        (if (i32.le_u (local.get $bytes) (i32.const 16))
          (then
            (if (i32.ge_u (local.get $bytes) (i32.const 8))
              (then
                {piece("i64.load", "i64.store", 0)}
                {piece("i64.load", "i64.store", 8)}
                (return)))
            (if (i32.ge_u (local.get $bytes) (i32.const 4))
              (then
                {piece("i32.load", "i32.store", 0)}
                {piece("i32.load", "i32.store", 4)}
                (return)))
            (if (i32.ge_u (local.get $bytes) (i32.const 2))
              (then
                {piece("i32.load16_u", "i32.store16", 0)}
                {piece("i32.load16_u", "i32.store16", 2)}
                (return)))
            (if (local.get $bytes)
              (then
                {piece("i32.load8_u", "i32.store8", 0)}))
            (return)))
        (if (i32.le_u (local.get $bytes) (i32.const 64))
          (then
            {piece("v128.load", "v128.store", 0)}
            (if (i32.gt_u (local.get $bytes) (i32.const 32))
              (then
                {piece("v128.load", "v128.store", 0, 16)}
                {piece("v128.load", "v128.store", 32)}))
            {piece("v128.load", "v128.store", 16)}
            (return)))
        (memory.copy {move.dst} {move.src} (local.get $to) (local.get $from) {length})
    """


def _piece(move: Move, source: str, target: str, load: str, store: str, back: int, forth: int = 0) -> str:
    """Copies one piece of `$bytes` from the address in local *source* to that in *target*: *forth* bytes after the
    start or, if that is not 0, *back* bytes before the end."""
    src, dst = move.src, move.dst
    start, there = f"(local.get {source})", f"(local.get {target})"
    if back:
        start = f"(@S.sub (@S.add {start} (@S.extend_i32_u (local.get $bytes))) (@S.const {back}))"
        there = f"(@D.sub (@D.add {there} (@D.extend_i32_u (local.get $bytes))) (@D.const {back}))"
    offset = f" offset={forth}" if forth else ""
    return f"({store} {dst}{offset} {there} ({load} {src}{offset} {start}))"


def latin1_to_utf16(move: Move) -> str:
    return f"""
        (local $out @D) (local $count i32) (local $v v128)
        (local.set $count (i32.wrap_@S (local.get $units)))
        {move.allocate(2, _twice("$count"))}
        {_widen_short(move, "(i32.const 0)")}
        (call {move.support("latin1-to-utf16", "widen", 0)} (local.get $ptr) (local.get $count) (local.get $out))
        (local.get $out)
        (@D.extend_i32_u (local.get $count))
    """


# -- store_utf8_to_utf16


def utf8_to_utf16(move: Move) -> str:
    lanes = "(i32.sub (i32.shl (i32.const 1) (local.get $count)) (i32.const 1))"
    not_ascii = f"(i32.and (i8x16.bitmask (local.get $v)) {lanes})"
    return f"""
        (local $out @D) (local $count i32) (local $written i32) (local $v v128) (local $w v128)
        (local.set $count (i32.wrap_@S (local.get $units)))
        {move.allocate(2, _twice("$count"))}
        {_widen_short(move, not_ascii)}
        (local.set $written
          (call {move.support("utf8-to-utf16", "transcode", 1)} (local.get $ptr) (local.get $count) (local.get $out)))
        (if (i32.lt_u (local.get $written) (local.get $count))
          (then
            {move.reallocate(_twice("$count"), 2, _twice("$written"))}))
        (local.get $out)
        (@D.extend_i32_u (local.get $written))
    """


# -- store_string_to_utf8


def latin1_to_utf8(move: Move) -> str:
    return _to_utf8(move, 1, "latin1-to-utf8", "latin1-to-utf8", _copy_short(move, "$ascii"))


def utf16_to_utf8(move: Move) -> str:
    return _to_utf8(move, 2, "utf16-narrow", "utf16-to-utf8", _narrow_short(move, 0x7F, "$ascii"))


def _to_utf8(move: Move, unit: int, prefix: str, rest: str, short: str) -> str:
    """From units of *unit* bytes, of which each makes *unit* + 1 bytes at most."""
    most = f"(i32.mul (local.get $count) (i32.const {unit + 1}))"
    return f"""
        (local $out @D) (local $count i32) (local $ascii i32) (local $written i32) (local $v v128) (local $w v128)
        (local.set $count (i32.wrap_@S (local.get $units)))
        {move.allocate(1, "(local.get $count)")}
        (block $known
          {short}
          (local.set $ascii
            (call {move.support(prefix, "ascii", 1)} (local.get $ptr) (local.get $count) (local.get $out))))
        (if (i32.eq (local.get $ascii) (local.get $count))
          (then (return (local.get $out) (@D.extend_i32_u (local.get $count)))))
        ;; the first that is not ASCII: the worst case, and what is left
        {move.reallocate("(local.get $count)", 1, most)}
        (local.set $written
          (i32.add
            (local.get $ascii)
            (call {move.support(rest, "transcode", 1)}
              (@S.add (local.get $ptr) (@S.extend_i32_u (i32.mul (local.get $ascii) (i32.const {unit}))))
              (i32.sub (local.get $count) (local.get $ascii))
              (@D.add (local.get $out) (@D.extend_i32_u (local.get $ascii))))))
        (if (i32.lt_u (local.get $written) {most})
          (then {move.reallocate(most, 1, "(local.get $written)")}))
        (local.get $out)
        (@D.extend_i32_u (local.get $written))
    """


# -- store_string_to_latin1_or_utf16


def utf8_to_latin1_or_utf16(move: Move) -> str:
    return f"""
        (local $out @D) (local $count i32) (local $read i32) (local $written i32)
        (local.set $count (i32.wrap_@S (local.get $units)))
        {move.allocate(2, "(local.get $count)")}
        (block $known
          {_copy_short(move, "$read")}
          (local.set $read (i32.const 0)))
        (local.set $written (local.get $read))
        (if (i32.lt_u (local.get $read) (local.get $count))
          (then
            (call {move.support("utf8-to-latin1", "transcode", 2)}
              (@S.add (local.get $ptr) (@S.extend_i32_u (local.get $read)))
              (i32.sub (local.get $count) (local.get $read))
              (@D.add (local.get $out) (@D.extend_i32_u (local.get $read))))
            (local.set $written (i32.add (local.get $written)))
            (local.set $read (i32.add (local.get $read)))))
        (if (i32.lt_u (local.get $read) (local.get $count))
          (then
            {_inflate(move)}
            (local.set $written
              (i32.add
                (local.get $written)
                (call {move.support("utf8-to-utf16", "transcode", 1)}
                  (@S.add (local.get $ptr) (@S.extend_i32_u (local.get $read)))
                  (i32.sub (local.get $count) (local.get $read))
                  (@D.add (local.get $out) (@D.extend_i32_u (i32.shl (local.get $written) (i32.const 1)))))))
            (if (i32.lt_u (local.get $written) (local.get $count))
              (then {move.reallocate(_twice("$count"), 2, _twice("$written"))}))
            (return (local.get $out) (@D.or (@D.extend_i32_u (local.get $written)) (@D.const {move.tag})))))
        (if (i32.lt_u (local.get $written) (local.get $count))
          (then {move.reallocate("(local.get $count)", 2, "(local.get $written)")}))
        (local.get $out)
        (@D.extend_i32_u (local.get $written))
    """


def utf16_to_latin1_or_utf16(move: Move) -> str:
    return f"""
        (local $out @D) (local $count i32) (local $written i32) (local $v v128) (local $w v128)
        (local.set $count (i32.wrap_@S (local.get $units)))
        {move.allocate(2, "(local.get $count)")}
        (block $known
          {_narrow_short(move, 0xFF, "$written")}
          (local.set $written
            (call {move.support("utf16-narrow", "latin1", 1)} (local.get $ptr) (local.get $count) (local.get $out))))
        (if (i32.eq (local.get $written) (local.get $count))
          (then (return (local.get $out) (@D.extend_i32_u (local.get $count)))))
        {_inflate(move)}
        ;; the rest is as it should be: there are as many units as in the source, and nothing to shrink
        (call {move.copy()}
          (@S.add (local.get $ptr) (@S.extend_i32_u {_twice("$written")}))
          (i32.shl (i32.sub (local.get $count) (local.get $written)) (i32.const 1))
          (@D.add (local.get $out) (@D.extend_i32_u {_twice("$written")})))
        (local.get $out)
        (@D.or (@D.extend_i32_u (local.get $count)) (@D.const {move.tag}))
    """


def _inflate(move: Move) -> str:
    """The first character past 0xff: the worst case, and the `$written` bytes so far become units."""
    return f"""
        {move.reallocate("(local.get $count)", 2, _twice("$count"))}
        (call {move.inflate()} (local.get $out) (local.get $written))
    """


# -- store_probably_utf16_to_latin1_or_utf16


def tagged_to_latin1_or_utf16(move: Move) -> str:
    """Where all is Latin-1, what the specification leaves is the Latin-1 and behind it the second half of the UTF-16."""
    return f"""
        (local $out @D) (local $count i32)
        (local.set $count (i32.wrap_@S (local.get $units)))
        {move.allocate(2, _twice("$count"))}
        (if (i32.eq
              (call {move.support("utf16-narrow", "latin1", 1)} (local.get $ptr) (local.get $count) (local.get $out))
              (local.get $count))
          (then
            (call {move.copy()}
              (@S.add (local.get $ptr) (@S.extend_i32_u (local.get $count)))
              (local.get $count)
              (@D.add (local.get $out) (@D.extend_i32_u (local.get $count))))
            {move.reallocate(_twice("$count"), 1, "(local.get $count)")}
            (return (local.get $out) (@D.extend_i32_u (local.get $count)))))
        (call {move.copy()} (local.get $ptr) {_twice("$count")} (local.get $out))
        (local.get $out)
        (@D.or (@D.extend_i32_u (local.get $count)) (@D.const {move.tag}))
    """


# -- short strings


def _widen_short(move: Move, other: str) -> str:
    """Returns up to 16 bytes as units, unless *other*, an i32, says that these in `$v` are something else."""
    src, dst = move.src, move.dst
    return f"""
        (if (i32.le_u (local.get $count) (i32.const 16))
          (then
            (if (i32.and
                  {_room(src, move.source.pointer, "$ptr", 16)}
                  {_room(dst, move.destination.pointer, "$out", 32)})
              (then
                (local.set $v (v128.load {src} (local.get $ptr)))
                (if (i32.eqz {other})
                  (then
                    (v128.store {dst} (local.get $out)
                      (v128.bitselect
                        (i16x8.extend_low_i8x16_u (local.get $v))
                        (v128.load {dst} (local.get $out))
                        (i16x8.lt_s (v128.const i16x8 0 1 2 3 4 5 6 7) (i16x8.splat (local.get $count)))))
                    (if (i32.gt_u (local.get $count) (i32.const 8))
                      (then
                        (v128.store {dst} offset=16 (local.get $out)
                          (v128.bitselect
                            (i16x8.extend_high_i8x16_u (local.get $v))
                            (v128.load {dst} offset=16 (local.get $out))
                            (i16x8.lt_s
                              (v128.const i16x8 8 9 10 11 12 13 14 15)
                              (i16x8.splat (local.get $count)))))))
                    (return (local.get $out) (@D.extend_i32_u (local.get $count)))))))))
    """


def _narrow_short(move: Move, most: int, length: str) -> str:
    """Of up to 8 units stores as bytes those in front of the first above *most*, sets local *length* to their number and
    leaves `$known`. Stores up to 16, if none is above *most*, and does the same."""
    src, dst = move.src, move.dst
    last = f"(@S.sub (@S.add (local.get $ptr) (@S.extend_i32_u {_twice('$count')})) (@S.const 16))"
    last_out = "(@D.sub (@D.add (local.get $out) (@D.extend_i32_u (local.get $count))) (@D.const 8))"
    return f"""
        (if (i32.le_u (local.get $count) (i32.const 8))
          (then
            (if (i32.and
                  {_room(src, move.source.pointer, "$ptr", 16)}
                  {_room(dst, move.destination.pointer, "$out", 8)})
              (then
                (local.set $v (v128.load {src} (local.get $ptr)))
                (local.set {length}
                  {_before("(i16x8.bitmask (i16x8.gt_u (local.get $v) (i16x8.splat (i32.const " + hex(most) + "))))")})
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


def _copy_short(move: Move, length: str) -> str:
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
    address = f"(i64.extend_i32_u (local.get {local}))" if pointer == "i32" else f"(local.get {local})"
    return f"(i64.le_u (i64.add {address} (i64.const {bytes})) {memory_bytes(memory, pointer)})"


def _twice(local: str) -> str:
    return f"(i32.shl (local.get {local}) (i32.const 1))"
