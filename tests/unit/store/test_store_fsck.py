"""What is wrong with a store is found, told, and repaired as far as possible."""

from __future__ import annotations

import random
import sqlite3
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest
from store_contents import contents
from store_samples import FEATURES, OTHER, SIGNATURE, cases, finding, kept, key, night, session

from fuzz.errors import UsageError
from fuzz.store.blocks import dictionary_id
from fuzz.store.cases import keep, sha_of
from fuzz.store.directory import INDEX
from fuzz.store.fsck import Problem, check
from fuzz.store.records import Counts, Death, Seen
from fuzz.store.store import Store


def two_findings(path: Path) -> Path:
    """Each with an original and a smaller case; cases 0 to 15, and 4096 to 4111, which show the other."""
    with Store.writing(path) as store:
        run = store.begin_run(key(), FEATURES)
        store.begin_session(session(run))
        store.add(run, 0, 16, cases(0, 16))
        store.add(run, 4096, 4112, Counts(cases=16, signatures={OTHER: Seen(16, 4096, 4111)}))
        for signature in (SIGNATURE, OTHER):
            made = finding(store, run, signature=signature, wast=f"(component) ;; {signature}")
            smallest = kept(store, f"(c) ;; {signature}", run, 12, reduced=True)
            store.set_finding(msgspec.structs.replace(made, smallest=smallest, minimised=True))
    return path


def execute(path: Path, statement: str, *given: object) -> None:
    with sqlite3.connect(path / INDEX) as connection:
        assert connection.execute(statement, given).rowcount > 0
    connection.close()


def repaired(path: Path) -> tuple[Problem, ...]:
    """What a repair told, after which nothing is left, and the store can be opened."""
    problems = check(path, repair=True)
    left = [p for p in problems if not p.repaired]
    assert [p for p in left if not p.harmless] == []
    assert check(path, repair=False) == tuple(left)
    with Store.writing(path):
        pass
    return problems


def whole(path: Path) -> dict[str, str]:
    """The smallest case of each finding, all of which are there."""
    with Store.reading(path) as store:
        assert all(store.case_text(f.original.sha) for f in store.findings())
        return {f.signature: store.case_text(f.smallest.sha) for f in store.findings()}


def case_file(path: Path, text: str) -> Path:
    return next(file for file in path.glob("cases/*/*.wast") if file.read_text() == text)


SMALL = {signature: f"(c) ;; {signature}" for signature in (SIGNATURE, OTHER)}


def test_nothing_is_wrong(tmp_path: Path) -> None:
    before = contents(two_findings(tmp_path))
    assert check(tmp_path, repair=False) == check(tmp_path, repair=True) == ()
    assert contents(tmp_path) == before and not (tmp_path / "lost").exists()


def test_leftovers_are_harmless(tmp_path: Path) -> None:
    two_findings(tmp_path)
    (tmp_path / ".worker-0.journal").write_text("x")
    (tmp_path / "findings" / ".a.wast.1").write_text("x")
    with Store.writing(tmp_path) as store:
        store.keep_case("(in hand until the end)")
    assert check(tmp_path, repair=False) == (), "who ends in peace clears up"
    sha = keep(tmp_path, b"(of nobody)")
    (tmp_path / ".worker-1.out").write_text("x")
    problems = check(tmp_path, repair=False)
    assert {(p.kind, p.harmless) for p in problems} == {("leftover", True)} and len(problems) == 2
    assert {p.where for p in problems} == {".worker-1.out", f"cases/{sha[:2]}/{sha}.wast"}
    assert repaired(tmp_path) == tuple(msgspec.structs.replace(p, repaired=True) for p in problems)
    assert (tmp_path / "lost" / f"{sha}.wast").read_text() == "(of nobody)", "a repair deletes no case"


def test_what_a_live_campaign_has_in_hand_is_no_problem(tmp_path: Path) -> None:
    two_findings(tmp_path)
    with Store.writing(tmp_path) as store:
        store.keep_case("(in hand)")
        (tmp_path / ".worker-0.journal").write_text("x")
        assert check(tmp_path, repair=False) == ()
        with pytest.raises(UsageError, match="another campaign is writing"):
            check(tmp_path, repair=True)


def test_copies_for_people(tmp_path: Path) -> None:
    two_findings(tmp_path)
    one, two = sorted((tmp_path / "findings").iterdir())
    one.unlink()
    two.write_text("edited")
    (tmp_path / "findings" / "mine.wast").write_text("mine")
    assert [(p.kind, p.harmless) for p in check(tmp_path, repair=False)] == [("copy", True)] * 3
    repaired(tmp_path)
    assert {p.read_text() for p in (tmp_path / "findings").iterdir()} == set(SMALL.values())
    assert (tmp_path / "lost" / "mine.wast").read_text() == "mine"


@pytest.mark.parametrize("spoil", [Path.unlink, lambda file: file.write_text("bits rot")])
def test_a_smallest_case_is_made_from_its_copy(tmp_path: Path, spoil: Callable[[Path], object]) -> None:
    before = contents(two_findings(tmp_path))
    spoil(case_file(tmp_path, SMALL[SIGNATURE]))
    (problem,) = check(tmp_path, repair=False)
    assert (problem.kind, problem.harmless) == ("case", False) and "missing or has other bytes" in problem.what
    repaired(tmp_path)
    assert contents(tmp_path) == before


@pytest.mark.parametrize("text", [SMALL[SIGNATURE], f"(component) ;; {SIGNATURE}"])
def test_one_case_of_a_finding_is_enough(tmp_path: Path, text: str) -> None:
    two_findings(tmp_path)
    case_file(tmp_path, text).write_text("bits rot")
    for copy in (tmp_path / "findings").iterdir():
        copy.unlink()
    repaired(tmp_path)
    kept_one = {SMALL[SIGNATURE], f"(component) ;; {SIGNATURE}"} - {text}
    assert whole(tmp_path) == {SIGNATURE: kept_one.pop(), OTHER: SMALL[OTHER]}
    with Store.reading(tmp_path) as store:
        found = store.finding(SIGNATURE)
        assert found is not None and found.minimised is (text != SMALL[SIGNATURE]), "else it is minimised again"


def test_a_finding_without_cases_is_found_again(tmp_path: Path) -> None:
    """Its cases are not done any more: the campaign runs them again."""
    two_findings(tmp_path)
    for file in (*tmp_path.glob("cases/*/*"), *tmp_path.glob("findings/*")):
        if OTHER in file.read_text():
            file.unlink()
    problems = repaired(tmp_path)
    assert [p.kind for p in problems] == ["case", "case", "block"]
    with Store.reading(tmp_path) as store:
        assert [f.signature for f in store.findings()] == [SIGNATURE]
        assert store.done(key().id).ranges() == ((0, 16),)


@pytest.mark.parametrize(("statement", "kind", "said", "left"), [
    ("DELETE FROM finding WHERE signature LIKE 'log%'", "block", "a finding that is not there", 16),
    ("UPDATE finding SET record = x'00' WHERE signature LIKE 'log%'", "finding", "cannot be read", 16),
    ("UPDATE block SET done = zeroblob(512) WHERE number = 1", "block", "counts 16 cases, but 0 are done", 16),
    ("UPDATE block SET done = x'ff' WHERE number = 1", "block", "1 bytes for 4096 cases", 16),
    ("UPDATE block SET counts = x'1234' WHERE number = 1", "block", "cannot be read", 16),
    ("UPDATE block SET run = 'of nobody' WHERE number = 1", "block", "no run that there is", 16),
    ("DELETE FROM dictionary", "block", "which is missing", 0),
    ("UPDATE dictionary SET names = x'00'", "features", "cannot be read", 0),
    ("DELETE FROM run", "block", "no run that there is", None),
    ("UPDATE run SET key = '{}'", "run", "cannot be read", None),
    ("UPDATE run SET key = replace(key, 'guarded', 'free')", "run", "is not the run that it says", None),
    ("UPDATE session SET record = x'00'", "session", "cannot be read", 32),
])
def test_records_that_do_not_fit(tmp_path: Path, statement: str, kind: str, said: str, left: int | None) -> None:
    """What is left are *left* cases, or no run at all."""
    execute(two_findings(tmp_path), statement)
    found = [p for p in check(tmp_path, repair=False) if p.kind == kind and said in p.what]
    assert found and not found[0].harmless and not found[0].repaired
    assert {p for p in repaired(tmp_path) if p.kind == kind} >= {msgspec.structs.replace(found[0], repaired=True)}
    with Store.reading(tmp_path) as store:
        assert {run: store.totals(run).cases for run, _ in store.runs()} == ({} if left is None else {key().id: left})
    with Store.writing(tmp_path) as store:
        run = store.begin_run(key(), FEATURES)
        for first, end in store.done(run).missing(0, 16):
            store.add(run, first, end, cases(first, end))


def test_two_findings_of_one_name(tmp_path: Path) -> None:
    two_findings(tmp_path)
    with Store.reading(tmp_path) as store:
        one, two = store.findings()
    shared = msgspec.structs.replace(two, name=one.name)
    record = msgspec.msgpack.encode(shared)
    execute(tmp_path, "UPDATE finding SET record = ? WHERE signature = ?", record, two.signature)
    problems = repaired(tmp_path)
    assert any("another finding's" in p.what for p in problems)
    assert whole(tmp_path) == SMALL
    assert {p.read_text() for p in (tmp_path / "findings").iterdir()} == set(SMALL.values())


def test_a_death_that_became_a_finding_that_is_not_there(tmp_path: Path) -> None:
    night(tmp_path)
    with Store.writing(tmp_path) as store:
        store.add_death(Death("s1", 0, 1.0, "SIGABRT", 5, "crash native"))
    (problem,) = check(tmp_path, repair=False)
    assert (problem.kind, problem.harmless) == ("death", False) and "crash native" in problem.what
    repaired(tmp_path)


def test_a_finding_of_which_no_case_is_counted_is_harmless(tmp_path: Path) -> None:
    with Store.writing(tmp_path) as store:
        store.set_finding(finding(store, store.begin_run(key(), FEATURES)))
    for repair in (False, True):
        (problem,) = check(tmp_path, repair)
        assert problem.harmless and "no case is counted" in problem.what
    assert whole(tmp_path) == {SIGNATURE: "(component)"}


@pytest.mark.parametrize("spoil", [
    lambda index: index.write_bytes(index.read_bytes()[:20_000]),
    lambda index: index.write_bytes(b""),
    lambda index: index.write_bytes(b"\0" * 4096 + index.read_bytes()[4096:]),
    lambda index: index.write_bytes(b"something else"),
    Path.unlink,
])
def test_an_index_that_is_damaged(tmp_path: Path, spoil: Callable[[Path], object]) -> None:
    """It is told plainly, and cases survive whatever can be read of it."""
    spoil(two_findings(tmp_path) / INDEX)
    texts = {file.read_text() for file in tmp_path.glob("cases/*/*.wast")}
    problems = check(tmp_path, repair=False)
    for how in (Store.reading, Store.writing):
        with pytest.raises(UsageError, match=str(tmp_path)), how(tmp_path):
            pass
    assert problems[0].kind == "index" and not problems[0].harmless
    repaired(tmp_path)
    everywhere = (*tmp_path.glob("cases/*/*.wast"), *tmp_path.glob("lost/*.wast"))
    assert {file.read_text() for file in everywhere} >= texts
    night(tmp_path, end=16)


@pytest.mark.parametrize(("on_page", "saved"), [
    (b"call a=b; at 30", range(60, 61)), (sha_of(b"(c) ;; 30").encode(), range(40, 60)),
])
def test_what_can_be_read_is_saved(tmp_path: Path, on_page: bytes, saved: range) -> None:
    """One page is gone, of SQLite's index of the table or of the table: what lies on others is there afterwards."""
    with Store.writing(tmp_path) as store:
        run = store.begin_run(key(), FEATURES)
        for number in range(60):
            store.set_finding(finding(store, run, signature=f"call a=b; at {number}", wast=f"(c) ;; {number}"))
    index = tmp_path / INDEX
    data = bytearray(index.read_bytes())
    page = data.index(on_page) // 4096
    data[page * 4096 : page * 4096 + 4096] = b"\xff" * 4096
    index.write_bytes(data)
    (problem,) = check(tmp_path, repair=False)
    assert problem.kind == "index" and "damaged" in problem.what
    repaired(tmp_path)
    assert len(whole(tmp_path)) in saved
    assert (tmp_path / "lost").is_dir() and any(p.suffix == ".db" for p in (tmp_path / "lost").iterdir())


def test_any_damage(tmp_path: Path) -> None:
    """Bytes of the index are overwritten at random: a check never fails itself, and after a repair all is well."""
    dice, original = random.Random(5), two_findings(tmp_path / "original")
    whole_index = (original / INDEX).read_bytes()
    files = {p.relative_to(original): p.read_bytes() for p in original.rglob("*.wast")}
    kinds = set()
    for attempt in range(15):
        path = tmp_path / str(attempt)
        for name, content in files.items():
            (path / name).parent.mkdir(parents=True, exist_ok=True)
            (path / name).write_bytes(content)
        data = bytearray(whole_index)
        for _ in range(dice.choice([1, 4, 30])):
            at = dice.randrange(100, len(data)) if dice.random() < 0.9 else dice.randrange(len(data))
            data[at : at + 8] = dice.randbytes(dice.choice([1, 8]))
        (path / INDEX).write_bytes(data[: len(whole_index)])
        try:
            kinds.update(p.kind for p in check(path, repair=False))
            repaired(path)
        except UsageError as error:
            kinds.add("refused")
            assert "newer factfuzz" in str(error) or "something else" in str(error)
    assert "index" in kinds


@pytest.mark.parametrize("repair", [False, True])
def test_no_store(tmp_path: Path, repair: bool) -> None:
    (tmp_path / "file").write_text("x")
    for path, said in ((tmp_path, "is missing"), (tmp_path / "file", "is a file"), (tmp_path / "no", "no such")):
        with pytest.raises(UsageError, match=said):
            check(path, repair)
    assert [p.name for p in tmp_path.iterdir()] == ["file"]


def test_names_of_a_dictionary_are_checked(tmp_path: Path) -> None:
    two_findings(tmp_path)
    execute(tmp_path, "UPDATE dictionary SET id = ?", dictionary_id(["a"]))
    assert "holds other names" in " ".join(p.what for p in check(tmp_path, repair=False))
    repaired(tmp_path)
