"""Where the reference trapped: it runs the call once more, under an observer that notes what failed innermost."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias, cast

from fact.abi import (
    MAX_FLAT_RESULTS,
    CoreValue,
    CoreWebAssemblyException,
    HandleState,
    alignment,
    elem_size,
    flatten_type,
)
from fact.model.plan import Adapter, HostLower, Lift, Options, Plan
from fact.model.settings import Reentrance
from fact.model.traps import Trap, TrapReason
from fact.model.types import FuncType
from fact.model.values import Value
from fact.run import Entered, HandleUse, prepare_observed
from fuzz.engines.base import NOTHING
from fuzz.engines.pipeline import OurComponent, plan_of
from fuzz.observe import Observation, Program, RecordingHost, Session
from fuzz.outcome import Misused, Returned, Trapped
from fuzz.triage.place import Place, kind_of, part_at, place_of_site

_LIFTING_PARAMS, _LOWERING_PARAMS, _LIFTING_RESULT, _LOWERING_RESULT, _RESOLVED = range(5)
_CODE = ("callee", "realloc", "post-return", "destructor", "start")
_LOWERS = ("adapter", "host lower")
_HOST = "host"

_Side: TypeAlias = "tuple[FuncType, Options | None]"
"""A component function as one side sees it: its type and the side's options, None for the host."""


def place_of_trap(program: Program, observed: Observation, call: int | None) -> Place | None:
    """Where the trap came from that the reference *observed* in call number *call*, or before all calls.

    Runs that call again, after those that its instance had before; None if the trap does not come again. Never raises.
    """
    outcome = observed.refusal if call is None else observed.calls[call].outcome
    if not isinstance(outcome, Trapped):
        return None
    for reentrance in Reentrance:  # whatever the setting was: under the other one it may be another trap
        try:
            witness = _witness(program, _same_instance(observed, call), reentrance)
        except Exception:
            return None
        if witness is not None and (witness.reason, witness.site) == (outcome.reason, outcome.site):
            return witness.place
    return None


def _same_instance(observed: Observation, call: int | None) -> range:
    """The calls from the one that made the instance of call number *call* to that call itself."""
    if call is None:
        return range(0)
    ended = [i for i, c in enumerate(observed.calls[:call])
             if c.log_failure is not None or not isinstance(c.outcome, Returned | Misused)]
    return range(ended[-1] + 1 if ended else 0, call + 1)


def _witness(program: Program, calls: range, reentrance: Reentrance) -> Witness | None:
    """That of the one instance that the calls are made of; None if it ends too early."""
    plan = plan_of(program.binary)
    witness = Witness(plan)
    prepared = prepare_observed(plan, lambda: witness, reentrance=reentrance)
    session = Session(OurComponent(prepared, NOTHING), RecordingHost(program.host), program)
    if session.instantiate() is not None:
        return witness if len(calls) < 2 else None
    for i in calls:
        if session.running is None:
            return None
        session.call(*program.calls[i])
    return witness


class _Frame:
    """Something that was entered and is not left. *around*: the role of the core code it runs in."""

    __slots__ = ("area_is_bad", "args", "around", "entered", "phase")

    def __init__(self, entered: Entered, args: Sequence[CoreValue], around: str) -> None:
        self.entered = entered
        self.args = args
        self.around = around
        self.phase = _LIFTING_PARAMS
        self.area_is_bad = False
        """The area of the result, that the callee points to, cannot be read."""


class Witness:
    """An `Observer`: why the last thing failed that failed of itself, and where."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.reason: TrapReason | None = None
        self.site: str | None = None
        self.place: Place | None = None
        self._stack: list[_Frame] = []
        self._passing = False
        """What fails now fails because of what it contains."""

    def enter(self, entered: Entered, args: Sequence[CoreValue], /) -> None:
        self._passing = False
        outer = self._stack[-1] if self._stack else None
        role = "" if outer is None else outer.entered.role
        self._stack.append(_Frame(entered, args, role if role in _CODE or outer is None else outer.around))

    def leave(self, results: Sequence[CoreValue], /) -> None:
        self._passing = False
        frame = self._stack.pop()
        if frame.entered.role == "callee" and self._stack:
            outer = self._stack[-1]
            outer.phase = _LIFTING_RESULT
            outer.area_is_bad = _area_is_bad(self.plan, outer.entered, results)

    def fail(self, error: BaseException, /) -> None:
        frame = self._stack.pop()
        if self._passing:
            return
        self._passing = True
        self.place = None
        match error:
            case Trap():
                self.reason, self.site = error.reason, error.site
                self.place = self._place(frame)
            case CoreWebAssemblyException():
                self.reason, self.site = TrapReason.UNCAUGHT_EXCEPTION, None
                self.place = self._place(frame)

    def arguments(self, _: Sequence[Value], /) -> None:
        self._stack[-1].phase = _LOWERING_PARAMS

    def results(self, _: Sequence[Value], /) -> None:
        self._stack[-1].phase = _LOWERING_RESULT

    def resolved(self) -> None:
        self._stack[-1].phase = _RESOLVED

    def handle(self, use: HandleUse, instance: int, index: int, element: HandleState | None, /) -> None:
        """Nothing to note."""

    # -- places

    def _place(self, frame: _Frame) -> Place:
        role = frame.entered.role
        if role in _CODE:
            return Place(kind=role)
        if role == "built-in":
            return self._by(self.plan.builtins[frame.entered.index].kind, frame)
        if role in _LOWERS:
            return self._by("lower", frame)
        if self.site is None or self.reason is None:
            return Place(kind="host import" if role == "host import" else "")
        return self._in_value(frame, self.site, self.reason)

    def _by(self, what: str, frame: _Frame) -> Place:
        inside = frame.around if self.reason is TrapReason.CANNOT_LEAVE else ""
        return Place(kind=f"{what} in {inside}" if inside else what)

    def _in_value(self, frame: _Frame, site: str, reason: TrapReason) -> Place:
        guessed = place_of_site(site, reason)
        outer, inner = self._sides(frame)
        if guessed.kind == "area" or self._is_area(frame, site, reason):
            return Place(guessed.top, kind="area", at_host=outer is None or inner[1] is None)
        type, _ = inner if frame.phase == _LOWERING_PARAMS or outer is None else outer
        part = part_at(site, type.params, type.result)
        kind = guessed.kind if part is None else kind_of(part)
        encodings = f"{_encoding(outer)}->{_encoding(inner)}" if kind == "string" else ""
        at_host = outer is None or inner[1] is None
        return Place(guessed.top, guessed.in_list, kind, encodings, at_host, _pointers(outer, inner))

    def _is_area(self, frame: _Frame, site: str, reason: TrapReason) -> bool:
        """Whether the trap is over the place of the whole result, for which site and reason are those of a string or
        list that is the result."""
        if site != "result" or reason not in (TrapReason.POINTER_MISALIGNED, TrapReason.POINTER_OUT_OF_BOUNDS):
            return False
        return frame.phase == _LOWERING_RESULT or frame.area_is_bad

    def _sides(self, frame: _Frame) -> tuple[_Side | None, _Side]:
        """The function's type and options as its caller sees them, None for the host; and as it has them itself."""
        lower = self._stack[-1].entered if self._stack and self._stack[-1].entered.role in _LOWERS else None
        index = frame.entered.index
        if frame.entered.role == "host import":
            inner: _Side = self.plan.host_imports[index].type, None
            return (None if lower is None else self._of(self.plan.host_lowers[lower.index])), inner
        inner = self._of(self.plan.lifts[index])
        return (None if lower is None else self._of(self.plan.adapters[lower.index])), inner

    @staticmethod
    def _of(canon: Lift | Adapter | HostLower) -> _Side:
        return canon.type, canon.options


def _encoding(side: _Side | None) -> str:
    return _HOST if side is None or side[1] is None else side[1].string_encoding


def _pointers(outer: _Side | None, inner: _Side) -> str:
    if outer is None or outer[1] is None or inner[1] is None or outer[1].pointer == inner[1].pointer:
        return ""
    return f"{outer[1].pointer}->{inner[1].pointer}"


def _area_is_bad(plan: Plan, entered: Entered, results: Sequence[CoreValue]) -> bool:
    """Whether a lift's callee has returned the address of a result that cannot be there."""
    lift = plan.lifts[entered.index]
    t, pointer = lift.type.result, lift.options.pointer
    if t is None or entered.memory is None or len(flatten_type(t, pointer)) <= MAX_FLAT_RESULTS:
        return False
    begin = cast(int, results[0])
    return begin % alignment(t, pointer) != 0 or begin + elem_size(t, pointer) > len(entered.memory)
