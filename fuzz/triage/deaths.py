"""What is to be said when the process of an engine ends, or does not answer: a crash, a hang, or use of resources.

Told from the same few facts by a campaign's supervisor and by a command that runs engines in processes of their own:
the engine, how the process ended, and the last that it printed. Nothing here imports an engine.
"""

from __future__ import annotations

import re

from fuzz.triage.records import Kind, SideSaw, Verdict

LINES_SHOWN = 8
"""Of what was printed."""

_PANIC = re.compile(r"panicked at ['\"]?(?:[^\s'\"]*[/\\])?([^\s/\\:'\"]+\.\w+):\d+")
_PANIC_MESSAGE = re.compile(r"panicked at [^\n]*:\n\s*([^\n]+)")
_FAULT = re.compile(r"^Fatal Python error: ([^\n]+)", re.MULTILINE)
_OWN_BUG = re.compile(r"(?:fatal runtime error|stack overflow|memory allocation of \d+ bytes failed)[^\n]*")
_VARYING = re.compile(r"0x[0-9a-fA-F]+|\d+")
_HOW: tuple[tuple[str, re.Pattern[str]], ...] = (
    ("hang", re.compile(r"no answer|killed by SIGXCPU")),
    ("memory", re.compile(r"memory\b|used more than .* memory|raised MemoryError")),
    ("output", re.compile(r"printed more|killed by SIGXFSZ")),
)
"""How the words begin that say how a process ended."""

_NO_MEMORY = re.compile(r"memory allocation of \d+ bytes failed|std::bad_alloc|^MemoryError", re.MULTILINE)
_SIGNAL = re.compile(r"\bSIG[A-Z0-9]+\b|signal \d+")
_STATUS = re.compile(r"status (\d+)")


def death_signature(engine: str, how: str, printed: str) -> str:
    """One line, the same for the same mistake whatever the case: `crash native SIGABRT; at traphandlers.rs`.

    *how* says how the process ended: `killed by SIGABRT`, `exited with status 3`, `no answer within 20 s`, `memory:
    more than ...`, `printed more than ...`. *printed* is the last that it printed, as far as there is any.
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
    side = SideSaw((engine,), _printable(how), tuple(tail))
    return Verdict(
        kind_of_death(how, printed), title, (side,), engine, "", message, _why(what, engine), signature,
        (title, *(f"  {line}" for line in tail)),
    )


def kind_of_death(how: str, printed: str) -> Kind:
    what = _what(how, printed)
    return "hang" if what == "hang" else "resource use" if what in ("memory", "output") else "crash"


def _what(how: str, printed: str) -> str:
    for what, words in _HOW:
        if words.match(how):
            return what
    return "memory" if _NO_MEMORY.search(printed) else "crash"


def _ended(how: str) -> str:
    if how.startswith("raised "):
        return _stable(how)
    if found := _SIGNAL.search(how):
        return found[0]
    if found := _STATUS.search(how):
        return f"exit status {found[1]}"
    return _stable(how)


def _stable(words: str) -> str:
    """Without what changes from case to case."""
    return _VARYING.sub("N", _printable(words))[:60]


def _place(printed: str) -> str:
    """The file that a panic names, or what else the process said of its end that does not change from case to case: a
    campaign and a command need not let Python tell of a fault."""
    if found := _PANIC.search(printed):
        return found[1]
    if found := _OWN_BUG.search(printed):
        return _stable(found[0])
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
