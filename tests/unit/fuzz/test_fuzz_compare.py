"""What engines are compared by, and what a divergence says."""

from __future__ import annotations

import math

import pytest
from fuzz_harness import Respond, TableEngine, calls_host, program, raises, returns, traps
from rich.console import Console

from fact.model.traps import TrapReason
from fact.model.values import BadHandle, Case, Handle, Value
from fuzz.compare import call_text, compare, describe
from fuzz.divergence import Divergence
from fuzz.engines.base import EngineDied, EngineExceeded, EngineHung, Refusal
from fuzz.observe import DROP, Observation, Program, RecordingHost, observe
from fuzz.outcome import Returned

NAN = math.nan
MISALIGNED, OUT = TrapReason.REALLOC_MISALIGNED, TrapReason.REALLOC_OUT_OF_BOUNDS


def divergence(*engines: TableEngine, logs: tuple[str, ...] = ()) -> Divergence | None:
    subject = program("f", "g", logs=logs)
    return compare({e.info.name: observe(e, subject) for e in engines}, subject)


def engine(name: str, f: Respond | None = None, g: Respond | None = None, **more: Respond) -> TableEngine:
    return TableEngine(name, {"f": f or returns(1), "g": g or returns(2), **more})


@pytest.mark.parametrize(
    ("a", "b"),
    [
        (returns(NAN), returns(-NAN)),  # CanonicalABI.md, Loading: NaNs may be canonicalised
        (traps(TrapReason.INVALID_CHAR, "param c"), traps(TrapReason.INVALID_CHAR, None, "invalid `char`")),
        (traps(MISALIGNED), traps(TrapReason.POINTER_MISALIGNED)),  # one message in wasmtime
        (traps(OUT, "params"), traps(TrapReason.MEMORY_OUT_OF_BOUNDS)),
        (returns(1), raises(Refusal("unsupported", "streams"))),
    ],
)
def test_the_native_engine_agrees(a: Respond, b: Respond) -> None:
    assert divergence(engine("reference", a), engine("native", b)) is None


@pytest.mark.parametrize(
    ("a", "b", "signature"),
    [
        (returns(0.0), returns(-0.0), "call a=returned | b=returned"),
        (returns(1), returns(True), "call a=returned | b=returned"),
        (returns(1), returns(None), "call a=returned | b=returned"),
        (returns(1), traps(TrapReason.INVALID_CHAR), "call a=returned | b=trapped:invalid-char"),
        (traps(MISALIGNED), traps(OUT), "call a=trapped:realloc-misaligned | b=trapped:realloc-out-of-bounds"),
        (traps(MISALIGNED), traps(TrapReason.POINTER_MISALIGNED),
         "call a=trapped:realloc-misaligned | b=trapped:pointer-misaligned"),
        (traps(MISALIGNED, "param a"), traps(MISALIGNED, "param b"),
         "call a=trapped:realloc-misaligned | b=trapped:realloc-misaligned"),
        (traps(TrapReason.UNREACHABLE), traps(TrapReason.UNMAPPED, None, "oh no 17"),
         "call a=trapped:unreachable | b=trapped:unmapped:oh no N"),
        (returns(1), raises(ValueError("at 0xfe")), "call a=returned | b=crashed:ValueError: at N"),
        (
            returns(1),
            raises(ValueError("unknown local\n     --> <anon>:12:34\n      |\n   12 |  (x)\n      |   ^")),
            "call a=returned | b=crashed:ValueError: unknown local",
        ),
    ],
)
def test_engines_disagree(a: Respond, b: Respond, signature: str) -> None:
    found = divergence(engine("a", a), engine("b", b))
    assert found is not None
    assert (found.position, found.call, found.signature) == ("call", 0, signature)


def test_a_crash_is_never_agreed_on() -> None:
    crash = raises(RuntimeError("no"))
    found = divergence(engine("a", crash), engine("b", crash))
    assert found is not None and found.signature == "call a+b=crashed:RuntimeError: no"


@pytest.mark.parametrize(
    ("a", "b", "signature"),
    [
        (None, Refusal("invalid", "x"), "load a=accepted | b=refused:invalid"),
        (Refusal("unlinkable", "x"), Refusal("invalid", "x"), "load a=refused:unlinkable | b=refused:invalid"),
        (None, MemoryError("x"), "load a=accepted | b=crashed:MemoryError: x"),
        (Refusal("malformed", "x"), Refusal("invalid", "y"), None),
        (None, Refusal("unsupported", "threads"), None),
    ],
)
def test_refusals(a: Exception | None, b: Exception | None, signature: str | None) -> None:
    found = divergence(TableEngine("a", engine("a").answers, on_load=a), TableEngine("b", {}, on_load=b))
    assert (None if found is None else found.signature) == signature


def test_start_functions_are_compared() -> None:
    found = divergence(engine("a"), engine("b", start=traps(TrapReason.UNREACHABLE)))
    assert found is not None and found.signature == "instantiate a=accepted | b=trapped:unreachable"
    found = divergence(engine("a", start=calls_host(1)), engine("b", start=calls_host(2), f=returns(3)))
    assert found is not None and found.position == "call", "with an instance, the host's calls belong to the first call"


def test_calls_of_the_host_are_compared() -> None:
    found = divergence(engine("a", g=calls_host(1)), engine("b", g=calls_host(2)))
    assert found is not None
    assert (found.position, found.call, [s.saw for s in found.sides]) == ("host", 1, ["h(1)", "h(2)"])
    assert found.signature == "host a=returned | b=returned"
    assert divergence(engine("a", calls_host(NAN)), engine("b", calls_host(-NAN))) is None


def test_logs_are_compared_after_calls_that_return() -> None:
    trapping = {"f": traps(TrapReason.UNREACHABLE), "p-log-digest": returns(7)}
    found = divergence(engine("a", **trapping), engine("b", **{**trapping, "p-log-digest": returns(8)}), logs=("p",))
    assert found is not None
    assert (found.position, found.call, found.logs) == ("log", 1, ("p",))
    assert found.signature == "log a=log | b=log"


@pytest.mark.parametrize("error", [EngineHung(1.0), EngineDied("SIGSEGV"), EngineExceeded("memory", 1)])
def test_an_engine_that_ends_while_logs_are_read_is_never_agreed_with(error: Exception) -> None:
    found = divergence(engine("a", **{"p-log-digest": raises(error)}), logs=("p",))
    assert found is not None and found.position == "log"


def test_the_majority_stands_together() -> None:
    found = divergence(engine("reference"), engine("compiled"), engine("native", returns(9)))
    assert found is not None
    assert [(s.engines, s.saw) for s in found.sides] == [
        (("reference", "compiled"), "returned 1"), (("native",), "returned 9")
    ]
    assert str(found).splitlines() == [
        "disagreement: call 0, f()", "  reference, compiled  returned 1", "  native               returned 9"
    ]
    console = Console(width=80)
    with console.capture() as shown:
        console.print(found)
    assert "reference, compiled" in shown.get()


class TestObserve:
    def test_a_trap_is_followed_by_a_fresh_instance(self) -> None:
        subject = engine("a", traps(TrapReason.UNREACHABLE))
        seen = observe(subject, program("g", "f", "g", "f", "g"))
        assert [type(o).__name__ for o in seen.outcomes()] == ["Returned", "Trapped"] * 2 + ["Returned"]
        assert subject.instances == 3

    def test_it_never_raises(self) -> None:
        for broken in (engine("a", raises(KeyError("f"))), engine("a", start=raises(OSError())), TableEngine("a", {})):
            assert isinstance(observe(broken, program("f")), Observation)

    def test_time_is_counted_where_it_is_spent(self) -> None:
        import time

        seen = observe(engine("a", lambda *_: time.sleep(0.02)), program("f", "f"))
        assert seen.seconds.call >= 0.04 > seen.seconds.load + seen.seconds.instantiate


    def test_a_handle_that_the_host_does_not_hold_is_bad_usage_and_nothing_to_disagree_about(self) -> None:
        """Any other error is a crash of the engine, whatever is passed; neither is the end of what follows."""
        calls = (("f", ((Case("some", Handle(9)),),)), ("g", (Handle(1),)), ("h", (Handle(1),)), ("g", ()))
        refuse, broken = raises(BadHandle("no such handle")), raises(ValueError("of another kind"))
        engines = [TableEngine(name, {"f": refuse, "g": returns(Handle(1)), "h": broken}) for name in ("a", "b")]
        subject = Program(b"", calls, (), {})
        seen = {e.info.name: observe(e, subject) for e in engines}
        kinds = [type(outcome).__name__ for outcome in seen["a"].outcomes()]
        assert kinds == ["Misused", "Returned", "Crashed", "Returned"]
        assert engines[0].instances == 2
        first = Program(b"", calls[:2], (), {})
        assert compare({e.info.name: observe(e, first) for e in engines}, first) is None
        assert describe(seen["a"].outcomes()[0]) == "bad usage: no such handle"

    def test_the_host_drops_a_handle_among_the_calls(self) -> None:
        dropped: list[Value] = []
        subject = TableEngine("a", {"drop": lambda _host, handle: dropped.append(handle), "f": returns(1)})
        seen = observe(subject, Program(b"", ((DROP, (Handle(3),)), ("f", ())), (), {}))
        assert seen.outcomes() == [Returned(None), Returned(1)]
        assert dropped == [Handle(3)]
        assert call_text(DROP, (Handle(3),)) == "drop #3"

    def test_the_end_of_a_resource_of_the_hosts_is_compared_like_a_call_of_it(self) -> None:
        def drops(*numbers: int) -> TableEngine:
            def f(host: RecordingHost) -> None:
                for number in numbers:
                    host.drop(("i", "r"), number)
            return TableEngine(str(numbers), {"f": f})

        subject = program("f")
        engines = [drops(4, 5), drops(5, 4)]
        found = compare({e.info.name: observe(e, subject) for e in engines}, subject)
        assert found is not None and found.position == "host"
        saw = [side.saw for side in found.sides]
        assert saw == ["drop of i#r(#4), drop of i#r(#5)", "drop of i#r(#5), drop of i#r(#4)"]


@pytest.mark.parametrize(("value", "shown"), [
    ("\ud800", r"'\ud800'"), ("a\ud800", r'"a\u{d800}"'), (2**70, str(2**70)), (-(2**70), str(-(2**70))),
    ((1, "\ud800"), r"(1, '\ud800')"),
])
def test_a_value_that_no_type_has_can_be_shown(value: Value, shown: str) -> None:
    """An engine that lets one through must not be the end of the comparison."""
    assert describe(Returned(value)) == f"returned {shown}"


def test_calls_of_the_host_by_start_functions_count_without_any_call() -> None:
    made = program()
    engines = [TableEngine("a", {"start": calls_host(1)}), TableEngine("b", {"start": calls_host(2)})]
    found = compare({engine.info.name: observe(engine, made) for engine in engines}, made)
    assert found is not None and found.position == "host"
