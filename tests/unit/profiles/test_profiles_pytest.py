"""The profiles, the marker and what failures leave behind, as somebody who runs pytest sees them."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from fuzz.script import from_wast

TESTS = Path(__file__).parents[2]

LAWS = '''
from failing_cases import about
from hypothesis import given, settings, strategies as st
from hypothesis_profiles import times

def component(n):
    return f'(component $c (core module (data "{n}")))'

@times(0.5)
@given(st.integers(0, 10**6))
def test_holds(n):
    print("profile", settings.get_current_profile_name(), settings.default.max_examples, settings().database)

@given(st.integers(0, 10**6))
def test_fails(n):
    with about(component(n)):
        assert n < 300

def test_once():
    pass
'''


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project with our conftest files, some laws and another test."""
    laws, others = tmp_path / "tests" / "property", tmp_path / "tests" / "unit"
    laws.mkdir(parents=True)
    others.mkdir()
    for path in TESTS.glob("*.py"):
        shutil.copy(path, laws.parent)
    shutil.copy(TESTS / "property" / "conftest.py", laws)
    (laws / "test_laws.py").write_text(LAWS)
    (others / "test_other.py").write_text("def test_other(): pass\n")
    (tmp_path / "pytest.ini").write_text("[pytest]\naddopts = --strict-markers\nmarkers = property: laws\n")
    return tmp_path


def run(project: Path, *options: str) -> tuple[int, str]:
    """Status and output."""
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-p", "no:xdist", *options]
    done = subprocess.run(command, cwd=project, capture_output=True, text=True, check=False)
    return done.returncode, done.stdout + done.stderr


def test_ci_is_seeded_and_a_failure_is_a_script(project: Path) -> None:
    status, output = run(project, "-m", "property", "-rP")
    assert status == 1
    assert "1 failed, 2 passed, 1 deselected" in output
    assert "hypothesis: profile ci, seeded, no example database" in output
    assert output.count("\nprofile ci 50 None") == 50, "half as many examples as the profile has, each of them tried"
    assert "- failing case -" in output
    (path,) = (project / "factfuzz-failures").iterdir()
    assert f"factfuzz run {path}\nfactfuzz minimize {path}\n" in output
    assert '"300"' in from_wast(path.read_text()).text, "the smallest"
    assert '(core module (data "300"))' in output


def test_a_night_ends_in_time_and_tells_what_it_did(project: Path) -> None:
    status, output = run(project, "--hypothesis-profile=nightly", "--property-time=2s", "-k", "not fails")
    assert (status, "3 passed, 1 deselected" in output) == (0, True), output
    assert "hypothesis: profile nightly, examples: DirectoryBased" in output
    (told,) = re.findall(r"(\d+) examples in +(\d+) rounds  test_laws\.py::test_holds", output)
    assert int(told[0]) > 100
    assert int(told[1]) >= 1
    assert "test_once" not in output.partition("rounds within the time")[2]


@pytest.mark.parametrize(("options", "message"), [
    (("--property-time=5m",), "--property-time needs --hypothesis-profile=nightly or dev"),
    (("--property-time=soon", "--hypothesis-profile=dev"), "--property-time 'soon': expected a duration such as"),
])
def test_bad_options_are_refused(project: Path, options: tuple[str, ...], message: str) -> None:
    status, output = run(project, *options)
    assert status == pytest.ExitCode.USAGE_ERROR
    assert message in output
    assert "Traceback" not in output
