"""What `factfuzz compile` writes."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import wasmtime
from cli_harness import LETTERS, STAR

from fuzz.cli import run


def test_compile_writes_the_plan_and_every_module(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["compile", STAR, "-o", str(tmp_path / "out"), "--json"]) == 0
    names = {f["name"] for f in json.loads(capsys.readouterr().out)["files"]}
    modules = {f"module-{n}.wasm" for n in range(4)}
    assert names == {"plan.txt", "plan.json", "adapter-0.wat", "adapter-0.wasm"} | modules
    plan = json.loads((tmp_path / "out" / "plan.json").read_text())
    assert plan["adapter_modules"][0]["adapters"] == [0, 1, 2]
    for name in names:
        if name.endswith(".wasm"):
            wasmtime.Module(wasmtime.Engine(), (tmp_path / "out" / name).read_bytes())
    assert ";; adapter 0, add: func(by: s16, up: bool) -> s64" in (tmp_path / "out" / "adapter-0.wat").read_text()


def test_compile_writes_adapters_for_strings_and_lists(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["compile", LETTERS, "-o", str(tmp_path)]) == 0
    text = (tmp_path / "adapter-0.wat").read_text()
    assert "spell: func(word: string) -> list<char>" in text
    for module in tmp_path.glob("*.wasm"):
        wasmtime.Module(wasmtime.Engine(), module.read_bytes())


def test_compile_writes_built_ins_too(shelf: str, tmp_path: Path) -> None:
    assert run(["compile", shelf, "-o", str(tmp_path / "out")]) == 0
    assert '(export "builtin:0")' in (tmp_path / "out" / "builtins.wat").read_text()
    wasmtime.Module(wasmtime.Engine(), (tmp_path / "out" / "builtins.wasm").read_bytes())
