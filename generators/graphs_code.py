"""The text of core modules: `generators.graphs.Code` and the log.

Memory: from `TEXT` on letters; from `PAIRS` on pairs of a pointer and a length, and other values that a function may
return a pointer to; from `AREAS` on room for results; `REALLOCATED` on what a realloc hands out.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import lru_cache

from generators.graphs_core import (
    Call,
    Code,
    Compute,
    Const,
    CoreFunc,
    CoreType,
    Count,
    Element,
    Fail,
    Function,
    Global,
    Grow,
    Indirect,
    Load,
    Memory,
    Move,
    NumType,
    Operand,
    Param,
    Read,
    Step,
    Store,
    Table,
    Tag,
    Throw,
)

CALL, RESULT = 1, 2
"""Kinds of events in the log: ARCHITECTURE.md, decision 8."""

TEXT, PAIRS, SCRATCH, AREAS, REALLOCATED = 0x100, 0x180, 0x300, 0x400, 0x1000

LETTERS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.."
"""So many of them, and in such a place, that they are valid text in every encoding."""

LENGTHS = (4, 0, 10, 2)
"""The lengths of the strings, or lists of bytes, behind the pairs, one after the other."""

LOG_MODULE = """\
(core module $Log
  (memory 1)
  (global $count (mut i32) (i32.const 0))
  (global $digest (mut i64) (i64.const 0x9e3779b97f4a7c15))
  (func (export "log") (param i64)
    (i64.store (i32.shl (i32.and (global.get $count) (i32.const 2047)) (i32.const 3)) (local.get 0))
    (global.set $count (i32.add (global.get $count) (i32.const 1)))
    (global.set $digest (i64.mul (i64.xor (i64.rotl (global.get $digest) (i64.const 5)) (local.get 0))
      (i64.const 0x100000001b3))))
  (func (export "log-count") (result i32) (global.get $count))
  (func (export "log-entry") (param i32) (result i64)
    (i64.load (i32.shl (i32.and (local.get 0) (i32.const 2047)) (i32.const 3))))
  (func (export "log-digest") (result i64) (global.get $digest)))"""

_DIGEST = """\
(func $read-{memory} (param $at i32) (param $size i32) (result i64) (local $sum i64)
    (if (i32.gt_u (local.get $size) (i32.const 64)) (then (local.set $size (i32.const 64))))
    (block $done (loop $more
      (br_if $done (i32.eqz (local.get $size)))
      (local.set $sum (i64.add (i64.mul (local.get $sum) (i64.const 31))
        (i64.load8_u ${memory} (i32.and (local.get $at) (i32.const 0xffff)))))
      (local.set $at (i32.add (local.get $at) (i32.const 1)))
      (local.set $size (i32.sub (local.get $size) (i32.const 1)))
      (br $more)))
    (local.get $sum))"""

_ALLOCATE = """\
(if (local.get 0) (then
      (global.set $next (i32.add (local.get 0) (local.get 3)))
      (return (local.get 0))))
    (global.set $next (i32.and (i32.sub (i32.add (global.get $next) (local.get 2)) (i32.const 1))
      (i32.sub (i32.const 0) (local.get 2))))
    (i32.and (global.get $next) (i32.const 0x7fff))
    (global.set $next (i32.add (global.get $next) (local.get 3)))"""
"""A block that shrinks or grows stays where it is: only the last one ever does."""


def code_text(name: str, code: Code) -> str:
    """The definition of a core module."""
    return _code_text(code).replace("(core module", f"(core module {name}", 1)


@lru_cache(maxsize=256)
def _code_text(code: Code) -> str:
    return "\n  ".join(["(core module", *_fields(code)]) + ")"


def _fields(code: Code) -> Iterator[str]:
    types = code.types()
    for i in code.imports:
        yield f'(import "{i.instance}" "{i.field}" {extern(i.type, f"${i.name}")})'
    steps = [s for f in code.functions for s in f.steps]
    if any(isinstance(s, Compute) and s.by == "gc" for s in steps):
        yield "(type $box (struct (field (mut i64))))"
    for name, t in code.own:
        if isinstance(t, Global):
            yield f"(global ${name} (mut {t.type}) ({t.type}.const 0))"
        else:
            yield extern(t, f"${name}")
        if isinstance(t, Memory):
            yield f'(data (memory ${name}) (i32.const {TEXT:#x}) "{LETTERS}")'
            yield f'(data (memory ${name}) (i32.const {PAIRS:#x}) "{_PAIRS}")'
    if any(f.allocates for f in code.functions):
        yield f"(global $next (mut i32) (i32.const {REALLOCATED:#x}))"
    for f in code.functions:
        yield function_text(f, types)
    for memory in dict.fromkeys(s.memory for s in steps if isinstance(s, Read)):
        yield _DIGEST.format(memory=memory)
    for e in code.elements:
        yield _element(e)
    for export in code.exports:
        yield f'(export "{export.name}" ({export.sort} ${export.item}))'
    if code.start:
        yield f"(start ${code.start})"


def _pair(i: int, length: int) -> str:
    return _little(TEXT + 16 * i, 4) + _little(length, 4)


def _little(value: int, size: int) -> str:
    return "".join(f"\\{byte:02x}" for byte in value.to_bytes(size, "little"))


_PAIRS = "".join(_pair(i, length) for i, length in enumerate(LENGTHS)) + _little(1, 4) + _little(7, 4) + _little(8, 8)
"""After the pairs a record and a variant, for any type of their size."""


def _element(e: Element) -> str:
    listed = "".join(f" ${name}" for name in e.functions)
    return f"(elem (table ${e.table}) (i32.const {e.offset}) func{listed})"


def extern(t: CoreType, name: str = "") -> str:
    """A core type as it stands in an import or a definition."""
    match t:
        case CoreFunc():
            return f"(func {name}{func_type(t)})"
        case Memory():
            return f"(memory {name} 1)"
        case Table(size):
            return f"(table {name} {size} funcref)"
        case Global(type):
            return f"(global {name} (mut {type}))"
        case Tag():
            return f"(tag {name} (param i32))"


def func_type(t: CoreFunc) -> str:
    params = f" (param {' '.join(t.params)})" if t.params else ""
    return params + (f" (result {' '.join(t.results)})" if t.results else "")


def function_text(f: Function, types: dict[str, CoreType]) -> str:
    logs = "log" in types
    lines = [f"(func ${f.name}{func_type(f.type)}"]
    given = [_gives(s, types) for s in f.steps]
    lines += [f"(local ${i}s {t})" for i, t in enumerate(given) if t is not None]
    if logs:
        lines.append(f"(call $log (i64.const {CALL << 32 | f.number:#x}))")
        lines += [f"(call $log {_to('i64', t, f'(local.get {i})')})" for i, t in enumerate(f.type.params)]

    def operand(o: Operand, wanted: NumType) -> str:
        match o:
            case Param(index) if index < len(f.type.params):
                return _to(wanted, f.type.params[index], f"(local.get {index})")
            case Const(value):
                return f"({wanted}.const {value})"
            case _:
                step = getattr(o, "step", -1)
                t = given[step] if 0 <= step < len(given) else None
                return f"({wanted}.const 0)" if t is None else _to(wanted, t, f"(local.get ${step}s)")

    steps = f.steps[:-1] if f.tail else f.steps
    for i, s in enumerate(steps):
        text = _step(s, types, operand)
        if (t := given[i]) is not None:
            text = f"(local.set ${i}s {text})"
        lines.append(text)
        if logs and t is not None:
            given_i = _to("i64", t, f"(local.get ${i}s)")
            lines.append(f"(call $log (i64.const {RESULT << 32 | i:#x})) (call $log {given_i})")
    if f.allocates:
        lines.append(_ALLOCATE)
    elif f.tail:
        lines.append(_step(f.steps[-1], types, operand).replace("(call", "(return_call", 1))
    else:
        lines += [operand(f.returns, t) for t in f.type.results]
    return "\n    ".join(lines) + ")"


def _gives(s: Step, types: dict[str, CoreType]) -> NumType | None:
    match s:
        case Call(callee=callee, caught=caught):
            t = types[callee]
            assert isinstance(t, CoreFunc)
            return t.results[0] if t.results else "i32" if caught else None
        case Indirect(type=t):
            return t.results[0] if t.results else None
        case Count(cell=cell):
            t = types[cell]
            assert isinstance(t, Global)
            return t.type
        case Load() | Grow() | Throw(caught=True):
            return "i32"
        case Compute() | Read():
            return "i64"
    return None


def _step(s: Step, types: dict[str, CoreType], operand: Callable[[Operand, NumType], str]) -> str:
    def passed(t: CoreFunc, args: tuple[Operand, ...]) -> str:
        padded = (*args, *[Const(0)] * (len(t.params) - len(args)))
        return "".join(f" {operand(a, p)}" for a, p in zip(padded, t.params, strict=False))

    match s:
        case Call(callee, args, caught):
            t = types[callee]
            assert isinstance(t, CoreFunc)
            call = f"(call ${callee}{passed(t, args)})"
            return call if not caught else _catching(caught, call, t.results[0] if t.results else None)
        case Indirect(table, slot, t, args):
            return f"(call_indirect ${table}{func_type(t)}{passed(t, args)} (i32.const {slot}))"
        case Count(cell, o):
            t = types[cell]
            assert isinstance(t, Global)
            add = "f64.add" if t.type == "f64" else f"{t.type}.add"
            return (f"(block (result {t.type}) (global.set ${cell} ({add} (global.get ${cell}) {operand(o, t.type)}))"
                    f" (global.get ${cell}))")
        case Store(memory, at, o):
            return f"(i32.store ${memory} (i32.const {at:#x}) {operand(o, 'i32')})"
        case Load(memory, at):
            return f"(i32.load ${memory} (i32.const {at:#x}))"
        case Move(to, "", at, size):
            return f"(memory.fill ${to} (i32.const {at:#x}) (i32.const 0x5a) (i32.const {size}))"
        case Move(to, source, at, size):
            return f"(memory.copy ${to} ${source} (i32.const {at:#x}) (i32.const {TEXT:#x}) (i32.const {size}))"
        case Grow(memory):
            return f"(memory.grow ${memory} (i32.const 1))"
        case Compute("simd", o):
            x = f"(i64x2.splat {operand(o, 'i64')})"
            return f"(i64x2.extract_lane 1 (i64x2.add {x} (i8x16.popcnt {x})))"
        case Compute(_, o):
            return f"(struct.get $box 0 (struct.new $box {operand(o, 'i64')}))"
        case Throw(tag, o, caught):
            throw = f"(throw ${tag} {operand(o, 'i32')})"
            return _catching(tag, throw, "i32") if caught else throw
        case Read(memory, pointer, size):
            return f"(call $read-{memory} {operand(pointer, 'i32')} {operand(size, 'i32')})"
        case Fail():
            return "(unreachable)"


def _catching(tag: str, code: str, gives: NumType | None) -> str:
    """*code*, which gives *gives*, or the number of an exception of *tag*."""
    result = gives or "i32"
    inner = code if gives else f"{code} (i32.const -1)"
    if result == "i32":
        return (f"(block $caught (result i32) (try_table (result i32) (catch ${tag} $caught) {inner}))")
    other = _to(result, "i32", f"(block $caught (result i32) (br $out (try_table (result {result})"
                               f" (catch ${tag} $caught) {inner})))")
    return f"(block $out (result {result}) {other})"


def _to(wanted: NumType, have: NumType, text: str) -> str:
    """No float that comes of it is a NaN, as none goes in."""
    match have, wanted:
        case ("i32", "i64"):
            return f"(i64.extend_i32_u {text})"
        case ("i64", "i32"):
            return f"(i32.wrap_i64 {text})"
        case ("f64", "i64"):
            return f"(i64.reinterpret_f64 {text})"
        case ("f64", "i32"):
            return f"(i32.wrap_i64 (i64.reinterpret_f64 {text}))"
        case ("i32" | "i64", "f64"):
            return f"(f64.convert_{have}_u {text})"
    return text
