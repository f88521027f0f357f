"""One blueprint on several engines: rendered, assembled, run, compared."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from time import perf_counter

from wasmtime import WasmtimeError, wat2wasm

from fuzz.case import Case, Origin, case_of
from fuzz.compare import compare
from fuzz.difference import differing_kind
from fuzz.divergence import Divergence, Side
from fuzz.engines.base import Engine
from fuzz.expect import log_difference, with_expectations
from fuzz.observe import Observation, Program, observe
from fuzz.outcome import Returned
from generators.components import Rendered
from generators.families import AnyBlueprint, render

Engines = Mapping[str, Engine]
"""By name, in the order in which they run."""

Announce = Callable[[str], object]
"""Told the name of each engine before it runs."""


def by_name(engines: Sequence[Engine]) -> dict[str, Engine]:
    return {engine.info.name: engine for engine in engines}


@dataclass(frozen=True, slots=True)
class Examination:
    """*observations* by engine; *program* is None when our own text could not be assembled.

    *own* is the time spent on our side: rendering, assembling, comparing.
    """

    blueprint: AnyBlueprint
    program: Program | None
    observations: dict[str, Observation]
    divergence: Divergence | None
    own: dict[str, float]

    @property
    def features(self) -> frozenset[str]:
        """What the case exercised, told by the reference; none when it did not take part."""
        return frozenset[str]().union(*(o.features for o in self.observations.values()))


def examine(blueprint: AnyBlueprint, engines: Engines, announce: Announce = lambda _: None) -> Examination:
    """Runs a blueprint on every engine. Never raises because of an engine or of what a generator made."""
    began = perf_counter()
    rendered = render(blueprint)
    rendering = perf_counter() - began
    examined = examine_rendered(blueprint, rendered, engines, announce)
    return replace(examined, own={"render": rendering, **examined.own}) if examined.own else examined


def examine_rendered(
    blueprint: AnyBlueprint, rendered: Rendered, engines: Engines, announce: Announce = lambda _: None
) -> Examination:
    """The same for a blueprint of which the text is at hand."""
    began = perf_counter()
    try:
        binary = bytes(wat2wasm(rendered.text))
    except WasmtimeError as error:
        reason = str(error).strip().partition("\n")[0]
        side = Side(("generators",), f"text that cannot be assembled: {reason}")
        return Examination(blueprint, None, {}, Divergence("text", None, "", (side,), f"text {reason[:80]}"), {})
    assembled = perf_counter()
    program = Program(binary, rendered.calls, rendered.log_prefixes, rendered.host)
    observations = _observed(engines, program, announce)
    ran = perf_counter()
    divergence = divergence_among(observations, blueprint, program, engines)
    own = {"assemble": assembled - began, "compare": perf_counter() - ran}
    return Examination(blueprint, program, observations, divergence, own)


def _observed(engines: Engines, program: Program, announce: Announce) -> dict[str, Observation]:
    """By engine. The native one runs first: what it has compiled, `fuzz.validate` need not compile once more."""
    observations: dict[str, Observation] = {}
    for name in sorted(engines, key=lambda name: name != "native"):
        announce(name)
        observations[name] = observe(engines[name], program)
    return {name: observations[name] for name in engines}


def program_of(case: Case) -> Program:
    """Raises `ValueError` when the case's text cannot be assembled."""
    try:
        binary = bytes(wat2wasm(case.text))
    except WasmtimeError as error:
        raise ValueError(str(error).strip()) from error
    calls = tuple((call.function, call.args) for call in case.calls)
    return Program(binary, calls, case.log_prefixes, {h.path: h.behaviour for h in case.host})


def divergence_among(
    observations: dict[str, Observation], blueprint: AnyBlueprint, program: Program, engines: Engines
) -> Divergence | None:
    """The first difference, with the type of a differing result in its signature, and what stands in differing logs."""
    found = compare(observations, program)
    if found is None or found.call is None:
        return found
    call = found.call
    typed = replace(program, types=tuple(call.type for call in case_of(blueprint, Origin()).calls))
    found = compare(observations, typed) or found
    function = typed.type_of(call)
    result = None if function is None else function.result
    if found.position == "call" and result is not None and all(s.saw.startswith("returned") for s in found.sides):
        outcomes = [observations[side.engines[0]].calls[call].outcome for side in found.sides]
        kind = differing_kind(result, [o.value for o in outcomes if isinstance(o, Returned)])
        return replace(found, signature=found.signature.replace("call ", f"call result {kind}: ", 1))
    if found.logs:
        first = {side.engines[0]: engines[side.engines[0]] for side in found.sides}
        return replace(found, entries=log_difference(first, program, call, found.logs))
    return found


def full_case(examined: Examination, engines: Engines, origin: Origin) -> Case:
    """The case behind an examination, expecting what the reference says (without one, the first engine), with the
    divergence as its verdict."""
    case = case_of(examined.blueprint, origin)
    if examined.program is not None and engines:
        teller = engines["reference"] if "reference" in engines else next(iter(engines.values()))
        case = with_expectations(case, teller, examined.program)
    return case if examined.divergence is None else case.with_verdict(examined.divergence.lines())
