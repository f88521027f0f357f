"""The target `wave`: what it lets pass, what it reports, and a loop over mutated text."""

from __future__ import annotations

import pytest
from target_inputs import mutants, plain

from fact.model.types import Prim
from fact.model.values import Case
from fuzz.guided import target_wave
from fuzz.guided.offence import Offence
from fuzz.guided.target_wave import seeds, target_of, wave


@pytest.mark.parametrize("seed", seeds(), ids=lambda seed: seed.split(b"\n")[0].decode())
def test_first_inputs_read_as_what_they_are(seed: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    written: list[str] = []
    original = target_wave.format_value
    monkeypatch.setattr(target_wave, "format_value", lambda t, v: written.append(original(t, v)) or original(t, v))
    wave(seed)
    assert written


@pytest.mark.parametrize("data", [
    b"", b"\n", b"u8", b"u8\n256", b"list<" * 5000, b"\xff\xfe\n\0",
    "string\n\"\ud800\"".encode("utf8", "surrogatepass"),
    b"string\n\"\xff\"", b"char\n'\xff'", b"func(a: u8)\nf(", b"func()\n(((((", b"func(a: string)\nf(\"\"\"\")",
    b"record { a: u8 }\n{:}", b"variant {}\nx", b"u64\n" + b"1" * 5000, b"list<u8>\n[" + b"1," * 2000,
    b"option<option<u8>>\nsome(some(1)", b"own<0>\n#4294967296", b"f32\n1e39", b"string\n\"\\u{110000}\"",
])
def test_bad_text_is_refused_in_our_own_words(data: bytes) -> None:
    wave(data)


def test_a_value_that_prints_as_another_is_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(target_wave, "format_value", lambda t, value: "2")
    with pytest.raises(Offence, match=r"reading a value again: '2' of type u8 reads as 2, not as 1"):
        wave(b"u8\n1")


def test_a_value_that_does_not_read_again_is_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(target_wave, "format_value", lambda t, value: "true(")
    with pytest.raises(Offence, match="reading a value again: WaveError"):
        wave(b"bool\ntrue")


def test_a_value_that_is_none_of_its_type_is_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(target_wave, "parse_value", lambda t, text: Case("x"))
    with pytest.raises(Offence, match="checking a value that was read"):
        wave(b"u8\n1")


@pytest.mark.parametrize("error", [RecursionError(), IndexError("x"), MemoryError(), ValueError("of nobody")])
def test_other_errors_are_reported(monkeypatch: pytest.MonkeyPatch, error: Exception) -> None:
    def raising(text: str) -> Prim:
        raise error

    monkeypatch.setattr(target_wave, "parse_type", raising)
    with pytest.raises(Offence, match=f"reading a type: {type(error).__name__}"):
        wave(b"u8\n1")


def test_a_call_that_reads_as_another_is_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(target_wave, "_reads_again", lambda t, value: "9")
    with pytest.raises(Offence, match="reads as another call"):
        wave(b"func(a: u8)\nf(1)")


def test_mutated_text() -> None:
    target = target_of(plain)
    assert target.mutate is not None and target.cross is not None
    found = mutants(seeds(), target.mutate, target.cross, 1200)
    assert len(set(found)) > 900
    for data in found:
        wave(data)


def test_nothing_to_change_becomes_a_first_input() -> None:
    target = target_of(plain)
    assert target.mutate is not None
    assert target.mutate(b"", 4096, 3) in seeds()
    assert target.mutate(b"\n", 4096, 3) == target.mutate(b"", 4096, 3)


def test_what_is_too_large_gets_smaller() -> None:
    target = target_of(plain)
    assert target.mutate is not None
    text = seeds()[6]
    assert all(len(target.mutate(text, len(text) - 1, seed)) < len(text) for seed in range(50))
