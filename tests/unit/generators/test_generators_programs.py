"""When functions make their calls, how they end, and how they call themselves: run with arguments whose result is
worked out by hand."""

from __future__ import annotations

import pytest
from msgspec.structs import replace
from program_pairs import (
    ADD_ONE,
    COMPILED,
    NATIVE,
    P0,
    P1,
    REFERENCE,
    SHOUT,
    STRING,
    U8,
    U32,
    calling,
    component,
    everywhere,
)
from wasmtime import wat2wasm

from fact.model.traps import Trap, TrapReason
from fact.model.values import Value
from fuzz.engines.base import Engine
from generators import from_json, render
from generators.blueprint import (
    Blueprint,
    Call,
    Child,
    Definition,
    Export,
    Failure,
    Function,
    Guest,
    GuestImport,
    Import,
    Ref,
    Signature,
    Step,
)
from generators.hostile_choices import Fault, Place
from generators.operands import (
    CallResult,
    Changed,
    Counted,
    Each,
    Mix,
)
from generators.valtypes import (
    Image,
    ListOf,
    Type,
)


def test_a_second_call_depends_on_the_first() -> None:
    twice = Function(SHOUT.signature, (Step(0, (P0,)), Step(0, (CallResult(0),))), CallResult(1))
    assert calling(twice, SHOUT, ("a",)) == ["a!!"]


@pytest.mark.parametrize(("t", "callee", "yes", "no"), [(U32, ADD_ONE, 6, 0), (STRING, SHOUT, "x!", "")], ids=str)
def test_calls_may_depend_on_a_condition(t: Type, callee: Function, yes: Image, no: Image) -> None:
    """A call that is not made has all zeros as its result, also after one that was."""
    value: Image = 5 if t is U32 else "x"
    caller = Function(Signature((U8, t), t), (Step(0, (P1,), when=P0),), CallResult(0))
    assert calling(caller, callee, (1, value), (0, value), (3, value)) == [yes, no, yes]


def test_calls_for_each_element() -> None:
    """At most the first four; the last one's result counts."""
    counter = Function(Signature((U32,), U32), (), Mix(P0, Counted()))
    caller = Function(Signature((ListOf(U32),), U32), (Step(0, (Each(),), over=P0),), CallResult(0))
    assert calling(caller, counter, ((),), ((10,),), ((1, 2, 3, 4, 5, 6),)) == [0, 10 * 31 + 1, 4 * 31 + 5]
    texts = Function(Signature((ListOf(STRING),), STRING), (Step(0, (Each(),), over=P0),), CallResult(0))
    assert calling(texts, SHOUT, (("a", "b"),), ((),)) == ["b!", ""]


def test_calls_as_often_as_a_number_says() -> None:
    counter = Function(Signature((U32,), U32), (), Mix(P0, Counted()))
    caller = Function(Signature((U8,), U32), (Step(0, (Each(),), over=P0),), CallResult(0))
    # three rounds, numbered 3, 2, 1; none; two
    assert calling(caller, counter, (7,), (8,), (2,)) == [1 * 31 + 3, 0, 1 * 31 + 5]


def test_a_tail_call_of_a_lowered_function() -> None:
    caller = Function(ADD_ONE.signature, (Step(0, (P0,)),), CallResult(0), way="handed over")
    blueprint = component(caller.signature, caller, ADD_ONE, (5,))
    assert "(return_call $c0" in render(blueprint).text
    assert everywhere(blueprint) == [6]


@pytest.mark.parametrize(("how", "reason"), [
    ("throw", TrapReason.UNCAUGHT_EXCEPTION), ("unreachable", TrapReason.UNREACHABLE),
    ("load out of bounds", TrapReason.MEMORY_OUT_OF_BOUNDS),
])
def test_a_function_may_fail(how: str, reason: TrapReason) -> None:
    """CanonicalABI.md, "canon lift": call_and_trap_on_throw. The caller's handler, for any exception, never sees it."""
    failing = Function(ADD_ONE.signature, (), P0, fails=Failure(P0, how))  # type: ignore[arg-type]
    for guarded in (False, True):
        caller = Function(ADD_ONE.signature, (Step(0, (P0,), guarded=guarded),), CallResult(0))
        assert calling(caller, failing, (2,), (1,)) == [2, reason]


def test_a_thrown_post_return_is_not_caught_either() -> None:
    """CanonicalABI.md, "canon lift": post-return is called by call_and_trap_on_throw too."""
    callee = replace(ADD_ONE, post_return=True)
    caller = Function(ADD_ONE.signature, (Step(0, (P0,), guarded=True),), CallResult(0))
    thrown = Fault(Place(0, 0, 0), "post-return", "throw")
    blueprint = replace(component(caller.signature, caller, callee, (2,)), hostile=(thrown,))
    assert everywhere(blueprint) == [TrapReason.UNCAUGHT_EXCEPTION]


NUMBER = Signature((U32,), U32)
FORWARDS = (Function(NUMBER, (Step(0, (P0,)),), CallResult(0)),)


def recurring(callee: Ref, depth: int) -> Guest:
    """Its function counts how deep it is in itself."""
    function = Function(NUMBER, (Step(0, (P0,), depth=depth),), Changed(CallResult(0), "next"))
    return Guest((GuestImport(callee, NUMBER),), (function,), lowering="indirect")


@pytest.mark.parametrize(("depth", "result"), [(1, 2), (2, 3), (3, 4)])
def test_recursion_through_a_sibling(depth: int, result: int) -> None:
    """A component instance that has been entered may call itself (CanonicalABI.md, "Component Instances": what such a
    call enters is the empty set). wasmtime does not let it, as `corpus/known` has it."""
    sibling = Guest((GuestImport(Ref("item", 0, ("f0",)), NUMBER),), FORWARDS)
    exports = (Export("f0", Ref("item", 0, ("f0",))),)
    items = (recurring(Ref("item", 1, ("f0",)), depth), sibling)
    assert numbers(Blueprint((Definition(None, items=items, exports=exports),), calls=(Call("f0", (9,)),))) == [result]


def test_recursion_through_a_child() -> None:
    """Once: the child calls its parent, which has been entered; a second call of the child would trap (CanonicalABI.md,
    "Component Instances": may_enter_from)."""
    child = Guest((GuestImport(Ref("import", 0), NUMBER),), FORWARDS)
    exports = (Export("f0", Ref("item", 0, ("f0",))),)

    def parent(depth: int) -> Blueprint:
        items = (recurring(Ref("item", 1, ("f0",)), depth), Child(0, (Ref("item", 0, ("f0",)),)))
        inner = Definition(1, (Import("in0", NUMBER),), (child,), exports)
        return Blueprint((inner, Definition(None, items=items, exports=exports)), calls=(Call("f0", (9,)),))

    assert numbers(parent(1)) == numbers(parent(1), NATIVE) == [2]
    assert numbers(parent(2)) == [TrapReason.CANNOT_ENTER]


def numbers(blueprint: Blueprint, engine: Engine | None = None) -> list[Value | TrapReason | None]:
    """What the calls return, by one engine or by both of ours."""
    if engine is None:
        found = numbers(blueprint, REFERENCE)
        assert numbers(blueprint, COMPILED) == found
        return found
    rendered = render(blueprint)
    running = engine.load(bytes(wat2wasm(rendered.text))).instantiate(lambda *_: None)
    try:
        return [running.invoke(name, args) for name, args in rendered.calls]
    except Trap as trap:
        return [trap.reason]


# -- stored cases

STORED = (
    '{"definitions":[{"home":2,"items":[{"is":"guest","functions":[{"signature":[["u32"],"u32"],"returns"'
    ':{"is":"mix","left":{"is":"param","index":0},"right":{"is":"const","type":"u8","image":3}}}]}],"expo'
    'rts":[["f0",["item",0,["f0"]]]]},{"home":2,"imports":[{"name":"in0","signature":[["u32"],"u32"]}],"i'
    'tems":[{"is":"guest","imports":[{"ref":["import",0,[]],"signature":[["u32"],"u32"]}],"functions":[{"'
    'signature":[["u32"],"u32"],"steps":[{"callee":0,"args":[{"is":"param","index":0}]}],"returns":{"is":'
    '"result","step":0}}]}],"exports":[["f0",["item",0,["f0"]]]]},{"items":[{"is":"child","definition":0}'
    ',{"is":"child","definition":1,"args":[["item",0,["f0"]]]}],"exports":[["f0",["item",1,["f0"]]]]}],"c'
    'alls":[["f0",[2]]]}'
)
"""From before there were other operands and options of steps."""


def test_older_blueprints_load() -> None:
    """2 mixed with 3: 2 * 31 + 3."""
    blueprint = from_json(STORED)
    assert isinstance(blueprint, Blueprint)
    assert everywhere(blueprint) == [65]
