"""What was measured is not measured again: also after a kill, and unless the index is damaged."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
from pathlib import Path
from time import sleep

import numpy as np
import pytest
from cmin_cases import task, words

from fuzz.cmin.code import code_key
from fuzz.cmin.corpus import CaseFile
from fuzz.cmin.index import Damaged, open_index
from fuzz.cmin.job import minimise
from fuzz.cmin.loading import load
from fuzz.cmin.measure import Measured
from fuzz.errors import UsageError

SHAS = [bytes([i]) * 32 for i in range(4)]


def filled(path: Path, code: str = "a") -> Path:
    index, told = open_index(path, code)
    assert told == "" and len(index) == 0
    index.add(SHAS[0], Measured(("feature x", "branch y", "feature x"), 0.5), False)
    index.add(SHAS[1], Measured(unreadable="no"), False)
    index.add(SHAS[2], Measured(("feature z", "python p", "feature x"), 0.25, told=("they", "differ")), True)
    index.close()
    return path


def test_what_was_added_is_there(tmp_path: Path) -> None:
    index, told = open_index(filled(tmp_path / "i"), "a")
    assert (told, len(index)) == ("", 3)
    assert index.missing(SHAS, python=False) == [SHAS[3]]
    assert index.missing(SHAS, python=True) == [SHAS[0], SHAS[1], SHAS[3]]
    assert index.unreadable(SHAS) == {SHAS[1]: "no"}
    assert index.disagreements(SHAS) == {SHAS[2]: "they\ndiffer"}
    files = {sha: CaseFile(sha, "", 7) for sha in reversed(SHAS)}
    cases = load(index, files, python=True)
    assert cases.shas == [SHAS[2], SHAS[0]]
    assert [sorted(cases.shown(row)) for row in range(2)] == [
        ["feature x", "feature z", "python p"], ["branch y", "feature x"]]
    assert cases.seconds.tolist() == [0.25, 0.5] and cases.bytes.tolist() == [7, 7]
    without = load(index, files, python=False)
    assert sorted(without.shown(0)) == ["feature x", "feature z"]
    assert sorted(without.elements) == ["branch y", "feature x", "feature z"]
    index.close()


def test_many_at_a_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("fuzz.cmin.index.AT_ONCE", 3)
    index, _ = open_index(tmp_path / "i", "a")
    shas = [bytes([i // 256, i % 256]) * 16 for i in range(20)]
    for i, sha in enumerate(shas):
        index.add(sha, Measured(tuple(f"feature {j}" for j in range(i % 5)), i), False)
    cases = load(index, {sha: CaseFile(sha, "", 1) for sha in shas}, python=False)
    assert cases.shas == [sha for i, sha in enumerate(shas) if i % 5]
    assert np.diff(cases.matrix.starts).tolist() == [i % 5 for i in range(20) if i % 5]
    assert cases.seconds.tolist() == [i for i in range(20) if i % 5]
    index.close()


def test_what_is_withdrawn_no_longer_counts(tmp_path: Path) -> None:
    index, _ = open_index(filled(tmp_path / "i"), "a")
    index.withdraw(SHAS[2], ["feature x", "nothing"])
    cases = load(index, {SHAS[2]: CaseFile(SHAS[2], "", 1)}, python=True)
    assert sorted(cases.shown(0)) == ["feature z", "python p"]
    index.close()


def test_other_code_measures_again(tmp_path: Path) -> None:
    index, told = open_index(filled(tmp_path / "i"), "b")
    assert "measured by another version" in told
    assert len(index) == 0 and index.names == []
    index.close()


def test_one_process_at_a_time(tmp_path: Path) -> None:
    index, _ = open_index(filled(tmp_path / "i"), "a")
    with pytest.raises(UsageError, match="locked"):
        open_index(tmp_path / "i", "a")
    index.close()


@pytest.mark.parametrize("damage", ["cut", "head", "middle", "table"])
def test_a_damaged_index_is_put_aside(tmp_path: Path, damage: str) -> None:
    corpus = words(tmp_path / "in", **{f"n{i}": f"a b w{i}" for i in range(30)})
    out = tmp_path / "out"
    first = minimise(task(out, corpus))
    path = out / ".cmin" / "index.db"
    data = bytearray(path.read_bytes())
    match damage:
        case "cut":
            data = data[: len(data) // 2]
        case "head":
            data[:16] = b"x" * 16
        case "middle":
            data[4096:] = bytes(b ^ 0x5A for b in data[4096:])
        case "table":
            with sqlite3.connect(path) as database:
                database.execute("UPDATE cases SET shown = x'ffffff7f'")
            database.close()
            data = bytearray(path.read_bytes())
    path.write_bytes(data)
    again = minimise(task(out, corpus))
    assert again.measured == 30
    assert again.names == first.names
    assert path.with_name("index.db.damaged").exists()
    assert minimise(task(out, corpus)).measured == 0


def test_a_changed_measurement_is_noticed(tmp_path: Path) -> None:
    with sqlite3.connect(filled(tmp_path / "i")) as database:
        database.execute("UPDATE cases SET shown = x'01000000' WHERE unreadable = ''")
    database.close()
    index, _ = open_index(tmp_path / "i", "a")
    with pytest.raises(Damaged, match="not what was written"):
        list(index.rows(SHAS))
    index.close()


def test_an_index_that_is_something_else(tmp_path: Path) -> None:
    (tmp_path / "notes").write_text("do not lose this")
    with pytest.raises(UsageError, match="is not an index"):
        open_index(tmp_path / "notes", "a")
    assert (tmp_path / "notes").read_text() == "do not lose this"
    with sqlite3.connect(tmp_path / "other.db") as database:
        database.execute("CREATE TABLE mine (x)")
    database.close()
    with pytest.raises(UsageError, match="another kind of database"):
        open_index(tmp_path / "other.db", "a")
    with pytest.raises(UsageError, match="no index can be kept there"):
        open_index(tmp_path / "notes" / "i", "a")


KILLED = """
import sys
from pathlib import Path
from cmin_cases import task
from fuzz.cmin.job import minimise

if __name__ == "__main__":
    minimise(task(Path(sys.argv[1]), Path(sys.argv[2])))
"""


def test_a_killed_run_goes_on(tmp_path: Path) -> None:
    corpus = words(tmp_path / "in", **{f"n{i}": f"slow w{i % 50}" for i in range(240)})
    out = tmp_path / "out"
    main = tmp_path / "main.py"
    main.write_text(KILLED)
    path = os.pathsep.join([str(Path(__file__).parent), *sys.path])
    process = subprocess.Popen([sys.executable, str(main), out, corpus], env=os.environ | {"PYTHONPATH": path})
    index = out / ".cmin" / "index.db"
    commits = {0}
    while len(commits) < 3 and process.poll() is None:  # the second may not be whole
        commits.add(count(index) if index.exists() else 0)
        sleep(0.02)
    process.send_signal(signal.SIGKILL)
    assert process.wait() == -signal.SIGKILL
    opened, _ = open_index(index, code_key())
    done = len(opened)
    opened.close()
    assert 0 < done < 240
    result = minimise(task(out, corpus))
    assert result.measured == 240 - done
    assert (len(result.names), result.kinds) == (50, {"feature": 50})


def count(index: Path) -> int:
    """As far as anybody else can see: the process has it open for itself."""
    database = sqlite3.connect(f"file:{index}?mode=ro&nolock=1", uri=True)
    try:
        return int(database.execute("SELECT count(*) FROM cases").fetchone()[0])
    except sqlite3.Error:
        return 0
    finally:
        database.close()
