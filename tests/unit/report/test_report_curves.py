"""Time axis and curves: sessions behind each other or side by side, pauses, clocks put back, rates, ticks."""

from __future__ import annotations

import pytest
from msgspec.structs import replace
from report_samples import night

from fuzz.report.curves import POINTS, plots
from fuzz.report.drawing import draw
from fuzz.report.page import Gap, Plot
from fuzz.report.ticks import time_ticks, value_ticks
from fuzz.report.timeline import MOST_STRETCHES, Timeline, timeline
from fuzz.store.records import EngineCount, Sample, Session

ENGINES = ("reference", "compiled", "native")


def session(id: str, began: float, seconds: float, host: str = "h", run: str = "r") -> Session:
    return Session(id, run, host, 1, 2, began, seconds)


def sample(id: str, seconds: float, cases: int, features: int = 0, memory: tuple[int, ...] = (), own: int = 0,
           engines: dict[str, EngineCount] | None = None) -> Sample:
    return Sample(id, seconds, 0.0, cases, cases, features, 0, 0, 0, 0, own, memory, 0.0, engines or {})


def time_of(*sessions: Session, samples: dict[str, list[Sample]] | None = None) -> Timeline:
    return timeline(sessions, samples or {})


def spans(time: Timeline) -> dict[str, tuple[float, float]]:
    return {p.session.id: (p.begin, p.end) for p in time.placed}


def test_a_pause_takes_no_room_and_is_marked():
    time = time_of(session("a", 1000, 50), session("b", 5050, 30))
    assert spans(time) == {"a": (0, 50), "b": (50, 80)}
    assert time.gaps == (Gap(50, 4000),)
    assert time.stretches == ((0, 50), (50, 80))
    assert time.seconds == 80


def test_sessions_at_once_share_the_axis():
    time = time_of(session("a", 1000, 100), session("b", 1060, 100, "another"))
    assert spans(time) == {"a": (0, 100), "b": (60, 160)}
    assert time.gaps == ()


def test_a_clock_put_back_does_not_make_one_machine_two():
    time = time_of(session("a", 5000, 100), session("b", 5040, 100))
    assert spans(time) == {"a": (0, 100), "b": (100, 200)}


def test_a_killed_session_lasts_as_long_as_its_samples():
    time = time_of(session("a", 0, 10), samples={"a": [sample("a", 25, 1)]})
    assert spans(time) == {"a": (0, 25)}


def test_a_session_that_took_no_time_is_left_out():
    assert time_of(session("a", 0, 0)) == Timeline((), (), ())


def test_many_pauses_keep_the_longest_marks():
    time = time_of(*(session(f"s{i:03}", 1000 * i + i * i, 10) for i in range(100)))
    assert len(time.stretches) == MOST_STRETCHES
    assert min(gap.seconds for gap in time.gaps) > 990 + 2 * 59
    assert time.seconds == pytest.approx(1000)
    assert sum(map(len, time.buckets(POINTS))) <= 300


# -- curves


def drawn(time: Timeline, name: str, label: str) -> tuple[tuple[tuple[float, float], ...], ...]:
    plot = next(plot for plot in plots(time, ENGINES, 1000) if plot.name == name)
    return next(line.stretches for line in plot.lines if line.label == label)


def values(time: Timeline, name: str, label: str) -> list[list[float]]:
    return [[y for _, y in part] for part in drawn(time, name, label)]


def test_rates_are_cases_by_seconds_between_samples():
    samples = {"a": [sample("a", 10, 100), sample("a", 20, 500)]}
    time = time_of(session("a", 0, 20), samples=samples)
    assert drawn(time, "rates", "all engines, all workers") == (((0, 10), (5, 10), (15, 40), (20, 40)),)


def test_rates_of_machines_at_once_are_added():
    samples = {"a": [sample("a", 10, 100), sample("a", 20, 200)], "b": [sample("b", 10, 50), sample("b", 20, 100)]}
    time = time_of(session("a", 0, 20), session("b", 0, 20, "another"), samples=samples)
    assert set(values(time, "rates", "all engines, all workers")[0]) == {15}


def test_a_rate_is_that_of_the_time_that_samples_tell_of():
    """The session was killed before the last sample of its second half."""
    samples = {"a": [sample("a", 10, 100), sample("a", 15, 150)]}
    time = time_of(session("a", 0, 20), samples=samples)
    assert set(values(time, "rates", "all engines, all workers")[0]) == {10}


def test_a_rate_begins_anew_with_each_session():
    samples = {"a": [sample("a", 10, 100)], "b": [sample("b", 10, 30)]}
    time = time_of(session("a", 0, 10), session("b", 100, 10), samples=samples)
    assert [set(part) for part in values(time, "rates", "all engines, all workers")] == [{10}, {3}]


def test_an_engine_alone_is_cases_by_its_own_seconds():
    engines = {"native": EngineCount(100, 1.0, 0.5, 0.5)}
    time = time_of(session("a", 0, 10), samples={"a": [sample("a", 10, 100, engines=engines)]})
    assert set(values(time, "rates", "native alone")[0]) == {50}


def test_features_stay_over_a_pause():
    samples = {"a": [sample("a", 9, 1, 290), sample("a", 10, 1, 300)], "b": [sample("b", 5, 1, 310)]}
    time = time_of(session("a", 0, 10), session("b", 100, 10), samples=samples)
    first, second = drawn(time, "features", "seen")
    assert (first[0], first[-1]) == ((0, 0), (10, 300))
    assert (second[0], second[-1]) == ((10, 300), (20, 310))
    assert {y for part in drawn(time, "features", "possible") for _, y in part} == {1000}


def test_memory_is_the_most_of_each_stretch_and_of_all_machines():
    samples = {"a": [sample("a", s, 1, memory=(s * 10, 5), own=7) for s in range(1, 1001)],
               "b": [sample("b", s, 1, memory=(1,), own=2) for s in range(1, 1001)]}
    time = time_of(session("a", 0, 1000), session("b", 0, 1000, "another"), samples=samples)
    assert values(time, "memory", "all workers")[0][-1] == 10_000 + 5 + 1
    assert values(time, "memory", "all workers")[0][0] == 50 + 5 + 1
    assert set(values(time, "memory", "supervisor")[0]) == {9}


def test_memory_of_one_session_does_not_reach_into_the_next():
    """Wall-clock seconds have few digits behind the point."""
    one = session("a", 1795437054.933679, 14.797889524998027)
    two = session("b", 1795437078.1617708, 15.058917640999425)
    samples = {"a": [sample("a", 14.0, 1, memory=(900,))], "b": [sample("b", s, 1, memory=(5,)) for s in (1, 15)]}
    first, second = values(time_of(one, two, samples=samples), "memory", "all workers")
    assert (set(first), set(second)) == ({900}, {5})


def test_one_worker_is_not_told_of_twice():
    plot = plots(time_of(session("a", 0, 10), samples={"a": [sample("a", 5, 1, memory=(9,))]}), (), 1)[2]
    assert [line.label for line in plot.lines] == ["all workers", "supervisor"]


def test_eight_hours_have_less_than_300_points_and_a_short_table():
    store = night(0)
    time = timeline(store.sessions(), {s.id: store.samples(s.id) for s in store.sessions()})
    for plot in plots(time, ENGINES, 1000):
        for line in plot.lines:
            assert 150 < sum(map(len, line.stretches)) < 300
        assert 10 <= len(plot.rows) <= 20
        assert plot.rows[0].begin == 0
        assert plot.rows[-1].end == plot.seconds == 8 * 3600


def test_there_is_no_plot_of_no_time():
    assert plots(time_of(), ENGINES, 1000) == ()


# -- drawing


def test_a_drawing_stays_within_its_frame():
    store = night(0)
    time = timeline(store.sessions(), {s.id: store.samples(s.id) for s in store.sessions()})
    for plot in plots(time, ENGINES, 1658):
        drawing = draw(plot, 880, 260)
        for curve in drawing.curves:
            for point in curve.path.replace("M", "L").split("L")[1:]:
                x, y = map(float, point.split())
                assert drawing.left <= x <= drawing.right
                assert drawing.top <= y <= drawing.bottom


def test_memory_is_drawn_in_a_unit_of_its_size():
    samples = {"a": [sample("a", 10, 1, memory=(3 * 2**30,), own=2**20)]}
    plot = plots(time_of(session("a", 0, 10), samples=samples), (), 1)[2]
    drawing = draw(plot, 880, 260)
    assert drawing.unit == "GiB"
    assert [mark.label for mark in drawing.up] == ["0", "1", "2", "3"]


def test_a_pause_without_room_has_no_label():
    plot = Plot("p", "t", "u", "", 1000.0, (), (Gap(100, 60), Gap(110, 60), Gap(990, 60)), ())
    assert [mark.label for mark in draw(plot, 880, 260).gaps] == ["60 s off", "", ""]


@pytest.mark.parametrize("highest, ticks", [
    (0, (0, 0.2, 0.4, 0.6, 0.8, 1)), (49, (0, 10, 20, 30, 40, 50)), (51, (0, 20, 40, 60)),
    (100, (0, 20, 40, 60, 80, 100)), (0.7, (0, 0.2, 0.4, 0.6, 0.8)), (1658, (0, 500, 1000, 1500, 2000)),
])
def test_ticks_are_round_and_reach_the_highest(highest: float, ticks: tuple[float, ...]):
    assert value_ticks(highest, 5) == ticks


@pytest.mark.parametrize("seconds, labels", [
    (8 * 3600, ["0", "1 h", "2 h", "3 h", "4 h", "5 h", "6 h", "7 h", "8 h"]),
    (600, ["0", "1 min", "2 min", "3 min", "4 min", "5 min", "6 min", "7 min", "8 min", "9 min", "10 min"]),
    (13.8, ["0", "2 s", "4 s", "6 s", "8 s", "10 s", "12 s"]),
    (5400, ["0", "10 min", "20 min", "30 min", "40 min", "50 min", "60 min", "70 min", "80 min", "90 min"]),
    (30 * 86400, ["0", "5 d", "10 d", "15 d", "20 d", "25 d", "30 d"]),
])
def test_ticks_of_time_have_one_unit(seconds: float, labels: list[str]):
    assert [label for _, label in time_ticks(seconds, 10)] == labels


def test_a_record_of_a_session_may_be_older_than_its_samples():
    store = night(0)
    young = [replace(s, seconds=1.0) for s in store.sessions()]
    time = timeline(young, {s.id: store.samples(s.id) for s in young})
    assert time.seconds == 8 * 3600
