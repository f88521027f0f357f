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
from fuzz.scripts import report_on, run_script_on
from fuzz.sexpr import forms
from fuzz.wast import load_script, run_script, script_paths

TESTS = Path(__file__).parents[2]
PAGES = script_paths([TESTS / "wast"])
REFUSED = script_paths([TESTS / "wast-refused"])
FINDINGS = {page.stem: page for page in script_paths([TESTS.parent / "corpus" / "findings"])}


@pytest.fixture(scope="module")
def native() -> NativeEngine:
    return NativeEngine()


_STATED = re.compile(r"\s*;; ([a-z0-9-]+)(?: at (.+))?$", re.MULTILINE)


def stated_traps(page: Path) -> dict[int, tuple[TrapReason, str | None]]:
    """By the line on which an assertion begins: the reason and site of the trap in the comment behind it, as in stored
    cases."""
    text = page.read_text()
    found = ((form, _STATED.match(text, form.end)) for form in forms(text) if form.text.startswith("(assert_trap"))
    return {form.line: (TrapReason(stated[1]), stated[2]) for form, stated in found if stated}


def check(page: Path, engines: list[str]) -> None:
    """Every command passes on every engine, the engines agree, and traps are what the page says that they are.

    The texts of `assert_trap` are wasmtime's and stand for several reasons; the comments behind them are exact.
    """
    run = run_script_on(page, open_engines(engines))
    for report in run.reports:
        assert report.problems == (), report.engine
        assert report.passed > 0
    assert run.agrees
    last = {c.line: {name: actions[-1].outcome for name, actions in c.actions.items() if actions} for c in run.commands}
    for line, (reason, site) in stated_traps(page).items():
        assert last[line].keys() == set(engines), line
        for name, outcome in last[line].items():
            assert isinstance(outcome, Trapped), (line, name)
            if name == "native":
                assert same_family(outcome.reason, reason), (line, name, outcome.reason)
            else:
                assert (outcome.reason, outcome.site) == (reason, site), (line, name)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_every_engine_passes_our_pages(page: Path) -> None:
    check(page, list(ENGINES))


def test_pages_state_the_reasons_of_traps() -> None:
    stated = {reason for page in [*PAGES, *REFUSED] for reason, _ in stated_traps(page).values()}
    assert stated >= {
        TrapReason.INVALID_CHAR, TrapReason.INVALID_DISCRIMINANT, TrapReason.INVALID_UTF8, TrapReason.INVALID_UTF16,
        TrapReason.STRING_TOO_LONG, TrapReason.LIST_TOO_LONG, TrapReason.POINTER_MISALIGNED,
        TrapReason.POINTER_OUT_OF_BOUNDS, TrapReason.REALLOC_MISALIGNED, TrapReason.REALLOC_OUT_OF_BOUNDS,
        TrapReason.UNKNOWN_HANDLE, TrapReason.WRONG_RESOURCE_TYPE, TrapReason.HANDLE_LENT,
        TrapReason.HANDLE_NOT_OWNED, TrapReason.BORROWS_LEFT, TrapReason.CANNOT_LEAVE, TrapReason.CANNOT_ENTER,
    }


@pytest.mark.parametrize("page", REFUSED, ids=lambda page: page.stem)
def test_native_refuses_pages_that_ours_pass(page: Path, native: NativeEngine) -> None:
    """When this fails after an upgrade of wasmtime, the page may belong into tests/wast by now."""
    check(page, ["reference", "compiled"])
    report = run_script(load_script(page), native)
    assert (report.passed, report.failed) == (0, 0)
    definitions = [p.message for p in report.problems if not p.message.startswith("depends on line")]
    assert definitions and all(message.startswith("refused as unsupported: ") for message in definitions)


TOO_MUCH = ("unsupported", "lists and strings worth more than 16777216 bytes in one call")
"""What the reference says of the longest list that there may be."""


@pytest.mark.parametrize("page", FINDINGS.values(), ids=FINDINGS)
@pytest.mark.parametrize("engine", ["reference", "compiled"])
def test_our_engines_pass_every_finding(page: Path, engine: str) -> None:
    report = report_on(load_script(page), open_engines([engine])[0])
    problems = [(p.kind, p.message) for p in report.problems]
    assert problems == ([TOO_MUCH] if (engine, page.stem) == ("reference", "no-length-limit") else [])


@pytest.mark.parametrize(("page", "lines"), [
    ("post-return-may-leave", {29: "expected a trap", 50: "expected a trap"}),
    ("reentrance", {50: "expected a trap", 53: "expected a trap", 58: "expected a trap",
                    71: "cannot-enter", 72: "cannot-enter", 75: "cannot-enter"}),
    ("realloc-before-lift", {30: "unreachable", 51: "unreachable", 71: "pointer-misaligned"}),
    ("realloc-before-lift-handles", {26: "unreachable"}),
    ("latin1-shrink-alignment", {36: "returned 2", 39: "pointer-misaligned"}),
    ("latin1-bytes-past-end", {30: "returned 128"}),
    ("list-bounds-before-alignment", {12: "pointer-out-of-bounds"}),
    ("no-length-limit", {34: "returned 4096", 55: "pointer-misaligned"}),
    ("self-call-may-leave", {28: "cannot-enter"}),
    ("borrows-before-result", {37: "borrows-left", 39: "borrows-left"}),
    ("not-owned-before-lent", {36: "handle-not-owned"}),
    ("lent-borrow-dropped", {58: "expected a trap"}),
    ("lent-before-type", {33: "handle-lent"}),
    ("post-return-may-leave-by-built-in", {34: "expected a trap", 36: "expected a trap"}),
    ("resource-under-two-names", {44: "wrong-resource-type", 46: "wrong-resource-type"}),
    ("destructor-cannot-enter", {77: "expected a trap", 80: "expected a trap"}),
    ("host-two-borrows", {17: "BUG: deferred host scope has no call context"}),
    ("imports-exported-again", {}),
    ("exception-through-host-realloc", {107: "unreachable"}),
])
def test_native_differs_where_it_is_known_to(page: str, lines: dict[int, str], native: NativeEngine) -> None:
    """When this fails after an upgrade of wasmtime, a page may belong into tests/wast by now."""
    report = report_on(load_script(FINDINGS[page]), native)
    failed = {p.line: p.message for p in report.problems if p.kind == "failed"}
    assert failed.keys() == lines.keys()
    assert all(part in failed[line] for line, part in lines.items())
    assert page != "imports-exported-again" or report.unsupported == 4


@pytest.mark.parametrize(("page", "components", "calls", "signal"), [
    ("host-lower-memory-abort", 1, 2, "SIGABRT"), ("many-memories-abort", 1, 1, "SIGABRT"),
    ("destructor-adapter-abort", 1, 2, "SIGABRT"), ("host-lower-realloc-crash", 1, 1, "SIGSEGV"),
    ("host-lower-realloc-adapter-abort", 1, 2, "SIGABRT"),
    ("component-with-resource-in-instance-abort", 3, 0, "SIGABRT"),
])
def test_native_dies_of_a_valid_component(page: str, components: int, calls: int, signal: str) -> None:
    """When this fails after an upgrade of wasmtime, the page may belong into tests/wast by now."""
    (native,) = open_isolated(["native"])
    report = run_script(FINDINGS[page], native)
    assert (report.passed, report.failed, report.unsupported) == (0, components, calls)
    assert all(signal in p.message for p in report.problems if p.kind == "failed")
