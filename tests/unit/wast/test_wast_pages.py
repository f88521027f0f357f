"""Our own scripts: those of tests/wast pass on every engine, those of tests/wast-differs show what wasmtime does."""

from __future__ import annotations

from pathlib import Path

import pytest

from fuzz.engines.native import NativeEngine
from fuzz.wast import load_script, run_script, script_paths

TESTS = Path(__file__).parents[2]
PAGES = script_paths([TESTS / "wast"])
DIFFERING = {page.stem: page for page in script_paths([TESTS / "wast-differs"])}


@pytest.fixture(scope="module")
def native() -> NativeEngine:
    return NativeEngine()


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_native_passes(page: Path, native: NativeEngine) -> None:
    report = run_script(load_script(page), native)
    assert report.problems == ()
    assert report.passed > 0


@pytest.mark.parametrize(("page", "lines"), [
    ("post-return", {29: "expected a trap", 50: "expected a trap"}),
    ("reentrance", {50: "expected a trap", 53: "expected a trap", 58: "expected a trap",
                    71: "cannot-enter", 72: "cannot-enter", 75: "cannot-enter"}),
    ("imports-exported-again", {}),
])
def test_native_differs_where_it_is_known_to(page: str, lines: dict[int, str], native: NativeEngine) -> None:
    """When this fails after an upgrade of wasmtime, a page may belong into tests/wast by now."""
    report = run_script(DIFFERING[page], native)
    failed = {p.line: p.message for p in report.problems if p.kind == "failed"}
    assert failed.keys() == lines.keys()
    assert all(part in failed[line] for line, part in lines.items())
    assert page != "imports-exported-again" or report.unsupported == 4
