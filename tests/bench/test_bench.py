"""The benchmark itself: what its callees receive, what it prints, what it writes."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from bench_guests import Data
from bench_report import geometric_mean, summary
from bench_rows import Row, encoded, padded, rows
from bench_runner import Differs, Result, check, engines, no_imports
from bench_sizes import logged_modules, size_without_custom_sections
from click.testing import CliRunner
from speed import main
from wasmtime import wat2wasm

from fuzz.engines.base import Running


def row(name: str) -> Row:
    return next(row for row in rows() if row.name == name)


def native(row: Row) -> Running:
    return engines()[0].load(row.binary).instantiate(no_imports)


def test_quick_prints_both_tables_and_writes_one_object_a_row(tmp_path: Path) -> None:
    path = tmp_path / "bench.json"
    done = CliRunner().invoke(main, ["--quick", "--rows", "list<u8> 16 B", "--json", str(path)])
    assert done.exit_code == 0, done.output
    (written,) = json.loads(path.read_text())
    assert written["row"] == "list<u8> 16 B"
    for key in ("ns_per_call", "bytes_per_s", "ratio_native", "ratio_copy", "native_ns_per_call"):
        assert written[key] > 0, key
    assert written["bytes_per_s"] == pytest.approx(16 / written["ns_per_call"] * 1e9)
    assert written["ratio_native"] == pytest.approx(written["native_ns_per_call"] / written["ns_per_call"])
    assert "x native" in done.output
    assert "geometric mean over 1 rows" in done.output
    assert "wasmtime's" in done.output


def test_a_pattern_that_fits_no_row_is_refused() -> None:
    done = CliRunner().invoke(main, ["--rows", "list<u9>"])
    assert done.exit_code == 2
    assert "list<u8> 16 B" in done.output


def test_a_directory_that_is_not_there_is_refused_before_anything_is_measured(tmp_path: Path) -> None:
    done = CliRunner().invoke(main, ["--rows", "list<u8> 16 B", "--json", str(tmp_path / "none" / "bench.json")])
    assert done.exit_code == 2
    assert "there is no directory" in done.output


def test_rows_are_those_of_the_issue() -> None:
    names = [row.name for row in rows()]
    assert len(set(names)) == len(names)
    pairs = [name for name in names if "->" in name]
    assert len(pairs) == 9 * 3 * 3
    assert all(row.native >= 1.0 for row in rows())
    assert row("list<u8> 1 MiB").native == 20.0
    assert row("utf8 -> utf8, ASCII, 1 KiB").native == 1.5
    assert row("utf16 -> utf8, ASCII, 1 KiB").native == 8.0
    assert row("utf16 -> utf8, CJK, 8 B").native == 1.5


def digest(*numbers: int) -> int:
    """What the callee's `$mix` makes of them."""
    mixed, mask = 1, (1 << 64) - 1
    for number in numbers:
        mixed ^= number
        mixed = (mixed << 23 | mixed >> 41) & mask
        mixed = mixed * 0x9E3779B97F4A7C15 & mask
    return mixed


@pytest.mark.parametrize(
    ("name", "received"),
    [
        ("list<u8> 16 B", [16, *range(16)]),
        ("utf8 -> utf8, Latin-1, 8 B", [8, 8, *"Zwölf B".encode()]),
        ("utf8 -> utf16, CJK, 8 B", [2, 4, *"天地".encode("utf-16-le")]),
        ("utf16 -> latin1+utf16, CJK, 8 B", [4 | 1 << 31, 8, *"天地玄黃".encode("utf-16-le")]),
        ("latin1+utf16 -> utf8, Latin-1, 8 B", [9, 9, *"Zwölf Bo".encode()]),
    ],
)
def test_the_digest_covers_all_that_the_callee_received(name: str, received: list[int]) -> None:
    running = native(row(name))
    running.invoke("once", [0])
    assert running.invoke("digest", []) == digest(*received)


def test_each_call_of_a_row_is_digested_by_itself() -> None:
    running = native(row("variant of 5, each in turn"))
    digests = []
    for call in range(5):
        running.invoke("once", [call])
        digests.append(running.invoke("digest", []))
    assert digests == [digest(0, 0, 0), digest(1, 77, 0), digest(2, 1 << 63, 0), digest(3, 0x3FF8 << 48, 0),
                       digest(4, 5, 6)]


def test_a_callee_that_received_something_else_is_no_result() -> None:
    chosen = row("list<u8> 16 B")
    other = replace(chosen, text=chosen.text.replace("\\0f", "\\ff"))
    with pytest.raises(Differs, match=r"list<u8> 16 B, call 0"):
        check(chosen, native(chosen), native(other))


def test_texts_are_cut_to_whole_characters() -> None:
    assert encoded("天地", "utf8", 8) == (Data("天地".encode(), 6), 2 * 3)
    assert encoded("天地", "latin1+utf16", 6) == (Data("天地".encode("utf-16-le"), 6), 3 | 1 << 31)
    assert encoded("aé", "latin1+utf16", 5) == (Data(b"a\xe9", 5), 5)


def test_padding_in_the_source_is_not_zero() -> None:
    assert padded("<BxxxIHxx", (0, 2, 3)) == b"\x00\xa5\xa5\xa5\x02\0\0\0\x03\0\xa5\xa5"


def result(compiled: float | None, native: float, copy: float = 10.0) -> Result:
    return Result(replace(row("list<u32> 1 MiB"), native=2.0), native, copy, compiled, "type x")


def test_summary_names_what_falls_short() -> None:
    lines = summary([result(10.0, 90.0), result(10.0, 10.0), result(20.0, 80.0), result(None, 1.0)])
    assert lines[0] == "geometric mean over 3 rows: 3.30 times native, aim 5: short"
    assert lines[1] == "3 of 4 rows fall short:"
    assert "1.00 times native, aim 2" in lines[2]
    assert "0.50 times a copy, aim 0.8" in lines[3]
    assert lines[4].endswith("refused: type x")
    assert geometric_mean([2.0, 8.0]) == pytest.approx(4.0)


def test_sizes_leave_names_out() -> None:
    named = bytes(wat2wasm("(module (func $long_name_of_a_function))"))
    nameless = bytes(wat2wasm("(module (func))"))
    assert size_without_custom_sections(named) == len(nameless)


def test_adapter_modules_are_found_in_the_log() -> None:
    log = "[T DEBUG x] visiting\n[T TRACE x] generated adapter module:\n    (module\n      (func))\n[T DEBUG x] done\n"
    assert [text.split() for text in logged_modules(log * 2)] == [["(module", "(func))"]] * 2
    with pytest.raises(ValueError, match="no adapter module"):
        logged_modules("nothing")
