"""Smaller cases about handles: they are valid, smaller, stored like others, and small in the end."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from itertools import islice

import pytest
from msgspec.structs import replace as replaced
from wasmtime import wat2wasm

from fact.model.traps import Trap
from fuzz.case import Call, Origin
from fuzz.engines.reference import ReferenceEngine
from fuzz.examine import by_name, examine, full_case
from fuzz.minimise.handles import handle_reductions, handle_size, ungrouped
from fuzz.minimise.handles_merged import merged
from fuzz.outcome import Trapped
from fuzz.script import from_wast, obstacles, to_wast
from fuzz.script_header import AS_COMMENT
from generators.blueprint import Signature
from generators.families import render
from generators.handles import Definition, Function, HandleBlueprint, Instance, Resource, Run, Source
from generators.handles_cases import handle_blueprints
from generators.handles_model import Model
from generators.handles_script import RECEIVED, Drop, Invoke, New, Reg, operations
from generators.handles_used import less_that_is_not_used, only_what_is_used
from generators.stream import examples
from generators.valtypes import BorrowOf, OwnOf

ENGINES = by_name([ReferenceEngine()])


def outcomes(blueprint: HandleBlueprint) -> list[str]:
    model, found = Model(blueprint), []
    for call in blueprint.calls:
        try:
            model.call(call)
            found.append("")
        except Trap as trap:
            found.append(trap.reason.value)
            model = Model(blueprint)
    return found


def stored_part(call: Call) -> Call:
    """What an engine says of a trap besides its reason and site is not kept; nor is the type of a result not seen."""
    expected = call.expected
    if isinstance(expected, Trapped):
        expected = Trapped(expected.reason, expected.site)
    return replace(call, expected=expected)


def drawn(seed: int, count: int) -> list[HandleBlueprint]:
    return list(examples(seed, count, handle_blueprints()))


@pytest.mark.parametrize("number", range(len(handle_reductions())), ids=[r.__name__ for r in handle_reductions()])
def test_what_a_reduction_makes_is_valid(number: int) -> None:
    """Whatever the scripts then do."""
    drawn_once = examples(1, 400, handle_blueprints())
    made = list(islice((s for b in drawn_once for s in islice(handle_reductions()[number](b), 2)), 20))
    assert made
    for smaller in made:
        assert smaller.fits()
        wat2wasm(render(smaller).text)


def test_what_is_the_hosts_goes_when_nothing_uses_it() -> None:
    """Its functions and types, and the definitions around instances."""
    drawn_once = [b for b in drawn(5, 60) if b.host_types]
    for blueprint in drawn_once:
        (least,) = only_what_is_used(replaced(blueprint, calls=(Run(0 if blueprint.parent else _guest(blueprint)),)))
        assert not least.host_functions and len(least.instances) == 1
    assert len(drawn_once) > 8


def _guest(blueprint: HandleBlueprint) -> int:
    return next(i for i in range(len(blueprint.instances)) if not blueprint.definition(i).relay)


def test_groups_go_one_by_one() -> None:
    """And nothing else with them."""
    grouped = [b for b in drawn(5, 60) if b.groups]
    for blueprint in grouped:
        fewer = list(ungrouped(blueprint))
        assert all(replaced(smaller, groups=blueprint.groups) == blueprint for smaller in fewer)
        assert {len(smaller.groups) for smaller in fewer} >= {len(blueprint.groups) - 1}
    assert len(grouped) > 8


def test_two_instances_become_one() -> None:
    """Where the second is, where the first is, or as the parent of the others."""
    apart = [b for b in drawn(6, 60) if not b.groups and not b.parent and len(b.instances) > 2]
    made = [(b, smaller) for b in apart for smaller in merged(b)]
    assert all(smaller.fits() and len(smaller.instances) < len(b.instances) for b, smaller in made)
    assert {smaller.parent for _, smaller in made} == {True, False}
    assert not any(list(merged(b)) for b in drawn(6, 60) if b.groups)


def test_who_has_resources_made_and_lends_them_makes_them() -> None:
    """An owner and its client, who lends to a middleman: two components are enough, of which one is the parent."""
    make, borrow = Signature((), OwnOf(0)), Signature((BorrowOf(0),))
    owner = Definition(resources=(Resource(),), functions=(Function(make, 0),))
    middle = Definition(1, functions=(Function(borrow),))
    lent = Invoke(1, (0,), (Reg(3),), (Drop(0, Reg(RECEIVED)),))
    blueprint = HandleBlueprint(
        (owner, middle, Definition(1, (make, borrow))),
        (Instance(0), Instance(1, (Source(0, 0),)), Instance(2, (Source(0, 0),), (Source(0, 0), Source(1, 0)))),
        (Run(2, (Invoke(0, to=3), lent)),),
    )
    (least,) = [smaller for smaller in merged(blueprint) if smaller.parent and smaller.definition(0).resources
                and len(smaller.definition(0).imports) == 1]
    assert least.calls == (Run(0, (New(0, 1, 3), replaced(lent, callee=0))),)
    assert outcomes(least) == outcomes(blueprint) == [""]
    wat2wasm(render(least).text)


def test_what_nothing_uses_makes_no_difference() -> None:
    for blueprint in drawn(2, 60):
        (smaller,) = only_what_is_used(blueprint)
        assert outcomes(smaller) == outcomes(blueprint)
        assert handle_size(smaller) <= handle_size(blueprint)
        assert list(only_what_is_used(smaller)) == [smaller]


def test_what_nothing_uses_goes_one_by_one_too() -> None:
    """So that a reduction of everything may fail and that of all but one thing still be made."""
    smaller_ones = 0
    for blueprint in drawn(2, 8):
        (least,) = only_what_is_used(blueprint)
        made = list(less_that_is_not_used(blueprint))
        assert bool(made) == (least != blueprint)
        for smaller in made:
            assert smaller.fits() and smaller != blueprint
            assert outcomes(smaller) == outcomes(blueprint)
            assert list(only_what_is_used(smaller)) == [least]
        while made:
            smaller_ones += 1
            smaller = made[-1]
            made = list(less_that_is_not_used(smaller))
            assert made or smaller == least
    assert smaller_ones > 15


def test_a_trap_keeps_a_handful_of_operations() -> None:
    """Taking parts out as long as the last call still traps for a lent handle."""
    def shows(b: HandleBlueprint) -> bool:
        try:
            return "handle-lent" in outcomes(b)
        except (KeyError, IndexError):
            return False

    found = Counter[int]()
    for blueprint in filter(shows, drawn(3, 200)):
        best, before = blueprint, None
        while best is not before:
            before = best
            for reduction in handle_reductions():
                smaller = (s for s in reduction(best) if handle_size(s) < handle_size(best) and shows(s))
                best = next(smaller, best)
        assert len(best.calls) == 1 and len(best.instances) <= 3
        script = getattr(best.calls[0], "script", ())
        assert sum(1 for _ in operations(script)) <= 6, best.calls
        found[len(best.instances)] += 1
    assert found.total() >= 6 and found[3] <= found.total() / 4


def test_cases_with_handles_in_the_hosts_hands_are_stored_whole() -> None:
    """Readers of scripts have no constants for handles: those calls are comments for them."""
    stored = 0
    for blueprint in drawn(4, 60):
        case = full_case(examine(blueprint, ENGINES), ENGINES, Origin())
        text = to_wast(case)
        again = from_wast(text)
        assert again.blueprint == blueprint
        assert list(map(stored_part, again.calls)) == list(map(stored_part, case.calls))
        if any(call.type.has_handles for call in case.calls):
            stored += 1
            assert "the host passes, is given or drops handles" in " ".join(obstacles(case))
            assert AS_COMMENT in text
    assert stored > 5
