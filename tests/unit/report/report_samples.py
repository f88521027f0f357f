"""Records of campaigns as they look after a night, made up: the same every time."""

from __future__ import annotations

from dataclasses import dataclass, field
from random import Random

from fuzz.coverage.possible import ORDER
from fuzz.report.gather import Outside, Shown, page_of
from fuzz.report.page import Page
from fuzz.store.records import (
    Counts,
    Death,
    EngineCount,
    Finding,
    KeptCase,
    KnownCheck,
    RunKey,
    Sample,
    Seen,
    Session,
)
from fuzz.triage.records import KINDS, Kind, SideSaw, Verdict

EVENING = 1_786_737_600.0
"""2026-08-14, 20:00 UTC."""
HOUR = 3600.0
ENGINES = (("reference", "0.1.0"), ("compiled", "0.1.0"), ("native", "50.0.1"))
KEY = RunKey(7, ENGINES, "guarded", "generators.stream:case", "0.1.0")
MIB = 2**20
HOSTILE = '</script></title></svg>"\'><img src=x onerror="document.title=1">'

SCRIPT = """\
;; disagreement: call 1, run()
;;   reference, compiled  trapped: cannot-leave
;;   native               returned
;; factfuzz-case: {"origin":{"versions":{"native":"50.0.1"}},"types":{TYPES}}

(component definition $case
  (core module $M
    (memory (export "memory") 1)
    (func (export "f") (param i32) (result i32) (local.get 0))
    (data (i32.const 16) "\\e2\\98\\83 snow"))
  (core instance $m (instantiate $M))
  (func (export "run") (param "x" u32) (result u32) (canon lift (core func $m "f"))))

(component instance $i $case)
(assert_trap (invoke "run" (u32.const 7)) "cannot leave component instance")
""".replace("TYPES", ",".join(f'"f{n}":"func(u32) -> string"' for n in range(12)))


@dataclass
class SampleStore:
    """What `fuzz.store.Store` answers, from records at hand."""

    keys: dict[str, RunKey] = field(default_factory=dict)
    counts: dict[str, Counts] = field(default_factory=dict)
    kept: tuple[Finding, ...] = ()
    texts: dict[str, str] = field(default_factory=dict)
    ran: tuple[Session, ...] = ()
    sampled: tuple[Sample, ...] = ()
    lost: tuple[Death, ...] = ()
    checks: tuple[KnownCheck, ...] = ()

    def runs(self) -> tuple[tuple[str, RunKey], ...]:
        return tuple(self.keys.items())

    def totals(self, run: str | None = None) -> Counts:
        if run is not None:
            return self.counts[run]
        return next(iter(self.counts.values()), Counts())

    def possible(self) -> tuple[str, ...]:
        return ORDER if self.keys else ()

    def findings(self) -> tuple[Finding, ...]:
        return self.kept

    def case_text(self, sha: str) -> str:
        return self.texts[sha]

    def sessions(self) -> tuple[Session, ...]:
        return self.ran

    def samples(self, session: str | None = None) -> tuple[Sample, ...]:
        return tuple(s for s in self.sampled if session in (None, s.session))

    def deaths(self) -> tuple[Death, ...]:
        return self.lost

    def known_checks(self) -> tuple[KnownCheck, ...]:
        return self.checks


@dataclass(frozen=True)
class SampleKnown:
    id: str
    title: str = "Of a handle that is lent and of another type too, it is told that it is lent"
    verdict: str = "engine wrong"
    section: str = "CanonicalABI.md, Loading: lift_own, and canon resource.drop"
    link: str = "https://github.com/WebAssembly/component-model/pull/705"


KNOWN = {k.id: k for k in (
    SampleKnown("wasmtime-lent-before-type"),
    SampleKnown("wasmtime-self-call", "A component may not call its own lift through its own lower"),
    SampleKnown("wasmtime-fixed-since", "A message that was wrong", link=""),
)}


def empty_store() -> SampleStore:
    return SampleStore()


def night(findings: int = 3, hours: float = 8.0, *, text: str = SCRIPT, seed: int = 1) -> SampleStore:
    """A night of two sessions, the first killed two thirds through, with a pause of 40 minutes; a sample every ten
    seconds, and all else in proportion."""
    random = Random(seed)
    run, cases = KEY.id, round(hours * HOUR * 49)
    first = hours * HOUR * 2 / 3
    sessions = (
        Session("a" * 8, run, "nightly-1", 4711, 2, EVENING, first, round(cases * 2 / 3)),
        Session("b" * 8, run, "nightly-1", 812, 2, EVENING + first + 2400, hours * HOUR - first, round(cases / 3),
                "time"),
    )
    kept = tuple(finding(n, text=text) for n in range(findings))
    return SampleStore(
        keys={run: KEY}, counts={run: _counts(kept, cases, hours, random)}, kept=kept,
        texts={f.smallest.sha: text.replace("u32.const 7", f"u32.const {n}") for n, f in enumerate(kept)},
        ran=sessions, sampled=tuple(s for session in sessions for s in _samples(session, random)),
        lost=tuple(_death(n, sessions[0].id, kept) for n in range(4 if findings else 0)),
        checks=(KnownCheck(run, "wasmtime-self-call", "differs"), KnownCheck(run, "wasmtime-fixed-since", "agrees")),
    )


def finding(n: int, text: str = SCRIPT) -> Finding:
    kind: Kind = KINDS[(0, 0, 3, 1, 4, 5)[n % 6]]
    kept = KeptCase(f"{n:064x}", (n, 12), KEY.id, 40_000 * n + 17, True, 3 if n % 4 else 2, 3)
    return Finding(
        f"call-cannot-leave-vs-returned-{n:08x}",
        f"call: reference compiled=trapped:cannot-leave | native=returned; at param list u{n}; rule canon lower",
        Verdict(
            kind, f"call {n % 5}, run({n}, [\"né\", \"😀\"]): native returns where others trap",
            (SideSaw(("reference", "compiled"), f"trapped: cannot-leave at param xs[].name ({n})",
                     ("root.clerk passes on index 1 as own root.shop.item; it holds there: own root.shop.item (rep 7)",
                      "handles of root.clerk: 1 own root.shop.item (rep 7), lent once")),
             SideSaw(("native",), f"returned {{name: \"snow ☃\", count: {n}}}")),
            "native" if kind == "engine wrong" else "", "CanonicalABI.md, canon lower: trap_if(not may_leave)",
            "wasm trap: cannot leave component instance",
            "Reference and compiled agree, and canon lower says that a call traps while may_leave is false.",
            "call: reference compiled=trapped:cannot-leave | native=returned",
            (f"disagreement: call {n % 5}, run({n})", "  reference, compiled  trapped: cannot-leave",
             "  native               returned"),
        ),
        kept, kept, EVENING + 600.5 * n, EVENING + 7000 + 600.5 * n, bool(n % 3),
        b'{"calls":[{"engine":"native","returned":"7"}]}', ORDER[n * 7 : n * 7 + 30],
    )


def _counts(kept: tuple[Finding, ...], cases: int, hours: float, random: Random) -> Counts:
    seconds = hours * HOUR * 2
    features = {f: Seen(1 + round(cases * random.random() ** 6), n * 3, cases - n)
                for n, f in enumerate(ORDER) if n % 53}
    return Counts(
        cases=cases, calls=cases * 3, busy=seconds, divergences=12 * len(kept), deaths=4 if kept else 0,
        engines={name: EngineCount(cases, seconds * share * 0.8, seconds * share * 0.1, seconds * share * 0.1)
                 for (name, _), share in zip(ENGINES, (0.31, 0.21, 0.29), strict=True)},
        own={"generate": seconds * 0.1, "render": seconds * 0.05}, features=features,
        signatures={f.signature: Seen(3 + 37 * n, 100 * n, 9000 + n) for n, f in enumerate(kept)},
        known={"wasmtime-lent-before-type": Seen(1840, 12, cases - 5), "wasmtime-self-call": Seen(23, 812, cases - 9)},
    )


def _samples(session: Session, random: Random) -> list[Sample]:
    found, cases = [], 0.0
    for i in range(1, int(session.seconds // 10) + 1):
        at = 10.0 * i
        cases += 10 * (49 + random.uniform(-6, 6) - (14 if i % 190 < 8 else 0))
        wall = session.began + at
        features = round(len(ORDER) * 0.98 * (1 - 1 / (1 + (wall - EVENING) / 40)))
        workers = tuple(round((180 + 90 * ((i * 10 + 700 * w) % 1800) / 1800) * MIB) for w in range(session.workers))
        found.append(Sample(
            session.id, at, wall, round(cases), round(cases * 3), features, i // 900, i // 90, i // 5, i // 1500,
            round((38 + i / 2000) * MIB), workers, at * 1.9,
            {name: EngineCount(round(cases), cases / rate * 0.8, cases / rate * 0.1, cases / rate * 0.1)
             for (name, _), rate in zip(ENGINES, (76, 112, 82), strict=True)},
        ))
    return found


def _death(n: int, session: str, kept: tuple[Finding, ...]) -> Death:
    if n % 2:
        return Death(session, n, EVENING + 900 * n, "killed by signal 9", 5000 + n, note="ran well in a fresh process")
    return Death(session, n, EVENING + 900 * n, "aborted (signal 6)", 7000 + n, kept[n % len(kept)].signature)


def page(store: SampleStore, known_as: dict[str, str] | None = None, running: bool = False) -> Page:
    """*known_as*: ids of known differences by the names of findings; *running*: the last session without an end is."""
    unended = [s.id for s in store.sessions() if not s.ended][-1:]
    shown = {f.signature: Shown(f"night/findings/{f.name}.wast", f"factfuzz run night/findings/{f.name}.wast",
                                (known_as or {}).get(f.name, "")) for f in store.findings()}
    return page_of(store, Outside(("night",), unended if running else (), KNOWN, shown))
