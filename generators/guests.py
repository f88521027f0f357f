"""Core module text: guests, the runtime module of a guest that imports its memory, shims and fixups.

Guests flatten and lay out values by `generators.types`, written from the specification and independent of `fact`.

What a guest observes goes into its log as 64-bit entries: an event (its kind in the upper half, its function and step
in the lower) followed by the values that belong to it. An i32 is extended without a sign, a float given by its bits,
every NaN by one pattern since engines may change NaNs. The digest depends on the order of all entries; the entries kept
are the last 2048.

Memory, one page: 0x100 spilled arguments, 0x1000 to 0x7fff what realloc hands out, 0x8000 to 0xbfff the log, the rest
for areas that end where memory ends.
"""

from __future__ import annotations

from collections.abc import Sequence

from fact.model.types import Prim
from generators.blueprint import (
    START,
    Fault,
    Guest,
    Hostile,
    Leaving,
    Pointer,
    RawArgument,
    RawResult,
    ReallocResult,
    Reentry,
    Signature,
    SpilledPadding,
    SpilledPointer,
    Step,
)
from generators.expressions import operand_text, raw_text
from generators.types import CORE, LOAD, STORE, CoreType, area, core_params, core_results, spills

MEMORY_END = 0x1_0000
ARGUMENTS = 0x100

CALL, RESULT, REALLOC, POST_RETURN, STARTED = 1, 2, 3, 4, 5
"""Kinds of events."""

_LOG = """\
  (global $count (mut i32) (i32.const 0))
  (global $digest (mut i64) (i64.const 0x9e3779b97f4a7c15))
  (func $log (export "log") (param $entry i64)
    (i64.store offset=0x8000 (i32.shl (i32.and (global.get $count) (i32.const 2047)) (i32.const 3)) (local.get $entry))
    (global.set $count (i32.add (global.get $count) (i32.const 1)))
    (global.set $digest (i64.mul (i64.xor (i64.rotl (global.get $digest) (i64.const 5)) (local.get $entry))
      (i64.const 0x100000001b3))))
  (func (export "log-count") (result i32) (global.get $count))
  (func (export "log-entry") (param $i i32) (result i64)
    (i64.load offset=0x8000 (i32.shl (i32.and (local.get $i) (i32.const 2047)) (i32.const 3))))
  (func (export "log-digest") (result i64) (global.get $digest))
"""

RUNTIME = '  (memory (export "memory") 1)\n' + _LOG
"""Fields of the runtime module: the memory and the log of a guest that imports both."""

_LOG_FLOAT = {
    "f32": """\
  (func $log.f32 (param $v f32)
    (call $log (select (i64.const 0x7fc00000) (i64.extend_i32_u (i32.reinterpret_f32 (local.get $v)))
      (f32.ne (local.get $v) (local.get $v)))))
""",
    "f64": """\
  (func $log.f64 (param $v f64)
    (call $log (select (i64.const 0x7ff8000000000000) (i64.reinterpret_f64 (local.get $v))
      (f64.ne (local.get $v) (local.get $v)))))
""",
}

_FAULTS = {"unreachable": "(unreachable)", "divide by zero": "(drop (i32.div_u (i32.const 1) (i32.const 0)))"}


# -- modules; each function returns the fields, without `(module` around them


def guest_fields(guest: Guest, hostile: Sequence[Hostile]) -> str:
    """The guest's own module. *hostile* are the choices whose place is in this guest."""
    parts = [
        f'  (import "dep" "c{i}" (func $c{i}{_core_type(used.signature)}))\n' for i, used in enumerate(guest.imports)
    ]
    if guest.memory == "imported":
        parts.append('  (import "runtime" "memory" (memory 1))\n  (import "runtime" "log" (func $log (param i64)))\n')
    else:
        parts.append(RUNTIME)
    floats = {CORE[t] for s in _signatures(guest) for t in (*s.params, *(() if s.result is None else (s.result,)))}
    parts.extend(_LOG_FLOAT[t] for t in ("f32", "f64") if t in floats)
    if any(isinstance(h, Reentry) for h in hostile):
        parts.append("  (global $inside (mut i32) (i32.const 0))\n")
    if has_realloc(guest):
        parts.append(_realloc(guest, hostile))
    for number in range(len(guest.functions)):
        parts.append(_function(guest, number, hostile))
    if guest.start:
        parts.append(_start(guest, hostile))
    return "".join(parts)


def shim_fields(guest: Guest) -> str:
    """A table and one trampoline for each of the guest's imports."""
    parts = [f'  (table (export "table") {len(guest.imports)} {len(guest.imports)} funcref)\n']
    for i, used in enumerate(guest.imports):
        args = "".join(f" (local.get {n})" for n in range(len(core_params(used.signature))))
        core_type = _core_type(used.signature)
        parts.append(
            f'  (func (export "c{i}"){core_type}\n    (call_indirect{core_type}{args} (i32.const {i})))\n'
        )
    return "".join(parts)


def fixup_fields(guest: Guest) -> str:
    """Fills the shim's table."""
    count = len(guest.imports)
    imports = [
        f'  (import "" "c{i}" (func $c{i}{_core_type(used.signature)}))\n' for i, used in enumerate(guest.imports)
    ]
    elements = " ".join(f"$c{i}" for i in range(count))
    table = f'  (import "" "table" (table {count} {count} funcref))\n'
    return f'{"".join(imports)}{table}  (elem (i32.const 0) func {elements})\n'


def has_realloc(guest: Guest) -> bool:
    return any(f.options or spills(f.signature) for f in guest.functions)


def _signatures(guest: Guest) -> list[Signature]:
    return [f.signature for f in guest.functions] + [i.signature for i in guest.imports]


def _core_type(signature: Signature) -> str:
    params = core_params(signature)
    text = f" (param {' '.join(params)})" if params else ""
    return text + "".join(f" (result {t})" for t in core_results(signature))


# -- functions


def _function(guest: Guest, number: int, hostile: Sequence[Hostile]) -> str:
    function = guest.functions[number]
    signature, here = function.signature, [h for h in hostile if h.place.function == number]
    spilled = spills(signature)
    header = " (param $params i32)" if spilled else "".join(
        f" (param $p{i} {CORE[t]})" for i, t in enumerate(signature.params)
    )
    header += "".join(f" (result {t})" for t in core_results(signature))
    lines = [f'(func $f{number} (export "f{number}"){header}']
    if spilled:
        lines.extend(f"  (local $p{i} {CORE[t]})" for i, t in enumerate(signature.params))
    lines.extend(_result_locals(guest, function.steps))
    if spilled:
        offsets = area(signature.params)[0]
        lines.extend(
            f"  (local.set $p{i} ({LOAD[t]} offset={offset} (local.get $params)))"
            for i, (t, offset) in enumerate(zip(signature.params, offsets, strict=True))
        )
    lines.append("  " + _event(CALL, number))
    lines.extend("  " + _log(CORE[t], f"(local.get $p{i})") for i, t in enumerate(signature.params))
    lines.extend(_faults(here, "body"))
    lines.extend(_steps(guest, function.steps, number, signature.params, here))
    lines.extend(_faults(here, "after steps"))
    if signature.result is not None:
        raw = [h.bits for h in here if isinstance(h, RawResult)]
        lines.append("  " + (
            raw_text(signature.result, raw[0]) if raw
            else operand_text(function.returns, signature.result, guest, function.steps, signature.params)
        ))
    text = "\n".join(f"  {line}" for line in lines) + ")\n"
    return text + _post_return(guest, number, here) if function.post_return else text


def _start(guest: Guest, hostile: Sequence[Hostile]) -> str:
    here = [h for h in hostile if h.place.function == START and not isinstance(h, ReallocResult)]
    lines = ["(func $start", *_result_locals(guest, guest.start), "  " + _event(STARTED, 0), *_faults(here, "body"),
             *_steps(guest, guest.start, 0, (), here)]
    return "\n".join(f"  {line}" for line in lines) + ")\n  (start $start)\n"


def _post_return(guest: Guest, number: int, here: Sequence[Hostile]) -> str:
    result = guest.functions[number].signature.result
    param = "" if result is None else f" (param $result {CORE[result]})"
    lines = [f'(func (export "post{number}"){param}', "  " + _event(POST_RETURN, number)]
    if result is not None:
        lines.append("  " + _log(CORE[result], "(local.get $result)"))
    lines.extend(_leaving(guest, here, "post-return"))
    lines.extend(_faults(here, "post-return"))
    return "\n".join(f"  {line}" for line in lines) + ")\n"


def _realloc(guest: Guest, hostile: Sequence[Hostile]) -> str:
    lines = ['(func (export "realloc") (param $old i32) (param $old_size i32) (param $align i32) (param $size i32)'
             " (result i32)", "  (local $ptr i32)", "  " + _event(REALLOC, 0)]
    lines.extend("  " + _log("i32", f"(local.get ${name})") for name in ("old", "old_size", "align", "size"))
    lines.extend(_leaving(guest, hostile, "realloc"))
    lines.extend(_faults(hostile, "realloc"))
    lines.append("  (local.set $ptr (i32.and (i32.sub (i32.add (global.get $next) (local.get $align)) (i32.const 1))"
                 " (i32.sub (i32.const 0) (local.get $align))))")
    lines.append("  (if (i32.gt_u (i32.add (local.get $ptr) (local.get $size)) (i32.const 0x8000))"
                 " (then (local.set $ptr (i32.const 0x1000))))")
    lines.append("  (global.set $next (i32.add (local.get $ptr) (local.get $size)))")
    pointers = [h.pointer for h in hostile if isinstance(h, ReallocResult)]
    lines.append("  " + (_realloc_result(pointers[0]) if pointers else "(local.get $ptr)"))
    return "  (global $next (mut i32) (i32.const 0x1000))\n" + "\n".join(f"  {line}" for line in lines) + ")\n"


def _realloc_result(pointer: Pointer) -> str:
    last_fit = f"(i32.sub (i32.const {MEMORY_END}) (local.get $size))"
    match pointer:
        case "odd":
            return "(i32.add (local.get $ptr) (i32.const 1))"
        case "last fit":
            return last_fit
        case "one past":
            return f"(i32.add {last_fit} (local.get $align))"
        case _:
            return f"(i32.const {_far(pointer):#x})"


def _far(pointer: Pointer) -> int:
    return {"at end": MEMORY_END, "past end": MEMORY_END + 8, "wrapping": 0xFFFF_FFF0}[pointer]


# -- statements


def _result_locals(guest: Guest, steps: Sequence[Step]) -> list[str]:
    return [
        f"  (local $r{n} {CORE[result]})" for n, step in enumerate(steps)
        if (result := guest.imports[step.callee].signature.result) is not None
    ]


def _event(kind: int, detail: int) -> str:
    return f"(call $log (i64.const {kind << 32 | detail:#x}))"


def _log(t: CoreType, expression: str) -> str:
    match t:
        case "i32":
            return f"(call $log (i64.extend_i32_u {expression}))"
        case "i64":
            return f"(call $log {expression})"
        case _:
            return f"(call $log.{t} {expression})"


def _faults(here: Sequence[Hostile], where: str) -> list[str]:
    return ["  " + _FAULTS[h.kind] for h in here if isinstance(h, Fault) and h.where == where]


def _leaving(guest: Guest, here: Sequence[Hostile], where: str) -> list[str]:
    lines = []
    for h in here:
        if isinstance(h, Leaving) and h.where == where:
            signature = guest.imports[h.callee].signature
            args = f" (i32.const {ARGUMENTS:#x})" if spills(signature) else "".join(
                f" ({t}.const 0)" for t in core_params(signature)
            )
            call = f"(call $c{h.callee}{args})"
            lines.append("  " + (call if signature.result is None else f"(drop {call})"))
    return lines


def _steps(
    guest: Guest, steps: Sequence[Step], number: int, params: Sequence[Prim], here: Sequence[Hostile]
) -> list[str]:
    lines: list[str] = []
    for n in range(len(steps)):
        step_lines = _step(guest, steps, n, number, params, here)
        if any(isinstance(h, Reentry) and h.step == n for h in here):
            step_lines = ["  (if (i32.eqz (global.get $inside)) (then", "  (global.set $inside (i32.const 1))",
                          *step_lines, "  (global.set $inside (i32.const 0))))"]
        lines.extend(step_lines)
    return lines


def _step(
    guest: Guest, steps: Sequence[Step], n: int, number: int, params: Sequence[Prim], here: Sequence[Hostile]
) -> list[str]:
    step, signature = steps[n], guest.imports[steps[n].callee].signature
    raw = {h.argument: h.bits for h in here if isinstance(h, RawArgument) and h.step == n}
    args = [
        raw_text(t, raw[i]) if i in raw else operand_text(operand, t, guest, steps, params)
        for i, (t, operand) in enumerate(zip(signature.params, step.args, strict=True))
    ]
    lines: list[str] = []
    if spills(signature):
        lines, args = _spill(signature, args, n, here)
    call = f"(call $c{step.callee}{''.join(' ' + a for a in args)})"
    if signature.result is None:
        return [*lines, "  " + call, "  " + _event(RESULT, number << 8 | n)]
    return [*lines, f"  (local.set $r{n} {call})", "  " + _event(RESULT, number << 8 | n),
            "  " + _log(CORE[signature.result], f"(local.get $r{n})")]


def _spill(signature: Signature, args: Sequence[str], n: int, here: Sequence[Hostile]) -> tuple[list[str], list[str]]:
    """The stores that write the arguments, and the one argument instead of them."""
    offsets, size, alignment = area(signature.params)
    pointers = [h.pointer for h in here if isinstance(h, SpilledPointer) and h.step == n]
    base = MEMORY_END - size if pointers == ["last fit"] else ARGUMENTS
    lines = []
    if any(isinstance(h, SpilledPadding) and h.step == n for h in here):
        lines.append(f"  (memory.fill (i32.const {base:#x}) (i32.const 0xff) (i32.const {size}))")
    lines.extend(
        f"  ({STORE[t]} offset={offset} (i32.const {base:#x}) {arg})"
        for t, offset, arg in zip(signature.params, offsets, args, strict=True)
    )
    match pointers:
        case [] | ["last fit"]:
            passed = base
        case ["odd"]:
            passed = base + 1
        case ["one past"]:
            passed = MEMORY_END - size + alignment
        case _:
            passed = _far(pointers[0])
    return lines, [f"(i32.const {passed:#x})"]
