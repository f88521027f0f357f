"""Known differences: each file shows what it says, and matches nothing else."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest
from fuzz_harness import TableEngine, program, returns, traps
from msgspec.structs import replace

from fact.model.settings import Reentrance
from fact.model.traps import TrapReason
from fuzz.compare import compare
from fuzz.divergence import Divergence, Side
from fuzz.errors import UsageError
from fuzz.examine import Examination
from fuzz.known import KnownDifference, explanation, known_under, load_known, set_aside
from fuzz.observe import observe
from generators import blueprints, examples

ROOT = Path(__file__).parents[3]
KNOWN = load_known()
VERSIONS = {"reference": "0.1.0", "compiled": "0.1.0", "native": "50.0.1"}


def diverging(signature: str) -> Divergence:
    return Divergence("call", 0, "f()", (Side(("reference",), "x"), Side(("native",), "y")), signature)


@pytest.mark.parametrize("known", KNOWN, ids=lambda k: k.id)
def test_a_known_difference_names_a_case_that_is_there(known: KnownDifference) -> None:
    assert (ROOT / known.case).is_file()
    assert known.section and known.verdict in ("engine wrong", "specification unclear", "specification changed")


def test_a_difference_that_there_is_under_one_setting_is_not_looked_for_under_another() -> None:
    """WebAssembly/component-model#705 takes away what a component may not be entered for: wasmtime is right then."""
    guarded, free = ({k.id: k for k in known_under(r)} for r in (Reentrance.GUARDED, Reentrance.FREE))
    assert guarded.keys() == {k.id for k in KNOWN}
    gone = {k.verdict for name, k in guarded.items() if name not in free}
    assert "wasmtime-donut-reentrance" not in free and gone == {"specification changed"}


LEAVING, SELF_CALL = "trap: cannot-leave by adapter in post-return", "call: an instance calls itself"
POST_RETURN = "call reference+compiled=trapped:cannot-leave | native=returned"


def test_signature_features_and_version_must_all_match() -> None:
    features = {LEAVING, "role: post-return is core code"}
    found = explanation(KNOWN, diverging(POST_RETURN), features, VERSIONS)
    assert found is not None and found.id == "wasmtime-post-return-may-leave"
    assert explanation(KNOWN, diverging(POST_RETURN), {"role: post-return is core code"}, VERSIONS) is None
    assert explanation(KNOWN, diverging(POST_RETURN), features, VERSIONS | {"native": "51.0.0"}) is None
    other = "call reference=trapped:cannot-leave | compiled+native=returned"
    assert explanation(KNOWN, diverging(other), features, VERSIONS) is None


@pytest.mark.parametrize("ours", ["reference", "compiled", "reference+compiled"])
def test_fewer_engines_do_not_hide_what_is_known(ours: str) -> None:
    """But a third opinion among ours is something else."""
    features = {LEAVING, "trap: cannot-enter by a call", "call: an instance calls its parent"}
    for reason in ("cannot-leave", "cannot-enter"):
        found = diverging(f"call {ours}=trapped:{reason} | native=returned")
        assert explanation(KNOWN, found, features, VERSIONS) is not None
        three = diverging(f"call reference=trapped:{reason} | compiled=returned | native=trapped:unreachable")
        assert explanation(KNOWN, three, features, VERSIONS) is None
        three = diverging(f"call reference=returned | compiled=trapped:{reason} | native=trapped:unreachable")
        assert explanation(KNOWN, three, features, VERSIONS) is None


def test_what_a_divergence_shows_may_have_to_match_too() -> None:
    loose = replace(KNOWN[0], engine="native", signature="^log", features=(), shows="(?s)0x1, .*0x2, ")
    found = diverging("log reference=log | native=log")
    ours, theirs = ("entry 3: 0x1, 0x8",), ("entry 3: 0x2, 0x8",)
    assert explanation([loose], dataclasses.replace(found, entries=(ours, theirs)), (), VERSIONS) is loose
    assert explanation([loose], dataclasses.replace(found, entries=(theirs, ours)), (), VERSIONS) is None


def test_a_difference_in_which_the_engine_has_no_part_is_not_known() -> None:
    """Else it would be taken away twice."""
    loose = replace(KNOWN[0], signature="returned", features=())
    sides = (Side(("reference",), "x"), Side(("compiled",), "y"))
    ours = Divergence("call", 0, "f()", sides, "call reference=returned")
    assert explanation([loose], ours, (), VERSIONS) is None
    assert explanation([loose], diverging("call native=returned"), (), VERSIONS) is loose


def test_a_self_call_that_both_sides_refuse_is_not_the_known_one() -> None:
    one_sided = diverging("call reference+compiled=returned | native=trapped:cannot-enter")
    found = explanation(KNOWN, one_sided, {SELF_CALL}, VERSIONS)
    assert found is not None and found.id == "wasmtime-self-call"
    assert explanation(KNOWN, one_sided, {LEAVING}, VERSIONS) is None
    ours = diverging("call reference=returned | compiled+native=trapped:cannot-enter")
    assert explanation(KNOWN, ours, {SELF_CALL}, VERSIONS) is None


IN_ADAPTER = "trap: invalid-char, adapter result"


def test_a_self_call_is_told_from_lowering_too_early() -> None:
    """wasmtime refuses the call before anything is lifted."""
    found = diverging("call reference+compiled=trapped:invalid-char | native=trapped:cannot-enter")
    known = explanation(KNOWN, found, {SELF_CALL, IN_ADAPTER}, VERSIONS)
    assert known is not None and known.id == "wasmtime-self-call"
    assert explanation(KNOWN, found, {IN_ADAPTER}, VERSIONS) is None
    early = diverging("call reference+compiled=trapped:invalid-char | native=trapped:unreachable")
    known = explanation(KNOWN, early, {IN_ADAPTER}, VERSIONS)
    assert known is not None and known.id == "wasmtime-realloc-before-lift"


@pytest.mark.parametrize("end", ["cannot-leave", "unreachable", "uncaught-exception", "realloc-out-of-bounds"])
def test_what_a_realloc_does_comes_before_a_handle_is_lifted(end: str) -> None:
    """CanonicalABI.md, canon lift: all of a result is lifted before the caller's realloc is called for any of it."""
    early = diverging(f"call reference+compiled=trapped:unknown-handle | native=trapped:{end}")
    known = explanation(KNOWN, early, {"trap: unknown-handle, adapter result"}, VERSIONS)
    assert known is not None and known.id == "wasmtime-realloc-before-lift-handles"
    assert explanation(KNOWN, early, {"trap: unknown-handle, export result"}, VERSIONS) is None


def test_a_wrong_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "odd.toml").write_text('title = "x"\n')
    with pytest.raises(UsageError, match=r"odd\.toml"):
        load_known(tmp_path)


def test_the_other_engines_are_compared_past_a_known_difference() -> None:
    leaves = traps(TrapReason.CANNOT_LEAVE)
    answers = {
        "reference": {"f": leaves, "g": returns(1)},
        "compiled": {"f": leaves, "g": traps(TrapReason.UNREACHABLE)},
        "native": {"f": returns(5), "g": returns(1)},
    }
    engines = {name: TableEngine(name, table) for name, table in answers.items()}
    made = program("f", "g")
    observations = {name: observe(engine, made) for name, engine in engines.items()}
    first = compare(observations, made)
    assert first is not None and first.signature == POST_RETURN
    blueprint = next(iter(examples(0, 1, blueprints())))
    examined = Examination(blueprint, made, observations, first, {})
    rest, known = set_aside(KNOWN, showing(examined, LEAVING), engines, VERSIONS)
    assert known == ("wasmtime-post-return-may-leave",)
    assert rest.divergence is not None
    assert rest.divergence.signature == "call reference=returned | compiled=trapped:unreachable"
    other = showing(examined, SELF_CALL)
    assert set_aside(KNOWN, other, engines, VERSIONS) == (other, ())


def showing(examined: Examination, feature: str) -> Examination:
    """*examined*, as if the reference had seen *feature*."""
    observations = dict(examined.observations)
    observations["reference"] = dataclasses.replace(observations["reference"], features=frozenset({feature}))
    return dataclasses.replace(examined, observations=observations)
