"""What users see of a campaign while it runs."""

from __future__ import annotations

import errno
import io
import json
import re
import sys

import msgspec
import pytest
from rich.console import Console, Group

from fuzz.campaign.events import (
    Event,
    Figures,
    FindingFigures,
    FindingWritten,
    Finished,
    KnownFigures,
    KnownGone,
    Progress,
    Started,
    Summary,
    Warned,
    WorkerFigures,
    WorkerLost,
    WorkerState,
)
from fuzz.campaign.json_view import JsonEvents, JsonSummary
from fuzz.campaign.live import LiveView
from fuzz.campaign.picture import Headline, picture
from fuzz.campaign.plain import PlainView
from fuzz.campaign.told import Pace, finishing_text, verdict
from fuzz.store.records import EngineCount

MIB = 1 << 20
X = FindingFigures("call-x-1", "call a | b", 3, 17, True, "engine wrong", False, 3, 3)
Y = FindingFigures("crash-y-2", "crash native", 1, 40, False, "crash", True, 1, 3)
FIGURES = Figures(
    seed=4, cases=200, calls=500, seconds=10.0, busy=20.0,
    engines={"native": EngineCount(200, 6.0, 1.0, 1.0), "compiled": EngineCount(200, 2.0, 1.0, 1.0)},
    own={"generate": 4.0, "render": 1.0}, features_seen=90, features_possible=220, divergences=3,
    unmapped={"native: eh?": 2}, findings=(X,), known=(KnownFigures("wasmtime-a", "A may not B", "engine wrong", 4),),
    workers=(WorkerFigures(0, "running", 203, 0.2, 210 * MIB, 120),
             WorkerFigures(1, "minimising", 17, 12.0, 250 * MIB, 80)),
    supervisor_bytes=41 * MIB, features_over_time=((0.0, 0), (1.0, 50), (5.0, 80), (10.0, 90)),
)
STARTED = Started(4, {"native": "50.0.1"}, 2, None, 60.0, "out")
FINDING = FindingWritten("call-x-1", "call a | b", "out/findings/call-x-1.wast", ("disagreement: call 0, f()",))
MINIMISED = msgspec.structs.replace(FINDING, verdict=("disagreement: call 0, g()",), minimised=True)
CHECKED = msgspec.structs.replace(MINIMISED, reproduced=3, tried=3)
NASTY = "\x1b]0;owned\x07\x1b[2J\u202e\x9b31m"


def plain(*events: Event) -> str:
    out = io.StringIO()
    view = PlainView(out, 0.0)
    for event in events:
        view(event)
    return out.getvalue()


def drawn(figures: Figures, width: int, height: int, *, finishing: bool = False, plain: bool = False) -> list[str]:
    console = Console(width=width, height=height, file=io.StringIO(), record=True)
    event = Progress(figures, None if finishing else 50.0, finishing)
    console.print(Group(*picture(event, Headline(STARTED), 24.0, width=width, height=height, plain=plain)))
    return [line.rstrip() for line in console.export_text().splitlines()]


def test_plain_lines() -> None:
    assert plain(STARTED) == "seed 4, 60 s, 2 workers; engines: native 50.0.1; in out\n"
    resumed = msgspec.structs.replace(STARTED, resumed=1500)
    assert "2 workers, goes on after 1,500 cases; engines" in plain(resumed)
    assert plain(Progress(FIGURES, 50.0)) == (
        "    0:10  200 cases  0/s now, 20/s on average  1 finding  4 known cases  90 of 220 features  501 MiB"
        "  50 s left\n"
    )
    assert plain(WorkerLost(1, "killed by SIGABRT", 9)) == (
        "worker 1 killed by SIGABRT on case 9; another takes its place\n"
    )
    assert "on case 9; it was killed from outside; another" in plain(
        WorkerLost(1, "killed by SIGKILL", 9, "it was killed from outside")
    )
    assert plain(Warned("the disk is nearly full")) == "warning: the disk is nearly full\n"
    assert plain(KnownGone("wasmtime-a", "A may not B")) == (
        "known difference no longer occurs: A may not B (wasmtime-a)\n"
    )


def test_a_finding_is_told_again_only_as_far_as_there_is_news() -> None:
    assert plain(FINDING, MINIMISED, CHECKED).splitlines() == [
        "finding: call-x-1, engine wrong: out/findings/call-x-1.wast",
        "  disagreement: call 0, f()",
        "minimised: call-x-1, engine wrong: out/findings/call-x-1.wast",
        "  disagreement: call 0, g()",
        "minimised, reproduced 3 of 3: call-x-1, engine wrong: out/findings/call-x-1.wast",
    ]
    flaky = msgspec.structs.replace(CHECKED, reproduced=1, flaky=True)
    assert plain(FINDING, flaky).splitlines()[2].startswith("minimised, flaky: reproduced 1 of 3: call-x-1")


def test_the_summary_says_everything() -> None:
    assert plain(Finished(Summary(FIGURES, True, "out"))).splitlines() == [
        "interrupted after 10 s: 200 cases (20.0/s), 500 calls (50.0/s), 90 of 220 features seen",
        "workers' time: native 40%, compiled 20%, generate 20%, render 5%, other 15%",
        "  native: 25 cases/s; load 75%, instantiate 12%, call 12%",
        "  compiled: 50 cases/s; load 50%, instantiate 25%, call 25%",
        "unmapped message, 2 times: native: eh?",
        "known, 4 cases: A may not B (engine wrong; wasmtime-a)",
        "finding call-x-1, engine wrong, 3 cases, first 17, minimised, reproduced 3 of 3: call a | b",
        "to see them: factfuzz findings out; factfuzz report out",
        "1 finding: engine wrong 1; 3 divergences; messages that nobody mapped",
    ]
    assert plain(Finished(Summary(Figures(seed=1, cases=5), False, None))).splitlines()[-1] == "all engines agree"
    assert plain(Finished(Summary(Figures(seed=1), False, None))).splitlines()[-1] == "no case was run"


def test_rates_are_of_this_session() -> None:
    resumed = msgspec.structs.replace(FIGURES, resumed_cases=150, resumed_calls=400)
    line = plain(Finished(Summary(resumed, False, None))).splitlines()[0]
    assert line == ("done in 10 s: 200 cases (5.0/s, 150 cases of them in earlier sessions), 500 calls (10.0/s), "
                    "90 of 220 features seen")


def test_the_pace_is_that_of_the_last_seconds() -> None:
    pace = Pace()
    assert pace.now == 0
    for second in range(61):
        cases = 10 * min(second, 40) + 50 * max(0, second - 40)
        pace.note(msgspec.structs.replace(FIGURES, seconds=float(second), cases=cases))
    assert pace.now == 50
    pace.note(msgspec.structs.replace(FIGURES, seconds=75.0, cases=10 * 40 + 50 * 20))
    assert pace.now == 0, "a campaign that stands still says so"


def test_the_last_line_of_a_summary() -> None:
    assert verdict(Figures(seed=1, crashes=1, findings=(Y,))) == "1 finding: crash 1; 1 lost worker"
    assert verdict(Figures(seed=1, divergences=2, crashes=1, findings=(Y, X))) == (
        "2 findings: engine wrong 1, crash 1; 2 divergences and 1 lost worker"
    )
    assert verdict(Figures(seed=1, unmapped={"x": 1})) == "messages that nobody mapped"
    assert verdict(Figures(seed=1, engines={"native": EngineCount(5)})) == "nothing to compare: only native took part"


def test_only_agreement_on_everything_is_a_success() -> None:
    assert Figures(seed=1, cases=5).exit_status == 0
    known = Figures(seed=1, cases=5, known=FIGURES.known)
    assert known.exit_status == 0, "what is known is said, and does not fail the run"
    assert plain(Finished(Summary(known, False, None))).endswith("all engines agree, except for known differences\n")
    since = Figures(seed=1, divergences=3, findings=(msgspec.structs.replace(X, known="wasmtime-a"),))
    assert since.exit_status == 0, "an old finding that is known by now does not fail the run"
    assert "known by now as wasmtime-a: finding call-x-1" in plain(Finished(Summary(since, False, "out")))
    bad = (Figures(seed=1, divergences=1), Figures(seed=1, crashes=1), Figures(seed=1, unmapped={"x": 1}),
           Figures(seed=1, findings=(X,)))
    assert [f.exit_status for f in bad] == [1] * len(bad)


@pytest.mark.parametrize("width", [80, 140])
def test_the_live_picture(width: int) -> None:
    lines = drawn(FIGURES, width, 24)
    assert max(map(len, lines)) <= width and len(lines) < 24
    shown = "\n".join(lines)
    for text in ("factfuzz seed 4", "0:10", "17%", "50 s left", "24/s now, 20/s on average", "500 calls",
                 "90 of 220  41%", "1: engine wrong 1", "2 unmapped messages", "1 difference in 4 cases",
                 "501 MiB   supervisor 41 MiB, largest worker 250 MiB", "generate 20%"):
        assert text in shown
    assert re.search(r"native +25 +40% +75% +12% +12%", shown), "rates by engine"
    assert re.search(r"0 +running +203 +0\.2 s +210 MiB +120", shown), "what each worker does"
    assert re.search(r"1 +minimising +17 +12 s +250 MiB +80", shown)
    curve = re.search(r"41%   (\S+)", shown)
    assert curve is not None and len(curve[1]) >= 40 and curve[1] == "".join(sorted(curve[1])) and "█" in curve[1]
    beside = any("native" in line and "running" in line for line in lines)
    assert beside == (width == 140), "side by side where there is room"


def test_the_live_picture_says_what_is_finished_after_the_end() -> None:
    figures = msgspec.structs.replace(FIGURES, waiting=4)
    shown = "\n".join(drawn(figures, 80, 24, finishing=True))
    assert "finishing: minimising 1 finding, 3 to come; 1 case runs" in shown and "left" not in shown
    doing: tuple[WorkerState, ...] = ("minimising", "minimising", "checking", "idle")
    states = [WorkerFigures(i, state) for i, state in enumerate(doing)]
    assert finishing_text(Figures(seed=1, workers=tuple(states), waiting=3)) == (
        "finishing: minimising 2 findings, checking 1"
    )
    assert finishing_text(Figures(seed=1)) == "finishing"


@pytest.mark.parametrize(("width", "height"), [(80, 24), (140, 24), (40, 24), (20, 24), (80, 15)])
def test_many_workers_fit_the_terminal(width: int, height: int) -> None:
    workers = tuple(WorkerFigures(i, "running", 10**9 + i, 0.1, 300 * MIB, 10**6) for i in range(64))
    lines = drawn(msgspec.structs.replace(FIGURES, workers=workers, cases=10**12), width, height)
    assert len(lines) < height and max(map(len, lines)) <= width
    if width >= 80:
        left_out = next(line for line in lines if "+6" in line or "+5" in line)
        assert re.search(r"\+\d+ +[\d.]+ GiB +\d+$", left_out), "those left out are counted"


def test_a_terminal_without_unicode_gets_ascii() -> None:
    assert "\n".join(drawn(FIGURES, 80, 24, plain=True)).isascii()


def test_a_long_case_and_a_flaky_finding_stand_out() -> None:
    workers = (WorkerFigures(0, "running", 7, 14.0, MIB, 1),)
    shown = drawn(msgspec.structs.replace(FIGURES, findings=(X, Y), workers=workers), 80, 24)
    assert any("2: engine wrong 1, crash 1 (1 flaky)" in line for line in shown)
    console = Console(width=80, height=24, file=io.StringIO(), force_terminal=True, color_system="standard")
    figures = msgspec.structs.replace(FIGURES, workers=workers)
    with console.capture() as captured:
        console.print(Group(*picture(Progress(figures, 1.0), Headline(), 0.0)))
    assert "\x1b[1;33m14 s\x1b[0m" in captured.get()


def live(*events: Event) -> str:
    out = io.StringIO()
    view = LiveView(Console(width=100, height=30, file=out, force_terminal=True, color_system="standard"))
    for event in events:
        view(event)
    return out.getvalue()


def test_the_live_view_from_start_to_end() -> None:
    shown = live(STARTED, Progress(FIGURES, 12.0), FINDING, Warned("careful"), Finished(Summary(FIGURES, False, "out")))
    assert "disagreement: call 0, f()" in shown and "1 finding: engine wrong 1; 3 divergences; messages" in shown
    assert "\x1b[1;31mfinding: call-x-1, engine wrong" in shown, "a verdict in the colour of its class"
    assert shown.rstrip().endswith("\x1b[0m"), "the picture is gone and the verdict stands last"
    assert "\x1b[?25h" in shown, "the cursor is back"


class Terminal(io.StringIO):
    gone = False

    def write(self, text: str) -> int:
        if self.gone:
            raise OSError(errno.EIO, "the terminal is gone")
        return super().write(text)


def test_the_live_view_can_be_closed_when_its_terminal_is_gone() -> None:
    terminal, before = Terminal(), (sys.stdout, sys.stderr)
    view = LiveView(Console(width=100, height=30, file=terminal, force_terminal=True))
    view(STARTED)
    view(Progress(FIGURES, 12.0))
    terminal.gone = True
    with pytest.raises(OSError, match="gone"):
        view(Progress(FIGURES, 11.0))
    view.close()
    assert (sys.stdout, sys.stderr) == before


@pytest.mark.parametrize("shown", [plain, live])
def test_nothing_that_an_engine_says_gets_at_the_terminal(shown: object) -> None:
    finding = msgspec.structs.replace(FINDING, verdict=(f"disagreement: {NASTY}", "x" * 10**6))
    figures = msgspec.structs.replace(FIGURES, unmapped={f"native: {NASTY}\n": 1})
    events = [STARTED, finding, WorkerLost(0, NASTY, 1), Warned(NASTY), Finished(Summary(figures, False, "out"))]
    written = shown(*events)  # type: ignore[operator]
    assert "\x1b]0" not in written and "\x1b[2J" not in written and "\u202e" not in written and "\x9b" not in written
    assert "\\x1b[2J\\u202e" in written.replace("\n", ""), "but can be read"
    assert len(written) < 10_000 and re.search(r"\(999,002 more\s+characters\)", written)


def test_every_event_is_a_line_of_json_with_its_type() -> None:
    out = io.StringIO()
    events: list[Event] = [
        STARTED, Progress(FIGURES, 50.0), FINDING, WorkerLost(1, NASTY, None), Warned("x"), KnownGone("a", "b"),
        Finished(Summary(FIGURES, False, "out")),
    ]
    view = JsonEvents(out)
    for event in events:
        view(event)
    assert "\x9b" not in out.getvalue() and "\x1b" not in out.getvalue()
    lines = [json.loads(line) for line in out.getvalue().splitlines()]
    assert [line["type"] for line in lines] == [
        "started", "progress", "finding", "worker-lost", "warning", "known-gone", "finished",
    ]
    assert lines[1]["figures"]["workers"][1] == {
        "number": 1, "state": "minimising", "case": 17, "seconds_on_case": 12.0, "resident": 250 * MIB, "cases": 80,
    }
    assert lines[3]["why"] == NASTY
    assert [msgspec.convert(line, Event) for line in lines] == events


def test_the_json_summary() -> None:
    out = io.StringIO()
    for event in (STARTED, Progress(FIGURES, 50.0), Finished(Summary(FIGURES, False, "out"))):
        JsonSummary(out)(event)
    summary = json.loads(out.getvalue())
    assert summary["cases"] == 200 and summary["cases_per_second"] == 20.0 and summary["exit_status"] == 1
    assert summary["engines"]["native"]["cases_per_second"] == 25.0 and summary["native_share"] == 0.4
    assert summary["findings"][0]["kind"] == "engine wrong" and summary["findings"][0]["reproduced"] == 3
