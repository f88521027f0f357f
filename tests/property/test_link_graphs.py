"""Random component graphs: the linker against what their types say, and against wasmtime's results."""

from __future__ import annotations

import pytest
from component_graphs import functions, graph
from wasmtime import wat2wasm

from fact.decode import decode
from fact.link import link
from fuzz.engines.base import Engine, Refusal
from fuzz.engines.native import NativeEngine
from fuzz.engines.reference import ReferenceEngine

pytestmark = pytest.mark.property

NATIVE, REFERENCE = NativeEngine(), ReferenceEngine()


def no_imports(path: object, type: object, args: object) -> None:
    raise AssertionError(f"{path} was called")


@pytest.mark.parametrize("start", range(0, 80, 20))
def test_every_export_is_the_function_that_wasmtime_makes_of_it(start: int) -> None:
    """Explainer.md, "Instance Definitions", "Alias Definitions" and "Import and Export Definitions"."""
    compared = 0
    for seed in range(start, start + 20):
        text, type = graph(seed)
        binary = bytes(wat2wasm(text))
        paths = list(link(decode(binary)).function_exports())
        assert sorted(paths) == sorted(functions(type)), f"seed {seed}"
        called = [path for path in paths if not path.endswith(("#make", "#look"))]
        theirs = results(NATIVE, binary, called)
        if theirs is not None:
            assert results(REFERENCE, binary, called) == theirs, f"seed {seed}"
            compared += len(called)
    assert compared > 20


def results(engine: Engine, binary: bytes, paths: list[str]) -> list[object] | None:
    """None where wasmtime finds a component in an exported instance, even one that the instance's type hides."""
    try:
        loaded = engine.load(binary)
    except Refusal as refusal:
        assert "exporting a component from the root component is not supported" in refusal.message
        return None
    running = loaded.instantiate(no_imports)
    return [running.invoke(path, []) for path in paths]
