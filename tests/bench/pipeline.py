"""Where the time of a case goes: milliseconds by stage, over the same seeded cases.

    python tests/bench/pipeline.py [CASES] [SEED]

Compare two versions by running both on one machine in one sitting; machines and moments differ by a factor of two.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from functools import partial
from time import perf_counter
from typing import TypeVar

from rich.console import Console
from rich.table import Table
from wasmtime import wat2wasm

from fact.adapters import compile_adapters
from fact.decode import decode
from fact.link import link, partition
from fact.model.plan import CompiledAdapterModule, Plan
from fact.run import prepare_compiled, prepare_reference
from fact.run.engine import compile_module
from fuzz.engines.native import NativeEngine
from fuzz.engines.reference import ReferenceEngine, TracedReferenceEngine
from fuzz.observe import Program, observe
from generators import blueprints, render
from generators.stream import CaseStream

T = TypeVar("T")

NATIVE = "native"


class Clock:
    """Seconds by stage."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}

    def time(self, stage: str, work: Callable[[], T]) -> T:
        began = perf_counter()
        result = work()
        self.seconds[stage] = self.seconds.get(stage, 0.0) + perf_counter() - began
        return result


def measure(cases: int, seed: int) -> Clock:
    clock = Clock()
    native = NativeEngine()
    stream = CaseStream(blueprints(), seed)
    references = [("reference runs", ReferenceEngine()), ("reference runs, traced", TracedReferenceEngine())]
    stream(0)
    for number in range(cases):
        blueprint = clock.time("generate", partial(stream, number))
        rendered = clock.time("render", partial(render, blueprint))
        binary = clock.time("assemble", partial(assemble, rendered.text))
        program = Program(binary, rendered.calls, rendered.log_prefixes, rendered.host)
        seconds = observe(native, program).seconds
        for phase in ("load", "instantiate", "call"):
            name = f"{NATIVE} {phase}"
            clock.seconds[name] = clock.seconds.get(name, 0.0) + getattr(seconds, phase)
        component = clock.time("decode", partial(decode, binary))
        plan = clock.time("link", partial(link, component))
        plan = clock.time("partition", partial(partition, plan))
        adapters = clock.time("compile adapters", partial(compile_adapters, plan))
        clock.time("guest modules", partial(compile_modules, [m.binary for m in plan.modules]))
        clock.time("adapter modules", partial(compile_modules, [m.wat for m in adapters]))
        clock.time("support modules", partial(compile_modules, [s.wat for m in adapters for s in m.support]))
        clock.time("prepare", partial(prepare, plan, adapters))
        for name, reference in references if number % 2 else references[::-1]:
            clock.time(name, partial(observe, reference, program))
    return clock


def assemble(text: str) -> bytes:
    return bytes(wat2wasm(text))


def compile_modules(sources: Sequence[bytes | str]) -> None:
    for source in sources:
        compile_module(source, metered=False)


def prepare(plan: Plan, adapters: Sequence[CompiledAdapterModule]) -> None:
    prepare_reference(plan)
    prepare_compiled(plan, adapters)


def main() -> None:
    cases = int(sys.argv[1]) if len(sys.argv) > 1 else 200
    seed = int(sys.argv[2]) if len(sys.argv) > 2 else 1
    clock = measure(cases, seed)
    total = sum(clock.seconds.values())
    table = Table("stage", "ms a case", "share", title=f"{cases} cases of seed {seed}", title_justify="left")
    for stage, seconds in clock.seconds.items():
        table.add_row(stage, f"{seconds / cases * 1e3:.3f}", f"{seconds / total:.0%}")
    native = sum(seconds for stage, seconds in clock.seconds.items() if stage.startswith(NATIVE))
    table.add_row("all", f"{total / cases * 1e3:.3f}", "100%", style="bold")
    table.add_row("native, all", f"{native / cases * 1e3:.3f}", f"{native / total:.0%}", style="bold")
    Console().print(table)


if __name__ == "__main__":
    main()
