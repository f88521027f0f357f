"""What is kept, where it goes, and that nothing is lost on the way."""

from __future__ import annotations

from pathlib import Path

import pytest
from cmin_cases import kept_in, task, told_by_text, words

from fuzz.cmin.job import check_only, minimise
from fuzz.cmin.output import prepared
from fuzz.cmin.workers import Crew
from fuzz.errors import UsageError


def test_a_smallest_set_under_names_that_people_know(tmp_path: Path) -> None:
    corpus = words(tmp_path / "in", small="a b", large="a b c d", other="c d", **{"e" * 64: "e"})
    (tmp_path / "in" / ("f" * 40)).write_text(";; f")
    done = minimise(task(tmp_path / "out", corpus))
    names = kept_in(tmp_path / "out")
    assert names == sorted(done.names) and len(names) == 3
    assert "large.wast" in names and not any("eee" in name or "fff" in name for name in names)
    for name in names:
        assert (tmp_path / "out" / name).read_bytes() in {path.read_bytes() for path in corpus.iterdir()}
    assert (done.kinds, done.measured, done.written.new, done.written.removed) == ({"feature": 6}, 5, 3, 0)
    assert (done.cover.least_rows, done.cover.forced, done.ok) == (3, 2, True)
    assert (tmp_path / "out" / ".cmin" / ".gitignore").read_text() == "*\n"


def test_again_with_more(tmp_path: Path) -> None:
    """What was kept before belongs to the corpus, though it is not there any more; what is not needed goes."""
    out = tmp_path / "out"
    minimise(task(out, words(tmp_path / "in", one="a b", two="c d")))
    done = minimise(task(out, words(tmp_path / "more", all="b c d e")))
    assert (done.measured, done.written.new, done.written.removed) == (1, 1, 1)
    assert kept_in(out) == ["all.wast", "one.wast"]
    assert done.kinds == {"feature": 5}
    same = minimise(task(out, tmp_path / "more"))
    assert (same.measured, same.written.new, same.written.removed) == (0, 0, 0)
    assert kept_in(out) == ["all.wast", "one.wast"]


def test_out_inside_of_the_corpus(tmp_path: Path) -> None:
    words(tmp_path, one="a b", two="b")
    out = tmp_path / "min"
    first = minimise(task(out, tmp_path))
    again = minimise(task(out, tmp_path))
    assert (first.corpus.files, again.corpus.files, again.corpus.copies) == (2, 3, 1)
    assert kept_in(out) == ["one.wast"] and again.written.removed == 0


def test_equal_names_of_different_cases(tmp_path: Path) -> None:
    a, b = words(tmp_path / "a", x="a"), words(tmp_path / "b", x="b", X="c")
    minimise(task(tmp_path / "out", a, b))
    names = kept_in(tmp_path / "out")
    assert len(names) == 3 == len({name.lower() for name in names})
    assert {(tmp_path / "out" / name).read_text()[-1] for name in names} == {"a", "b", "c"}


def test_a_name_that_is_taken_in_out(tmp_path: Path) -> None:
    """The case that has the name there keeps it; the other one's file is not written over it."""
    out = tmp_path / "out"
    minimise(task(out, words(tmp_path / "in", x="a")))
    minimise(task(out, words(tmp_path / "more", x="b")))
    assert (out / "x.wast").read_text().endswith("a")
    assert len(kept_in(out)) == 2


def test_a_directory_with_other_files_is_left_alone(tmp_path: Path) -> None:
    corpus, out = words(tmp_path / "in", one="a"), words(tmp_path / "out", mine="a b", also="b", bad="bad", no="abort")
    with pytest.raises(UsageError, match="did not write; with --force"):
        minimise(task(out, corpus))
    assert kept_in(out) == ["also.wast", "bad.wast", "mine.wast", "no.wast"] and not (out / ".cmin").exists()
    done = minimise(task(out, corpus, force=True))
    assert kept_in(out) == ["bad.wast", "mine.wast", "no.wast"]
    assert done.written.removed == 1
    assert [why for _, why in done.corpus.unreadable] == ["bad"]


def test_where_nothing_may_be_written(tmp_path: Path) -> None:
    night = tmp_path / "night"
    (night / "cases").mkdir(parents=True)
    (night / "campaign.db").write_text("x")
    for out in (night, night / "cases", night / "new"):
        with pytest.raises(UsageError, match="directory of a campaign"):
            prepared(out, force=True)
    with pytest.raises(UsageError, match="is a file"):
        prepared(night / "campaign.db", force=False)


def test_what_cannot_be_kept_is_told(tmp_path: Path) -> None:
    corpus = words(tmp_path / "in", good="a", bad="bad", worse="abort", apart="differ")
    done = minimise(task(tmp_path / "out", corpus))
    assert kept_in(tmp_path / "out") == ["apart.wast", "good.wast"]
    assert [(Path(path).name, why) for path, why in done.corpus.unreadable] == [("bad.wast", "bad")]
    assert {Path(path).name for path in done.ended} == {"worse.wast"}
    assert set(done.ended.values()) == {"killed by SIGABRT: no such luck"}
    assert {Path(path).name: why for path, why in done.disagreeing.items()} == {"apart.wast": "they differ\nhere"}
    assert not done.ok
    with pytest.raises(UsageError, match=r"no case that can be run; the first of 1: .*bad\.wast: bad"):
        minimise(task(tmp_path / "none", corpus / "bad.wast"))
    with pytest.raises(UsageError, match=r"no case that can be run$"):
        minimise(task(tmp_path / "none", words(tmp_path / "empty")))


def test_what_is_preferred(tmp_path: Path) -> None:
    corpus = words(tmp_path / "in", all="a b c " + " " * 5000, a="a", b="b", c="c")
    for prefer, names in (("few", ["all.wast"]), ("balanced", ["all.wast"]), ("small", ["a.wast", "b.wast", "c.wast"])):
        minimise(task(tmp_path / prefer, corpus, prefer=prefer))
        assert kept_in(tmp_path / prefer) == names


def test_interrupted(tmp_path: Path) -> None:
    from fuzz.cmin.job import Interrupted

    corpus = words(tmp_path / "in", **{f"n{i}": f"w{i}" for i in range(60)})
    asked = []
    with pytest.raises(Interrupted) as caught:
        minimise(task(tmp_path / "out", corpus, crew=Crew(1, 60.0, measure=told_by_text)),
                 lambda: asked.append(1) or len(asked) > 3)
    assert 0 < caught.value.measured < 60 == caught.value.cases
    assert kept_in(tmp_path / "out") == []
    done = minimise(task(tmp_path / "out", corpus))
    assert (done.measured, len(done.names)) == (60 - caught.value.measured, 60)


# -- checking


def test_a_check_that_finds_nothing(tmp_path: Path) -> None:
    out = tmp_path / "out"
    done = minimise(task(out, words(tmp_path / "in", one="a b", two="c"), check=True))
    assert done.checked is not None and done.checked.ok and done.ok
    assert (done.checked.cases, done.checked.elements) == (2, 3)
    assert check_only(task(out)).ok


def test_a_kept_file_that_is_gone_or_changed(tmp_path: Path) -> None:
    out = tmp_path / "out"
    minimise(task(out, words(tmp_path / "in", one="a b", two="b c", three="d")))
    (out / "one.wast").write_text(";; b")
    (out / "three.wast").unlink()
    checked = check_only(task(out))
    assert checked.troubles == {"one.wast": "was changed since it was kept", "three.wast": "is missing"}
    assert [(lost.element, lost.why) for lost in checked.lost] == [
        ("feature a", ("one.wast was changed since it was kept",)), ("feature d", ("three.wast is missing",))]
    assert not checked.ok


def test_a_case_that_does_not_show_it_each_time(tmp_path: Path) -> None:
    """That is told; it is not counted on again."""
    corpus, out = words(tmp_path / "in", one="once:x y", two="y z", three="z"), tmp_path / "out"
    done = minimise(task(out, corpus))
    (tmp_path / "in" / "one.wast.shown").rename(out / "one.wast.shown")
    done = minimise(task(out, corpus, check=True))
    assert done.checked is not None and not done.ok
    assert done.checked.unsteady == {"one.wast": ["feature x"]}
    assert [lost.element for lost in done.checked.lost] == ["feature x"]
    assert done.checked.lost[0].why == ("one.wast does not show it each time",)
    again = minimise(task(out, corpus, check=True))
    assert again.ok and again.kinds == {"feature": 2} and kept_in(out) == ["two.wast"]


def test_a_kept_case_that_ends_its_process_now(tmp_path: Path) -> None:
    out = tmp_path / "out"
    minimise(task(out, words(tmp_path / "in", one="a")))
    (out / "one.wast").write_text(";; abort")
    checked = check_only(task(out))
    assert checked.troubles["one.wast"].startswith("ended the process that measured it: killed by SIGABRT")
    assert [lost.element for lost in checked.lost] == ["feature a"]


def test_nothing_to_check(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="has not kept anything there"):
        check_only(task(tmp_path))
