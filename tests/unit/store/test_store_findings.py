"""Findings, their cases and their names."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

import msgspec
import pytest
from store_samples import FEATURES, OTHER, SIGNATURE, cases, finding, kept, key, night

from fuzz.store import names
from fuzz.store.names import finding_name, free_name, names_of
from fuzz.store.store import Store


def copies(path: Path) -> dict[str, str]:
    return {file.name: file.read_text() for file in (path / "findings").iterdir()}


def kept_cases(path: Path) -> set[str]:
    return {file.read_text() for file in path.glob("cases/*/*.wast")}


def test_a_finding_is_kept_and_copied(tmp_path: Path) -> None:
    with Store.writing(tmp_path) as store:
        run = store.begin_run(key(), FEATURES)
        made = finding(store, run, wast="(component) ;; é")
        store.set_finding(made)
        assert store.findings() == (made,) and store.finding(SIGNATURE) == made and store.finding(OTHER) is None
        assert not (tmp_path / "findings").exists(), "before flush"
        store.flush()
        assert copies(tmp_path) == {f"{made.name}.wast": "(component) ;; é"}
    with Store.reading(tmp_path) as store:
        assert store.findings() == (made,)
        sha = hashlib.sha256("(component) ;; é".encode()).hexdigest()
        assert made.original.sha == sha
        assert store.case_text(sha) == "(component) ;; é"
        assert store.case_path(sha) == tmp_path / "cases" / sha[:2] / f"{sha}.wast"
        with pytest.raises(FileNotFoundError):
            store.case_text("0" * 64)
        for name in ("../../etc/passwd", "0" * 63 + "\n", ""):
            with pytest.raises(ValueError, match="does not name a case"):
                store.case_path(name)


def test_a_smaller_case_takes_the_place(tmp_path: Path) -> None:
    """The original and the smallest are kept; what was in between goes when nobody writes any more."""
    with Store.writing(tmp_path) as store:
        run = store.begin_run(key(), FEATURES)
        made = finding(store, run, wast="(component original)")
        store.set_finding(made)
        for wast in ("(component smaller)", "(c)"):
            store.flush()
            made = msgspec.structs.replace(made, smallest=kept(store, wast, run, 11, reduced=True), minimised=True)
            store.set_finding(made)
        store.keep_case("(of nothing)")
        store.flush()
        assert copies(tmp_path) == {f"{made.name}.wast": "(c)"}
        assert store.findings() == (made,)
        assert kept_cases(tmp_path) == {"(component original)", "(component smaller)", "(c)", "(of nothing)"}
    assert kept_cases(tmp_path) == {"(component original)", "(c)"}


def test_copies_are_made_again(tmp_path: Path) -> None:
    """The process may be killed between the index and the copy, and people may edit what is theirs."""
    night(tmp_path)
    (copy,) = (tmp_path / "findings").iterdir()
    copy.write_text("edited")
    with Store.writing(tmp_path):
        assert copies(tmp_path) == {copy.name: "(component)"}
        copy.unlink()
    (tmp_path / "findings" / "of-somebody.wast").write_text("else")
    with Store.writing(tmp_path):
        pass
    assert copies(tmp_path) == {copy.name: "(component)", "of-somebody.wast": "else"}


def test_a_case_is_written_once(tmp_path: Path) -> None:
    with Store.writing(tmp_path) as store:
        sha = store.keep_case("(component)")
        before = store.case_path(sha).stat()
        assert store.keep_case("(component)") == sha
        after = store.case_path(sha).stat()
        assert (before.st_ino, before.st_mtime_ns) == (after.st_ino, after.st_mtime_ns)
        assert [p.name for p in store.case_path(sha).parent.iterdir()] == [f"{sha}.wast"], "nothing temporary"


def test_what_cannot_be_a_finding(tmp_path: Path) -> None:
    with Store.writing(tmp_path) as store:
        run = store.begin_run(key(), FEATURES)
        made = finding(store, run)
        store.set_finding(made)
        other = finding(store, run, signature=OTHER)
        nowhere = msgspec.structs.replace(made.original, sha="ab" * 32)
        for changed, said in (
            (msgspec.structs.replace(other, name=made.name), "name of another finding"),
            (msgspec.structs.replace(other, name="../up"), "no name"),
            (msgspec.structs.replace(made, name="renamed"), "is named call"),
            (msgspec.structs.replace(other, smallest=nowhere), "was not kept"),
            (msgspec.structs.replace(other, original=nowhere), "was not kept"),
        ):
            with pytest.raises(ValueError, match=said):
                store.set_finding(changed)
        assert store.findings() == (made,)


def test_findings_come_oldest_first(tmp_path: Path) -> None:
    with Store.writing(tmp_path) as store:
        run = store.begin_run(key(), FEATURES)
        for seen, signature in ((30.0, "b"), (20.0, "c"), (30.0, "a")):
            store.set_finding(finding(store, run, signature=signature, seen=seen))
        assert [f.signature for f in store.findings()] == ["c", "a", "b"]
        store.add(run, 0, 1, cases(0, 1))


@pytest.mark.parametrize(("signature", "words"), [
    (SIGNATURE, "call-returned-vs-cannot-enter"),
    ("load native=refused | reference=loaded; at param list u8", "load-refused-vs-loaded"),
    ("crash native SIGABRT panicked at src/x.rs", "crash-native"),
    ("timeout native", "timeout-native"),
    ("call a=trapped:invalid-char | b=trapped:invalid-char", "call-invalid-char"),
    ("Ünïcode / .. =", ""),
    ("", ""),
    ("call " + " | ".join(f"e{i}=trapped:{'very-long-' * 5}{chr(97 + i)}" for i in range(9)), None),
])
def test_names_are_readable(signature: str, words: str | None) -> None:
    name = finding_name(signature)
    assert names.NAME.fullmatch(name) and len(name) < 80
    assert name.endswith(hashlib.sha256(signature.encode()).hexdigest()[:8])
    if words:
        assert re.fullmatch(f"{words}-[0-9a-f]{{8}}", name)


def test_signatures_never_share_a_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(names, "DIGITS", 0)
    signatures = [f"call a=returned | b=trapped:x; at {i}" for i in range(5)]
    with Store.writing(tmp_path) as store:
        run = store.begin_run(key(), FEATURES)
        for signature in signatures:
            store.set_finding(finding(store, run, signature=signature))
        assert len({f.name for f in store.findings()}) == 5
        assert store.free_name(signatures[3]) == store.findings()[3].name, "it has one"
        store.flush()
        assert len(copies(tmp_path)) == 5
    assert free_name("x", {free_name("x", ())}) != free_name("x", ())


def test_names_of_a_set_depend_on_the_set_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(names, "DIGITS", 1)
    signatures = [f"call a=returned | b=trapped:x; at {i}" for i in range(40)]
    found = names_of(signatures)
    assert found == names_of(reversed(signatures)) == names_of(signatures * 2)
    assert len(set(found.values())) == 40
    assert names_of(signatures[:1]) == {signatures[0]: finding_name(signatures[0], 1)}
