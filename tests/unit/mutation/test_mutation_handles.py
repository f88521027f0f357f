"""Mutations of cases about handles: valid, told the same each time, of every kind, and no larger in the end."""

from __future__ import annotations

from collections import Counter
from functools import lru_cache
from itertools import pairwise
from random import Random

import pytest
from msgspec.structs import replace
from wasmtime import wat2wasm

from fact.model.traps import Trap
from fuzz.engines.compiled import CompiledEngine
from fuzz.engines.reference import ReferenceEngine
from fuzz.examine import by_name, examine
from fuzz.outcome import Returned, Trapped
from generators.blueprint import Answer, EchoArgument, Signature
from generators.families import from_json, render, to_json
from generators.handles import Definition, Function, HandleBlueprint, Instance, Resource, Run, Source
from generators.handles_cases import handle_blueprints
from generators.handles_model import Model
from generators.handles_script import Drop, Invoke, New, Raw, Reg
from generators.mutation.handles import CHANGES, SPLICES, crossed_handles, mutated_handles, within_bounds
from generators.mutation.handles_edges import without_instance
from generators.mutation.handles_instructions import taken_out
from generators.mutation.handles_nested import delegated, done_here, hooked
from generators.mutation.handles_places import places, state_at
from generators.mutation.handles_replayed import replayed
from generators.mutation.handles_types import other_parameter, other_parameters, other_result
from generators.mutation.words import Mutated
from generators.stream import examples
from generators.valtypes import OwnOf
from generators.values import value

LONG = 30


@lru_cache(maxsize=1)
def drawn() -> tuple[HandleBlueprint, ...]:
    return tuple(examples(21, 10, handle_blueprints()))


def chain(blueprint: HandleBlueprint, random: Random, length: int) -> list[Mutated]:
    """Mutations one after the other, now and then a part of another case."""
    made: list[Mutated] = []
    for _ in range(length):
        other = random.choice(drawn())
        cross = random.random() < 0.1
        found = crossed_handles(blueprint, other, random) if cross else mutated_handles(blueprint, random)
        if found is not None:
            assert isinstance(found.blueprint, HandleBlueprint)
            made.append(found)
            blueprint = found.blueprint
    return made


def cases(made: list[Mutated]) -> list[HandleBlueprint]:
    return [m.blueprint for m in made if isinstance(m.blueprint, HandleBlueprint)]


@lru_cache(maxsize=1)
def chains() -> tuple[list[Mutated], ...]:
    return tuple(chain(b, Random(n), LONG) for n, b in enumerate(drawn()))


def test_a_state_of_chance_gives_one_mutation() -> None:
    for number, blueprint in enumerate(drawn()[:6]):
        assert mutated_handles(blueprint, Random(number)) == mutated_handles(blueprint, Random(number))
        assert crossed_handles(blueprint, drawn()[0], Random(number)) == crossed_handles(
            blueprint, drawn()[0], Random(number))


def test_mutated_cases_are_valid_after_one_change_and_many() -> None:
    """They load; what the host calls exists and is given what it is of."""
    engines = by_name([ReferenceEngine(), CompiledEngine()])
    for made in chains()[:6]:
        for mutated in (made[0], made[-1]):
            examined = examine(mutated.blueprint, engines)
            assert examined.program is not None, f"{mutated.change}: {examined.divergence}"
            assert examined.divergence is None, f"{mutated.change}: {examined.divergence}"
            for observation in examined.observations.values():
                assert all(isinstance(o, Returned | Trapped) for o in observation.outcomes()), mutated.change


def test_every_mutation_on_the_way_assembles_and_is_another_case() -> None:
    for blueprint, made in zip(drawn(), chains(), strict=True):
        assert len(made) > 0.9 * LONG
        for before, after in pairwise([blueprint, *(m.blueprint for m in made)]):
            assert before != after
            assert from_json(to_json(after)) == after
        for mutated in made[::5]:
            wat2wasm(render(mutated.blueprint).text)
            assert mutated.change and "\n" not in mutated.change


def test_most_calls_still_return() -> None:
    def share(them: list[HandleBlueprint]) -> float:
        returned = [ended for b in them for ended in replayed(b, Random(0)).returned]
        return sum(returned) / len(returned)

    last = [cases(made)[-1] for made in chains()]
    assert share(last) > share(list(drawn())) - 0.15


def test_cases_do_not_grow_without_bound() -> None:
    sizes = [len(to_json(m.blueprint)) for made in chains() for m in made]
    assert max(sizes) < 6 * max(len(to_json(b)) for b in drawn())
    assert all(within_bounds(b) for made in chains() for b in cases(made))
    first, last = (sum(len(to_json(made[n].blueprint)) for made in chains()) for n in (0, -1))
    assert last < 2.5 * first


def test_every_kind_is_made() -> None:
    found = Counter(m.kind for made in chains() for m in made)
    assert set(found) == {*CHANGES, "splice"}


_ALL = [(kind, n) for kind, changes in CHANGES.items() for n in range(len(changes))]


@pytest.mark.parametrize(("kind", "n"), _ALL, ids=[f"{k}-{CHANGES[k][n][1].__name__}" for k, n in _ALL])  # type: ignore[index]
def test_every_change_is_made(kind: str, n: int) -> None:
    """Of some case that was drawn or has changed; what it makes still fits."""
    change, random = CHANGES[kind][n][1], Random(n)  # type: ignore[index]
    changed = [b for made in chains() for b in cases(made)[::6]]
    found = (change(b, random) for b in [*drawn(), *changed, *examples(22, 30, handle_blueprints())] for _ in range(4))
    after = next((made[0] for made in found if made is not None and made[0].fits()), None)
    assert after is not None
    wat2wasm(render(after).text)


@pytest.mark.parametrize("n", range(len(SPLICES)))
def test_every_splice_is_made(n: int) -> None:
    random, splice = Random(n), SPLICES[n][1]
    found = (splice(first, second, random) for first in drawn() for second in drawn()[::-1])
    after = next((made[0] for made in found if made is not None and made[0] != drawn()[0]), None)
    assert after is not None and after.fits()
    wat2wasm(render(after).text)


# -- one change at a time

GIVEN = Signature((), OwnOf(0))
SHOP = HandleBlueprint(
    (Definition(resources=(Resource(),), functions=(Function(GIVEN),)), Definition(1, (GIVEN, Signature((OwnOf(0),)))),
     Definition(1, (), (), (Function(Signature((OwnOf(0),))),))),
    (Instance(0), Instance(2, (Source(0, 0),)), Instance(1, (Source(0, 0),), (Source(0, 0), Source(1, 0)))),
    (Run(2, (Invoke(0, to=3), Invoke(1, (0,), (Reg(3),)))),),
)
"""Instance 2 is given a resource of instance 0 and gives it to instance 1."""


def returns(blueprint: HandleBlueprint) -> bool:
    model = Model(blueprint)
    try:
        for call in blueprint.calls:
            model.call(call)
    except Trap:
        return False
    return True


def test_places_are_the_scripts_of_all_instances() -> None:
    assert [(p.instance, p.path, p.depth) for p in places(SHOP)] == [(2, (), 0), (0, (0,), 1), (1, (1,), 1)]


def test_the_state_at_a_place_is_that_of_the_model_there() -> None:
    outer, inner = places(SHOP)[0], places(SHOP)[2]
    before, after = state_at(SHOP, outer, 0), state_at(SHOP, outer, 1)
    within = state_at(SHOP, inner, 0)
    assert before is not None and after is not None and within is not None
    assert [len(list(m.holders[2].held())) for m in (before, after, within)] == [0, 1, 0]
    assert [len(list(m.holders[1].held())) for m in (before, after, within)] == [0, 0, 1]


def test_what_is_taken_out_of_a_script_may_break_it_and_is_mended() -> None:
    """Without the first call there is no handle for the second, which goes too."""
    made = {taken_out(SHOP, Random(n))[0].calls for n in range(20)}  # type: ignore[index]
    broken = (Run(2, (Invoke(1, (0,), (Reg(3),)),)),)
    assert broken in made
    without = replace(SHOP, calls=broken)
    assert not returns(without)
    mended = replayed(without, Random(1), mended=True)
    assert mended.returned == (True,) and mended.blueprint.calls == (Run(2, ()),)


def test_a_handle_that_is_none_is_replaced_by_one_that_will_do() -> None:
    script = (Invoke(0, to=3), Invoke(1, (0,), (Raw(9),)))
    wrong = replace(SHOP, calls=(Run(2, script),))
    assert replayed(wrong, Random(0)).returned == (False,)
    mended = replayed(wrong, Random(0), mended=True)
    assert mended.returned == (True,)
    assert mended.blueprint.calls == (Run(2, (Invoke(0, to=3), Invoke(1, (0,), (Reg(3),)))),)


def test_a_function_has_another_type_wherever_it_is_imported() -> None:
    for n in range(30):
        found = other_parameter(SHOP, Random(n))
        assert found is not None
        after = found[0]
        assert after.definitions[1].imports[1] == after.definitions[2].functions[0].signature != Signature((OwnOf(0),))
        assert after.fits() and replayed(after, Random(0), mended=True).returned == (True,)


def test_what_an_instance_does_goes_with_it() -> None:
    made = [found[0] for n in range(10) if (found := without_instance(SHOP, Random(n))) is not None]
    assert any(len(b.instances) == 2 for b in made)
    assert all(returns(b) for b in made if b.calls and not b.calls[0].script)  # type: ignore[union-attr]


def test_operations_wait_in_a_hook() -> None:
    script = (New(0, 5, 1), Drop(0, Reg(1)))
    alone = HandleBlueprint((Definition(resources=(Resource(),)),), (Instance(0),), (Run(0, script),))
    made = [hooked(alone, Random(n)) for n in range(10)]
    assert all(found is not None and len(places(found[0])) == 2 for found in made)


def test_operations_are_asked_of_another_and_done_here() -> None:
    """A resource that the shop makes and drops, and its client has it make."""
    client = Definition(1, (GIVEN,))
    made_there = Invoke(0, script=(New(0, 5, 1), Drop(0, Reg(1))), to=3)
    alone = HandleBlueprint((SHOP.definitions[0], client), (Instance(0), Instance(1, (Source(0, 0),), (Source(0, 0),))),
                            (Run(1, (made_there, Drop(0, Reg(3)))),))
    here = {found[0].calls for n in range(20) if (found := done_here(alone, Random(n))) is not None}
    assert (Run(1, (Drop(0, Reg(1)), Drop(0, Reg(3)))),) in here, "of a type that it imports it can make none"
    asked = {found[0].calls for n in range(40) if (found := delegated(alone, Random(n))) is not None}
    assert any(isinstance(op, Invoke) and op.script == (Drop(0, Reg(3)),) for (call,) in asked
               for op in call.script[1:])  # type: ignore[union-attr]


def test_what_the_host_answers_is_of_the_type_that_it_returns() -> None:
    """Whatever becomes of its functions' types."""
    found = 0
    for n, b in enumerate(b for b in examples(23, 80, handle_blueprints()) if b.host_functions):
        for change in (other_parameter, other_parameters, other_result):
            made = change(b, Random(n))
            for f in () if made is None else made[0].host_functions:
                found += f not in b.host_functions
                match f.behaviour:
                    case Answer(type=t, image=image):
                        assert t == f.signature.result and (t is None or value(t, image) is not None)
                    case EchoArgument(index=index):
                        assert f.signature.params[index] == f.signature.result
    assert found > 5
