"""Bad usage and bad input: one line on stderr, status 2 and nothing on stdout."""

from __future__ import annotations

from pathlib import Path

import pytest
import wasmtime
from cli_harness import CLOCK, COMPONENTS, GLYPHS, LETTERS, refused

from fuzz.cli import run
from fuzz.commands.options import parse_duration
from fuzz.errors import UsageError


@pytest.mark.parametrize(
    ("args", "says"),
    [
        (("run", "nowhere.wat"), "nowhere.wat: no such file"),
        (("run", str(COMPONENTS)), "is a directory"),
        (("run", GLYPHS, "--engine", "v8"), "unknown engine 'v8': there are reference, compiled, native"),
        (("run", GLYPHS, "--engine", "native,native"), "named twice"),
        (("run", GLYPHS, "--engine", ","), "no engine is named"),
        (("run", GLYPHS, "--invoke", "nothing()"), "no exported function 'nothing': the component exports glyph,"),
        (("run", GLYPHS, "--invoke", "glyph(1, 2)"), "glyph was given 2 arguments"),
        (("run", GLYPHS, "--invoke", "glyph(-1)"), "out of range for u32"),
        (("run", GLYPHS, "--invoke", "glyph(true)"), "not a u32"),
        (("run", GLYPHS, "--invoke", "glyph"), "expected"),
        (("run", GLYPHS, "--invoke", "drop #-1"), "--invoke 'drop #-1': expected `drop #1`"),
        (("run", GLYPHS, "--invoke", "drop #"), "--invoke 'drop #': expected `drop #1`"),
        (("run", GLYPHS, "--reentrance", "maybe"), "'guarded', 'free'"),
        (("run", CLOCK, "--host", "then=1"), "the component imports now"),
        (("run", CLOCK, "--host", "now=-1"), "out of range for u64"),
        (("run", CLOCK, "--host", "now"), "expected NAME=VALUE"),
        (("wast", "nowhere"), "nowhere: no such file or folder"),
        (("compile", GLYPHS), "-o"),
        (("fuzz", "--time", "soon"), "expected a duration"),
        (("fuzz", "--seed", "-1"), "--seed"),
        (("fuzz", "--cases", "1", "--engine", "nobody"), "unknown engine"),
        (("march",), "march"),
    ],
    ids=lambda value: " ".join(value)[-40:] if isinstance(value, tuple) else "",
)
def test_bad_usage_is_one_line_and_status_2(
    args: tuple[str, ...], says: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert says in refused(capsys, *args)


def test_no_command_at_all_shows_the_help(capsys: pytest.CaptureFixture[str]) -> None:
    assert run([]) == 2
    assert "Commands:" in capsys.readouterr().err


ASYNC = """(component (import "f" (func async)))"""


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "is empty"),
        (b"\0asm\x01\0\0\0", "a core module, where a component is expected"),
        (b"(module)", "a core module, where a component is expected"),
        (b"\0asm\x0d\0\x01\0\x07\x05\x01", "malformed"),
        (b"\0asm\xff\xff\xff\xff", "neither a component binary nor component text"),
        (b"(component\n  (func $x)", "line 2"),
        (b"\xff\xfe(component)", "not UTF-8"),
        (b"\x7fELF" + bytes(60), "line 1"),
        (ASYNC.encode(), "not supported: async function type (at byte 0xb)"),
    ],
)
def test_bad_components_are_one_line_and_status_2(
    content: bytes, says: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "input.wasm"
    path.write_bytes(content)
    assert says in refused(capsys, "run", str(path))
    assert refused(capsys, "compile", str(path), "-o", str(tmp_path / "out"))


def test_paths_that_are_no_files(capsys: pytest.CaptureFixture[str]) -> None:
    assert "cannot be read" in refused(capsys, "run", "x" * 300)
    assert "is longer than" in refused(capsys, "run", "/dev/zero")


def test_exponentially_many_instances_are_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    levels = "".join(
        f"""(component $c{n} (alias outer 1 $c{n - 1} (component $c))
              (instance (instantiate $c)) (instance (instantiate $c)))"""
        for n in range(1, 33)
    )
    path = tmp_path / "many.wat"
    path.write_text(f"(component (component $c0) {levels} (instance (instantiate $c32)))")
    assert "more than 10000 component instances" in refused(capsys, "run", str(path))


def test_every_truncation_of_a_component_is_refused_in_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    binary = bytes(wasmtime.wat2wasm(Path(CLOCK).read_text()))
    path = tmp_path / "cut.wasm"
    for size in range(8, len(binary), 23):
        path.write_bytes(binary[:size])
        status = run(["run", str(path)])
        err = capsys.readouterr().err
        assert (status, err.count("\n")) in [(2, 1), (0, 0)], size


def test_a_component_cut_short_says_where_and_nothing_else(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "cut.wasm"
    path.write_bytes(bytes(wasmtime.wat2wasm(Path(GLYPHS).read_text()))[:200])
    said = refused(capsys, "run", str(path))
    assert said == f"factfuzz: {path}: malformed: unexpected end-of-file (at offset 0xc7)\n"


def test_a_directory_that_cannot_be_written_to(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "file").write_text("")
    assert "cannot be written to" in refused(capsys, "compile", GLYPHS, "-o", str(tmp_path / "file" / "out"))


def test_a_script_with_a_syntax_error(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "bad.wast"
    path.write_text("(component")
    assert "line 1" in refused(capsys, "wast", str(path))
    assert "line 1" in refused(capsys, "run", str(path))


@pytest.mark.parametrize(("call", "says"), [
    ('spell("a)', "unfinished quotation (column 7)"),
    ("spell('a')", "`'a'` is not a string (column 7): expected text in double quotes"),
    ("spell(\"\\x\")", "is no escape (column 8)"),
    ("join([\"a\", 1])", "`1` is not a string (column 12)"),
    ("join([\"a\"], some(a))", "`a` is not a char (column 18)"),
    ("join([\"a\"], none, none)", "join was given 3 arguments (column 19)"),
    ("join()", "join was given 0 arguments"),
    ("join(" + "[" * 5000, "unfinished argument list"),
    ("join(" + "[" * 5000 + "]" * 5000 + ")", "`[` is not a string"),
])
def test_values_that_are_none_are_one_line(call: str, says: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert says in refused(capsys, "run", LETTERS, "--invoke", call)


def test_a_host_import_is_answered_once(capsys: pytest.CaptureFixture[str]) -> None:
    said = refused(capsys, "run", CLOCK, "--host", "now=1", "--host", "now=2")
    assert "--host 'now=2': now has an answer already" in said


DURATIONS = [("90", 90), ("60s", 60), ("1.5h", 5400), ("1h30m", 5400), ("250ms", 0.25)]


@pytest.mark.parametrize(("text", "seconds"), DURATIONS)
def test_durations(text: str, seconds: float) -> None:
    assert parse_duration(text) == seconds


@pytest.mark.parametrize("text", ["", "s", "5 s", "1x", "-3s", "1h-5m"])
def test_what_is_no_duration(text: str) -> None:
    with pytest.raises(UsageError):
        parse_duration(text)
