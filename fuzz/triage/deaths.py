"""What is to be said when the process of an engine ends, or does not answer: a crash, a hang, or use of resources.

Told from the same few facts by a campaign's supervisor and by a command that runs engines in processes of their own:
the engine, how the process ended, and the last that it printed. Nothing here imports an engine.
"""

from __future__ import annotations

import re
import signal as signals

from fuzz.triage.records import Kind, SideSaw, Verdict

LINES_SHOWN = 8
"""Of what was printed."""

_PANIC = re.compile(r"panicked at ['\"]?(?:[^\s'\"]*[/\\])?([^\s/\\:'\"]+\.\w+):\d+")
_PANIC_MESSAGE = re.compile(r"panicked at [^\n]*:\n\s*([^\n]+)")
_FAULT = re.compile(r"^Fatal Python error: ([^\n]+)", re.MULTILINE)
_OWN_BUG = re.compile(r"(?:fatal runtime error|stack overflow|memory allocation of \d+ bytes failed)[^\n]*")
_VARYING = re.compile(r"0x[0-9a-fA-F]+|\d+")
_SECONDS = re.compile(r"no answer|did not answer|timed? ?out|hang|hung", re.IGNORECASE)
_MEMORY = re.compile(r"memory", re.IGNORECASE)
_OUTPUT = re.compile(r"printed more|output", re.IGNORECASE)
_SIGNAL = re.compile(r"\bSIG[A-Z0-9]+\b")
_STATUS = re.compile(r"(?:exit )?status (\d+)")


def death_signature(engine: str, how: str, printed: str) -> str:
    """One line, the same for the same mistake whatever the case: `crash native SIGABRT; at traphandlers.rs`.

    *how* says how the process ended: the name of a signal, `exit status N`, `no answer ...`, `memory ...` or `printed
    more than ...`. *printed* is the last that it printed, as far as there is any.
    """
    what = _what(how, printed)
    if what == "hang":
        return f"hang {engine}"
    if what == "memory":
        return f"resource use {engine} memory"
    if what == "output":
        return f"resource use {engine} output"
    place = _place(printed)
    return f"crash {engine} {_ended(how)}" + (f"; at {place}" if place else "")


def death_verdict(engine: str, how: str, printed: str) -> Verdict:
    """*printed* as for `death_signature`."""
    what = _what(how, printed)
    tail = [_printable(line) for line in printed.splitlines() if line.strip()][-LINES_SHOWN:]
    signature = death_signature(engine, how, printed)
    message = _message(printed)
    title = f"{engine}: {_printable(how)}" + (f", {message}" if message else "")
    return Verdict(
        kind_of_death(how, printed), title, (SideSaw((engine,), _printable(how), tuple(tail)),), engine, "", message, _why(what, engine),
        signature, (title, *(f"  {line}" for line in tail)),
    )


def kind_of_death(how: str, printed: str) -> Kind:
    what = _what(how, printed)
    return "hang" if what == "hang" else "resource use" if what in ("memory", "output") else "crash"


def _what(how: str, printed: str) -> str:
    if _SECONDS.search(how) or "SIGXCPU" in how:
        return "hang"
    if _OUTPUT.search(how) or "SIGXFSZ" in how:
        return "output"
    if _MEMORY.search(how) or re.search(r"memory allocation of \d+ bytes failed|MemoryError|bad_alloc", printed):
        return "memory"
    return "crash"


def _ended(how: str) -> str:
    if found := _SIGNAL.search(how):
        return found[0]
    if found := _STATUS.search(how):
        return f"exit status {found[1]}"
    if re.fullmatch(r"-\d+", how.strip()):
        return signals.Signals(-int(how)).name
    return _VARYING.sub("N", _printable(how))[:60]


def _place(printed: str) -> str:
    """The file that a panic names, or what else the process said of its end that does not change from case to case."""
    if found := _PANIC.search(printed):
        return found[1]
    if found := _FAULT.search(printed):
        return _VARYING.sub("N", found[1].strip())[:60]
    if found := _OWN_BUG.search(printed):
        return _VARYING.sub("N", found[0].strip())[:60]
    return ""


def _message(printed: str) -> str:
    """The engine's own words on what went wrong."""
    for pattern in (_PANIC_MESSAGE, _FAULT, _OWN_BUG):
        if found := pattern.search(printed):
            return _printable(found[found.lastindex or 0].strip())
    return ""


def _why(what: str, engine: str) -> str:
    match what:
        case "hang":
            return f"{engine} gave no answer in the time that a case has, and the guests of generated cases all end."
        case "memory":
            return f"{engine} used more memory than a worker may have; no case asks for nearly as much."
        case "output":
            return f"{engine} printed without end."
    return f"The process of {engine} ended while it ran the case; whatever a component is, its host should live on."


def _printable(line: str) -> str:
    return "".join(c if c.isprintable() else "?" for c in line.strip())[:200]
