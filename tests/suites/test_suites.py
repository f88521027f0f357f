"""The public suites, which are no part of this repository: their folders are named by environment variables.

FACTFUZZ_SPEC_TESTS       the folder test/ of a checkout of WebAssembly/component-model
FACTFUZZ_WASMTIME_TESTS   tests/misc_testsuite/component-model of one of bytecodealliance/wasmtime
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from fuzz.engines.base import Engine
from fuzz.engines.registry import open_engines
from fuzz.wast import ScriptError, load_script, run_commands, script_paths
from fuzz.wast.explained import explain, load_explanations, unneeded, why_unreadable
from fuzz.wast.features import GATED, NOTHING_PROVIDES, gated_features
from fuzz.wast.report import summarise

FOLDERS = {name: os.environ.get(name) for name in ("FACTFUZZ_SPEC_TESTS", "FACTFUZZ_WASMTIME_TESTS")}
FILES = [path for folder in FOLDERS.values() if folder for path in script_paths([folder])]
EXPLANATIONS = load_explanations(Path(__file__).parent / "explained.toml")


@pytest.fixture(scope="module", params=["reference", "compiled"])
def engine(request: pytest.FixtureRequest) -> Engine:
    return open_engines([request.param])[0]


@pytest.mark.skipif(not FILES, reason=f"none of {', '.join(FOLDERS)} is set")
@pytest.mark.parametrize("path", FILES, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_our_engines_pass_the_public_suites(path: Path, engine: Engine) -> None:
    """Everything passes, needs a gated feature, or is explained; and nothing is explained that passes."""
    try:
        script = load_script(path)
    except ScriptError:
        assert why_unreadable(EXPLANATIONS, str(path))
        return
    assert why_unreadable(EXPLANATIONS, str(path)) is None
    events = list(run_commands(script, engine))
    name = engine.info.name
    report = summarise(str(path), name, explain(events, str(path), name, EXPLANATIONS))
    assert [p for p in report.problems if p.kind == "failed"] == []
    assert report.failed == 0
    beyond_us = {*GATED, NOTHING_PROVIDES} if gated_features(script) else set()
    assert set(report.features) <= beyond_us, report.problems
    assert unneeded(EXPLANATIONS, str(path), name, events) == []


@pytest.mark.skipif(not all(FOLDERS.values()), reason=f"not all of {', '.join(FOLDERS)} are set")
def test_every_explanation_is_of_a_file_that_is_there() -> None:
    for explanation in EXPLANATIONS:
        assert any(explanation.covers(str(path), engine) for path in FILES for engine in explanation.engines)
