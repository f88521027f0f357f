"""`factfuzz cmin` and `factfuzz tmin` as a person uses them."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from time import sleep

import pytest
from cmin_cases import FINDINGS, corpus, kept_in, script, shown_by

from fuzz.cli import cli, run


def refused(capsys: pytest.CaptureFixture[str], *args: str) -> str:
    assert run(args) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.startswith("factfuzz: ") and captured.err.count("\n") == 1
    return captured.err


def test_findings_and_generated_cases(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    generated = corpus(tmp_path / "in", 5)
    for number in range(6):
        (generated / f"{number:040x}").write_text(script(number))
    out = tmp_path / "min"
    arguments = ["cmin", str(generated), str(FINDINGS), "-o", str(out), "--timeout", "60", "--check"]
    assert run([*arguments, "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["files"] == told["cases"] == 11 + len(list(FINDINGS.glob("*.wast")))
    assert all("no directive of a case" in one["why"] for one in told["unreadable"])
    assert told["names"] == kept_in(out) and told["kept"] == len(told["names"])
    assert told["least_kept"] <= told["kept"] < told["cases"] - 5 - len(told["unreadable"])
    assert told["bytes"] == sum((out / name).stat().st_size for name in kept_in(out)) < told["bytes_before"]
    assert told["least_weight"] <= told["weight"] + 1e-9
    assert told["measured"] == told["cases"] and told["check"]["ok"]
    shown = shown_by(generated, FINDINGS)
    assert shown_by(out) == shown
    for kind, name in (("feature", "features"), ("branch", "branches")):
        assert told[name] == sum(element.startswith(f"{kind} ") for element in shown) > 100
    assert run(arguments) == 0
    lines = capsys.readouterr().out.splitlines()
    assert f"kept {told['kept']} cases of {told['cases']}, " in "\n".join(lines)
    assert any(line.startswith("0 cases measured now") for line in lines)
    assert any(line.startswith(f"written to {out}: 0 new, 0 removed") for line in lines)
    assert lines[-1] == f"checked: {told['kept']} kept cases, measured again, show all of {len(shown):,} elements"


def test_a_check_by_itself_finds_a_loss(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "min"
    assert run(["cmin", str(corpus(tmp_path / "in", 3)), "-o", str(out)]) == 0
    capsys.readouterr()
    assert run(["cmin", "-o", str(out), "--check"]) == 0
    assert capsys.readouterr().out.startswith("checked: ")
    victim = out / kept_in(out)[0]
    victim.write_text(script(1))
    assert run(["cmin", "-o", str(out), "--check"]) == 1
    told = capsys.readouterr().out
    assert f"{victim.name}: was changed since it was kept\n" in told
    assert "\nlost: " in told and f"  {victim.name} was changed since it was kept\n" in told
    assert run(["cmin", "-o", str(out), "--check", "--json"]) == 1
    told = json.loads(capsys.readouterr().out)
    assert not told["ok"] and told["lost"] and told["troubles"][0]["name"] == victim.name


def test_with_python(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    cases = corpus(tmp_path / "in", 4)
    out = tmp_path / "min"
    assert run(["cmin", str(cases), "-o", str(out), "--python", "--json", "--check"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["python"] > 1000
    assert run(["cmin", str(cases), "-o", str(out), "--json"]) == 0
    without = json.loads(capsys.readouterr().out)
    assert (without["python"], without["measured"]) == (0, 0)
    assert without["kept"] <= told["kept"] == told["least_kept"]


def test_bad_use(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = str(tmp_path / "out")
    assert "a CORPUS is expected" in refused(capsys, "cmin", "-o", out)
    assert "no such file or directory" in refused(capsys, "cmin", str(tmp_path / "no"), "-o", out)
    assert "Missing option" in refused(capsys, "cmin", str(tmp_path))
    assert "has not kept anything" in refused(capsys, "cmin", "-o", out, "--check")
    assert "expected a duration" in refused(capsys, "cmin", str(tmp_path), "-o", out, "--search", "soon")
    assert "expected a size" in refused(capsys, "cmin", str(tmp_path), "-o", out, "--memory", "much")
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "x.wast").write_text("(component")
    assert "no case that can be run; the first of 1:" in refused(capsys, "cmin", str(tmp_path / "in"), "-o", out)
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "x").touch()
    assert "--force" in refused(capsys, "cmin", str(tmp_path / "in"), "-o", str(tmp_path / "mine"))


def test_interrupted_it_says_how_to_go_on(tmp_path: Path) -> None:
    """Ctrl-C goes to the whole process group."""
    cases = corpus(tmp_path / "in", 12)
    for number in range(400):
        (cases / f"{number}.wast").write_text(script(number))
    command = [sys.executable, "-m", "fuzz", "cmin", str(cases), "-o", str(tmp_path / "min"), "--workers", "1"]
    pipe = subprocess.PIPE
    process = subprocess.Popen(command, stdout=pipe, stderr=pipe, text=True, start_new_session=True)
    index = tmp_path / "min" / ".cmin" / "index.db"
    while not (index.exists() and index.stat().st_size) and process.poll() is None:
        sleep(0.02)
    os.killpg(process.pid, signal.SIGINT)
    out, err = process.communicate(timeout=60)
    assert process.returncode == 130
    assert out == "" and "Traceback" not in err
    assert err.splitlines()[-1].startswith("factfuzz: interrupted: ")
    assert "of 412 cases are measured; the same command goes on" in err
    assert kept_in(tmp_path / "min") == []


def test_tmin_is_minimize(capsys: pytest.CaptureFixture[str]) -> None:
    tmin, minimize = cli.commands["tmin"], cli.commands["minimize"]
    assert (tmin.callback, tmin.params, tmin.help) == (minimize.callback, minimize.params, minimize.help)
    assert run(["tmin", "-h"]) == run(["minimize", "-h"]) == 0
    first, second = capsys.readouterr().out.split("Usage: factfuzz ")[1:]
    assert first.removeprefix("tmin") == second.removeprefix("minimize")
