"""Reductions and hunts: what is tried is valid, what comes out is small."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence

import pytest
from fuzz_harness import TableEngine
from wasmtime import wat2wasm

from fact.link import Environment
from fact.model.types import FuncType, Prim
from fact.model.values import Handle, Value
from fact.run.host import Host
from fuzz.compare import compare
from fuzz.engines.base import NOTHING, Loaded, Running
from fuzz.engines.reference import ReferenceEngine
from fuzz.examine import Examination, by_name, examine
from fuzz.hunt import hunt
from fuzz.minimise.reduce import joined_calls, reductions
from fuzz.minimise.shrink import shrink, size
from fuzz.observe import observe
from fuzz.validate import validate
from generators.blueprint import (
    Blueprint,
    Call,
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
    to_json,
)
from generators.cases import blueprints
from generators.components import render
from generators.families import AnyBlueprint
from generators.operands import CallResult, Const, Param
from generators.stream import CaseStream


def test_every_reduction_is_a_valid_component_and_none_is_the_same() -> None:
    stream = CaseStream(blueprints(), 21)
    made = 0
    for number in range(10):
        blueprint = stream(number)
        for reduction in reductions():
            for smaller in reduction(blueprint):
                if smaller != blueprint and (made := made + 1) % 40 == 0:
                    validate(bytes(wat2wasm(render(smaller).text)))
    assert made > 400


def test_of_two_calls_of_one_guest_the_first_does_what_both_did() -> None:
    """`first(7)` calls its import with 7; `second(8, 9)` calls it with 8 and 9, then with what that returned and 5."""
    u32, pair = Prim.U32, Signature((Prim.U32, Prim.U32), Prim.U32)
    first = Function(Signature((u32,)), (Step(0, (Param(0), Param(0))),))
    second = Function(Signature((u32, u32)), (Step(0, (Param(0), Param(1))), Step(0, (CallResult(0), Const(u32, 5)))))
    guest = Guest((GuestImport(Ref("import", 0), pair),), (first, second))
    root = Definition(
        imports=(Import("add", pair),), items=(guest,),
        exports=(Export("first", Ref("item", 0, ("f0",))), Export("second", Ref("item", 0, ("f1",)))),
    )
    host = (HostFunction(("add",), EchoArgument(0)),)
    blueprint = Blueprint((root,), host, (Call("first", (7,)), Call("second", (8, 9))))
    (joined,) = joined_calls(blueprint)
    assert joined.calls == (Call("first", (7,)),)

    def host_calls(b: Blueprint) -> list[tuple[Value, ...]]:
        seen: list[tuple[Value, ...]] = []

        def add(path: tuple[str, ...], type: FuncType, args: Sequence[Value]) -> Value:
            seen.append(tuple(args))
            return args[0]

        running = ReferenceEngine().load(bytes(wat2wasm(render(b).text))).instantiate(add)
        for call in b.calls:
            running.invoke(call.export, [a for a in call.args if isinstance(a, int)])
        return seen

    assert host_calls(joined) == host_calls(blueprint) == [(7, 7), (8, 9), (8, 5)]


class Faulty:
    """The reference, but calls with an s16 or u16 argument past 0xff return wrongly."""

    def __init__(self) -> None:
        self.inner = ReferenceEngine()
        self.info = TableEngine("faulty", {}).info

    def load(self, binary: bytes, environment: Environment = NOTHING) -> FaultyLoaded:
        return FaultyLoaded(self.inner.load(binary, environment))


class FaultyLoaded:
    def __init__(self, inner: Loaded) -> None:
        self.inner = inner

    def instantiate(self, host: Host) -> FaultyRunning:
        return FaultyRunning(self.inner.instantiate(host))


class FaultyRunning:
    def __init__(self, inner: Running) -> None:
        self.inner = inner

    def invoke(self, function: str, args: Sequence[Value]) -> Value | None:
        value = self.inner.invoke(function, args)
        wrong = "-log-" not in function and any(type(a) is int and 0xFF < a < 0x10000 for a in args)
        return value ^ 1 if wrong and type(value) is int else value

    def drop(self, handle: Handle) -> None:
        self.inner.drop(handle)


def test_a_hunt_finds_and_shrinks() -> None:
    found = hunt([ReferenceEngine(), Faulty()], 5, 200, blueprints(), shrink_seconds=60.0)
    assert found is not None and found.cases < 200
    blueprint = found.case.blueprint
    assert isinstance(blueprint, Blueprint)
    assert len(blueprint.calls) == 1 and len(blueprint.definitions) == 1
    (guest,) = blueprint.definitions[0].items
    assert isinstance(guest, Guest) and len(guest.functions) == 1
    assert len(guest.functions[0].signature.params) == 1
    assert size(blueprint) < size(found.original)
    assert "faulty" in found.divergence.signature
    assert any("disagreement" in line for line in found.case.origin.verdict)


def test_a_hunt_without_prey() -> None:
    assert hunt([ReferenceEngine()], 5, 5, blueprints()) is None


def test_shrinking_stops_when_told_and_keeps_the_best() -> None:
    engines = by_name([ReferenceEngine(), Faulty()])
    stream = CaseStream(blueprints(), 5)
    number = next(n for n in range(200) if examine(stream(n), engines).divergence is not None)
    divergence = examine(stream(number), engines).divergence
    assert divergence is not None
    signature = divergence.signature
    ran: list[AnyBlueprint] = []

    def test(blueprint: AnyBlueprint) -> Examination:
        ran.append(blueprint)
        return examine(blueprint, engines)

    shrunk = shrink(blueprints(), 5, number, signature, test, 60.0, stopped=lambda: len(ran) >= 4)
    assert shrunk is not None and shrunk.tried == len(ran) == 4
    assert size(shrunk.examination.blueprint) <= size(stream(number))
    assert shrink(blueprints(), 5, number, "another signature", test, 60.0) is None


def test_text_that_does_not_assemble_is_a_finding(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("fuzz.examine.wat2wasm", lambda text: wat2wasm("(component (nonsense))"))
    found = examine(CaseStream(blueprints(), 1)(0), by_name([ReferenceEngine()]))
    assert found.divergence is not None and found.divergence.position == "text"


def test_numbered_cases_do_not_depend_on_order_or_on_the_process() -> None:
    stream = CaseStream(blueprints(), 9)
    backwards = [to_json(stream(n)) for n in (3, 2, 1, 0)]
    again = CaseStream(blueprints(), 9)
    assert backwards[::-1] == [to_json(again(n)) for n in range(4)]
    assert len(set(backwards)) == 4
    code = ("from generators.stream import CaseStream; from generators.cases import blueprints; "
            "from generators.blueprint import to_json; print(to_json(CaseStream(blueprints(), 9)(2)))")
    other = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert other.strip() == backwards[1]


def test_log_differences_are_explained() -> None:
    def engine(name: str, *entries: int) -> TableEngine:
        return TableEngine(name, {
            "f": lambda _host: None, "p-log-digest": lambda _host: hash(entries) & 0xFFFF,
            "p-log-count": lambda _host: len(entries), "p-log-entry": lambda _host, i: entries[i],
        })

    from fuzz_harness import program

    from fuzz.expect import log_difference

    engines = {"a": engine("a", 1, 2, 3), "b": engine("b", 1, 5)}
    subject = program("f", logs=("p",))
    found = compare({n: observe(e, subject) for n, e in engines.items()}, subject)
    assert found is not None and found.logs == ("p",)
    assert log_difference(engines, subject, 0, found.logs) == (
        ("p log, from entry 1 of 3: 0x2, 0x3",), ("p log, from entry 1 of 2: 0x5",)
    )
