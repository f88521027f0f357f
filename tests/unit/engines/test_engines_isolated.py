"""An engine in a process of its own: whatever it does to that process is an exception here."""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from wasmtime import wat2wasm

from fact.link import Environment
from fact.model.traps import Trap, TrapReason
from fact.model.types import FuncType
from fact.model.values import BadHandle, Handle, Value
from fact.run.host import Host
from fuzz.engines.base import (
    NOTHING,
    Engine,
    EngineDied,
    EngineExceeded,
    EngineHung,
    EngineInfo,
    Refusal,
    Running,
)
from fuzz.engines.isolated import IsolatedEngine
from fuzz.engines.limits import MIB, Limits
from fuzz.engines.native import NativeEngine
from fuzz.errors import UsageError
from fuzz.observe import failure
from fuzz.outcome import Crashed, Exceeded, TimedOut

CLOCK = Path(__file__).parents[2] / "components" / "clock.wat"


def answers(path: tuple[str, ...], type: FuncType, args: Sequence[Value]) -> Value | None:
    return 7200


class Misbehaving:
    """Loads anything; a function's name is what it does."""

    info = EngineInfo("misbehaving", "1", "", ())

    def load(self, binary: bytes, environment: Environment = NOTHING) -> Misbehaving:
        return self

    def instantiate(self, host: Host) -> Instance:
        return Instance(host)


class Instance:
    alive = 0

    def __init__(self, host: Host) -> None:
        self.host = host
        Instance.alive += 1

    def __del__(self) -> None:
        Instance.alive -= 1

    def invoke(self, function: str, args: Sequence[Value]) -> Value | None:
        match function:
            case "abort":
                os.write(2, b"the last words\n")
                os.abort()
            case "segfault":
                os.kill(os.getpid(), signal.SIGSEGV)
            case "leave":
                os._exit(3)
            case "leave a child":
                if os.fork() == 0:
                    time.sleep(600)
                os.abort()
            case "close all files and hang":
                os.closerange(3, 256)
                time.sleep(600)
            case "hang":
                time.sleep(600)
            case "hold on":
                ctypes.PyDLL(None).pause()
            case "raise":
                raise ZeroDivisionError("odd")
            case "leak":
                kept = []
                while True:
                    kept.append(b"x" * (8 << 20))
            case "ask for too much":
                bytearray(1 << 50)
            case "print":
                while True:
                    os.write(1, b"another line of many\n" * 100)
            case "print through Python":
                while True:
                    print("another line of many")
            case "say":
                print("said")
            case "ask without end":
                while True:
                    self.host((), FuncType((), None), ())
            case "alive":
                return Instance.alive
        return args[0] if args else None

    def drop(self, handle: Handle) -> None:
        raise BadHandle(f"{handle} was never given to the host")


@pytest.fixture
def misbehaving() -> Iterator[IsolatedEngine]:
    engine = IsolatedEngine(Misbehaving, Limits(seconds=20, memory=300 * MIB, printed=MIB))
    yield engine
    engine.close()


def limited(engine: IsolatedEngine, **limits: float) -> Running:
    """An instance for which other limits hold: once its process runs, for to start it may take longer on a busy
    machine."""
    running = engine.load(b"").instantiate(answers)
    running.invoke("echo", [0])
    engine.limits = replace(engine.limits, **limits)  # type: ignore[arg-type]
    return running


@pytest.mark.parametrize(("function", "how", "printed"), [
    ("abort", "killed by SIGABRT", "the last words\n"), ("segfault", "killed by SIGSEGV", ""),
    ("leave", "exited with status 3", ""),
])
def test_a_death_is_an_exception_and_the_next_component_gets_a_new_process(
    function: str, how: str, printed: str, misbehaving: IsolatedEngine
) -> None:
    running = misbehaving.load(b"").instantiate(answers)
    assert running.invoke("echo", [5]) == 5
    with pytest.raises(EngineDied) as died:
        running.invoke(function, [])
    assert (died.value.how, died.value.printed) == (how, printed)
    outcome = failure(died.value)
    assert isinstance(outcome, Crashed)
    assert (outcome.how, outcome.printed) == (how, printed)
    assert outcome.message == (f"{how}: the last words" if printed else how)
    assert misbehaving.load(b"").instantiate(answers).invoke("echo", [6]) == 6
    with pytest.raises(EngineDied, match="died before"):
        running.invoke("echo", [5])


def test_what_has_died_is_not_asked_again_before_the_next_component_is_loaded(misbehaving: IsolatedEngine) -> None:
    loaded = misbehaving.load(b"")
    running = loaded.instantiate(answers)
    for call in (lambda: running.invoke("leave", []), lambda: running.invoke("echo", [1]),
                 lambda: loaded.instantiate(answers)):
        with pytest.raises(EngineDied):
            call()


def test_a_death_is_noticed_though_the_engine_left_another_process_with_our_pipe(misbehaving: IsolatedEngine) -> None:
    with pytest.raises(EngineDied, match="killed by SIGABRT"):
        misbehaving.load(b"").instantiate(answers).invoke("leave a child", [])


@pytest.mark.parametrize("function", ["hang", "hold on", "close all files and hang"])
def test_no_answer_is_an_exception(function: str, misbehaving: IsolatedEngine) -> None:
    running = limited(misbehaving, seconds=0.2)
    with pytest.raises(EngineHung) as hung:
        running.invoke(function, [])
    assert failure(hung.value) == TimedOut(0.2)
    misbehaving.limits = Limits(20)
    assert misbehaving.load(b"").instantiate(answers).invoke("echo", [6]) == 6


def test_the_time_of_an_answer_includes_that_of_the_host(misbehaving: IsolatedEngine) -> None:
    """An engine that calls the host without end never makes it wait."""
    running = limited(misbehaving, seconds=0.2)
    with pytest.raises(EngineHung):
        running.invoke("ask without end", [])


@pytest.mark.parametrize(("function", "outcome"), [
    ("leak", Exceeded("memory", 300 * MIB)), ("ask for too much", Exceeded("memory", 300 * MIB)),
    ("print", Exceeded("output", MIB)), ("print through Python", Exceeded("output", MIB)),
])
def test_using_too_much_is_an_exception(function: str, outcome: Exceeded, misbehaving: IsolatedEngine) -> None:
    running = misbehaving.load(b"").instantiate(answers)
    with pytest.raises(EngineExceeded) as exceeded:
        running.invoke(function, [])
    assert failure(exceeded.value) == outcome
    assert ("another line of many" in exceeded.value.printed) == function.startswith("print")
    assert misbehaving.load(b"").instantiate(answers).invoke("echo", [6]) == 6


def test_what_the_host_is_made_to_keep_is_memory_of_the_engine(misbehaving: IsolatedEngine) -> None:
    kept = []

    def keeps(path: tuple[str, ...], type: FuncType, args: Sequence[Value]) -> Value | None:
        kept.append(b"x" * MIB)
        return None

    with pytest.raises(EngineExceeded, match="used more than 300 MiB of memory"):
        misbehaving.load(b"").instantiate(keeps).invoke("ask without end", [])


def test_what_is_printed_is_bounded_for_each_answer(misbehaving: IsolatedEngine) -> None:
    running = limited(misbehaving, printed=12)
    for _ in range(20):
        running.invoke("say", [])
    with pytest.raises(EngineDied) as died:
        running.invoke("leave", [])
    assert died.value.printed == ""


def test_nothing_is_printed_on_our_own_output(misbehaving: IsolatedEngine, capfd: pytest.CaptureFixture[str]) -> None:
    running = misbehaving.load(b"").instantiate(answers)
    running.invoke("say", [])
    with pytest.raises(EngineDied):
        running.invoke("abort", [])
    assert capfd.readouterr() == ("", "")


def test_what_nobody_refers_to_is_forgotten(misbehaving: IsolatedEngine) -> None:
    loaded = misbehaving.load(b"")
    first, second = loaded.instantiate(answers), loaded.instantiate(answers)
    assert first.invoke("alive", []) == 2
    del second
    assert first.invoke("alive", []) == 1


def test_an_answer_that_was_not_waited_for_is_not_taken_for_another(misbehaving: IsolatedEngine) -> None:
    def interrupted(path: tuple[str, ...], type: FuncType, args: Sequence[Value]) -> Value | None:
        raise KeyboardInterrupt

    running = misbehaving.load(b"").instantiate(interrupted)
    with pytest.raises(KeyboardInterrupt):
        running.invoke("ask without end", [])
    assert misbehaving.load(b"").instantiate(answers).invoke("echo", [6]) == 6


def unopened() -> Engine:
    raise UsageError("there is no such engine")


def test_an_engine_that_cannot_be_opened_says_so() -> None:
    engine = IsolatedEngine(unopened)
    with pytest.raises(RuntimeError, match="there is no such engine"):
        engine.load(b"")
    engine.close()


def test_what_an_engine_raises_comes_out(misbehaving: IsolatedEngine) -> None:
    with pytest.raises(RuntimeError, match="ZeroDivisionError: odd"):
        misbehaving.load(b"").instantiate(answers).invoke("raise", [])


ORPHAN = """
from test_engines_isolated import Misbehaving, answers
from fuzz.engines.isolated import IsolatedEngine
if __name__ == "__main__":
    engine = IsolatedEngine(Misbehaving)
    running = engine.load(b"").instantiate(answers)
    print(engine.pid, flush=True)
    running.invoke(FUNCTION, [])
"""


@pytest.mark.parametrize("function", ["hang", "hold on"])
def test_a_child_that_hangs_does_not_outlive_its_parent_nor_leaves_files(function: str, tmp_path: Path) -> None:
    program, temporary = tmp_path / "program.py", tmp_path / "temporary"
    program.write_text(ORPHAN.replace("FUNCTION", repr(function)))
    temporary.mkdir()
    path = os.pathsep.join([str(Path(__file__).parent), str(Path(__file__).parents[3])])
    parent = subprocess.Popen(
        [sys.executable, program], stdout=subprocess.PIPE, text=True,
        env={**os.environ, "PYTHONPATH": path, "TMPDIR": str(temporary)},
    )
    assert parent.stdout is not None
    child = int(parent.stdout.readline())
    time.sleep(0.3)
    parent.kill()
    parent.wait()
    parent.stdout.close()
    deadline = time.monotonic() + 20
    while runs(child) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not runs(child)
    assert list(temporary.iterdir()) == []


def runs(process: int) -> bool:
    """Whether it has not ended, be it that nobody has asked for its status yet."""
    try:
        return ") Z " not in Path(f"/proc/{process}/stat").read_text()
    except OSError:
        return False


@pytest.fixture(scope="module")
def native() -> Iterator[IsolatedEngine]:
    engine = IsolatedEngine(NativeEngine)
    yield engine
    engine.close()


def test_values_traps_refusals_and_unknown_exports_come_out_as_they_are(native: IsolatedEngine) -> None:
    glyphs = bytes(wat2wasm((CLOCK.parent / "glyphs.wat").read_text()))
    running = native.load(glyphs).instantiate(answers)
    assert running.invoke("glyph", [9731]) == "☃"
    with pytest.raises(KeyError):
        running.invoke("nothing", [])
    with pytest.raises(Trap) as trapped:
        running.invoke("glyph", [0xD800])
    assert trapped.value.reason is TrapReason.INVALID_CHAR
    with pytest.raises(Refusal) as refused:
        native.load(glyphs[:100])
    assert refused.value.kind == "malformed"


def test_the_host_is_asked_across_processes_and_may_ask_back(native: IsolatedEngine) -> None:
    """An import served by an instance in the same child: a request within the host's answer to a request."""
    clock = native.load(bytes(wat2wasm(CLOCK.read_text())))
    inner = clock.instantiate(answers)

    def relay(path: tuple[str, ...], type: FuncType, args: Sequence[Value]) -> Value | None:
        hours = inner.invoke("hours", [])
        assert isinstance(hours, int)
        return hours * 36000

    assert clock.instantiate(relay).invoke("hours", []) == 20


def test_a_host_that_traps(native: IsolatedEngine) -> None:
    def trapping(path: tuple[str, ...], type: FuncType, args: Sequence[Value]) -> Value | None:
        raise Trap(TrapReason.HOST, None, "no time")

    with pytest.raises(Trap) as trapped:
        native.load(bytes(wat2wasm(CLOCK.read_text()))).instantiate(trapping).invoke("hours", [])
    assert (trapped.value.reason, trapped.value.message) == (TrapReason.HOST, "no time")
