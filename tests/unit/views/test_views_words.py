"""Figures in words, and text that is safe on a terminal."""

from __future__ import annotations

import json

import pytest

from fuzz.views.safe import safe, safe_json, safe_lines
from fuzz.views.words import BARS, ago, clock, duration, moment, plural, rate, size, sparkline


@pytest.mark.parametrize(("seconds", "words"), [
    (-5, "0 s"), (0.04, "0 s"), (4.24, "4.2 s"), (3.98, "4 s"), (9.96, "10 s"), (119.4, "119 s"), (119.6, "2 min"),
    (725, "12 min 5 s"), (3599.6, "1 h"), (28021, "7 h 47 min"), (3 * 86400 + 3700, "3 d 1 h"),
])
def test_durations(seconds: float, words: str) -> None:
    assert duration(seconds) == words


def test_clocks_counts_sizes_and_rates() -> None:
    assert [clock(s) for s in (-1, 4.9, 725, 3600, 28051)] == ["0:00", "0:04", "12:05", "1:00:00", "7:47:31"]
    assert [plural(n, noun) for n, noun in ((1, "case"), (12000, "case"), (2, "crash"))] == [
        "1 case", "12,000 cases", "2 crashes",
    ]
    assert [size(n) for n in (1, 811.8, 5000, 41 << 20, 1023 << 20, 4 << 40)] == [
        "1 byte", "812 bytes", "4.9 KiB", "41 MiB", "1.0 GiB", "4.0 TiB",
    ]
    assert [rate(r) for r in (0, 0.049, 4.21, 48.6)] == ["0/s", "0.05/s", "4.2/s", "49/s"]


def test_what_clocks_say_may_disagree() -> None:
    assert ago(100.0, 160.0) == "60 s ago" and ago(160.5, 160.0) == "0 s ago"
    assert ago(4000.0, 400.0) == "1 h ahead of this machine's clock"
    assert moment(1e300).startswith("at second"), "nonsense in a store is no traceback"


def test_a_curve_ends_at_its_last_value_and_is_as_wide_as_asked() -> None:
    assert sparkline([(0, 0), (5, 50), (10, 100)], 10) == "▁▁▁▁▅▅▅▅▅█"
    assert sparkline([(0, 0), (10, 100)], 3, "ab") == "aab"
    assert sparkline([(0, 0), (10, 0)], 4) == BARS[0] * 4
    assert [sparkline(points, 10) for points in ([], [(0, 5)], [(3, 5), (3, 6)])] == ["", "", ""]
    assert sparkline([(0, 0), (1, 1)], 0) == "" and sparkline([(0, 0), (1, 1)], -7) == ""


def test_nothing_that_a_terminal_obeys_stays() -> None:
    assert safe("a\x1b[2Jb\x07\x9b\u202e\x00\ud800é☃") == r"a\x1b[2Jb\x07\x9b\u202e\x00\ud800é☃"
    assert safe("one\ntwo") == r"one\ntwo"
    assert safe("x" * 1005) == "x" * 1000 + "... (5 more characters)"
    assert safe("x" * 1000) == "x" * 1000
    every = "".join(map(chr, range(0x11000)))
    assert all(c.isprintable() for c in safe(every, len(every)))


def test_lines_stay_lines() -> None:
    assert safe_lines("a\tb\r\nc\x0bd\n") == ["a   b", r"c\x0bd"]
    assert safe_lines("a\n\nb") == ["a", "", "b"]
    assert safe_lines("a\n" * 500)[399:] == ["a", "... (100 more lines)"]


def test_safe_json_is_the_same_json() -> None:
    text = "\x1b[2J\x9b31m\u202e\u2028é☃\x7f"
    written = safe_json(json.dumps({text: text}, ensure_ascii=False))
    assert json.loads(written) == {text: text}
    assert written.isprintable() and "☃" in written
