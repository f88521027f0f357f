"""The signature of a divergence: the same for all cases that show the same mistake, as far as one can tell.

Its first part says who saw what (`Divergence.signature`); then come the place and the rule, each if there is one:
`call reference+compiled=trapped:invalid-char | native=returned; at param list char; rule Loading: convert_i32_to_char`.
"""

from __future__ import annotations

from fuzz.divergence import Divergence
from fuzz.examine import Examination
from fuzz.triage.cause import cause_of

SEPARATOR = "; "


def signature_of(divergence: Divergence, examined: Examination | None) -> str:
    """One line. *examined* is what showed the divergence; without it the place is told from words alone, if at all.

    Where the reference trapped, or logs differ, it takes another run or two of the reference; else no time to speak of.
    Never raises.
    """
    cause = cause_of(divergence, examined)
    place = "" if cause.place is None else str(cause.place)
    rule = cause.rule.replace(SEPARATOR, " and ")
    return SEPARATOR.join((
        divergence.signature, *([f"at {place}"] if place else ()), *([f"rule {rule}"] if rule else ()),
    ))
