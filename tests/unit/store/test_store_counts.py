"""Cases are counted once, and totals are the same however they came about."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from store_contents import contents
from store_samples import FEATURES, SIGNATURE, cases, key, night, one_case, sample, session

from fuzz.store.records import BLOCK, Counts, Death, KnownCheck, Seen
from fuzz.store.store import Store


def test_what_was_added_is_there_again(tmp_path: Path) -> None:
    with Store.writing(tmp_path) as store:
        run = store.begin_run(key(), FEATURES)
        for first in (48, 0, 4096, 16, 4112):
            store.add(run, first, first + 16, cases(first, first + 16))
        live, done = store.totals(run), store.done(run)
        assert done.ranges() == ((0, 32), (48, 64), (4096, 4128))
    with Store.reading(tmp_path) as store:
        assert (store.totals(run), store.totals(), store.done(run)) == (live, live, done)
        assert store.runs() == ((run, key()),)
        assert store.possible() == FEATURES
    assert live.features["group: fact 0"] == Seen(80, 0, 4127)
    assert live.cases == 80 and live.unlisted == ("odd",)


@settings(max_examples=12, derandomize=True, deadline=None, database=None)
@given(st.permutations(range(12)), st.sets(st.integers(0, 11)), st.integers(1, 12))
def test_order_and_flushes_do_not_matter(order: Sequence[int], flushed: set[int], reopened: int) -> None:
    """Times included, to the last bit; chunks on both sides of a block's end."""
    begin = BLOCK - 60
    with TemporaryDirectory() as directory:
        path = Path(directory)
        for part in (order[:reopened], order[reopened:]):
            with Store.writing(path) as store:
                run = store.begin_run(key(), FEATURES[:30])
                for at in part:
                    first, end = begin + 10 * at, begin + 10 * at + 10
                    store.add(run, first, end, cases(first, end))
                    if at in flushed:
                        store.flush()
                live = store.totals(run)
        with Store.reading(path) as store:
            assert store.totals(run) == live == cases(begin, begin + 120)
            assert store.done(run).ranges() == ((begin, begin + 120),)


def test_runs_are_counted_apart(tmp_path: Path) -> None:
    with Store.writing(tmp_path) as store:
        one, two = store.begin_run(key(1), FEATURES), store.begin_run(key(2), (*FEATURES, "new"))
        store.begin_session(session(two, "b", began=1.0))
        store.begin_session(session(one, "a", began=2.0))
        store.add(one, 0, 16, cases(0, 16))
        store.add(two, 0, 8, cases(0, 8))
    with Store.reading(tmp_path) as store:
        assert store.totals(one).cases == 16 and store.totals(two) == cases(0, 8)
        assert store.totals().features["group: fact 0"] == Seen(24, 0, 15)
        assert [run for run, _ in store.runs()] == [two, one], "by when they began"
        assert [s.id for s in store.sessions()] == ["b", "a"]
        assert set(store.possible()) == {*FEATURES, "new"}


def test_nothing_is_counted_twice(tmp_path: Path) -> None:
    with Store.writing(tmp_path) as store:
        run = store.begin_run(key(), FEATURES)
        store.add(run, 16, 32, cases(16, 32))
        with pytest.raises(ValueError, match="case 31 is done already"):
            store.add(run, 31, 40, cases(31, 40))
        assert store.totals(run) == cases(16, 32) and store.done(run).ranges() == ((16, 32),)
    with Store.writing(tmp_path) as store:
        store.begin_run(key(), FEATURES)
        with pytest.raises(ValueError, match="case 16 is done already"):
            store.add(run, 0, 32, cases(0, 32))
        store.add(run, 0, 16, cases(0, 16))
        assert store.totals(run) == cases(0, 32)


@pytest.mark.parametrize(("first", "end", "counts", "said"), [
    (4090, 4100, cases(4090, 4100), "not cases of one block"),
    (5, 5, Counts(), "not cases of one block"),
    (-3, 5, cases(0, 8), "not cases of one block"),
    (0, 16, cases(0, 15), "counts of 15 cases"),
    (0, 4, Counts(cases=4, features={"a": Seen(1, 4, 4)}), "a: Seen"),
    (0, 4, Counts(cases=4, signatures={"a": Seen(3, 1, 2)}), "a: Seen"),
    (0, 4, Counts(cases=4, known={"a": Seen(0, 1, 2)}), "a: Seen"),
])
def test_counts_that_cannot_be(tmp_path: Path, first: int, end: int, counts: Counts, said: str) -> None:
    with Store.writing(tmp_path) as store:
        run = store.begin_run(key(), FEATURES)
        with pytest.raises(ValueError, match=said):
            store.add(run, first, end, counts)
        assert store.totals() == Counts() and store.done(run).count == 0


def test_a_run_has_to_begin(tmp_path: Path) -> None:
    run = night(tmp_path)
    with Store.writing(tmp_path) as store:
        with pytest.raises(ValueError, match="was not begun"):
            store.add(run, 640, 656, cases(640, 656))
        store.begin_run(key(), FEATURES)
        store.add(run, 640, 656, cases(640, 656))


def test_features_that_another_build_of_the_same_version_does_not_have(tmp_path: Path) -> None:
    """The list of what is possible changes while factfuzz is worked on: nothing that was counted is lost."""
    with Store.writing(tmp_path) as store:
        run = store.begin_run(key(), FEATURES)
        store.add(run, 0, 16, cases(0, 16))
    with Store.writing(tmp_path) as store:
        store.begin_run(key(), ("new", *FEATURES[::-2]))
        store.add(run, 16, 32, cases(16, 32))
        store.add(run, 5000, 5001, one_case(5000))
        live = store.totals()
    with Store.reading(tmp_path) as store:
        assert store.totals() == live
        assert live.features.items() >= {(FEATURES[0], Seen(33, 0, 5000)), (FEATURES[1], Seen(17, 0, 5000))}
        assert set(store.possible()) == {"new", *FEATURES}


def test_nothing_is_on_disk_before_flush(tmp_path: Path) -> None:
    night(tmp_path)
    before = contents(tmp_path)
    with Store.writing(tmp_path) as store:
        run = store.begin_run(key(), FEATURES)
        store.add(run, 64, 80, cases(64, 80))
        store.begin_session(session(run, "s2"))
        store.add_sample(sample("s2", 1.0))
        store.add_death(Death("s2", 0, 5.0, "SIGSEGV", 70, SIGNATURE))
        store.set_known_check(KnownCheck(run, "x", "differs"))
        assert contents(tmp_path) == before
        store.flush()
        after = contents(tmp_path)
        assert after != before
    assert contents(tmp_path) == after


def test_an_exception_leaves_what_was_flushed(tmp_path: Path) -> None:
    with pytest.raises(ZeroDivisionError), Store.writing(tmp_path) as store:
        run = store.begin_run(key(), FEATURES)
        store.add(run, 0, 16, cases(0, 16))
        store.flush()
        store.add(run, 16, 32, cases(16, 32))
        raise ZeroDivisionError
    with Store.reading(tmp_path) as store:
        assert store.totals() == cases(0, 16)


def test_more_blocks_than_are_kept_at_hand(tmp_path: Path) -> None:
    with Store.writing(tmp_path) as store:
        run = store.begin_run(key(), FEATURES)
        for half in (0, 8):
            for number in range(20):
                first = number * BLOCK + half
                store.add(run, first, first + 8, cases(first, first + 8))
                store.flush()
        live = store.totals()
    with Store.reading(tmp_path) as store:
        assert store.totals() == live
        assert store.done(run).ranges() == tuple((n * BLOCK, n * BLOCK + 16) for n in range(20))
    assert live.features[FEATURES[0]] == Seen(320, 0, 19 * BLOCK + 15)


def test_sessions_samples_deaths_and_known_differences(tmp_path: Path) -> None:
    with Store.writing(tmp_path) as store:
        run = store.begin_run(key(), FEATURES)
        store.add(run, 0, 16, cases(0, 16))
        for id, began in (("late", 200.0), ("early", 100.0)):
            store.begin_session(session(run, id, began))
            store.add_sample(sample(id, 20.0))
            store.flush()
            store.add_sample(sample(id, 10.0))
        assert [(s.session, s.seconds) for s in store.samples()] == [
            ("early", 10.0), ("early", 20.0), ("late", 10.0), ("late", 20.0)], "flushed or not"
        with pytest.raises(ValueError, match="early already"):
            store.begin_session(session(run, "early"))
        store.update_session(session(run, "early", 50.0))
        for wall in (9.0, 8.0, 9.0):
            store.add_death(Death("early", 1, wall, "SIGKILL", 3, note="from outside"))
        store.set_known_check(KnownCheck(run, "b", "differs"))
        store.set_known_check(KnownCheck(run, "a", "differs"))
        store.set_known_check(KnownCheck(run, "b", "agrees"))
    with Store.reading(tmp_path) as store:
        assert [(s.id, s.began) for s in store.sessions()] == [("early", 50.0), ("late", 200.0)]
        assert store.samples("late") == (sample("late", 10.0), sample("late", 20.0))
        assert len(store.samples()) == 4
        assert [d.wall for d in store.deaths()] == [8.0, 9.0]
        assert store.known_checks() == (KnownCheck(run, "a", "differs"), KnownCheck(run, "b", "agrees"))


def test_eight_hours_need_a_few_megabytes(tmp_path: Path) -> None:
    """The worst case: every feature in every block, at places that do not compress."""
    names = [f"group: fact {i}" for i in range(1700)]
    with Store.writing(tmp_path) as store:
        run = store.begin_run(key(), names)
        for number in range(8):
            base = number * BLOCK
            features = {name: Seen(1 + i * 31 % 1000, base + i * i * 7 % 1500, base + 2600 + i * i * 13 % 1400)
                        for i, name in enumerate(names)}
            store.add(run, base, base + BLOCK, Counts(cases=BLOCK, features=features))
    block_bytes = (tmp_path / "campaign.db").stat().st_size / 8
    assert 370 * block_bytes < 6_000_000
