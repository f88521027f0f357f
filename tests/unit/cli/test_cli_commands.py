"""The command line as a user meets it: what it prints, its exit status, and one line for whatever is wrong."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
import wasmtime

from fuzz.cli import parse_duration, run
from fuzz.errors import UsageError

ROOT = Path(__file__).parents[3]
COMPONENTS = ROOT / "tests" / "components"
GLYPHS, STAR, CLOCK, LETTERS = (
    str(COMPONENTS / name) for name in ("glyphs.wat", "counter-star.wat", "clock.wat", "letters.wat"))


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


def test_hostile_values_have_one_reason_on_every_engine(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["run", str(ROOT / "tests" / "wast" / "hostile-values.wast")]) == 0
    out = capsys.readouterr().out
    for reason in ("invalid-discriminant", "invalid-char", "pointer-misaligned", "invalid-utf8", "invalid-utf16"):
        told = re.findall(rf"(\w+) +trapped: {reason}\b", out)
        assert told.count("reference") == told.count("compiled") == told.count("native") > 0
    assert out.endswith("all agree\n")


def test_compile_writes_adapters_for_strings_and_lists(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["compile", LETTERS, "-o", str(tmp_path)]) == 0
    text = (tmp_path / "adapter-0.wat").read_text()
    assert "spell: func(word: string) -> list<char>" in text
    for module in tmp_path.glob("*.wasm"):
        wasmtime.Module(wasmtime.Engine(), module.read_bytes())


def test_the_host_answers_what_it_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["run", CLOCK, "--host", "now=90061", "--invoke", "hours()"]) == 0
    assert capsys.readouterr().out.count("returned 25  (asked the host: now())") == 3
    assert run(["run", CLOCK, "--invoke", "hours()"]) == 0
    assert "host import now: no --host answer given" in capsys.readouterr().out


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


def test_a_host_import_is_answered_once(capsys: pytest.CaptureFixture[str]) -> None:
    said = refused(capsys, "run", CLOCK, "--host", "now=1", "--host", "now=2")
    assert "--host 'now=2': now has an answer already" in said


def test_a_host_import_without_a_result_needs_no_answer(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "note.wat"
    path.write_text('(component (import "note" (func (param "x" u8))))')
    assert run(["run", str(path), "--engine", "reference,compiled"]) == 0
    assert "no --host answer given" not in capsys.readouterr().out


@pytest.mark.parametrize("engine", ["reference", "compiled"])
def test_an_interrupt_ends_a_guest_that_never_returns(tmp_path: Path, engine: str) -> None:
    """The guest keeps the interpreter from its turn, and so from Python's handler."""
    path = tmp_path / "spin.wat"
    path.write_text(SPIN)
    done = subprocess.run([sys.executable, "-c", INTERRUPTED_LATER, "run", str(path), "--invoke", "spin()",
                           "--engine", engine], capture_output=True, text=True, cwd=ROOT, timeout=30)
    assert (done.returncode, done.stderr.strip()) == (130, "factfuzz: interrupted")


SHELF = """(component
  (core module $D (global $gone (mut i32) (i32.const 0))
    (func (export "dtor") (param i32) (global.set $gone (local.get 0)))
    (func (export "gone") (result i32) (global.get $gone)))
  (core instance $d (instantiate $D))
  (type $book' (resource (rep i32) (dtor (core func $d "dtor"))))
  (export $book "book" (type $book'))
  (core func $new (canon resource.new $book))
  (core module $M (func (export "self") (param i32) (result i32) (local.get 0)))
  (core instance $m (instantiate $M))
  (func (export "book-of") (param "page" u32) (result (own $book)) (canon lift (core func $new)))
  (func (export "page-of") (param "book" (borrow $book)) (result u32) (canon lift (core func $m "self")))
  (func (export "gone") (result u32) (canon lift (core func $d "gone"))))"""


@pytest.fixture
def shelf(tmp_path: Path) -> str:
    path = tmp_path / "shelf.wat"
    path.write_text(SHELF)
    return str(path)


def test_handles_go_in_and_come_out_and_are_dropped(shelf: str, capsys: pytest.CaptureFixture[str]) -> None:
    calls = ["book-of(7)", "book-of(8)", "page-of(#2)", "drop #2", "gone()", "page-of(#1)"]
    assert run(["run", shelf, *(word for call in calls for word in ("--invoke", call))]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0::4] == [*calls, "all agree"]
    said = [line.removeprefix("  native     ") for line in lines[3::4]]
    assert said == ["returned #1", "returned #2", "returned 8", "returned", "returned 8", "returned 7"]


def test_a_handle_that_the_host_does_not_hold_is_status_2(shelf: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["run", shelf, "--invoke", "page-of(#1)", "--invoke", "drop #4", "--invoke", "gone()"]) == 2
    printed = capsys.readouterr()
    assert printed.out.count("bad usage: ") == 6 and printed.out.count("returned 0") == 3
    said = "handle #1 was never given to the host, which has been given 0"
    assert printed.err == f"factfuzz: --invoke 'page-of(#1)': {said}\n"


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


def test_compile_writes_built_ins_too(shelf: str, tmp_path: Path) -> None:
    assert run(["compile", shelf, "-o", str(tmp_path / "out")]) == 0
    assert '(export "builtin:0")' in (tmp_path / "out" / "builtins.wat").read_text()
    wasmtime.Module(wasmtime.Engine(), (tmp_path / "out" / "builtins.wasm").read_bytes())


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


def test_engines_are_listed(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["engines", "--json"]) == 0
    engines = json.loads(capsys.readouterr().out)
    assert [e["name"] for e in engines] == ["reference", "compiled", "native"]
    table = (ROOT / "README.md").read_text().partition("## What is supported")[2].replace("`", "")
    assert [s for s in engines[0]["supports"] if s not in table] == []
    refused_by_native = [line for line in table.splitlines() if line.startswith("|") and "| refused" in line]
    lacking = set(engines[1]["supports"]) - set(engines[2]["supports"])
    assert len(lacking) == 4 and all(any(s in line for line in refused_by_native) for s in lacking)


# -- bad usage and input


def refused(capsys: pytest.CaptureFixture[str], *args: str) -> str:
    """What stands on stderr: one line, with status 2 and nothing on stdout."""
    assert run(args) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.startswith("factfuzz: ")
    assert captured.err.count("\n") == 1
    return captured.err


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

DURATIONS = [("90", 90), ("60s", 60), ("1.5h", 5400), ("1h30m", 5400), ("250ms", 0.25)]


@pytest.mark.parametrize(("text", "seconds"), DURATIONS)
def test_durations(text: str, seconds: float) -> None:
    assert parse_duration(text) == seconds


@pytest.mark.parametrize("text", ["", "s", "5 s", "1x", "-3s", "1h-5m"])
def test_what_is_no_duration(text: str) -> None:
    with pytest.raises(UsageError):
        parse_duration(text)


def test_a_campaign_runs_engines_in_their_own_order(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Signatures name engines in order, and known differences match signatures."""
    out = str(tmp_path / "out")
    assert run(["fuzz", "--cases", "0", "--engine", "native,reference", "--out", out, "--json"]) == 0
    assert list(json.loads(capsys.readouterr().out)["engines"]) == ["reference", "native"]


def test_the_module_is_the_same_command() -> None:
    done = subprocess.run([sys.executable, "-m", "fuzz", "engines"], capture_output=True, text=True, cwd=ROOT)
    assert done.returncode == 0 and done.stdout.startswith("reference")
