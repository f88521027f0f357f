"""An engine in a process of its own: whatever it does to that process is an exception here."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from wasmtime import wat2wasm

from fact.link import Environment
from fact.model.traps import Trap, TrapReason
from fact.model.types import FuncType
from fact.model.values import BadHandle, Handle, Value
from fact.run.host import Host
from fuzz.engines.base import NOTHING, EngineDied, EngineHung, EngineInfo, Refusal
from fuzz.engines.isolated import IsolatedEngine
from fuzz.engines.native import NativeEngine
from fuzz.observe import failure
from fuzz.outcome import Crashed, TimedOut

CLOCK = Path(__file__).parents[2] / "components" / "clock.wat"


def answers(path: tuple[str, ...], type: FuncType, args: Sequence[Value]) -> Value | None:
    return 7200


class Misbehaving:
    """Loads anything; a function's name is what it does."""

    info = EngineInfo("misbehaving", "1", "", ())

    def load(self, binary: bytes, environment: Environment = NOTHING) -> Misbehaving:
        return self

    def instantiate(self, host: Host) -> Misbehaving:
        return self

    def invoke(self, function: str, args: Sequence[Value]) -> Value | None:
        match function:
            case "abort":
                os.write(2, b"the last words\n")
                os.abort()
            case "segfault":
                os.kill(os.getpid(), signal.SIGSEGV)
            case "leave":
                os._exit(3)
            case "hang":
                time.sleep(600)
            case "raise":
                raise ZeroDivisionError("odd")
        return args[0]

    def drop(self, handle: Handle) -> None:
        raise BadHandle(f"{handle} was never given to the host")


@pytest.fixture
def misbehaving() -> Iterator[IsolatedEngine]:
    engine = IsolatedEngine(Misbehaving)
    yield engine
    engine._child.close()


@pytest.mark.parametrize(
    ("function", "says"), [("abort", "SIGABRT: the last words"), ("segfault", "SIGSEGV"), ("leave", "exit status 3")]
)
def test_a_death_is_an_exception_and_the_next_component_gets_a_new_process(
    function: str, says: str, misbehaving: IsolatedEngine
) -> None:
    running = misbehaving.load(b"").instantiate(answers)
    assert running.invoke("echo", [5]) == 5
    with pytest.raises(EngineDied, match=says) as died:
        running.invoke(function, [])
    assert isinstance(failure(died.value), Crashed)
    assert misbehaving.load(b"").instantiate(answers).invoke("echo", [6]) == 6
    with pytest.raises(EngineDied):
        running.invoke("echo", [5])


def test_no_answer_is_an_exception(misbehaving: IsolatedEngine, monkeypatch: pytest.MonkeyPatch) -> None:
    """The time for an answer is short once the process runs: to start it may take longer on a busy machine."""
    running = misbehaving.load(b"").instantiate(answers)
    with monkeypatch.context() as patch, pytest.raises(EngineHung) as hung:
        patch.setattr(misbehaving._child, "_seconds", 0.2)
        running.invoke("hang", [])
    assert failure(hung.value) == TimedOut(0.2)
    assert misbehaving.load(b"").instantiate(answers).invoke("echo", [6]) == 6


def test_what_an_engine_raises_comes_out(misbehaving: IsolatedEngine) -> None:
    with pytest.raises(RuntimeError, match="ZeroDivisionError: odd"):
        misbehaving.load(b"").instantiate(answers).invoke("raise", [])


ORPHAN = """
from test_engines_isolated import Misbehaving, answers
from fuzz.engines.isolated import IsolatedEngine
if __name__ == "__main__":
    engine = IsolatedEngine(Misbehaving)
    running = engine.load(b"").instantiate(answers)
    print(engine._child._process.pid, flush=True)
    running.invoke("hang", [])
"""


def test_a_child_that_hangs_does_not_outlive_its_parent_nor_leaves_files(tmp_path: Path) -> None:
    program, temporary = tmp_path / "program.py", tmp_path / "temporary"
    program.write_text(ORPHAN)
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
    engine._child.close()


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
