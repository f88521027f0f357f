"""How far a run is, on stderr: bars on a terminal, else a line every few seconds."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from time import monotonic
from typing import Protocol

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

LINE_SECONDS = 5.0


class Tell(Protocol):
    def __call__(self, stage: str, done: int = 0, total: int | None = None) -> None:
        """*stage* is what is done at present, `measures cases`; of *total* things, if that is known, *done* are."""
        ...


def untold(stage: str, done: int = 0, total: int | None = None) -> None:
    """Tells nobody."""


@contextlib.contextmanager
def shown() -> Iterator[Tell]:
    console = Console(stderr=True)
    if not console.is_terminal:
        yield _Lines()
        return
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(),
               TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True) as progress:
        task = progress.add_task("", total=None)
        stages: list[str] = []

        def tell(stage: str, done: int = 0, total: int | None = None) -> None:
            if stages[-1:] != [stage]:
                stages.append(stage)
                progress.reset(task, total=total, description=stage)
            progress.update(task, completed=done, total=total)

        yield tell


class _Lines:
    def __init__(self) -> None:
        self._told = monotonic()

    def __call__(self, stage: str, done: int = 0, total: int | None = None) -> None:
        if monotonic() >= self._told + LINE_SECONDS:
            self._told = monotonic()
            of = "" if total is None else f" of {total:,}"
            click.echo(f"{stage}: {done:,}{of}" if done else stage, err=True)
