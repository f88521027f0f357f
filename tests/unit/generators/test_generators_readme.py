"""The example in the README, under "Strategies for your own tests", is a test that passes, and one that can fail."""

from __future__ import annotations

import importlib.util
import re
import textwrap
from dataclasses import replace
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from hypothesis import Phase, settings
from hypothesis_profiles import times

from fuzz.case import Case
from fuzz.outcome import Returned

README = Path(__file__).parents[3] / "README.md"
NAME = "test_every_component_does_what_the_reference_says"


def example() -> str:
    """The first block of code below the heading."""
    _, _, below = README.read_text(encoding="utf-8").partition("\n## Strategies for your own tests\n")
    block = re.search(r"(?:^(?: {4}.*)?\n)+", below[below.index("\n    ") + 1 :], re.MULTILINE)
    assert block is not None
    return textwrap.dedent(block.group()).strip() + "\n"


@pytest.fixture
def module(tmp_path: Path) -> ModuleType:
    path = tmp_path / "test_example.py"
    path.write_text(example(), encoding="utf-8")
    spec = importlib.util.spec_from_file_location("example_in_the_readme", path)
    assert spec is not None and spec.loader is not None
    made = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(made)
    return made


def test_it_is_short() -> None:
    assert len(example().splitlines()) <= 25
    assert max(map(len, example().splitlines())) <= 116


def test_it_passes(module: ModuleType) -> None:
    times(0.5)(getattr(module, NAME))()


def test_it_sees_a_wrong_result(module: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    real = module.reference_case

    def wrong(blueprint: Any) -> Case:
        case: Case = real(blueprint)
        return replace(case, calls=tuple(replace(call, expected=Returned("no")) for call in case.calls))

    monkeypatch.setattr(module, "reference_case", wrong)
    with pytest.raises(AssertionError):
        settings(times(0.1), phases=[Phase.generate])(getattr(module, NAME))()
