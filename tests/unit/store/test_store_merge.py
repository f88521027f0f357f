"""Merging is a join: idempotent, commutative, associative."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from store_contents import contents
from store_samples import FEATURES, OTHER, SIGNATURE, cases, finding, kept, key, night, sample, session, verdict

from fuzz.errors import UsageError
from fuzz.store import names
from fuzz.store.fsck import check
from fuzz.store.joining import case_order
from fuzz.store.merge import merge
from fuzz.store.records import Counts, Death, EngineCount, FirstCase, KeptCase, KnownCheck
from fuzz.store.store import Store

MEMORY = "/dev/shm" if Path("/dev/shm").is_dir() else None
"""Where waiting for the disk takes no time."""


@dataclass(frozen=True)
class Kept:
    """A finding in a store: few values, so that stores often agree in part."""

    signature: int
    size: int
    original: int
    number: int
    tried: int
    reproduced: int
    minimised: bool
    seen: int


@dataclass(frozen=True)
class Made:
    """What is put into one store. *chunks*: of eight cases, some of them at the end of a block; *busy* makes counts of
    the same cases differ. *firsts*: numbers of first cases, and what tells their texts apart."""

    seed: int
    chunks: frozenset[int]
    busy: int
    findings: tuple[Kept, ...]
    progress: int
    state: str
    deaths: frozenset[int]
    features: int
    firsts: frozenset[tuple[int, int]]


KEPT = st.builds(Kept, *([st.integers(0, 2)] * 4), st.just(3), st.integers(0, 3), st.booleans(), st.integers(0, 3))
MADE = st.builds(
    Made, st.integers(1, 2), st.frozensets(st.integers(510, 514), max_size=4), st.integers(0, 1),
    st.lists(KEPT, max_size=3, unique_by=lambda k: k.signature).map(tuple), st.integers(0, 2),
    st.sampled_from(["differs", "agrees", "not applicable"]), st.frozensets(st.integers(0, 2), min_size=1),
    st.integers(38, 40), st.frozensets(st.tuples(st.integers(0, 1), st.integers(0, 1)), max_size=2),
)


def build(path: Path, made: Made) -> Path:
    with Store.writing(path) as store:
        run = store.begin_run(key(made.seed), FEATURES[: made.features])
        for chunk in made.chunks:
            first = chunk * 8
            counts = msgspec.structs.replace(cases(first, first + 8), busy=float(made.busy), signatures={})
            store.add(run, first, first + 8, counts)
        for k in made.findings:
            signature = f"call a=returned | b=trapped:x; at {k.signature}"
            store.set_finding(msgspec.structs.replace(
                finding(store, run, signature=signature, seen=float(k.seen)),
                original=kept(store, f"original {k.original}", run, k.original),
                smallest=KeptCase(store.keep_case(f"small {k.number} {'x' * k.size}"), (k.size,), run, k.number, True,
                                  k.reproduced, k.tried),
                minimised=k.minimised, verdict=verdict(f"{k.number}"), document=b'{"n": %d}' % k.number,
            ))
        for number, text in made.firsts:
            store.set_first_case(FirstCase(run, number, store.keep_case(f"first {number} {text}")))
        store.begin_session(msgspec.structs.replace(session(run, "shared"), seconds=float(made.progress),
                                                    ended="time" * (made.busy)))
        store.add_sample(sample("shared", float(made.progress)))
        store.set_known_check(KnownCheck(run, "known", made.state))
        for n in made.deaths:
            store.add_death(Death("shared", n, float(n), "SIGKILL", n))
    return path


def together(directory: Path, *sources: Path) -> Path:
    into = directory / "-".join(("m", *(s.name for s in sources)))
    merge(into, sources)
    return into


@settings(max_examples=20, derandomize=True, deadline=None, database=None)
@given(st.tuples(MADE, MADE, MADE))
def test_laws(made: tuple[Made, Made, Made]) -> None:
    with TemporaryDirectory(dir=MEMORY) as temporary:
        directory = Path(temporary)
        a, b, c = (build(directory / name, m) for name, m in zip("abc", made, strict=True))
        all_in_order = contents(together(directory, a, b, c))
        for order in ((b, c, a), (c, b, a), (a, c, b)):
            assert contents(together(directory, *order, order[0])) == all_in_order
        left = together(directory, together(directory, a, b), c)
        right = together(directory, a, together(directory, b, c))
        assert contents(left) == contents(right) == all_in_order
        merge(left, [right, a, left])
        assert contents(left) == all_in_order
        merge(a, [b, c])
        assert contents(a) == all_in_order, "into one that was there"
        assert [p for p in check(a, repair=False) if not p.harmless] == []


def test_cases_are_not_counted_twice(tmp_path: Path) -> None:
    """Of a block that is in both, the fuller record is taken whole."""
    run = night(tmp_path / "a", end=64)
    night(tmp_path / "b", first=32, end=128, name="s2")
    merged = merge(tmp_path / "c", [tmp_path / "a", tmp_path / "b"])
    assert [(t.cases, t.findings, t.smaller, t.sessions) for t in merged.taken] == [(64, 1, 0, 1), (32, 0, 0, 1)]
    assert (merged.cases, merged.runs, merged.findings) == (96, 1, 1)
    with Store.reading(tmp_path / "c") as store:
        assert store.totals() == cases(32, 128) and store.done(run).ranges() == ((32, 128),)
        assert [s.id for s in store.sessions()] == ["s1", "s2"] and len(store.samples()) == 2


def test_runs_and_blocks_of_both(tmp_path: Path) -> None:
    one = night(tmp_path / "a")
    two = night(tmp_path / "b", seed=2, end=32)
    night(tmp_path / "c", first=4096, end=4112)
    merge(tmp_path / "d", [tmp_path / "a", tmp_path / "b", tmp_path / "c"])
    with Store.reading(tmp_path / "d") as store:
        assert store.done(one).ranges() == ((0, 64), (4096, 4112))
        assert store.totals(two) == cases(0, 32)
    with Store.writing(tmp_path / "d") as store:
        store.add(store.begin_run(key(1), FEATURES), 64, 80, cases(64, 80))
        assert store.totals(one).cases == 96, "it goes on"


def test_the_better_case_is_taken_with_what_belongs_to_it(tmp_path: Path) -> None:
    def store_with(name: str, wast: str, number: int, tried: int, reproduced: int) -> Path:
        with Store.writing(tmp_path / name) as store:
            run = store.begin_run(key(), FEATURES)
            made = finding(store, run, number, wast=f"(component) ;; {name}", seen=float(number))
            smallest = kept(store, wast, run, number, tried=tried, reproduced=reproduced)
            store.set_finding(msgspec.structs.replace(
                made, smallest=smallest, minimised=True, verdict=verdict(name), document=b'"%s"' % name.encode(),
                features=(name,)))
        return tmp_path / name

    flaky = store_with("flaky", "(c)", 5, 3, 1)
    sure = store_with("sure", "(component)", 9, 3, 3)
    merge(tmp_path / "both", [flaky, sure])
    with Store.reading(tmp_path / "both") as store:
        (found,) = store.findings()
        assert store.case_text(found.smallest.sha) == "(component)"
        assert store.case_text(found.original.sha) == "(component) ;; flaky"
    assert (found.features, found.document, found.verdict) == (("sure",), b'"sure"', verdict("sure"))
    assert (found.first_seen, found.last_seen, found.flaky) == (5.0, 18.0, False)
    copy = tmp_path / "both" / "findings" / f"{found.name}.wast"
    assert copy.read_text() == "(component)"
    assert {p.stem for p in (tmp_path / "both").glob("cases/*/*")} == {found.original.sha, found.smallest.sha}


def test_which_case_is_better() -> None:
    always, partly, unknown, never = (
        KeptCase("0", size, "r", 1, tried=tried, reproduced=reproduced)
        for size, tried, reproduced in (((9,), 3, 3), ((5, 5), 3, 1), ((3,), 0, 0), ((1,), 3, 0))
    )
    small = msgspec.structs.replace(always, size=(1, 2))
    assert sorted([never, unknown, partly, always, small], key=case_order) == [small, always, partly, unknown, never]


def test_signatures_of_different_stores_never_share_a_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(names, "DIGITS", 0)
    for name, signature in (("a", SIGNATURE), ("b", SIGNATURE.replace("u8", "u16"))):
        with Store.writing(tmp_path / name) as store:
            run = store.begin_run(key(), FEATURES)
            store.set_finding(finding(store, run, signature=signature, wast=f"(component) ;; {name}"))
    shared = {p.name for name in "ab" for p in (tmp_path / name / "findings").iterdir()}
    assert len(shared) == 1
    merge(tmp_path / "a", [tmp_path / "b"])
    merge(tmp_path / "b", [tmp_path / "a"])
    assert contents(tmp_path / "a") == contents(tmp_path / "b")
    for name in "ab":
        with Store.reading(tmp_path / name) as store:
            files = {f"{f.name}.wast": store.case_text(f.smallest.sha) for f in store.findings()}
        assert {p.name: p.read_text() for p in (tmp_path / name / "findings").iterdir()} == files
        assert len(files) == 2


def test_a_source_that_is_being_written(tmp_path: Path) -> None:
    with Store.writing(tmp_path / "a") as store:
        run = store.begin_run(key(), FEATURES)
        store.add(run, 0, 16, cases(0, 16))
        store.set_finding(finding(store, run))
        store.flush()
        store.add(run, 16, 32, cases(16, 32))
        merge(tmp_path / "c", [tmp_path / "a"])
        with pytest.raises(UsageError, match="another campaign is writing"):
            merge(tmp_path / "a", [tmp_path / "c"])
    with Store.reading(tmp_path / "c") as reader:
        assert reader.totals() == cases(0, 16)
    merge(tmp_path / "c", [tmp_path / "a"])
    assert contents(tmp_path / "c") == contents(tmp_path / "a")


def spoilt_case(path: Path) -> str:
    (case,) = path.glob("cases/*/*.wast")
    case.write_text("(other)")
    return "is missing or has other bytes"


def spoilt_block(path: Path) -> str:
    with Store.writing(path) as store:
        store._index.connection.execute("UPDATE block SET done = zeroblob(512)")
    return "block 0 of run"


def no_store(path: Path) -> str:
    (path / "campaign.db").unlink()
    return "campaign.db is missing"


@pytest.mark.parametrize("spoil", [spoilt_case, spoilt_block, no_store])
def test_a_source_that_is_not_whole_changes_nothing(tmp_path: Path, spoil: Any) -> None:
    """Of a merge of several nothing is kept when one of them is refused."""
    night(tmp_path / "into", end=16)
    night(tmp_path / "good", seed=2, end=16)
    night(tmp_path / "bad", end=64, wast="(c)")
    before, said = contents(tmp_path / "into"), spoil(tmp_path / "bad")
    for into in ("into", "new"):
        with pytest.raises(UsageError, match=said) as caught:
            merge(tmp_path / into, [tmp_path / "good", tmp_path / "bad"])
        assert str(tmp_path / "bad") in str(caught.value) and "\n" not in str(caught.value)
    assert contents(tmp_path / "into") == before
    assert not (tmp_path / "new").exists()


def test_each_source_is_announced_once(tmp_path: Path) -> None:
    night(tmp_path / "a")
    night(tmp_path / "b", seed=2)
    (tmp_path / "link").symlink_to(tmp_path / "a")
    told: list[str] = []
    sources: Sequence[Path] = [tmp_path / "a", tmp_path / "b", tmp_path / "link", tmp_path / "a", tmp_path / "c"]
    night(tmp_path / "c", seed=3)
    merge(tmp_path / "c", sources, lambda taken: told.append(Path(taken.source).name))
    assert told == ["a", "b"]


def test_what_differs_somewhere_differs(tmp_path: Path) -> None:
    for name, state in (("a", "agrees"), ("b", "differs"), ("c", "not applicable")):
        with Store.writing(tmp_path / name) as store:
            run = store.begin_run(key(), FEATURES)
            store.add(run, 0, 1, Counts(cases=1, engines={"native": EngineCount(1)}))
            store.set_known_check(KnownCheck(run, "x", state))
            store.set_known_check(KnownCheck(run, name, state))
    merge(tmp_path / "all", [tmp_path / "a", tmp_path / "b", tmp_path / "c"])
    with Store.reading(tmp_path / "all") as store:
        assert [(c.id, c.state) for c in store.known_checks()] == [
            ("a", "agrees"), ("b", "differs"), ("c", "not applicable"), ("x", "differs")]


def test_findings_of_both(tmp_path: Path) -> None:
    night(tmp_path / "a")
    with Store.writing(tmp_path / "b") as store:
        store.set_finding(finding(store, store.begin_run(key(2), FEATURES), signature=OTHER, wast="(c)"))
    assert merge(tmp_path / "a", [tmp_path / "b"]).findings == 2
    with Store.reading(tmp_path / "a") as store:
        assert {f.signature: store.case_text(f.smallest.sha) for f in store.findings()} == {
            SIGNATURE: "(component)", OTHER: "(c)"}
