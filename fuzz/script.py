"""A case as a `.wast` file that other engines' script runners accept, and back (ARCHITECTURE.md, decision 1)."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterator, Sequence

from fact.model.settings import Reentrance
from fact.model.traps import TrapReason
from fact.model.types import Prim, has_handles
from fuzz.case import Call, Case
from fuzz.constants import MAX_DEPTH, constant, depth, expectation, has_constants, quoted
from fuzz.coverage.groups import group_of
from fuzz.outcome import Returned, Trapped
from fuzz.script_header import AS_COMMENT, COMPONENT, NAME, Record, comment, header_lines
from fuzz.script_reader import from_wast, host_in_header, reentrance_in_header, tells_itself
from fuzz.validate import FEATURES

__all__ = ["PHRASES", "from_wast", "host_in_header", "obstacles", "reentrance_in_header", "to_wast"]

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
    TrapReason.UNKNOWN_HANDLE: "unknown handle index",
    TrapReason.WRONG_RESOURCE_TYPE: "used with the wrong type",
    TrapReason.HANDLE_LENT: "cannot remove owned resource while borrowed",
    TrapReason.HANDLE_NOT_OWNED: "cannot lift own resource from a borrow",
    TrapReason.BORROWS_LEFT: "borrow handles still remain at the end of the call",
    TrapReason.HANDLE_TABLE_FULL: "cannot allocate another handle",
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

_NEEDS_FEATURES = re.compile(r"\bi64 \d|\(map |\(list (?:[^()\s]+|\((?:[^()]|\([^()]*\))*\)) \d+\)")
"""64-bit memories, maps and fixed-length lists, which readers of scripts accept only when told to."""


_OF_ALL = frozenset({"type", "value", "flat", "layout", "list", "graph"})
"""Groups of features that the text itself shows, and many of each: they are in the header's data only."""


def to_wast(case: Case) -> str:
    """The case as a script. Calls after a trap go to a fresh instance, because a trap ends an instance's life.

    A call with a value that readers of scripts do not accept, because of its depth or because of handles, is a comment,
    and so are those that follow it on the same instance: they may depend on it.
    """
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
    if not all(has_constants(t) or has_handles(t) for t in types if t is not None):
        found.append("a map or a fixed-length list is passed or returned, for which scripts have no constants")
    if any(call.type.has_handles for call in case.calls):
        found.append("the host passes, is given or drops handles, for which scripts have no constants")
    if any(_too_deep(c) for c in case.calls):
        found.append("a value nests deeper than its constants may")
    return found


def _too_deep(call: Call) -> bool:
    result = call.expected.value if isinstance(call.expected, Returned) else None
    return any(depth(v) > MAX_DEPTH for v in (*call.args, result) if v is not None)


def _types(case: Case) -> dict[str, str]:
    return {c.function: str(c.type) for c in case.calls if not tells_itself(c.type)}


def _header(case: Case) -> Iterator[str]:
    origin = case.origin
    if origin.seed is not None:
        yield f";; A case that factfuzz made: case {origin.number} of seed {origin.seed}."
    yield from comment(", ".join(f"{name} {version}" for name, version in origin.versions.items()))
    if origin.reentrance != Reentrance.GUARDED.value:
        yield f";; run with --reentrance {origin.reentrance}"
    if telling := [feature for feature in origin.features if group_of(feature) not in _OF_ALL]:
        yield from _wrapped("features: " + "; ".join(telling))
    for line in origin.verdict:
        yield from comment(line)
    if _NEEDS_FEATURES.search(case.text):
        yield f";; To validate it: wasm-tools wast --features={','.join(FEATURES)}"
    if reasons := obstacles(case):
        yield from _wrapped("wasmtime's script runner cannot run this file, `factfuzz run` can: " + "; ".join(reasons))
    yield from header_lines(Record(origin, case.log_prefixes, case.host, _types(case)), case.blueprint)


def _wrapped(text: str) -> list[str]:
    return textwrap.wrap(text, 116, initial_indent=";; ", subsequent_indent=";;   ", break_on_hyphens=False)


def _script(case: Case) -> Iterator[str]:
    text = case.text.strip()
    if case.start_trap is not None:
        yield f"(assert_trap\n{text}\n{_phrase(case.start_trap)}"
        return
    match = COMPONENT.match(text)
    if match is None:
        raise ValueError("a case's text begins with (component")
    name = match.group(1) or NAME
    yield f"(component definition {name}{text[match.end():]}\n"
    yield f"(component instance $run0 {name})"
    runs, mark = 1, ""
    for i, call in enumerate(case.calls):
        mark = AS_COMMENT if _too_deep(call) or call.type.has_handles else mark
        yield from (mark + line for line in _call_lines(call))
        if isinstance(call.expected, Trapped) and i + 1 < len(case.calls):
            yield f"(component instance $run{runs} {name})"
            runs, mark = runs + 1, ""


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
