"""Random component graphs: the linker against what their types say, and against wasmtime's results."""

from __future__ import annotations

import pytest
from component_graphs import functions, graph
from failing_cases import about
from hypothesis import given
from hypothesis import strategies as st
from hypothesis_profiles import times
from wasmtime import wat2wasm

from fact.decode import decode
from fact.link import link
from fuzz.engines.base import Engine, Refusal
from fuzz.engines.native import NativeEngine
from fuzz.engines.reference import ReferenceEngine

NATIVE, REFERENCE = NativeEngine(), ReferenceEngine()


def no_imports(path: object, type: object, args: object) -> None:
    raise AssertionError(f"{path} was called")


@pytest.mark.parametrize("start", range(0, 80, 20))
def test_every_export_is_the_function_that_wasmtime_makes_of_it(start: int) -> None:
    """Explainer.md, "Instance Definitions", "Alias Definitions" and "Import and Export Definitions"."""
    assert sum(compared(seed) for seed in range(start, start + 20)) > 20


@times(0.05)
@given(st.integers(80, 1 << 32))
def test_so_it_is_whatever_the_graph(seed: int) -> None:
    compared(seed)


def compared(seed: int) -> int:
    """How many exports of the graph of *seed* could be compared; all of them did the same."""
    text, type = graph(seed)
    with about(text):
        binary = bytes(wat2wasm(text))
        paths = list(link(decode(binary)).function_exports())
        assert sorted(paths) == sorted(functions(type))
        called = [path for path in paths if not path.endswith(("#make", "#look"))]
        theirs = results(NATIVE, binary, called)
        if theirs is None:
            return 0
        assert results(REFERENCE, binary, called) == theirs
        return len(called)


def results(engine: Engine, binary: bytes, paths: list[str]) -> list[object] | None:
    """None where wasmtime finds a component in an exported instance, even one that the instance's type hides."""
    try:
        loaded = engine.load(binary)
    except Refusal as refusal:
        assert "exporting a component from the root component is not supported" in refusal.message
        return None
    running = loaded.instantiate(no_imports)
    return [running.invoke(path, []) for path in paths]
