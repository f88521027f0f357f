"""The target `wast`: what it lets pass, what it reports, and a loop over mutated scripts."""

from __future__ import annotations

from dataclasses import replace

import pytest
from target_inputs import mutants, plain

from fuzz.case import Case
from fuzz.guided import target_wast
from fuzz.guided.offence import Offence
from fuzz.guided.target_wast import COMPONENT, SEEDS, seeds, target_of, wast
from fuzz.script import from_wast
from fuzz.sexpr import forms


def test_first_inputs_are_cases_but_for_the_last() -> None:
    *cases, other = SEEDS
    for text in cases:
        wast(text.encode())
        assert from_wast(text).text.startswith("(component")
    assert len(list(forms(other))) == 4
    assert len(seeds()) > len(SEEDS) + 5
    assert all(from_wast(seed.decode()).blueprint is not None for seed in seeds()[len(SEEDS) :])


@pytest.mark.parametrize("data", [
    b"", b"\n", b"(", b")", b"\"", b"(;", b";)", b"(; ;; ;)", b"\xff", b"(" * 3000 + b")" * 3000,
    b'("' + b'\\"' * 4000, b"(;" * 4000, b"(component)\n(assert_return (invoke))", b"(assert_trap)",
    b";; factfuzz-case: " + b"[" * 3000, b";; factfuzz-case: {}\n(component)",
    b";; factfuzz-blueprint: {}\n(component)",
    b"(component)(assert_return (invoke \"f\" (f64.const 1e999)))",
    b"(component)(assert_return (invoke \"f\" (str.const \"\\u{fffffffff}\")))",
    COMPONENT.encode() + b'(assert_return (invoke "echo" (u8.const 1)) (list.const ' + b"(x " * 400 + b")" * 402,
])
def test_bad_text_is_refused_in_our_own_words(data: bytes) -> None:
    wast(data)


def test_a_case_that_is_written_otherwise_is_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    original = target_wast.to_wast
    monkeypatch.setattr(target_wast, "to_wast", lambda case: original(replace(case, calls=case.calls[1:])))
    with pytest.raises(Offence, match="reading a case again: calls: "):
        wast(SEEDS[0].encode())


def test_trees_that_are_written_otherwise_are_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    original = target_wast.read
    monkeypatch.setattr(target_wast, "read", lambda text: original(text)[: 1 + text.startswith(";;")])
    with pytest.raises(Offence, match="reading trees again"):
        wast(b";; two\n(a)(b)")


def test_other_errors_are_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    def raising(text: str) -> Case:
        raise KeyError(text[:1])

    monkeypatch.setattr(target_wast, "from_wast", raising)
    with pytest.raises(Offence, match=r"reading a case: KeyError: '\(', where only errors of our own"):
        wast(b"(component)")


def test_too_slow_is_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    times = iter(range(0, 10_000, 11))
    monkeypatch.setattr("fuzz.guided.offence.process_time", lambda: float(next(times)))
    with pytest.raises(Offence, match=r"reading trees: 11\.0 s of processor time"):
        wast(b"(component)")


def test_mutated_scripts() -> None:
    target = target_of(plain)
    assert target.mutate is not None and target.cross is not None
    found = mutants(seeds(), target.mutate, target.cross, 250)
    assert len(set(found)) > 200
    for data in found:
        wast(data)
