"""What one case shows, and how long it takes: on the reference, which tells features, and on the compiled engine, whose
adapters count their branches. Runs in a process of its own (`workers`), which a case may end."""

from __future__ import annotations

import gc
import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from time import process_time

import msgspec

from fact.model.settings import Reentrance
from fuzz.cmin.python_coverage import PythonCoverage
from fuzz.compare import compare
from fuzz.engines.base import Engine, Refusal
from fuzz.engines.compiled import CompiledEngine
from fuzz.engines.reference import ReferenceEngine, TracedReferenceEngine
from fuzz.examine import program_of
from fuzz.inputs import one_line
from fuzz.observe import Observation, Program, observe
from fuzz.outcome import NotSupported, Refused
from fuzz.script import from_wast
from fuzz.validate import FEATURES, validate_together, validate_with

KINDS = ("feature", "branch", "python", "disagreement")
"""Kinds of elements: features of the reference; branches of adapters; jumps between lines of our Python; the signature
of what reference and compiled engine disagree about."""

COLLECTED_AT = 5_000
"""New objects after which the interpreter looks for cycles among them, as in a campaign's workers."""


class Measured(msgspec.Struct, frozen=True):
    """*elements*: `KIND NAME` each. *unreadable* says why there are none: the file is no case, or no engine of ours
    takes its component. *seconds* are of processor time. *told*: what the engines disagree about, a line each."""

    elements: tuple[str, ...] = ()
    seconds: float = 0.0
    unreadable: str = ""
    told: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Order:
    """A file to be measured, if its content is still that of *sha*."""

    path: str
    sha: bytes


def home() -> Engine:
    """What a measuring process is asked for, so that it has imported this module when it starts."""
    return ReferenceEngine()


def measure_all(orders: Sequence[Order], python: bool) -> list[Measured]:
    """Each by itself, in this order. *python*: with coverage of our Python."""
    settle()
    read = [_read(order) for order in orders]
    validate_together([one.program.binary for one in read if isinstance(one, _Runnable)])
    return [_measured(one, python) if isinstance(one, _Runnable) else Measured(unreadable=one) for one in read]


@dataclass(frozen=True, slots=True)
class _Runnable:
    program: Program
    reentrance: Reentrance


def _measured(case: _Runnable, python: bool) -> Measured:
    engines = engines_for(case.reentrance)
    began = process_time()
    observations = {engine.info.name: observe(engine, case.program) for engine in engines}
    seconds = process_time() - began
    jumps = jumps_of(engines, case.program) if python else ()
    refusal = observations["reference"].refusal
    divergence = compare(observations, case.program)
    if divergence is None and isinstance(refusal, Refused | NotSupported):
        return Measured(unreadable=f"refused: {_refused(refusal)}")
    elements = [*_shown(observations), *(f"python {jump}" for jump in jumps)]
    if divergence is None:
        return Measured(tuple(elements), seconds)
    try:
        validate_with(case.program.binary, *FEATURES)  # by itself, it may not be valid
    except Refusal as refused:
        return Measured(unreadable=f"refused: {one_line(refused.message)}")
    return Measured((*elements, f"disagreement {divergence.signature}"), seconds, told=tuple(divergence.lines()))


def jumps_of(engines: Sequence[Engine], program: Program) -> tuple[str, ...]:
    covered = _python_coverage()
    covered.begin()
    try:
        for engine in engines:
            observe(engine, program)
    finally:
        jumps = covered.end()
    return jumps


def _read(order: Order) -> _Runnable | str:
    """The case; or why the file is none."""
    try:
        with open(order.path, "rb") as file:
            data = file.read()
    except OSError as error:
        return f"cannot be read: {error.strerror or error}"
    if hashlib.sha256(data).digest() != order.sha:
        return "was changed while it was read"
    try:
        case = from_wast(data.decode())
        program = program_of(case)
    except UnicodeDecodeError as error:
        return f"not text: byte {error.start} is not UTF-8"
    except ValueError as error:
        return one_line(str(error))
    except RecursionError:
        return "nested too deeply"
    return _Runnable(program, Reentrance(case.origin.reentrance))


def _refused(refusal: Refused | NotSupported) -> str:
    return one_line(refusal.message if isinstance(refusal, Refused) else refusal.construct)


def _shown(observations: dict[str, Observation]) -> Iterator[str]:
    for observation in observations.values():
        yield from (f"feature {feature}" for feature in observation.features)
        yield from (f"branch {name}" for name, times in observation.branches.items() if times > 0)


@cache
def engines_for(reentrance: Reentrance) -> tuple[Engine, ...]:
    return TracedReferenceEngine(reentrance=reentrance), CompiledEngine(reentrance=reentrance, branches=True)


@cache
def _python_coverage() -> PythonCoverage:
    return PythonCoverage()


@cache
def settle() -> None:
    """What is here before the first case stays."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(COLLECTED_AT, 10, 10)
