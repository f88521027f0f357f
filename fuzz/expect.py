"""What one engine says of a case, written down: the expectations of a script, and the logs behind a digest."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from fact.model.types import ValType
from fact.model.values import Value, check_value
from fuzz.case import Call, Case, Log
from fuzz.engines.base import Engine, Running
from fuzz.observe import Program, RecordingHost, Session
from fuzz.outcome import Returned, Trapped

LOG_CAPACITY = 2048
"""A guest keeps this many entries, the latest."""

ENTRIES_WRITTEN = 64
"""At most this many entries a log and a call are written to a script; what came before them only counts."""


def with_expectations(case: Case, engine: Engine, program: Program) -> Case:
    """The case, expecting what *engine* does. Calls that neither return nor trap are left without
    expectation; after a trap in a start function there are no calls."""
    host = RecordingHost(program.host)
    try:
        session = Session(engine.load(program.binary), host, program)
    except Exception:
        return case
    match session.instantiate():
        case None:
            return replace(case, calls=tuple(_expected_calls(case, session)))
        case Trapped() as trap:
            return replace(case, calls=(), start_trap=trap)
        case _:
            return case


def _expected_calls(case: Case, session: Session) -> Iterator[Call]:
    seen = dict.fromkeys(case.log_prefixes, 0)
    for call in case.calls:
        match session.call(call.function, call.args).outcome:
            case Returned() as outcome if _of_type(call.type.result, outcome.value):
                logs = tuple(_new_entries(session.running, seen)) if session.running is not None else ()
                yield replace(call, expected=outcome, logs=logs)
            case outcome:
                seen = dict.fromkeys(seen, 0)
                yield replace(call, expected=outcome if isinstance(outcome, Trapped) else None)


def _of_type(t: ValType | None, value: Value | None) -> bool:
    """An engine may return what is no value of the type; that cannot be written down as expected."""
    if t is None or value is None:
        return t is None and value is None
    try:
        check_value(t, value)
    except ValueError:
        return False
    return True


def _new_entries(running: Running, seen: dict[str, int]) -> Iterator[Log]:
    for prefix, before in seen.items():
        count = _read(running, f"{prefix}-log-count")
        if count != before:
            first = max(before, count - min(ENTRIES_WRITTEN, LOG_CAPACITY))
            entries = tuple(_read(running, f"{prefix}-log-entry", i) for i in range(first, count))
            seen[prefix] = count
            yield Log(prefix, count, first, entries)


def log_difference(
    engines: Mapping[str, Engine], program: Program, call: int, prefixes: Sequence[str]
) -> tuple[tuple[str, ...], ...]:
    """For each engine what stands in the logs *prefixes* after call number *call*, from the first difference on."""
    logs = [_logs_after(engine, program, call, prefixes) for engine in engines.values()]
    found: list[tuple[str, ...]] = []
    for log in logs:
        lines = []
        for prefix in prefixes:
            entries = log.get(prefix, [])
            others = [other.get(prefix, []) for other in logs]
            first = next((i for i in range(max(map(len, others))) if len({tuple(o[i : i + 1]) for o in others}) > 1), 0)
            shown = ", ".join(map(hex, entries[first : first + 4])) or "nothing"
            lines.append(f"{prefix} log, from entry {first} of {len(entries)}: {shown}")
        found.append(tuple(lines))
    return tuple(found)


def _logs_after(engine: Engine, program: Program, call: int, prefixes: Sequence[str]) -> dict[str, list[int]]:
    """Empty where the engine does not let us read them."""
    try:
        session = Session(engine.load(program.binary), RecordingHost(program.host), program)
        for function, args in program.calls[: call + 1]:
            session.call(function, args)
        if session.running is None:
            return {}
        return {p: _all_entries(session.running, p) for p in prefixes}
    except Exception:
        return {}


def _all_entries(running: Running, prefix: str) -> list[int]:
    count = _read(running, f"{prefix}-log-count")
    return [_read(running, f"{prefix}-log-entry", i) for i in range(max(0, count - LOG_CAPACITY), count)]


def _read(running: Running, function: str, *args: int) -> int:
    value = running.invoke(function, args)
    assert isinstance(value, int)
    return value

