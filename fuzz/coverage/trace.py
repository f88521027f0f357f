"""From what the reference does to the features of a case: an `Observer` that names what it sees."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import wraps
from typing import TypeVarTuple, cast

from fact.abi import CoreValue, CoreWebAssemblyException, HandleState
from fact.model.traps import Trap, TrapReason
from fact.model.values import Value
from fact.run import Entered, HandleUse
from fuzz.coverage import calls, graphs, pointers, traps
from fuzz.coverage.blocks import Blocks
from fuzz.coverage.crossings import Crossing, Crossings, Values
from fuzz.coverage.handles import HandleUses
from fuzz.coverage.shape import Raw

Ts = TypeVarTuple("Ts")

_LIFTING_PARAMS, _LOWERING_PARAMS, _LIFTING_RESULT, _LOWERING_RESULT, _RESOLVED = range(5)

BLOCKS_LOOKED_AT = 256
"""Blocks of one lowering: there can be thousands, which tell no more."""

_FUNCTIONS = ("lift", "host import")
_LOWERS = ("adapter", "host lower")


class Frame:
    """Something that was entered and is not left. *around* is the role of the core code that called it, if any did;
    what stands below that is a component function's own."""

    __slots__ = ("args", "around", "bad_area", "blocks", "crossing", "depth", "entered", "phase", "raw", "size")

    def __init__(self, entered: Entered, args: Sequence[CoreValue], around: str, depth: int) -> None:
        self.entered = entered
        self.args = args
        self.around = around
        self.depth = depth
        """How many component functions it runs in, itself among them."""
        self.size = 0
        """Of the memory, when a realloc was entered."""
        self.crossing: Crossing | None = None
        self.bad_area = ""
        """The area that cannot be written, if it has come to that."""
        self.phase = _LIFTING_PARAMS
        self.raw: Raw | None = None
        """What is being lifted."""
        self.blocks: Blocks | None = None
        """Of the values that are being lowered."""


def contained(event: Callable[[Trace, *Ts], None]) -> Callable[[Trace, *Ts], None]:
    """An event whose mistakes are those of the trace alone: it names them, and looks no further."""
    @wraps(event)
    def told(trace: Trace, *args: *Ts) -> None:
        if not trace.broken:
            try:
                event(trace, *args)
            except Exception as error:
                trace.broken = True
                trace.found.add(fault(error))

    return told


def fault(error: Exception) -> str:
    """What stands among the features for a mistake of ours: no feature that is possible, so that it is told."""
    last = error.__traceback__
    while last is not None and last.tb_next is not None:
        last = last.tb_next
    where = "" if last is None else f" in {last.tb_frame.f_code.co_name}, line {last.tb_lineno}"
    return f"mistake of fuzz.coverage: {type(error).__name__}{where}"


class Trace:
    """The features of all that one instance of a plan does, added to *found*."""

    def __init__(self, crossings: Crossings, found: set[str]) -> None:
        self.plan = crossings.plan
        self.crossings = crossings
        self.found = found
        self.stack: list[Frame] = []
        self.failing = False
        """The innermost part of what fails has been told already."""
        self.broken = False
        self.handles = HandleUses(self.plan, found)
        self._entered: set[Entered] = set()
        """Core functions whose role has been told."""

    # -- events

    @contained
    def enter(self, entered: Entered, args: Sequence[CoreValue], /) -> None:
        if self.handles.pending:
            self.handles.settle(None)
        if self.stack:
            outer = self.stack[-1]
            role = outer.entered.role
            frame = Frame(entered, args, role if role in traps.ROLES else outer.around, outer.depth)
        else:
            outer, frame = None, Frame(entered, args, "", 0)
            self.failing = False
        match entered.role:
            case "lift" | "host import":
                self._enter_function(frame, outer)
            case "adapter" | "host lower":
                self._enter_lower(frame)
            case "built-in":
                self._enter_builtin(frame)
            case _:
                self._enter_core(frame, outer)
        self.stack.append(frame)

    @contained
    def leave(self, results: Sequence[CoreValue], /) -> None:
        if self.handles.pending:
            self.handles.settle(None)
        frame = self.stack.pop()
        match frame.entered.role:
            case "callee":
                self._returned(self.stack[-1], results)
            case "realloc":
                self._reallocated(frame, cast(int, results[0]))
            case "host import":
                self.found.add("call: a host import returns")
            case "built-in":
                self._leave_builtin(frame, results)

    @contained
    def fail(self, error: BaseException, /) -> None:
        if not self.stack:
            return
        frame = self.stack.pop()
        self.handles.settle(error.reason if isinstance(error, Trap) else None)
        if not self.failing:
            self.failing = True
            if isinstance(error, CoreWebAssemblyException):
                self._failed(frame, TrapReason.UNCAUGHT_EXCEPTION, None)
            elif isinstance(error, Trap):
                self._failed(frame, error.reason, error.site)

    @contained
    def arguments(self, values: Sequence[Value], /) -> None:
        if self.handles.pending:
            self.handles.settle(None)
        frame = self.stack[-1]
        self._lifted(frame, None)
        frame.phase = _LOWERING_PARAMS
        if frame.crossing is not None:
            self._walk(frame, frame.crossing.params, values)

    @contained
    def results(self, values: Sequence[Value], /) -> None:
        if self.handles.pending:
            self.handles.settle(None)
        frame = self.stack[-1]
        self._lifted(frame, None)
        frame.phase = _LOWERING_RESULT
        if (crossing := frame.crossing) is not None and crossing.result.shapes:
            if crossing.result.spilled and len(self.stack) > 1:
                self._result_area(frame, self.stack[-2])
            self._walk(frame, crossing.result, values)

    @contained
    def resolved(self) -> None:
        if self.handles.pending:
            self.handles.settle(None)
        self.stack[-1].phase = _RESOLVED

    @contained
    def handle(self, use: HandleUse, instance: int, index: int, element: HandleState | None, /) -> None:
        frame = self.stack[-1]
        if frame.entered.role == "built-in":
            doing: str = self.plan.builtins[frame.entered.index].kind
        else:
            doing = "param" if frame.phase <= _LOWERING_PARAMS else "result"
        self.handles.use(use, doing, instance, index, element)

    # -- component functions

    def _enter_lower(self, frame: Frame) -> None:
        entered = frame.entered
        frame.crossing, features = self.crossings.of(entered.role, entered.index)
        self.found.update(features)
        what = "adapter" if entered.role == "adapter" else "host import"
        self.found.add(f"call: {what} from {frame.around}")
        frame.raw = frame.crossing.params.look(frame.args, entered.memory)

    def _enter_function(self, frame: Frame, outer: Frame | None) -> None:
        entered = frame.entered
        if outer is not None and outer.entered.role in _LOWERS:
            frame.crossing, frame.raw = outer.crossing, outer.raw
        elif entered.role == "lift":
            frame.crossing, features = self.crossings.of("lift", entered.index)
            self.found.update(features)
        frame.depth += 1
        self.found.add(calls.depth(frame.depth))
        if frame.depth > 1 and any(f.entered is entered for f in self.stack):
            self.found.add("call: a function within itself")

    def _lifted(self, frame: Frame, reason: TrapReason | None) -> None:
        """Lifting is over, or has ended by a trap."""
        if frame.raw is not None:
            self.found.update(frame.raw.told(reason))
            frame.raw = None

    def _walk(self, frame: Frame, values: Values, passed: Sequence[Value]) -> None:
        walk = values.walk(passed, self.found)
        area = [("params area", 1)] if values.spilled and values.top == "param" else []
        frame.blocks = Blocks((*area, *walk.blocks[:BLOCKS_LOOKED_AT]), values.side, self.found)
        if (walk.blocks or values.spilled) and frame.crossing is not None:
            self.found.add(frame.crossing.widths[values is frame.crossing.result])
        if walk.handles > 1:
            self.found.add("handle: several in one call")

    def _returned(self, frame: Frame, results: Sequence[CoreValue]) -> None:
        """The callee of a lift has returned; now the result is lifted."""
        frame.phase = _LIFTING_RESULT
        if frame.crossing is not None:
            frame.raw = frame.crossing.result.look(results, frame.entered.memory)

    def _result_area(self, frame: Frame, outer: Frame) -> None:
        """The result goes where the caller wants it."""
        if frame.crossing is None or frame.crossing.result_area is None or outer.entered.memory is None:
            return
        size, alignment, pointer = frame.crossing.result_area
        begin, memory = cast(int, outer.args[-1]), len(outer.entered.memory)
        if not pointers.of_area("result area", begin, size, alignment, memory, pointer, self.found):
            frame.bad_area = "result area"

    # -- core functions

    def _enter_core(self, frame: Frame, outer: Frame | None) -> None:
        entered, role = frame.entered, frame.entered.role
        if role != "start" and entered not in self._entered:
            self._entered.add(entered)
            self.found.add(graphs.filled(role, graphs.filler(self.plan, entered.item)))
        if role == "realloc":
            frame.size = 0 if entered.memory is None else len(entered.memory)
        elif role == "post-return" and outer is not None and outer.crossing is not None:
            result = outer.crossing.result
            of = "a returned area" if result.spilled else "a flat result" if result.shapes else "no result"
            self.found.add(f"call: post-return of {of}, {outer.crossing.boundary}")
        elif role == "destructor":
            dropped = outer is not None and outer.entered.role == "built-in"
            self.handles.destructor_runs(entered.index, outer.entered.index if outer is not None and dropped else None)

    def _reallocated(self, frame: Frame, begin: int) -> None:
        after = 0 if frame.entered.memory is None else len(frame.entered.memory)
        if after > frame.size:
            self.found.add("call: realloc grows the memory")
        outer = self.stack[-1]
        if outer.blocks is not None:
            outer.blocks.returned(cast("Sequence[int]", frame.args), begin, frame.size, after)

    def _enter_builtin(self, frame: Frame) -> None:
        if frame.around in ("realloc", "post-return", "destructor"):
            self.found.add(f"call: {frame.around} uses a built-in")
        if self.plan.builtins[frame.entered.index].kind == "context.set":
            self.found.add(f"context: set in {frame.around}")

    def _leave_builtin(self, frame: Frame, results: Sequence[CoreValue]) -> None:
        match self.plan.builtins[frame.entered.index].kind:
            case "context.get":
                self.found.add(f"context: get in {frame.around}, {'what was set' if results[0] else 'zero'}")
            case "resource.drop":
                self.handles.dropped(frame.entered.index)

    # -- traps

    def _failed(self, frame: Frame, reason: TrapReason, site: str | None) -> None:
        """*frame* is the innermost that failed."""
        role = frame.entered.role
        if role in traps.ROLES:
            self.found.add(traps.in_code(reason, role))
            if role in ("realloc", "post-return", "destructor"):
                what = "an exception" if reason is TrapReason.UNCAUGHT_EXCEPTION else "a trap"
                self.found.add(f"call: {role} ends by {what}")
        elif role in _FUNCTIONS:
            self._failed_function(frame, reason, site)
        else:
            by = role if role != "built-in" else self.plan.builtins[frame.entered.index].kind
            where = f" in {frame.around}" if reason is TrapReason.CANNOT_LEAVE else ""
            self.found.add(f"trap: {reason.value} by {by}{where}")

    def _failed_function(self, frame: Frame, reason: TrapReason, site: str | None) -> None:
        """What the host raises, which can be a trap of another component, says nothing of values here."""
        crossing = frame.crossing
        if frame.entered.role == "host import" and frame.phase == _LOWERING_PARAMS:
            self.found.add("call: a host import traps")
            if reason is TrapReason.HOST:
                self.found.add("trap: host-trap, host import")
        elif reason is TrapReason.CANNOT_ENTER:
            self.found.add("trap: cannot-enter by a call")
        elif crossing is not None and reason is TrapReason.BORROWS_LEFT:
            self.found.add(f"trap: borrows-left, {crossing.boundary}")
        elif crossing is not None and site is not None:
            is_param = frame.phase <= _LOWERING_PARAMS
            side = (crossing.params if is_param else crossing.result).side
            self.found.update(traps.at_value(reason, self._place(frame, crossing, site), side))
            self._lifted(frame, reason)

    def _place(self, frame: Frame, crossing: Crossing, site: str) -> str:
        if site == "params":
            return "params area"
        if site == "result" and frame.bad_area:
            return frame.bad_area
        if site == "result" and frame.raw is not None and frame.raw.bad_area:
            return "returned area"
        return crossing.place(site, lowered=frame.phase in (_LOWERING_PARAMS, _LOWERING_RESULT))
