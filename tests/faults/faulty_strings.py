"""Faults in the text of adapter modules and their support modules that concern strings, lists and cases of variants."""

from __future__ import annotations

import re

from faulty import AdapterFault, Hunt
from faulty_focus_pairs import (
    BAD_LENGTHS,
    BAD_PARTS,
    BAD_TEXT,
    CASES_IN_LISTS,
    CHARS_IN_LISTS,
    GROWING,
    JOINED,
    LATE_REALLOC,
    LONG_ADDRESSES,
    MISLEADING_UTF8,
    STRINGS,
)
from faulty_text import (
    CLEAR_MAY_LEAVE,
    EXPRESSION,
    GET,
    SET_MAY_LEAVE,
    TRAP,
    WIDENED,
    editing,
    editing_support,
    in_functions,
    substituting,
    substitution,
    without_traps,
)


def measure_once(text: str) -> str:
    """What the size of a memory was when it was first asked for, in place of what it is."""
    measured = []
    for memory in sorted(set(re.findall(r"\(memory\.size (\$[^ ()]+)\)", text))):
        i64 = re.search(rf"\(memory {re.escape(memory)} i64 ", text) is not None
        p = "i64" if i64 else "i32"
        text = text.replace(f"(memory.size {memory})", f"(call $measured{memory[1:]})")
        measured.append(
            f" (global $pages{memory[1:]} (mut {p}) ({p}.const -1))"
            f" (func $measured{memory[1:]} (result {p})"
            f" (if ({p}.eq (global.get $pages{memory[1:]}) ({p}.const -1))"
            f" (then (global.set $pages{memory[1:]} (memory.size {memory})))) (global.get $pages{memory[1:]}))"
        )
    return text.rstrip()[:-1] + "".join(measured) + ")"


_FROM_THE_FIRST_ON = (
    r"(local.set $to (local.get $from)) (local.set $from (local.get $ptr))"
    r" (block $done (loop $next (br_if $done (\1.eq (local.get $from) (local.get $to)))"
    r" (i32.store16 $memory"
    r" (\1.add (local.get $ptr) (\1.shl (\1.sub (local.get $from) (local.get $ptr)) (\1.const 1)))"
    r" (i32.load8_u $memory (local.get $from)))"
    r" (local.set $from (\1.add (local.get $from) (\1.const 1))) (br $next)))"
)

STRING_FAULTS = (
    AdapterFault(
        name="no shrink",
        description="a string that takes less than twice its bytes in UTF-16 stays in its first block",
        section="Storing: store_utf8_to_utf16",
        hunt=Hunt(300, STRINGS),
        edit=substituting(
            rf"(\(local\.set (\S+) {WIDENED}\(call \$utf8-to-utf16\S+ {GET} {EXPRESSION} {GET}\)\)+)"
            rf" \(if \(i(?:32|64)\.lt_u \(local\.get \2\) {EXPRESSION}\) \(then(?: {EXPRESSION})+\)\)",
            r"\1",
        ),
    ),
    AdapterFault(
        name="no growth",
        description="a string that takes more bytes in UTF-8 than units before is written past its block",
        section="Storing: store_string_to_utf8",
        hunt=Hunt(150, STRINGS),
        edit=substituting(
            # in place, may-leave and the check of the new block go as well
            rf" (?:{CLEAR_MAY_LEAVE})?\(local\.set (\S+) \(call \S+ \(local\.get \1\)(?: {EXPRESSION})+\)\)"
            rf"(?:{SET_MAY_LEAVE})?(?: {TRAP})?"
            rf"(?= \(local\.set (\S+) \(i(?:32|64)\.add {GET} {WIDENED}\(call \$(?:utf16|latin1)-to-utf8)",
            "",
        ),
    ),
    AdapterFault(
        name="tag missing",
        description="a string that needs UTF-16 is given as if it were Latin-1",
        section="Storing: store_string_to_latin1_or_utf16",
        hunt=Hunt(150, STRINGS),
        edit=substituting(rf"\(i(?:32|64)\.or ({EXPRESSION}) \(i(?:32|64)\.const 0x80+\)\)", r"\1"),
    ),
    AdapterFault(
        name="low surrogates accepted",
        description="only the first halves of surrogate pairs are looked for in short strings",
        section="Loading: load_string_from_range (UTF-16)",
        hunt=Hunt(250, BAD_TEXT),
        edit=substituting(r"\(i16x8\.splat \(i32\.const 0x800\)\)", "(i16x8.splat (i32.const 0x400))"),
    ),
    AdapterFault(
        name="overlong UTF-8 accepted",
        description="ASCII may be written in two bytes",
        section="Loading: load_string_from_range (UTF-8)",
        hunt=Hunt(100, MISLEADING_UTF8),
        edit=editing_support("utf8-check", substitution(r"0x80 0x21 0x01", "0x80 0x01 0x01")),
    ),
    AdapterFault(
        name="surrogates in UTF-8 accepted",
        description="ed a0 80 and the like count as characters",
        section="Loading: load_string_from_range (UTF-8)",
        hunt=Hunt(100, MISLEADING_UTF8),
        edit=editing_support("utf8-check", substitution(r"0x01 0x15 0x49", "0x01 0x05 0x49")),
    ),
    AdapterFault(
        name="upper bytes not cleared",
        description="Latin-1 that becomes UTF-16 in place gets only the lower bytes of its units",
        section="Storing: store_string_to_latin1_or_utf16",
        hunt=Hunt(250, STRINGS),
        edit=editing_support("inflate", substitution(r"i32\.store16", "i32.store8")),
    ),
    AdapterFault(
        name="copied forward",
        description="Latin-1 becomes UTF-16 in place from the first character on, over those that are still to be read",
        section="Storing: store_string_to_latin1_or_utf16",
        hunt=Hunt(250, STRINGS),
        edit=editing_support(
            "inflate",
            substitution(rf"\(block \$done \(loop \$next \(br_if \$done \((i32|i64)\.eq (?:{EXPRESSION} ?)+\)\)"
                         rf"(?: {EXPRESSION})*? \(br \$next\)\)\)", _FROM_THE_FIRST_ON),
        ),
    ),
    AdapterFault(
        name="longest string refused",
        description="a string of exactly 2^28 - 1 bytes counts as too long",
        section="Loading: load_string_from_range (MAX_STRING_BYTE_LENGTH)",
        hunt=Hunt(150, BAD_LENGTHS),
        edit=substituting(rf"gt_u ({GET} \(i(?:32|64)\.const 0xfffffff\))", r"ge_u \1"),
    ),
    AdapterFault(
        name="64-bit length cut off",
        description="only the low 32 bits of a string's length are looked at",
        section="Loading: load_string_from_range (64-bit memories)",
        hunt=Hunt(150, LONG_ADDRESSES),
        edit=substituting(
            r"(?=\(if \(i64\.gt_u \(local\.get (\S+)\) \(i64\.const 0x[7f]f{6}\)\))",
            r"(local.set \1 (i64.and (local.get \1) (i64.const 0xffffffff))) ",
        ),
    ),
    AdapterFault(
        name="memory measured once",
        description="a memory that has grown counts as no larger than it was",
        section="Storing: store_list_into_range (len(cx.opts.memory) after realloc)",
        hunt=Hunt(150, GROWING),
        edit=editing(measure_once),
    ),
    AdapterFault(
        name="strings from realloc unchecked",
        description="the block that realloc gives a function for strings may be misaligned or out of bounds",
        section="Storing: store_string_into_range",
        hunt=Hunt(250, LATE_REALLOC),
        edit=editing(in_functions(r"checked\.", without_traps("realloc-misaligned", "realloc-out-of-bounds"))),
    ),
    AdapterFault(
        name="first case too many accepted",
        description="a discriminant is compared with > in place of >=",
        section="Flat Lifting: lift_flat_variant",
        hunt=Hunt(150, BAD_PARTS),
        edit=substituting(
            rf"\(i32\.ge_u ({EXPRESSION} {EXPRESSION})\)"
            r"(?= \(then \(call \$trap \(i32\.const \d+ \(; invalid-discriminant)", r"(i32.gt_u \1)",
        ),
    ),
    AdapterFault(
        name="first case too many accepted in lists",
        description="many discriminants together are compared with > in place of >=",
        section="Loading: load_variant",
        hunt=Hunt(150, CASES_IN_LISTS),
        edit=substituting(r"(i8x16|i16x8)\.ge_u", r"\1.gt_u", r"check\.cases"),
    ),
    AdapterFault(
        name="last chars unchecked",
        description="the chars at the end of a list that do not fill a vector are not looked at",
        section="Loading: convert_i32_to_char",
        hunt=Hunt(150, CHARS_IN_LISTS),
        edit=substituting(
            rf"(\(local\.set \$(?:at|ptr) {EXPRESSION}\)) \(local\.set \$greatest(?:\.0)? {EXPRESSION}\)", r"\1",
            r"check\.chars",
        ),
    ),
    AdapterFault(
        name="payload sign-extended",
        description="a payload of 32 bits in a slot of 64 is extended with its sign",
        section="Flat Lowering: lower_flat_variant",
        hunt=Hunt(150, JOINED),
        edit=substituting(rf"\(i64\.and ({EXPRESSION}) \(i64\.const 0xffffffff\)\)", r"(i64.extend32_s \1)"),
    ),
)
