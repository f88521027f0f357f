"""What is told of scripts: problems and what depends on them, features, explanations, the table of all."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from fuzz.cli import run
from fuzz.errors import UsageError
from fuzz.wast import load_script
from fuzz.wast.explained import explain, load_explanations, unneeded, why_unreadable
from fuzz.wast.features import GATED, feature_of, gated_features
from fuzz.wast.report import AFTER_A_FAILURE, Event, FileReport, Problem, summarise
from fuzz.wast.summary import file_lines, report_data, table, totals

ASYNC = "refused as unsupported: not supported: canon task.return (at byte 0x9)"


def test_what_depends_on_a_line_is_counted_with_it() -> None:
    """Through any number of lines: a definition, its instance, a call."""
    report = summarise("a.wast", "e", [
        Event(1, "passed"),
        Event(2, "unsupported", ASYNC),
        Event(3, "unsupported", "depends on line 2", 2),
        Event(4, "unsupported", "depends on line 3", 3),
        Event(5, "failed", "the engine raised ValueError: x"),
        Event(6, "unsupported", "depends on line 5", 5),
        Event(7, "passed", "a remark"),
        Event(8, "explained", "refused; explained: suite: so it is"),
        Event(9, "unsupported", "depends on line 8", 8),
    ])
    assert (report.passed, report.failed, report.unsupported, report.explained) == (2, 1, 4, 2)
    assert report.features == {"async": 3, AFTER_A_FAILURE: 1}
    assert report.problems == (
        Problem(2, "unsupported", ASYNC, 2),
        Problem(5, "failed", "the engine raised ValueError: x", 1),
        Problem(7, "remark", "a remark"),
        Problem(8, "explained", "refused; explained: suite: so it is", 1),
    )
    assert file_lines(report) == [
        "FAIL a.wast  e  2 passed, 1 failed, 2 explained, 4 unsupported",
        f"       line 2: unsupported: {ASYNC}",
        "            2 more depend on line 2",
        "       line 5: failed: the engine raised ValueError: x",
        "            1 more depend on line 5",
        "       line 7: remark: a remark",
        "       line 8: explained: refused; explained: suite: so it is",
        "            1 more depend on line 8",
    ]


@pytest.mark.parametrize(("message", "feature"), [
    (ASYNC, "async"),
    ("not supported: stream type (at byte 0x1)", "async"),
    ("requires the component model async stackful feature (at offset 0x1)", "async"),
    ("`thread.index` requires the component model threading feature (at offset 0x1)", "threads"),
    ("not supported: canon thread.new-indirect", "threads"),
    ("not supported: value (at byte 0x1)", "values"),
    ("`error-context.new` requires the component model error-context feature", "error-context"),
    ("canonical option `gc` requires the `cm-gc` feature", "GC"),
    ("Fixed-length lists require the component model fixed-length lists feature", "lists of fixed length"),
    ("64-bit memories require the `cm64` feature to be enabled", "64-bit memories"),
    ("`context.get` immediate must be zero: 1", "context storage"),
    ("missing import named `future-of-something`", "imports that nothing provides"),
    ("type mismatch for import `host`\nmissing expected export `[method]resource1.x`", "imports that nothing provides"),
    ("something else", "something else"),
    ("x" * 100, "x" * 57 + "..."),
])
def test_refusals_name_features(message: str, feature: str) -> None:
    assert feature_of(message) == feature


@pytest.mark.parametrize(("text", "gated"), [
    ("(component) (module)", set()),
    ('(component (import "f" (func async)))', {"async"}),
    ('(assert_invalid (component (import "f" (func async)) (export "x" (func 9))) "x")', {"async"}),
    ("(component (core func (canon task.cancel))) (component (core func (canon thread.index)))", {"async", "threads"}),
    ("(component (type error-context))", {"error-context"}),
    ("(component (type (list u8 4)))", set()),
])
def test_gated_features_of_a_script(tmp_path: Path, text: str, gated: set[str]) -> None:
    """Explainer.md, Gated Features: whatever a script expects of what needs them."""
    path = tmp_path / "script.wast"
    path.write_text(text)
    assert gated_features(load_script(path)) == gated
    assert gated <= set(GATED)


EXPLAINED = """
[[explained]]
file = "suite/b.wast"
lines = [2, 4]
engines = ["e"]
whose = "suite"
section = "Explainer.md, Somewhere"
why = "it is so"

[[explained]]
file = "gone.wast"
lines = []
engines = ["e", "f"]
whose = "wasm-tools"
section = "Explainer.md, Somewhere"
why = "an old option"
"""


def test_explanations_stand_for_a_line_of_a_file_on_an_engine(tmp_path: Path) -> None:
    path = tmp_path / "explained.toml"
    path.write_text(EXPLAINED)
    known = load_explanations(path)
    events = [Event(1, "failed", "x"), Event(2, "failed", "y"), Event(3, "unsupported", "z"), Event(4, "passed")]
    told = list(explain(events, "any/suite/b.wast", "e", known))
    assert [e.verdict for e in told] == ["failed", "explained", "unsupported", "passed"]
    assert told[1].why == "y; explained: suite: it is so [Explainer.md, Somewhere]"
    (died,) = explain([Event(2, "failed", "the engine raised EngineDied: SIGSEGV")], "suite/b.wast", "e", known)
    assert died.verdict == "failed", "no explanation covers that"
    for other_file, other_engine in [("any/suite/b.wast", "f"), ("b.wast", "e"), ("suite/bb.wast", "e")]:
        assert list(explain(events, other_file, other_engine, known)) == events
    assert unneeded(known, "suite/b.wast", "e", events) == [4]
    assert unneeded(known, "suite/b.wast", "f", events) == []
    assert why_unreadable(known, "x/gone.wast") == "an old option"
    assert why_unreadable(known, "suite/b.wast") is None


@pytest.mark.parametrize("text", ["[[explained]]\nfile = 1", "[[explained]", "", EXPLAINED.replace("whose", "who")])
def test_a_file_that_explains_nothing_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "explained.toml"
    path.write_text(text)
    with pytest.raises(UsageError, match=r"explained\.toml"):
        load_explanations(path)


def test_the_table_distinguishes_files_that_need_gated_features() -> None:
    def report(path: str, engine: str, failed: int, features: dict[str, int], explained: int = 0) -> FileReport:
        return FileReport(path, engine, 10, failed, sum(features.values()), (), explained, features)

    reports = [
        report("a", "e", 0, {}), report("b", "e", 0, {"async": 3}), report("c", "e", 1, {}),
        report("d", "e", 0, {"zebra": 1}), report("f", "e", 0, {}, 2),
        report("a", "g", 0, {"lists of fixed length": 4}),
    ]
    gated = frozenset({"b"})
    e, g = totals(reports, "e", gated), totals(reports, "g", gated)
    assert (e.files, e.ungated, e.clean) == (5, 4, 2)
    assert e.commands == {"passed": 50, "failed": 1, "explained": 2, "unsupported": 4}
    assert list(e.unsupported.items()) == [("async", 3), ("zebra", 1)]
    assert (g.files, g.ungated, g.clean) == (1, 1, 0)
    head, *rows, last = table([e, g], 1)
    assert head.split() == ["e", "g"]
    assert [row.rsplit(maxsplit=2) for row in rows] == [
        ["files", "5", "1"],
        ["files that need no gated feature", "4", "1"],
        ["  in which everything passed or is explained", "2", "0"],
        ["commands passed", "50", "10"],
        ["commands failed", "1", "0"],
        ["commands explained", "2", "0"],
        ["commands unsupported", "4", "4"],
        ["  async (gated)", "3", "0"],
        ["  lists of fixed length", "0", "4"],
        ["  zebra", "1", "0"],
    ]
    assert len({len(line) for line in [head, *rows]}) == 1
    assert last == "1 file could not be read"


def test_a_report_as_data_has_all_counts() -> None:
    data = report_data(summarise("a.wast", "e", [Event(2, "unsupported", ASYNC), Event(3, "unsupported", "d", 2)]))
    assert (data["passed"], data["failed"], data["explained"], data["unsupported"]) == (0, 0, 0, 2)
    assert data["unsupported_by_feature"] == {"async": 2}
    assert data["problems"] == [{"line": 2, "kind": "unsupported", "message": ASYNC, "dependents": 1}]


def test_the_command_reports_features_and_explanations(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "a.wast").write_text('(component)\n(assert_invalid (component) "x")\n')
    (tmp_path / "b.wast").write_text('(component $x (import "f" (func async)))\n(invoke $x "f")')
    (tmp_path / "c.wast").write_text("(frobnicate)")
    command = ["wast", str(tmp_path), "--engine", "reference"]
    assert run([*command, "--json"]) == 1
    data = json.loads(capsys.readouterr().out)
    whole = data["totals"]["reference"]
    assert (whole["passed"], whole["failed"], whole["unsupported"]) == (1, 1, 2)
    assert whole["unsupported_by_feature"] == {"async": 2}
    assert (whole["files"], whole["files_without_gated_features"], whole["of_these_clean"]) == (2, 1, 0)
    assert data["gated"] == {str(tmp_path / "b.wast"): ["async"]}
    assert [(u["path"], u["explained"]) for u in data["unreadable"]] == [(str(tmp_path / "c.wast"), None)]

    explained = tmp_path / "explained.toml"
    explained.write_text(EXPLAINED.replace("suite/b.wast", "a.wast").replace("gone", "c").replace('"e"', '"reference"'))
    assert run([*command, "--explained", str(explained)]) == 0
    shown = capsys.readouterr().out
    assert "explained: suite: it is so" in shown
    assert "explained: an old option" in shown
    assert "1 more depend on line 1" in shown


def test_scripts_in_the_text_syntax_of_earlier_releases_are_read(tmp_path: Path) -> None:
    """Where wasm-tools says itself that it would read them."""
    path = tmp_path / "script.wast"
    path.write_text("""(component
      (core module $M (memory (export "m") 1) (func (export "f") (param i32 i32))
        (func (export "r") (param i32 i32 i32 i32) (result i32) unreachable))
      (core instance $m (instantiate $M))
      (func (export "f") (param "s" string)
        (canon lift (core func $m "f") (memory $m "m") (realloc (func $m "r")))))""")
    (command,) = load_script(path).commands
    assert command.line == 1
