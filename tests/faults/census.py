"""In which case of a campaign each planted fault is found, and how small its minimal case is.

    python tests/faults/census.py --seed 1 --cases 12000 --workers 2

Cases are those of `factfuzz fuzz --seed S`: no focus. All faults are looked for at once (see `census_search`); then
each that was found is shrunk from the case that showed it. With `--state FILE` a census goes on where it stopped.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import suppress
from dataclasses import dataclass, field
from multiprocessing import get_context
from pathlib import Path
from time import monotonic
from typing import TypeVar

import click
import msgspec
from census_search import Chunk, Minimal, Searched, minimal, search
from faulty_all import BY_NAME
from rich.console import Console
from rich.table import Table

from generators.axes import BATCH

T = TypeVar("T")


@dataclass(slots=True)
class Census:
    """How far it has come. *done*: the chunks that were searched, by their first case. *campaign*: seconds that a
    campaign of one worker would have taken for them. *native_died*: chunks that were searched without wasmtime."""

    seed: int
    done: set[int] = field(default_factory=set)
    found: dict[str, int] = field(default_factory=dict)
    campaign: float = 0.0
    cases: int = 0
    whole: float = 0.0
    native_died: int = 0
    minimal: dict[str, Minimal] = field(default_factory=dict)

    def note(self, searched: Searched) -> None:
        chunk = searched.chunk
        self.done.add(chunk.first)
        self.cases += chunk.last - chunk.first
        self.campaign += searched.campaign
        self.whole += searched.whole
        for fault, number in searched.found.items():
            self.found[fault] = min(number, self.found.get(fault, number))

    def per_second(self, workers: int) -> float:
        """Cases that a campaign of so many workers makes in a second."""
        return workers * self.cases / self.campaign if self.campaign else 0.0

    def chunks(self, cases: int, names: Sequence[str]) -> Iterator[Chunk]:
        """Those to be searched, each for what is not found when it is asked for."""
        for first in range(0, cases, BATCH):
            wanted = tuple(name for name in names if name not in self.found)
            if not wanted:
                return
            if first not in self.done:
                yield Chunk(self.seed, first, min(first + BATCH, cases), wanted)


def run(
    census: Census, cases: int, names: Sequence[str], workers: int, until: float, tell: Callable[[str], None]
) -> None:
    """Searches, two chunks a worker in advance."""
    for chunk, searched in pooled(search, census.chunks(cases, names), workers, until):
        if searched is None:
            census.native_died += 1
            searched = in_one_process(search, Chunk(chunk.seed, chunk.first, chunk.last, chunk.wanted, native=False))
        if searched is not None:
            census.note(searched)
            rate = census.per_second(workers)
            tell(f"case {max(census.done) + BATCH}: {len(census.found)} of {len(names)} found, "
                 f"a campaign makes {rate:.0f} cases/s")


def shrink_all(
    census: Census, names: Sequence[str], workers: int, seconds: float, until: float, tell: Callable[[str], None]
) -> None:
    tasks = [(name, census.seed, census.found[name], seconds) for name in names
             if name in census.found and name not in census.minimal]
    for task, smallest in pooled(_minimal, iter(tasks), workers, until):
        if smallest is not None:
            census.minimal[task[0]] = smallest
            tell(f"shrunk {task[0]}: {smallest.seconds:.0f} s, {smallest.calls} calls, {smallest.lines} lines")
            if smallest.trouble:
                tell(f"shrinking {task[0]} ended early: the generator raised {smallest.trouble}")


def _minimal(task: tuple[str, int, int, float]) -> Minimal | None:
    return minimal(*task)


# -- processes

U = TypeVar("U")


def pooled(
    work: Callable[[T], U], tasks: Iterator[T], workers: int, until: float
) -> Iterator[tuple[T, U | None]]:
    """What *work* makes of each task, in the order in which they are done; None where the process died. No task begins
    after *until*."""
    pool = _pool(workers)
    running: dict[Future[U], T] = {}
    try:
        while True:
            while len(running) < workers + 1 and monotonic() < until and (task := next(tasks, None)) is not None:
                running[pool.submit(work, task)] = task
            if not running:
                return
            done, _ = wait(running, return_when=FIRST_COMPLETED)
            broken = False
            for future in done:
                task = running.pop(future)
                try:
                    yield task, future.result()
                except BrokenProcessPool:
                    broken = True
                    yield task, in_one_process(work, task)
            if broken:
                pool.shutdown(wait=False)
                pool = _pool(workers)
                again, running = list(running.values()), {}
                running = {pool.submit(work, task): task for task in again}
    finally:
        pool.shutdown(wait=False, cancel_futures=True)


def in_one_process(work: Callable[[T], U], task: T) -> U | None:
    """None if that dies too."""
    with _pool(1) as pool, suppress(BrokenProcessPool):
        return pool.submit(work, task).result()
    return None


def _pool(workers: int) -> ProcessPoolExecutor:
    return ProcessPoolExecutor(workers, mp_context=get_context("spawn"))


# -- the table


def table(census: Census, names: Iterable[str], workers: int) -> Table:
    rate = census.per_second(workers)
    made = Table(title=f"seed {census.seed}: {census.cases} cases; a campaign of {workers} makes {rate:.1f} cases/s")
    made.add_column("fault")
    made.add_column("in")
    for head in ("case", "seconds", "shrunk in s", "tries", "calls", "components", "lines"):
        made.add_column(head, justify="right")
    for name in sorted(names, key=lambda name: census.found.get(name, 1 << 30)):
        number, smallest = census.found.get(name), census.minimal.get(name)
        cells = ["not found", "", "", "", "", "", ""]
        if number is not None:
            cells = [str(number + 1), f"{(number + 1) / rate:.1f}" if rate else ""]
            cells += ["", "", "", "", ""] if smallest is None else [
                f"{smallest.seconds:.1f}", str(smallest.tried), str(smallest.calls), str(smallest.components),
                str(smallest.lines),
            ]
        made.add_row(name, BY_NAME[name].engine, *cells)
    return made


@click.command(help=(__doc__ or "").partition("\n")[0])
@click.option("--seed", default=1, show_default=True)
@click.option("--cases", default=12_000, show_default=True, help="What two workers make in five minutes.")
@click.option("--workers", default=2, show_default=True)
@click.option("--time", "seconds", default=36_000.0, help="Begins no cases, and no shrinking, after so many seconds.")
@click.option("--shrink", "shrink_seconds", default=60.0, show_default=True, help="For each fault; 0: none is shrunk.")
@click.option("--only", multiple=True, help="A fault, or a part of the names of some.")
@click.option("--state", type=click.Path(path_type=Path), help="Where it has come to is read from here, and kept here.")
@click.option("--texts", type=click.Path(path_type=Path), help="A directory for the minimal components.")
def main(
    seed: int, cases: int, workers: int, seconds: float, shrink_seconds: float, only: tuple[str, ...],
    state: Path | None, texts: Path | None,
) -> None:
    names = [name for name in BY_NAME if not only or any(part in name for part in only)]
    census = Census(seed)
    if state is not None and state.exists():
        census = msgspec.json.decode(state.read_bytes(), type=Census)
        if census.seed != seed:
            raise click.UsageError(f"{state} is of seed {census.seed}")
    console = Console(width=None if sys.stdout.isatty() else 120)
    progress = Console(stderr=True)
    until = monotonic() + seconds

    def told(line: str) -> None:
        progress.print(line)
        if state is not None:
            state.write_bytes(msgspec.json.encode(census))

    run(census, cases, names, workers, until, told)
    if shrink_seconds:
        shrink_all(census, names, workers, shrink_seconds, until, told)
    console.print(table(census, names, workers))
    for name, smallest in census.minimal.items() if texts is not None else ():
        assert texts is not None
        texts.mkdir(parents=True, exist_ok=True)
        (texts / f"{name.replace(' ', '-').replace(':', '')}.wat").write_text(smallest.text)
    missing = [name for name in names if name not in census.found]
    sys.exit(1 if missing else 0)


if __name__ == "__main__":
    main()
