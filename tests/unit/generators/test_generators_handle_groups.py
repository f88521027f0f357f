"""Cases about handles whose instances stand within each other, and use what is the host's: their text, and what engines
make of it."""

from __future__ import annotations

import pytest
from msgspec.structs import replace
from wasmtime import wat2wasm

from fact.model.traps import Trap, TrapReason
from fact.model.types import Prim
from fact.model.values import Handle
from fuzz.engines.base import Engine
from fuzz.engines.compiled import CompiledEngine
from fuzz.engines.reference import ReferenceEngine
from fuzz.observe import RecordingHost, perform
from generators.blueprint import Answer, EchoArgument, HostTrap, Signature
from generators.families import from_json, render, to_json
from generators.handles import (
    HOST,
    Definition,
    Function,
    Group,
    HandleBlueprint,
    HostImport,
    Instance,
    Noting,
    Resource,
    Run,
    Source,
)
from generators.handles_model import Model
from generators.handles_script import Drop, Invoke, New, Reg, Rep, Throw
from generators.handles_text import DROP
from generators.valtypes import BorrowOf, MapOf, OwnOf, RecordOf

MAKER = Definition(resources=(Resource(),), functions=(
    Function(Signature((), OwnOf(0)), form="constructor"),
    Function(Signature((BorrowOf(0),)), form="method"),
    Function(Signature((RecordOf((OwnOf(0), Prim.U64)),)), form="static"),
))
"""A type, and functions: make, look, take."""

USER = Definition(imported=1, imports=tuple(f.signature for f in MAKER.functions))

SIDE_BY_SIDE = HandleBlueprint(
    (MAKER, USER),
    (Instance(0), Instance(1, (Source(0, 0),), tuple(Source(0, f) for f in range(3))),
     Instance(0), Instance(1, (Source(2, 0),), tuple(Source(2, f) for f in range(3)))),
    (Run(3, (Invoke(0), Invoke(1, (0,), (Reg(0),)), Invoke(2, ((0, 7),), (Reg(0),)))),),
)
"""Two makers with a user each; the second user makes one, looks at it and has it taken."""

TWINS = replace(SIDE_BY_SIDE, groups=(Group(0, 2), Group(2, 2)))

ENGINES: tuple[Engine, ...] = (ReferenceEngine(), CompiledEngine())


def outcomes(blueprint: HandleBlueprint, engine: Engine) -> list[object]:
    """Of each call a value or a trap's reason, and the host's part last."""
    rendered = render(blueprint)
    host = RecordingHost(rendered.host)
    running = engine.load(bytes(wat2wasm(rendered.text))).instantiate(host)
    found: list[object] = []
    for name, args in rendered.calls:
        try:
            found.append(perform(running, name, args))
        except Trap as trap:
            found.append(trap.reason)
    return [*found, [(call.path, call.args) for call in host.calls]]


def expected(blueprint: HandleBlueprint) -> TrapReason | None:
    """What the model says of the only call."""
    try:
        Model(blueprint).call(blueprint.calls[0])
    except Trap as trap:
        return trap.reason
    return None


@pytest.mark.parametrize("engine", ENGINES, ids=lambda engine: engine.info.name)
@pytest.mark.parametrize("groups", [
    (), (Group(0, 1),), (Group(1, 1), Group(3, 1)), TWINS.groups, (Group(0, 4), Group(0, 4), Group(0, 4)),
    (Group(0, 3), Group(1, 2), Group(1, 1, True)), (Group(1, 3), Group(3, 1), Group(3, 1)),
])
def test_what_is_around_instances_makes_no_difference(engine: Engine, groups: tuple[Group, ...]) -> None:
    """Explainer.md, Instance Definitions: what a component is given and gives on stays the same thing."""
    blueprint = replace(SIDE_BY_SIDE, groups=groups)
    assert blueprint.fits() and expected(blueprint) is None
    assert outcomes(blueprint, engine) == [None, []]


def test_equal_groups_are_instances_of_one_definition() -> None:
    """Explainer.md, Type Definitions: the resource types of its two instances are two all the same."""
    text = render(TWINS).text
    assert text.count("(component $G0") == 1 and "$G1" not in text
    assert text.count("(instantiate $G0") == 2
    first, second = (TWINS.resource(i, 0) for i in (1, 3))
    assert first != second


def test_a_group_holds_the_definitions_of_its_members() -> None:
    """Binary.md, alias definitions: the runtime is an outer alias two levels up then."""
    blueprint = replace(SIDE_BY_SIDE, groups=(Group(0, 4, True),))
    inside = render(blueprint).text.partition("(component $G0")[2]
    assert "(component $D0" in inside and "(alias outer $root $runtime" in inside


@pytest.mark.parametrize("groups", [
    (Group(0, 0),), (Group(0, 5),), (Group(0, 2), Group(1, 2)), (Group(1, 1), Group(0, 2)),
])
def test_groups_that_cross_do_not_fit(groups: tuple[Group, ...]) -> None:
    assert not replace(SIDE_BY_SIDE, groups=groups).fits()


@pytest.mark.parametrize("engine", ENGINES, ids=lambda engine: engine.info.name)
def test_nobody_enters_a_group_twice(engine: Engine) -> None:
    """CanonicalABI.md, Component Instances (entering_set): a child calls the parent, who calls the child's sibling.
    Both children are within one component instance, which is entered already."""
    child = Definition(imported=1, imports=(Signature((), OwnOf(0)),), functions=(Function(Signature(())),))
    parent = Definition(0, (Signature(()),), (Resource(),), (Function(Signature((), OwnOf(0))),))
    blueprint = HandleBlueprint(
        (parent, child),
        (Instance(0, (), (Source(1, 0),)), Instance(1, (Source(0, 0),), (Source(0, 0),)),
         Instance(1, (Source(0, 0),), (Source(0, 0),))),
        (Run(2, (Invoke(0, script=(Invoke(0),)),)),), parent=True,
    )
    together = replace(blueprint, groups=(Group(1, 2),))
    assert expected(blueprint) is None and expected(together) is TrapReason.CANNOT_ENTER
    assert outcomes(blueprint, engine) == [None, []]
    assert outcomes(together, engine) == [TrapReason.CANNOT_ENTER, []]


HOSTS = HandleBlueprint(
    (Definition(imported=1, imports=(
        Signature((), MapOf(Prim.U8, OwnOf(0))), Signature((OwnOf(0),), OwnOf(0)), Signature((BorrowOf(0),)),
    ), hosts=(0, 1, 2)),),
    (Instance(0, (Source(HOST, 0),), tuple(Source(HOST, f) for f in range(3))),),
    (Run(0, (Invoke(0), Invoke(1, (0,), (Reg(0),), to=2), Invoke(2, (0,), (Reg(2),)), Drop(0, Reg(2)))),),
    host_types=1,
    host_functions=(
        HostImport(Signature((), MapOf(Prim.U8, OwnOf(0))), Answer(MapOf(Prim.U8, OwnOf(0)), ((1, 50), (2, 51)))),
        HostImport(Signature((OwnOf(0),), OwnOf(0)), EchoArgument(0)),
        HostImport(Signature((BorrowOf(0),)), Answer()),
    ),
)


@pytest.mark.parametrize("engine", ENGINES, ids=lambda engine: engine.info.name)
@pytest.mark.parametrize("groups", [(), (Group(0, 1), Group(0, 1))])
def test_the_hosts_own_resources(engine: Engine, groups: tuple[Group, ...]) -> None:
    """It is given its representations again, lent or owned, and told of one that is dropped."""
    seen = [(("a0",), ()), (("a1",), (Handle(50),)), (("a2",), (Handle(50),)), (("r0", DROP), (Handle(50),))]
    assert outcomes(replace(HOSTS, groups=groups), engine) == [None, seen]


@pytest.mark.parametrize("engine", ENGINES, ids=lambda engine: engine.info.name)
def test_a_destructor_of_the_hosts(engine: Engine) -> None:
    """Binary.md, Type Definitions: a destructor may be a lowered function of the host's, also one that traps."""
    blueprint = HandleBlueprint(
        (Definition(resources=(Resource(Noting()),)),), (Instance(0, noted=HOST),),
        (Run(0, (New(0, 77, 1), Drop(0, Reg(1)))),), host_note=Answer(),
    )
    assert outcomes(blueprint, engine) == [None, [(("note",), (77,))]]
    trapping = replace(blueprint, host_note=HostTrap())
    assert outcomes(trapping, engine) == [TrapReason.HOST, [(("note",), (77,))]]
    assert expected(trapping) is TrapReason.HOST


@pytest.mark.parametrize("engine", ENGINES, ids=lambda engine: engine.info.name)
@pytest.mark.parametrize("handle", [Reg(1, 0, 31), Reg(1, 0, 28), Reg(1, 0, 1), Reg(0, -1), Reg(0, -1, 31)])
def test_bits_of_handles(engine: Engine, handle: Reg) -> None:
    """Each of these is another number than the one handle there is."""
    blueprint = HandleBlueprint(
        (Definition(resources=(Resource(),)),), (Instance(0),), (Run(0, (New(0, 77, 1), Rep(0, handle))),),
    )
    assert outcomes(blueprint, engine) == [TrapReason.UNKNOWN_HANDLE, []]
    assert expected(blueprint) is TrapReason.UNKNOWN_HANDLE


@pytest.mark.parametrize("engine", ENGINES, ids=lambda engine: engine.info.name)
def test_a_guest_throws_while_a_handle_is_lent(engine: Engine) -> None:
    """CanonicalABI.md, canon lift: an exception that leaves the callee is a trap."""
    script = (Invoke(0), Invoke(1, (0,), (Reg(0),), (Throw(),)))
    blueprint = replace(TWINS, calls=(Run(1, script), Run(1, ())))
    assert outcomes(blueprint, engine) == [TrapReason.UNCAUGHT_EXCEPTION, TrapReason.CANNOT_ENTER, []]
    assert expected(blueprint) is TrapReason.UNCAUGHT_EXCEPTION


@pytest.mark.parametrize("engine", ENGINES, ids=lambda engine: engine.info.name)
def test_memories_of_either_kind(engine: Engine) -> None:
    """Explainer.md, canonical options: a maker with 64-bit addresses, a user with 32-bit ones."""
    wide = replace(SIDE_BY_SIDE, definitions=(replace(MAKER, memory64=True), USER))
    assert outcomes(wide, engine) == [None, []]


def test_names_tell_what_functions_do_to_a_type() -> None:
    """Explainer.md, Import and Export Definitions: `[constructor]`, `[method]` with `self`, `[static]`."""
    text = render(SIDE_BY_SIDE).text
    for name in ("[constructor]h0", "[method]h0.f1", "[static]h0.f2", "[method]h0.c1", "[static]h0.c2"):
        assert f'"{name}"' in text
    assert text.count('(param "self" (borrow $h0))') == 2


@pytest.mark.parametrize("blueprint", [SIDE_BY_SIDE, TWINS, HOSTS])
def test_they_are_json(blueprint: HandleBlueprint) -> None:
    assert from_json(to_json(blueprint)) == blueprint
