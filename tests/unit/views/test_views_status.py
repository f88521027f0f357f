"""`factfuzz status`: what a store tells of a campaign."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest
from view_stores import BEGAN, KEY, MIB, NASTY, night, written

from fuzz.cli import run
from fuzz.store.records import Death, KnownCheck, Sample, Seen
from fuzz.store.store import Store
from fuzz.views.pace import clock_jump, memory_of, pace_of
from fuzz.views.status import Status, status_of
from fuzz.views.status_text import status_lines

NOW = BEGAN + 120 + 3600
DONUT, LENT = "wasmtime-donut-reentrance", "wasmtime-lent-before-type"


def status_at(path: Path) -> Status:
    with Store.reading(path) as store:
        return status_of(store, "night")


def sample(seconds: float, cases: int, wall: float | None = None, *workers: int) -> Sample:
    return Sample("s", seconds, BEGAN + seconds if wall is None else wall, cases, 0, 0, 0, 0, 0, 0, 40, workers, 0.0)


def test_a_night_in_words(tmp_path: Path) -> None:
    lines = status_lines(status_at(night(tmp_path / "night")), NOW)
    assert lines[:2] == [
        "night: ended (its time was up) after 2 min, 1 h ago",
        "  seed 7; reference 0.1.0, native 50.0.1; factfuzz 0.1.0",
    ]
    shown = "\n".join(lines)
    for text in ("6,000 cases, 12,000 calls", "50.0/s at the start, 50.0/s at the end, 50.0/s on average",
                 "2 of 4 seen, 50%", "4: engine wrong 2, crash 1, hang 1", "1 flaky, 1 not minimised yet, 1 not",
                 "2 times: native: eh?", "supervisor:     40 MiB at first, 42 MiB at last, 42 MiB at most",
                 "all workers:    420 MiB", "host-a: 2 min, 2 workers, 6,000 cases; its time was up",
                 "factfuzz findings night", "factfuzz report night"):
        assert text in shown
    assert max(map(len, lines)) <= 120


def test_a_campaign_that_runs_and_one_that_was_killed(tmp_path: Path) -> None:
    path = tmp_path / "night"
    with written(path) as w:
        w.session("old", began=BEGAN - 9000, seconds=600.0, cases=100)
        w.session("new", host=socket.gethostname(), pid=os.getpid())
        for second in range(61):
            w.sample(second, 10 * min(second, 30) + 40 * max(0, second - 30), "new")
        w.cases(0, 1500)
        w.store.flush()
        running = status_at(path)
        assert running.running and [s.state for s in running.sessions] == ["killed", "running"]
        lines = status_lines(running, BEGAN + 61)
        assert lines[0] == (f"night: running for 60 s, 2 workers, process {os.getpid()} on {socket.gethostname()}")
        assert "10.0/s at the start, 40.0/s lately, 25.0/s on average, 40.0/s now" in "\n".join(lines)
        assert "last written 10 min ago" in status_lines(running, BEGAN + 660)[0]
    killed = status_at(path)
    assert not killed.running and [s.state for s in killed.sessions] == ["killed", "killed"]
    assert status_lines(killed, BEGAN + 120)[0] == (
        "night: killed after 60 s, last written 60 s ago; 'factfuzz fuzz --out night' goes on"
    )


def test_a_store_in_which_nothing_happened(tmp_path: Path) -> None:
    with written(tmp_path / "night") as w:
        w.store.flush()
        status = status_at(tmp_path / "night")
        assert status_lines(status, NOW)[0] == "night: being written, nothing done yet"
        assert "  findings  none" in status_lines(status, NOW)
        w.session(ended="error: no space left")
        w.cases(0, 1)
    assert status_lines(status_at(tmp_path / "night"), NOW)[0].startswith("night: ended (error: no space left) after 0")


def test_known_differences(tmp_path: Path) -> None:
    with written(tmp_path / "night") as w:
        w.cases(0, 10, known={DONUT: Seen(5, 1, 9), "gone-from-here": Seen(1, 1, 1)})
        w.store.set_known_check(KnownCheck(w.run, LENT, "agrees"))
        w.store.set_known_check(KnownCheck(w.run, DONUT, "differs"))
    status = status_at(tmp_path / "night")
    by_id = {known.id: known for known in status.known}
    assert [k.id for k in status.known][:2] == [DONUT, "gone-from-here"], "most cases first"
    assert by_id[DONUT].cases == 5 and by_id[DONUT].title.startswith("A component may be entered again")
    assert [k.id for k in status.known if k.no_longer] == [LENT]
    shown = "\n".join(status_lines(status, NOW))
    assert "5 cases  A component may be entered again" in shown
    assert f"({LENT})" in shown.partition("no longer occurs")[2]
    assert LENT not in shown.partition("not seen:")[2] and "wasmtime-self-call" in shown.partition("not seen:")[2]


def test_only_known_differences_that_could_have_shown_are_told(tmp_path: Path) -> None:
    free = msgspec.structs.replace(KEY, reentrance="free")
    other = msgspec.structs.replace(KEY, engines=(("reference", "0.1.0"), ("native", "99.0")))
    for name, key in (("free", free), ("other", other)):
        with written(tmp_path / name, key) as w:
            w.cases(0, 10)
    assert DONUT not in {k.id for k in status_at(tmp_path / "free").known}
    assert LENT in {k.id for k in status_at(tmp_path / "free").known}
    assert status_at(tmp_path / "other").known == ()


def test_deaths_say_what_became_of_them(tmp_path: Path) -> None:
    with written(tmp_path / "night") as w:
        finding = w.finding("crash native", "crash")
        for number in range(6):
            w.store.add_death(Death("s1", 1, BEGAN + number, "killed by SIGKILL", number, "", "from outside"))
        w.store.add_death(Death("s1", 0, BEGAN + 60, "killed by SIGSEGV", 40, "crash native"))
        w.store.add_death(Death("s1", 0, BEGAN + 61, NASTY, None))
    lines = status_lines(status_at(tmp_path / "night"), BEGAN + 120)
    (first,) = (i for i, line in enumerate(lines) if "8 workers lost" in line)
    assert "killed by SIGKILL 6, killed by SIGSEGV 1" in lines[first]
    assert lines[first + 1].strip() == "117 s ago, worker 1 killed by SIGKILL on case 3: from outside"
    assert lines[first + 4].strip() == f"60 s ago, worker 0 killed by SIGSEGV on case 40: {finding.name}"
    assert lines[first + 5].strip().startswith("59 s ago") and "\x1b" not in "\n".join(lines)


def test_the_pace_leaves_out_the_start_of_workers_and_what_comes_after_the_last_case() -> None:
    points = [(0, 0), (2, 0), (4, 100), (20, 900), (100, 4900), (110, 5300), (120, 5700), (300, 5700)]
    pace = pace_of([sample(seconds, cases) for seconds, cases in points])
    assert pace.average == 5700 / 118
    assert pace.start == 50.0 and pace.end == 40.0 and pace.now == 0.0
    assert pace_of([]).average is None and pace_of([sample(0, 0), sample(9, 0)]).start is None
    sparse = pace_of([sample(60 * i, 3000 * i) for i in range(200)])
    assert sparse.start == sparse.end == sparse.now == 50.0, "also with a sample a minute"


def test_memory_is_looked_at_from_the_first_case_on() -> None:
    samples = [sample(0, 0, None, 1, 1), sample(1, 5, None, 10, 20), sample(2, 9, None, 50, 10),
               sample(3, 9, None, 20, 20)]
    memory = memory_of(samples[::-1])
    assert [(r.first, r.last, r.highest) for r in memory.values()] == [(40, 40, 40), (30, 40, 60), (20, 20, 50)]
    assert list(memory) == ["supervisor", "all workers", "largest worker"]
    assert "all workers" not in memory_of([sample(0, 0)])


def test_clocks_that_jump(tmp_path: Path) -> None:
    assert clock_jump(BEGAN, [sample(s, 0, BEGAN + s * 1.0001) for s in range(0, 30000, 60)]) == 0, "drift is no jump"
    assert clock_jump(BEGAN, [sample(10, 0), sample(20, 0, BEGAN + 20 - 3600)]) == -3600
    assert clock_jump(BEGAN, [sample(20, 0, BEGAN + 20 + 7200), sample(10, 0)]) == 7200
    with written(tmp_path / "night") as w:
        w.session(seconds=100.0)
        w.sample(50, 100)
        w.sample(100, 200, wall=BEGAN + 100 - 7200)
        w.cases(0, 200)
    lines = status_lines(status_at(tmp_path / "night"), BEGAN - 7000)
    assert lines[0].startswith("night: killed after 100 s, last written 100 s ago")
    assert any("killed; its clock was moved back by 2 h" in line for line in lines)
    assert "ahead of this machine's clock" in status_lines(status_at(tmp_path / "night"), BEGAN - 90_000)[0]


def test_the_command(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    one, two = night(tmp_path / "one"), night(tmp_path / "two")
    assert run(["status", str(one), str(two)]) == 0
    blocks = capsys.readouterr().out.split("\n\n")
    assert [block.partition(":")[0] for block in blocks] == [str(one), str(two)]
    assert run(["status", str(one), "--json"]) == 0
    (document,) = json.loads(capsys.readouterr().out)["campaigns"]
    assert document["cases"] == 6000 and document["kinds"] == {"engine wrong": 2, "crash": 1, "hang": 1}
    assert document["sessions"][0]["pace"]["end"] == 50.0
    assert document["sessions"][0]["memory"]["supervisor"] == {"first": 40 * MIB, "last": 42 * MIB, "highest": 42 * MIB}


@pytest.mark.parametrize("arguments", [["status"], ["status", "nowhere"], ["status", "."]])
def test_bad_usage_is_one_line(
    arguments: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert run(arguments) == 2
    out, err = capsys.readouterr()
    assert out == "" and len(err.splitlines()) == 1 and list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("command", ["status", "status --json"])
def test_no_engine_is_loaded(tmp_path: Path, command: str) -> None:
    path = night(tmp_path / "night")
    code = ("import sys\nfrom fuzz.cli import run\n"
            f"run([*{command.split()!r}, {str(path)!r}])\n"
            "print(sorted({m.partition('.')[0] for m in sys.modules}"
            " & {'wasmtime', 'hypothesis', 'generators', 'rich', 'jinja2', 'multiprocessing', 'psutil'}))")
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    assert ran.stdout.splitlines()[-1] == "[]"


def test_findings_that_became_known_are_counted_apart(tmp_path: Path) -> None:
    with written(tmp_path / "night") as w:
        old = w.finding("call reference+compiled=trapped:cannot-leave | native=returned; rule x")
        features = ("trap: cannot-leave by adapter in post-return",)
        w.store.set_finding(msgspec.structs.replace(old, features=features))
        w.finding("call other", wast="(component)")
        w.cases(0, 10)
    status = status_at(tmp_path / "night")
    assert (status.findings, status.known_by_now, status.kinds) == (1, 1, {"engine wrong": 1})
    assert any("1 more that became known since" in line for line in status_lines(status, NOW))
