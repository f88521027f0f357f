"""Core text of a guest's functions: where operands come from, and how they are handed on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial

from fact.model.types import Prim
from generators import seconds
from generators.blueprint import Encoding, Function, Guest, Signature, Step
from generators.constants import RESERVE, Data, Lowering
from generators.copying import load, store
from generators.expressions import literal, raw_text
from generators.helpers import Helpers, result_text
from generators.hostile_choices import (
    RESULT,
    AreaKind,
    Damaged,
    Hostile,
    RawArgument,
    RawResult,
    Reentry,
    ResultPointer,
    SpilledPadding,
    SpilledPointer,
)
from generators.layout import (
    STORE,
    CoreType,
    Pointer,
    alignment,
    area,
    core_results,
    flat,
    size,
    spills,
    spills_result,
)
from generators.making import Constant, Held, address, made, number
from generators.misbehaving import faults, leaving, meddling
from generators.observing import log_core, log_flat, log_memory
from generators.operands import (
    CallResult,
    Changed,
    Const,
    Joined,
    Mix,
    Operand,
    Param,
    Rebuilt,
    Selected,
    Unwrapped,
    Wrapped,
)
from generators.programs import failing, handed_over, in_new_block, remembering, tail_called, thrown
from generators.reallocs import bad_pointer
from generators.runtime import CALL, PAGE, POST_RETURN, STARTED, event
from generators.runtime import RESULT as RESULT_EVENT
from generators.stepping import taken
from generators.valtypes import Type, has_strings, is_scalar
from generators.values import nth_image

_IN_BOUNDS: tuple[AreaKind, ...] = ("odd", "null", "half", "arguments")
"""Where a result may be written without a trap."""

_NO_FUNCTION = Function(Signature(()))


@dataclass(slots=True)
class FunctionText:
    """Writes one function. *steps* are its own or a start function's; *here* the hostile choices at its place."""

    guest: Guest
    data: Data
    helpers: Helpers
    signature: Signature
    steps: Sequence[Step]
    number: int
    here: Sequence[Hostile]
    encoding: Encoding = "utf8"
    body: Function = _NO_FUNCTION
    """The function's data: how it is called, and how it fails."""
    second: Data = field(default_factory=lambda: Data(PAGE))
    """The static part of the guest's second memory."""
    held: dict[Operand, Held] = field(default_factory=dict)
    locals: list[str] = field(default_factory=list)
    shared: int | None = None
    """Where arguments lie that a result shall be written over."""
    lines: list[str] = field(default_factory=list)

    @property
    def p(self) -> Pointer:
        return self.guest.pointer

    # -- whole functions

    def function(self, returns: Operand | None) -> str:
        p, params, number = self.p, self.take_params(), self.number
        results = core_results(self.signature, p)
        self.lines.append(event(CALL, number))
        self.lines.extend(self.log(self.held[Param(i)]) for i in range(len(self.signature.params)))
        fields = remembering(self, returns)
        fields += failing(self)
        self.lines.extend(faults(self.here, "body", p))
        self.take_steps()
        self.lines.extend(faults(self.here, "after steps", p))
        if self.signature.result is not None:
            self.lines.append(self.result(returns, self.signature.result))
        name = f'$f{number} (export "f{number}")'
        match self.body.way:
            case "tail call":
                return fields + tail_called(name, params, results, self)
            case "thrown":
                return fields + thrown(name, params, results, self)
        return fields + self.text(name + params + result_text(results))

    def start(self) -> str:
        self.lines += [event(STARTED, 0), *faults(self.here, "body", self.p)]
        self.take_steps()
        return self.text("$start") + "  (start $start)\n"

    def post_return(self) -> str:
        results = core_results(self.signature, self.p)
        params = "".join(f" (param $result {t})" for t in results)
        self.lines.append(event(POST_RETURN, self.number))
        self.lines.extend(log_core(self.helpers, t, "(local.get $result)") for t in results)
        self.lines.extend(leaving(self, "post-return"))
        self.lines.extend(meddling(self))
        self.lines.extend(faults(self.here, "post-return", self.p))
        return self.text(f'(export "post{self.number}"){params}')

    def text(self, header: str) -> str:
        return f"  (func {header}\n    " + "\n    ".join([*self.locals, *filter(None, self.lines)]) + ")\n"

    # -- what comes in

    def local(self, prefix: str, core: CoreType) -> str:
        """The name of a new local."""
        name = f"${prefix}.{len(self.locals)}"
        self.locals.append(f"(local {name} {core})")
        return name

    def names(self, name: str, t: Type) -> tuple[str, ...]:
        return (name,) if is_scalar(t) else tuple(f"{name}.{k}" for k in range(len(flat(t, self.p))))

    def take_params(self) -> str:
        """The core parameters."""
        params, p = self.signature.params, self.p
        if not spills(self.signature):
            header = ""
            for i, t in enumerate(params):
                names = self.names(f"$p{i}", t)
                header += "".join(f" (param {n} {c})" for n, c in zip(names, flat(t, p), strict=True))
                self.held[Param(i)] = Held(t, self.encoding, got(names))
            return header
        for i, (t, offset) in enumerate(zip(params, area(params, p)[0], strict=True)):
            if is_scalar(t):
                self.locals.append(f"(local $p{i} {flat(t, p)[0]})")
                self.lines.append(f"(local.set $p{i} {load(self.helpers, t, '(local.get $params)', offset)[0]})")
                self.held[Param(i)] = Held(t, self.encoding, got((f"$p{i}",)))
            else:
                self.held[Param(i)] = Held(t, self.encoding, (), "(local.get $params)", offset)
        return f" (param $params {p})"

    def log(self, held: Held) -> str:
        if held.values:
            return log_flat(self.helpers, held.type, held.encoding, held.values)
        return log_memory(self.helpers, held.type, held.encoding, held.base, held.offset)

    # -- steps

    def take_steps(self) -> None:
        for n, step in enumerate(self.steps):
            before = self.lines
            self.lines = []
            taken(self, n, step, partial(self.step, n, step))
            if any(isinstance(h, Reentry) and h.step == n for h in self.here):
                self.lines = ["(if (i32.eqz (global.get $inside)) (then", "(global.set $inside (i32.const 1))",
                              *self.lines, "(global.set $inside (i32.const 0))))"]
            self.lines = before + self.lines

    def step(self, n: int, step: Step) -> None:
        used = self.guest.imports[step.callee]
        signature, encoding = used.signature, used.encoding or "utf8"
        result = signature.result
        if self.guest.uses_second(used):
            call, after = seconds.call(self, n, step, used)
        else:
            call, after = self.call(n, step, signature, encoding), []
        if handed_over(self, n, step, signature):
            self.lines.append(f"(return_{call[1:]}")
        if result is not None and not spills_result(signature):
            (name,) = self.names(f"$r{n}", result)
            self.locals.append(f"(local {name} {flat(result, self.p)[0]})")
            call = f"(local.set {name} {call})"
            self.held[CallResult(n)] = Held(result, encoding, got((name,)))
        self.lines += [call, event(RESULT_EVENT, max(self.number, 0) << 8 | n), *after]
        if result is not None:
            self.lines.append(self.log(self.held[CallResult(n)]))

    def call(self, n: int, step: Step, signature: Signature, encoding: Encoding) -> str:
        """The call of step *n*, after the lines that make its arguments."""
        args = self.spilled(n, step, signature, encoding) if spills(signature) else [
            e for i, (t, operand) in enumerate(zip(signature.params, step.args, strict=True))
            for e in self.flat(t, operand, encoding, n, i)
        ]
        if signature.result is not None and spills_result(signature):
            args.append(self.result_area(n, signature.result, encoding))
        return f"(call $c{step.callee}{''.join(' ' + a for a in args)})"

    def result_area(self, n: int, result: Type, encoding: Encoding) -> str:
        """Where the result of step *n* shall be written."""
        bad = self.bad_area(n)
        count, align = size(result, self.p), alignment(result, self.p)
        at = self.shared if bad == "arguments" and self.shared else self.area(count, align, bad == "last fit")
        pointed = self.pointed(at, count, align, bad)
        self.held[CallResult(n)] = Held(result, encoding, (), pointed if bad in _IN_BOUNDS else self.address(at))
        return pointed

    def bad_area(self, n: int) -> AreaKind | None:
        return next((h.pointer for h in self.here if isinstance(h, ResultPointer) and h.step == n), None)

    def spilled(self, n: int, step: Step, signature: Signature, encoding: Encoding) -> list[str]:
        """Writes the arguments to memory; returns the one argument instead of them."""
        offsets, count, align = area(signature.params, self.p)
        bad = next((h.pointer for h in self.here if isinstance(h, SpilledPointer) and h.step == n), None)
        result = signature.result
        if self.bad_area(n) == "arguments" and result is not None:
            room, align = max(count, size(result, self.p)), max(align, alignment(result, self.p))
            at = self.shared = self.area(room, align, False)
        else:
            at = self.area(count, align, bad == "last fit")
        self.data.put(at, bytes([self.fill(n)]) * count)
        for i, (t, offset) in enumerate(zip(signature.params, offsets, strict=True)):
            self.to_memory(t, step.args[i], encoding, n, i, at + offset)
        return [self.pointed(at, count, align, bad)]

    def area(self, count: int, align: int, at_end: bool) -> int:
        if at_end and count <= RESERVE:
            return (self.data.end - count) // align * align
        return self.data.reserve(count, align)

    def pointed(self, at: int, count: int, align: int, bad: AreaKind | None) -> str:
        good = self.address(at)
        if bad in (None, "last fit", "arguments"):
            return good
        return bad_pointer(bad, self.p, good, self.address(count), self.address(align))

    def address(self, at: int) -> str:
        return f"({self.p}.const {at:#x})"

    # -- operands

    def source(self, t: Type, operand: Operand | None, encoding: Encoding, n: int, i: int) -> Held | Constant:
        """Where a value that is no scalar comes from: what has the very same type, strings and all, is handed on."""
        damaged = next((h for h in self.here if isinstance(h, Damaged) and (h.step, h.argument) == (n, i)), None)
        if damaged is not None:
            return Constant(damaged.image, damaged)
        if isinstance(operand, Const) and operand.type == t:
            return Constant(operand.image)
        if isinstance(operand, Mix):
            return self.source(t, operand.left, encoding, n, i)
        if isinstance(operand, Changed | Joined | Selected | Wrapped | Unwrapped | Rebuilt):
            return made(self, t, operand, encoding)
        held = None if operand is None else self.held.get(operand)
        if held is not None and held.type == t and (held.encoding == encoding or not has_strings(t)):
            return held
        return Constant(nth_image(t, 0))

    def lowering(self, encoding: Encoding, n: int, damaged: Damaged | None) -> Lowering:
        if damaged is not None and damaged.damage == "junk":
            return Lowering(self.data, self.p, encoding, damaged.number)
        damage = {} if damaged is None else {damaged.path: damaged}
        return Lowering(self.data, self.p, encoding, self.fill(n), damage)

    def fill(self, n: int) -> int:
        """The byte that stands where no value is."""
        return next((h.byte for h in self.here if isinstance(h, SpilledPadding) and h.step == n), 0)

    def scalar(self, t: Prim, operand: Operand | None, n: int, i: int) -> str:
        if n == RESULT:
            raw = [h.bits for h in self.here if isinstance(h, RawResult)]
        else:
            raw = [h.bits for h in self.here if isinstance(h, RawArgument) and (h.step, h.argument) == (n, i)]
        raw += [h.number for h in self.here
                if isinstance(h, Damaged) and (h.step, h.argument, h.path, h.damage) == (n, i, (), "bits")]
        return raw_text(t, raw[0]) if raw else number(self, t, operand)

    def flat(self, t: Type, operand: Operand | None, encoding: Encoding, n: int, i: int) -> list[str]:
        """The flat core values of an operand as type *t*, for step *n*'s argument *i* or (`RESULT`) the result."""
        if is_scalar(t):
            return [self.scalar(t, operand, n, i)]
        match self.source(t, operand, encoding, n, i):
            case Constant(image, damaged):
                bits = self.lowering(encoding, n, damaged).flat(t, image)
                return [literal(c, b) for c, b in zip(flat(t, self.p), bits, strict=True)]
            case Held(values=(), base=base, offset=offset):
                return load(self.helpers, t, base, offset)
            case Held(values=values):
                return list(values)

    def to_memory(self, t: Type, operand: Operand | None, encoding: Encoding, n: int, i: int, at: int) -> None:
        """Has an operand lie at the address *at*: from the beginning if it is a constant, else by code."""
        if is_scalar(t):
            self.lines.append(f"({STORE[t]} {self.address(at)} {self.scalar(t, operand, n, i)})")
            return
        match self.source(t, operand, encoding, n, i):
            case Constant(image, damaged):
                lowering = self.lowering(encoding, n, damaged)
                self.data.put(at, bytes([lowering.fill]) * size(t, self.p))
                lowering.store(t, image, at)
            case Held(values=(), base=base, offset=offset):
                source = self.helpers.moved(base, offset)
                self.lines.append(f"(memory.copy {self.address(at)} {source} {self.address(size(t, self.p))})")
            case Held(values=values):
                self.lines.append(store(self.helpers, t, values, self.address(at)))

    def result(self, returns: Operand | None, t: Type) -> str:
        if not spills_result(self.signature):
            return self.flat(t, returns, self.encoding, RESULT, 0)[0]
        count, align = size(t, self.p), alignment(t, self.p)
        bad = self.bad_area(RESULT)
        if bad == "arguments" and spills(self.signature):
            return "(local.get $params)"
        if bad is None and self.body.fresh and not self.here:
            return in_new_block(self, t, address(self, t, returns, self.encoding))
        source = self.source(t, returns, self.encoding, RESULT, 0)
        if bad is None and isinstance(source, Held) and not source.values:
            return self.helpers.moved(source.base, source.offset)
        at = self.area(count, align, bad == "last fit")
        self.data.put(at, bytes([self.fill(RESULT)]) * count)
        self.to_memory(t, returns, self.encoding, RESULT, 0, at)
        return self.pointed(at, count, align, bad)


def got(names: Sequence[str]) -> tuple[str, ...]:
    return tuple(f"(local.get {name})" for name in names)
