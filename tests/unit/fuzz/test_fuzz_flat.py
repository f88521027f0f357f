"""Cases taken apart: functions by themselves and in pairs, under one root."""

from __future__ import annotations

from collections.abc import Sequence

from wasmtime import wat2wasm

from fact.model.types import FuncType, Prim
from fact.model.values import Value
from fuzz.engines.reference import ReferenceEngine
from fuzz.minimise.flat import flattened, isolated
from fuzz.validate import validate
from generators.blueprint import (
    Blueprint,
    Bundle,
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
    Relift,
    Signature,
    Step,
)
from generators.cases import blueprints
from generators.components import render
from generators.hostile_choices import Place, RawArgument
from generators.operands import CallResult, Const, Mix, Param
from generators.stream import CaseStream

U32 = Prim.U32
ONE = Signature((U32,), U32)


def chain() -> Blueprint:
    """`run(x)` of a guest in the root calls, by way of a bundle and a relift, `b`, which calls `c` twice, which asks
    the host."""
    c = Definition(
        3, (Import("ask", ONE),),
        (Guest((GuestImport(Ref("import", 0), ONE),), (Function(ONE, (Step(0, (Param(0),)),), CallResult(0)),)),),
        (Export("c", Ref("item", 0, ("f0",))),),
    )
    b = Definition(
        3, (Import("c", None, (("in", ONE),)),),
        (Relift(Ref("import", 0, ("in",)), ONE),
         Guest((GuestImport(Ref("item", 0), ONE),), (
             Function(ONE, (Step(0, (Const(U32, 7),)), Step(0, (Param(0),))), Mix(CallResult(0), CallResult(1))),
         ))),
        (Export("b", Ref("item", 1, ("f0",))),),
    )
    idle = Definition(3, (), (Guest((), (Function(ONE, (), Param(0)),)),), (Export("d", Ref("item", 0, ("f0",))),))
    root = Definition(
        None, (Import("ask", ONE),),
        (Child(0, (Ref("import", 0),)), Bundle((("in", Ref("item", 0, ("c",))),)), Child(1, (Ref("item", 1),)),
         Child(2),
         Guest((GuestImport(Ref("item", 2, ("b",)), ONE),), (Function(ONE, (Step(0, (Param(0),)),), CallResult(0)),))),
        (Export("run", Ref("item", 4, ("f0",))),),
    )
    return Blueprint((c, b, idle, root), (HostFunction(("ask",), EchoArgument(0)),), (Call("run", (9,)),))


def run(b: Blueprint) -> tuple[list[Value | None], list[tuple[Value, ...]]]:
    """What its calls return, and what they ask the host."""
    asked: list[tuple[Value, ...]] = []

    def ask(path: tuple[str, ...], type: FuncType, args: Sequence[Value]) -> Value:
        asked.append(tuple(args))
        return args[0]

    running = ReferenceEngine().load(bytes(wat2wasm(render(b).text))).instantiate(ask)
    return [running.invoke(call.export, [a for a in call.args if isinstance(a, int)]) for call in b.calls], asked


def guests(b: Blueprint) -> int:
    return sum(isinstance(item, Guest) for d in b.definitions for item in d.items)


def test_flat_it_does_the_same_with_nothing_in_between() -> None:
    (flat,) = flattened(chain())
    assert run(flat) == run(chain())
    assert [len(d.items) for d in flat.definitions] == [1, 1, 1, 3] and guests(flat) == 3


def test_each_function_is_called_by_itself_with_the_arguments_that_it_was_called_with() -> None:
    alone = [b for b in isolated(chain()) if guests(b) == 1 and not b.host]
    assert len(alone) == 3
    assert sorted(call.args for b in alone for call in b.calls) == [(7,), (9,), (9,)], "c was called with 7 first"


def test_each_step_is_there_with_its_callee_and_nothing_else() -> None:
    pairs = [b for b in isolated(chain()) if guests(b) == 2 and not b.host]
    assert len(pairs) == 3, "root to b, and two steps from b to c"
    for b in pairs:
        (steps, none) = sorted((len(f.steps) for d in b.definitions for i in d.items if isinstance(i, Guest)
                                for f in i.functions), reverse=True)
        assert (steps, none) == (1, 0)
        run(b)


def test_hostile_choices_go_along_with_their_step() -> None:
    """Step 1 of `b` passes a core value: there where that step stays, under its new number."""
    hostile = RawArgument(Place(1, 1, 0), 1, 0, 5)
    blueprint = Blueprint(chain().definitions, chain().host, chain().calls, (hostile,))
    kept = [b.hostile for b in isolated(blueprint) if guests(b) == 2 and not b.host and b.hostile]
    assert kept == [(RawArgument(Place(1, 0, 0), 0, 0, 5),)]
    (flat,) = flattened(blueprint)
    assert [h.step for h in flat.hostile if isinstance(h, RawArgument)] == [1]


def test_a_start_function_is_one_or_is_called() -> None:
    """The reverse of what `c` and the guest with the start function are built in does not validate."""
    step = (Step(0, (Const(U32, 3),)),)
    c = Definition(1, (), (Guest((), (Function(ONE, (), Param(0)),)),), (Export("c", Ref("item", 0, ("f0",))),))
    root = Definition(None, (), (Child(0), Guest((GuestImport(Ref("item", 0, ("c",)), ONE),), (), step)), ())
    found = list(isolated(Blueprint((c, root))))
    started = [b for b in found if any(isinstance(i, Guest) and i.start for d in b.definitions for i in d.items)]
    called = [b for b in found if b.calls and guests(b) == 2]
    assert started and called
    for b in (*started, *called):
        run(b)


def test_what_goes_round_in_a_circle_stays() -> None:
    """A child calls its parent, which calls it."""
    child = Definition(
        1, (Import("up", ONE),),
        (Guest((GuestImport(Ref("import", 0), ONE),), (Function(ONE, (Step(0, (Param(0),)),), CallResult(0)),)),),
        (Export("f", Ref("item", 0, ("f0",))),),
    )
    parent = Guest((GuestImport(Ref("item", 1, ("f",)), ONE),), (
        Function(ONE, (), Param(0)), Function(ONE, (Step(0, (Param(0),)),), CallResult(0)),
    ), lowering="indirect")
    exports = (Export("run", Ref("item", 0, ("f1",))),)
    root = Definition(None, (), (parent, Child(0, (Ref("item", 0, ("f0",)),))), exports)
    blueprint = Blueprint((child, root), (), (Call("run", (4,)),))
    assert run(blueprint)[0] == [4]
    assert list(flattened(blueprint)) == []
    assert any(guests(b) == 2 for b in isolated(blueprint))


def test_all_of_it_is_valid() -> None:
    stream = CaseStream(blueprints(), 8)
    made = 0
    for number in range(12):
        for reduction in (isolated, flattened):
            for b in reduction(stream(number)):
                made += 1
                if made % 4 == 0:
                    validate(bytes(wat2wasm(render(b).text)))
    assert made > 60
