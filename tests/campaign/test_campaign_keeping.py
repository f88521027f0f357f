"""The cases that were first to show some feature are kept, whatever happens to the campaign."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from campaign_fakes import Campaign

from fuzz.campaign.keeping import ATTEMPTS, Keeping
from fuzz.campaign.messages import Keep, Kept
from fuzz.script import from_wast
from fuzz.store.fsck import check
from fuzz.store.records import Counts, RunKey, Seen
from fuzz.store.store import Store
from generators.families import swarm
from generators.stream import CaseStream


def kept_in(directory: Path) -> dict[int, str]:
    """Scripts by number; all that should be kept are."""
    with Store.reading(directory) as store:
        ((run, _),) = store.runs()
        assert store.missing_first_cases(run) == ()
        return {first.number: store.case_text(first.sha) for first in store.first_cases()}


def test_first_cases_are_kept(campaign: Campaign, tmp_path: Path) -> None:
    campaign("reference", "good", cases=12)
    kept = kept_in(tmp_path / "out")
    with Store.reading(tmp_path / "out") as store:
        assert kept.keys() == {seen.first for seen in store.totals().features.values()}
    for number, wast in kept.items():
        assert (from_wast(wast).origin.number, from_wast(wast).origin.seed) == (number, 7)
    assert check(tmp_path / "out", repair=False) == ()


def test_in_two_sessions_as_in_one(campaign: Campaign, tmp_path: Path) -> None:
    campaign("reference", "good", cases=24, out=tmp_path / "whole")
    for cases in (5, 24):
        campaign("reference", "good", cases=cases)
    assert kept_in(tmp_path / "out") == kept_in(tmp_path / "whole")


def test_what_is_missing_is_made_when_the_run_goes_on(campaign: Campaign, tmp_path: Path) -> None:
    campaign("reference", "good", cases=12)
    before = kept_in(tmp_path / "out")
    for case in (tmp_path / "out").glob("cases/*/*.wast"):
        case.unlink()
    check(tmp_path / "out", repair=True)
    campaign("reference", "good", cases=12)
    assert kept_in(tmp_path / "out") == before


@pytest.fixture
def keeping(tmp_path: Path) -> Iterator[Keeping]:
    with Store.writing(tmp_path / "out") as store:
        run = store.begin_run(RunKey(1, (), "guarded", "", "0"), ("a", "b"))
        store.add(run, 0, 16, Counts(cases=16, features={"a": Seen(1, 3, 3), "b": Seen(2, 9, 10)}))
        yield Keeping(store, run)


def test_a_case_is_asked_for_once_at_a_time(keeping: Keeping) -> None:
    task = keeping.next_of_all()
    assert task == Keep((3, 9)) and keeping.next_of_all() is None and not keeping.waiting()
    keeping.take(Kept(((3, "(component)"),)))
    keeping.done(task)
    assert keeping.waiting() and keeping.next_of_all() == Keep((9,)), "told to stop before it came to 9"


def test_a_case_that_cannot_be_made_is_given_up(keeping: Keeping) -> None:
    for _ in range(ATTEMPTS):
        task = keeping.next_of_all()
        assert task is not None
        keeping.worker_lost(task)
    assert keeping.next_of_all() is None and not keeping.waiting()


def test_it_is_asked_for_now_and_then_only(keeping: Keeping) -> None:
    assert keeping.next() is None


def test_the_script_is_the_case(campaign: Campaign, tmp_path: Path) -> None:
    campaign("reference", "good", cases=6, source="generators.families:swarm")
    stream = CaseStream(swarm, 7)
    for number, wast in kept_in(tmp_path / "out").items():
        assert from_wast(wast).blueprint == stream(number)
