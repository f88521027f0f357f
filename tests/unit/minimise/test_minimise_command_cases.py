"""`factfuzz minimize` on scripts of several kinds."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from minimise_scripts import COMPONENTS, buried, finding, script
from wasmtime import wat2wasm

from fact.model.settings import Reentrance
from fuzz.campaign.config import imported
from fuzz.case import Origin
from fuzz.cli import run
from fuzz.engines.registry import open_engines
from fuzz.examine import by_name, examine, full_case
from fuzz.minimise.scripts.job import Task, minimise
from fuzz.script import to_wast
from generators.stream import CaseStream


def test_several_components_and_binary_ones(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = finding("lent-before-type")
    component = text[text.index("(component") : text.index("(component instance")].replace("definition $D", "")
    data = "".join(f"\\{byte:02x}" for byte in bytes(wat2wasm(component)))
    other = '(component $other (core module $m (func (export "f"))) (core instance $i (instantiate $m))' \
            ' (func (export "f") (canon lift (core func $i "f"))))'
    case = script(tmp_path, f"""{other} (component definition $D binary "{data}") (component instance $i $D)
      (assert_return (invoke $other "f")) (assert_trap (invoke $i "run") "wrong type")""")
    out = tmp_path / "small.wast"
    assert run(["minimize", str(case), "-o", str(out)]) == 0
    shown = capsys.readouterr().out
    assert "trapped: wrong-resource-type at param given" in shown
    small = out.read_text(encoding="utf-8")
    assert small.count("(component ") < 4 and "binary" not in small
    assert run(["run", str(out)]) == 1


def test_an_engine_that_dies(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    case = script(tmp_path, finding("component-with-resource-in-instance-abort"))
    assert run(["minimize", str(case), "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["signature"].startswith("crash native SIGABRT")
    assert told["kind"] == "crash" and told["why"].startswith("The process of native ended")
    assert told["after"]["bytes"] < told["before"]["bytes"]


def test_a_generated_case_by_its_blueprint_and_its_text(tmp_path: Path) -> None:
    engines = by_name(open_engines(["reference", "native"]))
    stream = CaseStream(imported("generators.families:swarm"), 5)
    examined = examine(stream(35), engines)
    assert examined.divergence is not None
    case = script(tmp_path, to_wast(full_case(examined, engines, Origin(seed=5, number=35))))
    done = minimise(Task(case, tmp_path / "small.wast", ("reference", "native"), Reentrance.GUARDED), 40.0)
    assert done.after.length < done.before.length / 5
    assert done.signature.startswith(examined.divergence.signature)
    small = (tmp_path / "small.wast").read_text(encoding="utf-8")
    assert "factfuzz-blueprint" not in small
    assert ";; factfuzz made this smaller, from case.wast" in small


def test_interrupted_it_keeps_the_best_so_far(tmp_path: Path) -> None:
    letters = (COMPONENTS / "letters.wat").read_text(encoding="utf-8")
    case = script(tmp_path, buried(finding("lent-borrow-dropped"), letters, 8) + '\n(invoke "run")\n')
    out = tmp_path / "small.wast"
    code = "import sys; from fuzz.cli import main; main(sys.argv[1:])"
    process = subprocess.Popen(
        [sys.executable, "-c", code, "minimize", str(case), "-o", str(out), "--json"],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    while process.poll() is None and not (out.exists() and out.stat().st_size < case.stat().st_size / 4):
        try:
            process.wait(0.1)
        except subprocess.TimeoutExpired:
            continue
    process.send_signal(signal.SIGINT)
    output, errors = process.communicate(timeout=60)
    assert process.returncode == 0, errors
    told = json.loads(output)
    assert told["after"]["bytes"] < told["before"]["bytes"]
    assert run(["run", str(out)]) == 1
