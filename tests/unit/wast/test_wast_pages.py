"""Our own scripts: those of tests/wast pass on every engine, those of tests/wast-refused on all but wasmtime, which
refuses them, and those of corpus/findings on all but wasmtime, which differs."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from fact.model.traps import TrapReason
from fuzz.engines.native import NativeEngine
from fuzz.engines.native_traps import same_family
from fuzz.engines.registry import ENGINES, open_engines, open_isolated
from fuzz.outcome import Trapped
from fuzz.scripts import run_script_on
from fuzz.sexpr import forms
from fuzz.wast import load_script, run_script, script_paths

TESTS = Path(__file__).parents[2]
PAGES = script_paths([TESTS / "wast"])
REFUSED = script_paths([TESTS / "wast-refused"])
FINDINGS = {page.stem: page for page in script_paths([TESTS.parent / "corpus" / "findings"])}


@pytest.fixture(scope="module")
def native() -> NativeEngine:
    return NativeEngine()


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_every_engine_passes_our_pages(page: Path) -> None:
    script = load_script(page)
    for engine in open_engines(list(ENGINES)):
        report = run_script(script, engine)
        assert report.problems == (), engine.info.name
        assert report.passed > 0


_STATED = re.compile(r"\s*;; ([a-z0-9-]+)(?: at (.+))?$", re.MULTILINE)


def stated_traps(page: Path) -> dict[int, tuple[TrapReason, str | None]]:
    """By the line on which an assertion begins: the reason and site of the trap in the comment behind it, as in stored
    cases."""
    text = page.read_text()
    found = ((form, _STATED.match(text, form.end)) for form in forms(text) if form.text.startswith("(assert_trap"))
    return {form.line: (TrapReason(stated[1]), stated[2]) for form, stated in found if stated}


WITH_REASONS = [page for page in [*PAGES, *REFUSED] if stated_traps(page)]


@pytest.mark.parametrize("page", WITH_REASONS, ids=lambda page: page.stem)
def test_traps_have_the_reason_and_site_that_a_page_states(page: Path) -> None:
    """The texts of `assert_trap` are wasmtime's and stand for several reasons; the comments behind them are exact."""
    names = ["reference", "compiled"] if page in REFUSED else list(ENGINES)
    run = run_script_on(page, open_engines(names))
    outcomes = {c.line: {name: actions[-1].outcome for name, actions in c.actions.items()} for c in run.commands
                if all(c.actions.values())}
    for line, (reason, site) in stated_traps(page).items():
        assert outcomes[line].keys() == set(names), line
        for name, outcome in outcomes[line].items():
            assert isinstance(outcome, Trapped), (line, name)
            if name == "native":
                assert same_family(outcome.reason, reason), (line, name, outcome.reason)
            else:
                assert (outcome.reason, outcome.site) == (reason, site), (line, name)


@pytest.mark.parametrize("page", REFUSED, ids=lambda page: page.stem)
def test_native_refuses_pages_that_ours_pass(page: Path, native: NativeEngine) -> None:
    """When this fails after an upgrade of wasmtime, the page may belong into tests/wast by now."""
    script = load_script(page)
    for engine in open_engines(["reference", "compiled"]):
        report = run_script(script, engine)
        assert report.problems == (), engine.info.name
        assert report.passed > 0
    report = run_script(script, native)
    assert (report.passed, report.failed) == (0, 0)
    definitions = [p.message for p in report.problems if not p.message.startswith("depends on line")]
    assert definitions and all(message.startswith("refused as unsupported: ") for message in definitions)


@pytest.mark.parametrize("page", FINDINGS.values(), ids=FINDINGS)
@pytest.mark.parametrize("engine", ["reference", "compiled"])
def test_our_engines_pass_every_finding(page: Path, engine: str) -> None:
    report = run_script(load_script(page), open_engines([engine])[0])
    assert report.problems == ()


@pytest.mark.parametrize(("page", "lines"), [
    ("post-return-may-leave", {29: "expected a trap", 50: "expected a trap"}),
    ("reentrance", {50: "expected a trap", 53: "expected a trap", 58: "expected a trap",
                    71: "cannot-enter", 72: "cannot-enter", 75: "cannot-enter"}),
    ("realloc-before-lift", {28: "unreachable"}),
    ("imports-exported-again", {}),
])
def test_native_differs_where_it_is_known_to(page: str, lines: dict[int, str], native: NativeEngine) -> None:
    """When this fails after an upgrade of wasmtime, a page may belong into tests/wast by now."""
    report = run_script(FINDINGS[page], native)
    failed = {p.line: p.message for p in report.problems if p.kind == "failed"}
    assert failed.keys() == lines.keys()
    assert all(part in failed[line] for line, part in lines.items())
    assert page != "imports-exported-again" or report.unsupported == 4


def test_native_dies_of_a_valid_component() -> None:
    """When this fails after an upgrade of wasmtime, the page may belong into tests/wast by now."""
    (native,) = open_isolated(["native"])
    report = run_script(FINDINGS["host-lower-memory-abort"], native)
    assert (report.passed, report.failed, report.unsupported) == (0, 1, 2)
    assert "SIGABRT" in report.problems[0].message
