"""Mutants that are still valid, on all three engines: whether they load, and what their exports make of zeros.

    python tests/robustness/run_mutants.py --cases 5000 --seed 1 [--out DIR]

Differences are grouped by signature, the known ones of `corpus/known` among them: telling those apart takes features,
which mutants have none of. FACTFUZZ_SPEC_TESTS and FACTFUZZ_WASMTIME_TESTS may name folders of scripts, as for
mutate.py.
"""

from __future__ import annotations

import argparse
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from mutators import Mutator
from seed_components import outside_seeds, own_seeds

from fact.model.types import FuncType
from fact.model.values import Value
from fuzz.compare import compare
from fuzz.divergence import Divergence
from fuzz.engines.base import Engine, Refusal
from fuzz.engines.compiled import CompiledEngine
from fuzz.engines.isolated import IsolatedEngine
from fuzz.engines.limits import Limits
from fuzz.engines.native import NativeEngine
from fuzz.engines.pipeline import plan_of
from fuzz.engines.reference import ReferenceEngine
from fuzz.observe import Given, Program, observe
from fuzz.zero import zero

FUEL = 2_000_000
SECONDS = 20.0
CALLS = 8


def reference() -> Engine:
    return ReferenceEngine(FUEL)


def compiled() -> Engine:
    return CompiledEngine(FUEL)


def native() -> Engine:
    return NativeEngine(FUEL)


def program(binary: bytes) -> Program:
    """Calls of up to `CALLS` exports with zeros, answered with zeros by the host. Raises `Refusal`."""
    plan = plan_of(binary)
    calls: list[tuple[str, tuple[Value, ...]]] = []
    types: list[FuncType] = []
    for path, item in plan.function_exports().items():
        t = plan.function_type(item)
        args = zeros(t)
        if args is not None and len(calls) < CALLS:
            calls.append((path, args))
            types.append(t)
    host = {h.path: Given(answer(h.type)) for h in plan.host_imports}
    return Program(binary, tuple(calls), (), host, tuple(types))


def zeros(t: FuncType) -> tuple[Value, ...] | None:
    """None for parameters that have none, as handles do."""
    try:
        return tuple([zero(p) for p in t.param_types])
    except ValueError:
        return None


def answer(t: FuncType) -> Value | None:
    return None if t.result is None else zero(t.result)


def run(binary: bytes, engines: Sequence[Engine]) -> Divergence | None:
    """Raises `Refusal` for what is not valid or not supported."""
    made = program(binary)
    return compare({engine.info.name: observe(engine, made) for engine in engines}, made)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cases", type=int, default=5000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--generated", type=int, default=40, help="seeds from the generators")
    parser.add_argument("--out", type=Path, default=Path("mutants"), help="directory for mutants that differ")
    options = parser.parse_args()
    mutator = Mutator([*own_seeds(options.generated), *outside_seeds()], options.seed)
    engines = [IsolatedEngine(make, Limits(SECONDS)) for make in (reference, compiled, native)]
    outcomes: Counter[str] = Counter()
    for number in range(options.cases):
        binary, made = mutator(number)
        try:
            divergence = run(binary, engines)
        except Refusal as refused:
            outcomes[f"refused as {refused.kind}"] += 1
            continue
        if divergence is None:
            outcomes["all agree"] += 1
            continue
        outcomes[divergence.signature] += 1
        if outcomes[divergence.signature] == 1:
            options.out.mkdir(parents=True, exist_ok=True)
            (options.out / f"{number}.wasm").write_bytes(binary)
            print(f"mutant {number}, {made}", *divergence.lines(), sep="\n  ", flush=True)
    for outcome, count in outcomes.most_common():
        print(f"{count:6}  {outcome}")


if __name__ == "__main__":
    main()
