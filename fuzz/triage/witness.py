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
from fact.run import Entered, HandleUse, Prepared, prepare_observed
from fuzz.engines.base import NOTHING
from fuzz.engines.pipeline import OurComponent, plan_of
from fuzz.observe import CallObservation, Observation, Program, RecordingHost, Session
from fuzz.outcome import Misused, Returned, Trapped
from fuzz.triage.place import OUT_AREA, Place, kind_of, part_at, place_of_site

_LIFTING_PARAMS, _LOWERING_PARAMS, _LIFTING_RESULT, _LOWERING_RESULT, _RESOLVED = range(5)
CODE = ("callee", "realloc", "post-return", "destructor", "start")
LOWERS = ("adapter", "host lower")
_HOST = "host"

Side: TypeAlias = "tuple[FuncType, Options | None]"
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
            witness = _witness(program, same_instance(observed, call), reentrance)
        except Exception:
            return None
        if witness is not None and (witness.reason, witness.site) == (outcome.reason, outcome.site):
            return witness.place
    return None


def same_instance(observed: Observation, call: int | None) -> range:
    """The calls from the one that made the instance of call number *call* to that call itself."""
    if call is None:
        return range(0)
    ended = [i for i, c in enumerate(observed.calls[:call])
             if c.log_failure is not None or not isinstance(c.outcome, Returned | Misused)]
    return range(ended[-1] + 1 if ended else 0, call + 1)


def _witness(program: Program, calls: range, reentrance: Reentrance) -> Witness | None:
    plan = plan_of(program.binary)
    witness = Witness(plan)
    made = run_calls(program, calls, prepare_observed(plan, lambda: witness, reentrance=reentrance))
    return None if made is None else witness


def run_calls(program: Program, calls: range, prepared: Prepared) -> list[CallObservation] | None:
    """The calls on one instance; None if that ends before the last of them. Without any it is only made."""
    session = Session(OurComponent(prepared, NOTHING), RecordingHost(program.host), program)
    if session.instantiate() is not None:
        return [] if len(calls) < 2 else None
    made: list[CallObservation] = []
    for i in calls:
        if session.running is None:
            return None
        made.append(session.call(*program.calls[i]))
    return made


class Frame:
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
        self.stack: list[Frame] = []
        self._passing = False
        """What fails now fails because of what it contains."""

    def enter(self, entered: Entered, args: Sequence[CoreValue], /) -> None:
        self._passing = False
        outer = self.stack[-1] if self.stack else None
        role = "" if outer is None else outer.entered.role
        self.stack.append(Frame(entered, args, role if role in CODE or outer is None else outer.around))

    def leave(self, results: Sequence[CoreValue], /) -> None:
        self._passing = False
        frame = self.stack.pop()
        if frame.entered.role == "callee" and self.stack:
            outer = self.stack[-1]
            outer.phase = _LIFTING_RESULT
            outer.area_is_bad = _area_is_bad(self.plan, outer.entered, results)

    def fail(self, error: BaseException, /) -> None:
        frame = self.stack.pop()
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
        self.stack[-1].phase = _LOWERING_PARAMS

    def results(self, _: Sequence[Value], /) -> None:
        self.stack[-1].phase = _LOWERING_RESULT

    def resolved(self) -> None:
        self.stack[-1].phase = _RESOLVED

    def handle(self, use: HandleUse, instance: int, index: int, element: HandleState | None, /) -> None:
        """Nothing to note."""

    # -- places

    def _place(self, frame: Frame) -> Place:
        role = frame.entered.role
        if role in CODE:
            return Place(kind=role)
        if role == "built-in":
            return self._by(self.plan.builtins[frame.entered.index].kind, frame)
        if role in LOWERS:
            return self._by("lower", frame)
        if self.site is None or self.reason is None:
            return Place(kind="host import" if role == "host import" else "")
        return self._in_value(frame, self.site, self.reason)

    def _by(self, what: str, frame: Frame) -> Place:
        inside = frame.around if self.reason is TrapReason.CANNOT_LEAVE else ""
        return Place(kind=f"{what} in {inside}" if inside else what)

    def _in_value(self, frame: Frame, site: str, reason: TrapReason) -> Place:
        guessed = place_of_site(site, reason)
        outer, inner = self.sides(frame.entered, self.lower_below())
        at_host = outer is None or inner[1] is None
        if area := "area" if guessed.kind == "area" else self._area(frame, site, reason):
            return Place(guessed.top, kind=area, at_host=at_host)
        type, _ = inner if frame.phase == _LOWERING_PARAMS or outer is None else outer
        part = part_at(site, type.params, type.result)
        kind = guessed.kind if part is None else kind_of(part)
        encodings = f"{encoding_of(outer)}->{encoding_of(inner)}" if kind == "string" else ""
        return Place(guessed.top, guessed.in_list, kind, encodings, at_host, _pointers(outer, inner))

    def _area(self, frame: Frame, site: str, reason: TrapReason) -> str:
        """Whose area it is, if the trap is over the place of the whole result, for which site and reason are those of a
        string or list that is the result."""
        if site != "result" or reason not in (TrapReason.POINTER_MISALIGNED, TrapReason.POINTER_OUT_OF_BOUNDS):
            return ""
        return OUT_AREA if frame.phase == _LOWERING_RESULT else "area" if frame.area_is_bad else ""

    def sides(self, function: Entered, lower: Entered | None) -> tuple[Side | None, Side]:
        """A component function's type and options as the caller sees them that has entered *lower*, None for the host;
        and as it has them itself."""
        plan, index = self.plan, function.index
        if function.role == "host import":
            outer = None if lower is None else _side(plan.host_lowers[lower.index])
            return outer, (plan.host_imports[index].type, None)
        return None if lower is None else _side(plan.adapters[lower.index]), _side(plan.lifts[index])

    def lower_below(self, depth: int = 1) -> Entered | None:
        """The lower among what is entered, if it is so far from the innermost."""
        entered = self.stack[-depth].entered if len(self.stack) >= depth else None
        return entered if entered is not None and entered.role in LOWERS else None


def _side(canon: Lift | Adapter | HostLower) -> Side:
    return canon.type, canon.options


def encoding_of(side: Side | None) -> str:
    return _HOST if side is None or side[1] is None else side[1].string_encoding


def _pointers(outer: Side | None, inner: Side) -> str:
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
