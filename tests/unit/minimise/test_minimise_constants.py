"""Constants of calls as text, and plainer ones."""

from __future__ import annotations

from pathlib import Path

import pytest
from minimise_scripts import WAST

from fuzz.minimise.scripts.constants import constant_text, plainer_constants
from fuzz.wast.script import AssertReturn, Constant, load_script

SCRIPTS = ("enums-and-flags", "variants", "options-and-results", "lists", "maps", "records", "scalars-host", "strings",
           "directives")


def constants() -> list[Constant]:
    """All that our scripts have, each once."""
    found: dict[str, Constant] = {}
    for name in SCRIPTS:
        for command in load_script(WAST / f"{name}.wast").commands:
            if isinstance(command, AssertReturn):
                found |= {repr(c): c for c in (*command.action.args, *command.expected)}
    return list(found.values())


def test_text_is_read_as_the_constant_that_it_is_of(tmp_path: Path) -> None:
    every = [c for c in constants() if c.value not in ("nan:canonical", "nan:arithmetic")]
    script = tmp_path / "constants.wast"
    calls = "\n".join(f'(assert_return (invoke "f" {constant_text(c)}))' for c in every)
    script.write_text(f"(component)\n{calls}\n", encoding="utf-8")
    read = [c.action.args[0] for c in load_script(script).commands if isinstance(c, AssertReturn)]
    assert len(every) > 200
    assert read == every


@pytest.mark.parametrize("constant", [
    Constant("u8", "200"), Constant("string", "text"), Constant("list", [{"type": "u8", "value": "3"}] * 5),
    Constant("record", [["a", {"type": "u8", "value": "3"}], ["b", {"type": "string", "value": "x"}]]),
    Constant("option", {"type": "bool", "value": True}), Constant("result", {"Ok": {"type": "f32", "value": "7"}}),
    Constant("variant", {"case": "c", "payload": {"type": "tuple", "value": [{"type": "char", "value": "!"}]}}),
    Constant("flags", ["a", "b"]),
], ids=lambda c: c.type)
def test_plainer_constants_end_at_one_that_is_plain(constant: Constant) -> None:
    steps = 0
    while following := next(plainer_constants(constant), None):
        constant, steps = following, steps + 1
        assert steps < 50
        constant_text(constant)
    assert steps
    assert all(len(constant_text(c)) <= len(constant_text(constant)) for c in plainer_constants(constant))
