"""A trap against the text of an `assert_trap`, a refusal to link against that of an `assert_unlinkable`."""

from __future__ import annotations

import re

from fact.model.traps import Trap
from fuzz.engines.base import Refusal
from fuzz.engines.native_traps import reasons_meant_by, same_family


class OtherOutcome(Exception):
    """Another trap or refusal than the one expected; the message says both."""


def check_trap(text: str, trap: Trap) -> str:
    """A remark, or nothing, when *trap* is what *text* expects; raises `OtherOutcome`.

    The text is a part of some engine's message. It is compared with this engine's message first, then by the
    reasons it may stand for; when it stands for none, any trap will do and the remark says so.
    """
    if text in (trap.message or ""):
        return ""
    meant = reasons_meant_by(text)
    if not meant:
        return f"the trap was {trap_text(trap)}; whether that is {text!r} cannot be told"
    if any(same_family(reason, trap.reason) for reason in meant):
        return ""
    raise OtherOutcome(f"expected a trap {text!r}, got {trap_text(trap)}")


def trap_text(trap: Trap) -> str:
    """The trap on one line, with the state that explains it."""
    message = (trap.message or "").strip().splitlines()
    said = f"{trap.reason.value} ({message[-1].strip()})" if message else str(trap)
    return "; ".join((said, *trap.state))


# -- refusals


_WORDINGS: tuple[tuple[str, str], ...] = (
    (r"^was not found$", r"missing (?:import named|expected export) `|was not found"),
    (r"^module export `(.*)` not defined$", r"missing expected export `\1`"),
    (r"^module import `(.*)` not defined$", r"missing expected import `\1`"),
    (r"^export `(.*)` has the wrong type$", r"type mismatch in export `\1`"),
    (r"^module import `(.*)` has the wrong type$", r"type mismatch in import `\1`"),
    (r"^expected type `(.*)`, found type `(.*)`$", r"expected: +\1 +found: +\2"),
    (r"^mismatched resource types$", r"resource types are not the same"),
    (r"^expected (\w+),? found (\w+)$", r"expected \1, found \2"),
)
"""What wasmtime says when it links, and what wasm-tools says of the same when it validates."""

_SORTS = {"function": "func", "resource": "type"}

NOT_PROVIDED = (
    r"missing import named|unknown import|import `host`\s+missing expected export"
    r"|import `host[^`]*`\s+expected sync function, found async function")
"""What a refusal says of an import that neither the host of scripts nor an instance of the script is there to give."""


def check_refusal(text: str, message: str) -> str:
    """A remark, or nothing, when a refusal with *message* is what *text* expects; raises `OtherOutcome`.

    When it cannot be told what *text* stands for, any refusal will do and the remark says so.
    """
    said = " ".join(message.split())
    if text in said:
        return ""
    for expected, equivalent in _WORDINGS:
        if match := re.search(expected, text):
            if re.search(_filled(equivalent, match), said):
                return ""
            raise OtherOutcome(f"expected a refusal {text!r}, got: {said}")
    return f"refused: {said}; whether that is {text!r} cannot be told"


def is_not_provided(refusal: Refusal) -> bool:
    """Whether *refusal* says that an import is not provided, and not that what is provided does not fit."""
    return refusal.kind == "unlinkable" and re.search(NOT_PROVIDED, refusal.message) is not None


def _filled(pattern: str, match: re.Match[str]) -> str:
    for number, group in enumerate(match.groups(), 1):
        pattern = pattern.replace(f"\\{number}", re.escape(_SORTS.get(group, group)))
    return pattern
