"""`factfuzz cmin --shrink`: kept cases get smaller, and together they show the same."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import ClassVar

import pytest
from cmin_cases import generated, kept_in, script, shown_by, task, words

from fuzz.cmin.corpus import CaseFile, read_corpus
from fuzz.cmin.index import open_index
from fuzz.cmin.job import check_only, minimise
from fuzz.cmin.measure import Measured
from fuzz.cmin.reducing import Wish, reduce, written
from fuzz.cmin.rounds import REMEMBERED, SHRUNK, Shrinking, parts
from fuzz.cmin.shrinker import Item, Made, Shrinker, name_for
from fuzz.cmin.shrinking import begun, shrunk
from fuzz.cmin.workers import Crew
from fuzz.script import from_wast

REAL = Crew(2, 60.0)


def small(directory: Path, count: int) -> Path:
    """The smallest of the first generated cases."""
    texts = sorted((generated(number) for number in range(24)), key=len)[:count]
    directory.mkdir(parents=True, exist_ok=True)
    for number, text in enumerate(texts):
        (directory / f"case-{number}.wast").write_text(text, encoding="utf-8")
    return directory


def bytes_of(directory: Path) -> int:
    return sum(path.stat().st_size for path in directory.glob("*.wast"))


# -- with engines


def test_generated_cases_get_smaller_and_nothing_is_lost(tmp_path: Path) -> None:
    cases, out = small(tmp_path / "in", 2), tmp_path / "min"
    complete = minimise(task(tmp_path / "complete", cases, crew=REAL, shrink=0.001))
    done = minimise(task(out, cases, crew=REAL, shrink=60.0, check=True))
    assert done.ok and not done.interrupted
    assert done.shrunk is not None and done.shrunk.tried > done.shrunk.made > 0
    assert done.bytes == bytes_of(out) < complete.bytes == bytes_of(tmp_path / "complete")
    assert shown_by(out) >= shown_by(cases)
    assert not (out / ".cmin" / SHRUNK).exists()
    assert check_only(task(out, crew=REAL)).ok
    for path in out.glob("*.wast"):
        case = from_wast(path.read_text(encoding="utf-8"))
        assert case.start_trap is not None or all(call.expected is not None for call in case.calls)


def test_one_case_is_as_small_as_what_it_is_needed_for_allows(tmp_path: Path) -> None:
    path = small(tmp_path, 1) / "case-0.wast"
    before = from_wast(path.read_text(encoding="utf-8"))
    shown = shown_by(path)
    everything = Wish(str(path), frozenset(shown))
    one = Wish(str(path), frozenset({min(e for e in shown if e.startswith("feature type: "))}))
    for wish in (everything, one):
        best = reduce(wish, 60.0)
        assert best.exhausted and best.tried > 0
        text = written(Wish(wish.path, wish.needed, best.blueprint))
        (tmp_path / "x.wast").write_text(text, encoding="utf-8")
        assert shown_by(tmp_path / "x.wast") >= wish.needed
        assert len(from_wast(text).text) <= len(before.text)
        assert from_wast(text).origin.features == tuple(sorted(
            e.removeprefix("feature ") for e in wish.needed if e.startswith("feature ")
        ))
    assert len(from_wast(text).text) < len(before.text)
    assert reduce(one, 60.0) == best


def test_a_little_at_a_time_leads_to_the_same(tmp_path: Path) -> None:
    path = small(tmp_path, 1) / "case-0.wast"
    needed = frozenset({min(e for e in shown_by(path) if e.startswith("feature type: "))})
    wish, best = Wish(str(path), needed), reduce(Wish(str(path), needed), 0.0)
    while not best.exhausted:
        best = reduce(Wish(wish.path, needed, best.blueprint), 0.0)
    reduce(Wish(wish.path, needed | {"feature x"}), 0.0)
    assert reduce(wish, 60.0).blueprint == best.blueprint


def test_a_case_that_is_not_what_its_blueprint_says_stays(tmp_path: Path) -> None:
    path = small(tmp_path, 1) / "case-0.wast"
    best = reduce(Wish(str(path), frozenset({"feature no such"})), 60.0)
    assert (best.exhausted, best.tried) == (True, 1)
    bare = tmp_path / "bare.wast"
    bare.write_text(script(3))
    assert reduce(Wish(str(bare), frozenset({"feature x"})), 60.0).blueprint == ""


def test_what_expects_nothing_is_completed_and_scripts_of_people_are_not_touched(tmp_path: Path) -> None:
    cases, out = small(tmp_path / "in", 2), tmp_path / "min"
    (cases / "mine.wast").write_text(script(3))
    done = minimise(task(out, cases, crew=REAL, prefer="few", shrink=0.001))
    assert done.kinds["feature"] > 20 and shown_by(out) >= shown_by(cases)
    for name in kept_in(out):
        text = (out / name).read_text(encoding="utf-8")
        assert text == script(3) if name == "mine.wast" else "\n(invoke" not in text and "\n(assert_" in text
    before = {name: (out / name).read_bytes() for name in kept_in(out)}
    minimise(task(out, cases, crew=REAL, prefer="few", shrink=0.001))
    assert {name: (out / name).read_bytes() for name in kept_in(out)} == before


def test_an_interrupted_run_keeps_what_there_is(tmp_path: Path) -> None:
    cases, out = small(tmp_path / "in", 3), tmp_path / "min"
    stages: list[str] = []
    done = minimise(
        task(out, cases, crew=REAL, prefer="small", shrink=60.0), lambda: "makes cases smaller, round 1" in stages,
        lambda stage, *_: stages.append(stage),
    )
    assert done.interrupted and done.shrunk is not None and done.shrunk.stopped
    assert kept_in(out) == sorted(done.names) and done.names
    assert shown_by(out) >= shown_by(cases)


# -- without


HEADER = ";; factfuzz-blueprint: "


class Trimmed(Shrinker):
    """A case shows the words of its first line; of those, what is asked for remains."""

    asked: ClassVar[list[int]] = []

    def made(self, item: Item) -> list[Made]:
        self.asked.append(len(item.asked))
        made = []
        for asked in item.asked:
            words = " ".join(sorted(e.removeprefix("feature ") for e in asked))
            file = self._stored(f"{HEADER}{words} and".encode(), "x")
            made.append(Made(file, shown_in(file), asked, True, float(file.bytes), 1))
        return made


def words_of(file: CaseFile) -> list[str]:
    return Path(file.path).read_text(encoding="utf-8").removeprefix(HEADER).split()


def shown_in(file: CaseFile) -> Measured:
    return Measured(tuple(f"feature {word}" for word in words_of(file)), 0.001)


@pytest.fixture
def shrinking(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Shrinking]]:
    monkeypatch.setattr("fuzz.cmin.rounds.Shrinker", Trimmed)
    monkeypatch.setattr(Trimmed, "asked", [])
    index, _ = open_index(tmp_path / "index.db", "code")
    (tmp_path / "ours").mkdir()

    def made(*texts: str, seconds: float = 60.0, workers: int = 1) -> Shrinking:
        directory = words(tmp_path / "in")
        for number, text in enumerate(texts):
            (directory / f"{number}.wast").write_text(HEADER + text)
        files = dict(read_corpus([directory]).cases)
        for file in files.values():
            index.add(file.sha, shown_in(file), False)
        crew = Crew(workers, 1.0)
        return begun(tmp_path / "ours", files, index, crew, "small", seconds, lambda: False, lambda *_: None)

    yield made
    index.close()


def kept_of(s: Shrinking) -> list[str]:
    return sorted(" ".join(words_of(s.files[sha])) for sha in shrunk(s, 0.5).shas)


TEXTS = ("a lot of words of which the others have all but one", "of which the others have all but two", "lot words one")


def test_the_largest_case_has_to_show_least(shrinking: Callable[..., Shrinking]) -> None:
    assert kept_of(shrinking("all these words and one", "all these words and", "two all these and")) == [
        "one words and", "two all these and",
    ]


@pytest.mark.parametrize("workers", [1, 4])
def test_all_is_shown_whatever_is_in_hand_at_the_same_time(
    shrinking: Callable[..., Shrinking], workers: int
) -> None:
    rows = [[f"word{(7 * row + 3 * n) % 40}" for n in range(9)] + [f"own{row}"] for row in range(20)]
    kept = kept_of(shrinking(*(" ".join([*row, "and"]) for row in rows), workers=workers))
    assert {word for text in kept for word in text.split()} == {word for row in rows for word in row} | {"and"}
    assert sum(len(text.split()) for text in kept) < sum(map(len, rows)) / 2


def test_what_was_made_as_small_as_possible_is_not_tried_again(shrinking: Callable[..., Shrinking]) -> None:
    texts = ("all these words and one", "two all these and")
    first = shrinking(*texts)
    before = kept_of(first)
    assert Trimmed.asked
    Trimmed.asked.clear()
    again = shrinking(*before)
    assert (kept_of(again), Trimmed.asked) == (before, [])
    again.remembered.code = "another"
    again.save()
    assert shrinking(*before).remembered.smallest == {}
    assert (again.ours / REMEMBERED).exists()


def test_without_time_cases_stay_as_they_are(shrinking: Callable[..., Shrinking]) -> None:
    texts = ["all these words and one", "two all these and"]
    assert kept_of(shrinking(*texts, seconds=0.0)) == texts
    assert Trimmed.asked == []


def test_only_what_is_lighter_by_it_is_taken_apart(shrinking: Callable[..., Shrinking]) -> None:
    long = " ".join(f"word{n}" for n in range(40))
    s = shrinking(f"and {long}", "x and")
    assert kept_of(s)[1] == "x and"
    assert Trimmed.asked[-1] == 2 and len(Trimmed.asked) <= 3
    assert len(s.remembered.whole) == 1


def test_parts_keep_together_what_is_called_alike() -> None:
    names = frozenset({"branch a 1", "branch a 2", "feature b", "feature c", "feature d"})
    assert [sorted(half) for half in parts(names, 2)] == [
        ["branch a 1", "branch a 2"], ["feature b", "feature c", "feature d"],
    ]
    assert parts(names, 0) == parts(names, 1) == (names,)
    assert [len(part) for part in parts(names, 9)] == [1] * 5


def test_a_file_is_named_for_a_feature() -> None:
    assert name_for(frozenset({"branch a", "feature type: s8, flat (host)"})) == "type-s8-flat-host"
    assert name_for(frozenset({"branch a: b"})) == "a-b"
    assert name_for(frozenset({f"feature {'long ' * 40}"})) == "-".join(["long"] * 12)
    assert name_for(frozenset({"feature ?"})) == "case"
