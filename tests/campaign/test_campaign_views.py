"""What users see of a campaign."""

from __future__ import annotations

import io

from rich.console import Console

from fuzz.campaign.events import (
    EngineFigures,
    Event,
    Figures,
    FindingFigures,
    FindingWritten,
    Finished,
    KnownFigures,
    Progress,
    Started,
    Summary,
    WorkerLost,
)
from fuzz.campaign.live import LiveView, picture
from fuzz.campaign.plain import PlainView, verdict

FIGURES = Figures(
    seed=4, cases=200, calls=500, seconds=10.0, busy=20.0,
    engines={"native": EngineFigures(200, 6.0, 1.0, 1.0), "compiled": EngineFigures(200, 2.0, 1.0, 1.0)},
    own={"generate": 4.0, "render": 1.0}, features_seen=90, features_possible=220, divergences=3,
    unmapped={"native: eh?": 2}, findings=(FindingFigures("call-x-1", "call a | b", 3, 17, True),),
    known=(KnownFigures("wasmtime-a", "A may not B", "engine wrong", 4),),
)
STARTED = Started(4, {"native": "50.0.1"}, 2, None, 60.0, "out")
FINDING = FindingWritten("call-x-1", "call a | b", "out/call-x-1.wast", ("disagreement: call 0, f()",), True)


def plain(*events: Event) -> str:
    out = io.StringIO()
    view = PlainView(out, 0.0)
    for event in events:
        view(event)
    return out.getvalue()


def test_plain_lines() -> None:
    assert plain(STARTED) == "seed 4, 60 s, 2 workers; engines: native 50.0.1\n"
    assert plain(Progress(FIGURES, 50.0)) == (
        "    10 s  200 cases  20/s  500 calls  3 divergences  90 of 220 features, 50 s left\n"
    )
    assert plain(FINDING) == "shrunk call-x-1: out/call-x-1.wast\n  disagreement: call 0, f()\n"
    assert plain(WorkerLost(1, "killed by SIGABRT", 9)) == (
        "worker 1 killed by SIGABRT on case 9; another takes its place\n"
    )


def test_the_summary_says_everything() -> None:
    assert plain(Finished(Summary(FIGURES, True, "out"))).splitlines() == [
        "interrupted after 10.0 s: 200 cases (20.0/s), 500 calls (50.0/s), 90 of 220 features seen",
        "workers' time: native 40%, compiled 20%, generate 20%, render 5%, other 15%",
        "  native: 25 cases/s; load 75%, instantiate 12%, call 12%",
        "  compiled: 50 cases/s; load 50%, instantiate 25%, call 25%",
        "unmapped message, 2 times: native: eh?",
        "known, 4 cases: A may not B (engine wrong; wasmtime-a)",
        "finding call-x-1: 3 cases, first 17: call a | b",
        "findings are in out",
        "3 divergences in 1 group; messages that nobody mapped",
    ]
    assert plain(Finished(Summary(Figures(seed=1), False, None))).splitlines()[-1] == "all engines agree"


def test_the_last_line_of_a_summary() -> None:
    group = FIGURES.findings
    assert verdict(Figures(seed=1, crashes=1, findings=group)) == "1 lost worker in 1 group"
    assert verdict(Figures(seed=1, divergences=2, crashes=1, findings=group)) == (
        "2 divergences and 1 lost worker in 1 group"
    )
    assert verdict(Figures(seed=1, unmapped={"x": 1})) == "messages that nobody mapped"
    assert verdict(Figures(seed=1, engines={"native": EngineFigures(5)})) == "nothing to compare: only native took part"


def test_only_agreement_on_everything_is_a_success() -> None:
    assert Figures(seed=1, cases=5).exit_status == 0
    known = Figures(seed=1, known=FIGURES.known)
    assert known.exit_status == 0, "what is known is said, and does not fail the run"
    assert plain(Finished(Summary(known, False, None))).endswith("all engines agree, except for known differences\n")
    for bad in (Figures(seed=1, divergences=1), Figures(seed=1, crashes=1), Figures(seed=1, unmapped={"x": 1})):
        assert bad.exit_status == 1


def test_the_live_picture() -> None:
    written = io.StringIO()
    Console(width=120, file=written, force_terminal=False).print(picture(Progress(FIGURES, 12.0)))
    shown = written.getvalue()
    for text in ("cases/s", "20", "90 of 220", "native", "40%", "75%", "generate 20%", "left", "12"):
        assert text in shown


def test_the_live_view_from_start_to_end() -> None:
    out = io.StringIO()
    view = LiveView(Console(width=100, file=out, force_terminal=True))
    for event in (STARTED, Progress(FIGURES, 12.0), FINDING, Finished(Summary(FIGURES, False, "out"))):
        view(event)
    shown = out.getvalue()
    assert "disagreement: call 0, f()" in shown and "3 divergences in 1 group; messages" in shown
    assert shown.rstrip().endswith("\x1b[0m"), "the picture is gone and the verdict stands last"
