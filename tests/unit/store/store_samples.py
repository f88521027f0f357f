"""What tests put into stores: counts that depend on case numbers alone, and findings."""

from __future__ import annotations

from pathlib import Path

from fuzz.store.records import Counts, EngineCount, Finding, KeptCase, RunKey, Sample, Seen, Session
from fuzz.store.store import Store
from fuzz.triage.records import SideSaw, Verdict

FEATURES = tuple(f"group: fact {i}" for i in range(40))
SIGNATURE = "call native=returned | reference=trapped:cannot-enter; at param u8"
OTHER = "log native=log | reference=log; at result list string; rule Storing"


def key(seed: int = 1) -> RunKey:
    return RunKey(seed, (("reference", "0.1.0"), ("native", "50.0.1")), "guarded", "generators.families:swarm", "0.1.0")


def one_case(number: int) -> Counts:
    """The counts of one case."""
    here = Seen(1, number, number)
    return Counts(
        cases=1, calls=number % 5, busy=0.001 * (number % 7), divergences=int(number % 11 == 0),
        engines={"native": EngineCount(1, 0.1, 0.01, 0.001 * (number % 3))}, own={"make": 0.1, "compare": 1e-9},
        features={name: here for i, name in enumerate(FEATURES) if number % (i + 1) == 0},
        signatures={SIGNATURE: here} if number % 11 == 0 else {},
        known={"a-known-one": here} if number % 13 == 0 else {},
        unmapped={"native: eh?": 2} if number % 17 == 0 else {}, unlisted=("odd",) if number % 19 == 0 else (),
    )


def cases(first: int, end: int) -> Counts:
    """The counts of *first* to *end* - 1, added up here."""
    every = [one_case(number) for number in range(first, end)]

    def seen(part: str) -> dict[str, Seen]:
        found: dict[str, list[int]] = {}
        for one in every:
            for name, there in getattr(one, part).items():
                found.setdefault(name, []).append(there.first)
        return {name: Seen(len(numbers), min(numbers), max(numbers)) for name, numbers in sorted(found.items())}

    engine = [one.engines["native"] for one in every]
    return Counts(
        cases=len(every), calls=sum(one.calls for one in every), busy=_total(one.busy for one in every),
        divergences=sum(one.divergences for one in every),
        engines={"native": EngineCount(len(every), _total(e.load for e in engine),
                                       _total(e.instantiate for e in engine), _total(e.call for e in engine))},
        own={"compare": _total(one.own["compare"] for one in every), "make": _total(one.own["make"] for one in every)},
        features=seen("features"), signatures=seen("signatures"), known=seen("known"),
        unmapped={"native: eh?": n} if (n := sum(2 for one in every if one.unmapped)) else {},
        unlisted=("odd",) if any(one.unlisted for one in every) else (),
    )


def _total(seconds: object) -> float:
    """Seconds to the nanosecond."""
    return sum(round(s * 10**9) for s in seconds) / 10**9  # type: ignore[attr-defined]


def verdict(text: str = "") -> Verdict:
    sides = SideSaw(("native",), "returned"), SideSaw(("reference",), "trapped: cannot-enter", ("entered already",))
    return Verdict("engine wrong", f"call 0, f() {text}".strip(), sides, alone="native", why="Two against one.")


def kept(store: Store, wast: str, run: str, number: int, **more: int | bool) -> KeptCase:
    return KeptCase(store.keep_case(wast), (len(wast),), run, number, **more)  # type: ignore[arg-type]


def finding(
    store: Store, run: str, number: int = 11, signature: str = SIGNATURE, wast: str = "(component)", seen: float = 100.0
) -> Finding:
    case = kept(store, wast, run, number)
    return Finding(store.free_name(signature), signature, verdict(), case, case, seen, seen + number)


def session(run: str, id: str = "s1", began: float = 100.0) -> Session:
    return Session(id, run, "host", 4711, 2, began)


def sample(session: str, seconds: float) -> Sample:
    return Sample(session, seconds, 100 + seconds, int(seconds), 2, 3, 4, 5, 6, 7, 8, (9, 10), 0.5,
                  {"native": EngineCount(1, 0.5, 0.25, 0.125)})


def night(path: Path, seed: int = 1, first: int = 0, end: int = 64, name: str = "s1", wast: str = "(component)") -> str:
    """A small store: some cases, the finding they show, a session with samples. The run's id."""
    with Store.writing(path) as store:
        run = store.begin_run(key(seed), FEATURES)
        store.begin_session(session(run, name))
        for at in range(first, end, 16):
            store.add(run, at, min(at + 16, end), cases(at, min(at + 16, end)))
        store.set_finding(finding(store, run, first, wast=wast, seen=100.0 + first))
        store.add_sample(sample(name, 10.0))
    return run
