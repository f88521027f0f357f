"""Mutations of cases about component graphs: valid, the same each time, of every kind, and not much larger."""

from __future__ import annotations

from collections import Counter
from functools import lru_cache
from itertools import pairwise
from random import Random

import pytest
from msgspec.structs import replace
from wasmtime import wat2wasm

from fact.model.settings import Reentrance
from fact.model.types import Prim
from fuzz.engines.compiled import CompiledEngine
from fuzz.engines.native import NativeEngine
from fuzz.engines.reference import ReferenceEngine
from fuzz.examine import by_name, examine
from fuzz.known import known_under, set_aside
from fuzz.outcome import Returned, Trapped
from generators.blueprint import Signature
from generators.families import from_json, render, to_json
from generators.graphs import (
    LOG,
    Component,
    CoreAlias,
    CoreInstance,
    Export,
    GraphBlueprint,
    HostCall,
    Lift,
    Lower,
    Module,
    Parts,
    Resource,
    walk,
)
from generators.graphs_cases import graph_blueprints
from generators.graphs_core import Call, Code, CoreExport, CoreFunc, CoreImport, Element, Function, Param, Table
from generators.graphs_facts import Fn
from generators.mutation.graphs import CHANGES, MOST_DEFINITIONS, SPLICES, crossed_graphs, mutated_graph
from generators.mutation.graphs_edges import another, elsewhere, other_order
from generators.mutation.graphs_fitting import UnfitError
from generators.mutation.graphs_learned import learned
from generators.mutation.graphs_places import with_definition
from generators.mutation.graphs_types import alike, with_type
from generators.mutation.words import Mutated
from generators.stream import examples

LONG = 30


@lru_cache(maxsize=1)
def drawn() -> tuple[GraphBlueprint, ...]:
    return tuple(examples(31, 10, graph_blueprints()))


def chain(blueprint: GraphBlueprint, random: Random, length: int) -> list[Mutated]:
    """Mutations one after the other, now and then a part of another case."""
    made: list[Mutated] = []
    for _ in range(length):
        other = random.choice(drawn())
        found = crossed_graphs(blueprint, other, random) if random.random() < 0.1 else mutated_graph(blueprint, random)
        if found is not None:
            assert isinstance(found.blueprint, GraphBlueprint)
            made.append(found)
            blueprint = found.blueprint
    return made


def cases(made: list[Mutated]) -> list[GraphBlueprint]:
    return [m.blueprint for m in made if isinstance(m.blueprint, GraphBlueprint)]


@lru_cache(maxsize=1)
def chains() -> tuple[list[Mutated], ...]:
    return tuple(chain(b, Random(n), LONG) for n, b in enumerate(drawn()))


def test_a_state_of_chance_gives_one_mutation() -> None:
    for number, blueprint in enumerate(drawn()[:6]):
        assert mutated_graph(blueprint, Random(number)) == mutated_graph(blueprint, Random(number))
        assert crossed_graphs(blueprint, drawn()[0], Random(number)) == crossed_graphs(
            blueprint, drawn()[0], Random(number))


def test_mutated_cases_are_valid_after_one_change_and_many() -> None:
    """They load on all engines, which agree but for what is known; and most calls still return."""
    engines = by_name([ReferenceEngine(), CompiledEngine(), NativeEngine()])
    versions = {name: engine.info.version for name, engine in engines.items()}
    known, found = known_under(Reentrance.GUARDED), Counter[type]()
    for made in chains()[:6]:
        for mutated in (made[0], made[-1]):
            examined = examine(mutated.blueprint, engines)
            assert examined.program is not None, f"{mutated.change}: {examined.divergence}"
            for observation in examined.observations.values():
                assert all(isinstance(o, Returned | Trapped) for o in observation.outcomes()), mutated.change
            assert set_aside(known, examined, engines, versions)[0].divergence is None, mutated.change
            found.update(map(type, examined.observations["reference"].outcomes()))
    assert found[Returned] > 0.6 * found.total()


def test_every_mutation_on_the_way_assembles_and_is_another_case() -> None:
    for blueprint, made in zip(drawn(), chains(), strict=True):
        assert len(made) > 0.8 * LONG
        for before, after in pairwise([blueprint, *cases(made)]):
            assert before != after
            assert from_json(to_json(after)) == after
        for mutated in made[::5]:
            wat2wasm(render(mutated.blueprint).text)
            assert mutated.change and "\n" not in mutated.change


def test_cases_do_not_grow_without_bound() -> None:
    sizes = [sum(1 for _ in walk(b.body)) for made in chains() for b in cases(made)]
    assert max(sizes) <= MOST_DEFINITIONS
    before = sum(len(to_json(b)) for b in drawn())
    after = sum(len(to_json(made[-1].blueprint)) for made in chains())
    assert after < 3 * before


def test_every_kind_is_made() -> None:
    found = Counter(m.kind for made in chains() for m in made)
    assert set(found) == {*CHANGES, "splice"}


_ALL = [(kind, n) for kind, changes in CHANGES.items() for n in range(len(changes))]


@pytest.mark.parametrize(("kind", "n"), _ALL, ids=[f"{k}-{CHANGES[k][n][1].__name__}" for k, n in _ALL])  # type: ignore[index]
def test_every_change_is_made(kind: str, n: int) -> None:
    """Of some case that was drawn or has changed; often enough it still fits."""
    change, random = CHANGES[kind][n][1], Random(n)  # type: ignore[index]
    changed = [b for made in chains() for b in cases(made)[::6]]
    found = (made[0] for b in [*drawn(), *changed] for _ in range(4) if (made := change(b, random)) is not None)
    after = next((b for b in found if fits(b)), None)
    assert after is not None
    wat2wasm(render(after).text)


def fits(b: GraphBlueprint) -> bool:
    try:
        learned(b, Random(0))
    except UnfitError:
        return False
    return True


@pytest.mark.parametrize("n", range(len(SPLICES)))
def test_every_splice_is_made(n: int) -> None:
    random, splice = Random(n), SPLICES[n][1]
    found = (splice(first, second, random) for first in drawn() for second in drawn()[::-1])
    after = next((made[0] for made in found if made is not None and fits(made[0])), None)
    assert after is not None
    wat2wasm(render(after).text)


# -- what is known of a case

ONE = CoreFunc(("i32",), ("i32",))
SAME = Signature((Prim.U32,), Prim.U32)
FORWARD = Function("f", 0, ONE, (Call("c", (Param(0),)),), Param(0))
TWO = GraphBlueprint(
    (
        Module(1, Code(functions=(Function("f", 1, ONE, (), Param(0)),), exports=(CoreExport("f", "func", "f"),))),
        CoreInstance(2, 1), CoreAlias(3, "func", 2, "f"), Lift(4, SAME, 3), Lower(5, 4), Parts(6, (("c", "func", 5),)),
        Module(7, Code((CoreImport("c", "p", "c", ONE),), (), (FORWARD,), (), (CoreExport("f", "func", "f"),))),
        CoreInstance(8, 7, (("p", 6),)), CoreAlias(9, "func", 8, "f"), Lift(10, SAME, 9), Export(11, "f0", "func", 10),
    ),
    (HostCall("f0", SAME, (7,)),),
)
"""A guest that calls another through the lower of its lift."""


def test_what_a_call_comes_to_is_known() -> None:
    root = learned(TWO, Random(0))
    _, f = root.exports["f0"]
    assert isinstance(f, Fn) and f.effects.cost == 3 and not f.effects.traps
    assert learned(TWO, Random(0), (0, 5)).body == list(TWO.body[:5])


@pytest.mark.parametrize(("number", "changed", "why"), [
    (4, Lift(4, Signature((Prim.U64,), Prim.U32), 3), "callee of another type"),
    (4, Lift(4, Signature((Prim.STRING,), None), 3), "no memory"),
    (5, Lower(5, 3), "is a core func"),
    (6, Parts(6, (("d", "func", 5),)), "no export c"),
    (8, CoreInstance(8, 7), "nothing given as p"),
    (9, CoreAlias(9, "func", 8, "g"), "no core export g"),
    (11, Export(11, "f1", "func", 10), "a call of f0"),
    (7, Module(7, Code(exports=(CoreExport("f", "func", "f"),))), "an export of f"),
    (7, Module(7, Code(own=(("t", Table(1)),), elements=(Element("t", 1, ("f",)),))), "an element without its table"),
    (5, Resource(5, 9), "9 is not there"),
    (5, Resource(3, 3), "a number twice"),
])
def test_what_does_not_fit_is_told(number: int, changed: object, why: str) -> None:
    body = tuple(changed if d.id == number else d for d in TWO.body)
    with pytest.raises(UnfitError, match=why):
        learned(replace(TWO, body=body), Random(0))  # type: ignore[arg-type]


def test_an_adapter_that_is_first_needed_as_a_destructor_does_not_fit() -> None:
    """wasmtime 50 aborts (destructor-adapter-abort.wast), unless a core instance was given it before."""
    drop = CoreFunc(("i32",))
    takes = Signature((Prim.U32,))
    code = Code(functions=(Function("f", 1, drop),), exports=(CoreExport("f", "func", "f"),))
    body = (Module(1, code), CoreInstance(2, 1), CoreAlias(3, "func", 2, "f"), Lift(4, takes, 3), Lower(5, 4))
    pin = (Parts(6, (("c", "func", 5),)), Module(7, Code((CoreImport("c", "p", "c", drop),))),
           CoreInstance(8, 7, (("p", 6),)))
    learned(GraphBlueprint((*body, *pin, Resource(9, 5))), Random(0))
    with pytest.raises(UnfitError, match="destructor"):
        learned(GraphBlueprint((*body, Resource(9, 5))), Random(0))


# -- one change at a time


def test_types_of_one_core_type_take_each_others_place() -> None:
    after = with_type(TWO, SAME, Signature((Prim.S8,), Prim.BOOL), Random(0))
    assert {d.signature for d in walk(after.body) if isinstance(d, Lift)} == {Signature((Prim.S8,), Prim.BOOL)}
    assert after.calls == (HostCall("f0", Signature((Prim.S8,), Prim.BOOL), (7,)),)
    assert fits(after)
    for t in (Prim.U32, Prim.U64, Prim.STRING, Prim.CHAR):
        assert all(t not in alike(t) and alike(u) for u in alike(t))


def test_another_instance_is_for_one_user() -> None:
    made = [found[0] for n in range(20) if (found := another(TWO, Random(n))) is not None]
    assert all(fits(b) and sum(isinstance(d, CoreInstance) for d in b.body) == 3 for b in made)


def test_order_changes_only_where_nothing_is_needed_before() -> None:
    made = [found[0] for n in range(40) if (found := other_order(TWO, Random(n))) is not None]
    assert made and all(fits(b) and sorted(d.id for d in b.body) == list(range(1, 12)) for b in made)


def test_modules_are_aliased_and_copied() -> None:
    cases_with = [b for b in drawn() if any(elsewhere(b, Random(n)) for n in range(3))]
    assert cases_with
    for b in cases_with:
        assert all(fits(found[0]) for n in range(6) if (found := elsewhere(b, Random(n))) is not None)


def test_the_functions_of_a_resource_type_come_after_it_and_stay_together() -> None:
    """What imports a shop asks for all of them."""
    found = [(b, c) for b in examples(33, 60, graph_blueprints()) for c in walk(b.body) if isinstance(c, Component)
             and any(isinstance(d, Export) and d.name.startswith("[") for d in c.body)]
    assert found
    for b, shop in found[:5]:
        exports = [d for d in shop.body if isinstance(d, Export)]
        last = next(d for d in exports if d.name.startswith("[static]"))
        others = tuple(d for d in shop.body if d != last)
        assert fits(b) and not fits(with_definition(b, shop, replace(shop, body=others)))
        first = replace(shop, body=tuple(sorted(shop.body, key=lambda d: d == exports[0])))
        assert not fits(with_definition(b, shop, first))


def test_the_type_of_the_log_stays_what_it_is() -> None:
    """Also where a function of that core type has another."""
    takes, log = Signature((Prim.U64,)), CoreImport("log", "log", "log", CoreFunc(("i64",)))
    code = Code((log,), (), (Function("f", 1, CoreFunc(("i64",))),), (), (CoreExport("f", "func", "f"),))
    body = (Module(1, code), CoreInstance(2, 1, (("log", LOG),)), CoreAlias(3, "func", 2, "f"), Lift(4, takes, 3),
            Export(5, "f0", "func", 4))
    b = GraphBlueprint(body, (HostCall("f0", takes, (7,)),))
    after = with_type(b, takes, Signature((Prim.U64, Prim.U32)), Random(0))
    assert fits(b) and fits(after)
    wrong = replace(code, imports=(replace(log, type=CoreFunc(("i64", "i32"))),))
    assert not fits(with_definition(b, body[0], Module(1, wrong)))
