"""Faults where one vector of text ends and the next begins, in the support modules that check and move strings."""

from __future__ import annotations

from faulty import AdapterFault, Hunt
from faulty_focus_pairs import CUT_SHORT, STRINGS
from faulty_text import editing_support, substituting, substitution

_TO_LATIN1 = "Storing: store_string_to_latin1_or_utf16"
_OR_OF_TWO = r"\(v128\.or \(local\.get \${}\) \(local\.get \${}\)\)"
_OR_OF_FOUR = rf"\(v128\.or {_OR_OF_TWO.format('a', 'b')} {_OR_OF_TWO.format('c', 'd')}\)"

VECTOR_FAULTS = (
    AdapterFault(
        name="pair across sixteen units",
        description="a surrogate pair of which the first half is the sixteenth unit counts as two lonely halves",
        section="Loading: load_string_from_range (UTF-16)",
        hunt=Hunt(600, STRINGS),
        edit=editing_support("utf16-check", substitution(
            r"\(local\.set \$open \(i32\.shr_u \(local\.get \$highs\) \(i32\.const 16\)\)\)",
            "(local.set $open (i32.const 0))",
        )),
    ),
    AdapterFault(
        name="text cut short at sixteen bytes",
        description="a character of which the first bytes are the last of 16 need not go on if only ASCII follows",
        section="Loading: load_string_from_range (UTF-8)",
        hunt=Hunt(150, CUT_SHORT),
        edit=editing_support("utf8-check", substitution(
            r"(-1 -1 -1 -1 -1 -1 -1 -1 -1 -1 -1 -1 -1) 0xef 0xdf 0xbf", r"\1 0xef 0xdf 0xff",
        )),
    ),
    AdapterFault(
        name="last plane lost",
        description="characters from U+100000 on lose a bit of their first surrogate",
        section="Storing: store_utf8_to_utf16",
        hunt=Hunt(600, STRINGS),
        edit=editing_support("utf8-to-utf16", substitution(
            r"(\(i32\.and \(local\.get \$bytes\)) \(i32\.const 0x07\)\)", r"\1 (i32.const 0x03))",
        )),
    ),
    AdapterFault(
        name="character across two blocks",
        description="a block of UTF-8 that begins with the second byte of a character takes it for a character",
        section=_TO_LATIN1,
        hunt=Hunt(3000, STRINGS),
        edit=editing_support("utf8-to-latin1", substitution(
            r"\(local\.set \$byte \(i32\.and \(local\.get \$seconds\) \(i32\.const 1\)\)\)",
            "(local.set $byte (i32.const 0))",
        )),
    ),
    AdapterFault(
        name="second eight of sixteen",
        description="of sixteen Latin-1 characters in a row that are not ASCII the first eight come twice",
        section="Storing: store_string_to_utf8",
        hunt=Hunt(600, STRINGS),
        edit=editing_support("latin1-to-utf8", substitution(r"extend_high_i8x16_u", "extend_low_i8x16_u")),
    ),
    AdapterFault(
        name="last eight of 32 unchecked",
        description="of 32 units the last eight may be past what fits one byte",
        section=f"{_TO_LATIN1}, store_string_to_utf8",
        hunt=Hunt(600, STRINGS),
        edit=editing_support("utf16-narrow", substitution(
            rf"\(br_if \$rest \(v128\.any_true \(v128\.and {_OR_OF_FOUR} \(local\.get \$never\)\)\)\)",
            "(br_if $rest (v128.any_true (v128.and (v128.or (v128.or (local.get $a) (local.get $b)) (local.get $c))"
            " (local.get $never))))",
        )),
    ),
    AdapterFault(
        name="inflated twice",
        description="of sixteen Latin-1 characters that become UTF-16 in place the first eight come twice",
        section=_TO_LATIN1,
        hunt=Hunt(600, STRINGS),
        edit=editing_support("inflate", substitution(r"extend_high_i8x16_u", "extend_low_i8x16_u")),
    ),
    AdapterFault(
        name="middle of 33 to 64 bytes lost",
        description="33 to 64 bytes are copied as if they were up to 32: their first and last 16",
        section="Storing: store_string_copy, store_list_into_range",
        hunt=Hunt(600, STRINGS),
        edit=substituting(
            r"\(i(32|64)\.ge_u \(local\.get \$n\) \(i(?:32|64)\.const 33\)\)",
            r"(i\1.ge_u (local.get $n) (i\1.const 65))", r"copy\.",
        ),
    ),
)
