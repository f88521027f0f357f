"""What guests are drawn to do: every form of it is drawn often enough, and the components are valid."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import get_args

from validation import refusal

from generators import examples, render
from generators.axes import AXES, Axes
from generators.blueprint import Blueprint, Guest
from generators.cases import blueprints
from generators.inventing import CHANGES
from generators.operands import Changed, Joined, Operand, walk

COUNT = 500

NO_SMALL_ONES = Axes(frozenset({("size", "small")}))
"""Their guests are as plain as can be."""

OPERANDS = {t.__name__ for t in get_args(Operand)}


def guests(blueprint: Blueprint) -> Iterator[Guest]:
    for definition in blueprint.definitions:
        yield from (item for item in definition.items if isinstance(item, Guest))


def operands(guest: Guest) -> Iterator[Operand]:
    for function in guest.functions:
        if function.returns is not None:
            yield from walk(function.returns)
        for step in function.steps:
            for operand in step.args:
                yield from walk(operand)


def forms(blueprint: Blueprint) -> Iterator[str]:
    """What its guests do."""
    for guest in guests(blueprint):
        yield f"memory {guest.memory}"
        if guest.memory == "shared":
            yield f"realloc {guest.realloc}"
        if any(map(guest.uses_second, guest.imports)):
            yield f"second memory {'in the module' if guest.memory == 'own' else 'elsewhere'}"
        for operand in operands(guest):
            yield type(operand).__name__
            if isinstance(operand, Changed):
                yield operand.change
            if isinstance(operand, Joined):
                yield operand.way
        for function in guest.functions:
            yield f"way {function.way}"
            if function.fresh:
                yield "fresh area"
            if function.fails is not None:
                yield f"fails: {function.fails.how}"
            for step in function.steps:
                yield from (name for name in ("when", "over", "guarded", "depth") if getattr(step, name))
    if any(guest.vectors for guest in guests(blueprint)):
        yield "vectors"


EXPECTED = {
    *OPERANDS, *CHANGES, "end to end", "in turn", "when", "over", "guarded", "depth", "vectors", "fresh area",
    *(f"way {way}" for way in AXES["way"]), *(f"fails: {how}" for how in AXES["failure"]),
    *(f"memory {m}" for m in ("own", "imported", "shared")), "realloc own", "realloc lender's",
    "second memory in the module", "second memory elsewhere",
}


def test_every_form_is_drawn() -> None:
    """None less than once in a hundred cases; the rarest came in ten of five hundred when this was written."""
    found: Counter[str] = Counter()
    for blueprint in examples(5, COUNT, blueprints(axes=NO_SMALL_ONES)):
        found.update(set(forms(blueprint)))
    assert set(found) == EXPECTED
    assert not {form: n for form, n in found.items() if n < COUNT / 100}


def test_cases_stay_small() -> None:
    """Half of them have no more than five functions of guests."""
    sizes = sorted(sum(len(g.functions) for g in guests(b)) for b in examples(6, 200, blueprints(axes=NO_SMALL_ONES)))
    assert sizes[len(sizes) // 2] <= 5


def test_their_components_are_valid() -> None:
    drawn = examples(8, 150, blueprints(axes=NO_SMALL_ONES))
    refused = Counter(refusal(render(blueprint).text, "all") for blueprint in drawn)
    assert set(refused) == {""}
