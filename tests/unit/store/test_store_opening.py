"""Opening a directory: made, refused, shared, read while it is written."""

from __future__ import annotations

import errno
import fcntl
import os
import shutil
import socket
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
from store_contents import contents
from store_samples import FEATURES, cases, finding, key, night

from fuzz.errors import UsageError
from fuzz.store.database import VERSION, is_shared, open_for_writing
from fuzz.store.directory import INDEX
from fuzz.store.lock import LOCK
from fuzz.store.store import Store


def opened(path: Path) -> None:
    with Store.writing(path):
        pass


def refusal(path: Path, how: str) -> str:
    with pytest.raises(UsageError) as caught, getattr(Store, how)(path):
        pass
    assert "\n" not in str(caught.value) and str(path) in str(caught.value)
    return str(caught.value)


def test_what_was_made_for_nothing_goes_again(tmp_path: Path) -> None:
    deep = tmp_path / "a" / "b" / "night"
    with Store.writing(deep) as store:
        assert (deep / INDEX).exists()
        run = store.begin_run(key(), FEATURES)
        store.flush()
        finding(store, run)  # keeps a case, but never becomes a finding
    assert list(tmp_path.iterdir()) == []
    (tmp_path / "empty").mkdir()
    with pytest.raises(ZeroDivisionError), Store.writing(tmp_path / "empty") as store:
        raise ZeroDivisionError
    assert list((tmp_path / "empty").iterdir()) == [], "it was there, and stays"
    (tmp_path / "other.txt").write_text("mine")
    opened(tmp_path)
    assert {p.name for p in tmp_path.iterdir()} == {"empty", "other.txt"}


def test_one_case_is_something(tmp_path: Path) -> None:
    with Store.writing(tmp_path / "night") as store:
        store.add(store.begin_run(key(), FEATURES), 0, 1, cases(0, 1))
    opened(tmp_path / "night")
    assert [p.name for p in (tmp_path / "night").iterdir()] == [INDEX], "one file, which can be copied"


def test_one_campaign_a_directory(tmp_path: Path) -> None:
    night(tmp_path)
    with Store.writing(tmp_path) as store:
        said = refusal(tmp_path, "writing")
        assert said == (
            f"{tmp_path}: another campaign is writing to this directory (process {os.getpid()} on "
            f"{socket.gethostname()}); give this one a directory of its own, and bring them together by "
            "`factfuzz merge`"
        )
        assert store.is_being_written()
        with Store.reading(tmp_path) as reader:
            assert reader.is_being_written()
            store.begin_run(key(), FEATURES)
            store.add(reader.runs()[0][0], 640, 656, cases(640, 656))
    assert not reader.is_being_written() and reader.totals() == cases(0, 64)
    with Store.reading(tmp_path) as reader:
        assert reader.totals().cases == 80, "who was refused did no harm"


def test_a_lock_that_was_left_behind_is_none(tmp_path: Path) -> None:
    night(tmp_path)
    (tmp_path / LOCK).write_text("process 1 on nowhere")
    with Store.reading(tmp_path) as store:
        assert not store.is_being_written()
    opened(tmp_path)
    assert not (tmp_path / LOCK).exists()


def test_a_lock_file_that_its_holder_removed_locks_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Between opening the file and locking it, its holder may remove it, and a third process make another."""
    real, third = fcntl.flock, list[int]()

    def flock(descriptor: int, operation: int) -> None:
        if not third:
            (tmp_path / LOCK).unlink()
            third.append(os.open(tmp_path / LOCK, os.O_RDWR | os.O_CREAT))
            real(third[0], fcntl.LOCK_EX)
        real(descriptor, operation)

    monkeypatch.setattr(fcntl, "flock", flock)
    try:
        assert "another campaign is writing" in refusal(tmp_path, "writing")
    finally:
        os.close(third[0])
    opened(tmp_path)


def test_leftovers_go_and_other_files_stay(tmp_path: Path) -> None:
    night(tmp_path)
    stay = [tmp_path / name for name in ("notes.txt", ".hidden", "findings/mine.wast", "cases/readme")]
    go = [tmp_path / name for name in (".worker-0.journal", ".worker-1.out", "findings/.x.wast.77", "cases/ab/.y.77")]
    (tmp_path / "cases" / "ab").mkdir(exist_ok=True)
    for file in (*stay, *go):
        file.write_text("x")
    opened(tmp_path)
    assert [p for p in stay if not p.exists()] == [] and [p for p in go if p.exists()] == []


@pytest.mark.parametrize("how", ["reading", "writing"])
def test_no_store(tmp_path: Path, how: str) -> None:
    file = tmp_path / "file"
    file.write_text("x")
    assert "is a file, where" in refusal(file, how)
    refusal(file / "below", how)
    (tmp_path / "bad").mkdir()
    (tmp_path / "bad" / INDEX).write_bytes(b"no database, " * 100)
    assert "is damaged" in refusal(tmp_path / "bad", how)
    (tmp_path / "other").mkdir()
    with sqlite3.connect(tmp_path / "other" / INDEX) as connection:
        connection.execute("CREATE TABLE recipes (name)")
    connection.close()
    assert "a database of something else" in refusal(tmp_path / "other", how)
    assert {p.name for p in (tmp_path / "other").iterdir()} == {INDEX}


def test_nothing_to_read(tmp_path: Path) -> None:
    assert refusal(tmp_path / "none", "reading") == f"{tmp_path / 'none'}: no such directory"
    assert f"{INDEX} is missing" in refusal(tmp_path, "reading")
    (tmp_path / INDEX).touch()
    assert "nothing here yet" in refusal(tmp_path, "reading") or "anything here yet" in refusal(tmp_path, "reading")
    night(tmp_path)
    with Store.reading(tmp_path) as store:
        assert store.totals() == cases(0, 64)


def test_cases_without_an_index_are_not_thrown_away(tmp_path: Path) -> None:
    night(tmp_path)
    (tmp_path / INDEX).unlink()
    assert "has cases, but no campaign.db" in refusal(tmp_path, "writing")
    assert len(list(tmp_path.glob("cases/*/*.wast"))) == 1 and not (tmp_path / INDEX).exists()


@pytest.mark.parametrize("how", ["reading", "writing"])
def test_a_newer_version_is_refused(tmp_path: Path, how: str) -> None:
    night(tmp_path)
    with sqlite3.connect(tmp_path / INDEX) as connection:
        connection.execute(f"PRAGMA user_version = {VERSION + 6}")
    connection.close()
    said = refusal(tmp_path, how)
    assert f"its version is {VERSION + 6}, this one reads {VERSION}" in said
    assert len(list(tmp_path.glob("cases/*/*.wast"))) == 1


def test_where_nothing_can_be_made() -> None:
    """Permissions do not bind root: /proc does."""
    assert "cannot be made" in refusal(Path("/proc/factfuzz/night"), "writing")
    assert "cannot be written to" in refusal(Path("/proc/self/fd"), "writing")


def test_a_directory_without_permission(tmp_path: Path) -> None:
    if os.geteuid() == 0:
        pytest.skip("permissions do not bind root")
    night(tmp_path / "night")
    (tmp_path / "night").chmod(0o500)
    try:
        assert "cannot be written to" in refusal(tmp_path / "night", "writing")
        with Store.reading(tmp_path / "night") as store:
            assert store.totals() == cases(0, 64)
    finally:
        (tmp_path / "night").chmod(0o700)


def test_what_a_killed_process_left_is_read_where_nothing_can_be_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The log still has what was committed last; a reader that cannot make it part of the index uses a copy."""
    live, frozen = tmp_path / "live", tmp_path / "frozen"
    with Store.writing(live) as store:
        store.add(store.begin_run(key(), FEATURES), 0, 16, cases(0, 16))
        store.flush()
        shutil.copytree(live, frozen)
    connect = sqlite3.connect

    def cannot(database: object, **given: object) -> sqlite3.Connection:
        if str(frozen) in str(database):
            raise sqlite3.OperationalError("unable to open database file")
        return connect(database, **given)  # type: ignore[call-overload, no-any-return]

    monkeypatch.setattr(sqlite3, "connect", cannot)
    before = {p.name: p.read_bytes() for p in frozen.iterdir()}
    assert f"{INDEX}-wal" in before
    with Store.reading(frozen) as reader:
        assert reader.totals() == cases(0, 16)
    assert {p.name: p.read_bytes() for p in frozen.iterdir()} == before


def test_odd_names_of_directories(tmp_path: Path) -> None:
    for name in ("a b", "100%25", "what?mode=ro", "a#b", "é"):
        run = night(tmp_path / name)
        with Store.reading(tmp_path / name) as store:
            assert store.totals(run) == cases(0, 64)


MOUNTS = r"""22 1 8:1 / / rw - ext4 /dev/sda1 rw
30 22 0:40 / /home rw,relatime shared:5 - {home} server:/home rw
31 30 8:2 / /home/me/My\040Disk rw - xfs /dev/sdb1 rw
32 22 0:41 / /tmp rw - tmpfs tmpfs rw
"""


@pytest.mark.parametrize(("path", "kind", "shared"), [
    ("/home/me/night", "nfs4", True), ("/home/me/night", "fuse.sshfs", True), ("/home/me/night", "cifs", True),
    ("/home/me/night", "9p", True), ("/home/me/night", "btrfs", False), ("/home", "nfs", True),
    ("/home/me/My Disk/night", "nfs4", False), ("/homes", "nfs4", False), ("/tmp/x", "nfs4", False),
])
def test_which_file_systems_are_shared(tmp_path: Path, path: str, kind: str, shared: bool) -> None:
    (tmp_path / "mountinfo").write_text(MOUNTS.format(home=kind))
    assert is_shared(Path(path), tmp_path / "mountinfo") is shared


def test_a_later_mount_hides_the_one_below(tmp_path: Path) -> None:
    (tmp_path / "mountinfo").write_text(MOUNTS.format(home="nfs4") + "40 22 8:3 / /home rw - ext4 /dev/sdc1 rw\n")
    assert not is_shared(Path("/home/me"), tmp_path / "mountinfo")
    assert not is_shared(Path("/home/me"), tmp_path / "nowhere")


@pytest.mark.parametrize(("shared", "mode", "synchronous"), [(False, "wal", 1), (True, "delete", 2)])
def test_the_journal_suits_the_file_system(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, shared: bool, mode: str, synchronous: int
) -> None:
    monkeypatch.setattr("fuzz.store.database.is_shared", lambda _: shared)
    connection = open_for_writing(tmp_path)
    assert connection.execute("PRAGMA journal_mode").fetchone()[0] == mode
    assert connection.execute("PRAGMA synchronous").fetchone()[0] == synchronous
    connection.close()
    run = night(tmp_path)
    with Store.writing(tmp_path) as store:
        store.begin_run(key(), FEATURES)
        store.add(run, 64, 80, cases(64, 80))
        before = contents(tmp_path)
        store.flush()
        with Store.reading(tmp_path) as reader:
            store.add(run, 80, 96, cases(80, 96))
            store.flush()
            assert reader.totals() == cases(0, 80), "one moment"
    assert len(before["blocks"]) == 1 and contents(tmp_path) != before


def test_errors_of_the_database_are_the_systems(tmp_path: Path) -> None:
    """The index is held by somebody who does not know our lock."""
    with Store.writing(tmp_path) as store:
        store._index.connection.execute("PRAGMA busy_timeout = 0")
        store.add(store.begin_run(key(), FEATURES), 0, 16, cases(0, 16))
        other = sqlite3.connect(tmp_path / INDEX, isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(OSError, match="another process keeps it locked") as caught:
            store.flush()
        assert caught.value.errno == errno.EBUSY and caught.value.filename == str(tmp_path / INDEX)
        other.execute("ROLLBACK")
        other.close()
        store.flush()
    with Store.reading(tmp_path) as reader:
        assert reader.totals() == cases(0, 16)


def test_reading_a_store_loads_no_engine() -> None:
    """The supervisor stays small, and `status` starts fast."""
    script = (
        "import sys, fuzz.store.store, fuzz.store.merge, fuzz.store.fsck; "
        "print([m for m in sys.modules if m.split('.')[0] in ('wasmtime', 'hypothesis', 'generators', 'fact')])"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"
