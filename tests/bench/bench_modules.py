"""Numbers of adapter modules, ours and wasmtime's, for families of components."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bench_graphs import FAMILIES
from bench_sizes import native_logs
from wasmtime import wat2wasm

from fact.decode import decode
from fact.link import link, partition
from fact.link.order import written_order

SIZES = (2, 8, 32, 128)


@dataclass(frozen=True, slots=True)
class Modules:
    """How many adapter modules there are: *ours*; *fixed* if no step may move; *native*, wasmtime's."""

    family: str
    n: int
    adapters: int
    fixed: int
    ours: int
    native: int


def modules(sizes: Sequence[int] = SIZES) -> list[Modules]:
    chosen = [(family, n) for family in FAMILIES for n in sizes]
    binaries = [bytes(wat2wasm(FAMILIES[family](n))) for family, n in chosen]
    natives = map(len, native_logs(binaries))
    return [
        Modules(family, n, *our_modules(binary), native)
        for (family, n), binary, native in zip(chosen, binaries, natives, strict=True)
    ]


def our_modules(binary: bytes) -> tuple[int, int, int]:
    """Of adapters, of modules in the order that is written, and of modules."""
    plan = link(decode(binary))
    fixed = partition(plan, order=written_order)
    return len(plan.adapters), len(fixed.adapter_modules), len(partition(plan).adapter_modules)
