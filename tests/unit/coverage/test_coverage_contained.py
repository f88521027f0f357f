"""Coverage tells what happened and no more, and whatever it does, outcomes are those of the reference."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NoReturn

import pytest
from coverage_harness import AT, BUMP, consts, features, of_group, passed
from wasmtime import wat2wasm

from fact.model.traps import Trap, TrapReason
from fact.model.types import FuncType
from fact.model.values import Value
from fuzz.coverage.compounds import ELEMENTS_WALKED
from fuzz.coverage.possible import POSSIBLE
from fuzz.engines.base import Running
from fuzz.engines.reference import ReferenceEngine, TracedReferenceEngine
from fuzz.observe import Program, observe
from fuzz.outcome import Returned

STRING = passed("string", "i32 i32", consts(AT, 2), segments=[(AT, b"ab")])


@pytest.mark.parametrize("broken", [
    "fuzz.coverage.crossings.Crossings.of", "fuzz.coverage.graphs.facts", "fuzz.coverage.blocks.Blocks.returned",
    "fuzz.coverage.text.facts", "fuzz.coverage.trace.Trace._returned",
])
@pytest.mark.parametrize("error", [KeyError, RecursionError])
def test_a_mistake_in_coverage_is_told_and_changes_no_outcome(
    broken: str, error: type[Exception], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*_: object) -> NoReturn:
        raise error

    program = Program(bytes(wat2wasm(STRING)), (("f", ()), ("f", ())), (), {})
    expected = observe(ReferenceEngine(), program)
    monkeypatch.setattr(broken, fails)
    found = observe(TracedReferenceEngine(), program)
    assert (found.refusal, found.calls) == (expected.refusal, expected.calls)
    (mistake,) = found.features - POSSIBLE
    assert mistake.startswith(f"mistake of fuzz.coverage: {error.__name__} in fails, line ")


IMPORTER = """(component (import "h" (func $h (param "a" char))) (core func $c (canon lower (func $h)))
  (core module $M (import "" "h" (func $h (param i32)))
    (func (export "f") (param i32) (call $h (local.get 0))) (func (export "g") (param i32 i32)))
  (core instance $i (instantiate $M (with "" (instance (export "h" (func $c))))))
  (func (export "f") (param "b" char) (canon lift (core func $i "f")))
  (func (export "g") (param "c" char) (param "d" u8) (canon lift (core func $i "g"))))"""


def test_a_trap_that_comes_out_of_the_host_is_not_one_of_values_here() -> None:
    """Its site is another component's."""
    def host(path: tuple[str, ...], type: FuncType, args: Sequence[Value], /) -> Value | None:
        raise Trap(TrapReason.INVALID_CHAR, "param elsewhere.field")

    loaded = TracedReferenceEngine().load(bytes(wat2wasm(IMPORTER)))
    with pytest.raises(Trap) as caught:
        loaded.instantiate(host).invoke("f", ["x"])
    assert caught.value.reason is TrapReason.INVALID_CHAR
    assert loaded.features() <= POSSIBLE
    assert not of_group(loaded.features(), "trap") and "call: a host import traps" in loaded.features()


def test_an_instance_that_another_runs_through_the_host_is_told_apart() -> None:
    """Both are of one component: a call within the other's call of the host is an export's, and not a deeper one."""
    running: list[Running] = []

    def host(path: tuple[str, ...], type: FuncType, args: Sequence[Value], /) -> Value | None:
        if len(running) > 1:
            running.pop().invoke("g", ["y", 3])
        return None

    loaded = TracedReferenceEngine().load(bytes(wat2wasm(IMPORTER)))
    running += [loaded.instantiate(host), loaded.instantiate(host)]
    assert running[0].invoke("f", ["x"]) is None
    assert loaded.features() <= POSSIBLE
    assert {"type: u8 param flat, export", "flat: 2 to 14 params, export"} <= loaded.features()
    assert "call: 3 deep" not in loaded.features() and len(running) == 1


HANDLES = """(component (type $r (resource (rep i32)))
  (core func $new (canon resource.new $r)) (core func $drop (canon resource.drop $r))
  (func (export "new") (param "r" u32) (result u32) (canon lift (core func $new)))
  (func (export "drop") (param "h" u32) (canon lift (core func $drop))))"""


def test_tables_of_two_instances_are_two() -> None:
    """Table State: each component instance has its own."""
    def nobody(path: tuple[str, ...], type: FuncType, args: Sequence[Value], /) -> NoReturn:
        raise AssertionError(path)

    loaded = TracedReferenceEngine().load(bytes(wat2wasm(HANDLES)))
    one, two = loaded.instantiate(nobody), loaded.instantiate(nobody)
    assert one.invoke("new", [7]) == two.invoke("new", [8]) == 1
    assert "handle: index used again" not in loaded.features()
    one.invoke("drop", [1])
    loaded.instantiate(nobody)
    with pytest.raises(Trap):
        one.invoke("drop", [1])
    assert "handle: resource.drop of an index that was freed" in loaded.features()
    assert "handle: resource.drop of an index never handed out" not in loaded.features()


def chain(length: int) -> str:
    """So many components, each calling the one before."""
    first = """(component $C0 (core module $M (func (export "f") (result i32) (i32.const 7)))
      (core instance $i (instantiate $M)) (func (export "f") (result u32) (canon lift (core func $i "f"))))
      (instance $c0 (instantiate $C0))"""
    link = """(component $C (import "f" (func $f (result u32))) (core func $f (canon lower (func $f)))
      (core module $M (import "" "f" (func $f (result i32))) (func (export "f") (result i32) (call $f)))
      (core instance $i (instantiate $M (with "" (instance (export "f" (func $f))))))
      (func (export "f") (result u32) (canon lift (core func $i "f"))))"""
    rest = "".join(f'(instance $c{n} (instantiate $C (with "f" (func $c{n - 1} "f"))))' for n in range(1, length))
    return f'(component {first} {link} {rest} (export "f" (func $c{length - 1} "f")))'


def test_as_many_calls_within_each_other_as_without_a_trace() -> None:
    """301 components call through Python 300 times, which is as often as it goes."""
    for length in (301, 302):
        program = Program(bytes(wat2wasm(chain(length))), (("f", ()),), (), {})
        plain, traced = (observe(engine, program) for engine in (ReferenceEngine(), TracedReferenceEngine()))
        assert plain.calls == traced.calls and traced.features <= POSSIBLE
        assert (plain.calls[0].outcome == Returned(7)) == (length == 301)


# -- what was not got to


@pytest.mark.parametrize(("type", "core", "constants", "segments"), [
    ("(tuple string bool)", "i32 i32 i32", consts(AT, 1, 2), [(AT, b"\xff")]),
    ("(tuple (list char) bool)", "i32 i32 i32", consts(AT, 20, 2), [(AT + 76, b"\0\0\x11\0")]),
])
def test_what_stands_behind_a_trap_that_is_not_foreseen_is_not_exercised(
    type: str, core: str, constants: str, segments: list[tuple[int, bytes]]
) -> None:
    """Flat Lifting: text that is not UTF-8, and a char far into a list, trap before the bool is lifted."""
    found = features(passed(type, core, constants, segments=segments))
    assert of_group(found, "trap") and not of_group(found, "junk")
    fine = features(passed(type, core, constants, segments=[(AT, b"a\0\0\0")]))
    assert of_group(fine, "junk") == {"junk: bool past 1, flat"}, "where they do not trap, it is"


def test_what_a_call_that_may_not_be_made_passes_is_not_exercised() -> None:
    """canon lower: trap_if(not may_leave) comes before anything is lifted."""
    found = features("""(component (import "h" (func $h (param "a" bool))) (core func $c (canon lower (func $h)))
      (core module $M (import "" "h" (func $h (param i32))) (func (export "f"))
        (func (export "p") (call $h (i32.const 2))))
      (core instance $i (instantiate $M (with "" (instance (export "h" (func $c))))))
      (func (export "f") (canon lift (core func $i "f") (post-return (core func $i "p")))))""")
    assert of_group(found, "trap") == {"trap: cannot-leave by host lower in post-return"}
    assert not of_group(found, "junk", "pointer")


def test_a_realloc_past_what_is_looked_at_is_not_taken_for_another() -> None:
    """Storing: elements that were left out ask for strings, and not for the list behind them."""
    count = ELEMENTS_WALKED + 1
    pages, some = 1024, 4 + 12 * (count - 1)
    found = features(passed("(tuple (list (option string)) (list u64))", "i32 i32 i32 i32",
                            consts(pages, count, AT, 1), segments=[(pages + some - 4, b"\1")], realloc=BUMP))
    assert "realloc: of size 0, list of adapter param" not in found, "not looked at"
    assert "realloc: a block, list of adapter param" in found
