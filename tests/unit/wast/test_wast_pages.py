"""Our own scripts: those of tests/wast pass on every engine, those of corpus/findings on all but wasmtime."""

from __future__ import annotations

from pathlib import Path

import pytest

from fuzz.engines.native import NativeEngine
from fuzz.engines.registry import ENGINES, open_engines, open_isolated
from fuzz.wast import load_script, run_script, script_paths

TESTS = Path(__file__).parents[2]
PAGES = script_paths([TESTS / "wast"])
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
