"""Mutated component binaries through decode, link, partition and compile: errors of our own types and nothing else.

    python tests/robustness/mutate.py --cases 10000 --seed 1 [--out DIR] [--validate-every 2]

FACTFUZZ_SPEC_TESTS and FACTFUZZ_WASMTIME_TESTS may name folders of scripts whose components are mutated as well. Exit
status 1 when there were offenders; each is saved as DIR/NUMBER.wasm with what it led to beside it.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from judging import STAGES, Verdict, verdicts
from mutators import Mutator
from seed_components import outside_seeds, own_seeds


@dataclass(slots=True)
class Tally:
    """The figures of a run."""

    reached: Counter[str] = field(default_factory=Counter)
    errors: Counter[str] = field(default_factory=Counter)
    valid: Counter[str] = field(default_factory=Counter)
    offenders: list[Verdict] = field(default_factory=list)
    slowest: list[Verdict] = field(default_factory=list)
    cases: int = 0
    peak_kib: int = 0

    def add(self, verdict: Verdict) -> None:
        self.cases += 1
        self.reached[verdict.stage] += 1
        self.errors[f"{verdict.error or 'no error'} in {verdict.stage}" if verdict.error else "passed"] += 1
        if verdict.valid:
            self.valid[verdict.error or "passed"] += 1
        if verdict.offence:
            self.offenders.append(verdict)
        self.slowest = sorted([*self.slowest, verdict], key=lambda v: -v.seconds)[:5]
        self.peak_kib = max(self.peak_kib, verdict.peak_kib)

    def lines(self) -> Iterable[str]:
        yield f"{self.cases} mutants"
        left = self.cases
        for stage in STAGES:
            yield f"  reached {stage:10} {left:6}"
            left -= self.reached[stage]
        for error, count in self.errors.most_common():
            yield f"  {count:6}  {error}"
        told = ", ".join(f"{count} {outcome}" for outcome, count in self.valid.most_common())
        yield f"  valid, of those validated: {self.valid.total()} ({told or 'none'})"
        slow = ", ".join(f"{v.seconds * 1e3:.0f} ms (mutant {v.number})" for v in self.slowest)
        yield f"  slowest: {slow}"
        yield f"  peak memory: {self.peak_kib / 1024:.0f} MiB"
        yield f"  offenders: {len(self.offenders)}"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cases", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--generated", type=int, default=40, help="seeds from the generators")
    parser.add_argument("--validate-every", type=int, default=2, metavar="N", help="ask wasm-tools about one in N")
    parser.add_argument("--out", type=Path, default=Path("mutants"), help="directory for offenders")
    options = parser.parse_args()
    seeds = [*own_seeds(options.generated), *outside_seeds()]
    print(f"{len(seeds)} seeds, {sum(len(s.binary) for s in seeds) >> 10} KiB", flush=True)
    mutator = Mutator(seeds, options.seed)
    began = time.perf_counter()
    tally = Tally()
    for verdict in verdicts(mutator, options.cases, options.validate_every):
        tally.add(verdict)
        if verdict.offence:
            save(verdict, mutator, options.out)
    print("\n".join(tally.lines()))
    print(f"  {time.perf_counter() - began:.0f} s")
    return 1 if tally.offenders else 0


def save(verdict: Verdict, mutator: Mutator, out: Path) -> None:
    binary, made = mutator(verdict.number)
    out.mkdir(parents=True, exist_ok=True)
    (out / f"{verdict.number}.wasm").write_bytes(binary)
    (out / f"{verdict.number}.txt").write_text(f"{made}\nstage {verdict.stage}\n{verdict.offence}\n")
    last = (verdict.offence or "").strip().splitlines()[-1]
    print(f"mutant {verdict.number} ({made}): in {verdict.stage}: {last}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
