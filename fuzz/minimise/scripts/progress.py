"""Shows how far a search is, on stderr: in one place on a terminal, else a line every few seconds."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from time import monotonic

import click
from rich.console import Console
from rich.text import Text

LINE_SECONDS = 5.0
FRAME_SECONDS = 0.1


@contextlib.contextmanager
def shown(seconds: float) -> Iterator[Callable[[Callable[[], str]], object]]:
    """What is told how far a search is; *seconds*: how long it may take."""
    console = Console(stderr=True)
    began = told = monotonic()

    def due(words: Callable[[], str], every: float) -> str:
        """Empty if it is too early for another."""
        nonlocal told
        if monotonic() < told + every:
            return ""
        told = monotonic()
        return f"{told - began:.0f} s of {seconds:.0f} s: {words()}"

    if not console.is_terminal:
        def line(words: Callable[[], str]) -> None:
            if text := due(words, LINE_SECONDS):
                click.echo(text, err=True)

        yield line
        return

    with console.status("reads the script") as status:
        def frame(words: Callable[[], str]) -> None:
            if text := due(words, FRAME_SECONDS):
                status.update(Text(text))

        yield frame
