"""What a target reports: an input that led to something that no input may lead to."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from time import process_time

SECONDS = 10.0
"""Of processor time, for one stage of one input. Instrumented code is some ten times slower than what users run."""


class Offence(Exception):
    """*stage* is what was being done."""

    def __init__(self, stage: str, message: str) -> None:
        super().__init__(f"{stage}: {message}")
        self.stage = stage


@contextmanager
def stage(name: str, *own: type[Exception]) -> Iterator[None]:
    """A stage that may raise *own* errors, which pass, and nothing else, and that ends in time.

    Raises `Offence` for anything else. What never ends is left to libFuzzer's `-timeout`.
    """
    began = process_time()
    try:
        yield
    except own:
        raise
    except Offence:
        raise
    except Exception as error:
        said = " ".join(str(error).split())[:500]
        raise Offence(name, f"{type(error).__name__}: {said}, where only errors of our own are expected") from error
    finally:
        spent = process_time() - began
    if spent > SECONDS:
        raise Offence(name, f"{spent:.1f} s of processor time, where {SECONDS:g} s are a lot")
