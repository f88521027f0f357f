"""Figures in words."""

from __future__ import annotations

import pytest

from fuzz.report.words import listed, minute, moment, number, percent, visible


@pytest.mark.parametrize("value, said", [
    (0, "0"), (7, "7"), (1412003, "1,412,003"), (48.96, "49.0"), (0.254, "0.25"), (123.4, "123"), (50.0, "50"),
])
def test_numbers(value: float, said: str):
    assert number(value) == said


def test_moments_are_told_in_one_zone_everywhere():
    assert moment(1_786_737_600.0) == "2026-08-14 20:00 UTC"
    assert minute(0) == "1970-01-01 00:00"
    assert moment(float("nan")).startswith("nan")


def test_a_hundred_percent_is_all():
    assert [percent(part, 1658) for part in (0, 829, 1657, 1658)] == ["0%", "50%", "99%", "100%"]
    assert percent(0, 0) == "-"


def test_lists():
    assert [listed("abc"[:n]) for n in range(4)] == ["", "a", "a and b", "a, b and c"]


def test_text_that_can_be_seen_stays():
    assert visible("né ☃ 😀 日本\n\tx") == "né ☃ 😀 日本\n\tx"
    assert visible("\0\x1b\x7f\u202e\u00a0\r") == "␀␛␡<U+202E><U+00A0>␍"
