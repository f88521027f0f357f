"""Which files are cases, and what is told of the others."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest
from cmin_cases import script

from fuzz.cmin.corpus import read_corpus
from fuzz.errors import UsageError
from fuzz.store.cases import keep


def test_directories_of_all_kinds(tmp_path: Path) -> None:
    stored = keep(tmp_path / "night", script(1).encode())
    libfuzzer = tmp_path / "corpus"
    libfuzzer.mkdir()
    (libfuzzer / hashlib.sha1(b"2").hexdigest()).write_text(script(2))
    (libfuzzer / "crash-0123").write_text(f"\n  ;; what is before it\n{script(3)}")
    (libfuzzer / "deeper").mkdir()
    (libfuzzer / "deeper" / "x.wast").write_text("no script at all")
    (libfuzzer / "binary").write_bytes(b"\0asm")
    (libfuzzer / "empty").touch()
    (libfuzzer / "page.html").write_text(";; not this")
    (libfuzzer / ".hidden").write_text(script(4))
    (libfuzzer / ".git").mkdir()
    (libfuzzer / ".git" / "x.wast").write_text(script(4))
    found = read_corpus([tmp_path / "night", libfuzzer])
    names = {Path(file.path).name for file in found.cases.values()}
    assert names == {f"{stored}.wast", hashlib.sha1(b"2").hexdigest(), "crash-0123", "x.wast"}
    assert {Path(path).name for path in found.others} == {"binary", "empty", "page.html"}
    assert (found.files, found.copies, found.unreadable) == (4, 0, [])
    for sha, file in found.cases.items():
        data = Path(file.path).read_bytes()
        assert (hashlib.sha256(data).digest(), len(data)) == (sha, file.bytes)


def test_equal_contents_count_once(tmp_path: Path) -> None:
    for name in ("b.wast", "a.wast", "c"):
        (tmp_path / name).write_text(script(1))
    found = read_corpus([tmp_path, tmp_path / "b.wast"])
    assert (found.files, found.copies, len(found.cases)) == (4, 3, 1)
    assert next(iter(found.cases.values())).path == str(tmp_path / "a.wast")
    assert found.bytes == 4 * len(script(1))


def test_a_file_that_is_named_is_a_case_whatever_it_holds(tmp_path: Path) -> None:
    path = tmp_path / "page.html"
    path.write_text("<p>")
    assert read_corpus([path]).files == 1


def test_what_cannot_be_read_is_named(tmp_path: Path) -> None:
    (tmp_path / "gone.wast").symlink_to(tmp_path / "nowhere")
    (tmp_path / "directory.wast").mkdir()
    found = read_corpus([tmp_path])
    assert found.unreadable == [(str(tmp_path / "gone.wast"), "not a regular file")]
    assert found.files == 0


def test_a_path_that_does_not_exist(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="nothing: no such file or directory"):
        read_corpus([tmp_path, tmp_path / "nothing"])
