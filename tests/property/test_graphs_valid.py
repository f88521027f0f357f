"""What the generator of component graphs draws is valid, ends, is the same each time, and reaches what it should."""

from __future__ import annotations

from collections import Counter

import pytest
from failing_cases import about
from graph_roles import ROLES, Roles
from wasmtime import wat2wasm

from fact.decode import decode
from fact.link import link
from fact.model.plan import AdapterRef, CoreItem, DefineResource, HostLowerRef, InstantiateModule
from fuzz.compare import compare
from fuzz.engines.base import Engine
from fuzz.engines.compiled import CompiledEngine
from fuzz.engines.native import NativeEngine
from fuzz.engines.reference import ReferenceEngine
from fuzz.observe import Program, observe
from fuzz.outcome import Returned, Trapped
from generators.families import cases, render
from generators.graphs import (
    Component,
    Definition,
    GraphBlueprint,
    Import,
    Instance,
    Lift,
    Module,
    Outer,
    walk,
)
from generators.graphs_cases import graph_blueprints
from generators.stream import examples

FUEL = 10**8


def program(b: GraphBlueprint) -> Program:
    rendered = render(b)
    return Program(bytes(wat2wasm(rendered.text)), rendered.calls, rendered.log_prefixes, rendered.host)


def known(b: GraphBlueprint, signature: str) -> bool:
    """wasmtime 50 lets a post-return that an adapter calls leave its component (post-return-may-leave.wast)."""
    posts = any(isinstance(d, Lift) and d.post_return is not None for d in walk(b.body))
    return posts and signature.startswith("call reference+compiled=trapped:cannot-leave | native=")


@pytest.mark.parametrize("seed", [3, 4])
def test_engines_agree_and_every_call_ends(seed: int) -> None:
    """Where components are not entered again while they run: there the specification's `may_enter` tells them apart."""
    engines: tuple[Engine, ...] = (ReferenceEngine(FUEL), CompiledEngine(FUEL), NativeEngine(FUEL))
    kinds: Counter[type] = Counter()
    for b in examples(seed, 30, graph_blueprints(reentrance=False)):
        with about(b):
            made = program(b)
            observations = {e.info.name: observe(e, made) for e in engines}
            divergence = compare(observations, made)
            if divergence is not None and known(b, divergence.signature):
                continue
            assert divergence is None, str(divergence)
            outcomes = observations["reference"].outcomes()
            assert all(isinstance(o, Returned | Trapped) for o in outcomes), outcomes
        kinds.update(map(type, outcomes))
    assert 0 < kinds[Trapped] < 0.35 * kinds[Returned]


def test_a_seed_makes_the_same_cases() -> None:
    assert list(examples(7, 15, graph_blueprints())) == list(examples(7, 15, graph_blueprints()))


def test_every_core_function_gets_into_every_role() -> None:
    """Explainer.md, Canonical Definitions: wherever a core function is accepted, any of its type is."""
    roles = Roles()
    for n, b in enumerate(examples(8, 1500, graph_blueprints()), 1):
        roles.of(b)
        if n % 50 == 0 and not any(roles.missing()):
            break
    assert not list(roles.missing())
    assert {role for role, _ in roles.found} == set(ROLES)


def test_graphs_are_of_every_form() -> None:
    found: Counter[str] = Counter()
    for b in examples(9, 200, graph_blueprints()):
        definitions = list(walk(b.body))
        kinds = {type(d).__name__ for d in definitions}
        kinds |= {f"import {type(d.type).__name__}" for d in definitions if isinstance(d, Import)}
        kinds |= {f"outer {d.sort}" for d in definitions if isinstance(d, Outer)}
        kinds |= {f"given {sort}" for d in definitions if isinstance(d, Instance) for _, sort, _ in d.args}
        codes = [d.code for d in definitions if isinstance(d, Module)]
        kinds |= {type(s).__name__ for code in codes for f in code.functions for s in f.steps}
        kinds |= {"tail call" for code in codes for f in code.functions if f.tail}
        kinds |= {"start" for code in codes if code.start}
        used = Counter(d.component for d in definitions if isinstance(d, Instance))
        kinds |= {"twice" for n in used.values() if n > 1}
        if depth(b.body) > 2:
            kinds.add("three deep")
        found.update(kinds)
    assert not {k for k in WANTED if found[k] < 3}, found
    assert set(found) >= WANTED


WANTED = {
    "Module", "CoreInstance", "Parts", "CoreAlias", "Outer", "Lift", "Lower", "Resource", "BuiltIn", "TypeDefinition",
    "Component", "Instance", "Bundle", "Alias", "Import", "Export", "import FuncType", "import ModuleType",
    "import InstanceType", "import ComponentType", "import Bound", "outer core module", "outer component", "outer type",
    "given func", "given core module", "given component", "given instance", "given type", "Call", "Indirect", "Count",
    "Store", "Load", "Move", "Grow", "Compute", "Throw", "Read", "tail call", "start", "twice", "three deep",
}


def depth(body: tuple[Definition, ...]) -> int:
    return max((1 + depth(d.body) for d in body if isinstance(d, Component)), default=0)


def test_what_wasmtime_dies_of_is_not_drawn() -> None:
    """A core instance imports an adapter before it is the destructor of a resource type or the realloc of a lower of a
    host import (destructor-adapter-abort.wast)."""
    found: Counter[str] = Counter()
    for b in examples(10, 120, graph_blueprints()):
        plan = link(decode(bytes(wat2wasm(render(b).text))))
        there: set[CoreItem] = set()
        for step in plan.steps:
            match step:
                case DefineResource(resource):
                    dtor = plan.resources[resource].dtor
                    if isinstance(dtor, AdapterRef):
                        assert dtor in there
                        found["destructor"] += 1
                case InstantiateModule(args=args):
                    for item in args:
                        if isinstance(item, HostLowerRef):
                            realloc = plan.host_lowers[item.index].options.realloc
                            if isinstance(realloc, AdapterRef):
                                assert realloc in there
                                found["realloc"] += 1
                    there.update(args)
    assert found["destructor"] and found["realloc"], found


def test_the_share_of_graphs() -> None:
    drawn = list(examples(11, 150, cases()))
    share = sum(isinstance(b, GraphBlueprint) for b in drawn) / len(drawn)
    assert 0.05 < share < 0.3

