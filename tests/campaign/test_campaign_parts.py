"""The journal, the allotment of cases, the desk where findings lie, what workers died of."""

from __future__ import annotations

import multiprocessing
import os
import signal
from collections.abc import Iterator
from pathlib import Path
from time import perf_counter

import pytest

from fuzz.campaign.allotment import Allotment
from fuzz.campaign.clock import LONGEST_TICK, Stopwatch
from fuzz.campaign.config import CampaignConfig
from fuzz.campaign.desk import CHECKS, Desk
from fuzz.campaign.journal import CAPACITY, Journal, JournalReader, State, new_journal
from fuzz.campaign.losses import RERUNS, Loss, Rerun
from fuzz.campaign.messages import (
    Check,
    Checked,
    Minimise,
    Minimised,
    RerunCase,
    RunCases,
    Shown,
    Survived,
    receive_in_supervisor,
    send,
)
from fuzz.errors import UsageError
from fuzz.files import write_atomically
from fuzz.processes import how_ended
from fuzz.store.intervals import Intervals
from fuzz.store.names import finding_name
from fuzz.store.records import Finding, RunKey
from fuzz.store.store import Store
from fuzz.triage.records import Verdict


def _die_in_the_middle(path: Path) -> None:
    new_journal(path)
    journal = Journal(path)
    journal.making(6)
    journal.running(7, b"x" * 5000)
    journal.engine(2)
    os.kill(os.getpid(), signal.SIGKILL)


def test_the_journal_names_the_case_of_a_process_that_was_killed(tmp_path: Path) -> None:
    process = multiprocessing.get_context("spawn").Process(target=_die_in_the_middle, args=(tmp_path / "j",))
    process.start()
    process.join()
    assert process.exitcode == -signal.SIGKILL
    entry = JournalReader(tmp_path / "j").entry()
    assert (entry.state, entry.number, entry.engine, entry.blueprint) == (State.RUNNING, 7, 2, b"x" * 5000)


def test_the_journal_while_it_is_written(tmp_path: Path) -> None:
    reader = new_journal(tmp_path / "j")
    journal = Journal(tmp_path / "j")
    assert reader.progress() == (0, State.IDLE)
    journal.making(3)
    assert reader.progress() == (1, State.MAKING) and reader.entry().engine is None
    journal.running(3, b"a longer one")
    journal.running(4, b"short", State.MINIMISING)
    assert reader.progress() == (3, State.MINIMISING) and reader.entry().blueprint == b"short"
    journal.running(5, b"x" * CAPACITY)
    assert (reader.entry().number, reader.entry().blueprint) == (5, b""), "too long, but the case is still named"
    journal.idle()
    new_journal(tmp_path / "j")
    assert reader.progress()[0] == 4, "a successor's journal is another file"
    os.truncate(tmp_path / "j", 0)
    assert JournalReader(tmp_path / "j").progress() == (0, State.IDLE)
    assert reader.progress()[1] is State.IDLE


def test_writing_the_journal_takes_microseconds(tmp_path: Path) -> None:
    new_journal(tmp_path / "j")
    journal = Journal(tmp_path / "j")
    blueprint = b"x" * 4000
    best = min(_seconds(journal, blueprint) for _ in range(5))
    assert best < 20e-6


def _seconds(journal: Journal, blueprint: bytes) -> float:
    began = perf_counter()
    for number in range(1000):
        journal.running(number, blueprint)
    return (perf_counter() - began) / 1000


def test_every_case_is_handed_out_once() -> None:
    done = Intervals.of([(0, 3), (20, 40), (95, 98)])
    allotment = Allotment(100, done)
    taken: list[int] = []
    returned = False
    while (task := allotment.take()) is not None:
        assert task.first // 16 == (task.end - 1) // 16, "of one block"
        end = task.end
        if not returned and task.first > 30:
            allotment.give_back(task.first + 3, end)
            returned, end = True, task.first + 3
        taken.extend(range(task.first, end))
    assert sorted(taken) == [n for n in range(100) if n not in done] and allotment.exhausted
    assert not Allotment(None, done).exhausted and Allotment(0, done).exhausted
    assert Allotment(2, done).exhausted and Allotment(40, Intervals.of([(0, 400)])).exhausted


def test_what_a_dead_worker_left_comes_first() -> None:
    allotment = Allotment(None, Intervals())
    assert [allotment.take() for _ in range(3)] == [RunCases(0, 16), RunCases(16, 32), RunCases(32, 48)]
    allotment.give_back(40, 48)
    allotment.give_back(5, 5)
    allotment.give_back(6, 16)
    assert [allotment.take() for _ in range(3)] == [RunCases(6, 16), RunCases(40, 48), RunCases(48, 64)]


# -- the desk


VERDICT = Verdict("engine wrong", "they differ", (), "native")


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store.writing(tmp_path / "store") as opened:
        yield opened


class _Desk(Desk):
    """One with a store of its own run."""

    def __init__(self, store: Store, seed: int = 9) -> None:
        self.run = store.begin_run(RunKey(seed, (("native", "1"),), "guarded", "m:s", "0"), ())
        super().__init__(store, CampaignConfig(seed=seed, workers=1, minimise_seconds=5.0), self.run)


def shown(signature: str = "call a=returned | b=trapped", number: int = 12, size: int = 9, wast: str = "") -> Shown:
    return Shown(signature, number, VERDICT, wast or f"(component) ;; {number} {size}\n", (size,), b"{}", ("x",))


def path_of(store: Store, shown: Shown) -> str:
    return str(store.case_path(store.keep_case(shown.wast)))


def only(store: Store) -> Finding:
    (finding,) = store.findings()
    return finding


def test_a_finding_is_written_once_and_the_smallest_case_is_kept(store: Store) -> None:
    desk = _Desk(store)
    first = desk.add(shown())
    assert first is not None and store.case_text(first.original.sha) == "(component) ;; 12 9\n"
    assert desk.add(shown(number=15)) is None and desk.add(shown(number=16, size=30)) is None
    assert (only(store).smallest.number, only(store).smallest.size) == (12, (9,))
    assert desk.add(shown(number=17, size=4)) is None
    assert (only(store).original, only(store).smallest.number) == (first.original, 17)
    assert desk.waiting() == 1
    store.flush()
    assert [p.read_text() for p in (store.path / "findings").iterdir()] == ["(component) ;; 17 4\n"]


def test_a_finding_is_minimised_and_then_checked(store: Store) -> None:
    desk = _Desk(store)
    desk.add(shown())
    signature = shown().signature
    assert desk.next_check() is None, "not before it is minimised"
    task = desk.next_minimise(0.0)
    assert isinstance(task, Minimise)
    assert (task.signature, task.number, Path(task.path).read_text()) == (signature, 12, "(component) ;; 12 9\n")
    assert desk.next_minimise_of_all() is None, "somebody is at it"
    better = shown(size=3)
    told = desk.take_minimised(Minimised(signature, better, 10, 1.0, done=False))
    assert told is not None and (told.smallest.size, told.smallest.reduced, told.minimised) == ((3,), True, False)
    assert desk.take_minimised(Minimised(signature, None, 20, 2.0, done=False)) is None
    assert desk.take_minimised(Minimised(signature, shown(size=5), 20, 2.0, done=True)) is not None
    assert (only(store).smallest.size, only(store).minimised, desk.waiting()) == ((3,), True, 1)
    assert only(store).original.size == (9,)
    sha = only(store).smallest.sha
    assert desk.next_check() == Check(signature, 12, sha, path_of(store, better), CHECKS)
    assert desk.next_check() is None and desk.next_minimise_of_all() is None
    assert desk.take_checked(Checked(signature, sha, 1, 1)) is None, "it was broken off"
    assert desk.next_check() is not None, "so it is begun again"
    finding = desk.take_checked(Checked(signature, sha, CHECKS, CHECKS))
    assert finding is not None and (finding.flaky, desk.waiting(), desk.next_check()) == (False, 0, None)


def test_where_the_smallest_case_does_not_show_again_the_original_is_checked(store: Store) -> None:
    desk = _Desk(store)
    signature = shown().signature
    desk.add(shown())
    assert desk.next_minimise_of_all() is not None
    desk.take_minimised(Minimised(signature, shown(size=3), 10, 1.0, done=True))
    for size in (3, 9):
        check = desk.next_check()
        assert check is not None and Path(check.path).read_text() == shown(size=size).wast
        desk.take_checked(Checked(signature, check.sha, 0 if size == 3 else CHECKS, CHECKS))
    assert (only(store).smallest.size, only(store).flaky, desk.waiting()) == ((9,), False, 0)
    again = _Desk(store)
    assert again.waiting() == 0, "what was done is not done again in the next session"


def test_a_finding_that_does_not_show_again_is_flaky(store: Store) -> None:
    desk = _Desk(store)
    desk.add(shown())
    assert desk.next_minimise_of_all() is not None
    desk.take_minimised(Minimised(shown().signature, None, 1, 1.0, done=True))
    check = desk.next_check()
    assert check is not None
    desk.take_checked(Checked(check.signature, check.sha, CHECKS - 1, CHECKS))
    assert (only(store).flaky, desk.waiting()) == (True, 0)


def test_a_task_whose_worker_dies(store: Store) -> None:
    desk = _Desk(store)
    desk.add(shown())
    for _ in range(2):
        task = desk.next_minimise_of_all()
        assert task is not None
        desk.worker_lost(task, from_outside=True)
        assert not only(store).minimised, "somebody killed it: it is tried again"
    task = desk.next_minimise_of_all()
    assert task is not None
    desk.worker_lost(task, from_outside=False)
    assert only(store).minimised, "a case that kills its worker is left as it is"
    check = desk.next_check()
    assert check is not None
    desk.given_back(check)
    assert desk.next_check() == check
    desk.worker_lost(check, from_outside=False)
    assert only(store).flaky and desk.waiting() == 0


def test_minimising_gets_a_share_of_the_time(store: Store) -> None:
    desk = _Desk(store)
    for i in range(3):
        desk.add(shown(f"call {i}"))
    assert desk.next_minimise(0.0) is not None
    assert desk.next_minimise(1000.0) is None, "one worker of one is enough"
    desk.take_minimised(Minimised("call 0", None, 1, 50.0, done=True))
    assert desk.next_minimise(100.0) is None, "a quarter of 100 s, and 10 s, are spent"
    assert desk.next_minimise(200.0) is not None


def test_findings_of_another_run_are_left_alone(store: Store) -> None:
    _Desk(store).add(shown())
    desk = _Desk(store, 10)
    assert (desk.waiting(), desk.next_minimise_of_all(), desk.next_check()) == (0, None, None)
    assert desk.add(shown(number=3)) is None
    desk.add(shown(number=4, size=2))
    assert (only(store).original.number, only(store).smallest.run, desk.waiting()) == (12, desk.run, 1)


def test_names_of_findings() -> None:
    name = finding_name("call reference+compiled=trapped:cannot-enter | native=returned")
    assert name.startswith("call-cannot-enter-vs-returned-")
    assert name != finding_name("call reference=trapped:cannot-enter | native=returned")
    assert finding_name("crash native killed by SIGSEGV").startswith("crash-")
    hostile = finding_name("call a=crashed:../../etc/passwd\0 | b=returned")
    assert "/" not in hostile and "\0" not in hostile and ".." not in hostile


def test_an_interrupted_write_leaves_what_was_there(tmp_path: Path) -> None:
    path = tmp_path / "f"
    path.write_bytes(b"old")
    with pytest.raises(TypeError):
        write_atomically(path, "no bytes")  # type: ignore[arg-type]
    assert path.read_bytes() == b"old" and list(tmp_path.iterdir()) == [path]


def test_a_worker_that_sends_nonsense_is_as_good_as_gone() -> None:
    ours, theirs = multiprocessing.Pipe()
    with ours, theirs:
        send(theirs, Survived())
        assert receive_in_supervisor(ours) == Survived()
        for nonsense in (b"", b"\xc1", b"\x81\xa4type\xa4none"):
            theirs.send_bytes(nonsense)
            with pytest.raises(EOFError):
                receive_in_supervisor(ours)


def test_how_a_process_died() -> None:
    assert [how_ended(c) for c in (-6, -99, 3)] == ["killed by SIGABRT", "killed by signal 99", "exited with status 3"]


def loss(*, from_outside: bool = False, over_time: bool = False, engine: str = "native") -> Loss:
    return Loss(0, engine, "killed by SIGABRT", "", from_outside, over_time)


def test_what_a_rerun_settles() -> None:
    again = Rerun(RerunCase(5), [loss(from_outside=True)])
    assert not again.settled and "killed from outside" in again.harmless
    for _ in range(RERUNS - 1):
        again.losses.append(loss(from_outside=True))
        assert not again.settled, "whoever did it may do it again"
    again.losses.append(loss(from_outside=True))
    assert again.settled, "so often, the case may be the reason"
    assert Rerun(RerunCase(5), [loss(from_outside=True), loss()]).settled
    assert not Rerun(RerunCase(5), [loss()]).settled
    assert Rerun(RerunCase(5), [loss()]).harmless == "", "a crash is a finding though it does not come again"
    assert "in time" in Rerun(RerunCase(5), [loss(over_time=True)]).harmless


def test_a_rerun_that_could_not_describe_its_case_names_it() -> None:
    found = Rerun(RerunCase(5), [loss(), loss(engine="factfuzz")]).shown(3)
    assert (found.verdict.kind, found.number) == ("our bug", 5)
    assert "Case 5 of seed 3" in found.wast and found.wast.endswith("(component)\n")


def test_a_pause_is_no_time_on_a_case(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [100.0]
    monkeypatch.setattr("fuzz.campaign.clock.monotonic", lambda: now[0])
    watch = Stopwatch()
    for seconds, expected in ((0.25, 0.25), (3600.0, 0.25 + LONGEST_TICK), (0.5, 0.75 + LONGEST_TICK)):
        now[0] += seconds
        assert watch.tick() == expected


def test_a_campaign_that_nobody_can_run() -> None:
    config = CampaignConfig(seed=1)
    for wrong in ({"workers": 0}, {"cases": -1}, {"seconds": 0.0}, {"seconds": float("inf")}, {"case_timeout": -1.0},
                  {"memory": 1 << 20}, {"minimise_share": 0.0}, {"minimise_share": 1.5}, {"engines": ()}):
        with pytest.raises(UsageError):
            CampaignConfig(**{"seed": 1, **wrong})  # type: ignore[arg-type]
    assert config.workers >= 1
