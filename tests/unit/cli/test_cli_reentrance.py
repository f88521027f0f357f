"""The setting for re-entrance: in `run`, `wast` and `compile`, and for a case that was made under one."""

from __future__ import annotations

from pathlib import Path

import pytest
from cli_harness import ROOT

from fuzz.cli import run

REENTRANCE = str(ROOT / "corpus" / "findings" / "reentrance.wast")


@pytest.mark.parametrize(("setting", "trap"), [("guarded", True), ("free", False)])
def test_reentrance_is_a_setting_of_our_engines(
    setting: str, trap: bool, capsys: pytest.CaptureFixture[str]
) -> None:
    """CanonicalABI.md, Embedding: Store.lift, and WebAssembly/component-model#705."""
    run(["run", REENTRANCE, "--engine", "reference,compiled", "--reentrance", setting])
    assert ("trapped: cannot-enter" in capsys.readouterr().out) is trap
    assert run(["wast", REENTRANCE, "--engine", "reference,compiled", "--reentrance", setting]) == (0 if trap else 1)


def test_a_case_runs_with_the_setting_that_it_was_made_under(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "case.wast"
    path.write_text(';; factfuzz-case: {"origin":{"versions":{},"reentrance":"free"}}\n' + Path(REENTRANCE).read_text())
    run(["run", str(path), "--engine", "reference"])
    assert "trapped: cannot-enter" not in capsys.readouterr().out
    run(["run", str(path), "--engine", "reference", "--reentrance", "guarded"])
    assert "trapped: cannot-enter" in capsys.readouterr().out
    assert run(["wast", REENTRANCE, str(path), "--engine", "reference"]) == 1, "the script expects the trap"
    assert f"FAIL {path}" in (out := capsys.readouterr().out) and f"ok   {REENTRANCE}" in out
    assert run(["wast", REENTRANCE, str(path), "--engine", "reference", "--reentrance", "guarded"]) == 0


DONUT = """(component
  (core module $T (table (export "t") 1 funcref) (func (export "cb") (call_indirect (i32.const 0))))
  (core instance $t (instantiate $T))
  (func $cb (canon lift (core func $t "cb")))
  (component $C
    (import "cb" (func $cb))
    (core func $c (canon lower (func $cb)))
    (core module $M (import "" "cb" (func $cb)) (func (export "run") (call $cb)))
    (core instance $m (instantiate $M (with "" (instance (export "cb" (func $c))))))
    (func (export "run") (canon lift (core func $m "run"))))
  (instance $c (instantiate $C (with "cb" (func $cb))))
  (core func $run (canon lower (func $c "run")))
  (core module $F (import "" "t" (table 1 funcref)) (import "" "run" (func $run)) (elem (i32.const 0) func $run))
  (core instance (instantiate $F (with "" (instance (export "t" (table $t "t")) (export "run" (func $run))))))
  (func (export "run") (canon lift (core func $t "cb"))))"""


@pytest.mark.parametrize(("setting", "guards"), [("guarded", True), ("free", False)])
def test_compile_puts_guards_where_the_setting_wants_them(tmp_path: Path, setting: str, guards: bool) -> None:
    (tmp_path / "donut.wat").write_text(DONUT)
    assert run(["compile", str(tmp_path / "donut.wat"), "-o", str(tmp_path / "out"), "--reentrance", setting]) == 0
    texts = [path.read_text() for path in (tmp_path / "out").glob("adapter-*.wat")]
    assert any("may_enter" in text for text in texts) is guards
