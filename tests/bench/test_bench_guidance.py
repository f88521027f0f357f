"""The comparison of ways to make cases: its statistics, its tables, and trials of a few seconds."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import xml.etree.ElementTree as ElementTree
from dataclasses import dataclass
from math import inf
from pathlib import Path

import msgspec
import pytest
from click.testing import CliRunner
from guidance import main
from guidance_driver import missing, run_all
from guidance_faults import BY_NAME, HIDDEN
from guidance_stats import (
    a12,
    by_arm,
    compared,
    curve,
    holm,
    mean_over_time,
    measures,
    quartiles,
    reached,
    time_to,
    u_test,
    without_looking,
)
from guidance_table import as_json, as_markdown, as_svg, as_text
from guidance_trial import Event, Trial, read_trials, sources, trial_path

from fuzz.script import from_wast


def trial(arm: str, seed: int, features: tuple[float, ...], faults: tuple[float, ...] = (), **more: object) -> Trial:
    """Of ten seconds; *features* and *faults* are when they were met."""
    fields: dict[str, object] = {
        "arm": arm, "seed": seed, "seconds": 10.0, "cpu": 10.0, "wall": 11.0, "cases": 100, "valid": 99, "disagreed": 0,
        "features": tuple(Event(f"feature {i}", at, i) for i, at in enumerate(features)),
        "faults": tuple(Event(HIDDEN[i], at, i) for i, at in enumerate(faults)),
        "shares": {"run": 5.0, "faults": 3.0, "keep": 1.0}, "sources": {"shared": "a", "guided": "b"},
        "versions": {}, "memory": 1 << 27,
    }
    return msgspec.convert(fields | more, Trial)


# -- statistics


def test_a12_of_examples_worked_out_by_hand() -> None:
    assert a12([1, 2, 3], [4, 5, 6]) == 0.0
    assert a12([4, 5, 6], [1, 2, 3]) == 1.0
    assert a12([7, 7], [7, 7]) == 0.5
    # 1 beats nothing and ties once; 3 beats 1 and 2, ties with 3; 5 beats all three: 0.5 + 2.5 + 3 of 9
    assert a12([1, 3, 5], [1, 2, 3]) == pytest.approx(6 / 9)


def test_u_of_examples_worked_out_by_hand() -> None:
    # the tortoise and the hare: U is 11 for the tortoises, 25 for the hares
    order = "THHHHHTTTTTH"
    tortoises = [12 - i for i, who in enumerate(order) if who == "T"]
    hares = [12 - i for i, who in enumerate(order) if who == "H"]
    assert u_test(tortoises, hares)[0] == 11
    assert u_test(hares, tortoises)[0] == 25
    # apart entirely, three and three: one order in twenty on either side
    assert u_test([1, 2, 3], [4, 5, 6]) == pytest.approx((0, 0.1))
    assert u_test([1, 3, 5], [1, 2, 3])[0] == 6


def test_arms_that_are_the_same_do_not_differ() -> None:
    assert u_test([5, 5, 5], [5, 5]) == (3, 1.0)
    assert u_test([inf, inf], [inf, inf]) == (2, 1.0)


def test_what_was_never_reached_ranks_last() -> None:
    assert u_test([1, 2, inf], [3, 4, inf])[0] == 0.5 + 2
    assert a12([inf, inf], [3.0, inf]) == pytest.approx(3 / 4)


def test_holm_never_lets_a_larger_p_overtake_a_smaller_one() -> None:
    assert holm([0.01, 0.04, 0.03]) == pytest.approx([0.03, 0.06, 0.06])
    assert holm([0.6, 0.7]) == [1.0, 1.0]
    assert holm([]) == []


def test_quartiles() -> None:
    assert quartiles([1, 2, 3, 4, 5]) == (2, 4)
    assert quartiles([4, 1]) == (1.75, 3.25)
    assert quartiles([3]) == (3, 3)
    assert quartiles([1, 2, inf, inf, inf]) == (2, inf)


def test_a_trial_as_a_curve() -> None:
    events = trial("random", 1, (1.0, 1.0, 4.0, 9.0)).features
    assert [reached(events, at) for at in (0.5, 1.0, 8.9, 10)] == [0, 2, 3, 4]
    # two features for nine seconds, one for six, one for one
    assert mean_over_time(events, 10) == pytest.approx((9 + 9 + 6 + 1) / 10)
    assert [time_to(events, number) for number in (1, 2.1, 3, 4, 4.1)] == [1.0, 4.0, 4.0, 9.0, inf]


def test_the_time_is_that_to_nine_tenths_of_what_the_best_arm_reaches() -> None:
    trials = [trial("random", 1, tuple(range(1, 6))), trial("random", 2, tuple(range(1, 8))),
              *(trial("swarm", seed, tuple(i / 2 for i in range(10))) for seed in (1, 2))]
    arms = by_arm(trials, ("swarm",))
    assert list(arms) == ["swarm", "random"]
    times = compared(arms, measures(arms)[2])
    assert times.measure.name == "CPU seconds to 9 features"
    assert times.values == {"swarm": (4.0, 4.0), "random": (inf, inf)}
    assert times.pairs[0].a12 == 1.0, "less time is better"
    at_end = compared(arms, measures(arms)[0])
    assert at_end.medians() == {"swarm": 10, "random": 6}
    assert curve(arms["random"], lambda t: t.features, [0, 5.5, 10]) == [0, 5, 6]


def test_a_clock_that_stands_still_while_faults_are_looked_for() -> None:
    slow, quick = trial("features", 1, (1.0, 5.0, 9.5)), trial("random", 1, (1.0, 5.0, 9.5))
    slow = msgspec.structs.replace(slow, shares={"faults": 4.0}, features=tuple(
        msgspec.structs.replace(event, looking=looking)
        for event, looking in zip(slow.features, (0.0, 2.0, 4.0), strict=True)))
    quick = msgspec.structs.replace(quick, shares={"faults": 0.5})
    moved = without_looking([slow, quick])
    assert [t.seconds for t in moved] == [6.0, 6.0], "ten seconds, four of them looking"
    assert [[e.cpu for e in t.features] for t in moved] == [[1.0, 3.0, 5.5], [1.0, 5.0]]


# -- tables

ARMS = by_arm([
    *(trial("random", seed, tuple(i / 10 for i in range(40 + seed)), (5.0,)) for seed in range(1, 11)),
    *(trial("features", seed, tuple(i / 10 for i in range(80 + seed)), (1.0, 2.0, 3.0)) for seed in range(1, 11)),
])


def test_text_says_who_is_better() -> None:
    text = as_text(ARMS)
    (line,) = [line for line in text.splitlines() if line.lstrip().startswith("features at the end") and "0.00" in line]
    assert line.split("   ")[-1].strip() == "atheris with features is better"
    assert "45.5   85.5   0" in " ".join(line.split()).replace(" ", "   ")
    assert "1e-05" in line, "two of 184,756 orders"
    assert "WARNING" not in text
    assert "99" in next(line for line in text.splitlines() if "valid, %" in line)


def test_markdown_is_whole_tables() -> None:
    lines = as_markdown(ARMS).splitlines()
    tables = [line.count(" | ") for line in lines if line.startswith("|")]
    assert len([line for line in lines if set(line) <= set("|-: ") and "-" in line]) == 5
    heads = [i for i, line in enumerate(lines) if line.startswith("|") and not lines[i - 1].startswith("|")]
    for head in heads:
        cells = lines[head].count(" | ")
        for row in lines[head:]:
            if not row.startswith("|"):
                break
            assert row.count(" | ") == cells, row
    assert tables
    assert f"| {HIDDEN[0]} | 10, 5.0 s | 10, 1.0 s |".replace("5.0", "5").replace("1.0", "1") in lines


def test_json_has_every_number() -> None:
    data = json.loads(as_json(ARMS))
    ends = data["measures"][0]
    assert ends["values"]["random"] == list(range(41, 51))
    assert ends["medians"] == {"random": 45.5, "features": 85.5}
    assert ends["pairs"][0]["u"] == 0
    assert ends["pairs"][0]["a12"] == 0.0
    assert data["measures"][2]["values"]["random"] == [None] * 10
    assert data["faults"]["features"] == {HIDDEN[i]: 10 for i in range(3)}
    assert data["curves"]["faults"]["random"][-1] == 1


def test_curves_are_drawn() -> None:
    root = ElementTree.fromstring(as_svg(ARMS))
    paths = [e.get("d") or "" for e in root.iter("{http://www.w3.org/2000/svg}path") if e.get("fill") == "none"]
    assert len(paths) == 4
    assert all(path.startswith("M") and path.count("L") == 120 for path in paths)


def test_what_is_amiss_is_said() -> None:
    trials = [trial("random", 1, (1.0,)), trial("random", 2, (1.0,), sources={"shared": "z", "guided": "b"}),
              trial("swarm", 1, (1.0,), disagreed=3)]
    text = as_text(by_arm(trials), 400)
    assert "different versions of the shared code: a, z" in text
    assert "arms do not have the same number of trials" in text
    assert "In 3 cases" in text


def test_trials_of_different_lengths_are_not_compared(tmp_path: Path) -> None:
    for seed, seconds in enumerate((10.0, 20.0), 1):
        made = trial("random", seed, (1.0,), seconds=seconds)
        trial_path(tmp_path, "random", seed).write_bytes(msgspec.json.encode(made))
    done = CliRunner().invoke(main, ["table", str(tmp_path)])
    assert done.exit_code == 2
    assert "10, 20" in done.output


def test_no_trials_no_table(tmp_path: Path) -> None:
    assert CliRunner().invoke(main, ["table", str(tmp_path)]).exit_code == 2
    (tmp_path / "random-1.json").write_text("{}")
    done = CliRunner().invoke(main, ["table", str(tmp_path)])
    assert done.exit_code == 2
    assert "random-1.json is no trial" in done.output


# -- the driver


@dataclass
class Started:
    """A process that writes a trial, or, the first so many times, dies."""

    deaths: dict[tuple[str, int], int]
    begun: list[tuple[str, int]]

    def __call__(self, arm: str, seed: int, out: Path) -> subprocess.Popen[bytes]:
        self.begun.append((arm, seed))
        dies = self.begun.count((arm, seed)) <= self.deaths.get((arm, seed), 0)
        if not dies:
            trial_path(out, arm, seed).write_bytes(msgspec.json.encode(trial(arm, seed, (1.0,))))
        return subprocess.Popen([sys.executable, "-S", "-c", f"raise SystemExit({int(dies)})"])


def test_arms_take_turns_and_what_is_done_is_not_done_again(tmp_path: Path) -> None:
    trial_path(tmp_path, "swarm", 1).write_bytes(msgspec.json.encode(trial("swarm", 1, (2.0,))))
    started = Started({}, [])
    assert run_all(["random", "swarm"], 2, tmp_path, 2, started, lambda line: None, 0.01) == []
    assert started.begun == [("random", 1), ("random", 2), ("swarm", 2)]
    assert list(missing(["random", "swarm"], 3, tmp_path)) == [("random", 3), ("swarm", 3)]
    assert [(t.arm, t.seed, t.features[0].cpu) for t in read_trials(tmp_path)] == [
        ("random", 1, 1.0), ("random", 2, 1.0), ("swarm", 1, 2.0), ("swarm", 2, 1.0)]


def test_a_trial_that_dies_begins_again_but_not_for_ever(tmp_path: Path) -> None:
    started = Started({("random", 1): 1, ("random", 2): 99}, [])
    lines: list[str] = []
    assert run_all(["random"], 3, tmp_path, 1, started, lines.append, 0.01) == [("random", 2)]
    assert started.begun == [("random", n) for n in (1, 1, 2, 2, 2, 3)]
    assert sum("status 1" in line for line in lines) == 4


# -- trials


def test_hidden_faults_are_faults_and_need_no_native_engine() -> None:
    assert len(set(HIDDEN)) == len(HIDDEN) == 43
    assert all(BY_NAME[name].hunt.others != ("native",) for name in HIDDEN)


def test_sources_tell_what_guides_from_the_rest(tmp_path: Path) -> None:
    for name in ("fact/a.py", "fuzz/guided/b.py"):
        (tmp_path / name).parent.mkdir(parents=True)
        (tmp_path / name).write_text("1")
    before = sources(tmp_path)
    (tmp_path / "fuzz/guided/b.py").write_text("2")
    after = sources(tmp_path)
    assert after["shared"] == before["shared"]
    assert after["guided"] != before["guided"]


def started(arm: str, out: Path, seconds: float) -> Trial:
    command = [sys.executable, str(Path(__file__).with_name("guidance.py")), "trial", "--arm", arm, "--seed", "7",
               "--seconds", str(seconds), "--out", str(out)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, env={**os.environ})
    assert done.returncode == 0, done.stderr
    (found,) = [trial for trial in read_trials(out) if trial.arm == arm]
    return found


@pytest.mark.parametrize(("arm", "seconds"), [("random", 2.0), ("swarm", 2.0), ("features", 3.0)])
def test_a_short_trial(arm: str, seconds: float, tmp_path: Path) -> None:
    if arm == "features":
        pytest.importorskip("atheris")
    done = started(arm, tmp_path, seconds)
    assert done.seconds <= done.cpu < done.seconds + 3
    assert done.cases >= done.valid > 0
    assert done.valid >= 0.9 * done.cases
    times = [event.cpu for event in done.features]
    assert times == sorted(times)
    assert times[0] > 0
    assert times[-1] < seconds
    assert len({event.name for event in done.features}) == len(times) > 50
    kept = sorted((tmp_path / "corpus" / f"{arm}-7").glob("*.wast"))
    assert [int(path.stem) for path in kept] == sorted({event.case for event in done.features})
    first = from_wast(kept[0].read_text())
    assert first.blueprint is not None
    assert set(first.origin.features) >= {event.name for event in done.features if event.case == int(kept[0].stem)}
    assert sum(done.shares.values()) < done.cpu
