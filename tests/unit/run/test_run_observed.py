"""What an observer of the reference is told, in order; and that one who raises nothing changes nothing."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from wasmtime import wat2wasm

from fact.abi import CoreValue, HandleState
from fact.decode import decode
from fact.link import link
from fact.model.plan import InstanceExport
from fact.model.traps import Trap, TrapReason
from fact.model.types import FuncType
from fact.model.values import Value
from fact.run import Entered, HandleUse, prepare_observed


class Recorder:
    """Writes down every event as a few words."""

    def __init__(self) -> None:
        self.events: list[str] = []
        self.entered: list[Entered] = []
        self.memory = b""
        """The first bytes from 64 on in the memory of the last realloc, when its callee is entered."""

    def enter(self, entered: Entered, args: Sequence[CoreValue], /) -> None:
        realloc = next((e for e in reversed(self.entered) if e.role == "realloc"), None)
        if entered.role == "callee" and realloc is not None and realloc.memory is not None:
            assert len(realloc.memory) == 65536
            self.memory = bytes(realloc.memory[64:67])
        self.entered.append(entered)
        self.events.append(f"enter {entered.role} {entered.index} {list(args)}")

    def leave(self, results: Sequence[CoreValue], /) -> None:
        self.events.append(f"leave {list(results)}")

    def fail(self, error: BaseException, /) -> None:
        self.events.append(f"fail {type(error).__name__}")

    def arguments(self, values: Sequence[Value], /) -> None:
        self.events.append(f"arguments {list(values)}")

    def results(self, values: Sequence[Value], /) -> None:
        self.events.append(f"results {list(values)}")

    def resolved(self) -> None:
        self.events.append("resolved")

    def handle(self, use: HandleUse, instance: int, index: int, element: HandleState | None, /) -> None:
        found = "nothing" if element is None else f"{'own' if element.own else 'borrow'} of {element.rep}"
        self.events.append(f"{use} {index} of {instance}: {found}")


def host(path: tuple[str, ...], type: FuncType, args: Sequence[Value], /) -> Value | None:
    (number,) = args
    assert isinstance(number, int)
    return number + 1


def events(text: str, *args: Value, traps: TrapReason | None = None) -> tuple[list[str], Recorder]:
    """Those of making an instance and calling its export f."""
    recorder = Recorder()
    instance = prepare_observed(link(decode(bytes(wat2wasm(text)))), lambda: recorder).instantiate(host)
    if traps is None:
        instance.invoke("f", args)
    else:
        with pytest.raises(Trap) as caught:
            instance.invoke("f", args)
        assert caught.value.reason is traps
    return recorder.events, recorder


ADAPTED = """(component
  (component $A
    (core module $M (memory (export "m") 1) (func (export "r") (param i32 i32 i32 i32) (result i32) (i32.const 64))
      (func (export "g") (param i32 i32) (result i32) (local.get 1)) (func (export "p") (param i32)))
    (core instance $i (instantiate $M))
    (func (export "g") (param "s" string) (result u32) (canon lift (core func $i "g")
      (memory (core memory $i "m")) (realloc (core func $i "r")) (post-return (core func $i "p")))))
  (instance $a (instantiate $A))
  (core module $Memory (memory (export "m") 1) (data (i32.const 8) "abc"))
  (core instance $memory (instantiate $Memory))
  (core func $c (canon lower (func $a "g") (memory (core memory $memory "m"))))
  (core module $M (import "" "g" (func $g (param i32 i32) (result i32)))
    (func (export "f") (result i32) (call $g (i32.const 8) (i32.const 3))))
  (core instance $i (instantiate $M (with "" (instance (export "g" (func $c))))))
  (func (export "f") (result u32) (canon lift (core func $i "f"))))"""


def test_a_call_through_an_adapter() -> None:
    """CanonicalABI.md, canon lift and canon lower: lift all, lower all, call, and back again; post-return."""
    told, recorder = events(ADAPTED)
    outer, inner = (e.index for e in recorder.entered if e.role == "lift")
    assert told == [
        f"enter lift {outer} []", "arguments []", f"enter callee {outer} []", "enter adapter 0 [8, 3]",
        f"enter lift {inner} []", "arguments ['abc']", "enter realloc -1 [0, 0, 1, 3]", "leave [64]",
        f"enter callee {inner} [64, 3]", "leave [3]", "results [3]", "resolved", f"enter post-return {inner} [3]",
        "leave []", "leave []", "leave [3]", "leave [3]", "results [3]", "resolved", "leave []",
    ]
    realloc = next(e for e in recorder.entered if e.role == "realloc")
    assert isinstance(realloc.item, InstanceExport) and realloc.item.name == "r"
    assert recorder.memory == b"abc", "what the reference has written is seen"


def test_a_call_of_the_host() -> None:
    told, _ = events("""(component (import "h" (func $h (param "a" u32) (result u32)))
      (core func $c (canon lower (func $h)))
      (core module $M (import "" "h" (func $h (param i32) (result i32)))
        (func (export "f") (param i32) (result i32) (call $h (local.get 0))))
      (core instance $i (instantiate $M (with "" (instance (export "h" (func $c))))))
      (func (export "f") (param "a" u32) (result u32) (canon lift (core func $i "f"))))""", 6)
    assert told == [
        "enter lift 0 []", "arguments [6]", "enter callee 0 [6]", "enter host lower 0 [6]",
        "enter host import 0 []", "arguments [6]", "results [7]", "resolved", "leave []", "leave [7]", "leave [7]",
        "results [7]", "resolved", "leave []",
    ]


def test_a_trap_fails_all_that_was_entered() -> None:
    told, _ = events(ADAPTED.replace("(local.get 1)) (func", "unreachable) (func"), traps=TrapReason.UNREACHABLE)
    assert told[-5:] == ["fail Trap"] * 5, "callee, lift, adapter, callee, lift"


def test_an_exception_becomes_a_trap_on_its_way() -> None:
    """CanonicalABI.md, canon lift: call_and_trap_on_throw."""
    text = ADAPTED.replace('(func (export "r")', '(tag $e) (func (export "r")')
    told, _ = events(text.replace("(local.get 1)) (func", "(throw $e)) (func"), traps=TrapReason.UNCAUGHT_EXCEPTION)
    assert told[-5:] == ["fail CoreWebAssemblyException", *["fail Trap"] * 4]


def test_start_functions_handles_and_destructors() -> None:
    """Table State, canon resource.new and resource.drop."""
    told, recorder = events("""(component
      (core module $D (func (export "d") (param i32))) (core instance $d (instantiate $D))
      (type $r (resource (rep i32) (dtor (core func $d "d"))))
      (core func $new (canon resource.new $r)) (core func $drop (canon resource.drop $r))
      (core module $M (import "" "new" (func $new (param i32) (result i32))) (import "" "drop" (func $drop (param i32)))
        (func $start (drop (call $new (i32.const 9)))) (start $start)
        (func (export "f") (call $drop (i32.const 1)) (call $drop (i32.const 1))))
      (core instance $i (instantiate $M (with "" (instance (export "new" (func $new)) (export "drop" (func $drop))))))
      (func (export "f") (canon lift (core func $i "f"))))""", traps=TrapReason.UNKNOWN_HANDLE)
    new, drop, _ = (e.index for e in recorder.entered if e.role == "built-in")
    assert told == [
        f"enter start {recorder.entered[0].index} []", f"enter built-in {new} [9]", "add 1 of 0: own of 9",
        "leave [1]", "leave []",
        "enter lift 0 []", "arguments []", "enter callee 0 []",
        f"enter built-in {drop} [1]", "remove 1 of 0: own of 9", "enter destructor 0 [9]", "leave []", "leave []",
        f"enter built-in {drop} [1]", "remove 1 of 0: nothing", "fail Trap", "fail Trap", "fail Trap",
    ]
