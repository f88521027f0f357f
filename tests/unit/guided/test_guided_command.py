from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

import pytest
from guided_processes import needs_atheris

from fuzz.cli import run
from fuzz.errors import UsageError
from fuzz.guided import process
from fuzz.guided.libfuzzer import Slots, instrumented
from fuzz.guided.start import TARGETS, main


def refused(capsys: pytest.CaptureFixture[str], *args: str) -> str:
    assert run(["atheris", *args]) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.startswith("factfuzz: ")
    assert captured.err.count("\n") == 1
    return captured.err


@needs_atheris
@pytest.mark.parametrize(
    ("args", "words"),
    [
        (["nothing"], "no target 'nothing': there are differential, "),
        (["differential", "-x=1"], "libFuzzer has no flag -x"),
        (["differential", "nowhere"], "nowhere: no such file or directory"),
        (["differential", "--engine=other"], "unknown engine 'other'"),
        (["differential", "--verbose"], "--verbose: unknown"),
        ([], "Missing argument 'NAME'"),
    ],
)
def test_bad_usage_is_one_line(capsys: pytest.CaptureFixture[str], args: list[str], words: str) -> None:
    assert words in refused(capsys, *args)


def test_without_atheris_it_is_said_how_to_get_it(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "atheris", None)
    assert "pip install 'factfuzz[atheris]'" in refused(capsys, "differential", "-runs=1")
    assert main("differential", ["differential.py", "-runs=1"]) == 2
    said = capsys.readouterr().err
    assert "pip install 'factfuzz[atheris]'" in said
    assert said.count("\n") == 1
    with pytest.raises(UsageError), instrumented(["fact.abi"]):
        raise AssertionError("not reached")
    with pytest.raises(UsageError):
        Slots(1)


@needs_atheris
@pytest.mark.parametrize(
    ("ended", "status"), [(0, 0), (72, 0), (77, 1), (70, 1), (71, 1), (1, 1), (-9, 1), (2, 2)],
)
def test_what_libfuzzer_ends_with_becomes_a_status(
    monkeypatch: pytest.MonkeyPatch, ended: int, status: int
) -> None:
    commands: list[Sequence[str]] = []

    def finished(command: Sequence[str]) -> int:
        commands.append(command)
        return ended

    monkeypatch.setattr(process, "_finished", finished)
    assert run(["atheris", "differential", "-runs=1", "--engine=native", "-seed=4"]) == status
    ((interpreter, script, *rest),) = commands
    assert interpreter == sys.executable
    assert Path(script).is_file()
    assert rest == ["-runs=1", "--engine=native", "-seed=4"]


def test_help_tells_of_all_targets(capsys: pytest.CaptureFixture[str]) -> None:
    for args in (["atheris", "-h"], ["atheris", "differential", "--help"]):
        assert run(args) == 0
        said = capsys.readouterr().out
        assert all(name in said for name in TARGETS)
        assert "--instrument" in said


def test_every_target_is_a_script() -> None:
    for name in TARGETS:
        script = process.SCRIPTS / f"{name}.py"
        assert script.stat().st_mode & 0o111, f"{script} is to be executable"
        assert script.read_text().startswith("#!/usr/bin/env python3\n")


@needs_atheris
def test_only_the_named_packages_are_instrumented(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("guided_a", "guided_ab"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "__init__.py").write_text("")
        (tmp_path / name / "inner.py").write_text("def which(x):\n    return 1 if x else 2\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    with instrumented(["guided_a"]):
        from guided_a import inner as instrumented_module  # type: ignore[import-not-found]
        from guided_ab import inner as other_module  # type: ignore[import-not-found]
    assert other_module.which.__code__.co_code != instrumented_module.which.__code__.co_code
    assert instrumented_module.which(True) == other_module.which(True) == 1
