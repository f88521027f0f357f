"""Cases that are kept because they were the first to show some feature."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import msgspec
import pytest
from store_contents import contents
from store_samples import FEATURES, cases, key, night

from fuzz.store.database import VERSION
from fuzz.store.directory import INDEX
from fuzz.store.fsck import check
from fuzz.store.records import Counts, FirstCase, Seen
from fuzz.store.store import Store

FIRSTS = {3: "(component) ;; three", 9: "(component) ;; nine"}


def counts(**firsts: int) -> Counts:
    """Of cases 0 to 15: features with the number of the case that shows each first."""
    return Counts(cases=16, features={name: Seen(1, first, first) for name, first in firsts.items()})


def store_with_firsts(path: Path) -> str:
    with Store.writing(path) as store:
        run = store.begin_run(key(), ("a", "b", "c"))
        store.add(run, 0, 16, counts(a=3, b=9, c=3))
        for number in store.missing_first_cases(run):
            store.set_first_case(FirstCase(run, number, store.keep_case(FIRSTS[number])))
        assert store.missing_first_cases(run) == ()
    return run


def test_they_stay(tmp_path: Path) -> None:
    run = store_with_firsts(tmp_path)
    with Store.writing(tmp_path):
        pass
    with Store.reading(tmp_path) as store:
        assert {f.number: store.case_text(f.sha) for f in store.first_cases()} == FIRSTS
        assert {f.run for f in store.first_cases()} == {run}
    assert check(tmp_path, repair=False) == ()


def test_an_earlier_case_is_asked_for_in_its_turn(tmp_path: Path) -> None:
    run = store_with_firsts(tmp_path)
    with Store.writing(tmp_path) as store:
        store.begin_run(key(), ("a", "b", "c", "d"))
        store.add(run, 16, 32, msgspec.structs.replace(counts(), features={"a": Seen(1, 17, 17), "d": Seen(2, 20, 21)}))
        assert store.missing_first_cases(run) == (20,)


def test_a_case_that_was_not_kept(tmp_path: Path) -> None:
    with Store.writing(tmp_path) as store:
        run = store.begin_run(key(), FEATURES)
        with pytest.raises(ValueError, match="was not kept"):
            store.set_first_case(FirstCase(run, 1, "0" * 64))


def test_a_store_of_before(tmp_path: Path) -> None:
    """It is read as it is, and has the new table once somebody writes."""
    run = night(tmp_path)
    before = contents(tmp_path)
    with sqlite3.connect(tmp_path / INDEX) as connection:
        connection.execute("DROP TABLE first_case")
        connection.execute("PRAGMA user_version = 1")
    connection.close()
    assert contents(tmp_path) == before
    assert check(tmp_path, repair=False) == ()
    with Store.writing(tmp_path) as store:
        store.set_first_case(FirstCase(run, 0, store.keep_case("(component)")))
    with Store.reading(tmp_path) as store:
        assert [f.number for f in store.first_cases()] == [0] and store.totals(run) == cases(0, 64)
    with sqlite3.connect(tmp_path / INDEX) as connection:
        assert connection.execute("PRAGMA user_version").fetchone()[0] == VERSION
    connection.close()


@pytest.mark.parametrize("damage", ["missing", "other bytes", "another run", "no number"])
def test_what_is_damaged_is_made_again(tmp_path: Path, damage: str) -> None:
    run = store_with_firsts(tmp_path)
    case = next(p for p in tmp_path.glob("cases/*/*.wast") if "three" in p.read_text())
    if damage == "missing":
        case.unlink()
    elif damage == "other bytes":
        case.write_text("(component")
    else:
        change = "run = 'other'" if damage == "another run" else "number = 'three'"
        with sqlite3.connect(tmp_path / INDEX) as connection:
            assert connection.execute(f"UPDATE first_case SET {change} WHERE number = 3").rowcount == 1
        connection.close()
    assert [p.kind for p in check(tmp_path, repair=False) if not p.harmless] == ["first case"]
    assert all(p.repaired for p in check(tmp_path, repair=True))
    assert [p for p in check(tmp_path, repair=False) if not p.harmless] == []
    with Store.reading(tmp_path) as store:
        assert [f.number for f in store.first_cases()] == [9] and store.missing_first_cases(run) == (3,)
