"""Bytes of adapter modules: ours, and those that wasmtime makes for the same components."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import textwrap
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from bench_rows import Row
from wasmtime import wat2wasm

from fuzz.engines.base import Refusal
from fuzz.engines.pipeline import adapters_of

LOG = "off,wasmtime_environ::component::translate::adapt=trace"
"""What makes wasmtime write its adapter modules to stderr, as text."""

COMPILE = """\
import sys, wasmtime, wasmtime.component
engine = wasmtime.Engine()
for path in sys.argv[1:]:
    with open(path, "rb") as file:
        wasmtime.component.Component(engine, file.read())
    sys.stderr.write("\\nend of component\\n")
    sys.stderr.flush()
"""


@dataclass(frozen=True, slots=True)
class Sizes:
    """Bytes of wasm without custom sections; *adapters* is None where the compiler refuses."""

    adapter: str
    adapters: int | None
    support: int
    native: int


def sizes(rows: Sequence[Row]) -> list[Sizes]:
    """One for each adapter that *rows* use."""
    binaries = {row.adapter: row.binary for row in reversed(rows)}
    order = list(dict.fromkeys(row.adapter for row in rows))
    natives = native_sizes([binaries[adapter] for adapter in order])
    return [
        Sizes(adapter, *our_sizes(binaries[adapter]), native)
        for adapter, native in zip(order, natives, strict=True)
    ]


def our_sizes(binary: bytes) -> tuple[int | None, int]:
    """Adapter modules, and the support modules that they lean on."""
    try:
        modules = adapters_of(binary)
    except Refusal:
        return None, 0
    support = {support.name: support.wat for module in modules for support in module.support}
    return sum(assembled_size(m.wat) for m in modules), sum(map(assembled_size, support.values()))


def native_sizes(binaries: Sequence[bytes]) -> list[int]:
    return [sum(map(assembled_size, texts)) for texts in native_logs(binaries)]


def native_logs(binaries: Sequence[bytes]) -> list[list[str]]:
    """The texts of wasmtime's adapter modules for each component. It reads its logging settings once for a process:
    hence one of its own."""
    with TemporaryDirectory() as directory:
        paths = [Path(directory, f"{i}.wasm") for i in range(len(binaries))]
        for path, binary in zip(paths, binaries, strict=True):
            path.write_bytes(binary)
        done = subprocess.run(
            [sys.executable, "-c", COMPILE, *map(str, paths)],
            env={**os.environ, "RUST_LOG": LOG}, stderr=subprocess.PIPE, check=True, text=True,
        )
    logs = done.stderr.split("\nend of component\n")[:-1]
    return [logged_modules(log) for log in logs]


def logged_modules(log: str) -> list[str]:
    """The modules in wasmtime's log: indented text, each after a line that says so."""
    found = re.findall(r"generated adapter module:\n((?:[ ]{4}.*\n?|\n)+)", log)
    if not found:
        raise ValueError("wasmtime logged no adapter module; its log is " + (repr(log[:200]) if log else "empty"))
    return [textwrap.dedent(text) for text in found]


def assembled_size(wat: str) -> int:
    return size_without_custom_sections(bytes(wat2wasm(wat)))


def size_without_custom_sections(binary: bytes) -> int:
    size = at = 8
    while at < len(binary):
        kind, begin = binary[at], at
        at, length = leb128(binary, at + 1)
        at += length
        size += 0 if kind == 0 else at - begin
    return size


def leb128(binary: bytes, at: int) -> tuple[int, int]:
    """An unsigned number: where it ends, and what it is."""
    value = shift = 0
    while True:
        byte = binary[at]
        at += 1
        value |= (byte & 0x7F) << shift
        shift += 7
        if byte < 0x80:
            return at, value
