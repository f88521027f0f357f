"""Processes that are forked by one in which all is imported."""

from __future__ import annotations

import ctypes
import multiprocessing
import os
import resource
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from importlib import import_module
from multiprocessing.connection import Connection
from pathlib import Path

import pytest
from wasmtime import wat2wasm

from fact.model.types import FuncType
from fact.model.values import Value
from fuzz.engines.base import EngineDied
from fuzz.engines.forkserver import ForkedProcess, ForkFailed, fork
from fuzz.engines.isolated import IsolatedEngine
from fuzz.engines.limits import MIB, Limits
from fuzz.engines.native import NativeEngine
from fuzz.engines.reference import ReferenceEngine

ROOT = Path(__file__).parents[3]
EMPTY = bytes(wat2wasm("(component)"))


def no_host(path: tuple[str, ...], type: FuncType, args: Sequence[Value]) -> Value | None:
    raise AssertionError


def write(text: bytes, descriptor: int) -> None:
    os.write(descriptor, text)


def leave(status: int) -> None:
    os._exit(status)


def hang(ready: int) -> None:
    os.write(ready, b"x")
    ctypes.PyDLL(None).pause()


def start_another(ready: int) -> None:
    """A process of the process's own, of which it tells."""
    if (other := os.fork()) == 0:
        time.sleep(600)
        os._exit(0)
    os.write(ready, other.to_bytes(4, "little"))
    time.sleep(600)


def interrupt(ready: int) -> None:
    os.kill(os.getpid(), signal.SIGINT)
    os.write(ready, b"x")


def raising() -> None:
    raise ZeroDivisionError


@pytest.fixture
def pipe() -> Iterator[tuple[int, int]]:
    ends = os.pipe()
    yield ends
    for end in ends:
        os.close(end)


def runs(process: int) -> bool:
    """Whether it has not ended, be it that nobody has asked for its status yet."""
    try:
        return ") Z " not in Path(f"/proc/{process}/stat").read_text()
    except OSError:
        return False


def ends(process: int) -> bool:
    deadline = time.monotonic() + 20
    while runs(process) and time.monotonic() < deadline:
        time.sleep(0.01)
    return not runs(process)


def status_of(process: int, field: str) -> list[str]:
    lines = Path(f"/proc/{process}/status").read_text().splitlines()
    return next(line.split()[1:] for line in lines if line.startswith(f"{field}:"))


def parent_of(process: int) -> int:
    return int(status_of(process, "PPid")[0])


def code_of(process: ForkedProcess) -> int | None:
    """When it has ended by itself."""
    while not process.has_ended():
        time.sleep(0.001)
    return process.kill()


def hanging(pipe: tuple[int, int]) -> ForkedProcess:
    process = fork(hang, descriptors=[pipe[1]])
    assert os.read(pipe[0], 1) == b"x"
    return process


def test_a_function_runs_in_a_process_with_our_descriptors(pipe: tuple[int, int]) -> None:
    process = fork(write, b"written", descriptors=[pipe[1]])
    assert os.read(pipe[0], 100) == b"written"
    assert code_of(process) == 0


@pytest.mark.parametrize(("process", "code"), [((leave, 3), 3), ((os.abort,), -signal.SIGABRT), ((raising,), 1)])
def test_how_a_process_ended(process: tuple[object, ...], code: int) -> None:
    assert code_of(fork(*process)) == code  # type: ignore[arg-type]


def test_a_process_that_hangs_is_killed_with_what_it_started(pipe: tuple[int, int]) -> None:
    process = fork(start_another, descriptors=[pipe[1]])
    other = int.from_bytes(os.read(pipe[0], 4), "little")
    assert runs(other)
    assert process.kill() == -signal.SIGKILL
    assert not runs(process.pid)
    assert ends(other)


def test_interrupts_do_not_reach_it(pipe: tuple[int, int]) -> None:
    assert os.getpgid(hanging(pipe).pid) != os.getpgid(0)
    assert code_of(fork(interrupt, descriptors=[pipe[1]])) == 0


def test_there_is_one_server_without_threads_and_all_that_ends_is_waited_for(pipe: tuple[int, int]) -> None:
    engines = [IsolatedEngine(NativeEngine), IsolatedEngine(ReferenceEngine)]
    for engine in engines:
        engine.load(EMPTY).instantiate(no_host)
    first, second = (engine.pid or 0 for engine in engines)
    server = parent_of(first)
    assert parent_of(second) == server
    assert status_of(server, "Threads") == ["1"]
    for engine in engines:
        engine.close()
    code_of(fork(leave, 0))
    assert not Path(f"/proc/{first}").exists()
    assert parent_of(hanging(pipe).pid) == server


def test_what_a_process_needs_is_imported_for_all(pipe: tuple[int, int]) -> None:
    def is_imported() -> bytes:
        code_of(fork(tell_whether_imported, "colorsys", descriptors=[pipe[1]]))
        return os.read(pipe[0], 10)

    assert is_imported() == b"no"
    code_of(fork(does_nothing, import_module("colorsys").rgb_to_hsv))
    assert is_imported() == b"yes"


def does_nothing(_: object) -> None:
    return None


def tell_whether_imported(module: str, descriptor: int) -> None:
    os.write(descriptor, b"yes" if module in sys.modules else b"no")


class Unimportable:
    def __reduce__(self) -> tuple[object, ...]:
        return eval, ("1 / 0",)


def test_what_cannot_be_imported_is_said() -> None:
    with pytest.raises(ForkFailed, match="ZeroDivisionError"):
        fork(leave, Unimportable())


class Deadly:
    def __reduce__(self) -> tuple[object, ...]:
        return leave, (5,)


def test_an_import_that_ends_the_server_is_said_and_the_next_process_starts(pipe: tuple[int, int]) -> None:
    with pytest.raises(ForkFailed, match="the process ends that imports"):
        fork(leave, Deadly())
    assert code_of(fork(leave, 3)) == 3


def test_when_the_server_is_killed_so_are_its_processes_and_the_next_has_another(pipe: tuple[int, int]) -> None:
    process, engine = hanging(pipe), IsolatedEngine(NativeEngine)
    loaded = engine.load(EMPTY)
    child = engine.pid or 0
    os.kill(parent_of(process.pid), signal.SIGKILL)
    assert ends(process.pid) and ends(child)
    with pytest.raises(EngineDied, match="killed together with"):
        loaded.instantiate(no_host)
    engine.load(EMPTY).instantiate(no_host)
    engine.close()
    assert process.kill() is None


GROWING = """
(component
  (core module $M
    (memory (export "memory") 65536)
    (func (export "touch") (result i32)
      (memory.fill (i32.const 0) (i32.const 1) (i32.const 1048576))
      (i32.load8_u (i32.const 1048575))))
  (core instance $m (instantiate $M))
  (func (export "touch") (result u32) (canon lift (core func $m "touch"))))
"""


def test_wasmtime_works_under_the_limits_of_its_process() -> None:
    """A memory of 4 GiB, of which little is used, is no use of memory."""
    engine = IsolatedEngine(NativeEngine, Limits(memory=300 * MIB))
    assert engine.load(bytes(wat2wasm(GROWING))).instantiate(no_host).invoke("touch", []) == 1
    assert engine.call(resource.getrlimit, resource.RLIMIT_DATA)[0] == 8 << 30
    assert engine.call(resource.getrlimit, resource.RLIMIT_CORE)[0] == 0
    engine.close()


def in_a_worker(answers: Connection) -> None:
    engine = IsolatedEngine(NativeEngine)
    engine.load(EMPTY).instantiate(no_host)
    answers.send((engine.pid, parent_of(engine.pid or 0)))
    time.sleep(600)


def test_a_worker_has_a_server_of_its_own_which_ends_with_it(pipe: tuple[int, int]) -> None:
    context = multiprocessing.get_context("spawn")
    mine, theirs = context.Pipe()
    worker = context.Process(target=in_a_worker, args=(theirs,))
    worker.start()
    child, server = mine.recv()
    assert server != parent_of(hanging(pipe).pid)
    worker.kill()
    worker.join()
    assert ends(child) and ends(server)


def test_importing_starts_nothing() -> None:
    program = (
        "import os, fuzz.cli, fuzz.engines.registry, fuzz.engines.isolated, fuzz.minimise.crashes\n"
        "print(open(f'/proc/self/task/{os.getpid()}/children').read(), len(os.listdir('/proc/self/task')))\n"
    )
    ran = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True)
    assert ran.stdout.split() == ["1"]
