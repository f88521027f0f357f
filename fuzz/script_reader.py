"""Reads a case from its script."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from fact.model.settings import Reentrance
from fact.model.traps import TrapReason
from fact.model.type_text import parse_func_type
from fact.model.types import FuncType, Prim, ValType
from fact.model.values import Value
from fuzz.case import Call, Case, Log
from fuzz.constants import read_constant, read_string, read_typed
from fuzz.errors import UsageError
from fuzz.outcome import Returned, Trapped
from fuzz.script_header import AS_COMMENT, COMPONENT, NAME, read_header
from fuzz.sexpr import Form, Node, children, forms
from generators.blueprint import HostFunction

Types = Mapping[str, FuncType]
_REASON = re.compile(r"\s*;; ([a-z0-9-]+)(?: at (.+))?\s*$")


def host_in_header(text: str) -> tuple[HostFunction, ...]:
    """What the header of a case says the host answers; nothing for any other script. Raises `ValueError`."""
    return read_header(text)[0].host


def reentrance_in_header(path: Path) -> Reentrance:
    """The setting that the case in a file was made under; the default for any other script. Raises `UsageError`."""
    try:
        return Reentrance(read_header(path.read_text(encoding="utf-8"))[0].origin.reentrance)
    except (OSError, ValueError) as error:
        raise UsageError(f"{path}: {error}") from None


def from_wast(text: str) -> Case:
    """The case in a script that `to_wast` wrote. `ValueError` says what is wrong, and at which line."""
    record, blueprint = read_header(text)
    types = {f: t for f, words in record.types.items() if not tells_itself(t := parse_func_type(words))}
    found = list(forms(text.replace(AS_COMMENT, " " * len(AS_COMMENT))))
    if not found:
        raise ValueError("no component: a case holds one (component ...)")
    component, *script = found
    start_trap = None
    if component.begins("assert_trap"):
        start_trap = _read_trap(component)
        component = next(children(component), component)
        if script:
            raise ValueError(f"line {script[0].line}: nothing can be called where instantiation traps")
    match = COMPONENT.match(component.text)
    if match is None:
        raise ValueError(f"line {component.line}: a case begins with its component")
    name = "" if match.group(1) in (None, NAME) else f" {match.group(1)}"
    component_text = f"(component{name}{component.text[match.end():].rstrip()}"
    calls = tuple(_read_calls(script, record.log_prefixes, types))
    return Case(component_text, calls, record.log_prefixes, record.host, start_trap, record.origin, blueprint)


def _read_calls(script: Sequence[Form], prefixes: Sequence[str], types: Types) -> Iterator[Call]:
    """The calls; assertions about logs belong to the call before them, instances begin a new run."""
    logs_of = {f"{p}-log-{part}": p for p in prefixes for part in ("count", "entry")}
    current: Call | None = None
    for form in script:
        match form.nodes():
            case ["component", "instance", *_]:
                continue
            case ["invoke", *rest]:
                call = _read_call(form, rest, None, types)
            case ["assert_trap", ["invoke", *rest], str()]:
                call = _read_call(form, rest, _read_trap(form), types)
            case ["assert_return", ["invoke", *rest], *results]:
                call = _read_return(form, rest, results, types)
            case _:
                raise ValueError(f"line {form.line}: no directive of a case: {form.text[:60]}")
        prefix = logs_of.get(call.function)
        if prefix is None or current is None:
            if current is not None:
                yield current
            current = call
        else:
            current = replace(current, logs=_with_log(form, current.logs, prefix, call))
    if current is not None:
        yield current


def tells_itself(t: FuncType) -> bool:
    """Whether the constants of a call of *t* tell its type: scalars and strings do."""
    return {None, *Prim}.issuperset({*t.param_types, t.result})


def _with_log(form: Form, logs: tuple[Log, ...], prefix: str, read: Call) -> tuple[Log, ...]:
    match read, logs:
        case Call(_, FuncType((), Prim.U32), _, Returned(int(count))), _:
            return (*logs, Log(prefix, count, count, ()))
        case (
            Call(_, FuncType(((_, Prim.U32),), Prim.U64), (int(index),), Returned(int(entry))), (*others, Log() as log),
        ):
            first = log.first if log.entries else index
            if log.prefix == prefix and index == first + len(log.entries):
                return (*others, Log(prefix, log.count, first, (*log.entries, entry)))
    raise ValueError(f"line {form.line}: a log's count is expected, a u32, or its next entry, a u64")


def _read_call(form: Form, rest: list[Node], expected: Trapped | None, types: Types) -> Call:
    function, *constants = rest
    if not isinstance(function, str) or not function.startswith('"'):
        raise ValueError(f"line {form.line}: a call names an export in quotes")
    path = read_string(function)
    try:
        if (t := types.get(path)) is not None:
            args = tuple(read_typed(p, node) for p, node in zip(t.param_types, constants, strict=True))
            return Call(path, t, args, expected)
        typed = [_read_plain(node) for node in constants]
    except ValueError as error:
        raise ValueError(f"line {form.line}: {error}") from error
    params = tuple((f"p{i}", t) for i, (t, _) in enumerate(typed))
    return Call(path, FuncType(params, None), tuple(v for _, v in typed), expected)


def _read_return(form: Form, rest: list[Node], results: list[Node], types: Types) -> Call:
    call = _read_call(form, rest, None, types)
    if len(results) > 1:
        raise ValueError(f"line {form.line}: a component function has at most one result")
    if not results:
        return replace(call, expected=Returned(None))
    try:
        if call.type.result is not None:
            return replace(call, expected=Returned(read_typed(call.type.result, results[0])))
        t, value = _read_plain(results[0])
    except ValueError as error:
        raise ValueError(f"line {form.line}: {error}") from error
    return replace(call, type=FuncType(call.type.params, t), expected=Returned(value))


def _read_plain(node: Node) -> tuple[ValType, Value]:
    """A constant that tells its own type. Raises `ValueError`."""
    match node:
        case [str() as keyword, str() as token]:
            return read_constant(keyword, token)
        case [str() as keyword, *_]:
            raise ValueError(f"{keyword} does not tell its type, and the header does not have the function's")
    raise ValueError(f"{node} is not a constant")


def _read_trap(form: Form) -> Trapped:
    """By the reason in the comment behind it; a file edited by hand may lack it."""
    end = form.source.find("\n", form.end)
    match = _REASON.match(form.source, form.end, len(form.source) if end < 0 else end)
    try:
        return Trapped(TrapReason(match.group(1)), match.group(2)) if match else Trapped(TrapReason.UNMAPPED)
    except ValueError as error:
        raise ValueError(f"line {form.line}: {error}") from error
