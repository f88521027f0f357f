"""What becomes of a mutant in our pipeline, in a process of its own with its memory and its time limited."""

from __future__ import annotations

import resource
import signal
import time
import traceback
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from multiprocessing import get_context
from multiprocessing.connection import Connection
from pathlib import Path
from types import FrameType
from typing import Protocol

import wasmtime

from fact.adapters import compile_adapters
from fact.decode import decode
from fact.errors import FactError, LinkError, Malformed
from fact.link import link, partition
from fact.link.describe import plan_text
from fact.link.plan_json import plan_data
from fuzz.engines.base import Refusal
from fuzz.validate import validate

STAGES = ("decode", "link", "partition", "compile", "describe", "end")
MEMORY_BYTES = 2 << 30
"""Of address space, for the whole process."""
SECONDS = 10.0
"""Of processor time, for one mutant: how busy the machine is does not matter."""
READY = "ready"
SILENCE = 6 * SECONDS
"""After this long without a word the process has hung where it takes no time, or no signal of Python's gets through."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """*stage* is the last one that was begun, `end` when all were passed; *error* is the type of what it raised."""

    number: int
    stage: str
    error: str | None
    message: str
    seconds: float
    """Of processor time."""
    peak_kib: int
    """Of the process, so far."""
    valid: bool | None
    """Whether `wasm-tools` validates it; None when it was not asked."""
    offence: str | None
    """What no input may lead to, in one line or with a traceback."""


class TimeIsUp(BaseException):
    """Raised by the alarm wherever the pipeline happens to be."""


def judge(binary: bytes, number: int, validated: bool) -> Verdict:
    """Runs *binary* through every stage; when *validated*, also holds the outcome against validation's."""
    began = time.process_time()
    stages = iter(STAGES)
    stage = next(stages)
    error: Exception | None = None
    offence: str | None = None
    texts: tuple[str, ...] = ()
    signal.setitimer(signal.ITIMER_PROF, SECONDS)
    try:
        component = decode(binary)
        stage = next(stages)
        plan = link(component)
        stage = next(stages)
        plan = partition(plan)
        stage = next(stages)
        adapters = compile_adapters(plan)
        texts = tuple(module.wat for module in adapters)
        stage = next(stages)
        plan_text(plan, adapters)
        plan_data(plan, adapters)
        stage = next(stages)
    except FactError as refused:
        error = refused
    except TimeIsUp as late:
        offence = f"no end within {SECONDS:g} s\n{_told(late)}"
    except Exception as unexpected:
        error = unexpected
        offence = _told(unexpected)
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
    seconds = time.process_time() - began
    valid = _valid(binary) if validated else None
    if valid and offence is None:
        offence = _objection(error, texts)
    kind = type(error).__name__ if error else None
    return Verdict(number, stage, kind, str(error or ""), seconds, peak_memory(), valid, offence)


def peak_memory() -> int:
    """Of this process, in KiB. `getrusage` would count what the process that started it had, too."""
    status = Path("/proc/self/status")
    if not status.exists():
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return int(next(line.split()[1] for line in status.read_text().splitlines() if line.startswith("VmHWM:")))


def _told(error: BaseException) -> str:
    return "".join(traceback.format_exception(error, limit=-12)[-16:])


def _valid(binary: bytes) -> bool:
    try:
        validate(binary)
    except Refusal:
        return False
    return True


def _objection(error: Exception | None, texts: Iterable[str]) -> str | None:
    """What is wrong with this outcome of a valid component: it may be refused as unsupported only."""
    if isinstance(error, (Malformed, LinkError)):
        return f"a valid component is refused: {type(error).__name__}: {error}"
    for text in texts:
        try:
            wasmtime.Module.validate(_engine(), bytes(wasmtime.wat2wasm(text)))
        except wasmtime.WasmtimeError as invalid:
            return f"an adapter module of a valid component is invalid: {invalid}"
    return None


_engines: list[wasmtime.Engine] = []


def _engine() -> wasmtime.Engine:
    if not _engines:
        config = wasmtime.Config()
        config.parallel_compilation = False
        config.wasm_memory64 = config.wasm_multi_memory = True
        _engines.append(wasmtime.Engine(config))
    return _engines[0]


# -- in a process of its own


class Source(Protocol):
    """Numbered binaries, made in the process that judges them."""

    def ready(self) -> None: ...

    def __call__(self, number: int) -> tuple[bytes, str]:
        """Binary *number*, and what it is."""
        ...


@dataclass(frozen=True, slots=True)
class Listed:
    """Binaries as they are."""

    binaries: tuple[bytes, ...]

    def ready(self) -> None:
        """Nothing to do."""

    def __call__(self, number: int) -> tuple[bytes, str]:
        return self.binaries[number], ""


def verdicts(source: Source, cases: int, validate_every: int) -> Iterator[Verdict]:
    """The verdicts on binaries 0 to *cases* - 1; one in *validate_every* is validated as well.

    A process that dies or hangs is that binary's offence, and the next one goes on.
    """
    number = 0
    while number < cases:
        ours, theirs = get_context("spawn").Pipe(duplex=False)
        process = get_context("spawn").Process(
            target=_serve, args=(theirs, source, number, cases, validate_every), daemon=True)
        process.start()
        theirs.close()
        if not ours.poll(SILENCE) or _received(ours) != READY:
            raise RuntimeError("the process that runs the pipeline did not start")
        try:
            while number < cases:
                if not ours.poll(SILENCE):
                    yield _lost(number, f"no word for {SILENCE:g} s")
                    number += 1
                    break
                yield ours.recv()
                number += 1
        except EOFError:
            process.join(5)
            yield _lost(number, f"the process died, exit status {process.exitcode}")
            number += 1
        finally:
            process.kill()
            process.join()


def _received(pipe: Connection) -> object:
    try:
        return pipe.recv()
    except EOFError:
        return None


def _lost(number: int, how: str) -> Verdict:
    return Verdict(number, "unknown", None, "", 0.0, 0, None, how)


def _serve(pipe: Connection, source: Source, first: int, cases: int, validate_every: int) -> None:
    source.ready()
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    signal.signal(signal.SIGPROF, _ring)
    pipe.send(READY)
    for number in range(first, cases):
        binary, _ = source(number)
        pipe.send(judge(binary, number, number % validate_every == 0))


def _ring(signal_number: int, frame: FrameType | None) -> None:
    raise TimeIsUp
