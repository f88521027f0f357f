from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from fuzz.case import Case
from fuzz.engines.registry import open_engines
from fuzz.guided import units as room
from fuzz.guided.units import Drawn, Told, Units, Written, parsed, read_unit, write_unit
from fuzz.inputs import is_script
from fuzz.reference_case import reference_case
from fuzz.script import from_wast, to_wast
from fuzz.scripts import run_script_on
from generators.blueprint import Blueprint
from generators.families import AnyBlueprint, render, swarm
from generators.graphs import GraphBlueprint
from generators.handles import HandleBlueprint
from generators.stream import CaseStream

FINDINGS = Path(__file__).parents[3] / "corpus" / "findings"


def cases(count: int) -> Iterator[AnyBlueprint]:
    stream = CaseStream(swarm, 11)
    return (stream(number) for number in range(count))


def test_a_unit_is_read_as_the_blueprint_it_was_written_from() -> None:
    made = list(cases(40))
    assert {HandleBlueprint, GraphBlueprint} <= {type(b) for b in made}
    for blueprint in made:
        assert read_unit(write_unit(blueprint)) == blueprint


def test_a_unit_is_a_script_that_can_be_run(tmp_path: Path) -> None:
    """Under the name that libFuzzer gives it, which has no suffix. Calls that pass handles are comments in it."""
    made = next(b for b in cases(20) if isinstance(b, Blueprint) and len(b.calls) > 1 and not b.host)
    path = tmp_path / "da39a3ee5e6b4b0d3255bfef95601890afd80709"
    path.write_bytes(write_unit(made))
    assert is_script(path)
    ran = run_script_on(path, open_engines(["reference", "native"]))
    called = [actions["reference"][0].function for c in ran.commands if (actions := c.actions)["reference"]]
    assert called[0] == render(made).calls[0][0]
    assert ran.agrees


def test_what_follows_the_header_does_not_matter() -> None:
    (blueprint,) = cases(1)
    data = write_unit(blueprint)
    assert read_unit(data + b"\xff)))(component" + data[-200:]) == blueprint


def test_a_case_without_a_blueprint_is_read_as_a_case() -> None:
    (blueprint,) = cases(1)
    case = reference_case(blueprint)
    text = to_wast(Case(case.text, case.calls, case.log_prefixes, case.host, case.start_trap, case.origin))
    unit = parsed(text.encode())
    assert isinstance(unit, Told)
    assert unit.case == from_wast(text)
    assert read_unit(text.encode()) == unit.case


def test_a_script_that_a_person_wrote_is_kept_as_text() -> None:
    text = (FINDINGS / "lent-before-type.wast").read_text()
    assert parsed(text.encode()) == Written(text)
    assert read_unit(text.encode()) is None


@pytest.mark.parametrize(
    "data",
    [
        b"", b"\n", b"\0asm\x0d\0\x01\0", b"some words (component", bytes(range(256)),
        b';; factfuzz-blueprint: {"is":"handles"}\n(component)\n',
        b";; factfuzz-blueprint: [1]\n(component)\n",
        b';; factfuzz-case: {"origin":{"versions":{"x":"1"}}}\n(component',
    ],
)
def test_other_data_is_nothing(data: bytes) -> None:
    assert parsed(data) is None
    assert read_unit(data) is None


def test_what_was_just_made_is_not_rendered_again_to_be_run(monkeypatch: pytest.MonkeyPatch) -> None:
    rendered: list[AnyBlueprint] = []

    def counting(blueprint: AnyBlueprint) -> object:
        rendered.append(blueprint)
        return render(blueprint)

    monkeypatch.setattr(room, "render", counting)
    (blueprint,) = cases(1)
    units = Units()
    data = units.write(blueprint, "value")
    again = bytes(bytearray(data))
    unit = units.read(again)
    assert unit == Drawn(blueprint, render(blueprint), "value")
    assert rendered == [blueprint]
    assert units.read(b";; nothing") is None


def test_only_the_last_units_are_remembered() -> None:
    units = Units(kept=3)
    made = [units.write(blueprint, "fresh") for blueprint in cases(5)]
    known = [isinstance(unit := units.read(data), Drawn) and unit.made == "fresh" for data in reversed(made)]
    assert known == [True, True, True, False, False]
