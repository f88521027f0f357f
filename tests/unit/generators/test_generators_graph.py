"""Wiring and prefixes of a hand-made graph, and what it does; streams of blueprints."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from pathlib import Path

import pytest
from wasmtime import wat2wasm

from fact.model.types import Prim
from fuzz.engines.reference import TracedReferenceEngine
from fuzz.observe import Program, observe
from generators import blueprints, examples, render, to_json
from generators.blueprint import (
    Blueprint,
    Call,
    Child,
    Definition,
    EchoArgument,
    Export,
    Function,
    Guest,
    GuestImport,
    HostFunction,
    Import,
    Ref,
    Signature,
    Step,
)
from generators.hostile_choices import Reentry
from generators.layout import spills
from generators.operands import CallResult, Mix, Param
from generators.wiring import Node, instances, reached, wire

U32 = Signature((Prim.U32,), Prim.U32)
FORWARD = Function(U32, (Step(0, (Param(0),)),), CallResult(0))
BOTH = Function(U32, (Step(0, (Param(0),)), Step(1, (Param(0),))), Mix(CallResult(0), CallResult(1)))
F0 = (Export("f0", Ref("item", 0, ("f0",))),)


def diamond() -> Blueprint:
    """The host's function, below `bottom`, below two instances of one definition, below `top`."""
    forward = Guest((GuestImport(Ref("import", 0), U32),), (FORWARD,))
    both = Guest((GuestImport(Ref("import", 0, ("f0",)), U32), GuestImport(Ref("import", 1), U32)), (BOTH,))
    return Blueprint(
        (
            Definition(2, (Import("in0", U32),), (forward,), F0),
            Definition(2, (Import("dep0", None, (("f0", U32),)), Import("in1", U32)), (both,), F0),
            Definition(
                None, (Import("fuzz:host/api", None, (("f0", U32),)),),
                (Child(0, (Ref("import", 0, ("f0",)),)), Child(0, (Ref("item", 0, ("f0",)),)),
                 Child(0, (Ref("item", 0, ("f0",)),)), Child(1, (Ref("item", 1), Ref("item", 2, ("f0",))))),
                (Export("f0", Ref("item", 3, ("f0",))), Export("i0", Ref("item", 1))),
            ),
        ),
        (HostFunction(("fuzz:host/api", "f0"), EchoArgument(0)),), (Call("f0", (7,)), Call("i0#f0", (8,))),
    )


def test_wiring_of_a_diamond() -> None:
    root = wire(diamond())
    kinds = [node.kind for node in reached(diamond(), root)]
    assert sorted(kinds) == ["guest"] * 4 + ["host"]
    top = root.exports["f0"]
    assert isinstance(top, Node)
    assert top.cost == 1 + 2 * (1 + (1 + 1)), "top calls two, each calls bottom, which calls the host"


def test_a_diamond_runs_as_one() -> None:
    """As `fuzz.coverage` sees it: from the plan, and from what the calls do."""
    rendered = render(diamond())
    program = Program(bytes(wat2wasm(rendered.text)), rendered.calls, rendered.log_prefixes, rendered.host)
    found = observe(TracedReferenceEngine(), program).features
    assert {
        "graph: component instances: 5 and 6", "graph: diamond", "graph: an instance calls 2 others",
        "graph: an instance is called by 2 others", "graph: in between: called by one instance, calls another",
        "graph: two component instances of the same modules", "graph: host import in an instance",
        "graph: exported function of a child", "graph: exported instance", "graph: lowered functions imported",
        "call: an instance calls a sibling", "call: host import from callee", "call: 4 deep",
        *(f"type: u32 {top} flat, {b}" for top in ("param", "result") for b in ("export", "adapter", "host import")),
    } <= found
    assert not found & {"graph: start function", "call: an instance calls itself", "graph: adapters: 1"}


def test_prefixes_and_calls_of_a_diamond() -> None:
    rendered = render(diamond())
    assert rendered.log_prefixes == ("c0", "c1", "c2", "c3")
    assert rendered.calls == (("f0", (7,)), ("i0#f0", (8,)))
    assert rendered.host == {("fuzz:host/api", "f0"): EchoArgument(0)}
    assert rendered.text.count("(core module ") == 2, "one for each definition"


def test_no_function_calls_without_end() -> None:
    for blueprint in examples(3, 50, blueprints()):
        for node in reached(blueprint, wire(blueprint)):
            assert node.cost < 2000


def test_options_are_kept() -> None:
    strategy = blueprints(max_components=2, hostile=False, reentrance=False, spilled=False, types=(Prim.S16,))
    for blueprint in examples(4, 50, strategy):
        root = wire(blueprint)
        assert 0 < sum(bool(i.guests) for i in instances(root)) <= 2
        for node in reached(blueprint, root):
            assert {*node.signature.params, node.signature.result} <= {Prim.S16, None}
            assert not spills(node.signature)
        assert not blueprint.hostile


def test_reentrance_can_be_left_out() -> None:
    for blueprint in examples(5, 100, blueprints(reentrance=False)):
        assert not any(isinstance(hostile, Reentry) for hostile in blueprint.hostile)
        for node in reached(blueprint, wire(blueprint)):
            assert not any(callee.owner is node.owner for _, callee in node.calls())


@pytest.mark.parametrize("wrong", [{"max_components": 0}, {"types": ()}])
def test_bad_options_are_named(wrong: dict[str, object]) -> None:
    (name,) = wrong
    with pytest.raises(ValueError, match=name):
        list(examples(0, 1, blueprints(**wrong)))  # type: ignore[arg-type]


def test_a_seed_gives_the_same_blueprints_in_every_process() -> None:
    script = (
        "import hashlib; from generators import *;"
        "lines = [to_json(b) + render(b).text for b in examples(11, 20, blueprints())];"
        "print(hashlib.sha256(''.join(lines).encode()).hexdigest())"
    )
    root = Path(__file__).parents[3]
    found = [
        subprocess.run([sys.executable, "-c", script], check=True, capture_output=True, text=True, cwd=root,
                       env={**os.environ, "PYTHONHASHSEED": str(n)}).stdout.strip()
        for n in (1, 2)
    ]
    lines = [to_json(b) + render(b).text for b in examples(11, 20, blueprints())]
    assert {hashlib.sha256("".join(lines).encode()).hexdigest()} == set(found)


def test_seeds_differ_and_a_longer_stream_begins_like_a_shorter_one() -> None:
    first = list(examples(1, 30, blueprints()))
    assert first == list(examples(1, 60, blueprints()))[:30]
    assert first != list(examples(2, 30, blueprints()))
    assert len({to_json(b) for b in first}) > 25
