"""What wasmtime is not set up for is unsupported on every engine, not a crash of ours."""

from __future__ import annotations

import pytest
from wasmtime import wat2wasm

from fuzz.engines.base import Refusal
from fuzz.engines.registry import ENGINES


@pytest.mark.parametrize("name", ENGINES)
def test_a_shared_memory_is_refused_as_unsupported(name: str) -> None:
    binary = bytes(wat2wasm("(component (core module $m (memory 1 1 shared)) (core instance (instantiate $m)))"))
    with pytest.raises(Refusal, match="shared memory") as refused:
        ENGINES[name]().load(binary).instantiate(lambda path, type, args: None)
    assert refused.value.kind == "unsupported"
