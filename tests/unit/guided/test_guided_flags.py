from __future__ import annotations

from pathlib import Path

import pytest

from fuzz.errors import UsageError
from fuzz.guided.flags import check, given, is_on, with_defaults
from fuzz.guided.settings import settings_of


def test_defaults_give_way_to_what_the_user_says() -> None:
    args = ["-timeout=5", "corpus", "-timeout=7"]
    assert with_defaults(args, {"timeout": "60", "len_control": "0"}) == ["-len_control=0", *args]
    assert given(args, "timeout") == "7"
    assert not is_on(["-merge=0"], "merge")
    assert is_on(["-merge=1"], "merge")


def test_what_libfuzzer_takes_passes(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    a, b = str(tmp_path / "a"), str(tmp_path / "b")
    check([])
    check(["-runs=-1", "-seed=+3", f"-artifact_prefix={a}/", "-dict=words", a, b])
    check(["-merge=1", a, b])
    check(["-help=1", "nowhere"])
    check(["-create_missing_dirs=1", "nowhere"])
    check(["-verbosity=2", "-use_value_profile=1", "-fork=2", "-ignore_crashes=1", "-jobs=0", a])


@pytest.mark.parametrize(
    ("args", "words"),
    [
        (["-nosuch=1"], "libFuzzer has no flag -nosuch"),
        (["-runs"], "flags are written -name=value"),
        (["-runs=many"], "a whole number is expected"),
        (["-"], "flags are written -name=value"),
        (["nowhere"], "nowhere: no such file or directory"),
        (["-merge=1", "DIR"], "two or more directories"),
        (["-merge=1", "DIR", "FILE"], "two or more directories"),
        (["DIR", "FILE"], "not both"),
        (["-minimize_crash=1", "DIR"], "one input is expected"),
        (["-minimize_crash=1"], "one input is expected"),
        (["-artifact_prefix=nowhere/x", "DIR"], "no such directory"),
        (["-jobs=2", "SPACE"], "hands its arguments to a shell"),
    ],
)
def test_what_libfuzzer_would_pass_over_is_refused(tmp_path: Path, args: list[str], words: str) -> None:
    (tmp_path / "dir").mkdir()
    (tmp_path / "a b").mkdir()
    (tmp_path / "file").write_bytes(b"x")
    names = {"DIR": "dir", "FILE": "file", "SPACE": "a b"}
    with pytest.raises(UsageError, match=words):
        check([str(tmp_path / names[arg]) if arg in names else arg for arg in args])


def test_our_own_flags() -> None:
    settings = settings_of(["-runs=3", "--engine=native,reference", "--reentrance=free", "--feedback=features", "c"])
    assert settings.engines == ("reference", "native")
    assert settings.reentrance == "free"
    assert settings.feedback == {"features"}
    assert settings.packages == ()
    assert settings.own == ("--engine=native,reference", "--reentrance=free", "--feedback=features")
    assert settings.alike is None
    assert settings_of(["--fresh=0.5"]).fresh == 0.5


def test_what_is_instrumented() -> None:
    assert settings_of([]).packages == ()
    assert settings_of([], ("fact.decode",)).packages == ("fact.decode",)
    assert settings_of(["--instrument=abi,link"], ("fact.decode",)).packages == ("fact.abi", "fact.link")
    assert settings_of(["--instrument=none"], ("fact.decode",)).packages == ()
    assert settings_of(["--feedback=python"]).packages == ("fact.abi", "fact.adapters", "fact.link")
    assert settings_of(["--feedback=none"]).feedback == frozenset()


def test_libfuzzer_making_a_crash_smaller_is_noticed() -> None:
    assert settings_of(["-minimize_crash_internal_step=1", "-runs=3", "a/crash"]).alike == Path("a/crash")
    assert settings_of(["-minimize_crash=1", "a/crash"]).alike is None


@pytest.mark.parametrize(
    ("argument", "words"),
    [
        ("--engine=other", "unknown engine 'other'"),
        ("--engine=", "no engine is named"),
        ("--engine=native,native", "named twice"),
        ("--reentrance=maybe", "expected guarded or free"),
        ("--feedback=lines", "'lines' is unknown"),
        ("--instrument=fact", "'fact' is unknown"),
        ("--fresh=2", "a share is expected"),
        ("--fresh=many", "a share is expected"),
        ("--runs=3", "unknown; there are --engine="),
        ("--engine", "unknown; there are --engine="),
    ],
)
def test_wrong_flags_of_ours(argument: str, words: str) -> None:
    with pytest.raises(UsageError, match=words):
        settings_of([argument])
