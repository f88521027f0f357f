"""Known differences: findings that became known since, and entries whose difference is gone."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from msgspec.structs import replace
from triage_samples import RETURNED, Passed, diverging, examination, program

import fuzz.triage.entries
from fact.model.settings import Reentrance
from fuzz.cli import run
from fuzz.engines.native import NativeEngine
from fuzz.errors import UsageError
from fuzz.known import explanation
from fuzz.store.records import Finding, KeptCase
from fuzz.triage.deaths import death_verdict
from fuzz.triage.entries import KnownDifference, entries, known_for
from fuzz.triage.known import check_known
from fuzz.triage.records import Verdict
from fuzz.triage.signature import signature_of
from fuzz.triage.verdict import verdict_of

VERSIONS = {"reference": "0.1.0", "native": "50.0.1"}
ENTRY = KnownDifference(
    title="Bad characters pass", engine="native", versions=("50.",), verdict="engine wrong",
    signature=r"^\w+ [a-z+]+=trapped:invalid-char \| native=returned$", features=("trap: invalid-char, .*",),
    section="CanonicalABI.md, Loading", case="corpus/findings/realloc-before-lift.wast", id="bad-chars",
)
CRASH = replace(ENTRY, id="dfg", verdict="crash", signature=r"^crash native SIGABRT; at dfg\.rs$", features=())
PANIC = "thread '<unnamed>' panicked at src/component/dfg.rs:412:9:\nno entry found for key\n"


def finding(verdict: Verdict, signature: str, features: tuple[str, ...] = ()) -> Finding:
    case = KeptCase("0" * 64, (1,), "run", 7)
    return Finding("call-x", signature, verdict, case, case, 0.0, 0.0, features=features)


@pytest.fixture(scope="module")
def bad_char() -> Finding:
    examined = examination(program(Passed("char", (0xD800,)).text), {"native": RETURNED})
    divergence = diverging(examined)
    return finding(
        verdict_of(divergence, examined), signature_of(divergence, examined), tuple(sorted(examined.features)))


def test_a_stored_finding_is_recognised_by_what_a_store_holds(bad_char: Finding) -> None:
    assert known_for(bad_char, VERSIONS, known=(CRASH, ENTRY)) is ENTRY
    assert known_for(bad_char, VERSIONS, known=(replace(ENTRY, shows="(?s)invalid-char.*native +returned"),))


@pytest.mark.parametrize("other", [
    replace(ENTRY, versions=("51.",)), replace(ENTRY, engine="other"), replace(ENTRY, signature="^log "),
    replace(ENTRY, features=("trap: invalid-utf8, .*",)), replace(ENTRY, shows="surrogate"),
    replace(ENTRY, at="; at result"), replace(ENTRY, reentrance="free"),
], ids=lambda k: str([getattr(k, f) for f in ("versions", "engine", "signature", "features", "shows", "at")]))
def test_everything_has_to_match(bad_char: Finding, other: KnownDifference) -> None:
    assert known_for(bad_char, VERSIONS, known=(other,)) is None


def test_the_setting_of_the_run_counts(bad_char: Finding) -> None:
    free = replace(ENTRY, reentrance="free")
    assert known_for(bad_char, VERSIONS, "free", known=(free,)) is free


def test_an_engine_that_did_not_take_part_is_not_to_blame(bad_char: Finding) -> None:
    assert known_for(bad_char, VERSIONS | {"other": "50.1"}, known=(replace(ENTRY, engine="other"),)) is None


def test_the_place_may_be_asked_for() -> None:
    at_param = replace(ENTRY, at="; at param char;")
    for text, wanted in ((Passed("char", (0xD800,)).text, at_param),
                         (Passed("(list char)", (16, 1), r"\00\d8\00\00").text, None)):
        examined = examination(program(text), {"native": RETURNED})
        divergence = diverging(examined)
        assert explanation([at_param], divergence, examined.features, VERSIONS, examined) is wanted


def test_a_death_may_be_known_too() -> None:
    verdict = death_verdict("native", "killed by SIGABRT", PANIC)
    found = finding(verdict, verdict.signature_plain)
    assert known_for(found, VERSIONS, known=(ENTRY, CRASH)) is CRASH
    assert known_for(found, {"native": "51.0.0"}, known=(ENTRY, CRASH)) is None
    elsewhere = death_verdict("native", "killed by SIGABRT", PANIC.replace("dfg.rs", "adapt.rs"))
    assert known_for(finding(elsewhere, elsewhere.signature_plain), VERSIONS, known=(ENTRY, CRASH)) is None


def test_no_entry_of_the_tree_takes_a_death_for_a_divergence() -> None:
    for how in ("killed by SIGABRT", "no answer within 20 s", "memory: more than 2 MiB"):
        verdict = death_verdict("native", how, "")
        assert known_for(finding(verdict, verdict.signature_plain), VERSIONS) is None


# -- whether they still occur


@pytest.fixture(scope="module")
def versions() -> dict[str, str]:
    return {"native": NativeEngine().info.version}


def test_every_known_difference_is_shown_by_its_script(versions: dict[str, str]) -> None:
    found = check_known(("reference", "native"), versions, Reentrance.GUARDED)
    assert {k.id: state for k, state in found} == {k.id: "differs" for k in entries()}


def test_one_that_no_longer_occurs_is_told(versions: dict[str, str]) -> None:
    """The page has other differences, none of them this."""
    gone = replace(ENTRY, signature=r"trapped:handle-lent \| native=returned$")
    assert check_known(("native",), versions, Reentrance.GUARDED, (gone,)) == [(gone, "agrees")]


@pytest.mark.parametrize("other", [
    replace(ENTRY, versions=("51.",)), replace(ENTRY, engine="other"), replace(ENTRY, reentrance="free"),
])
def test_what_does_not_apply_is_not_run(other: KnownDifference, versions: dict[str, str]) -> None:
    nowhere = replace(other, case="corpus/findings/no-such.wast")
    assert check_known(("native", "reference"), versions, Reentrance.GUARDED, (nowhere,)) == [
        (nowhere, "not applicable")]


def test_a_death_that_is_known_is_looked_for_as_such(versions: dict[str, str]) -> None:
    dies = replace(CRASH, case="corpus/findings/destructor-adapter-abort.wast")
    lives = replace(CRASH, case="corpus/findings/reentrance.wast")
    states = [state for _, state in check_known(("native",), versions, Reentrance.GUARDED, (dies, lives))]
    assert states == ["differs", "agrees"]


# -- the command


def test_the_command_lists_them(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["known"]) == 0
    text = capsys.readouterr().out
    for k in entries():
        assert k.id in text and k.title in text
    assert run(["known", "--json"]) == 0
    listed = json.loads(capsys.readouterr().out)
    assert [k["id"] for k in listed] == [k.id for k in entries()]
    assert all("state" not in k for k in listed)
    assert run(["known", "--json", "--engine", "compiled"]) == 0
    assert json.loads(capsys.readouterr().out) == []


def test_the_command_checks_and_fails_for_one_that_is_gone(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    gone = replace(ENTRY, signature="^no such")
    other = replace(ENTRY, id="elsewhere", versions=("7.",))
    monkeypatch.setattr(fuzz.triage.entries, "entries", lambda: (gone, other))
    assert run(["known", "--check"]) == 1
    text = capsys.readouterr().out
    assert "bad-chars: no longer occurs" in text and "elsewhere: not applicable here" in text
    assert run(["known", "--check", "--json"]) == 1
    assert [k["state"] for k in json.loads(capsys.readouterr().out)] == ["agrees", "not applicable"]


def test_bad_usage_is_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["known", "--engine", "nobody"]) == 2
    assert capsys.readouterr().err.count("\n") == 1


@pytest.mark.parametrize("text", ['title = "x"\n', "not toml", 'features = ["("]'])
def test_a_wrong_file_is_named(tmp_path: Path, text: str) -> None:
    (tmp_path / "odd.toml").write_text(text)
    with pytest.raises(UsageError, match=r"odd\.toml"):
        entries(tmp_path)
