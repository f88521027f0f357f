"""Verdicts: whose mistake it is, as far as the engines that took part can tell."""

from __future__ import annotations

from dataclasses import replace

import pytest
from triage_samples import RETURNED, Given, Passed, diverging, examination, program

from fact.model.traps import TrapReason
from fuzz.compare import compare
from fuzz.divergence import Divergence, Side
from fuzz.examine import Examination
from fuzz.observe import CallObservation, Observation, Seconds
from fuzz.outcome import Crashed, Exceeded, Outcome, Refused, Returned, TimedOut, Trapped
from fuzz.triage.records import Kind, Verdict
from fuzz.triage.verdict import verdict_of

CHAR = program(Passed("char", (0xD800,)).text)
FINE = program(Passed("char", (97,)).text)
INVALID = Trapped(TrapReason.INVALID_CHAR, "param x")


def judged(examined: Examination) -> Verdict:
    return verdict_of(diverging(examined), examined)


def verdict(**outcomes: Outcome) -> Verdict:
    """Of engines that made so much of one call."""
    seen = examination(FINE, {}).observations["reference"]
    observations = {name: replace(seen, calls=(CallObservation(o),)) for name, o in outcomes.items()}
    return judged(replace(examination(FINE, {}), observations=observations, divergence=compare(observations, FINE)))


def of_loading(**refusals: Outcome | None) -> Verdict:
    fine = examination(FINE, {}).observations["reference"]
    observations = {
        name: fine if refusal is None else Observation(refusal, "load", (), (), Seconds())
        for name, refusal in refusals.items()
    }
    return judged(replace(examination(FINE, {}), observations=observations, divergence=compare(observations, FINE)))


def test_who_stands_alone_against_two_opinions_is_wrong() -> None:
    found = judged(examination(CHAR, {"compiled": INVALID, "native": RETURNED}))
    assert (found.kind, found.alone) == ("engine wrong", "native")
    assert found.section == "CanonicalABI.md, Loading: convert_i32_to_char"
    assert found.why == ("native did not trap where CanonicalABI.md, Loading: convert_i32_to_char, orders a trap: "
                         "invalid-char. reference and compiled, written independently from the specification, agree.")
    assert found.sides[0].engines == ("reference", "compiled") and found.sides[1].saw == "returned"
    assert found.signature_plain == "call reference+compiled=trapped:invalid-char | native=returned"
    assert found.lines[0] == f"disagreement: {found.title}" and "run()" in found.title


def test_with_two_engines_nobody_confirms_and_nobody_is_alone() -> None:
    found = judged(examination(CHAR, {"native": RETURNED}))
    assert (found.kind, found.alone) == ("engine wrong", "")
    assert "Only reference says otherwise; nobody confirms it." in found.why


def test_at_the_host_s_boundary_our_engines_are_one_opinion() -> None:
    made = program(Given("char", 0xD800).text)
    found = judged(examination(made, {"compiled": Trapped(TrapReason.INVALID_CHAR, "result"), "native": RETURNED}))
    assert found.kind == "engine wrong" and "one implementation" in found.why


def test_another_reason_is_told_from_no_trap() -> None:
    early = Trapped(TrapReason.UNREACHABLE, message="wasm trap: wasm `unreachable` instruction executed")
    found = judged(examination(CHAR, {"compiled": INVALID, "native": early}))
    assert "native trapped for another reason (unreachable) where" in found.why
    assert found.message == "wasm trap: wasm `unreachable` instruction executed"


@pytest.mark.parametrize(("outcomes", "kind", "alone", "words"), [
    ({"reference": RETURNED, "compiled": INVALID, "native": RETURNED}, "our bug", "compiled",
     "native agrees with reference: look at compiled first"),
    ({"reference": INVALID, "compiled": RETURNED, "native": RETURNED}, "our bug", "reference", "look at reference"),
    ({"reference": INVALID, "compiled": RETURNED}, "our bug", "", "no third engine agrees"),
    ({"reference": INVALID, "compiled": RETURNED, "native": Trapped(TrapReason.UNREACHABLE)}, "our bug", "", "third"),
    ({"compiled": RETURNED, "native": INVALID}, "engine wrong", "", "Only compiled says otherwise"),
    ({"native": RETURNED, "other": INVALID}, "engine wrong", "", "None of our engines took part"),
    ({"reference": Returned(1), "other": Returned(1), "native": Returned(2)}, "engine wrong", "native",
     "reference and other agree"),
    ({"reference": INVALID, "native": Trapped(TrapReason.UNMAPPED, message="eh?")}, "our bug", "", "native_traps.py"),
    ({"reference": RETURNED, "compiled": RETURNED, "native": Trapped(TrapReason.UNMAPPED, message="eh?")},
     "engine wrong", "native", "where no rule orders that"),
    ({"reference": INVALID, "native": Trapped(TrapReason.UNMAPPED, message="BUG: no scope")}, "engine wrong", "", ""),
    ({"reference": RETURNED, "compiled": RETURNED, "native": Crashed("SIGABRT: x", "killed by SIGABRT", "x")},
     "crash", "native", "The process of native ended where another engine came to an end"),
    ({"reference": RETURNED, "native": Crashed("TypeError: x")}, "crash", "native", "native raised an exception"),
    ({"native": RETURNED, "reference": TimedOut(5), "compiled": TimedOut(5)}, "hang", "", "and compiled gave"),
    ({"reference": Returned(1), "compiled": Returned(2), "native": TimedOut(5)}, "hang", "native", "native gave"),
    ({"reference": Crashed("TypeError: x"), "compiled": RETURNED, "native": RETURNED}, "our bug", "reference",
     "reference raised an exception"),
    ({"reference": RETURNED, "compiled": RETURNED, "native": TimedOut(5)}, "hang", "native", "gave no answer where"),
    ({"reference": TimedOut(5), "native": TimedOut(5)}, "hang", "", "may never end by themselves"),
    ({"reference": RETURNED, "compiled": RETURNED, "native": Exceeded("memory", 1 << 30)}, "resource use", "native",
     "used more memory than it may"),
    ({"reference": Trapped(TrapReason.CANNOT_ENTER), "compiled": Trapped(TrapReason.CANNOT_ENTER), "native": RETURNED},
     "specification unclear", "native", "WebAssembly/component-model#705"),
    ({"reference": RETURNED, "compiled": RETURNED, "native": Trapped(TrapReason.CANNOT_ENTER)}, "engine wrong",
     "native", "native trapped (cannot-enter) where no rule orders that"),
])
def test_kinds(outcomes: dict[str, Outcome], kind: Kind, alone: str, words: str) -> None:
    found = verdict(**outcomes)
    assert (found.kind, found.alone) == (kind, alone), found.why
    assert words in found.why


def test_loading() -> None:
    refused = Refused("invalid", "no such thing (at offset 0x10)")
    theirs = of_loading(reference=None, compiled=None, native=refused)
    assert (theirs.kind, theirs.alone) == ("engine wrong", "native") and "wasm-tools validates" in theirs.why
    assert theirs.message == "no such thing (at offset 0x10)"
    ours = of_loading(reference=refused, compiled=refused, native=None)
    assert ours.kind == "our bug" and "refuse what another engine accepts" in ours.why


def test_a_start_function_s_entering_is_open() -> None:
    trapped = Observation(Trapped(TrapReason.CANNOT_ENTER), "instantiate", (), (), Seconds())
    fine = examination(FINE, {}).observations["reference"]
    observations = {"reference": fine, "compiled": fine, "native": trapped}
    found = judged(replace(examination(FINE, {}), observations=observations, divergence=compare(observations, FINE)))
    assert found.kind == "specification unclear" and "start function" in found.why


def test_text_that_cannot_be_assembled_is_our_bug() -> None:
    side = Side(("generators",), "text that cannot be assembled: unknown operator")
    found = verdict_of(Divergence("text", None, "", (side,), "text unknown operator"), None)
    assert (found.kind, found.alone, found.section) == ("our bug", "generators", "")


def test_the_alignment_of_shrunk_text_is_unclear_only_where_text_is_shrunk() -> None:
    misaligned = Trapped(TrapReason.POINTER_MISALIGNED, message="unaligned pointer")
    feature = "string: tagged utf16 to latin1+utf16, narrowed to Latin-1"
    examined = examination(FINE, {"native": misaligned})
    assert judged(examined).kind == "engine wrong"
    seen = replace(examined.observations["reference"], features=frozenset({feature}))
    examined = replace(examined, observations={**examined.observations, "reference": seen})
    found = judged(examined)
    assert found.kind == "specification unclear" and "Storing" in found.section
