"""What the generators draw is valid, runs and shrinks."""

from __future__ import annotations

import pytest
from failing_cases import about
from hypothesis import find, given, settings
from hypothesis_profiles import times
from msgspec.json import encode
from validation import refusal
from wasmtime import wat2wasm

from fact.model.types import Prim
from fuzz.engines.base import Engine
from fuzz.engines.native import NativeEngine
from fuzz.engines.reference import TracedReferenceEngine
from fuzz.observe import Observation, Program, observe
from fuzz.outcome import Crashed, NotSupported, Returned, Trapped
from generators import blueprints, examples, render
from generators.axes import HOSTILE, Axes
from generators.blueprint import Blueprint, Guest, HostTrap
from generators.hostile_choices import PointerKind, ReallocResult
from generators.valtypes import KINDS, Kind, kind_of, walk
from generators.wiring import called, instances, wire

NATIVE, TRACED = NativeEngine(), TracedReferenceEngine()
NATIVE_KINDS: tuple[Kind, ...] = tuple(kind for kind in KINDS if kind != "fixed-length list")
"""wasmtime's package can turn on neither fixed-length lists nor 64-bit memories in components."""


def observed(blueprint: Blueprint, engine: Engine = NATIVE) -> Observation:
    rendered = render(blueprint)
    program = Program(bytes(wat2wasm(rendered.text)), rendered.calls, rendered.log_prefixes, rendered.host)
    return observe(engine, program)


def traps(blueprint: Blueprint) -> bool:
    """Whether anything traps."""
    return any(isinstance(outcome, Trapped) for outcome in observed(blueprint).outcomes())


@pytest.mark.parametrize("kind", KINDS)
def test_components_with_one_kind_of_type_are_valid(kind: Kind) -> None:
    strategy = blueprints(max_components=2, types=(Prim.U32, Prim.CHAR, Prim.F32, Prim.S64), kinds=(kind,))
    found = 0
    for blueprint in examples(3, 12, strategy):
        nodes = called(blueprint, wire(blueprint))
        found += any(kind_of(u) == kind for n in nodes for t in n.signature.params for u in walk(t))
        assert not refusal(render(blueprint).text, "all")
    assert found


def fails(blueprint: Blueprint) -> bool:
    guests = [item for d in blueprint.definitions for item in d.items if isinstance(item, Guest)]
    return any(f.fails is not None for guest in guests for f in guest.functions)


@times(1.5)
@given(blueprints(hostile=False, reentrance=False, kinds=NATIVE_KINDS, memory64=False))
def test_valid_blueprints_trap_only_where_they_say_so(blueprint: Blueprint) -> None:
    """Without hostility and re-entrance only the host traps, and functions that fail by themselves: every value is
    lifted and lowered as it should be."""
    with about(blueprint):
        kinds = {type(outcome) for outcome in observed(blueprint).outcomes()}
        host_traps = any(isinstance(function.behaviour, HostTrap) for function in blueprint.host)
        may_trap = host_traps or fails(blueprint)
        assert kinds <= ({Returned, Trapped} if may_trap else {Returned})


def test_blocks_overlap_only_where_no_float_is_lowered() -> None:
    """The bytes of a NaN are any engine's own choice, and overlapping blocks would show them to a guest
    (CanonicalABI.md, Storing: `maybe_scramble_nan64`)."""
    alone = Axes(frozenset(("hostile", other) for other in HOSTILE if other != "realloc pointer"))
    drawn: list[PointerKind] = []
    for blueprint in examples(6, 400, blueprints(kinds=NATIVE_KINDS, axes=alone)):
        for hostile in blueprint.hostile:
            if isinstance(hostile, ReallocResult) and hostile.pointer in ("odd", "last fit"):
                guest = blueprint.guest(hostile.place)
                lowered = [t for f in guest.functions for t in f.signature.params]
                lowered += [used.signature.result for used in guest.imports if used.signature.result is not None]
                assert '"f32"' not in (types := encode(lowered).decode()) and '"f64"' not in types
                drawn.append(hostile.pointer)
    assert {"odd", "last fit"} == set(drawn) and len(drawn) > 10


def test_most_cases_test_values() -> None:
    drawn = list(examples(4, 100, blueprints(kinds=NATIVE_KINDS, memory64=False)))
    assert 5 < sum(map(traps, drawn)) < 0.4 * len(drawn)


def test_most_cases_are_for_every_engine() -> None:
    """What wasmtime's package cannot turn on is left to the other engines, in a modest share of cases."""
    outcomes = [observed(blueprint).outcomes() for blueprint in examples(5, 100, blueprints())]
    assert 3 < sum(any(isinstance(o, NotSupported) for o in found) for found in outcomes) < 30
    assert not any(isinstance(o, Crashed) for found in outcomes for o in found)


def test_shrinking_ends_in_one_call_on_two_components() -> None:
    def shows(blueprint: Blueprint) -> bool:
        return bool(observed(blueprint, TRACED).features & {
            "trap: invalid-char, adapter param", "trap: invalid-char, adapter result",
        })

    strategy = blueprints(types=(Prim.U32, Prim.CHAR), spilled=False)
    quick = settings(max_examples=1500, database=None, deadline=None, derandomize=True)
    found = find(strategy, shows, settings=quick)
    assert len(found.calls) == 1
    assert sum(len(i.guests) for i in instances(wire(found))) <= 2
    assert len(found.hostile) == 1
