"""libFuzzer, through atheris: the only module that imports it."""

from __future__ import annotations

import contextlib
import hashlib
import importlib
import io
import os
import shlex
import signal
import sys
import traceback
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from time import monotonic
from typing import Any, NoReturn

from fuzz.errors import UsageError
from fuzz.guided.flags import DEFAULTS, given, with_defaults
from fuzz.guided.target import Cross, Mutate, Target

TOLD_SECONDS = 15.0
"""Between two lines about what was reached."""

FAILED, INTERRUPTED = 77, 72
"""libFuzzer's own statuses for an error that it reports, and for Ctrl-C."""


def run(target: Target, argv: Sequence[str]) -> NoReturn:
    """Hands the process over to libFuzzer, which ends it: status 0, or 77 and other ones of libFuzzer's.

    *argv* begins with the path of the script that was started: libFuzzer starts it again for `-merge`, `-fork`, `-jobs`
    and `-minimize_crash`. Raises `UsageError` without atheris.
    """
    atheris = loaded()
    flags = with_defaults(argv[1:], {**DEFAULTS, **target.flags})
    prefix = given(flags, "artifact_prefix", "./")
    changing: dict[str, object] = {}
    if target.mutate is not None:
        changing["custom_mutator"] = _safe_mutator(target.mutate, prefix)
    if target.cross is not None:
        changing["custom_crossover"] = _safe_crossover(target.cross, prefix)
    # Python's own handler would turn Ctrl-C into an exception at any place; libFuzzer installs one where there is none
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    atheris.Setup([_command(argv[0], target.own), *flags], _telling(target, flags), internal_libfuzzer=True, **changing)
    atheris.Fuzz()
    raise SystemExit(0)


def loaded() -> Any:
    """The package; raises `UsageError` where it is not installed."""
    try:
        return importlib.import_module("atheris")
    except ImportError as error:
        raise UsageError(
            f"guided fuzzing needs atheris ({error}): pip install 'factfuzz[atheris]', on Linux, x86-64, "
            "with a CPython before 3.14"
        ) from None


def changed_bytes(data: bytes, max_size: int) -> bytes:
    """libFuzzer's own change of bytes, its dictionary included: for mutators, while libFuzzer runs."""
    changed: bytes = loaded().Mutate(data[:max_size], max_size)
    return changed


class Slots:
    """A block of libFuzzer's counters, to be made before `run`. The same in every process that makes the same blocks in
    the same order."""

    def __init__(self, count: int) -> None:
        self._atheris = loaded()
        numbers = [self._atheris._reserve_counter() for _ in range(count)]
        self._first = numbers[0]

    def hit(self, slot: int, times: int) -> None:
        """Adds *times* to a counter, which has eight bits."""
        trace = self._atheris._trace_branch  # another function once libFuzzer runs
        for _ in range(times):
            trace(self._first + slot)


@contextlib.contextmanager
def instrumented(packages: Sequence[str]) -> Iterator[None]:
    """Modules of *packages* (`fact.abi`) imported within are instrumented: what their Python covers counts, too. Those
    imported before are not."""
    if not packages:
        yield
        return
    loaded()
    hook = importlib.import_module("atheris.import_hook")
    prefixes = tuple(f"{package}." for package in packages)

    class Finder(hook.AtherisMetaPathFinder):  # type: ignore[misc, name-defined]
        """atheris' own looks at the first part of a name only."""

        def find_spec(self, fullname: str, path: Any, target: Any = None) -> Any:
            return super().find_spec(fullname, path, target) if f"{fullname}.".startswith(prefixes) else None

    finder = Finder(set(), set(), True, True)
    sys.meta_path.insert(0, finder)
    try:
        with contextlib.redirect_stderr(io.StringIO()):  # a line for each module
            yield
    finally:
        sys.meta_path.remove(finder)


# -- what libFuzzer starts again


def _command(script: str, own: Sequence[str]) -> str:
    """libFuzzer puts it before its own arguments and gives all to a shell."""
    return shlex.join([sys.executable, str(Path(script).resolve()), *own])


# -- lines about what was reached


def _telling(target: Target, flags: Sequence[str]) -> Callable[[bytes], None]:
    """`target.run`, telling now and then."""
    if target.told is None:
        return lambda data: _discard(target.run(data))
    told, last = target.told, _count(given(flags, "runs", "-1"))
    runs, due = 0, monotonic() + TOLD_SECONDS

    def one(data: bytes) -> None:
        nonlocal runs, due
        target.run(data)
        runs += 1
        if runs == last or monotonic() > due:
            due = monotonic() + TOLD_SECONDS
            print(f"{target.name}: {told()}", file=sys.stderr, flush=True)

    return one


def _discard(_: object) -> None:
    pass


def _count(text: str) -> int:
    try:
        return int(text)
    except ValueError:
        return -1


# -- mutators: libFuzzer neither survives their exceptions nor results that are too large


def _safe_mutator(mutate: Mutate, prefix: str) -> Mutate:
    def mutated(data: bytes, max_size: int, seed: int) -> bytes:
        try:
            made = mutate(data, max_size, seed)
        except BaseException:
            _give_up(prefix, seed, data)
        return _fitting(made, data, max_size)

    return mutated


def _safe_crossover(cross: Cross, prefix: str) -> Cross:
    def crossed(first: bytes, second: bytes, max_size: int, seed: int) -> bytes:
        try:
            made = cross(first, second, max_size, seed)
        except BaseException:
            _give_up(prefix, seed, first, second)
        return _fitting(made, first, max_size)

    return crossed


def _fitting(made: bytes, before: bytes, max_size: int) -> bytes:
    """Something of at least one byte."""
    if 0 < len(made) <= max_size:
        return made
    return before[:max_size] or b"\n"


def _give_up(prefix: str, seed: int, *units: bytes) -> NoReturn:
    traceback.print_exc()
    written = [f"{prefix}mutator-{hashlib.sha1(unit).hexdigest()}" for unit in units]
    for path, unit in zip(written, units, strict=True):
        with contextlib.suppress(OSError):
            Path(path).write_bytes(unit)
    print(f"a mutator failed on {' and '.join(written)} with seed {seed}", file=sys.stderr, flush=True)
    os._exit(FAILED)


