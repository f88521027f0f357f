"""Stores of campaigns that never ran."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import msgspec

from fuzz.store.records import Counts, EngineCount, Finding, KeptCase, RunKey, Sample, Seen, Session
from fuzz.store.store import Store
from fuzz.triage.records import Kind, SideSaw, Verdict

T = TypeVar("T", bound=msgspec.Struct)

MIB = 1 << 20
BEGAN = 1_800_000_000.0
ENGINES = (("reference", "0.1.0"), ("native", "50.0.1"))
KEY = RunKey(7, ENGINES, "guarded", "generators.families:swarm", "0.1.0")
NASTY = "\x1b]0;owned\x07\x1b[2J\u202e\x9b31m\x00\ufffe"
SCRIPT = ";; a case\n(component definition $D)\n(component instance $i $D)\n"


@dataclass
class Writing:
    """A store that is being written, with one run."""

    store: Store
    run: str

    def cases(self, first: int, end: int, **more: object) -> None:
        """Cases *first* to *end* - 1."""
        count = end - first
        counts = Counts(cases=count, calls=2 * count, busy=0.02 * count,
                        engines={name: EngineCount(count, 0.01 * count, 0.0, 0.0) for name, _ in ENGINES})
        self.store.add(self.run, first, end, _with(counts, more))

    def finding(
        self, signature: str, kind: Kind = "engine wrong", *, wast: str = SCRIPT, number: int = 3,
        minimised: bool = True, reproduced: int = 3, tried: int = 3, title: str = "call 0, run()",
        saw: str = "trapped: cannot-leave",
    ) -> Finding:
        sides = (SideSaw(("reference", "compiled"), "returned"), SideSaw(("native",), saw, ("handles of it: 1 own",)))
        lines = f"disagreement: {title}", "  reference, compiled  returned", f"  native               {saw}"
        verdict = Verdict(kind, title, sides, "native", "CanonicalABI.md, canon lift", f"wasm trap: {saw}",
                          "native traps, and two engines return.", signature.partition("; ")[0], lines)
        case = KeptCase(self.store.keep_case(wast), (len(wast),), self.run, number, minimised, reproduced, tried)
        finding = Finding(self.store.free_name(signature), signature, verdict, case, case, BEGAN, BEGAN + 60, minimised)
        self.store.set_finding(finding)
        return finding

    def session(self, id: str = "s1", **more: object) -> Session:
        session = _with(Session(id, self.run, "host-a", 999_999_999, 2, BEGAN), more)
        self.store.begin_session(session)
        return session

    def sample(self, seconds: float, cases: int, id: str = "s1", **more: object) -> None:
        sample = Sample(id, seconds, BEGAN + seconds, cases, 2 * cases, 10, 1, 0, 0, 0, 40 * MIB,
                        (200 * MIB, 220 * MIB), 1.0)
        self.store.add_sample(_with(sample, more))


def _with(record: T, changes: dict[str, object]) -> T:
    return msgspec.structs.replace(record, **changes)


@contextmanager
def written(path: Path, key: RunKey = KEY, features: tuple[str, ...] = ("a", "b", "c", "d")) -> Iterator[Writing]:
    with Store.writing(path) as store:
        yield Writing(store, store.begin_run(key, features))


def night(path: Path) -> Path:
    """One run, one session that ended, four findings of which one is flaky and one not checked."""
    with written(path) as w:
        w.session(seconds=120.0, cases=6000, ended="time")
        for second in range(0, 121, 10):
            w.sample(second, 50 * second, supervisor_bytes=(40 + second // 60) * MIB)
        w.finding("call a=returned | native=trapped:cannot-leave; at param string", number=3)
        w.finding("crash native", "crash", wast=SCRIPT + "(; c ;)", number=40, reproduced=1)
        w.finding("hang native", "hang", wast=SCRIPT + "(; h ;)", number=41, minimised=False, reproduced=0, tried=0)
        w.finding("call b=returned | native=returned", wast=SCRIPT + "(; b ;)", number=50)
        w.cases(0, 4096, divergences=8, features={"a": Seen(10, 0, 90), "b": Seen(3, 5, 77), "zz": Seen(1, 2, 2)},
                signatures={"call a=returned | native=trapped:cannot-leave; at param string": Seen(3, 3, 99),
                            "crash native": Seen(1, 40, 40), "hang native": Seen(4, 41, 300),
                            "call b=returned | native=returned": Seen(12, 50, 600)},
                known={"wasmtime-reentrance": Seen(5, 1, 9)}, unmapped={"native: eh?": 2})
        w.cases(4096, 6000)
    return path
