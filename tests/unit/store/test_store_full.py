"""A disk that fills up: a plain error, and nothing that was there is lost."""

from __future__ import annotations

import errno
import os
import resource
import subprocess
import sys
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from store_samples import FEATURES, cases, finding, key, night

from fuzz.errors import UsageError
from fuzz.store.fsck import check
from fuzz.store.records import Counts
from fuzz.store.store import Store

MANY = tuple(f"group: fact {i}" for i in range(3000))


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 256 KiB."""
    path = tmp_path / "disk"
    path.mkdir()
    made = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=256k", "tmpfs", str(path)], capture_output=True)
    if made.returncode:
        pytest.skip("file systems cannot be mounted here")
    try:
        yield path
    finally:
        subprocess.run(["umount", "-l", str(path)], check=True)


def fill(path: Path) -> None:
    """Up to the last byte."""
    with (path / "ballast").open("wb", buffering=0) as file, pytest.raises(OSError, match="No space"):
        while True:
            file.write(os.urandom(1024))


def added_until_full(path: Path) -> tuple[int, OSError]:
    """Cases in the store when a flush failed, and how it failed."""
    first = 0
    with pytest.raises(OSError) as caught, Store.writing(path) as store:
        run = store.begin_run(key(), MANY)
        store.set_finding(finding(store, run, 0))
        while True:
            store.add(run, first, first + 8, cases(first, first + 8))
            store.keep_case(f"(component) ;; {first}\n" * 30)
            store.flush()
            first += 8
    return first, caught.value


def test_a_flush_on_a_full_disk(small_disk: Path) -> None:
    path = small_disk / "night"
    count, error = added_until_full(path)
    assert error.errno == errno.ENOSPC and count > 0
    with Store.reading(path) as store:
        assert store.totals() == cases(0, count)
    assert [p for p in check(path, repair=False) if not p.harmless] == []


def test_what_did_not_fit_is_written_when_there_is_room(small_disk: Path) -> None:
    path = small_disk / "night"
    night(path)
    with Store.writing(path) as store:
        run = store.begin_run(key(), FEATURES)
        fill(small_disk)
        for number in range(1, 40):
            store.add(run, 4096 * number, 4096 * number + 16, cases(4096 * number, 4096 * number + 16))
        for _ in range(2):
            with pytest.raises(OSError, match="the disk is full") as caught:
                store.flush()
            assert caught.value.errno == errno.ENOSPC
        with pytest.raises(OSError, match="No space"):
            store.keep_case("(component) ;; another\n" * 1000)
        assert not [p for p in path.rglob("*") if p.name.endswith(f".{os.getpid()}")], "nothing half is left"
        (small_disk / "ballast").unlink()
        store.flush()
        live = store.totals()
        assert live.cases == 64 + 39 * 16
    with Store.reading(path) as store:
        assert store.totals() == live
    assert check(path, repair=False) == ()


def test_opening_on_a_full_disk(small_disk: Path) -> None:
    fill(small_disk)
    with pytest.raises(UsageError) as caught, Store.writing(small_disk / "night"):
        pass
    assert "full" in str(caught.value) or "No space" in str(caught.value)
    (small_disk / "ballast").unlink()
    night(small_disk / "night")
    fill(small_disk)
    with Store.reading(small_disk / "night") as store:
        assert store.totals() == cases(0, 64)


def in_a_child(work: Callable[[], None]) -> int:
    """Its exit status; what it raised is on our standard error."""
    child = os.fork()
    if child == 0:
        try:
            work()
        except BaseException:
            traceback.print_exc(file=sys.stderr)
            os._exit(1)
        os._exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def test_files_that_may_not_grow(tmp_path: Path) -> None:
    """The same by a limit on the size of files, which needs no privilege."""
    path = tmp_path / "night"

    def work() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (150_000, 150_000))
        count, error = added_until_full(path)
        assert count > 0 and str(path) in str(error), error
        (tmp_path / "count").write_text(str(count))

    assert in_a_child(work) == 0
    count = int((tmp_path / "count").read_text())
    with Store.reading(path) as store:
        assert store.totals() == cases(0, count)
    with Store.writing(path) as store:
        run = store.begin_run(key(), MANY)
        store.add(run, count, count + 8, cases(count, count + 8))
    with Store.reading(path) as store:
        assert store.totals() == cases(0, count + 8)
    assert check(path, repair=False) == ()
    assert Counts() != store.totals()
