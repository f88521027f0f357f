"""The types of a component's functions, as its scripts need them to read constants and to show values."""

from __future__ import annotations

from functools import lru_cache

from fact.decode import decode
from fact.errors import LinkError, Malformed, Unsupported
from fact.link import Environment, link
from fact.model.types import FuncType
from fuzz.engines.base import NOTHING, EngineEnded, Refusal
from fuzz.engines.isolated import isolated
from fuzz.engines.native import NativeEngine


def function_types(binary: bytes, environment: Environment) -> dict[str, FuncType]:
    """The functions that a valid component exports, by path, the parts joined by `#`; from wasmtime where we refuse the
    component."""
    return dict(_kept(binary)) if environment == NOTHING else _types(binary, environment)


@lru_cache(16)
def _kept(binary: bytes) -> dict[str, FuncType]:
    return _types(binary, NOTHING)


def _types(binary: bytes, environment: Environment) -> dict[str, FuncType]:
    try:
        plan = link(decode(binary), environment)
    except (Unsupported, Malformed, LinkError):
        return _told_by_wasmtime(binary)
    return {path: plan.function_type(item) for path, item in plan.function_exports().items()}


def _told_by_wasmtime(binary: bytes) -> dict[str, FuncType]:
    """Empty for a component that wasmtime does not accept, or dies of: what it lacks then shows when it is called."""
    try:
        return isolated(NativeEngine).call(_wasmtime_functions, binary)
    except EngineEnded:
        return {}


def _wasmtime_functions(binary: bytes) -> dict[str, FuncType]:
    try:
        exports = NativeEngine().load(binary).exports
    except Refusal:
        return {}
    return {path: item for path, item in exports.items() if isinstance(item, FuncType)}
