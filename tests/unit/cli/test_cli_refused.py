"""Every gated feature of Binary.md is refused by its name, where it stands, on every way into factfuzz.

The table's rows are those of the README's: a feature has a line of its own there.
"""

from __future__ import annotations

from pathlib import Path

import pytest
import wasmtime

from fuzz.cli import run
from fuzz.engines.registry import open_engines
from fuzz.scripts import report_on
from fuzz.wast import load_script

ROOT = Path(__file__).parents[3]

MEMORY = """(core module $m (memory (export "m") 1) (table (export "t") 1 funcref)
    (func (export "f")) (func (export "r") (param i32 i32 i32 i32) (result i32) (i32.const 0))
    (func (export "c") (param i32 i32 i32) (result i32) (i32.const 0)))
  (core instance $m (instantiate $m))"""

GATED: dict[str, dict[str, str]] = {
    "async functions": {
        '(import "f" (func async))': "async function type",
        '(type (func async (param "a" u8)))': "async function type",
        f'{MEMORY} (func (export "f") async (canon lift (core func $m "f") async))': "async function type",
        '(import "f" (func $f async)) (core func (canon lower (func $f) async))': "async function type",
    },
    "the options `gc` and `core-type`": {
        '(import "f" (func $f)) (core func (canon lower (func $f) gc))': "canonical option gc",
        '(core type $t (func)) (import "f" (func $f)) (core func (canon lower (func $f) (core-type $t) gc))':
            "canonical option core-type",
    },
    "`task.return`, `task.cancel`": {
        "(core func (canon task.return (result u32)))": "canon task.return",
        "(core func (canon task.cancel))": "canon task.cancel",
    },
    "`subtask.cancel`, `subtask.drop`": {
        "(core func (canon subtask.cancel))": "canon subtask.cancel",
        "(core func (canon subtask.cancel async))": "canon subtask.cancel",
        "(core func (canon subtask.drop))": "canon subtask.drop",
    },
    "`backpressure.inc`, `backpressure.dec`": {
        "(core func (canon backpressure.inc))": "canon backpressure.inc",
        "(core func (canon backpressure.dec))": "canon backpressure.dec",
    },
    "`waitable-set.*`, `waitable.join`": {
        "(core func (canon waitable-set.new))": "canon waitable-set.new",
        f'{MEMORY} (core func (canon waitable-set.wait (memory (core memory $m "m"))))': "canon waitable-set.wait",
        f'{MEMORY} (core func (canon waitable-set.poll (memory (core memory $m "m"))))': "canon waitable-set.poll",
        "(core func (canon waitable-set.drop))": "canon waitable-set.drop",
        "(core func (canon waitable.join))": "canon waitable.join",
    },
    "`stream`, `stream.*`": {
        "(type (stream u8))": "stream type",
        "(type $s (stream)) (core func (canon stream.new $s))": "stream type",
        '(import "f" (func (param "s" (stream u8))))': "stream type",
    },
    "`future`, `future.*`": {
        "(type (future))": "future type",
        "(type $f (future u8)) (core func (canon future.new $f))": "future type",
    },
    "`error-context`, `error-context.*`": {
        "(type error-context)": "error-context type",
        '(import "f" (func (param "e" error-context)))': "error-context type",
        f'{MEMORY} (core func (canon error-context.new (memory (core memory $m "m"))))': "canon error-context.new",
        f"""{MEMORY} (core func (canon error-context.debug-message (memory (core memory $m "m"))
          (realloc (core func $m "r"))))""": "canon error-context.debug-message",
        "(core func (canon error-context.drop))": "canon error-context.drop",
    },
    "`thread.*`": {
        "(core func (canon thread.yield))": "canon thread.yield",
        "(core func (canon thread.index))": "canon thread.index",
        f'{MEMORY} (core type $t (func (param i32))) (core func (canon thread.new-indirect $t (core table $m "t")))':
            "canon thread.new-indirect",
        "(core func (canon thread.resume-later))": "canon thread.resume-later",
        "(core func (canon thread.suspend))": "canon thread.suspend",
        "(core func (canon thread.suspend-then-resume))": "canon thread.suspend-then-resume",
        "(core func (canon thread.yield-then-resume))": "canon thread.yield-then-resume",
        "(core func (canon thread.suspend-then-promote))": "canon thread.suspend-then-promote",
        "(core func (canon thread.yield-then-promote))": "canon thread.yield-then-promote",
    },
    "`thread.spawn-*`, `thread.available-parallelism`": {
        "(core type $t (shared (func (param i32)))) (core func (canon thread.spawn-ref $t))": "canon thread.spawn-ref",
        """(core type $t (shared (func (param i32))))
          (core module $m (table (export "t") shared 1 (ref null (shared func)))) (core instance $i (instantiate $m))
          (core func (canon thread.spawn-indirect $t (core table $i "t")))""":
            "canon thread.spawn-indirect",
        "(core func (canon thread.available_parallelism))": "canon thread.available-parallelism",
    },
    "values: imported, exported, defined": {
        '(import "v" (value u8))': "value",
        '(import "v" (value $v u8)) (export "w" (value $v))': "value",
        '(type (component (import "v" (value string))))': "value",
        '(component $c (import "v" (value u8))) (import "v" (value $v u8))': "value",
    },
    "start functions of components": {
        '(import "f" (func $f)) (start $f)': "component start function",
    },
    "resources with a 64-bit representation": {
        "(type (resource (rep i64)))": "resource with representation i64",
    },
}
CASES = [pytest.param(text, construct, id=text[-60:]) for row in GATED.values() for text, construct in row.items()]


@pytest.mark.parametrize(("text", "construct"), CASES)
def test_compile_names_the_construct_and_its_offset(
    text: str, construct: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "input.wasm"
    binary = bytes(wasmtime.wat2wasm(f"(component {text})"))
    path.write_bytes(binary)
    assert run(["compile", str(path), "-o", str(tmp_path / "out")]) == 2
    captured = capsys.readouterr()
    prefix = f"factfuzz: {path}: not supported: {construct} (at byte 0x"
    assert captured.out == ""
    assert captured.err.startswith(prefix)
    assert 8 <= int(captured.err.removeprefix(prefix).removesuffix(")\n"), 16) < len(binary)
    assert not (tmp_path / "out").exists()


def test_a_value_section(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The text format has no form for it: `(value u8 5)` by hand."""
    path = tmp_path / "input.wasm"
    path.write_bytes(b"\0asm\x0d\0\x01\0\x0c\x04\x01\x7d\x01\x05")
    assert run(["compile", str(path), "-o", str(tmp_path / "out")]) == 2
    assert capsys.readouterr().err == f"factfuzz: {path}: not supported: value (at byte 0x8)\n"


def test_scripts_count_them_as_unsupported(tmp_path: Path) -> None:
    """One definition for each construct, and a command that depends on it."""
    path = tmp_path / "gated.wast"
    texts = [text for row in GATED.values() for text in row]
    path.write_text("\n".join(f'(component {text})\n(assert_return (invoke "f"))' for text in texts))
    script = load_script(path)
    for engine in open_engines(["reference", "compiled"]):
        report = report_on(script, engine)
        assert (report.passed, report.failed, report.unsupported) == (0, 0, 2 * len(texts)), engine.info.name


def test_the_readme_has_a_line_for_each() -> None:
    lines = (ROOT / "README.md").read_text().splitlines()
    assert [row for row in GATED if not any(line.startswith(f"| {row} |") for line in lines)] == []
