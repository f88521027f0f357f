"""The command line as a user meets it: what it prints, and its exit status."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
from cli_harness import CLOCK, COMPONENTS, GLYPHS, LETTERS, ROOT, STAR, refused

from fuzz.cli import run


def test_run_prints_a_line_an_engine_and_the_verdict(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["run", GLYPHS, "--invoke", "glyph(9731)"]) == 0
    assert capsys.readouterr().out.splitlines() == [
        "glyph(9731)",
        "  reference  returned '☃'",
        "  compiled   returned '☃'",
        "  native     returned '☃'",
        "all agree",
    ]


def test_a_trap_names_its_reason_site_and_section(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["run", GLYPHS, "--invoke", "glyph(55296)", "--engine", "reference"]) == 0
    out = capsys.readouterr().out
    assert "trapped: invalid-char at result  [CanonicalABI.md, Loading: convert_i32_to_char]" in out


def test_calls_share_an_instance_until_one_traps(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["run", STAR, "--invoke", "red(3)", "--invoke", "blue(4)", "--invoke", "server#add(-2, false)"]) == 0
    out = capsys.readouterr().out
    assert out.count("returned 3\n") == 3 and out.count("returned 7\n") == 3 and out.count("returned 9\n") == 3


def test_values_of_many_parts_go_in_and_come_out(capsys: pytest.CaptureFixture[str]) -> None:
    calls = ['spell("né 😀")', """join(["a", "é"], some('☃'))""", "join([\"b\"],\n '/') // no some", "join([])"]
    assert run(["run", LETTERS, *(word for call in calls for word in ("--invoke", call))]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0::4] == ['spell("né 😀")', "join([\"a\", \"é\"], some('☃'))", "join([\"b\"], some('/'))",
                           "join([], none)", "all agree"]
    assert lines[1:4] == [f"  {name:9}  returned ['n', 'é', ' ', '😀']" for name in ("reference", "compiled", "native")]
    assert lines[5] == '  reference  returned "a☃é"'


def test_long_values_are_cut_for_people_and_whole_for_programs(capsys: pytest.CaptureFixture[str]) -> None:
    call = f'spell("{"a" * 30_000}")'
    assert run(["run", LETTERS, "--invoke", call, "--engine", "reference,compiled"]) == 0
    out = capsys.readouterr().out
    assert "…\" of 30000 characters" in out and out.count(" more]\n") == 2 and len(out) < 1500
    assert run(["run", LETTERS, "--invoke", call, "--engine", "compiled", "--json"]) == 0
    (made,) = json.loads(capsys.readouterr().out)["engines"]["compiled"]["calls"]
    assert made["value"] == "[" + ", ".join(["'a'"] * 30_000) + "]"
    assert len(made["text"]) < 400


def test_hostile_values_have_one_reason_on_every_engine(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["run", str(ROOT / "tests" / "wast" / "hostile-values.wast")]) == 0
    out = capsys.readouterr().out
    for reason in ("invalid-discriminant", "invalid-char", "pointer-misaligned", "invalid-utf8", "invalid-utf16"):
        told = re.findall(rf"(\w+) +trapped: {reason}\b", out)
        assert told.count("reference") == told.count("compiled") == told.count("native") > 0
    assert out.endswith("all agree\n")


def test_the_host_answers_what_it_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["run", CLOCK, "--host", "now=90061", "--invoke", "hours()"]) == 0
    assert capsys.readouterr().out.count("returned 25  (asked the host: now())") == 3
    assert run(["run", CLOCK, "--invoke", "hours()"]) == 0
    assert "host import now: no --host answer given" in capsys.readouterr().out


NAMES = """(component
  (type $point' (record (field "x" u8) (field "y" (option u8))))
  (import "point" (type $point (eq $point')))
  (import "names" (func $names (param "at" $point) (result (list string))))
  (core module $Memory (memory (export "mem") 1)
    (global $end (mut i32) (i32.const 64))
    (func (export "realloc") (param i32 i32 i32 i32) (result i32)
      (global.set $end (i32.add (global.get $end) (i32.const 64))) (global.get $end)))
  (core instance $memory (instantiate $Memory))
  (core func $names (canon lower (func $names)
    (memory (core memory $memory "mem")) (realloc (core func $memory "realloc"))))
  (core module $M
    (import "memory" "mem" (memory 1)) (import "" "names" (func $names (param i32 i32 i32 i32)))
    (func (export "count") (result i32)
      (call $names (i32.const 1) (i32.const 0) (i32.const 7) (i32.const 0)) (i32.load (i32.const 4))))
  (core instance $m (instantiate $M (with "memory" (instance $memory))
    (with "" (instance (export "names" (func $names))))))
  (func (export "count") (result u32) (canon lift (core func $m "count"))))"""


def test_the_host_answers_with_values_of_any_type(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "names.wat"
    path.write_text(NAMES)
    assert run(["run", str(path), "--host", 'names=["a", "é"]', "--invoke", "count()"]) == 0
    assert capsys.readouterr().out.count("returned 2  (asked the host: names({x: 1, y: none}))\n") == 3
    assert run(["run", str(path), "--invoke", "count()"]) == 0
    assert capsys.readouterr().out.count("returned 0  (asked the host") == 3
    said = refused(capsys, "run", str(path), "--host", "names=[1]")
    assert "--host 'names=[1]': `1` is not a string (column 2)" in said


def test_what_one_engine_does_not_support_is_no_disagreement(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["run", str(COMPONENTS / "host-reexport.wat"), "--host", "now=7", "--invoke", "now()"]) == 0
    out = capsys.readouterr().out
    assert "native     not supported: component export `now` is a reexport" in out
    assert out.count("returned 7") == 2
    assert out.endswith("reference and compiled agree\n")


def test_nothing_compared_is_no_agreement(capsys: pytest.CaptureFixture[str]) -> None:
    host_reexport = str(COMPONENTS / "host-reexport.wat")
    assert run(["run", host_reexport, "--host", "now=7", "--invoke", "now()", "--engine", "native"]) == 2
    assert capsys.readouterr().out.endswith("nothing to compare: no engine supports this\n")


def test_an_invocation_may_stand_in_a_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """An argument of a program cannot be longer than 128 KiB."""
    path = tmp_path / "call"
    path.write_text(f'join(["{"é" * 150_000}"])\n')
    assert run(["run", LETTERS, "--invoke", f"@{path}", "--engine", "compiled,native"]) == 0
    assert "…\" of 150000 characters" in capsys.readouterr().out
    assert "none: no such file" in refused(capsys, "run", LETTERS, "--invoke", f"@{tmp_path / 'none'}")


def test_run_as_json(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["run", GLYPHS, "--invoke", "narrow(200)", "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert document["agree"] is True
    values = {name: engine["calls"][0]["value"] for name, engine in document["engines"].items()}
    assert values == {"reference": "-56", "compiled": "-56", "native": "-56"}


def test_json_tells_what_the_host_was_asked_and_by_whom(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "names.wat"
    path.write_text(NAMES)
    assert run(["run", str(path), "--invoke", "count()", "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert document["took_part"] == list(document["engines"]) == ["reference", "compiled", "native"]
    assert document["assumed"] == ["names"]
    for engine in document["engines"].values():
        assert engine["calls"][0]["asked"] == [{"name": "names", "args": ["{x: 1, y: none}"]}]
    reexport = str(COMPONENTS / "host-reexport.wat")
    assert run(["run", reexport, "--host", "now=7", "--invoke", "now()", "--json", "--engine", "native"]) == 2
    document = json.loads(capsys.readouterr().out)
    assert document["took_part"] == [] and document["assumed"] == []


def test_a_host_import_without_a_result_needs_no_answer(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "note.wat"
    path.write_text('(component (import "note" (func (param "x" u8))))')
    assert run(["run", str(path), "--engine", "reference,compiled"]) == 0
    assert "no --host answer given" not in capsys.readouterr().out


SPIN = """
(component
  (core module $m (func (export "f") (loop $again (br $again))))
  (core instance $m (instantiate $m))
  (func (export "spin") (canon lift (core func $m "f"))))
"""

INTERRUPTED_LATER = """
import os, signal, sys, threading
from fuzz.cli import main
threading.Timer(2.0, lambda: os.kill(os.getpid(), signal.SIGINT)).start()
main(sys.argv[1:])
"""


@pytest.mark.parametrize("engine", ["reference", "compiled"])
def test_an_interrupt_ends_a_guest_that_never_returns(tmp_path: Path, engine: str) -> None:
    """The guest keeps the interpreter from its turn, and so from Python's handler."""
    path = tmp_path / "spin.wat"
    path.write_text(SPIN)
    done = subprocess.run([sys.executable, "-c", INTERRUPTED_LATER, "run", str(path), "--invoke", "spin()",
                           "--engine", engine], capture_output=True, text=True, cwd=ROOT, timeout=30)
    assert (done.returncode, done.stderr.strip()) == (130, "factfuzz: interrupted")


def test_a_disagreement_is_status_1(capsys: pytest.CaptureFixture[str]) -> None:
    finding = ROOT / "corpus" / "findings" / "post-return-may-leave.wast"
    assert run(["run", str(finding)]) == 1
    out = capsys.readouterr().out
    assert "  reference  trapped: cannot-leave" in out and "  native     returned" in out
    assert out.rstrip().endswith("disagreement")


def test_wast_counts_by_file_and_engine(capsys: pytest.CaptureFixture[str]) -> None:
    page = ROOT / "tests" / "wast" / "char-limits.wast"
    assert run(["wast", str(page), "--engine", "reference,native"]) == 0
    out = capsys.readouterr().out
    assert f"ok   {page}  reference  38 passed, 0 failed" in out
    assert re.search(r"^commands passed +38 +38$", out, re.MULTILINE)


def test_engines_are_listed(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["engines", "--json"]) == 0
    engines = json.loads(capsys.readouterr().out)
    assert [e["name"] for e in engines] == ["reference", "compiled", "native"]
    table = (ROOT / "README.md").read_text().partition("## What is supported")[2].replace("`", "")
    assert [s for s in engines[0]["supports"] if s not in table] == []
    refused_by_native = [line for line in table.splitlines() if line.startswith("|") and "| refused" in line]
    lacking = set(engines[1]["supports"]) - set(engines[2]["supports"])
    assert len(lacking) == 4 and all(any(s in line for line in refused_by_native) for s in lacking)


def test_a_campaign_runs_engines_in_their_own_order(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Signatures name engines in order, and known differences match signatures."""
    out = str(tmp_path / "out")
    assert run(["fuzz", "--cases", "0", "--engine", "native,reference", "--out", out, "--json"]) == 0
    assert list(json.loads(capsys.readouterr().out)["engines"]) == ["reference", "native"]


def test_the_module_is_the_same_command() -> None:
    done = subprocess.run([sys.executable, "-m", "fuzz", "engines"], capture_output=True, text=True, cwd=ROOT)
    assert done.returncode == 0 and done.stdout.startswith("reference")
