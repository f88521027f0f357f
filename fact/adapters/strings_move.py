"""The bodies of the functions that move a checked string.

CanonicalABI.md, "Storing": store_string_into_range, one function here for each there, with its calls of realloc in its
order. Except where it says otherwise, the first realloc has been called: parameters `$ptr`, `$count` (the units, an
i32), `$out` (what realloc gave), `$site`; results address and units.
"""

from __future__ import annotations

from fact.adapters.strings_parts import Move, twice
from fact.adapters.strings_short import copy_short, narrow_short, units_with, widen_short


def allocated(move: Move, alignment: int, factor: int, rest: str) -> str:
    """The first realloc, *factor* bytes a unit, and then function *rest*: parameters `$ptr`, `$units`, `$site`."""
    return f"""
        (local $out @D) (local $count i32)
        (local.set $count (i32.wrap_@S (local.get $units)))
        {move.allocate(alignment, twice("$count") if factor == 2 else "(local.get $count)")}
        (return_call {rest} (local.get $ptr) (local.get $count) (local.get $out) (local.get $site))
    """


# -- store_string_copy


def copy_string(move: Move, unit: int, alignment: int) -> str:
    """Units of *unit* bytes as they are, with the only realloc: parameters `$ptr`, `$units`, `$site`."""
    return f"""
        (local $out @D) (local $bytes i32)
        (local.set $bytes (i32.shl (i32.wrap_@S (local.get $units)) (i32.const {unit - 1})))
        {move.allocate(alignment, "(local.get $bytes)")}
        {move.copy("(local.get $ptr)", "(local.get $bytes)", "(local.get $out)")}
        (local.get $out)
        (@D.extend_i32_u (i32.wrap_@S (local.get $units)))
    """


def latin1_to_utf16(move: Move) -> str:
    return f"""
        (local $v v128) (local $w v128)
        {widen_short(move, "(i32.const 0)", "(i32.const 0)")}
        (call {move.support("latin1-to-utf16", "widen")} (local.get $ptr) (local.get $count) (local.get $out))
        (local.get $out)
        (@D.extend_i32_u (local.get $count))
    """


# -- store_utf8_to_utf16


def utf8_to_utf16(move: Move) -> str:
    lanes = "(i32.sub (i32.shl (i32.const 1) (local.get $count)) (i32.const 1))"
    not_ascii = f"(i32.and (i8x16.bitmask (local.get $v)) {lanes})"
    return f"""
        (local $written i32) (local $v v128) (local $w v128)
        {widen_short(move, not_ascii, units_with(0xFF80))}
        (local.set $written
          (call {move.support("utf8-to-utf16", "transcode", "i32")}
            (local.get $ptr) (local.get $count) (local.get $out)))
        (if (i32.lt_u (local.get $written) (local.get $count))
          (then
            {move.reallocate(twice("$count"), 2, twice("$written"))}))
        (local.get $out)
        (@D.extend_i32_u (local.get $written))
    """


# -- store_string_to_utf8


def latin1_to_utf8(move: Move) -> str:
    return _to_utf8(move, 1, "latin1-to-utf8", "latin1-to-utf8", copy_short(move, "$ascii", 16))


def utf16_to_utf8(move: Move) -> str:
    return _to_utf8(move, 2, "utf16-narrow", "utf16-to-utf8", narrow_short(move, 0x7F, "$ascii"))


def _to_utf8(move: Move, unit: int, prefix: str, rest: str, short: str) -> str:
    """From units of *unit* bytes, of which each makes *unit* + 1 bytes at most."""
    most = f"(i32.mul (local.get $count) (i32.const {unit + 1}))"
    return f"""
        (local $ascii i32) (local $written i32) (local $v v128) (local $w v128)
        (block $known
          {short}
          (local.set $ascii
            (call {move.support(prefix, "ascii", "i32")} (local.get $ptr) (local.get $count) (local.get $out))))
        (if (i32.eq (local.get $ascii) (local.get $count))
          (then (return (local.get $out) (@D.extend_i32_u (local.get $count)))))
        ;; the first that is not ASCII: the worst case, and what is left
        {move.reallocate("(local.get $count)", 1, most)}
        (local.set $written
          (i32.add
            (local.get $ascii)
            (call {move.support(rest, "transcode", "i32")}
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
        (local $read i32) (local $written i32) (local $more i32) (local $v v128)
        (block $known
          {copy_short(move, "$read", 7)}
          (local.set $read (i32.const 0)))
        (local.set $written (local.get $read))
        (if (i32.lt_u (local.get $read) (local.get $count))
          (then
            (call {move.support("utf8-to-latin1", "transcode", "i32", "i32")}
              (@S.add (local.get $ptr) (@S.extend_i32_u (local.get $read)))
              (i32.sub (local.get $count) (local.get $read))
              (@D.add (local.get $out) (@D.extend_i32_u (local.get $read))))
            (local.set $written (i32.add (local.get $read)))
            (local.set $more)
            (local.set $read (i32.add (local.get $read) (local.get $more)))))
        (if (i32.lt_u (local.get $read) (local.get $count))
          (then
            {_inflate(move)}
            (local.set $written
              (i32.add
                (local.get $written)
                (call {move.support("utf8-to-utf16", "transcode", "i32")}
                  (@S.add (local.get $ptr) (@S.extend_i32_u (local.get $read)))
                  (i32.sub (local.get $count) (local.get $read))
                  (@D.add (local.get $out) (@D.extend_i32_u (i32.shl (local.get $written) (i32.const 1)))))))
            (if (i32.lt_u (local.get $written) (local.get $count))
              (then {move.reallocate(twice("$count"), 2, twice("$written"))}))
            (return (local.get $out) (@D.or (@D.extend_i32_u (local.get $written)) (@D.const {move.tag})))))
        (if (i32.lt_u (local.get $written) (local.get $count))
          (then {move.reallocate("(local.get $count)", 2, "(local.get $written)")}))
        (local.get $out)
        (@D.extend_i32_u (local.get $written))
    """


def utf16_to_latin1_or_utf16(move: Move) -> str:
    return f"""
        (local $written i32) (local $v v128) (local $w v128)
        (block $known
          {narrow_short(move, 0xFF, "$written")}
          (local.set $written
            (call {move.support("utf16-narrow", "latin1", "i32")}
              (local.get $ptr) (local.get $count) (local.get $out))))
        (if (i32.eq (local.get $written) (local.get $count))
          (then (return (local.get $out) (@D.extend_i32_u (local.get $count)))))
        {_inflate(move)}
        ;; the rest is as it should be: there are as many units as in the source, and nothing to shrink
        {move.copy(
            f"(@S.add (local.get $ptr) (@S.extend_i32_u {twice('$written')}))",
            "(i32.shl (i32.sub (local.get $count) (local.get $written)) (i32.const 1))",
            f"(@D.add (local.get $out) (@D.extend_i32_u {twice('$written')}))",
        )}
        (local.get $out)
        (@D.or (@D.extend_i32_u (local.get $count)) (@D.const {move.tag}))
    """


def _inflate(move: Move) -> str:
    """The first character past 0xff: the worst case, and the `$written` bytes so far become units."""
    return f"""
        {move.reallocate("(local.get $count)", 2, twice("$count"))}
        (call {move.inflate()} (local.get $out) (local.get $written))
    """


# -- store_probably_utf16_to_latin1_or_utf16


def tagged_to_latin1_or_utf16(move: Move) -> str:
    """Where all is Latin-1, the specification leaves the Latin-1, and behind it the second half of the UTF-16."""
    return f"""
        (if (i32.eq
              (call {move.support("utf16-narrow", "latin1", "i32")}
                (local.get $ptr) (local.get $count) (local.get $out))
              (local.get $count))
          (then
            {move.copy(
                "(@S.add (local.get $ptr) (@S.extend_i32_u (local.get $count)))",
                "(local.get $count)",
                "(@D.add (local.get $out) (@D.extend_i32_u (local.get $count)))",
            )}
            {move.reallocate(twice("$count"), 1, "(local.get $count)")}
            (return (local.get $out) (@D.extend_i32_u (local.get $count)))))
        {move.copy("(local.get $ptr)", twice("$count"), "(local.get $out)")}
        (local.get $out)
        (@D.or (@D.extend_i32_u (local.get $count)) (@D.const {move.tag}))
    """
