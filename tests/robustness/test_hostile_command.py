"""`factfuzz` on files that are no components, or too much of one: one line on stderr, status 2, in seconds."""

from __future__ import annotations

import os
import random
from pathlib import Path

import hostile_shapes as shapes
import pytest
import wasmtime
from component_parts import CORE_PREAMBLE, PREAMBLE, section

from fuzz.cli import run

SECONDS = 20.0
"""Of processor time, that of other processes started included. Generous: each takes less than three."""

ROOT = Path(__file__).parents[2]
STAR = bytes(wasmtime.wat2wasm((ROOT / "tests" / "components" / "counter-star.wat").read_text()))
NOISE = random.Random(1).randbytes(10 << 20)
NAMED = b"\x40\x00\x01\x00"


def spent() -> float:
    """Processor time so far, in seconds."""
    return sum(os.times()[:4])


def importing(name: str) -> bytes:
    imported = b"\x00" + shapes.name(name) + b"\x01\x00"
    return shapes.component(shapes.types(NAMED), section(10, shapes.vector(imported)))


REFUSED: dict[str, tuple[bytes, str]] = {
    "nothing": (b"", "is empty"),
    "a preamble cut short": (PREAMBLE[:7], "neither a component binary nor component text"),
    "a component cut short": (STAR[: len(STAR) // 2], "unexpected end"),
    "a core module": (CORE_PREAMBLE, "a core module, where a component is expected"),
    "10 MiB of noise": (NOISE, "neither a wasm binary nor text"),
    "10 MiB of noise after a preamble": (PREAMBLE + NOISE, "malformed"),
    "a section of 4 GiB": (PREAMBLE + b"\x07\xff\xff\xff\xff\x0f", "malformed"),
    "components 1,000 deep": (shapes.nested(1000), "exceeds limit of 1000"),
    "types 1,000 deep": (shapes.deep_types(1000), "nesting is too deep"),
    "2^40 component instances": (shapes.doubling_components(40), "more than 10000 component instances (at byte 0x1a7)"),
    "2^40 exports": (shapes.doubling_exports(40), "size exceeds the limit"),
    "an import of 2^40 functions": (shapes.doubling_instance_types(40), "size exceeds the limit"),
    "a tuple of 2^60 values": (shapes.function_of(*shapes.doubling(60)), "size exceeds the"),
    "a name with NUL and escape sequences": (importing("a\0\x1b[31mb"), "is not a valid extern name"),
}
DONE: dict[str, bytes] = {
    "a custom section of 10 MiB": shapes.component(section(0, shapes.name("x") + NOISE)),
    "core names with NUL and line breaks": bytes(wasmtime.wat2wasm(
        r"""(component (core module $m (func (export "a\00b\0ac"))) (core instance $i (instantiate $m))
              (func (export "f") (canon lift (core func $i "a\00b\0ac"))))""")),
    "a name of 90,000 characters": importing("a" * 90_000),
    "100,000 exports": shapes.many_exports(100_000),
    "components 90 deep": shapes.nested(90),
}


@pytest.mark.parametrize("what", REFUSED)
def test_refused_in_one_line(what: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    binary, says = REFUSED[what]
    path = tmp_path / "input.wasm"
    path.write_bytes(binary)
    began = spent()
    for command in (["compile", str(path), "-o", str(tmp_path / "out")], ["run", str(path), "--engine", "reference"]):
        assert run(command) == 2
        captured = capsys.readouterr()
        assert captured.out == ""
        assert captured.err.startswith(f"factfuzz: {path}: ") and captured.err.endswith("\n")
        assert captured.err[:-1].isprintable()
        assert says in captured.err
    assert spent() - began < SECONDS
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("what", DONE)
def test_large_and_odd_but_right(what: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "input.wasm"
    path.write_bytes(DONE[what])
    began = spent()
    assert run(["compile", str(path), "-o", str(tmp_path / "out")]) == 0
    assert spent() - began < SECONDS
    assert capsys.readouterr().err == ""
    assert all(line.isprintable() for line in (tmp_path / "out" / "plan.txt").read_text().splitlines())


def test_a_directory(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["compile", str(tmp_path), "-o", str(tmp_path / "out")]) == 2
    assert capsys.readouterr().err == f"factfuzz: {tmp_path}: is a directory, where a file is expected\n"
