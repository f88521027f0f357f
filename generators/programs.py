"""What a function does beside its steps and its result: it remembers, it fails, and its body is called in some way."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from fact.model.types import Prim
from generators.blueprint import Signature, Step
from generators.copying import store
from generators.helpers import result_text
from generators.layout import CoreType, alignment, size, spills_result
from generators.making import Held, area_for, odd_atom
from generators.operands import CallResult, Counted, Operand, Param, Previous, walk
from generators.valtypes import Type

if TYPE_CHECKING:
    from generators.functions import FunctionText


# -- what stays from call to call


def remembering(w: FunctionText, returns: Operand | None) -> str:
    """Keeps the parameters and counts the calls that some operand asks for; the module fields it takes."""
    used = set(_operands(w, returns))
    for i, t in enumerate(w.signature.params):
        if Previous(i) in used:
            before, now, count = area_for(w, t), area_for(w, t), w.address(size(t, w.p))
            held = w.held[Param(i)]
            w.lines.append(f"(memory.copy {before} {now} {count})")
            if held.values:
                w.lines.append(store(w.helpers, t, held.values, now))
            else:
                w.lines.append(f"(memory.copy {now} {w.helpers.moved(held.base, held.offset)} {count})")
            w.held[Previous(i)] = Held(t, held.encoding, (), before)
    if Counted() not in used:
        return ""
    name = f"$counted.{w.number}"
    w.lines.append(f"(global.set {name} (i32.add (global.get {name}) (i32.const 1)))")
    w.held[Counted()] = Held(Prim.U32, "utf8", (f"(global.get {name})",))
    return f"  (global {name} (mut i32) (i32.const 0))\n"


def _operands(w: FunctionText, returns: Operand | None) -> Iterator[Operand]:
    """Every operand of the function."""
    roots = [] if returns is None else [returns]
    if w.body.fails is not None:
        roots.append(w.body.fails.when)
    for step in w.steps:
        roots += [*step.args, *(a for a in (step.when, step.over) if a is not None)]
    for root in roots:
        yield from walk(root)


# -- how it ends


def failing(w: FunctionText) -> str:
    """Throws or traps, if the function does that; the module fields it takes."""
    failure = w.body.fails
    if failure is None:
        return ""
    tag = f"$failed.{w.number}"
    condition = odd_atom(w, failure.when)
    match failure.how:
        case "throw":
            w.lines.append(f"(if {condition} (then (throw {tag})))")
            return f"  (tag {tag})\n"
        case "unreachable":
            w.lines.append(f"(if {condition} (then (unreachable)))")
        case "load out of bounds":
            w.lines.append(f"(if {condition} (then (drop (i64.load ({w.p}.const -8)))))")
    return ""


def in_new_block(w: FunctionText, t: Type, source: str) -> str:
    """A copy of the value at the address *source*, in a new block; what is behind its pointers is where it was."""
    local, count = w.local("fresh", w.p), w.address(size(t, w.p))
    w.lines += [f"(local.set {local} {w.helpers.block(alignment(t, w.p), count)})",
                f"(memory.copy (local.get {local}) {source} {count})"]
    return f"(local.get {local})"


# -- how its body is called

_NAME = re.compile(r"\$[\w.]+")


def tail_called(name: str, params: str, results: Sequence[CoreType], w: FunctionText) -> str:
    """The function, whose body is another one that it calls last."""
    body, args = f"$body.{w.number}", _handed_on(params)
    return w.text(body + params + result_text(results)) + (
        f"  (func {name}{params}{result_text(results)}\n    (return_call {body}{args}))\n"
    )


def thrown(name: str, params: str, results: Sequence[CoreType], w: FunctionText) -> str:
    """The function, whose body throws what it should return."""
    body, tag = f"$body.{w.number}", f"$thrown.{w.number}"
    w.lines[-1:] = [f"(throw {tag} {w.lines[-1]})"] if results else [*w.lines[-1:], f"(throw {tag})"]
    payload = f" (param {' '.join(results)})" if results else ""
    caught = f"(try_table (catch {tag} $caught) (call {body}{_handed_on(params)}))"
    return f"  (tag {tag}{payload})\n" + w.text(body + params) + (
        f"  (func {name}{params}{result_text(results)}\n    (block $caught{result_text(results)}\n"
        f"      {caught} (unreachable)))\n"
    )


def _handed_on(params: str) -> str:
    return "".join(f" (local.get {name})" for name in _NAME.findall(params))


def handed_over(w: FunctionText, n: int, step: Step, callee: Signature) -> bool:
    """Whether step *n* is a tail call of the lowered function: the last step, with a result that the function's is."""
    if w.body.way != "handed over" or n != len(w.steps) - 1 or w.here or step != Step(step.callee, step.args):
        return False
    returned = w.body.returns == CallResult(n) if callee.result is not None else w.signature.result is None
    return returned and callee.result == w.signature.result and not spills_result(callee)
