"""Cases to minimise, made once; and measuring that a case can end."""

from __future__ import annotations

import os
import time
from collections.abc import Sequence
from functools import cache
from pathlib import Path

from fuzz.case import Origin, case_of
from fuzz.cmin.corpus import read_corpus
from fuzz.cmin.job import Task
from fuzz.cmin.measure import Measured, Order, measure_all
from fuzz.cmin.workers import Crew
from fuzz.script import to_wast
from generators.families import swarm
from generators.stream import CaseStream

FINDINGS = Path(__file__).parents[3] / "corpus" / "findings"

COMPONENT = """(component
  (core module $M (func (export "f") (result i32) (i32.const {})))
  (core instance $m (instantiate $M))
  (func (export "f") (result u32) (canon lift (core func $m "f"))))
(assert_return (invoke "f") (u32.const {}))
"""

SPINNING = """(component
  (core module $M (func (export "f") (loop (br 0))))
  (core instance $m (instantiate $M))
  (func (export "f") (canon lift (core func $m "f"))))
(invoke "f")
"""


def script(number: int) -> str:
    """All show the same; their contents differ."""
    return COMPONENT.format(number, number)


@cache
def generated(number: int) -> str:
    """A case of the campaign with seed 3."""
    return to_wast(case_of(CaseStream(swarm, 3)(number), Origin(seed=3, number=number)))


def corpus(directory: Path, count: int) -> Path:
    """Generated cases."""
    directory.mkdir(parents=True, exist_ok=True)
    for number in range(count):
        (directory / f"case-{number}.wast").write_text(generated(number), encoding="utf-8")
    return directory


def measured(*paths: Path, python: bool = False) -> dict[str, Measured]:
    """By file name; in this process."""
    files = read_corpus(paths).cases.values()
    orders = [Order(file.path, file.sha) for file in files]
    return {Path(o.path).name: m for o, m in zip(orders, measure_all(orders, python), strict=True)}


def shown_by(*paths: Path) -> set[str]:
    return {element for one in measured(*paths).values() for element in one.elements}


def told_by_text(orders: Sequence[Order], python: bool) -> list[Measured]:
    """A case shows the words of its last line. Some words do something instead: `abort`, `hang`, `slow`; what `once:X`
    stands for, X, is shown the first time only; `bad` is no case, `differ` one on which engines differ."""
    return [_told(order) for order in orders]


def _told(order: Order) -> Measured:
    *_, line = Path(order.path).read_text(encoding="utf-8").splitlines()
    shown = []
    for word in line.removeprefix(";; ").split():
        match word:
            case "abort":
                os.write(2, b"no such luck\n")
                os.abort()
            case "hang":
                time.sleep(3600)
            case "slow":
                time.sleep(0.03)
            case "bad":
                return Measured(unreadable="bad")
            case "differ":
                return Measured(("feature f", "disagreement d"), 0.01, told=("they differ", "here"))
            case _:
                shown += _first_time(order.path, word) if word.startswith("once:") else [word]
    return Measured(tuple(f"feature {word}" for word in shown), 0.01)


def _first_time(path: str, word: str) -> list[str]:
    mark = Path(f"{path}.shown")
    if mark.exists():
        return []
    mark.touch()
    return [word.removeprefix("once:")]


def words(directory: Path, **texts: str) -> Path:
    """Cases for `told_by_text`."""
    directory.mkdir(parents=True, exist_ok=True)
    for name, text in texts.items():
        (directory / f"{name}.wast").write_text(f";; {name}\n;; {text}")
    return directory


def task(out: Path, *paths: Path, crew: Crew | None = None, **more: object) -> Task:
    given = {"crew": crew or Crew(2, 60.0, measure=told_by_text), "search": 1.0, **more}
    return Task(paths, out, **given)  # type: ignore[arg-type]


def kept_in(out: Path) -> list[str]:
    return sorted(path.name for path in out.glob("*.wast"))
