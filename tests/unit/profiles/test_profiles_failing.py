"""What a failing property test leaves behind: the smallest case as a script."""

from __future__ import annotations

from pathlib import Path

import pytest
from failing_cases import LINES_SHOWN, about, case_sections, script, subjects
from hypothesis import given, settings
from hypothesis import strategies as st

from fuzz.case import Case
from fuzz.script import from_wast, to_wast
from generators import cases, from_json, to_json
from generators.blueprint import Blueprint
from generators.stream import examples

COMPONENT = """(component
  (core module $m (func (export "id") (param i32) (result i32) local.get 0))
  (core instance $i (instantiate $m))
  (func (export "id") (param "n" u32) (result u32) (canon lift (core func $i "id"))))"""


def failure(subject: object, error: Exception) -> Exception:
    with pytest.raises(type(error)) as caught, about(subject):  # type: ignore[arg-type]
        raise error
    return caught.value


def test_an_error_takes_along_what_it_is_about() -> None:
    assert subjects(failure(COMPONENT, AssertionError())) == [COMPONENT]
    assert subjects(AssertionError()) == []


def test_the_innermost_is_what_it_is_about() -> None:
    with pytest.raises(KeyError) as caught, about("(component $outer)"), about("(component $inner)"):
        raise KeyError
    assert subjects(caught.value) == ["(component $inner)"]


def test_a_group_of_errors_is_about_all_of_them() -> None:
    one, other = failure("(component $a)", ValueError()), failure("(component $b)", TypeError())
    assert subjects(ExceptionGroup("both", [one, ExceptionGroup("more", [other, OSError()])])) == [
        "(component $a)", "(component $b)"]


def test_hypothesis_reports_the_smallest_and_so_do_we() -> None:
    tried: list[int] = []

    @settings(max_examples=200, database=None, deadline=None, derandomize=True)
    @given(st.integers(0, 10**6))
    def test(n: int) -> None:
        tried.append(n)
        with about(f"(component $c{n})"):
            assert n < 100

    with pytest.raises(AssertionError) as caught:
        test()
    assert len({n for n in tried if n >= 100}) > 1
    assert subjects(caught.value) == ["(component $c100)"]


def test_a_case_is_printed_and_saved_with_what_the_reference_says(tmp_path: Path) -> None:
    (blueprint,) = examples(3, 1, cases(families=["handles"]))
    ((name, text),) = case_sections(failure(blueprint, AssertionError()), "test_x[a/b c]", tmp_path / "new")
    (path,) = (tmp_path / "new").iterdir()
    assert name == "failing case"
    assert path.name.startswith("test_x-a-b-c-") and path.suffix == ".wast"
    assert text.splitlines()[:2] == [f"factfuzz run {path}", f"factfuzz minimize {path}"]
    written = path.read_text()
    assert text.splitlines()[3:LINES_SHOWN] == written.splitlines()[: LINES_SHOWN - 3]
    case = from_wast(written)
    assert case.blueprint == blueprint
    assert all(call.expected is not None for call in case.calls)


def test_the_text_of_a_component_and_a_case_are_scripts_too() -> None:
    for subject in (COMPONENT, Case(COMPONENT)):
        assert from_wast(script(subject)).text == COMPONENT


def test_the_same_case_has_the_same_name(tmp_path: Path) -> None:
    for _ in range(2):
        case_sections(failure(COMPONENT, AssertionError()), "test_x", tmp_path)
    case_sections(failure("(component)", AssertionError()), "test_x", tmp_path)
    assert len(list(tmp_path.iterdir())) == 2


def test_a_blueprint_of_which_there_is_no_script_is_saved_as_data() -> None:
    broken = Blueprint(())
    text = script(broken)
    assert text.startswith(";; No script: ")
    line = next(line for line in text.splitlines() if line.startswith(";; factfuzz-blueprint: "))
    assert from_json(line.partition(": ")[2]) == broken
    assert to_json(broken) in line


def test_a_directory_that_cannot_be_written_is_no_other_failure(tmp_path: Path) -> None:
    taken = tmp_path / "taken"
    taken.write_text("a file")
    ((_, text),) = case_sections(failure(COMPONENT, AssertionError()), "test_x", taken)
    assert "could not be saved" in text.splitlines()[0]
    assert to_wast(Case(COMPONENT)).splitlines()[0] in text
