"""The journal, the allotment of cases, and files of findings."""

from __future__ import annotations

import json
import multiprocessing
import os
import signal
from pathlib import Path
from time import perf_counter

import pytest

from fuzz.campaign.allotment import Allotment
from fuzz.campaign.findings import Findings, finding_name
from fuzz.campaign.handle import death
from fuzz.campaign.journal import CAPACITY, Journal, JournalReader, State, new_journal
from fuzz.campaign.messages import RunCases
from fuzz.files import write_atomically


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
    journal.running(4, b"short", State.SHRINKING)
    assert reader.progress() == (3, State.SHRINKING) and reader.entry().blueprint == b"short"
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
    allotment = Allotment(100)
    taken: list[int] = []
    returned = False
    while (task := allotment.take()) is not None:
        assert isinstance(task, RunCases)
        end = task.end
        if not returned and task.first > 30:
            allotment.give_back(task.first + 3, end)
            returned, end = True, task.first + 3
        taken.extend(range(task.first, end))
    assert sorted(taken) == list(range(100)) and allotment.exhausted
    assert not Allotment(None).exhausted and Allotment(0).exhausted


def test_a_finding_is_written_once_and_counted(tmp_path: Path) -> None:
    findings = Findings(tmp_path, 9)
    first = findings.add("call a=returned | b=trapped:invalid-char", 12, "(component)", b'{"x": 1}')
    assert first is not None
    assert findings.add(first.signature, 5, "(other)", b"{}") is None
    assert findings.path(first).read_text() == "(component)"
    findings.replace(first.signature, "(shrunk)", b'{"x": 2}', 40)
    findings.write_counts()
    document = json.loads((tmp_path / f"{first.name}.json").read_text())
    assert findings.path(first).read_text() == "(shrunk)"
    expected = {"cases": 2, "first_case": 5, "case": 12, "shrunk": True, "shrink_steps": 40, "observed": {"x": 2}}
    assert expected.items() <= document.items()
    assert sorted(p.suffix for p in tmp_path.iterdir()) == [".json", ".wast"]


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


def test_how_a_process_died() -> None:
    assert [death(c) for c in (-6, -99, 3)] == ["killed by SIGABRT", "killed by signal 99", "exited with status 3"]


def test_a_later_campaign_keeps_what_an_earlier_one_found(tmp_path: Path) -> None:
    signature = "call a=returned | b=trapped:unreachable"
    for seed in (1, 2):
        Findings(tmp_path, seed).add(signature, 0, f";; seed {seed}", b"{}")
    scripts = sorted(tmp_path.glob("*.wast"))
    assert [p.read_text() for p in scripts] == [";; seed 2", ";; seed 1"]
    assert len(list(tmp_path.glob("*.json"))) == 2
