"""A case as a `.wast` file that other engines' script runners accept, and back (ARCHITECTURE.md, decision 1)."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

import msgspec

from fact.model.traps import TrapReason
from fact.model.type_text import parse_func_type
from fact.model.types import FuncType, Prim, ValType
from fact.model.values import Value
from fuzz.case import Call, Case, Log, Origin
from fuzz.constants import (
    MAX_DEPTH,
    constant,
    depth,
    expectation,
    has_constants,
    quoted,
    read_constant,
    read_string,
    read_typed,
)
from fuzz.outcome import Returned, Trapped
from fuzz.sexpr import Form, Node, children, forms
from generators.blueprint import Blueprint, HostFunction, from_json, to_json

PHRASES: dict[TrapReason, str] = {
    TrapReason.INVALID_CHAR: "`char`",
    TrapReason.INVALID_DISCRIMINANT: "discriminant",
    TrapReason.INVALID_UTF8: "utf",
    TrapReason.STRING_TOO_LONG: "string",
    TrapReason.LIST_TOO_LONG: "list",
    TrapReason.CANNOT_LEAVE: "cannot leave component instance",
    TrapReason.CANNOT_ENTER: "cannot enter component instance",
    TrapReason.POINTER_MISALIGNED: "aligned",
    TrapReason.POINTER_OUT_OF_BOUNDS: "bounds",
    TrapReason.REALLOC_MISALIGNED: "aligned",
    TrapReason.REALLOC_OUT_OF_BOUNDS: "of",
    TrapReason.UNCAUGHT_EXCEPTION: "exception",
    TrapReason.UNREACHABLE: "unreachable",
    TrapReason.MEMORY_OUT_OF_BOUNDS: "out of bounds memory access",
    TrapReason.TABLE_OUT_OF_BOUNDS: "undefined element",
    TrapReason.INDIRECT_CALL_TO_NULL: "uninitialized element",
    TrapReason.BAD_SIGNATURE: "indirect call type mismatch",
    TrapReason.INTEGER_OVERFLOW: "integer overflow",
    TrapReason.INTEGER_DIVIDE_BY_ZERO: "integer divide by zero",
    TrapReason.BAD_CONVERSION_TO_INTEGER: "invalid conversion to integer",
    TrapReason.NULL_REFERENCE: "null reference",
    TrapReason.STACK_OVERFLOW: "call stack exhausted",
    TrapReason.OUT_OF_FUEL: "all fuel consumed",
}
"""What wasmtime's message for a reason contains, at the host's boundary and in a fused adapter alike.

Another runner may word it otherwise: the reason itself stands in a comment beside the phrase. An empty phrase matches
any message: that of the harness's own reasons, and of INVALID_UTF16, which is worded without a common word."""

_CASE, _BLUEPRINT = ";; factfuzz-case: ", ";; factfuzz-blueprint: "
_DEEP = ";; factfuzz-call: "
"""Before a call with a value that nests deeper than readers of scripts accept: a comment for them, a call for us."""
Types = Mapping[str, FuncType]
_REASON = re.compile(r"\s*;; ([a-z0-9-]+)(?: at (.+))?\s*$")
_COMPONENT = re.compile(r"\(component(?: definition)?(?:\s+(\$[^\s()]+))?")
_NAME = "$case"


class _Record(msgspec.Struct, frozen=True, omit_defaults=True):
    """What the script cannot say: one line of JSON in the header."""

    origin: Origin
    log_prefixes: tuple[str, ...] = ()
    host: tuple[HostFunction, ...] = ()
    types: dict[str, str] = msgspec.field(default_factory=dict)
    """Of the functions called, in the words of `fact.model.type_text`, where the constants of a call do not tell."""


# -- writing


def to_wast(case: Case) -> str:
    """The case as a script. Calls after a trap go to a fresh instance, because a trap ends an instance's life."""
    return "\n".join([*_header(case), "", *_script(case), ""])


def obstacles(case: Case) -> list[str]:
    """Why wasmtime's own script runner (50 and before) cannot run the case's script, though it is valid."""
    values = [(t, v) for c in case.calls for t, v in zip(c.type.param_types, c.args, strict=True)]
    types = [t for t, _ in values] + [c.type.result for c in case.calls if isinstance(c.expected, Returned)]
    found = []
    if case.host:
        found.append("the component imports functions of the host")
    if any(t in (Prim.F32, Prim.F64) for t in types):
        found.append("a float is passed or returned at the top level, where it reads floats as core values")
    if any("#" in c.function for c in case.calls):
        found.append("a function of an exported instance is called")
    if not all(has_constants(t) for t in types if t is not None):
        found.append("a map or a fixed-length list is passed or returned, for which scripts have no constants")
    if any(_too_deep(c) for c in case.calls):
        found.append("a value nests deeper than its constants may")
    return found


def _too_deep(call: Call) -> bool:
    result = call.expected.value if isinstance(call.expected, Returned) else None
    return any(depth(v) > MAX_DEPTH for v in (*call.args, result) if v is not None)


def _types(case: Case) -> dict[str, str]:
    plain = {None, *Prim}
    return {c.function: str(c.type) for c in case.calls if not plain.issuperset({*c.type.param_types, c.type.result})}


def _header(case: Case) -> Iterator[str]:
    origin = case.origin
    if origin.seed is not None:
        yield f";; A case that factfuzz made: case {origin.number} of seed {origin.seed}."
    yield ";; " + ", ".join(f"{name} {version}" for name, version in origin.versions.items())
    yield from _wrapped("features: " + "; ".join(origin.features)) if origin.features else ()
    yield from (f";; {line}".rstrip() for line in origin.verdict)
    if reasons := obstacles(case):
        yield from _wrapped("wasmtime's script runner cannot run this file, `factfuzz run` can: " + "; ".join(reasons))
    yield _CASE + msgspec.json.encode(_Record(origin, case.log_prefixes, case.host, _types(case))).decode()
    if case.blueprint is not None:
        yield _BLUEPRINT + to_json(case.blueprint)


def _wrapped(text: str) -> list[str]:
    return textwrap.wrap(text, 116, initial_indent=";; ", subsequent_indent=";;   ", break_on_hyphens=False)


def _script(case: Case) -> Iterator[str]:
    text = case.text.strip()
    if case.start_trap is not None:
        yield f"(assert_trap\n{text}\n{_phrase(case.start_trap)}"
        return
    match = _COMPONENT.match(text)
    if match is None:
        raise ValueError("a case's text begins with (component")
    name = match.group(1) or _NAME
    yield f"(component definition {name}{text[match.end():]}\n"
    yield f"(component instance $run0 {name})"
    runs = 1
    for i, call in enumerate(case.calls):
        deep = _DEEP if _too_deep(call) else ""
        yield from (deep + line for line in _call_lines(call))
        if isinstance(call.expected, Trapped) and i + 1 < len(case.calls):
            yield f"(component instance $run{runs} {name})"
            runs += 1


def _call_lines(call: Call) -> Iterator[str]:
    action = _invoke(call.function, [constant(t, v) for t, v in zip(call.type.param_types, call.args, strict=True)])
    match call.expected:
        case None:
            yield action
        case Trapped():
            yield f"(assert_trap {action} {_phrase(call.expected)}"
        case Returned(value=value):
            result = call.type.result
            expected = "" if result is None or value is None else " " + expectation(result, value)
            yield f"(assert_return {action}{expected})"
    for log in call.logs:
        yield f"(assert_return {_invoke(f'{log.prefix}-log-count', [])} (u32.const {log.count}))"
        for i, entry in enumerate(log.entries, log.first):
            yield f"(assert_return {_invoke(f'{log.prefix}-log-entry', [f'(u32.const {i})'])} (u64.const {entry:#x}))"


def _invoke(function: str, constants: Sequence[str]) -> str:
    return f"(invoke {' '.join([quoted(function), *constants])})"


def _phrase(trap: Trapped) -> str:
    site = "" if trap.site is None else f" at {trap.site}"
    return f'"{PHRASES.get(trap.reason, "")}") ;; {trap.reason.value}{site}'


# -- reading


def host_in_header(text: str) -> tuple[HostFunction, ...]:
    """What the header of a case says the host answers; nothing for any other script. Raises `ValueError`."""
    return _read_header(text)[0].host


def from_wast(text: str) -> Case:
    """The case in a script that `to_wast` wrote. `ValueError` says what is wrong, and at which line."""
    record, blueprint = _read_header(text)
    types = {function: parse_func_type(words) for function, words in record.types.items()}
    found = list(forms(text.replace(_DEEP, " " * len(_DEEP))))
    if not found:
        raise ValueError("no component: a case holds one (component ...)")
    component, *script = found
    start_trap = None
    if component.text.startswith("(assert_trap"):
        start_trap = _read_trap(component)
        component = next(children(component))
    match = _COMPONENT.match(component.text)
    if match is None:
        raise ValueError(f"line {component.line}: a case begins with its component")
    name = "" if match.group(1) in (None, _NAME) else f" {match.group(1)}"
    component_text = f"(component{name}{component.text[match.end():].rstrip()}"
    calls = tuple(_read_calls(script, record.log_prefixes, types))
    return Case(component_text, calls, record.log_prefixes, record.host, start_trap, record.origin, blueprint)


def _read_header(text: str) -> tuple[_Record, Blueprint | None]:
    record, blueprint = _Record(Origin(versions={})), None
    for number, line in enumerate(text.splitlines(), 1):
        if line.strip() and not line.startswith(";;"):
            break
        try:
            if line.startswith(_CASE):
                record = msgspec.json.decode(line[len(_CASE) :], type=_Record)
            elif line.startswith(_BLUEPRINT):
                blueprint = from_json(line[len(_BLUEPRINT) :])
        except (msgspec.MsgspecError, ValueError) as error:
            raise ValueError(f"line {number}: {error}") from error
    return record, blueprint


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
            current = replace(current, logs=_with_log(current.logs, prefix, call))
    if current is not None:
        yield current


def _with_log(logs: tuple[Log, ...], prefix: str, read: Call) -> tuple[Log, ...]:
    assert isinstance(read.expected, Returned) and isinstance(read.expected.value, int)
    if not read.args:
        return (*logs, Log(prefix, read.expected.value, read.expected.value, ()))
    *others, last = logs
    first = last.first if last.entries else int(str(read.args[0]))
    return (*others, Log(prefix, last.count, first, (*last.entries, read.expected.value)))


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
    rest = form.source[form.end :].partition("\n")[0]
    match = _REASON.match(rest)
    try:
        return Trapped(TrapReason(match.group(1)), match.group(2)) if match else Trapped(TrapReason.UNMAPPED)
    except ValueError as error:
        raise ValueError(f"line {form.line}: {error}") from error
