"""A trap against the text of an `assert_trap`."""

from __future__ import annotations

from fact.model.traps import Trap
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
